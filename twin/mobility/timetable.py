"""The timetable of one day as connections: which trips run, on which service day they began."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from layers.schema import Timetable

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY: Final = 86_400
"""Seconds of a day without change of clocks [s]."""


def of_day(
    stops: pd.DataFrame,
    trips: pd.DataFrame,
    times: pd.DataFrame,
    services: pd.DataFrame,
    day: str,
    timezone: str,
    window: tuple[int, int],
) -> Timetable:
    """Connections that depart within a window of a day.

    Trips of earlier service days that still run count, and so do those of the next day where the
    window passes midnight. Where clocks change the noons of two days are not 24 hours apart; GTFS
    counts from noon.

    Parameters
    ----------
    stops, trips, times, services
        City tables transit_stops, transit_trips, transit_times, transit_services.
    day
        ISO 8601 date.
    timezone
        IANA name.
    window
        First and last departure, both counted, after noon minus 12 hours of the day [s].
    """
    legs = _legs(stops, times)
    latest = int(legs["departure"].max()) if len(legs) else 0
    first = -(latest // DAY + 1)
    running = []
    for offset in range(first, max(window[1], 0) // DAY + 2):
        then, shift = _service_day(day, offset, timezone)
        on = trips.index[trips["service"].isin(services.loc[services["date"] == then, "service"])]
        part = legs[legs["trip"].isin(on)]
        part = part.assign(departure=part["departure"] + shift, arrival=part["arrival"] + shift)
        part = part[part["departure"].between(*window)]
        if len(part):
            running.append(part.assign(offset=offset))
    return _packed(stops.index, pd.concat(running) if running else legs.iloc[:0].assign(offset=0))


def _service_day(day: str, offset: int, timezone: str) -> tuple[str, int]:
    """Date some days away, and the time between the noons of both [s]."""
    here = date.fromisoformat(day)
    there = here + timedelta(days=offset)
    zone = ZoneInfo(timezone)
    noons = [datetime.combine(one, time(12), zone).timestamp() for one in (here, there)]
    return there.isoformat(), round(noons[1] - noons[0])


def _legs(stops: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """Every way of a trip from one stop to the next."""
    calls = times.sort_values(["trip", "sequence"], kind="stable")
    after = calls.shift(-1)
    same = (calls["trip"] == after["trip"]).to_numpy()
    at = stops.index.get_indexer(calls["stop"])
    return pd.DataFrame(
        {
            "trip": calls["trip"].to_numpy()[same],
            "departure": calls["departure"].to_numpy()[same],
            "arrival": after["arrival"].to_numpy()[same].astype(np.int64),
            "from_stop": at[same],
            "to_stop": np.roll(at, -1)[same],
            "board": calls["pickup"].to_numpy()[same],
            "alight": np.roll(calls["drop_off"].to_numpy(), -1)[same],
        }
    )


def _packed(stops: pd.Index, legs: pd.DataFrame) -> Timetable:
    """Arrays sorted by departure; connections of one ride keep their order."""
    keys = ["trip", "offset"]
    ride = legs.groupby(keys, sort=False).ngroup().to_numpy()
    order = np.lexsort((np.arange(len(legs)), ride, legs["departure"].to_numpy()))

    def column(name: str) -> NDArray[np.int64]:
        return np.ascontiguousarray(legs[name].to_numpy(dtype=np.int64)[order])

    return Timetable(
        stops=stops,
        rides=pd.Index(legs.drop_duplicates(keys)["trip"]),
        departure=column("departure"),
        arrival=column("arrival"),
        from_stop=column("from_stop"),
        to_stop=column("to_stop"),
        ride=np.ascontiguousarray(ride[order].astype(np.int64)),
        board=np.ascontiguousarray(legs["board"].to_numpy(dtype=bool)[order]),
        alight=np.ascontiguousarray(legs["alight"].to_numpy(dtype=bool)[order]),
    )
