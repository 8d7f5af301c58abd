"""Small road networks for tests, and a second route to what the solver claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from layers.schema import RoadNetwork, TripTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

LinkRow = tuple[int, int, float, float, float, float]
"""Start node, end node, free time [min], alpha [1], capacity [veh/h], power [1]."""


def network(
    links: Sequence[LinkRow], zones: int, nodes: int, *, first_through: int = 0
) -> RoadNetwork:
    """A network of links given row by row."""
    table = np.array(links, dtype=np.float64).reshape(-1, 6)
    return RoadNetwork(
        link_from=table[:, 0].astype(np.int64),
        link_to=table[:, 1].astype(np.int64),
        capacity=table[:, 4].copy(),
        length=table[:, 2].copy(),
        free_time=table[:, 2].copy(),
        alpha=table[:, 3].copy(),
        power=table[:, 5].copy(),
        fixed_cost=np.zeros(len(table)),
        zones=zones,
        nodes=nodes,
        first_through=first_through,
        link_ids=pd.Index([f"l{number}" for number in range(len(table))]),
    )


def trips(rows: Iterable[tuple[int, int, float]]) -> TripTable:
    """Trips given as origin, destination, vehicles per hour."""
    table = np.array(list(rows), dtype=np.float64).reshape(-1, 3)
    return TripTable(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2].copy())


def without(road: RoadNetwork, link: int) -> RoadNetwork:
    """The same network with one link closed."""
    keep = np.arange(len(road.link_from)) != link
    columns = ("link_from", "link_to", "capacity", "length", "free_time", "alpha", "power",
               "fixed_cost", "link_ids")  # fmt: skip
    changes: dict[str, Any] = {name: getattr(road, name)[keep] for name in columns}
    return RoadNetwork(zones=road.zones, nodes=road.nodes, first_through=road.first_through,
                       **changes)  # fmt: skip


def beckmann(road: RoadNetwork, flow: NDArray[np.float64]) -> float:
    """Beckmann's objective, which an equilibrium minimises [veh min/h]."""
    ratio = flow / road.capacity
    area = flow * (1.0 + road.alpha * ratio**road.power / (road.power + 1.0))
    return float((road.free_time * area + road.fixed_cost * flow).sum())


def least_cost(
    road: RoadNetwork, cost: NDArray[np.float64], origin: int, destination: int
) -> float:
    """Cheapest path by networkx, never through a zone that must not be passed."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(road.nodes))
    closed = set(range(road.first_through)) - {origin, destination}
    for tail, head, value in zip(road.link_from, road.link_to, cost, strict=True):
        if not {int(tail), int(head)} & closed:
            graph.add_edge(int(tail), int(head), weight=float(value))
    try:
        return float(nx.dijkstra_path_length(graph, origin, destination))
    except nx.NetworkXNoPath:
        return np.inf


def random_case(seed: int, *, through: bool = True) -> tuple[RoadNetwork, TripTable]:
    """Four zones and six junctions, some one-way, some parallel, some without congestion."""
    draw = np.random.default_rng(seed)
    zones, nodes = 4, 10
    ring = [(node, node % nodes + 1 if node < nodes - 1 else 0) for node in range(nodes)]
    ends = ring + [tuple(draw.choice(nodes, 2, replace=False)) for _ in range(20)]
    links: list[LinkRow] = []
    for tail, head in ends:
        power = float(draw.choice([0.0, 1.0, 4.0]))
        time = float(draw.choice([0.0, 1.0, 2.0, 5.0]))
        links.append((int(tail), int(head), time, 0.5, float(draw.uniform(50, 200)), power))
    pairs = [(o, d, float(draw.uniform(0, 150))) for o in range(zones) for d in range(zones)]
    return network(links, zones, nodes, first_through=0 if through else zones), trips(pairs)
