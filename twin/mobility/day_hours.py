"""Traffic of the busiest hour of every period of a day, from an earlier run if there is one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.schema import UserClass
from twin.mobility import car_classes, day_choice, equilibrium, fleet, freight, low_emission
from twin.mobility.paths import threads_available
from twin.mobility.street_traffic import Hour

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twin.mobility.car_classes import Choices
    from twin.mobility.choice import Skims
    from twin.mobility.day import DayWarm, Town
    from twin.mobility.day_choice import Choice
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.persons import Habits
    from twin.mobility.profiles import Period
    from twin.mobility.warmstart import Warm

GUESSED: Final = 1e-3
"""Relative gap of the first guess at the busiest hour: it gives times to choose by, no flows [1]."""


def known(
    town: Town,
    roads: Roads,
    peak: str,
    others: Skims,
    parameters: MobilityParameters,
    warm: DayWarm | None,
    tell: Callable[[str, float], None],
) -> tuple[pd.Series, Habits | None]:
    """Times that people have in mind, of an earlier run or a first guess, and habits of the guess.

    Parameters
    ----------
    town
        Tables and skims.
    roads, peak
        Network of the period whose speeds people know, and its name.
    others
        What trips by other modes take.
    parameters
        Figures of the country.
    warm
        Earlier run.
    tell
        Told the stage and the share done.
    """
    net = roads.network
    if warm is not None:
        free = pd.Series(net.free_time, net.link_ids)
        return warm.known.reindex(net.link_ids).fillna(free), None
    tell("a first guess at the busiest hour", 0.15)
    empty = pd.Series(net.free_time, net.link_ids)
    choice = day_choice.choose(town, roads, others, parameters, empty, None, None)
    period = next(one for one in car_classes.day(choice.found, parameters) if one.name == peak)
    rough = replace(parameters, gap=max(parameters.gap, GUESSED))
    people = car_classes.of_people(choice.found, choice.skims, parameters)
    found = _solve(roads, choice, people, rough, period, None).found
    return pd.Series(found.time, net.link_ids), choice.found.habits


def solved(
    roads: Mapping[str, Roads],
    choice: Choice,
    parameters: MobilityParameters,
    warm: Mapping[str, Warm],
    tell: Callable[[str, float], None],
) -> list[Hour]:
    """Traffic of the busiest hour of every period; those that need no other side by side.

    Parameters
    ----------
    roads
        Network of each period.
    choice
        What people choose.
    parameters
        Figures of the country.
    warm
        Hours of an earlier run by period, as far as there are any.
    tell
        Told the stage and the share done.
    """
    periods = car_classes.day(choice.found, parameters)
    people = car_classes.of_people(choice.found, choice.skims, parameters)
    first = next((one for one in periods if one.name not in warm), None)
    found: dict[str, Hour] = {}
    if first is not None:

        def told(stage: str, done: float) -> None:
            tell(stage, 0.3 + 0.15 * done)

        found[first.name] = _solve(
            roads[first.name], choice, people, parameters, first, None, tell=told
        )
    rest = [one for one in periods if one.name not in found]
    known = next(iter(found.values())).found.warm if found else None

    def work(one: Period) -> Hour:
        start = warm.get(one.name, known)
        return _solve(roads[one.name], choice, people, parameters, one, start, threads=1)

    with ThreadPoolExecutor(threads_available()) as pool:
        for number, hour in enumerate(pool.map(work, rest)):
            tell("assigning cars to streets", 0.45 + 0.45 * (number + 1) / len(rest))
            found[hour.period.name] = hour
    return [found[one.name] for one in periods]


def _solve(
    roads: Roads,
    choice: Choice,
    people: Choices,
    parameters: MobilityParameters,
    period: Period,
    start: Warm | None,
    *,
    tell: Callable[[str, float], None] | None = None,
    threads: int | None = None,
) -> Hour:
    users = car_classes.of_period(
        choice.found, choice.skims, choice.car, roads, parameters, period,
        external=choice.external, choices=people, low_emission=kept_out(roads, parameters),
    )  # fmt: skip
    nobody = UserClass(car_classes.CAR, freight.table_of(np.zeros((1, 1))))
    found = equilibrium.solve(
        roads.network, users.classes or (nobody,), gap=parameters.gap, max_iterations=parameters.iterations,
        warm=start, progress=tell, threads=threads,
    )  # fmt: skip
    return Hour(period, roads, found, users.classes)


def kept_out(roads: Roads, parameters: MobilityParameters) -> dict[str, dict[str, float]]:
    """By kind of vehicle the share that each rule on a street keeps out [1].

    Parameters
    ----------
    roads
        Network, whose streets name their rules.
    parameters
        Fleet.
    """
    rules = sorted(roads.links["low_emission"].dropna().unique())
    if not rules:
        return {}
    mix = fleet.fleet(parameters.country, cars=parameters.shares).mix
    return low_emission.kept_out(mix, rules)
