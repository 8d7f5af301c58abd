"""Cheapest paths kept up to date: trees of earlier costs, mended where costs have changed.

In the manner of Ramalingam and Reps (1996), An incremental algorithm for a generalization of the
shortest-path problem, Journal of Algorithms 21, 267-305. A tree is kept as its links in an order in
which each link follows the one before it on the way, so that it is measured in one pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.compiled import bare, inlined
from twin.mobility.heap import pop, push
from twin.mobility.paths import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.paths import Graph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Table = NDArray[np.float64]
    Tree = NDArray[np.int32]
    TreeTable = NDArray[np.int32]


class Outward(NamedTuple):
    """Links sorted by start node, as small as can be.

    Parameters
    ----------
    first : (nodes + 1,) int32
        Places ``first[n]`` to ``first[n + 1]`` hold the links that leave node n.
    link : (links,) int32
        Their numbers.
    tail, head : (links,) int32
        Start and end node of each link, by its number.
    through : (2,) int32
        Nodes below the first number are never passed through; the second is the place of the first
        link that leaves another node.
    """

    first: NDArray[np.int32]
    link: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    through: NDArray[np.int32]


class _Room(NamedTuple):
    """Room to work in: heap, and for each node the row in which it was changed and was done."""

    keys: NDArray[np.float64]
    items: NDArray[np.int64]
    changed: NDArray[np.int32]
    done: NDArray[np.int32]
    order: NDArray[np.int32]


def _room(nodes: int, links: int) -> _Room:
    most = 2 * links + 2
    never = np.full(nodes, -1, np.int32)
    return _Room(np.empty(most), np.empty(most, np.int64), never, never.copy(), never.copy())


def outward(of: Graph) -> Outward:
    """Links sorted by start node, for `repaired`."""
    through = [of.first_through, of.first[of.first_through]]
    arrays = (of.first, of.out, of.link_from, of.link_to, np.array(through))
    return Outward(*(array.astype(np.int32) for array in arrays))


@inlined
def _measure(
    of: Outward, origin: int, cost: Floats, distance: Floats, parent: Tree, tree: Tree
) -> bool:
    """Cost along an old tree; returns whether every link of it leads on."""
    distance[:] = np.inf
    parent[:] = -1
    distance[origin] = 0.0
    whole = True
    for place in range(len(tree)):
        link = tree[place]
        if link < 0:
            break
        tail, head = of.tail[link], of.head[link]
        there = distance[tail] + cost[link]
        if (
            there < np.inf
            and distance[head] == np.inf
            and (tail >= of.through[0] or tail == origin)
        ):
            distance[head] = there
            parent[head] = link
        else:
            whole = False
    return whole


@inlined
def _look(
    of: Outward,
    places: tuple[int, int],
    row: int,
    cost: Floats,
    distance: Floats,
    parent: Tree,
    room: _Room,
    size: int,
) -> int:
    """Find links that lead on at less cost than known; returns the size of the heap."""
    for place in range(places[0], places[1]):
        link = of.link[place]
        tail, head = of.tail[link], of.head[link]
        there = distance[tail] + cost[link]
        if there < distance[head] and room.changed[tail] != row:
            distance[head] = there
            parent[head] = link
            room.changed[head] = row
            size = push(room.keys, room.items, size, there, head)
    return size


@inlined
def _search(
    of: Outward,
    origin: int,
    row: int,
    cost: Floats,
    distance: Floats,
    parent: Tree,
    room: _Room,
    size: int,
) -> int:
    """Search on from the changed nodes; returns how many there are, in `room.order`.

    What hangs on a changed node in the old tree counts as changed, so that order is kept.
    """
    count = 0
    while size > 0:
        node = room.items[0]
        size = pop(room.keys, room.items, size)
        if room.done[node] == row:
            continue
        room.done[node] = row
        room.order[count] = node
        count += 1
        if node < of.through[0] and node != origin:
            continue
        for place in range(of.first[node], of.first[node + 1]):
            link = of.link[place]
            head = of.head[link]
            there = distance[node] + cost[link]
            follows = parent[head] == link and room.changed[head] != row
            if there < distance[head] or follows:
                distance[head] = there
                parent[head] = link
                room.changed[head] = row
                size = push(room.keys, room.items, size, there, head)
    return count


@inlined
def _keep(of: Outward, row: int, parent: Tree, tree: Tree, room: _Room, count: int) -> None:
    """Write the tree anew: what has not changed in its old order, then what has."""
    end = 0
    for place in range(len(tree)):
        link = tree[place]
        if link < 0:
            break
        head = of.head[link]
        if parent[head] == link and room.done[head] != row:
            tree[end] = link
            end += 1
    for place in range(count):
        tree[end] = parent[room.order[place]]
        end += 1
    tree[end:] = -1


@bare
def _repair(
    of: Outward,
    cost: Table,
    klass: Ints,
    origins: Ints,
    tree: TreeTable,
    distance: Table,
    parent: TreeTable,
    room: _Room,
) -> None:
    """Make old trees cheapest again: only what costs less by another link is searched anew."""
    for row in range(len(origins)):
        origin, mine = origins[row], cost[klass[row]]
        far, above, old = distance[row], parent[row], tree[row]
        whole = _measure(of, origin, mine, far, above, old)
        size = 0
        if origin < of.through[0]:
            own = (of.first[origin], of.first[origin + 1])
            size = _look(of, own, row, mine, far, above, room, size)
        size = _look(of, (of.through[1], len(of.link)), row, mine, far, above, room, size)
        if size > 0 or not whole:
            count = _search(of, origin, row, mine, far, above, room, size)
            _keep(of, row, above, old, room, count)


def repaired(
    of: Outward,
    cost: NDArray[np.float64],
    klass: NDArray[np.int64],
    origins: NDArray[np.int64],
    tree: NDArray[np.int32],
    *,
    threads: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Make trees of earlier costs cheapest at these ones; quick where little has changed.

    Costs along the old tree bound the new ones from above; from links that lead on at less cost
    Dijkstra's search goes on. Right for whatever stands in `tree`: what does not lead on from the
    origin is not used.

    Parameters
    ----------
    of
        The network.
    cost : (classes, links) [min]
        Cost of each link, not negative, infinite where barred.
    klass, origins : (trees,) int64
        Class and start node of each tree.
    tree : (trees, nodes) int32
        Links of each old tree, each after that which leads to it, then -1; brought up to date in
        place.
    threads
        Threads that share the trees; all processors if None.

    Returns
    -------
    distance : (trees, nodes) [min]
        Cost of the cheapest path, infinite where there is none.
    parent : (trees, nodes) int32
        Last link of that path, -1 at the origin and where there is none.
    """
    distance = np.empty(tree.shape)
    parent = np.empty(tree.shape, np.int32)

    def work(rows: slice) -> None:
        room = _room(len(of.first) - 1, len(of.link))
        _repair(
            of, cost, klass[rows], origins[rows], tree[rows], distance[rows], parent[rows], room
        )

    shared(work, len(origins), len(of.link), threads)
    return distance, parent
