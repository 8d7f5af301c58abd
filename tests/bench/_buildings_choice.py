"""Choosing works under budgets: the greedy hull with its bound beside HiGHS, and plans of years."""

from __future__ import annotations

from tests.bench.frame import Row, at_most, measured

STOCK = """
import numpy as np
from scipy import optimize, sparse
from twin import planning, portfolio
random = np.random.default_rng(0)
size = random.lognormal(5, 0.6, {count})[:, None]
cost = size * [50, 120, 200, 300, 420, 600] * random.lognormal(0, 0.2, ({count}, 6))
value = size * [1, 2.5, 3.5, 5, 6, 7] * random.lognormal(0, 0.3, ({count}, 6))
budget = cost.min(axis=1).sum() / 2
portfolio.choose(cost[:9], value[:9], 1e4)
"""
CHOOSE = "found = portfolio.choose(cost, value, budget)"
GAP = "{'gap': found.gap}"
HIGHS = """
once = sparse.csr_matrix(
    (np.ones(cost.size), (np.repeat(np.arange(len(cost)), 6), np.arange(cost.size)))
)
table = sparse.vstack([once, sparse.csr_matrix(cost.ravel()[None] / budget * 1e3)], format='csc')
most = np.concatenate([np.ones(len(cost)), [1e3]])
best = optimize.milp(
    -value.ravel() / 1e3, constraints=optimize.LinearConstraint(table, -np.inf, most),
    integrality=np.ones(cost.size), bounds=optimize.Bounds(0, 1), options={'mip_rel_gap': 1e-5},
)
found = portfolio.choose(cost, value, budget)
"""
AGAINST = "{'short': 1 - found.value / (-best.fun * 1e3)}"
PLAN = """
place = random.integers(0, 8, {count})
yearly = [budget / 5] * 10
quotas = [planning.Quota(f'district {{n}}', place == n, least=budget / 5) for n in range(8)]
found = planning.plan(cost, value, yearly, quotas, worth=1 - np.arange(10) / 25,
                      prices=1.01 ** np.arange(10))
assert (found.cost <= yearly).all()
"""
CHOOSE_BAR, HIGHS_BAR, PLAN_BAR = 0.5, 1e-3, 60.0


def rows(quick: bool) -> list[Row]:
    """CPU time and distance from the best of both ways to choose."""
    count = 5_000 if quick else 100_000
    one = measured(STOCK.format(count=count), CHOOSE, GAP)
    name = f"choice of {count:,} buildings x 6 packages, one budget"
    few = 300 if quick else 2_000
    beside = measured(STOCK.format(count=few), HIGHS, AGAINST)
    found = [
        at_most(f"{name}: CPU", one["cpu"], "s", CHOOSE_BAR),
        at_most(f"{name}: certified distance from the best", one["gap"], "1", HIGHS_BAR),
        at_most(f"the same for {few:,}: short of HiGHS", beside["short"], "1", HIGHS_BAR,
                f"HiGHS: {beside['cpu']:.1f} CPU s"),
    ]  # fmt: skip
    many = 500 if quick else 50_000
    plan = measured(STOCK.format(count=many), PLAN.format(count=many), GAP)
    title = f"plan of {many:,} buildings x 6 packages, ten years, eight quotas"
    found += [
        at_most(f"{title}: CPU", plan["cpu"], "s", PLAN_BAR),
        Row(f"{title}: certified distance from the best", plan["gap"], "1"),
    ]
    return found
