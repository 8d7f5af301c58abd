"""Compiled searches between points on segments: what they reach, how far they are, who rides where.

A point leaves its segment by either end, as far as that direction is allowed, or meets another point
on the same segment without passing an end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.mobility.compiled import compiled
from twin.mobility.search import Arcs, push, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Cube = NDArray[np.float64]


NONE, PART, WHOLE = 0, 1, 2
"""What of a segment is in time."""


class Ground(NamedTuple):
    """Segments between two nodes, and what moving along them takes.

    Parameters
    ----------
    tail, head : (segments,) int64
        Ends of each segment.
    ahead, back : (segments,)
        Cost from the first to the last end and the other way; infinite where nobody may go.
    carry_ahead, carry_back : (segments, quantities)
        What is summed on the way.
    wait_tail, wait_head : (segments,)
        Cost of passing the first and the last end; carried as the first quantity too.
    """

    tail: Ints
    head: Ints
    ahead: Floats
    back: Floats
    carry_ahead: Floats
    carry_back: Floats
    wait_tail: Floats
    wait_head: Floats


class Doors(NamedTuple):
    """Points on segments, sorted by segment.

    Parameters
    ----------
    first : (segments + 1,) int64
        Points ``first[s]:first[s + 1]`` lie on segment s.
    share : (points,) [1]
        Where on the segment: 0 at its first end, 1 at its last.
    leg : (points,)
        Cost from the point to the segment; carried as the first quantity too.
    """

    first: Ints
    share: Floats
    leg: Floats


@compiled
def leave(ground: Ground, segment: int, share: float, leg: float, end: int, way: Floats) -> float:
    """Cost from a point out of one end of its segment, and the quantities on the way."""
    if end == 0:
        cost, part, wait = ground.back[segment], share, ground.wait_tail[segment]
        carry = ground.carry_back[segment]
    else:
        cost, part, wait = ground.ahead[segment], 1.0 - share, ground.wait_head[segment]
        carry = ground.carry_ahead[segment]
    if cost == np.inf:
        return np.inf
    for quantity in range(len(way)):
        way[quantity] = part * carry[quantity]
    if len(way):
        way[0] += leg + wait
    return float(leg + wait + part * cost)


@compiled
def enter(ground: Ground, segment: int, share: float, leg: float, end: int, way: Floats) -> float:
    """Cost from one end of a segment to a point on it, added to the quantities on the way."""
    if end == 0:
        cost, part, wait = ground.ahead[segment], share, ground.wait_tail[segment]
        carry = ground.carry_ahead[segment]
    else:
        cost, part, wait = ground.back[segment], 1.0 - share, ground.wait_head[segment]
        carry = ground.carry_back[segment]
    if cost == np.inf:
        return np.inf
    for quantity in range(len(way)):
        way[quantity] += part * carry[quantity]
    if len(way):
        way[0] += leg + wait
    return float(leg + wait + part * cost)


@compiled
def straight(
    ground: Ground, segment: int, start: float, goal: float, legs: float, way: Floats
) -> float:
    """Cost between two points of one segment that passes no end of it, and the quantities."""
    if goal >= start:
        cost, carry = ground.ahead[segment], ground.carry_ahead[segment]
    else:
        cost, carry = ground.back[segment], ground.carry_back[segment]
    if cost == np.inf:
        return np.inf
    part = abs(goal - start)
    for quantity in range(len(way)):
        way[quantity] = part * carry[quantity]
    if len(way):
        way[0] += legs
    return float(legs + part * cost)


@compiled
def nearest(
    ground: Ground,
    segments: Ints,
    doors: Doors,
    cost: Floats,
    carry: Floats,
    goals: Doors,
    found: Floats,
    carried: Floats,
) -> None:
    """Least cost from each point to any goal, given that from every node.

    Parameters
    ----------
    ground
        Segments.
    segments
        Segments whose points are wanted.
    doors, goals
        Points, and goals.
    cost : (nodes,)
        From each node to the best goal; infinite if there is none.
    carry : (nodes, quantities)
        On that way.
    found : (points,)
        Least cost; filled in, infinite where no way leads.
    carried : (points, quantities)
        On that way; filled in.
    """
    quantities = carry.shape[1]
    way = np.zeros(quantities)
    for segment in segments:
        ends = (ground.tail[segment], ground.head[segment])
        for door in range(doors.first[segment], doors.first[segment + 1]):
            share, leg = doors.share[door], doors.leg[door]
            for end in range(2):
                node = ends[end]
                there = leave(ground, segment, share, leg, end, way) + cost[node]
                if there < found[door]:
                    found[door] = there
                    for quantity in range(quantities):
                        carried[door, quantity] = way[quantity] + carry[node, quantity]
            for goal in range(goals.first[segment], goals.first[segment + 1]):
                there = straight(ground, segment, share, goals.share[goal],
                                  leg + goals.leg[goal], way)  # fmt: skip
                if there < found[door]:
                    found[door] = there
                    carried[door] = way


@compiled
def _search(
    arcs: Arcs,
    node: int,
    bound: float,
    keys: Floats,
    items: Ints,
    cost: Floats,
    carry: Floats,
    parent: Ints,
    touched: Ints,
) -> int:
    """Reach all nodes within a bound from one node; returns how many were met."""
    cost[node] = 0.0
    carry[node] = 0.0
    parent[node] = -1
    touched[0] = node
    size = push(keys, items, 0, 0.0, node)
    return spread(arcs, bound, keys, items, size, cost, carry, parent, touched, 1)


@compiled
def opportunities(
    arcs: Arcs,
    ground: Ground,
    segments: Ints,
    doors: Doors,
    goals: Doors,
    weights: Floats,
    totals: Floats,
    legs: Floats,
    near_first: Ints,
    near: Ints,
    limit: float,
    bound: float,
    sums: Floats,
) -> None:
    """Sums of the weights of all goals that each point reaches in time along its cheapest way.

    Parameters
    ----------
    arcs, ground
        The network; the first quantity that arcs carry is time.
    segments
        Segments whose points are wanted.
    doors, goals
        Points, and goals.
    weights : (goals, columns)
        What each goal offers.
    totals : (segments, columns)
        Sum of the weights on each segment.
    legs : (segments,)
        Longest leg of a goal on each segment.
    near_first : (nodes + 1,) int64
        ``near[near_first[n]:near_first[n + 1]]`` are the segments with goals that meet node n.
    near : int64
        The same.
    limit
        Longest time that counts.
    bound
        Cost that no way in time exceeds.
    sums : (points, columns)
        Filled in; zero at the start.
    """
    nodes = len(arcs.first) - 1
    keys, items = np.empty(len(arcs.to) + 1), np.empty(len(arcs.to) + 1, np.int64)
    cost = np.full((2, nodes), np.inf)
    carry = np.zeros((2, nodes, 1))
    parent, touched = np.empty(nodes, np.int64), np.empty((2, nodes), np.int64)
    counts = np.zeros(2, np.int64)
    seen = np.full(len(totals), -1)
    around = np.empty(len(totals), np.int64)
    exits, times, way = np.empty(2), np.empty(2), np.empty(1)
    least, took, soon, late = np.empty(2), np.empty(2), np.empty(2), np.empty(2)
    sure = np.empty(sums.shape[1])
    for turn in range(len(segments)):
        segment = segments[turn]
        size = 0
        if goals.first[segment] < goals.first[segment + 1]:
            seen[segment] = turn
            around[0] = segment
            size = 1
        for end in range(2):
            counts[end] = 0
            if leave(ground, segment, 0.5, 0.0, end, way) < np.inf:
                node = ground.tail[segment] if end == 0 else ground.head[segment]
                counts[end] = _search(arcs, node, bound, keys, items, cost[end], carry[end],
                                      parent, touched[end])  # fmt: skip
            size = _meet(touched[end], counts[end], near_first, near, turn, seen, around, size)
        _exits(ground, segment, doors, soon, late, way)
        sure[:] = 0.0
        size = _sift(ground, segment, totals, legs, soon, late, carry, cost, limit, around, size,
                     sure)  # fmt: skip
        for door in range(doors.first[segment], doors.first[segment + 1]):
            sums[door] += sure
            for end in range(2):
                exits[end] = leave(ground, segment, doors.share[door], doors.leg[door], end, way)
                times[end] = way[0]
            for place in range(size):
                own = doors.share[door] if around[place] == segment else np.nan
                _collect(ground, around[place], goals, weights, totals, legs, exits, times, cost,
                         carry, own, doors.leg[door], limit, least, took, way, sums[door])  # fmt: skip
        for end in range(2):
            cost[end][touched[end][: counts[end]]] = np.inf


@compiled
def _meet(
    touched: Ints,
    count: int,
    near_first: Ints,
    near: Ints,
    turn: int,
    seen: Ints,
    around: Ints,
    size: int,
) -> int:
    """Note the segments with goals that meet the nodes, each once; returns how many there are."""
    for place in range(count):
        met = touched[place]
        for spot in range(near_first[met], near_first[met + 1]):
            if seen[near[spot]] != turn:
                seen[near[spot]] = turn
                around[size] = near[spot]
                size += 1
    return size


@compiled
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


@compiled
def _sift(
    ground: Ground,
    start: int,
    totals: Floats,
    legs: Floats,
    soon: Floats,
    late: Floats,
    carry: Cube,
    cost: Floats,
    limit: float,
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
                if not closed and soon[by] < np.inf and cost[by, node] < np.inf:
                    there = carry[by, node, 0] + wait
                    earliest = min(earliest, soon[by] + there)
                    latest = max(latest, late[by] + there + run + legs[segment])
        if segment == start or (earliest <= limit < latest):
            around[kept] = segment
            kept += 1
        elif latest <= limit and earliest < np.inf:
            sure += totals[segment]
    return kept


@compiled
def _collect(
    ground: Ground,
    segment: int,
    goals: Doors,
    weights: Floats,
    totals: Floats,
    legs: Floats,
    exits: Floats,
    times: Floats,
    cost: Floats,
    carry: Cube,
    own: float,
    leg: float,
    limit: float,
    least: Floats,
    took: Floats,
    way: Floats,
    sums: Floats,
) -> None:
    """Add what a point reaches on one segment: at once if all or nothing of it is in time.

    `own` is the point's share along this segment, no number if it lies on another; `least`, `took`
    and `way` are room to work in.
    """
    for end in range(2):
        node = ground.tail[segment] if end == 0 else ground.head[segment]
        by = 0 if exits[0] + cost[0, node] <= exits[1] + cost[1, node] else 1
        least[end] = exits[by] + cost[by, node]
        took[end] = times[by] + carry[by, node, 0]
    if np.isnan(own):
        verdict = _verdict(ground, segment, legs[segment], least, took, limit)
        if verdict == WHOLE:
            sums += totals[segment]
        if verdict != PART:
            return
    for goal in range(goals.first[segment], goals.first[segment + 1]):
        if _time(ground, segment, goals.share[goal], goals.leg[goal], least, took, own, leg,
                 way) <= limit:  # fmt: skip
            sums += weights[goal]


@compiled
def _verdict(
    ground: Ground, segment: int, leg: float, least: Floats, took: Floats, limit: float
) -> int:
    """Whether all goals of a segment are in time, none is, or each has to be looked at."""
    whole, none = True, True
    for end in range(2):
        if end == 0:
            cost, wait = ground.ahead[segment], ground.wait_tail[segment]
            run = ground.carry_ahead[segment, 0]
        else:
            cost, wait = ground.back[segment], ground.wait_head[segment]
            run = ground.carry_back[segment, 0]
        if least[end] < np.inf and cost < np.inf:
            none = none and took[end] + wait > limit
            whole = whole and took[end] + wait + run + leg <= limit
    if none:
        return NONE
    return WHOLE if whole else PART


@compiled
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
