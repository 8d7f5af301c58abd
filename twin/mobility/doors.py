"""Points on segments, compiled: how they leave and enter them, and which goal is nearest.

A point leaves its segment by either end, as far as that direction is allowed, or meets another point
on the same segment without passing an end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.compiled import bare, compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


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


@bare
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


@bare
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


@bare
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
