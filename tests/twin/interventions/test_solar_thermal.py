from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin.interventions.solar_thermal import SolarThermal

CITY = cities.tiny()


def collectors(**changes: Any) -> SolarThermal:
    return SolarThermal.model_validate({"id": "c", "where": "all", "start": 2025, **changes})


def test_the_area_is_by_resident_as_far_as_there_is_room() -> None:
    area = collectors().apply(CITY).buildings["solar_thermal"]
    assert area["w1001"] == 2.5
    assert area["w1005"] == 40.0  # 32 people
    cramped = collectors(roof_share=0.05).apply(CITY).buildings["solar_thermal"]
    assert cramped["w1005"] == pytest.approx(20.0)


def test_buildings_without_residents_get_none_and_more_stays() -> None:
    assert "w1006" not in collectors().select(CITY)
    once = collectors(area=2.0).apply(CITY)
    assert collectors(area=1.0).apply(once, CITY.buildings.index) is once


def test_only_new_area_is_paid() -> None:
    once = collectors(area=1.0).apply(CITY)
    more = collectors(area=2.0, where={"ids": ["w1001"]})
    assert more.cost(once).amount == pytest.approx(2.0 * 285.72)
    assert more.cost(CITY).amount == pytest.approx(4.0 * 285.72)
