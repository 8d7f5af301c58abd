from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from layers.errors import InputError
from twin import planning
from twin.planning import Quota


def brute(cost: np.ndarray, value: np.ndarray, budgets: list[float], quotas: list[Quota]) -> float:
    """Best value of all plans; minus infinity if none keeps the limits."""
    count, width = cost.shape
    offers = [None, *product(range(width), range(len(budgets)))]
    best = -np.inf
    for chosen in product(offers, repeat=count):
        done = [(row, *one) for row, one in enumerate(chosen) if one is not None]
        spent = [sum(cost[r, p] for r, p, y in done if y == year) for year in range(len(budgets))]
        if any(paid > most for paid, most in zip(spent, budgets, strict=True)):
            continue
        used = [
            sum(cost[r, p] if one.of == "money" else 1 for r, p, _ in done if one.members[r])
            for one in quotas
        ]
        if all(one.least <= use <= one.most for one, use in zip(quotas, used, strict=True)):
            best = max(best, sum(value[r, p] * (1.0 - 0.1 * y) for r, p, y in done))
    return float(best)


whole = st.integers(1, 12).map(float)
tables = st.lists(st.lists(whole, min_size=2, max_size=2), min_size=3, max_size=3).map(np.array)


@settings(max_examples=15, deadline=None)
@given(tables, tables, st.lists(whole, min_size=2, max_size=2), st.integers(0, 10),
       st.sampled_from(["money", "objects"]))  # fmt: skip
def test_plans_against_all_plans(
    cost: np.ndarray, value: np.ndarray, budgets: list[float], least: int, of: str
) -> None:
    members = np.array([True, False, True])
    wanted = float(least if of == "money" else least // 4)
    quota = Quota("north", members, least=wanted, most=14.0, of=of)  # type: ignore[arg-type]
    best = brute(cost, value, budgets, [quota])
    try:
        found = planning.plan(cost, value, budgets, [quota], worth=[1.0, 0.9], gap=0.0)
    except InputError:
        assert best == -np.inf
        return
    assert found.value == pytest.approx(best)
    assert found.bound >= found.value
    assert (found.cost <= budgets).all()


def stock(count: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Packages whose yield by money falls, with a spread from house to house."""
    random = np.random.default_rng(seed)
    size = random.lognormal(5.0, 0.6, count)[:, None]
    steps = np.arange(1, width + 1)
    cost = size * steps**1.3 * random.lognormal(0.0, 0.2, (count, width))
    return cost, size * steps * random.lognormal(0.0, 0.3, (count, width))


def full(cost: np.ndarray, value: np.ndarray, budgets: list[float], members: np.ndarray) -> float:
    """Linear relaxation of the whole task at once by HiGHS: an independent upper bound."""
    count, width = cost.shape
    years = len(budgets)
    paid = np.repeat(cost.ravel(), years)
    gain = np.repeat(value.ravel(), years) * np.tile(1.0 - 0.05 * np.arange(years), count * width)
    once = sparse.kron(sparse.eye(count), np.ones(width * years))
    by_year = [paid * (np.arange(len(paid)) % years == year) for year in range(years)]
    quota = -paid * np.repeat(members, width * years)
    table = sparse.vstack([once, np.array([*by_year, quota])]).tocsc()
    most = np.concatenate([np.ones(count), budgets, [-0.4 * sum(budgets)]])
    found = optimize.linprog(-gain, A_ub=table, b_ub=most, method="highs")
    return -float(found.fun)


def test_a_plan_is_as_good_as_that_of_the_whole_task_and_repeats() -> None:
    cost, value = stock(150, 4)
    budgets = [0.08 * cost.min(axis=1).sum()] * 3
    members = np.arange(150) < 40
    worth = (1.0 - 0.05 * np.arange(3)).tolist()
    quota = Quota("north", members, least=0.4 * sum(budgets))
    found = planning.plan(cost, value, budgets, [quota], worth=worth, gap=1e-2)
    again = planning.plan(cost, value, budgets, [quota], worth=worth, gap=1e-2)
    relaxed = full(cost, value, budgets, members)
    assert found.bound == pytest.approx(relaxed, rel=1e-3)
    assert found.bound >= relaxed * (1.0 - 1e-9)
    assert found.value >= relaxed * (1.0 - 1.1e-2)
    chosen = np.flatnonzero((found.option >= 0) & members)
    assert cost[chosen, found.option[chosen]].sum() >= 0.4 * sum(budgets) * (1.0 - 1e-7)
    assert (found.cost <= budgets).all()
    assert (again.option == found.option).all()
    assert (again.year == found.year).all()
    assert ((found.year >= 0) == (found.option >= 0)).all()


def test_more_money_yields_more() -> None:
    cost, value = stock(40, 3, seed=1)
    values = [
        planning.plan(cost, value, [budget, budget], gap=1e-2).value
        for budget in (0.0, 100.0, 1_000.0, 5_000.0, 1e9)
    ]
    assert values == sorted(values)
    assert values[0] == 0.0
    assert values[-1] == pytest.approx(value.max(axis=1).sum())


def test_a_quota_that_cannot_be_met_is_named_with_what_is_missing() -> None:
    cost, value = np.array([[10.0], [20.0], [30.0]]), np.ones((3, 1))
    north = np.array([True, True, False])
    asked = [
        Quota("North", north, least=50.0),
        Quota("South", ~north, least=25.0),
        Quota("Town", north | ~north, least=1.0, of="objects"),
    ]
    with pytest.raises(InputError) as error:
        planning.plan(cost, value, [100.0], asked)
    said = str(error.value)
    assert "quota North" in said
    assert "asks for 50 of money; 20 cannot be placed" in said
    assert "South" not in said.replace("the other quotas", "")
    assert "Town" not in said


def test_quotas_that_need_parts_of_a_package_say_so() -> None:
    with pytest.raises(InputError, match="parts of packages"):
        planning.plan([[10.0]], [[1.0]], [8.0], [Quota("all", np.array([True]), least=5.0)])


def test_nothing_is_offered_and_bad_budgets() -> None:
    found = planning.plan([[np.nan]], [[1.0]], [5.0])
    assert found.option.tolist() == [-1]
    assert found.value == 0.0
    with pytest.raises(ValueError, match="has a budget"):
        planning.plan([[1.0]], [[1.0]], [-5.0])
    with pytest.raises(ValueError, match="has a budget"):
        planning.plan([[1.0]], [[1.0]], [])


def test_nothing_is_written_while_solving(capfd: pytest.CaptureFixture[str]) -> None:
    cost, value = stock(200, 3)
    planning.plan(cost, value, [500.0, 400.0])
    assert capfd.readouterr().out == ""
