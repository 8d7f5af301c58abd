"""Values from known objects of the same kind nearby."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
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
    for _, known, asked in _askable(groups, ~np.isnan(values), least):
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
    index, near = _nearest(asked, known, count, radius)
    sample = pd.DataFrame(values[index]).where(near)
    median = sample.median(axis=1)
    spread = MAD_TO_SIGMA * sample.sub(median, axis=0).abs().median(axis=1)
    return np.column_stack([median, spread, near.sum(axis=1)])


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
    for member, known, asked in _askable(groups, kinds >= 0, least):
        known_near = within(points[asked], points[known], radius)
        share = known_near / np.maximum(within(points[asked], points[member], radius), 1)
        votes = _vote(points[asked], points[known], kinds[known], count, least, radius)
        found[asked] = np.where((share >= least_share)[:, None], votes, np.nan)
    return pd.DataFrame(found, columns=["kind", "share"])


def _vote(
    asked: NDArray[np.float64],
    known: NDArray[np.float64],
    kinds: NDArray[np.int64],
    count: int,
    least: int,
    radius: float,
) -> NDArray[np.float64]:
    """Winning kind and its share of the votes of each asked point, (asked, 2)."""
    index, near = _nearest(asked, known, count, radius)
    votes = np.where(near, kinds[index], -1)
    ballot = np.column_stack([(votes == kind).sum(axis=1) for kind in range(kinds.max() + 1)])
    total = near.sum(axis=1)
    result = np.column_stack([ballot.argmax(axis=1), ballot.max(axis=1) / np.maximum(total, 1)])
    result[total < least] = np.nan
    return result


def within(
    asked: NDArray[np.float64], known: NDArray[np.float64], radius: float
) -> NDArray[np.int64]:
    """Known points within the radius of each asked point, (asked,) [1].

    Parameters
    ----------
    asked : (asked, 2) [m]
        Places that ask.
    known : (known, 2) [m]
        Places that are counted.
    radius
        How far [m].
    """
    if not len(asked) or not len(known):
        return np.zeros(len(asked), dtype=np.int64)
    counts = cKDTree(known).query_ball_point(asked, radius, return_length=True)
    return np.asarray(counts, dtype=np.int64)


def xy(points: gpd.GeoSeries) -> NDArray[np.float64]:
    """Coordinates of points, (points, 2) [m]."""
    return np.column_stack([points.x, points.y])


def _askable(
    groups: NDArray[np.int64], known: NDArray[np.bool_], least: int
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]]:
    """Members, known and asked objects of each group in which enough are known and some asked."""
    for group in np.unique(groups):
        member = groups == group
        if (member & known).sum() >= least and (member & ~known).any():
            yield member, member & known, member & ~known


def _nearest(
    asked: NDArray[np.float64], known: NDArray[np.float64], count: int, radius: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Numbers of the nearest known points, (asked, count), and whether each lies in the radius."""
    ranks = np.arange(1, min(count, len(known)) + 1)
    distance, index = cKDTree(known).query(asked, k=ranks, distance_upper_bound=radius)
    near = np.isfinite(distance)
    return np.where(near, index, 0), near
