from __future__ import annotations

from math import fsum

import numpy as np
import pytest

from tests.twin.cities import tiny
from twin import priority, retrofit_money, retrofit_report, retrofit_study, retrofit_tables
from twin.retrofit_study import Budget, Study

PARTS = ("envelope", "heat_pump")


@pytest.fixture(scope="module")
def study() -> Study:
    budget = Budget(30_000.0, 3, {})
    return retrofit_study.run(tiny(), PARTS, granted=0.25, budget=budget, years=20, draws=10)


def test_every_euro_of_a_plan_leads_back_to_a_house_and_a_payer(study: Study) -> None:
    book, chosen = study.book, study.chosen
    assert chosen is not None
    amount = priority.pick(study.packages.figures["amount"], chosen.option)
    assert book.total("cost", kind="capex") == pytest.approx(np.nansum(amount))
    by_house = book.by("object_id", column="cost", kind="capex")
    for house, cost in by_house.items():
        assert cost == pytest.approx(amount[study.packages.index.get_loc(house)])
    assert set(by_house.index) == set(study.packages.index[chosen.option >= 0])
    assert set(book.rows["payer"]) == {"owner", "state"}
    assert set(book.rows["measure"]) <= {"envelope", "heat_pump", "envelope+heat_pump"}


def test_grants_of_a_year_are_what_its_budget_spends(study: Study) -> None:
    assert study.chosen is not None
    paid = study.book.by("year", column="cost", kind="capex", payer="state")
    spent = {tiny().year + 1 + place: cost for place, cost in enumerate(study.chosen.cost) if cost}
    assert paid.to_dict() == pytest.approx(spent)


def test_the_report_and_the_sheet_are_sums_of_the_ledger(study: Study) -> None:
    table = retrofit_money.by_payer(study.book)
    sheet = retrofit_tables.tables(study)["money"]
    for payer, row in table.iterrows():
        here = (sheet["payer"] == payer) & (sheet["kind"] == "capex")
        assert fsum(sheet.loc[here, "money [currency]"]) == pytest.approx(row["capex"])
    said = "\n".join(
        line for part in retrofit_report.sections(study) for line in part.lines()
    )  # fmt: skip
    assert f"{table.loc['state', 'capex'] / 1e6:,.2f}" in said


def test_without_a_budget_all_is_paid_next_year() -> None:
    study = retrofit_study.run(tiny(), PARTS, years=20, draws=10)
    assert set(study.book.rows["year"]) == {tiny().year + 1}
    assert set(study.book.rows["payer"]) == {"owner"}
    assert (study.table["permission"].notna() == (study.table["package"] != "")).all()
