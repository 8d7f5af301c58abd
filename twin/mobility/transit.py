"""Travel times by public transport and on foot: one scan of the connections for all departures.

A trip is a walk to a stop, rides with at most one walk between two of them, and a walk to the
target; or one walk all the way. Walks run on the walking network.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import walking
from twin.mobility.compiled import compiled
from twin.mobility.network import METRES_PER_KM
from twin.mobility.paths import threads_available

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from layers.schema import Timetable
    from twin.mobility.parameters import TransitParameters

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    IntTable = NDArray[np.int64]

NEVER: Final = np.iinfo(np.int64).max // 4
"""A time that nobody reaches [s]."""

SECONDS_PER_HOUR: Final = 3600
SECONDS_PER_MINUTE: Final = 60

CITATIONS: Final = (
    "Dibbelt, Pajor, Strasser, Wagner 2017, Connection Scan Algorithm, arXiv:1703.05997.",
    "Dijkstra 1959, A note on two problems in connexion with graphs, Numerische Mathematik 1.",
)


@dataclass(frozen=True)
class Walks:
    """Walks from each of a set of points, in CSR form.

    Parameters
    ----------
    first : (points + 1,) int64
        The walks of point p are ``first[p]:first[p + 1]``.
    to : (walks,) int64
        Number of the stop that is walked to.
    time : (walks,) int64 [s]
    """

    first: Ints
    to: Ints
    time: Ints


@dataclass(frozen=True)
class TransitRun:
    """Travel times to the nearest of the targets.

    Parameters
    ----------
    frame
        Index: ids of the origins. Columns walk [min] (all the way on foot), fastest, median,
        slowest [min] over the departures of the window (missing where not within the limit),
        share [1] of the departures that reach a target within the limit.
    seconds : (origins, departures) int64 [s]
        Travel time of each departure, waiting included; `NEVER` where not within the limit.
    departures : (departures,) int64 [s]
        After noon minus 12 hours of the day.
    counts
        Plain numbers: origins, targets, connections; origins, stops inside the boundary and
        targets that are off the walking network.
    limits
        What the model cannot see, in plain sentences.
    citations
        Papers behind it.
    """

    frame: pd.DataFrame
    seconds: IntTable
    departures: Ints
    counts: dict[str, int]
    limits: tuple[str, ...]
    citations: tuple[str, ...]


def run(
    origins: gpd.GeoSeries,
    targets: gpd.GeoSeries,
    stops: gpd.GeoDataFrame,
    timetable: Timetable,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    departures: tuple[int, int],
    limit: float,
    parameters: TransitParameters,
) -> TransitRun:
    """Work out how long it takes from each origin to the nearest target.

    Parameters
    ----------
    origins, targets
        Points in the City's CRS; the index of `origins` names the rows of the result.
    stops
        City table transit_stops.
    timetable
        Its connections; it must reach from the first departure to the last plus `limit`.
    streets, junctions
        City tables.
    departures
        First and last departure from the door, after noon minus 12 hours of the day [s].
    limit
        Longest travel time that counts [min].
    parameters
        Walking speed and limits, time to change.
    """
    walks = walking.network(streets, junctions, parameters.walk_fragment)
    ties = [walking.tie(walks, points, parameters.walk_leg)
            for points in (origins, stops.geometry, targets)]  # fmt: skip
    homes, halts, goals = ties
    most = round(limit * SECONDS_PER_MINUTE)
    whole = most * parameters.walk_speed / SECONDS_PER_HOUR * METRES_PER_KM
    reach = min(parameters.access, whole)
    direct = _least(_seconds(walking.pairs(walks, homes, goals, whole), parameters),
                    "origin", len(origins))  # fmt: skip
    egress = _least(_seconds(walking.pairs(walks, halts, goals, reach), parameters),
                    "origin", len(stops))  # fmt: skip
    access = csr(_seconds(walking.pairs(walks, homes, halts, reach), parameters), len(origins))
    between = walking.pairs(walks, halts, halts, min(parameters.transfer, whole))
    between = between[between["origin"] != between["target"]]
    change = csr(_seconds(between, parameters), len(stops))
    starts = np.arange(departures[0], departures[1] + 1, parameters.step, dtype=np.int64)
    seconds = travel_times(timetable, access, change, egress, direct, starts, most,
                           parameters.change)  # fmt: skip
    lost = [spots.segment < 0 for spots in ties]
    lost[1] &= stops["inside"].to_numpy()
    counts = {
        "origins": len(origins),
        **{f"{name}_off_network": int(off.sum())
           for name, off in zip(("origins", "stops", "targets"), lost, strict=True)},
        "targets": len(targets),
        "connections": len(timetable.departure),
    }  # fmt: skip
    frame = _frame(origins.index, seconds, np.where(direct <= most, direct, NEVER))
    return TransitRun(frame, seconds, starts, counts, _limits(parameters, counts), CITATIONS)


def csr(pairs: pd.DataFrame, points: int) -> Walks:
    """Sort walks by the point where they begin.

    Parameters
    ----------
    pairs
        Columns origin, target, seconds [s].
    points
        Number of points where walks may begin [1].
    """
    pairs = pairs.sort_values(["origin", "target"])
    counts = np.bincount(pairs["origin"].to_numpy(dtype=np.int64), minlength=points)
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return Walks(first, pairs["target"].to_numpy(np.int64), pairs["seconds"].to_numpy(np.int64))


def _seconds(pairs: pd.DataFrame, parameters: TransitParameters) -> pd.DataFrame:
    pace = SECONDS_PER_HOUR / METRES_PER_KM / parameters.walk_speed
    return pairs.assign(seconds=np.ceil(pairs["metres"] * pace).astype(np.int64))


def _least(pairs: pd.DataFrame, column: str, points: int) -> Ints:
    """Shortest walk of each point to any target [s]."""
    least = np.full(points, NEVER, dtype=np.int64)
    np.minimum.at(least, pairs[column].to_numpy(np.int64), pairs["seconds"].to_numpy(np.int64))
    return least


def travel_times(
    timetable: Timetable,
    access: Walks,
    change: Walks,
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
    timetable: Timetable, change: Walks, egress: Ints, pause: int
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


# ---------------------------------------------------------------- result


def _frame(index: pd.Index, seconds: IntTable, direct: Ints) -> pd.DataFrame:
    """Walk, and spread of the travel times over the departures [min]."""
    reached = (seconds < NEVER).mean(axis=1) if seconds.shape[1] else np.zeros(len(seconds))
    order = np.sort(seconds, axis=1)
    middle = order[:, (order.shape[1] - 1) // 2]
    columns = {
        "walk": _minutes(direct),
        "fastest": _minutes(order[:, 0]),
        "median": _minutes(middle),
        "slowest": _minutes(order[:, -1]),
        "share": reached.astype(np.float64),
    }
    return pd.DataFrame(columns, index=index)


def _minutes(seconds: Ints) -> NDArray[np.float64]:
    return np.where(seconds < NEVER, seconds / SECONDS_PER_MINUTE, np.nan)


def _limits(parameters: TransitParameters, counts: dict[str, int]) -> tuple[str, ...]:
    """What the model cannot see, and what it left out this time."""
    sentences = [
        "Vehicles run as the timetable says: delays, crowding and missed changes are not seen.",
        (
            f"Everybody walks at {parameters.walk_speed:g} km/h, at most {parameters.access:g} m "
            f"to and from stops and {parameters.transfer:g} m between them; slopes and waiting at "
            "crossings are not counted."
        ),
        f"A change takes {parameters.change} s beside the walk; fares are not counted.",
        "Changes that the feed itself forbids or slows (transfers.txt) are not read.",
    ]
    sentences += [
        f"{what.capitalize()} left out because no walkable street is within "
        f"{parameters.walk_leg:g} m: {counts[f'{what}_off_network']}."
        for what in ("origins", "stops", "targets")
        if counts[f"{what}_off_network"]
    ]
    return tuple(sentences)
