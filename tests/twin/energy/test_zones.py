from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from layers.climate import contract
from layers.climate.contract import Station, Story
from layers.errors import InputError
from tests.twin.energy import rooms
from twin.energy import thermal, zones
from twin.energy.surface_heat import KELVIN, STEFAN_BOLTZMANN
from twin.energy.zone_arrays import arrays

if TYPE_CHECKING:
    import xarray as xr


def a_year(**more: float) -> xr.Dataset:
    """A year of even weather one hour east of Greenwich."""
    times = pd.date_range("2022-12-31 23:00", periods=8760, freq="h")
    frame = pd.DataFrame({"temperature": 10.0, **more}, index=times)
    flags = pd.DataFrame(0, index=times, columns=frame.columns)
    station = Station("Test", 47.0, 9.0, 450.0, 1.0)
    return contract.dataset(frame, flags, station, Story("typical", "2023", "assumed"))


LIGHT = {"ghi": 100.0, "dni": 50.0, "dhi": 80.0}


def test_months_follow_the_local_clock() -> None:
    found = zones.weather(a_year(**LIGHT))
    assert found.months[0] == 0
    assert (np.bincount(found.months)[:2] == [744, 672]).all()
    assert found.altitude == 450.0


def test_what_is_not_there_is_assumed_and_told() -> None:
    bare = zones.weather(a_year(**LIGHT))
    full = zones.weather(a_year(**LIGHT, wind_speed=4.0, sky_infrared=300.0))
    assert len(bare.notes) == 2
    assert full.notes == ()
    assert (full.sky == 300.0).all()
    assert bare.sky[0] == pytest.approx(STEFAN_BOLTZMANN * (10.0 - 11.0 + KELVIN) ** 4)


def test_a_year_without_sunlight_is_refused() -> None:
    with pytest.raises(InputError) as told:
        zones.weather(a_year(ghi=100.0))
    assert [fault.place for fault in told.value.faults] == ["dni", "dhi"]


def test_boundaries_differ_in_wind_and_sky() -> None:
    found = zones.outside(zones.weather(a_year(**LIGHT, wind_speed=4.0, sky_infrared=250.0)), 1.67)
    film, black, sky = found[0, :, 1], found[0, :, 2], found[0, :, 3]
    assert film[zones.ROUGH] > film[zones.SMOOTH] > film[zones.SHELTERED] > 0.0
    assert film[zones.GROUND] == film[zones.NEIGHBOUR] == black[zones.GROUND] == 0.0
    assert sky[zones.ROUGH] == pytest.approx(250.0 - STEFAN_BOLTZMANN * (10.0 + KELVIN) ** 4)
    assert sky[zones.SHELTERED] == 0.0


GOOD = arrays([rooms.box()])
WRONG = {
    "starts": np.array([0, 9]),
    "area": -GOOD.area,
    "conductance": GOOD.conductance[:, :3],
    "capacity": np.full_like(GOOD.capacity, np.nan),
    "boundary": GOOD.boundary + zones.BOUNDARIES,
    "sun_plane": GOOD.sun_plane + 99,
    "sun_starts": GOOD.sun_starts[::-1].copy(),
    "schedule": GOOD.schedule - 9,
    "gains": GOOD.gains[0],
    "infiltration": GOOD.infiltration - 1e6,
}


@pytest.mark.parametrize("name", WRONG)
def test_arrays_that_do_not_fit_are_named_and_not_worked_out(name: str) -> None:
    bad = dc.replace(GOOD, **{name: WRONG[name]})
    assert name in zones.wrong(bad)
    with pytest.raises(ValueError, match=name):
        thermal.simulate(bad, rooms.climate(np.zeros(24)))


def test_described_zones_are_never_wrong() -> None:
    assert zones.wrong(GOOD) == []
