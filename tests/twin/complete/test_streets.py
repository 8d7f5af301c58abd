from __future__ import annotations

import pandas as pd
import pytest
from shapely import LineString

from tests.twin.complete import frames
from twin.complete import defaults, streets

FIGURES = defaults.load("DK")


def completed(roads: pd.DataFrame, *, town: bool = True) -> pd.DataFrame:
    return streets.complete(roads, pd.Series(town, roads.index), FIGURES)


def test_length_is_that_of_the_line() -> None:
    assert completed(frames.streets((1, 2), (2, 4)))["length"].tolist() == [100.0, 200.0]


@pytest.mark.parametrize(
    ("facts", "town", "speed", "source"),
    [
        ({"speed_kph": 40.0}, True, 40, "osm"),
        ({}, True, 50, "typology"),
        ({"highway": "tertiary"}, False, 80, "typology"),
        ({"highway": "motorway"}, True, 130, "typology"),
        ({"highway": "footway"}, True, 7, "default"),
        ({"highway": "no_such_class"}, False, 80, "typology"),
    ],
)
def test_speed(facts: dict[str, object], town: bool, speed: float, source: str) -> None:
    one = completed(frames.streets((1, 2), **facts), town=town).iloc[0]
    assert (one["speed_kph"], one["speed_kph_source"]) == (speed, source)


@pytest.mark.parametrize(
    ("facts", "year", "speed"),
    [
        ({"lanes": 2.0}, 2024, 30),
        ({"lanes": 2.0}, None, 30),
        ({"lanes": 2.0}, 2020, 50),
        ({"lanes": 4.0}, 2024, 50),
        ({"lanes": 2.0, "drive_backward": False}, 2021, 50),
        ({"lanes": 1.0, "drive_backward": False}, 2021, 30),
        ({"highway": "living_street"}, 2024, 20),
        ({"lanes": 4.0, "speed_kph": 40.0}, 2024, 40),
    ],
)
def test_spanish_towns_have_their_speed_by_lanes_since_2021(
    facts: dict[str, object], year: int | None, speed: float
) -> None:
    roads = frames.streets((1, 2), **facts)
    town = pd.Series(data=True, index=roads.index)
    done = streets.complete(roads, town, defaults.load("ES"), year)
    assert done["speed_kph"].tolist() == [speed]


def test_rules_of_one_country_do_not_hold_in_another() -> None:
    roads = frames.streets((1, 2), lanes=2.0)
    town = pd.Series(data=True, index=roads.index)
    assert streets.complete(roads, town, FIGURES, 2020)["speed_kph"].tolist() == [50]


def test_other_parts_of_the_same_street_lend_their_sign() -> None:
    roads = frames.streets((1, 2), (2, 3), (3, 4), name="Hovedgaden")
    roads["speed_kph"] = [30.0, float("nan"), 30.0]
    done = completed(roads)
    assert done["speed_kph"].tolist() == [30, 30, 30]
    assert done["speed_kph_source"].tolist() == ["osm", "neighbours", "osm"]


@pytest.mark.parametrize(
    ("facts", "lanes"),
    [
        ({}, 2),
        ({"drive_backward": False}, 1),
        ({"highway": "motorway", "drive_backward": False}, 2),
        ({"lanes": 3.0}, 3),
        ({"highway": "living_street"}, 1),
    ],
)
def test_lanes(facts: dict[str, object], lanes: float) -> None:
    assert completed(frames.streets((1, 2), **facts))["lanes"].tolist() == [lanes]


def test_built_up_where_buildings_stand_and_without_any_where_junctions_are_dense() -> None:
    roads = frames.streets((0, 1), (50, 51))
    houses = frames.buildings({}, {}, {}, spacing=20.0)
    assert streets.built_up(roads, houses, FIGURES).tolist() == [True, False]
    dense = frames.streets(*[(n, n + 1) for n in range(4)], (50, 51))
    crossing = frames.found(
        "streets",
        [
            {
                **dense.iloc[0].to_dict(),
                "geometry": LineString([frames.point(10 * n, 0), frames.point(10 * n, 20)]),
            }
            for n in range(20)
        ],
        [f"w{n}:x" for n in range(20)],
    )
    both = pd.concat([dense, crossing])
    assert streets.built_up(both, houses.iloc[:0], FIGURES).tolist()[:5] == [True] * 4 + [False]
