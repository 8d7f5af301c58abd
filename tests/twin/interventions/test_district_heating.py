from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.twin import cities
from twin import works
from twin.errors import ScenarioError
from twin.interventions.district_heating import DistrictHeating

CITY = cities.tiny()


def connection(**changes: Any) -> DistrictHeating:
    return DistrictHeating.model_validate({"id": "d", "where": "all", "start": 2025, **changes})


def test_all_heated_buildings_are_connected_once() -> None:
    after = connection().apply(CITY)
    heated = after.buildings.drop(index="w1010")
    assert (heated["heating"] == "district_heating").all()
    with pytest.raises(ScenarioError, match="changes none"):
        connection().select(after)


def test_where_networks_are_known_nobody_outside_is_connected() -> None:
    names = pd.array(["VEKS"] + [None] * 11, dtype="str")
    city = CITY.replace(buildings=CITY.buildings.assign(heat_network=names))
    assert list(connection().select(city)) == ["w1001"]


def test_cooler_water_stays_cooler() -> None:
    city = CITY.replace(buildings=CITY.buildings.assign(heating_flow=40.0))
    assert connection(flow=60.0).apply(city).buildings["heating_flow"]["w1001"] == 40.0
    assert connection(flow=60.0).apply(CITY).buildings["heating_flow"]["w1001"] == 60.0


def test_the_cost_is_by_heat_load() -> None:
    one = connection(where={"ids": ["w1001"]})
    load = works.heat_load(CITY, one.select(CITY)).item()
    assert one.cost(CITY).amount == pytest.approx(500.0 * load)
