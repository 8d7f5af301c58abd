from __future__ import annotations

import numpy as np
import pytest

from twin.energy import heat_pumps

FIGURE = heat_pumps.figures()


def test_the_regression_at_one_point_by_hand() -> None:
    # Lift of 40 K: 6.0801 - 0.0941 x 40 + 0.0005 x 1600 = 3.1161; in houses 85 % of it.
    found = heat_pumps.cop(np.array([40.0]), heat_pumps.AIR, FIGURE)
    assert found[0] == pytest.approx(0.85 * 3.1161)
    brine = heat_pumps.cop(np.array([40.0]), heat_pumps.GROUND, FIGURE)
    assert brine[0] == pytest.approx(0.85 * (10.288 - 0.2084 * 40 + 0.0012 * 1600))


def test_small_lifts_count_as_fifteen_kelvin_and_huge_ones_as_a_heater() -> None:
    found = heat_pumps.cop(np.array([-5.0, 15.0, 90.0]), heat_pumps.AIR, FIGURE)
    assert found[0] == found[1]
    assert found[2] == pytest.approx(max(1.0, 0.85 * (6.0801 - 0.0941 * 90 + 0.0005 * 8100)))


@pytest.mark.parametrize(("flow", "curve"), [(55.0, (40.0, 1.0)), (37.5, (30.0, 0.5))])
def test_the_heating_curves_of_the_paper_are_special_cases(
    flow: float, curve: tuple[float, float]
) -> None:
    outdoor = np.array([-15.0, -5.0, 0.0, 10.0, 20.0])
    rise = heat_pumps.slope(np.array(flow), -15.0, FIGURE)
    expected = curve[0] - curve[1] * outdoor
    assert heat_pumps.flow_temperature(outdoor, rise, FIGURE) == pytest.approx(expected)


def test_above_twenty_degrees_the_flow_stays() -> None:
    rise = heat_pumps.slope(np.array(55.0), -15.0, FIGURE)
    assert heat_pumps.flow_temperature(np.array([25.0]), rise, FIGURE)[0] == 20.0


def test_a_colder_source_never_helps() -> None:
    outdoor = np.linspace(-20.0, 15.0, 50)
    rise = heat_pumps.slope(np.array(55.0), -15.0, FIGURE)
    lift = heat_pumps.flow_temperature(outdoor, rise, FIGURE) - outdoor
    assert (np.diff(heat_pumps.cop(lift, heat_pumps.AIR, FIGURE)) >= 0.0).all()


def test_cooling_units_are_rated_at_thirty_five_degrees() -> None:
    found = heat_pumps.eer(np.array([25.0, 35.0]), FIGURE)
    kind = heat_pumps.COOLERS.index("room_units")
    assert found[kind, 1] == FIGURE["eer.room_units.35"]
    assert found[kind, 0] == pytest.approx(3.2 + 0.9)
    assert (found[0] == 1.0).all()


def test_sources_are_air_brine_and_groundwater() -> None:
    found = heat_pumps.source_temperatures(np.array([3.0]), np.array([9.0]), FIGURE)
    assert found[:, 0].tolist() == [3.0, 4.0, 5.0]
