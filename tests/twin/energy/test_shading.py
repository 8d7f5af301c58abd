"""Horizon and sky view of buildings against closed forms and against shapely, ray by ray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import tables
from twin.energy import shading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FIGURES = dict(tables.figures("sun"))
NONE = xr.Dataset()


def houses(shapes: Sequence[Any], heights: Iterable[float]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(
        {"height": list(map(float, heights))}, [f"w{n}" for n in range(len(shapes))]
    )
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs="EPSG:25832")


def ground(
    slope: float = 0.0, ridge: float = 0.0, cell: float = 10.0, size: int = 400
) -> xr.Dataset:
    """Level ground, a slope down to the north, or a wall-like ridge along the southern end."""
    axis = cell * (np.arange(size) - size / 2)
    north = axis[::-1]
    heights = -slope * np.repeat(north[:, None], size, axis=1)
    heights[north <= -1000.0] += ridge
    return xr.Dataset(
        {"elevation": (("y", "x"), heights.astype(np.float32), {"units": "m"})},
        {"y": north, "x": axis},
    )


def ray_angles() -> Any:
    rays = shading.SECTORS * int(FIGURES["shade.rays"])
    return 2 * np.pi * (np.arange(rays) + 0.5) / rays


def test_a_house_alone_sees_the_whole_sky() -> None:
    found = shading.of_buildings(houses([shapely.box(0, 0, 10, 10)], [6.0]), NONE, FIGURES)
    assert found.sky_view == pytest.approx(1.0)
    assert (found.horizon[0, shading.ROOF] == 0).all()
    # Before the north wall nothing stands; behind it is the house itself.
    assert (found.horizon[0, 0, [0, 8, 27, 35]] == 0).all()
    assert found.horizon[0, 0, 18] > 80


def test_horizon_of_a_long_wall_is_the_angle_of_its_height() -> None:
    front = shapely.box(-1, -1, 1, 1)
    long = shapely.box(-4000, 21, 4000, 31)
    figures = FIGURES | {"shade.reach": 5000.0, "shade.least_angle": 0.01}
    found = shading.of_buildings(houses([front, long], [2.0, 16.0]), NONE, figures)
    distance = 20.0 - FIGURES["shade.offset"]
    turn = ray_angles()
    tangent = 15.0 * np.cos(turn) / distance
    expected = np.degrees(np.arctan(np.maximum(tangent, 0))).reshape(shading.SECTORS, -1).mean(1)
    assert found.horizon[0, 0, :8] == pytest.approx(expected[:8], abs=1e-3)
    roof = np.degrees(np.arctan(np.maximum(14 * np.cos(turn) / 21, 0)))
    assert found.horizon[0, shading.ROOF, :8] == pytest.approx(
        roof.reshape(shading.SECTORS, -1).mean(1)[:8], abs=1e-3
    )


@pytest.mark.parametrize(("height", "width"), [(10.0, 10.0), (20.0, 8.0), (6.0, 30.0)])
def test_sky_view_in_a_street_canyon_is_the_closed_form(height: float, width: float) -> None:
    # An endless wall opposite takes sin(its height angle) of the sky of an upright plane.
    south, north = shapely.box(-9000, -10, 9000, 0), shapely.box(-9000, width, 9000, width + 10)
    figures = FIGURES | {
        "shade.reach": 12_000.0, "shade.least_angle": 0.001, "shade.piece": 9000.0, "shade.rays": 20.0
    }  # fmt: skip
    found = shading.of_buildings(houses([south, north], [height, height]), NONE, figures)
    rise = np.arctan(height / 2 / (width - FIGURES["shade.offset"]))
    # Both points lie off the middle, so that the far end of the street is cut off a little.
    assert found.sky_view[0, 0] == pytest.approx(1 - np.sin(rise), abs=2e-3)
    assert found.sky_view[1, 4] == pytest.approx(1 - np.sin(rise), abs=2e-3)
    assert found.sky_view[0, shading.ROOF] == pytest.approx(1.0)


def test_even_horizon_leaves_what_the_integrals_leave() -> None:
    angle = np.full((2, 72), np.radians(30.0))
    level, wall = shading.sky_view(angle, np.array([-1, 3]))
    assert level == pytest.approx(np.cos(np.radians(30)) ** 2)
    # (pi/2 - h - sin h cos h) over pi/2
    assert wall == pytest.approx(1 - (np.pi / 3 + np.sin(np.pi / 3)) / np.pi)


def test_lower_neighbours_shade_no_roof_and_removed_ones_nothing() -> None:
    both = houses([shapely.box(0, 0, 10, 10), shapely.box(14, 0, 24, 10)], [9.0, 6.0])
    found = shading.of_buildings(both, NONE, FIGURES)
    assert found.sky_view[0, shading.ROOF] == 1.0
    assert found.sky_view[1, shading.ROOF] < 1.0
    alone = shading.of_buildings(both.assign(state=["standing", "removed"]), NONE, FIGURES)
    assert list(alone.index) == ["w0"]
    assert alone.sky_view == pytest.approx(1.0)


def test_party_walls_have_no_point_of_view() -> None:
    row = houses([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], [6.0, 6.0])
    found = shading.of_buildings(row, NONE, FIGURES)
    assert (found.horizon[0, 2] == 0).all()
    assert found.sky_view[0, 2] == 1.0


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_rays_meet_what_shapely_says_they_meet(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = rng.uniform(-60, 60, (12, 2))
    places = places[np.hypot(*places.T) > 18]
    shapes = [shapely.box(-3, -3, 3, 3)] + [
        shapely.affinity.rotate(shapely.box(x, y, x + w, y + d), turn)
        for (x, y), w, d, turn in zip(
            places,
            rng.uniform(3, 15, 12),
            rng.uniform(3, 15, 12),
            rng.uniform(0, 90, 12),
            strict=False,
        )
    ]
    heights = np.concatenate([[4.0], rng.uniform(5, 30, len(shapes) - 1)])
    figures = FIGURES | {"shade.rays": 1.0}
    found = shading.of_buildings(houses(shapes, heights), NONE, figures, threads=2)
    angle = 2 * np.pi * (np.arange(36) + 0.5) / 36
    expected = np.zeros(36)
    for number, turn in enumerate(angle):
        ray = shapely.LineString([(0, 0), (300 * np.sin(turn), 300 * np.cos(turn))])
        for shape, height in zip(shapes[1:], heights[1:], strict=True):
            cut = shape.intersection(ray)
            if not cut.is_empty:
                rise = np.degrees(np.arctan((height - 4.0) / cut.distance(shapely.Point(0, 0))))
                expected[number] = max(expected[number], rise)
    assert found.horizon[0, shading.ROOF] == pytest.approx(expected, abs=0.02)
    again = shading.of_buildings(houses(shapes, heights), NONE, figures, threads=1)
    assert (again.horizon == found.horizon).all()
    assert (again.sky_view == found.sky_view).all()


def test_a_ridge_hides_the_sun_by_its_height_less_the_curve_of_the_earth() -> None:
    house = houses([shapely.box(-5, -5, 5, 5)], [6.0])
    found = shading.of_buildings(house, ground(ridge=300.0), FIGURES)
    assert found.terrain
    south = ray_angles().reshape(shading.SECTORS, -1)[18]
    distance = 1000.0 / -np.cos(south)
    expected = np.degrees(np.arctan(297.0 / distance)).mean()
    # The ridge begins within a cell, and steps are at most 2 % of the distance.
    assert found.horizon[0, shading.ROOF, 18] == pytest.approx(expected, rel=0.025)
    assert found.horizon[0, shading.ROOF, 0] == 0.0
    bare = shading.of_buildings(house, NONE, FIGURES)
    assert not bare.terrain
    assert any("level ground" in line for line in bare.limits)


def test_trees_of_a_fine_surface_shade_and_those_of_a_coarse_one_do_not() -> None:
    house = houses([shapely.box(-5, -5, 5, 5)], [6.0])
    for cell, seen in ((1.0, True), (10.0, False)):
        bare = ground(cell=cell, size=120)
        wood = bare["elevation"].to_numpy().copy()
        far = np.abs(bare["y"].to_numpy() + 30.0) <= 5.0
        wood[far] += 15.0
        both = bare.assign(surface=(("y", "x"), wood))
        found = shading.of_buildings(house, both, FIGURES)
        # The wood begins 25 m south of the middle, 20 m before the wall; 12 m above its middle.
        rise = np.degrees(np.arctan(12.0 / 20.0)) if seen else 0.0
        assert found.horizon[0, 4, 18] == pytest.approx(rise, abs=1.5)
        assert any("Trees" in line for line in found.limits) != seen


def test_houses_on_a_slope_stand_higher_by_the_slope() -> None:
    row = [shapely.box(-5, y - 5, 5, y + 5) for y in (0.0, 40.0)]
    level = shading.of_buildings(houses(row, [6.0, 6.0]), ground(), FIGURES)
    steep = shading.of_buildings(houses(row, [6.0, 6.0]), ground(slope=0.2), FIGURES)
    # The southern house stands 8 m higher: it hides 11 m where 3 m were hidden, 30 m away.
    south = level.horizon[1, 4, 18], steep.horizon[1, 4, 18]
    assert south[0] == pytest.approx(np.degrees(np.arctan(3 / 29.7)), abs=0.1)
    assert south[1] == pytest.approx(np.degrees(np.arctan(11 / 29.7)), abs=0.1)


def test_shading_of_some_buildings_comes_in_their_order() -> None:
    both = houses([shapely.box(0, 0, 10, 10), shapely.box(14, 0, 24, 10)], [9.0, 6.0])
    found = shading.of_buildings(both, NONE, FIGURES)
    turned = found.of(pd.Index(["w1", "w0"]))
    assert (turned.horizon == found.horizon[::-1]).all()
    with pytest.raises(KeyError):
        found.of(pd.Index(["w9"]))


def test_sectors_run_clockwise_from_north() -> None:
    assert list(shading.sector_of(np.array([0.0, 9.99, 10.0, 359.9, 360.0]))) == [0, 0, 1, 35, 0]
