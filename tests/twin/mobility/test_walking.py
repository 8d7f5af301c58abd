from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.cities import CRS, place, tiny
from twin.mobility import walking
from twin.mobility.active import active_parameters

if TYPE_CHECKING:
    import pandas as pd

    from twin.mobility.walking import Spots, Walks

spots = st.lists(
    st.tuples(st.integers(-30, 330), st.integers(-30, 230)), min_size=0, max_size=5, unique=True
)


def _network(oneway: bool = False) -> Walks:
    streets = tiny().streets
    if oneway:
        streets = streets.assign(walk_backward=streets["way_id"] % 2 == 0)
    return walking.network(streets, tiny().junctions, 0.0)


def _tie(walks: Walks, at: list[tuple[int, int]], farthest: float = 60.0) -> Spots:
    points = gpd.GeoSeries([place(*one) for one in at], crs=CRS)
    return walking.tie(walks, points, farthest)


def _oracle(walks: Walks, origin: tuple[float, ...], target: tuple[float, ...]) -> float:
    """Shortest way by networkx, where both points cut their segments."""
    graph = nx.DiGraph()
    cuts: dict[int, list[tuple[float, object]]] = {}
    for name, (segment, along, _leg) in (("from", origin), ("to", target)):
        cuts.setdefault(int(segment), []).append((along, name))
    for number in range(len(walks.ids)):
        marks = [(0.0, int(walks.tail[number])), *cuts.get(number, []),
                 (float(walks.length[number]), int(walks.head[number]))]  # fmt: skip
        marks.sort(key=lambda mark: mark[0])
        for (start, here), (end, there) in itertools.pairwise(marks):
            for allowed, edge in (
                (walks.forward[number], (here, there)),
                (walks.backward[number], (there, here)),
            ):
                known = graph.get_edge_data(*edge, {"metres": np.inf})["metres"]
                if allowed:
                    graph.add_edge(*edge, metres=min(end - start, known))
    try:
        way = nx.shortest_path_length(graph, "from", "to", weight="metres")
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return np.inf
    return float(way + origin[2] + target[2])


def _table(found: pd.DataFrame) -> dict[tuple[int, int], float]:
    rows = found[["origin", "target", "metres"]].itertuples(index=False, name=None)
    return {(origin, target): metres for origin, target, metres in rows}


def test_walks_by_hand() -> None:
    walks = _network()
    homes, stops = _tie(walks, [(25, 50), (0, 10)]), _tie(walks, [(200, 110), (0, 90)])
    found = _table(walking.pairs(walks, homes, stops, 1000.0))
    assert found == pytest.approx({
        (0, 0): 25 + 50 + 200 + 10,  # to the street, north, east along the main road, to the stop
        (0, 1): 25 + 40,
        (1, 0): 90 + 200 + 10,
        (1, 1): 80,
    })  # fmt: skip
    assert set(_table(walking.pairs(walks, homes, stops, 80.0))) == {(0, 1), (1, 1)}


@given(spots, spots, st.booleans())
@settings(max_examples=60, deadline=None)
def test_all_pairs_are_those_of_a_search_of_the_cut_network(
    here: list[tuple[int, int]], there: list[tuple[int, int]], oneway: bool
) -> None:
    walks = _network(oneway)
    origins, targets = _tie(walks, here), _tie(walks, there)
    found = _table(walking.pairs(walks, origins, targets, 400.0))
    expected = {}
    for origin, first in enumerate(zip(origins.segment, origins.along, origins.leg, strict=True)):
        for target, last in enumerate(
            zip(targets.segment, targets.along, targets.leg, strict=True)
        ):
            if first[0] >= 0 and last[0] >= 0:
                metres = _oracle(walks, first, last)
                if abs(metres - 400.0) < 1e-6:
                    return
                if metres < 400.0:
                    expected[origin, target] = metres
    assert found == pytest.approx(expected, abs=1e-6)


def test_points_far_from_any_street_walk_nowhere() -> None:
    walks = _network()
    off, on = _tie(walks, [(5000, 5000)]), _tie(walks, [(0, 0)])
    assert off.segment.tolist() == [-1]
    assert walking.pairs(walks, off, on, 1e6).empty
    assert walking.pairs(walks, on, off, 1e6).empty


def test_little_room_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    walks = _network()
    homes = _tie(walks, [(25, 50), (0, 10), (130, 160), (290, 190)])
    whole = walking.pairs(walks, homes, homes, 500.0)
    monkeypatch.setattr(walking, "ROOM", 1)
    assert walking.pairs(walks, homes, homes, 500.0).equals(whole)


PARAMETERS = active_parameters()
METRES = 80.0
"""Metres that people walk in a minute on the flat [m]."""


def _skim(*at: tuple[float, float], **streets: Any) -> walking.ActiveSkim:
    city = tiny()
    points = gpd.GeoSeries([place(*one) for one in at], crs=CRS)
    return walking.skim(city.streets.assign(**streets), city.junctions, points, PARAMETERS)


def test_skims_by_hand_with_waits_at_crossings() -> None:
    found = _skim((0, 50), (0, 150), (50, 100), (150, 100))
    assert found.time[0, 1] == pytest.approx(100 / METRES + 2.1207 / 60, abs=1e-5)
    signal = 70**2 / 180 / 60
    assert found.time[2, 3] == pytest.approx(100 / METRES + signal)
    assert found.length[0, 1] == pytest.approx(0.1)
    assert not found.stressed.any()


def test_stairs_and_gradients_slow_people_down() -> None:
    level, stairs = _skim((0, 20), (0, 80)), _skim((0, 20), (0, 80), highway="steps")
    assert stairs.time[0, 1] == pytest.approx(level.time[0, 1] / PARAMETERS.stairs)
    slope = _skim((0, 20), (0, 80), grade=0.1)
    assert slope.time[0, 1] == pytest.approx(60 / METRES * np.exp(3.5 * 0.1))
    assert slope.time[1, 0] == pytest.approx(60 / METRES)  # as fast 10 % down as on the flat
    down = _skim((0, 20), (0, 80), grade=-0.05)
    assert down.time[0, 1] == pytest.approx(60 / METRES * np.exp(-3.5 * 0.05))


def test_a_mad_gradient_is_not_believed() -> None:
    found, most = _skim((0, 20), (0, 80), grade=9.0), PARAMETERS.grade_most
    assert found.time[0, 1] == pytest.approx(60 / METRES * np.exp(3.5 * most))


def test_skims_need_no_country() -> None:
    assert PARAMETERS.walk_speed == 4.8
    assert PARAMETERS.walk_limit == 15.0
