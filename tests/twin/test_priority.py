from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import finance, priority

TERMS = finance.Terms(0.03, "real", 20, 0.0, "assumed")
MONEY = priority.Money(TERMS, 0.0, 0.0)


def made(count: int, spread: float = 0.0, wide: float = 1.0, seed: int = 0) -> Any:
    """Packages of so many houses, one each; cost and saving known by heart."""
    from twin.packages import FIGURES, Packages

    random = np.random.default_rng(seed)
    amount = random.lognormal(9.0, 0.8, (count, 1))
    co2 = random.lognormal(1.0, 0.8, (count, 1))
    figures = {name: np.zeros((count, 1)) for name in FIGURES}
    figures |= {"amount": amount, "low": amount / wide, "high": amount * wide, "co2": co2,
                "tonnes": 20.0 * co2, "energy": 1e3 * co2, "bill": random.lognormal(6.5, 0.8, (count, 1)),
                "yearly": amount / 20.0}  # fmt: skip
    index = pd.Index([f"h{number}" for number in range(count)], name="id")
    before = pd.DataFrame({"energy": 1e4, "co2": 4.0, "bill": 2e3, "spread": spread}, index=index)
    base: Any = SimpleNamespace()
    return Packages(index, (("envelope",),), ("envelope",), figures, before, {}, base, 20, ())


def test_of_packages_that_pay_the_one_with_most_tonnes_else_the_cheapest_tonne() -> None:
    worth = np.array([[5.0, 1.0, -9.0], [-10.0, -30.0, np.nan], [-1.0, 3.0, np.nan], [np.nan] * 3])
    tonnes = np.array([[1.0, 2.0, 9.0], [1.0, 6.0, np.nan], [5.0, 0.1, np.nan], [np.nan] * 3])
    found = priority.recommended(worth, tonnes, np.full(4, 0.5))
    assert found.tolist() == [1, 1, 0, priority.NOTHING]


def test_first_what_pays_by_tonnes_then_what_costs_by_tonne_then_the_rest() -> None:
    worth = np.array([-100.0, 50.0, 1.0, -10.0, np.nan, 900.0])
    tonnes = np.array([10.0, 2.0, 8.0, 0.5, np.nan, 0.0])
    found = priority.ranks(worth, tonnes, np.full(6, 0.1))
    # Houses 2 and 1 pay; 0 costs 10 and 3 costs 20 a tonne; 4 has nothing, 5 avoids nothing.
    assert found.tolist() == [3, 2, 1, 4, 5, 6]


def test_a_house_that_gains_more_money_never_falls_back_for_it() -> None:
    # By EUR/t the second would come first although it avoids a tenth for the same money.
    worth, tonnes = np.array([100.0, 100.0]), np.array([10.0, 1.0])
    assert priority.ranks(worth, tonnes, np.full(2, 0.1)).tolist() == [1, 2]
    assert np.isnan(finance.abatement_cost(-worth, tonnes, 0.1)).all()


houses = st.lists(
    st.tuples(st.floats(-1e5, 1e5), st.floats(-5.0, 1e3)), min_size=1, max_size=40
).map(np.array)


@given(houses)
def test_every_house_has_one_rank_and_the_classes_do_not_mix(table: np.ndarray) -> None:
    worth, tonnes = table[:, 0], table[:, 1]
    found = priority.ranks(worth, tonnes, np.full(len(table), 0.01))
    assert sorted(found) == list(range(1, len(table) + 1))
    pays, idle = (worth >= 0.0) & (tonnes >= 0.01), tonnes < 0.01
    if pays.any() and (~pays).any():
        assert found[pays].max() < found[~pays].min()
    if idle.any() and (~idle).any():
        assert found[idle].min() > found[~idle].max()


def test_value_of_a_house_by_hand() -> None:
    found = made(30)
    ranking = priority.rank(found, MONEY, draws=10)
    row = ranking.table.loc["h3"]
    yearly = found.figures["bill"][3, 0]
    factor = (1.0 - 1.03**-20) / 0.03
    assert row["value"] == pytest.approx(yearly * factor - found.figures["amount"][3, 0])
    if row["value"] < 0.0:
        assert row["eur_per_t"] == pytest.approx(-row["value"] / row["tonnes"])
    else:
        assert np.isnan(row["eur_per_t"])
    granted = priority.rank(found, priority.Money(TERMS, 0.5, 0.0), draws=10).table.loc["h3"]
    assert granted["value"] - row["value"] == pytest.approx(0.5 * row["cost"])
    assert granted["grant"] == pytest.approx(0.5 * row["cost"])


def test_without_spread_the_first_hundred_are_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    still = dict(priority.figures()) | {"spread.common": 0.0, "spread.prices": 0.0}
    monkeypatch.setattr(priority, "figures", lambda: still)
    ranking = priority.rank(made(300), MONEY, draws=20)
    assert ranking.stable == 1.0
    assert (ranking.table["stability"] == (ranking.table["rank"] <= 100)).all()
    wide = priority.rank(made(300, spread=0.5, wide=1.6), MONEY, draws=50)
    assert wide.stable < 0.9
    assert wide.table["stability"].sum() == pytest.approx(100.0)


def test_bands_hold_the_middle_and_repeat() -> None:
    found = made(50, spread=0.3, wide=1.5)
    one, two = (priority.rank(found, MONEY, draws=40, seed=3).table for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    assert (one["saving_kwh_p10"] < one["saving_kwh"]).all()
    assert (one["saving_kwh"] < one["saving_kwh_p90"]).all()
