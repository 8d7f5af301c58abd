"""Small road networks for tests, and a second route to what the solver claims."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, Point

from layers.schema import RoadNetwork, TripTable
from tests.twin.cities import frame
from twin.mobility.sparse import cheapest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
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
               "fixed_cost", "link_ids", "conical", "background")  # fmt: skip
    changes: dict[str, Any] = {
        name: getattr(road, name)[keep] for name in columns if len(getattr(road, name))
    }
    return replace(road, **changes)


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


def distances(
    road: RoadNetwork, cost: NDArray[np.float64], origins: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cost of the cheapest path from origins to every node (origins, nodes) [min], by SciPy.

    Each zone that may not be passed through is split: trips leave it from a node of their own,
    so that no path can enter and leave it.
    """
    leaves = np.where(
        road.link_from < road.first_through,
        road.link_from + road.nodes,
        road.link_from,
    )
    matrix = cheapest(leaves, road.link_to, cost, 2 * road.nodes)
    sources = np.where(origins < road.first_through, origins + road.nodes, origins)
    found = np.asarray(dijkstra(matrix, indices=sources))[:, : road.nodes]
    found[np.arange(len(origins)), origins] = 0.0
    return found


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


def grid(
    size: int, zones: int, people: float
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """A made-up city of `size` by `size` junctions, 200 m apart, and `zones` by `zones` zones.

    Every fifth street is a 50 km/h main street, the others are 30 km/h; most jobs are in the
    middle, people live anywhere.
    """
    side = 200.0
    number = np.arange(size * size).reshape(size, size) + 1
    ends = np.concatenate([
        np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
        np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
    ])  # fmt: skip
    row, column = (ends[:, 0] - 1) // size, (ends[:, 0] - 1) % size
    across = np.arange(len(ends)) < size * (size - 1)
    main = np.where(across, row, column) % 5 == 2
    where = np.column_stack([(number.ravel() - 1) % size, (number.ravel() - 1) // size]) * side
    streets = frame(
        "streets",
        [f"w{k}:{a}-{b}" for k, (a, b) in enumerate(ends)],
        geometry=[LineString([where[a - 1], where[b - 1]]) for a, b in ends],
        way_id=np.arange(len(ends)),
        from_node=ends[:, 0],
        to_node=ends[:, 1],
        highway=np.where(main, "secondary", "residential"),
        speed_kph=np.where(main, 50.0, 30.0),
        lanes=2.0,
        drive_forward=True,
        drive_backward=True,
        length=side,
    )
    junctions = frame("junctions", number.ravel(), geometry=[Point(*xy) for xy in where],
                      street_count=4)  # fmt: skip
    cell = size / zones
    middle = np.floor((np.arange(zones) + 0.5) * cell).astype(np.int64)
    at = number[np.ix_(middle, middle)].ravel()
    off = np.hypot(*(where[at - 1] - where.mean(0)).T) / (size * side)
    draw = np.random.default_rng(1)
    lives, works = draw.random(len(at)), np.exp(-6 * off) * draw.random(len(at))
    cells = [Point(*where[node - 1]).buffer(cell * side / 2, cap_style="square") for node in at]
    table = frame("zones", [f"z{k}_0" for k in range(len(at))], geometry=cells, node=at,
                  people=people * lives / lives.sum(), jobs=people / 2 * works / works.sum())  # fmt: skip
    return streets, junctions, table
