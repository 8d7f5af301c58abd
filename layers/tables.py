"""Load the project's own tables: schemas, grades, defaults; each row with unit and source."""

from __future__ import annotations

from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from layers.schema import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE_SUFFIX = "_source"
SPREAD_SUFFIX = "_spread"


@cache
def load(name: str, package: str = "layers.data") -> pd.DataFrame:
    """Read ``<name>.csv`` of a data package; treat the result as read-only.

    Parameters
    ----------
    name
        File name without ``.csv``; may name a folder inside (``factors/inventory``).
    package
        Package that holds the file.
    """
    path = resources.files(package).joinpath(f"{name}.csv")
    with path.open(encoding="utf-8") as stream:
        return pd.read_csv(stream, comment="#", keep_default_na=False, na_values=[""])


@cache
def figures(name: str, package: str = "layers.data") -> Mapping[str, float]:
    """Figures of a table by the key in its first column, in the unit that stands there.

    Parameters
    ----------
    name, package
        As in `load`.
    """
    rows = load(name, package)
    keys = rows.iloc[:, 0].astype(str)
    return MappingProxyType(dict(zip(keys, rows["value"].astype(float), strict=True)))


@cache
def schemas(package: str = "layers.data") -> dict[str, Table]:
    """All table contracts of ``schema.csv`` in a data package, by table name.

    A column marked ``completed`` brings two companions: ``<column>_source`` (a grade of
    ``grades.csv``) and ``<column>_spread`` (standard deviation in the column's unit, or the
    probability [1] that a text value is wrong). One marked ``optional`` may be absent.
    """
    rows = load("schema", package)
    return {str(name): _table(str(name), part) for name, part in rows.groupby("table", sort=False)}


def schema(name: str, package: str = "layers.data") -> Table:
    """Contract of one table."""
    return schemas(package)[name]


def _table(name: str, rows: pd.DataFrame) -> Table:
    columns: list[Column] = []
    optional: list[Column] = []
    index = None
    for row in rows.to_dict("records"):
        column = Column(
            name=row["column"],
            dtype=row["dtype"],
            unit="" if pd.isna(row["unit"]) else str(row["unit"]),
            lower=float(row["lower"]),
            upper=float(row["upper"]),
            nullable=row["nullable"] == "yes",
            description=row["description"],
            privacy="public" if pd.isna(row.get("privacy")) else str(row["privacy"]),
        )
        if row["role"] == "optional":
            optional.append(column)
            continue
        if row["role"] == "index":
            index = column
            continue
        columns.append(column)
        if row["role"] == "completed":
            columns += _companions(column)
    if index is None:
        raise ValueError(f"schema of {name}: no index column")
    return Table(name, index, tuple(columns), tuple(optional))


def _companions(column: Column) -> tuple[Column, Column]:
    """The source and the spread that stand beside a completed column."""
    number = column.dtype in {"int64", "float64"}
    source = Column(
        name=column.name + SOURCE_SUFFIX,
        dtype="str",
        unit="",
        lower=float("nan"),
        upper=float("nan"),
        nullable=column.nullable,
        description=f"Grade of {column.name} (grades.csv).",
    )
    spread = Column(
        name=column.name + SPREAD_SUFFIX,
        dtype="float64",
        unit=column.unit if number else "1",
        lower=0.0,
        upper=float("nan") if number else 1.0,
        nullable=True,
        description=f"Standard deviation of {column.name}."
        if number
        else f"Probability that {column.name} is wrong.",
    )
    return source, spread


@cache
def grades() -> pd.DataFrame:
    """Sources of values and what they are worth: index source; class, spread rule, map style."""
    return load("grades").set_index("source")


def substitute(country: str, subject: str) -> str | None:
    """Country whose figures stand in for `country` on a subject, or None.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.
    subject
        What is missing: archetypes, factors, speeds, trips.
    """
    rows = load("country_substitutes")
    hit = rows[(rows["country"] == country) & (rows["subject"] == subject)]
    return None if hit.empty else str(hit["substitute"].iloc[0])


def of_country(rows: pd.DataFrame, country: str, subject: str) -> tuple[pd.DataFrame, str]:
    """Rows of a country, else of the one that stands in for it, and whose they are.

    Parameters
    ----------
    rows
        Table with a column country.
    country
        ISO 3166-1 alpha-2 code.
    subject
        What the table is about; see `substitute`.

    Returns
    -------
    rows, country
        No rows and an empty text where neither has any.
    """
    for code in (country, substitute(country, subject)):
        own = rows[rows["country"] == code]
        if code is not None and not own.empty:
            return own, code
    return rows.iloc[:0], ""
