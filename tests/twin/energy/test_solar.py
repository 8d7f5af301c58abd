from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pvlib import irradiance, solarposition

from twin.energy import solar

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVEN = np.full(12, 100.0)


def closed_form(latitude: float, tilt: float) -> NDArray[np.float64]:
    """Duffie and Beckman, equation 2.19.3, for planes that face the equator (north of it)."""
    phi, beta = np.radians(latitude), np.radians(tilt)
    delta = np.radians(23.45 * np.sin(2 * np.pi * (284 + solar.MEAN_DAYS) / 365))
    flat = np.arccos(np.clip(-np.tan(phi) * np.tan(delta), -1, 1))
    tilted = np.minimum(flat, np.arccos(np.clip(-np.tan(phi - beta) * np.tan(delta), -1, 1)))
    above = np.cos(phi - beta) * np.cos(delta) * np.sin(tilted)
    above += tilted * np.sin(phi - beta) * np.sin(delta)
    below = np.cos(phi) * np.cos(delta) * np.sin(flat) + flat * np.sin(phi) * np.sin(delta)
    return np.asarray(above / below)


@pytest.mark.parametrize("latitude", [36.0, 47.1, 55.7, 60.2])
@pytest.mark.parametrize("tilt", [15.0, 45.0, 90.0])
def test_south_planes_follow_the_closed_form(latitude: float, tilt: float) -> None:
    found = solar.beam_ratio(latitude, tilt, 180.0)
    assert found == pytest.approx(closed_form(latitude, tilt), rel=2e-3, abs=2e-3)


@given(st.floats(-60.0, 60.0), st.floats(0.0, 360.0))
def test_the_horizontal_gets_what_the_horizontal_gets(latitude: float, azimuth: float) -> None:
    assert solar.beam_ratio(latitude, 0.0, azimuth) == pytest.approx(np.ones(12), rel=1e-9)


@given(st.floats(-65.0, 65.0), st.floats(0.0, 180.0))
def test_morning_and_evening_are_alike(latitude: float, turn: float) -> None:
    east = solar.beam_ratio(latitude, 90.0, 180.0 - turn)
    west = solar.beam_ratio(latitude, 90.0, 180.0 + turn)
    assert east == pytest.approx(west, rel=1e-6, abs=1e-6)


def test_polar_night_has_no_beam() -> None:
    assert solar.beam_ratio(80.0, 90.0, 180.0)[0] == 0.0


def test_diffuse_light_alone_fills_half_the_sky() -> None:
    found = solar.tilted_irradiation(EVEN, EVEN, 50.0, 90.0, 180.0, 0.2)
    # All light diffuse: half of the sky and a tenth of the ground.
    assert found == pytest.approx(np.full(12, 60.0))


@pytest.mark.parametrize("azimuth", [0.0, 45.0, 90.0, 135.0, 180.0, 270.0])
def test_hourly_transposition_by_pvlib_agrees(azimuth: float) -> None:
    # A day without atmosphere on 15 April at 55.7 N: the monthly method is exact for its beam.
    times = pd.date_range("2023-04-15", periods=1440, freq="1min", tz="UTC")
    sun = solarposition.get_solarposition(times, 55.7, 0.0)
    zenith = sun["zenith"].to_numpy()
    up = zenith < 90.0
    beam = np.where(up, 1.0, 0.0)
    height = np.where(up, np.cos(np.radians(zenith)), 0.0)
    tilted = irradiance.beam_component(90.0, azimuth, zenith, sun["azimuth"].to_numpy(), beam)
    expected = tilted.sum() / height.sum()
    found = solar.beam_ratio(55.7, 90.0, azimuth)[3]
    # Cooper's declination of that day is 0.3 degrees off the ephemeris.
    assert found == pytest.approx(expected, rel=0.02, abs=0.01)


def test_facades_go_clockwise_from_north() -> None:
    found = solar.facade_irradiation(EVEN, 0.5 * EVEN, 55.7, 0.2)
    assert found.shape == (8, 12)
    assert (found[4] > found[0]).all()
    assert found[2] == pytest.approx(found[6])
    south = solar.tilted_irradiation(EVEN, 0.5 * EVEN, 55.7, 90.0, 180.0, 0.2)
    assert found[4] == pytest.approx(south)
