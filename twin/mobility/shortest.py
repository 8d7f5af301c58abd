"""Metres along the shortest way from doors to the nearest of some places, by permission of a mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.mobility import moving, reach, walking

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters
    from twin.mobility.reach import Net
    from twin.mobility.walking import Mode, Walks

DOORS = ":doors"
"""Name of the points that ways begin at."""


def metres(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    doors: gpd.GeoSeries,
    goals: Mapping[str, gpd.GeoSeries],
    parameters: ActiveParameters,
    mode: Mode = "walk",
) -> pd.DataFrame:
    """Shortest way from each door to the nearest of each group of goals [m]; missing if none leads.

    Parameters
    ----------
    streets, junctions
        City tables; only the given streets may be used.
    doors
        Where ways begin.
    goals
        Places by group.
    parameters
        Farthest door from its street, smallest piece of a network.
    mode
        walk, bicycle or drive.

    Returns
    -------
    pandas.DataFrame
        Index of the doors, a column for each group.
    """
    walks = walking.network(streets, junctions, parameters.walk_fragment, mode)
    net = along(walks)
    tied = moving.tied(walks, {DOORS: doors, **goals}, parameters)
    found = {}
    for name in goals:
        cost, _ = reach.nearest(net, _on_street(tied[DOORS]), _on_street(tied[name]))
        found[name] = np.where(np.isfinite(cost), cost, np.nan)
    return pd.DataFrame(found, index=doors.index, columns=list(goals), dtype="float64")


def along(walks: Walks) -> Net:
    """Metres along every segment in the directions in which it may be used, for searching.

    Parameters
    ----------
    walks
        Network of a mode.
    """
    cost = [np.where(may, walks.length, np.inf) for may in (walks.forward, walks.backward)]
    carry = walks.length[:, None]
    return reach.net((walks.tail, walks.head), walks.nodes, (cost[0], cost[1]), (carry, carry))


def _on_street(points: reach.Points) -> reach.Points:
    """Points on their streets: the way to the street is left out, as it is the same for all."""
    none: NDArray[np.float64] = np.zeros(len(points.leg))
    return reach.Points(points.segment, points.share, none)
