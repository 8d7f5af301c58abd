"""Who drives where: a doubly constrained gravity model of car trips between zones.

Production by residents, attraction by residents and workplaces, exponential deterrence of the
free-flow time (Wilson 1971), balanced by Furness (1965), deterrence fitted to the mean trip
length of a survey (Hyman 1969).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layers.schema import TripTable
from twin.mobility.distribution import fit, largest_part, mean_of, residual, spread
from twin.mobility.network import METRES_PER_KM, connector_time
from twin.mobility.paths import graph, skim

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters


@dataclass(frozen=True)
class Demand:
    """Car trips between zones and how they were found.

    Parameters
    ----------
    trips
        Trips in the assigned hour [veh/h], those inside one zone included.
    daily
        Car trips that residents make on a day [1/d].
    cut_off
        Those of zones that cars cannot leave and reach again; they are in no trip table [1/d].
    cut_off_zones
        Those zones.
    deterrence
        Fitted parameter of the exponential [1/min].
    length
        Mean trip length, door to door on empty roads [km].
    fitted
        Whether the mean trip length of the survey was met.
    residual
        Largest relative error of a row or column sum [1].
    """

    trips: TripTable
    daily: float
    cut_off: float
    cut_off_zones: pd.Index
    deterrence: float
    length: float
    fitted: bool
    residual: float


def run(
    roads: Roads,
    zones: gpd.GeoDataFrame,
    parameters: MobilityParameters,
    *,
    deterrence: float | None = None,
) -> Demand:
    """Work out car trips between zones.

    Trips start and end evenly: over a day as many go back as went (daily trips are the mean of the
    matrix from home to destination and its transpose).

    Parameters
    ----------
    roads
        Road network with the zones as its first nodes.
    zones
        City table.
    parameters
        Trip rates, car use, weights, trip length, peak share.
    deterrence
        Of an earlier run, kept; fitted if None [1/min].
    """
    network = roads.network
    time, length = skim(graph(network), network.free_time, network.length, network.zones)
    time, length = _door_to_door(time, length, zones, parameters)
    produced = _production(zones, parameters)
    main = largest_part(np.isfinite(time), produced)
    part = np.ix_(main, main)
    production = produced[main]
    attraction = _attraction(zones, parameters)[main]
    if attraction.sum() > 0.0:
        attraction = attraction * (production.sum() / attraction.sum())
    fitted = deterrence is not None
    if deterrence is None:
        deterrence, fitted = fit(
            time[part], length[part], production, attraction, parameters.trip_length
        )
    trips = spread(time[part], production, attraction, deterrence)
    outside = np.setdiff1d(np.arange(len(zones)), main)
    return Demand(
        trips=_table(trips, main, parameters.peak_share),
        daily=float(produced.sum()),
        cut_off=float(produced[outside].sum()),
        cut_off_zones=zones.index[outside],
        deterrence=deterrence,
        length=mean_of(trips, length[part]),
        fitted=fitted,
        residual=residual(trips, production, attraction),
    )


def _production(zones: gpd.GeoDataFrame, parameters: MobilityParameters) -> NDArray[np.float64]:
    people = zones["people"].to_numpy(dtype=np.float64)
    return np.asarray(people * parameters.trips_per_person * parameters.car_drivers)


def _attraction(zones: gpd.GeoDataFrame, parameters: MobilityParameters) -> NDArray[np.float64]:
    people, jobs = zones["people"].to_numpy(np.float64), zones["jobs"].to_numpy(np.float64)
    return np.asarray(parameters.attraction_people * people + parameters.attraction_jobs * jobs)


def _door_to_door(
    time: NDArray[np.float64],
    length: NDArray[np.float64],
    zones: gpd.GeoDataFrame,
    parameters: MobilityParameters,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count the way to and from the junction of a zone, also for trips inside one zone."""
    near = 0.5 * np.sqrt(zones.geometry.area.to_numpy()) / METRES_PER_KM
    own = connector_time(zones, parameters)
    time = time.copy()
    np.fill_diagonal(time, 2.0 * own)
    return time, length + near[:, None] + near[None, :]


def _table(trips: NDArray[np.float64], main: NDArray[np.int64], peak: float) -> TripTable:
    hour = 0.5 * peak * (trips + trips.T)
    origin, destination = np.meshgrid(main, main, indexing="ij")
    keep = hour > 0.0
    return TripTable(origin[keep], destination[keep], hour[keep])
