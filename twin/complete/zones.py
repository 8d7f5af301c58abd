"""Zones of traffic demand: square cells with people or jobs, tied to the drive network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely import box

from layers import tables
from twin import states
from twin.complete import neighbours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from twin.complete.defaults import Defaults


def complete(
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    boundary: BaseGeometry,
    figures: Defaults,
    others: gpd.GeoDataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Cut the place into zones and say for each building in which it stands.

    Square cells on an origin that never moves (0, 0 of the CRS), so that zones of two runs are
    the same; the cell doubles until the zones are few enough. Only cells with people or jobs
    become zones. Trips begin and end at the junction, on the largest part of the drive network
    in which every junction reaches every other, that is nearest to the centre of people and jobs.

    Parameters
    ----------
    buildings
        Table with completed people and jobs.
    streets, junctions
        Network; junctions indexed by node.
    boundary
        What is counted and reported [m].
    figures
        Completion tables.
    others
        People and jobs that no building holds, at points: who is counted where no building is
        mapped travels all the same.

    Returns
    -------
    zones, buildings
        Table of zones, and the buildings with their zone; without a drive network or without
        people and jobs there are no zones.
    """
    places = _places(buildings, others)
    nodes = largest_drive_component(streets)
    if not (places["weight"] > 0).any() or not len(nodes):
        none = pd.Series(np.nan, buildings.index, dtype="str")
        return tables.schema("zones", "twin.data").empty(buildings.crs), buildings.assign(zone=none)
    size = cell_size(places.loc[places["weight"] > 0, ["x", "y"]].to_numpy(), figures)
    cells = np.floor(places[["x", "y"]].to_numpy() / size).astype(np.int64)
    names = pd.Series([f"z{col}_{row}" for col, row in cells], dtype="str")
    labels = names[: len(buildings)].set_axis(buildings.index)
    zones = _zones(names, cells, places, size)
    spots = neighbours.xy(junctions.loc[nodes].geometry)
    nearest = cKDTree(spots).query(zones[["x", "y"]].to_numpy())[1]
    centres = gpd.points_from_xy(zones["x"], zones["y"])
    zones = zones.assign(node=np.asarray(nodes)[nearest], inside=centres.intersects(boundary))
    done = gpd.GeoDataFrame(zones.drop(columns=["x", "y"]), geometry="geometry", crs=buildings.crs)
    return done, buildings.assign(zone=labels.where(labels.isin(done.index)))


def reattach(
    zones: gpd.GeoDataFrame, streets: pd.DataFrame, junctions: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Tie zones that a closed street has cut off to the nearest junction that cars still reach.

    People who live behind a modal filter do not stop driving: they leave by the street that is
    open. Zones whose junction still lies on the largest connected part stay as they are.

    Parameters
    ----------
    zones, streets, junctions
        City tables; streets as they are now.

    Returns
    -------
    zones, moved
        The zones, and by how far the junction of those that were cut off has moved [m].
    """
    nodes = largest_drive_component(streets)
    cut = ~zones["node"].isin(nodes) & zones["node"].isin(junctions.index)
    if not len(nodes) or not cut.any():
        return zones, pd.Series([], dtype="float64")
    spots = neighbours.xy(junctions.loc[nodes].geometry)
    old = neighbours.xy(junctions.loc[zones.loc[cut, "node"]].geometry)
    distance, nearest = cKDTree(spots).query(old)
    joined = zones.copy()
    joined.loc[cut, "node"] = np.asarray(nodes)[nearest]
    return joined, pd.Series(distance, zones.index[cut])


def cell_size(points: NDArray[np.float64], figures: Defaults) -> float:
    """Side of the cells [m]: the finest that gives no more zones than asked for."""
    size = figures.settings["zones.cell"]
    while len(np.unique(np.floor(points / size), axis=0)) > figures.settings["zones.most"]:
        size *= 2
    return size


def largest_drive_component(streets: pd.DataFrame) -> NDArray[np.int64]:
    """Junctions of the largest strongly connected part of the drive network, in order."""
    return max(components(streets, "drive"), key=len, default=np.array([], dtype=np.int64))


def components(
    streets: pd.DataFrame, mode: str, connection: str = "strong"
) -> Sequence[NDArray[np.int64]]:
    """Connected parts of a mode's network as sorted arrays of junctions.

    Parameters
    ----------
    streets
        Table with from_node, to_node and the mode's permissions; removed ones do not count.
    mode
        drive, bicycle or walk.
    connection
        strong (every junction reaches every other) or weak.
    """
    standing = streets[states.standing(streets)] if "state" in streets else streets
    ahead = standing[standing[f"{mode}_forward"]]
    back = standing[standing[f"{mode}_backward"]]
    tail = np.concatenate([ahead["from_node"], back["to_node"]]).astype(np.int64)
    head = np.concatenate([ahead["to_node"], back["from_node"]]).astype(np.int64)
    nodes, numbers = np.unique(np.concatenate([tail, head]), return_inverse=True)
    if not len(nodes):
        return []
    graph = coo_array(
        (np.ones(len(tail)), (numbers[: len(tail)], numbers[len(tail) :])),
        shape=(len(nodes), len(nodes)),
    )
    _, label = connected_components(graph, directed=True, connection=connection)
    order = np.argsort(label, kind="stable")
    return np.split(nodes[order], np.flatnonzero(np.diff(label[order])) + 1)


def _places(buildings: gpd.GeoDataFrame, others: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Where people and jobs are: x, y [m], people, jobs and their sum, buildings first."""
    found = []
    for holders in (buildings, others):
        if holders is None:
            continue
        spots = neighbours.xy(holders.geometry.centroid)
        counts = {name: holders[name].to_numpy(float) for name in ("people", "jobs")}
        found.append(pd.DataFrame({"x": spots[:, 0], "y": spots[:, 1], **counts}))
    places = pd.concat(found, ignore_index=True)
    return places.assign(weight=places["people"] + places["jobs"])


def _zones(
    labels: pd.Series, cells: NDArray[np.int64], places: pd.DataFrame, size: float
) -> pd.DataFrame:
    """People, jobs, cell and weighted centre (x, y) [m] of each zone, in order of row and column."""
    rows = places.assign(
        column=cells[:, 0],
        row=cells[:, 1],
        x=places["x"] * places["weight"],
        y=places["y"] * places["weight"],
    )
    sums = rows.groupby(labels.to_numpy()).agg(
        {
            "column": "first",
            "row": "first",
            "weight": "sum",
            "x": "sum",
            "y": "sum",
            "people": "sum",
            "jobs": "sum",
        }
    )
    sums = sums[sums["weight"] > 0].sort_values(["row", "column"])
    west, south = sums["column"] * size, sums["row"] * size
    zones = pd.DataFrame(
        {
            "geometry": box(west, south, west + size, south + size),
            "people": sums["people"],
            "jobs": sums["jobs"],
            "x": sums["x"] / sums["weight"],
            "y": sums["y"] / sums["weight"],
        }
    )
    zones.index = zones.index.astype("str").rename("id")
    return zones
