from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin.errors import ScenarioError
from twin.interventions.demolition import Demolition
from twin.interventions.retrofit import Retrofit

CITY = cities.tiny()


def demolition(**changes: Any) -> Demolition:
    return Demolition.model_validate(
        {"id": "x", "where": {"ids": ["w1005", "w1007"]}, "start": 2025, **changes}
    )


def test_people_and_jobs_leave_with_the_building() -> None:
    after = demolition().apply(CITY)
    assert after.buildings.loc["w1005", "state"] == "removed"
    zones = CITY.buildings.loc[["w1005", "w1007"], "zone"]
    lost = CITY.zones["people"] - after.zones["people"]
    assert lost[zones["w1005"]] == 32.0
    assert (CITY.zones["jobs"] - after.zones["jobs"])[zones["w1007"]] == 10.0
    assert lost.sum() == 32.0


def test_nothing_more_is_done_to_a_building_that_is_gone() -> None:
    after = demolition().apply(CITY)
    works = Retrofit.model_validate({"id": "r", "where": "all", "start": 2026, "package": "usual"})
    assert not {"w1005", "w1007"} & set(works.select(after))
    with pytest.raises(ScenarioError, match="removed"):
        demolition().select(after)


def test_monuments_stay() -> None:
    city = CITY.replace(
        buildings=CITY.buildings.assign(protection="restricted").astype({"protection": "str"})
    )
    assert demolition().due(city, CITY.buildings.index).empty


def test_the_cost_is_by_floor_area() -> None:
    assert demolition().cost(CITY).amount == pytest.approx(110.0 * (1600.0 + 400.0))
