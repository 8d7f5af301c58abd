"""Cheapest paths kept up to date: trees of earlier costs, mended where costs have changed.

In the manner of Ramalingam and Reps (1996), An incremental algorithm for a generalization of the
shortest-path problem, Journal of Algorithms 21, 267-305.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.mobility.compiled import compiled
from twin.mobility.paths import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.paths import Graph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Table = NDArray[np.float64]
    Tree = NDArray[np.int32]
    OldTrees = NDArray[np.int32]


@compiled
def _lift(heap: Ints, place: Ints, at: int, node: int, key: Floats) -> None:
    """Put a node into an indexed heap at a free place or above, by its key."""
    while at > 0:
        above = (at - 1) >> 1
        if key[heap[above]] <= key[node]:
            break
        heap[at] = heap[above]
        place[heap[at]] = at
        at = above
    heap[at] = node
    place[node] = at


@compiled
def _remove(heap: Ints, place: Ints, size: int, key: Floats) -> int:
    """Remove the first node, which the caller has read; returns the new size."""
    place[heap[0]] = -1
    size -= 1
    if size == 0:
        return 0
    node, at = heap[size], 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and key[heap[child + 1]] < key[heap[child]]:
            child += 1
        if key[heap[child]] >= key[node]:
            break
        heap[at] = heap[child]
        place[heap[at]] = at
        at = child
    heap[at] = node
    place[node] = at
    return size


@compiled
def _relax(
    first: Ints,
    out: Ints,
    link_to: Ints,
    node: int,
    cost: Floats,
    distance: Floats,
    parent: Tree,
    heap: Ints,
    place: Ints,
    size: int,
) -> int:
    """Improve the ends of all links that leave a node; returns the new size of the heap."""
    for entry in range(first[node], first[node + 1]):
        link = out[entry]
        head = link_to[link]
        there = distance[node] + cost[link]
        if there < distance[head]:
            distance[head] = there
            parent[head] = link
            if place[head] < 0:
                place[head] = size
                size += 1
            _lift(heap, place, place[head], head, distance)
    return size


@compiled
def _measure_tree(
    first: Ints,
    out: Ints,
    link_to: Ints,
    first_through: int,
    origin: int,
    cost: Floats,
    distance: Floats,
    parent: Tree,
    stack: Ints,
) -> None:
    """Cost along an old tree; infinite where it does not lead from the origin."""
    distance[:] = np.inf
    distance[origin] = 0.0
    parent[origin] = -1
    stack[0], top = origin, 1
    while top > 0:
        top -= 1
        node = stack[top]
        if node < first_through and node != origin:
            continue
        for entry in range(first[node], first[node + 1]):
            link = out[entry]
            head = link_to[link]
            if parent[head] == link and cost[link] < np.inf:
                distance[head] = distance[node] + cost[link]
                stack[top] = head
                top += 1


@compiled
def _repair(
    first: Ints,
    out: Ints,
    link_to: Ints,
    first_through: int,
    cost: Table,
    klass: Ints,
    origins: Ints,
    distance: Table,
    parent: OldTrees,
) -> None:
    """Make old trees cheapest again: only what costs less by another link is searched anew."""
    nodes = len(first) - 1
    heap, place = np.empty(nodes, np.int64), np.full(nodes, -1)
    for row in range(len(origins)):
        origin, mine = origins[row], cost[klass[row]]
        far, tree, size = distance[row], parent[row], 0
        _measure_tree(first, out, link_to, first_through, origin, mine, far, tree, heap)
        for node in range(nodes):
            if far[node] < np.inf and (node >= first_through or node == origin):
                size = _relax(first, out, link_to, node, mine, far, tree, heap, place, size)
        while size > 0:
            node = heap[0]
            size = _remove(heap, place, size, far)
            if node >= first_through or node == origin:
                size = _relax(first, out, link_to, node, mine, far, tree, heap, place, size)
        for node in range(nodes):
            if far[node] == np.inf:
                tree[node] = -1


def repaired(
    of: Graph,
    cost: NDArray[np.float64],
    klass: NDArray[np.int64],
    origins: NDArray[np.int64],
    parent: NDArray[np.int32],
    *,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Make trees of earlier costs cheapest at these ones; quick where little has changed.

    Distances along the old tree bound the new ones from above; from links that lead on at less cost
    Dijkstra's search goes on. Right for whatever stands in `parent`: what is no tree of this
    network is not used.

    Parameters
    ----------
    of
        The network in CSR form.
    cost : (classes, links) [min]
        Cost of each link, not negative, infinite where barred.
    klass, origins : (trees,) int64
        Class and start node of each tree.
    parent : (trees, nodes) int32
        Last link to each node, -1 where none is known; brought up to date in place.
    threads
        Threads that share the trees; all processors if None.

    Returns
    -------
    distance : (trees, nodes) [min]
        Cost of the cheapest path, infinite where there is none.
    """
    distance = np.empty((len(origins), of.nodes))

    def work(rows: slice) -> None:
        _repair(
            of.first,
            of.out,
            of.link_to,
            of.first_through,
            cost,
            klass[rows],
            origins[rows],
            distance[rows],
            parent[rows],
        )

    shared(work, len(origins), of, threads)
    return distance
