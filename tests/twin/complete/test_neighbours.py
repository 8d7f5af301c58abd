from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twin.complete import neighbours

NAN = np.nan


Numbers = NDArray[np.float64]


def slow(
    points: Numbers,
    values: Numbers,
    groups: NDArray[np.int64],
    count: int,
    least: int,
    radius: float,
) -> Numbers:
    """The same by a loop over all pairs."""
    found = np.full((len(points), 3), NAN)
    for i in np.flatnonzero(np.isnan(values)):
        distance = np.hypot(*(points - points[i]).T)
        good = (groups == groups[i]) & ~np.isnan(values) & (distance < radius)
        near = np.flatnonzero(good)[np.argsort(distance[good], kind="stable")][:count]
        if len(near) >= least:
            median = np.median(values[near])
            found[i] = median, 1.4826 * np.median(np.abs(values[near] - median)), len(near)
    return found


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 3))
def test_equals_a_loop_over_all_pairs(seed: int, size: int, kinds: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 300, (size, 2))
    values = np.where(rng.random(size) < 0.5, rng.integers(1, 9, size).astype(float), NAN)
    groups = rng.integers(0, kinds, size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fast = neighbours.nearby_median(points, values, groups, count=5, least=2, radius=120.0)
    np.testing.assert_allclose(fast.to_numpy(), slow(points, values, groups, 5, 2, 120.0))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([NAN, 2.0, 2.0, 3.0], 2.0),
        ([NAN, 2.0, 2.0, 100.0], 2.0),
        ([NAN, 2.0, NAN, NAN], NAN),
        ([NAN, NAN, NAN, NAN], NAN),
    ],
    ids=["median", "one outlier does not matter", "too few", "none known"],
)
def test_median_of_enough_neighbours(values: list[float], expected: float) -> None:
    points = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0]])
    found = neighbours.nearby_median(
        points, np.array(values), np.zeros(4, dtype=np.int64), count=15, least=3, radius=10.0
    )
    np.testing.assert_equal(found["value"][0], expected)


def vote(kinds: list[int], least_share: float = 0.0) -> list[float]:
    points = np.column_stack([np.arange(len(kinds), dtype=float), np.zeros(len(kinds))])
    found = neighbours.nearby_vote(
        points, np.array(kinds), np.zeros(len(kinds), dtype=np.int64),
        count=15, least=3, radius=100.0, least_share=least_share)  # fmt: skip
    return [float(found["kind"][0]), float(found["share"][0])]


@pytest.mark.parametrize(
    ("kinds", "least_share", "expected"),
    [
        ([-1, 2, 2, 5], 0.0, [2.0, 2 / 3]),
        ([-1, 4, 1, 4, 1], 0.0, [1.0, 0.5]),
        ([-1, 2, 2, -1], 0.0, [NAN, NAN]),
        ([7, 2, 2, 2], 0.0, [NAN, NAN]),
        ([-1, 2, 2, 2], 0.7, [2.0, 1.0]),
        ([-1, 2, 2, 2, -1], 0.7, [NAN, NAN]),
    ],
    ids=["majority", "a tie", "too few", "known itself", "enough tagged", "too few tagged"],
)
def test_the_most_frequent_kind_nearby(
    kinds: list[int], least_share: float, expected: list[float]
) -> None:
    np.testing.assert_allclose(vote(kinds, least_share), expected)
