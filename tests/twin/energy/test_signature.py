from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import tables
from twin.energy import signature

DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)
AIR = np.array([-1, 0, 4, 9, 14, 17, 19, 18, 14, 9, 4, 0], dtype=float)
FIGURES = tables.figures("energy_fit", "twin.data")


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 30.0), st.floats(0.5, 10.0), st.sampled_from([12.0, 15.0, 17.25]))
def test_a_signature_is_found_again(base: float, slope: float, balance: float) -> None:
    energy = (base + slope * np.maximum(balance - AIR, 0.0)) * DAYS
    found = signature.signature(energy, AIR, DAYS)
    assert found.energy(AIR, DAYS) == pytest.approx(energy.sum(), rel=1e-6)
    assert found.slope == pytest.approx(slope, rel=1e-6)
    assert found.error < 1e-6


def test_a_cold_year_is_brought_to_normal_weather() -> None:
    cold = AIR - 2.0
    energy = (5.0 + 3.0 * np.maximum(15.0 - cold, 0.0)) * DAYS
    found = signature.signature(energy, cold, DAYS)
    normal = float(((5.0 + 3.0 * np.maximum(15.0 - AIR, 0.0)) * DAYS).sum())
    assert found.energy(AIR, DAYS) == pytest.approx(normal, rel=1e-6)
    assert normal < energy.sum()


def test_some_winter_months_stand_for_a_year() -> None:
    energy = (5.0 + 3.0 * np.maximum(15.0 - AIR, 0.0)) * DAYS
    some = [0, 1, 2, 3, 5, 9]
    found = signature.signature(energy[some], AIR[some], DAYS[some])
    assert found.energy(AIR, DAYS) == pytest.approx(energy.sum(), rel=0.02)


def test_guideline_14_by_hand() -> None:
    measured, foretold = np.array([100.0, 200.0, 300.0]), np.array([90.0, 210.0, 270.0])
    # Sum of differences 30 over (3 - 1) x 200; squares 100 + 100 + 900 over 2.
    assert signature.nmbe(measured, foretold) == pytest.approx(30 / 400)
    assert signature.cv_rmse(measured, foretold) == pytest.approx(np.sqrt(1100 / 2) / 200)


@pytest.mark.parametrize(
    ("bias", "scatter", "step", "held"),
    [(0.05, 0.15, "month", True), (-0.06, 0.1, "month", False), (0.0, 0.16, "month", False),
     (-0.1, 0.3, "hour", True), (0.1, 0.31, "hour", False)],
)  # fmt: skip
def test_limits_are_those_of_the_guideline(
    bias: float, scatter: float, step: str, held: bool
) -> None:
    assert signature.within(FIGURES, bias, scatter, step) is held


def test_three_months_are_too_few() -> None:
    with pytest.raises(ValueError, match="four months"):
        signature.signature(AIR[:3], AIR[:3], DAYS[:3])
