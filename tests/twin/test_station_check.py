from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from layers.sensors import columns
from tests.twin.cities import tiny
from tests.twin.test_sensing import MAP, sheet
from twin import quality, quality_report, sensing, station_check, store

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("check")
    path = folder / "tiny.twin"
    store.save(tiny(), path)
    sensing.take(path, sheet(folder), MAP)
    return sensing.take(path, sheet(folder), MAP).city


def test_every_station_is_told(city: City) -> None:
    told = {row["id"]: row for row in station_check.rows(city)}
    near = told["town:near:temperature"]
    assert (near["rows"], near["coverage"], near["longest_gap"], near["step"]) == (48, 1, 1, 3600)
    assert (near["first"], near["duplicate"], near["late"]) == ("2014-07-31T00:00:00+00:00", 48, 0)
    assert near["stuck"] == 48
    assert told["town:near:vehicles"]["stuck"] == 0
    assert told["town:near:vehicles"]["attachment"] == "attached"
    json.dumps(list(told.values()), allow_nan=False)


def test_what_stands_out_is_named(city: City) -> None:
    told = list(station_check.warnings(station_check.rows(city)))
    assert told == [
        "1 traffic counters could not be put on a street; see their attachment: town:far:vehicles.",
        "2 stations show one value for implausibly long: town:far:vehicles, town:near:temperature.",
    ]


def test_stations_without_readings_are_named(city: City) -> None:
    bare = tiny().replace(stations=city.stations)
    told = station_check.rows(bare)
    assert [row["rows"] for row in told] == [0, 0, 0]
    assert any("have no readings" in line for line in station_check.warnings(told))
    assert station_check.rows(tiny()) == []


def test_the_report_of_a_city_holds_its_stations(city: City) -> None:
    found = quality.check(city)
    assert [row["id"] for row in found.stations] == sorted(city.stations.index)
    assert any("implausibly long" in line for line in found.warnings)
    text = "\n".join(quality_report.lines(found))
    assert "town:near:temperature" in text
    assert "no street within 40 m" in text
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.data
def test_aarhus_is_judged_as_it_is(tmp_path: Path, data_dir: Path) -> None:
    path = tmp_path / "aarhus.twin"
    store.save(tiny(), path)
    for name, file in (("parking", "parking"), ("pollution", "pollutionData158324")):
        sensing.take(path, data_dir / "sensors" / f"aarhus_{file}.csv",
                     columns.shipped(f"aarhus_{name}"))  # fmt: skip
    told = {row["id"]: row for row in station_check.rows(store.open(path))}
    garage = told["aarhus_parking:SKOLEBAKKEN:parked_vehicles"]
    # Its makers leave the counter at one value for weeks; the file itself shows it.
    sheet_ = pd.read_csv(data_dir / "sensors" / "aarhus_parking.csv")
    counts = sheet_.loc[sheet_["garagecode"] == "SKOLEBAKKEN", "vehiclecount"]
    assert counts.value_counts(normalize=True).iloc[0] > 0.5
    assert garage["stuck"] > 0.5 * garage["rows"]
    assert garage["ambiguous_hour"] == 4
    assert garage["longest_gap"] > 240
    told_of = list(station_check.warnings(list(told.values())))
    assert any("simulated" in line and "aarhus_pollution" in line for line in told_of)
