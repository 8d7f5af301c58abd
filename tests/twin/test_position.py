from __future__ import annotations

import re
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import box

from layers import tables
from layers.errors import InputError
from twin import position

if TYPE_CHECKING:
    from collections.abc import Mapping

CRS = "EPSG:25832"
WEST, SOUTH = 711_500.0, 6_173_500.0


@pytest.fixture(scope="module")
def settings() -> Mapping[str, float]:
    rows = tables.load("attach", "twin.data")
    return dict(zip(rows["name"], rows["value"], strict=True))


@pytest.fixture(scope="module")
def ground() -> position.Ground:
    """A town of 400 houses of 10 m on plots of 40 m by 40 m, shuffled as towns are."""
    shake = np.random.default_rng(7).uniform(-12, 12, (400, 2))
    corner = np.array([(40.0 * x, 40.0 * y) for x in range(20) for y in range(20)]) + shake
    houses = [box(WEST + x, SOUTH + y, WEST + x + 10, SOUTH + y + 10) for x, y in corner]
    return position.Ground(CRS, np.array(houses), box(WEST, SOUTH, WEST + 800, SOUTH + 800))


def spots(
    ground: position.Ground, written: str, *, named: str = CRS, swap: bool = False
) -> gpd.GeoDataFrame:
    """Middles of the houses, written in one system and labelled as another."""
    true = gpd.GeoSeries(shapely.centroid(ground.objects), crs=CRS).to_crs(written)
    pairs = shapely.get_coordinates(true.array)
    return gpd.GeoDataFrame(geometry=shapely.points(pairs[:, ::-1] if swap else pairs), crs=named)


@pytest.mark.parametrize("system", [CRS, "EPSG:4326", "EPSG:32632", "EPSG:25833", "EPSG:23032"])
def test_places_in_their_true_system_pass_in_silence(
    ground: position.Ground, settings: Mapping[str, float], system: str
) -> None:
    assert position.check("f", spots(ground, system, named=system), ground, settings) == ()


@pytest.mark.parametrize(
    ("written", "named", "swap", "advice"),
    [
        (CRS, CRS, True, "--crs EPSG:25832 --swap"),
        ("EPSG:23032", CRS, False, "--crs EPSG:23032"),
        ("EPSG:23032", CRS, True, "--crs EPSG:23032 --swap"),
        ("EPSG:25833", CRS, False, "--crs EPSG:25833"),
        ("EPSG:25833", "EPSG:4326", False, "--crs EPSG:25833"),
        ("EPSG:4326", "EPSG:4326", True, "--crs EPSG:4326 --swap"),
        ("EPSG:4230", "EPSG:4326", False, "--crs EPSG:4230"),
        ("EPSG:4326", CRS, False, "--crs EPSG:4326"),
        ("EPSG:2197", CRS, False, "--crs EPSG:2197"),
    ],
    ids=["axes", "ED50", "ED50 and axes", "neighbouring zone", "metres as degrees", "degrees swapped",
         "ED50 degrees", "degrees as metres", "national system"],
)  # fmt: skip
def test_the_reading_that_fits_is_named_and_not_applied(
    ground: position.Ground,
    settings: Mapping[str, float],
    written: str,
    named: str,
    swap: bool,
    advice: str,
) -> None:
    frame = spots(ground, written, named=named, swap=swap)
    before = frame.copy()
    with pytest.raises(InputError) as caught:
        position.check("f", frame, ground, settings)
    found = re.search(r"--crs \S+?( --swap)?(?=\.$)", str(caught.value))
    assert found is not None
    assert found[0] == advice
    assert frame.geom_equals(before).all()


def test_ed50_read_as_etrs89_is_about_200_m_off(ground: position.Ground) -> None:
    off = shapely.distance(
        spots(ground, "EPSG:23032").geometry.array, shapely.centroid(ground.objects)
    )
    assert off == pytest.approx(np.full(400, 222), abs=5)


def test_places_elsewhere_say_how_far(
    ground: position.Ground, settings: Mapping[str, float]
) -> None:
    frame = spots(ground, CRS)
    frame = frame.set_geometry(frame.translate(0, 100_000))
    with pytest.raises(InputError, match="They lie 99 km from the City"):
        position.check("f", frame, ground, settings)


def test_few_places_are_not_judged_by_their_fit(
    ground: position.Ground, settings: Mapping[str, float]
) -> None:
    frame = spots(ground, "EPSG:23032").iloc[200:203]
    inside = frame.within(ground.area).mean()
    assert inside > 0
    assert position.check("f", frame, ground, settings)[0].startswith(f"{inside:.0%}")


def test_random_places_are_noted_and_not_refused(
    ground: position.Ground, settings: Mapping[str, float]
) -> None:
    pairs = np.random.default_rng(1).uniform(0, 800, (300, 2)) + np.array([WEST, SOUTH])
    frame = gpd.GeoDataFrame(geometry=shapely.points(pairs), crs=CRS)
    assert "100% of the places" in position.check("f", frame, ground, settings)[0]


def test_nothing_located_is_nothing_to_check(
    ground: position.Ground, settings: Mapping[str, float]
) -> None:
    frame = gpd.GeoDataFrame(geometry=[None, None], crs=CRS)
    assert position.check("f", frame, ground, settings) == ()
