"""Rasters as read, and the one aligned grid that they are put on by a stated rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import rasterio.warp
from rasterio.enums import Resampling
from rasterio.transform import Affine, array_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

    from layers.schema import Source

    Bounds = tuple[float, float, float, float]

FINER: Final = 0.75
"""Share of the grid's cell below which the file's cells are averaged, not interpolated [1]."""


@dataclass(frozen=True)
class Frame:
    """Grid of square cells in a metric CRS: row 0 is the northernmost, column 0 the westernmost.

    Parameters
    ----------
    crs
        Coordinate system.
    west, north
        Outer corner [m].
    cell
        Side of a cell [m].
    rows, columns
        Size [1].
    """

    crs: str
    west: float
    north: float
    cell: float
    rows: int
    columns: int

    @property
    def transform(self) -> Affine:
        """Row and column to coordinates."""
        return Affine(self.cell, 0.0, self.west, 0.0, -self.cell, self.north)

    @property
    def x(self) -> NDArray[np.float64]:
        """Eastings of the cell centres, shape (columns,) [m]."""
        return self.west + self.cell * (np.arange(self.columns, dtype="float64") + 0.5)

    @property
    def y(self) -> NDArray[np.float64]:
        """Northings of the cell centres, shape (rows,) [m]."""
        return self.north - self.cell * (np.arange(self.rows, dtype="float64") + 0.5)


@dataclass(frozen=True)
class Raster:
    """Numbers on a grid of a file.

    Parameters
    ----------
    values : (rows, columns) float32
        NaN where the file has none; heights in [m].
    transform
        Column and row to coordinates in `crs`.
    crs
        Coordinate system of the file.
    source
        Provenance; its rows are cells.
    """

    values: NDArray[np.float32]
    transform: Affine
    crs: CRS
    source: Source

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in `crs`."""
        west, south, east, north = array_bounds(*self.values.shape, self.transform)
        return west, south, east, north


def cell_of(raster: Raster, crs: str) -> float:
    """Side of the file's cells on the ground in a metric CRS: root of their mean area [m]."""
    west, south, east, north = rasterio.warp.transform_bounds(raster.crs, crs, *raster.bounds)
    return math.sqrt((east - west) * (north - south) / raster.values.size)


def resample(raster: Raster, frame: Frame, *, classes: bool = False) -> NDArray[np.float32]:
    """Put a raster on a grid by one stated rule.

    Heights: bilinear where the file's cells are as large as the grid's or larger, the mean of the
    cells inside where they are smaller. Classes: the nearest cell, or the most frequent one. A
    cell whose centre lies outside the file, or in a cell without a number, has none.

    Parameters
    ----------
    raster
        What was read.
    frame
        Where to.
    classes
        Whether the numbers are codes.
    """
    finer = cell_of(raster, frame.crs) < frame.cell * FINER
    rules = {
        (False, False): Resampling.bilinear,
        (False, True): Resampling.average,
        (True, False): Resampling.nearest,
        (True, True): Resampling.mode,
    }
    values = _warp(raster, frame, rules[classes, finer])
    if rules[classes, finer] is not Resampling.nearest:
        values[np.isnan(_warp(raster, frame, Resampling.nearest))] = np.nan
    return values


def _warp(raster: Raster, frame: Frame, rule: Resampling) -> NDArray[np.float32]:
    target = np.full((frame.rows, frame.columns), np.nan, "float32")
    rasterio.warp.reproject(
        raster.values,
        target,
        src_transform=raster.transform,
        src_crs=raster.crs.to_wkt(),
        src_nodata=np.nan,
        dst_transform=frame.transform,
        dst_crs=frame.crs,
        dst_nodata=np.nan,
        resampling=rule,
    )
    return target
