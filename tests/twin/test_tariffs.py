from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers import tables
from layers.errors import InputError
from twin import tariffs

ONE = pd.Series([1.0])


def paid(country: str, carrier: str, energy: float) -> float:
    """Bill of one household [currency/a]."""
    found = tariffs.bill(pd.DataFrame({carrier: [energy]}), ONE, tariffs.load(country))
    return float(found.total.iloc[0])


@pytest.mark.parametrize(
    ("country", "carrier", "energy", "expected"),
    [
        ("DE", "electricity", 3500.0, 0.3943 * 3500),  # Eurostat, second half of 2024
        ("DK", "electricity", 3750.0, 0.3763 * 7.46 * 3750),
        ("DE", "natural_gas", 20_000.0, 0.1091 * 20_000),  # BDEW 2024
        ("DK", "district_heating", 18_100.0, 13_547.0),  # Forsyningstilsynet, August 2022
        ("IT", "electricity", 3000.0, 0.3111 * 3000),
        ("SE", "natural_gas", 10_000.0, 0.1893 * 10_000),
        ("XX", "electricity", 3000.0, 0.2872 * 3000),
    ],
)
def test_bills_are_those_published(
    country: str, carrier: str, energy: float, expected: float
) -> None:
    assert paid(country, carrier, energy) == pytest.approx(expected, rel=1e-3)


def test_the_spanish_week_has_three_bands() -> None:
    week = pd.date_range("2024-01-01", periods=168, freq="h")  # from a Monday
    found = tariffs.bands("ES", week)
    assert np.bincount(found).tolist() == [5 * 8 + 48, 5 * 8, 5 * 8]
    assert found[10] == found[13] == found[18] == found[21] == 2
    assert found[8] == found[14] == found[22] == 1
    assert found[7] == found[5 * 24 + 12] == 0
    assert not tariffs.bands("DK", week).any()


def test_hours_without_use_of_bands_cost_their_mean() -> None:
    table = tariffs.load("ES")
    rates = np.array([0.085 + 0.0033, 0.115 + 0.0293, 0.16 + 0.0976])
    assert tariffs.flat(table) == pytest.approx((rates * [88, 40, 40]).sum() / 168)
    energy = pd.DataFrame({"electricity": [1000.0]})
    dear = tariffs.bill(energy, ONE, table, bought=np.array([[0.0, 0.0, 1000.0]]))
    cheap = tariffs.bill(energy, ONE, table, bought=np.array([[1000.0, 0.0, 0.0]]))
    gap = float((dear.total - cheap.total).iloc[0])
    assert gap == pytest.approx((rates[2] - rates[0]) * 1000 * 1.21)


def test_parts_of_a_bill_by_hand() -> None:
    table = tariffs.load("DE")
    found = tariffs.bill(
        pd.DataFrame({"electricity": [1000.0, 1000.0]}), pd.Series([2.0, 0.0]), table,
        sold=pd.Series([500.0, 0.0]), business=pd.Series([False, True]),
    )  # fmt: skip
    supply = 1000 * (0.1484 + 0.0958) + 120 * np.array([2.0, 1.0])
    levy = 1000 * 0.0528
    assert found.supply["electricity"].tolist() == pytest.approx(supply.tolist())
    assert found.tax["electricity"].tolist() == pytest.approx(
        [levy + 0.19 * (supply[0] + levy), levy]
    )
    assert found.revenue.tolist() == pytest.approx([40.55, 0.0])
    assert found.total.iloc[0] == pytest.approx((supply[0] + levy) * 1.19 - 40.55)


def test_the_price_of_carbon_is_linear_between_years_and_comes_on_top() -> None:
    assert tariffs.co2_price("DE", 2025) == 55.0
    assert tariffs.co2_price("DE", 2028) == pytest.approx(70.0)
    assert tariffs.co2_price("ES", 2029) == pytest.approx(60.0)
    assert tariffs.co2_price("LI", 2030) == 0.0
    extra = tariffs.co2_surcharge(tariffs.load("DE"), 2030, {"natural_gas": 0.0002})
    assert extra["natural_gas"] == pytest.approx((80.0 - 45.0) * 0.0002)
    energy = pd.DataFrame({"natural_gas": [10_000.0]})
    table = tariffs.load("DE")
    later = tariffs.bill(energy, ONE, table, surcharge=extra).total
    now = tariffs.bill(energy, ONE, table).total
    assert float((later - now).iloc[0]) == pytest.approx(70.0 * 1.19)


def test_the_own_heat_network_has_its_own_price() -> None:
    table = tariffs.load("DK")
    energy = pd.DataFrame({"district_heating": [10_000.0, 10_000.0]})
    found = tariffs.bill(
        energy, pd.Series([1.0, 1.0]), table, heat_price=pd.Series([0.6, np.nan])
    ).total
    assert found.tolist() == pytest.approx([(6000 + 3600) * 1.25, (4000 + 3600) * 1.25])


def test_prices_in_a_foreign_unit_are_refused() -> None:
    own = pd.DataFrame({"carrier": ["electricity"], "buyer": ["household"], "price": [0.3],
                        "unit": ["EUR/kWh"], "year": [2025.0], "tax": ["included"]}, ["list:1"])  # fmt: skip
    with pytest.raises(InputError, match="EUR/kWh, tariffs here are in DKK/kWh"):
        tariffs.load("DK", own)


def test_prices_from_elsewhere_are_named_and_in_the_own_currency() -> None:
    found = tariffs.load("US")
    assert "electricity" in found.substitutes[0]
    assert (found.table["evidence"] == "assumed").all()
    assert tariffs.load("DE").substitutes == ()


@pytest.mark.parametrize("name", ["tariffs", "tariff_bands", "co2_prices", "exchange"])
def test_every_figure_has_its_source(name: str) -> None:
    rows = tables.load(name, "twin.data")
    assert rows[["source", "evidence"]].notna().all(axis=None)
    assert rows["evidence"].isin(["published", "assumed"]).all()
    if {"low", "high"} <= set(rows):
        assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()
