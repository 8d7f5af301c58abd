"""Vehicles of one hour by class, residents' cars with the choice of mode in the loop.

For every pair, purpose and segment of people the car is a binary logit against the logsum of all
else (`layers.schema.Elastic`): a class answers to its cost exactly as the nested logit does. By
default the groups of a pair are merged into one that has their cars and the slope of their cars at
the cost that the skims were made with; what it misses is of second order (on Liechtenstein 0.1 % of
the cars that leave when every trip takes ten minutes more), and the equilibrium is found far sooner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from layers.schema import Elastic, TripTable, UserClass
from twin.mobility import car_skim, freight, mode_split, profiles
from twin.mobility import low_emission as low_emission_classes
from twin.mobility.demand_parameters import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.mobility.car_skim import CarSkim
    from twin.mobility.choice import Skims
    from twin.mobility.gateways import External
    from twin.mobility.mode_split import CarChoice
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.persons import PersonDemand
    from twin.mobility.profiles import Period

Choices: TypeAlias = "Sequence[Sequence[CarChoice]]"
"""Choice of the car by purpose and segment."""
CAR, ELECTRIC = "car", "electric"
EXTERNAL, THROUGH = "external", "through"
OF_FLEET: Final = {
    EXTERNAL: CAR, THROUGH: CAR, freight.VAN: freight.VAN, freight.LORRY: freight.LORRY,
}  # fmt: skip
"""Part of the fleet that each class of fixed trips drives."""
OUT, BACK = 0, 1


@dataclass(frozen=True)
class CarClasses:
    """Vehicles of the busiest hour of a period.

    Parameters
    ----------
    period
        The period and what its hour is multiplied with.
    classes
        car, electric and barred <rule> (all elastic), van, lorry, external (one end outside),
        through (both ends outside), and of these <class> barred <rule>; a class without trips is
        left out.
    intrazonal
        Residents' cars that stay inside one zone, on no street [veh/h].
    unserved
        Residents' cars of pairs that no car can get between on the network [veh/h].
    """

    period: Period
    classes: tuple[UserClass, ...]
    intrazonal: float
    unserved: float


def day(found: PersonDemand, parameters: MobilityParameters) -> tuple[Period, ...]:
    """Periods of the day with the busiest hour of residents' cars in each.

    Parameters
    ----------
    found
        Trips by purpose and mode.
    parameters
        When trips of each purpose begin.
    """
    return profiles.periods(found.trips["car_driver"].to_numpy(), parameters.demand.hours)


def of_period(
    found: PersonDemand,
    skims: Skims,
    car: CarSkim,
    roads: Roads,
    parameters: MobilityParameters,
    period: Period,
    *,
    external: External | None = None,
    exact: bool = False,
    electric_apart: bool = False,
    low_emission: Mapping[str, Mapping[str, float]] | None = None,
    choices: Choices | None = None,
) -> CarClasses:
    """Vehicles of the busiest hour of a period.

    Parameters
    ----------
    found
        People's trips.
    skims
        The skims they were worked out with.
    car
        The skim of the car among them.
    roads
        Network that the classes will be assigned to.
    parameters
        Figures of travel.
    period
        One of `day`.
    external
        Vehicles across the boundary; none if None.
    exact
        Whether every purpose and segment stays a group of its own.
    electric_apart
        Whether electric cars are a class of their own; otherwise all cars pay for the kilometre
        what the mean car pays, with half as many paths to find.
    low_emission
        By kind of vehicle (car, van, lorry) the share that each rule of low-emission zones keeps
        out [1]. Those vehicles are classes of their own, barred from its streets; one that a
        milder rule keeps out is kept out by every stricter one. Vehicles across the boundary are
        of the fleet of cars.
    choices
        Of `of_people`, where several periods share them; worked out if None.
    """
    kept_out = low_emission or {}
    known = choices or of_people(found, skims, parameters)
    groups = _groups(found, known, car, parameters, period.busiest, exact=exact)
    zones, worth = len(found.held), car_skim.value_of_time(parameters.demand)
    elastic = [
        groups.user_class(one, car_skim.link_minutes(roads, one.per_km, worth), _barred(roads, one))
        for one in fleet(parameters, kept_out.get(CAR, {}), electric_apart=electric_apart)
        if one.share > 0.0 and len(groups.pairs[0])
    ]
    whole = [
        *freight.classes(found, car, roads, parameters, period.busiest),
        *_crossing(external, zones, roads, parameters, _hour_share(found, parameters, period)),
    ]
    fixed = [
        part
        for one in whole
        for part in low_emission_classes.parted(one, kept_out.get(OF_FLEET[one.name], {}), roads)
    ]
    return CarClasses(period, (*elastic, *fixed), groups.intrazonal, groups.unserved)


@dataclass(frozen=True)
class Cars:
    """Residents' cars of a class.

    Parameters
    ----------
    name
        car, electric, or ``barred <rule>``.
    share
        Of all residents' cars [1].
    per_km
        Fuel [EUR/km].
    rules
        Rules of low-emission zones that keep them out.
    """

    name: str
    share: float
    per_km: float
    rules: tuple[str, ...] = ()


def fleet(
    parameters: MobilityParameters, low_emission: Mapping[str, float], *, electric_apart: bool
) -> list[Cars]:
    """Classes of residents' cars.

    Parameters
    ----------
    parameters
        Share of electric cars, fuel.
    low_emission
        Share of cars that each rule keeps out [1].
    electric_apart
        As in `of_period`.
    """
    electric = parameters.shares.get(car_skim.ELECTRICITY, 0.0) if electric_apart else 0.0
    demand = parameters.demand
    per_km = demand["car.cost"] if electric_apart else car_skim.cost_per_km(parameters)
    found = [
        Cars(f"barred {rule}", share, per_km, tuple(rules))
        for rule, share, rules in low_emission_classes.parts(low_emission, 1.0 - electric)
    ]
    taken = sum(one.share for one in found)
    return [
        Cars(CAR, 1.0 - electric - taken, per_km),
        Cars(ELECTRIC, electric, demand["electric.cost"]),
        *found,
    ]


def _barred(roads: Roads, cars: Cars) -> NDArray[np.bool_] | None:
    """Links that a class may not use."""
    if not cars.rules:
        return None
    return np.asarray(np.any([roads.barred(rule) for rule in cars.rules], axis=0))


@dataclass(frozen=True)
class _Groups:
    """Groups of people by pair, purpose and segment, pair after pair."""

    pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
    first: NDArray[np.int64]
    size: NDArray[np.float64]
    scale: NDArray[np.float64]
    other: NDArray[np.float64]
    trips: NDArray[np.float64]
    intrazonal: float
    unserved: float

    def user_class(
        self, cars: Cars, cost: NDArray[np.float64], barred: NDArray[np.bool_] | None
    ) -> UserClass:
        """Class that a share of all cars belongs to."""
        elastic = Elastic(self.first, self.size * cars.share, self.scale, self.other)
        table = TripTable(*self.pairs, self.trips * cars.share)
        return UserClass(cars.name, table, cost=cost, barred=barred, elastic=elastic)


Part: TypeAlias = "tuple[NDArray[np.float64], float | NDArray[np.float64], NDArray[np.float64]]"
"""Size [veh/h], scale [1/min] and advantage of the car [1] of one group, by pair."""


def of_people(found: PersonDemand, skims: Skims, parameters: MobilityParameters) -> Choices:
    """How people of each purpose and segment choose the car; the same in all periods of a day.

    Parameters
    ----------
    found, skims, parameters
        As in `of_period`.
    """
    demand = parameters.demand
    return [
        mode_split.car_choices(
            mode_split.utilities(skims, demand, purpose, found.habits.constants), demand
        )
        for purpose in range(len(PURPOSES))
    ]


def _groups(
    found: PersonDemand,
    choices: Choices,
    car: CarSkim,
    parameters: MobilityParameters,
    hour: int,
    *,
    exact: bool,
) -> _Groups:
    """Everybody who may take a car in an hour."""
    zones = len(found.held)
    network = car.network[:zones, :zones]
    inside = np.eye(zones, dtype=bool)
    asked = np.isfinite(network) & ~inside
    parts: list[Part] = [
        part for number in range(len(PURPOSES))
        for part in _of_purpose(found, choices[number], parameters, number, hour)
    ]  # fmt: skip
    driven = np.asarray(sum(size * _taken(advantage) for size, _, advantage in parts))
    if not exact:
        parts = [_merged(parts, float(parameters.demand.scale.mean()))]
    wanted = asked & (np.asarray(sum(size for size, *_ in parts)) > 0.0)
    origin, destination = np.nonzero(wanted)
    size = np.stack([one[wanted] for one, *_ in parts], axis=1)
    scale = np.stack([np.broadcast_to(one, network.shape)[wanted] for _, one, _ in parts], axis=1)
    other = network[wanted][:, None] + np.stack([one[wanted] for *_, one in parts], axis=1) / scale
    kept = size > 0.0
    first = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    return _Groups(
        pairs=(origin.astype(np.int64), destination.astype(np.int64)),
        first=first.astype(np.int64),
        size=size[kept],
        scale=scale[kept],
        other=other[kept],
        trips=driven[wanted],
        intrazonal=float(np.trace(driven)),
        unserved=float(driven[~asked & ~inside].sum()),
    )


def _merged(parts: list[Part], usual: float) -> Part:
    """One group in place of several, with their cars and the slope of their cars.

    Parameters
    ----------
    parts
        Groups.
    usual
        Scale where nobody has a choice [1/min].
    """
    cars = torn = fall = np.zeros_like(parts[0][0])
    for size, scale, advantage in parts:
        share = _taken(advantage)
        left = size * share * _taken(-advantage)
        cars, torn, fall = cars + size * share, torn + left, fall + scale * left
    undecided = torn > 0.0
    scale = np.divide(fall, torn, out=np.full_like(cars, usual), where=undecided)
    rest = np.divide(torn, cars, out=np.zeros_like(cars), where=undecided)
    with np.errstate(divide="ignore"):
        advantage = np.log1p(-rest) - np.log(rest)
    return cars / (1.0 - rest), scale, advantage


def _taken(advantage: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share who take the car, by its advantage over all else."""
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-advantage)))


def _of_purpose(
    found: PersonDemand,
    choices: Sequence[CarChoice],
    parameters: MobilityParameters,
    purpose: int,
    hour: int,
) -> Iterator[Part]:
    """Size [veh/h], scale [1/min] and advantage of the car by segment for one purpose."""
    demand = parameters.demand
    people = in_hour(found.home[purpose], demand.hours[purpose], hour)
    for one in choices:
        size = people * np.where(np.isfinite(one.advantage) | (one.advantage > 0.0), one.part, 0.0)
        yield size, float(demand.scale[purpose]), one.advantage


def in_hour(
    home: NDArray[np.float64], hours: NDArray[np.float64], hour: int
) -> NDArray[np.float64]:
    """People of a purpose on their way in an hour, from row to column (zones, zones) [1/h].

    Parameters
    ----------
    home : (zones, zones) [1/d]
        One-way trips from home to place and back, by home and place.
    hours : (2, 24) [1]
        Share of the ways out and of the ways back by hour.
    hour
        Hour of the day.
    """
    return np.asarray(0.5 * (hours[OUT, hour] * home + hours[BACK, hour] * home.T))


def _hour_share(found: PersonDemand, parameters: MobilityParameters, period: Period) -> float:
    """Share of a day's car trips in the busiest hour of a period [1]."""
    trips = found.trips["car_driver"].to_numpy()
    made = profiles.by_hour(trips, parameters.demand.hours)
    return float(made[period.busiest] / made.sum()) if made.sum() > 0.0 else 0.0


def _crossing(
    external: External | None,
    zones: int,
    roads: Roads,
    parameters: MobilityParameters,
    share: float,
) -> Iterator[UserClass]:
    """Vehicles with one end outside, and with both."""
    if external is None or not external.through.size:
        return
    demand = parameters.demand
    cost = car_skim.link_minutes(roads, demand["car.cost"], car_skim.value_of_time(demand))
    gates = len(external.through)
    whole = np.zeros((zones + gates, zones + gates))
    whole[zones:, :zones], whole[:zones, zones:] = external.inward, external.outward
    across = np.zeros_like(whole)
    across[zones:, zones:] = external.through
    for name, daily in ((EXTERNAL, whole), (THROUGH, across)):
        table = freight.table_of(daily * share)
        if len(table.trips):
            yield UserClass(name, table, cost=cost)
