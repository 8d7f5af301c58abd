"""Rows of a register as rows of a table of their own: meters, dwellings, prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from layers import headers
from twin import work_costs
from twin.city import schema
from twin.matching import MATCHED, UNMATCHED

if TYPE_CHECKING:
    from twin.city import City

DAY: Final = len("2024-12-31")
"""Letters of a date without a time [1]."""

TIMES: Final = ("start", "end")


def rows_of(
    city: City, kind_name: str, register: pd.DataFrame, matches: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows as the City's table has them, and the matches without those that it cannot take.

    Parameters
    ----------
    city
        The City, for its time zone.
    kind_name
        Kind of register.
    register
        Its columns, index row.
    matches
        Index row; columns status, object_id, candidates, reason.

    Returns
    -------
    tuple
        Columns of the table besides id and source, index row; and the matches, in which a row is
        unmatched if a value that the table needs is missing or its hour is not clear.
    """
    kind, fields = headers.kind(kind_name), headers.fields(kind_name)
    table = schema(kind.table)
    frame = pd.DataFrame(register.drop(columns="geometry", errors="ignore"))
    named = {name: fields[name].target or name for name in frame if name in fields}
    frame = frame.rename(columns=named).loc[:, lambda one: ~one.columns.duplicated()]
    frame = frame.assign(building=matches["object_id"], grade=kind.grade)
    unclear = pd.Series(data=False, index=frame.index)
    if set(TIMES) <= set(table.names):
        frame, unclear = _universal(frame, city.timezone)
    columns = {c.name: c for c in table.columns if c.name != "source"}
    facts: dict[str, Any] = {
        name: frame[name].astype(column.dtype) if name in frame
        else pd.Series(None, frame.index, dtype=column.dtype)
        for name, column in columns.items()
    }  # fmt: skip
    done = pd.DataFrame(facts, index=frame.index)
    needed = [name for name, column in columns.items() if not column.nullable]
    matches = _refused(matches, unclear, f"this hour comes twice or never in {city.timezone}; "
                                         "state the offset from UTC")  # fmt: skip
    for name in needed:
        matches = _refused(matches, done[name].isna(), f"no {name} is stated")
    if kind.table == work_costs.OWN:
        told = [
            work_costs.wrong_basis(*one) for one in zip(done["work"], done["unit"], strict=True)
        ]
        for wrong in sorted(set(told) - {""}):
            matches = _refused(matches, pd.Series(told, done.index) == wrong, wrong)
    return done, matches


def _refused(matches: pd.DataFrame, bad: pd.Series, reason: str) -> pd.DataFrame:
    rows = matches.index[bad & (matches["status"] == MATCHED)]
    done = matches.copy()
    done.loc[rows, ["status", "object_id", "candidates"]] = [UNMATCHED, "", ""]
    done.loc[rows, "reason"] = reason
    return done


def _universal(frame: pd.DataFrame, zone: str) -> tuple[pd.DataFrame, pd.Series]:
    """Times in UTC, days as they are; and the rows whose begin is no clear local time.

    An end that is not clear lies as long after the begin as the clock says.
    """
    timed = (frame["start"].str.len() > DAY) | (frame["end"].str.len() > DAY)
    if not timed.any():
        return frame, pd.Series(data=False, index=frame.index)
    begin, end = (_utc(frame.loc[timed, name], zone) for name in TIMES)
    nominal = _clock(frame.loc[timed, "end"]) - _clock(frame.loc[timed, "start"])
    end = end.where(end.notna(), begin + nominal)
    done = frame.copy()
    for name, times in (("start", begin), ("end", end)):
        text = times.dt.strftime("%Y-%m-%dT%H:%M:%SZ").astype("str")
        done.loc[timed, name] = text
    unclear = pd.Series(data=False, index=frame.index)
    unclear[timed] = begin.isna() | end.isna()
    return done, unclear


def _clock(texts: pd.Series) -> pd.Series:
    """What the clock on the wall shows."""
    return pd.to_datetime(
        texts.str.replace(r"(?:Z|[+-]\d\d:\d\d)$", "", regex=True), format="ISO8601"
    )


def _utc(texts: pd.Series, zone: str) -> pd.Series:
    """Times in UTC; missing where a local time comes twice or never."""
    stated = texts.str.contains(r"(?:Z|T.*[+-]\d\d:\d\d)$", regex=True)
    local = _clock(texts).dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    known = pd.to_datetime(texts.where(stated), format="ISO8601", utc=True)
    return known.where(stated, local.dt.tz_convert("UTC"))


def with_rows(city: City, table: str, rows: pd.DataFrame, source: str) -> City:
    """City with rows in a table; those of the same source are replaced.

    Parameters
    ----------
    city
        The City.
    table
        Table of the City.
    rows
        Its columns besides source; index row of the file.
    source
        Row of the sources table.
    """
    index = pd.Index([f"{source}:{row}" for row in rows.index], dtype="str", name="id")
    new = rows.assign(source=pd.Series(source, rows.index, dtype="str")).set_axis(index)
    old = city.table(table)
    both = pd.concat([old[old["source"] != source], new]) if len(old) else new
    return city.replace(**{table: both})
