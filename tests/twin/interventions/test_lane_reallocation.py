from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin.errors import ScenarioError
from twin.interventions.lane_reallocation import LaneReallocation

CITY = cities.tiny()
MAIN = "w102:22-23"


def give(to: str, **changes: Any) -> LaneReallocation:
    return LaneReallocation.model_validate(
        {"id": "l", "where": {"ids": [MAIN]}, "start": 2025, "to": to, **changes}
    )


def test_a_track_takes_one_of_two_lanes() -> None:
    row = give("bicycle").apply(CITY).streets.loc[MAIN]
    assert (row["lanes"], row["lanes_source"], row["cycleway"]) == (1.0, "scenario", "track")
    assert row["lane_taken_for"] == "bicycle"


def test_a_hundred_metres_hold_sixteen_cars_and_two_thirds() -> None:
    row = give("parking").apply(CITY).streets.loc[MAIN]
    assert row["parking_spaces"] == pytest.approx(100.0 / 6.0)


def test_one_lane_is_not_given_away() -> None:
    narrow = give("trees").apply(CITY)
    assert narrow.streets.loc[MAIN, "lanes"] == 1.0
    with pytest.raises(ScenarioError, match="changes none"):
        give("bicycle").select(narrow)


def test_lanes_of_buses_are_not_given_away() -> None:
    streets = CITY.streets.assign(bus_lanes_forward=1.0)
    with pytest.raises(ScenarioError, match="changes none"):
        give("trees").select(CITY.replace(streets=streets))


@pytest.mark.parametrize(
    ("to", "amount"),
    [("bicycle", 30_000.0), ("parking", 5_000.0), ("trees", 50_000.0)],
)
def test_a_tenth_of_a_kilometre_costs(to: str, amount: float) -> None:
    assert give(to).cost(CITY).amount == pytest.approx(amount)
