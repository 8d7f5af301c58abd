"""Least costs proved link by link: whatever is known of the cheapest paths is only where to begin.

What trees of an earlier search cost now bounds the least costs from above; then every link is
asked whether it leads on at less cost, and from those that do Dijkstra's search (1959) goes on. No
link is left that could make anything cheaper, which proves the costs as a new search would
(optimality of a linear programme by its dual: Ahuja, Magnanti and Orlin 1993, Network flows,
section 5.2), in a fraction of the time where the trees are good. They need not be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.compiled import bare, inlined
from twin.mobility.heap import pop, push
from twin.mobility.paths import graph, shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork
    from twin.mobility.chains import Chains

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Numbers = NDArray[np.int32]
    Table = NDArray[np.float64]
    TreeTable = NDArray[np.int32]


class Hint(NamedTuple):
    """Trees of cheapest paths as somebody says they are.

    Parameters
    ----------
    chains
        Rows of links that the trees are made of.
    klass, origin : (trees,) int64
        Class and start of each tree; together they rise.
    trees : (trees, ...) int32
        Chains of each tree, each after that which leads to it, then -1.
    """

    chains: Chains
    klass: NDArray[np.int64]
    origin: NDArray[np.int64]
    trees: NDArray[np.int32]


class Known(NamedTuple):
    """A network, and in which order its links are looked at; rows of links as `chains` has them.

    Parameters
    ----------
    first, head, link : (nodes + 1,), (links,), (links,) int32
        Links that leave node n are at places ``first[n]`` to ``first[n + 1]``.
    through
        Nodes below this number are never passed through.
    chain_first, chain_link, chain_head : int32
        Rows of links that trees are made of.
    begin : (chains,) int32
        Node where each row begins.
    aside : (...,) int32
        Links that lead away from all rows, outward.
    aside_tail, aside_head : (...,) int32
        Their ends.
    """

    first: NDArray[np.int32]
    head: NDArray[np.int32]
    link: NDArray[np.int32]
    through: int
    chain_first: NDArray[np.int32]
    chain_link: NDArray[np.int32]
    chain_head: NDArray[np.int32]
    begin: NDArray[np.int32]
    aside: NDArray[np.int32]
    aside_tail: NDArray[np.int32]
    aside_head: NDArray[np.int32]


def lay_out(network: RoadNetwork, chains: Chains | None) -> Known:
    """Put the links of a network in order.

    Parameters
    ----------
    network
        Road network.
    chains
        Rows of links that trees will be made of, if there are any.
    """
    of = graph(network)
    rows, members = np.zeros(1, np.int64), np.zeros(0, np.int64)
    aside, begin = members, members
    if chains is not None and chains.size:
        rows, members = chains.first, chains.links.astype(np.int64)
        begin = network.link_from[chains.head]
        reached = np.zeros(of.nodes, np.bool_)
        reached[network.link_to[members]] = True
        reached[begin] = True
        room = np.empty(of.nodes, np.int32)
        near = np.flatnonzero(reached)
        count = _outward(of.first, of.out, of.link_to, reached, near, room)
        aside = room[:count].astype(np.int64)
    arrays = (rows, members, network.link_to[members], begin, aside, network.link_from[aside],
              network.link_to[aside])  # fmt: skip
    return Known(
        of.first.astype(np.int32), of.link_to[of.out].astype(np.int32), of.out.astype(np.int32),
        of.first_through, *(array.astype(np.int32) for array in arrays),
    )  # fmt: skip


@bare
def _outward(
    first: Ints, out: Ints, heads: Ints, reached: NDArray[np.bool_], near: Ints, found: Numbers
) -> int:
    """Links to what is not reached yet, nearest first; returns how many there are."""
    count = 0
    for node in near:
        for place in range(first[node], first[node + 1]):
            if not reached[heads[out[place]]]:
                reached[heads[out[place]]] = True
                found[count] = out[place]
                count += 1
    done = 0
    while done < count:
        node = heads[found[done]]
        done += 1
        for place in range(first[node], first[node + 1]):
            if not reached[heads[out[place]]]:
                reached[heads[out[place]]] = True
                found[count] = out[place]
                count += 1
    return count


@inlined
def _follow(of: Known, cost: Costs, origin: int, tree: Numbers, far: Floats) -> None:
    """Cost of every node along a tree as it is said to be, and of what lies beside it."""
    for at in range(len(tree)):
        chain = tree[at]
        if chain < 0:
            break
        begin = of.begin[chain]
        if begin >= of.through or begin == origin:
            _pass(of, cost, chain, far)
    for chain in range(len(of.begin)):
        if of.chain_first[chain + 1] - of.chain_first[chain] > 1:
            begin = of.begin[chain]
            if begin >= of.through or begin == origin:
                _pass(of, cost, chain, far)
    for place in range(len(of.aside)):
        there = far[of.aside_tail[place]] + cost.aside[place]
        if there < far[of.aside_head[place]] and of.aside_tail[place] >= of.through:
            far[of.aside_head[place]] = there


@inlined
def _pass(of: Known, cost: Costs, chain: int, far: Floats) -> None:
    """Note what it costs to drive along a row of links; nobody passes through a zone inside it."""
    there = far[of.begin[chain]]
    for place in range(of.chain_first[chain], of.chain_first[chain + 1]):
        there += cost.chain[place]
        head = of.chain_head[place]
        far[head] = min(far[head], there)
        if head < of.through:
            break
        there = far[head]


@inlined
def _left(of: Known, cost: Costs, origin: int, far: Floats, keys: Floats, items: Ints) -> int:
    """Take up every link that leads on at less cost; returns the size of the heap."""
    size = 0
    for node in range(len(of.first) - 1):
        here = far[node]
        if here == np.inf or (node < of.through and node != origin):
            continue
        for place in range(of.first[node], of.first[node + 1]):
            there = here + cost.sorted[place]
            if there < far[of.head[place]]:
                far[of.head[place]] = there
                size = push(keys, items, size, there, of.head[place])
    return size


@bare
def _prove(
    of: Known,
    cost: Costs,
    origins: Ints,
    tree: Ints,
    trees: TreeTable,
    distance: Table,
    keys: Floats,
    items: Ints,
) -> None:
    """Least costs from several origins; `tree` is the row of each among the trees, or -1."""
    for row in range(len(origins)):
        origin, far, size = origins[row], distance[row], 0
        far[:] = np.inf
        far[origin] = 0.0
        if tree[row] >= 0:
            _follow(of, cost, origin, trees[tree[row]], far)
            size = _left(of, cost, origin, far, keys, items)
        else:
            size = push(keys, items, size, 0.0, origin)
        while size > 0:
            key = keys[0]
            node = items[0]
            size = pop(keys, items, size)
            if key > far[node] or (node < of.through and node != origin):
                continue
            for place in range(of.first[node], of.first[node + 1]):
                there = key + cost.sorted[place]
                if there < far[of.head[place]]:
                    far[of.head[place]] = there
                    size = push(keys, items, size, there, of.head[place])


class Costs(NamedTuple):
    """Costs of links in the orders in which they are looked at [min]."""

    sorted: NDArray[np.float64]
    chain: NDArray[np.float64]
    aside: NDArray[np.float64]


def least(
    known: Known,
    cost: NDArray[np.float64],
    origins: NDArray[np.int64],
    hint: Hint | None = None,
    klass: int = 0,
    *,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Cost of the cheapest path from several origins to every node (origins, nodes) [min].

    Infinite where there is none. The same to the last bit whatever the hint says.

    Parameters
    ----------
    known
        Of `lay_out`.
    cost : (links,) [min]
        Cost of each link, not negative, infinite where barred.
    origins : (origins,) int64
        Start nodes.
    hint
        Where to begin.
    klass
        Class whose trees to follow.
    threads
        Threads that share the origins; all processors if None.
    """
    nodes, links = len(known.first) - 1, len(known.link)
    distance = np.empty((len(origins), nodes))
    row = np.full(len(origins), -1)
    if hint is not None:
        row = _rows(hint, klass, origins)
    trees = np.zeros((0, 0), np.int32) if hint is None else hint.trees
    costs = Costs(*(cost[one] for one in (known.link, known.chain_link, known.aside)))

    def work(rows: slice) -> None:
        room = 2 * links + 2
        _prove(
            known, costs, origins[rows], row[rows], trees, distance[rows], np.empty(room),
            np.empty(room, np.int64),
        )  # fmt: skip

    shared(work, len(origins), links, threads)
    return distance


def _rows(hint: Hint, klass: int, origins: Ints) -> Ints:
    """Row of the tree of each origin, -1 where there is none."""
    mine = np.flatnonzero(hint.klass == klass)
    if not len(mine):
        return np.full(len(origins), -1)
    place = np.searchsorted(hint.origin[mine], origins).clip(max=len(mine) - 1)
    return np.where(hint.origin[mine][place] == origins, mine[place], -1)
