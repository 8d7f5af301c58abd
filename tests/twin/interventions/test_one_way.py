from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin.errors import ScenarioError
from twin.interventions.one_way import OneWay

CITY = cities.tiny()
PERMISSIONS = ["drive_forward", "drive_backward", "bicycle_forward", "bicycle_backward"]


def turn(street: str, **changes: Any) -> OneWay:
    return OneWay.model_validate({"id": "o", "where": {"ids": [street]}, "start": 2025, **changes})


@pytest.mark.parametrize(
    ("street", "direction", "bicycles", "expected"),
    [
        ("w102:22-23", "forward", "both", [True, False, True, True]),
        ("w102:22-23", "backward", "same", [False, True, False, True]),
        ("w203:13-23", "backward", "both", [False, True, True, True]),
        ("w203:13-23", "both", "same", [True, True, True, True]),
        ("w203:13-23", "turned", "same", [False, True, False, True]),
        ("w203:13-23", "turned", "both", [False, True, True, True]),
    ],
)
def test_directions(street: str, direction: str, bicycles: str, expected: list[bool]) -> None:
    after = turn(street, direction=direction, bicycles=bicycles).apply(CITY).streets
    assert after.loc[street, PERMISSIONS].tolist() == expected


def test_a_street_that_is_so_already_is_left() -> None:
    with pytest.raises(ScenarioError, match="changes none"):
        turn("w203:13-23", direction="forward", bicycles="same").select(CITY)


def test_a_street_is_turned_once_and_a_two_way_one_never() -> None:
    plan = turn("w203:13-23", direction="turned")
    once = plan.apply(CITY)
    with pytest.raises(ScenarioError, match="changes none"):
        plan.select(once)
    with pytest.raises(ScenarioError, match="changes none"):
        turn("w102:22-23", direction="turned").select(CITY)
    back = turn("w203:13-23", id="again", direction="turned").apply(once).streets
    drive = PERMISSIONS[:2]
    assert back.loc["w203:13-23", drive].tolist() == CITY.streets.loc["w203:13-23", drive].tolist()


def test_a_hundred_metres_cost_a_tenth_of_a_kilometre() -> None:
    cost = turn("w102:22-23", direction="forward").cost(CITY)
    assert cost.quantity == pytest.approx(0.1)
    assert cost.amount == pytest.approx(500.0)
