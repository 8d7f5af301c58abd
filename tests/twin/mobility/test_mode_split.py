from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.twin.mobility import travel
from twin.mobility import choice, mode_split
from twin.mobility.choice import MODES, NESTS
from twin.mobility.demand_parameters import DemandParameters, demand_parameters

PARAMETERS = demand_parameters("DE")
UTILITIES = hnp.arrays(
    np.float64,
    (len(MODES), 4),
    elements=st.one_of(st.floats(-900.0, 900.0, allow_subnormal=False), st.just(-np.inf)),
)
WALK, EBIKE, DRIVER, PASSENGER = (
    MODES.index(mode) for mode in ("walk", "ebike", "car_driver", "car_passenger")
)


def having(**values: float) -> DemandParameters:
    """Parameters with other figures."""
    figures = PARAMETERS.figures.copy()
    for key, value in values.items():
        figures.loc[key.replace("__", "."), "value"] = value
    return replace(PARAMETERS, figures=figures)


def by_numpy(utility: np.ndarray, parameters: DemandParameters) -> tuple[np.ndarray, np.ndarray]:
    """Shares and mean logsum over segments, by `choice.nested`: the oracle of the kernel."""
    groups = mode_split.segments(parameters)
    shares, logsum = np.zeros_like(utility), np.zeros(utility.shape[1:])
    for group, part in zip(groups, mode_split.weights(utility, groups), strict=True):
        own = mode_split.restricted(utility, group)
        shares += part * choice.nested(own, NESTS, parameters.nest_scales)
        found = choice.logsum(choice.nest_logsums(own, NESTS, parameters.nest_scales))
        logsum += np.where(part > 0.0, part * found, 0.0) if np.isfinite(found).any() else 0.0
    return shares, np.where(np.isfinite(utility).any(axis=0), logsum, -np.inf)


@settings(deadline=None)
@given(UTILITIES)
def test_the_kernel_agrees_with_numpy(utility: np.ndarray) -> None:
    shares, cost = mode_split.split(utility, PARAMETERS, 0.5)
    with np.errstate(invalid="ignore"):
        expected, logsum = by_numpy(utility, PARAMETERS)
    np.testing.assert_allclose(shares, expected, rtol=1e-9, atol=1e-12)
    open_ = np.isfinite(utility[[m for m in range(len(MODES)) if m not in {DRIVER, EBIKE}]])
    gone = open_.any(axis=0) | np.isfinite(utility[[DRIVER, EBIKE]]).any(axis=0)
    np.testing.assert_allclose(shares.sum(axis=0), gone.astype(float), atol=1e-12)
    np.testing.assert_allclose(cost[gone], -logsum[gone] / 0.5, rtol=1e-9, atol=1e-9)
    assert (cost[~gone] == np.inf).all()


def test_people_are_parted_by_what_they_have() -> None:
    groups = mode_split.segments(having(car__available=0.75, ebike_share=0.2))
    assert sum(group.share for group in groups) == pytest.approx(1.0)
    assert sum(group.share for group in groups if group.drives) == pytest.approx(0.75)
    assert [group.share for group in groups] == pytest.approx([0.15, 0.6, 0.05, 0.2])
    assert len(mode_split.segments(having(car__available=1.0, ebike_share=0.0))) == 1


def test_no_more_people_drive_than_have_a_car() -> None:
    utility = np.full((len(MODES), 1), -50.0)
    utility[DRIVER] = 50.0
    shares, _ = mode_split.split(utility, having(car__available=0.3), 1.0)
    assert shares[DRIVER, 0] == pytest.approx(0.3)


@given(st.floats(0.0, 1.0), st.floats(0.01, 0.3))
def test_more_electric_bicycles_mean_more_rides_on_them(share: float, more: float) -> None:
    utility = np.zeros((len(MODES), 1))
    few, many = (
        mode_split.split(utility, having(ebike_share=one), 1.0)[0]
        for one in (share, min(share + more, 1.0))
    )
    assert many[EBIKE, 0] >= few[EBIKE, 0]
    assert few[EBIKE, 0] <= share


def test_those_who_cannot_go_leave_their_trips_to_others() -> None:
    utility = np.full((len(MODES), 1), -np.inf)
    utility[DRIVER] = 0.0
    shares, _ = mode_split.split(utility, PARAMETERS, 1.0)
    assert shares[:, 0] == pytest.approx([0.0, 0.0, 0.0, 0.0, 1.0, 0.0], abs=1e-14)


def test_the_car_is_a_binary_logit_in_its_time() -> None:
    # Ten minutes more by car, for driver and passenger alike, must give what the whole nested
    # logit gives: this is what the equilibrium relies on.
    utility = mode_split.utilities(travel.skims(travel.lengths(5)), PARAMETERS, 0, np.zeros(6))
    slower = utility.copy()
    slower[[DRIVER, PASSENGER]] -= 10.0 * PARAMETERS.scale[0]
    expected = mode_split.split(slower, PARAMETERS, 1.0)[0][DRIVER]
    found = sum(
        one.part / (1.0 + np.exp(-(one.advantage - 10.0 * PARAMETERS.scale[0])))
        for one in mode_split.car_choices(utility, PARAMETERS)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_constants_meet_the_shares_of_a_survey() -> None:
    length = travel.lengths(6)
    utility = [
        mode_split.utilities(travel.skims(length), PARAMETERS, purpose, np.zeros(6))
        for purpose in range(2)
    ]
    trips = [np.exp(-0.2 * length).ravel(), np.linspace(1.0, 2.0, length.size)]
    flat = [one.reshape(len(MODES), -1) for one in utility]
    targets = np.array([0.2, 0.1, 0.05, 0.15, 0.35, 0.15])
    added, met = mode_split.calibrate_constants(flat, trips, PARAMETERS, targets)
    assert met.all()
    assert added[DRIVER] == 0.0
    carried = sum(
        mode_split.split(one + added[:, None], PARAMETERS, 1.0)[0] @ count
        for one, count in zip(flat, trips, strict=True)
    )
    np.testing.assert_allclose(carried / sum(carried), targets, atol=1e-9)


def test_a_mode_that_goes_nowhere_is_named_and_the_rest_keep_their_odds() -> None:
    modes = tuple(mode for mode in MODES if mode != "transit")
    utility = mode_split.utilities(
        travel.skims(travel.lengths(3), modes), PARAMETERS, 0, np.zeros(6)
    ).reshape(len(MODES), -1)
    targets = np.array([0.2, 0.1, 0.05, 0.25, 0.3, 0.1])
    added, met = mode_split.calibrate_constants([utility], [np.ones(9)], PARAMETERS, targets)
    assert met.tolist() == [True, True, True, False, True, True]
    carried = mode_split.split(utility + added[:, None], PARAMETERS, 1.0)[0].sum(axis=1)
    expected = np.where(met, targets, 0.0) / 0.75
    np.testing.assert_allclose(carried / carried.sum(), expected, atol=1e-9)


def test_a_constant_that_was_chosen_stays() -> None:
    utility = mode_split.utilities(
        travel.skims(travel.lengths(3)), PARAMETERS, 0, np.zeros(6)
    ).reshape(len(MODES), -1)
    free = np.ones(len(MODES), dtype=bool)
    free[[WALK, DRIVER]] = False
    added, _ = mode_split.calibrate_constants(
        [utility], [np.ones(9)], PARAMETERS, PARAMETERS.shares, free
    )
    assert added[[WALK, DRIVER]].tolist() == [0.0, 0.0]
    assert np.abs(added[free]).min() > 0.0


def test_the_kernel_answers_like_numpy_slopes() -> None:
    utility = np.random.default_rng(4).normal(size=(len(MODES), 40))
    count = np.linspace(0.0, 3.0, 40)
    groups = mode_split.segments(PARAMETERS)
    carried, slope = mode_split._response([utility], [count], PARAMETERS, np.zeros(len(MODES)))
    expected = sum(
        travel.slopes(
            choice.nested(mode_split.restricted(utility, group), NESTS, PARAMETERS.nest_scales),
            part * count, NESTS, PARAMETERS.nest_scales,
        )
        for group, part in zip(groups, mode_split.weights(utility, groups), strict=True)
    )  # fmt: skip
    np.testing.assert_allclose(slope, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(carried, by_numpy(utility, PARAMETERS)[0] @ count, rtol=1e-12)
