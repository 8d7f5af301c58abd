from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from shapely import LineString

from tests.twin import cities
from twin.interventions.street_trees import StreetTrees

CITY = cities.tiny()
FIRST = "w102:21-22"


def trees(**changes: Any) -> StreetTrees:
    return StreetTrees.model_validate(
        {"id": "t", "where": {"ids": [FIRST]}, "start": 2025, "spacing": 10.0, **changes}
    )


def test_trees_stand_beside_the_street_at_their_spacing() -> None:
    after = trees().apply(CITY).trees
    new = after.drop(index="n821")
    assert len(new) == 20
    street = CITY.streets.geometry[FIRST]
    assert new.distance(street).to_numpy() == pytest.approx(np.full(20, 5.0))
    assert new["inside"].all()
    assert len(trees(sides=1).apply(CITY).trees) == 11


def test_buildings_within_reach_are_cooled_by_the_share_of_crowns() -> None:
    after = trees().apply(CITY)
    change = after.buildings["microclimate"]
    new = after.trees.drop(index="n821")
    for name in ("w1001", "w1002", "w1003"):
        near = (new.distance(CITY.buildings.geometry[name]) <= 50.0).sum()
        cooled = -2.6 * near * 40.0 / (np.pi * 2500.0) if near else np.nan
        assert change[name] == pytest.approx(cooled, nan_ok=True)
    assert change["w1001"] < 0.0
    assert np.isnan(change["w1006"])


def test_more_trees_cool_more_and_each_street_is_planted_once() -> None:
    once = trees().apply(CITY)
    assert trees().apply(once, CITY.streets.index[:0]) is once
    twice = trees(id="u").apply(once)
    ratio = twice.buildings["microclimate"] / once.buildings["microclimate"]
    assert ratio["w1001"] == pytest.approx(2.0)


def test_the_cost_is_by_tree_and_the_town_pays() -> None:
    cost = trees().cost(CITY)
    assert (cost.quantity, cost.unit, cost.payer) == (20.0, "tree", "municipality")
    assert cost.amount == 20 * 2500.0


def test_trees_of_a_hairpin_stand_where_there_is_room() -> None:
    # There and back 4 m apart: no line runs 5 m beside it on the inner side.
    streets = CITY.streets
    begin = streets.geometry[FIRST].coords[0]
    way = LineString([begin, (begin[0] + 2.0, begin[1] + 19.0), (begin[0] + 4.0, begin[1])])
    streets.loc[[FIRST], "geometry"] = [way]
    new = trees().apply(CITY.replace(streets=streets)).trees.drop(index="n821")
    assert len(new) == 2 * (way.length // 10)
    assert not new.geometry.is_empty.any()
    assert (new.distance(way) <= 5.0 + 1e-9).all()
