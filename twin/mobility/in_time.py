"""Compiled sums of what points reach in time, exact for every point of a segment.

The ways from the ends of a segment serve all its points; they are kept for the segments that follow,
which are taken in an order in which neighbours come one after the other. Segments that all points of
one reach whole, or not at all, are settled at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.compiled import bare, compiled
from twin.mobility.doors import Doors, Ground, enter, leave, straight
from twin.mobility.heap import push
from twin.mobility.search import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.elimination import Ladder

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Cube = NDArray[np.float64]


class Offers(NamedTuple):
    """Goals on segments and what they offer.

    Parameters
    ----------
    doors
        Where the goals are.
    weights : (goals, columns)
        What each offers.
    totals : (segments, columns)
        Sum of it on each segment.
    legs : (segments,)
        Longest leg of a goal on each segment.
    near_first : (nodes + 1,) int64
        ``near[near_first[n]:near_first[n + 1]]`` are the segments with goals that meet node n.
    near : int64
        The same.
    limits : (columns,)
        Longest time that counts.
    """

    doors: Doors
    weights: Floats
    totals: Floats
    legs: Floats
    near_first: Ints
    near: Ints
    limits: Floats


class Room(NamedTuple):
    """Ways from some nodes to all others, kept as long as there is room.

    Parameters
    ----------
    owner : (slots,) int64
        Node whose ways a slot holds; -1 if none.
    met : (slots,) int64
        How many nodes were met.
    touched : (slots, nodes) int64
        Which ones.
    cost : (slots, nodes)
        Infinite where not met.
    time : (slots, nodes, 1)
    """

    owner: Ints
    met: Ints
    touched: Ints
    cost: Floats
    time: Cube


@compiled
def sums(
    ladder: Ladder,
    ground: Ground,
    segments: Ints,
    doors: Doors,
    offers: Offers,
    rank: Ints,
    slots: int,
    bound: float,
    found: Floats,
) -> None:
    """Sums of the weights of all goals that each point reaches in time along its cheapest way.

    Parameters
    ----------
    ladder, ground
        The network; the one quantity that its arcs carry is time.
    segments
        Segments whose points are wanted, in an order that keeps neighbours together.
    doors
        Points.
    offers
        Goals.
    rank : (nodes,) int64
        Numbers of the nodes in that order.
    slots
        Nodes whose ways are kept [1].
    bound
        Cost that no way in time exceeds.
    found : (points, columns)
        Filled in; zero at the start.
    """
    nodes = len(ladder.up.first) - 1
    keys = np.empty(len(ladder.up.to) + 1)
    items = np.empty(len(ladder.up.to) + 1, np.int64)
    parent = np.empty(nodes, np.int64)
    room = Room(
        np.full(slots + 1, -1),
        np.zeros(slots + 1, np.int64),
        np.empty((slots + 1, nodes), np.int64),
        np.full((slots + 1, nodes), np.inf),
        np.zeros((slots + 1, nodes, 1)),
    )
    seen = np.full(len(offers.totals), -1)
    around = np.empty(len(offers.totals), np.int64)
    at = np.empty(2, np.int64)
    exits, times, way = np.empty(2), np.empty(2), np.empty(1)
    least, took, soon, late = np.empty(2), np.empty(2), np.empty(2), np.empty(2)
    sure = np.empty(found.shape[1])
    for turn in range(len(segments)):
        segment = segments[turn]
        at[0] = rank[ground.tail[segment]] % slots
        at[1] = rank[ground.head[segment]] % slots
        if at[0] == at[1]:
            at[1] = slots
        size = _own(offers, segment, turn, seen, around)
        for end in range(2):
            node = ground.tail[segment] if end == 0 else ground.head[segment]
            _fetch(ladder, node, at[end], bound, keys, items, parent, room)
            if leave(ground, segment, 0.5, 0.0, end, way) < np.inf:
                size = _meet(room, at[end], offers, turn, seen, around, size)
        _exits(ground, segment, doors, soon, late, way)
        sure[:] = 0.0
        size = _sift(ground, segment, offers, soon, late, room, at, around, size, sure)
        for door in range(doors.first[segment], doors.first[segment + 1]):
            for end in range(2):
                exits[end] = leave(ground, segment, doors.share[door], doors.leg[door], end, way)
                times[end] = way[0]
            _add(found, door, sure)
            for place in range(size):
                own = doors.share[door] if around[place] == segment else np.nan
                _collect(ground, around[place], offers, exits, times, room, at, own,
                         doors.leg[door], least, took, way, found, door)  # fmt: skip


@bare
def _own(offers: Offers, segment: int, turn: int, seen: Ints, around: Ints) -> int:
    """Begin the segments to look at with the points' own, if it has goals."""
    if offers.doors.first[segment] == offers.doors.first[segment + 1]:
        return 0
    seen[segment] = turn
    around[0] = segment
    return 1


@bare
def _fetch(
    ladder: Ladder,
    node: int,
    slot: int,
    bound: float,
    keys: Floats,
    items: Ints,
    parent: Ints,
    room: Room,
) -> None:
    """See that a slot holds the ways from a node."""
    if room.owner[slot] == node:
        return
    for place in range(room.met[slot]):
        room.cost[slot, room.touched[slot, place]] = np.inf
    room.owner[slot] = node
    room.cost[slot, node] = 0.0
    room.time[slot, node, 0] = 0.0
    room.touched[slot, 0] = node
    parent[node] = -1
    size = push(keys, items, 0, 0.0, node)
    met = spread(ladder.up, bound, keys, items, size, room.cost[slot], room.time[slot], parent,
                 room.touched[slot], 1)  # fmt: skip
    room.met[slot] = _sweep(ladder, bound, room.cost[slot], room.time[slot], room.touched[slot],
                            met)  # fmt: skip


@bare
def _sweep(
    ladder: Ladder, bound: float, cost: Floats, time: Floats, touched: Ints, met: int
) -> int:
    """Reach the nodes that were left out of the search; returns how many were met in all."""
    for place in range(len(ladder.order)):
        node = ladder.order[place]
        before = cost[node]
        for way in range(ladder.first[place], ladder.first[place + 1]):
            there = cost[ladder.source[way]] + ladder.cost[way]
            if there < cost[node] and there <= bound:
                cost[node] = there
                time[node, 0] = time[ladder.source[way], 0] + ladder.time[way]
        if before == np.inf and cost[node] < np.inf:
            touched[met] = node
            met += 1
    return met


@bare
def _meet(
    room: Room, slot: int, offers: Offers, turn: int, seen: Ints, around: Ints, size: int
) -> int:
    """Note the segments with goals that meet the nodes, each once; returns how many there are."""
    for place in range(room.met[slot]):
        met = room.touched[slot, place]
        for spot in range(offers.near_first[met], offers.near_first[met + 1]):
            other = offers.near[spot]
            if seen[other] != turn:
                seen[other] = turn
                around[size] = other
                size += 1
    return size


@bare
def _add(found: Floats, row: int, values: Floats) -> None:
    for column in range(len(values)):
        found[row, column] += values[column]


@bare
def _exits(
    ground: Ground, segment: int, doors: Doors, soon: Floats, late: Floats, way: Floats
) -> None:
    """Shortest and longest time in which points of a segment leave it by each of its ends."""
    for end in range(2):
        soon[end], late[end] = np.inf, np.inf
        for door in range(doors.first[segment], doors.first[segment + 1]):
            if leave(ground, segment, doors.share[door], doors.leg[door], end, way) < np.inf:
                soon[end] = min(soon[end], way[0])
                late[end] = way[0] if late[end] == np.inf else max(late[end], way[0])


@bare
def _sift(
    ground: Ground,
    start: int,
    offers: Offers,
    soon: Floats,
    late: Floats,
    room: Room,
    at: Ints,
    around: Ints,
    size: int,
    sure: Floats,
) -> int:
    """Keep the segments that are not the same to all points of one; add up those all reach whole.

    Returns how many of `around` are kept.
    """
    kept = 0
    for place in range(size):
        segment = around[place]
        earliest, latest = np.inf, 0.0
        for end in range(2):
            if end == 0:
                node, wait = ground.tail[segment], ground.wait_tail[segment]
                run = ground.carry_ahead[segment, 0]
                closed = ground.ahead[segment] == np.inf
            else:
                node, wait = ground.head[segment], ground.wait_head[segment]
                run = ground.carry_back[segment, 0]
                closed = ground.back[segment] == np.inf
            for by in range(2):
                if not closed and soon[by] < np.inf and room.cost[at[by], node] < np.inf:
                    there = room.time[at[by], node, 0] + wait
                    earliest = min(earliest, soon[by] + there)
                    latest = max(latest, late[by] + there + run + offers.legs[segment])
        if segment == start or _open(offers.limits, earliest, latest):
            around[kept] = segment
            kept += 1
        elif earliest < np.inf:
            for column in range(len(sure)):
                if latest <= offers.limits[column]:
                    sure[column] += offers.totals[segment, column]
    return kept


@bare
def _open(limits: Floats, earliest: float, latest: float) -> bool:
    """Whether any limit lies between the earliest and the latest arrival."""
    for limit in limits:  # noqa: SIM110  # numba knows no any() over a generator
        if earliest <= limit < latest:
            return True
    return False


@bare
def _collect(
    ground: Ground,
    segment: int,
    offers: Offers,
    exits: Floats,
    times: Floats,
    room: Room,
    at: Ints,
    own: float,
    leg: float,
    least: Floats,
    took: Floats,
    way: Floats,
    found: Floats,
    row: int,
) -> None:
    """Add what a point reaches of each goal of one segment.

    `own` is the point's share along this segment, no number if it lies on another; `least`, `took`
    and `way` are room to work in.
    """
    for end in range(2):
        node = ground.tail[segment] if end == 0 else ground.head[segment]
        first, last = exits[0] + room.cost[at[0], node], exits[1] + room.cost[at[1], node]
        by = 0 if first <= last else 1
        least[end] = min(first, last)
        took[end] = times[by] + room.time[at[by], node, 0]
    doors = offers.doors
    for goal in range(doors.first[segment], doors.first[segment + 1]):
        time = _time(ground, segment, doors.share[goal], doors.leg[goal], least, took, own, leg,
                     way)  # fmt: skip
        for column in range(len(offers.limits)):
            if time <= offers.limits[column]:
                found[row, column] += offers.weights[goal, column]


@bare
def _time(
    ground: Ground,
    segment: int,
    share: float,
    leg: float,
    least: Floats,
    took: Floats,
    own: float,
    own_leg: float,
    way: Floats,
) -> float:
    """Time on the cheapest way to a goal, by either end of its segment or straight."""
    best, time = np.inf, np.inf
    if not np.isnan(own):
        best = straight(ground, segment, own, share, own_leg + leg, way)
        if best < np.inf:
            time = way[0]
    for end in range(2):
        way[0] = took[end]
        there = least[end] + enter(ground, segment, share, leg, end, way)
        if there < best:
            best, time = there, way[0]
    return time
