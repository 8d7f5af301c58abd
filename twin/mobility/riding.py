"""What public transport adds to walks: from every stop on to the nearest of any places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.mobility import connection_scan, legs, walking
from twin.mobility.crossings import SECONDS_PER_MINUTE
from twin.mobility.legs import NEVER, Legs
from twin.mobility.road_links import METRES_PER_KM, MINUTES_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    from layers.schema import Timetable
    from twin.mobility.transit_parameters import TransitParameters

    Floats = NDArray[np.float64]

CITATIONS: Final = connection_scan.CITATIONS


@dataclass(frozen=True)
class Riding:
    """What public transport adds to walks.

    Parameters
    ----------
    stops
        Points of the stops, in the City's CRS.
    onward
        Takes the minutes on foot from each stop to the nearest goal (stops,) [min], infinite where
        there is none, and gives the minutes from each stop to a goal by riding, waiting and the
        last walk included (stops,) [min], infinite where no ride leads to one.
    """

    stops: gpd.GeoSeries
    onward: Callable[[NDArray[np.float64]], NDArray[np.float64]]


def by_timetable(
    stops: gpd.GeoDataFrame,
    timetable: Timetable,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    departures: tuple[int, int],
    parameters: TransitParameters,
) -> Riding:
    """Rides by a timetable; the time is the median over all departures of a window.

    Parameters
    ----------
    stops
        City table transit_stops, in the order of the timetable's stops.
    timetable
        Its connections; it must reach from the first departure to the last plus the longest time.
    streets, junctions
        City tables.
    departures
        First and last arrival at the first stop, after noon minus 12 hours of the day [s].
    parameters
        Longest walks between rides and from the last stop, time to change, longest journey.
    """
    walks = walking.network(streets, junctions, parameters.walk_fragment)
    halts = walking.tie(walks, stops.geometry, parameters.walk_leg)
    pairs = walking.pairs(walks, halts, halts, parameters.transfer)
    pairs = pairs[pairs["origin"] != pairs["target"]]
    change = legs.csr(legs.seconds(pairs, parameters.walk_speed), len(stops))
    starts = np.arange(departures[0], departures[1] + 1, parameters.step, dtype=np.int64)
    farthest = parameters.access / METRES_PER_KM / parameters.walk_speed * MINUTES_PER_HOUR

    def onward(egress: Floats) -> Floats:
        near = egress <= farthest
        # Rounded first: a whisker above a whole second is no second more.
        walked = np.round(np.where(near, egress, 0.0) * SECONDS_PER_MINUTE, 6)
        walk = np.where(near, np.ceil(walked), NEVER)
        return _median(timetable, change, walk.astype(np.int64), starts, parameters)

    return Riding(stops.geometry, onward)


def _median(
    timetable: Timetable,
    change: Legs,
    egress: NDArray[np.int64],
    starts: NDArray[np.int64],
    parameters: TransitParameters,
) -> Floats:
    """Median time from each stop (stops,) [min]; infinite if half the departures reach no goal."""
    size = len(egress)
    at_once = Legs(np.arange(size + 1), np.arange(size), np.zeros(size, np.int64))
    found = connection_scan.travel_times(
        timetable, at_once, change, egress, np.full(size, NEVER, np.int64), starts,
        round(parameters.longest * SECONDS_PER_MINUTE), parameters.change,
    )  # fmt: skip
    times = np.where(found < NEVER, found / SECONDS_PER_MINUTE, np.inf)
    middle = np.sort(times, axis=1)[:, len(starts) // 2]
    return np.asarray(middle, dtype=np.float64)
