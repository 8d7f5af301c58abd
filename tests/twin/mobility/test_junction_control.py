from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from shapely import LineString, Point

from tests.twin.cities import frame
from twin.mobility import junction_control as jc
from twin.mobility import road_links
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

PARAMETERS = mobility_parameters("DK")
REACH = PARAMETERS.roads.reach
PLACES = {1: (0, 0), 2: (-100, 0), 3: (100, 0), 4: (0, 100), 5: (0, -100), 6: (20, 0)}
"""Junction 1 in the middle, others around it; 6 stands 20 m east of it."""


def cross(
    ways: Mapping[tuple[int, int], Mapping[str, Any]], control: Mapping[int, str] | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Streets between places, and the junctions at their ends."""
    columns = {key for values in ways.values() for key in values}
    usual = {"highway": "residential", "lanes": 2.0, "drive_forward": True,
             "drive_backward": True, "roundabout": False, "name": None}  # fmt: skip
    data = {
        key: [values.get(key, usual.get(key)) for values in ways.values()]
        for key in columns | set(usual)
    }
    optional = {key: data.pop(key) for key in columns if key.startswith("control_")}
    lines = [LineString([PLACES[a], PLACES[b]]) for a, b in ways]
    streets = frame(
        "streets",
        [f"w{a}{b}:{a}-{b}" for a, b in ways],
        geometry=lines,
        from_node=[a for a, _ in ways],
        to_node=[b for _, b in ways],
        length=[line.length for line in lines],
        speed_kph=50.0,
        **data,
    )
    streets = streets.assign(**{
        key: pd.Series(values, streets.index, dtype="float64" if key.endswith("_at") else "str")
        for key, values in optional.items()
    })  # fmt: skip
    nodes = sorted({node for ends in ways for node in ends})
    junctions = frame("junctions", nodes, geometry=[Point(PLACES[node]) for node in nodes],
                      street_count=1, control=[(control or {}).get(node) for node in nodes])  # fmt: skip
    return streets, junctions


def into(
    ways: Mapping[tuple[int, int], Mapping[str, Any]], control: Mapping[int, str] | None = None
) -> dict[int, tuple[str, str, str]]:
    """Control, role and source of every approach to junction 1, by the node it comes from."""
    streets, junctions = cross(ways, control)
    laid = road_links.laid(streets, PARAMETERS)
    found = jc.controls(laid, junctions, REACH)
    own = found[(laid["head"] == 1) & found["place"]]
    rows = zip(own["control"], own["role"], own["source"], strict=True)
    return {int(laid.loc[name, "tail"]): row for name, row in zip(own.index, rows, strict=True)}


MAIN, MINOR, EQUAL = (
    ("none", "main", "estimated"),
    ("priority", "minor", "estimated"),
    ("priority", "equal", "estimated"),
)


def test_the_road_of_lower_class_waits() -> None:
    big = {"highway": "secondary"}
    found = into({(2, 1): big, (1, 3): big, (1, 4): {}})
    assert found == {2: MAIN, 3: MAIN, 4: MINOR}


def test_of_equal_classes_the_road_goes_on_whose_name_does() -> None:
    named = {"name": "High Street"}
    found = into({(2, 1): named, (1, 3): named, (1, 4): {"name": "Side"}})
    assert found == {2: MAIN, 3: MAIN, 4: MINOR}


@pytest.mark.parametrize("name", [None, "Square"])
def test_equals_wait_for_each_other(name: str | None) -> None:
    same = {"name": name}
    found = into({(2, 1): same, (1, 3): same, (1, 4): same})
    assert found == {2: EQUAL, 3: EQUAL, 4: EQUAL}


def test_two_roads_that_cross_are_equals() -> None:
    one, other = {"name": "One"}, {"name": "Other"}
    found = into({(2, 1): one, (1, 3): one, (1, 4): other, (5, 1): other})
    assert set(found.values()) == {EQUAL}


def test_a_bend_and_the_end_of_a_street_are_no_junction() -> None:
    assert into({(2, 1): {}, (1, 4): {}}) == {}
    assert into({(2, 1): {}}) == {}


def test_a_signal_on_the_junction_holds_for_all_approaches() -> None:
    big = {"highway": "secondary"}
    found = into({(2, 1): big, (1, 3): big, (1, 4): {}}, {1: "traffic_signals"})
    assert found == {
        2: ("signal", "main", "observed"),
        3: ("signal", "main", "observed"),
        4: ("signal", "minor", "observed"),
    }


def test_a_signal_close_to_a_junction_belongs_to_it() -> None:
    """Node 6 is a crossing for people on foot, mapped on the approach 20 m before the junction."""
    ways: dict[tuple[int, int], dict[str, Any]] = {
        (2, 1): {}, (1, 6): {}, (6, 3): {}, (1, 4): {},
    }  # fmt: skip
    assert {row[0] for row in into(ways, {6: "traffic_signals"}).values()} == {"signal"}
    streets, junctions = cross(ways, {6: "traffic_signals"})
    laid = road_links.laid(streets, PARAMETERS)
    found = jc.controls(laid, junctions, REACH)
    assert not found.loc[laid["head"] == 6, "place"].any()


def test_a_signal_far_from_junctions_stands_alone() -> None:
    streets, junctions = cross({(2, 1): {}, (1, 3): {}}, {1: "traffic_signals"})
    laid = road_links.laid(streets, PARAMETERS)
    found = jc.controls(laid, junctions, REACH)
    own = found[found["place"]]
    assert (
        own[["control", "role", "source"]].to_numpy().tolist()
        == [["signal", "alone", "observed"]] * 2
    )


@pytest.mark.parametrize(("at", "control"), [(10.0, "signal"), (60.0, "none")])
def test_a_signal_on_an_approach_counts_within_reach(at: float, control: str) -> None:
    big = {"highway": "secondary"}
    told = {"control_backward": "traffic_signals", "control_backward_at": at}
    found = into({(2, 1): big, (1, 3): {**big, **told}, (1, 4): {}})
    assert found[2][0] == control
    assert found[3] == ("signal", "main" if control == "signal" else "alone", "observed")


def test_a_signal_passed_on_leaving_a_junction_is_not_waited_at() -> None:
    told = {"control_forward": "traffic_signals", "control_forward_at": 90.0}
    streets, junctions = cross({(2, 1): {}, (1, 3): told, (1, 4): {}})
    laid = road_links.laid(streets, PARAMETERS)
    assert not jc.controls(laid, junctions, REACH).loc["w13:1-3 forward", "place"]


def test_signs_go_before_guesses() -> None:
    told = {"control_forward": "stop", "control_forward_at": 5.0}
    found = into({(2, 1): told, (1, 3): {}, (1, 4): {}})
    assert found == {
        2: ("priority", "minor", "observed"),
        3: ("none", "main", "observed"),
        4: ("none", "main", "observed"),
    }


def test_a_sign_on_a_node_of_the_approach_counts() -> None:
    ways: dict[tuple[int, int], dict[str, Any]] = {
        (2, 1): {}, (6, 1): {}, (3, 6): {}, (1, 4): {},
    }  # fmt: skip
    found = into(ways, {6: "give_way"})
    assert found[6] == ("priority", "minor", "observed")
    assert found[2] == ("none", "main", "observed")


def test_cars_wait_at_the_entries_of_a_roundabout_only() -> None:
    ring = {"roundabout": True}
    found = into({(2, 1): ring, (1, 3): ring, (4, 1): {}})
    assert found[4][0] == "roundabout"
    assert found[2][0] == found[3][0] == "none"
    mini = into({(2, 1): {}, (1, 3): {}, (4, 1): {}}, {1: "mini_roundabout"})
    assert {row[0] for row in mini.values()} == {"roundabout"}


def test_between_two_close_nodes_of_one_signal_nobody_waits_again() -> None:
    ways: dict[tuple[int, int], dict[str, Any]] = {
        (2, 1): {}, (1, 6): {}, (6, 3): {}, (1, 4): {}, (6, 5): {},
    }  # fmt: skip
    streets, junctions = cross(ways, {1: "traffic_signals", 6: "traffic_signals"})
    laid = road_links.laid(streets, PARAMETERS)
    found = jc.controls(laid, junctions, REACH)
    assert (found.loc[["w16:1-6 forward", "w16:1-6 backward"], "control"] == "none").all()
    assert found.loc["w21:2-1 forward", "control"] == "signal"


@pytest.mark.parametrize("closed", [(2, 1), (1, 3), (1, 4)])
def test_closing_a_street_leaves_signs_and_signals_as_they_were(closed: tuple[int, int]) -> None:
    named = {"name": "High Street"}
    ways: dict[tuple[int, int], dict[str, Any]] = {
        (2, 1): named, (1, 3): named, (1, 4): {"name": "Side"},
    }  # fmt: skip
    shut = {**ways, closed: {**ways[closed], "drive_forward": False, "drive_backward": False}}
    assert into(shut) == into(ways)


def test_no_streets_no_controls() -> None:
    streets, junctions = cross({(2, 1): {}})
    laid = road_links.laid(streets.iloc[:0], PARAMETERS)
    assert jc.controls(laid, junctions, REACH).empty
