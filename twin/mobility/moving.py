"""Ways of moving: minutes along the network of a mode, and points that are tied to it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from twin.mobility import bicycle, reach, walking
from twin.mobility.road_links import METRES_PER_KM, MINUTES_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters
    from twin.mobility.reach import Net, Points
    from twin.mobility.walking import Walks

Way = Literal["walk", "bicycle", "ebike", "car"]

NETWORKS: Final[dict[Way, walking.Mode]] = {
    "walk": "walk", "bicycle": "bicycle", "ebike": "bicycle", "car": "drive",
}  # fmt: skip
"""Permission of streets that a way of moving needs."""


def tied(
    walks: Walks, groups: Mapping[str, gpd.GeoSeries], parameters: ActiveParameters
) -> dict[str, Points]:
    """Tie several groups of points to a network at once; those too far from it get no segment.

    Parameters
    ----------
    walks
        The network.
    groups
        Points by name, in the City's CRS.
    parameters
        Walking speed and farthest door from its street.
    """
    whole = pd.concat([each.reset_index(drop=True) for each in groups.values()])
    spots = walking.tie(walks, whole, parameters.walk_leg)
    points = walking.on_segments(walks, spots, parameters.walk_speed)
    ends = np.cumsum([0, *(len(each) for each in groups.values())])
    return {
        name: reach.Points(points.segment[a:b], points.share[a:b], points.leg[a:b])
        for name, (a, b) in zip(groups, pairwise(ends), strict=True)
    }


def net(
    way: Way,
    walks: Walks,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    parameters: ActiveParameters,
    *,
    vehicles: pd.Series | None = None,
    car_minutes: pd.DataFrame | None = None,
    left_hand: bool = False,
) -> Net:
    """Minutes of a way of moving along its segments, for searching.

    Parameters
    ----------
    way
        walk, bicycle, ebike or car.
    walks
        Network of its mode; see `NETWORKS`.
    streets, junctions
        City tables.
    parameters
        Speeds, stress, waits, limits.
    vehicles
        Cars a day by street id [veh/d], as far as known.
    car_minutes
        Minutes of a car along streets (index) in the columns forward and backward; see
        `street_minutes`. Streets that lack, or are not a number, are driven at the legal speed.
    left_hand
        Whether traffic keeps to the left.
    """
    if way == "walk":
        return walking.net(walks, streets, junctions, parameters, vehicles=vehicles)
    if way == "car":
        return _driven(walks, streets, car_minutes)
    return bicycle.net(walks, streets, junctions, parameters, ebike=way == "ebike",
                       vehicles=vehicles, left_hand=left_hand)  # fmt: skip


def _driven(walks: Walks, streets: gpd.GeoDataFrame, minutes: pd.DataFrame | None) -> Net:
    """Minutes by car: those given, else at the legal speed."""
    speed = streets["speed_kph"].reindex(walks.ids).to_numpy(dtype=np.float64)
    legal = walks.length / METRES_PER_KM / speed * MINUTES_PER_HOUR
    cost, carry = [], []
    for direction, may in (("forward", walks.forward), ("backward", walks.backward)):
        time = legal
        if minutes is not None:
            known = minutes[direction].reindex(walks.ids).to_numpy(dtype=np.float64)
            time = np.where(np.isfinite(known), known, legal)
        cost.append(np.where(may, time, np.inf))
        carry.append(time[:, None])
    ends = (walks.tail, walks.head)
    return reach.net(ends, walks.nodes, (cost[0], cost[1]), (carry[0], carry[1]))


def street_minutes(links: pd.DataFrame, time: NDArray[np.float64]) -> pd.DataFrame:
    """Minutes of a car by street and direction, from the links of a road network.

    Parameters
    ----------
    links
        Rows of `network.Roads.links`: street and direction (forward, backward or another, which
        is left out).
    time : (links,) [min]
        Congested time of each link.

    Returns
    -------
    pandas.DataFrame
        Index: street ids. Columns forward and backward [min], missing where no link runs.
    """
    rows = pd.DataFrame({
        "street": links["street"].to_numpy(), "direction": links["direction"].to_numpy(),
        "time": time,
    })  # fmt: skip
    rows = rows[rows["direction"].isin(["forward", "backward"])]
    table = rows.pivot_table(index="street", columns="direction", values="time", aggfunc="first")
    return table.reindex(columns=["forward", "backward"])
