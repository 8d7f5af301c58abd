from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.cities import tiny
from twin.mobility import stress
from twin.mobility.active import active_parameters

PARAMETERS = active_parameters()
MAIN, SIDE, ONEWAY, PATH = "w102:21-22", "w201:11-21", "w203:13-23", "w204:14-24"


def _rated(street: str = MAIN, left_hand: bool = False, vehicles: float | None = None,
           **changes: Any) -> pd.Series:  # fmt: skip
    streets = tiny().streets
    for column, value in changes.items():
        streets.loc[street, column] = value
    given_cars = None if vehicles is None else pd.Series({street: vehicles})
    found = stress.rated(streets, PARAMETERS, vehicles=given_cars, left_hand=left_hand)
    return found.loc[street]


def test_the_small_city_by_the_table() -> None:
    levels = stress.rated(tiny().streets, PARAMETERS)["stress"]
    assert set(levels[levels.index.str.startswith("w102")]) == {3.0}  # tertiary, 50 km/h, 3,000
    assert set(levels[~levels.index.str.startswith("w102")]) == {1.0}


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"speed_kph": 30.0}, 2),  # two lanes with a line, more than 1,500 cars, below 37.8 km/h
        ({"speed_kph": 30.0, "vehicles": 900.0}, 1),
        ({"vehicles": 1_200.0}, 2),
        ({"speed_kph": 80.0}, 4),
        ({"lanes": 4.0, "speed_kph": 50.0}, 3),
        ({"lanes": 4.0, "vehicles": 9_000.0}, 4),
        ({"lanes": 6.0, "speed_kph": 30.0}, 3),
        ({"cycleway": "lane"}, 2),
        ({"cycleway": "lane", "speed_kph": 60.0}, 2),
        ({"cycleway": "lane", "speed_kph": 80.0}, 4),
        ({"cycleway": "lane", "lanes": 4.0, "speed_kph": 80.0}, 4),
        ({"cycleway": "track"}, 1),
        ({"cycleway": "right=track left=no"}, 1),
        ({"cycleway": "right=lane left=no"}, 3),  # the other side stays in traffic
        ({"cycleway": "both=separate"}, 3),
        ({"cycleway": "street", "speed_kph": 30.0, "vehicles": 1_400.0}, 1),
        ({"cycleway": "street", "speed_kph": 30.0}, 2),
        ({"mean_speed_kph": 36.0}, 2),  # what is driven goes before the sign
    ],
)
def test_levels_by_hand_from_the_table(changes: dict[str, Any], level: int) -> None:
    assert _rated(**changes)["stress"] == level


def test_a_lane_serves_the_direction_of_its_side() -> None:
    right = _rated(cycleway="left=no right=lane")
    assert (right["stress_forward"], right["stress_backward"]) == (2, 3)
    left = _rated(cycleway="left=no right=lane", left_hand=True)
    assert (left["stress_forward"], left["stress_backward"]) == (3, 2)


def test_on_a_one_way_street_any_side_will_do() -> None:
    one = _rated(ONEWAY, speed_kph=50.0, vehicles=2_000.0)
    assert one["stress_forward"] == 3
    assert np.isnan(one["stress_backward"])
    lane = _rated(ONEWAY, speed_kph=50.0, vehicles=2_000.0, cycleway="left=lane")
    assert lane["stress_forward"] == 2


def test_away_from_cars_there_is_no_stress() -> None:
    assert _rated(PATH, speed_kph=100.0)["facility_forward"] == "path"
    assert _rated(MAIN, drive_forward=False, drive_backward=False)["stress"] == 1


def test_a_removed_street_has_no_level() -> None:
    assert np.isnan(_rated(state="removed")["stress"])


@pytest.mark.parametrize(
    ("text", "right", "left"),
    [
        ("", "mixed", "mixed"),
        ("track", "track", "track"),
        ("both=lane", "lane", "lane"),
        ("left=no right=lane both=crossing", "lane", "mixed"),
        ("left=opposite_lane", "mixed", "lane"),
        ("right=lane;track", "track", "mixed"),
        ("right=what_is_this", "mixed", "mixed"),
    ],
)
def test_words_of_both_sides(text: str, right: str, left: str) -> None:
    assert stress.sides(text, PARAMETERS.facilities) == (right, left)


@given(
    st.sampled_from(["mixed", "lane", "street", "track", "path"]),
    st.sampled_from(["unmarked", "one_way", "two_lane", "four_lane", "six_lane"]),
    st.lists(st.floats(0, 1e5), min_size=2, max_size=2),
    st.lists(st.floats(1, 200), min_size=2, max_size=2),
)
def test_more_cars_and_more_speed_never_calm(
    facility: str, way: str, cars: list[float], speed: list[float]
) -> None:
    words, ways = np.array([facility] * 2, object), np.array([way] * 2, object)
    low, high = stress.levels(
        words, ways, np.array(sorted(cars)), np.array(sorted(speed)), PARAMETERS.stress
    )
    assert 1 <= low <= high <= 4
