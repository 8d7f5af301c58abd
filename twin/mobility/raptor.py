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

from twin.compiled import compiled
from twin.mobility.legs import NEVER
from twin.mobility.paths import threads_available
from twin.mobility.rounds import COUNTS, RIDE, RIDES, START, TIME, WALK, Labels, improve, ride_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.legs import Legs
    from twin.mobility.patterns import Patterns

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

CITATIONS: Final = (
    "Delling, Pajor, Werneck 2012, Round-Based Public Transit Routing, ALENEX 2012.",
)

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
        By `START` to `TIME`; `TIME` is `NEVER` where the target is not reached within the limit.
    """
    found = np.full((targets, len(departures), COUNTS), NEVER, dtype=np.int64)
    _range(patterns, access, change, egress, departures, limit, pause, rides, penalty, origin,
           found)  # fmt: skip
    return found


# ---------------------------------------------------------------- kernels


@compiled
def _arrive(egress: Legs, penalty: int, left: Labels, here: int, best: Ints) -> None:
    """From a stop where journeys got better to the targets near it.

    `best` holds a journey of each target, and last what it counts.
    """
    for level in range(1, left.time.shape[1]):
        if left.time[here, level] == NEVER or left.rest[here, level, RIDES] != level:
            continue
        for one in range(egress.first[here], egress.first[here + 1]):
            target, step = egress.to[one], egress.time[one]
            time = left.time[here, level] + step
            counts = time + penalty * (level - 1)
            if counts < best[target, COUNTS]:
                best[target, :TIME] = left.rest[here, level]
                best[target, WALK] += step
                best[target, TIME] = time
                best[target, COUNTS] = counts


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
    shape = (len(patterns.at_first) - 1, most + 1)
    ready = Labels(np.full(shape, NEVER, dtype=np.int64), np.zeros((*shape, TIME), dtype=np.int64))
    left = Labels(np.full(shape, NEVER, dtype=np.int64), np.zeros((*shape, TIME), dtype=np.int64))
    tried = np.full(shape, NEVER, dtype=np.int64)
    best = np.full((found.shape[0], COUNTS + 1), NEVER, dtype=np.int64)
    marked, improved = np.zeros(shape[0], dtype=np.bool_), np.zeros(shape[0], dtype=np.bool_)
    for column in range(len(departures) - 1, -1, -1):
        latest = departures[column] + limit
        for one in range(access.first[origin], access.first[origin + 1]):
            # The time to leave stays open until somebody boards.
            here, step = access.to[one], access.time[one]
            time = departures[column] + step
            improve(ready, here, 0, time, NEVER, step, 0, 0)
            marked[here] = True
        ride_on(patterns, change, pause, latest, ready, left, tried, marked, improved)
        for here in range(shape[0]):
            if improved[here]:
                _arrive(egress, penalty, left, here, best)
                improved[here] = False
        for target in range(found.shape[0]):
            if best[target, TIME] <= latest:
                found[target, column] = best[target, :COUNTS]


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
    found = np.empty((sums.shape[1], len(departures), COUNTS), dtype=np.int64)
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
