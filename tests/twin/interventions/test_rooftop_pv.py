from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin.interventions.rooftop_pv import RooftopPv

CITY = cities.tiny()


def modules(**changes: Any) -> RooftopPv:
    return RooftopPv.model_validate({"id": "s", "where": "all", "start": 2025, **changes})


def test_all_room_on_the_roof_is_used() -> None:
    # 0.38 of the footprint at 0.2 kW/m2: 100 m2 carry 7.6 kW, 800 m2 60.8 kW.
    power = modules().apply(CITY).buildings["pv"]
    assert power["w1001"] == pytest.approx(7.6)
    assert power["w1006"] == pytest.approx(60.8)
    assert modules(roof_share=0.5).apply(CITY).buildings["pv"]["w1001"] == pytest.approx(10.0)


def test_a_power_is_met_as_far_as_there_is_room_and_more_stays() -> None:
    once = modules(power=6.0).apply(CITY)
    assert (once.buildings["pv"].drop("w1010") == 6.0).all()
    small = modules(power=5.0).apply(once, CITY.buildings.index)
    assert small is once
    assert modules(power=50.0).apply(once).buildings["pv"]["w1001"] == pytest.approx(7.6)


def test_batteries_are_by_power_and_may_come_later() -> None:
    once = modules(power=6.0, battery=1.5).apply(CITY)
    assert once.buildings["battery"]["w1001"] == 9.0
    bare = modules(power=6.0).apply(CITY)
    later = modules(power=6.0, battery=1.0, where={"ids": ["w1001"]})
    assert later.apply(bare).buildings["battery"]["w1001"] == 6.0
    assert later.cost(bare).amount == pytest.approx(6.0 * 271.3)


def test_large_plants_are_cheaper_by_power() -> None:
    house, school = (modules(where={"ids": [one]}).cost(CITY) for one in ("w1001", "w1006"))
    assert house.amount == pytest.approx(7.6 * 1056.2)
    assert school.amount == pytest.approx(60.8 * 711.4)
    both = modules(battery=1.0, where={"ids": ["w1001"]}).cost(CITY)
    # 40 years for modules, 15 for the battery: yearly shares add up.
    yearly = 7.6 * 1056.2 / 40.0 + 7.6 * 271.3 / 15.0
    assert both.amount / both.lifetime == pytest.approx(yearly)


def test_monuments_keep_their_roofs() -> None:
    city = CITY.replace(
        buildings=CITY.buildings.assign(protection="restricted").astype({"protection": "str"})
    )
    assert len(modules().select(city)) == 11
    kept = city.replace(
        buildings=city.buildings.assign(protection="protected").astype({"protection": "str"})
    )
    assert modules().due(kept, kept.buildings.index).empty
