from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.mobility import opportunities, reach
from twin.mobility.reach import Net, Points

if TYPE_CHECKING:
    from numpy.typing import NDArray

seeds = st.integers(0, 2**32 - 1)


def _net(draw: np.random.Generator, *, symmetric: bool = False, waits: bool = True) -> Net:
    """Eight nodes, fifteen segments, some parallel, some loops, some closed in a direction."""
    nodes, size = 8, 15
    tail, head = draw.integers(0, nodes, (2, size))
    time = draw.uniform(0.1, 2.0, (2, size))
    cost = time * draw.uniform(1.0, 3.0, (2, size))
    length = draw.uniform(1.0, 9.0, size)
    if symmetric:
        time[1], cost[1] = time[0], cost[0]
    else:
        cost[draw.random((2, size)) < 0.2] = np.inf
    wait = draw.uniform(0.0, 0.3, (2, size)) * waits
    carry = [np.column_stack([one, length]) for one in time]
    return reach.net((tail, head), nodes, (cost[0], cost[1]), (carry[0], carry[1]),
                     (wait[0], wait[1]))  # fmt: skip


def _points(draw: np.random.Generator, count: int, segments: int = 15) -> Points:
    return Points(
        draw.integers(-1, segments, count), draw.uniform(0, 1, count), draw.uniform(0, 0.2, count)
    )


def _graph(of: Net, **points: Points) -> nx.MultiDiGraph:
    """The same network for networkx: segments cut at all points, ends with their waits."""
    graph, ground = nx.MultiDiGraph(), of.ground
    graph.add_nodes_from(range(of.nodes))
    for segment in range(len(ground.tail)):
        marks: list[tuple[float, Any]] = [(0.0, (segment, "tail")), (1.0, (segment, "head"))]
        for name, each in points.items():
            for number in np.flatnonzero(each.segment == segment):
                marks.append((each.share[number], (name, number, "on")))
                for one, other in ((0, 1), (1, 0)):
                    ends = ((name, number), (name, number, "on"))
                    leg = each.leg[number]
                    graph.add_edge(ends[one], ends[other], cost=leg, carry=np.array([leg, 0.0]))
        for end, wait in (("tail", ground.wait_tail), ("head", ground.wait_head)):
            node = int(getattr(ground, end)[segment])
            waits = {"cost": wait[segment], "carry": np.array([wait[segment], 0.0])}
            graph.add_edge(node, (segment, end), **waits)
            graph.add_edge((segment, end), node, **waits)
        marks.sort(key=lambda mark: mark[0])
        for (a, here), (b, there) in pairwise(marks):
            for ends, cost, carry in (((here, there), ground.ahead, ground.carry_ahead),
                                      ((there, here), ground.back, ground.carry_back)):  # fmt: skip
                if np.isfinite(cost[segment]):
                    graph.add_edge(*ends, cost=(b - a) * cost[segment],
                                   carry=(b - a) * carry[segment])  # fmt: skip
    return graph


def _way(graph: nx.MultiDiGraph, start: Any, goal: Any) -> tuple[float, NDArray[np.float64]]:
    """Cost and quantities of the cheapest way by networkx."""
    if start not in graph or goal not in graph or not nx.has_path(graph, start, goal):
        return np.inf, np.full(2, np.inf)
    path = nx.dijkstra_path(graph, start, goal, weight="cost")
    steps = [
        min(graph.get_edge_data(a, b).values(), key=lambda edge: edge["cost"])
        for a, b in pairwise(path)
    ]
    return sum(s["cost"] for s in steps), sum((s["carry"] for s in steps), np.zeros(2))


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_the_nearest_goal_of_each_point_is_that_of_networkx(seed: int) -> None:
    draw = np.random.default_rng(seed)
    of = _net(draw)
    points, goals = _points(draw, 5), _points(draw, 4)
    cost, carry = reach.nearest(of, points, goals)
    graph = _graph(of, point=points, goal=goals)
    for number in range(5):
        ways = [_way(graph, ("point", number), ("goal", goal)) for goal in range(4)]
        best = min(ways, key=lambda way: way[0])
        assert cost[number] == pytest.approx(best[0])
        np.testing.assert_allclose(carry[number], best[1])


@pytest.mark.parametrize(("slots", "far"), [(1, 0.0), (3, 2.0), (64, 0.0), (64, 2.0)])
@given(seed=seeds)
@settings(max_examples=20, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_skims_and_opportunities_are_those_of_networkx(
    monkeypatch: pytest.MonkeyPatch, slots: int, far: float, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    of = _net(draw)
    points, goals = _points(draw, 6), _points(draw, 8)
    cost, carry, _ = reach.skim(of, points, goals)
    graph = _graph(of, point=points, goal=goals)
    for i, j in product(range(6), range(8)):
        expected = _way(graph, ("point", i), ("goal", j))
        assert cost[i, j] == pytest.approx(expected[0])
        np.testing.assert_allclose(carry[i, j], expected[1])
    timed = _timed(of)
    weights = np.column_stack([np.ones(8), draw.uniform(0, 5, 8)])
    monkeypatch.setattr(opportunities, "LEAST", slots)
    monkeypatch.setattr(opportunities, "ROOM", slots)
    monkeypatch.setattr(opportunities, "FAR", far)
    time = np.where(np.isfinite(cost), carry[..., 0], np.inf)
    for limits in ([0.5, 1.5], [4.0, 0.2]):
        sums = opportunities.within(timed, points, goals, weights, np.array(limits))
        within = np.column_stack([(time <= limits[k]) @ weights[:, k] for k in range(2)])
        off = points.segment < 0
        np.testing.assert_allclose(sums[~off], within[~off])
        assert np.isnan(sums[off]).all()


def _timed(of: Net) -> Net:
    """The same network that carries time alone."""
    ground = of.ground
    return reach.net((ground.tail, ground.head), of.nodes, (ground.ahead, ground.back),
                     (ground.carry_ahead[:, :1], ground.carry_back[:, :1]),
                     (ground.wait_tail, ground.wait_head))  # fmt: skip


@given(seeds, st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_a_few_nearest_goals_of_each_node_are_the_cheapest_of_all(seed: int, most: int) -> None:
    draw = np.random.default_rng(seed)
    of, goals = _net(draw), _points(draw, 4)
    cost, carry, goal = reach.nearest_to_nodes(of, goals, most, limit=3.0)
    graph = _graph(of, goal=goals)
    for node in range(of.nodes):
        ways = [_way(graph, node, ("goal", number)) for number in range(4)]
        order = sorted(range(4), key=lambda number: ways[number][0])
        near = [number for number in order if ways[number][0] <= 3.0][:most]
        assert goal[node].tolist() == near + [-1] * (most - len(near))
        np.testing.assert_allclose(cost[node, : len(near)], [ways[number][0] for number in near])
        for place, number in enumerate(near):
            np.testing.assert_allclose(carry[node, place], ways[number][1])


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_every_node_reaches_what_networkx_says(seed: int) -> None:
    draw = np.random.default_rng(seed)
    of = _net(draw)
    weights = draw.uniform(0, 9, (of.nodes, 2))
    met, sums = reach.around(of, 2.0, weights)
    graph = _graph(of)
    for node in range(of.nodes):
        far = nx.single_source_dijkstra_path_length(graph, node, cutoff=2.0, weight="cost")
        near = [other for other in range(of.nodes) if other in far]
        assert met[node] == len(near)
        np.testing.assert_allclose(sums[node], weights[near].sum(axis=0))


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_trips_load_the_segments_of_their_routes_by_networkx(seed: int) -> None:
    draw = np.random.default_rng(seed)
    of, points, goals = _net(draw), _points(draw, 5), _points(draw, 5)
    trips = draw.uniform(0, 4, (5, 5))
    _, _, loads = reach.skim(of, points, goals, trips)
    graph, where = _graph(of, point=points, goal=goals), _positions(points, goals)
    expected = np.zeros_like(loads)
    for i, j in product(range(5), range(5)):
        start, goal = ("point", i), ("goal", j)
        if start in graph and goal in graph and nx.has_path(graph, start, goal):
            path = nx.dijkstra_path(graph, start, goal, weight="cost")
            for segment, direction in _used([where.get(node, (-1, 0.0)) for node in path]):
                expected[segment, direction] += trips[i, j]
    np.testing.assert_allclose(loads, expected)
    assert np.array_equal(loads, reach.skim(of, points, goals, trips, threads=1)[2])


def _positions(points: Points, goals: Points) -> dict[Any, tuple[int, float]]:
    """Segment and share of each node of the graph that lies on one."""
    found: dict[Any, tuple[int, float]] = {}
    for segment in range(15):
        found |= {(segment, "tail"): (segment, 0.0), (segment, "head"): (segment, 1.0)}
    for name, each in (("point", points), ("goal", goals)):
        for number, (segment, share) in enumerate(zip(each.segment, each.share, strict=True)):
            found[name, number, "on"] = (int(segment), float(share))
    return found


def _used(marks: list[tuple[int, float]]) -> list[tuple[int, int]]:
    """Segments that a path runs along, and in which direction, once for each run."""
    runs = [(a[0], int(b[1] < a[1])) for a, b in pairwise(marks) if a[0] == b[0] >= 0]
    passed = [a[0] == b[0] >= 0 for a, b in pairwise(marks)]
    starts = [now and not before for before, now in pairwise([False, *passed])]
    places = [sum(passed[:place]) for place, begins in enumerate(starts) if begins]
    return [runs[place] for place in places]


def test_loads_by_hand_on_a_line() -> None:
    size = 3
    length = np.ones((size, 1))
    of = reach.net((np.arange(3), np.arange(1, 4)), 4, (np.ones(size), np.ones(size)),
                   (length, length))  # fmt: skip
    points = Points(np.array([0, 2, 1]), np.array([0.5, 0.5, 0.25]), np.zeros(3))
    trips = np.array([[0.0, 5.0, 2.0], [7.0, 0.0, 0.0], [0.0, 1.0, 4.0]])
    cost, _, loads = reach.skim(of, points, points, trips)
    np.testing.assert_allclose(cost, [[0.0, 2.0, 0.75], [2.0, 0.0, 1.25], [0.75, 1.25, 0.0]])
    np.testing.assert_allclose(loads, [[7.0, 7.0], [8.0 + 4.0, 7.0], [6.0, 7.0]])


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_symmetric_networks_are_as_far_there_as_back(seed: int) -> None:
    draw = np.random.default_rng(seed)
    of, points = _net(draw, symmetric=True), _points(draw, 6)
    cost, carry, _ = reach.skim(of, points, points)
    np.testing.assert_allclose(cost, cost.T)
    np.testing.assert_allclose(carry, carry.transpose(1, 0, 2))


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_one_more_segment_never_lengthens_a_way(seed: int) -> None:
    draw = np.random.default_rng(seed)
    of, points = _net(draw), _points(draw, 6, segments=14)
    ground = of.ground
    fewer = reach.net((ground.tail[:-1], ground.head[:-1]), of.nodes,
                      (ground.ahead[:-1], ground.back[:-1]),
                      (ground.carry_ahead[:-1], ground.carry_back[:-1]),
                      (ground.wait_tail[:-1], ground.wait_head[:-1]))  # fmt: skip
    more, less = (reach.skim(one, points, points)[0] for one in (of, fewer))
    assert (more <= less + 1e-12).all()


def test_any_number_of_threads_gives_the_same_bits() -> None:
    draw = np.random.default_rng(5)
    of, points, goals = _timed(_net(draw)), _points(draw, 40), _points(draw, 60)
    weights = draw.uniform(0, 1, (60, 1))
    one, many = (
        opportunities.within(of, points, goals, weights, np.array([2.0]), threads=count)
        for count in (1, 5)
    )
    assert np.array_equal(one, many, equal_nan=True)
    alone, shared = (reach.around(of, 2.0, np.ones((of.nodes, 1)), threads=n) for n in (1, 5))
    assert np.array_equal(alone[1], shared[1])


def test_nothing_to_search_is_no_problem() -> None:
    none = np.zeros(0, np.int64)
    empty = np.zeros((0, 1))
    of = reach.net((none, none), 0, (np.zeros(0), np.zeros(0)), (empty, empty))
    lost = Points(np.array([-1, -1]), np.array([np.nan, np.nan]), np.array([np.nan, np.nan]))
    assert np.isinf(reach.nearest(of, lost, lost)[0]).all()
    assert np.isinf(reach.skim(of, lost, lost)[0]).all()
    assert np.isnan(opportunities.within(of, lost, lost, np.ones((2, 1)), np.array([5.0]))).all()
    assert reach.around(of, 1.0)[0].shape == (0,)
