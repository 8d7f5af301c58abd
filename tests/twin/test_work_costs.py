from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from layers import registers, tables
from layers.errors import InputError
from tests.layers import books
from tests.twin import cities
from twin import attach, work_costs
from twin.errors import NotComputedError

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City

CITY = cities.tiny()
TWO = pd.DataFrame(
    {"wall": [10.0, 0.0], "wall_per_cm": [100.0, 0.0]}, index=pd.Index(["a", "b"], name="id")
)


def attached(folder: Path, text: str) -> attach.Attached:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return attach.attach(CITY, registers.read(path, kind="work_prices"))


def test_the_table_is_complete_and_ranges_hold_the_value() -> None:
    rows = tables.load("costs/works", "twin.data")
    assert not rows.duplicated(["key", "country"]).any()
    plain = rows[~rows["key"].str.contains(".", regex=False)]
    assert ((plain["low"] <= plain["value"]) & (plain["value"] <= plain["high"])).all()
    assert set(rows["evidence"]) <= {"published", "assumed"}
    whole = [f"{key}{end}" for key in plain["key"].unique() for end in (".lifetime", ".running")]
    assert set(whole) <= set(rows["key"])
    foreign = plain[(plain["country"] == "*")]
    assert (foreign["evidence"] == "assumed").all()
    assert (foreign["high"] / foreign["low"] >= 1.5).all()


def test_every_work_can_be_named_in_a_price_list() -> None:
    words = tables.load("register_words")
    named = set(words.loc[words["column"] == "work", "value"])
    assert named == set(work_costs.known_works().index)


def test_each_building_pays_for_its_own_quantities() -> None:
    rows = work_costs.by_object(CITY, TWO)
    assert rows.loc["a", "amount"] == pytest.approx(10 * 70.34 + 100 * 2.36)
    assert rows.loc["b"].tolist() == [0.0] * 4
    assert work_costs.total(CITY, TWO).amount == pytest.approx(rows["amount"].sum())


def own_prices(city: City, folder: Path) -> City:
    path = folder / "list.csv"
    path.write_text(
        "work;price;lowest price;unit;price year;vat;service life\n"
        "Wall insulation;1000;800;DKK/m2;2025;included;30\n"
        "wall per cm;20;;DKK/m2/cm;2025;included;\n",
        encoding="utf-8",
    )
    return attach.attach(city, registers.read(path, kind="work_prices")).city


def test_a_town_s_own_list_goes_before_the_table_row_by_row(tmp_path: Path) -> None:
    city = own_prices(CITY, tmp_path)
    prices = work_costs.unit_prices(city)
    assert prices.loc["wall", ["value", "low", "high", "currency"]].tolist() == [
        1000.0, 800.0, 1000.0, "DKK",
    ]  # fmt: skip
    assert prices.loc["wall", "lifetime"] == 30.0
    assert prices.loc["wall_per_cm", "lifetime"] == 40.0
    assert prices.loc["roof", "value"] == 75.61
    cost = work_costs.total(city, TWO)
    assert (cost.amount, cost.currency, cost.price_year) == (12_000.0, "DKK", 2025)
    assert cost.evidence == "published"


def test_currencies_are_not_mixed(tmp_path: Path) -> None:
    city = own_prices(CITY, tmp_path)
    with pytest.raises(NotComputedError, match="several currencies"):
        work_costs.total(city, TWO.assign(roof=1.0))


def test_the_latest_price_counts(tmp_path: Path) -> None:
    text = "work;price [EUR/m2];price year\nroof;50;2020\nroof;80;2024\nroof;60;2022\n"
    prices = work_costs.unit_prices(attached(tmp_path, text).city)
    assert prices.loc["roof", ["value", "price_year"]].tolist() == [80.0, 2024]


def test_a_price_by_another_unit_is_not_taken_and_says_why(tmp_path: Path) -> None:
    text = "work;price;unit;price year\nroof;50;EUR/kW;2024\nwall;90;EUR/m2;2024\n"
    found = attached(tmp_path, text)
    assert found.quality["matched"] == 1
    assert found.matches["reason"].str.contains("priced by m2, not in EUR/kW").sum() == 1
    assert list(found.city.table("work_prices")["work"]) == ["wall"]


def test_a_list_that_was_put_in_by_hand_is_checked_too() -> None:
    rows = cities.frame("work_prices", ["x:1", "x:2"], work=["moat", "wall"], price=1.0,
                        unit=["EUR/m2", "EUR/kW"], year=2024.0, source="x")  # fmt: skip
    with pytest.raises(InputError) as caught:
        work_costs.unit_prices(CITY.replace(work_prices=rows))
    assert len(caught.value.faults) == 2


def test_lifetimes_of_several_works_leave_the_yearly_share_as_it_is() -> None:
    both = pd.DataFrame({"pv_small": [1.0], "battery": [1.0]}, index=["a"])
    cost = work_costs.total(CITY, both)
    assert cost.amount / cost.lifetime == pytest.approx(1056.2 / 40 + 271.3 / 15)


def test_prices_of_several_years_are_said_to_be_assumed() -> None:
    german = CITY.replace(country="DE")
    mixed = pd.DataFrame({"wall": [1.0], "heat_pump_ground": [1.0]}, index=["a"])
    assert work_costs.total(german, mixed).evidence == "published"  # both of 2018
    later = mixed.assign(pv_small=2.0)
    cost = work_costs.total(german, later)
    assert (cost.evidence, cost.price_year) == ("assumed", 2025)


def test_nothing_to_do_costs_nothing() -> None:
    empty = TWO.iloc[:0]
    assert work_costs.total(CITY, empty).amount == 0.0
    assert work_costs.by_object(CITY, empty).empty


def test_a_price_list_may_be_a_spreadsheet(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Maßnahme", "Preis", "Einheit", "Preisjahr"],
        ["Dachdämmung", 95.5, "EUR/m2", 2025],
    ]
    path = books.xlsx(tmp_path / "preise.xlsx", {"Preise": books.xlsx_rows(rows)})
    found = attach.attach(CITY, registers.read(path))
    assert work_costs.unit_prices(found.city).loc["roof", "value"] == 95.5


def test_a_spreadsheet_with_an_error_says_in_which_cell(tmp_path: Path) -> None:
    rows: list[list[object]] = [["work", "price", "unit", "price year"], ["roof", "much", "EUR/m2", 2025],
            ["moat", 5.0, "EUR/m2", 2025]]  # fmt: skip
    path = books.xlsx(tmp_path / "list.xlsx", {"a": books.xlsx_rows(rows)})
    with pytest.raises(InputError) as caught:
        registers.read(path, kind="work_prices")
    assert "much" in str(caught.value)
    assert "moat" in str(caught.value)
