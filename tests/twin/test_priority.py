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


def test_first_what_pays_or_may_by_tonnes_then_the_cheapest_tonne_then_the_rest() -> None:
    worth = np.array([-100.0, 50.0, 1.0, -10.0, np.nan, 900.0, -5.0, 7.0])
    tonnes = np.array([10.0, 2.0, 8.0, 0.5, np.nan, 0.0, 3.0, 1.0])
    pays = np.array([0.0, 0.9, 1.0, 0.1, 0.0, 1.0, 0.4, 0.6])
    group = priority.classes(worth, tonnes, np.full(8, 0.1), pays)
    assert [priority.CLASSES[one] for one in group] == [
        priority.COSTS, priority.PAYS, priority.PAYS, priority.COSTS, priority.IDLE, priority.IDLE,
        priority.MAY, priority.MAY,
    ]  # fmt: skip
    # Houses 2 and 1 surely pay, 6 and 7 may; 0 costs 10 and 3 costs 20 a tonne.
    assert priority.ranks(group, worth, tonnes).tolist() == [5, 3, 1, 6, 7, 8, 2, 4]


def test_a_house_that_gains_more_money_never_falls_back_for_it() -> None:
    # By EUR/t the second would come first although it avoids a tenth for the same money.
    worth, tonnes = np.array([100.0, 100.0]), np.array([10.0, 1.0])
    assert priority.ranks(np.zeros(2, dtype=np.int64), worth, tonnes).tolist() == [1, 2]
    assert np.isnan(finance.abatement_cost(-worth, tonnes, 0.1)).all()


houses = st.lists(
    st.tuples(st.floats(-1e5, 1e5), st.floats(-5.0, 1e3), st.floats(0.0, 1.0)),
    min_size=1, max_size=40,
).map(np.array)  # fmt: skip


@given(houses)
def test_every_house_has_one_rank_and_the_classes_do_not_mix(table: np.ndarray) -> None:
    worth, tonnes, pays = table.T
    group = priority.classes(worth, tonnes, np.full(len(table), 0.01), pays)
    found = priority.ranks(group, worth, tonnes)
    assert sorted(found) == list(range(1, len(table) + 1))
    assert (np.diff(np.maximum(group, 1)[np.argsort(found)]) >= 0).all()
    assert ((group == 3) == (tonnes < 0.01)).all()


def test_a_draw_in_which_a_house_saves_nothing_puts_it_last_of_its_class() -> None:
    group = np.full(3, priority.CLASSES.index(priority.COSTS))
    found = priority.ranks(group, np.array([-5.0, -1.0, -2.0]), np.array([1.0, 0.0, 1.0]))
    assert found.tolist() == [2, 3, 1]


def test_what_all_houses_share_does_not_shuffle_them(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = dict(priority.figures()) | {"cost.common": 1.0, "spread.prices": 0.8}
    monkeypatch.setattr(priority, "figures", lambda: shared)
    ranking = priority.rank(made(400), MONEY, draws=60)
    may = ranking.table[ranking.table["status"] == priority.MAY]
    assert len(may) > 20
    assert ranking.table["pays"].between(0.0, 1.0).all()
    paying = ranking.table[ranking.table["status"].isin([priority.PAYS, priority.MAY])]
    assert (paying["rank_p10"] == paying["rank_p90"]).all()
    assert ranking.stable == pytest.approx(1.0)


def test_houses_are_surely_first_perhaps_or_not() -> None:
    table = priority.rank(made(400, spread=0.5, wide=1.6), MONEY, draws=100).table
    assert (table.loc[table["first"] == priority.SURELY, "stability"] >= 0.9).all()
    assert table.loc[table["first"] == priority.NO, "stability"].max() <= 0.1
    assert {priority.PERHAPS, priority.NO} <= set(table["first"])
    inside = (table["rank_p10"] <= table["rank"]) & (table["rank"] <= table["rank_p90"])
    assert inside.mean() > 0.6


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
    assert wide.stable < 1.0
    assert wide.table["stability"].sum() == pytest.approx(100.0)


def test_bands_hold_the_middle_and_repeat() -> None:
    found = made(50, spread=0.3, wide=1.5)
    one, two = (priority.rank(found, MONEY, draws=40, seed=3).table for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    assert (one["saving_kwh_p10"] < one["saving_kwh"]).all()
    assert (one["saving_kwh"] < one["saving_kwh_p90"]).all()
