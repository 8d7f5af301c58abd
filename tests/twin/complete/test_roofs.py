"""Roofs: heights measured from a surface model, only where nothing better is known."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from rasterio.transform import Affine
from shapely import box

from layers import tables
from twin.complete import roofs

FIGURES = tables.figures("relief", "twin.data")
NORTH_UP = Affine(1, 0, 0, 0, -1, 50)


def houses(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    index = pd.Index([f"w{number}" for number in range(len(boxes))], name="id")
    return gpd.GeoDataFrame(geometry=[box(*each) for each in boxes], index=index)


def surface() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.zeros((50, 60))


def test_a_flat_roof_is_as_high_as_its_cells() -> None:
    above = surface()
    above[20:30, 10:20] = 9.5
    found = roofs.measure(houses((10, 20, 20, 30)), above, NORTH_UP, FIGURES)
    assert found.loc["w0"].to_list() == [9.5, FIGURES["roof.spread"], 100]


def test_a_tree_and_a_mast_change_nothing() -> None:
    above = surface()
    above[20:30, 10:20] = 9.5
    above[20:23, 10:20] = 18.0
    above[29, 19] = 60.0
    found = roofs.measure(houses((10, 20, 20, 30)), above, NORTH_UP, FIGURES)
    assert found.loc["w0", "height"] == 9.5


def test_each_building_has_the_median_of_its_own_cells() -> None:
    above = np.random.default_rng(2).uniform(3, 30, (50, 60))
    frames = houses((2, 2, 9, 9), (20, 5, 31, 13), (40, 30, 55, 45))
    found = roofs.measure(frames, above, NORTH_UP, FIGURES)
    x, y = np.arange(60) + 0.5, 50 - np.arange(50) - 0.5
    for number, shape in enumerate(frames.geometry):
        west, south, east, north = shape.bounds
        cells = above[np.ix_((y > south) & (y < north), (x > west) & (x < east))]
        assert found["height"].iloc[number] == pytest.approx(np.median(cells))
        assert found["cells"].iloc[number] == cells.size


@pytest.mark.parametrize(
    ("shape", "cells"),
    [
        pytest.param((10, 20, 11.4, 21.4), 1, id="too small"),
        pytest.param((100, 100, 120, 120), 0, id="outside the grid"),
        pytest.param((40, 20, 50, 30), 100, id="over a gap"),
    ],
)
def test_nothing_is_said_of_a_roof_with_too_few_cells(
    shape: tuple[float, float, float, float], cells: int
) -> None:
    above = surface() + 5
    above[20:30, 40:46] = np.nan
    found = roofs.measure(houses(shape), above, NORTH_UP, FIGURES)
    assert found["height"].isna().all()
    assert found["cells"].tolist() == [cells]


def test_no_buildings_no_heights() -> None:
    assert roofs.measure(houses(), surface(), NORTH_UP, FIGURES).empty


def test_registers_and_tags_go_before_what_was_measured() -> None:
    names = [
        "register",
        "tag on the top",
        "neighbours",
        "default",
        "dsm of before",
        "garden",
        "tower",
    ]
    buildings = pd.DataFrame({
        "height": [8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0],
        "height_top": [np.nan, 10.0, *[np.nan] * 5],
        "height_source": ["register", "calculated", "neighbours", "default", "dsm", "default", "default"],
        "height_spread": 1.0,
    }, index=names)  # fmt: skip
    measured = pd.DataFrame(
        {"height": [12.0, 12, 12, 12, 12, 0.3, 5000], "spread": 0.5, "cells": 50}, index=names
    )
    done, unbelieved = roofs.applied(buildings, measured, FIGURES)
    assert done["height"].tolist() == [8, 8, 12, 12, 12, 8, 8]
    assert done["height_source"].tolist() == [
        "register", "calculated", "dsm", "dsm", "dsm", "default", "default",
    ]  # fmt: skip
    assert done["height_spread"].tolist() == [1, 1, 0.5, 0.5, 0.5, 1, 1]
    assert unbelieved[unbelieved].index.tolist() == ["garden", "tower"]
