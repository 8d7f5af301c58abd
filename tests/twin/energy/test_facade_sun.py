from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from pvlib import irradiance, solarposition
from pvlib.atmosphere import get_relative_airmass

from tests.twin.energy import rooms
from twin.energy import facade_sun, glazing
from twin.energy.facade_sun import Plane, Shade

if TYPE_CHECKING:
    from numpy.typing import NDArray

SKY = rooms.climate(np.zeros(48), sun=1.0, day="2023-06-20").sun


def column(plane: Plane) -> NDArray[np.float64]:
    return facade_sun.table([plane], (), SKY, 0.2)[:, 0]


def test_a_flat_plane_has_the_light_of_the_horizontal() -> None:
    # At each moment beam and diffuse stand for themselves; the mean of the hour is that of the sky.
    noon = slice(9, 16)
    np.testing.assert_allclose(column(Plane(0.0, 0.0))[noon], SKY.ghi[noon], rtol=5e-3)


def test_the_moments_of_an_hour_are_the_perez_sky_of_pvlib() -> None:
    times = pd.date_range("2023-04-10 10:00", periods=1, freq="h")
    dni, dhi, ghi = (np.array([value]) for value in (650.0, 140.0, 560.0))
    of = facade_sun.sky(times, (45.0, 5.0, 200.0), (dni, dhi, ghi))
    expected = []
    for minutes in facade_sun.MOMENTS:
        moment = times.tz_localize("UTC") + pd.Timedelta(minutes=minutes)
        sun = solarposition.get_solarposition(moment, 45.0, 5.0, altitude=200.0)
        zenith, azimuth = sun["zenith"].to_numpy(), sun["azimuth"].to_numpy()
        mass = get_relative_airmass(zenith)
        extra = irradiance.get_extra_radiation(times.day_of_year.to_numpy())
        sky = irradiance.perez(60.0, 150.0, dhi, dni, extra, zenith, azimuth, mass)
        beam = irradiance.beam_component(60.0, 150.0, zenith, azimuth, dni)
        expected.append(sky + beam + irradiance.get_ground_diffuse(60.0, ghi, 0.2))
    found = facade_sun.table([Plane(60.0, 150.0)], (), of, 0.2)[:, 0]
    # The sun is seen once an hour and turned with the sky from there: some 0.005 degrees off.
    assert found[0] == pytest.approx(np.mean(expected), rel=1e-5)


def test_a_night_is_dark_and_no_light_is_negative() -> None:
    for azimuth in (0.0, 77.0, 180.0, 290.0):
        found = column(Plane(90.0, azimuth))
        assert found[0] == 0.0
        assert (found >= 0.0).all()


def test_an_overhang_shades_as_the_profile_angle_says() -> None:
    # Sun straight ahead, 45 degrees up, wide overhang of 1 m, 0.5 m above a window of 2 m: the
    # shadow ends 1 m below the overhang, 0.5 m below the top of the window.
    shade = Shade(3.0, 2.0, 1.0, 0.5, 50.0, 50.0).numbers()
    ray = [np.array([value]) for value in (0.0, np.sqrt(0.5), np.sqrt(0.5))]
    assert facade_sun.lit(shade, *ray)[0] == pytest.approx(0.75)


def test_a_fin_shades_the_side_that_the_sun_comes_from() -> None:
    # Sun level, 45 degrees to the right; fin of 1 m at the right edge of a window of 4 m.
    shade = Shade(4.0, 2.0, fin_depth=1.0, fin_above=9.0, fin_below=9.0).numbers()
    for side in (1.0, -1.0):
        ray = [np.array([value]) for value in (side * np.sqrt(0.5), 0.0, np.sqrt(0.5))]
        assert facade_sun.lit(shade, *ray)[0] == pytest.approx(0.75)


def test_shade_is_the_same_from_left_and_right_and_grows_with_depth() -> None:
    generator = np.random.default_rng(4)
    right, up = generator.uniform(-0.6, 0.6, 50), generator.uniform(-0.6, 0.6, 50)
    ahead = np.sqrt(1.0 - right**2 - up**2)
    last = np.ones(50)
    for depth in (0.1, 0.5, 1.0, 2.0):
        shade = Shade(3.0, 2.0, depth, 0.3, 0.5, 0.5, depth, 0.1, 0.2, 0.2).numbers()
        found = facade_sun.lit(shade, right, up, ahead)
        np.testing.assert_array_equal(found, facade_sun.lit(shade, -right, up, ahead))
        assert (found <= last).all()
        last = found


def test_the_sky_seen_below_an_endless_overhang_is_the_textbook_view_factor() -> None:
    # Low window right below a wide overhang: it keeps the sky below the angle to its edge.
    shade = Shade(0.01, 0.01, 1.0, 1.0, 500.0, 500.0)
    sky, ground = facade_sun._open(Plane(90.0, 180.0, -1, shade))
    # Of the quarter sphere in front, a wall sees the share 1 - sin(45 deg) up to the zenith's cut:
    # view to heights below 45 deg is sin(45)/2 of the hemisphere, that of all heights 1/2.
    assert sky == pytest.approx(np.sin(np.pi / 4.0), abs=0.02)
    assert ground == 1.0


def test_the_lit_share_follows_the_sun_round_the_house() -> None:
    fin = Shade(2.0, 2.0, fin_depth=1.0, fin_above=5.0, fin_below=5.0)
    open_, shaded = (column(Plane(90.0, 180.0, -1, shade)) for shade in (None, fin))
    assert (shaded <= open_ + 1e-9).all()
    ratio = shaded[12] / open_[12]
    assert ratio > shaded[9] / open_[9]


def test_a_window_lets_through_what_its_glass_does() -> None:
    figure = {"glass.outer_film": 0.04, "glass.inner_film": 0.13, "glass.least_resistance": 0.005,
              "glass.index": 1.526}  # fmt: skip
    glass = glazing.of_values(1.1, 0.6, 0.84, figure)
    found = facade_sun.table([Plane(90.0, 180.0, 0), Plane(90.0, 180.0)], [glass], SKY, 0.2)
    through, all_ = found[:, 2].sum(), found[:, 3].sum()
    assert 0.4 < through / all_ < 0.6
    assert found[:, 1].sum() == 0.0


@pytest.mark.parametrize("latitude", [-35.0, 0.5, 47.1, 69.6])
@pytest.mark.parametrize("minutes", [-25.0, 5.0, 25.0])
def test_the_turning_sky_brings_the_sun_where_its_ephemeris_says(
    latitude: float, minutes: float
) -> None:
    times = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
    seen, expected = (
        solarposition.get_solarposition(times + pd.Timedelta(minutes=by), latitude, 9.5)
        for by in (0.0, minutes)
    )
    zenith, azimuth = (np.radians(seen[name].to_numpy()) for name in ("zenith", "azimuth"))
    height, across, turn = facade_sun.later(zenith, azimuth, latitude, minutes)
    found = np.stack([across * np.sin(turn), across * np.cos(turn), height])
    zenith, azimuth = (np.radians(expected[name].to_numpy()) for name in ("zenith", "azimuth"))
    true = np.stack(
        [np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth), np.cos(zenith)]
    )
    assert np.degrees(np.abs(found - true).max()) < 0.01
    assert ((turn >= 0.0) & (turn < 2.0 * np.pi)).all()


def test_in_the_middle_of_its_hour_the_light_is_the_perez_sky_of_pvlib(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(facade_sun, "MOMENTS", (30.0,))
    times = pd.date_range("2023-04-10 10:00", periods=1, freq="h")
    dni, dhi, ghi = (np.array([value]) for value in (650.0, 140.0, 560.0))
    of = facade_sun.sky(times, (45.0, 5.0, 200.0), (dni, dhi, ghi))
    moment = times.tz_localize("UTC") + pd.Timedelta(minutes=30)
    sun = solarposition.get_solarposition(moment, 45.0, 5.0, altitude=200.0)
    zenith, azimuth = sun["zenith"].to_numpy(), sun["azimuth"].to_numpy()
    extra = irradiance.get_extra_radiation(times.day_of_year.to_numpy())
    expected = (
        irradiance.perez(
            60.0, 150.0, dhi, dni, extra, zenith, azimuth, get_relative_airmass(zenith)
        )
        + irradiance.beam_component(60.0, 150.0, zenith, azimuth, dni)
        + irradiance.get_ground_diffuse(60.0, ghi, 0.2)
    )
    found = facade_sun.table([Plane(60.0, 150.0)], (), of, 0.2)[:, 0]
    assert found[0] == pytest.approx(expected[0], rel=1e-9)
