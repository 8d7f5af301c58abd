from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin.interventions.rebuild import Rebuild

CITY = cities.tiny()


def rebuild(**changes: Any) -> Rebuild:
    return Rebuild.model_validate(
        {"id": "b", "where": {"ids": ["w1001"]}, "start": 2030, "use": "apartments",
         "levels": 4, **changes}
    )  # fmt: skip


def test_a_new_building_stands_where_the_old_one_stood() -> None:
    after = rebuild().apply(CITY)
    new = after.buildings.loc["new:b:w1001"]
    assert after.buildings.loc["w1001", "state"] == "removed"
    assert new["state"] == "new"
    assert new["geometry"].equals(CITY.buildings.geometry["w1001"])
    assert (new["floor_area"], new["levels"], new["year"]) == (400.0, 4.0, 2030.0)
    assert (new["renovation"], new["heating"]) == ("advanced", "heat_pump")
    assert new["people"] > 2.0


def test_zones_follow_the_people() -> None:
    after = rebuild().apply(CITY)
    new = after.buildings.loc["new:b:w1001"]
    more = after.zones["people"].sum() - CITY.zones["people"].sum()
    assert more == pytest.approx(new["people"] - 2.0)
    standing = after.buildings[after.buildings["state"] != "removed"]
    by_zone = standing.groupby("zone")["people"].sum()
    assert by_zone.to_numpy() == pytest.approx(after.zones["people"][by_zone.index].to_numpy())


def test_what_is_new_is_not_built_again() -> None:
    after = rebuild().apply(CITY)
    again = rebuild(id="c", where="all")
    assert "new:b:w1001" not in again.select(after)


def test_the_cost_is_that_of_both() -> None:
    assert rebuild().cost(CITY).amount == pytest.approx(110.0 * 100.0 + 2500.0 * 400.0)
