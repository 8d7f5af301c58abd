"""Public transport of a GTFS feed: stops, trips, calls and days of service as tables.

Field definitions: GTFS Schedule reference, gtfs.org/documentation/schedule/reference. Times count
from noon minus twelve hours of the service day and may pass 24 hours. Where the feed gives no time
for a call it is spread between its neighbours by distance; headways are written out as trips.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod

from layers import gtfs, tables
from layers.drops import Drops
from layers.errors import Fault, InputError
from layers.schema import Found, Source
from layers.services import days_of_service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.gtfs import Feed

TABLES: Final = ("transit_stops", "transit_trips", "transit_times", "transit_services")
NEVER: Final = 1.0
"""What pickup_type and drop_off_type say where nobody may board or alight."""

STEP: Final = 1.0
"""Distance added between two calls, so that no two lie at the same place [m]."""

WGS84: Final = "EPSG:4326"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
EXPORT: Final = gtfs.EXPORT


def read(path: Path | str, *, name: str | None = None) -> Found:
    """Read a feed.

    Parameters
    ----------
    path
        A zip, or a folder with the files unpacked.
    name
        Short name of the feed, first part of every id; default: of the file.

    Returns
    -------
    Found
        Tables transit_stops (EPSG:4326), transit_trips, transit_times and transit_services.

    Raises
    ------
    InputError
        If the feed cannot be opened or read, or holds no trip that runs; lists every fault.
    """
    feed = gtfs.read(path)
    short = _name(feed.origin) if name is None else name
    faults = [] if NAME.fullmatch(short) else [
        Fault("name", "is not usable.", "Use small letters, digits, dot, dash and underscore.")
    ]  # fmt: skip
    services, bad = days_of_service(feed)
    faults += [*bad, *_faults(feed)]
    if faults:
        raise InputError.of(feed.origin, faults)
    drops = Drops()
    stops = _stops(feed, drops)
    trips = _trips(feed, services, drops)
    times = _timed(_calls(feed, stops, trips, drops), stops, drops)
    kept = len(times)
    trips, times = _written_out(feed, trips[trips.index.isin(times["trip"].unique())], times, drops)
    if trips.empty:
        raise InputError(feed.origin, "", f"holds no trip that runs: {_reasons(drops)}.", EXPORT)
    found = _named(
        short, stops, trips, times, services[services["service"].isin(trips["service"].unique())]
    )
    whole = {key: tables.schema(key).validate(frame, feed.origin) for key, frame in found.items()}
    return Found(whole, drops.frame(), _source(feed, kept, services))


def _name(origin: str) -> str:
    """Short name made of a file's name."""
    stem = Path(origin).stem if origin.lower().endswith(".zip") else origin
    return re.sub(r"[^a-z0-9_.-]+", "-", stem.lower()).strip("-_.")[:64] or "feed"


def _reasons(drops: Drops) -> str:
    lost = drops.frame()
    rows = lost[["reason", "count"]].itertuples(index=False, name=None)
    return "; ".join(f"{reason} ({count})" for reason, count in rows) or "it lists none"


# ---------------------------------------------------------------- faults


def _faults(feed: Feed) -> list[Fault]:
    """What is wrong between cells that can each be read."""
    found = feed.files
    repeats = (
        ("stops.txt", ["stop"]),
        ("routes.txt", ["route"]),
        ("trips.txt", ["trip"]),
        ("stop_times.txt", ["trip", "sequence"]),
    )
    faults = [
        fault
        for name, keys in repeats
        for fault in _rows(name, found[name].duplicated(keys), f"repeat {' and '.join(keys)}")
    ]
    stops = found["stops.txt"]
    called = stops["location"].fillna(0.0) == 0.0
    off = (stops["latitude"].abs() > 90.0) | (stops["longitude"].abs() > 180.0)  # noqa: PLR2004 - bounds of a globe
    faults += _rows("stops.txt", called & off, "lie outside the globe")
    often = found["frequencies.txt"]
    faults += _rows("frequencies.txt", often["headway"] <= 0, "have no headway")
    faults += _rows("frequencies.txt", often["end"] <= often["start"], "end before they begin")
    return faults + _too_many(found)


def _rows(name: str, bad: pd.Series, what: str) -> list[Fault]:
    if not bad.any():
        return []
    return [Fault(f"{name} row {bad.index[bad][0]}", f"{int(bad.sum())} rows {what}.", EXPORT)]


def _too_many(found: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """Bound the calls before headways are written out."""
    often, calls = found["frequencies.txt"], found["stop_times.txt"]
    each = calls["trip"].value_counts().reindex(often["trip"]).fillna(0.0).to_numpy()
    times = np.ceil((often["end"] - often["start"]) / often["headway"].where(often["headway"] > 0))
    total = len(calls) + float((times.fillna(0.0).to_numpy() * each).sum())
    if total <= gtfs.limit("rows"):
        return []
    reason = f"{total:,.0f} calls, more than {gtfs.limit('rows'):,}."
    return [Fault("stop_times.txt", reason, "Cut the feed to the region.")]


# ---------------------------------------------------------------- tables


def _stops(feed: Feed, drops: Drops) -> gpd.GeoDataFrame:
    """Places where vehicles call; stations, entrances and the like are no such places."""
    rows = _placed(feed.files["stops.txt"].set_index("stop"))
    rows = rows[rows["location"].fillna(0.0) == 0.0]
    nowhere = rows["latitude"].isna() | rows["longitude"].isna()
    drops.lose("transit_stops", "stop without position", rows.index[nowhere])
    rows = rows[~nowhere]
    zero = (rows["latitude"] == 0.0) & (rows["longitude"] == 0.0)
    drops.lose("transit_stops", "stop at latitude 0, longitude 0", rows.index[zero])
    rows = rows[~zero]
    points = gpd.points_from_xy(rows["longitude"], rows["latitude"], crs=WGS84)
    return gpd.GeoDataFrame({"name": rows["name"].replace("", None).astype("str")},
                            geometry=points, index=rows.index)  # fmt: skip


def _placed(stops: pd.DataFrame) -> pd.DataFrame:
    """Stops, a platform without position at that of its station."""
    place = ["latitude", "longitude"]
    station = stops[place].reindex(stops["parent"]).set_axis(stops.index)
    bare = stops[place].isna().any(axis=1)
    return stops.assign(**station.where(bare, stops[place]))


def _trips(feed: Feed, services: pd.DataFrame, drops: Drops) -> pd.DataFrame:
    """Trips whose route is known and whose service runs on some day."""
    rows = feed.files["trips.txt"].set_index("trip")
    routes = feed.files["routes.txt"].set_index("route")
    known = rows["route"].isin(routes.index)
    drops.lose("transit_trips", "trip of a route that is not in the feed", rows.index[~known])
    runs = rows["service"].isin(services["service"].unique())
    drops.lose("transit_trips", "trip that runs on no day", rows.index[known & ~runs])
    rows = rows[known & runs].join(routes, on="route")
    label = rows["short"].where(rows["short"] != "", rows["long"])
    return rows[["route", "service"]].assign(
        name=label.replace("", None).astype("str"), mode=_mode(rows["type"]), frequent=False
    )


def _mode(types: pd.Series) -> pd.Series:
    """Mode by route_type."""
    modes = pd.Series("other", index=types.index, dtype="str")
    for row in tables.load("gtfs_modes").itertuples(index=False):
        modes[types.between(row.lower, row.upper)] = row.mode
    return modes


def _calls(feed: Feed, stops: pd.DataFrame, trips: pd.DataFrame, drops: Drops) -> pd.DataFrame:
    """Calls of known trips at known stops, in order, with one time where two are meant."""
    rows = feed.files["stop_times.txt"]
    known, placed = rows["trip"].isin(trips.index), rows["stop"].isin(stops.index)
    listed = rows["trip"].isin(feed.files["trips.txt"]["trip"])
    for reason, lost in (
        ("call of a trip that is not in the feed", ~listed),
        ("call of a trip that was left out", listed & ~known),
        ("call at no known stop", known & ~placed),
    ):
        drops.lose("transit_times", reason, rows.loc[lost, "trip"])
    rows = rows[known & placed].sort_values(["trip", "sequence"], kind="stable")
    return rows.assign(
        given=rows["arrival"].notna() | rows["departure"].notna(),
        arrival=rows["arrival"].fillna(rows["departure"]),
        departure=rows["departure"].fillna(rows["arrival"]),
        pickup=rows["pickup"] != NEVER,
        drop_off=rows["drop_off"] != NEVER,
    ).reset_index(drop=True)


def _timed(calls: pd.DataFrame, stops: gpd.GeoDataFrame, drops: Drops) -> pd.DataFrame:
    """Calls of whole trips, each with a time; trips without time at an end are lost."""
    ends = ~calls.duplicated("trip") | ~calls.duplicated("trip", keep="last")
    ends = calls["trip"].isin(calls.loc[ends & ~calls["given"], "trip"].unique())
    calls = _without(calls, ends, "trip without time at its first or last stop", drops)
    calls = _without(calls, calls.groupby("trip")["stop"].transform("size") == 1,
                     "trip with fewer than two stops", drops)  # fmt: skip
    if calls.empty:
        return calls
    calls = _interpolated(calls, stops)
    late = calls["arrival"] > calls["departure"]
    late |= calls["departure"].shift(fill_value=0.0).gt(calls["arrival"]) & (
        calls["trip"] == calls["trip"].shift()
    )
    back = calls["trip"].isin(calls.loc[late, "trip"].unique())
    return _without(calls, back, "trip that runs back in time", drops)


def _without(calls: pd.DataFrame, bad: pd.Series, reason: str, drops: Drops) -> pd.DataFrame:
    """Leave trips out, with all their calls."""
    drops.lose("transit_trips", reason, calls.loc[bad, "trip"].unique())
    drops.lose("transit_times", f"call of a {reason}", calls.loc[bad, "trip"])
    return calls[~bad].reset_index(drop=True)


def _interpolated(calls: pd.DataFrame, stops: gpd.GeoDataFrame) -> pd.DataFrame:
    """Spread missing times between the given ones by the distance from stop to stop."""
    at = stops.geometry.loc[calls["stop"]]
    leg = Geod(ellps="WGS84").inv(at.x[:-1], at.y[:-1], at.x[1:], at.y[1:])[2] + STEP
    way = np.concatenate(([0.0], np.cumsum(leg)))
    number, given = np.arange(len(calls)), calls["given"].to_numpy()
    before = np.maximum.accumulate(np.where(given, number, 0))
    after = np.minimum.accumulate(np.where(given, number, len(calls))[::-1])[::-1]
    start, end = calls["departure"].to_numpy()[before], calls["arrival"].to_numpy()[after]
    length = np.where(given, 1.0, way[after] - way[before])
    time = np.rint(start + (end - start) * (way - way[before]) / length)
    return calls.assign(
        arrival=np.where(given, calls["arrival"], time),
        departure=np.where(given, calls["departure"], time),
    )


def _written_out(
    feed: Feed, trips: pd.DataFrame, times: pd.DataFrame, drops: Drops
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Replace each trip with headways by its departures, the first at the start of its window."""
    often = feed.files["frequencies.txt"]
    known = often["trip"].isin(trips.index)
    drops.lose("transit_trips", "headway of a trip that is not kept", often.loc[~known, "trip"])
    often = often[known]
    if often.empty:
        return trips, times
    starts = [np.arange(*bounds) for bounds in
              often[["start", "end", "headway"]].itertuples(index=False)]  # fmt: skip
    copies = often.loc[often.index.repeat([len(part) for part in starts])]
    copies = copies.assign(begin=np.concatenate(starts))
    copies["copy"] = copies["trip"] + "@" + copies["begin"].map(_clock)
    twice = copies.duplicated("copy")
    drops.note("transit_trips", "departure that two headways give", copies.loc[twice, "copy"])
    copies = copies[~twice]
    templates = trips.index.isin(copies["trip"].unique())
    new = trips.loc[copies["trip"]].set_axis(copies["copy"].rename("trip"))
    new["frequent"] = copies["exact"].to_numpy() != 1.0
    calls = copies[["trip", "copy", "begin"]].merge(times, on="trip")
    shift = calls["begin"] - calls.groupby("copy")["departure"].transform("first")
    calls = calls.assign(
        trip=calls["copy"],
        arrival=calls["arrival"] + shift,
        departure=calls["departure"] + shift,
    )[times.columns]
    rest = times[~times["trip"].isin(copies["trip"].unique())]
    return pd.concat([trips[~templates], new]), pd.concat([rest, calls], ignore_index=True)


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), gtfs.MINUTE)
    hour, minute = divmod(minutes, gtfs.MINUTE)
    return f"{hour:02d}:{minute:02d}:{second:02d}"


def _named(
    feed: str,
    stops: gpd.GeoDataFrame,
    trips: pd.DataFrame,
    times: pd.DataFrame,
    services: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Tables in their standard form, every id under the name of the feed."""
    start = feed + ":"
    whole = dict.fromkeys(("sequence", "arrival", "departure"), "int64")
    calls = times.assign(trip=start + times["trip"], stop=start + times["stop"]).astype(whole)
    runs = trips.assign(route=start + trips["route"], service=start + trips["service"], feed=feed)
    days = services.assign(service=start + services["service"]).reset_index(drop=True)
    texts = dict.fromkeys(("route", "service", "feed", "mode"), "str")
    found = {
        "transit_stops": stops.assign(feed=feed).astype({"feed": "str"}),
        "transit_trips": runs.astype(texts),
        "transit_times": calls.reset_index(drop=True),
        "transit_services": days,
    }
    for key, frame in found.items():
        table = tables.schema(key)
        ids = frame.index if table.index.dtype == "int64" else start + frame.index.astype("str")
        found[key] = frame.set_axis(ids.astype(table.index.dtype).rename("id"))[table.names]
    return found


def _source(feed: Feed, kept: int, services: pd.DataFrame) -> Source:
    whole = len(feed.files["stop_times.txt"])
    info, agency = feed.files["feed_info.txt"], feed.files["agency.txt"]
    names = [*info["publisher"], *agency["agency"]]
    publisher = next((str(text) for text in names if str(text)), feed.origin)
    days = services["date"]
    return Source(
        what="timetable of public transport (GTFS)",
        origin=feed.origin,
        reference_date=f"{days.min()}/{days.max()}",
        licence="not stated in the feed",
        attribution=f"Timetable: {publisher}",
        digest=feed.digest,
        rows_in=whole,
        rows_kept=kept,
        rows_refused=whole - kept,
    )
