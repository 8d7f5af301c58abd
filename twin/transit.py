"""Public transport of a City: add timetables to it, and ask how long it takes to get somewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import transit as reader
from layers.errors import Fault, InputError
from layers.schema import silent
from twin import lines as line_figures
from twin import simulate, states, travel
from twin.complete import cascade, site
from twin.mobility import bus_ways, timetable, transit, transit_lines, walking
from twin.mobility.transit_parameters import transit_parameters
from twin.records import with_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

    from layers.schema import Found
    from twin.city import City
    from twin.mobility.transit import TransitRun
    from twin.scenario import Scenario

    Progress = Callable[[str, float], None]
    Tables = dict[str, pd.DataFrame]

LEAST: Final = 2
"""Calls inside the model area that a trip needs to carry anybody [1]."""

LINES: Final = ("public_transport", "traffic", "lines")
"""Domains that lines in traffic need."""
OUTSIDE: Final = "outside the model area"
CITY: Final = "timetable of the City"


def add(city: City, paths: Sequence[Path | str], *, progress: Progress = silent) -> City:
    """Add GTFS feeds to a City; a feed of the same name is exchanged.

    Trips that call fewer than twice in the model area are left out and counted; the others keep
    all their calls. Stops are tied to the nearest street that may be walked.

    Parameters
    ----------
    city
        Where the feeds go.
    paths
        Zips or folders.
    progress
        Called with a stage in plain words and the share done.

    Raises
    ------
    InputError
        If a feed cannot be used, or two have one name; lists every fault of the feed.
    """
    names: set[str] = set()
    for number, path in enumerate(paths):
        progress("reading the timetable", number / len(paths))
        found = reader.read(path)
        name = str(found.tables["transit_stops"]["feed"].iloc[0])
        if name in names:
            raise InputError(found.source.origin, "", f"has the name {name} of another feed.",
                             "Rename one of the files.")  # fmt: skip
        names.add(name)
        city = _with(city, found, name)
    return city


def _with(city: City, found: Found, name: str) -> City:
    """The City with one feed in the place of what it had under that name."""
    tables, lost = _clipped(city, found)
    tables["transit_stops"] = _tied(city, tables["transit_stops"])
    trips = tables["transit_trips"].assign(revision=np.int64(0))
    drawn = transit_lines.of(trips, tables["transit_times"], tables["transit_stops"])
    tables |= {"transit_trips": trips, "transit_lines": drawn}
    return city.replace(
        **{key: _joined(city.table(key), frame, name) for key, frame in tables.items()},
        streets=city.streets.assign(**bus_ways.rights(city.streets)),
        sources=_sources(city, found, name, len(lost["transit_times"])),
        drops=_drops(city, found, name, lost),
    )


def _clipped(city: City, found: Found) -> tuple[Tables, dict[str, pd.Index]]:
    """Trips that are of use in the model area, and the rows of each table that are left out."""
    stops = found.tables["transit_stops"].to_crs(city.crs)
    trips, times = found.tables["transit_trips"], found.tables["transit_times"]
    days = found.tables["transit_services"]
    near = stops.index[site.inside(stops, city.model_area)]
    calls = times.loc[times["stop"].isin(near), "trip"].value_counts()
    kept = {"transit_trips": trips[trips.index.isin(calls.index[calls >= LEAST])]}
    if kept["transit_trips"].empty:
        raise InputError(found.source.origin, "", "no trip calls twice in the model area.",
                         "Give the feed of the place, or a wider --buffer.")  # fmt: skip
    kept["transit_times"] = times[times["trip"].isin(kept["transit_trips"].index)]
    used = stops.index.isin(kept["transit_times"]["stop"].unique()) | stops.index.isin(near)
    kept["transit_stops"] = stops[used]
    kept["transit_services"] = days[days["service"].isin(kept["transit_trips"]["service"].unique())]
    lost = {key: found.tables[key].index.difference(frame.index) for key, frame in kept.items()}
    return kept, lost


def _tied(city: City, stops: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Stops with the street that they are reached from."""
    parameters = transit_parameters()
    walks = walking.network(city.streets, city.junctions, parameters.walk_fragment)
    tie = walking.tie(walks, stops.geometry, parameters.walk_leg)
    streets = pd.Series(pd.NA, index=stops.index, dtype="str")
    there = tie.segment >= 0
    streets[there] = walks.ids[tie.segment[there]].to_numpy()
    return stops.assign(
        inside=site.inside(stops, city.boundary), street=streets, door=tie.leg.astype(np.float64)
    )


def _joined(old: pd.DataFrame, new: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of other feeds, then those of this one; rows that only have numbers are renumbered."""
    numbered = old.index.dtype == np.int64
    keys = old["service" if "date" in old else "trip"] if numbered else old.index
    rest = old[~keys.astype("str").str.startswith(f"{name}:")]
    if "revision" in new and "revision" not in rest:
        rest = rest.assign(revision=np.int64(0))  # kept by an older release
    whole = pd.concat([rest, new]) if len(rest) else new
    if numbered:
        whole = whole.set_axis(pd.RangeIndex(len(whole), name="id").astype("int64"))
    return whole


def _sources(city: City, found: Found, name: str, lost: int) -> pd.DataFrame:
    """The source of the feed beside the others; what `add` itself left out moves to refused."""
    gone = min(lost, found.source.rows_kept)  # headways written out make more calls than rows
    row = vars(found.source) | {
        "rows_kept": found.source.rows_kept - gone,
        "rows_refused": found.source.rows_refused + gone,
    }
    return with_sources(city.sources, {name: row})


def _drops(city: City, found: Found, name: str, lost: Mapping[str, pd.Index]) -> pd.DataFrame:
    """What the reader and the model area left out; what was told of the feed before gives way."""
    old, columns = city.drops, list(city.drops.columns)
    before = city.sources["origin"].get(name, found.source.origin)
    old = old[~old["reason"].str.startswith(f"{before}:")]
    outside = [cascade.note(key, OUTSIDE, ids) for key, ids in lost.items() if len(ids)]
    new = pd.concat([found.drops[columns], pd.DataFrame(outside, columns=columns)])
    new["reason"] = f"{found.source.origin}: " + new["reason"].astype("str")
    frame = pd.concat([old, new.astype(old.dtypes.to_dict())], ignore_index=True)
    frame.index = pd.RangeIndex(len(frame), name="id").astype("int64")
    return frame


def lines(city: City) -> list[str]:
    """One sentence for each timetable of the City."""
    days, trips = city.transit_services, city.transit_trips
    spans = days.groupby(_feeds(days))["date"].agg(["min", "max"])
    calls = city.transit_times["trip"].map(trips["feed"]).value_counts()
    return [
        f"Timetable {feed}, {spans.loc[feed, 'min']} to {spans.loc[feed, 'max']}: "
        f"trips {count:,}, calls {calls[feed]:,}."
        for feed, count in trips["feed"].value_counts(sort=False).items()
    ]


def _feeds(days: pd.DataFrame) -> pd.Series:
    """Feed of each day of service."""
    return days["service"].str.split(":", n=1).str[0]


def table(city: City, *, day: str | None = None) -> pd.DataFrame:
    """What each line of a City runs on a day and in a year.

    Parameters
    ----------
    city
        A City with timetables (`add`).
    day
        ISO 8601 date; default: the busiest ordinary weekday of the timetables.

    Returns
    -------
    pandas.DataFrame
        Index: lines that stand. Columns name, mode and those of `lines.table`.

    Raises
    ------
    InputError
        If there is no timetable, none covers the day, or a line cannot get through.
    """
    days = city.transit_services["date"]
    faults = _day_faults(days, day or str(days.min() if len(days) else date.min))
    if not faults and city.transit_lines.empty:
        faults = [Fault("", "The lines are not known.", "Build the City again with the timetable.")]
    if faults:
        raise InputError.of(CITY, faults)
    standing = city.transit_lines[states.standing(city.transit_lines)]
    figures = line_figures.table(city, standing.index, day=day)
    return standing[["name", "mode"]].join(figures)


def in_traffic(
    city: City, plan: Scenario, year: int | None = None, *, progress: Progress = silent
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each line runs today and under a plan, with buses in the traffic of cars.

    Parameters
    ----------
    city
        A City with timetables.
    plan
        The plan.
    year
        Year of it [a]; by default when all of it is done.
    progress
        Called with a stage and the share done.

    Returns
    -------
    before, after
        As of `table`, and line_delay_cars [min].

    Raises
    ------
    InputError
        If there is no timetable, traffic cannot be computed, or a line cannot get through.
    """
    counted = year or plan.last_year
    engines = [one for one in travel.DOMAINS if one.name in LINES]
    before = simulate.run(city, year=counted, domains=engines, progress=progress)
    after = simulate.run(
        city, plan, year=counted, warm=before, domains=engines, progress=progress
    )  # fmt: skip
    tables = []
    for result, of in ((before, city), (after, plan.city(city, counted))):
        if "traffic" in result.record["absent"] or "transit_lines" not in result.frames:
            raise InputError(city.name, "lines", " ".join(result.record["absent"]) + " cannot be "
                             "computed.", "Look at what `twin run` says is missing.")  # fmt: skip
        frame = result.frames["transit_lines"]
        tables.append(of.transit_lines[["name", "mode"]].join(frame, how="right"))
    return tables[0], tables[1]


def reach(
    city: City,
    origins: gpd.GeoSeries,
    targets: gpd.GeoSeries,
    *,
    day: str,
    departures: tuple[int, int],
    limit: float,
) -> TransitRun:
    """Work out how long it takes to the nearest target by public transport and on foot.

    Parameters
    ----------
    city
        A City with timetables (`add`).
    origins, targets
        Points in the City's CRS; the index of `origins` names the rows of the result.
    day
        ISO 8601 date inside the days that the timetables cover.
    departures
        First and last departure from the door, after midnight [s].
    limit
        Longest travel time that counts [min].

    Raises
    ------
    InputError
        If the day, the window, the limit or a set of points cannot be used; lists every fault.
    """
    days = city.transit_services["date"]
    faults = [*_day_faults(days, day), *_faults(city, origins, targets, departures, limit)]
    if faults:
        raise InputError.of(CITY, faults)
    last = departures[1] + round(limit * transit.SECONDS_PER_MINUTE)
    lines = timetable.of_day(
        city.transit_stops,
        transit_lines.active(city.transit_trips, city.transit_lines),
        city.transit_times,
        city.transit_services,
        day,
        city.timezone,
        (departures[0], last),
    )
    run = transit.run(origins, targets, city.transit_stops, lines, city.streets, city.junctions,
                      departures, limit, transit_parameters())  # fmt: skip
    return replace(run, limits=(*run.limits, *_uncovered(city, day), *_guessed(city)))


def _day_faults(days: pd.Series, day: str) -> list[Fault]:
    try:
        date.fromisoformat(day)
    except ValueError:
        return [Fault("day", f"{day!r} is no date.", "Write it like 2026-01-31.")]
    if days.empty:
        return [Fault("", "The City has no timetable.", "Build it with `twin build --gtfs FILE`.")]
    if not days.min() <= day <= days.max():
        advice = f"The timetables run from {days.min()} to {days.max()}."
        return [Fault("day", f"No timetable covers {day}.", advice)]
    return []


def _faults(
    city: City,
    origins: gpd.GeoSeries,
    targets: gpd.GeoSeries,
    departures: tuple[int, int],
    limit: float,
) -> list[Fault]:
    faults = []
    if not 0 <= departures[0] <= departures[1] < timetable.DAY:
        advice = "Give two times of the day in order, in seconds."
        faults.append(Fault("departures", "are no window of a day.", advice))
    if not 0 < limit <= timetable.DAY / transit.SECONDS_PER_MINUTE:
        faults.append(Fault("limit", f"{limit} minutes cannot be used.", "Give 1 to 1440."))
    for name, points in (("origins", origins), ("targets", targets)):
        if points.empty:
            faults.append(Fault(name, "are none.", "Give at least one point."))
        elif points.crs != city.crs:
            faults.append(Fault(name, f"are not in {city.crs}.", "Use to_crs."))
    return faults


def _uncovered(city: City, day: str) -> list[str]:
    """Feeds that say nothing about the day."""
    days = city.transit_services
    spans = days.groupby(_feeds(days))["date"].agg(["min", "max"])
    return [
        f"The timetable {span.Index} covers {span.first} to {span.last} only: none of its trips run."
        for span in spans.rename(columns={"min": "first", "max": "last"}).itertuples()
        if not span.first <= day <= span.last
    ]


def _guessed(city: City) -> list[str]:
    """How much of the timetable the feeds do not state."""
    words = []
    spread = 1.0 - city.transit_times["given"].mean()
    if spread > 0:
        words.append(f"The feeds give no time for {spread:.0%} of the calls: spread by distance.")
    frequent = city.transit_trips["frequent"].mean()
    if frequent > 0:
        words.append(f"{frequent:.0%} of the trips are written out of headways: their minute of "
                     "departure is not known.")  # fmt: skip
    return words
