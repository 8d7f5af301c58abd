"""Cheapest paths: compiled trees from many origins over a road network in CSR form."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from twin.compiled import bare
from twin.mobility.heap import pop, push

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from layers.schema import RoadNetwork

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Table = NDArray[np.float64]
    TreeTable = NDArray[np.int64]

WORTH_A_THREAD = 500_000
"""Links looked at [1] below which another thread costs more than it saves."""


@dataclass(frozen=True)
class Graph:
    """Outgoing links of every node, in the order of the link table.

    Parameters
    ----------
    first : (nodes + 1,) int64
        ``out[first[n]:first[n + 1]]`` are the links that leave node n.
    out : (links,) int64
        Link numbers sorted by start node.
    link_from, link_to : (links,) int64
        Start and end node of each link.
    first_through : int
        Nodes below this number are never passed through.
    """

    first: NDArray[np.int64]
    out: NDArray[np.int64]
    link_from: NDArray[np.int64]
    link_to: NDArray[np.int64]
    first_through: int

    @property
    def nodes(self) -> int:
        """Number of nodes [1]."""
        return len(self.first) - 1


def graph(network: RoadNetwork) -> Graph:
    """Sort the links of a network by start node; parallel links stay separate."""
    out = np.argsort(network.link_from, kind="stable").astype(np.int64)
    counts = np.bincount(network.link_from, minlength=network.nodes)
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return Graph(first, out, network.link_from, network.link_to, network.first_through)


@bare
def _trees(
    first: Ints,
    out: Ints,
    heads: Ints,
    first_through: int,
    cost: Floats,
    origins: Ints,
    distance: Table,
    parent: TreeTable,
    keys: Floats,
    items: Ints,
) -> None:
    """Dijkstra's trees of several origins, written into the rows of `distance` and `parent`.

    `heads` and `cost` are those of the links in the order of `out`.
    """
    for row in range(len(origins)):
        far, last = distance[row], parent[row]
        far[:] = np.inf
        last[:] = -1
        far[origins[row]] = 0.0
        size = push(keys, items, 0, 0.0, origins[row])
        while size > 0:
            key = keys[0]
            node = items[0]
            size = pop(keys, items, size)
            if key > far[node]:
                continue
            for place in range(first[node], first[node + 1]):
                there = key + cost[place]
                head = heads[place]
                if there < far[head]:
                    far[head] = there
                    last[head] = out[place]
                    if head >= first_through:
                        size = push(keys, items, size, there, head)


@bare
def _along(
    link_from: Ints,
    parent: TreeTable,
    origins: Ints,
    destinations: Ints,
    quantity: Floats,
    total: Floats,
    way: Ints,
    found: Table,
) -> None:
    """Sum a link quantity along the tree paths to each destination, each part of a path once.

    `total` and `way` are room for a figure of every node.
    """
    for row in range(len(origins)):
        total[:] = -1.0
        total[origins[row]] = 0.0
        for column in range(len(destinations)):
            node, count = destinations[column], 0
            while total[node] < 0.0 and parent[row, node] >= 0:
                way[count] = node
                count += 1
                node = link_from[parent[row, node]]
            if total[node] < 0.0:
                total[node] = np.inf
            for place in range(count - 1, -1, -1):
                link = parent[row, way[place]]
                total[way[place]] = total[link_from[link]] + quantity[link]
            found[row, column] = total[destinations[column]]


def threads_available() -> int:
    """Processors that this machine offers [1]."""
    return os.cpu_count() or 1


def trees(
    of: Graph,
    cost: NDArray[np.float64],
    origins: NDArray[np.int64],
    *,
    threads: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cheapest paths from several origins to every node (Dijkstra 1959).

    Every origin is worked out on its own, so the result does not depend on the threads.

    Parameters
    ----------
    of
        The network in CSR form.
    cost : (links,) [min]
        Cost of each link, not negative.
    origins : (origins,) int64
        Start nodes.
    threads
        Threads that share the origins; all processors if None.

    Returns
    -------
    distance : (origins, nodes) [min]
        Cost of the cheapest path, infinite where there is none.
    parent : (origins, nodes) int64
        Last link of that path, -1 at the origin and where there is none.
    """
    distance = np.empty((len(origins), of.nodes))
    parent = np.empty((len(origins), of.nodes), dtype=np.int64)
    heads, sorted_cost = of.link_to[of.out], cost[of.out]

    def work(rows: slice) -> None:
        _trees(
            of.first,
            of.out,
            heads,
            of.first_through,
            sorted_cost,
            origins[rows],
            distance[rows],
            parent[rows],
            np.empty(len(of.out) + 1),
            np.empty(len(of.out) + 1, np.int64),
        )

    shared(work, len(origins), len(of.out), threads)
    return distance, parent


def shared(work: Callable[[slice], None], rows: int, links: int, threads: int | None) -> None:
    """Share rows, each a look at all links, over threads where there is enough to do."""
    workers = min(threads or threads_available(), 1 + rows * links // WORTH_A_THREAD, rows)
    if workers <= 1:
        work(slice(0, rows))
        return
    ends = np.linspace(0, rows, workers + 1).astype(np.int64)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, [slice(a, b) for a, b in pairwise(ends)]))


def skim(
    of: Graph,
    cost: NDArray[np.float64],
    length: NDArray[np.float64],
    zones: int,
    *,
    threads: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time and length of the quickest path between all zones.

    Parameters
    ----------
    of
        The network in CSR form.
    cost : (links,) [min]
        What the path minimises.
    length : (links,) [km]
        What is summed along it.
    zones
        Number of zones [1].
    threads
        Threads that share the origins; all processors if None.

    Returns
    -------
    time : (zones, zones) [min]
        Infinite where no path leads.
    distance : (zones, zones) [km]
        The same.
    """
    numbers = np.arange(zones, dtype=np.int64)
    reach, parent = trees(of, cost, numbers, threads=threads)
    found = np.empty((zones, zones))
    room = np.empty(of.nodes), np.empty(of.nodes, np.int64)
    _along(of.link_from, parent, numbers, numbers, length, *room, found)
    return np.ascontiguousarray(reach[:, :zones]), found
