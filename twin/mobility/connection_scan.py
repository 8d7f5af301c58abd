"""Travel times to the nearest target from everywhere: one scan of the connections, the last first.

One scan serves all origins and all departures (profile search of Dibbelt et al. 2017). Journeys
between many places are the matter of `twin.mobility.raptor`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import compiled
from twin.mobility.legs import NEVER
from twin.mobility.paths import threads_available

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.schema import Timetable
    from twin.mobility.legs import Legs

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    IntTable = NDArray[np.int64]

CITATIONS: Final = (
    "Dibbelt, Pajor, Strasser, Wagner 2017, Connection Scan Algorithm, arXiv:1703.05997.",
)


def travel_times(
    timetable: Timetable,
    access: Legs,
    change: Legs,
    egress: Ints,
    direct: Ints,
    departures: Ints,
    limit: int,
    pause: int,
    *,
    threads: int | None = None,
) -> IntTable:
    """Quickest way from each origin at each departure to any target.

    One scan of the connections, the last first, notes for every stop the boardings that are worth
    while (profile search of Dibbelt et al. 2017); departures are then looked up.

    Parameters
    ----------
    timetable
        Connections of the day.
    access
        Walks from the origins to stops.
    change
        Walks from stop to other stops, used once between two rides.
    egress : (stops,) [s]
        Walk from each stop to the nearest target.
    direct : (origins,) [s]
        Walk from each origin to the nearest target.
    departures : (departures,) [s]
        When people leave the door.
    limit
        Longest travel time that counts [s].
    pause
        Least time between two rides, beside the walk [s]; at least 1.
    threads
        Threads that share the origins; all processors if None.

    Returns
    -------
    (origins, departures) int64 [s]
        `NEVER` where no target is reached within the limit.
    """
    if pause < 1:
        raise ValueError("the time to change is at least one second")
    found = np.full((len(direct), len(departures)), NEVER, dtype=np.int64)
    profiles = _profiles(timetable, change, egress, pause)

    def work(part: Ints) -> None:
        _read_off(*profiles, access.first, access.to, access.time, direct, departures, limit,
                  part, found)  # fmt: skip

    workers = min(threads or threads_available(), max(len(direct), 1))
    parts = [part for part in np.array_split(np.arange(len(direct)), workers) if len(part)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, parts))
    return found


def _profiles(
    timetable: Timetable, change: Legs, egress: Ints, pause: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Boardings worth while at every stop: first place of each stop, number, departure, arrival."""
    boardings = np.bincount(timetable.from_stop, minlength=len(egress))
    first = np.concatenate(([0], np.cumsum(boardings))).astype(np.int64)
    number = np.zeros(len(egress), dtype=np.int64)
    leaves, arrives = np.empty((2, len(timetable.departure)), dtype=np.int64)
    _scan(
        timetable.departure,
        timetable.arrival,
        timetable.from_stop,
        timetable.to_stop,
        timetable.ride,
        timetable.board,
        timetable.alight,
        np.full(len(timetable.rides), NEVER, dtype=np.int64),
        change.first,
        change.to,
        change.time,
        egress,
        pause,
        first,
        number,
        leaves,
        arrives,
    )
    return first, number, leaves, arrives


@compiled
def _arrival(first: Ints, number: Ints, leaves: Ints, arrives: Ints, stop: int, time: int) -> int:
    """Arrival at a target of who may board at a stop from a time on.

    The boardings of a stop stand in falling order of departure and of arrival: the last one that
    does not leave before `time` is the best.
    """
    low = first[stop]
    high = low + number[stop]
    start = low
    while low < high:
        middle = (low + high) >> 1
        if leaves[middle] >= time:
            low = middle + 1
        else:
            high = middle
    return arrives[low - 1] if low > start else NEVER


@compiled
def _scan(
    departure: Ints,
    arrival: Ints,
    from_stop: Ints,
    to_stop: Ints,
    ride: Ints,
    board: Flags,
    alight: Flags,
    aboard: Ints,
    change_first: Ints,
    change_to: Ints,
    change_time: Ints,
    egress: Ints,
    pause: int,
    first: Ints,
    number: Ints,
    leaves: Ints,
    arrives: Ints,
) -> None:
    """Scan the connections once, the last first, and note every boarding worth while.

    `aboard` holds when somebody on a ride reaches a target. A change begins after the arrival, so
    whatever it may lead to has been scanned before.
    """
    for link in range(len(departure) - 1, -1, -1):
        best = aboard[ride[link]]
        if alight[link]:
            there = to_stop[link]
            time = arrival[link]
            best = min(best, time + egress[there])
            ready = time + pause
            best = min(best, _arrival(first, number, leaves, arrives, there, ready))
            for walk in range(change_first[there], change_first[there + 1]):
                other = change_to[walk]
                then = ready + change_time[walk]
                best = min(best, _arrival(first, number, leaves, arrives, other, then))
            aboard[ride[link]] = best
        here = from_stop[link]
        place = first[here] + number[here]
        if board[link] and best < (arrives[place - 1] if number[here] else NEVER):
            leaves[place] = departure[link]
            arrives[place] = best
            number[here] += 1


@compiled
def _read_off(
    first: Ints,
    number: Ints,
    leaves: Ints,
    arrives: Ints,
    access_first: Ints,
    access_to: Ints,
    access_time: Ints,
    direct: Ints,
    departures: Ints,
    limit: int,
    origins: Ints,
    found: IntTable,
) -> None:
    """Best of all stops near each origin at each departure, written into the rows of `found`."""
    for origin in origins:
        for column in range(len(departures)):
            start = departures[column]
            best = start + direct[origin]
            for walk in range(access_first[origin], access_first[origin + 1]):
                stop = access_to[walk]
                time = start + access_time[walk]
                best = min(best, _arrival(first, number, leaves, arrives, stop, time))
            if best - start <= limit:
                found[origin, column] = best - start
