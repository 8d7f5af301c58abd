from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.twin.energy import rooms
from twin.energy import simple_hourly, thermal, zones
from twin.energy.thermal_zone import Schedule, Values, Window
from twin.energy.zone_arrays import arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS = 24 * 6
AIR = 4.0 + 9.0 * np.sin(2.0 * np.pi * np.arange(HOURS) / 24.0)


def equations(of: zones.Zones, weather: zones.Weather) -> NDArray[np.float64]:
    """The three balances of air, surface and mass as they stand, solved by matrix each hour."""
    outside, light = zones.outside(weather, 1.67), thermal.sun_table(of, weather)
    room, element = (part[0] if part.shape[0] == 1 else part
                     for part in simple_hourly.constants(of, outside))  # fmt: skip
    to_air, to_glass, to_mass, to_solid, capacity, reach = room[:6]
    mass, found = 20.0, np.zeros((3, HOURS))
    solid = element[~of.glass, 0].sum()
    for clock in range(-HOURS, HOURS):
        hour = clock % HOURS
        value = of.profiles[of.schedule[0], hour % of.profiles.shape[1]]
        sun, by_solid, by_glass = 0.0, 0.0, 0.0
        for e, (loss, film, share, sky) in enumerate(element):
            where = outside[hour, of.boundary[e]]
            power = loss * (where[0] + film * sky * where[3])
            for j in range(of.sun_starts[e], of.sun_starts[e + 1]):
                outer, inner, through = light[hour, 3 * of.sun_plane[j] :][:3] * of.sun_weight[j]
                power += loss * film * outer
                sun += of.area[e] * (through + share * inner) if of.glass[e] else 0.0
            by_glass, by_solid = (
                (by_glass + power, by_solid) if of.glass[e] else (by_glass, by_solid + power)
            )
        exchange = room[6] * value[4] + room[7] * value[2]
        radiation = sun + value[3] * room[9]
        matrix = np.array(
            [
                [to_air + exchange, -to_air, 0.0],
                [-to_air, to_air + to_glass + to_mass, -to_mass],
                [0.0, -to_mass, to_mass + to_solid + 2.0 * capacity / 3600.0],
            ]
        )
        right = np.array(
            [
                exchange * outside[hour, 0, 0] + value[3] * room[8],
                by_glass + (1.0 - reach) * radiation,
                to_solid / solid * by_solid + reach * radiation + 2.0 * capacity / 3600.0 * mass,
            ]
        )
        free = np.linalg.solve(matrix, right)
        air = min(max(free[0], value[0]), value[1])
        rest = np.linalg.solve(matrix[1:, 1:], right[1:] - matrix[1:, 0] * air)
        power = matrix[0] @ np.array([air, *rest]) - right[0] if air != free[0] else 0.0
        mass = 2.0 * rest[1] - mass
        if clock >= 0:
            found[:, hour] = max(power, 0.0), max(-power, 0.0), air
    return found


def test_the_kernel_solves_the_three_balances() -> None:
    weather = rooms.climate(AIR, sun=1.0, sky=8.0, day="2023-04-10")
    plan = Schedule(
        heating=[17.0] * 6 + [21.0] * 18, cooling=(22.0,), ventilation=[1.0] * 8 + [0.0] * 16
    )
    zone = rooms.box(
        rooms.LIGHT, schedule=plan, ventilation=200.0, gains_convective=90.0, gains_radiative=150.0
    )
    of = arrays([zone])
    found = thermal.simulate(of, weather, model=thermal.SIMPLE, hourly=True)
    assert found.hourly is not None
    expected = equations(of, weather)
    assert (expected[:2].max(axis=1) > 0.0).all()
    np.testing.assert_allclose(found.hourly[0], expected, rtol=1e-9, atol=1e-7)


def test_a_steady_room_loses_by_u_value_and_area() -> None:
    # Without windows: air, surface, mass and outside in series, and the air itself.
    zone = rooms.box(windows=())
    of, weather = arrays([zone]), rooms.climate(np.zeros(24 * 40))
    outside = zones.outside(weather, 1.67)
    (room,), element = simple_hourly.constants(of, outside)
    chain = 1.0 / (1.0 / room[0] + 1.0 / room[2] + 1.0 / room[3])
    found = thermal.simulate(of, weather, model=thermal.SIMPLE, hourly=True)
    assert found.hourly is not None
    assert found.hourly[0, 0, -1] == pytest.approx(20.0 * (chain + room[6]), rel=1e-6)
    assert 1.0 / (1.0 / room[2] + 1.0 / room[3]) == pytest.approx(element[:, 0].sum())


def test_a_room_without_mass_still_loses_all_its_heat() -> None:
    layers = ((0.05, 0.04, 0.0, 0.0),)
    of = arrays([rooms.box(layers, windows=(Window("w", 1.0, 90.0, 0.0, Values(1.0, 0.5)),))])
    (room,), element = simple_hourly.constants(of, zones.outside(rooms.climate(AIR), 1.67))
    assert 1.0 / (1.0 / room[2] + 1.0 / room[3]) == pytest.approx(element[:-1, 0].sum())
    assert 0.0 < room[5] <= 1.0
