"""Opportunities in time from every building: jobs, shops, and places of each daily need.

On foot the way of every building along the streets counts. By bicycle, public transport and car it
is the way between zones, door to door, for a whole zone reaches about the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from twin.mobility import moving, opportunities, reach, walking
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters
    from twin.mobility.moving import Way

    Floats = NDArray[np.float64]

JOBS, SHOPS, SHOP = "jobs", "shops", "shop"
DOORS: Final = ":doors"
ZONAL: Final[Mapping[str, str]] = {
    "bicycle": "bicycle", "transit": "transit", "car": "car_driver",
}  # fmt: skip
"""Ways of moving of the columns that are told by zone, and their mode."""
LIMITS: Final = (
    (
        "What is within reach on foot is counted along the streets from each building, with the "
        "waits that are usual of the class of road."
    ),
    (
        "What is within reach by bicycle, public transport and car is that of the building's zone, "
        "door to door; by public transport at the mean departure; on foot where more is within reach."
    ),
    "Jobs and places outside the model area are not seen: near its edge more may be within reach.",
)


class Offer(NamedTuple):
    """Something to reach.

    Parameters
    ----------
    points
        Where it is.
    weight : (points,)
        How much of it.
    minutes
        Time that counts [min].
    """

    points: gpd.GeoSeries
    weight: Floats
    minutes: float


def offers(
    buildings: gpd.GeoDataFrame, places: gpd.GeoDataFrame, minutes: pd.Series
) -> dict[str, Offer]:
    """What can be reached, by name.

    Parameters
    ----------
    buildings, places
        City tables.
    minutes
        Of opportunities.csv by what [min].
    """
    there = buildings[standing(buildings)]
    found = {}
    for what, limit in minutes.items():
        if what == JOBS:
            work = there[there["jobs"] > 0]
            points = work.geometry.representative_point()
            found[JOBS] = Offer(points, work["jobs"].to_numpy(np.float64), float(limit))
            continue
        mask = places["key"] == SHOP if what == SHOPS else places["need"] == what
        points = places.geometry[mask.fillna(value=False).to_numpy(dtype=bool)]
        found[str(what)] = Offer(points, np.ones(len(points)), float(limit))
    return found


def column(what: str, way: str, minutes: float) -> str:
    """Name of a result column."""
    return f"{what}_{way}_{minutes:g}"


def along_streets(
    way: Way,
    doors: gpd.GeoSeries,
    wanted: Mapping[str, Offer],
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    parameters: ActiveParameters,
    *,
    left_hand: bool = False,
) -> pd.DataFrame:
    """Count what each door reaches in time along the streets; missing where no street is near.

    Parameters
    ----------
    way
        walk or bicycle.
    doors
        Where people set out.
    wanted
        Of `offers`.
    streets, junctions
        City tables.
    parameters
        Speeds, stress, waits.
    left_hand
        Whether traffic keeps to the left.
    """
    walks = walking.network(streets, junctions, parameters.walk_fragment, moving.NETWORKS[way])
    groups = {DOORS: doors, **{name: one.points for name, one in wanted.items()}}
    tied = moving.tied(walks, groups, parameters)
    net = moving.net(way, walks, streets, junctions, parameters, left_hand=left_hand)
    goals = reach.Points(*(np.concatenate([getattr(tied[name], part) for name in wanted])
                           for part in ("segment", "share", "leg")))  # fmt: skip
    weights = block_diag(*(one.weight[:, None] for one in wanted.values()))
    limits = np.array([one.minutes for one in wanted.values()])
    sums = opportunities.within(net, tied[DOORS], goals, weights, limits)
    names = [column(what, way, one.minutes) for what, one in wanted.items()]
    return pd.DataFrame(sums, index=doors.index, columns=names)


def held(wanted: Mapping[str, Offer], zones: gpd.GeoDataFrame) -> Floats:
    """How much of each offer lies in each zone (zones, offers).

    Parameters
    ----------
    wanted
        Of `offers`.
    zones
        City table; what lies in no zone is not counted.
    """
    found = np.zeros((len(zones), len(wanted)))
    for number, one in enumerate(wanted.values()):
        points = gpd.GeoDataFrame(
            {"weight": one.weight}, geometry=one.points.to_numpy(), crs=zones.crs
        )
        at = gpd.sjoin(points, zones[["geometry"]], predicate="intersects")
        at = at[~at.index.duplicated()]
        place = zones.index.get_indexer(at.iloc[:, -1])
        found[:, number] = np.bincount(place, weights=at["weight"], minlength=len(zones))
    return found


def between_zones(
    way: str, time: Floats, offered: Floats, wanted: Mapping[str, Offer], zones: pd.Index
) -> pd.DataFrame:
    """Count what each zone reaches in time.

    Parameters
    ----------
    way
        Name in the columns.
    time : (zones, zones) [min]
        Door to door; infinite where nothing goes.
    offered : (zones, offers)
        Of `held`.
    wanted
        Of `offers`.
    zones
        Ids.
    """
    found = {
        column(what, way, one.minutes): (time <= one.minutes).astype(np.float64)
        @ offered[:, number]
        for number, (what, one) in enumerate(wanted.items())
    }
    return pd.DataFrame(found, index=zones)
