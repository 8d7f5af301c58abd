from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, sparse

from twin import portfolio


def brute(cost: np.ndarray, value: np.ndarray, budget: float) -> float:
    """Best value of all choices of one package at most each."""
    best = 0.0
    for chosen in product(range(-1, cost.shape[1]), repeat=len(cost)):
        rows = [(row, one) for row, one in enumerate(chosen) if one >= 0]
        if sum(cost[one] for one in rows) <= budget:
            best = max(best, sum(value[one] for one in rows))
    return float(best)


def relaxation(cost: np.ndarray, value: np.ndarray, budget: float) -> float:
    """Value of the linear relaxation by HiGHS."""
    count, width = cost.shape
    rows = sparse.kron(sparse.eye(count), np.ones(width))
    limits = sparse.vstack([rows, cost.ravel()[None, :]]).tocsc()
    bounds = np.concatenate([np.ones(count), [budget]])
    found = optimize.linprog(-value.ravel(), A_ub=limits, b_ub=bounds, method="highs")
    return -float(found.fun)


whole = st.integers(0, 30).map(float)
cases = st.integers(1, 4).flatmap(
    lambda count: st.integers(1, 3).flatmap(
        lambda width: st.tuples(
            *(
                st.lists(
                    st.lists(whole, min_size=width, max_size=width),
                    min_size=count,
                    max_size=count,
                ).map(np.array)
                for _ in range(2)
            ),
            whole,
        )
    )
)


@given(cases)
def test_choices_against_all_choices(case: tuple[np.ndarray, np.ndarray, float]) -> None:
    cost, value, budget = case
    found = portfolio.choose(cost, value, budget)
    best = brute(cost, value, budget)
    chosen = [(row, one) for row, one in enumerate(found.option) if one != portfolio.NONE]
    assert found.option.shape == (len(cost),)
    assert found.cost == sum(cost[one] for one in chosen) <= budget
    assert found.value == sum(value[one] for one in chosen)
    assert best / 2.0 <= found.value <= best <= found.bound * (1 + 1e-12)
    assert found.bound == pytest.approx(relaxation(cost, value, budget), rel=1e-9, abs=1e-9)


@given(cases, whole)
def test_more_money_never_lowers_the_bound_nor_what_is_surely_had(
    case: tuple[np.ndarray, np.ndarray, float], more: float
) -> None:
    cost, value, budget = case
    small = portfolio.choose(cost, value, budget)
    large = portfolio.choose(cost, value, budget + more)
    assert large.bound >= small.bound * (1 - 1e-12)
    assert large.value >= large.bound - value.max(initial=0.0) - 1e-9


@given(st.integers(0, 10_000), st.floats(0.0, 1.0))
def test_rounding_never_carries_the_cost_above_the_budget(seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    cost, value = random.lognormal(8, 1, (40, 4)), random.lognormal(0, 1, (40, 4))
    budget = cost.max(axis=1).sum() * share
    found = portfolio.choose(cost, value, budget)
    assert found.cost <= budget
    assert found.value <= found.bound


def test_by_hand_with_what_is_free_and_what_is_not_offered() -> None:
    cost = [[10.0, 20.0, 40.0], [0.0, 5.0, np.nan], [np.nan, np.nan, np.nan]]
    value = [[30.0, 50.0, 60.0], [4.0, 3.0, 90.0], [1.0, 1.0, 1.0]]
    found = portfolio.choose(cost, value, 30.0)
    assert found.option.tolist() == [1, 0, -1]
    assert (found.cost, found.value) == (20.0, 54.0)
    assert found.bound == pytest.approx(54.0 + 10.0 * 0.5)
    assert found.price == 0.5
    assert portfolio.choose(cost, value, 1e9).price == 0.0


def test_one_large_package_beats_many_small_ones() -> None:
    found = portfolio.choose([[1.0], [100.0]], [[2.0], [100.0]], 100.0)
    assert found.option.tolist() == [-1, 0]


def test_what_cannot_be_chosen_from_is_refused() -> None:
    for cost, value, budget, said in (
        ([[1.0]], [[1.0, 2.0]], 1.0, "one shape"),
        ([[-1.0]], [[1.0]], 1.0, "negative"),
        ([[1.0]], [[1.0]], np.nan, "budget"),
        ([[1.0]], [[1.0]], -1.0, "budget"),
    ):
        with pytest.raises(ValueError, match=said):
            portfolio.choose(cost, value, budget)
    assert portfolio.choose(np.empty((0, 3)), np.empty((0, 3)), 5.0).value == 0.0
