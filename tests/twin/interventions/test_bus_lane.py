from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.twin.cities import tiny
from twin.interventions.bus_lane import BusLane

CITY = tiny()
MAIN = ["w102:21-22", "w102:22-23", "w102:23-24"]
ONE_WAY = ["w203:13-23", "w203:23-33"]


def lane(**changes: Any) -> BusLane:
    return BusLane.model_validate({"id": "l", "where": "all", "start": 2025, **changes})


def _wide(lanes: float) -> Any:
    streets = CITY.streets
    streets.loc[MAIN, "lanes"] = lanes
    return CITY.replace(streets=streets)


def test_four_lanes_become_two_for_cars_and_two_for_buses() -> None:
    city = _wide(4.0)
    after = lane().apply(city).streets
    expected = city.streets
    for way in ("forward", "backward"):
        column = pd.Series(float("nan"), index=expected.index)
        column[MAIN] = 1.0
        expected[f"bus_lanes_{way}"] = column
    pd.testing.assert_frame_equal(pd.DataFrame(after), pd.DataFrame(expected))


def test_cars_keep_one_lane_in_each_direction() -> None:
    assert list(lane(direction="forward").select(_wide(3.0))) == MAIN
    assert not set(MAIN) & set(lane(where="all", space="added").select(CITY)) - set(MAIN)
    assert lane(direction="forward").due(CITY, CITY.streets.index).empty
    assert lane().due(_wide(3.0), CITY.streets.index).empty


def test_an_added_lane_widens_the_street_where_cars_drive() -> None:
    after = lane(where={"ids": [*MAIN[:1], *ONE_WAY[:1]]}, space="added").apply(CITY).streets
    assert after.loc[MAIN[0], "lanes"] == 4.0
    assert after.loc[ONE_WAY[0], "lanes"] == 2.0
    assert after.loc[ONE_WAY[0], "bus_lanes_backward"] == 0.0
    assert after.loc[MAIN[0], ["bus_lanes_forward", "bus_lanes_backward"]].tolist() == [1.0, 1.0]


def test_the_price_is_by_kilometre_of_lane() -> None:
    """Two lanes of 300 m: 0.6 km."""
    taken = lane(where={"ids": MAIN}).cost(_wide(4.0))
    assert taken.quantity == pytest.approx(0.6)
    assert taken.amount == pytest.approx(0.6 * 100_000)
    added = lane(where={"ids": MAIN}, space="added").cost(CITY)
    assert added.amount == pytest.approx(0.6 * 1_000_000)
    assert added.running == pytest.approx(0.6 * 10_000)


def test_done_directions_are_left() -> None:
    once = lane(where={"ids": MAIN}, direction="forward", space="added").apply(CITY)
    twice = lane(id="m", where={"ids": MAIN}, space="added").apply(once).streets
    assert twice.loc[MAIN, "lanes"].tolist() == [4.0] * 3
    assert twice.loc[MAIN, "bus_lanes_forward"].tolist() == [1.0] * 3
