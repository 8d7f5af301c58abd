from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from layers import tables
from layers.errors import InputError
from layers.sensors import columns, counts
from layers.sensors.columns import Entry, SensorMap
from layers.sensors.counts import Facts
from tests.twin.cities import tiny
from twin import export, sensing, store
from twin.readings import Counts

if TYPE_CHECKING:
    from pathlib import Path

MAP = SensorMap("test", (
    Entry("time", "when"), Entry("station", "who"), Entry("lon", "lon"), Entry("lat", "lat"),
    Entry("bearing", "bearing"), Entry("ways", "ways"),
    Entry("value", "veh", quantity="vehicles", unit="veh"),
    Entry("value", "temp", quantity="temperature", unit="degC"),
    Entry("timezone", fixed="UTC"), Entry("source", fixed="town"),
    Entry("grade", fixed="sensor"), Entry("licence", fixed="CC0"),
))  # fmt: skip


@pytest.fixture
def twin_folder(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.twin"
    store.save(tiny(), path)
    return path


def sheet(folder: Path) -> Path:
    """Two days of two stations: one beside the first street of the City, one far away."""
    streets = tiny().streets
    drivable = streets[streets["drive_forward"] & streets["drive_backward"]]
    line = drivable.geometry.iloc[0]
    spot = drivable.geometry.iloc[[0]].interpolate(line.length / 2).to_crs(4326).iloc[0]
    rows = ["when,who,lon,lat,bearing,ways,veh,temp"]
    for hour in pd.date_range("2014-07-31", periods=48, freq="h"):
        rows.append(f"{hour.isoformat()},near,{spot.x:.9f},{spot.y:.9f},,2,{hour.hour},15")
        rows.append(f"{hour.isoformat()},far,0,0,0,9,5,")
    path = folder / "town.csv"
    path.write_text("\n".join(rows))
    return path


def test_a_file_brings_readings_stations_and_provenance(twin_folder: Path, tmp_path: Path) -> None:
    taken = sensing.take(twin_folder, sheet(tmp_path), MAP)
    assert taken.counts == Counts(new=144)
    city = store.open(twin_folder)
    assert city == taken.city
    assert city.readings is not None
    assert len(city.readings.read("town:near:vehicles")) == 48
    stations = city.stations
    assert stations["inside"].to_dict() == {
        "town:far:vehicles": False, "town:near:temperature": True, "town:near:vehicles": True,
    }  # fmt: skip
    near = stations.loc["town:near:vehicles"]
    drivable = tiny().streets.query("drive_forward and drive_backward")
    assert (near["street"], near["direction"]) == (drivable.index[0], "both")
    assert stations.loc["town:far:vehicles", "attachment"] == "no street within 40 m"
    assert stations["attachment"].isna().to_dict()["town:near:temperature"]
    assert city.sources.loc["town", ["rows_in", "rows_kept", "rows_refused"]].tolist() == [
        192, 144, 48,
    ]  # fmt: skip
    told = city.drops.set_index("reason")["count"]
    assert told["town.csv: no value"] == 48
    assert told["town.csv: impossible ways"] == 1
    assert (twin_folder / "readings" / "2014-07.parquet").exists()


def test_the_same_file_again_changes_nothing(twin_folder: Path, tmp_path: Path) -> None:
    first = sensing.take(twin_folder, sheet(tmp_path), MAP)
    again = sensing.take(twin_folder, sheet(tmp_path), MAP)
    assert again.counts == Counts(duplicate=144)
    assert again.city == first.city


def test_what_is_heard_live_is_counted_on(twin_folder: Path, tmp_path: Path) -> None:
    taken = sensing.take(twin_folder, sheet(tmp_path), MAP)
    live = replace(taken.source, digest="", rows_in=10, rows_kept=9, rows_refused=1)
    stations = taken.city.stations.to_crs(4326).assign(source="broker")
    city = taken.city
    for _ in range(2):
        city = sensing.add_stations(city, stations, live, taken.drops)
    assert city.sources.loc["broker", ["rows_in", "rows_kept", "rows_refused"]].tolist() == [
        20, 18, 2,
    ]  # fmt: skip
    assert set(city.stations["source"]) == {"broker"}
    assert export.write(city, tmp_path / "city.gpkg").exists()


def test_a_file_that_cannot_be_used_leaves_the_twin_as_it_was(
    twin_folder: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("when,who\n")
    before = store.open(twin_folder)
    with pytest.raises(InputError, match="in the map but not in the file"):
        sensing.take(twin_folder, bad, MAP)
    assert store.open(twin_folder) == before


def test_a_series_of_vehicles_gives_its_annual_traffic(twin_folder: Path, tmp_path: Path) -> None:
    """Local days begin two hours before those of UTC: 22, 24 and 2 hours are there."""
    stations = sensing.take(twin_folder, sheet(tmp_path), MAP).city.stations
    factors = tables.figures("day_types")
    thursday = sum(range(22)) / (22 / 24) / (factors["month.7"] * factors["weekday.4"])
    friday = (22 + 23 + sum(range(22))) / (factors["month.8"] * factors["weekday.5"])
    near = stations.loc["town:near:vehicles"]
    assert near["count"] == pytest.approx((thursday + friday) / 2)
    error = np.hypot(abs(thursday - friday) / 2, near["count"] * factors["series_error"])
    assert near["count_spread"] == pytest.approx(error)
    assert near["year"] == 2014
    assert np.isnan(stations.loc["town:near:temperature", "count"])
    assert sensing.with_annual(tiny()) == tiny()


def test_counts_reach_their_streets_with_their_errors(tmp_path: Path) -> None:
    streets = tiny().streets
    line = streets.query("drive_forward and drive_backward").geometry.iloc[[0]]
    spot = line.interpolate(line.length / 2).to_crs(4326).iloc[0]
    lines = [
        "station,lon,lat,count,kind,year,month,ways,error",
        f"a,{spot.x:.9f},{spot.y:.9f},1000,aadt,2019,,2,",
        f"b,{spot.x:.9f},{spot.y:.9f},1020,july,2019,,2,51",
        "c,,,500,week,2018,5,2,",
        "d,,,500,week,2018,,2,",
    ]
    path = tmp_path / "counts.csv"
    path.write_text("\n".join(lines))
    city = sensing.add_counts(tiny(), counts.read(path, Facts("roads", "CC0")))
    found = city.stations
    a, b, c = found.index
    assert found["count"].to_dict() == pytest.approx({a: 1000, b: 1000, c: 500 / 1.04})
    assert found["count_spread"].to_dict() == pytest.approx({a: 50, b: 50, c: 500 / 1.04 * 0.12})
    assert found["street"].to_list()[:2] == [line.index[0]] * 2
    assert found.loc[c, "attachment"] == "no place is known"
    assert city.sources.loc["roads", "rows_refused"] == 1
    assert "counts.csv: a count of kind week needs its month" in set(city.drops["reason"])
    store.save(city, tmp_path / "counted.twin")
    assert store.open(tmp_path / "counted.twin") == city


@pytest.mark.data
def test_aarhus_comes_in_whole(twin_folder: Path, data_dir: Path) -> None:
    files = {
        "aarhus_traffic": "aarhus_trafficData158324.csv",
        "aarhus_temperature": "aarhus_tempm.csv",
        "aarhus_humidity": "aarhus_hum.csv",
        "aarhus_pollution": "aarhus_pollutionData158324.csv",
    }
    total = Counts()
    for name, file in files.items():
        taken = sensing.take(twin_folder, data_dir / "sensors" / file, columns.shipped(name))
        total += taken.counts
    assert total == Counts(new=24_324 + 2 * 4_356 + 87_375)
    stations = taken.city.stations
    assert set(stations.query("source == 'aarhus_pollution'")["grade"]) == {"simulated"}
    assert set(stations.query("quantity == 'humidity'")["source"]) == {"aarhus_weather-2"}
    again = data_dir / "sensors" / files["aarhus_temperature"]
    once_more = sensing.take(twin_folder, again, columns.shipped("aarhus_temperature"))
    assert once_more.counts == Counts(duplicate=4_356)
    assert once_more.city == taken.city
