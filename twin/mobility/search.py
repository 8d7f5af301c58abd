"""Compiled bounded path searches over a network in CSR form (Dijkstra 1959)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.compiled import bare, compiled
from twin.mobility.heap import pop, push

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


class Arcs(NamedTuple):
    """Arcs sorted by the node they leave.

    Parameters
    ----------
    first : (nodes + 1,) int64
        Arcs ``first[n]:first[n + 1]`` leave node n.
    to : (arcs,) int64
        Node that each arc leads to.
    cost : (arcs,)
        What a path minimises, not negative.
    carry : (arcs, quantities)
        What is summed along the path beside its cost.
    way : (arcs,) int64
        Twice the segment that the arc runs along, plus one if against its drawing direction.
    """

    first: Ints
    to: Ints
    cost: Floats
    carry: Floats
    way: Ints


@bare
def spread(
    arcs: Arcs,
    bound: float,
    keys: Floats,
    items: Ints,
    size: int,
    cost: Floats,
    carry: Floats,
    parent: Ints,
    touched: Ints,
    count: int,
) -> int:
    """Reach all nodes within a bound from those that the heap holds; returns how many were met.

    Parameters
    ----------
    arcs
        The network.
    bound
        Cost beyond which no node is reached.
    keys, items, size
        The heap with the starting nodes.
    cost : (nodes,)
        Least cost of each node: infinite, but at the starting nodes; filled in.
    carry : (nodes, quantities)
        Quantities on the way there; filled in.
    parent : (nodes,) int64
        Last arc of that way; filled in, but at the starting nodes.
    touched : (nodes,) int64
        Nodes met, the starting ones first; filled in.
    count
        How many of them are there at the start.
    """
    quantities = arcs.carry.shape[1]
    while size > 0:
        key = keys[0]
        node = items[0]
        size = pop(keys, items, size)
        if key > cost[node]:
            continue
        for arc in range(arcs.first[node], arcs.first[node + 1]):
            there = key + arcs.cost[arc]
            head = arcs.to[arc]
            if there > bound or there >= cost[head]:
                continue
            if cost[head] == np.inf:
                touched[count] = head
                count += 1
            cost[head] = there
            parent[head] = arc
            for quantity in range(quantities):
                carry[head, quantity] = carry[node, quantity] + arcs.carry[arc, quantity]
            size = push(keys, items, size, there, head)
    return count


@compiled
def from_nodes(
    arcs: Arcs, bound: float, nodes: Ints, weights: Floats, sums: Floats, met: Ints
) -> None:
    """How many nodes each node reaches within a bound, and the sums of their weights."""
    keys = np.empty(len(arcs.to) + 1)
    items = np.empty(len(arcs.to) + 1, np.int64)
    size = len(arcs.first) - 1
    cost = np.full(size, np.inf)
    carry = np.zeros((size, arcs.carry.shape[1]))
    parent, touched = np.empty(size, np.int64), np.empty(size, np.int64)
    for row in range(len(nodes)):
        node = nodes[row]
        cost[node] = 0.0
        touched[0] = node
        carry[node] = 0.0
        count = spread(arcs, bound, keys, items, push(keys, items, 0, 0.0, node), cost, carry,
                       parent, touched, 1)  # fmt: skip
        met[row] = count
        for place in range(count):
            cost[touched[place]] = np.inf
            for column in range(weights.shape[1]):
                sums[row, column] += weights[touched[place], column]


@compiled
def labels(
    arcs: Arcs,
    bound: float,
    most: int,
    nodes: Ints,
    starts: Floats,
    carried: Floats,
    owners: Ints,
    cost: Floats,
    carry: Floats,
    owner: Ints,
    held: Ints,
) -> None:
    """The cheapest few owners that reach each node, each counted once.

    Parameters
    ----------
    arcs
        The network.
    bound
        Cost beyond which nobody is reached.
    most
        Owners that a node keeps [1].
    nodes, starts, carried, owners : (seeds,)
        Where each owner starts, at what cost, with which quantities.
    cost : (nodes, most)
        Costs in rising order; filled in.
    carry : (nodes, most, quantities)
        Quantities; filled in.
    owner : (nodes, most) int64
        Owners; filled in.
    held : (nodes,) int64
        How many of them a node has; zero at the start, filled in.
    """
    room = len(arcs.to) * most + len(nodes)
    quantities = arcs.carry.shape[1]
    keys, items = np.empty(room + 1), np.empty(room + 1, np.int64)
    at, of, way = np.empty(room, np.int64), np.empty(room, np.int64), np.empty((room, quantities))
    size, made = 0, 0
    for seed in range(len(nodes)):
        at[made], of[made] = nodes[seed], owners[seed]
        way[made] = carried[seed]
        size = push(keys, items, size, starts[seed], made)
        made += 1
    while size > 0:
        key = keys[0]
        label = items[0]
        size = pop(keys, items, size)
        node, who = at[label], of[label]
        if key > bound or held[node] == most or _has(owner[node], held[node], who):
            continue
        place = held[node]
        cost[node, place], owner[node, place] = key, who
        carry[node, place] = way[label]
        held[node] += 1
        for arc in range(arcs.first[node], arcs.first[node + 1]):
            head = arcs.to[arc]
            if held[head] == most or key + arcs.cost[arc] > bound:
                continue
            at[made], of[made] = head, who
            for quantity in range(quantities):
                way[made, quantity] = way[label, quantity] + arcs.carry[arc, quantity]
            size = push(keys, items, size, key + arcs.cost[arc], made)
            made += 1


@bare
def _has(owner: Ints, held: int, who: int) -> bool:
    for place in range(held):  # noqa: SIM110  # numba knows no any() over a generator
        if owner[place] == who:
            return True
    return False
