"""Slopes of streets from a grid of heights.

A street's ``grade`` is the rise from its first to its last junction over its length, signed in
drawing direction, as osmnx.elevation.add_edge_grades computes it (G. Boeing, Computers, Environment
and Urban Systems 65, 2017). On the way the ground is sampled at even steps, bilinearly. A model of
the ground says nothing about a bridge deck or a tunnel floor: these run straight between their ends,
and a junction that only bridges and tunnels meet gets the height that the straight deck has there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

COLUMNS = ("grade", "climb", "descent", "steepest")
"""Rise over run in drawing direction [1], sums of rises and falls on the way [m], largest grade of
any piece, either sign [1]."""


def sample(
    values: NDArray[np.floating],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    points: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Bilinear height at points; NaN outside the grid and where a cell round them has no number.

    In the outer half of the outermost cells the nearest centres count.

    Parameters
    ----------
    values : (rows, columns) [m]
    x : (columns,) [m]
        Cell centres from west to east.
    y : (rows,) [m]
        Cell centres from north to south.
    points : (points, 2) [m]
    """
    cell = x[1] - x[0] if len(x) > 1 else 1.0
    column, row = (points[:, 0] - x[0]) / cell, (y[0] - points[:, 1]) / cell
    rows, columns = values.shape
    outside = (np.abs(column - (columns - 1) / 2) > columns / 2) | (
        np.abs(row - (rows - 1) / 2) > rows / 2
    )
    column, row = np.clip(column, 0, columns - 1), np.clip(row, 0, rows - 1)
    left, top = np.floor(column).astype(int), np.floor(row).astype(int)
    east, south = column - left, row - top
    total = np.zeros(len(points))
    for down, right, weight in (
        (0, 0, (1 - south) * (1 - east)),
        (0, 1, (1 - south) * east),
        (1, 0, south * (1 - east)),
        (1, 1, south * east),
    ):
        corner = values[np.minimum(top + down, rows - 1), np.minimum(left + right, columns - 1)]
        total += np.where(weight > 0, weight * corner, 0.0)
    return np.where(outside, np.nan, total)


def deck_heights(
    ground: NDArray[np.float64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    length: NDArray[np.float64],
    spans: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Height of every junction; those that only bridges or tunnels meet lie on the straight deck.

    Between the ends the deck rises evenly; where decks meet, as a net of even slopes does (the
    grades, weighted by 1 / length, sum to zero).

    Parameters
    ----------
    ground : (nodes,) [m]
        Height of the ground at each junction.
    first, last : (streets,)
        Junction numbers.
    length : (streets,) [m]
    spans : (streets,) bool
        Bridges and tunnels.
    """
    nodes = len(ground)
    grounded = np.zeros(nodes, dtype=bool)
    grounded[np.concatenate([first[~spans], last[~spans]])] = True
    from_node, to_node = first[spans & (first != last)], last[spans & (first != last)]
    weight = 1.0 / np.maximum(length[spans & (first != last)], np.finfo(float).tiny)
    links = coo_array((weight, (from_node, to_node)), shape=(nodes, nodes)).tocsr()
    links = links + links.T
    label = connected_components(links, directed=False)[1]
    anchored = np.isin(label, label[grounded & np.isfinite(ground)])
    free = ~grounded & anchored & (links.sum(axis=1) > 0)
    heights = ground.copy()
    if free.any():
        whole = (diags_array(links.sum(axis=1)) - links).tocsr()
        known = ~free & np.isfinite(ground)
        right = -whole[free][:, known] @ ground[known]
        heights[free] = spsolve(whole[free][:, free].tocsc(), right)
    return heights


def graded(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    values: NDArray[np.floating],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    step: float,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Streets with their slopes, and junctions with ``elevation`` [m].

    Parameters
    ----------
    streets, junctions
        City tables.
    values, x, y
        Grid of heights as in `sample`.
    step
        Distance between heights along a street [m]; at least one cell is taken.

    Returns
    -------
    streets, junctions
        With `COLUMNS`, missing where the ground is not known.
    """
    ground = sample(values, x, y, shapely.get_coordinates(junctions.geometry.to_numpy()))
    first = junctions.index.get_indexer(streets["from_node"])
    last = junctions.index.get_indexer(streets["to_node"])
    length = streets["length"].to_numpy(float)
    spans = (streets["bridge"] | streets["tunnel"]).to_numpy(bool)
    heights = deck_heights(ground, first, last, length, spans)
    rise = heights[last] - heights[first]
    grade = np.divide(rise, length, out=np.full(len(rise), np.nan), where=length > 0)
    way = along(streets.geometry.to_numpy(), spans, (values, x, y), max(step, abs(x[1] - x[0])))
    straight = np.column_stack([np.maximum(rise, 0), np.maximum(-rise, 0), np.abs(grade)])
    way[spans] = straight[spans]
    columns = dict(zip(COLUMNS, np.column_stack([grade, way]).T, strict=True))
    return streets.assign(**columns), junctions.assign(elevation=heights)


def along(
    lines: NDArray[np.object_],
    skip: NDArray[np.bool_],
    grid: tuple[NDArray[np.floating], NDArray[np.float64], NDArray[np.float64]],
    step: float,
) -> NDArray[np.float64]:
    """Climb [m], descent [m] and steepest grade [1] of lines over the ground, shape (lines, 3).

    Parameters
    ----------
    lines : (lines,)
        Geometry.
    skip : (lines,) bool
        Lines that do not lie on the ground; they get NaN.
    grid
        Heights and axes as in `sample`.
    step
        Largest distance between samples [m].
    """
    found = np.full((len(lines), 3), np.nan)
    chosen = np.flatnonzero(~skip)
    length = shapely.length(lines[chosen])
    pieces = np.maximum(np.ceil(length / step), 1).astype(int)
    owner = np.repeat(np.arange(len(chosen)), pieces + 1)
    order = np.arange(len(owner)) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)
    spots = shapely.line_interpolate_point(
        lines[chosen][owner], order / pieces[owner], normalized=True
    )
    heights = sample(*grid, shapely.get_coordinates(spots))
    inner = order[1:] > 0
    rise, whose = np.diff(heights)[inner], owner[1:][inner]
    rises = pd.DataFrame({
        "climb": np.maximum(rise, 0),
        "descent": np.maximum(-rise, 0),
        "steepest": np.abs(rise) / np.maximum(length / pieces, np.finfo(float).tiny)[whose],
    })  # fmt: skip
    groups = rises.groupby(whose)
    sums = (
        groups[["climb", "descent"]]
        .sum(min_count=1)
        .where(groups["climb"].count().eq(pieces), axis=0)
    )
    steepest = groups["steepest"].max().where(sums["climb"].notna())
    found[chosen] = sums.assign(steepest=steepest).to_numpy()
    return found
