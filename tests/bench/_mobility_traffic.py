"""Car traffic in equilibrium: time, gap and conservation, on one core and without compiling."""

from __future__ import annotations

from tests.bench.frame import Row, at_most, data, measured

IMPORTS = """
from tests.twin.cities import tiny
from tests.twin.mobility.roads import grid
from twin import build
from twin.mobility import traffic
from twin.mobility.parameters import mobility_parameters
parameters = mobility_parameters("AT")
small = tiny()
warm = traffic.run(small.streets, small.junctions, small.zones, parameters).warm
traffic.run(small.streets, small.junctions, small.zones, parameters, warm=warm)
"""
GRID = "streets, junctions, zones = grid({size}, {zones}, {people})"
CITY = "city = build.from_osm({path!r})\nstreets, junctions, zones = city.streets, city.junctions, city.zones"
COLD = "found = traffic.run(streets, junctions, zones, parameters)"
CLOSED = """
base = traffic.run(streets, junctions, zones, parameters)
busiest = base.frame["vehicles"].idxmax()
streets.loc[busiest, ["drive_forward", "drive_backward"]] = False
"""
WARM = "found = traffic.run(streets, junctions, zones, parameters, warm=base.warm)"
TELL = """{
    "links": len(found.warm.assignment.link_ids), "zones": len(zones),
    "gap": found.certificate["relative_gap"],
    "residual": found.certificate["node_residual"],
    "iterations": found.certificate["iterations"],
}"""


def rows(quick: bool) -> list[Row]:
    """Figures of a made-up grid, and with their bars of Liechtenstein and a large crowded grid."""
    if quick:
        return _told("grid of 20 x 20", GRID.format(size=20, zones=5, people=20_000), bar=None)
    path = str(data("osm", "liechtenstein-2021-05-05.osm.pbf"))
    crowd = GRID.format(size=50, zones=20, people=100_000)
    return [
        *_told("Liechtenstein 2021", CITY.format(path=path), bar=10),
        *_told("crowded grid of 50 x 50", crowd, bar=10),
        *_told("crowded grid, busiest street closed, warm", crowd + CLOSED, bar=10, work=WARM),
    ]


def _told(what: str, given: str, *, bar: float | None, work: str = COLD) -> list[Row]:
    figures = measured(IMPORTS + given, work, TELL)
    name, wall = f"traffic {what}", figures["wall"]
    time = Row(f"{name}: wall", wall, "s")
    if bar is not None:
        time = at_most(f"{name}: wall", wall, "s", bar)
    return [
        time,
        Row(f"{name}: links", figures["links"], "1"),
        Row(f"{name}: zones", figures["zones"], "1"),
        Row(f"{name}: iterations", figures["iterations"], "1"),
        at_most(f"{name}: relative gap", figures["gap"] * 1e6, "1e-6", 100),
        at_most(f"{name}: node residual", figures["residual"], "veh/h", 1e-6),
    ]
