"""Level of traffic stress of riding a bicycle on a street, 1 (for children) to 4 (for the fearless).

After Mekuria, Furth and Nixon 2012 and Furth's criteria of 2022: what is there for bicycles, lanes,
cars a day and speed say the level, each direction of a street for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import crossings
from twin.mobility.active import OTHER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters, StressTable

    Words = NDArray[np.object_]
    Flags = NDArray[np.bool_]

MIXED, LANE, STREET, TRACK, PATH = "mixed", "lane", "street", "track", "path"
RANK: Final = (MIXED, LANE, STREET, TRACK)
"""What is there for bicycles, from worst to best."""

UNMARKED, ONE_WAY, TWO_LANE, FOUR_LANE, SIX_LANE = (
    "unmarked", "one_way", "two_lane", "four_lane", "six_lane",
)  # fmt: skip

MANY, MOST = 2.0, 3.0
"""Through lanes of a direction from which a street counts as one of four or of six lanes [1]."""

CITATIONS: Final = (
    (
        "Mekuria, Furth, Nixon 2012, Low-stress bicycling and network connectivity, Mineta "
        "Transportation Institute, report 11-19."
    ),
    "Furth 2022, Level of traffic stress criteria for road segments, version 2.2.",
)


def rated(
    streets: gpd.GeoDataFrame,
    parameters: ActiveParameters,
    *,
    vehicles: pd.Series | None = None,
    left_hand: bool = False,
) -> pd.DataFrame:
    """Rate both directions of streets.

    Parameters
    ----------
    streets
        City table. ``mean_speed_kph``, where set, goes before the sign.
    parameters
        Tables of levels, usual cars a day, words for cycle facilities.
    vehicles
        Cars a day by street id [veh/d], as far as known; else what is usual of the class.
    left_hand
        Whether traffic keeps to the left.

    Returns
    -------
    pandas.DataFrame
        Index of the streets. For forward and backward: facility_<direction> (mixed, lane, street,
        track or path) and stress_<direction> [1], missing where nobody may ride; and stress, the
        worse of the two.
    """
    daily = crossings.daily(streets, parameters, vehicles)
    speed = streets["speed_kph"].to_numpy(dtype=np.float64)
    if "mean_speed_kph" in streets.columns:
        speed = streets["mean_speed_kph"].fillna(streets["speed_kph"]).to_numpy(dtype=np.float64)
    way = carriageway(streets, parameters.centrelines)
    found = pd.DataFrame(index=streets.index)
    for direction, facility in zip(
        ("forward", "backward"), offered(streets, parameters.facilities, left_hand), strict=True
    ):
        rides = (streets[f"bicycle_{direction}"] & (streets["state"] != "removed")).to_numpy()
        level = levels(facility, way, daily, speed, parameters.stress)
        found[f"facility_{direction}"] = pd.Series(facility, streets.index, dtype="str")
        found[f"stress_{direction}"] = np.where(rides, level, np.nan)
    return found.assign(stress=found[["stress_forward", "stress_backward"]].max(axis=1))


def carriageway(streets: gpd.GeoDataFrame, centrelines: Mapping[str, bool]) -> Words:
    """Kind of carriageway of each street: unmarked, one_way, two_lane, four_lane or six_lane."""
    both = (streets["drive_forward"] & streets["drive_backward"]).to_numpy()
    lanes = streets["lanes"].to_numpy(dtype=np.float64) / np.where(both, 2.0, 1.0)
    marked = streets["highway"].map(centrelines).fillna(centrelines[OTHER]).to_numpy(dtype=bool)
    single = np.where(both, np.where(marked & (lanes >= 1.0), TWO_LANE, UNMARKED), ONE_WAY)
    many = np.where(lanes >= MOST, SIX_LANE, FOUR_LANE)
    return np.where(lanes >= MANY, many, single).astype(object)


def offered(
    streets: gpd.GeoDataFrame, words: Mapping[str, str], left_hand: bool = False
) -> tuple[Words, Words]:
    """What is there for bicycles along and against the drawing direction of each street."""
    codes, texts = pd.factorize(streets["cycleway"].fillna(""))
    known = [sides(text, words) for text in texts]
    right, left = (np.array([one[side] for one in known], object)[codes] for side in (0, 1))
    forward, backward = (left, right) if left_hand else (right, left)
    rides = [streets[f"bicycle_{name}"].to_numpy(dtype=bool) for name in ("forward", "backward")]
    best = np.where(_ranks(forward) >= _ranks(backward), forward, backward)
    alone = rides[0] ^ rides[1]
    # A track or a cycle street serves both directions; a lane that of its side only.
    shared = np.isin(best, [STREET, TRACK]) | alone
    away = ~(streets["drive_forward"] | streets["drive_backward"]).to_numpy(dtype=bool)
    found = [np.where(away, PATH, np.where(shared, best, one)) for one in (forward, backward)]
    return found[0].astype(object), found[1].astype(object)


def _ranks(words: Words) -> NDArray[np.int64]:
    codes, names = pd.factorize(words)
    return np.asarray(np.array([RANK.index(word) for word in names], dtype=np.int64)[codes])


def sides(text: str, words: Mapping[str, str]) -> tuple[str, str]:
    """What a text such as ``left=no right=lane`` offers on the right and on the left side."""
    right, left = [MIXED], [MIXED]
    for part in text.split():
        side, _, value = part.rpartition("=")
        kinds = [words.get(one, MIXED) for one in value.split(";")]
        right += kinds if side in {"", "both", "right"} else []
        left += kinds if side in {"", "both", "left"} else []
    return max(right, key=RANK.index), max(left, key=RANK.index)


def levels(
    facility: Words,
    way: Words,
    daily: NDArray[np.float64],
    speed: NDArray[np.float64],
    tables: Mapping[tuple[str, str], StressTable],
) -> NDArray[np.float64]:
    """Stress of each street (streets,) [1].

    Parameters
    ----------
    facility
        What is there for bicycles.
    way
        Kind of carriageway.
    daily
        Cars a day [veh/d].
    speed
        Prevailing speed of cars [km/h].
    tables
        Levels by what is there for bicycles (mixed or lane) and kind of carriageway.
    """
    found = np.ones(len(facility))
    # A cycle street has no centre line; a lane stands beside one through lane of a direction.
    carriage = np.where(facility == STREET, UNMARKED, way)
    lane = facility == LANE
    carriage = np.where(lane & np.isin(way, [UNMARKED, ONE_WAY]), TWO_LANE, carriage)
    kind = np.where(lane, LANE, MIXED)
    on_road = np.isin(facility, [MIXED, LANE, STREET])
    for (of, on), table in tables.items():
        chosen = on_road & (kind == of) & (carriage == on)
        row = np.searchsorted(table.vehicles, daily[chosen])
        column = np.searchsorted(table.speed, speed[chosen])
        found[chosen] = table.level[row, column]
    return found
