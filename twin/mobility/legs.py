"""Legs to, between and from stops: who gets where on foot or by bicycle, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from twin.mobility import walking
from twin.mobility.network import METRES_PER_KM

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

NEVER: Final = np.iinfo(np.int64).max // 4
"""A time that nobody reaches [s]."""

SECONDS_PER_HOUR: Final = 3600


class Legs(NamedTuple):
    """Legs from each of a set of points, in CSR form.

    Parameters
    ----------
    first : (points + 1,) int64
        The legs of point p are ``first[p]:first[p + 1]``.
    to : (legs,) int64
        Number of the point that is reached.
    time : (legs,) int64 [s]
    """

    first: Ints
    to: Ints
    time: Ints


def csr(pairs: pd.DataFrame, points: int) -> Legs:
    """Sort legs by the point where they begin.

    Parameters
    ----------
    pairs
        Columns origin, target, seconds [s].
    points
        Number of points where legs may begin [1].
    """
    pairs = pairs.sort_values(["origin", "target"])
    counts = np.bincount(pairs["origin"].to_numpy(dtype=np.int64), minlength=points)
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return Legs(first, pairs["target"].to_numpy(np.int64), pairs["seconds"].to_numpy(np.int64))


def seconds(pairs: pd.DataFrame, speed: float, extra: int = 0) -> pd.DataFrame:
    """Time of ways at a speed, rounded up to whole seconds.

    Parameters
    ----------
    pairs
        Columns origin, target, metres [m].
    speed
        Of walking or cycling [km/h].
    extra
        Time beside the way [s].
    """
    pace = SECONDS_PER_HOUR / METRES_PER_KM / speed
    return pairs.assign(seconds=np.ceil(pairs["metres"] * pace).astype(np.int64) + extra)


def quicker(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The quicker of two ways between the same points.

    Parameters
    ----------
    one, other
        Columns origin, target, seconds [s].
    """
    both = pd.concat([one, other]).sort_values(["origin", "target", "seconds"])
    return both.drop_duplicates(["origin", "target"]).reset_index(drop=True)


def cycled(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Streets as the walking network sees them, with the rights of way of bicycles."""
    return streets.assign(
        walk_forward=streets["bicycle_forward"], walk_backward=streets["bicycle_backward"]
    )


def between(
    network: walking.Walks,
    origins: gpd.GeoSeries,
    targets: gpd.GeoSeries,
    farthest: float,
    door: float,
) -> pd.DataFrame:
    """Shortest ways between two sets of points.

    Parameters
    ----------
    network
        Of walking, or of cycling (`cycled`).
    origins, targets
        Points in the CRS of the network.
    farthest
        Longest way that counts [m].
    door
        Farthest door from its street [m].

    Returns
    -------
    pandas.DataFrame
        Columns origin, target (numbers of the points) and metres [m].
    """
    one, other = (walking.tie(network, points, door) for points in (origins, targets))
    return walking.pairs(network, one, other, farthest)
