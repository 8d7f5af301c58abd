"""The domain of the sun in a run of a small City."""

from __future__ import annotations

import numpy as np
import pytest

from tests.twin import rasters
from tests.twin.cities import tiny
from twin import simulate, sun


def test_buildings_get_their_sky_without_hourly_weather() -> None:
    found = simulate.run(tiny(), domains=[sun.DOMAIN])
    frame = found.frames["buildings"]
    assert frame["sky_view"].between(0.8, 1.0).all()
    assert "pv_yield" not in frame
    assert any("no hourly weather" in line for line in found.record["limits"])
    assert any("level ground" in line for line in found.record["limits"])


def test_a_change_that_is_no_shape_leaves_the_sun_as_it_is() -> None:
    city = tiny()
    before = simulate.run(city, domains=[sun.DOMAIN])
    buildings = city.buildings
    buildings["people"] += 1.0
    again = simulate.run(city.replace(buildings=buildings), warm=before, domains=[sun.DOMAIN])
    assert again.warm["sun"] is before.warm["sun"]
    buildings["height"] += 1.0
    moved = simulate.run(city.replace(buildings=buildings), warm=before, domains=[sun.DOMAIN])
    assert moved.warm["sun"] is not before.warm["sun"]
    hills = simulate.run(
        city.replace(grid=rasters.grid(city.crs)), warm=before, domains=[sun.DOMAIN]
    )
    assert hills.warm["sun"].outcome.made.shading.terrain


def test_an_area_without_buildings_has_no_sun_on_them() -> None:
    city = tiny()
    found = simulate.run(city.replace(buildings=city.buildings.iloc[:0]), domains=[sun.DOMAIN])
    assert found.record["absent"] == ["sun"]


@pytest.mark.parametrize("flat", [True, False])
def test_hourly_weather_gives_light_and_electricity(flat: bool) -> None:
    from layers import weather

    city = tiny()
    hours = weather.hourly(weather.nearest(55.7, 12.4)).dataset
    grid = {"grid": rasters.grid(city.crs)} if flat else {}
    found = simulate.run(city.replace(climate=hours, **grid), domains=[sun.DOMAIN])
    frame = found.frames["buildings"]
    assert frame["roof_irradiation"].between(500, 1300).all()
    made = found.warm["sun"].outcome.made
    assert (
        frame["pv_yield"] <= frame["pv_potential"] * made.photovoltaics.yields.annual.max()
    ).all()
    assert frame["pv_yield"].gt(0).sum() >= 8
    assert np.isfinite(frame.to_numpy()).all()
    assert any("PVWatts" in line for line in simulate.cite(found.record))


def test_roofs_are_told_by_a_fine_surface() -> None:
    city = tiny()
    level = rasters.grid(city.crs, cell=100.0)
    x = np.arange(711_480.5, 711_820.0)
    y = np.arange(6_173_720.5, 6_173_480.0, -1.0)
    about = {"units": "m"}
    plain = np.full((len(y), len(x)), 20.0, dtype=np.float32)
    west, south, east, north = city.buildings.loc["w1006"].geometry.bounds
    top = plain.copy()
    top[np.ix_((y > south) & (y < north), (x > west) & (x < east))] += 6.0
    axes = {"y": ("y", y, about), "x": ("x", x, about)}
    variables = {"elevation": (("y", "x"), plain, about), "surface": (("y", "x"), top, about)}
    fine = type(level)(variables, axes, {"crs": city.crs})
    found = simulate.run(city.replace(grid=fine), domains=[sun.DOMAIN]).warm["sun"].outcome
    planes, index = found.made.planes, found.made.shading.index
    school = planes.building == index.get_loc("w1006")
    assert list(planes.source[school]) == ["dsm"]
    assert planes.tilt[school] == pytest.approx(0.0, abs=0.1)
    assert not any("Trees" in line for line in found.limits)
