from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin import works
from twin.interventions.flow_temperature import FlowTemperature

CITY = cities.tiny()


def cooler(**changes: Any) -> FlowTemperature:
    return FlowTemperature.model_validate(
        {"id": "f", "where": "all", "start": 2025, "flow": 45.0, **changes}
    )


def test_hotter_water_is_lowered_and_cooler_water_stays() -> None:
    low = CITY.buildings.index == "w1005"
    city = CITY.replace(
        buildings=CITY.buildings.assign(heating_flow=60.0).assign(
            heating_flow=lambda frame: frame["heating_flow"].mask(low, 35.0)
        )
    )
    after = cooler().apply(city).buildings["heating_flow"]
    assert (after["w1001"], after["w1005"], after["w1010"]) == (45.0, 35.0, 60.0)


def test_electric_heaters_have_no_water() -> None:
    houses = CITY.buildings.assign(heating="electricity")
    houses["heating"] = houses["heating"].mask(houses.index == "w1002", "heat_pump").astype("str")
    assert list(cooler().select(CITY.replace(buildings=houses))) == ["w1002"]


def test_the_cost_is_by_heat_load() -> None:
    one = cooler(where={"ids": ["w1011"]})
    load = works.heat_load(CITY, one.select(CITY)).item()
    assert one.cost(CITY).amount == pytest.approx(200.0 * load)
