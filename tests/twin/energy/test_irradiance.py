"""Horizon and sunlight of rasters against marches cell by cell, closed forms and symmetries."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.energy.test_sun_bins import ALBEDO, year
from twin.energy import irradiance, sun_bins
from twin.energy.irradiance import Ground

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RADIUS = 7_323_000.0


def march(heights: Floats, azimuth: float, cell: float) -> Floats:
    """Horizon [deg] by a walk from every cell, heights between cells by straight lines."""
    rows, columns = heights.shape
    across, down = np.sin(np.radians(azimuth)), -np.cos(np.radians(azimuth))
    most = max(abs(across), abs(down))
    across, down = np.round(across / most, 12), np.round(down / most, 12)
    found = np.zeros(heights.shape)
    for row, column in np.ndindex(rows, columns):
        for step in range(1, max(rows, columns)):
            y, x = row + step * down, column + step * across
            if not (0 <= y <= rows - 1 and 0 <= x <= columns - 1):
                break
            low, left = int(y), int(x)
            part = max(y - low, x - left)
            ends = (
                heights[low, left],
                heights[min(low + (y > low), rows - 1), min(left + (x > left), columns - 1)],
            )
            known = [end for end in ends if not np.isnan(end)]
            height = known[0] if len(known) == 1 else (1 - part) * ends[0] + part * ends[1]
            if known:
                rise = (height - heights[row, column]) / (step * cell * np.hypot(across, down))
                found[row, column] = max(found[row, column], rise)
    return np.where(np.isnan(heights), np.nan, np.degrees(np.arctan(found)))


def town(seed: int, shape: tuple[int, int] = (17, 23)) -> NDArray[np.float32]:
    """Level ground with houses and a few holes."""
    rng = np.random.default_rng(seed)
    heights = rng.uniform(0, 0.3, shape)
    for _ in range(6):
        row, column = rng.integers(0, shape[0] - 4), rng.integers(0, shape[1] - 4)
        heights[row : row + rng.integers(1, 5), column : column + rng.integers(1, 5)] += (
            rng.uniform(2, 12)
        )
    heights[rng.uniform(size=shape) < 0.02] = np.nan
    return heights.astype(np.float32)


@cache
def hills() -> NDArray[np.float32]:
    """Smooth hills, 10 m to the cell."""
    x, y = np.meshgrid(np.arange(60.0), np.arange(50.0))
    waves = 40 * np.sin(x / 9) * np.cos(y / 7) + 25 * np.sin((x + 2 * y) / 13)
    return np.asarray(waves, dtype=np.float32)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from(range(0, 360, 45)))
def test_along_rows_columns_and_diagonals_the_horizon_is_exact(seed: int, azimuth: int) -> None:
    heights = town(seed)
    found = irradiance.horizon(Ground(heights, 2.0, RADIUS), azimuth)
    expected = march(heights.astype(float), azimuth, 2.0)
    np.testing.assert_allclose(found, expected, atol=2e-3)


@pytest.mark.parametrize("azimuth", [7, 31, 58, 80, 101, 149, 200, 236, 290, 333])
def test_between_them_it_is_that_of_smooth_hills(azimuth: int) -> None:
    found = irradiance.horizon(Ground(hills(), 10.0, RADIUS), azimuth)
    error = (found - march(hills().astype(float), azimuth, 10.0))[12:-12, 12:-12]
    assert np.sqrt((error**2).mean()) < 0.6
    assert abs(error.mean()) < 0.2


@pytest.mark.parametrize("azimuth", [0, 20, 45, 300])
@pytest.mark.parametrize("height", [5.0, 40.0])
def test_horizon_of_an_endless_wall_is_the_angle_of_its_height(azimuth: int, height: float) -> None:
    heights = np.zeros((60, 2001), dtype=np.float32)
    heights[:10] = height
    found = irradiance.horizon(Ground(heights, 1.0, RADIUS), azimuth)[:, 1000]
    distance = np.arange(60) - 9.0
    tangent = height * np.cos(np.radians(azimuth)) / (distance[10:] + 1)
    # One cell of doubt on each side about where the wall begins.
    nearer = np.degrees(
        np.arctan(height * np.cos(np.radians(azimuth)) / (distance[10:] - 1 + 1e-9))
    )
    assert (found[10:] <= nearer + 1e-3).all()
    assert (found[10:] >= np.degrees(np.arctan(tangent)) - 1e-3).all()
    assert (found[:10] == 0).all()


@given(st.floats(0, 359.9))
def test_level_ground_has_no_horizon(azimuth: float) -> None:
    flat = np.full((12, 9), 430.0, dtype=np.float32)
    assert (irradiance.horizon(Ground(flat, 1.0, RADIUS), azimuth) == 0).all()


def test_the_earth_curves_away_on_large_rasters() -> None:
    heights = np.zeros((3, 120), dtype=np.float32)
    heights[:, 100] = 2000.0
    found = irradiance.horizon(Ground(heights, 500.0, RADIUS), 90.0)[1]
    distance = 500.0 * (100 - np.arange(100))
    expected = np.degrees(np.arctan(2000.0 / distance - distance / (2 * RADIUS)))
    assert found[:100] == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("azimuth", [0.0, 45.0, 90.0, 225.0])
def test_turning_the_town_turns_its_horizon(azimuth: float) -> None:
    heights = town(3)
    turned = irradiance.horizon(Ground(np.rot90(heights, -1).copy(), 1.0, RADIUS), azimuth + 90.0)
    straight = irradiance.horizon(Ground(heights, 1.0, RADIUS), azimuth)
    np.testing.assert_allclose(np.rot90(turned), straight, atol=1e-3)


def test_unknown_cells_hide_nothing_and_get_nothing() -> None:
    heights = np.zeros((9, 9), dtype=np.float32)
    heights[4, 4] = np.nan
    found = irradiance.annual(Ground(heights, 1.0, RADIUS), year(), ALBEDO)
    assert np.isnan(found[4, 4])
    assert np.isnan(found).sum() == 1
    assert found[~np.isnan(found)] == pytest.approx(found[0, 0], rel=1e-5)
    nowhere = irradiance.annual(
        Ground(np.full((3, 3), np.nan, np.float32), 1.0, RADIUS), year(), ALBEDO
    )
    assert np.isnan(nowhere).all()


@pytest.mark.parametrize("level", [True, False])
def test_level_ground_gets_what_a_level_plane_gets(level: bool) -> None:
    flat = np.full((20, 30), 12.0, dtype=np.float32)
    found = irradiance.annual(Ground(flat, 1.0, RADIUS), year(), ALBEDO, level=level)
    expected = sun_bins.irradiation(year(), 0.0, 0.0, ALBEDO).sum()
    assert found == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize(("tilt", "azimuth"), [(20, 180), (35, 90), (35, 200), (30, 0), (50, 270)])
def test_a_slope_gets_what_a_tilted_plane_gets(tilt: float, azimuth: float) -> None:
    x, y = np.meshgrid(np.arange(40.0), -np.arange(40.0))
    lean, turn = np.tan(np.radians(tilt)), np.radians(azimuth)
    heights = (-lean * (x * np.sin(turn) + y * np.cos(turn))).astype(np.float32)
    found = irradiance.annual(Ground(heights, 1.0, RADIUS), year(72), ALBEDO)
    expected = sun_bins.irradiation(year(72), tilt, azimuth, ALBEDO).sum()
    assert found[20, 20] == pytest.approx(expected, rel=3e-3)


@pytest.mark.parametrize("height", [5.0, 10.0, 20.0])
def test_sky_of_a_street_canyon_is_the_closed_form(height: float) -> None:
    heights = np.zeros((4001, 21), dtype=np.float32)
    heights[:, :5] = heights[:, 16:] = height
    even = sun_bins.SunYear(np.zeros((72, sun_bins.STEPS, 3)), 1.0, 0.0, 0.0)
    found = irradiance.annual(Ground(heights, 1.0, RADIUS), even, 0.0, level=True)[2000, 10]
    # The walls stand 6 cells from the middle: the share of sky is the cosine of their height angle.
    assert found == pytest.approx(np.cos(np.arctan(height / 6.0)), abs=0.01)


def test_result_does_not_depend_on_threads() -> None:
    ground = Ground(hills(), 10.0, RADIUS)
    one, many = (irradiance.annual(ground, year(), ALBEDO, threads=count) for count in (1, 3))
    assert (one == many).all()


def test_a_house_to_the_south_takes_sun_and_one_to_the_north_sky_only() -> None:
    free = sun_bins.irradiation(year(), 0.0, 0.0, 0.0).sum()
    heights = np.zeros((41, 41), dtype=np.float32)
    heights[18:23, 18:23] = 8.0
    found = irradiance.annual(Ground(heights, 1.0, RADIUS), year(), 0.0, level=True)
    north, south = found[15, 20], found[25, 20]
    assert north < 0.75 * free
    assert 0.85 * free < south < free
    assert found[20, 20] == pytest.approx(free, rel=1e-3)
