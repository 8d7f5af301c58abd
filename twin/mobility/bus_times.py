"""Running times of buses after a plan: round closed streets, with the cars or on lanes of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from twin.mobility import bus_ways, transit_lines
from twin.mobility.bus_ways import BUS, HOP, LEAST

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.bus_ways import BusStreets, BusWays
    from twin.mobility.timetable_edits import Service
    from twin.mobility.transit_parameters import TransitParameters

    Floats = NDArray[np.float64]

SECONDS_PER_MINUTE: Final = 60.0
SECONDS_PER_HOUR: Final = 3600
WHOLE_DAY: Final = (0.0, 168.0)
"""Hours of a service day, as long as GTFS counts [h]."""


class Traffic(NamedTuple):
    """Times of cars in some hours of the day.

    Parameters
    ----------
    hours
        From and to, the end excluded [h].
    before, now
        Time of a car on each link [min], index ``<street> forward`` or ``<street> backward``: with
        the traffic that the timetable was made for, and with that of today or of a plan. None
        stands for empty streets.
    free_before, free_now
        The same on empty links; where None, by the legal speed.
    """

    hours: tuple[float, float]
    before: pd.Series | None
    now: pd.Series | None
    free_before: pd.Series | None = None
    free_now: pd.Series | None = None


@dataclass(frozen=True)
class BusTimes:
    """What becomes of a timetable on the streets as they are now.

    Parameters
    ----------
    times
        City table transit_times, with later calls where buses lose time.
    delay
        Time that a mean trip of each line loses, by line [min].
    ways
        Streets that buses take now.
    rerouted
        Ways from stop to stop that go round closed streets [1].
    limits
        What the model cannot see, in plain sentences.
    """

    times: pd.DataFrame
    delay: pd.Series
    ways: BusWays
    rerouted: int
    limits: tuple[str, ...]


@dataclass(frozen=True)
class Driven:
    """Where the buses of a timetable drive, as attached and now; it holds as long as streets stay.

    Parameters
    ----------
    trips, times
        Trips that run, and the City table transit_times.
    then, now
        Streets for buses when the timetable was attached, and now.
    ways, after
        Ways from stop to stop on both.
    known
        Whether it is known where buses could drive when the timetable was attached.
    """

    trips: pd.DataFrame
    times: pd.DataFrame
    then: BusStreets
    now: BusStreets
    ways: BusWays
    after: BusWays
    known: bool


def follow(
    service: Service,
    streets: gpd.GeoDataFrame,
    junctions: pd.DataFrame,
    parameters: TransitParameters,
    traffic: Sequence[Traffic] = (),
) -> BusTimes:
    """Let the buses of a timetable drive on the streets of a City: `drive`, then `in_traffic`.

    Parameters
    ----------
    service, streets, junctions, parameters
        As in `drive`.
    traffic
        As in `in_traffic`.

    Raises
    ------
    BlockedError
        If a line cannot get from a stop to the next; names every such line.
    """
    return in_traffic(drive(service, streets, junctions, parameters), traffic)


def drive(
    service: Service,
    streets: gpd.GeoDataFrame,
    junctions: pd.DataFrame,
    parameters: TransitParameters,
    *,
    known: Driven | None = None,
) -> Driven:
    """Find the ways of buses, round what is closed to them.

    Parameters
    ----------
    service
        The five tables of public transport.
    streets, junctions
        City tables. The optional columns bus_forward and bus_backward say how buses could drive
        when the timetable was attached (`bus_ways.rights`); without them no closure is seen.
    parameters
        Figures of public transport.
    known
        Of the same timetable and stops on other streets: ways that were the same are not sought
        again.

    Raises
    ------
    BlockedError
        If a line cannot get from a stop to the next; names every such line.
    """
    trips = transit_lines.active(service.trips, service.lines)
    then = bus_ways.streets_for_buses(streets, junctions, timetabled=True)
    now = bus_ways.streets_for_buses(streets, junctions)
    hops = transit_lines.hops(trips, service.times, service.stops)
    hops = hops[hops["mode"] == BUS]
    if known is not None and bus_ways.alike(known.then, then):
        ways = known.ways
    else:
        ways = bus_ways.match(hops, service.stops, then, parameters)
    after = bus_ways.rerouted(ways, hops, service.stops, now, parameters)
    return Driven(trips, service.times, then, now, ways, after, "bus_forward" in streets)


def in_traffic(driven: Driven, traffic: Sequence[Traffic] = ()) -> BusTimes:
    """Times of buses on their ways.

    A way round takes longer as that of an empty street does. Where traffic is given, the time
    follows that of cars, but for lanes reserved for buses; without it streets count as empty,
    before and now.

    Parameters
    ----------
    driven
        Of `drive`.
    traffic
        Times of cars, one for each part of the day; parts must not overlap.
    """
    times = driven.times
    for part in traffic or [Traffic(WHOLE_DAY, None, None)]:
        ratio = slowed(
            bus_ways.minutes(driven.ways, driven.then, part.before, part.free_before),
            bus_ways.minutes(driven.after, driven.now, part.now, part.free_now), driven.ways,
        )  # fmt: skip
        if (ratio != 1.0).any():
            times = retimed(driven.trips, times, ratio, part.hours)
    return BusTimes(times, _delay(driven.trips, driven.times, times), driven.after,
                    _changed(driven.ways, driven.after), _limits(driven.ways, known=driven.known))  # fmt: skip


def _changed(before: BusWays, after: BusWays) -> int:
    """Ways that are not what they were [1]."""
    if before is after:
        return 0
    old, new = (ways.pieces.groupby("hop")["link"].agg(tuple) for ways in (before, after))
    return int((old != new.reindex(old.index)).sum())


def _delay(trips: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """Time that a mean trip of each line takes longer [min]."""
    if before is after:
        return pd.Series(0.0, index=pd.Index(np.sort(trips["route"].unique()), name="route"))
    ends = [times[times["trip"].isin(trips.index)].groupby("trip")["arrival"].max()
            for times in (before, after)]  # fmt: skip
    late = (ends[1] - ends[0]) / SECONDS_PER_MINUTE
    return late.groupby(trips["route"].reindex(late.index)).mean().astype("float64")


def _limits(ways: BusWays, *, known: bool) -> tuple[str, ...]:
    unknown = ways.hops["metres"].isna().mean() if len(ways.hops) else 0.0
    sentences = [
        (
            "Buses are taken to drive the quickest streets from stop to stop; what they lose on "
            "the way is not caught up at stops."
        )
    ]
    if not known:
        sentences.append("It is not known where buses could drive when the timetable was attached: "
                         "closures are not seen. Attach it again.")  # fmt: skip
    if unknown > 0:
        sentences.append(f"For {unknown:.0%} of the ways of buses from stop to stop the streets "
                         "are not known: closures and traffic leave their time as it is.")  # fmt: skip
    return tuple(sentences)


# ---------------------------------------------------------------- how times change


def slowed(before: Floats, after: Floats, ways: BusWays) -> pd.Series:
    """How much longer buses take from stop to stop, index (from_stop, to_stop) [1].

    Parameters
    ----------
    before, after : (hops,) [min]
        `bus_ways.minutes` as of the timetable, and now. A timetable holds the congestion of its own day:
        `before` is with today's traffic, where that is known.
    ways
        Ways that both are of.
    """
    ratio = np.where(before > 0, after / np.maximum(before, LEAST), 1.0)
    index = pd.MultiIndex.from_frame(ways.hops[HOP])
    return pd.Series(np.where(np.isnan(ratio), 1.0, ratio), index=index)


def retimed(
    trips: pd.DataFrame, times: pd.DataFrame, ratio: pd.Series, hours: tuple[float, float]
) -> pd.DataFrame:
    """Calls of trips that take longer, or less long, from stop to stop.

    Every way of a bus that begins in the hours takes that many times as long; the time at stops
    stays, and what is lost is not caught up. Other modes run on their own tracks.

    Parameters
    ----------
    trips, times
        City tables transit_trips and transit_times.
    ratio
        `slowed`.
    hours
        From and to, the end excluded, after noon minus 12 hours of the service day [h].
    """
    calls = times.sort_values(["trip", "sequence"], kind="stable")
    last = (calls["trip"] != calls["trip"].shift(-1)).to_numpy()
    ends = pd.MultiIndex.from_arrays([calls["stop"], calls["stop"].shift(-1)])
    factor = ratio.reindex(ends).fillna(1.0).to_numpy()
    buses = trips.index[trips["mode"] == BUS]
    begin, end = (round(one * SECONDS_PER_HOUR) for one in hours)
    due = calls["trip"].isin(buses) & calls["departure"].between(begin, end, inclusive="left")
    way = calls["arrival"].shift(-1).to_numpy() - calls["departure"].to_numpy()
    late = np.where(due & ~last, way * (factor - 1.0), 0.0)
    total = pd.Series(np.nan_to_num(late), index=calls.index).groupby(calls["trip"]).cumsum()
    before = total.groupby(calls["trip"]).shift(fill_value=0.0)
    moved = np.rint(before.to_numpy()).astype(np.int64)
    changed = calls.assign(arrival=calls["arrival"] + moved, departure=calls["departure"] + moved)
    return changed.reindex(times.index)
