"""What sound meets in a city, as arrays: pieces of street, walls, soft ground, points at facades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from twin.mobility.noise_parameters import NoiseParameters

FINER: Final = 2
"""Cells of ground are filled from this many times finer ones, so that edges count by share."""


@dataclass(frozen=True)
class Cells:
    """What lies in each cell of a square grid whose lines are at whole multiples of its side.

    Parameters
    ----------
    side
        Side of a cell [m].
    west, south
        Number of the first column and of the first row.
    shape
        Rows and columns.
    first : (rows * columns + 1,) int64
        Where the entries of a cell begin in `entry`.
    entry : (entries,) int64
        Numbers of the things in the cells, rising within each.
    """

    side: float
    west: int
    south: int
    shape: tuple[int, int]
    first: NDArray[np.int64]
    entry: NDArray[np.int64]

    @property
    def frame(self) -> tuple[float, int, int, tuple[int, int]]:
        """Which cells there are."""
        return self.side, self.west, self.south, self.shape


@dataclass(frozen=True)
class Scene:
    """All that the sound of streets meets.

    Parameters
    ----------
    streets
        Ids of the streets, in the order of their numbers.
    pieces : (pieces, 4) [m]
        Straight pieces of streets: x, y of both ends.
    street : (pieces,) int64
        Number of the street of each piece.
    walls : (walls, 4) [m]
        Straight walls; the outside lies to their right.
    top : (walls,) [m]
        Heights of the walls above the ground.
    building : (walls,) int64
        Number of the building of each wall.
    of_pieces, of_walls
        Where they lie.
    ground : (rows, columns) [1]
        Ground factor of the cells of `of_walls`.
    points : (points, 2) [m]
        Points that hear, each in front of a facade.
    owner : (points,) int64
        Number of their building.
    """

    streets: pd.Index
    pieces: NDArray[np.float64]
    street: NDArray[np.int64]
    walls: NDArray[np.float64]
    top: NDArray[np.float64]
    building: NDArray[np.int64]
    of_pieces: Cells
    of_walls: Cells
    ground: NDArray[np.float64]
    points: NDArray[np.float64]
    owner: NDArray[np.int64]


def scene(
    streets: gpd.GeoSeries,
    buildings: gpd.GeoSeries,
    height: NDArray[np.float64],
    heard: NDArray[np.bool_],
    land: gpd.GeoDataFrame,
    parameters: NoiseParameters,
    *,
    like: Scene | None = None,
) -> Scene:
    """Lay out streets, buildings and ground for the search for ways of sound.

    Parameters
    ----------
    streets
        Centre lines [m], index: ids.
    buildings
        Footprints [m].
    height : (buildings,) [m]
        Heights of their walls.
    heard : (buildings,) bool
        Which get points at their facades.
    land
        City table: geometry, kind, value.
    parameters
        Sizes of cells, detail of outlines, ground factors.
    like
        A scene with the same land and figures, whose ground is taken if its cells are the same.
    """
    figures = parameters.figures
    pieces, street = _segments(streets.simplify(figures["street.simplify"]).array)
    outlines = buildings.simplify(figures["facade.simplify"])
    walls, building = _walls(outlines)
    side = figures["cell.walls"]
    box = _box([pieces, walls], figures["reach"])
    of_walls = cells(walls, side, box)
    points, owner = facades(outlines, walls, building, np.asarray(heard, bool), parameters)
    known = like is not None and like.of_walls.frame == of_walls.frame
    factors = like.ground if like and known else ground(land, of_walls, parameters)
    return Scene(
        streets=streets.index,
        pieces=pieces,
        street=street,
        walls=walls,
        top=np.asarray(height, dtype=np.float64)[building],
        building=building,
        of_pieces=cells(pieces, figures["cell.streets"], box),
        of_walls=of_walls,
        ground=factors,
        points=points,
        owner=owner,
    )


def facades(
    outlines: gpd.GeoSeries,
    walls: NDArray[np.float64],
    building: NDArray[np.int64],
    heard: NDArray[np.bool_],
    parameters: NoiseParameters,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points in front of the middle of each facade, and the numbers of their buildings.

    Long facades get several points, short ones none; a wall that another building touches or
    hides is no facade.

    Parameters
    ----------
    outlines
        Footprints [m].
    walls, building
        As in `Scene`.
    heard : (buildings,) bool
        Which buildings get points.
    parameters
        Lengths and the distance from the facade [m].
    """
    figures = parameters.figures
    along = walls[:, 2:] - walls[:, :2]
    length = np.hypot(along[:, 0], along[:, 1])
    facade = (length >= figures["facade.shortest"]) & heard[building]
    parts = np.where(facade, np.ceil(length / figures["facade.longest"]), 0).astype(np.int64)
    wall = np.repeat(np.arange(len(walls)), parts)
    place = np.arange(len(wall)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = (place + 0.5) / parts[wall]
    outside = np.column_stack([along[wall, 1], -along[wall, 0]]) / length[wall, None]
    middle = walls[wall, :2] + share[:, None] * along[wall]
    points = middle + figures["facade.offset"] * outside
    clear = _clear(points, building[wall], outlines, figures["facade.clear"])
    return points[clear], building[wall][clear]


def _clear(
    points: NDArray[np.float64], owner: NDArray[np.int64], outlines: gpd.GeoSeries, gap: float
) -> NDArray[np.bool_]:
    """Which points lie in no building and in no gap between two that nobody lives on."""
    tree = shapely.STRtree(outlines.to_numpy())
    point, other = tree.query(shapely.points(points), predicate="dwithin", distance=gap)
    inside = shapely.intersects_xy(outlines.to_numpy()[other], points[point])
    clear = np.ones(len(points), dtype=bool)
    clear[point[(other != owner[point]) | inside]] = False
    return clear


def ground(land: gpd.GeoDataFrame, of: Cells, parameters: NoiseParameters) -> NDArray[np.float64]:
    """Mean ground factor of each cell (rows, columns) [1]; of nested areas the smaller counts.

    Parameters
    ----------
    land
        City table: geometry, kind, value.
    of
        The grid.
    parameters
        Ground factors.
    """
    rows, columns = of.shape
    other = parameters.figures["ground.other"]
    fine = of.side / FINER
    sorted_land = land.iloc[np.argsort(-land.geometry.area.to_numpy(), kind="stable")]
    named = zip(sorted_land["kind"], sorted_land["value"].fillna(""), strict=True)
    shapes = [
        (shape, parameters.ground.get((kind, value), parameters.ground.get((kind, ""), other)))
        for shape, (kind, value) in zip(sorted_land.geometry, named, strict=True)
    ]
    if not shapes:
        return np.full((rows, columns), other)
    transform = Affine(fine, 0.0, of.west * of.side, 0.0, fine, of.south * of.side)
    filled = rasterize(
        shapes, (rows * FINER, columns * FINER), fill=other, transform=transform, dtype="float64"
    )
    blocks = filled.reshape(rows, FINER, columns, FINER)
    return np.ascontiguousarray(blocks.mean(axis=(1, 3)))


def cells(lines: NDArray[np.float64], side: float, box: tuple[float, float, float, float]) -> Cells:
    """Sort straight lines into the cells of a grid that they pass.

    Parameters
    ----------
    lines : (lines, 4) [m]
        x, y of both ends.
    side
        Side of a cell [m].
    box
        West, south, east and north end of the grid [m]; rounded outwards to whole cells.
    """
    west, south = int(np.floor(box[0] / side)), int(np.floor(box[1] / side))
    east, north = int(np.floor(box[2] / side)) + 1, int(np.floor(box[3] / side)) + 1
    rows, columns = north - south, east - west
    begin = np.floor(np.minimum(lines[:, :2], lines[:, 2:]) / side).astype(np.int64)
    last = np.floor(np.maximum(lines[:, :2], lines[:, 2:]) / side).astype(np.int64)
    wide, tall = (last - begin + 1).T
    number = np.repeat(np.arange(len(lines)), wide * tall)
    place = np.arange(len(number)) - np.repeat(np.cumsum(wide * tall) - wide * tall, wide * tall)
    column = begin[number, 0] + place % wide[number]
    row = begin[number, 1] + place // wide[number]
    passed = _passes(lines[number], column * side, row * side, side)
    cell = ((row - south) * columns + column - west)[passed]
    number = number[passed]
    order = np.lexsort((number, cell))
    first = np.searchsorted(cell[order], np.arange(rows * columns + 1))
    return Cells(side, west, south, (rows, columns), first.astype(np.int64), number[order])


def _passes(
    lines: NDArray[np.float64],
    west: NDArray[np.float64],
    south: NDArray[np.float64],
    side: float,
) -> NDArray[np.bool_]:
    """Whether the corners of a cell lie on both sides of a line whose box meets the cell."""
    x, y = lines[:, 0] - west, lines[:, 1] - south
    along, up = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    sides = [along * (dy - y) - up * (dx - x) for dx in (0.0, side) for dy in (0.0, side)]
    return np.asarray((np.minimum.reduce(sides) <= 0.0) & (np.maximum.reduce(sides) >= 0.0))


def _segments(lines: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Straight pieces of lines (pieces, 4) and the number of the line of each."""
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    pieces = np.column_stack([coordinates[:-1], coordinates[1:]])[same]
    line = line[1:][same]
    long = np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]) > 0.0
    return np.ascontiguousarray(pieces[long]), line[long].astype(np.int64)


def _walls(outlines: gpd.GeoSeries) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Walls of footprints, courtyards included, with the outside to their right."""
    parts, building = shapely.get_parts(outlines.to_numpy(), return_index=True)
    turned = shapely.orient_polygons(parts, exterior_cw=False)
    rings, part = shapely.get_rings(turned, return_index=True)
    walls, ring = _segments(rings)
    return walls, building[part[ring]].astype(np.int64)


def _box(lines: list[NDArray[np.float64]], margin: float) -> tuple[float, float, float, float]:
    """Box of all lines, wider by a margin [m]."""
    ends = np.concatenate([part.reshape(-1, 2) for part in lines])
    west, south = ends.min(axis=0) - margin
    east, north = ends.max(axis=0) + margin
    return float(west), float(south), float(east), float(north)
