"""Lay what a register says over the buildings, with what was there before kept beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from layers import headers, units
from layers.errors import InputError
from layers.tables import SOURCE_SUFFIX, SPREAD_SUFFIX
from twin.city import schema

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from pandas.api.typing import SeriesGroupBy

GRADE: Final = "register"
STRICT: Final = ("protected", "restricted", "unknown", "free")
"""States of protection, the one that binds most first."""
OSM_SUFFIX: Final = "_osm"
COLUMN_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")


def combine(
    frame: pd.DataFrame, owners: pd.Series, kind: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Values per object from the rows that belong to it.

    Parameters
    ----------
    frame
        Matched rows.
    owners
        Object of each row.
    kind
        Kind of register; its columns say how rows combine: additive ones are summed, others must
        agree.

    Returns
    -------
    tuple
        Table by object with the City's columns, and what was left out because rows disagree.
    """
    fields = headers.fields(kind)
    values, notes = {}, []
    for name in (c for c in frame if c in fields and fields[c].combine):
        field = fields[name]
        if not field.target:
            continue
        if field.combine in RULES:
            values[field.target] = RULES[field.combine](frame[name].groupby(owners.rename(None)))
            continue
        rows = _latest(frame, owners, kind) if field.combine == "latest" else frame.index
        values[field.target], torn = _agreed(
            frame.loc[rows, name].groupby(owners[rows].rename(None))
        )
        if torn:
            ids = ", ".join(torn[:5])
            notes.append(f"{len(torn)} buildings have rows that disagree about {name}: {ids}.")
    sets = headers.kind(kind).sets
    if sets:
        column, _, value = sets.partition("=")
        values[column] = pd.Series(value, pd.Index(owners.unique(), dtype="str"), dtype="str")
    return pd.DataFrame(values), tuple(notes)


def _strictest(groups: SeriesGroupBy) -> pd.Series:
    """Protection on which no row may be overruled: protected, else unknown, else free."""
    order = dict(zip(STRICT, range(len(STRICT)), strict=True))
    ranks = groups.agg(lambda states: min(states.dropna().map(order), default=None))
    return ranks.map(dict(enumerate(STRICT))).astype("str")


def _latest(frame: pd.DataFrame, owners: pd.Series, kind: str) -> pd.Index:
    """Rows of the latest date of each object; rows without a date count if none has one."""
    fields = headers.fields(kind)
    dates = [c for c in frame if c in fields and fields[c].dtype in {"time", "year"}]
    if not dates:
        return frame.index
    told = frame[dates[0]].astype("str").fillna("")
    return frame.index[told == told.groupby(owners).transform("max")]


RULES: Final[dict[str, Callable[[SeriesGroupBy], pd.Series]]] = {
    "sum": lambda groups: groups.sum(min_count=1),
    "max": lambda groups: groups.max(),
    "min": lambda groups: groups.min(),
    "strictest": _strictest,
}
"""How rows of one object become one value; all other rules ask that they agree."""


def point_values(
    frame: pd.DataFrame, owners: pd.Series, column: str, file: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Values of points as one building column; amounts of one unit are summed.

    Parameters
    ----------
    frame
        Matched points with value and unit.
    owners
        Building of each matched row.
    column
        Name of the new column.
    file
        Name for messages.

    Raises
    ------
    InputError
        If the name is not usable or the rows measure different things.
    """
    if not COLUMN_NAME.fullmatch(column) or column in schema("buildings").names:
        raise InputError(file, f"column {column[:64]}", "The name cannot be used.",
                         "Take small letters, digits and _, and no column of the City.")  # fmt: skip
    measured = [name for name in ("unit", "quantity") if name in frame]
    kinds = frame[measured].drop_duplicates()
    if len(kinds) > 1:
        raise InputError(file, "columns unit and quantity",
                         f"The rows measure {len(kinds)} different things.",
                         "Attach one at a time, or leave --column out.")  # fmt: skip
    unit = str(kinds["unit"].iloc[0])
    groups = frame["value"].groupby(owners.rename(None))
    if units.is_additive(unit):
        return pd.DataFrame({column: groups.sum(min_count=1)}), (f"{column} is in {unit}.",)
    agreed, torn = _agreed(groups)
    notes = [f"{column} is in {unit}."]
    if torn:
        notes.append(f"{len(torn)} buildings have several values in {unit}, which is no amount.")
    return pd.DataFrame({column: agreed}), tuple(notes)


def _agreed(groups: SeriesGroupBy) -> tuple[pd.Series, list[str]]:
    """Value of each object on which its rows agree, and the objects on which they do not."""
    torn = groups.min() != groups.max()
    torn &= groups.count() > 0
    return groups.first().where(~torn), [str(name) for name in torn.index[torn]]


def overlay(
    before: gpd.GeoDataFrame, values: pd.DataFrame, grade: str = GRADE
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Lay register values over a table.

    Parameters
    ----------
    before
        Buildings.
    values
        Values by building id; missing ones change nothing.
    grade
        What they are worth (``grades.csv``).

    Returns
    -------
    tuple
        New table, and per column the counts ``set`` and ``differ`` (from OpenStreetMap) [1].
    """
    done, figures, completed = before.copy(), {}, completed_columns()
    for name in values.columns:
        new = values[name].reindex(before.index)
        given = new.notna()
        old = before[name] if name in before else pd.Series(None, before.index, dtype=new.dtype)
        differs = given & _mapped(before, name) & old.notna() & (old != new)
        done[name] = old.where(~given, new)
        if name in completed:
            done[name + SOURCE_SUFFIX] = before[name + SOURCE_SUFFIX].where(~given, grade)
            done[name + SPREAD_SUFFIX] = before[name + SPREAD_SUFFIX].where(~given, 0.0)
        elif name not in schema("buildings").names:
            done[name + SOURCE_SUFFIX] = pd.Series(grade, before.index, dtype="str").where(given)
        if differs.any():
            beside = before.get(name + OSM_SUFFIX, pd.Series(None, before.index, dtype=old.dtype))
            done[name + OSM_SUFFIX] = beside.where(~differs | beside.notna(), old)
        figures[name] = {"set": int(given.sum()), "differ": int(differs.sum())}
    return done, {"columns": figures}


def _mapped(before: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Whether a building's value comes from OpenStreetMap."""
    if name + SOURCE_SUFFIX in before:
        return before[name + SOURCE_SUFFIX].eq("osm")
    return pd.Series(name in before, before.index, dtype=bool)


def completed_columns() -> list[str]:
    """Building columns that have a source and a spread beside them."""
    names = schema("buildings").names
    return [name for name in names if name + SOURCE_SUFFIX in names]
