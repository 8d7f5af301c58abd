"""Streets as links: one row per direction in which cars may drive, with what its delay needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import speeds
from twin.mobility.columns_given import given

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.mobility.parameters import MobilityParameters

METRES_PER_KM = 1000.0
MINUTES_PER_HOUR = 60.0
FORWARD, BACKWARD = "forward", "backward"
ENDS: Final = {FORWARD: ("from_node", "to_node"), BACKWARD: ("to_node", "from_node")}
OTHER: Final = "other"
"""Row of the capacities for classes that are not listed."""


def driven(streets: gpd.GeoDataFrame) -> pd.Series:
    """Whether cars may drive on a street, in any direction; a removed street carries nobody."""
    allowed = streets["drive_forward"] | streets["drive_backward"]
    return allowed & (streets["state"] != "removed")


def open_streets(streets: gpd.GeoDataFrame, period: str | None = None) -> gpd.GeoDataFrame:
    """Streets as cars meet them: what is closed to them may not be driven.

    Parameters
    ----------
    streets
        City table. Bus gates, streets with a barrier between their ends and streets closed in the
        period are not open.
    period
        Period of the day (``day_periods.csv``); None leaves closings by period aside.

    Returns
    -------
    geopandas.GeoDataFrame
        The table with other drive_forward and drive_backward, and with lanes_forward and
        lanes_backward [1]: lanes for cars, those of buses taken out, never less than one.
    """
    shut = given(streets, "bus_gate", unset=False) | given(streets, "barrier").notna()
    if period is not None:
        shut |= given(streets, f"closed_{period}", unset=False)
    ways = {
        f"drive_{way}": streets[f"drive_{way}"] & ~shut for way in (FORWARD, BACKWARD)
    }  # fmt: skip
    return streets.assign(**ways, **_car_lanes(streets))


def _car_lanes(streets: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Lanes for cars in each direction [1]; where cars may drive they keep one.

    Each direction has half of the lanes, all of a one-way street, less those of buses; what one
    direction keeps beyond its half the other one lacks.
    """
    both = streets["drive_forward"] & streets["drive_backward"]
    buses = {way: given(streets, f"bus_lanes_{way}", 0.0) for way in (FORWARD, BACKWARD)}
    total = streets["lanes"] - buses[FORWARD] - buses[BACKWARD]
    half = streets["lanes"] / 2.0
    left = {way: (half - buses[way]).clip(lower=1.0) for way in (FORWARD, BACKWARD)}
    pairs = ((FORWARD, BACKWARD), (BACKWARD, FORWARD))
    return {
        f"lanes_{way}": np.minimum(left[way], total - left[other])
        .where(both, total)
        .clip(lower=1.0)
        for way, other in pairs
    }


def laid(streets: gpd.GeoDataFrame, parameters: MobilityParameters) -> pd.DataFrame:
    """Both directions of every carriageway as it lies there, whoever may drive on it now.

    What a junction is, who waits there and for whom follows from it, so that closing a street
    that nobody uses changes nothing elsewhere: its signs and signals stay.

    Parameters
    ----------
    streets
        City table; streets of a class with a rank of its own, and all others that cars may drive.
    parameters
        Capacities, ranks.

    Returns
    -------
    pandas.DataFrame
        Index: link ids; street, its number, tail, head (junctions), rank [1], name, roundabout,
        length [km], device and device_at [m] (last signal or sign before the end), lane [veh/h]
        and capacity of one direction [veh/h].
    """
    ranked = streets["highway"].isin(parameters.roads.rank)
    part = streets[(ranked | driven(streets)) & (streets["state"] != "removed")]
    lane = part["highway"].map(parameters.lane_capacity)
    lane = lane.fillna(parameters.lane_capacity[OTHER]).to_numpy(dtype=np.float64)
    rank = part["highway"].map(parameters.roads.rank).fillna(parameters.roads.rank[OTHER])
    parts = [
        pd.DataFrame({
            "street": part.index.astype("str"),
            "number": np.arange(len(part)),
            "tail": part[tail].to_numpy(),
            "head": part[head].to_numpy(),
            "rank": rank.to_numpy(dtype=np.float64),
            "name": part["name"].fillna(part["ref"]).to_numpy(),
            "roundabout": part["roundabout"].to_numpy(),
            "length": part["length"].to_numpy() / METRES_PER_KM,
            "device": given(part, f"control_{way}").to_numpy(),
            "device_at": given(part, f"control_{way}_at", np.nan).to_numpy(),
            "lane": lane,
            "capacity": lane * (part["lanes"] / 2.0).clip(lower=1.0).to_numpy(),
        }, index=part.index.astype("str") + f" {way}")
        for way, (tail, head) in ENDS.items()
    ]  # fmt: skip
    return pd.concat(parts)


def one_way(
    streets: gpd.GeoDataFrame, way: str, parameters: MobilityParameters, period: str | None
) -> pd.DataFrame:
    """Links of one direction.

    Parameters
    ----------
    streets
        Streets of `open_streets` whose ends are junctions.
    way
        ``forward`` or ``backward``.
    parameters
        Capacities, speeds.
    period
        Period of the day whose tolls and rules hold; None takes those of no period.

    Returns
    -------
    pandas.DataFrame
        Index: link ids; street, direction, tail, head (junctions), speed [km/h] (the mean one),
        length [km], lanes [1], capacity between junctions [veh/h], toll [EUR], lorries,
        low_emission, bus_lane.
    """
    part = streets[driven(streets) & streets[f"drive_{way}"]]
    tail, head = ENDS[way]
    lanes = part[f"lanes_{way}"].to_numpy(dtype=np.float64)
    lane = part["highway"].map(parameters.lane_capacity)
    lane = lane.fillna(parameters.lane_capacity[OTHER]).to_numpy(dtype=np.float64)
    toll = given(part, f"toll_{period}", 0.0) if period is not None else 0.0
    return pd.DataFrame({
        "street": part.index.astype("str"),
        "direction": way,
        "tail": part[tail].to_numpy(),
        "head": part[head].to_numpy(),
        "speed": speeds.mean_speed(part, parameters.roads).to_numpy(),
        "length": part["length"].to_numpy() / METRES_PER_KM,
        "lanes": lanes,
        "capacity": lane * lanes,
        "toll": np.broadcast_to(toll, len(part)),
        "lorries": given(part, "lorries", unset=True).to_numpy(),
        "low_emission": _rule(part, period).to_numpy(),
        "bus_lane": (given(part, f"bus_lanes_{way}", 0.0) > 0.0).to_numpy(),
    }, index=part.index.astype("str") + f" {way}")  # fmt: skip


def _rule(part: gpd.GeoDataFrame, period: str | None) -> pd.Series:
    """Low-emission rule that holds on each street in a period; missing where none does."""
    hours = given(part, "low_emission_hours")
    named = pd.Series([period in str(text).split() for text in hours], index=part.index)
    return given(part, "low_emission").where(hours.isna() | named)
