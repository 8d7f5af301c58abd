"""Sunlight of a year on every cell of a raster of heights, shade and Perez's sky included.

One pass of `horizon_lines.sweep` per sector of azimuth finds the horizon of each cell and adds at
once what that sector gives: a look-up in a table of the light above each height, as the light of
a sector is linear in the slope of the cell once what lies behind its own plane is cut off. No
horizon is kept, so that a large raster needs four times its own memory and no tiles: hills count
at any distance inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from layers.schema import silent
from twin.energy import horizon_lines, sun_bins
from twin.energy.threads import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.energy.sun_bins import SunYear

    Floats = NDArray[np.float64]
    Heights = NDArray[np.float32]

ENTRIES: Final = 1025
"""Heights of the horizon at which light is tabulated, evenly in t / (1 + t) of the tangent t."""

SPAN: Final = 20_000.0
"""Length of a raster from which the curve of the Earth is reckoned with [m]."""


@dataclass(frozen=True)
class Ground:
    """Heights as seen from above.

    Parameters
    ----------
    heights : (rows, columns) float32 [m]
        From north to south, from west to east; NaN where unknown: such cells hide nothing.
    cell
        Side of a cell [m].
    radius
        Of the Earth, refraction included [m]; it counts on rasters longer than 20 km.
    """

    heights: Heights
    cell: float
    radius: float

    @property
    def curve(self) -> float:
        """Radius to reckon with, 0 on small rasters where the Earth counts as level [m]."""
        rows, columns = self.heights.shape
        return self.radius if np.hypot(rows, columns) * self.cell > SPAN else 0.0


def annual(
    ground: Ground,
    year: SunYear,
    albedo: float,
    *,
    level: bool = False,
    threads: int | None = None,
    progress: Progress = silent,
) -> Heights:
    """Sunlight of a year on every cell.

    Parameters
    ----------
    ground
        Heights.
    year
        Of `sun_bins.of_sky`; as many passes as it has sectors.
    albedo
        Share of light that ground, and what hides the sky, reflect [1].
    level
        Whether all cells lie flat; else they slope as their neighbours rise and fall (L. Zevenbergen
        and C. Thorne, Earth Surface Processes and Landforms 12 (1987) 47-56).
    threads
        At most; None for all processors. The result does not depend on it.
    progress
        Called with the stage and the share done.

    Returns
    -------
    (rows, columns) float32 [kWh/m2]
        By the area of the cell's own plane; NaN where the height is not known.
    """
    table = light_table(year, albedo)
    total = _side(ground, year, table, (False, level), threads, progress)
    total += _side(ground, year, table, (True, level), threads, progress).T
    found = total if level else _by_own_area(ground, total, threads)
    found += year.level * albedo
    np.maximum(found, 0.0, out=found)
    found[np.isnan(ground.heights)] = np.nan
    progress("sunlight by direction", 1.0)
    return found


def _side(
    ground: Ground,
    year: SunYear,
    table: Heights,
    how: tuple[bool, bool],
    threads: int | None,
    progress: Progress,
) -> Heights:
    """Light from the sectors that are swept along rows, or along columns where `how` says turned."""
    turned, level = how
    heights = np.ascontiguousarray(ground.heights.T if turned else ground.heights, np.float32)
    slope = np.zeros((0, 0, 2), dtype=np.float32)
    if not level:
        slope = _slopes(heights, ground.cell, threads)
    found = np.zeros(heights.shape, dtype=np.float32)
    for sector in range(year.sectors):
        azimuth = 2.0 * np.pi * (sector + 0.5) / year.sectors
        lines = horizon_lines.lines(ground.heights.shape, azimuth)
        if lines.turned == turned:
            progress("sunlight by direction", (turned + sector / year.sectors) / 2.0)
            _pass(ground, azimuth, heights, slope, table[sector], found, threads)
    return found


def _slopes(heights: Heights, cell: float, threads: int | None) -> Heights:
    found = np.empty((*heights.shape, 2), dtype=np.float32)

    def work(begin: int, stop: int) -> None:
        horizon_lines.slopes(heights, begin, stop, cell, found)

    spread(work, len(heights), threads)
    return found


def _by_own_area(ground: Ground, total: Heights, threads: int | None) -> Heights:
    """Bring light by the area seen from above to that of the cells' own planes."""
    slope = _slopes(np.ascontiguousarray(ground.heights, np.float32), ground.cell, threads)
    slope *= slope
    steep = slope.sum(axis=2)
    steep += 1.0
    total /= np.sqrt(steep, out=steep)
    return total


def horizon(ground: Ground, azimuth: float, threads: int | None = None) -> Heights:
    """Height up to which the sky is hidden from every cell in one direction.

    Parameters
    ----------
    ground
        Heights.
    azimuth
        Clockwise from north [deg].
    threads
        At most; None for all processors.

    Returns
    -------
    (rows, columns) float32 [deg]
        NaN where the height is not known.
    """
    turn = np.radians(azimuth)
    turned = horizon_lines.lines(ground.heights.shape, turn).turned
    heights = np.ascontiguousarray(ground.heights.T if turned else ground.heights, np.float32)
    found = np.full(heights.shape, np.nan, dtype=np.float32)
    nothing = np.zeros((0, 4), dtype=np.float32)
    _pass(ground, turn, heights, np.zeros((0, 0, 2), np.float32), nothing, found, threads)
    share = found.T if turned else found
    return np.asarray(np.degrees(np.arctan2(share, 1.0 - share)), dtype=np.float32)


def _pass(
    ground: Ground,
    azimuth: float,
    heights: Heights,
    slope: Heights,
    table: Heights,
    found: Heights,
    threads: int | None,
) -> None:
    """One sweep over the raster, or over the turned one if the direction asks for it."""
    lines = horizon_lines.lines(ground.heights.shape, azimuth)
    ahead = np.sin(azimuth), -np.cos(azimuth)
    if lines.turned:
        # Where rows and columns change places, left and right do too.
        ahead, table = ahead[::-1], table * np.array([1.0, 1.0, 1.0, -1.0], dtype=np.float32)
    settings = np.array([lines.order, lines.step * ground.cell, ground.curve, *ahead])

    def work(begin: int, stop: int) -> None:
        first = lines.first
        horizon_lines.sweep(
            heights, first + begin, first + stop, lines.base, lines.part, settings, slope, table,
            found,
        )  # fmt: skip

    spread(work, lines.count, threads)


def light_table(year: SunYear, albedo: float) -> Heights:
    """Light of each sector by the height of the horizon, for `horizon_lines.sweep`.

    Parameters
    ----------
    year
        Of `sun_bins.of_sky`.
    albedo
        Share of light that is reflected [1].

    Returns
    -------
    (sectors, `ENTRIES`, 4) [kWh/m2]
        To be multiplied by what the direction of a plane, divided by its part upwards, has towards
        the middle of the sector if that is behind it, the same if it is before it, by one, and by
        what it has to the right of the middle. What is reflected where no sky is seen is missing.
    """
    share = np.linspace(0.0, 1.0, ENTRIES)
    height = np.arctan2(share, 1.0 - share)
    above = np.zeros((year.sectors, sun_bins.STEPS + 1, 3))
    above[:, :-1] = year.beam[:, ::-1].cumsum(axis=1)[:, ::-1]
    low = np.minimum((height / sun_bins.STEP).astype(np.int64), sun_bins.STEPS - 1)
    more = (height / sun_bins.STEP - low)[:, None]
    beam = above[:, low] * (1.0 - more) + above[:, low + 1] * more
    middle = 2.0 * np.pi * (np.arange(year.sectors)[:, None] + 0.5) / year.sectors
    sine, cosine = np.sin(middle), np.cos(middle)
    even = (year.even - year.level * albedo) * 2.0 / year.sectors
    side = even * (np.pi / 4.0 - height / 2.0 - np.sin(2.0 * height) / 4.0)
    band = year.bright * np.pi / year.sectors * np.maximum(1.0 - height / sun_bins.BAND, 0.0)
    ahead = beam[..., 0] * sine + beam[..., 1] * cosine + side
    across = beam[..., 0] * cosine - beam[..., 1] * sine
    up = beam[..., 2] + even * np.cos(height) ** 2 / 2.0
    return np.stack([ahead, np.broadcast_to(band, ahead.shape), up, across], axis=-1).astype(
        np.float32
    )
