"""Leave out of a network the nodes with few neighbours, so that far searches meet few nodes.

A node that is left out hands its ways on to its neighbours as shortcuts. A search then runs over the
nodes that are left, and one sweep in the reverse order gives all others their cost; it is exact for
any costs (after Delling et al. 2013, and Dibbelt, Strasser and Wagner 2016). It is done anew for every
network and takes about as long as a few hundred searches.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.mobility.search import Arcs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

FEW: Final = 4
"""Neighbours up to which a node is left out [1]."""

CITATIONS: Final = (
    (
        "Delling, Goldberg, Nowatzyk, Werneck 2013, PHAST: hardware-accelerated shortest path "
        "trees, Journal of Parallel and Distributed Computing 73(7), 940-952."
    ),
    (
        "Dibbelt, Strasser, Wagner 2016, Customizable contraction hierarchies, ACM Journal of "
        "Experimental Algorithmics 21."
    ),
)

Ways = dict[int, tuple[float, float]]
"""Cost and time of the cheapest way to, or from, each neighbour."""


class Ladder(NamedTuple):
    """A network without its small nodes, and how these are reached.

    Parameters
    ----------
    up
        Arcs to search over: from nodes left out to what was left then, and among the rest.
    order : (left out,) int64
        Nodes left out, the last one first.
    first : (left out + 1,) int64
        Ways ``first[k]:first[k + 1]`` lead to node ``order[k]``.
    source : (ways,) int64
        Where they begin: a node that comes before in `order`, or one that was never left out.
    cost, time : (ways,)
    """

    up: Arcs
    order: Ints
    first: Ints
    source: Ints
    cost: Floats
    time: Floats


def whole(arcs: Arcs) -> Ladder:
    """A network of which nothing is left out, for near searches."""
    none, few = np.zeros(0, np.int64), np.zeros(0)
    return Ladder(arcs, none, np.zeros(1, np.int64), none, few, few)


def thinned(arcs: Arcs, few: int = FEW) -> Ladder:
    """Leave out nodes with few neighbours, those with the fewest first.

    Parameters
    ----------
    arcs
        The network; the first quantity that it carries is time.
    few
        Neighbours up to which a node is left out [1].
    """
    ahead, behind = _neighbours(arcs)
    order: list[int] = []
    gone = [False] * len(ahead)
    queue = [(_degree(ahead[node], behind[node]), node) for node in range(len(ahead))]
    heapq.heapify(queue)
    while queue:
        degree, node = heapq.heappop(queue)
        if gone[node]:
            continue
        now = _degree(ahead[node], behind[node])
        if now != degree:
            heapq.heappush(queue, (now, node))
            continue
        if degree > few:
            break
        gone[node] = True
        order.append(node)
        for other in _leave_out(node, ahead, behind):
            heapq.heappush(queue, (_degree(ahead[other], behind[other]), other))
    return _ladder(order[::-1], ahead, behind)


def _neighbours(arcs: Arcs) -> tuple[list[Ways], list[Ways]]:
    """Cheapest ways to and from the neighbours of each node; loops lead nowhere."""
    size = len(arcs.first) - 1
    ahead: list[Ways] = [{} for _ in range(size)]
    behind: list[Ways] = [{} for _ in range(size)]
    start = np.repeat(np.arange(size), np.diff(arcs.first)).tolist()
    rows = zip(start, arcs.to.tolist(), arcs.cost.tolist(), arcs.carry[:, 0].tolist(), strict=True)
    for tail, head, cost, time in rows:
        if tail != head:
            _offer(ahead, behind, tail, head, (cost, time))
    return ahead, behind


def _offer(
    ahead: Sequence[Ways], behind: Sequence[Ways], tail: int, head: int, way: tuple[float, float]
) -> None:
    """Keep a way between two nodes if it is the cheapest so far."""
    if head not in ahead[tail] or way[0] < ahead[tail][head][0]:
        ahead[tail][head] = way
        behind[head][tail] = way


def _degree(ahead: Ways, behind: Ways) -> int:
    return len(ahead.keys() | behind.keys())


def _leave_out(node: int, ahead: Sequence[Ways], behind: Sequence[Ways]) -> list[int]:
    """Join the neighbours of a node by shortcuts and take it away from them; returns them."""
    for tail, (cost, time) in behind[node].items():
        for head, (more, longer) in ahead[node].items():
            if tail != head:
                _offer(ahead, behind, tail, head, (cost + more, time + longer))
    for tail in behind[node]:
        del ahead[tail][node]
    for head in ahead[node]:
        del behind[head][node]
    return sorted(ahead[node].keys() | behind[node].keys())


def _ladder(order: list[int], ahead: Sequence[Ways], behind: Sequence[Ways]) -> Ladder:
    counts, to, cost, time = _flat(ahead)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    up = Arcs(first, to, cost, time[:, None], np.full(len(to), -1, np.int64))
    counts, source, down, passed = _flat([behind[node] for node in order])
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Ladder(up, np.array(order, np.int64), ends, source, down, passed)


def _flat(ways: Sequence[Ways]) -> tuple[Ints, Ints, Floats, Floats]:
    """Number of ways of each node; other end, cost and time of all of them in turn."""
    counts = np.array([len(each) for each in ways], np.int64)
    ends = np.array([end for each in ways for end in each], np.int64)
    values = np.array([way for each in ways for way in each.values()], np.float64).reshape(-1, 2)
    return counts, ends, values[:, 0].copy(), values[:, 1].copy()
