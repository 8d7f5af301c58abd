from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.twin.cities import tiny
from twin import bills, simulate, tariffs
from twin.domains import STANDARD

if TYPE_CHECKING:
    from twin.city import City
    from twin.result import Result

DOMAINS = [*(one for one in STANDARD if one.name == "energy"), bills.DOMAIN]
DANISH = tariffs.load("DK")


def run(city: City, **given: Any) -> Result:
    return simulate.run(city, domains=DOMAINS, **given)


@pytest.fixture(scope="module")
def base() -> Result:
    return run(tiny())


def test_the_house_with_gas_by_hand(base: Result) -> None:
    # w1001: one dwelling, gas for heat, electricity for the rest; prices of tariffs.csv.
    rows = base.ledger.where(object_id="w1001", kind="activity")
    gas = rows.total("activity", carrier="natural_gas")
    power = rows.total("activity", carrier="electricity")
    expected = (gas * (0.35 + 0.15 + 0.27) + 400 + power * (0.75 + 0.575 + 0.761) + 600) * 1.25
    assert base.frames["buildings"].loc["w1001", "bill"] == pytest.approx(expected)


def test_the_ledger_holds_what_the_map_shows(base: Result) -> None:
    frame, dwellings = base.frames["buildings"], tiny().buildings["dwellings"]
    shown = fsum((frame["bill"] * dwellings).dropna())
    booked = base.ledger.where(end_use="energy bill", payer="household")
    paid = booked.total("cost", object_id=list(frame.index[frame["bill"].notna()]))
    assert paid == pytest.approx(shown)
    assert base.ledger.total("cost", end_use="energy bill", kind="transfer") == pytest.approx(0.0)
    state = base.ledger.total("cost", end_use="energy bill", payer="state")
    assert state < 0.0


def test_businesses_have_bills_but_no_dwellings(base: Result) -> None:
    frame = base.frames["buildings"]
    assert frame.loc[["w1006", "w1007", "w1008"], "bill"].isna().all()
    rows = base.ledger.where(end_use="energy bill", object_id="w1007", kind="opex")
    assert rows.rows["payer"].tolist() == ["company"]


def test_the_band_holds_the_bill(base: Result) -> None:
    frame = base.frames["buildings"].dropna(subset=["bill"])
    assert (frame["bill_p10"] < frame["bill"]).all()
    assert (frame["bill"] < frame["bill_p90"]).all()


def test_own_prices_replace_what_a_kilowatt_hour_costs() -> None:
    city = tiny()
    prices = pd.DataFrame(
        {"carrier": ["natural_gas"], "buyer": ["household"], "price": [2.0], "unit": ["DKK/kWh"],
         "year": [2025.0], "tax": ["included"], "source": ["list"]},
        index=pd.Index(["list:1"], name="id"),
    )  # fmt: skip
    found = run(city.replace(prices=prices))
    rows = found.ledger.where(object_id="w1001", kind="activity")
    gas = rows.total("activity", carrier="natural_gas")
    power = rows.total("activity", carrier="electricity")
    expected = gas * 2.0 + (400 + power * (0.75 + 0.575 + 0.761) + 600) * 1.25
    assert found.frames["buildings"].loc["w1001", "bill"] == pytest.approx(expected)


def test_a_district_is_told_its_share_of_income() -> None:
    city = tiny()
    table = city.buildings.assign(
        section="", income=float("nan"), income_unit="", income_year=2024.0
    )
    west = table.index[:2]
    table.loc[west, ["section", "income_unit"]] = ["s1", "EUR/household"]
    table.loc[west, "income"] = 40_000.0
    found = run(city.replace(buildings=table)).frames["buildings"]
    rate = tariffs.euro(DANISH)
    expected = found.loc[west, "bill"].mean() * rate / 40_000.0
    assert found.loc["w1001", "bill_share"] == pytest.approx(expected)
    assert pd.isna(found.loc["w1005", "bill_share"])


def test_without_energy_there_are_no_bills() -> None:
    found = simulate.run(tiny(), domains=[bills.DOMAIN])
    assert "bills" in found.record["absent"]
    assert any("bills" in one.lower() for one in found.record["limits"])
