"""Travel times by public transport: to the nearest target from everywhere, and between zones.

A journey is a way to a stop on foot or by bicycle, rides with at most one walk between two of them,
and a way to the target; or, where only the nearest target counts, one walk all the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import connection_scan, legs, patterns, raptor, walking
from twin.mobility.legs import NEVER, SECONDS_PER_HOUR
from twin.mobility.network import METRES_PER_KM

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from layers.schema import Timetable
    from twin.mobility.legs import Legs
    from twin.mobility.transit_parameters import TransitParameters

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    IntTable = NDArray[np.int64]

SECONDS_PER_MINUTE: Final = 60

CITATIONS: Final = (
    *connection_scan.CITATIONS,
    "Dijkstra 1959, A note on two problems in connexion with graphs, Numerische Mathematik 1.",
)


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
    pace = parameters.walk_speed
    direct = _least(legs.seconds(walking.pairs(walks, homes, goals, whole), pace), len(origins))
    egress = _least(legs.seconds(walking.pairs(walks, halts, goals, reach), pace), len(stops))
    near = legs.seconds(walking.pairs(walks, homes, halts, reach), pace)
    between = walking.pairs(walks, halts, halts, min(parameters.transfer, whole))
    between = legs.seconds(between[between["origin"] != between["target"]], pace)
    access, change = legs.csr(near, len(origins)), legs.csr(between, len(stops))
    starts = np.arange(departures[0], departures[1] + 1, parameters.step, dtype=np.int64)
    seconds = connection_scan.travel_times(timetable, access, change, egress, direct, starts, most,
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


@dataclass(frozen=True)
class StopWays:
    """Ways to, between and from stops.

    Parameters
    ----------
    access
        From the points to stops.
    change
        From stops to other stops, on foot.
    egress
        From stops to the points.
    points_off, stops_off
        Points, and stops inside the boundary, that are off the walking network [1].
    bicycle
        Whether people may ride to the first stop.
    """

    access: Legs
    change: Legs
    egress: Legs
    points_off: int
    stops_off: int
    bicycle: bool


def ways(
    points: gpd.GeoSeries,
    stops: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    parameters: TransitParameters,
    *,
    bicycle: bool = False,
) -> StopWays:
    """Find the ways between points and stops; they hold as long as streets and stops stay.

    Parameters
    ----------
    points
        Where people start and where they go, in the City's CRS.
    stops, streets, junctions
        City tables transit_stops, streets and junctions.
    parameters
        Speeds and longest ways.
    bicycle
        Whether people may ride to the first stop, park, and walk on from the last.
    """
    walks = walking.network(streets, junctions, parameters.walk_fragment)
    homes, halts = (walking.tie(walks, each, parameters.walk_leg)
                    for each in (points, stops.geometry))  # fmt: skip
    pace = parameters.walk_speed
    access = legs.seconds(walking.pairs(walks, homes, halts, parameters.access), pace)
    egress = legs.seconds(walking.pairs(walks, halts, homes, parameters.access), pace)
    between = walking.pairs(walks, halts, halts, parameters.transfer)
    between = legs.seconds(between[between["origin"] != between["target"]], pace)
    if bicycle:
        access = legs.quicker(access, _ridden(points, stops, streets, junctions, parameters))
    return StopWays(
        legs.csr(access, len(points)),
        legs.csr(between, len(stops)),
        legs.csr(egress, len(stops)),
        int((homes.segment < 0).sum()),
        int(((halts.segment < 0) & stops["inside"].to_numpy()).sum()),
        bicycle,
    )


def _ridden(
    points: gpd.GeoSeries,
    stops: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    parameters: TransitParameters,
) -> pd.DataFrame:
    """Ways to stops by bicycle, parking included."""
    rides = walking.network(legs.cycled(streets), junctions, parameters.walk_fragment)
    pairs = legs.between(rides, points, stops.geometry, parameters.bicycle_access,
                         parameters.walk_leg)  # fmt: skip
    return legs.seconds(pairs, parameters.bicycle_speed, parameters.bicycle_park)


@dataclass(frozen=True)
class TransitSkim:
    """Journeys with at least one ride between points, as means over the departures of a window.

    Parameters
    ----------
    time, first_wait, wait, walk, ride : (points, points) [min]
        From the wished departure to the end; until one leaves for the first stop; at stops between
        rides; to, between and from stops (to the first one perhaps by bicycle); in vehicles. The
        last four add up to the first. Infinite where nothing is reached, and from a point to itself.
    transfers : (points, points) [1]
        Mean number of changes.
    share : (points, points) [1]
        Share of the departures at which the target is reached within the longest time.
    departures : (departures,) int64 [s]
        After noon minus 12 hours of the day.
    counts
        Plain numbers: points, pairs reached, patterns, connections.
    limits
        What the model cannot see, in plain sentences.
    citations
        Papers behind it.
    """

    time: Floats
    first_wait: Floats
    wait: Floats
    walk: Floats
    ride: Floats
    transfers: Floats
    share: Floats
    departures: Ints
    counts: dict[str, int]
    limits: tuple[str, ...]
    citations: tuple[str, ...]


def skim(
    stop_ways: StopWays,
    timetable: Timetable,
    departures: tuple[int, int],
    parameters: TransitParameters,
    *,
    threads: int | None = None,
) -> TransitSkim:
    """Work out journeys between all points.

    Parameters
    ----------
    stop_ways
        Ways between the points and the stops of the timetable (`ways`).
    timetable
        Its connections; it must reach from the first departure to the last plus the longest time.
    departures
        First and last departure from the door, after noon minus 12 hours of the day [s].
    parameters
        Time to change, most rides, longest time.
    threads
        Threads that share the points; all processors if None.
    """
    points = len(stop_ways.access.first) - 1
    starts = np.arange(departures[0], departures[1] + 1, parameters.step, dtype=np.int64)
    lines = patterns.of(timetable)
    found = raptor.journeys(
        lines,
        stop_ways.access,
        stop_ways.change,
        stop_ways.egress,
        points,
        starts,
        round(parameters.longest * SECONDS_PER_MINUTE),
        parameters.change,
        parameters.rides,
        penalty=parameters.penalty,
        threads=threads,
    )
    none = (found.share == 0) | np.eye(points, dtype=bool)
    counts = {
        "points": points,
        "points_off_network": stop_ways.points_off,
        "stops_off_network": stop_ways.stops_off,
        "pairs": int((~none).sum()),
        "patterns": len(lines.rides),
        "connections": len(timetable.departure),
    }

    def minutes(part: Floats) -> Floats:
        return np.where(none, np.inf, part / SECONDS_PER_MINUTE)

    return TransitSkim(
        time=minutes(found.time),
        first_wait=minutes(found.first_wait),
        wait=minutes(found.wait),
        walk=minutes(found.walk),
        ride=minutes(found.ride),
        transfers=np.where(none, np.inf, found.rides - 1.0),
        share=np.where(none, 0.0, found.share),
        departures=starts,
        counts=counts,
        limits=_skim_limits(parameters, counts, stop_ways.bicycle),
        citations=(*raptor.CITATIONS, CITATIONS[-1]),
    )


def _skim_limits(
    parameters: TransitParameters, counts: dict[str, int], bicycle: bool
) -> tuple[str, ...]:
    ridden = (
        f"Whoever rides a bicycle to the first stop does so at {parameters.bicycle_speed:g} km/h, at "
        f"most {parameters.bicycle_access:g} m, and leaves it there."
    )
    chosen = (
        "Of the journeys of a departure the one counts that arrives first, each change taken for "
        f"{parameters.penalty} s; none has more than {parameters.rides} rides or takes longer than "
        f"{parameters.longest:g} minutes."
    )
    return (*_limits(parameters, counts), *([ridden] if bicycle else []), chosen)


def _least(pairs: pd.DataFrame, points: int) -> Ints:
    """Shortest walk of each point to any target [s]."""
    least = np.full(points, NEVER, dtype=np.int64)
    np.minimum.at(least, pairs["origin"].to_numpy(np.int64), pairs["seconds"].to_numpy(np.int64))
    return least


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
        for what in ("points", "origins", "stops", "targets")
        if counts.get(f"{what}_off_network", 0)
    ]
    return tuple(sentences)
