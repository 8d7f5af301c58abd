"""Rounds of RAPTOR: from where people can board, ride after ride, to where they alight."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.mobility.legs import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.legs import Legs
    from twin.mobility.patterns import Patterns

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

START, WALK, RIDE, RIDES, TIME, COUNTS = 0, 1, 2, 3, 4, 5
"""Parts of a journey: when one has to leave for it, walked, ridden [s], rides [1], when it ends,
and what it counts [s]."""


class Labels(NamedTuple):
    """Best known journeys to each stop by the most rides they take.

    Parameters
    ----------
    time : (stops, rides + 1) [s]
        When they end; never later with more rides.
    rest : (stops, rides + 1, 4)
        Time to leave for them, walked, ridden [s] and rides [1].
    """

    time: Ints
    rest: Ints


@compiled
def improve(
    labels: Labels, stop: int, level: int, time: int, start: int, walk: int, ride: int, rides: int
) -> None:
    """Note a journey at a stop for all numbers of rides from `level` on where it is earlier."""
    for higher in range(level, labels.time.shape[1]):
        if time >= labels.time[stop, higher]:
            break
        labels.time[stop, higher] = time
        labels.rest[stop, higher, START] = start
        labels.rest[stop, higher, WALK] = walk
        labels.rest[stop, higher, RIDE] = ride
        labels.rest[stop, higher, RIDES] = rides


@compiled
def _next_ride(departure: Ints, start: int, rides: int, time: int) -> int:
    """First ride of a pattern that leaves a call at `time` or later; `rides` if none does."""
    low, high = 0, rides
    while low < high:
        middle = (low + high) >> 1
        if departure[start + middle] < time:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _along(
    patterns: Patterns,
    pattern: int,
    begin: int,
    ready: Labels,
    left: Labels,
    level: int,
    latest: int,
    changed: Flags,
) -> None:
    """Ride one pattern from its n-th call on, boarding the first ride that can be caught.

    `ready` holds when people can board, `left` when they have alighted.
    """
    rides = patterns.rides[pattern]
    taken = rides
    since = start = walk = ridden = 0
    for call in range(patterns.first[pattern] + begin, patterns.first[pattern + 1]):
        here = patterns.stop[call]
        times = patterns.base[pattern] + (call - patterns.first[pattern]) * rides
        if taken < rides and patterns.alight[call]:
            time = patterns.arrival[times + taken]
            if time <= latest and time < left.time[here, level]:
                aboard = ridden + time - since
                improve(left, here, level, time, start, walk, aboard, level)
                changed[here] = True
        can = ready.time[here, level - 1]
        if not patterns.board[call] or can == NEVER:
            continue
        if taken == 0 or patterns.departure[times + taken - 1] < can:
            continue  # nobody can catch an earlier ride than the one taken
        found = _next_ride(patterns.departure, times, taken, can)
        taken, since = found, patterns.departure[times + found]
        walk, ridden = ready.rest[here, level - 1, WALK], ready.rest[here, level - 1, RIDE]
        start = ready.rest[here, level - 1, START]
        if start == NEVER:
            start = since - walk


@compiled
def _change(
    change: Legs,
    pause: int,
    level: int,
    latest: int,
    left: Labels,
    here: int,
    ready: Labels,
    marked: Flags,
) -> None:
    """From a stop where people have alighted to where they can board in the next round."""
    rest = left.rest[here, level]
    time, start, walk, ride = left.time[here, level] + pause, rest[START], rest[WALK], rest[RIDE]
    if time <= latest and time < ready.time[here, level]:
        improve(ready, here, level, time, start, walk, ride, level)
        marked[here] = True
    for one in range(change.first[here], change.first[here + 1]):
        there, step = change.to[one], change.time[one]
        then = time + step
        if then <= latest and then < ready.time[there, level]:
            improve(ready, there, level, then, start, walk + step, ride, level)
            marked[there] = True


@compiled
def _queue(
    patterns: Patterns,
    level: int,
    ready: Labels,
    tried: Ints,
    marked: Flags,
    begin: Ints,
    queue: Ints,
) -> int:
    """Patterns to ride, each with the first call where an earlier ride can be caught; how many.

    `tried` holds from when on the rides at a stop have been taken before.
    """
    count = 0
    for here in range(len(marked)):
        if not marked[here]:
            continue
        marked[here] = False
        time, before = ready.time[here, level], tried[here, level]
        tried[here, level] = time
        for one in range(patterns.at_first[here], patterns.at_first[here + 1]):
            pattern, place = patterns.at_pattern[one], patterns.at_place[one]
            times = patterns.base[pattern] + place * patterns.rides[pattern]
            ride = _next_ride(patterns.departure, times, patterns.rides[pattern], time)
            if ride == patterns.rides[pattern] or patterns.departure[times + ride] >= before:
                continue
            if begin[pattern] == NEVER:
                queue[count] = pattern
                count += 1
            begin[pattern] = min(begin[pattern], place)
    return count


@compiled
def ride_on(
    patterns: Patterns,
    change: Legs,
    pause: int,
    latest: int,
    ready: Labels,
    left: Labels,
    tried: Ints,
    marked: Flags,
    improved: Flags,
) -> None:
    """Ride after ride from the stops that are marked, until nothing gets better."""
    changed = np.zeros(len(marked), dtype=np.bool_)
    begin = np.full(len(patterns.rides), NEVER, dtype=np.int64)
    queue = np.empty(len(patterns.rides), dtype=np.int64)
    for level in range(1, left.time.shape[1]):
        count = _queue(patterns, level - 1, ready, tried, marked, begin, queue)
        if count == 0:
            break
        for pattern in queue[:count]:
            _along(patterns, pattern, begin[pattern], ready, left, level, latest, changed)
            begin[pattern] = NEVER
        for here in range(len(changed)):
            if changed[here]:
                _change(change, pause, level, latest, left, here, ready, marked)
                improved[here] = True
                changed[here] = False
    marked[:] = False
