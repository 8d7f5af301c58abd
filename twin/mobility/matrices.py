"""Bring trips between the areas of a file onto the zones of a City."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from twin.mobility.demand_parameters import PURPOSES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def area_shares(areas: gpd.GeoSeries, zones: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Share of the people and jobs of each area that a zone holds (areas, zones) [1].

    Those of a zone are taken to be spread evenly over it. An area without people and jobs inside
    is shared out by surface; one that touches no zone has a row of zeros.

    Parameters
    ----------
    areas
        Outlines, in the coordinate system of the zones.
    zones
        City table.
    """
    held = zones["people"].to_numpy(dtype=np.float64) + zones["jobs"].to_numpy(dtype=np.float64)
    cells = gpd.GeoDataFrame(
        {"zone": np.arange(len(zones))}, geometry=zones.geometry.to_numpy(), crs=zones.crs
    )
    outlines = gpd.GeoDataFrame(
        {"area": np.arange(len(areas))}, geometry=areas.make_valid().to_numpy(), crs=zones.crs
    )
    pieces = gpd.overlay(outlines, cells, how="intersection", keep_geom_type=True)
    surface = np.zeros((len(areas), len(zones)))
    np.add.at(surface, (pieces["area"], pieces["zone"]), pieces.geometry.area.to_numpy())
    weight = surface * (held / zones.geometry.area.to_numpy())
    empty = weight.sum(axis=1) == 0.0
    weight[empty] = surface[empty]
    total = weight.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0.0))


def converted(
    trips: NDArray[np.float64], shares: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Trips between zones, and those with an end outside all zones, which are left out.

    Parameters
    ----------
    trips : (areas, areas) [1/d]
    shares : (areas, zones) [1]
        From `area_shares`.

    Returns
    -------
    trips : (zones, zones) [1/d]
    lost
        Trips left out [1/d].
    """
    found = shares.T @ trips @ shares
    return np.asarray(found), float(trips.sum() - found.sum())


def named_shares(names: pd.Index, zones: pd.Index) -> NDArray[np.float64]:
    """Areas that bear the names of zones, as the shares of `area_shares` (areas, zones) [1]."""
    place = zones.get_indexer(names)
    found = np.zeros((len(names), len(zones)))
    known = place >= 0
    found[np.flatnonzero(known), place[known]] = 1.0
    return found


def by_purpose(trips: pd.DataFrame, zones: pd.Index) -> dict[str, NDArray[np.float64]]:
    """Matrices of a City's table of trips, as `persons.person_trips` takes them.

    Parameters
    ----------
    trips
        City table: origin, destination, purpose, trips [1/d].
    zones
        Ids of the zones in order; trips of zones that are no more are left out.
    """
    found = {}
    for purpose in PURPOSES:
        own = trips[trips["purpose"] == purpose]
        if own.empty:
            continue
        ends = [zones.get_indexer(own[end]) for end in ("origin", "destination")]
        known = (ends[0] >= 0) & (ends[1] >= 0)
        matrix = np.zeros((len(zones), len(zones)))
        counts = own["trips"].to_numpy(dtype=np.float64)
        np.add.at(matrix, (ends[0][known], ends[1][known]), counts[known])
        found[purpose] = matrix
    return found
