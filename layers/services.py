"""Days on which the services of a GTFS feed run, from its calendar and the exceptions to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import gtfs
from layers.errors import Fault

if TYPE_CHECKING:
    from layers.gtfs import Feed

WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ADDED, REMOVED = 1.0, 2.0
EPOCH_WEEKDAY: Final = 3
"""1 January 1970 was a Thursday."""

CUT: Final = "Cut the feed to the days that are needed."


def days_of_service(feed: Feed) -> tuple[pd.DataFrame, list[Fault]]:
    """Every service on every day that it runs.

    Parameters
    ----------
    feed
        Files of the feed.

    Returns
    -------
    days
        Columns service and date (ISO 8601), sorted; no rows if there are faults.
    faults
        Calendars that end before they begin or last too long, exceptions of no known kind.
    """
    weekly, other = feed.files["calendar.txt"], feed.files["calendar_dates.txt"]
    faults = _faults(weekly, other)
    empty = pd.DataFrame({"service": [], "date": []}, dtype="str")
    if faults:
        return empty, faults
    days = pd.concat([_weekly(weekly), other.loc[other["exception"] == ADDED, ["service", "date"]]])
    gone = other.loc[other["exception"] == REMOVED, ["service", "date"]]
    days = days.drop_duplicates().merge(gone.drop_duplicates(), how="left", indicator="kept")
    days = days[days["kept"] == "left_only"].sort_values(["service", "date"])
    if days.empty:
        return empty, []
    dates = days["date"].dt.strftime("%Y-%m-%d").astype("str")
    return pd.DataFrame({"service": days["service"].astype("str"), "date": dates}), []


def _faults(weekly: pd.DataFrame, other: pd.DataFrame) -> list[Fault]:
    length = (weekly["end"] - weekly["start"]).dt.days + 1
    most = gtfs.limit("days")
    checks = (
        ("calendar.txt", length <= 0, "end before they begin", gtfs.EXPORT),
        ("calendar.txt", length > most, f"run longer than {most} days", CUT),
        ("calendar.txt", weekly.duplicated("service"), "repeat a service", gtfs.EXPORT),
        ("calendar_dates.txt", ~other["exception"].isin([ADDED, REMOVED]),
         "neither add nor remove a day", gtfs.EXPORT),
    )  # fmt: skip
    faults = [
        Fault(f"{name} row {bad.index[bad][0]}", f"{int(bad.sum())} rows {what}.", advice)
        for name, bad, what, advice in checks
        if bad.any()
    ]
    total = float(length.clip(lower=0).sum()) + len(other)
    if total > gtfs.limit("service.days"):
        reason = f"{total:,.0f} days of all services, more than {gtfs.limit('service.days'):,}."
        faults.append(Fault("calendar.txt", reason, CUT))
    return faults


def _weekly(weekly: pd.DataFrame) -> pd.DataFrame:
    """Days between start and end whose weekday the service runs on."""
    first = weekly["start"].to_numpy().astype("datetime64[D]").astype(np.int64)
    last = weekly["end"].to_numpy().astype("datetime64[D]").astype(np.int64)
    count = last - first + 1
    row = np.repeat(np.arange(len(weekly)), count)
    day = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + first[row]
    runs = weekly[list(WEEK)].to_numpy()[row, (day + EPOCH_WEEKDAY) % len(WEEK)] == 1.0
    dates = pd.Series(day[runs].astype("datetime64[D]").astype("datetime64[s]"))
    return pd.DataFrame({"service": weekly["service"].to_numpy()[row[runs]], "date": dates})
