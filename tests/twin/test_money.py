"""Money of a run in the ledger: what goes in stands there, and transfers come to nothing."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.twin.activities import factor_set
from tests.twin.cities import tiny
from twin import money, simulate
from twin.domain import Domain, Indicator, Outcome
from twin.errors import LedgerError

SAME = {"layer": "streets", "sector": "transport", "end_use": "road charge", "currency": "EUR",
        "price_basis": "as charged"}  # fmt: skip


def charged(**amounts: float) -> pd.Series:
    return pd.Series(amounts, dtype="float64")


def test_what_one_pays_the_other_gets() -> None:
    rows = money.transfer(charged(a=3.0, b=0.0, c=4.5), "household", "municipality", **SAME)
    book = money.book(rows, year=2030, scenario="plan")
    assert len(book) == 4
    assert book.total("cost", kind="transfer") == 0.0
    assert book.total("cost", payer="household") == 7.5
    assert book.total("cost", payer="municipality") == -7.5
    assert book.rows["tco2e"].isna().all()
    assert set(book.rows["year"]) == {2030}


def test_what_is_not_known_has_no_row() -> None:
    rows = money.rows(charged(a=2.0, b=float("nan")), kind="external", payer="society", **SAME)
    assert rows["object_id"].tolist() == ["a"]


@pytest.mark.parametrize(
    ("change", "said"),
    [({"cost": [1.0]}, "transfers of road charge leave 1.0 EUR"), ({"kind": ["gift"]}, "unknown kind"),
     ({"cost": [float("inf")], "kind": ["opex"]}, "not finite"),
     ({"evidence": ["guessed"], "kind": ["opex"]}, "unknown evidence")],
)  # fmt: skip
def test_money_that_makes_no_sense_is_refused(change: dict[str, Any], said: str) -> None:
    one = money.rows(charged(a=0.5), kind="transfer", payer="household", **SAME)
    with pytest.raises(LedgerError, match=said):
        money.book(one.assign(**change), year=2030, scenario="plan")


def test_missing_columns_are_named() -> None:
    with pytest.raises(LedgerError, match="columns payer are missing"):
        money.book(money.rows(charged(a=1.0), kind="opex", payer="x", **SAME).drop(columns="payer"),
                   year=2030, scenario="plan")  # fmt: skip


def test_a_run_books_money_of_objects_inside_and_keeps_what_it_means_for_people() -> None:
    city = tiny()
    streets = city.streets
    streets.loc["w102:22-23", "inside"] = False
    inside, outside = "w102:21-22", "w102:22-23"
    outcome = Outcome(
        {},
        money=money.transfer(charged(**{inside: 5.0, outside: 7.0}), "household", "municipality",
                             **SAME),
        people={"charges": Indicator(5.0, 4.0, 6.0, "assumed")},
    )  # fmt: skip
    domain = Domain("toll", "Toll", ("streets",), lambda _city: "", lambda *_: outcome)
    result = simulate.run(city.replace(streets=streets), domains=[domain], factors=factor_set())
    assert result.ledger.by("payer", column="cost").to_dict() == {
        "household": 5.0, "municipality": -5.0,
    }  # fmt: skip
    assert result.record["people"] == {
        "charges": {"value": 5.0, "low": 4.0, "high": 6.0, "evidence": "assumed"}
    }
    assert (result - result).ledger.total("cost", payer="household") == 0.0
