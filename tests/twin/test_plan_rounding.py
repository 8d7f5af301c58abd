from __future__ import annotations

import numpy as np
import pytest

from tests.twin.test_plan_solver import relaxed
from tests.twin.test_plan_task import task
from twin import plan_rounding, plan_solver, plan_task, planning


def test_rounding_keeps_the_sums_of_the_weights() -> None:
    given = task(400, seed=3)
    price = plan_task.finest(given, plan_task.prices(given))
    taken = plan_rounding.taken(given, price, plan_task.FINEST)
    row, _, _ = given.places(taken)
    assert len(np.unique(row)) == len(row)
    _, slope = given.smoothed(price, plan_task.smoothing(given, plan_task.FINEST))
    aimed = given.most - slope
    used = plan_solver.used(given, taken)
    largest = np.abs(given.rows(taken)).max(axis=1).toarray().ravel()
    assert (np.abs(used - aimed) <= 4.0 * np.maximum(largest, 1e-9)).all()


def nearly_alike(count: int) -> tuple[np.ndarray, np.ndarray]:
    near = 1.0 + 1e-3 * np.random.default_rng(0).random((count, 4))
    return np.array([1.0, 2.0, 4.0, 7.0]) * near, np.array([2.0, 3.5, 6.0, 9.0]) * near


def test_nearly_alike_houses_end_with_an_honest_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, value = nearly_alike(300)
    worth, budgets = (0.97 ** np.arange(4)).tolist(), [100.0] * 4
    given = planning._task(cost, value, budgets, (), worth, None)
    monkeypatch.setattr(plan_solver, "PIVOTS", 10)
    parts = plan_solver.in_parts(given, plan_task.prices(given), 1e-4)
    best = relaxed(given)
    assert set(parts.share) == {0.0, 1.0}
    assert best * (1.0 - 1e-9) <= parts.bound <= best * (1.0 + 1e-2)
    assert given.values(parts.offers) @ parts.share == pytest.approx(best, rel=3e-2)
    short = planning.plan(cost, value, budgets, worth=worth, gap=4e-2)
    again = planning.plan(cost, value, budgets, worth=worth, gap=4e-2)
    assert short.value <= best * (1.0 + 1e-9)
    assert 0.0 <= short.gap < 5e-2
    assert (short.cost <= budgets).all()
    assert (short.option == again.option).all()
    assert (short.year == again.year).all()
