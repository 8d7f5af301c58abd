"""Weather: a year read, a year made, and the sunlight of Standard 140."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from tests.bench.frame import Row, at_most, between, data, measured
from tests.layers.climate import made

READ_BAR, MADE_BAR, PLANES_BAR = 2.0, 4.0, 4.0
PLANES = 100


def rows(quick: bool) -> list[Row]:
    """CPU time of a made EPW, a synthetic year and planes; not quick: walls beside the programs."""
    return _times() if quick else [*_times(), *_walls()]


def _times() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = made.written(Path(folder), "made.epw", made.epw(made.year()))
        read = measured("from layers import weather", f"weather.read({str(path)!r})")
        sun = measured(
            "from layers import weather\nfrom layers.climate import sun\n"
            f"hours = weather.read({str(path)!r}).dataset",
            f"sun.plane_irradiance(hours, 30.0, [float(n) for n in range({PLANES})], 0.2)",
        )
    year = measured(
        "from layers import weather\nfrom layers.climate import summary\n"
        "near = weather.nearest(60.17, 24.95)",
        "back = summary.monthly(weather.hourly(near).dataset)",
        "{'worst': max(float((back[n] / near.frame[n] - 1).abs().max())"
        " for n in ('temperature', 'ghi', 'dhi'))}",
    )
    return [
        at_most("weather: EPW of 8,760 hours read and checked, CPU", read["cpu"], "s", READ_BAR),
        at_most("weather: synthetic year of Helsinki made, CPU", year["cpu"], "s", MADE_BAR),
        at_most("weather: its months against the table, worst", year["worst"], "1", 1e-9),
        at_most(f"weather: sunlight on {PLANES} planes x 8,760 h, CPU", sun["cpu"], "s",
                PLANES_BAR),
    ]  # fmt: skip


def _walls() -> list[Row]:
    path = str(data("bestest", "725650TYCST.epw"))
    found = measured(
        "from layers import weather\nfrom layers.climate import sun",
        f"hours = weather.read({path!r}).dataset\n"
        "sums = sun.plane_irradiance(hours, [90, 90, 90, 90, 0], [0, 90, 180, 270, 180], 0.2)"
        ".sum(axis=1) / 1000",
        "dict(zip(('north', 'east', 'south', 'west', 'roof'), map(float, sums)))",
    )
    ranges = pd.read_csv(data("bestest", "ranges.csv")).set_index("case")
    made_of = "weather: Denver (Standard 140), sunlight of a year"
    walls = [
        between(
            f"{made_of}, {side}, six programs",
            round(found[side], 1),
            "kWh/m2",
            _range(ranges, side),
        )
        for side in ("north", "east", "south", "west")
    ]
    # The file's own global sums to 1670.2 already: a figure to tell, not a bar.
    lower, upper = _range(ranges, "horz")
    peer = f"six programs: {lower:g} to {upper:g}"
    return [*walls, Row(f"{made_of}, roof", round(found["roof"], 1), "kWh/m2", peer=peer)]


def _range(ranges: pd.DataFrame, side: str) -> tuple[float, float]:
    row = ranges.loc[f"incident_{side.upper()}"]
    return round(float(row["min"]), 1), round(float(row["max"]), 1)
