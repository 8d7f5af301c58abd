from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import tables
from layers.errors import InputError
from layers.sensors import columns, csv, quality, tabular
from layers.sensors.columns import Entry, SensorMap

if TYPE_CHECKING:
    from pathlib import Path

FACTS = (
    Entry("timezone", fixed="Europe/Copenhagen"),
    Entry("source", fixed="test"),
    Entry("grade", fixed="sensor"),
    Entry("licence", fixed="CC0"),
)
WIDE = SensorMap("wide", (
    Entry("time", "when"), Entry("station", fixed="s1"),
    Entry("value", "temp", quantity="temperature", unit="degF"),
    Entry("value", "wind", quantity="wind_speed", unit="km/h"), *FACTS,
))  # fmt: skip
LONG = SensorMap("long", (
    Entry("time", "when"), Entry("station", "who"), Entry("value", "value"),
    Entry("quantity", "what"), Entry("unit", "unit"), Entry("lon", "x"), Entry("lat", "y"),
    Entry("status", "ok", fixed="1|good"), *FACTS,
))  # fmt: skip


def written(folder: Path, text: str | bytes, name: str = "readings.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_wide_rows_become_readings_in_our_units(tmp_path: Path) -> None:
    text = "when,temp,wind,other\n2014-08-01T12:00,212,36,x\n2014-08-01T13:00,,18,\n"
    found = csv.read(written(tmp_path, text), WIDE)
    table = found.readings.set_index(["series", "time"])["value"]
    noon = pd.Timestamp("2014-08-01T10:00", tz="UTC")
    assert table["test:s1:temperature", noon] == pytest.approx(100.0)
    assert table["test:s1:wind_speed"].tolist() == pytest.approx([10.0, 5.0])
    assert found.source.rows_in == 4
    assert found.source.rows_refused == 1
    assert found.drops.iloc[0].to_dict() == {
        "table": "readings", "reason": "no value", "count": 1, "examples": "row 2",
    }  # fmt: skip


LONG_TEXT = """when;who;what;unit;value;x;y;ok
2014-08-01T10:00Z;a;temperature;degC;20;10.1;56.1;1
2014-08-01T10:00Z;a;electricity;MWh;2;10.1;56.1;0
2014-08-01T10:00Z;b;temperature;furlong;20;200;56.1;good
2014-08-01T10:00Z;b;gravity;degC;20;200;56.1;good
2014-08-01T10:00Z;b;temperature;degC;21;200;56.1;good
2014-08-01T10:00Z;;temperature;degC;21;200;56.1;good
yesterday;b;temperature;degC;21;200;56.1;good
2014-08-01T10:00Z;b;temperature;degC;inf;200;56.1;good
2014-08-01T10:00Z;b;temperature
"""


def test_long_rows_are_named_converted_flagged_and_counted(tmp_path: Path) -> None:
    found = csv.read(written(tmp_path, LONG_TEXT), LONG)
    assert found.readings["series"].tolist() == [
        "test:a:temperature", "test:a:electricity", "test:b:temperature",
    ]  # fmt: skip
    assert found.readings["value"].tolist() == [20.0, 2000.0, 21.0]
    assert found.readings["flags"].tolist() == [0, quality.bits()["doubtful"], 0]
    assert found.drops.set_index("reason")["count"].to_dict() == {
        "no station": 1, "no time": 1, "not a number": 1, "quantity or unit not known": 2,
        "wrong number of cells": 1,
    }  # fmt: skip
    assert found.source.rows_in == 9
    assert found.stations.loc["test:a:temperature", "geometry"].coords[0] == (10.1, 56.1)
    assert found.stations.loc["test:b:temperature", "geometry"] is None
    assert not tables.schema("stations").faults(found.stations)


def test_parquet_gives_what_csv_gives(tmp_path: Path) -> None:
    whole = LONG_TEXT.rsplit("\n", 2)[0]
    frame = pd.DataFrame([line.split(";") for line in whole.splitlines()[1:]],
                         columns=whole.splitlines()[0].split(";"))  # fmt: skip
    frame.to_parquet(tmp_path / "readings.parquet")
    as_text = csv.read(written(tmp_path, whole), LONG)
    pd.testing.assert_frame_equal(
        csv.read(tmp_path / "readings.parquet", LONG).readings, as_text.readings
    )


def test_typed_parquet_is_read(tmp_path: Path) -> None:
    times = pd.date_range("2014-10-26", periods=24, freq="h", tz="Europe/Copenhagen")
    pq.write_table(
        pa.table({"when": times, "temp": np.full(24, 32.0), "wind": np.arange(24)}),
        tmp_path / "typed.parquet",
    )
    found = csv.read(tmp_path / "typed.parquet", WIDE).readings
    warm = found[found["series"] == "test:s1:temperature"]
    assert (warm["time"].diff().dropna() == pd.Timedelta(hours=1)).all()
    assert warm["value"].to_numpy() == pytest.approx(np.zeros(24), abs=1e-12)


def test_small_blocks_give_what_large_ones_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = pd.date_range("2014-10-25", periods=300, freq="10min", tz="UTC")
    local = times.tz_convert("Europe/Copenhagen").strftime("%Y-%m-%dT%H:%M")
    rows = "".join(f"{time},{n},{n}\n" for n, time in enumerate(local))
    path = written(tmp_path, "when,temp,wind\n" + rows)
    whole = csv.read(path, WIDE).readings.sort_values(["series", "time"], ignore_index=True)
    assert whole["time"].tolist() == [*times, *times]
    monkeypatch.setattr(tabular, "_limit", lambda name: 1000 if name == "chunk_bytes" else 100)
    parts = list(csv.blocks(path, WIDE, csv.Tally()))
    assert len(parts) > 5
    again = pd.concat(parts).sort_values(["series", "time"], ignore_index=True)
    pd.testing.assert_frame_equal(again, whole)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_usual_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = "when,who,Geschwindigkeit für alle\r\n2014-08-01,Rådhus,50\r\n2014-08-02,Rådhus,60"
    mapping = SensorMap("letters", (
        Entry("time", "when"), Entry("station", "who"),
        Entry("value", "Geschwindigkeit für alle", quantity="speed", unit="km/h"), *FACTS,
    ))  # fmt: skip
    found = csv.read(written(tmp_path, text.encode(encoding)), mapping)
    assert found.readings["value"].tolist() == [50.0, 60.0]
    assert found.stations["station"].tolist() == ["Rådhus"]


def test_odd_lines_are_named_by_their_number_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["when,temp,wind"] + ["2014-08-01T12:00,70,5"] * 200
    lines[150] = "2014-08-01T12:00,70"
    path = written(tmp_path, "\n".join(lines))
    monkeypatch.setattr(tabular, "_limit", lambda name: 500 if name == "chunk_bytes" else 100)
    tally = csv.Tally()
    assert sum(len(block) for block in csv.blocks(path, WIDE, tally)) == 398
    drops = tally.drops.frame().set_index("reason")
    assert drops.loc["wrong number of cells", "examples"] == "line 151"


GOOD = "when,temp,wind\n2014-08-01T12:00,70,5\n"
BAD = {
    "empty": (b"", "a.csv", "is empty"),
    "header-only": (b"when,temp,wind\n", "a.csv", "No row can be used"),
    "column-missing": (b"when,temp\n2014-08-01,1\n", "a.csv", "in the map but not in the file"),
    "column-twice": (b"when,temp,temp,wind\n2014-08-01,1,2,3\n", "a.csv", "stands twice"),
    "no-time-at-all": (b"when,temp,wind\nnoon,1,2\n", "a.csv", "no time"),
    "binary": (b"when,temp,wind\n\xff\x00\x81\x8d\n", "a.csv", "cannot be taken apart"),
    "disguised-parquet": (b"PAR1 and more", "a.csv", "but is"),
    "text-as-parquet": (GOOD.encode(), "a.parquet", "but is"),
    "broken-parquet": (b"PAR1" + b"\0" * 100 + b"PAR1", "a.parquet", "damaged"),
    "endless-line": (b"when,temp,wind\n" + b"1" * 9_000_000, "a.csv", "endless line"),
    "vrt": (b"<OGRVRTDataSource/>", "a.csv", "but is XML"),
    "other-kind": (GOOD.encode(), "a.exe", "are not read"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "name", "reason"), BAD.values(), ids=list(BAD))
def test_bad_files_are_refused_in_plain_words(
    tmp_path: Path, content: bytes, name: str, reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        csv.read(written(tmp_path, content, name), WIDE)


@pytest.mark.parametrize("path", ["http://127.0.0.1/a.csv", "/vsicurl/x.csv", "none.csv", "."])
def test_only_files_of_this_machine_are_opened(path: str) -> None:
    with pytest.raises(InputError):
        csv.read(path, WIDE)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text("0123456789-T:,;\n\"' Z+.einf", max_size=300)))
def test_any_bytes_give_readings_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, tail: bytes | str
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    body = tail.encode() if isinstance(tail, str) else tail
    try:
        found = csv.read(written(folder, b"when,temp,wind\n" + body), WIDE)
    except InputError:
        return
    assert found.readings["time"].notna().all()
    assert np.isfinite(found.readings["value"]).all()
    assert found.source.rows_in == found.source.rows_kept + found.source.rows_refused


BAD_MAPS = {
    "unknown-field": (Entry("colour", "c"), "is not a field"),
    "time-twice": (Entry("time", "t2"), "is mapped twice"),
    "no-column": (Entry("result_time"), "names no column"),
    "unknown-quantity": (Entry("value", "v", quantity="love", unit="1"), "is not a quantity"),
    "no-unit": (Entry("value", "v", quantity="temperature"), "cannot be turned into"),
    "wrong-unit": (Entry("value", "v", quantity="temperature", unit="kWh"), "cannot be turned"),
    "no-quantity": (Entry("value", "v"), "names no quantity"),
    "no-fact": (Entry("owner"), "has no fact"),
    "odd-decimal": (Entry("decimal", fixed="'"), "is neither"),
}


@pytest.mark.parametrize(("entry", "reason"), BAD_MAPS.values(), ids=list(BAD_MAPS))
def test_bad_maps_are_refused(entry: Entry, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        SensorMap("bad", (*WIDE.entries, entry))


def test_all_that_a_map_lacks_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        SensorMap("bad", (Entry("timezone", fixed="Mars/Base"), Entry("grade", fixed="gold")))
    told = str(caught.value)
    for word in ("time", "value", "station", "source", "licence", "Mars/Base", "gold"):
        assert word in told


def test_a_user_writes_a_map_as_a_table(tmp_path: Path) -> None:
    lines = ["ours,theirs,fixed,quantity,unit"]
    lines += [f"{e.ours},{e.theirs},{e.fixed},{e.quantity},{e.unit}" for e in WIDE.entries]
    found = columns.read_map(written(tmp_path, "\n".join(lines), "map.csv"))
    assert found.entries == WIDE.entries


def test_shipped_maps_are_sound() -> None:
    for name in tables.load("sensor_maps")["map"].unique():
        columns.shipped(str(name))


@pytest.mark.data
def test_the_parking_of_aarhus_crosses_the_end_of_summer_time(data_dir: Path) -> None:
    path = data_dir / "sensors" / "aarhus_parking.csv"
    found = csv.read(path, columns.shipped("aarhus_parking"))
    assert found.source.rows_in == found.source.rows_kept == 2 * 55_264
    night = found.readings[found.readings["series"] == "aarhus_parking:SALLING:parked_vehicles"]
    night = night.sort_values("time").set_index("time")["2014-10-25T23":"2014-10-26T04"]
    # The clock ran on in UTC every 30 minutes; the file shows 02:28 and 02:58 twice.
    steps = night.index.to_series().diff().dropna().dt.round("min")
    assert (steps == pd.Timedelta(minutes=30)).all()
    assert (night["flags"] & quality.bits()["ambiguous_hour"] > 0).sum() == 4


@pytest.mark.data
def test_the_simulated_pollution_says_so(data_dir: Path) -> None:
    path = data_dir / "sensors" / "aarhus_pollutionData158324.csv"
    found = csv.read(path, columns.shipped("aarhus_pollution"))
    assert set(found.stations["grade"]) == {"simulated"}
    assert tables.grades().loc["simulated", "class"] == "assumed"
    assert len(found.readings) == 5 * 17_475
    assert found.stations.geometry.notna().all()


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "file", "rows"),
    [
        ("aarhus_traffic", "aarhus_trafficData158324.csv", 2 * 12_162),
        ("aarhus_temperature", "aarhus_tempm.csv", 4_356),
        ("aarhus_humidity", "aarhus_hum.csv", 4_356),
        ("aarhus_wind", "aarhus_wspdm.csv", 4_335),
    ],
)
def test_traffic_and_weather_of_aarhus(data_dir: Path, name: str, file: str, rows: int) -> None:
    found = csv.read(data_dir / "sensors" / file, columns.shipped(name))
    assert len(found.readings) == rows
