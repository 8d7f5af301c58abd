"""Vans and lorries: a share of the cars, between the zones with most workplaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from layers.schema import TripTable, UserClass
from twin.mobility import car_skim, distribution
from twin.mobility.choice import MINUTES_PER_HOUR
from twin.mobility.demand_parameters import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twin.mobility.car_skim import CarSkim
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.persons import PersonDemand

VAN, LORRY = "van", "lorry"
BUSINESS: Final = PURPOSES.index("business")
"""Vans and lorries drive when business does."""


def classes(
    found: PersonDemand,
    car: CarSkim,
    roads: Roads,
    parameters: MobilityParameters,
    hour: int,
) -> Iterator[UserClass]:
    """Vans and lorries of an hour, on a matrix of their own.

    Parameters
    ----------
    found
        People's trips, for the number of cars.
    car
        Skim of the car.
    roads
        Network; its links may bar lorries.
    parameters
        Shares of vans and lorries, how far they go, what they pay.
    hour
        Hour of the day.
    """
    demand, zones = parameters.demand, len(found.held)
    jobs = busiest(found.held["jobs"].to_numpy(dtype=np.float64), demand["freight.jobs"])
    driven = float(found.trips["car_driver"].sum())
    hours = 0.5 * float(demand.hours[BUSINESS, :, hour].sum())
    if not jobs.sum() > 0.0 or not driven * hours > 0.0:
        return
    steep = 2.0 * demand["speed.car"] / (MINUTES_PER_HOUR * demand["lorry.length"])
    cost = car.network[:zones, :zones].copy()
    np.fill_diagonal(cost, car.time[:zones, :zones].diagonal())
    reached = np.isfinite(cost).any(axis=1)
    begun = (
        np.where(reached, jobs, 0.0) / jobs[reached].sum() if jobs[reached].any() else jobs * 0.0
    )
    one = distribution.spread(cost, begun, jobs, steep, constrained=False)
    even = 0.5 * (one + one.T) * (driven * hours)
    worth = demand["lorry.value_of_time"]
    for name, pcu, per_km in ((VAN, 1.0, demand["car.cost"]),
                              (LORRY, demand["lorry.pcu"], demand["lorry.cost"])):  # fmt: skip
        table = table_of(even * demand[f"{name}.share"])
        barred = roads.barred("lorries") if name == LORRY and "lorries" in roads.links else None
        if len(table.trips):
            yield UserClass(name, table, pcu, car_skim.link_minutes(roads, per_km, worth), barred)


def busiest(jobs: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Workplaces of the zones with most of them, that together hold a share; none elsewhere.

    Parameters
    ----------
    jobs : (zones,) [jobs]
    share
        Of all workplaces [1].
    """
    order = np.argsort(-jobs, kind="stable")
    before = np.cumsum(jobs[order]) - jobs[order]
    kept = order[before < share * jobs.sum()]
    found = np.zeros_like(jobs)
    found[kept] = jobs[kept]
    return found


def table_of(matrix: NDArray[np.float64]) -> TripTable:
    """Trips of a matrix as a table, without those inside one zone.

    Parameters
    ----------
    matrix : (zones, zones) [veh/h]
    """
    wanted = (matrix > 0.0) & ~np.eye(len(matrix), dtype=bool)
    origin, destination = np.nonzero(wanted)
    return TripTable(origin.astype(np.int64), destination.astype(np.int64), matrix[wanted])
