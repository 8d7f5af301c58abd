"""Scan lines over a raster of heights: the horizon of every cell in one direction, in one pass.

A line runs through the raster in the direction looked at, one row from the next; where it passes
between two cells its height lies between theirs. From its far end the upper convex hull of what
was passed is kept as a stack (each point is pushed and popped once), and the horizon of a cell is
the tangent to that hull from the height of the cell, or on slopes from that of the line. Every cell lies between two lines and takes
the tangents of both, weighted by nearness: lines alone are some degrees off. The hull of
horizons is that of J. Dozier, J. Bruno and P. Downey, Computers and Geosciences 7 (1981) 145-151.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import bare, compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Heights = NDArray[np.float32]


WALL: Final = 0.75
"""Rise from a cell to a line beside it, by the way between two columns, that makes a wall [1]."""


@dataclass(frozen=True)
class Lines:
    """Scan lines of one direction, in which columns are passed one by one.

    Parameters
    ----------
    turned
        Whether rows and columns have changed places.
    order
        1 if the direction runs towards larger column numbers, else -1.
    base, part : (columns,)
        Row of line 0 at each column: whole number, and what is left of it [1].
    step
        Length of a line between two columns [cells].
    first, count
        Number of the first line that meets the raster; how many do.
    """

    turned: bool
    order: int
    base: NDArray[np.int64]
    part: Floats
    step: float
    first: int
    count: int


def lines(shape: tuple[int, int], azimuth: float) -> Lines:
    """Lay scan lines over a raster.

    Parameters
    ----------
    shape
        Rows (from north to south) and columns (from west to east).
    azimuth
        Direction looked at, clockwise from north [rad].
    """
    across, down = np.sin(azimuth), -np.cos(azimuth)
    turned = bool(abs(down) > abs(across))
    if turned:
        across, down, shape = down, across, (shape[1], shape[0])
    rows, columns = shape
    # The last digits of sine and cosine must not make lines that run between rows or diagonals.
    slope = round(float(down / across), 12)
    at = slope * np.arange(columns)
    base = np.floor(at).astype(np.int64)
    first = -1 - int(base.max())
    count = rows - 1 - int(base.min()) - first + 1
    return Lines(
        turned, 1 if across > 0 else -1, base, at - base, float(np.hypot(1.0, slope)), first, count
    )


@bare
def _tangent(far: Floats, high: Floats, size: int, at: float, height: float) -> float:
    """Slope from a point to the hull beyond it, per column; the hull's nearest point lies on top."""
    top = size - 1
    run, rise = far[top] - at, high[top] - height
    while top > 0:
        next_run, next_rise = far[top - 1] - at, high[top - 1] - height
        if next_rise * run <= rise * next_run:
            break
        run, rise, top = next_run, next_rise, top - 1
    slope: float = rise / run
    return slope


@bare
def _push(far: Floats, high: Floats, size: int, at: float, height: float) -> int:
    """Put a point nearer than all others on the hull and take off what lies below; the new size."""
    while size > 1:
        run, rise = far[size - 1] - at, high[size - 1] - height
        next_run, next_rise = far[size - 2] - at, high[size - 2] - height
        if rise * next_run > next_rise * run:
            break
        size -= 1
    far[size], high[size] = at, height
    return size + 1


@bare
def _between(upper: float, lower: float, part: float) -> float:
    """Height between two cells; that of the one that is known if the other is not."""
    if np.isnan(lower) or part == 0.0:
        return upper
    if np.isnan(upper):
        return lower
    return upper + part * (lower - upper)


@compiled
def slopes(heights: Heights, begin: int, stop: int, cell: float, found: Heights) -> None:
    """Rise of each cell along columns and along rows, from the neighbours on both sides.

    Parameters
    ----------
    heights : (rows, columns) [m]
        A neighbour that is not known counts as level.
    begin, stop
        Rows that are written.
    cell
        Side of a cell [m].
    found : (rows, columns, 2) [1]
        What is written to.
    """
    rows, columns = heights.shape
    for row in range(begin, stop):
        above, below = max(row - 1, 0), min(row + 1, rows - 1)
        for column in range(columns):
            left, right = max(column - 1, 0), min(column + 1, columns - 1)
            own = heights[row, column]
            west, east = heights[row, left], heights[row, right]
            north, south = heights[above, column], heights[below, column]
            rise = (own if np.isnan(east) else east) - (own if np.isnan(west) else west)
            fall = (own if np.isnan(south) else south) - (own if np.isnan(north) else north)
            found[row, column, 0] = rise / (max(right - left, 1) * cell)
            found[row, column, 1] = fall / (max(below - above, 1) * cell)


@compiled
def sweep(
    heights: Heights,
    begin: int,
    stop: int,
    base: NDArray[np.int64],
    part: Floats,
    settings: Floats,
    slope: Heights,
    table: Heights,
    found: Heights,
) -> None:
    """Horizon of the cells below some lines, or their light.

    Parameters
    ----------
    heights : (rows, columns) [m]
        NaN where unknown: such cells hide nothing and get nothing.
    begin, stop
        Numbers of the lines whose cells are written.
    base, part
        Of `Lines`.
    settings : (5,)
        Order; length between two columns [m]; radius of the Earth or 0 for a plain [m]; level part
        of the direction along columns and along rows [1].
    slope : (rows, columns, 2) [1]
        Of `slopes`; without rows all cells lie flat.
    table : (steps, 4)
        Light of a year by the horizon, see `twin.energy.irradiance`; without rows the horizon
        itself is written, as t / (1 + t) of its tangent t.
    found : (rows, columns)
        What is written to; light is added to what stands there.
    """
    rows, columns = heights.shape
    order, step, radius, ahead_x, ahead_y = settings
    curve = step * step / (2.0 * radius) if radius > 0.0 else 0.0
    middle = (columns - 1) / 2.0
    pending = np.zeros(columns)
    far, high = np.empty(columns), np.empty(columns)
    for line in range(begin - 1, stop):
        low, end = _inside(base, line, rows)
        size, highest = 0, -np.inf
        for turn in range(end - low):
            column = end - 1 - turn if order > 0.0 else low + turn
            row = line + base[column]
            at, share = order * (column - middle), part[column]
            upper = heights[row, column] if row >= 0 else np.nan
            lower = heights[row + 1, column] if row + 1 < rows else np.nan
            bent = curve * at * at
            height = _between(upper, lower, share) - bent
            # Most cells see along the line itself, so that one tangent does for both beside it.
            level = -1.0
            if line >= begin and not np.isnan(upper):
                if _beside(upper - bent, height, step):
                    level = _shade(far, high, size, at, height, highest, curve, step)
                    own = level
                else:
                    own = _shade(far, high, size, at, upper - bent, highest, curve, step)
                shade = pending[column] + (1.0 - share) * own
                _write(row, column, shade, ahead_x, ahead_y, slope, table, found)
            pending[column] = 0.0
            if share > 0.0 and not np.isnan(lower):
                if not _beside(lower - bent, height, step):
                    own = _shade(far, high, size, at, lower - bent, highest, curve, step)
                elif level >= 0.0:
                    own = level
                else:
                    own = _shade(far, high, size, at, height, highest, curve, step)
                pending[column] = share * own
            if not np.isnan(height):
                size = _push(far, high, size, at, height)
                highest = max(highest, height)


@bare
def _beside(cell: float, line: float, step: float) -> bool:
    """Whether a cell looks along a line beside it from the height of the line.

    On a slope it does, as the line else would be an obstacle of its own where it lies higher; beside
    a wall it looks from its own height.
    """
    return abs(line - cell) < WALL * step


@bare
def _shade(
    far: Floats, high: Floats, size: int, at: float, height: float, highest: float, curve: float,
    step: float,
) -> float:  # fmt: skip
    """Horizon from a point over a hull, t / (1 + t) of its tangent t; 0 if nothing is higher."""
    if height >= highest and (curve == 0.0 or size == 0):
        return 0.0
    rise = _tangent(far, high, size, at, height) + 2.0 * curve * at
    return rise / (step + rise) if rise > 0.0 else 0.0


@bare
def _write(
    row: int, column: int, shade: float, ahead_x: float, ahead_y: float, slope: Heights,
    table: Heights, found: Heights,
) -> None:  # fmt: skip
    """Write the horizon of a cell, or add its light by the area of the cell seen from above."""
    if len(table) == 0:
        found[row, column] = shade
    elif len(slope) == 0:
        found[row, column] += table[int(shade * (len(table) - 1) + 0.5), 2]
    else:
        right, down = slope[row, column, 0], slope[row, column, 1]
        ahead = -(right * ahead_x + down * ahead_y)
        across = right * ahead_y - down * ahead_x
        behind = max(-ahead, 0.0)
        entry = int(max(shade, behind / (1.0 + behind)) * (len(table) - 1) + 0.5)
        found[row, column] += (
            ahead * table[entry, 0]
            + max(ahead, 0.0) * table[entry, 1]
            + table[entry, 2]
            + across * table[entry, 3]
        )


@bare
def _inside(base: NDArray[np.int64], line: int, rows: int) -> tuple[int, int]:
    """First column, and the one behind the last, at which a line lies between rows of the raster."""
    rising = base[-1] >= base[0]
    low, end = 0, len(base)
    while low < end and not -1 <= line + base[low] < rows and ((line + base[low] < -1) == rising):
        low += 1
    while end > low and not -1 <= line + base[end - 1] < rows:
        end -= 1
    return low, end
