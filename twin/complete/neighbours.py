"""Values from known objects of the same kind nearby."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAD_TO_SIGMA: Final = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution [1]."""


def nearby_median(
    points: NDArray[np.float64],
    values: NDArray[np.float64],
    groups: NDArray[np.int64],
    *,
    count: int,
    least: int,
    radius: float,
) -> pd.DataFrame:
    """Median and robust spread of the nearest known values of the same group.

    Parameters
    ----------
    points : (objects, 2) [m]
        Places.
    values : (objects,)
        Known values; NaN where unknown.
    groups : (objects,)
        Kind of object; only objects of the same kind are asked.
    count, least
        Neighbours asked at most, needed at least [1].
    radius
        How far a neighbour may stand [m].

    Returns
    -------
    pandas.DataFrame
        Columns value, spread (1.4826 times the median absolute deviation, Rousseeuw and Croux
        1993), count [1]; NaN where too few are near, and where the value is known.
    """
    found = np.full((len(points), 3), np.nan)
    for group in np.unique(groups):
        member = groups == group
        known, asked = member & ~np.isnan(values), member & np.isnan(values)
        if known.sum() >= least and asked.any():
            found[asked] = _ask(points[asked], points[known], values[known], count, radius)
    few = ~(found[:, 2] >= least)
    found[few] = np.nan
    return pd.DataFrame(found, columns=["value", "spread", "count"])


def _ask(
    asked: NDArray[np.float64],
    known: NDArray[np.float64],
    values: NDArray[np.float64],
    count: int,
    radius: float,
) -> NDArray[np.float64]:
    """Median, robust spread and count of the known values near each asked point, (asked, 3)."""
    ranks = np.arange(1, min(count, len(known)) + 1)
    distance, index = cKDTree(known).query(asked, k=ranks, distance_upper_bound=radius)
    near = np.isfinite(distance)
    sample = values[np.where(near, index, 0)]
    median = _median(sample, near)
    spread = MAD_TO_SIGMA * _median(np.abs(sample - median[:, None]), near)
    return np.column_stack([median, spread, near.sum(axis=1)])


def _median(sample: NDArray[np.float64], near: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Median of the near values of each row; NaN where none is near."""
    ordered = np.sort(np.where(near, sample, np.inf), axis=1)
    count, rows = near.sum(axis=1), np.arange(len(sample))
    lower = ordered[rows, np.maximum(count - 1, 0) // 2]
    upper = ordered[rows, np.minimum(count // 2, sample.shape[1] - 1)]
    return np.where(count > 0, (lower + upper) / 2, np.nan)


def nearby_vote(
    points: NDArray[np.float64],
    kinds: NDArray[np.int64],
    groups: NDArray[np.int64],
    *,
    count: int,
    least: int,
    radius: float,
    least_share: float,
) -> pd.DataFrame:
    """Most frequent kind among the nearest known objects of the same group.

    Parameters
    ----------
    points : (objects, 2) [m]
        Places.
    kinds : (objects,)
        Number of the kind; negative where unknown.
    groups : (objects,)
        Only objects of the same group are asked.
    count, least, radius
        As in `nearby_median`.
    least_share
        Share of the objects of the group within the radius that must be known [1].

    Returns
    -------
    pandas.DataFrame
        Columns kind (NaN where too few are near, or known), share of the votes [1]; of equal
        kinds the one with the lowest number wins.
    """
    found = np.full((len(points), 2), np.nan)
    for group in np.unique(groups):
        member = groups == group
        known, asked = member & (kinds >= 0), member & (kinds < 0)
        if known.sum() >= least and asked.any():
            common = _known_share(points[asked], points[known], points[member], radius)
            votes = _vote(points[asked], points[known], kinds[known], count, least, radius)
            found[asked] = np.where((common >= least_share)[:, None], votes, np.nan)
    return pd.DataFrame(found, columns=["kind", "share"])


def _known_share(
    asked: NDArray[np.float64],
    known: NDArray[np.float64],
    every: NDArray[np.float64],
    radius: float,
) -> NDArray[np.float64]:
    """Share of all objects within the radius of each asked point that are known [1]."""
    counts = [
        cKDTree(spots).query_ball_point(asked, radius, return_length=True)
        for spots in (known, every)
    ]
    return np.asarray(counts[0] / np.maximum(counts[1], 1))


def _vote(
    asked: NDArray[np.float64],
    known: NDArray[np.float64],
    kinds: NDArray[np.int64],
    count: int,
    least: int,
    radius: float,
) -> NDArray[np.float64]:
    """Winning kind and its share of the votes of each asked point, (asked, 2)."""
    ranks = np.arange(1, min(count, len(known)) + 1)
    distance, index = cKDTree(known).query(asked, k=ranks, distance_upper_bound=radius)
    near = np.isfinite(distance)
    votes = np.where(near, kinds[np.where(near, index, 0)], -1)
    ballot = np.column_stack([(votes == kind).sum(axis=1) for kind in range(kinds.max() + 1)])
    total = near.sum(axis=1)
    result = np.column_stack([ballot.argmax(axis=1), ballot.max(axis=1) / np.maximum(total, 1)])
    result[total < least] = np.nan
    return result
