"""Ways to each school from the addresses around it, and the busy streets that they cross."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.mobility import moving, reach, walking

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters
    from twin.mobility.reach import Net
    from twin.mobility.walking import Mode, Walks

    Floats = NDArray[np.float64]

AT_ONCE = 16
"""Schools searched from at once [1]: all their ways are held in memory."""
HALF = 0.5
"""Part of a crossing that is met on leaving a quiet street, and on entering one [1]."""
WHOLE = 1.0 - 1e-6
"""Crossings from which a busy street was crossed, less rounding [1]."""


@dataclass(frozen=True)
class Habits:
    """What families do.

    Parameters
    ----------
    reach
        Way to school within which addresses count [m].
    busy
        Vehicles from which a street is busy [veh/d].
    detour
        Detour taken to save a crossing [m].
    """

    reach: float
    busy: float
    detour: float


def ways(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    homes: gpd.GeoSeries,
    schools: gpd.GeoSeries,
    vehicles: pd.Series,
    parameters: ActiveParameters,
    habits: Habits,
    mode: Mode = "walk",
) -> pd.DataFrame:
    """Ways to every school from all addresses within reach.

    A crossing is counted in halves as waits are (`crossings`): half where a quiet street runs into
    a junction of a busy one, half where it leaves there; going along a busy street is none.

    Parameters
    ----------
    streets, junctions
        City tables.
    homes, schools
        Where ways begin and end.
    vehicles
        Of a day by street id [veh/d]; streets that lack have none.
    parameters
        Farthest door from its street, smallest piece of a network.
    habits
        Reach, what is busy, detours.
    mode
        walk or bicycle.

    Returns
    -------
    pandas.DataFrame
        Index of the schools. addresses [1] within reach, metres and crossings of their mean way
        ([m], [1]; missing without any), crossing [1]: addresses that cross a busy street.
    """
    walks = walking.network(streets, junctions, parameters.walk_fragment, mode)
    tied = moving.tied(walks, {"homes": homes, "schools": schools}, parameters)
    net = _net(walks, vehicles, habits)
    rows = [
        _summary(net, tied["schools"], tied["homes"], first, habits)
        for first in range(0, len(schools), AT_ONCE)
    ]
    columns = ["addresses", "metres", "crossings", "crossing"]
    whole = np.concatenate(rows) if rows else np.zeros((0, len(columns)))
    return pd.DataFrame(whole, index=schools.index, columns=columns)


def _net(walks: Walks, vehicles: pd.Series, habits: Habits) -> Net:
    """Felt metres in the directions towards a school that is searched from; metres beside."""
    busy = vehicles.reindex(walks.ids).fillna(0.0).to_numpy(dtype=np.float64) >= habits.busy
    there = np.zeros(walks.nodes, np.bool_)
    there[walks.tail[busy]] = there[walks.head[busy]] = True
    wait = [HALF * habits.detour * (there[end] & ~busy) for end in (walks.tail, walks.head)]
    against = replace(walks, forward=walks.backward, backward=walks.forward)
    cost = [np.where(may, walks.length, np.inf) for may in (against.forward, against.backward)]
    carry = np.column_stack([walks.length, walks.length])
    return reach.net(
        (walks.tail, walks.head), walks.nodes, (cost[0], cost[1]), (carry, carry),
        (wait[0], wait[1]),
    )  # fmt: skip


def _summary(
    net: Net, schools: reach.Points, homes: reach.Points, first: int, habits: Habits
) -> Floats:
    """Figures of some schools (schools, 4)."""
    own = slice(first, first + AT_ONCE)
    some = reach.Points(schools.segment[own], schools.share[own], np.zeros(len(schools.leg[own])))
    ends = reach.Points(homes.segment, homes.share, np.zeros(len(homes.leg)))
    _, carry, _ = reach.skim(net, some, ends)
    felt, length = carry[:, :, 0], carry[:, :, 1]
    near = length <= habits.reach
    count = near.sum(axis=1)
    with np.errstate(invalid="ignore"):
        crossed = np.where(near, (felt - length) / habits.detour, 0.0)
    total = np.where(near, length, 0.0).sum(axis=1)
    some_way = np.where(count > 0, count, np.nan)
    return np.column_stack(
        [count, total / some_way, crossed.sum(axis=1) / some_way, (crossed >= WHOLE).sum(axis=1)]
    )
