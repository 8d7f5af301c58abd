from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.twin.cities import tiny
from twin import certificates, factors, simulate
from twin.domains import STANDARD
from twin.errors import NotComputedError

if TYPE_CHECKING:
    from twin.city import City
    from twin.result import Result

DOMAINS = [*(one for one in STANDARD if one.name == "energy"), certificates.DOMAIN]


def run(city: City) -> Result:
    return simulate.run(city, domains=DOMAINS)


@pytest.fixture(scope="module")
def base() -> Result:
    return run(tiny())


def test_the_danish_house_by_hand(base: Result) -> None:
    # w1001: 100 m2 gross, gas: factor 1 for all heat that is delivered.
    frame = base.frames["buildings"].loc["w1001"]
    gas = base.ledger.total("activity", object_id="w1001", carrier="natural_gas")
    assert frame["class_energy"] == pytest.approx(gas / 100.0)
    limits = [27, 30 + 10, 52.5 + 16.5, 70 + 22, 110 + 32, 150 + 42, 190 + 52, 240 + 65]
    assert frame["energy_class"] == 1 + sum(gas / 100.0 > one for one in limits)


def test_district_heat_weighs_less_and_heat_pumps_more(base: Result) -> None:
    frame = base.frames["buildings"]
    heat = base.ledger.total("activity", object_id="w1005", carrier="district_heating")
    assert frame.loc["w1005", "class_energy"] == pytest.approx(0.85 * heat / 1600.0)
    pump = base.ledger.where(object_id="w1011", end_use=["space_heating", "hot_water"])
    expected = 1.9 * pump.total("activity") / 200.0
    assert frame.loc["w1011", "class_energy"] == pytest.approx(expected)


def test_only_homes_have_a_class(base: Result) -> None:
    assert base.frames["buildings"].loc[["w1006", "w1007"], "energy_class"].isna().all()


def test_a_certificate_wins_and_is_set_against_the_estimate() -> None:
    city = tiny()
    table = city.buildings.assign(certificate_class=pd.Series(None, city.buildings.index, "str"))
    table.loc["w1001", "certificate_class"] = "A2015"
    table.loc["w1012", "certificate_class"] = "not a class"
    found = run(city.replace(buildings=table))
    assert found.frames["buildings"].loc["w1001", "energy_class"] == 2.0
    told = found.record["certificates"]["certificates"]
    assert told["title"] == "estimate, not a certificate"
    assert told["agreement"]["compared"] == 2.0
    assert "A2015" in told["confusion"]
    assert any("homes with a certificate" in one for one in found.record["limits"])


def test_without_a_scale_of_the_country_nothing_is_classed() -> None:
    found = run(tiny().replace(country="FI"))
    assert "certificates" in found.record["absent"]
    assert any("no other country's stands in" in one for one in found.record["limits"])


def test_factors_of_another_purpose_are_refused() -> None:
    with pytest.raises(NotComputedError, match="not of inventory"):
        certificates.estimate(
            pd.DataFrame(), pd.DataFrame(), pd.Series(), pd.Series(dtype="str"),
            factors.load("inventory", country="DK", frozen=True), net_share=0.85,
        )  # fmt: skip
