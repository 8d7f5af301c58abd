"""A busiest hour before and after a plan, solved again in many possible worlds.

Each world is solved from the paths already known, on pairs of zones that hold most of the trips
(`twin.mobility.light`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from twin.mobility import draws as drawing
from twin.mobility import equilibrium, light, street_traffic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from layers.schema import UserClass
    from twin.mobility.draws import KeptOut, World
    from twin.mobility.equilibrium import Equilibrium
    from twin.mobility.light import Light
    from twin.mobility.street_traffic import Hour
    from twin.mobility.warmstart import Warm

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """The hour that is drawn: before, after with trips as before, and after.

    Parameters
    ----------
    before, routes, after
        Hours with their networks and flows as modelled.
    streets
        Rows of the results.
    zones
        Without gateways [1].
    kept_out
        Classes that the plan keeps out of streets.
    """

    before: Hour
    routes: Hour
    after: Hour
    streets: pd.Index
    zones: int
    kept_out: KeptOut


def between(
    before: Hour, after: Hour, streets: pd.Index, zones: int, figures: Mapping[str, float]
) -> Pair:
    """An hour before and after, and between them the trips of before on the streets of after.

    Parameters
    ----------
    before, after
        The same hour of two days.
    streets
        Rows of the results.
    zones
        Without gateways [1].
    figures
        gap.modelled, iterations [1].
    """
    kept_out = drawing.newly_kept_out(before.found.names, after.classes)
    users = drawing.unchanged(
        before.found.names, before.found.trips, after.classes, kept_out, after.roads.network
    )
    exact = {**figures, "gap": figures["gap.modelled"]}
    routes = _solved(after, users, before.found.warm, exact, None)
    return Pair(before, routes, after, streets, zones, kept_out)


def _solved(
    hour: Hour,
    users: Sequence[UserClass],
    warm: Warm,
    figures: Mapping[str, float],
    threads: int | None,
) -> Hour:
    found = equilibrium.solve(
        hour.roads.network, users, gap=figures["gap"], max_iterations=int(figures["iterations"]),
        warm=warm, threads=threads,
    )  # fmt: skip
    return replace(hour, found=found)


def moved(pair: Pair) -> float:
    """Vehicles that the plan moves in the period, over all streets [veh/d].

    Parameters
    ----------
    pair
        The hours.
    """
    moved = np.abs(flow(pair, pair.after) - flow(pair, pair.before)).sum()
    return float(moved * pair.before.period.expansion)


def flow(pair: Pair, hour: Hour) -> Floats:
    """Vehicles on each street in the hour (streets,) [veh/h].

    Parameters
    ----------
    pair
        Hours with their streets.
    hour
        One of them.
    """
    return street_traffic.summed(hour, pair.streets, hour.found.flow)


@dataclass(frozen=True)
class Lights:
    """The same three hours with pairs of few trips on their ways, solved again.

    Parameters
    ----------
    before, routes, after
        Lighter hours.
    routes_change, modes_change : (streets,) [veh/h]
        Change as modelled, with other ways only and with other modes too.
    """

    before: Light
    routes: Light
    after: Light
    routes_change: Floats
    modes_change: Floats


def lighter(pair: Pair, figures: Mapping[str, float]) -> Lights:
    """Hours in which pairs of few trips keep their ways.

    Parameters
    ----------
    pair
        The hours in full.
    figures
        pairs.kept, gap, iterations [1].
    """
    keys = light.small(pair.before.classes, pair.before.found, figures["pairs.kept"])
    old = _solve_light(light.lighten(pair.before, pair.before.classes, keys), figures)
    users = drawing.unchanged(
        pair.before.found.names, pair.before.found.trips, pair.after.classes, pair.kept_out,
        pair.after.roads.network,
    )  # fmt: skip
    parts = {
        part: keys[whole]
        for whole, found in pair.kept_out.items()
        for part, _ in found
        if whole in keys
    }
    routes = _solve_light(light.lighten(pair.routes, users, keys | parts), figures)
    new = _solve_light(light.lighten(pair.after, pair.after.classes, keys), figures)
    base = _flow_light(pair, old)
    return Lights(old, routes, new, _flow_light(pair, routes) - base, _flow_light(pair, new) - base)


def _solve_light(of: Light, figures: Mapping[str, float]) -> Light:
    """A lighter hour, solved again at the gap of the draws, as modelled."""
    hour = of.hour
    roads = replace(hour.roads, network=of.network(hour.roads.network, 1.0))
    found = _solved(replace(hour, roads=roads), of.users, hour.found.warm, figures, None).found
    return replace(of, hour=replace(hour, found=found))


def _flow_light(
    pair: Pair, of: Light, found: Equilibrium | None = None, demand: float = 1.0
) -> Floats:
    """Vehicles on each street of a lighter hour, those on their ways among them (streets,) [veh/h]."""
    flow = (found or of.hour.found).flow + demand * of.rest
    return street_traffic.summed(of.hour, pair.streets, flow)


@dataclass(frozen=True)
class Drawn:
    """Changes in one world, with other ways only and with other modes too (streets,) [veh/h]."""

    routes: Floats
    modes: Floats
    gap: float


def draw(
    pair: Pair, lights: Lights, drawn: World, *, figures: Mapping[str, float], threads: int | None
) -> Drawn:
    """Solve one world before and after.

    Parameters
    ----------
    pair, lights
        The hours in full and their lighter form.
    drawn
        The world.
    figures
        gap, iterations [1].
    threads
        Threads of a solution; all processors if None.
    """

    def solve(of: Light, users: Sequence[UserClass]) -> Equilibrium:
        net = of.network(drawing.network(of.hour.roads.network, drawn), drawn.demand)
        hour = replace(of.hour, roads=replace(of.hour.roads, network=net))
        return _solved(hour, users, of.hour.found.warm, figures, threads).found

    before, routes, after = lights.before, lights.routes, lights.after
    old = solve(before, drawing.classes(before.users, pair.zones, drawn))
    same = drawing.unchanged(
        old.names, old.trips, after.users, pair.kept_out, after.hour.roads.network
    )
    other = solve(routes, same)
    new = solve(after, drawing.classes(after.users, pair.zones, drawn))
    base = _flow_light(pair, before, old, drawn.demand)
    return Drawn(
        _flow_light(pair, routes, other, drawn.demand) - base,
        _flow_light(pair, after, new, drawn.demand) - base,
        max(found.relative_gap for found in (old, other, new)),
    )
