from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from tests.twin.energy import rooms
from twin.energy import surface_heat, thermal, thermal_kernel, zones
from twin.energy.thermal_zone import Schedule, Surface, Values, Window, Zone
from twin.energy.zone_arrays import arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS = 10
COLD = np.zeros(24 * DAYS)
WAVE = 10.0 + 8.0 * np.sin(2.0 * np.pi * np.arange(24 * DAYS) / 24.0)


def run(zone: Zone, of: zones.Weather, **options: object) -> thermal.ThermalRun:
    return thermal.simulate(arrays([zone]), of, **options)  # type: ignore[arg-type]


def by_hand(zone: Zone, wind: float) -> float:
    """Heat loss of a dark room at 20 degC in air of 0 degC, all surfaces solved at once [W]."""
    figure = surface_heat.figures()
    of = arrays([dc.replace(zone, windows=())])
    count = len(of.area)
    film = np.where(of.film >= 0.0, of.film, 0.0)
    for boundary, rough in ((zones.ROUGH, figure["wind.roughness"]), (zones.SHELTERED, None)):
        where = of.boundary == boundary
        film[where] = (
            figure["outside.sheltered"]
            if rough is None
            else surface_heat.outside_convection(np.array([wind]), rough, figure)[0]
        )
    film += of.long_wave[:, 0] * 4.0 * surface_heat.STEFAN_BOLTZMANN * surface_heat.KELVIN**3
    core = 1.0 / ((1.0 / of.conductance).sum(axis=1) + 1.0 / film)
    # Unknown: inner surfaces and mean radiant temperature; air is 20, outside 0.
    matrix, right = np.zeros((count + 1, count + 1)), np.zeros(count + 1)
    for e in range(count):
        matrix[e, e] = core[e] + of.inside[e].sum()
        matrix[e, count] = -of.inside[e, 1]
        right[e] = of.inside[e, 0] * 20.0
        matrix[count, e] = of.area[e] * of.inside[e, 1]
        matrix[count, count] -= of.area[e] * of.inside[e, 1]
    inner = np.linalg.solve(matrix, right)[:-1]
    through = (of.area * of.inside[:, 0] * (20.0 - inner)).sum()
    return float(through + of.infiltration[0] * 20.0)


@pytest.mark.parametrize("layers", [rooms.LIGHT, rooms.HEAVY])
def test_a_steady_room_loses_what_the_hand_calculation_says(layers: object) -> None:
    zone = rooms.box(layers, windows=())
    found = run(zone, rooms.climate(np.zeros(24 * 40)), hourly=True)
    assert found.hourly is not None
    assert found.hourly[0, 0, -1] == pytest.approx(by_hand(zone, 3.0), rel=1e-6)


def test_the_simple_model_is_near_the_network_of_nodes_in_a_steady_room() -> None:
    zone = rooms.box(windows=())
    one, other = (
        run(zone, rooms.climate(COLD), model=model).annual["heating"].iloc[0]
        for model in thermal.MODELS
    )
    assert other == pytest.approx(one, rel=0.1)


@pytest.mark.parametrize("model", thermal.MODELS)
def test_heavy_rooms_swing_less_than_light_ones(model: str) -> None:
    swings = []
    for layers in (rooms.LIGHT, rooms.HEAVY):
        zone = rooms.box(layers, schedule=Schedule())
        found = run(zone, rooms.climate(WAVE, sun=1.0), model=model).annual.iloc[0]
        swings.append(found["warmest"] - found["coldest"])
    assert swings[1] < 0.6 * swings[0]


def test_heavy_rooms_are_warmest_later_in_the_day() -> None:
    peaks = []
    for layers in (rooms.LIGHT, rooms.HEAVY):
        zone = rooms.box(layers, windows=(), schedule=Schedule())
        found = run(zone, rooms.climate(WAVE), hourly=True)
        assert found.hourly is not None
        peaks.append(int(found.hourly[0, 2, -24:].argmax()))
    assert (peaks[1] - peaks[0]) % 24 >= 2


@pytest.mark.parametrize("model", thermal.MODELS)
def test_east_and_west_change_places_with_the_mirrored_sun(model: str) -> None:
    of = rooms.climate(WAVE, sun=1.0, day="2023-06-16")
    mirrored = dc.replace(of, sun=dc.replace(of.sun, azimuth=2.0 * np.pi - of.sun.azimuth))
    found = []
    for side, weather in ((90.0, of), (270.0, mirrored)):
        zone = rooms.box(windows=(Window("w", 10.0, 90.0, side, rooms.CLEAR),))
        found.append(run(zone, weather, model=model).annual.drop(columns="residual"))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("model", thermal.MODELS)
def test_less_insulation_costs_more_heat(model: str) -> None:
    of, needs = rooms.climate(WAVE - 5.0, sky=10.0), []
    for thickness in (0.02, 0.05, 0.1, 0.3):
        layers = ((0.1, 0.6, 1000.0, 1500.0), (thickness, 0.04, 1000.0, 20.0), rooms.LIGHT[2])
        needs.append(run(rooms.box(layers), of, model=model).annual["heating"].iloc[0])
    assert (np.diff(needs) < 0.0).all()


@pytest.mark.parametrize("model", thermal.MODELS)
def test_a_higher_u_value_of_glass_costs_more_heat(model: str) -> None:
    of, needs = rooms.climate(COLD), []
    for u_value in (0.7, 1.3, 2.8, 5.0):
        window = Window("w", 12.0, 90.0, 180.0, Values(u_value, 0.5))
        needs.append(run(rooms.box(windows=(window,)), of, model=model).annual["heating"].iloc[0])
    assert (np.diff(needs) > 0.0).all()


@pytest.mark.parametrize("model", thermal.MODELS)
def test_threads_change_no_bit(model: str) -> None:
    many = arrays([rooms.box(name=f"{k}", infiltration=0.1 * k) for k in range(7)])
    of = rooms.climate(WAVE, sun=1.0)
    runs = [
        thermal.simulate(many, of, model=model, hourly=True, threads=threads)
        for threads in (1, 2, 5)
    ]
    for other in runs[1:]:
        assert other.annual.equals(runs[0].annual)
        assert np.array_equal(other.monthly, runs[0].monthly)
        np.testing.assert_array_equal(other.hourly, runs[0].hourly)


def test_a_ramp_heats_gently_where_a_step_heats_at_once() -> None:
    low = [10.0] * 7 + [20.0] * 16 + [10.0]
    step = rooms.box(schedule=Schedule(heating=low))
    ramp = rooms.box(schedule=Schedule(heating=low, ramp=[7]))
    of = rooms.climate(COLD - 20.0)
    whole, gentle = (run(zone, of, hourly=True) for zone in (step, ramp))
    assert whole.hourly is not None
    assert gentle.hourly is not None
    assert gentle.hourly[0, 0, -17] < whole.hourly[0, 0, -17]
    assert gentle.hourly[0, 2, -17] == pytest.approx(10.0 + 10.0 * 6.5 / 12.0)
    assert gentle.hourly[0, 2, -16] == pytest.approx(20.0)


def test_night_ventilation_cools_and_thin_air_cools_less() -> None:
    nightly = [1.0] * 7 + [0.0] * 11 + [1.0] * 6
    warm = rooms.climate(WAVE + 10.0, sun=1.0, day="2023-07-01")
    plan = Schedule(cooling=(26.0,), ventilation=nightly)
    still, sea, high = (
        run(rooms.box(rooms.HEAVY, schedule=plan, **more), warm).annual["cooling"].iloc[0]
        for more in (
            {},
            {"ventilation": 1500.0},
            {"ventilation": 1500.0, "altitude": 3000.0},
        )
    )
    assert sea < high < still


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ValueError, match="iso52016, 5r1c"):
        run(rooms.box(), rooms.climate(COLD), model="7r2c")


def test_light_of_other_planes_is_refused() -> None:
    with pytest.raises(ValueError, match="needs"):
        run(rooms.box(), rooms.climate(COLD), sun=np.zeros((len(COLD), 3)))


def test_profiles_longer_than_the_weather_are_refused() -> None:
    with pytest.raises(ValueError, match="8760 hours meet weather of 240"):
        run(rooms.box(schedule=Schedule(gains=[1.0] * 8760)), rooms.climate(COLD))


def test_a_week_and_a_day_may_stand_side_by_side() -> None:
    week = Schedule(heating=[21.0] * 168, gains=[0.0] * 24)
    day = Schedule(heating=[21.0] * 24)
    found = [run(rooms.box(schedule=plan), rooms.climate(COLD)) for plan in (week, day)]
    assert found[0].annual.equals(found[1].annual)


def test_described_zones_are_taken_as_they_are() -> None:
    described, weather = [rooms.box()], rooms.climate(COLD, sun=1.0)
    found = thermal.simulate(described, weather).annual
    assert found.equals(thermal.simulate(arrays(described), weather).annual)
    with pytest.raises(InputError, match="volume is not above 0"):
        thermal.simulate([rooms.box(volume=-1.0)], weather)


def test_both_models_side_by_side() -> None:
    of, weather = arrays([rooms.box()]), rooms.climate(COLD, sun=1.0)
    found = thermal.side_by_side(of, weather).loc["box"]
    for model in thermal.MODELS:
        alone = thermal.simulate(of, weather, model=model).annual.loc["box"]
        assert found["heating", model] == alone["heating"]
        assert found["warmest", model] == alone["warmest"]


def test_months_sum_to_the_year_and_hours_to_months() -> None:
    found = run(rooms.box(), rooms.climate(COLD, sun=1.0), hourly=True)
    assert found.hourly is not None
    assert found.monthly[0].sum(axis=1) == pytest.approx(found.annual.iloc[0, :2].to_numpy(float))
    assert found.hourly[0, :2].sum(axis=1) / 1e3 == pytest.approx(found.monthly[0].sum(axis=1))


LAYER = st.tuples(
    st.floats(0.005, 0.4), st.floats(0.02, 3.0), st.floats(0.0, 2000.0), st.floats(0.0, 2500.0)
)


@st.composite
def surfaces(draw: st.DrawFn) -> tuple[Surface, ...]:
    def one(number: int) -> Surface:
        return Surface(
            f"{number}",
            draw(st.floats(0.5, 500.0)),
            draw(st.floats(0.0, 180.0)),
            draw(st.floats(0.0, 360.0)),
            tuple(draw(st.lists(LAYER, min_size=1, max_size=3))),
            draw(st.sampled_from(["air", "sheltered", "ground", "neighbour"])),
            emissivity_inside=draw(st.floats(0.05, 1.0)),
        )

    return tuple(one(number) for number in range(draw(st.integers(2, 6))))


@settings(max_examples=40)
@given(
    parts=surfaces(),
    u_value=st.floats(0.4, 6.0),
    volume=st.floats(1.0, 5000.0),
    leak=st.floats(0.0, 5.0),
    heating=st.one_of(st.none(), st.floats(5.0, 22.0)),
    gain=st.floats(0.0, 3000.0),
    model=st.sampled_from(thermal.MODELS),
)
def test_any_room_has_numbers_and_a_closed_balance(
    parts: tuple[Surface, ...],
    u_value: float,
    volume: float,
    leak: float,
    heating: float | None,
    gain: float,
    model: str,
) -> None:
    zone = rooms.box(
        surfaces=parts,
        windows=(Window("w", 3.0, 90.0, 200.0, Values(u_value, 0.6)),),
        volume=volume,
        infiltration=leak,
        gains_convective=gain / 2.0,
        gains_radiative=gain / 2.0,
        schedule=Schedule(heating=None if heating is None else [heating] * 24, cooling=(28.0,)),
    )
    found = run(zone, SUNNY, model=model, hourly=True)
    assert np.isfinite(found.annual.to_numpy()).all()
    assert np.isfinite(found.hourly).all()  # type: ignore[arg-type]
    assert abs(found.annual["residual"].iloc[0]) < 1e-6


SUNNY = rooms.climate(WAVE, sun=1.0, sky=12.0)


def lit(of: zones.Zones, light: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Light on the outer and on the inner side of elements [W m-2], and into the room [W]."""
    sunny, through = np.zeros((len(of.area), 2)), 0.0
    for e in range(len(of.area)):
        for j in range(of.sun_starts[e], of.sun_starts[e + 1]):
            columns = of.sun_weight[j] * light[3 * of.sun_plane[j] : 3 * of.sun_plane[j] + 3]
            sunny[e, 0] += columns[0]
            if of.glass[e]:
                sunny[e, 1] += columns[1]
                through += columns[2] * of.area[e]
    return sunny, through


def dense(of: zones.Zones, weather: zones.Weather) -> NDArray[np.float64]:
    """The same zone by one large matrix per hour: heat and cold [W], air [degC] of each hour."""
    light, out = thermal.sun_table(of, weather), zones.outside(weather, 1.67)
    figure, hours, count = surface_heat.figures(), len(weather.temperature), len(of.area)
    size = 5 * count + 2
    state, found = np.full(size, thermal_kernel.START), np.zeros((3, hours))
    warm = min(int(24 * figure["run.warm_days"]), hours)
    for clock in range(-warm, hours):
        hour = clock % hours
        slot = hour % of.profiles.shape[1]
        matrix, right = np.zeros((size, size)), np.zeros(size)
        air, radiant = size - 2, size - 1
        sunny, through = lit(of, light[hour])
        for e in range(count):
            at, size_e = 5 * e, of.area[e]
            mean = (state[at] + state[at + 4]) / 2.0
            steer = of.slope[e] * (mean - figure["glass.gap_temperature"])
            for k in range(5):
                stored = size_e * of.capacity[e, k] / 3600.0
                matrix[at + k, at + k] += stored
                right[at + k] += stored * state[at + k]
            pairs = [(at + k, at + k + 1, size_e * of.conductance[e, k]) for k in range(4)]
            pairs += [(at, at + 4, size_e * steer), (at + 4, air, size_e * of.inside[e, 0])]
            pairs += [(at + 4, radiant, size_e * of.inside[e, 1])]
            for one, other, link in pairs:
                matrix[[one, other], [one, other]] += link
                matrix[one, other] -= link
                matrix[other, one] -= link
            where = out[hour, of.boundary[e]]
            film = of.film[e] if of.film[e] >= 0.0 else where[1]
            film += of.long_wave[e, 0] * where[2]
            matrix[at, at] += size_e * film
            right[at] += size_e * (film * where[0] + of.long_wave[e, 1] * where[3] + sunny[e, 0])
            right[at + 4] += size_e * sunny[e, 1] + of.absorbs[e] * through
        value = of.profiles[of.schedule[0], slot]
        exchange = of.infiltration[0] * value[4] + of.ventilation[0] * value[2]
        held = of.air_capacity[0] / 3600.0
        matrix[air, air] += held + exchange
        right[air] += held * state[air] + exchange * out[hour, 0, 0] + value[3] * of.gains[0, 0]
        right[radiant] += value[3] * of.gains[0, 1]
        free = np.linalg.solve(matrix, right)
        wanted = min(max(free[air], value[0]), value[1])
        power = 0.0
        if wanted != free[air]:
            fixed, known = matrix.copy(), right.copy()
            fixed[air, :] = 0.0
            fixed[air, air], known[air] = 1.0, wanted
            free = np.linalg.solve(fixed, known)
            power = matrix[air] @ free - right[air]
        state = free
        if clock >= 0:
            found[:, hour] = max(power, 0.0), max(-power, 0.0), state[air]
    return found


def test_the_kernel_is_the_same_as_one_large_matrix() -> None:
    hours = 24 * 4
    temperature = 5.0 + 9.0 * np.sin(2.0 * np.pi * np.arange(hours) / 24.0)
    weather = rooms.climate(temperature, sun=1.0, sky=9.0, day="2023-04-01")
    day = [1.0] * 8 + [0.0] * 16
    zone = rooms.box(
        (rooms.HEAVY[0], (0.03, 0.6, 1000.0, 1600.0)),
        gains_convective=100.0,
        gains_radiative=150.0,
        ventilation=300.0,
        schedule=Schedule(heating=[18.0] * 6 + [21.0] * 18, cooling=(22.0,), ventilation=day),
    )
    of = arrays([zone])
    found = thermal.simulate(of, weather, hourly=True)
    assert found.hourly is not None
    expected = dense(of, weather)
    assert expected[0].max() > 0.0
    assert expected[1].max() > 0.0
    np.testing.assert_allclose(found.hourly[0], expected, rtol=1e-8, atol=1e-6)
