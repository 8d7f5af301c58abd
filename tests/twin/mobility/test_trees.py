from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.mobility.roads import distances, network, random_case
from twin.mobility.paths import graph
from twin.mobility.trees import outward, repaired


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_mended_trees_are_those_of_scipy_whatever_changed(seed: int, through: bool) -> None:
    road, _ = random_case(seed, through=through)
    of, draw = outward(graph(road)), np.random.default_rng(seed)
    origins = np.arange(road.zones, dtype=np.int64)
    tree = np.full((road.zones, road.nodes), -1, np.int32)
    for _ in range(4):
        cost = draw.choice([0.0, 1.0, 2.0, 3.0, np.inf], len(road.link_from))
        found, parent = repaired(of, cost[None], np.zeros(road.zones, np.int64), origins, tree)
        finite = np.where(np.isfinite(cost), cost, 1e9)
        expected = distances(road, finite, origins)
        assert found == pytest.approx(np.where(expected < 1e9, expected, np.inf))
        _whole(road.link_from, road.link_to, tree, parent, found)


def _whole(
    tail: np.ndarray, head: np.ndarray, tree: np.ndarray, parent: np.ndarray, found: np.ndarray
) -> None:
    """Each link of a tree follows one that stands before it; parents are the same links."""
    for origin, (links, above) in enumerate(zip(tree, parent, strict=True)):
        links = links[links >= 0]  # noqa: PLW2901 - the rest of the row is empty
        known = {origin}
        for link in links:
            assert int(tail[link]) in known
            assert above[head[link]] == link
            known.add(int(head[link]))
        assert len(known) == len(links) + 1 == np.isfinite(found[origin]).sum()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_nonsense_in_old_trees_does_no_harm(seed: int) -> None:
    road, _ = random_case(seed)
    draw = np.random.default_rng(seed)
    origins = np.arange(road.zones, dtype=np.int64)
    tree = draw.integers(-1, len(road.link_from), (road.zones, road.nodes)).astype(np.int32)
    found, _ = repaired(
        outward(graph(road)), road.free_time[None], np.zeros(road.zones, np.int64), origins, tree
    )
    assert found == pytest.approx(distances(road, road.free_time, origins))


def test_each_class_sees_its_own_costs() -> None:
    road = network([(0, 1, 3.0, 0, 1, 0), (0, 1, 1.0, 0, 1, 0)], 2, 2)
    cost = np.array([[3.0, 1.0], [3.0, np.inf]])
    tree = np.full((2, 2), -1, np.int32)
    found, parent = repaired(
        outward(graph(road)), cost, np.array([0, 1]), np.zeros(2, np.int64), tree
    )
    assert found[:, 1].tolist() == [1.0, 3.0]
    assert parent[:, 1].tolist() == [1, 0]


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_threads_do_not_change_a_bit(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.mobility.paths.WORTH_A_THREAD", 1)
    road, _ = random_case(3)
    origins = np.arange(road.nodes, dtype=np.int64)
    klass, of = np.zeros(road.nodes, np.int64), outward(graph(road))
    one, many = (np.full((road.nodes, road.nodes), -1, np.int32) for _ in range(2))
    single = repaired(of, road.free_time[None], klass, origins, one, threads=1)
    shared = repaired(of, road.free_time[None], klass, origins, many, threads=threads)
    assert single[0].tobytes() == shared[0].tobytes()
    assert one.tobytes() == many.tobytes()
