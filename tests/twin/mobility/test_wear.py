from __future__ import annotations

import numpy as np
import pytest

from layers import tables
from twin.mobility import wear

FIGURES = tables.figures("nonexhaust")
VEHICLES = ("car", "van", "lorry", "bus")


def test_a_car_at_50_km_h_by_hand() -> None:
    found = wear.particles(np.array([50.0]), "car", FIGURES)
    tyre = 0.0107 * (1.78 - 0.00974 * 50)
    brake = 0.0075 * (2.75 - 0.027 * 50)
    assert found["pm10"][0] == pytest.approx(0.6 * tyre + 0.98 * brake + 0.5 * 0.015, rel=1e-12)
    assert found["pm25"][0] == pytest.approx(0.42 * tyre + 0.39 * brake + 0.27 * 0.015, rel=1e-12)


def test_heavy_vehicles_follow_the_guidebooks_formulas_for_half_a_load() -> None:
    assert FIGURES["lorry.tyre"] == pytest.approx((1.41 + 1.38 * 0.5) * 0.0107, rel=1e-4)
    assert FIGURES["bus.brake"] == pytest.approx(3.13 * (1 + 0.79 * 0.5) * 0.0075, rel=1e-4)


def test_the_factors_are_constant_at_both_ends_and_one_for_the_road() -> None:
    slow, fast = np.array([1.0, 39.9]), np.array([95.1, 200.0])
    for part, below, above in (("tyre", 1.39, 0.902), ("brake", 1.67, 0.185), ("road", 1.0, 1.0)):
        assert (wear.speed_factor(slow, part, FIGURES) == below).all()
        assert (wear.speed_factor(fast, part, FIGURES) == above).all()


@pytest.mark.parametrize("part", wear.PARTS)
def test_the_factor_is_nearly_continuous_and_falls_with_speed(part: str) -> None:
    speed = np.arange(5.0, 150.0, 0.5)
    steps = np.diff(wear.speed_factor(speed, part, FIGURES))
    # The guidebook's constants meet the line between them to three decimals only.
    assert (steps <= 0.5e-3).all()
    assert np.abs(steps).max() < 0.02


@pytest.mark.parametrize("vehicle", VEHICLES)
def test_fine_particles_are_part_of_the_coarse(vehicle: str) -> None:
    speed = np.arange(5.0, 130.0, 5.0)
    for electric in (False, True):
        found = wear.particles(speed, vehicle, FIGURES, electric=electric)
        assert (found["pm25"] > 0.0).all()
        assert (found["pm25"] < found["pm10"]).all()


def test_an_electric_car_wears_tyres_more_and_brakes_less() -> None:
    slow, fast = np.array([20.0]), np.array([120.0])
    for speed, less in ((slow, True), (fast, False)):
        own = wear.particles(speed, "car", FIGURES)["pm10"]
        electric = wear.particles(speed, "car", FIGURES, electric=True)["pm10"]
        assert (electric < own).all() == less
