from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, sparse

from layers.errors import InputError
from twin import plan_alike, planning
from twin.planning import Quota

COST = np.array([1.0, 2.0, 4.0, 7.0])
VALUE = np.array([2.0, 3.5, 6.0, 9.0])


def relaxed(count: int, budgets: list[float], worth: np.ndarray) -> float:
    """Best value with parts of packages, of all houses as one row: an independent bound."""
    years = len(budgets)
    paid, gain = np.repeat(COST, years), np.outer(VALUE, worth).ravel()
    year = np.tile(np.arange(years), len(COST))
    table = np.array([np.ones(len(paid)), *(paid * (year == one) for one in range(years))])
    found = optimize.linprog(-gain, A_ub=table, b_ub=[count, *budgets], method="highs")
    return -float(found.fun)


def test_thousands_of_alike_houses_are_planned_to_the_best() -> None:
    count, worth = 12_000, 0.97 ** np.arange(10)
    cost, value = np.tile(COST, (count, 1)), np.tile(VALUE, (count, 1))
    budgets = [0.3 * count] * 10
    found = planning.plan(cost, value, budgets, worth=worth.tolist())
    best = relaxed(count, budgets, worth)
    assert found.bound == pytest.approx(best, rel=1e-9)
    assert found.value == pytest.approx(best, rel=1e-4)
    assert (found.cost <= budgets).all()
    done = found.option >= 0
    assert VALUE[found.option[done]] @ worth[found.year[done]] == pytest.approx(found.value)


def test_kinds_of_houses_against_one_by_one() -> None:
    random = np.random.default_rng(0)
    kind, members = np.arange(16) % 2, np.arange(16) < 8
    cost, value = random.uniform(1, 5, (2, 2))[kind], random.uniform(1, 5, (2, 2))[kind]
    quota = Quota("north", members, least=8.0)
    found = planning.plan(cost, value, [9.0, 7.0], [quota], worth=[1.0, 0.9], gap=0.0)
    paid = np.stack([cost, cost], axis=2).ravel()
    gain = (value[:, :, None] * [1.0, 0.9]).ravel()
    year = np.arange(len(paid)) % 2
    once = sparse.kron(sparse.eye(16), np.ones(4))
    table = sparse.vstack([once, paid * (year == 0), paid * (year == 1),
                           -paid * np.repeat(members, 4)])  # fmt: skip
    best = optimize.milp(
        -gain, integrality=np.ones(len(gain)), bounds=optimize.Bounds(0, 1),
        constraints=optimize.LinearConstraint(table, -np.inf, [*np.ones(16), 9, 7, -8]),
    )  # fmt: skip
    assert found.value == pytest.approx(-best.fun)
    assert found.bound >= found.value
    chosen = np.flatnonzero((found.option >= 0) & members)
    assert cost[chosen, found.option[chosen]].sum() >= 8.0 - 1e-9


def test_kinds_are_sought_only_where_many_are_alike() -> None:
    random = np.random.default_rng(0)
    cost = random.uniform(1, 5, (60, 2))
    different = planning._task(cost, cost, [50.0], (), None, None)
    assert plan_alike.kinds(different) is None
    alike = planning._task(np.tile(cost[:5], (12, 1)), np.ones((60, 2)), [50.0], (), None, None)
    found = plan_alike.kinds(alike)
    assert found is not None
    assert found.many.tolist() == [12] * 5
    assert (alike.cost[found.first][found.kind] == alike.cost).all()
    apart = Quota("one side", np.arange(60) < 30, most=9.0)
    split = planning._task(
        np.tile(cost[:5], (12, 1)), np.ones((60, 2)), [50.0], [apart], None, None
    )
    both = plan_alike.kinds(split)
    assert both is not None
    assert both.many.tolist() == [6] * 10


def test_alike_houses_name_the_quota_that_stays_short() -> None:
    cost, value = np.full((20, 1), 10.0), np.ones((20, 1))
    north = np.arange(20) < 3
    with pytest.raises(InputError, match="asks for 50 of money; 20 cannot be placed"):
        planning.plan(cost, value, [500.0], [Quota("North", north, least=50.0)])
    with pytest.raises(InputError, match="parts of packages"):
        planning.plan(cost, value, [8.0], [Quota("all", north | ~north, least=5.0)])
