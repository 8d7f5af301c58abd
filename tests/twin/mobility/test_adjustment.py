from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear
from scipy.sparse import csr_array

from twin.mobility import adjustment
from twin.mobility.adjustment import Bounds

FREE = Bounds(lower=0.0, upper=100.0, steps=2000, bins=1)


def test_one_pair_on_one_counter_takes_the_count() -> None:
    found = adjustment.fit(
        csr_array([[100.0]]),
        np.array([150.0]),
        np.ones(1),
        np.array([100.0]),
        np.zeros(1, int),
        FREE,
    )
    assert found.factor == pytest.approx([1.5])
    assert found.before == 2500.0
    assert found.after == pytest.approx(0.0, abs=1e-12)


def test_each_pair_follows_its_own_counter() -> None:
    # Two pairs with a counter each, one class of length: the counts can be met exactly.
    passing = csr_array(np.diag([80.0, 40.0]))
    counts = np.array([60.0, 60.0])
    found = adjustment.fit(
        passing, counts, np.ones(2), np.array([80.0, 40.0]), np.zeros(2, int), FREE
    )
    assert passing @ found.factor == pytest.approx(counts, rel=1e-3)


def test_shares_by_length_stay() -> None:
    # The short pair is counted at twice its trips; the long one, uncounted, has to grow with it.
    trips = np.array([100.0, 50.0])
    found = adjustment.fit(
        csr_array([[100.0, 0.0]]), np.array([200.0]), np.ones(1), trips, np.array([0, 1]), FREE
    )
    after = trips * found.factor
    assert after[0] / after.sum() == pytest.approx(2.0 / 3.0)
    assert after[0] == pytest.approx(200.0, rel=1e-3)


def test_bounds_hold() -> None:
    tight = Bounds(lower=0.5, upper=1.2, steps=100, bins=1)
    found = adjustment.fit(
        csr_array([[100.0]]),
        np.array([500.0]),
        np.ones(1),
        np.array([100.0]),
        np.zeros(1, int),
        tight,
    )
    assert found.factor == pytest.approx([1.2])


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 1000), counters=st.integers(1, 4), pairs=st.integers(1, 8),
    bins=st.integers(1, 3),
)  # fmt: skip
def test_a_fit_never_makes_things_worse(seed: int, counters: int, pairs: int, bins: int) -> None:
    random = np.random.default_rng(seed)
    trips = random.uniform(1.0, 50.0, pairs)
    share = random.uniform(0.0, 1.0, (counters, pairs)) * (random.random((counters, pairs)) > 0.5)
    passing = csr_array(share * trips)
    count = random.uniform(0.0, 200.0, counters)
    weight = random.uniform(0.01, 1.0, counters)
    group = adjustment.length_classes(random.uniform(0.1, 9.0, pairs), trips, bins)
    bounds = Bounds(lower=0.2, upper=5.0, steps=200, bins=bins)
    found = adjustment.fit(passing, count, weight, trips, group, bounds)
    assert found.after <= found.before
    assert (found.factor >= 0.2 - 1e-12).all()
    assert (found.factor <= 5.0 + 1e-12).all()
    # Bounded least squares without any tie between pairs is the best that there can be.
    root = np.sqrt(weight)
    best = lsq_linear(passing.toarray() * root[:, None], count * root, (0.2, 5.0))
    assert found.after >= 2.0 * best.cost - 1e-6 * (1.0 + found.before)


def test_contributions_count_each_path_on_each_counter() -> None:
    # Path 0: links 0, 1 (pair 0); path 1: links 2 (pair 0); path 2: links 1, 2 (pair 1).
    passing = adjustment.contributions(
        np.array([0, 0, 1]), np.array([5.0, 3.0, 7.0]), np.array([0, 2, 3, 5]),
        np.array([0, 1, 2, 1, 2], np.int32), [np.array([1]), np.array([0, 2])], 2,
    )  # fmt: skip
    assert passing.toarray().tolist() == [[5.0, 7.0], [8.0, 7.0]]


def test_geh_by_hand() -> None:
    # sqrt(2 (110 - 90)^2 / 200) = 2; equal flows and no flows differ by nothing.
    found = adjustment.geh(np.array([110.0, 50.0, 0.0]), np.array([90.0, 50.0, 0.0]))
    assert found.tolist() == [2.0, 0.0, 0.0]
