from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin import cities
from twin import cells
from twin.interventions.superblock import Superblock

if TYPE_CHECKING:
    from twin.cells import Layout

CITY = cities.tiny()


def block(**changes: Any) -> Superblock:
    return Superblock.model_validate(
        {
            "id": "s",
            "where": {"expression": "highway == 'residential'"},
            "start": 2027,
            **changes,
        }
    )


def test_two_gates_on_one_street_need_one_filter() -> None:
    area = pd.DataFrame(
        [(1, 2, 100.0, True, True), (2, 3, 100.0, True, True), (2, 4, 50.0, True, True)],
        columns=["from_node", "to_node", "length", "drive_forward", "drive_backward"],
        index=["a", "b", "dead end"],
    )
    outside = pd.DataFrame({"from_node": [0, 3], "to_node": [1, 5]})
    best = cells.layouts(area, outside)[0]
    assert len(best.filters) == 1
    assert best.filters[0] in {"a", "b"}
    assert best.opened.empty


def test_a_block_without_a_second_gate_is_calm_already() -> None:
    area = pd.DataFrame(
        [(1, 2, 100.0, True, True)],
        columns=["from_node", "to_node", "length", "drive_forward", "drive_backward"],
        index=["a"],
    )
    outside = pd.DataFrame({"from_node": [0], "to_node": [1]})
    assert cells.layouts(area, outside)[0].filters.empty


def test_no_car_drives_through_lilleby_south() -> None:
    measure = block(where={"ids": ["w101:11-12", "w101:12-13", "w201:11-21", "w202:12-22"]})
    after = measure.apply(CITY).streets
    # Gates 21, 22 and 13 stay parted; every junction keeps a way in and out.
    area = after.loc[list(measure.where.ids or ())]
    driven = nx.DiGraph()
    driven.add_edges_from(area.loc[area["drive_forward"], ["from_node", "to_node"]].to_numpy())
    driven.add_edges_from(area.loc[area["drive_backward"], ["to_node", "from_node"]].to_numpy())
    driven.add_nodes_from([21, 22, 13])
    for one in (21, 22, 13):
        assert not nx.descendants(driven, one) & ({21, 22, 13} - {one})
    # Three gates on a tree of four streets: two filters are needed and enough.
    assert int((~area["drive_forward"]).sum()) == 2
    assert measure.cost(CITY).amount == 2 * 2_280.0


@pytest.mark.parametrize("prefer", ["few filters", "short ways"])
def test_the_layout_that_is_preferred_is_built(prefer: str) -> None:
    measure = block(prefer=prefer)
    found = measure.layouts(CITY)
    key = {"few filters": lambda one: (len(one.filters), one.longest),
           "short ways": lambda one: (one.longest, len(one.filters))}[prefer]  # fmt: skip
    best = min(found, key=key)
    after = measure.apply(CITY).streets
    assert not after.loc[best.filters, ["drive_forward", "drive_backward"]].any(axis=None)


@st.composite
def towns(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A grid of streets, some of them missing or one-way, with gates on its rim."""
    size = draw(st.integers(2, 5))
    rows = []
    for node in range(size * size):
        for other in (node + 1 if (node + 1) % size else -1, node + size):
            if 0 <= other < size * size and draw(st.integers(0, 9)) > 0:
                way = draw(st.sampled_from([(True, True), (True, True), (True, False)]))
                rows.append((node, other, float(draw(st.integers(20, 200))), *way))
    columns = ["from_node", "to_node", "length", "drive_forward", "drive_backward"]
    area = pd.DataFrame(rows, columns=columns, index=[f"s{n}" for n in range(len(rows))])
    gates = draw(st.sets(st.integers(0, size * size - 1), min_size=1, max_size=6))
    outside = pd.DataFrame(
        {"from_node": sorted(gates), "to_node": [1000 + gate for gate in sorted(gates)]}
    )
    return area, outside


def undirected(area: pd.DataFrame, found: Layout) -> nx.Graph:
    left = area.drop(index=found.filters)
    graph = nx.Graph()
    graph.add_nodes_from(np.unique(area[["from_node", "to_node"]].to_numpy()))
    graph.add_edges_from(left[["from_node", "to_node"]].to_numpy())
    return graph


@settings(deadline=None, max_examples=60)
@given(town=towns())
def test_no_way_through_and_no_address_lost(town: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    area, outside = town
    if area.empty:
        return
    gates = set(outside["from_node"]) & set(np.unique(area[["from_node", "to_node"]].to_numpy()))
    whole = nx.Graph()
    whole.add_edges_from(area[["from_node", "to_node"]].to_numpy())
    for found in cells.layouts(area, outside):
        graph = undirected(area, found)
        for part in nx.connected_components(graph):
            assert len(part & gates) <= 1
            before = nx.node_connected_component(whole, next(iter(part)))
            assert bool(part & gates) == bool(before & gates)
        left = area.drop(index=found.filters)
        ways = nx.DiGraph()
        both = left.index.isin(found.opened)
        ways.add_edges_from(
            left.loc[left["drive_forward"] | both, ["from_node", "to_node"]].to_numpy()
        )
        ways.add_edges_from(
            left.loc[left["drive_backward"] | both, ["to_node", "from_node"]].to_numpy()
        )
        for gate in gates & set(ways):
            part = nx.node_connected_component(graph, gate)
            if len(gates) > 1:
                assert part <= nx.descendants(ways, gate) | {gate}
                assert part <= nx.ancestors(ways, gate) | {gate}
