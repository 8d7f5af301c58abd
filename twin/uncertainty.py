"""How sure the change of every street is: bands from many possible worlds before and after a plan.

Each draw changes trips, gateways, the liking of cars and capacities, and is solved on the network
before and after from the paths already known. Two answers: people only take other ways, or they
take other ways and other modes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import tables
from layers.errors import InputError
from layers.schema import silent
from layers.texts import quote_formula
from twin import simulate, travel
from twin.mobility import draws as drawing
from twin.mobility import equilibrium, light, street_traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from layers.schema import Progress, UserClass
    from twin.city import City
    from twin.mobility.day import DayRun
    from twin.mobility.draws import World
    from twin.mobility.equilibrium import Equilibrium
    from twin.mobility.light import Light
    from twin.mobility.street_traffic import Hour
    from twin.mobility.warmstart import Warm
    from twin.result import Result
    from twin.scenario import Scenario

    Floats = NDArray[np.float64]

TRAFFIC: Final = "traffic"
NEEDED: Final = ("public_transport", TRAFFIC)
"""Domains that traffic needs."""
LEAST: Final = 50
"""Draws below which percentiles say nothing [1]."""
SHOWN: Final = (
    "vehicles_change", "vehicles_change_p10", "vehicles_change_p90", "routes_change",
)  # fmt: skip
"""Columns that a map can show."""
CITATIONS: Final = drawing.CITATIONS
APPROXIMATIONS: Final = (
    (
        "Draws are solved for the hour in which the plan changes most; what they add or take there "
        "is carried over to the day in proportion to all traffic."
    ),
    (
        "Places that people go to stay the same in all draws; only the number of trips, their mode "
        "and their ways differ."
    ),
    (
        "Between places that few cars drive between (5 % of all trips) cars keep their ways in the "
        "draws; before and after the plan they are those of the model."
    ),
    "Bands tell of the inputs that were drawn, not of what the model leaves out.",
)


@dataclass(frozen=True)
class Bands:
    """Changes of streets with their bands.

    Parameters
    ----------
    streets
        Index: streets that cars may use before or after. vehicles_before,
        vehicles_change, vehicles_change_p10, vehicles_change_p90 [veh/d] and noticeable (text)
        with other ways and modes; routes_change, routes_change_p10, routes_change_p90 [veh/d] and
        routes_noticeable (text) with other ways only.
    counts
        draws, seed, worst_gap: the largest relative gap of a draw [1], noticeable streets.
    period
        Part of the day whose busiest hour was drawn.
    limits, citations
        What the bands cannot say; papers behind them.
    change
        Difference of the two runs with the bands on its streets, for maps; None where days were
        compared without their runs.
    """

    streets: pd.DataFrame
    counts: dict[str, float]
    period: str
    limits: tuple[str, ...]
    citations: tuple[str, ...]
    change: Result | None = None


def run(
    city: City,
    plan: Scenario,
    *,
    year: int | None = None,
    draws: int | None = None,
    seed: int = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Bands:
    """Work out bands for the change that a plan makes.

    Parameters
    ----------
    city, plan
        The City before, and the plan.
    year
        Year of the comparison; by default the one by which the plan is done.
    draws
        How many worlds [1]; by default as in uncertainty.csv.
    seed
        Of the random numbers; the same seed gives the same bands to the last bit.
    executor
        Threads that share the draws; one after another if None.
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If there are too few draws, or traffic cannot be computed.
    """
    figures = tables.figures("uncertainty", "twin.data")
    wanted = int(figures["draws"]) if draws is None else draws
    if wanted < LEAST:
        raise InputError("draws", str(wanted), f"are fewer than {LEAST}.",
                         f"Ask for at least {LEAST}.")  # fmt: skip
    tell = progress or silent
    counted = year or plan.last_year
    engines = [one for one in travel.DOMAINS if one.name in NEEDED]
    before = simulate.run(city, year=counted, domains=engines, progress=partial(_part, tell, 0.0))
    after = simulate.run(
        city, plan, year=counted, warm=before, domains=engines, progress=partial(_part, tell, 0.15)
    )
    made = []
    for result in (before, after):
        state = result.warm.get(TRAFFIC)
        if state is None:
            raise InputError(city.name, TRAFFIC, " ".join(result.record["limits"]),
                             "Bands need traffic that can be computed.")  # fmt: skip
        made.append(state.outcome.made)
    gates = drawing.gate_spread(city.gateways, figures)
    found = bands(
        made[0], made[1], gates, figures, draws=wanted, seed=seed, executor=executor,
        progress=partial(_rest, tell),
    )  # fmt: skip
    return replace(found, change=_shown(after - before, found.streets))


def _shown(change: Result, streets: pd.DataFrame) -> Result:
    """A difference of two runs whose streets show the bands alone."""
    seen = streets["noticeable"] != drawing.SAME
    shown = streets[list(SHOWN)].assign(
        noticeable_change=streets["vehicles_change"].where(seen, 0.0)
    )
    return replace(change, frames={"streets": shown})


def csv(found: Bands, city: City) -> bytes:
    """Bands as a CSV file with the name of each street, units in the headers.

    Parameters
    ----------
    found
        Of `run`.
    city
        City before the plan.
    """
    names = city.streets["name"].reindex(found.streets.index).fillna("").map(quote_formula)
    table = found.streets.rename(
        columns=lambda name: name if "noticeable" in name else f"{name} [veh/d]"
    )
    table.insert(0, "street", names)
    return str(table.assign(evidence="estimated").to_csv(lineterminator="\n")).encode("utf-8-sig")


def _part(tell: Progress, start: float, stage: str, done: float) -> None:
    tell(stage, start + 0.15 * done)


def _rest(tell: Progress, stage: str, done: float) -> None:
    tell(stage, 0.3 + 0.7 * done)


@dataclass(frozen=True)
class _Pair:
    """The hour that is drawn: before, after with trips as before, and after.

    Parameters
    ----------
    before, routes, after
        Hours with their networks and flows as modelled.
    streets
        Rows of the results.
    zones
        Without gateways [1].
    """

    before: Hour
    routes: Hour
    after: Hour
    streets: pd.Index
    zones: int


def bands(
    before: DayRun,
    after: DayRun,
    gates: Floats,
    figures: Mapping[str, float],
    *,
    draws: int,
    seed: int = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Bands:
    """Bands for the difference of two days.

    Parameters
    ----------
    before, after
        Days with their hours; both with the same zones and gateways.
    gates : (gateways,) [1]
        Relative standard error of each gateway.
    figures
        Of uncertainty.csv.
    draws, seed
        How many worlds, and the seed of their random numbers.
    executor
        Threads that share the draws.
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If zones or gateways differ.
    """
    tell = progress or silent
    _same_zones(before, after)
    streets = before.streets.index[before.streets["vehicles"].notna()]
    streets = streets.union(after.streets.index[after.streets["vehicles"].notna()], sort=False)
    tell("other ways with the same trips", 0.0)
    hours = [_pair(*one, streets, len(before.zones), figures)
             for one in zip(before.hours, after.hours, strict=True)]  # fmt: skip
    pair = max(hours, key=_moved)
    links = pair.before.roads.network.link_ids.union(pair.after.roads.network.link_ids)
    lights = _lighter(pair, figures)
    work = partial(_draw, pair, lights, figures=figures, threads=None if executor is None else 1)
    worlds = (drawing.world(seed, number, links, gates, figures) for number in range(draws))
    found = []
    solved = map(work, worlds) if executor is None else executor.map(work, worlds)
    for number, one in enumerate(solved):
        found.append(one)
        tell("drawing possible worlds", (number + 1) / draws)
    frame = _frame(hours, pair, lights, found, figures)
    gap = max(one.gap for one in found)
    counts = {"draws": float(draws), "seed": float(seed), "worst_gap": gap,
              "noticeable": float((frame["noticeable"] != drawing.SAME).sum())}  # fmt: skip
    return Bands(frame, counts, pair.before.period.name, _limits(gap, gates, figures), CITATIONS)


def _same_zones(before: DayRun, after: DayRun) -> None:
    """Refuse days whose trips cannot be told apart pair by pair."""
    same = before.zones.index.equals(after.zones.index) and all(
        one.roads.network.zones == other.roads.network.zones
        for one, other in zip(before.hours, after.hours, strict=True)
    )
    if not same:
        raise InputError("uncertainty", "zones", "and gateways differ before and after the plan.",
                         "Compare plans on one set of zones.")  # fmt: skip


def _pair(
    before: Hour, after: Hour, streets: pd.Index, zones: int, figures: Mapping[str, float]
) -> _Pair:
    """An hour before and after, and between them the same trips on the streets after."""
    users = drawing.unchanged(before.found.names, before.found.trips, after.classes)
    routes = _solved(after, users, before.found.warm, figures, None)
    return _Pair(before, routes, after, streets, zones)


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


def _moved(pair: _Pair) -> float:
    """Vehicles that the plan moves in the period, over all streets [veh/d]."""
    moved = np.abs(_flow(pair, pair.after) - _flow(pair, pair.before)).sum()
    return float(moved * pair.before.period.expansion)


def _flow(pair: _Pair, hour: Hour) -> Floats:
    """Vehicles on each street in the hour (streets,) [veh/h]."""
    return street_traffic.summed(hour, pair.streets, hour.found.flow)


@dataclass(frozen=True)
class _Lights:
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


def _lighter(pair: _Pair, figures: Mapping[str, float]) -> _Lights:
    """Hours in which pairs of few trips keep their ways."""
    keys = light.small(pair.before.classes, pair.before.found, figures["pairs.kept"])
    old = _solve_light(light.lighten(pair.before, pair.before.classes, keys), figures)
    users = drawing.unchanged(pair.before.found.names, pair.before.found.trips, pair.after.classes)
    routes = _solve_light(light.lighten(pair.routes, users, keys), figures)
    new = _solve_light(light.lighten(pair.after, pair.after.classes, keys), figures)
    base = _flow_light(pair, old)
    return _Lights(
        old, routes, new, _flow_light(pair, routes) - base, _flow_light(pair, new) - base
    )


def _solve_light(of: Light, figures: Mapping[str, float]) -> Light:
    """A lighter hour, solved again at the gap of the draws, as modelled."""
    hour = of.hour
    roads = replace(hour.roads, network=of.network(hour.roads.network, 1.0))
    found = _solved(replace(hour, roads=roads), of.users, hour.found.warm, figures, None).found
    return replace(of, hour=replace(hour, found=found))


def _flow_light(
    pair: _Pair, of: Light, found: Equilibrium | None = None, demand: float = 1.0
) -> Floats:
    """Vehicles on each street of a lighter hour, those on their ways among them (streets,) [veh/h]."""
    flow = (found or of.hour.found).flow + demand * of.rest
    return street_traffic.summed(of.hour, pair.streets, flow)


@dataclass(frozen=True)
class _Drawn:
    """Changes in one world, with other ways only and with other modes too (streets,) [veh/h]."""

    routes: Floats
    modes: Floats
    gap: float


def _draw(
    pair: _Pair, lights: _Lights, drawn: World, *, figures: Mapping[str, float], threads: int | None
) -> _Drawn:
    """Solve one world before and after."""

    def solve(of: Light, users: Sequence[UserClass]) -> Equilibrium:
        net = of.network(drawing.network(of.hour.roads.network, drawn), drawn.demand)
        hour = replace(of.hour, roads=replace(of.hour.roads, network=net))
        return _solved(hour, users, of.hour.found.warm, figures, threads).found

    before, routes, after = lights.before, lights.routes, lights.after
    old = solve(before, drawing.classes(before.users, pair.zones, drawn))
    other = solve(routes, drawing.unchanged(old.names, old.trips, after.users))
    new = solve(after, drawing.classes(after.users, pair.zones, drawn))
    base = _flow_light(pair, before, old, drawn.demand)
    return _Drawn(
        _flow_light(pair, routes, other, drawn.demand) - base,
        _flow_light(pair, after, new, drawn.demand) - base,
        max(found.relative_gap for found in (old, other, new)),
    )


def _frame(
    hours: Sequence[_Pair],
    pair: _Pair,
    lights: _Lights,
    found: Sequence[_Drawn],
    figures: Mapping[str, float],
) -> pd.DataFrame:
    """Changes of a day with their bands."""

    def day(of: Callable[[_Pair], Hour]) -> Floats:
        return np.asarray(
            np.sum([_flow(one, of(one)) * of(one).period.expansion for one in hours], axis=0)
        )

    before = day(lambda one: one.before)
    whole = float(sum(one.before.found.flow.sum() * one.before.period.expansion for one in hours))
    hour = float(pair.before.found.flow.sum())
    scale = whole / hour if hour > 0.0 else 0.0
    columns: dict[str, NDArray[Any]] = {"vehicles_before": before}
    answers = (
        ("vehicles", "noticeable", day(lambda one: one.after),
         np.stack([one.modes for one in found]) - lights.modes_change),
        ("routes", "routes_noticeable", day(lambda one: one.routes),
         np.stack([one.routes for one in found]) - lights.routes_change),
    )  # fmt: skip
    for name, said, after, deviations in answers:
        change = after - before
        low, high = drawing.band(change, deviations, scale, figures)
        columns |= {
            f"{name}_change": change,
            f"{name}_change_p10": low,
            f"{name}_change_p90": high,
            said: drawing.noticed(change, low, high, before, figures),
        }
    return pd.DataFrame(columns, index=pair.streets)


def _limits(gap: float, gates: Floats, figures: Mapping[str, float]) -> tuple[str, ...]:
    said = [*APPROXIMATIONS]
    if not len(gates):
        said.append("No gateways are known: through traffic is unknown, and not in the bands.")
    if gap > figures["gap"]:
        said.append(f"One draw stopped at a relative gap of {gap:.1e}; {figures['gap']:.0e} was "
                    "wanted.")  # fmt: skip
    said.append("How far inputs may be off is assumed; see uncertainty.csv.")
    return tuple(said)
