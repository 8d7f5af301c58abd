"""Single ways of sound through a city: what stands in them, the ground below, one reflection.

Walls come sorted by the cells of a grid, ``grid``: side [m], west, south, rows, columns, where the
walls of a cell begin (cells + 1), and the walls (entries, 5): x, y of both ends and height [m].
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias

from twin.compiled import compiled
from twin.mobility.acoustics import DIVERGENCE, shielded, straight

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grid: TypeAlias = tuple[float, int, int, int, int, NDArray[np.int64], NDArray[np.float64]]

FIGURES: Final = (
    "reach", "step", "source.height", "receiver.height", "source.ground", "ground.other",
    "wall.absorption", "wall.reach",
)  # fmt: skip
"""Figures of noise.csv that kernels take as one array, in this order."""

REACH, STEP, LOW, HIGH, AT_SOURCE, ELSEWHERE, SWALLOWED, WALL_REACH = range(len(FIGURES))

HAIR: Final = 1e-3
"""Distance from a wall at which a reflected way is tested [m]."""


@compiled
def direct(
    from_x: float,
    from_y: float,
    x: float,
    y: float,
    grid: Grid,
    ground: NDArray[np.float64],
    table: NDArray[np.float64],
    numbers: NDArray[np.float64],
    one: NDArray[np.float64],
) -> None:
    """Write the gain of the way from a source to a point, over edges where need be.

    Parameters
    ----------
    from_x, from_y, x, y
        Source and point [m].
    grid, ground
        Walls, and ground factors of the same cells [1].
    table
        Of `acoustics.Bands`.
    numbers
        Values of `FIGURES`.
    one : (bands,)
        Is written.
    """  # fmt: skip
    over = math.hypot(x - from_x, y - from_y)
    low, high, other = numbers[LOW], numbers[HIGH], numbers[ELSEWHERE]
    first_at, first, last_at, last = edges(from_x, from_y, low, x, y, high, grid)
    if first_at < 0.0:
        mean = mean_ground(from_x, from_y, x, y, grid, ground, other)
        straight(table, over, low, high, mean, numbers[AT_SOURCE], one)
        return
    part = first_at / over
    rise_x, rise_y = from_x + part * (x - from_x), from_y + part * (y - from_y)
    part = last_at / over
    fall_x, fall_y = from_x + part * (x - from_x), from_y + part * (y - from_y)
    before = mean_ground(from_x, from_y, rise_x, rise_y, grid, ground, other)
    after = mean_ground(fall_x, fall_y, x, y, grid, ground, other)
    shielded(
        table, over, low, high, first_at, first, last_at, last, before, after,
        numbers[AT_SOURCE], one,
    )  # fmt: skip


@compiled
def reflected(
    from_x: float,
    from_y: float,
    x: float,
    y: float,
    cut: NDArray[np.float64],
    facing: NDArray[np.float64],
    grid: Grid,
    ground: NDArray[np.float64],
    table: NDArray[np.float64],
    numbers: NDArray[np.float64],
    one: NDArray[np.float64],
    own: NDArray[np.float64],
) -> None:
    """Add what comes from a source by way of one wall, where both legs are free.

    Parameters
    ----------
    from_x, from_y, x, y, grid, ground, table, numbers
        As in `direct`.
    cut
        The piece of street that the source stands for, as `propagation` writes it.
    facing : (walls, 8)
        Walls that turn to the point: one end (x, y), direction (x, y), length, distance of the
        point before it, its place along it, height.
    one : (bands,)
        Room to work in.
    own : (bands,)
        Is added to.
    """  # fmt: skip
    low, high, reach = numbers[LOW], numbers[HIGH], numbers[REACH]
    for number in range(len(facing)):
        ax, ay = facing[number, 0], facing[number, 1]
        along, up = facing[number, 2], facing[number, 3]
        length, here = facing[number, 4], facing[number, 5]
        far, tall = facing[number, 6], facing[number, 7]
        there = (from_x - ax) * up - (from_y - ay) * along
        if there <= 0.0:
            continue
        near = (from_x - ax) * along + (from_y - ay) * up
        share = there / (there + here)
        place = near + share * (far - near)
        height = low + share * (high - low)
        if place <= 0.0 or place >= length or height >= tall:
            continue
        over = math.hypot(far - near, there + here)
        # A hair before the wall, so that it does not stand in its own way.
        hit_x = ax + place * along + HAIR * up
        hit_y = ay + place * up - HAIR * along
        if over > reach or not free(hit_x, hit_y, height, x, y, high, grid):
            continue
        if not free(from_x, from_y, low, hit_x, hit_y, height, grid):
            continue
        mean = share * mean_ground(from_x, from_y, hit_x, hit_y, grid, ground, numbers[ELSEWHERE])
        rest = mean_ground(hit_x, hit_y, x, y, grid, ground, numbers[ELSEWHERE])
        mean += (1.0 - share) * rest
        straight(table, over, low, high, mean, numbers[AT_SOURCE], one)
        spread = _seen_from(x - 2.0 * here * up, y + 2.0 * here * along, high - low, cut)
        for band in range(len(own)):
            own[band] += DIVERGENCE * spread * (1.0 - numbers[SWALLOWED]) * one[band]


@compiled
def _seen_from(x: float, y: float, above: float, cut: NDArray[np.float64]) -> float:
    """What spreading leaves of a part of a piece of street at a point [1/m]."""
    foot = (x - cut[0]) * cut[2] + (y - cut[1]) * cut[3]
    away = math.hypot((x - cut[0]) * cut[3] - (y - cut[1]) * cut[2], above)
    return (math.atan((cut[8] - foot) / away) - math.atan((cut[7] - foot) / away)) / away


@compiled
def _leaves(position: float, heading: float, cell: int, side: float) -> float:
    """Share of the way at which it leaves a cell along one axis, infinite if never."""
    if heading > 0.0:
        return ((cell + 1) * side - position) / heading
    if heading < 0.0:
        return (cell * side - position) / heading
    return math.inf


@compiled
def _crossing(
    from_x: float, from_y: float, dx: float, dy: float,
    x0: float, y0: float, x1: float, y1: float,
) -> float:  # fmt: skip
    """Where a way crosses a wall, as a share of the way; outside 0 to 1 if it does not."""
    ax, ay = x0 - from_x, y0 - from_y
    bx, by = x1 - from_x, y1 - from_y
    one, other = ax * dy - ay * dx, bx * dy - by * dx
    if (one > 0.0) == (other > 0.0):
        return -1.0
    bx, by = bx - ax, by - ay
    return float((ax * by - ay * bx) / (dx * by - dy * bx))


@compiled
def edges(
    from_x: float, from_y: float, low: float, x: float, y: float, high: float, grid: Grid
) -> tuple[float, float, float, float]:
    """Places and heights [m] of the first and the last edge above the straight line.

    The first is the one that rises most steeply seen from the source, the last that seen from the
    point; places are -1 if nothing stands in the way.

    Parameters
    ----------
    from_x, from_y, low
        One end and its height [m].
    x, y, high
        The other [m].
    grid
        Walls.
    """
    side, west, south, rows, columns, first, walls = grid
    dx, dy = x - from_x, y - from_y
    over = math.hypot(dx, dy)
    first_at, first_top, last_at, last_top = -1.0, 0.0, -1.0, 0.0
    steepest, steepest_back = -math.inf, -math.inf
    column, row = math.floor(from_x / side), math.floor(from_y / side)
    reached = 0.0
    while reached < 1.0:
        if 0 <= row - south < rows and 0 <= column - west < columns:
            cell = (row - south) * columns + column - west
            for place in range(first[cell], first[cell + 1]):
                share = _crossing(
                    from_x, from_y, dx, dy,
                    walls[place, 0], walls[place, 1], walls[place, 2], walls[place, 3],
                )  # fmt: skip
                top = walls[place, 4]
                if share <= 0.0 or share >= 1.0 or top <= low + share * (high - low):
                    continue
                rise, fall = (top - low) / share, (top - high) / (1.0 - share)
                if rise > steepest:
                    steepest, first_at, first_top = rise, share * over, top
                if fall > steepest_back:
                    steepest_back, last_at, last_top = fall, share * over, top
        beside = _leaves(from_x, dx, column, side)
        above = _leaves(from_y, dy, row, side)
        reached = min(beside, above)
        if beside <= above:
            column += 1 if dx > 0.0 else -1
        else:
            row += 1 if dy > 0.0 else -1
    return first_at, first_top, last_at, last_top


@compiled
def free(
    from_x: float, from_y: float, low: float, x: float, y: float, high: float, grid: Grid
) -> bool:
    """Whether no wall reaches above the straight line of a way.

    Parameters
    ----------
    from_x, from_y, low, x, y, high, grid
        As in `edges`.
    """
    side, west, south, rows, columns, first, walls = grid
    dx, dy = x - from_x, y - from_y
    column, row = math.floor(from_x / side), math.floor(from_y / side)
    reached = 0.0
    while reached < 1.0:
        if 0 <= row - south < rows and 0 <= column - west < columns:
            cell = (row - south) * columns + column - west
            for place in range(first[cell], first[cell + 1]):
                share = _crossing(
                    from_x, from_y, dx, dy,
                    walls[place, 0], walls[place, 1], walls[place, 2], walls[place, 3],
                )  # fmt: skip
                if 0.0 < share < 1.0 and walls[place, 4] > low + share * (high - low):
                    return False
        beside = _leaves(from_x, dx, column, side)
        above = _leaves(from_y, dy, row, side)
        reached = min(beside, above)
        if beside <= above:
            column += 1 if dx > 0.0 else -1
        else:
            row += 1 if dy > 0.0 else -1
    return True


@compiled
def mean_ground(
    from_x: float,
    from_y: float,
    x: float,
    y: float,
    grid: Grid,
    ground: NDArray[np.float64],
    elsewhere: float,
) -> float:
    """Mean ground factor along a way [1].

    Parameters
    ----------
    from_x, from_y, x, y
        Ends of the way [m].
    grid, ground
        Cells and their ground factors (rows, columns).
    elsewhere
        Ground factor outside the cells.
    """  # fmt: skip
    side, west, south, rows, columns = grid[:5]
    dx, dy = x - from_x, y - from_y
    column, row = math.floor(from_x / side), math.floor(from_y / side)
    reached, total = 0.0, 0.0
    while reached < 1.0:
        beside = _leaves(from_x, dx, column, side)
        above = _leaves(from_y, dy, row, side)
        until = min(beside, above, 1.0)
        inside = 0 <= row - south < rows and 0 <= column - west < columns
        own = ground[row - south, column - west] if inside else elsewhere
        total += own * (until - reached)
        reached = until
        if beside <= above:
            column += 1 if dx > 0.0 else -1
        else:
            row += 1 if dy > 0.0 else -1
    return total
