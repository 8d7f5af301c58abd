from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin import works
from twin.interventions.boiler import Boiler

CITY = cities.tiny()


def boiler(**changes: Any) -> Boiler:
    return Boiler.model_validate(
        {"id": "b", "where": "all", "start": 2025, "efficiency": 0.98, **changes}
    )


def test_the_same_fuel_is_burnt_better() -> None:
    before, after = CITY.buildings, boiler().apply(CITY).buildings
    burning = before["heating"].isin(["natural_gas", "heating_oil"])
    assert (after.loc[burning, "heating_efficiency"] == 0.98).all()
    assert after.loc[~burning, "heating_efficiency"].isna().all()
    assert (after["heating"] == before["heating"]).all()


def test_a_better_boiler_stays_unless_the_fuel_changes() -> None:
    best = boiler(efficiency=1.05).apply(CITY)
    assert boiler().apply(best, CITY.buildings.index) is best
    other = boiler(fuel="biomass", efficiency=0.85).apply(best).buildings
    assert other.loc["w1001", "heating"] == "biomass"
    assert other.loc["w1001", "heating_efficiency"] == 0.85


def test_coal_is_left_for_another_fuel_only() -> None:
    houses = CITY.buildings.assign(heating="coal")
    city = CITY.replace(buildings=houses.astype({"heating": "str"}))
    assert len(boiler(fuel="lpg").select(city)) == 11
    assert not boiler().due(city, city.buildings.index).size


def test_each_fuel_has_its_price() -> None:
    one = boiler(where={"ids": ["w1001", "w1012"]})
    gas, oil = works.heat_load(CITY, one.select(CITY))
    # Prices of different years and origin: added as they are, and said to be assumed.
    cost = one.cost(CITY)
    assert cost.amount == pytest.approx(396.5 * gas + 165.1 * oil)
    assert (cost.evidence, cost.price_year) == ("assumed", 2025)
