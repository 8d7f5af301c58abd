"""Minutes of emergency services from their stations to every door."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import moving, reach, walking
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from twin.mobility.active import ActiveParameters

PASSABLE: Final = "emergency"
"""Column of streets that emergency vehicles may pass where cars may not."""
DOORS: Final = ":doors"
TURNED: Final = {"forward": "backward", "backward": "forward"}


def minutes(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    doors: gpd.GeoSeries,
    stations: Mapping[str, gpd.GeoSeries],
    parameters: ActiveParameters,
    *,
    car_minutes: pd.DataFrame | None = None,
    passable: bool = True,
) -> pd.DataFrame:
    """Time from the nearest station of each service to every door [min]; missing if none leads.

    They drive as fast as the cars, in the directions that are allowed.

    Parameters
    ----------
    streets, junctions
        City tables.
    doors
        Where help is needed.
    stations
        Places by service.
    parameters
        Farthest door from its street, smallest piece of a network.
    car_minutes
        Minutes of a car by street (`moving.net`); legal speed where missing.
    passable
        Whether closed streets marked as passable are passed.

    Returns
    -------
    pandas.DataFrame
        Index of the doors, a column for each service.
    """
    open_ = opened(streets) if passable else streets
    walks = walking.network(open_, junctions, parameters.walk_fragment, "drive")
    # Searched from the door to the station, so every direction is turned round.
    against = replace(walks, forward=walks.backward, backward=walks.forward)
    turned = None if car_minutes is None else car_minutes.rename(columns=TURNED)
    net = moving.net("car", against, open_, junctions, parameters, car_minutes=turned)
    tied = moving.tied(walks, {DOORS: doors, **stations}, parameters)
    found = {}
    for name in stations:
        cost, _ = reach.nearest(net, tied[DOORS], tied[name])
        found[name] = np.where(np.isfinite(cost), cost, np.nan)
    return pd.DataFrame(found, index=doors.index, columns=list(stations), dtype="float64")


def opened(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Streets with those open to cars that emergency vehicles may pass, in both directions.

    Parameters
    ----------
    streets
        City table; nothing is opened where it says nothing of emergency vehicles.
    """
    if PASSABLE not in streets.columns:
        return streets
    shut = ~(streets["drive_forward"] | streets["drive_backward"])
    may = streets[PASSABLE].fillna(value=False).astype(bool) & shut & standing(streets)
    return streets.assign(
        drive_forward=streets["drive_forward"] | may, drive_backward=streets["drive_backward"] | may
    )
