from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.mobility import elimination, reach

if TYPE_CHECKING:
    from twin.mobility.elimination import Ladder


def _graph(draw: np.random.Generator, nodes: int, size: int) -> tuple[reach.Net, nx.DiGraph]:
    ends = draw.integers(0, nodes, (2, size))
    time = draw.uniform(0.1, 5.0, (2, size))
    cost = time * draw.uniform(1, 2, (2, size))
    cost[draw.random((2, size)) < 0.2] = np.inf
    of = reach.net(
        (ends[0], ends[1]), nodes, (cost[0], cost[1]), (time[0][:, None], time[1][:, None])
    )
    graph = nx.DiGraph()
    graph.add_nodes_from(range(nodes))
    for k in range(size):
        for (a, b), way in (((ends[0, k], ends[1, k]), 0), ((ends[1, k], ends[0, k]), 1)):
            known = graph.get_edge_data(a, b, {"cost": np.inf})["cost"]
            if cost[way, k] < known:
                graph.add_edge(int(a), int(b), cost=cost[way, k], time=time[way, k])
    return of, graph


def _reached(ladder: Ladder, start: int, nodes: int) -> tuple[list[float], list[float]]:
    """Cost and time of every node: networkx over what is left, then the sweep by hand."""
    left = nx.DiGraph()
    left.add_nodes_from(range(nodes))
    for node in range(nodes):
        for arc in range(ladder.up.first[node], ladder.up.first[node + 1]):
            left.add_edge(node, int(ladder.up.to[arc]), cost=ladder.up.cost[arc],
                          time=ladder.up.carry[arc, 0])  # fmt: skip
    cost, time = [np.inf] * nodes, [np.inf] * nodes
    for node, path in nx.single_source_dijkstra_path(left, start, weight="cost").items():
        cost[node] = nx.path_weight(left, path, "cost")
        time[node] = nx.path_weight(left, path, "time")
    for place, node in enumerate(ladder.order):
        for way in range(ladder.first[place], ladder.first[place + 1]):
            source = ladder.source[way]
            if cost[source] + ladder.cost[way] < cost[node]:
                cost[node] = cost[source] + ladder.cost[way]
                time[node] = time[source] + ladder.time[way]
    return cost, time


@given(st.integers(0, 2**32 - 1), st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_a_thinned_network_is_as_far_as_the_whole_one(seed: int, few: int) -> None:
    draw = np.random.default_rng(seed)
    nodes = 12
    of, graph = _graph(draw, nodes, 20)
    ladder = elimination.thinned(of.arcs, few)
    for start in range(nodes):
        cost, time = _reached(ladder, start, nodes)
        expected = nx.single_source_dijkstra_path(graph, start, weight="cost")
        for node in range(nodes):
            if node in expected:
                assert cost[node] == pytest.approx(nx.path_weight(graph, expected[node], "cost"))
                assert time[node] == pytest.approx(nx.path_weight(graph, expected[node], "time"))
            else:
                assert np.isinf(cost[node])


def test_a_tree_is_left_out_whole() -> None:
    draw = np.random.default_rng(1)
    tree = nx.random_labeled_tree(30, seed=1)
    ends = np.array(tree.edges).T
    ones = np.ones((29, 1))
    of = reach.net((ends[0], ends[1]), 30, (draw.random(29), draw.random(29)), (ones, ones))
    ladder = elimination.thinned(of.arcs, 1)
    assert sorted(ladder.order) == list(range(30))


def test_nothing_left_out_is_the_network_itself() -> None:
    draw = np.random.default_rng(2)
    of, _ = _graph(draw, 8, 15)
    ladder = elimination.whole(of.arcs)
    assert ladder.up is of.arcs
    assert not len(ladder.order)
