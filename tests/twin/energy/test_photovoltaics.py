"""Modules against pvlib's own chain, hand-made roofs, and laws."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pvlib import iam, inverter, pvsystem, temperature

from layers import tables
from tests.twin.energy import rooms
from twin.energy import facade_sun, photovoltaics, roofs

FIGURES = dict(tables.figures("sun"))


@cache
def weather():  # type: ignore[no-untyped-def] # noqa: ANN201 - cached fixture of another module
    return rooms.year()


def houses(*rows: tuple[shapely.Polygon, str, str | None]) -> gpd.GeoDataFrame:
    shapes, uses, tags = zip(*rows, strict=True)
    frame = pd.DataFrame({"use": uses, "roof_shape": tags}, [f"w{n}" for n in range(len(rows))])
    frame["footprint"] = [shape.area for shape in shapes]
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs="EPSG:25832")


HOUSE = houses((shapely.box(0, 0, 20, 10), "house", None))


def test_power_is_that_of_pvlibs_own_functions() -> None:
    of = weather()
    found = photovoltaics.power(of, 30.0, 180.0, FIGURES)
    sky = of.sun
    plane = facade_sun.Plane(30.0, 180.0)
    all_light = facade_sun.light(plane, None, sky, FIGURES["roof.albedo"])[0]
    hour = int(np.argmax(all_light))
    cell = temperature.sapm_cell(
        all_light[hour], of.temperature[hour], of.wind[hour],
        **temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["close_mount_glass_glass"],
    )  # fmt: skip
    # At the brightest hour the sun is near the normal, where the glass passes almost all beam.
    passed = iam.physical(20.0) * all_light[hour]
    dc = pvsystem.pvwatts_dc(passed, cell, 1.0, FIGURES["pv.gamma"])
    dc *= 1.0 - pvsystem.pvwatts_losses(shading=0.0) / 100.0
    ac = inverter.pvwatts(
        dc, 1.0 / FIGURES["pv.oversize"] / FIGURES["pv.inverter"], FIGURES["pv.inverter"]
    )
    assert found[hour] == pytest.approx(ac, rel=0.015)
    assert found.max() <= 1.0 / FIGURES["pv.oversize"] + 1e-9
    assert found.min() == 0.0
    assert (found[all_light == 0.0] == 0.0).all()


def test_a_gabled_house_has_two_planes_along_its_ridge() -> None:
    found = roofs.by_typology(HOUSE, 47.0, roofs.roof_parameters())
    assert sorted(found.azimuth) == pytest.approx([0.0, 180.0])
    assert found.tilt == pytest.approx(35.0)
    assert found.area.sum() * np.cos(np.radians(35.0)) == pytest.approx(200.0)
    assert set(found.source) == {"typology"}
    assert (found.usable < found.area).all()


@pytest.mark.parametrize(
    "shape", ["flat", "gabled", "hipped", "pyramidal", "skillion", "half-hipped"]
)
def test_planes_of_every_form_cover_the_footprint(shape: str) -> None:
    turned = shapely.affinity.rotate(shapely.box(0, 0, 20, 10), 30)
    found = roofs.by_typology(houses((turned, "house", shape)), 47.0, roofs.roof_parameters())
    assert (found.area * np.cos(np.radians(found.tilt))).sum() == pytest.approx(200.0)
    assert set(found.source) == {"osm"}
    # The long sides of a house turned by 30 degrees against the clock face 330 and 150.
    assert min(abs((found.azimuth - 150.0) % 180.0)) == pytest.approx(0.0, abs=1e-6)


def test_modules_on_flat_roofs_and_single_slopes_face_the_equator() -> None:
    flat = houses(
        (shapely.box(0, 0, 30, 30), "office", None), (shapely.box(0, 0, 9, 5), "house", "skillion")
    )
    for latitude, south in ((47.0, 180.0), (-30.0, 0.0)):
        found = roofs.by_typology(flat, latitude, roofs.roof_parameters())
        assert list(found.module_azimuth) == pytest.approx([south, south])
        assert found.tilt[0] == 0.0
        assert found.module_tilt[0] == 10.0


def test_large_and_unknown_buildings_have_flat_roofs_if_nothing_is_tagged() -> None:
    rows = houses(
        (shapely.box(0, 0, 30, 30), "apartments", None), (shapely.box(0, 0, 9, 9), "kiosk", None)
    )
    assert list(roofs.forms(rows, roofs.roof_parameters())["form"]) == ["flat", "flat"]


def test_potential_counts_the_planes_that_are_worth_it() -> None:
    planes = roofs.by_typology(HOUSE, 40.0, roofs.roof_parameters())
    free = np.zeros((1, 36))
    found = photovoltaics.of_roofs(planes, HOUSE.index, weather(), free, FIGURES)
    south = planes.azimuth == pytest.approx(180.0)
    south = np.isclose(planes.azimuth, 180.0)
    assert found.potential[0] == pytest.approx(planes.usable[south].sum() * FIGURES["pv.density"])
    best = found.yields.annual[found.bin[0]]
    assert found.yields.azimuth[found.bin[0]] == 180.0
    assert found.annual[0] == pytest.approx(found.potential[0] * best)
    assert found.factor[0] == 1.0
    assert found.light[south][0] > found.light[~south][0]
    assert found.made.sum() == pytest.approx(found.annual[0])


def test_shade_takes_yield_and_hopeless_roofs_carry_nothing() -> None:
    planes = roofs.by_typology(HOUSE, 40.0, roofs.roof_parameters())
    results = [
        photovoltaics.of_roofs(planes, HOUSE.index, weather(), np.full((1, 36), height), FIGURES)
        for height in (0.0, 15.0, 75.0)
    ]
    assert results[0].annual[0] > results[1].annual[0] > 0.0
    assert results[1].factor[0] < 1.0
    assert results[2].potential[0] == results[2].annual[0] == 0.0
    assert results[2].bin[0] >= 0


def test_directions_share_bins_within_half_a_step() -> None:
    tilt, azimuth = (
        np.array([34.0, 36.0, 1.0, 2.0, 35.0]),
        np.array([179.0, 184.0, 10.0, 200.0, 355.0]),
    )
    cell, lean, face = photovoltaics.directions(tilt, azimuth, FIGURES)
    assert cell[0] == cell[1]
    assert cell[2] == cell[3]
    assert face[cell[4]] == 0.0
    assert np.abs(lean[cell] - tilt).max() <= FIGURES["pv.tilt_step"] / 2


def test_no_roofs_give_no_figures() -> None:
    nobody = HOUSE.iloc[:0]
    planes = roofs.by_typology(nobody, 47.0, roofs.roof_parameters())
    found = photovoltaics.of_roofs(planes, nobody.index, weather(), np.zeros((0, 36)), FIGURES)
    assert len(found.bin) == len(found.light) == 0
