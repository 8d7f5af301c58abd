from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.mobility import distribution

SIZE = 5
sums = arrays(np.float64, SIZE, elements=st.floats(0.0, 1000.0).map(lambda x: round(x, 3)))
times = arrays(np.float64, (SIZE, SIZE), elements=st.floats(0.5, 60.0))


@settings(max_examples=100, deadline=None)
@given(sums, sums, times, st.floats(0.0, 0.15))
def test_rows_and_columns_sum_to_what_was_asked(
    production: np.ndarray, attraction: np.ndarray, time: np.ndarray, deterrence: float
) -> None:
    if production.sum() == 0.0 or attraction.sum() == 0.0:
        return
    attraction = attraction * production.sum() / attraction.sum()
    trips = distribution.spread(time, production, attraction, deterrence)
    assert (trips >= 0.0).all()
    assert distribution.residual(trips, production, attraction) <= 1e-9


def test_without_deterrence_trips_spread_like_attraction() -> None:
    production, attraction = np.array([30.0, 70.0]), np.array([20.0, 80.0])
    trips = distribution.spread(np.array([[1.0, 9.0], [9.0, 1.0]]), production, attraction, 0.0)
    assert trips == pytest.approx(np.array([[6.0, 24.0], [14.0, 56.0]]))


def test_two_zones_have_the_odds_of_the_exponential() -> None:
    # T11 T22 / (T12 T21) = exp(-b (t11 + t22 - t12 - t21)), whatever the sums (Wilson 1971).
    time = np.array([[2.0, 12.0], [9.0, 3.0]])
    trips = distribution.spread(time, np.array([40.0, 60.0]), np.array([55.0, 45.0]), 0.1)
    odds = trips[0, 0] * trips[1, 1] / (trips[0, 1] * trips[1, 0])
    assert odds == pytest.approx(np.exp(1.6))


def test_stronger_deterrence_means_shorter_trips() -> None:
    draw = np.random.default_rng(2)
    place = draw.uniform(0, 20, (12, 2))
    far = np.hypot(*(place[:, None] - place[None, :]).transpose(2, 0, 1)) + 0.5
    even = np.full(12, 100.0)
    means = [
        distribution.mean_of(distribution.spread(far, even, even, b), far)
        for b in (0.0, 0.1, 0.3, 1.0)
    ]
    assert means == sorted(means, reverse=True)
    for target in (means[1], means[2]):
        fitted, met = distribution.fit(far, far, even, even, target)
        assert met
        mean = distribution.mean_of(distribution.spread(far, even, even, fitted), far)
        assert mean == pytest.approx(target, rel=1e-9)


def test_targets_that_the_area_does_not_allow_are_said_to_be_missed() -> None:
    far = np.array([[1.0, 10.0], [10.0, 1.0]])
    even = np.array([50.0, 50.0])
    # Too small an area: the plane without end has mean 2/m; all speeds here are 1 km/min.
    plane, met = distribution.fit(far, far, even, even, 100.0)
    assert not met
    assert plane == pytest.approx(0.02)
    steepest, met = distribution.fit(far, far, even, even, 0.5)
    assert not met
    assert steepest > 0.0


def test_the_plane_without_end_has_the_mean_trip_of_its_deterrence() -> None:
    # Lengths have the density r exp(-m r): draw them as the sum of two exponentials.
    mean = 14.0
    deterrence, met = distribution.fit(
        np.ones((2, 2)), np.ones((2, 2)), np.ones(2), np.ones(2), mean
    )
    radius = np.linspace(0.0, 100 * mean, 1_000_001)
    density = radius * np.exp(-deterrence * radius)
    assert not met
    assert (radius * density).sum() / density.sum() == pytest.approx(mean, rel=1e-6)


@settings(max_examples=100, deadline=None)
@given(sums, sums, times, st.floats(0.0, 0.15))
def test_a_choice_of_destination_keeps_what_leaves(
    production: np.ndarray, attraction: np.ndarray, time: np.ndarray, deterrence: float
) -> None:
    if attraction.sum() == 0.0:
        return
    trips = distribution.spread(time, production, attraction, deterrence, constrained=False)
    np.testing.assert_allclose(trips.sum(axis=1), production, rtol=1e-12)
    # Two destinations with weight share an origin's trips by the odds of the exponential.
    drawn = np.flatnonzero(attraction > 0.0)[:2]
    if len(drawn) == 2 and production[0] > 0.0:
        one, two = drawn
        odds = (
            attraction[one] / attraction[two] * np.exp(-deterrence * (time[0, one] - time[0, two]))
        )
        assert trips[0, one] == pytest.approx(odds * trips[0, two], rel=1e-9)


def test_a_constant_on_all_costs_changes_nothing() -> None:
    # The logsum over modes has no natural zero: a fit must not depend on it.
    draw = np.random.default_rng(5)
    far = draw.uniform(1.0, 9.0, (8, 8))
    production, attraction = draw.uniform(1, 9, 8), draw.uniform(1, 9, 8)
    for constrained in (True, False):
        attraction = attraction * production.sum() / attraction.sum()
        one, two = (
            distribution.fit(far + by, far, production, attraction, 4.0, constrained=constrained)
            for by in (0.0, -30.0)
        )
        assert one[1]
        assert two[0] == pytest.approx(one[0], rel=1e-9)
        three, four = (
            distribution.fit(far + by, far, production, attraction, 40.0, constrained=constrained)
            for by in (0.0, -30.0)
        )
        assert not three[1]
        assert three[0] == pytest.approx(four[0], rel=1e-9)


def test_nobody_goes_where_nothing_leads() -> None:
    cost = np.array([[1.0, np.inf], [np.inf, 1.0]])
    trips = distribution.spread(cost, np.array([3.0, 5.0]), np.array([3.0, 5.0]), 0.1)
    np.testing.assert_allclose(trips, np.diag([3.0, 5.0]))
    length = np.array([[2.0, np.inf], [np.inf, 2.0]])
    assert distribution.mean_of(trips, length) == 2.0


def test_the_largest_part_is_the_one_with_most_trips() -> None:
    reached = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1]], dtype=bool)
    assert distribution.largest_part(reached, np.array([1.0, 1.0, 3.0])).tolist() == [2]
    assert distribution.largest_part(reached, np.array([2.0, 2.0, 3.0])).tolist() == [0, 1]
