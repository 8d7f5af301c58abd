"""Cut an area of streets into cells that are entered from one junction each.

Filters between the cells leave no way through the area for cars, while every junction of a cell
is still reached from its gate. Which streets to filter is the multiway cut problem (Dahlhaus,
Johnson, Papadimitriou, Seymour, Yannakakis 1994, The complexity of multiterminal cuts, SIAM Journal
on Computing 23, 864-894), hard for three gates or more; two starts are improved by local search and
both results are offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

ROUNDS = 50
"""Rounds of local search at most [1]; each tries every junction once."""

Cells = dict[int, int]
"""Gate by junction."""


@dataclass(frozen=True)
class Layout:
    """One way to place the filters.

    Parameters
    ----------
    name
        What it starts from: short ways (each junction belongs to its nearest gate) or few filters.
    filters
        Ids of the streets that get a filter.
    opened
        Ids of one-way streets that have to serve both ways, so that every address can be left and
        reached.
    longest
        Longest way from a junction of the area to its gate [m].
    """

    name: str
    filters: pd.Index
    opened: pd.Index
    longest: float


def layouts(area: pd.DataFrame, outside: pd.DataFrame) -> tuple[Layout, ...]:
    """Ways to keep cars from driving through an area, fewest filters first.

    Parameters
    ----------
    area
        Streets of the area: from_node, to_node, length [m], drive_forward, drive_backward.
    outside
        All other streets that cars may drive; where they meet the area is a gate.
    """
    graph = _graph(area)
    beyond = set(np.unique(outside[["from_node", "to_node"]].to_numpy()).tolist())
    gates = sorted(beyond & set(graph))
    if len(gates) <= 1:
        return (_layout("no way through", area, graph, dict.fromkeys(graph, 0), gates),)
    starts: Mapping[str, Callable[[nx.MultiGraph, list[int]], Cells]] = {
        "short ways": nearest,
        "few filters": isolated,
    }
    found = [
        _layout(name, area, graph, improved(graph, start(graph, gates), gates), gates)
        for name, start in starts.items()
    ]
    return tuple(sorted(found, key=lambda one: (len(one.filters), one.longest)))


def _graph(area: pd.DataFrame) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for name, row in area.iterrows():
        if row["from_node"] != row["to_node"]:
            graph.add_edge(int(row["from_node"]), int(row["to_node"]), key=name,
                           length=float(row["length"]))  # fmt: skip
        else:
            graph.add_node(int(row["from_node"]))
    return graph


def nearest(graph: nx.MultiGraph, gates: list[int]) -> Cells:
    """Each junction with the gate that is nearest along the streets.

    Parameters
    ----------
    graph
        Streets of the area, length [m].
    gates
        Junctions where the area is entered.
    """
    _, ways = nx.multi_source_dijkstra(graph, set(gates), weight="length")
    return {node: way[0] for node, way in ways.items()}


def isolated(graph: nx.MultiGraph, gates: list[int]) -> Cells:
    """Cells from the smallest cuts that part each gate from all others (Dahlhaus et al. 1994).

    Parameters
    ----------
    graph, gates
        As in `nearest`.
    """
    flow = nx.DiGraph()
    for one, other in graph.edges():
        for tail, head in ((one, other), (other, one)):
            known = flow.get_edge_data(tail, head, {"capacity": 0.0})["capacity"]
            flow.add_edge(tail, head, capacity=known + 1.0)
    cells: Cells = {}
    sizes = []
    for gate in gates:
        others = [other for other in gates if other != gate]
        for other in others:
            flow.add_edge(other, "others", capacity=float("inf"))
        size, (own, _) = nx.minimum_cut(flow, gate, "others")
        flow.remove_node("others")
        sizes.append((size, gate, own))
    for _, gate, own in sorted(sizes, key=lambda one: (one[0], one[1])):
        cells |= {node: gate for node in own if node not in cells}
    return _filled(graph, cells, gates)


def _filled(graph: nx.MultiGraph, cells: Cells, gates: list[int]) -> Cells:
    """Give junctions that no gate has to the nearest junction that has one."""
    cells = {node: gate for node, gate in cells.items() if _holds(graph, cells, node, gate)}
    cells |= {gate: gate for gate in gates}
    _, ways = nx.multi_source_dijkstra(graph, set(cells), weight="length")
    return {node: cells[way[0]] for node, way in ways.items()}


def _holds(graph: nx.MultiGraph, cells: Cells, node: int, gate: int) -> bool:
    own = graph.subgraph([one for one, its in cells.items() if its == gate] + [gate])
    return node in own and bool(nx.has_path(own, gate, node))


def improved(graph: nx.MultiGraph, cells: Cells, gates: list[int]) -> Cells:
    """Move junctions between cells as long as that saves a filter and cuts nobody off.

    Parameters
    ----------
    graph, gates
        As in `nearest`.
    cells
        Cells to begin with; each hangs together.
    """
    cells = dict(cells)
    for _ in range(ROUNDS):
        moved = False
        for node in sorted(set(cells) - set(gates)):
            best = _better(graph, cells, node)
            if best is not None and _stays_whole(graph, cells, node):
                cells[node] = best
                moved = True
        if not moved:
            break
    return cells


def _better(graph: nx.MultiGraph, cells: Cells, node: int) -> int | None:
    """The cell to which a junction has more streets than to its own."""
    ties: dict[int, int] = {}
    for _, other in graph.edges(node):
        ties[cells[other]] = ties.get(cells[other], 0) + 1
    best = min(ties, key=lambda cell: (-ties[cell], cell))
    return best if ties[best] > ties.get(cells[node], 0) else None


def _stays_whole(graph: nx.MultiGraph, cells: Cells, node: int) -> bool:
    rest = [one for one, cell in cells.items() if cell == cells[node] and one != node]
    return bool(nx.is_connected(graph.subgraph(rest)))


def _layout(
    name: str, area: pd.DataFrame, graph: nx.MultiGraph, cells: Cells, gates: list[int]
) -> Layout:
    ends = [area[end].map(cells) for end in ("from_node", "to_node")]
    inside = area.index[ends[0].notna() & ends[1].notna()]
    filters = inside[(ends[0] != ends[1])[inside].to_numpy()]
    left = area.drop(index=filters)
    longest = max((_depth(graph, cells, gate) for gate in gates), default=0.0)
    return Layout(name, filters, _to_open(left, cells, gates), longest)


def _depth(graph: nx.MultiGraph, cells: Cells, gate: int) -> float:
    own = graph.subgraph([node for node, cell in cells.items() if cell == gate] + [gate])
    return float(max(nx.single_source_dijkstra_path_length(own, gate, weight="length").values()))


def _to_open(left: pd.DataFrame, cells: Cells, gates: list[int]) -> pd.Index:
    """One-way streets of the cells in which a junction cannot be reached and left by car."""
    ways = nx.DiGraph()
    ahead, back = left[left["drive_forward"]], left[left["drive_backward"]]
    ways.add_edges_from(ahead[["from_node", "to_node"]].to_numpy().tolist())
    ways.add_edges_from(back[["to_node", "from_node"]].to_numpy().tolist())
    closed = set()
    for gate in set(gates) & set(ways):
        own = {node for node, cell in cells.items() if cell == gate} | {gate}
        part = ways.subgraph(own)
        if not (own & set(ways)) <= (nx.descendants(part, gate) & nx.ancestors(part, gate)) | {
            gate
        }:
            closed.add(gate)
    one_way = left["drive_forward"] != left["drive_backward"]
    return left.index[one_way & left["from_node"].map(cells).isin(closed)]
