"""Round-based public transport routing: journeys from one door to many for all departures.

RAPTOR looks for journeys by number of rides: round k takes the first ride that can be caught after
a journey of k - 1 rides. Its range form goes through the departures from the last to the first and
keeps what later ones have found, which whoever leaves earlier can do too.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.mobility.compiled import compiled
from twin.mobility.legs import NEVER
from twin.mobility.paths import threads_available

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.legs import Legs
    from twin.mobility.patterns import Patterns

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

CITATIONS: Final = (
    "Delling, Pajor, Werneck 2012, Round-Based Public Transit Routing, ALENEX 2012.",
)

TIME, START, WALK, RIDE, RIDES = 0, 1, 2, 3, 4
"""Parts of a journey: when it ends, when one has to leave for it, walked, ridden [s]; rides [1]."""
PARTS: Final = 5
SUMS: Final = 7


@dataclass(frozen=True)
class Journeys:
    """Journeys with at least one ride between points, over the departures of a window.

    Parameters
    ----------
    share : (origins, targets) [1]
        Share of the departures at which the target is reached within the limit.
    time, first_wait, wait, walk, ride : (origins, targets) [s]
        Means over those departures: from the departure to the target; from the departure until one
        has to leave for the first stop; at stops between rides; to, between and from stops; in
        vehicles. ``time = first_wait + wait + walk + ride``; NaN where nothing is reached.
    rides : (origins, targets) [1]
        Mean number of rides.
    """

    share: Floats
    time: Floats
    first_wait: Floats
    wait: Floats
    walk: Floats
    ride: Floats
    rides: Floats


def journeys(
    patterns: Patterns,
    access: Legs,
    change: Legs,
    egress: Legs,
    targets: int,
    departures: Ints,
    limit: int,
    pause: int,
    rides: int,
    *,
    penalty: int = 0,
    threads: int | None = None,
) -> Journeys:
    """Best journeys from each origin to each target, as means over the departures.

    At each departure the journey counts whose arrival plus `penalty` for each change is least.

    Parameters
    ----------
    patterns
        Timetable.
    access
        From the origins to stops.
    change
        From stops to other stops, used once between two rides.
    egress
        From stops to targets.
    targets
        Number of targets [1].
    departures : (departures,) [s]
        When people could leave the door, in rising order.
    limit
        Longest travel time that counts [s].
    pause
        Least time between two rides, beside the walk [s]; at least 1.
    rides
        Most rides of a journey [1].
    penalty
        What a change counts when journeys are compared [s].
    threads
        Threads that share the origins; all processors if None.
    """
    if pause < 1:
        raise ValueError("the time to change is at least one second")
    origins = len(access.first) - 1
    sums = np.zeros((origins, targets, SUMS), dtype=np.float64)

    def work(part: Ints) -> None:
        _sweep(patterns, access, change, egress, departures, limit, pause, rides, penalty, part,
               sums)  # fmt: skip

    workers = min(threads or threads_available(), max(origins, 1))
    parts = [part for part in np.array_split(np.arange(origins), workers) if len(part)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, parts))
    with np.errstate(invalid="ignore"):
        columns = np.moveaxis(sums[:, :, 1:] / sums[:, :, :1], 2, 0)
    share = sums[:, :, 0] / max(len(departures), 1)
    return Journeys(share, *np.ascontiguousarray(columns))


def table(
    patterns: Patterns,
    access: Legs,
    change: Legs,
    egress: Legs,
    targets: int,
    departures: Ints,
    limit: int,
    pause: int,
    rides: int,
    *,
    penalty: int = 0,
    origin: int = 0,
) -> Ints:
    """Journeys of one origin, each departure for itself; parameters as in `journeys`.

    Returns
    -------
    (targets, departures, 5) int64
        Arrival, time to leave, walked, ridden [s] and rides [1]; arrival `NEVER` where the target
        is not reached within the limit.
    """
    found = np.full((targets, len(departures), PARTS), NEVER, dtype=np.int64)
    _range(patterns, access, change, egress, departures, limit, pause, rides, penalty, origin,
           found)  # fmt: skip
    return found


# ---------------------------------------------------------------- labels


@compiled
def _improve(
    labels: Ints, stop: int, level: int, time: int, start: int, walk: int, ride: int, rides: int
) -> bool:
    """Note a journey at a stop for all numbers of rides from `level` on where it is earlier."""
    better = False
    for higher in range(level, labels.shape[1]):
        if time >= labels[stop, higher, TIME]:
            break
        labels[stop, higher, TIME] = time
        labels[stop, higher, START] = start
        labels[stop, higher, WALK] = walk
        labels[stop, higher, RIDE] = ride
        labels[stop, higher, RIDES] = rides
        better = True
    return better


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
    ready: Ints,
    left: Ints,
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
            aboard = ridden + time - since
            if time <= latest and _improve(left, here, level, time, start, walk, aboard, level):
                changed[here] = True
        can = ready[here, level - 1, TIME]
        if not patterns.board[call] or can == NEVER:
            continue
        if taken == rides or can <= patterns.departure[times + taken]:
            found = _next_ride(patterns.departure, times, rides, can)
            if found < taken:
                taken, since = found, patterns.departure[times + found]
                walk, ridden = ready[here, level - 1, WALK], ready[here, level - 1, RIDE]
                start = ready[here, level - 1, START]
                if start == NEVER:
                    start = since - walk


@compiled
def _change(
    change: Legs,
    pause: int,
    level: int,
    latest: int,
    left: Ints,
    here: int,
    ready: Ints,
    marked: Flags,
) -> None:
    """From a stop where people have alighted to where they can board in the next round."""
    time, start = left[here, level, TIME] + pause, left[here, level, START]
    walk, ride = left[here, level, WALK], left[here, level, RIDE]
    if time <= latest and _improve(ready, here, level, time, start, walk, ride, level):
        marked[here] = True
    for one in range(change.first[here], change.first[here + 1]):
        there, step = change.to[one], change.time[one]
        then = time + step
        if then <= latest and _improve(ready, there, level, then, start, walk + step, ride, level):
            marked[there] = True


@compiled
def _arrive(egress: Legs, penalty: int, left: Ints, here: int, best: Ints) -> None:
    """From a stop where journeys got better to the targets near it.

    `best` holds a journey of each target, and last what it counts.
    """
    for level in range(1, left.shape[1]):
        if left[here, level, TIME] == NEVER or left[here, level, RIDES] != level:
            continue
        for one in range(egress.first[here], egress.first[here + 1]):
            target, step = egress.to[one], egress.time[one]
            time = left[here, level, TIME] + step
            counts = time + penalty * (level - 1)
            if counts < best[target, PARTS]:
                best[target, :PARTS] = left[here, level]
                best[target, TIME] = time
                best[target, WALK] += step
                best[target, PARTS] = counts


# ---------------------------------------------------------------- rounds and departures


@compiled
def _queue(patterns: Patterns, marked: Flags, begin: Ints, queue: Ints) -> int:
    """Patterns to ride, each with the first call where somebody can newly board; how many."""
    count = 0
    for here in range(len(marked)):
        if not marked[here]:
            continue
        marked[here] = False
        for one in range(patterns.at_first[here], patterns.at_first[here + 1]):
            pattern = patterns.at_pattern[one]
            if begin[pattern] == NEVER:
                queue[count] = pattern
                count += 1
            begin[pattern] = min(begin[pattern], patterns.at_place[one])
    return count


@compiled
def _rounds(
    patterns: Patterns,
    change: Legs,
    pause: int,
    latest: int,
    ready: Ints,
    left: Ints,
    marked: Flags,
    improved: Flags,
) -> None:
    """Ride after ride from the stops that are marked, until nothing gets better."""
    changed = np.zeros(len(marked), dtype=np.bool_)
    begin = np.full(len(patterns.rides), NEVER, dtype=np.int64)
    queue = np.empty(len(patterns.rides), dtype=np.int64)
    for level in range(1, left.shape[1]):
        count = _queue(patterns, marked, begin, queue)
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


@compiled
def _range(
    patterns: Patterns,
    access: Legs,
    change: Legs,
    egress: Legs,
    departures: Ints,
    limit: int,
    pause: int,
    most: int,
    penalty: int,
    origin: int,
    found: Ints,
) -> None:
    """All departures of one origin, the last first, written into `found` (targets, departures)."""
    stops = len(patterns.at_first) - 1
    ready = np.full((stops, most + 1, PARTS), NEVER, dtype=np.int64)
    left = np.full((stops, most + 1, PARTS), NEVER, dtype=np.int64)
    best = np.full((found.shape[0], PARTS + 1), NEVER, dtype=np.int64)
    marked, improved = np.zeros(stops, dtype=np.bool_), np.zeros(stops, dtype=np.bool_)
    for column in range(len(departures) - 1, -1, -1):
        latest = departures[column] + limit
        for one in range(access.first[origin], access.first[origin + 1]):
            # The time to leave stays open until somebody boards.
            here, step = access.to[one], access.time[one]
            ready[here, 0, TIME] = departures[column] + step
            ready[here, 0, WALK] = step
            ready[here, 0, RIDE] = 0
            marked[here] = True
        _rounds(patterns, change, pause, latest, ready, left, marked, improved)
        for here in range(stops):
            if improved[here]:
                _arrive(egress, penalty, left, here, best)
                improved[here] = False
        for target in range(found.shape[0]):
            if best[target, TIME] <= latest:
                found[target, column] = best[target, :PARTS]


@compiled
def _sweep(
    patterns: Patterns,
    access: Legs,
    change: Legs,
    egress: Legs,
    departures: Ints,
    limit: int,
    pause: int,
    most: int,
    penalty: int,
    origins: Ints,
    sums: Floats,
) -> None:
    """Sums over the departures of some origins: how many, and the parts of `Journeys`."""
    found = np.empty((sums.shape[1], len(departures), PARTS), dtype=np.int64)
    for origin in origins:
        found[:, :, TIME] = NEVER
        _range(patterns, access, change, egress, departures, limit, pause, most, penalty, origin,
               found)  # fmt: skip
        for target in range(sums.shape[1]):
            for column in range(len(departures)):
                one, total = found[target, column], sums[origin, target]
                if one[TIME] == NEVER:
                    continue
                total[0] += 1.0
                total[1] += one[TIME] - departures[column]
                total[2] += one[START] - departures[column]
                total[3] += one[TIME] - one[START] - one[WALK] - one[RIDE]
                total[4] += one[WALK]
                total[5] += one[RIDE]
                total[6] += one[RIDES]
