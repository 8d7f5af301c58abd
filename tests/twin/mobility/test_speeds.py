from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.mobility.test_junction_control import cross
from twin.mobility import speeds
from twin.mobility.parameters import mobility_parameters

ROADS = mobility_parameters("DK").roads
SPEED = st.floats(10, 130)


def after(mean: float, limit: float, new: float, *, rebuilt: bool = False) -> float:
    """Mean speed of one street after a change of its limit."""
    before, sign, then = (np.array([value]) for value in (mean, limit, new))
    return float(speeds.mean_after_limit(before, sign, then, ROADS, rebuilt=rebuilt)[0])


def test_a_sign_alone_moves_the_mean_by_a_quarter_of_the_change() -> None:
    # 50 to 30: five km/h less; 80 to 90: two and a half more (Vadeby and Forsman 2014).
    assert after(50, 50, 30) == pytest.approx(45.0)
    assert after(78, 80, 90) == pytest.approx(80.5)


def test_building_moves_it_more() -> None:
    assert after(50, 50, 30, rebuilt=True) == pytest.approx(34.0)


@given(SPEED, SPEED, SPEED)
def test_the_mean_follows_the_sign_and_never_further(mean: float, limit: float, new: float) -> None:
    for rebuilt in (False, True):
        found = after(mean, limit, new, rebuilt=rebuilt)
        assert found >= 1.0
        assert (found - mean) * (new - limit) >= 0.0
        assert abs(found - mean) <= abs(new - limit) + 1e-9


def test_measured_speeds_go_before_signs() -> None:
    streets, _ = cross({(2, 1): {}, (1, 3): {}})
    streets["mean_speed_kph"] = [41.0, np.nan]
    assert speeds.mean_speed(streets, ROADS).tolist() == [41.0, 50.0]
    assert speeds.mean_speed(streets, replace(ROADS, mean_share=0.9)).tolist() == [41.0, 45.0]


def test_two_limits_one_after_the_other_are_like_one() -> None:
    assert after(after(50, 50, 40), 40, 30) == pytest.approx(after(50, 50, 30))
