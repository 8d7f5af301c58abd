from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.activities import activity, factor_set
from twin import ledger
from twin.errors import LedgerError
from twin.ledger import Ledger
from twin.pricing import Cost


def price(**changes: Any) -> Cost:
    facts: dict[str, Any] = {
        "amount": 1200.0, "lifetime": 30.0, "running": 0.0, "revenue": 0.0, "currency": "EUR",
        "price_year": 2025, "vat": 0.25, "payer": "owner", "quantity": 10.0, "unit": "m2",
        "evidence": "assumed", "sources": ("a price list",),
    }  # fmt: skip
    return Cost(**(facts | changes))


def booked(*rows: dict[str, Any], purpose: str = "inventory", year: int = 2025) -> Ledger:
    frame = activity(*rows)
    return ledger.book(frame, factor_set(purpose), year=year, scenario="baseline")


def test_a_row_is_activity_times_factor() -> None:
    rows = booked({}, {"carrier": "electricity", "scope": "2", "activity": 100.0}).rows
    assert list(rows.columns) == list(ledger.COLUMNS)
    assert rows["tco2e"].tolist() == pytest.approx([0.2, 0.005], rel=1e-12)
    assert rows["primary_nren_kwh"].tolist()[1] == pytest.approx(150.0, rel=1e-12)
    assert rows["factor_id"].tolist() == [
        "inventory:1:any:natural_gas",
        "inventory:1:DK:electricity:2025",
    ]
    assert rows["evidence"].tolist() == ["estimated", "assumed"]
    assert rows["year"].tolist() == [2025, 2025]
    assert set(rows["kind"]) == {"activity"}


def test_missing_factor_is_not_zero() -> None:
    book = booked({}, {"carrier": "coal", "activity": 500.0})
    assert book.total("activity") == 1500.0
    assert book.total("tco2e") == pytest.approx(0.2)
    assert np.isnan(book.total("tco2e", carrier="coal"))
    assert book.missing("tco2e") == 1
    assert np.isnan(book.by("carrier")["coal"])


def test_zero_is_not_missing() -> None:
    book = booked({"carrier": "electricity"}, year=2030)
    assert book.total("tco2e") == 0.0
    assert book.missing("tco2e") == 0


def test_total_of_nothing_is_not_computed() -> None:
    assert np.isnan(booked({}).total("tco2e", sector="transport"))
    assert np.isnan(Ledger.empty().total())
    assert Ledger.empty().by("object_id").empty


def test_biogenic_carbon_stands_apart() -> None:
    book = booked({"carrier": "biomass"})
    assert book.total("biogenic") == pytest.approx(0.4)
    assert book.total("tco2e") == pytest.approx(1000 * 28e-7)


def test_sums_by_several_keys() -> None:
    book = booked(
        {"object_id": "w2"}, {}, {"carrier": "electricity", "activity": 10.0}, {"object_id": "w2"}
    )
    sums = book.by("object_id", "carrier", column="activity")
    assert sums.to_dict() == {
        ("w1", "electricity"): 10.0,
        ("w1", "natural_gas"): 1000.0,
        ("w2", "natural_gas"): 2000.0,
    }
    assert book.by("object_id", column="activity", carrier="natural_gas").to_dict() == {
        "w1": 1000.0,
        "w2": 2000.0,
    }
    assert isinstance(book.by("object_id").index.dtype, pd.StringDtype)


def test_where_takes_several_values_and_refuses_unknown_columns() -> None:
    book = booked({}, {"carrier": "electricity"}, {"carrier": "coal"})
    assert len(book.where(carrier=["coal", "electricity"])) == 2
    with pytest.raises(LedgerError, match="no column 'colour'"):
        book.total(colour="red")


BAD_SUMS = {
    "text": lambda book: book.total("carrier"),
    "unknown column": lambda book: book.total("tonnes"),
    "no key": lambda book: book.by(),
    "unknown key": lambda book: book.by("colour"),
}


@pytest.mark.parametrize("case", BAD_SUMS)
def test_senseless_sums_are_refused(case: str) -> None:
    with pytest.raises(LedgerError):
        BAD_SUMS[case](booked({}))


BAD_ACTIVITY: dict[str, tuple[Any, str]] = {
    "negative": (activity({"activity": -1.0}), "negative or not finite"),
    "NaN": (activity({"activity": float("nan")}), "negative or not finite"),
    "infinite": (activity({"activity": float("inf")}), "negative or not finite"),
    "unknown carrier": (activity({"carrier": "peat"}), "unknown carriers peat"),
    "missing carrier": (activity({"carrier": None}), "unknown carriers None"),
    "other unit": (activity({"unit": "MWh"}), "another unit"),
    "missing column": (activity({}).drop(columns="state"), "state are missing"),
    "no grade": (activity({"evidence": "guessed"}), "graded observed"),
}


@pytest.mark.parametrize("case", BAD_ACTIVITY)
def test_activity_that_cannot_be_booked(case: str) -> None:
    frame, message = BAD_ACTIVITY[case]
    with pytest.raises(LedgerError, match=message):
        ledger.book(frame, factor_set(), year=2025, scenario="baseline")


def test_all_faults_are_told_at_once() -> None:
    frame = activity({"activity": -1.0, "carrier": "peat"})
    with pytest.raises(LedgerError, match=r"negative.*unknown carriers"):
        ledger.book(frame, factor_set(), year=2025, scenario="baseline")


def test_purposes_do_not_mix() -> None:
    with pytest.raises(LedgerError, match="inventory, life_cycle"):
        ledger.concat([booked({}), booked({}, purpose="life_cycle")])
    with pytest.raises(LedgerError, match="inventory, life_cycle"):
        booked({}) - booked({}, purpose="life_cycle")


PLAN: dict[str, Any] = {"year": 2026, "scenario": "plan", "measure": "m", "layer": "buildings"}


def test_costs_stand_beside_activity() -> None:
    paid = ledger.book_cost(price(), **PLAN)
    book = ledger.concat([booked({}), paid])
    assert book.total("cost") == 1200.0
    assert book.total("cost", measure="m", kind="capex") == 1200.0
    assert book.total("tco2e") == pytest.approx(0.2)
    assert book.missing("tco2e") == 0
    row = paid.rows.iloc[0]
    assert (row["price_basis"], row["payer"], row["currency"]) == ("2025, VAT 0.25", "owner", "EUR")
    assert (row["year"], row["evidence"], row["layer"]) == (2026, "assumed", "buildings")
    assert pd.isna(row["carrier"])


def test_running_cost_and_revenue_are_of_the_year_that_is_counted() -> None:
    paid = ledger.book_cost(price(running=10.0, revenue=25.0), running_year=2030, **PLAN)
    assert paid.by("kind", "year", column="cost").to_dict() == {
        ("capex", 2026): 1200.0,
        ("opex", 2030): -15.0,
    }


def test_currencies_and_price_years_do_not_add_up() -> None:
    prices = [price(), price(currency="DKK"), price(price_year=2020)]
    book = ledger.concat([ledger.book_cost(one, **PLAN) for one in prices])
    with pytest.raises(LedgerError, match=r"different currency|different price_basis"):
        book.total("cost")
    with pytest.raises(LedgerError, match="different price_basis"):
        book.total("cost", currency="EUR")
    assert book.total("cost", currency="DKK") == 1200.0
    assert book.by("currency", "price_basis", column="cost").tolist() == [1200.0] * 3


@pytest.mark.parametrize("changes", [{"amount": -1.0}, {"running": float("nan")}])
def test_costs_that_cannot_be_booked(changes: dict[str, float]) -> None:
    broken = price()
    for name, value in changes.items():
        object.__setattr__(broken, name, value)  # what `Cost` itself refuses
    with pytest.raises(LedgerError, match="cannot be booked"):
        ledger.book_cost(broken, **PLAN)


def test_rows_and_columns_are_checked() -> None:
    with pytest.raises(LedgerError, match="lack the columns"):
        Ledger(pd.DataFrame({"object_id": ["w1"]}))


def test_balance_finds_a_lost_row() -> None:
    frames = [activity({}, {"activity": 0.1}), activity({"activity": 0.2})]
    book = ledger.concat(
        [ledger.book(one, factor_set(), year=2025, scenario="b") for one in frames]
    )
    assert ledger.balance(frames, book) == {
        "rows_in": 3,
        "rows_out": 3,
        "activity_in_kwh": 1000.3,
        "activity_out_kwh": 1000.3,
    }
    with pytest.raises(LedgerError, match="does not balance"):
        ledger.balance([*frames, activity({})], book)
    with pytest.raises(LedgerError, match="does not balance"):
        ledger.balance([activity({}, {}), frames[1]], book)


def test_text_is_held_as_sorted_categories() -> None:
    book = ledger.concat([booked({"object_id": "w9"}), booked({"object_id": "w10"})])
    for name, dtype in ledger.COLUMNS.items():
        assert str(book.rows[name].dtype) == dtype
    assert list(book.rows["object_id"].cat.categories) == ["w10", "w9"]


def test_a_city_of_two_hundred_thousand_rows_stays_small() -> None:
    rows = 200_000
    frame = activity({}).loc[np.zeros(rows, dtype=int)].reset_index(drop=True)
    frame["object_id"] = [f"w{number // 6}" for number in range(rows)]
    book = ledger.book(frame, factor_set(), year=2025, scenario="baseline")
    assert book.rows.memory_usage(deep=True).sum() < 100 * rows
