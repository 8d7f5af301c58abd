"""What the cells of one row of a register say together: codes in pairs, periods, values that say nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import pandas as pd

from layers import headers, tables
from layers.cells import CellFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.drops import Drops

LENGTHS: Final = {"quarter": "15min", "hour": "1h", "day": "1D"}
"""Lengths of a period that are the same everywhere, as pandas names them."""

TOLD: Final = ("carrier", "meter_year", "start", "end", "length")
"""Columns that a metered period is told by."""

DAY: Final = len("2024-12-31")
"""Letters of a date without a time [1]."""


def apply(kind: str, values: pd.DataFrame, drops: Drops) -> pd.DataFrame:
    """Leave out what says nothing and rows that do not count, and join codes that belong together.

    Parameters
    ----------
    kind
        Kind of register.
    values
        Our columns, index row number.
    drops
        Receives the count of rows that were left out and of codes that could not be joined.
    """
    kept = _counting(kind, _silenced(kind, values), drops)
    return _one_year(kind, _joined(kind, kept, drops))


def _silenced(kind: str, values: pd.DataFrame) -> pd.DataFrame:
    """Without numbers that stand for something not known, such as the year 1000 in BBR."""
    rows = tables.load("register_silent")
    done = values.copy()
    for row in rows[rows["kind"] == kind].itertuples():
        if row.column in done:
            done[row.column] = done[row.column].where(done[row.column] != float(row.value))
    return done


def _counting(kind: str, values: pd.DataFrame, drops: Drops) -> pd.DataFrame:
    """Rows whose state is one that counts; a state that is not stated counts."""
    rows = tables.load("register_states")
    kept = values
    for row in rows[rows["kind"] == kind].itertuples():
        if row.column not in kept:
            continue
        state = kept[row.column]
        other = state.notna() & ~state.isin(str(row.value).split("|"))
        drops.lose(
            kind, f"{row.column} is not {row.title}", [f"row {n}" for n in kept.index[other]]
        )
        kept = kept[~other]
    return kept


@cache
def _pairs(kind: str) -> tuple[tuple[str, ...], ...]:
    rows = tables.load("register_pairs").fillna("")
    rows = rows[rows["kind"] == kind].drop(columns=["kind", "source"]).astype(str)
    return tuple(tuple(row) for row in rows.itertuples(index=False))


def _joined(kind: str, values: pd.DataFrame, drops: Drops) -> pd.DataFrame:
    """Columns that two codes decide together; the first pair that fits counts."""
    done = values.copy()
    for target in dict.fromkeys(pair[0] for pair in _pairs(kind)):
        pairs = [pair[1:] for pair in _pairs(kind) if pair[0] == target]
        first, second = pairs[0][0], pairs[0][2]
        if first not in done and second not in done:
            continue
        empty = pd.Series(None, done.index, dtype="str")
        codes = done.get(first, empty).fillna(""), done.get(second, empty).fillna("")
        found = [_pair(pairs, a, b) for a, b in zip(*codes, strict=True)]
        done[target] = pd.Series([one or None for one in found], done.index, dtype="str")
        torn = [f"row {n}" for n, one in zip(done.index, found, strict=True) if one is None]
        drops.note(kind, f"{first} and {second} together do not tell the {target}", torn)
    return done


def _pair(pairs: Sequence[tuple[str, ...]], a: str, b: str) -> str | None:
    """Value of a pair of codes; "" if neither is stated, None if they do not decide it."""
    if not a and not b:
        return ""
    fits = (value for _, one, _, other, value in pairs if one in {a, "*"} and other in {b, "*"})
    return next(fits, None)


def _one_year(kind: str, values: pd.DataFrame) -> pd.DataFrame:
    """Year of construction where the range that a register states is a single year."""
    ends = {f.target: f.column for f in headers.fields(kind).values()}
    first, last = (values.get(ends.get(name, "")) for name in ("year_earliest", "year_latest"))
    if first is None or last is None:
        return values
    return values.assign(year=last.where(first == last))


def periods(kind: str, values: pd.DataFrame) -> tuple[pd.DataFrame, list[CellFault]]:
    """Begin and end of every metered period, and the rows that do not tell them.

    A year, a begin and an end, or a begin and a length will do.

    Parameters
    ----------
    kind
        Kind of register; one without a metered table is returned as it is.
    values
        Columns of the register.
    """
    if headers.kind(kind).table != "metered":
        return values, []
    told = {name: _told(values, name) for name in TOLD}
    bounds = headers.fields(kind)["meter_year"]
    found, faults = [], []
    for number, row in enumerate(values.index):
        try:
            ends = _period({name: texts[number] for name, texts in told.items()})
            if not bounds.lower <= int(ends[0][:4]) <= bounds.upper:
                raise ValueError(f"{ends[0]} lies outside {bounds.lower:g} to {bounds.upper:g}")  # noqa: TRY301 - counted like the others
            found.append(ends)
        except ValueError as error:
            faults.append(CellFault(int(row), "start", f"{error}."))
            found.append(("", ""))
    table = pd.DataFrame(found, index=values.index, columns=["start", "end"], dtype="str")
    bare = values.drop(columns=["meter_year", "length"], errors="ignore")
    return bare.assign(start=table["start"], end=table["end"]), faults


def _told(values: pd.DataFrame, name: str) -> list[str]:
    """Cells of a column as text, empty where it says nothing."""
    if name not in values:
        return [""] * len(values)
    cells = values[name]
    if name == "meter_year":
        return [f"{cell:.0f}" if cell == cell else "" for cell in cells]  # noqa: PLR0124 - NaN
    return [str(cell) for cell in cells.fillna("")]


def _period(told: dict[str, str]) -> tuple[str, str]:
    if not told["carrier"]:
        raise ValueError("no carrier is stated")
    if told["start"] and told["end"]:
        ends = told["start"], told["end"]
    elif told["start"] and told["length"]:
        ends = told["start"], _after(told["start"], told["length"])
    elif told["meter_year"] and not told["start"]:
        ends = f"{told['meter_year']}-01-01", f"{int(told['meter_year']) + 1}-01-01"
    else:
        raise ValueError("the period is not clear; state a year, or a begin and an end or a length")
    begin, end = (pd.Timestamp(text) for text in ends)
    if (begin.tzinfo is None) != (end.tzinfo is None):
        raise ValueError("one end of the period states its offset from UTC, the other does not")
    if not begin < end:
        raise ValueError("the period ends before it begins")
    return ends


def _after(start: str, length: str) -> str:
    begin = pd.Timestamp(start)
    step = LENGTHS.get(length)
    months = {"month": 1, "year": 12}.get(length, 0)
    end = begin + (pd.Timedelta(step) if step else pd.DateOffset(months=months))
    whole = len(start) == DAY and end == end.normalize()
    return str(end.date().isoformat() if whole else end.isoformat())
