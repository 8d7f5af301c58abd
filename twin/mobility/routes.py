"""Compiled cheapest routes between points on segments: what they take, and which segments they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.compiled import compiled
from twin.mobility.doors import Ground, enter, leave, straight
from twin.mobility.heap import push
from twin.mobility.search import Arcs, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Cube = NDArray[np.float64]

STRAIGHT = 2
"""Mark of a route that stays on one segment, beside 0 and 1 for the end it enters by."""


@compiled
def _seed(
    arcs: Arcs,
    ground: Ground,
    segment: int,
    share: float,
    leg: float,
    keys: Floats,
    items: Ints,
    cost: Floats,
    carry: Floats,
    parent: Ints,
    touched: Ints,
) -> int:
    """Reach every node from a point; returns how many were met."""
    size, count = 0, 0
    way = np.zeros(carry.shape[1])
    for end in range(2):
        node = ground.tail[segment] if end == 0 else ground.head[segment]
        there = leave(ground, segment, share, leg, end, way)
        if there >= cost[node]:
            continue
        if cost[node] == np.inf:
            touched[count] = node
            count += 1
        cost[node] = there
        carry[node] = way
        parent[node] = -1 - end
        size = push(keys, items, size, there, node)
    return spread(arcs, np.inf, keys, items, size, cost, carry, parent, touched, count)


@compiled
def _arrive(
    ground: Ground,
    segment: int,
    share: float,
    leg: float,
    cost: Floats,
    carry: Floats,
    best: float,
    by: int,
    held: Floats,
) -> tuple[float, int]:
    """Cost of the best way to a point by an end of its segment, if better than one that is known.

    Parameters
    ----------
    ground, segment, share, leg
        The point.
    cost, carry
        Of every node.
    best, by, held
        Cost of the known way, its mark and its quantities; the last are overwritten.
    """
    way = np.zeros(len(held))
    for end in range(2):
        node = ground.tail[segment] if end == 0 else ground.head[segment]
        way[:] = carry[node]
        there = cost[node] + enter(ground, segment, share, leg, end, way)
        if there < best:
            best, by = there, end
            held[:] = way
    return best, by


@compiled
def between(
    arcs: Arcs,
    ground: Ground,
    starts: Ints,
    where: Floats,
    legs: Floats,
    segments: Ints,
    shares: Floats,
    doors: Floats,
    trips: Floats,
    cost: Floats,
    carry: Cube,
    loads: Floats,
) -> None:
    """Cheapest routes between points, and what their trips put on each segment and direction.

    Parameters
    ----------
    arcs, ground
        The network.
    starts, where, legs : (origins,)
        Segment of each origin (-1 if none), share along it and leg to it.
    segments, shares, doors : (goals,)
        The same of the destinations.
    trips : (origins, goals) or (0, 0)
        Trips to load; none if empty.
    cost : (origins, goals)
        Filled in; infinite where no route leads.
    carry : (origins, goals, quantities)
        Filled in.
    loads : (segments, 2)
        Trips along and against the drawing direction of each segment; added to.
    """
    nodes, quantities = len(arcs.first) - 1, arcs.carry.shape[1]
    keys, items = np.empty(len(arcs.to) + 2), np.empty(len(arcs.to) + 2, np.int64)
    reach, on = np.full(nodes, np.inf), np.zeros((nodes, quantities))
    parent, touched = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    way = np.zeros(quantities)
    for origin in range(len(starts)):
        start = starts[origin]
        if start < 0:
            continue
        count = _seed(arcs, ground, start, where[origin], legs[origin], keys, items, reach, on,
                      parent, touched)  # fmt: skip
        for goal in range(len(segments)):
            segment = segments[goal]
            if segment < 0:
                continue
            best, by = np.inf, -1
            if segment == start:
                best = straight(ground, start, where[origin], shares[goal],
                                legs[origin] + doors[goal], way)  # fmt: skip
                by = STRAIGHT
                if best < np.inf:
                    carry[origin, goal] = way
            best, by = _arrive(ground, segment, shares[goal], doors[goal], reach, on, best, by,
                               carry[origin, goal])  # fmt: skip
            cost[origin, goal] = best
            if len(trips) and best < np.inf and trips[origin, goal] > 0.0:
                backward = where[origin] > shares[goal]
                _load(arcs, ground, start, segment, by, backward, trips[origin, goal], parent,
                      loads)  # fmt: skip
        for place in range(count):
            reach[touched[place]] = np.inf


@compiled
def _load(
    arcs: Arcs,
    ground: Ground,
    start: int,
    segment: int,
    by: int,
    backward: bool,
    trips: float,
    parent: Ints,
    loads: Floats,
) -> None:
    """Put trips on all segments of a route, followed back from its end."""
    if by == STRAIGHT:
        loads[start, 1 if backward else 0] += trips
        return
    loads[segment, by] += trips
    node = ground.tail[segment] if by == 0 else ground.head[segment]
    while parent[node] >= 0:
        way = arcs.way[parent[node]]
        loads[way // 2, way % 2] += trips
        node = ground.head[way // 2] if way % 2 else ground.tail[way // 2]
    loads[start, 1 if parent[node] == -1 else 0] += trips
