from __future__ import annotations

import numpy as np
import pytest

from twin.energy import monthly, solar_thermal

FIGURE = solar_thermal.figures()
HOURS = np.full(12, 730.0)


def share(area: float, sun: float = 120.0, air: float = 12.0, water: float = 2400.0) -> float:
    found = solar_thermal.fraction(
        np.array([area]), np.array([water]), np.full(12, sun), np.full(12, air), HOURS, FIGURE
    )
    return float(found[0, 0])


def test_a_month_by_hand() -> None:
    # 4 m2, 200 kWh of hot water, 120 kWh/m2 of sun, 12 degC, 730 h.
    correction = 11.6 + 1.18 * 50 + 3.86 * 10 - 2.32 * 12
    x = 4 * 4 * correction * 730 / 1000 / 200
    y = 4 * 0.76 * 120 / 200
    expected = 1.029 * y - 0.065 * x - 0.245 * y**2 + 0.0018 * x**2 + 0.0215 * y**3
    assert share(4.0) == pytest.approx(expected)
    assert 0.5 < expected < 1.0


def test_more_sun_and_warmer_air_never_give_less() -> None:
    assert share(4.0, sun=60.0) < share(4.0, sun=100.0) < share(4.0, sun=140.0)
    assert share(4.0, air=0.0) < share(4.0, air=15.0)


@pytest.mark.parametrize(("area", "sun"), [(0.0, 120.0), (np.nan, 120.0), (5.0, 0.0)])
def test_without_collectors_or_sun_nothing_is_heated(area: float, sun: float) -> None:
    assert share(area, sun=sun) == 0.0


def test_no_more_than_all_of_it() -> None:
    assert share(8.0, sun=160.0, air=20.0) <= 1.0
    assert share(4.0, water=0.0) == 0.0


def test_a_usual_house_in_the_middle_of_europe_gets_about_half() -> None:
    sun = np.array([35, 55, 95, 125, 145, 145, 155, 145, 110, 75, 40, 30], dtype=float)
    air = np.array([0, 1, 5, 9, 14, 17, 19, 18, 15, 10, 4, 1], dtype=float)
    found = solar_thermal.fraction(
        np.array([4.5]), np.array([2500.0]), sun, air, np.asarray(monthly.HOURS, float), FIGURE
    )
    assert 0.4 < float(found[0].mean()) < 0.75
    assert found[0, 6] > found[0, 0]
