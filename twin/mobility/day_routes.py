"""A day on changed streets with the trips of the day before: people take other ways and no more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from layers.schema import TripTable, UserClass
from twin.mobility import car_classes, car_skim, day_hours, freight, low_emission, reroute
from twin.mobility.paths import threads_available
from twin.mobility.street_traffic import Hour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from layers.schema import RoadNetwork
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters

FREIGHT: Final = (freight.VAN, freight.LORRY)


def solved(
    before: Sequence[Hour],
    roads: Mapping[str, Roads],
    parameters: MobilityParameters,
    *,
    gap: float,
    max_iterations: int,
    progress: Callable[[str, float], None],
) -> list[Hour]:
    """The busiest hour of every period with its trips on other ways.

    Parameters
    ----------
    before
        Hours of the day before, with flows.
    roads
        Network of each period as it is now, with the same zones.
    parameters
        Figures of the country.
    gap, max_iterations
        Relative gap to reach [1], and rounds of path search at most.
    progress
        Told the stage and the share done.
    """

    def work(hour: Hour) -> Hour:
        return _solved(hour, roads[hour.period.name], parameters, gap, max_iterations)

    found = []
    with ThreadPoolExecutor(threads_available()) as pool:
        for number, hour in enumerate(pool.map(work, before)):
            found.append(hour)
            progress("assigning cars to other ways", (number + 1) / len(before))
    return found


def _solved(
    hour: Hour, roads: Roads, parameters: MobilityParameters, gap: float, max_iterations: int
) -> Hour:
    users = tuple(same_trips(hour, roads, parameters))
    if _same(hour.roads.network, roads.network) and _fixed(hour.classes) == _fixed(users):
        return replace(hour, roads=roads)
    found = reroute.solve(
        roads.network, users, hour.found, hour.roads.network, gap=gap,
        max_iterations=max_iterations, threads=1,
    )  # fmt: skip
    return Hour(hour.period, roads, found, users)


def _fixed(users: Iterable[UserClass]) -> list[bytes]:
    """What classes pay and where they are barred, to compare."""
    parts = [part for user in users for part in (user.cost, user.barred)]
    return [b"" if part is None else part.tobytes() for part in parts]


def _same(one: RoadNetwork, other: RoadNetwork) -> bool:
    """Whether two networks are the same link by link."""
    return bool(one.link_ids.equals(other.link_ids)) and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("link_from", "link_to", "capacity", "length", "free_time", "alpha", "power",
                     "fixed_cost", "conical", "background")
    )  # fmt: skip


def same_trips(hour: Hour, roads: Roads, parameters: MobilityParameters) -> Iterator[UserClass]:
    """Classes with the trips of an hour before, paying and barred as on the streets now.

    Where other low-emission rules hold than before, each class is parted by them anew.

    Parameters
    ----------
    hour
        The hour before.
    roads
        Network of the hour now.
    parameters
        Figures of the country.
    """
    kept_out = day_hours.kept_out(roads, parameters)
    if set(_rules(roads)) == set(_rules(hour.roads)):
        yield from _as_they_are(hour, roads, parameters, kept_out)
        return
    for user in _merged(hour):
        of_fleet = car_classes.OF_FLEET.get(user.name, user.name)
        whole = replace(user, cost=_cost(user.name, roads, parameters), barred=_lorry(user, roads))
        yield from low_emission.parted(whole, kept_out.get(of_fleet, {}), roads)


def _rules(roads: Roads) -> list[str]:
    return sorted(roads.links["low_emission"].dropna().unique())


def _as_they_are(
    hour: Hour,
    roads: Roads,
    parameters: MobilityParameters,
    kept_out: Mapping[str, Mapping[str, float]],
) -> Iterator[UserClass]:
    """Classes under the same rules as before."""
    for user, trips in zip(hour.classes, hour.found.trips, strict=True):
        kind, rule = _parts(user.name)
        barred = _lorry(replace(user, name=kind), roads)
        if rule:
            shares = kept_out[car_classes.OF_FLEET.get(kind, kind)]
            rules = next(all_ for one, _, all_ in low_emission.parts(shares) if one == rule)
            shut = np.any([roads.barred(one) for one in rules], axis=0)
            barred = shut if barred is None else shut | barred
        cost = _cost(kind, roads, parameters)
        yield UserClass(user.name, trips, user.pcu, cost, barred)


def _parts(name: str) -> tuple[str, str]:
    """Class that a name stands for, and the mildest rule that keeps it out; none where none does."""
    whole = low_emission.BARRED.lstrip()
    if name.startswith(whole):
        return car_classes.CAR, name.removeprefix(whole)
    kind, _, rule = name.partition(low_emission.BARRED)
    return kind, rule


def _merged(hour: Hour) -> Iterator[UserClass]:
    """Classes before any rule, with all their trips."""
    tables: dict[str, list[TripTable]] = {}
    weight = {}
    for user, table in zip(hour.classes, hour.found.trips, strict=True):
        kind = _parts(user.name)[0]
        tables.setdefault(kind, []).append(table)
        weight[kind] = user.pcu
    for kind, parts in tables.items():
        origin, destination, trips = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("origin", "destination", "trips")
        )
        size = int(max(origin.max(initial=0), destination.max(initial=0))) + 1
        keys, place = np.unique(origin * size + destination, return_inverse=True)
        total = np.bincount(place, weights=trips, minlength=len(keys)).astype(np.float64)
        yield UserClass(kind, TripTable(keys // size, keys % size, total), weight[kind])


def _lorry(user: UserClass, roads: Roads) -> NDArray[np.bool_] | None:
    return roads.barred("lorries") if user.name == freight.LORRY else None


def _cost(kind: str, roads: Roads, parameters: MobilityParameters) -> NDArray[np.float64]:
    """What fuel and tolls are worth to a class (links,) [min], as `car_classes` has it."""
    demand = parameters.demand
    if kind in FREIGHT:
        name = "lorry.cost" if kind == freight.LORRY else "car.cost"
        return car_skim.link_minutes(roads, demand[name], demand["lorry.value_of_time"])
    per_km = {
        car_classes.CAR: car_skim.cost_per_km(parameters),
        car_classes.ELECTRIC: demand["electric.cost"],
    }.get(kind, demand["car.cost"])
    return car_skim.link_minutes(roads, per_km, car_skim.value_of_time(demand))
