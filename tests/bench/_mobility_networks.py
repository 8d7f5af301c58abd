"""Traffic assignment on made networks as large as Chicago's: time and memory, cold and warm."""

from __future__ import annotations

from tests.bench.frame import Row, at_most, measured

IMPORTS = """
import numpy as np
from tests.twin.mobility.made_roads import made
from tests.twin.mobility.roads import without
from twin.mobility import equilibrium
small = made(20, 8, seed=1)
equilibrium.solve(*small, warm=equilibrium.solve(*small))
"""
COLD = "road, trips = made({side}, {zones}, seed=3, trips={trips}, odd={odd})"
RUN = "run = equilibrium.solve(road, trips, gap={gap})"
CLOSED = """
run = equilibrium.solve(road, trips, gap={gap})
inner = (road.link_from >= road.zones) & (road.link_to >= road.zones)
used = np.flatnonzero(inner & (run.flow > 0.0))
middle = used[np.argsort(run.flow[used])[len(used) // 2]]
closed = without(road, int(middle))
"""
AGAIN = "run = equilibrium.solve(closed, trips, gap={gap}, warm=run)"
TELL = """{
    "links": len(road.link_from), "pairs": len(trips.trips), "gap": run.relative_gap,
    "node": run.certificate.node_residual, "rounds": len(run.history),
}"""
MEMORY_BAR = 3_000.0


def rows(quick: bool) -> list[Row]:
    """The size of Chicago's sketch and regional networks, and odd links; quick: a small one."""
    if quick:
        return _told("30 x 30 junctions, odd links", 30, 20, 500.0, odd=True, warm=False)
    return [
        *_told("size of Chicago's sketch", 24, 387, 600.0, odd=False, warm=True),
        *_told("size of Barcelona, odd links", 31, 110, 500.0, odd=True, warm=True),
        *_told("size of Chicago's region", 106, 1790, 200.0, odd=False, warm=False, gap=1e-4),
    ]


def _told(
    what: str,
    side: int,
    zones: int,
    trips: float,
    *,
    odd: bool,
    warm: bool,
    gap: float = 1e-6,
) -> list[Row]:
    name, told = f"assignment, {what}", f"CPU to {gap:.0e}"
    given = IMPORTS + COLD.format(side=side, zones=zones, trips=trips, odd=odd)
    used = measured(given, RUN.format(gap=gap), TELL)
    found = [
        Row(f"{name}: {told}", used["cpu"], "s"),
        Row(f"{name}: links", used["links"], "1"),
        Row(f"{name}: pairs", used["pairs"], "1"),
        at_most(f"{name}: relative gap", used["gap"] / gap, f"{gap:.0e}", 1.0),
        at_most(f"{name}: node residual", used["node"], "veh/h", 1e-6),
        at_most(f"{name}: memory above the imports", used["memory"], "MB", MEMORY_BAR),
    ]
    if warm:
        again = measured(given + CLOSED.format(gap=gap), AGAIN.format(gap=gap), TELL)
        ratio = again["cpu"] / used["cpu"]
        live = measured(given + CLOSED.format(gap=gap), AGAIN.format(gap=1e-4), TELL)
        found += [
            _ratio(f"{name}: one street closed, warm over cold", ratio, used["cpu"]),
            Row(f"{name}: one street closed, warm to 1e-4, CPU", live["cpu"], "s"),
        ]
    return found


def _ratio(name: str, ratio: float, cold: float) -> Row:
    """A warm start has a bar where there is time to be saved; below, checks take most of it."""
    return at_most(name, ratio, "1", 0.33) if cold > 1.0 else Row(name, ratio, "1")
