"""What people of a town know when they choose where to go and how, and what they choose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.mobility import car_skim, gateways, low_emission, persons

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.mobility.car_skim import CarSkim
    from twin.mobility.choice import Skims
    from twin.mobility.day import Town
    from twin.mobility.gateways import External
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.persons import Habits, PersonDemand
    from twin.mobility.street_traffic import Hour


@dataclass(frozen=True)
class Choice:
    """What people know when they choose, and what they choose."""

    skims: Skims
    car: CarSkim
    found: PersonDemand
    external: External


def choose(
    town: Town,
    roads: Roads,
    others: Skims,
    parameters: MobilityParameters,
    known: pd.Series,
    habits: Habits | None,
    first: Habits | None,
) -> Choice:
    """What people choose when they know the times on the links.

    Parameters
    ----------
    town
        Tables.
    roads
        Network of the period whose speeds people know.
    others
        What trips by other modes take.
    parameters
        Figures of the country.
    known : (links,) [min]
        Time on each link.
    habits
        Of an earlier run; fitted if None.
    first
        Where fitting begins.
    """
    car = car_skim.between(roads, town.zones, parameters, time=known.to_numpy())
    zones = len(town.zones)
    skims = car_skim.with_car(others, car, zones)
    drawn = (town.zones["people"] + town.zones["jobs"]).to_numpy(dtype=np.float64)
    external = gateways.external(town.gates, car.network, drawn, parameters.demand)
    found = persons.person_trips(
        town.zones, skims, parameters.demand, buildings=town.buildings,
        habits=habits, start=first, matrices=town.matrices,
        outside=gateways.residents_outside(external, parameters.demand),
    )  # fmt: skip
    return Choice(skims, car, found, external)


def settled(
    town: Town,
    roads: Roads,
    others: Skims,
    asked: Choice,
    hours: Sequence[Hour],
    parameters: MobilityParameters,
    kept_out: Mapping[str, float],
) -> Choice:
    """What people choose once the streets are as full as they get, mean over the periods.

    Who has a car that a low-emission rule keeps out chooses by the ways that are left to it.

    Parameters
    ----------
    town, roads, others, parameters
        As in `choose`.
    asked
        Of `choose`.
    hours
        Traffic of every period.
    kept_out
        Share of residents' cars that each low-emission rule keeps out [1].
    """
    names = roads.network.link_ids
    times = pd.DataFrame(
        {hour.period.name: pd.Series(hour.found.time, hour.roads.network.link_ids).reindex(names)
         for hour in hours}
    )  # fmt: skip
    cars = np.array([float(hour.found.flow.sum()) * hour.period.expansion for hour in hours])
    weight = times.notna() * np.maximum(cars, np.finfo(float).tiny)
    mean = (times.fillna(0.0) * weight).sum(axis=1) / weight.sum(axis=1)

    def by(barred: NDArray[np.bool_] | None) -> tuple[CarSkim, Skims, PersonDemand]:
        car = car_skim.between(roads, town.zones, parameters, time=mean.to_numpy(), barred=barred)
        skims = car_skim.with_car(others, car, len(town.zones))
        return car, skims, persons.settled(asked.found, skims, parameters.demand)

    car, skims, free = by(None)
    parts = [
        (share, by(np.any([roads.barred(rule) for rule in rules], axis=0))[2])
        for _, share, rules in low_emission.parts(kept_out)
        if share > 0.0
    ]
    rest = 1.0 - sum(share for share, _ in parts)
    return replace(asked, skims=skims, car=car, found=persons.mixed([(rest, free), *parts]))
