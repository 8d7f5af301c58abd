from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.mobility.roads import distances, least_cost, network, random_case
from twin.mobility.paths import graph, skim, trees


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_trees_agree_with_networkx_and_scipy(seed: int, through: bool) -> None:
    road, _ = random_case(seed, through=through)
    origins = np.arange(road.zones, dtype=np.int64)
    found, _ = trees(graph(road), road.free_time, origins)
    by_scipy = distances(road, road.free_time, origins)
    for origin in range(road.zones):
        for target in range(road.nodes):
            expected = 0.0 if origin == target else least_cost(road, road.free_time, origin, target)
            assert found[origin, target] == pytest.approx(expected)
            assert by_scipy[origin, target] == pytest.approx(expected)


def test_parents_lead_back_to_the_origin_at_the_stated_cost() -> None:
    road, _ = random_case(7)
    of = graph(road)
    distance, parent = trees(of, road.free_time, np.array([2]))
    for node in range(road.nodes):
        total, here = 0.0, node
        while here != 2:
            link = parent[0, here]
            total += road.free_time[link]
            here = int(road.link_from[link])
        assert total == pytest.approx(distance[0, node])


def test_zones_are_not_passed_through() -> None:
    # Zone 1 lies on the short way from zone 0 to zone 2; junction 3 is the long way.
    links = [(0, 1, 1.0, 0, 1, 0), (1, 2, 1.0, 0, 1, 0), (0, 3, 5.0, 0, 1, 0),
             (3, 2, 5.0, 0, 1, 0)]  # fmt: skip
    closed = network(links, 3, 4, first_through=3)
    opened = network(links, 3, 4, first_through=0)
    assert trees(graph(closed), closed.free_time, np.array([0]))[0][0].tolist() == [0, 1, 10, 5]
    assert trees(graph(opened), opened.free_time, np.array([0]))[0][0].tolist() == [0, 1, 2, 5]


def test_the_cheaper_of_parallel_links_is_taken_and_free_links_count() -> None:
    road = network([(0, 1, 3.0, 0, 1, 0), (0, 1, 0.0, 0, 1, 0), (0, 1, 2.0, 0, 1, 0)], 2, 2)
    distance, parent = trees(graph(road), road.free_time, np.array([0]))
    assert distance[0, 1] == 0.0
    assert parent[0, 1] == 1
    assert distances(road, road.free_time, np.array([0]))[0, 1] == 0.0


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_threads_do_not_change_a_bit(threads: int) -> None:
    road, _ = random_case(3)
    origins = np.arange(road.nodes, dtype=np.int64)
    one = trees(graph(road), road.free_time, origins, threads=1)
    many = trees(graph(road), road.free_time, origins, threads=threads)
    assert one[0].tobytes() == many[0].tobytes()
    assert one[1].tobytes() == many[1].tobytes()


def test_skim_sums_length_along_the_quickest_path() -> None:
    # 0 -> 2 -> 1 is quicker (2 min) but longer (9 km) than the direct link (3 min, 1 km).
    road = network([(0, 1, 3.0, 0, 1, 0), (0, 2, 1.0, 0, 1, 0), (2, 1, 1.0, 0, 1, 0)], 2, 3)
    time, length = skim(graph(road), road.free_time, np.array([1.0, 4.0, 5.0]), 2)
    assert time.tolist() == [[0.0, 2.0], [np.inf, 0.0]]
    assert length.tolist() == [[0.0, 9.0], [np.inf, 0.0]]
