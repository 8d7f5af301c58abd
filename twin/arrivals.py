"""Which of several results for one series and time is kept, and what became of each row."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

TIME: Final = "datetime64[us, UTC]"
MAX_NAME: Final = 200
"""Longest name of a series [1]."""

EARLIEST: Final = pd.Timestamp("1900-01-01", tz="UTC")
LATEST: Final = pd.Timestamp("2200-01-01", tz="UTC")
"""Times outside these are typing errors or clocks that were never set."""

NEVER: Final = np.iinfo(np.int64).min
"""Result time of what is not known yet [us]."""

OUTCOMES: Final = ("new", "changed", "duplicate", "late")


def micros(moment: pd.Timestamp | None, default: pd.Timestamp) -> int:
    """Time since 1970 [us] of a time with a time zone."""
    aware = (default if moment is None else moment).tz_convert("UTC")
    return int(aware.tz_localize(None).to_datetime64().astype("datetime64[us]").astype("int64"))


def checked(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows as the inbox holds them, times in microseconds, and how many cannot be used [1].

    Parameters
    ----------
    frame
        Columns series, time, value, and if there result_time and flags.

    Raises
    ------
    KeyError, TypeError
        If a column is missing or a time has no time zone.
    """
    series = frame["series"].astype("str")
    value = pd.to_numeric(frame["value"]).astype("float64")
    time = _utc(frame["time"])
    result = _utc(frame["result_time"]).fillna(time) if "result_time" in frame else time
    usable = series.str.len().between(1, MAX_NAME) & np.isfinite(value)
    usable &= time.between(EARLIEST, LATEST, inclusive="left")
    usable &= result.between(EARLIEST, LATEST, inclusive="left")
    flags = frame["flags"].astype("int64") if "flags" in frame else 0
    rows = pd.DataFrame(
        {"series": series, "time": time, "result": result, "value": value + 0.0, "flags": flags}
    )[usable]
    rows = rows.astype({"time": "int64", "result": "int64"}).reset_index(drop=True)
    return rows, int((~usable).sum())


def _utc(times: pd.Series) -> pd.Series:
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        raise TypeError(f"column {times.name} must hold times with a time zone")
    return times.dt.tz_convert("UTC").astype(TIME)


def rank(rows: pd.DataFrame) -> pd.DataFrame:
    """Order rows by series, time and precedence; column ``best`` marks the one kept per key.

    Parameters
    ----------
    rows
        Columns key (a number that orders like the series), time, result, value, flags.
    """
    columns = [rows[name].to_numpy() for name in ("flags", "value", "result", "time", "key")]
    ordered = rows.take(np.lexsort(columns)).reset_index(drop=True)
    key, time = ordered["key"].to_numpy(), ordered["time"].to_numpy()
    more = (key[1:] == key[:-1]) & (time[1:] == time[:-1])
    return ordered.assign(best=~np.append(more, np.zeros(min(1, len(rows)), bool)))


def newest(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per series and time: the newest result, and the batch that first brought it."""
    codes, _ = pd.factorize(frame["series"], sort=True)
    ordered = rank(frame.assign(key=codes))
    if ordered["best"].all():
        return ordered
    batch = ordered.groupby(["key", "time"], sort=False)["batch"].transform("min")
    return ordered.assign(batch=batch)[ordered["best"]]


def wins(kept: pd.DataFrame, known: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each row goes before what is known: by result time, then value, then flags."""
    before, equal = np.zeros(len(kept), bool), np.ones(len(kept), bool)
    for name in ("result", "value", "flags"):
        mine, theirs = kept[name].to_numpy(), known[name].to_numpy()
        before |= equal & (mine > theirs)
        equal &= mine == theirs
    return before


def outcomes(
    ordered: pd.DataFrame, known: pd.DataFrame, won: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> pd.DataFrame:
    """What became of every row: how many per series and outcome [1].

    Parameters
    ----------
    ordered
        As `rank` gives it; its key is the number of the series.
    known
        What was known for the rows that are best, in their order.
    won
        Whether they went before it.
    """
    best = ordered["best"].to_numpy()
    kept = ordered[best]
    fresh = (known["result"] == NEVER).to_numpy()
    same = _equal(kept, known)
    told = np.full(len(ordered), "late", dtype=object)
    told[best] = np.select([fresh, same, won], ["new", "duplicate", "changed"], "late")
    if not best.all():
        winner = kept.set_index(["key", "time"])[["value", "flags"]]
        others = ordered[~best]
        keys = pd.MultiIndex.from_frame(others[["key", "time"]])
        told[~best] = np.where(_equal(others, winner.reindex(keys)), "duplicate", "late")
    marks = pd.DataFrame({name: told == name for name in OUTCOMES})
    return marks.groupby(ordered["key"]).sum()


def _equal(mine: pd.DataFrame, theirs: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    values = mine["value"].to_numpy() == theirs["value"].to_numpy()
    return np.asarray(values & (mine["flags"].to_numpy() == theirs["flags"].to_numpy()))
