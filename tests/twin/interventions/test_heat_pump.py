from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.twin import cities
from twin import works
from twin.errors import NotComputedError
from twin.interventions.heat_pump import HeatPump

CITY = cities.tiny()
HOUSE = {"where": {"ids": ["w1001"]}}


def pump(**changes: Any) -> HeatPump:
    return HeatPump.model_validate({"id": "p", "where": "all", "start": 2025, **changes})


def test_boilers_and_unknown_heating_become_heat_pumps_and_networks_stay() -> None:
    before, after = (
        CITY.buildings["heating"],
        pump(source="ground").apply(CITY).buildings["heating"],
    )
    kept = before.isin(["district_heating", "heat_pump"]) | (before.index == "w1010")
    assert (after[kept] == before[kept]).all()
    assert (after[~kept] == "heat_pump_ground").all()


def test_the_efficiency_of_the_old_boiler_does_not_stay() -> None:
    city = CITY.replace(buildings=CITY.buildings.assign(heating_efficiency=0.98))
    after = pump(**HOUSE).apply(city).buildings["heating_efficiency"]
    assert np.isnan(after["w1001"])
    assert after["w1005"] == 0.98


def test_radiators_grow_only_where_the_water_was_hotter() -> None:
    city = CITY.replace(buildings=CITY.buildings.assign(heating_flow=55.0))
    city = city.replace(
        buildings=city.buildings.assign(
            heating_flow=city.buildings["heating_flow"].mask(city.buildings.index == "w1002", 35.0)
        )
    )
    one = pump(flow=45.0, where={"ids": ["w1001", "w1002"]})
    flow = one.apply(city).buildings["heating_flow"]
    assert (flow["w1001"], flow["w1002"]) == (45.0, 35.0)
    quantities = one.quantities(city, one.select(city))
    assert quantities["low_temperature"].tolist() == [quantities["heat_pump_air"].iloc[0], 0.0]


def test_the_pump_meets_the_heat_load() -> None:
    # Losses of the energy model at 20 degC inside and 14 K below the coldest month (0 degC).
    load = works.heat_load(CITY, CITY.buildings.index[:1]).item()
    made = works.construction(CITY.buildings, "DK").loc["w1001"]
    opaque = 1.0 - made["window_share"] - made["door_share"]
    facade = 120.0 * (
        opaque * made["u_wall"]
        + made["window_share"] * made["u_window"]
        + made["door_share"] * made["u_door"]
    )
    bridges = made["delta_u_bridges"] * (120.0 + 200.0)
    lost = facade + 100.0 * (made["u_roof"] + made["u_floor"]) + bridges
    lost += 0.34 * (0.4 + made["infiltration"]) * 0.85 * 100.0 * 2.5
    assert load == pytest.approx(lost * 34.0 / 1000.0, rel=1e-12)
    cost = pump(**HOUSE).cost(CITY)
    assert cost.amount == pytest.approx(1135.4 * load)
    assert (cost.evidence, cost.lifetime) == ("published", 18.0)
    assert pump(**HOUSE).cost(CITY.replace(country="ES")).evidence == "assumed"


def test_without_weather_the_size_is_not_computed() -> None:
    bare = CITY.replace(weather=CITY.weather.iloc[:0])
    with pytest.raises(NotComputedError, match="weather"):
        pump(**HOUSE).cost(bare)
