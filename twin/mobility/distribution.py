"""Where trips go: gravity with both ends given, or a choice of destination.

Exponential deterrence (Wilson 1971) of the generalised cost over all modes, balanced by Furness
(1965) where the places are taken (work, education), a logit of destinations where they are not;
deterrence fitted to the mean trip length of a survey (Hyman 1969).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

BALANCED = 1e-11
"""Relative error of row and column sums at which balancing stops [1]."""
ROUNDS = 5000
TOLERATED = 1e-9
"""Relative error of a row or column sum above which the run says so [1]."""
STEEPEST = 50.0
"""Steepest deterrence tried, as a multiple of one over the mean cost above the least [1]."""

CITATIONS: Final = (
    "Wilson 1971, A family of spatial interaction models, Environment and Planning A 3, 1-32.",
    "Furness 1965, Time function iteration, Traffic Engineering and Control 7, 458-460.",
    "Hyman 1969, The calibration of trip distribution models, Environment and Planning 1, 105-112.",
)


def balance(
    weight: NDArray[np.float64],
    production: NDArray[np.float64],
    attraction: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Scale rows and columns of a matrix to given sums (Furness 1965).

    Parameters
    ----------
    weight : (zones, zones) [1]
        Deterrence, not negative.
    production, attraction : (zones,) [1/d]
        Row and column sums; equal in total.

    Returns
    -------
    trips : (zones, zones) [1/d]
    """
    columns = np.ones(len(attraction))
    sums = weight @ columns
    for _ in range(ROUNDS):
        rows = ratio(production, sums)
        columns = ratio(attraction, rows @ weight)
        sums = weight @ columns
        if (np.abs(rows * sums - production) <= BALANCED * production).all():
            break
    return np.asarray(rows[:, None] * weight * columns[None, :])


def ratio(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quotient; zero where nothing is divided by nothing."""
    return np.asarray(np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0.0))


def residual(
    trips: NDArray[np.float64],
    production: NDArray[np.float64],
    attraction: NDArray[np.float64] | None = None,
) -> float:
    """Largest relative error of a row or column sum [1]; of row sums only without `attraction`."""
    wanted = [(1, production)] if attraction is None else [(1, production), (0, attraction)]
    errors = [ratio(np.abs(trips.sum(axis) - sums), sums).max(initial=0.0) for axis, sums in wanted]
    return float(max(errors))


def spread(
    cost: NDArray[np.float64],
    production: NDArray[np.float64],
    attraction: NDArray[np.float64],
    deterrence: float,
    *,
    constrained: bool = True,
) -> NDArray[np.float64]:
    """Trips of a gravity model with exponential deterrence (zones, zones) [1/d].

    Parameters
    ----------
    cost : (zones, zones) [min]
        Infinite where nobody gets.
    production, attraction : (zones,) [1/d]
        Row sums, and column sums or, if not constrained, relative weights of the destinations.
    deterrence
        How strongly cost deters [1/min].
    constrained
        Whether columns must sum to `attraction`.
    """
    nearest = cost.min(axis=1, keepdims=True, initial=np.inf)
    reached = np.isfinite(cost)
    above = np.subtract(cost, nearest, out=np.full_like(cost, np.inf), where=reached)
    weight = np.where(reached, np.exp(-deterrence * np.where(reached, above, 0.0)), 0.0)
    if constrained:
        return balance(weight, production, attraction)
    drawn = weight * attraction
    return np.asarray(drawn * ratio(production, drawn.sum(axis=1))[:, None])


def fit(
    cost: NDArray[np.float64],
    length: NDArray[np.float64],
    production: NDArray[np.float64],
    attraction: NDArray[np.float64],
    target: float,
    *,
    constrained: bool = True,
) -> tuple[float, bool]:
    """Deterrence [1/min] with which the mean trip is as long as observed, and whether it is met.

    Where even trips that mind no distance are shorter than observed, the area is too small to hold
    all trips of its people. It then counts as a window of an even plane without end, where the
    exponential exp(-m r) gives a mean trip of 2/m (the density of lengths is r exp(-m r)), at what
    a kilometre costs between its zones. Where the shortest trips possible are longer than observed,
    its zones are too coarse, and the steepest deterrence tried is taken.

    Parameters
    ----------
    cost, length : (zones, zones) [min], [km]
    production, attraction, constrained
        As in `spread`.
    target
        Mean trip length observed [km].
    """

    def excess(deterrence: float) -> float:
        trips = spread(cost, production, attraction, deterrence, constrained=constrained)
        return mean_of(trips, length) - target

    if not production.sum() > 0.0 or not attraction.sum() > 0.0:
        return 0.0, False
    plane = 2.0 / target / per_kilometre(cost, length)
    if excess(0.0) <= 0.0:
        return plane, False
    steepest = STEEPEST / _mean_above(cost)
    low, high = 0.0, min(plane, steepest)
    while excess(high) > 0.0:
        if high >= steepest:
            return steepest, False
        low, high = high, min(2.0 * high, steepest)
    return float(brentq(excess, low, high, xtol=BALANCED, rtol=4 * np.finfo(float).eps)), True


def per_kilometre(cost: NDArray[np.float64], length: NDArray[np.float64]) -> float:
    """What a kilometre more costs between zones [min/km]: least squares through all pairs.

    Where all pairs are alike, their mean cost over their mean length.
    """
    known = np.isfinite(cost)
    far = length[known] - length[known].mean()
    varied = float((far**2).sum())
    if varied > 0.0:
        slope = float((far * cost[known]).sum()) / varied
        if slope > 0.0:
            return slope
    return float(cost[known].sum() / length[known].sum())


def _mean_above(cost: NDArray[np.float64]) -> float:
    """Mean over pairs of how much the cost is above the least one of its origin [min]."""
    known = np.isfinite(cost)
    nearest = cost.min(axis=1, keepdims=True, initial=np.inf)
    return float((cost - np.where(np.isfinite(nearest), nearest, 0.0))[known].mean())


def mean_of(trips: NDArray[np.float64], length: NDArray[np.float64]) -> float:
    """Mean of a length over trips [km]; where nobody goes the length does not matter."""
    total = float(trips.sum())
    known = trips > 0.0
    return float((trips[known] * length[known]).sum()) / total if total > 0.0 else 0.0


def largest_part(reached: NDArray[np.bool_], weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """Zones that all reach each other, those with most trips: numbers in order.

    Parameters
    ----------
    reached : (zones, zones) bool
    weight : (zones,) [1/d]
    """
    if not len(weight):
        return np.zeros(0, np.int64)
    _, label = connected_components(csr_array(reached), directed=True, connection="strong")
    trips = np.bincount(label, weights=weight)
    return np.flatnonzero(label == trips.argmax())
