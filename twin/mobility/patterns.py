"""The timetable by patterns: rides that call at the same stops and never overtake each other.

This is the form that round-based routing works on: of a pattern's rides that are still to come at a
stop, the first is the best (Delling, Pajor and Werneck 2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.schema import Timetable

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


class Patterns(NamedTuple):
    """Patterns of a timetable; the calls of pattern p are ``first[p]:first[p + 1]``.

    Parameters
    ----------
    first : (patterns + 1,) int64
        First call of each pattern.
    stop : (calls,) int64
        Number of the stop.
    board, alight : (calls,) bool
        Whether people may board and alight there.
    rides : (patterns,) int64
        Rides of each pattern.
    base : (patterns,) int64
        Where the times of a pattern begin: ride r calls at its n-th stop at place
        ``base[p] + n * rides[p] + r``, in rising order of r.
    departure, arrival : (times,) int64 [s]
        After noon minus 12 hours of the day.
    at_first : (stops + 1,) int64
        The calls at stop s are ``at_first[s]:at_first[s + 1]`` of the two that follow.
    at_pattern, at_place : (calls,) int64
        Pattern, and which of its calls.
    """

    first: Ints
    stop: Ints
    board: Flags
    alight: Flags
    rides: Ints
    base: Ints
    departure: Ints
    arrival: Ints
    at_first: Ints
    at_pattern: Ints
    at_place: Ints


def of(timetable: Timetable) -> Patterns:
    """Group the rides of a timetable.

    Parameters
    ----------
    timetable
        Connections of the day; those of one ride follow each other from stop to stop.
    """
    calls = [_calls(timetable, legs) for legs in _legs_of_rides(timetable)]
    calls.sort(key=lambda ride: (ride[0].tobytes(), ride[1].ravel().tolist()))
    chains = _chains(calls)
    stops = [chain[0][0][0] for chain in chains]
    flags = [chain[0][0][1:] for chain in chains]
    times = [np.stack([ride[1] for ride in chain], axis=2) for chain in chains]
    length = np.array([len(one) for one in stops], dtype=np.int64)
    rides = np.array([len(chain) for chain in chains], dtype=np.int64)
    stop = _joined(stops)
    at_first, order = _by_stop(stop, len(timetable.stops))
    pattern = np.repeat(np.arange(len(chains)), length)
    first = _starts(length)
    return Patterns(
        first=first,
        stop=stop,
        board=_joined([one[0] for one in flags]).astype(np.bool_),
        alight=_joined([one[1] for one in flags]).astype(np.bool_),
        rides=rides,
        base=_starts(length * rides)[:-1],
        departure=_joined([one[0].ravel() for one in times]),
        arrival=_joined([one[1].ravel() for one in times]),
        at_first=at_first,
        at_pattern=pattern[order],
        at_place=(np.arange(len(stop)) - first[pattern])[order],
    )


def _legs_of_rides(timetable: Timetable) -> list[Ints]:
    """Connections of each ride, in the order in which it runs."""
    order = np.argsort(timetable.ride, kind="stable")
    cuts = np.flatnonzero(np.diff(timetable.ride[order])) + 1
    return [legs for legs in np.split(order, cuts) if len(legs)]


def _calls(timetable: Timetable, legs: Ints) -> tuple[Ints, Ints]:
    """Stops with their two flags (3, calls), and departures and arrivals (2, calls) [s]."""
    leaves, arrives = timetable.departure[legs], timetable.arrival[legs]
    where = [
        np.append(timetable.from_stop[legs], timetable.to_stop[legs[-1]]),
        np.append(timetable.board[legs], False),
        np.append(False, timetable.alight[legs]),
    ]
    when = [np.append(leaves, arrives[-1]), np.append(leaves[0], arrives)]
    return np.array(where, dtype=np.int64), np.array(when, dtype=np.int64)


def _chains(calls: list[tuple[Ints, Ints]]) -> list[list[tuple[Ints, Ints]]]:
    """Rides of equal calls in order, split so that none overtakes another.

    Each ride joins the first chain whose last ride is nowhere later.
    """
    found: list[list[tuple[Ints, Ints]]] = []
    same = 0
    for ride in calls:
        if same < len(found) and not np.array_equal(found[same][0][0], ride[0]):
            same = len(found)
        for chain in found[same:]:
            if (chain[-1][1] <= ride[1]).all():
                chain.append(ride)
                break
        else:
            found.append([ride])
    return found


def _by_stop(stop: Ints, stops: int) -> tuple[Ints, Ints]:
    """Where the calls at each stop begin, and the calls by stop."""
    return _starts(np.bincount(stop, minlength=stops)), np.argsort(stop, kind="stable")


def _starts(counts: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *parts])
