from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import optimize, sparse

from tests.twin.test_plan_task import task
from twin import plan_solver, plan_task

if TYPE_CHECKING:
    from twin.plan_task import Task


def relaxed(given: Task) -> float:
    """Best value with parts of packages: all offers at once, by HiGHS."""
    offers = np.flatnonzero(np.isfinite(np.repeat(given.cost.ravel(), len(given.worth))))
    row = given.places(offers)[0]
    once = sparse.csr_matrix((np.ones(len(offers)), (row, np.arange(len(offers)))),
                             (len(given.cost), len(offers)))  # fmt: skip
    table = sparse.vstack([once, given.rows(offers)]).tocsc()
    most = np.concatenate([np.ones(len(given.cost)), given.most])
    found = optimize.linprog(-given.values(offers), A_ub=table, b_ub=most, method="highs")
    return -float(found.fun)


@pytest.mark.parametrize("count", [3, 12, 60, 5_000])
def test_rounds_of_few_offers_solve_the_whole_relaxation(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_solver, "OPEN", count)
    given = task(200, seed=1)
    parts = plan_solver.in_parts(given, plan_task.prices(given), 1e-9)
    best = relaxed(given)
    assert parts.bound == pytest.approx(best, rel=1e-6)
    assert float(given.values(parts.offers) @ parts.share) == pytest.approx(best, rel=1e-6)
    assert (parts.missing <= 1e-9).all()
    assert (given.rows(parts.offers) @ parts.share <= given.most + 1e-6).all()


def test_poor_prices_to_begin_with_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_solver, "OPEN", 20)
    given = task(200, seed=2)
    for scale in (0.0, 0.2, 5.0):
        parts = plan_solver.in_parts(given, plan_task.prices(given) * scale, 1e-9)
        assert parts.bound == pytest.approx(relaxed(given), rel=1e-6)
