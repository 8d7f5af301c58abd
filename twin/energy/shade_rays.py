"""Rays from points of buildings to what stands before the sky: walls of others, and terrain.

Walls are exact: every ray meets the extruded footprints themselves, no raster of them. Terrain is
marched over in steps that grow with the distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import compiled
from twin.energy.threads import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

BUCKET: Final = 32.0
"""Side of the squares that walls are sorted into [m]."""

FULL: Final = 2.0 * np.pi


@dataclass(frozen=True)
class Walls:
    """Upright walls sorted into squares by their middle; no wall is longer than a square.

    Parameters
    ----------
    ends : (w, 4)
        x and y of both ends, the building on the left hand [m].
    top : (w,)
        Height of the upper edge [m].
    first : (rows x columns + 1,)
        Where the walls of each square begin.
    corner : (2,)
        South-western corner of the squares [m].
    columns
        Squares in a row.
    """

    ends: Floats
    top: Floats
    first: Ints
    corner: Floats
    columns: int


def sort_walls(start: Floats, end: Floats, top: Floats) -> Walls:
    """Cut walls to the size of a square and sort them.

    Parameters
    ----------
    start, end : (e, 2) [m]
        Ends, the building on the left hand.
    top : (e,) [m]
        Height of the upper edge.
    """
    run = end - start
    parts = np.maximum(np.ceil(np.hypot(run[:, 0], run[:, 1]) / BUCKET), 1.0).astype(np.int64)
    owner = np.repeat(np.arange(len(parts)), parts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    low, high = ((number + more)[:, None] / parts[owner][:, None] for more in (0, 1))
    ends = np.hstack([start[owner] + run[owner] * low, start[owner] + run[owner] * high])
    middle = (ends[:, :2] + ends[:, 2:]) / 2.0
    corner = middle.min(axis=0) if len(middle) else np.zeros(2)
    square = np.floor((middle - corner) / BUCKET).astype(np.int64)
    columns = int(square[:, 0].max(initial=0)) + 1
    rows = int(square[:, 1].max(initial=0)) + 1
    cell = square[:, 1] * columns + square[:, 0]
    order = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[order], np.arange(rows * columns + 1)).astype(np.int64)
    return Walls(np.ascontiguousarray(ends[order]), top[owner][order], first, corner, columns)


def past_walls(
    points: Floats, walls: Walls, rays: int, reach: float, least: float, threads: int | None = None
) -> NDArray[np.float32]:
    """Tangent of the height of the horizon that walls make, for each ray.

    Parameters
    ----------
    points : (p, 3) [m]
        Easting, northing and height.
    walls
        Of `sort_walls`.
    rays
        How many, clockwise from north; ray k looks to (k + 1/2) of `rays` turns.
    reach
        Farthest wall that counts [m].
    least
        Tangent below which nothing counts [1].
    threads
        At most; None for all processors.

    Returns
    -------
    (p, rays) [1]
        0 where no wall is in the way.
    """
    found = np.zeros((len(points), rays), dtype=np.float32)
    angle = FULL * (np.arange(rays) + 0.5) / rays
    ways = np.column_stack([np.sin(angle), np.cos(angle)])

    def work(begin: int, stop: int) -> None:
        _walls(
            points, begin, stop, walls.ends, walls.top, walls.first, walls.corner, walls.columns,
            ways, reach, least, found,
        )  # fmt: skip

    spread(work, len(points), threads)
    return found


@compiled
def _walls(
    points: Floats, begin: int, stop: int, ends: Floats, top: Floats, first: Ints,
    corner: Floats, columns: int, ways: Floats, reach: float, least: float,
    found: NDArray[np.float32],
) -> None:  # fmt: skip
    """Raise the horizon of points by every wall that faces them."""
    rows = (len(first) - 1) // columns
    rays = len(ways)
    by_turn = rays / FULL
    for point in range(begin, stop):
        x, y, z = points[point]
        west = max(int(np.floor((x - reach - corner[0]) / BUCKET)), 0)
        east = min(int(np.floor((x + reach - corner[0]) / BUCKET)), columns - 1)
        south = max(int(np.floor((y - reach - corner[1]) / BUCKET)), 0)
        north = min(int(np.floor((y + reach - corner[1]) / BUCKET)), rows - 1)
        for row in range(south, north + 1):
            if east < west:
                break
            for wall in range(first[row * columns + west], first[row * columns + east + 1]):
                rise = top[wall] - z
                if rise <= 0.0:
                    continue
                ax, ay, bx, by = ends[wall]
                ax, ay, bx, by = ax - x, ay - y, bx - x, by - y
                # The inner side is on the left: a wall seen from outside runs clockwise round us.
                turn = ay * bx - ax * by
                if turn <= 0.0:
                    continue
                mx, my = (ax + bx) / 2.0, (ay + by) / 2.0
                near = np.sqrt(mx * mx + my * my) - BUCKET / 2.0
                if near > reach or rise < least * near:
                    continue
                low = np.arctan2(ax, ay) * by_turn - 0.5
                wide = np.arctan2(turn, ax * bx + ay * by) * by_turn
                for ray in range(int(np.ceil(low)), int(np.floor(low + wide)) + 1):
                    at = ray % rays
                    # Where the ray meets the wall: turn of the wall over its width across the ray.
                    across = ways[at, 1] * (bx - ax) - ways[at, 0] * (by - ay)
                    tangent = rise * across / turn
                    if tangent >= least and tangent > found[point, at]:
                        found[point, at] = tangent


def past_terrain(
    points: Floats,
    terrain: tuple[NDArray[np.float32], float, float, float],
    rays: int,
    first: float,
    growth: float,
    radius: float,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Tangent of the height of the horizon that terrain makes, for each ray.

    Parameters
    ----------
    points : (p, 3) [m]
        Easting, northing and height.
    terrain
        Heights (rows from north to south, NaN where unknown) [m]; easting and northing of the
        middle of the first cell, and the side of a cell [m].
    rays
        As in `past_walls`.
    first
        Distance of the first step [m].
    growth
        Length of a step as a share of the distance, at least one cell [1].
    radius
        Of the Earth, refraction included [m].
    threads
        At most; None for all processors.

    Returns
    -------
    (p, rays) [1]
        0 where the terrain is lower than the point, or unknown.
    """
    found = np.zeros((len(points), rays), dtype=np.float32)
    angle = FULL * (np.arange(rays) + 0.5) / rays
    ways = np.column_stack([np.sin(angle), np.cos(angle)])
    heights, west, north, cell = terrain

    def work(begin: int, stop: int) -> None:
        _terrain(
            points, begin, stop, heights, west, north, cell, ways, first, growth, radius, found
        )

    spread(work, len(points), threads)
    return found


@compiled
def _terrain(
    points: Floats, begin: int, stop: int, heights: NDArray[np.float32], west: float, north: float,
    cell: float, ways: Floats, first: float, growth: float, radius: float,
    found: NDArray[np.float32],
) -> None:  # fmt: skip
    """Raise the horizon of points by the terrain along each ray."""
    rows, columns = heights.shape
    for point in range(begin, stop):
        x, y, z = (
            (points[point, 0] - west) / cell,
            (north - points[point, 1]) / cell,
            points[point, 2],
        )
        for ray in range(len(ways)):
            far, highest = first, 0.0
            while True:
                column = x + ways[ray, 0] * far / cell
                row = y - ways[ray, 1] * far / cell
                if not (0.0 <= column < columns - 1 and 0.0 <= row < rows - 1):
                    break
                i, j = int(row), int(column)
                down, right = row - i, column - j
                height = (1.0 - down) * (
                    (1.0 - right) * heights[i, j] + right * heights[i, j + 1]
                ) + down * ((1.0 - right) * heights[i + 1, j] + right * heights[i + 1, j + 1])
                # A cell without a number makes this no number, which is never above anything.
                tangent = (height - z) / far - far / (2.0 * radius)
                if tangent > highest:  # noqa: PLR1730 - max() may keep what is no number
                    highest = tangent
                far += max(cell, growth * far)
            found[point, ray] = highest
