"""Dead ends and closed pockets, by head and against networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.cities import tiny
from twin.mobility import lorry_access


def test_ring_with_a_tail_of_two_streets() -> None:
    # 0 - 1 - 2 - 0 is a ring, 2 - 3 - 4 hangs on it, 3 - 5 too.
    tail, head = np.array([0, 1, 2, 2, 3, 3]), np.array([1, 2, 0, 3, 4, 5])
    length = np.array([10.0, 10.0, 10.0, 30.0, 40.0, 5.0])
    found = lorry_access.way_back(tail, head, length, 6)
    assert found == pytest.approx([0.0, 0.0, 0.0, 30.0, 70.0, 35.0])


def test_parallel_streets_and_loops_are_rings_and_a_tree_has_none() -> None:
    one = lorry_access.way_back(np.array([0, 0, 1]), np.array([1, 1, 2]), np.full(3, 20.0), 3)
    assert one == pytest.approx([0.0, 0.0, 20.0])
    loop = lorry_access.way_back(np.array([0, 1]), np.array([1, 1]), np.full(2, 20.0), 2)
    assert loop == pytest.approx([20.0, 0.0])
    assert np.isinf(lorry_access.way_back(np.array([0, 1]), np.array([1, 2]), np.ones(2), 3)).all()


def test_a_street_that_leads_out_but_not_in_is_not_reached() -> None:
    # 0 = 1 = 2 both ways, 3 -> 2 one way only.
    tail, head = np.array([0, 1, 3]), np.array([1, 2, 2])
    back = np.array([True, True, False])
    found = lorry_access.reached(tail, head, np.ones(3), (np.ones(3, bool), back), 4)
    assert list(found) == [True, True, False]


def test_closing_a_block_makes_its_stub_a_dead_end() -> None:
    streets = tiny().streets
    # Parkstien is for bicycles: the three blocks to the east hang on Ensrettet as dead ends.
    before = lorry_access.access(streets)
    assert "w204:14-24" not in before.index
    assert before.loc["w102:23-24", "reverse"] == pytest.approx(100.0)
    assert before.loc["w102:21-22", "reverse"] == 0.0
    assert before["reached"].all()
    streets["lorries"] = streets.index != "w201:21-31"
    after = lorry_access.access(streets)
    # Without Vestvej's northern block, Nordgade's western one is reached from 32 only.
    assert after.loc["w103:31-32", "reverse"] == pytest.approx(100.0)
    assert after.loc["w101:11-12", "reverse"] == 0.0


def test_a_bollard_between_two_junctions_makes_two_dead_ends() -> None:
    streets = tiny().streets
    streets["barrier"] = pd.Series(None, streets.index, dtype="str")
    streets.loc["w101:11-12", "barrier"] = "bollard"
    found = lorry_access.access(streets)
    # Both halves are reached and left again; from the western one it is 50 m to the corner and
    # 100 m on to Hovedgaden, which is still the side of a ring.
    assert found.loc["w101:11-12"].tolist() == [True, 150.0]
    assert found.loc["w102:21-22", "reverse"] == 0.0
    assert list(found.index) == list(lorry_access.access(tiny().streets).index)


def test_a_barrier_at_a_junction_parts_all_its_streets() -> None:
    city = tiny()
    junctions = city.junctions.assign(barrier=pd.Series(None, city.junctions.index, dtype="str"))
    assert lorry_access.access(city.streets, junctions).equals(lorry_access.access(city.streets))
    junctions.loc[31, "barrier"] = "gate"
    found = lorry_access.access(city.streets, junctions)
    # At the north-western corner both streets end for themselves, 100 m from the next junction.
    assert found.loc[["w103:31-32", "w201:21-31"], "reverse"].tolist() == [100.0, 100.0]
    assert found["reached"].all()


@given(st.integers(0, 2**32 - 1))
def test_rings_and_what_lies_between_are_the_two_core(seed: int) -> None:
    draw = np.random.default_rng(seed)
    tail, head = draw.integers(0, 12, (2, 14))
    found = lorry_access.way_back(tail, head, draw.uniform(1.0, 9.0, 14), 12)
    graph = nx.MultiGraph(zip(tail.tolist(), head.tolist(), strict=True))
    while ends := [node for node, degree in graph.degree() if degree <= 1]:
        graph.remove_nodes_from(ends)
    core = np.isin(tail, list(graph)) & np.isin(head, list(graph))
    assert (found == 0.0).tolist() == core.tolist()


@given(st.integers(0, 2**32 - 1))
def test_a_lorry_that_reaches_a_street_can_come_back(seed: int) -> None:
    draw = np.random.default_rng(seed)
    tail, head = draw.integers(0, 10, (2, 18))
    ahead = draw.random(18) < 0.8
    back = ~ahead | (draw.random(18) < 0.3)
    found = lorry_access.reached(tail, head, np.ones(18), (ahead, back), 10)
    graph = nx.DiGraph(zip(tail[ahead].tolist(), head[ahead].tolist(), strict=True))
    graph.add_edges_from(zip(head[back].tolist(), tail[back].tolist(), strict=True))
    ends = sorted({*tail[found].tolist(), *head[found].tolist()})
    assert all(nx.has_path(graph, one, other) for one in ends for other in ends)
