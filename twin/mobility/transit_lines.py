"""Lines of public transport: what they are, the day that stands for them, what they run."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from twin.mobility.network import METRES_PER_KM
from twin.states import standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.transit_parameters import TransitParameters

    Floats = NDArray[np.float64]

SATURDAY: Final = 5
SECONDS_PER_MINUTE: Final = 60.0
SECONDS_PER_HOUR: Final = 3600.0
DAYS_PER_YEAR: Final = 365.0
HOP: Final = ["from_stop", "to_stop"]


def of(trips: pd.DataFrame, times: pd.DataFrame, stops: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lines of a timetable, each drawn through the stops of its longest trip.

    Parameters
    ----------
    trips, times, stops
        City tables transit_trips, transit_times and transit_stops.

    Returns
    -------
    geopandas.GeoDataFrame
        City table transit_lines.
    """
    first = trips.drop_duplicates("route").set_index("route")
    calls = times["trip"].value_counts().reindex(trips.index)
    longest = calls.sort_index().sort_values(ascending=False, kind="stable").index
    chosen = trips.loc[longest].reset_index(names="trip").drop_duplicates("route")
    chosen = chosen.set_index("route")["trip"]
    shapes = drawn(times[times["trip"].isin(chosen)], stops)
    inside = stops["inside"].reindex(times["stop"]).to_numpy(dtype=bool)
    served = trips["route"].reindex(times.loc[inside, "trip"].unique()).unique()
    index = pd.Index(first.index, dtype="str", name="id")
    frame = pd.DataFrame({
        "name": first["name"].to_numpy(),
        "mode": first["mode"].to_numpy(),
        "feed": first["feed"].to_numpy(),
        "inside": index.isin(served),
        "state": pd.Series("standing", index=index, dtype="str"),
        "revision": np.zeros(len(index), dtype=np.int64),
    }, index=index)  # fmt: skip
    lines = shapes.reindex(chosen.reindex(index)).to_numpy()
    return gpd.GeoDataFrame(frame, geometry=lines, crs=stops.crs)


def drawn(times: pd.DataFrame, stops: gpd.GeoDataFrame) -> pd.Series:
    """Line through the stops of each trip, straight from one to the next.

    Parameters
    ----------
    times, stops
        Rows of the City tables transit_times and transit_stops.
    """
    calls = times.sort_values(["trip", "sequence"], kind="stable")
    points = shapely.get_coordinates(stops.geometry.reindex(calls["stop"]).to_numpy())
    number, names = pd.factorize(calls["trip"])
    return pd.Series(shapely.linestrings(points, indices=number), index=pd.Index(names))


def active(trips: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Trips that run: those of the latest revision of their line, unless it is removed.

    Parameters
    ----------
    trips, lines
        City tables; where there are no lines, or no revisions, all trips run.
    """
    if lines.empty or "revision" not in trips:
        return trips
    now = lines.loc[standing(lines), "revision"].reindex(trips["route"])
    return trips[now.to_numpy() == trips["revision"].to_numpy()]


def busiest_day(trips: pd.DataFrame, services: pd.DataFrame) -> str | None:
    """The ordinary weekday with most trips, the earliest of equals.

    A day is ordinary if another one of the same weekday has as many trips, so that neither a
    holiday nor a day of extra trips stands for all. Where no weekday is, all of them count; where
    nothing runs on weekdays, all days.

    Parameters
    ----------
    trips, services
        City tables transit_trips and transit_services.

    Returns
    -------
    str or None
        ISO 8601 date; None without a timetable.
    """
    counts = services["service"].map(trips.groupby("service").size()).fillna(0.0)
    total = counts.groupby(services["date"]).sum().sort_index()
    if total.empty or not total.max():
        return None
    weekday = pd.Series([date.fromisoformat(one).weekday() for one in total.index], total.index)
    work = weekday < SATURDAY
    if total[work].max() > 0:
        total, weekday = total[work], weekday[work]
    ordinary = total.groupby([weekday, total]).transform("size") > 1
    chosen = total[ordinary] if (total[ordinary] > 0).any() else total
    return str(chosen.idxmax())


def hops(trips: pd.DataFrame, times: pd.DataFrame, stops: gpd.GeoDataFrame) -> pd.DataFrame:
    """Ways from one stop to the next that trips of each line make.

    Parameters
    ----------
    trips, times, stops
        City tables.

    Returns
    -------
    pandas.DataFrame
        Columns line, mode, from_stop, to_stop, straight [m]; one row per line and pair of stops.
    """
    legs = _legs(trips, times)
    legs = legs.drop_duplicates(["route", *HOP])[["route", "mode", *HOP]]
    return legs.rename(columns={"route": "line"}).assign(
        straight=_straight(legs, stops)
    ).reset_index(drop=True)  # fmt: skip


def _legs(trips: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """Every way of a trip from one call to the next, with the two times [s]."""
    calls = times[times["trip"].isin(trips.index)]
    calls = calls.sort_values(["trip", "sequence"], kind="stable")
    after = calls[["trip", "stop", "arrival"]].shift(-1)
    same = (calls["trip"] == after["trip"]).to_numpy()
    return pd.DataFrame({
        "trip": calls["trip"].to_numpy()[same],
        "route": trips["route"].reindex(calls["trip"][same]).to_numpy(),
        "mode": trips["mode"].reindex(calls["trip"][same]).to_numpy(),
        "from_stop": calls["stop"].to_numpy()[same],
        "to_stop": after["stop"].to_numpy()[same],
        "departure": calls["departure"].to_numpy()[same],
        "arrival": after["arrival"].to_numpy()[same].astype(np.int64),
    })  # fmt: skip


def _straight(legs: pd.DataFrame, stops: gpd.GeoDataFrame) -> Floats:
    ends = (stops.geometry.reindex(legs[name]).to_numpy() for name in HOP)
    return np.asarray(shapely.distance(*ends), dtype=np.float64)


def table(
    lines: gpd.GeoDataFrame,
    trips: pd.DataFrame,
    times: pd.DataFrame,
    services: pd.DataFrame,
    stops: gpd.GeoDataFrame,
    parameters: TransitParameters,
    *,
    day: str | None = None,
    metres: pd.Series | None = None,
) -> pd.DataFrame:
    """What each line runs on the day that stands for the timetable, and in a year.

    Parameters
    ----------
    lines, trips, times, services, stops
        City tables; the trips that run (`active`).
    parameters
        ``layover``: share of a run's time that a vehicle stands before its next run.
    day
        ISO 8601 date; default: `busiest_day`.
    metres
        Way from stop to stop by streets [m], index (from_stop, to_stop); where missing the
        straight line counts.

    Returns
    -------
    pandas.DataFrame
        Index: lines. Columns line_trips [1/d], line_minutes [min] and line_km [km] of a mean trip
        of the day (missing where none runs), line_vehicles [1] needed at once, each serving its
        line only, line_vehicle_km [km/d], line_vehicle_km_year [km/a] (all days of the feed's
        span alike), line_by_street [1], share of the kilometres that follow streets.
    """
    runs = _runs(trips, times, stops, metres)
    day = busiest_day(trips, services) if day is None else day
    today = runs[runs["service"].isin(services.loc[services["date"] == day, "service"])]
    each = today.groupby("route")
    frame = pd.DataFrame(index=lines.index)
    frame["line_trips"] = each.size().reindex(lines.index).fillna(0.0).astype(np.float64)
    frame["line_minutes"] = (each["seconds"].mean() / SECONDS_PER_MINUTE).reindex(lines.index)
    frame["line_km"] = (each["metres"].mean() / METRES_PER_KM).reindex(lines.index)
    needed = {str(name): vehicles(rows, parameters.layover) for name, rows in each}
    frame["line_vehicles"] = pd.Series(needed, dtype=np.float64).reindex(lines.index).fillna(0.0)
    driven = each["metres"].sum() / METRES_PER_KM
    frame["line_vehicle_km"] = driven.reindex(lines.index).fillna(0.0)
    frame["line_vehicle_km_year"] = _yearly(runs, services).reindex(lines.index).fillna(0.0)
    share = each["by_street"].sum() / each["metres"].sum()
    frame["line_by_street"] = share.reindex(lines.index)
    return frame


def legs_of_year(
    trips: pd.DataFrame,
    times: pd.DataFrame,
    services: pd.DataFrame,
    stops: gpd.GeoDataFrame,
    metres: pd.Series | None = None,
) -> pd.DataFrame:
    """What vehicles of each line drive between stops in a year, for `transit_energy.run`.

    Parameters
    ----------
    trips, times, services, stops
        City tables; the trips that run (`active`).
    metres
        As in `table`.

    Returns
    -------
    pandas.DataFrame
        Columns line, mode, from_stop, to_stop, vehicle_km [veh km/a] (all days of the feed's span
        alike) and speed [km/h], that of the line from end to end, stops included.
    """
    legs = _legs(trips, times)
    runs = _runs(trips, times, stops, metres)
    yearly = _yearly_runs(runs, services)
    seconds = runs["seconds"].groupby(runs["route"]).sum().clip(lower=1.0)
    speed = runs["metres"].groupby(runs["route"]).sum() / seconds
    known = _metres(legs, stops, metres)
    driven = known / METRES_PER_KM * yearly.reindex(legs["trip"]).to_numpy()
    each = legs.assign(vehicle_km=driven).groupby(["route", "mode", *HOP], sort=True)
    found = each["vehicle_km"].sum().reset_index().rename(columns={"route": "line"})
    kph = speed.reindex(found["line"]).to_numpy() * SECONDS_PER_HOUR / METRES_PER_KM
    return found.assign(speed=kph)


def _metres(
    legs: pd.DataFrame, stops: gpd.GeoDataFrame, metres: pd.Series | None
) -> NDArray[np.float64]:
    """Way of each leg [m]: by streets where known, else straight."""
    straight = _straight(legs, stops)
    if metres is None or metres.empty:
        return straight
    known = metres.reindex(pd.MultiIndex.from_frame(legs[HOP])).to_numpy(dtype=np.float64)
    return np.where(np.isnan(known), straight, known)


def _runs(
    trips: pd.DataFrame, times: pd.DataFrame, stops: gpd.GeoDataFrame, metres: pd.Series | None
) -> pd.DataFrame:
    """One row per trip: route, service, start, end, seconds, metres, metres by streets."""
    legs = _legs(trips, times)
    straight = _straight(legs, stops)
    known = pd.Series(np.nan, index=legs.index)
    if metres is not None and len(metres):
        known = pd.Series(metres.reindex(pd.MultiIndex.from_frame(legs[HOP])).to_numpy())
    legs["by_street"] = known.fillna(0.0).to_numpy()
    legs["metres"] = known.fillna(pd.Series(straight)).to_numpy()
    each = legs.groupby("trip")
    runs = each.agg(start=("departure", "min"), end=("arrival", "max"), metres=("metres", "sum"),
                    by_street=("by_street", "sum"))  # fmt: skip
    runs["seconds"] = runs["end"] - runs["start"]
    return runs.join(trips[["route", "service", "feed"]])


def vehicles(runs: pd.DataFrame, layover: float) -> int:
    """Vehicles that serve runs: most of them under way at once, a break after each included.

    Parameters
    ----------
    runs
        Columns start, end, seconds [s].
    layover
        Break as a share of a run's time [1].
    """
    free = runs["end"] + layover * runs["seconds"]
    moments = pd.concat([pd.Series(-1, index=free), pd.Series(1, index=runs["start"])])
    # A vehicle that is free at the moment when a run begins can take it.
    order = np.lexsort((moments.to_numpy(), moments.index.to_numpy(dtype=np.float64)))
    return int(np.cumsum(moments.to_numpy()[order]).max())


def _yearly(runs: pd.DataFrame, services: pd.DataFrame) -> pd.Series:
    """Kilometres of each line in a year: the mean over all days of its feed's span [km/a]."""
    yearly = runs["metres"] / METRES_PER_KM * _yearly_runs(runs, services)
    return yearly.groupby(runs["route"]).sum()


def _yearly_runs(runs: pd.DataFrame, services: pd.DataFrame) -> pd.Series:
    """How often each trip runs in a year: the mean over all days of its feed's span [1/a]."""
    if runs.empty:
        return pd.Series(dtype=np.float64)
    days = services.groupby("service").size()
    feeds = runs.drop_duplicates("service").set_index("service")["feed"]
    dates = pd.to_datetime(services["date"])
    span = dates.groupby(services["service"].map(feeds)).agg(["min", "max"])
    length = (span["max"] - span["min"]).dt.days + 1
    return runs["service"].map(days).fillna(0.0) / runs["feed"].map(length) * DAYS_PER_YEAR
