"""The year's sun in bins against every hour, against pvlib, and against closed forms."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pvlib import atmosphere, irradiance, solarposition

from twin.energy import facade_sun, shading, sun_bins

PLACE = (47.2, 9.5, 450.0)
ALBEDO = 0.2


@cache
def light() -> pd.DataFrame:
    """A year of sunlight with clear and dull days by a clear-sky model, index in UTC."""
    times = pd.date_range("2023-01-01", periods=8760, freq="h")
    moments = times.tz_localize("UTC") + pd.Timedelta(minutes=30)
    sun = solarposition.get_solarposition(moments, *PLACE[:2], altitude=PLACE[2])
    height = np.cos(np.radians(np.minimum(sun["zenith"].to_numpy(), 90.0)))
    clear = np.random.default_rng(5).choice([0.05, 0.5, 1.0], 365).repeat(24)
    dni = clear * 900.0 * (height > 0.02) * height**0.2
    dhi = (60.0 + 120.0 * (1.0 - clear)) * np.sqrt(height)
    frame = pd.DataFrame({"dni": dni, "dhi": dhi, "ghi": dhi + dni * height}, index=times)
    return frame.assign(zenith=sun["zenith"].to_numpy(), azimuth=sun["azimuth"].to_numpy())


@cache
def sky() -> facade_sun.Sky:
    of = light()
    parts = tuple(of[name].to_numpy() for name in ("dni", "dhi", "ghi"))
    return facade_sun.sky(pd.DatetimeIndex(of.index), PLACE, parts)


@cache
def year(sectors: int = 36) -> sun_bins.SunYear:
    return sun_bins.of_sky(sky(), sectors)


def whole(tilt: float, azimuth: float) -> float:
    return float(sun_bins.irradiation(year(), [tilt], [azimuth], ALBEDO).sum())


PLANES = [
    (0, 180),
    (10, 90),
    (35, 180),
    (35, 0),
    (60, 225),
    (90, 0),
    (90, 45),
    (90, 180),
    (90, 270),
]


@pytest.mark.parametrize(("tilt", "azimuth"), PLANES)
@pytest.mark.parametrize(("sectors", "within"), [(36, 3e-3), (72, 6e-4)])
def test_bins_give_what_every_hour_gives(
    tilt: float, azimuth: float, sectors: int, within: float
) -> None:
    plane = facade_sun.Plane(tilt, azimuth)
    hours = facade_sun.light(plane, None, sky(), ALBEDO)[0].sum() / 1000.0
    bins = sun_bins.irradiation(year(sectors), [tilt], [azimuth], ALBEDO).sum()
    # A wall cuts through a sector where its own plane does not lie on the edge of one.
    assert bins == pytest.approx(hours, rel=within)


@pytest.mark.parametrize(("tilt", "azimuth"), PLANES)
def test_free_planes_get_what_perez_of_pvlib_gives(tilt: float, azimuth: float) -> None:
    of = light()
    found = irradiance.get_total_irradiance(
        tilt, azimuth, of["zenith"], of["azimuth"], of["dni"], of["ghi"], of["dhi"],
        dni_extra=irradiance.get_extra_radiation(of.index.day_of_year.to_numpy()),
        airmass=atmosphere.get_relative_airmass(of["zenith"]), albedo=ALBEDO, model="perez",
    )  # fmt: skip
    theirs = float(np.nansum(found["poa_global"])) / 1000.0
    # Theirs stands still in the middle of each hour, ours moves with the sun.
    assert whole(tilt, azimuth) == pytest.approx(theirs, rel=5e-3)


@given(st.floats(0, 90), st.floats(0, 359.99))
def test_share_of_a_free_sky_is_the_view_factor_of_the_plane(tilt: float, azimuth: float) -> None:
    facing = sun_bins.normals(np.array([tilt]), np.array([azimuth]))
    free = np.zeros((1, 72))
    expected = (1 + np.cos(np.radians(tilt))) / 2
    assert sun_bins.sky_share(facing, free)[0] == pytest.approx(expected, abs=2e-3)
    assert sun_bins.band_share(facing, free)[0] == pytest.approx(np.sin(np.radians(tilt)), abs=2e-3)


def test_share_of_the_sky_agrees_with_that_of_walls_and_level_roofs() -> None:
    hidden = np.random.default_rng(3).uniform(0, 1.2, (9, 360))
    face = np.arange(9)
    walls = sun_bins.normals(np.where(face < 8, 90.0, 0.0), face * 45.0)
    ours = sun_bins.sky_share(walls, hidden)
    theirs = shading.sky_view(hidden, np.where(face < 8, face, -1))
    assert ours == pytest.approx(theirs * np.where(face < 8, 0.5, 1.0), abs=2e-3)


def test_a_wall_in_every_direction_leaves_what_it_reflects() -> None:
    closed = np.full((1, 36), 90.0)
    found = sun_bins.irradiation(year(), [0.0], [0.0], ALBEDO, closed)[0]
    assert found[:2] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert found[2] == pytest.approx(ALBEDO * year().level)


@given(st.floats(0, 85), st.floats(0, 5), st.sampled_from(PLANES))
def test_a_higher_horizon_never_gives_more_sun(
    low: float, more: float, plane: tuple[float, float]
) -> None:
    lower, higher = (np.full((1, 36), height) for height in (low, low + more))
    open_, closed = (
        sun_bins.irradiation(year(), [plane[0]], [plane[1]], ALBEDO, one)[0]
        for one in (lower, higher)
    )
    sun, sky_light, _ = open_ - closed
    assert sun >= -1e-9
    assert sky_light >= -1e-9


def test_only_the_sun_behind_a_hill_is_lost() -> None:
    free = sun_bins.irradiation(year(), [0.0], [0.0], ALBEDO)[0]
    north = np.zeros((1, 36))
    north[0, [0, 1, 34, 35]] = 30.0
    assert sun_bins.irradiation(year(), [0.0], [0.0], ALBEDO, north)[0, 0] == pytest.approx(free[0])
    south = np.zeros((1, 36))
    south[0, 16:20] = 90.0
    of = light()
    noon = of["azimuth"].between(160, 200) & (of["zenith"] < 90)
    lost = free[0] - sun_bins.irradiation(year(), [0.0], [0.0], ALBEDO, south)[0, 0]
    beam = (of["dni"] * np.cos(np.radians(of["zenith"])))[noon].sum() / 1000.0
    assert lost > beam  # the light around the sun goes with it
    assert lost == pytest.approx(beam, rel=0.35)


def test_light_is_kept_when_it_is_sorted() -> None:
    for sectors in (8, 36, 180):
        flat = sun_bins.irradiation(year(sectors), [0.0], [0.0], ALBEDO).sum()
        assert flat == pytest.approx(year().level, rel=0.01)
        assert year(sectors).beam[..., 2].sum() == pytest.approx(year().beam[..., 2].sum())
