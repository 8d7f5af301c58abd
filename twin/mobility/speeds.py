"""How fast cars drive where nothing holds them up: what was measured, else what signs make of it.

A sign is not a speed. Where the mean speed was measured, or a street was rebuilt, that figure
counts. A new limit alone moves the mean by a quarter of the change (Vadeby and Forsman 2014,
Evaluation of New Speed Limits in Sweden, Traffic Injury Prevention 15(8), 778-785).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.mobility.columns_given import given

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.road_parameters import RoadParameters

CITATIONS = (
    (
        "Vadeby and Forsman 2014, Evaluation of new speed limits in Sweden: a sample survey, "
        "Traffic Injury Prevention 15(8), 778-785."
    ),
)


def free_speed(speed: NDArray[np.float64], parameters: MobilityParameters) -> NDArray[np.float64]:
    """Speed on an empty road (links,) [km/h] that already holds the waiting at junctions.

    For networks without junction delay only; with it, waiting would count twice.

    Parameters
    ----------
    speed : (links,) [km/h]
        Legal speed.
    parameters
        ``urban_speed``, ``urban_factor`` (rule of MATSim's OSM reader).
    """
    return speed * np.where(speed < parameters.urban_speed, parameters.urban_factor, 1.0)


def mean_speed(streets: pd.DataFrame, roads: RoadParameters) -> pd.Series:
    """Mean speed of cars between junctions on an empty road (streets,) [km/h].

    Parameters
    ----------
    streets
        City table: ``mean_speed_kph`` where known, else a share of the limit.
    roads
        ``mean_share``.
    """
    usual = streets["speed_kph"] * roads.mean_share
    return given(streets, "mean_speed_kph", np.nan).fillna(usual)


def mean_after_limit(
    mean: NDArray[np.float64],
    limit: NDArray[np.float64],
    new: NDArray[np.float64],
    roads: RoadParameters,
    *,
    rebuilt: bool = False,
) -> NDArray[np.float64]:
    """Mean speed after a change of the limit (streets,) [km/h].

    Who drives slower than a new limit asks for already is not slowed below that.

    Parameters
    ----------
    mean, limit, new : (streets,) [km/h]
        Mean speed and limit before, limit after.
    roads
        Share of the change that drivers follow.
    rebuilt
        Whether humps, narrowings or raised crossings come with the signs.
    """
    response = roads.engineering_response if rebuilt else roads.sign_response
    asked = np.minimum(mean, roads.mean_share * new)
    return np.asarray(np.maximum(mean + response * (new - limit), asked))
