"""Running times of buses after a plan: round closed streets, with the cars or on lanes of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from twin.mobility import bus_ways, transit_lines
from twin.mobility.bus_ways import BUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from twin.mobility.bus_ways import BusWays
    from twin.mobility.timetable_edits import Service
    from twin.mobility.transit_parameters import TransitParameters

SECONDS_PER_MINUTE: Final = 60.0
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
    """

    hours: tuple[float, float]
    before: pd.Series | None
    now: pd.Series | None


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


def follow(
    service: Service,
    streets: gpd.GeoDataFrame,
    junctions: pd.DataFrame,
    parameters: TransitParameters,
    traffic: Sequence[Traffic] = (),
) -> BusTimes:
    """Let the buses of a timetable drive on the streets of a City.

    A way from stop to stop that is closed to buses goes round; its time grows as that of an empty
    street does. Where traffic is given, the time follows that of cars, but for lanes reserved for
    buses; without it streets count as empty, before and now.

    Parameters
    ----------
    service
        The five tables of public transport.
    streets, junctions
        City tables. The optional columns bus_forward and bus_backward say how buses could drive
        when the timetable was attached (`bus_ways.rights`); without them no closure is seen.
    parameters
        Figures of public transport.
    traffic
        Times of cars, one for each part of the day; parts must not overlap.

    Raises
    ------
    InputError
        If a line cannot get from a stop to the next; names every such line.
    """
    trips = transit_lines.active(service.trips, service.lines)
    hops = transit_lines.hops(trips, service.times, service.stops)
    hops = hops[hops["mode"] == BUS]
    then = bus_ways.streets_for_buses(streets, junctions, timetabled=True)
    now = bus_ways.streets_for_buses(streets, junctions)
    ways = bus_ways.match(hops, service.stops, then, parameters)
    after = bus_ways.rerouted(ways, hops, service.stops, now, parameters)
    times = service.times
    for hours, before, current in traffic or [Traffic(WHOLE_DAY, None, None)]:
        ratio = bus_ways.slowed(
            bus_ways.minutes(ways, then, before),
            bus_ways.minutes(after, now, current), ways,
        )  # fmt: skip
        times = bus_ways.retimed(trips, times, ratio, hours)
    return BusTimes(times, _delay(trips, service.times, times), after, _changed(ways, after),
                    _limits(ways, known="bus_forward" in streets))  # fmt: skip


def _changed(before: BusWays, after: BusWays) -> int:
    """Ways that are not what they were [1]."""
    old, new = (ways.pieces.groupby("hop")["link"].agg(tuple) for ways in (before, after))
    return int((old != new.reindex(old.index)).sum())


def _delay(trips: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """Time that a mean trip of each line takes longer [min]."""
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
