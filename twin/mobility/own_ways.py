"""Ways on foot and by bicycle between zones: found anew only where their surroundings changed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import bicycle, network, walking
from twin.mobility.choice import Skims

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.mobility.active import ActiveParameters
    from twin.mobility.day import DayWarm, Town
    from twin.mobility.walking import ActiveSkim

WALKED: Final = (
    "from_node", "to_node", "length", "highway", "state", "walk_forward", "walk_backward",
    "speed_kph", "mean_speed_kph", "lanes", "grade",
)  # fmt: skip
"""Columns of streets that ways on foot depend on."""
CYCLED: Final = (
    "bicycle_forward", "bicycle_backward", "drive_forward", "drive_backward", "cycleway", "surface",
    "name", "lane_taken_for",
)  # fmt: skip
"""Those that ways by bicycle depend on beside."""
NETWORKS: Final = ("walk", "bicycle")


def surroundings(town: Town, active: ActiveParameters, mode: str) -> str:
    """Digest of what ways on foot or by bicycle depend on [32 hex digits]."""
    columns = (*WALKED, *(CYCLED if mode == "bicycle" else ()))
    streets = town.streets[[name for name in columns if name in town.streets]]
    sums = hashlib.blake2b(repr((active, mode)).encode(), digest_size=16)
    places = pd.DataFrame(town.points.get_coordinates())
    for frame in (streets, town.junctions[["control"]], places):
        sums.update(pd.util.hash_pandas_object(frame).to_numpy().tobytes())
    return sums.hexdigest()


def between(
    town: Town, active: ActiveParameters, key: Mapping[str, str], warm: DayWarm | None
) -> dict[str, ActiveSkim]:
    """Trips on foot and by bicycle between zones; those of an earlier run where nothing changed."""
    same = {mode: warm is not None and warm.surroundings[mode] == key[mode] for mode in key}
    found: dict[str, ActiveSkim] = {}
    for mode, on in (("walk", "walk"), ("bicycle", "bicycle"), ("ebike", "bicycle")):
        if warm is not None and same[on]:
            found[mode] = warm.others[mode]
        elif mode == "walk":
            found[mode] = walking.skim(town.streets, town.junctions, town.points, active)
        else:
            found[mode] = bicycle.skim(
                town.streets, town.junctions, town.points, active, ebike=mode == "ebike",
                left_hand=town.left_hand,
            )  # fmt: skip
    return found


def skims(town: Town, ridden: Mapping[str, ActiveSkim], active: ActiveParameters) -> Skims:
    """Trips on foot, by bicycle and by public transport between zones."""
    own = 0.5 * np.sqrt(town.zones.geometry.area.to_numpy()) / network.METRES_PER_KM
    time, length = {}, {}
    for mode, one in ridden.items():
        speed = _mean_speed(one, active)
        time[mode], length[mode] = one.time.copy(), one.length.copy()
        np.fill_diagonal(length[mode], own)
        np.fill_diagonal(time[mode], own / speed)
    if town.transit is None:
        return Skims(time, length)
    more = town.transit
    return Skims(
        {**time, **more.time}, {**length, **more.length}, dict(more.cost), dict(more.perceived)
    )


def _mean_speed(one: ActiveSkim, active: ActiveParameters) -> float:
    """Mean speed over all pairs [km/min]; that of a walk where there is none."""
    there = np.isfinite(one.time) & (one.time > 0.0)
    if not there.any():
        return active.walk_speed / network.MINUTES_PER_HOUR
    return float(one.length[there].sum() / one.time[there].sum())
