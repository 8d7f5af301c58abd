"""Rasters on one grid: a plane stays a plane, gaps stay gaps, classes are never mixed."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyproj import CRS
from rasterio.transform import Affine
from scipy.interpolate import RegularGridInterpolator

from layers import rasters
from layers.rasters import Frame, Raster
from layers.schema import Source

UTM = "EPSG:25832"
WEST, NORTH = 711_000.0, 6_174_000.0
NONE = Source("raster", "", "", "", "", "", 0, 0, 0)


def plane(rows: int = 40, columns: int = 50, cell: float = 10.0) -> np.ndarray[Any, Any]:
    """Ground that rises 0.05 m/m to the east and 0.02 m/m to the north, at the cell centres."""
    x = cell * (np.arange(columns) + 0.5)
    y = -cell * (np.arange(rows) + 0.5)
    return np.asarray(100 + 0.05 * x[None, :] + 0.02 * y[:, None], "float32")


def raster(values: np.ndarray[Any, Any], cell: float = 10.0) -> Raster:
    return Raster(values.astype("float32"), Affine(cell, 0, WEST, 0, -cell, NORTH), CRS(UTM), NONE)


def test_a_plane_stays_a_plane_on_another_grid() -> None:
    frame = Frame(UTM, WEST + 33.0, NORTH - 41.0, 7.5, 30, 40)
    found = rasters.resample(raster(plane()), frame)
    expected = 100 + 0.05 * (frame.x - WEST)[None, :] + 0.02 * (frame.y - NORTH)[:, None]
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_bilinear_equals_scipy() -> None:
    values = np.random.default_rng(1).normal(50, 10, (40, 50)).astype("float32")
    frame = Frame(UTM, WEST + 33.0, NORTH - 41.0, 9.0, 20, 30)
    x, y = 10 * (np.arange(50) + 0.5), 10 * (np.arange(40) + 0.5)
    grid = RegularGridInterpolator((y, x), values)
    at = np.stack(np.meshgrid(NORTH - frame.y, frame.x - WEST, indexing="ij"), axis=-1)
    np.testing.assert_allclose(rasters.resample(raster(values), frame), grid(at), atol=1e-3)


def test_finer_cells_are_averaged() -> None:
    values = np.random.default_rng(2).normal(50, 10, (40, 40)).astype("float32")
    found = rasters.resample(raster(values, 1.0), Frame(UTM, WEST, NORTH, 10.0, 4, 4))
    expected = values.reshape(4, 10, 4, 10).mean(axis=(1, 3))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_same_grid_changes_nothing() -> None:
    values = np.random.default_rng(3).normal(50, 10, (40, 50)).astype("float32")
    found = rasters.resample(raster(values), Frame(UTM, WEST, NORTH, 10.0, 40, 50))
    np.testing.assert_array_equal(found, values)


def test_classes_are_never_mixed() -> None:
    codes = np.random.default_rng(4).choice([1, 5, 50], (40, 50))
    for cell in (3.0, 10.0, 25.0):
        found = rasters.resample(raster(codes), Frame(UTM, WEST, NORTH, cell, 15, 15), classes=True)
        assert set(np.unique(found)) <= {1.0, 5.0, 50.0}


def test_gaps_stay_gaps_and_nothing_is_made_up_outside() -> None:
    values = plane()
    values[10:20, 10:20] = np.nan
    found = rasters.resample(raster(values), Frame(UTM, WEST - 50, NORTH + 50, 10.0, 50, 60))
    assert np.isnan(found[15:25, 15:25]).all()
    assert np.isnan(found[:5]).all()
    assert np.isnan(found[:, :5]).all()
    assert np.isfinite(found).sum() == 40 * 50 - 100
