"""Fit a trip table to counted streets without losing how far people travel.

Gradient method of Spiess (1990, A gradient approach for the O-D matrix adjustment problem,
Publication 693, Centre de recherche sur les transports, Montreal): the weighted squared difference
between modelled and counted flows is lowered by multiplicative steps on the pairs that use the
counted streets, with the shares of the paths in equilibrium held for a round. After each step the
shares of trips by length are put back and every factor is kept within bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CITATIONS = (
    (
        "Spiess 1990, A gradient approach for the O-D matrix adjustment problem, Publication 693, "
        "Centre de recherche sur les transports, Montreal."
    ),
    "Design Manual for Roads and Bridges, volume 12, section 2: the GEH statistic.",
)
SETTLED = 1e-9
"""Relative gain of a step below which a round ends [1]."""


@dataclass(frozen=True)
class Bounds:
    """How far a fit may go.

    Parameters
    ----------
    lower, upper
        Least and largest factor on the trips of a pair [1].
    steps
        Gradient steps of a round at most [1].
    bins
        Classes of trip length whose shares are kept [1].
    """

    lower: float
    upper: float
    steps: int
    bins: int


@dataclass(frozen=True)
class Fit:
    """Factors on the trips of each pair and what they bring.

    Parameters
    ----------
    factor : (pairs,) [1]
    before, after
        Weighted sum of squared differences [1].
    """

    factor: Floats
    before: float
    after: float


def contributions(
    pair: Ints,
    flow: Floats,
    start: Ints,
    links: NDArray[np.int32],
    counters: list[Ints],
    pairs: int,
) -> csr_array:
    """Vehicles of each pair that pass each counter (counters, pairs) [veh/h].

    Parameters
    ----------
    pair, flow : (paths,) [1], [veh/h]
        Pair and flow of each path.
    start : (paths + 1,)
        Links of path p are ``links[start[p]:start[p + 1]]``.
    links
        Links of all paths, one path after the other.
    counters
        Links that each counter counts.
    pairs
        Number of pairs [1].
    """
    owner = np.repeat(np.arange(len(flow)), np.diff(start))
    rows, columns, values = [], [], []
    for number, counted in enumerate(counters):
        on = owner[np.isin(links, counted)]
        rows.append(np.full(len(on), number))
        columns.append(pair[on])
        values.append(flow[on])
    shape = (len(counters), pairs)
    if not rows:
        return csr_array(shape)
    parts = (np.concatenate(rows), np.concatenate(columns))
    return csr_array((np.concatenate(values), parts), shape=shape)


def length_classes(length: Floats, trips: Floats, bins: int) -> Ints:
    """Class of each pair by length, with about equal trips in each (pairs,).

    Parameters
    ----------
    length : (pairs,) [km]
    trips : (pairs,) [veh/h]
    bins
        Number of classes [1].
    """
    order = np.argsort(length, kind="stable")
    share = np.cumsum(trips[order]) / max(float(trips.sum()), np.finfo(float).tiny)
    number = np.empty(len(length), np.int64)
    number[order] = np.minimum((share * bins).astype(np.int64), bins - 1)
    return number


def fit(
    passing: csr_array, count: Floats, weight: Floats, trips: Floats, group: Ints, bounds: Bounds
) -> Fit:
    """Factors on pairs that bring modelled flows near to counts.

    Parameters
    ----------
    passing : (counters, pairs) [veh/h]
        Vehicles of each pair that pass each counter, at factor 1.
    count, weight : (counters,) [veh/h], [(veh/h)-2]
        Counted flow and one over the square of its error.
    trips : (pairs,) [veh/h]
        Trips at factor 1.
    group : (pairs,)
        Class of trip length.
    bounds
        How far to go.
    """
    factor = np.ones(len(trips))
    before = error = _error(passing @ factor - count, weight)
    for _ in range(bounds.steps):
        gap = passing @ factor - count
        slope = np.divide(
            passing.T @ (weight * gap), trips, out=np.zeros(len(trips)), where=trips > 0.0
        )
        moved = _step(passing, gap, weight, factor, slope)
        tried = _shared(np.clip(moved, bounds.lower, bounds.upper), trips, group, bounds)
        reached = _error(passing @ tried - count, weight)
        if reached >= error * (1.0 - SETTLED):
            break
        factor, error = tried, reached
    return Fit(factor, before, error)


def _error(gap: Floats, weight: Floats) -> float:
    return float(weight @ gap**2)


def _step(passing: csr_array, gap: Floats, weight: Floats, factor: Floats, slope: Floats) -> Floats:
    """The multiplicative step whose length makes the error least along its direction."""
    direction = -factor * slope
    along = passing @ direction
    bend = float(weight @ along**2)
    if bend <= 0.0:
        return factor
    length = -float((weight * along) @ gap) / bend
    steepest = float(np.max(slope, initial=0.0))
    if steepest > 0.0:
        length = min(length, 1.0 / steepest)
    return factor + length * direction


def _shared(factor: Floats, trips: Floats, group: Ints, bounds: Bounds) -> Floats:
    """Put back the shares of trips by length, within the bounds."""
    classes = int(group.max(initial=0)) + 1
    old = np.bincount(group, trips, classes)
    new = np.bincount(group, trips * factor, classes)
    if not old.sum() > 0.0:
        return factor
    wanted = old * (new.sum() / old.sum())
    scale = np.divide(wanted, new, out=np.ones(classes), where=new > 0.0)
    return np.asarray(np.clip(factor * scale[group], bounds.lower, bounds.upper))


def geh(model: Floats, count: Floats) -> Floats:
    """GEH statistic of hourly flows (counters,) [(veh/h)0.5]; below 5 counts as a good fit.

    Parameters
    ----------
    model, count : (counters,) [veh/h]
        Hourly values only: the statistic is not free of units.
    """
    total = model + count
    square = np.divide(
        2.0 * (model - count) ** 2, total, out=np.zeros(len(total)), where=total > 0.0
    )
    return np.asarray(np.sqrt(square))
