"""How interventions alter a City: columns set, rows added, measures marked, parameters chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers import tables
from twin.where import members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from layers.schema import Column
    from twin.city import City

ALLOWED = frozenset({"lorries"})
"""Optional permissions that hold where nothing is set."""


def with_values(city: City, table: str, objects: pd.Index, **values: Any) -> City:
    """A City with columns of some objects set, and marked as set by a scenario.

    Parameters
    ----------
    city
        The City to start from.
    table
        Name of the table.
    objects
        Ids of the rows.
    **values
        Column and its new value; a completed column's source becomes ``scenario``, its spread 0.
        An optional column that the table lacks is added, unset for all other rows.
    """
    frame = city.table(table)
    rows = members(frame.index, objects)
    for column, value in values.items():
        if column not in frame.columns:
            frame[column] = unset(table, column, frame.index)
        frame.loc[rows, column] = value
        if column + tables.SOURCE_SUFFIX in frame.columns:
            frame.loc[rows, column + tables.SOURCE_SUFFIX] = "scenario"
            frame.loc[rows, column + tables.SPREAD_SUFFIX] = 0.0
    return city.replace(**{table: frame})


def unset(table: str, column: str, index: pd.Index) -> pd.Series:
    """An optional column in which nothing is set: missing, where yes or no is asked what is usual.

    Parameters
    ----------
    table, column
        Names in the City's contract.
    index
        Rows.
    """
    # Not through `twin.city`: that loads geopandas, and a list of kinds should be there at once.
    contract = next(
        one
        for package in ("twin.data", "layers.data")
        if table in tables.schemas(package)
        for one in tables.schema(table, package).optional
        if one.name == column
    )
    if contract.dtype == "bool":
        return pd.Series(data=column in ALLOWED, index=index, dtype="bool")
    return pd.Series(None if contract.dtype == "str" else np.nan, index=index, dtype=contract.dtype)


def done(frame: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Which objects carry the mark of a measure (objects,).

    Parameters
    ----------
    frame : (objects, columns)
        City table; its optional column measures names what was done, parted by blanks.
    name
        Id of the measure.
    """
    if "measures" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.array([name in str(one).split() for one in frame["measures"].fillna("")], dtype=bool)


def noted(frame: pd.DataFrame, name: str) -> list[str]:
    """Marks of objects with one measure more (objects,).

    Parameters
    ----------
    frame : (objects, columns)
        Rows of a City table.
    name
        Id of the measure.
    """
    old = frame["measures"].fillna("") if "measures" in frame else pd.Series("", index=frame.index)
    return [f"{one} {name}".strip() for one in old]


def new_rows(city: City, table: str, ids: Sequence[str | int], **columns: Any) -> pd.DataFrame:
    """Rows of a table for new objects: what is not given is empty, zero, or set by the scenario.

    Parameters
    ----------
    city
        The City that they will stand in.
    table
        Name of the table.
    ids
        Ids of the new objects.
    **columns
        Values; geometry in the CRS of the City.
    """
    from twin.city import schema

    like = city.table(table).iloc[:0]
    contracts = {one.name: one for one in (*schema(table).columns, *schema(table).optional)}
    index = pd.Index(list(ids), dtype=like.index.dtype, name=like.index.name)
    frame = like.reindex(index)
    for name in like.columns:
        value = columns.get(name, _usual(name, contracts[name]) if name in contracts else None)
        dtype = like[name].dtype
        frame[name] = pd.Series(value, index=index, dtype=object if name == "geometry" else dtype)
    return frame.set_geometry("geometry", crs=city.crs) if "geometry" in like else frame


def _usual(name: str, column: Column) -> Any:
    """What a column of a new object holds when nothing is said."""
    if name.endswith(tables.SOURCE_SUFFIX):
        return "scenario"
    if name in {"inside", "state"}:
        return {"inside": True, "state": "new"}[name]
    if column.nullable:
        return np.nan if column.dtype == "float64" else None
    return {"str": "", "bool": False, "int64": 0, "float64": 0.0}.get(column.dtype)


def with_parameter(city: City, name: str, value: float, unit: str) -> City:
    """A City with one of its parameters set by a scenario.

    Parameters
    ----------
    city
        The City to start from.
    name
        Dotted name, as ``mobility.electric_share``.
    value, unit
        Its new value and unit.
    """
    frame = city.table("parameters")
    frame.loc[name] = {"value": repr(float(value)), "unit": unit, "source": "scenario"}
    return city.replace(parameters=frame)
