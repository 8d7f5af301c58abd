from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.twin.mobility import travel
from twin.mobility import choice
from twin.mobility.choice import CAR_NEST, MODES, NESTS, Skims

UTILITIES = hnp.arrays(
    np.float64, (len(MODES), 3), elements=st.floats(-30.0, 30.0, allow_subnormal=False)
)
ONES = np.ones(CAR_NEST + 1)


def scaled(car: float) -> np.ndarray:
    return np.where(np.arange(CAR_NEST + 1) == CAR_NEST, car, 1.0)


def test_logit_by_hand() -> None:
    # Utilities ln 1, ln 2, ln 5: shares 1/8, 2/8, 5/8; logsum ln 8.
    utility = np.log([[1.0], [2.0], [5.0]])
    np.testing.assert_allclose(choice.logit(utility)[:, 0], [1 / 8, 2 / 8, 5 / 8], rtol=1e-15)
    np.testing.assert_allclose(choice.logsum(utility), [np.log(8.0)], rtol=1e-15)


def test_nested_logit_by_hand() -> None:
    # A bus alone (utility ln 3), a car nest of scale 1/2 with utilities ln 1 and ln 2:
    # nest = 1/2 ln(1 + 4) = ln sqrt 5; car = sqrt 5 / (3 + sqrt 5); driver 4/5 of it.
    utility = np.log([[3.0], [2.0], [1.0]])
    found = choice.nested(utility, np.array([0, 1, 1]), np.array([1.0, 0.5]))
    car = np.sqrt(5.0) / (3.0 + np.sqrt(5.0))
    np.testing.assert_allclose(found[:, 0], [1.0 - car, 0.8 * car, 0.2 * car], rtol=1e-14)


@given(UTILITIES)
def test_nests_of_scale_one_are_no_nests(utility: np.ndarray) -> None:
    np.testing.assert_allclose(
        choice.nested(utility, NESTS, ONES), choice.logit(utility), rtol=1e-12, atol=1e-300
    )


@given(UTILITIES, st.floats(0.1, 1.0))
def test_shares_sum_to_one_whatever_the_nest(utility: np.ndarray, scale: float) -> None:
    shares = choice.nested(utility, NESTS, scaled(scale))
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, rtol=1e-12)
    assert (shares >= 0.0).all()


@given(UTILITIES, st.integers(0, len(MODES) - 1), st.floats(0.01, 5.0), st.floats(0.1, 1.0))
def test_a_better_mode_gains_and_all_are_better_off(
    utility: np.ndarray, mode: int, gain: float, scale: float
) -> None:
    better = utility.copy()
    better[mode] += gain
    before, after = (choice.nested(one, NESTS, scaled(scale)) for one in (utility, better))
    assert (after[mode] >= before[mode] * (1.0 - 1e-12)).all()
    rises = [
        choice.logsum(choice.nest_logsums(one, NESTS, scaled(scale))) for one in (utility, better)
    ]
    assert (rises[1] >= rises[0] - 1e-12).all()
    # Shares are the slope of the logsum (Williams 1977): its mean rise lies between both shares.
    mean = (rises[1] - rises[0]) / gain
    assert (mean >= before[mode] - 1e-9).all()
    assert (mean <= after[mode] + 1e-9).all()


def test_a_mode_that_does_not_go_has_no_share() -> None:
    utility = np.array([[0.0, -np.inf], [-np.inf, -np.inf]])
    np.testing.assert_array_equal(choice.logit(utility), [[1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(choice.logsum(utility), [0.0, -np.inf])
    shares = choice.nested(utility, np.array([0, 0]), np.array([0.5]))
    np.testing.assert_array_equal(shares, [[1.0, 0.0], [0.0, 0.0]])


def test_far_apart_utilities_do_not_overflow() -> None:
    utility = np.array([[2000.0], [-2000.0]])
    np.testing.assert_array_equal(choice.logit(utility), [[1.0], [0.0]])
    np.testing.assert_array_equal(choice.logsum(utility), [2000.0])


@given(UTILITIES, st.floats(0.2, 1.0))
def test_slopes_are_those_of_finite_differences(utility: np.ndarray, scale: float) -> None:
    utility, scales = utility / 10.0, scaled(scale)
    weight, step = np.array([1.0, 2.0, 0.5]), 1e-5
    found = travel.slopes(choice.nested(utility, NESTS, scales), weight, NESTS, scales)
    for mode in range(len(MODES)):
        moved = np.zeros_like(utility)
        moved[mode] = step
        up, down = (choice.nested(utility + s * moved, NESTS, scales) for s in (1.0, -1.0))
        np.testing.assert_allclose(
            found[:, mode], ((up - down) @ weight) / (2 * step), rtol=0.0, atol=1e-7
        )


def test_elasticity_of_a_logit_is_analytic() -> None:
    # d ln P / d ln cost = -scale * cost * (1 - P).
    cost, scale, step = np.array([[20.0], [30.0], [25.0]]), 0.05, 1e-5
    share = choice.logit(-scale * cost)[0, 0]
    dearer = cost.copy()
    dearer[0] *= np.exp(step)
    measured = (np.log(choice.logit(-scale * dearer)[0, 0]) - np.log(share)) / step
    assert measured == pytest.approx(-scale * 20.0 * (1.0 - share), rel=1e-4)


def test_money_counts_as_minutes() -> None:
    skims = Skims(
        time={"walk": np.array([[10.0]]), "transit": np.array([[20.0]])},
        length={},
        cost={"transit": np.array([[2.0]])},
        perceived={"transit": np.array([[26.0]])},
    )
    walk = choice.generalised(skims, "walk", weight=1.5, value_of_time=12.0)
    bus = choice.generalised(skims, "transit", weight=1.5, value_of_time=12.0)
    none = choice.generalised(skims, "bicycle", weight=1.0, value_of_time=12.0)
    assert (walk[0, 0], bus[0, 0], none[0, 0]) == (15.0, 36.0, np.inf)
