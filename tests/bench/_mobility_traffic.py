"""A whole day of a town by stage, cold and after a closing, and draws: time, gap, conservation; without compiling."""

from __future__ import annotations

from tests.bench.frame import Row, at_most, data, measured

IMPORTS = """
import time
import numpy as np
from layers import tables
from tests.twin.cities import tiny
from tests.twin.mobility.roads import grid
from twin import build, uncertainty
from twin.mobility import day
from twin.mobility.active import active_parameters
from twin.mobility.parameters import mobility_parameters
parameters, active = mobility_parameters("AT"), active_parameters()
small = tiny()
def town(streets):
    return day.Town(streets, city.junctions, city.turns, city.zones, city.buildings)
city = small
warm = day.run(town(small.streets), parameters, active).warm
day.run(town(small.streets), parameters, active, warm=warm)
"""
CITY = "city = {city}\nstreets = city.streets"
DEMO = "build.from_osm(__import__('layers.demo', fromlist=['path']).path('helsinki'))"
HEARD = """
marks = []
def heard(stage, done):
    marks.append((stage, time.process_time()))
def stages():
    ends = [*marks[1:], ("", time.process_time())]
    told = {}
    for (stage, begun), (_, end) in zip(marks, ends):
        told[stage] = told.get(stage, 0.0) + end - begun
    return told
"""
COLD = "found = day.run(town(streets), parameters, active, progress=heard)"
CLOSED = """
base = day.run(town(streets), parameters, active)
ordinary = base.streets["vehicles"].sort_values().dropna().index
ordinary = ordinary[int({rank} * len(ordinary))]
streets.loc[ordinary, ["drive_forward", "drive_backward"]] = False
"""
WARM = "found = day.run(town(streets), parameters, active, warm=base.warm, progress=heard)"
AFTER = """
after = day.run(town(streets), parameters, active, warm=base.warm)
figures = tables.figures("uncertainty", "twin.data")
uncertainty.bands(base, after, np.zeros(0), figures, draws=1)
"""
EDITED = """
from twin import preview, simulate
base = simulate.run(city)
used = base.frames["streets"]["vehicles"].dropna()
used = used[used > 0.0].sort_values().index
streets.loc[used[int({rank} * len(used))], ["drive_forward", "drive_backward"]] = False
changed = city.replace(streets=streets)
preview.run(changed, base)
"""
PREVIEW = "found = preview.run(changed, base)"
RERUN = "found = simulate.run(changed, warm=base, progress=heard)"
DRAWS = "bands = uncertainty.bands(base, after, np.zeros(0), figures, draws={draws})"
TELL = """{
    "zones": len(city.zones),
    "gap": found.certificate["relative_gap"],
    "residual": found.certificate["node_residual"],
    "iterations": found.certificate["iterations"],
    **{"stage " + stage: seconds for stage, seconds in stages().items()},
}"""


def rows(quick: bool) -> list[Row]:
    """Figures of a small centre; with their bars of Liechtenstein, after closings, and of draws."""
    if quick:
        return _told("Helsinki centre", CITY.format(city=DEMO), bar=None)
    path = str(data("osm", "liechtenstein-2021-05-05.osm.pbf"))
    country = CITY.format(city=f"build.from_osm({path!r})")
    return [
        *_told("Liechtenstein 2021", country, bar=60),
        *_again(country, "a quiet street", 0.5),
        *_again(country, "an ordinary street", 0.9),
        *_edited(country, "an ordinary street", 0.5),
        *_edited(country, "a busy street", 0.95),
        *_drawn(country, 50),
    ]


def _again(country: str, street: str, rank: float) -> list[Row]:
    given = country + CLOSED.format(rank=rank)
    return _told(f"Liechtenstein, {street} closed, warm", given, bar=2, work=WARM)


def _edited(country: str, street: str, rank: float) -> list[Row]:
    """A street closed while it is drawn, and the whole run again."""
    given = IMPORTS + country + EDITED.format(rank=rank) + HEARD
    quick = measured(
        given,
        PREVIEW,
        """{
        "gap": found.certificate["relative_gap"], "residual": found.certificate["node_residual"],
    }""",
    )
    whole = measured(
        given,
        RERUN,
        """{
        "gap": found.record["certificates"]["traffic"]["relative_gap"],
        **{"stage " + stage: seconds for stage, seconds in stages().items()},
    }""",
    )
    what, mark = f"Liechtenstein, {street} closed", "stage "
    return [
        at_most(f"{what}, preview of its traffic: wall, one core", quick["wall"], "s", 2),
        at_most(f"{what}, preview: relative gap", quick["gap"] * 1e5, "1e-5", 10),
        at_most(f"{what}, preview: node residual", quick["residual"], "veh/h", 1e-6),
        at_most(f"{what}, everything again: wall, one core", whole["wall"], "s", 2),
        at_most(f"{what}, everything again: relative gap", whole["gap"] * 1e5, "1e-5", 1),
        *(Row(f"{what}, again: CPU, {stage.removeprefix(mark)}", value, "s")
          for stage, value in whole.items() if stage.startswith(mark)),
    ]  # fmt: skip


def _drawn(country: str, draws: int) -> list[Row]:
    given = IMPORTS + country + CLOSED.format(rank=0.9) + AFTER
    figures = measured(given, DRAWS.format(draws=draws), '{"gap": bands.counts["worst_gap"]}')
    what = f"{draws} draws of what is uncertain about it"
    return [
        at_most(f"{what}: wall, one core", figures["wall"], "s", 60),
        at_most(f"{what}: largest relative gap", figures["gap"] * 1e4, "1e-4", 2),
    ]


def _told(what: str, given: str, *, bar: float | None, work: str = COLD) -> list[Row]:
    figures = measured(IMPORTS + given + HEARD, work, TELL)
    name, wall = f"day {what}", figures["wall"]
    time = Row(f"{name}: wall, one core", wall, "s")
    if bar is not None:
        time = at_most(f"{name}: wall, one core", wall, "s", bar)
    mark = "stage "
    return [
        time,
        *(Row(f"{name}: CPU, {stage.removeprefix(mark)}", value, "s")
          for stage, value in figures.items() if stage.startswith(mark)),
        Row(f"{name}: zones", figures["zones"], "1"),
        Row(f"{name}: iterations", figures["iterations"], "1"),
        at_most(f"{name}: relative gap", figures["gap"] * 1e6, "1e-6", 100),
        at_most(f"{name}: node residual", figures["residual"], "veh/h", 1e-6),
    ]  # fmt: skip
