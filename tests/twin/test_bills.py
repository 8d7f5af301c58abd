from __future__ import annotations

from math import fsum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.twin.cities import tiny
from twin import bills, simulate, tariffs
from twin.domain import Outcome
from twin.domains import STANDARD
from twin.energy import delivery
from twin.energy import delivery_kernel as kernel

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


def test_bands_are_those_of_a_log_normal() -> None:
    # A log-normal of mean 100 and standard deviation 50: percentiles by scipy.
    width = np.sqrt(np.log1p(0.25))
    law = stats.lognorm(width, scale=100.0 * np.exp(-(width**2) / 2.0))
    assert law.mean() == pytest.approx(100.0)
    assert law.std() == pytest.approx(50.0)
    low, high = bills.band(pd.Series([100.0, -20.0]), pd.Series([50.0, 10.0]))
    assert low.iloc[0] == pytest.approx(law.ppf(0.1))
    assert high.iloc[0] == pytest.approx(law.ppf(0.9))
    assert high.iloc[1] == pytest.approx(stats.norm(-20.0, 10.0).ppf(0.9))


def test_bands_of_time_and_electricity_sold_come_from_the_hours() -> None:
    index = pd.Index(["w1", "w2", "w3"])
    figures = np.zeros((2, kernel.FIGURES))
    figures[:, kernel.BAND : kernel.BAND + 3] = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    figures[:, kernel.SOLD] = [7.0, 8.0]
    homes: Any = SimpleNamespace(index=index[:2])
    given = delivery.Delivery(homes, figures, np.zeros((2, 2, 12)), np.zeros((2, 1)))
    energy = Outcome(frames={}, made=SimpleNamespace(delivery=given))
    found = bills._delivered(energy, index)
    assert found["bought"].tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [0.0, 0.0, 0.0]]
    assert found["sold"].tolist() == [7.0, 8.0, 0.0]
    assert bills._delivered(Outcome(frames={}, made=SimpleNamespace(delivery=None)), index) == {}


def test_people_are_told_the_mean_bill_in_euro(base: Result) -> None:
    frame = base.frames["buildings"].dropna(subset=["bill"])
    weights = tiny().buildings.loc[frame.index, "dwellings"]
    expected = (frame["bill"] * weights).sum() / weights.sum() * tariffs.euro(DANISH)
    told = base.record["people"]["energy_bill"]
    assert told["value"] == pytest.approx(expected)
    assert told["low"] < told["value"] < told["high"]


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
