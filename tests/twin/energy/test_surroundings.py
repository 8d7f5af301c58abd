from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.energy import rooms
from twin.energy import facade_sun, surroundings, thermal, zones
from twin.energy.surface_heat import KELVIN, STEFAN_BOLTZMANN
from twin.energy.surroundings import NEVER, OPEN, SECTORS, Surroundings
from twin.energy.thermal_zone import Schedule, Values, Window

if TYPE_CHECKING:
    from twin.energy.zones import Weather, Zones

SUMMER = rooms.climate(
    22.0 + 7.0 * np.sin((np.arange(240) - 9) / 24.0 * 2.0 * np.pi), sun=1.0, day="2023-07-01"
)
FIGURE = {"comfort.slope": 0.33, "comfort.base": 18.8, "comfort.band": 3.0, "comfort.low": 10.0,
          "comfort.high": 30.0, "summer.running_mean": 15.0}  # fmt: skip
FREE = Schedule()


def room(**changes: Any) -> Zones:
    windows = (Window("s", 12.0, 90.0, 180.0, Values(1.3, 0.6)),)
    return rooms.lumped(rooms.box(rooms.HEAVY, windows=windows, schedule=FREE, **changes))


def plain(of: Zones, weather: Weather) -> Surroundings:
    """Surroundings that change nothing."""
    hours, parts, count = len(weather.temperature), len(of.sun_plane), len(of)
    return Surroundings(
        row=np.full(parts, OPEN), horizon=np.zeros((0, SECTORS), np.float32), seen=np.zeros(0),
        shut=np.ones(count), flow=np.zeros((count, 2)), opens=np.full((count, 2), NEVER),
        cooler=np.zeros(count), kind=np.zeros(count, dtype=np.int64),
        limits=np.full((1, hours), 26.0), season=np.ones(hours), dark=np.zeros(hours), bright=300.0,
    )  # fmt: skip


def year(of: Zones, weather: Weather = SUMMER, model: str = thermal.ISO_52016) -> Any:
    return thermal.simulate(of, weather, model=model, hourly=True)


def with_around(of: Zones, weather: Weather = SUMMER, **changes: Any) -> Zones:
    return dc.replace(of, around=dc.replace(plain(of, weather), **changes))


@pytest.mark.parametrize("model", thermal.MODELS)
def test_surroundings_without_anything_change_nothing(model: str) -> None:
    one, other = year(room(), model=model), year(with_around(room()), model=model)
    np.testing.assert_array_equal(one.hourly, other.hourly)


def horizons(of: Zones, height: float, seen: float) -> dict[str, Any]:
    parts = len(of.sun_plane)
    return {
        "row": np.arange(parts), "horizon": np.full((parts, SECTORS), height, np.float32),
        "seen": np.full(parts, seen),
    }  # fmt: skip


@pytest.mark.parametrize("model", thermal.MODELS)
def test_a_horizon_below_the_ground_shades_nothing(model: str) -> None:
    of = room()
    open_sky = year(of, model=model)
    low = year(with_around(of, **horizons(of, -1.0, 1.0)), model=model)
    np.testing.assert_allclose(low.hourly, open_sky.hourly, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("model", thermal.MODELS)
def test_a_wall_around_leaves_the_light_of_the_sky_only(model: str) -> None:
    of = room()
    dark = dc.replace(SUMMER, sun=dc.replace(SUMMER.sun, dni=SUMMER.sun.dni * 0.0, glow=0.0))
    walled = year(with_around(of, **horizons(of, 90.0, 1.0)), model=model)
    # The ground is lit as before: its light depends on the global one.
    np.testing.assert_allclose(walled.hourly, year(of, dark, model).hourly, rtol=1e-9, atol=1e-9)
    assert walled.annual["sunlight"].iloc[0] < year(of, model=model).annual["sunlight"].iloc[0]


@given(seed=st.integers(0, 2**32 - 1))
def test_shaded_light_is_that_of_numpy(seed: int) -> None:
    draw = np.random.default_rng(seed)
    of = room()
    parts = len(of.sun_plane)
    horizon = draw.uniform(-5.0, 80.0, (parts, SECTORS)).astype(np.float32)
    seen, shut = draw.uniform(0.0, 1.0, parts), draw.uniform(0.1, 1.0)
    season = (draw.uniform(size=240) > 0.5).astype(np.float64)
    shaded = with_around(
        of, row=np.arange(parts), horizon=horizon, seen=seen, shut=np.array([shut]),
        season=season, bright=100.0,
    )  # fmt: skip
    found = year(shaded)
    light, even = (
        make(of.planes, of.glazings, SUMMER.sun, 0.2)
        for make in (facade_sun.table, facade_sun.diffuse_table)
    )
    height, sector = surroundings.positions(SUMMER.sun)
    owner = np.repeat(np.arange(len(of.area)), np.diff(of.sun_starts))
    outer, inner = np.zeros(240), np.zeros(240)
    for part in range(parts):
        free = height > horizon[part, sector]
        e = owner[part]
        for column in range(3):
            at = 3 * of.sun_plane[part] + column
            value = seen[part] * even[:, at] + np.where(free, light[:, at] - even[:, at], 0.0)
            if of.glass[e]:
                value = np.where((season > 0.0) & (value > 100.0), shut * value, value)
            size = of.area[e] * of.sun_weight[part] * value
            if column == 0:
                outer += size
            elif of.glass[e]:
                inner += size if column == 1 else size * of.absorbs.sum()
    assert found.annual["sunlight"].iloc[0] == pytest.approx((outer + inner).sum() / 1000.0)
    assert abs(found.annual["residual"].iloc[0]) < 1e-12


@pytest.mark.parametrize("model", thermal.MODELS)
def test_open_windows_cool_when_it_is_cooler_outside(model: str) -> None:
    of = room()
    opens = np.array([[23.0, 23.0]])
    aired = year(with_around(of, flow=np.array([[300.0, 300.0]]), opens=opens), model=model)
    shut = year(of, model=model)
    assert aired.annual["warmest"].iloc[0] < shut.annual["warmest"].iloc[0] - 2.0
    assert abs(aired.annual["residual"].iloc[0]) < 1e-12
    # Nobody opens a window to let heat in, or where it is cool.
    winter = rooms.climate(np.zeros(240), sun=0.0)
    warm = with_around(of, winter, flow=np.array([[300.0, 300.0]]), opens=opens)
    np.testing.assert_array_equal(year(warm, winter, model).hourly, year(of, winter, model).hourly)


def test_night_and_day_have_their_own_windows() -> None:
    of, dark = room(), surroundings.nights(0, 240)
    opens, flow = np.array([[20.0, 20.0]]), np.array([[0.0, 300.0]])
    by_night = year(with_around(of, flow=flow, opens=opens, dark=dark)).hourly[0, 2]
    never = year(of).hourly[0, 2]
    # Over the days the nights cool the heavy walls too.
    assert (by_night[120:] < never[120:]).all()
    assert dark[:7].all()
    assert not dark[7:21].any()


@pytest.mark.parametrize("model", thermal.MODELS)
def test_trees_cool_the_air_around(model: str) -> None:
    of = room()
    cooler = year(with_around(of, cooler=np.array([-2.0])), model=model)
    # The sky above cooler air is cooler too.
    kelvin = SUMMER.temperature + KELVIN
    sky = SUMMER.sky + STEFAN_BOLTZMANN * ((kelvin - 2.0) ** 4 - kelvin**4)
    shifted = dc.replace(SUMMER, temperature=SUMMER.temperature - 2.0, sky=sky)
    by_air = year(of, shifted, model).annual["mean"].iloc[0]
    mean, before = (run.annual["mean"].iloc[0] for run in (cooler, year(of, model=model)))
    assert mean < before - 1.0
    assert mean == pytest.approx(by_air, abs=0.15)


def test_limits_of_comfort_are_those_of_the_hour() -> None:
    of, limits = room(), np.full((1, 240), NEVER)
    operative = year(of)
    limits[0, 100:150] = -10.0
    counted = year(with_around(of, limits=limits)).annual["warm_hours"].iloc[0]
    assert counted == 50.0
    assert operative.annual["warm_hours"].iloc[0] > 0.0


def test_the_running_mean_follows_the_days_before() -> None:
    days = np.array([10.0] * 20 + [20.0] + [10.0] * 19)
    found = surroundings.running_mean(np.repeat(days, 24), 0.8)[::24]
    assert found[20] == pytest.approx(10.0, abs=0.05)
    assert found[21] == pytest.approx(12.0, abs=0.05)
    assert found[22] == pytest.approx(11.6, abs=0.05)


def test_adaptive_comfort_by_hand() -> None:
    found = surroundings.adaptive_limit(np.array([5.0, 20.0, 35.0]), FIGURE)
    np.testing.assert_allclose(found, [25.1, 28.4, 31.7])


def test_where_the_sun_stands() -> None:
    height, sector = surroundings.positions(SUMMER.sun)
    # London's longitude, the first of July: noon in the south, 63 degrees high.
    assert height[12] == pytest.approx(63.0, abs=1.0)
    assert sector[11] in {16, 17}
    assert sector[12] in {18, 19}
    assert (height[:3] == -90.0).all()


def test_wrong_surroundings_are_named() -> None:
    of = room()
    bad = with_around(of, row=np.full(len(of.sun_plane), 4), shut=np.array([np.nan]))
    assert zones.wrong(bad) == ["row", "shut"]
    with pytest.raises(ValueError, match="row, shut"):
        year(bad)
