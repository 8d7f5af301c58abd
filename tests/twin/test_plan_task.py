from __future__ import annotations

import numpy as np
import pytest

from twin import plan_task
from twin.plan_task import Limit, Task


def task(count: int = 40, years: int = 3, seed: int = 0) -> Task:
    """Budgets by year, a quota of money that is asked for, and one of objects that may be."""
    random = np.random.default_rng(seed)
    cost = random.lognormal(3.0, 0.5, (count, 4))
    cost[random.random(cost.shape) < 0.1] = np.inf
    value = np.where(np.isfinite(cost), random.lognormal(2.0, 0.5, (count, 4)), 0.0)
    some = (np.arange(count) % 3 == 0).astype(float)
    limits = [Limit(f"year {year}", np.ones(count), year, "money", 60.0) for year in range(years)]
    limits += [Limit("north", -some, None, "money", -40.0), Limit("few", some, None, "objects", 5.0)]  # fmt: skip
    passed = np.arange(years, dtype=np.float64)
    dearer, worth = np.power(1.02, passed), 1.0 - 0.1 * passed
    return Task(cost, value, dearer, worth, tuple(limits))


def net(given: Task, price: np.ndarray) -> np.ndarray:
    """Value beyond the price of every offer, by plain arrays."""
    found = given.value[:, :, None] * given.worth
    cost = given.cost[:, :, None] * given.dearer
    for one, tag in zip(given.limits, price / given.unit, strict=True):
        use = np.ones_like(cost) if one.of == "objects" else cost
        here = np.ones(len(given.worth)) if one.year is None else np.arange(len(given.worth)) == one.year  # fmt: skip
        with np.errstate(invalid="ignore"):
            found = found - np.nan_to_num(
                tag * one.weight[:, None, None] * use * here, nan=0.0, posinf=0.0, neginf=0.0
            )
    return np.where(np.isfinite(cost), found, -np.inf)


PRICE = np.array([0.03, 0.02, 0.01, 0.004, 0.002])


def test_best_and_regret_against_plain_arrays() -> None:
    given = task()
    plain = net(given, PRICE).reshape(len(given.cost), -1)
    best = np.maximum(plain.max(axis=1), 0.0)
    np.testing.assert_allclose(given.best(PRICE), best, rtol=1e-12)
    regret, nothing = given.regret(PRICE)
    np.testing.assert_allclose(regret, (best[:, None] - plain).ravel(), atol=1e-12)
    np.testing.assert_allclose(nothing, best)
    assert given.bound(PRICE) == pytest.approx(best.sum() + PRICE @ given.most)


def test_the_slope_of_the_smoothed_bound_is_its_difference_quotient() -> None:
    given, width = task(), 0.7
    height, slope = given.smoothed(PRICE, width)
    plain = np.concatenate(
        [np.zeros((len(given.cost), 1)), net(given, PRICE).reshape(len(given.cost), -1)], axis=1
    )
    expected = (width * np.log(np.exp(plain / width).sum(axis=1))).sum() + PRICE @ given.most
    assert height == pytest.approx(expected, rel=1e-12)
    for place in range(len(PRICE)):
        step = np.zeros(len(PRICE))
        step[place] = 1e-6
        up, down = given.smoothed(PRICE + step, width)[0], given.smoothed(PRICE - step, width)[0]
        assert slope[place] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-4)


def test_smoothing_only_raises_the_bound() -> None:
    given = task()
    for width in (1.0, 0.1, 1e-3):
        assert given.smoothed(PRICE, width)[0] >= given.bound(PRICE) - 1e-9
    assert given.smoothed(PRICE, 1e-6)[0] == pytest.approx(given.bound(PRICE), rel=1e-6)


def test_prices_found_by_way_of_a_sample_are_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    given = task(300)
    whole = given.bound(plan_task.prices(given))
    monkeypatch.setattr(plan_task, "SAMPLE", 60)
    assert given.bound(plan_task.prices(given)) == pytest.approx(whole, rel=1e-3)


def test_a_sample_asks_for_its_part_of_each_limit() -> None:
    given = task(300)
    few = given.sample(100)
    assert len(few.cost) == 100
    assert few.limits[0].most == pytest.approx(given.limits[0].most / 3.0)
    members = (np.arange(0, 300, 3) % 3 == 0).sum() / (np.arange(300) % 3 == 0).sum()
    assert few.limits[4].most == pytest.approx(given.limits[4].most * members)
