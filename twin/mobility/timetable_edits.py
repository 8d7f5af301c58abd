"""Changes to a timetable: more or fewer departures, new stops, new lines.

Nothing is deleted: a changed line gets a new revision, and new trips of that revision in the place
of all that it had (`transit_lines.active`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd
import shapely

from layers.errors import InputError
from twin.mobility import transit_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

SECONDS_PER_HOUR: Final = 3600
SECONDS_PER_MINUTE: Final = 60
PLACE: Final = "timetable of the City"


@dataclass(frozen=True)
class Service:
    """The five City tables of public transport.

    Parameters
    ----------
    lines, stops, trips, times, services
        City tables transit_lines, transit_stops, transit_trips, transit_times, transit_services.
    """

    lines: gpd.GeoDataFrame
    stops: gpd.GeoDataFrame
    trips: pd.DataFrame
    times: pd.DataFrame
    services: pd.DataFrame


class Hours(NamedTuple):
    """Part of a day: trips count that leave their first stop in it.

    Parameters
    ----------
    start, end
        After noon minus 12 hours of the service day, the end excluded [h].
    """

    start: float
    end: float


def with_frequency(
    service: Service,
    lines: pd.Index,
    hours: Hours,
    name: str,
    *,
    headway: float | None = None,
    factor: float | None = None,
) -> Service:
    """Other departures of some lines in some hours; running times stay those of today.

    With a headway every direction of a line leaves at equal intervals on each day on which it runs
    in these hours, in step with its first departure of today; each new trip is a copy of the one
    that leaves nearest in time. With a factor the departures of every run of stops are spread
    anew between those of today: twice as many leave halfway in between, half as many are every
    second one.

    Parameters
    ----------
    service
        Tables to change.
    lines
        Ids of lines.
    hours
        When.
    name
        Short name that new ids bear.
    headway
        Time between two departures [min].
    factor
        Departures relative to today [1]; one of the two is given.

    Raises
    ------
    InputError
        If none of the lines runs in these hours.
    """
    trips = transit_lines.active(service.trips, service.lines)
    trips = trips[trips["route"].isin(lines)]
    first = _first_calls(service.times, trips.index)
    trips = trips.assign(start=first["departure"], calls=_stops_of(service.times, trips.index))
    within = trips["start"].between(hours.start * SECONDS_PER_HOUR, hours.end * SECONDS_PER_HOUR,
                                    inclusive="left")  # fmt: skip
    if not within.any():
        raise InputError(PLACE, "hours", "none of the lines runs in them.",
                         "Choose hours in which it runs.")  # fmt: skip
    kept = _unchanged(trips[~within])
    if headway is not None:
        plan, days = _in_step(trips[within], service.services, hours, headway, name)
        rows = pd.concat([service.services, days], ignore_index=True)
        service = replace(service, services=_numbered(rows))
    else:
        assert factor is not None
        plan = _spread(trips[within], hours, factor)
    changed = pd.Index(trips["route"].unique())
    return _revised(service, changed, pd.concat([kept, plan]), name)


def _unchanged(trips: pd.DataFrame) -> pd.DataFrame:
    """Plan of trips as they are: source, shift [s], service."""
    return pd.DataFrame({"source": trips.index, "shift": np.int64(0), "service": trips["service"]})


def _first_calls(times: pd.DataFrame, trips: pd.Index) -> pd.DataFrame:
    calls = times[times["trip"].isin(trips)].sort_values(["trip", "sequence"])
    return calls.drop_duplicates("trip").set_index("trip")


def _stops_of(times: pd.DataFrame, trips: pd.Index) -> pd.Series:
    """Stops of each trip in order, as tuples."""
    calls = times[times["trip"].isin(trips)].sort_values(["trip", "sequence"])
    return calls.groupby("trip")["stop"].agg(tuple)


def _spread(trips: pd.DataFrame, hours: Hours, factor: float) -> pd.DataFrame:
    """Departures of each run of stops, line and service, spread anew; the nearest trip is copied.

    After the last departure the interval before it counts on; a single one has the rest of the hours.
    """
    parts = []
    for _, rows in trips.groupby(["route", "service", "calls"], sort=True):
        rows = rows.sort_values("start", kind="stable")  # noqa: PLW2901 - the group in order
        start = rows["start"].to_numpy(dtype=np.float64)
        last = hours.end * SECONDS_PER_HOUR - start[0]
        ends = np.append(start, start[-1] + (start[-1] - start[-2] if len(start) > 1 else last))
        places = np.arange(max(int(np.floor(len(start) * factor + 0.5)), 1)) / factor
        leave = np.rint(np.interp(places, np.arange(len(ends)), ends)).astype(np.int64)
        parts.append(_copies_of(rows, leave, None))
    return pd.concat(parts)


def _in_step(
    trips: pd.DataFrame, services: pd.DataFrame, hours: Hours, headway: float, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Departures at equal intervals, and the days of the services that they belong to."""
    step = round(headway * SECONDS_PER_MINUTE)
    begin, end = (round(one * SECONDS_PER_HOUR) for one in hours)
    parts, days = [], []
    number = int(services["service"].str.startswith(f"new:{name}:").sum())
    for _, rows in trips.groupby(["route", _directions(trips)], sort=True):
        for dates, running in _by_dates(rows, services):
            part = rows[rows["service"].isin(running)].sort_values("start", kind="stable")
            first = int(part["start"].iloc[0])
            leave = np.arange(first - (first - begin) // step * step, end, step, dtype=np.int64)
            number += 1
            own = f"new:{name}:{number}"
            parts.append(_copies_of(part, leave, own))
            days.append(pd.DataFrame({"service": own, "date": dates}, dtype="str"))
    return pd.concat(parts), pd.concat(days)


def _by_dates(
    trips: pd.DataFrame, services: pd.DataFrame
) -> list[tuple[list[str], tuple[str, ...]]]:
    """Dates on which the same of the trips' services run together."""
    used = services[services["service"].isin(trips["service"])].sort_values(["date", "service"])
    together = used.groupby("date")["service"].agg(tuple)
    return [(list(dates.index), running) for running, dates in together.groupby(together)]


def _directions(trips: pd.DataFrame) -> pd.Series:
    """Number of the direction of each trip, within its line.

    A run of stops goes the way of the more frequent one with which it shares stops in one order.
    """
    found = pd.Series(0, index=trips.index)
    for _, rows in trips.groupby("route"):
        heads: list[tuple[str, ...]] = []
        for calls in rows["calls"].value_counts(sort=True).index:
            same = [number for number, head in enumerate(heads) if _alike(head, calls)]
            heads += [] if same else [calls]
            number = same[0] if same else len(heads) - 1
            found[rows.index[rows["calls"].map(calls.__eq__)]] = number
    return found


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two runs of stops go the same way, by the order of the stops that both have."""
    place = {stop: number for number, stop in reversed(list(enumerate(one)))}
    steps = np.diff([place[stop] for stop in other if stop in place])
    return bool((steps > 0).sum() > (steps < 0).sum())


def _copies_of(trips: pd.DataFrame, leave: Ints, service: str | None) -> pd.DataFrame:
    """Plan of departures: each is a copy of the trip that leaves nearest in time, the earlier of two."""
    start = trips["start"].to_numpy(dtype=np.int64)
    nearest = np.abs(start[None, :] - leave[:, None]).argmin(axis=1)
    own = trips["service"].to_numpy()[nearest] if service is None else service
    return pd.DataFrame(
        {"source": trips.index[nearest], "shift": leave - start[nearest], "service": own}
    )


def _revised(service: Service, lines: pd.Index, plan: pd.DataFrame, name: str) -> Service:
    """New revisions of lines with the trips of a plan."""
    made, trips = _written(service, plan, name)
    frame = service.lines.copy()
    frame.loc[frame.index.isin(lines), "revision"] += 1
    trips["revision"] = frame["revision"].reindex(trips["route"]).to_numpy(dtype=np.int64)
    whole = service.trips
    if "revision" not in whole:
        whole = whole.assign(revision=np.int64(0))
    return replace(
        service,
        lines=frame,
        trips=pd.concat([whole, trips[whole.columns]]),
        times=_numbered(pd.concat([service.times, made[service.times.columns]])),
    )


def _written(service: Service, plan: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Calls and trips of a plan."""
    before = int(service.trips.index.str.startswith(f"new:{name}:").sum())
    ids = [f"new:{name}:{number}" for number in range(before + 1, before + 1 + len(plan))]
    plan = plan.assign(id=ids)
    calls = plan.merge(service.times, left_on="source", right_on="trip")
    calls = calls.assign(trip=calls["id"].astype("str"), **{
        key: calls[key] + calls["shift"] for key in ("arrival", "departure")
    })  # fmt: skip
    trips = service.trips.loc[plan["source"]]
    trips = trips.set_axis(pd.Index(ids, dtype="str", name=service.trips.index.name))
    trips["service"] = plan["service"].to_numpy()
    return calls, trips.astype({"service": "str"})


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(len(frame), name="id").astype("int64"))


# ---------------------------------------------------------------- stops and lines


def with_stop(
    service: Service,
    lines: pd.Index,
    stop: gpd.GeoDataFrame,
    name: str,
    dwell: int,
    reach: float,
) -> Service:
    """A further stop of some lines: every trip that passes calls there.

    It is put between the two stops where it lengthens the way least. The vehicle drives as fast as
    before, over the longer way, and stands for the dwell time; all later calls move by both.

    Parameters
    ----------
    service
        Tables to change.
    lines
        Ids of lines.
    stop
        One row of the City table transit_stops, of a new stop or one that is there.
    name
        Short name that new ids bear.
    dwell
        Time at the stop [s].
    reach
        Longest way by the stop relative to that without it [1]; trips for which it is longer do
        not call there.

    Raises
    ------
    InputError
        If a line passes too far away; names the lines.
    """
    trips = transit_lines.active(service.trips, service.lines)
    trips = trips[trips["route"].isin(lines)]
    known = stop.index[0] in service.stops.index
    whole = service if known else replace(service, stops=pd.concat([service.stops, stop]))
    calls = _stops_of(service.times, trips.index)
    points = whole.stops.geometry
    places = {run: _between(run, points, str(stop.index[0])) for run in calls.unique()}
    near = calls.map(lambda run: places[run][1] <= reach)
    far = sorted(set(lines) - set(trips.loc[near[near].index, "route"]))
    if far:
        reason = f"is too far from {', '.join(far)}."
        raise InputError(PLACE, "stop", reason, "Move it, or leave the lines out.")
    made = _revised(whole, pd.Index(lines), _unchanged(trips), name)
    count = len(trips)
    copies = pd.Series(calls.reindex(trips.index).to_numpy(), index=made.trips.index[-count:])
    chosen = copies[copies.map(lambda run: places[run][1] <= reach)]
    times = made.times
    new = times["trip"].isin(chosen.index)
    parts = [_with_call(times[times["trip"].isin(trips_of.index)], str(stop.index[0]),
                        places[run], dwell)
             for run, trips_of in chosen.groupby(chosen)]  # fmt: skip
    return replace(made, times=_numbered(pd.concat([times[~new], *parts])[times.columns]))


def _between(run: tuple[str, ...], points: gpd.GeoSeries, stop: str) -> tuple[int, float, float]:
    """Leg on which a stop lengthens a run least: its number, ratio of the ways, share before it."""
    at = points.reindex(run).to_numpy()
    direct = shapely.distance(at[:-1], at[1:])
    there = shapely.distance(at, points[stop])
    by = there[:-1] + there[1:]
    more = np.where(direct > 0, by - direct, np.inf)
    leg = int(np.argmin(more))
    if not np.isfinite(more[leg]):
        return leg, np.inf, 0.0
    return leg, float(by[leg] / direct[leg]), float(there[leg] / direct[leg])


def _with_call(
    times: pd.DataFrame, stop: str, place: tuple[int, float, float], dwell: int
) -> pd.DataFrame:
    """Calls of trips of one run of stops with one more after its n-th, and all later ones moved."""
    leg, ratio, share = place
    calls = times.sort_values(["trip", "sequence"], kind="stable")
    order = calls.groupby("trip").cumcount()
    before, after = calls[order == leg], calls[order == leg + 1]
    way = (after["arrival"].to_numpy() - before["departure"].to_numpy()).astype(np.float64)
    late = np.rint(way * (ratio - 1.0)).astype(np.int64) + dwell
    arrival = before["departure"].to_numpy() + np.rint(way * share).astype(np.int64)
    new = before.assign(stop=stop, arrival=arrival, departure=arrival + dwell, given=False,
                        pickup=True, drop_off=True)  # fmt: skip
    delay = pd.Series(late, index=before["trip"].to_numpy())
    moved = np.where(order > leg, delay.reindex(calls["trip"]).to_numpy(), 0).astype(np.int64)
    calls = calls.assign(arrival=calls["arrival"] + moved, departure=calls["departure"] + moved,
                         sort=order)  # fmt: skip
    whole = pd.concat([calls, new.assign(sort=leg + 0.5)]).sort_values(["trip", "sort"])
    return whole.assign(sequence=whole.groupby("trip").cumcount().astype(np.int64))


def with_line(
    service: Service,
    line: gpd.GeoDataFrame,
    runs: Sequence[tuple[Sequence[str], Ints]],
    dates: Sequence[str],
    hours: Hours,
    headway: float,
    dwell: int,
) -> Service:
    """A new line that runs at a headway.

    Parameters
    ----------
    service
        Tables to change.
    line
        One row of the City table transit_lines; its id names trips and service.
    runs
        For each direction the stops in order, and the time from each to the next, without the time
        at stops [s].
    dates
        Days on which it runs (ISO 8601).
    hours
        First departure, and when the last has gone.
    headway
        Time between two departures [min].
    dwell
        Time at each stop between the first and the last [s].
    """
    name, row = str(line.index[0]), line.iloc[0]
    starts = np.arange(round(hours.start * SECONDS_PER_HOUR), round(hours.end * SECONDS_PER_HOUR),
                       round(headway * SECONDS_PER_MINUTE), dtype=np.int64)  # fmt: skip
    parts = []
    for number, (stops, legs) in enumerate(runs):
        calls = _calls(list(stops), legs, dwell)
        for start in starts:
            trip = f"{name}:{number + 1}:{start}"
            moved = {key: calls[key] + start for key in ("arrival", "departure")}
            parts.append(calls.assign(trip=trip, **moved))
    times = pd.concat(parts).astype({"trip": "str", "stop": "str"})
    ids = pd.Index(times["trip"].unique(), dtype="str", name=service.trips.index.name)
    trips = pd.DataFrame({
        "route": name, "name": row["name"], "mode": row["mode"], "service": name,
        "frequent": False, "feed": row["feed"], "revision": np.int64(row["revision"]),
    }, index=ids).astype(dict.fromkeys(("route", "name", "mode", "service", "feed"), "str"))  # fmt: skip
    old = service.trips
    if "revision" not in old:
        old = old.assign(revision=np.int64(0))
    days = pd.DataFrame({"service": name, "date": list(dates)}, dtype="str")
    return replace(
        service,
        lines=pd.concat([service.lines, line]),
        trips=pd.concat([old, trips[old.columns]]),
        times=_numbered(pd.concat([service.times, times[service.times.columns]])),
        services=_numbered(pd.concat([service.services, days])),
    )


def _calls(stops: list[str], legs: Ints, dwell: int) -> pd.DataFrame:
    """Calls of a run that begins at 0 [s]."""
    arrival = np.concatenate(([0], np.cumsum(legs + dwell) - dwell)).astype(np.int64)
    stands = np.full(len(stops), dwell, dtype=np.int64)
    stands[[0, -1]] = 0
    return pd.DataFrame({
        "stop": stops, "sequence": np.arange(len(stops), dtype=np.int64), "arrival": arrival,
        "departure": arrival + stands, "given": False, "pickup": True, "drop_off": True,
    })  # fmt: skip
