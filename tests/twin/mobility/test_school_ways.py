"""Ways to school on a grid of blocks of 100 m: metres and crossings by head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.cities import CRS, place, tiny
from twin.mobility import school_ways
from twin.mobility.active import active_parameters
from twin.mobility.school_ways import Habits

if TYPE_CHECKING:
    from twin.mobility.walking import Mode

HABITS = Habits(reach=400.0, busy=3000.0, detour=100.0)
MAIN = ["w102:21-22", "w102:22-23", "w102:23-24"]
BUSY = pd.Series(5000.0, pd.Index(MAIN))
QUIET = pd.Series(2999.0, pd.Index(MAIN))


def ways(
    home: tuple[float, float],
    school: tuple[float, float],
    vehicles: pd.Series,
    mode: Mode = "walk",
    habits: Habits = HABITS,
) -> pd.Series:
    homes, schools = (gpd.GeoSeries([place(*one)], crs=CRS) for one in (home, school))
    return school_ways.ways(
        tiny().streets, tiny().junctions, homes, schools, vehicles, active_parameters(), habits,
        mode,
    ).iloc[0]  # fmt: skip


def test_crossing_a_busy_road_counts_once() -> None:
    # Along Midtvej from half a block south of Hovedgaden to half a block north of it.
    found = ways((100, 50), (100, 150), BUSY)
    assert found.to_dict() == pytest.approx(
        {"addresses": 1, "metres": 100.0, "crossings": 1.0, "crossing": 1}
    )


def test_a_road_below_the_threshold_is_no_crossing() -> None:
    found = ways((100, 50), (100, 150), QUIET)
    assert (found["crossings"], found["crossing"], found["metres"]) == pytest.approx((0, 0, 100))


def test_living_on_the_busy_road_and_going_along_it_crosses_nothing() -> None:
    found = ways((50, 100), (150, 100), BUSY)
    assert (found["crossings"], found["metres"]) == pytest.approx((0, 100))


def test_turning_off_a_busy_road_is_half_a_crossing_on_average() -> None:
    found = ways((150, 100), (100, 150), BUSY)
    assert (found["crossings"], found["crossing"], found["metres"]) == pytest.approx((0.5, 0, 100))


def test_children_take_a_detour_to_save_crossings() -> None:
    # Along Sydgade it is 200 m; where Midtvej, busy, ends on it at 12, the way crosses once.
    midtvej = pd.Series(5000.0, pd.Index(["w202:12-22"]))
    straight = ways((50, 0), (250, 0), midtvej)
    assert (straight["metres"], straight["crossings"]) == pytest.approx((200.0, 1.0))
    # Round by Nordgade it is 500 m longer: taken only where a crossing is worth more than that.
    for worth, expected in ((499.0, (200.0, 1.0)), (501.0, (700.0, 0.0))):
        found = ways((50, 0), (250, 0), midtvej, habits=Habits(1000.0, 3000.0, worth))
        assert (found["metres"], found["crossings"]) == pytest.approx(expected)


def test_addresses_out_of_reach_are_not_counted() -> None:
    found = ways((0, 0), (300, 200), QUIET)
    assert found["addresses"] == 0
    assert found["crossing"] == 0
    assert pd.isna(found["metres"])


def test_bicycles_go_to_school_not_away_from_it() -> None:
    # Ensrettet may be ridden north only: from 23 southwards bicycles go round the block.
    found = ways((200, 100), (200, 50), QUIET, mode="bicycle", habits=Habits(1e4, 3000.0, 100.0))
    assert found["metres"] == pytest.approx(100 + 100 + 100 + 50)
    back = ways((200, 50), (200, 100), QUIET, mode="bicycle")
    assert back["metres"] == pytest.approx(50)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_felt_ways_are_the_shortest_of_a_plain_graph(seed: int) -> None:
    """From the middle of a street to the middle of another, by networkx."""
    draw = np.random.default_rng(seed)
    streets = tiny().streets
    ids = list(streets.index)
    busy = [name for name in ids if draw.random() < 0.3]
    home, school = draw.choice(len(ids), 2, replace=False)
    middle = streets.geometry.interpolate(0.5, normalized=True)
    vehicles = pd.Series(9999.0, pd.Index(busy, dtype="str"))
    found = school_ways.ways(
        streets, tiny().junctions, middle.iloc[[home]], middle.iloc[[school]], vehicles,
        active_parameters(), Habits(1e4, 3000.0, 70.0),
    ).iloc[0]  # fmt: skip
    graph = nx.Graph()
    ends = streets[["from_node", "to_node"]].to_numpy()
    loud = {int(node) for name in busy for node in streets.loc[name, ["from_node", "to_node"]]}
    for number, (one, other) in enumerate(ends.tolist()):
        half = [35.0 * (node in loud and ids[number] not in busy) for node in (one, other)]
        if number in (home, school):
            graph.add_edge(one, ("middle", number), weight=50.0 + half[0])
            graph.add_edge(("middle", number), other, weight=50.0 + half[1])
        else:
            graph.add_edge(one, other, weight=100.0 + sum(half))
    felt = nx.dijkstra_path_length(graph, ("middle", int(home)), ("middle", int(school)))
    assert found["metres"] + 70.0 * found["crossings"] == pytest.approx(felt)
