"""Planes of roofs found in made-up surfaces whose tilts are known, and in a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from rasterio.transform import Affine

from layers import tables, terrain
from twin.energy import roofs, roofs_measured

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.energy.roofs import Planes

FIGURES = dict(tables.figures("sun"))
SIDE = 60
TRANSFORM = Affine(1.0, 0.0, 0.0, 0.0, -1.0, 60.0)
X, Y = np.meshgrid(np.arange(SIDE) + 0.5, SIDE - np.arange(SIDE) - 0.5)


def houses(*shapes: shapely.Polygon) -> gpd.GeoDataFrame:
    frame = pd.DataFrame({"use": "house"}, [f"w{n}" for n in range(len(shapes))])
    frame["footprint"] = [shape.area for shape in shapes]
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs="EPSG:25832")


def gabled(tilt: float, turn: float, noise: float = 0.0) -> NDArray[np.float32]:
    """Two planes that fall away from a ridge through the middle, facing `turn` and its opposite."""
    away = (X - 30) * np.sin(np.radians(turn)) + (Y - 30) * np.cos(np.radians(turn))
    heights = 20.0 - np.tan(np.radians(tilt)) * np.abs(away)
    inside = (np.abs(X - 30) < 10) & (np.abs(Y - 30) < 8)
    rng = np.random.default_rng(2)
    rough = np.where(inside, heights, 0.0) + rng.normal(0, noise, X.shape)
    return np.asarray(rough, dtype=np.float32)


HOUSE = houses(shapely.box(20, 22, 40, 38))


def measured(surface: NDArray[np.float32], of: gpd.GeoDataFrame = HOUSE) -> Planes:
    usual = roofs.by_typology(of, 47.0, roofs.roof_parameters())
    return roofs_measured.of_surface(of, surface, TRANSFORM, usual, FIGURES)


@pytest.mark.parametrize(("tilt", "turn"), [(20, 0), (35, 0), (45, 30), (30, 100), (50, 160)])
def test_planes_of_a_gabled_roof_are_found(tilt: float, turn: float) -> None:
    found = measured(gabled(tilt, turn, noise=0.05))
    assert set(found.source) == {"dsm"}
    assert len(found) == 2
    assert found.tilt == pytest.approx(tilt, abs=2.0)
    off = (found.azimuth - turn + 90.0) % 180.0 - 90.0
    assert off == pytest.approx(0.0, abs=3.0)
    assert (found.area * np.cos(np.radians(found.tilt))).sum() == pytest.approx(320.0)
    assert found.area[0] == pytest.approx(found.area[1], rel=0.15)


def test_a_flat_roof_is_one_flat_plane_with_racks_to_the_equator() -> None:
    inside = (np.abs(X - 30) < 10) & (np.abs(Y - 30) < 8)
    found = measured(np.where(inside, 12.0, 0.0).astype(np.float32))
    assert len(found) == 1
    assert found.tilt[0] < 1.0
    assert found.module_tilt[0] == FIGURES["pv.rack_tilt"]
    assert found.module_azimuth[0] == 180.0
    assert found.usable[0] == pytest.approx(320.0 * FIGURES["surface.usable_flat"], rel=1e-3)


def test_a_hipped_roof_has_four_planes() -> None:
    heights = 20.0 - np.tan(np.radians(35)) * np.maximum(np.abs(X - 30), np.abs(Y - 30))
    square = houses(shapely.box(20, 20, 40, 40))
    found = measured(heights.astype(np.float32), square)
    assert sorted(found.azimuth.round()) == pytest.approx([0, 90, 180, 270], abs=2)
    assert found.tilt == pytest.approx(35.0, abs=2.0)


def test_roofs_that_are_small_or_unknown_stay_as_usual() -> None:
    small = houses(
        shapely.box(2, 2, 5, 5), shapely.box(20, 22, 40, 38), shapely.box(200, 0, 220, 20)
    )
    surface = gabled(30, 0)
    found = measured(surface, small)
    assert [found.source[found.building == number][0] for number in range(3)] == [
        "typology", "dsm", "typology",
    ]  # fmt: skip
    assert (np.diff(found.building) >= 0).all()
    usual = roofs.by_typology(small, 47.0, roofs.roof_parameters())
    nothing = roofs_measured.of_surface(
        small, np.full_like(surface, np.nan), TRANSFORM, usual, FIGURES
    )
    assert nothing is usual


@pytest.mark.data
def test_roofs_of_gothenburg_have_planes_that_cover_them(data_dir: Path) -> None:
    surface = terrain.read(data_dir / "dem" / "goteborg_DSM_KRbig.tif")
    outlines = gpd.read_file(data_dir / "dem" / "goteborg_buildings.shp")
    inside = outlines[outlines.within(shapely.box(*surface.bounds))]
    of = houses(*inside.geometry)
    usual = roofs.by_typology(of, 57.7, roofs.roof_parameters())
    found = roofs_measured.of_surface(of, surface.values, surface.transform, usual, FIGURES)
    flat = found.area * np.cos(np.radians(found.tilt))
    sums = np.bincount(found.building, flat, len(of))
    own = found.source == "dsm"
    assert own.mean() > 0.8
    assert sums == pytest.approx(of["footprint"].to_numpy(), rel=1e-6)
    assert 5 < np.median(found.tilt[own]) < 50
