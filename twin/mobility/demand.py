"""Who drives where: a doubly constrained gravity model of car trips between zones.

Production by residents, attraction by residents and workplaces, exponential deterrence of the
free-flow time (Wilson 1971), balanced by Furness (1965), deterrence fitted to the mean trip
length of a survey (Hyman 1969).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from layers.schema import TripTable
from twin.mobility.network import METRES_PER_KM, connector_time
from twin.mobility.paths import graph, skim

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters

BALANCED = 1e-11
"""Relative error of row and column sums at which balancing stops [1]."""
ROUNDS = 5000
TOLERATED = 1e-9
"""Relative error of a row or column sum above which the run says so [1]."""
STEEPEST = 50.0
"""Steepest deterrence tried, as a multiple of one over the mean time between zones [1]."""


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


def balance(
    weight: NDArray[np.float64],
    production: NDArray[np.float64],
    attraction: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Scale rows and columns of a matrix to given sums (Furness 1965).

    Parameters
    ----------
    weight : (zones, zones) [1]
        Deterrence, positive.
    production, attraction : (zones,) [1/d]
        Row and column sums; equal in total.

    Returns
    -------
    trips : (zones, zones) [1/d]
    """
    columns = np.ones(len(attraction))
    rows = np.ones(len(production))
    for _ in range(ROUNDS):
        rows = _ratio(production, weight @ columns)
        columns = _ratio(attraction, rows @ weight)
        sums = rows * (weight @ columns)
        if _ratio(np.abs(sums - production), production).max(initial=0.0) <= BALANCED:
            break
    return np.asarray(rows[:, None] * weight * columns[None, :])


def _ratio(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0.0)


def residual(
    trips: NDArray[np.float64],
    production: NDArray[np.float64],
    attraction: NDArray[np.float64],
) -> float:
    """Largest relative error of a row or column sum [1]."""
    errors = [
        _ratio(np.abs(trips.sum(axis) - wanted), wanted).max(initial=0.0)
        for axis, wanted in ((1, production), (0, attraction))
    ]
    return float(max(errors))


def spread(
    time: NDArray[np.float64],
    production: NDArray[np.float64],
    attraction: NDArray[np.float64],
    deterrence: float,
) -> NDArray[np.float64]:
    """Trips of a gravity model with exponential deterrence (zones, zones) [1/d].

    Parameters
    ----------
    time : (zones, zones) [min]
        Finite.
    production, attraction : (zones,) [1/d]
        Row and column sums.
    deterrence
        How strongly time deters [1/min].
    """
    nearest = time.min(axis=1, keepdims=True, initial=np.inf)
    return balance(np.exp(-deterrence * (time - nearest)), production, attraction)


def fit(
    time: NDArray[np.float64],
    length: NDArray[np.float64],
    production: NDArray[np.float64],
    attraction: NDArray[np.float64],
    target: float,
) -> tuple[float, bool]:
    """Deterrence [1/min] with which the mean trip is as long as observed, and whether it is met.

    Where even trips that mind no distance are shorter than observed, the area is too small to hold
    all trips of its people. It then counts as a window of an even plane without end, where the
    exponential exp(-m r) gives a mean trip of 2/m (the density of lengths is r exp(-m r)), at the
    mean speed between its zones. Where the shortest trips possible are longer than observed, its
    zones are too coarse, and the steepest deterrence tried is taken.

    Parameters
    ----------
    time, length : (zones, zones) [min], [km]
    production, attraction : (zones,) [1/d]
    target
        Mean trip length observed [km].
    """

    def excess(deterrence: float) -> float:
        return mean_of(spread(time, production, attraction, deterrence), length) - target

    if not production.sum() > 0.0:
        return 0.0, False
    if excess(0.0) <= 0.0:
        return 2.0 / target * float(length.sum() / time.sum()), False
    steepest = STEEPEST / float(time.mean())
    if excess(steepest) >= 0.0:
        return steepest, False
    return float(brentq(excess, 0.0, steepest, xtol=BALANCED, rtol=4 * np.finfo(float).eps)), True


def mean_of(trips: NDArray[np.float64], length: NDArray[np.float64]) -> float:
    """Mean of a length over trips [km]."""
    total = float(trips.sum())
    return float((trips * length).sum()) / total if total > 0.0 else 0.0


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
    main = _largest_part(time, produced)
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


def _largest_part(time: NDArray[np.float64], produced: NDArray[np.float64]) -> NDArray[np.int64]:
    """Zones that all reach each other, those with most trips: numbers in order."""
    if not len(produced):
        return np.zeros(0, np.int64)
    reached = csr_array(np.isfinite(time))
    _, label = connected_components(reached, directed=True, connection="strong")
    trips = np.bincount(label, weights=produced)
    return np.flatnonzero(label == trips.argmax())


def _table(trips: NDArray[np.float64], main: NDArray[np.int64], peak: float) -> TripTable:
    hour = 0.5 * peak * (trips + trips.T)
    origin, destination = np.meshgrid(main, main, indexing="ij")
    keep = hour > 0.0
    return TripTable(origin[keep], destination[keep], hour[keep])
