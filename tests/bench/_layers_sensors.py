"""Readings of sensors: replay from a file through to the disk, and memory while it runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from tests.bench.frame import Row, at_most, equal, measured

STATIONS = 100
ROWS, MORE, FEW = 250_000, 1_000_000, 20_000
BAR, GROWTH = 100_000.0, 40.0

IMPORTS = """
from layers.sensors import csv
from layers.sensors.columns import Entry, SensorMap
from twin import readings
mapping = SensorMap("replay", (
    Entry("time", "when"), Entry("station", "who"),
    Entry("value", "veh", quantity="vehicles", unit="veh"),
    Entry("timezone", fixed="UTC"), Entry("source", fixed="replay"),
    Entry("grade", fixed="sensor"), Entry("licence", fixed="CC0"),
))
"""
WORK = """
counts = readings.Counts()
with readings.open({folder!r}) as store:
    for block in csv.blocks({file!r}, mapping, csv.Tally()):
        counts += store.ingest(block)
"""
COMPACT = """
with readings.open({folder!r}) as store:
    store.compact(everything=True)
"""


def rows(quick: bool) -> list[Row]:
    """Rows per second of CPU on one core, what arrived, and how memory grows with the file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if quick:
            few = _replay(folder, FEW, "csv")
            return [equal("replay of a CSV: rows that arrived", few["rows"], "1", FEW)]
        small = {kind: _replay(folder, ROWS, kind) for kind in ("csv", "parquet")}
        large = {kind: _replay(folder, MORE, kind) for kind in ("csv", "parquet")}
        found = []
        for kind in ("csv", "parquet"):
            found += _rows(kind, small[kind], large[kind])
        compacted = measured(IMPORTS, COMPACT.format(folder=str(folder / f"csv{MORE}")))
        return [
            *found,
            Row("compacting the inbox", MORE / compacted["cpu"], "rows/s of CPU"),
            Row("compacting the inbox: memory above imports", compacted["memory"], "MB"),
        ]


def _rows(kind: str, small: dict[str, float], large: dict[str, float]) -> list[Row]:
    speed, growth = MORE / large["cpu"], large["memory"] - small["memory"]
    return [
        Row(f"replay of {kind} to disk", speed, "rows/s of CPU", f">= {BAR:g}", "", speed >= BAR),
        Row(f"replay of {kind} to disk, by the clock", MORE / large["wall"], "rows/s"),
        equal(f"replay of {kind}: rows that arrived", large["rows"], "1", MORE),
        Row(f"replay of {kind}: memory above imports", large["memory"], "MB"),
        at_most(f"replay of {kind}: more memory for four times the rows", growth, "MB", GROWTH),
    ]


def _replay(folder: Path, number: int, kind: str) -> dict[str, float]:
    """Measure the replay of a file of readings every minute."""
    file, twin = folder / f"{number}.{kind}", folder / f"{kind}{number}"
    twin.mkdir()
    minutes = pd.to_timedelta(np.arange(number) // STATIONS, unit="min")
    frame = pd.DataFrame(
        {
            "when": pd.Timestamp("2014-01-01", tz="UTC") + minutes,
            "who": [f"s{n % STATIONS}" for n in range(number)],
            "veh": np.random.default_rng(0).integers(0, 60, number),
        }
    )
    if kind == "csv":
        frame.to_csv(file, index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    else:
        frame.to_parquet(file)
    return measured(IMPORTS, WORK.format(folder=str(twin), file=str(file)), "{'rows': counts.new}")
