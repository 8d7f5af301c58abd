"""Public transport of a City on its streets: what runs when, journeys between zones, its lines.

Cars and buses act on each other: journeys are a part of the choice of mode, that makes the traffic,
and traffic slows buses where they have no lane of their own. One step back is taken (`twin.travel`):
the times of buses follow the cars of the first answer; where a line changes by more than is settled
(transit.csv), people choose again, and the residual is what the times of lines change by then.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from layers.schema import silent
from twin.mobility import (
    bus_times,
    profiles,
    service_hours,
    timetable,
    transit,
    transit_lines,
)
from twin.mobility.bus_times import Traffic
from twin.mobility.timetable_edits import Service
from twin.mobility.transit_parameters import transit_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from layers.schema import Progress, Timetable
    from twin.city import City
    from twin.mobility.bus_times import BusTimes, Driven
    from twin.mobility.service_hours import ServiceHour
    from twin.mobility.street_traffic import Hour
    from twin.mobility.transit import StopWays, TransitSkim

MORNING: Final = "morning"
HOURS: Final = 24
STILL: Final = 1e-3
"""Relative change of a car's time that counts as none: traffic is not known better [1]."""
WALKED: Final = (
    "from_node", "to_node", "length", "highway", "state", "walk_forward", "walk_backward",
    "bicycle_forward", "bicycle_backward", "grade",
)  # fmt: skip
"""Columns of streets that ways to stops depend on, beside their course."""
SLOWED: Final = (
    "In the busiest hour of each period buses lose the time that cars lose on the same streets, but "
    "not on lanes of their own. The timetable is taken to fit the traffic without the plan."
)


@dataclass(frozen=True)
class Running:
    """Public transport as it runs on the streets of a City.

    Parameters
    ----------
    driven
        Where buses drive.
    times
        When they do.
    day
        Day that stands for the timetable (ISO 8601).
    hour
        Hour that stands for the day.
    connections
        Of that hour and as long as journeys take.
    ways
        To, between and from stops.
    skim
        Journeys between zones.
    keys
        Digests of what ways and timetable depend on.
    """

    driven: Driven
    times: BusTimes
    day: str
    hour: ServiceHour
    connections: Timetable
    ways: StopWays
    skim: TransitSkim
    keys: Mapping[str, str]


def missing(city: City) -> str:
    """Why public transport of a City cannot be computed; empty if it can."""
    if city.transit_trips.empty:
        return "Public transport is not computed: no timetable is attached."
    if city.zones.empty:
        return "Public transport is not computed: no zones are known."
    return ""


def service(city: City) -> Service:
    """The five tables of public transport."""
    return Service(
        city.transit_lines, city.transit_stops, city.transit_trips, city.transit_times,
        city.transit_services,
    )  # fmt: skip


def run(
    city: City, points: gpd.GeoSeries, *, warm: Running | None = None, progress: Progress = silent
) -> Running:
    """Let public transport run on the streets of a City, without regard to cars.

    Parameters
    ----------
    city
        A City with a timetable.
    points
        Where trips of each zone begin and end.
    warm
        Of the City with other streets: what did not change is taken from it.
    progress
        Told the stage and the share done.

    Raises
    ------
    BlockedError
        If a line cannot get from a stop to the next; names every such line.
    """
    figures = transit_parameters()
    keys = _keys(city, points)
    same = {name: warm is not None and warm.keys[name] == key for name, key in keys.items()}
    known = warm if warm is not None and same["timetable"] else None
    driven = bus_times.drive(
        service(city), city.streets, city.junctions, figures,
        known=known.driven if known else None,
    )  # fmt: skip
    times = bus_times.in_traffic(driven)
    day, hour = (known.day, known.hour) if known else _standing_for(city, driven.trips)
    progress("ways to stops", 0.1)
    kept = warm is not None and same["ways"]
    ways = warm.ways if warm is not None and kept else transit.ways(
        points, city.transit_stops, city.streets, city.junctions, figures
    )  # fmt: skip
    if known is not None and kept and known.times.times.equals(times.times):
        return replace(known, driven=driven, times=times, keys=keys)
    progress("journeys between all zones", 0.4)
    connections = _connections(city, driven.trips, times, day, hour)
    skim = transit.skim(ways, connections, hour.window, figures)
    return Running(driven, times, day, hour, connections, ways, skim, keys)


def _standing_for(city: City, trips: pd.DataFrame) -> tuple[str, ServiceHour]:
    """Day and hour that stand for the timetable: busiest ordinary weekday, and when most runs."""
    day = transit_lines.busiest_day(trips, city.transit_services)
    assert day is not None, "a timetable has a day"
    services = city.transit_services
    today = trips.index[trips["service"].isin(services.loc[services["date"] == day, "service"])]
    calls = city.transit_times[city.transit_times["trip"].isin(today)]
    inside = city.transit_stops["inside"]
    near = calls[calls["stop"].isin(inside.index[inside])]
    departures = service_hours.departures_by_hour(near if len(near) else calls)
    share = transit_parameters().morning_share
    return day, service_hours.busiest(departures, profiles.hours_of(MORNING), share=share)


def _connections(
    city: City, trips: pd.DataFrame, times: BusTimes, day: str, hour: ServiceHour
) -> Timetable:
    """Connections from the hour on, as long as journeys take."""
    longest = round(transit_parameters().longest * transit.SECONDS_PER_MINUTE)
    first, last = hour.window
    return timetable.of_day(
        city.transit_stops, trips, times.times, city.transit_services, day, city.timezone,
        (first, last + longest),
    )  # fmt: skip


def in_traffic(city: City, running: Running, traffic: Sequence[Traffic]) -> Running:
    """The same with buses in the traffic of cars; journeys between zones stay as they were.

    Parameters
    ----------
    city
        The City.
    running
        Of `run`.
    traffic
        Of `changed`; empty streets before and now if there is none.
    """
    if not traffic:
        return running
    times = bus_times.in_traffic(running.driven, traffic)
    if times.times.equals(running.times.times):
        return running
    connections = _connections(city, running.driven.trips, times, running.day, running.hour)
    return replace(running, times=times, connections=connections)


def journeys(running: Running) -> Running:
    """The same with journeys between zones by its own times."""
    found = transit.skim(
        running.ways, running.connections, running.hour.window, transit_parameters()
    )
    return replace(running, skim=found)


class CarTimes(NamedTuple):
    """Time of a car on each link.

    Parameters
    ----------
    loaded
        In the busiest hour of each period, columns by period [min].
    free
        On an empty link [min].
    """

    loaded: pd.DataFrame
    free: pd.Series


def car_times(hours: Sequence[Hour]) -> CarTimes:
    """Time of a car on each link.

    Parameters
    ----------
    hours
        Busiest hour of each period.
    """
    loaded, free = {}, []
    for hour in hours:
        names = hour.roads.network.link_ids
        first = ~names.duplicated()
        loaded[hour.period.name] = pd.Series(hour.found.time, names)[first]
        free.append(pd.Series(hour.roads.network.free_time, names)[first])
    whole = pd.concat(free)
    return CarTimes(pd.DataFrame(loaded), whole[~whole.index.duplicated()])


def changed(usual: CarTimes, now: CarTimes, driven: Driven) -> list[Traffic]:
    """Traffic by hours of the service day; none if neither cars nor lanes for buses changed.

    Parameters
    ----------
    usual, now
        With the traffic that the timetable holds, and with that of today or of a plan.
    driven
        Where buses drive.
    """
    found, moved = [], _lanes_changed(driven)
    for name in now.loaded.columns.intersection(usual.loaded.columns):
        before = usual.loaded[name].reindex(now.loaded.index)
        other = before.isna() | ((now.loaded[name] / before - 1.0).abs() > STILL)
        moved = moved or bool(other.any())
        times = now.loaded[name].where(other, before)
        found += [Traffic(part, usual.loaded[name], times, usual.free, now.free)
                  for part in _parts(str(name))]  # fmt: skip
    return found if moved else []


def _lanes_changed(driven: Driven) -> bool:
    """Whether buses have other lanes of their own than when the timetable was attached."""
    now = driven.now.links["reserved"]
    then = driven.then.links["reserved"].reindex(now.index)
    return bool((then.notna() & (then != now)).any())


def _parts(period: str) -> list[tuple[float, float]]:
    """Hours of a period in a service day; one past midnight also begins the day."""
    hours = profiles.hours_of(period)
    first, last = int(hours[0]), int(hours[0]) + len(hours)
    return [(first, last)] if last <= HOURS else [(0, last - HOURS), (first, last)]


def shift(one: Running, other: Running) -> float:
    """Largest difference between the times of lines [min]."""
    apart = (one.times.delay - other.times.delay).abs()
    return float(apart.max()) if len(apart) else 0.0


def same_service(one: Running, other: Running) -> bool:
    """Whether the same vehicles run at the same times on the same ways."""
    return (
        one.keys["timetable"] == other.keys["timetable"]
        and one.times.times.equals(other.times.times)
        and one.times.ways.metres.equals(other.times.ways.metres)
    )


def lines(city: City, running: Running, base: Running | None = None) -> pd.DataFrame:
    """What each line runs, and what it loses to closed streets and to cars.

    Parameters
    ----------
    city
        The City.
    running
        In traffic.
    base
        Without regard to cars; where it is left out nothing is lost to cars.
    """
    table = transit_lines.table(
        city.transit_lines, running.driven.trips, running.times.times, city.transit_services,
        city.transit_stops, transit_parameters(), day=running.day,
        metres=running.times.ways.metres,
    )  # fmt: skip
    delay = running.times.delay.reindex(table.index)
    alone = delay if base is None else base.times.delay.reindex(table.index)
    return table.assign(line_delay=delay, line_delay_cars=delay - alone)


def _keys(city: City, points: gpd.GeoSeries) -> dict[str, str]:
    """Digests of what journeys depend on, but for closed streets: timetable, ways to stops."""
    streets = city.streets
    walked = pd.DataFrame(streets[[name for name in WALKED if name in streets]])
    walked["geometry"] = streets.geometry.to_wkb()
    stops = pd.DataFrame(city.transit_stops.drop(columns="geometry"))
    stops["geometry"] = city.transit_stops.geometry.to_wkb()
    tables = [name for name in city.parts if name.startswith("transit_")]
    return {
        "timetable": repr([(name, city.parts[name].digest) for name in sorted(tables)]),
        "ways": city.parts["junctions"].digest
        + _digest(walked, stops, pd.DataFrame(points.get_coordinates())),
    }


def _digest(*frames: pd.DataFrame) -> str:
    sums = hashlib.blake2b(digest_size=16)
    for frame in frames:
        sums.update(pd.util.hash_pandas_object(frame).to_numpy().tobytes())
    return sums.hexdigest()
