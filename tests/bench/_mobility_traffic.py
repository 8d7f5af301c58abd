"""A whole day of a town: modes, four equilibria, emissions: time, gap and conservation, without compiling."""

from __future__ import annotations

from tests.bench.frame import Row, at_most, data, measured

IMPORTS = """
from tests.twin.cities import tiny
from tests.twin.mobility.roads import grid
from twin import build
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
COLD = "found = day.run(town(streets), parameters, active)"
CLOSED = """
base = day.run(town(streets), parameters, active)
ordinary = base.streets["vehicles"].sort_values().dropna().index
ordinary = ordinary[int(0.9 * len(ordinary))]
streets.loc[ordinary, ["drive_forward", "drive_backward"]] = False
"""
WARM = "found = day.run(town(streets), parameters, active, warm=base.warm)"
TELL = """{
    "zones": len(city.zones),
    "gap": found.certificate["relative_gap"],
    "residual": found.certificate["node_residual"],
    "iterations": found.certificate["iterations"],
}"""


def rows(quick: bool) -> list[Row]:
    """Figures of a small centre, and with their bars of Liechtenstein, before and after a closing."""
    if quick:
        return _told("Helsinki centre", CITY.format(city=DEMO), bar=None)
    path = str(data("osm", "liechtenstein-2021-05-05.osm.pbf"))
    country = CITY.format(city=f"build.from_osm({path!r})")
    return [
        *_told("Liechtenstein 2021", country, bar=60),
        *_told(
            "Liechtenstein, an ordinary street closed, warm", country + CLOSED, bar=2, work=WARM
        ),
    ]


def _told(what: str, given: str, *, bar: float | None, work: str = COLD) -> list[Row]:
    figures = measured(IMPORTS + given, work, TELL)
    name, wall = f"day {what}", figures["wall"]
    time = Row(f"{name}: wall", wall, "s")
    if bar is not None:
        time = at_most(f"{name}: wall", wall, "s", bar)
    return [
        time,
        Row(f"{name}: zones", figures["zones"], "1"),
        Row(f"{name}: iterations", figures["iterations"], "1"),
        at_most(f"{name}: relative gap", figures["gap"] * 1e6, "1e-6", 100),
        at_most(f"{name}: node residual", figures["residual"], "veh/h", 1e-6),
    ]
