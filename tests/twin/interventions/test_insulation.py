from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin import works
from twin.interventions.insulation import Insulation

CITY = cities.tiny()
HOUSES = ["w1001", "w1012"]


def insulation(**changes: Any) -> Insulation:
    return Insulation.model_validate(
        {"id": "i", "where": "all", "start": 2025, "part": "wall", "u_value": 0.2, **changes}
    )


def test_the_u_value_is_set_where_it_was_higher_and_stays_where_it_was_lower() -> None:
    known = CITY.buildings.assign(u_wall=0.15).loc[["w1001"]]
    city = CITY.replace(buildings=pd.concat([known, CITY.buildings.drop(index="w1001")]))
    after = insulation().apply(city).buildings["u_wall"]
    assert after["w1001"] == 0.15
    assert after["w1012"] == 0.2
    # The archetype of 2015 is better already: it keeps its own value and costs nothing.
    usual = works.construction(CITY.buildings, "DK")["u_wall"]
    assert (after.fillna(usual) <= usual + 1e-12).all()
    chosen = insulation().select(city)
    assert "w1001" not in chosen
    assert "w1010" not in chosen  # the garage is not heated
    assert (usual[chosen] > 0.2).all()


def test_the_cost_is_area_times_fixed_part_and_thickness() -> None:
    # w1001: 10 m by 10 m by 3 m, free on all sides; share of windows and doors by its archetype.
    made = works.construction(CITY.buildings, "DK").loc["w1001"]
    area = 120.0 * (1.0 - made["window_share"] - made["door_share"])
    cm = 100.0 * 0.035 * (1.0 / 0.2 - 1.0 / made["u_wall"])
    cost = insulation(where={"ids": ["w1001"]}).cost(CITY)
    assert cost.amount == pytest.approx(area * (70.34 + 2.36 * cm), rel=1e-12)
    assert cost.quantity == pytest.approx(area)
    assert (cost.unit, cost.lifetime) == ("m2", 40.0)
    assert cost.evidence == "assumed"
    german = insulation(where={"ids": ["w1001"]}).cost(CITY.replace(country="DE"))
    assert german.evidence == "published"


def test_each_building_has_its_cost_and_its_range() -> None:
    one = insulation()
    rows = one.by_object(CITY, one.select(CITY))
    assert rows["amount"].sum() == pytest.approx(one.cost(CITY).amount, rel=1e-12)
    assert (rows["low"] < rows["amount"]).all()
    assert (rows["high"] > rows["amount"]).all()


@pytest.mark.parametrize(("part", "column"), [("roof", "u_roof"), ("floor", "u_floor")])
def test_a_level_is_that_of_the_typology(part: str, column: str) -> None:
    one = insulation(part=part, u_value=None, level="advanced")
    after = one.apply(CITY).buildings
    chosen = one.select(CITY)
    target = works.at_level(CITY.buildings, "DK", "advanced")[column]
    pd.testing.assert_series_equal(after.loc[chosen, column], target[chosen], check_names=False)
    assert set(after.columns) - set(CITY.buildings.columns) == {column}  # nobody bars it


def test_windows_are_double_or_triple_and_bring_their_glass() -> None:
    triple = insulation(part="window", u_value=0.8, g_value=0.45)
    after = triple.apply(CITY).buildings.loc[HOUSES]
    assert after["u_window"].tolist() == [0.8, 0.8]
    assert after["g_window"].tolist() == [0.45, 0.45]
    area = works.areas(CITY, pd.Index(["w1001"]))["window"].item()
    here = {"where": {"ids": ["w1001"]}}
    assert insulation(part="window", u_value=0.8, **here).cost(CITY).amount == pytest.approx(
        area * 225.0
    )
    assert insulation(part="window", u_value=1.3, **here).cost(CITY).amount == pytest.approx(
        area * 180.08
    )
    assert "g_window" not in insulation(part="window", u_value=0.9).apply(CITY).buildings


def test_protected_fronts_are_left_out_and_unknown_ones_flagged() -> None:
    states = ["protected", "restricted", "free"] + [None] * 9
    city = CITY.replace(buildings=CITY.buildings.assign(protection=pd.array(states, dtype="str")))
    chosen = insulation().select(city)
    assert not {"w1001", "w1002"} & set(chosen)
    flags = insulation().apply(city).buildings["permission_unknown"]
    assert pd.isna(flags["w1003"])
    assert flags["w1005"] == "wall"
    # A restricted front may get windows of the same look; a roof is insulated from inside.
    assert "w1002" in insulation(part="window", u_value=0.9).select(city)
    assert "w1001" in insulation(part="roof").select(city)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"level": "usual"}, "one of the two"),
        ({"u_value": None}, "one of the two"),
        ({"g_value": 0.5}, "about windows"),
        ({"part": "window"}, "any window"),
        ({"u_value": 0.0}, "greater than"),
        ({"part": "door"}, "part"),
    ],
)
def test_impossible_targets_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        insulation(**changes)
