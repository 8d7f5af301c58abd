"""Turn the cells of a recognised column into values, and say of every cell why it could not be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from layers import tables, texts, units
from layers.texts import clip, fold, is_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.headers import Field, Heading


SILENT: Final = "-"
"""Meaning of a word or code that is known and says nothing of use here."""

TEXTS: Final = frozenset({"str", "word", "time", "wkt"})
"""Kinds of columns that are kept as text."""


@dataclass(frozen=True)
class CellFault:
    """A cell that cannot be used: its row number, its column as the file names it, and why."""

    row: int
    column: str
    reason: str


def convert(
    cells: pd.Series, heading: Heading, *, mark: str, words: Mapping[tuple[str, str], str]
) -> tuple[pd.Series, list[CellFault]]:
    """Values of one column in our unit, missing where a cell cannot be used.

    Parameters
    ----------
    cells
        Cells as read, index row number.
    heading
        What the column is.
    mark
        Decimal mark, where the column itself does not decide it.
    words
        The user's words: (our column, their word folded) to our word.

    Returns
    -------
    tuple
        Values, and the faults in order of rows.
    """
    reader = _reader(cells, heading, mark, words)
    values: list[Any] = []
    faults = []
    for row, cell in zip(cells.index, cells, strict=True):
        try:
            values.append(
                None if is_missing(cell) and not _is_word(cell, heading) else reader(cell)
            )
        except ValueError as error:
            values.append(None)
            faults.append(CellFault(int(row), heading.theirs, f"{error}."))
    dtype = "str" if heading.field.dtype in TEXTS else "float64"
    return pd.Series(values, index=cells.index, name=heading.field.column, dtype=dtype), faults


def _reader(
    cells: pd.Series, heading: Heading, mark: str, words: Mapping[tuple[str, str], str]
) -> Callable[[Any], str | float | None]:
    field = heading.field
    if field.dtype == "str":
        return texts.plain
    if field.dtype == "word":
        return lambda cell: _word(cell, field, words)
    if field.dtype in {"time", "wkt"}:
        return texts.moment if field.dtype == "time" else _point
    used = texts.common_mark(cell for cell in cells if isinstance(cell, str)) or mark
    return lambda cell: _bounded(_value(cell, heading, used), heading)


def _point(cell: Any) -> str:
    """Well-known text of a point, checked."""
    text = texts.plain(cell)
    shape = shapely.from_wkt(text, on_invalid="ignore")
    if shape is None or shape.geom_type != "Point" or shape.is_empty:
        raise ValueError(f"{clip(text)} is not a point")
    return text


def _value(cell: Any, heading: Heading, mark: str) -> float:
    if heading.field.dtype == "year":
        return texts.year(cell)
    if isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool):
        return float(cell) * _factor(heading.unit, heading)
    value, unit = texts.number(str(cell), mark)  # a date or yes/no is no number and says so
    return value * _factor(unit or heading.unit, heading)


def _factor(unit: str, heading: Heading) -> float:
    ours = heading.field.unit
    if ours in {"given", "CRS", "deg"} or not unit:
        if unit and ours in {"CRS", "deg"}:
            raise ValueError(f"{clip(unit)} after the coordinate is not understood")
        return 1.0
    found = units.factor(unit, ours)
    if found is None:
        raise ValueError(f"the unit {clip(unit)} cannot be turned into {ours}")
    return found


def _bounded(value: float, heading: Heading) -> float:
    field = heading.field
    if not math.isfinite(value):
        raise ValueError("the number is not finite")
    if value < field.lower or value > field.upper:
        raise ValueError(
            f"{value:g} lies outside {field.lower:g} to {field.upper:g} [{field.unit}]"
        )
    return value


@cache
def vocabulary(column: str) -> dict[str, str]:
    """Folded words and codes for the values of a column, and what they mean here."""
    rows = tables.load("register_words")
    rows = rows[rows["column"] == column]
    ours = {str(value) for value in rows["value"]} | set(_own(column))
    return {fold(word): word for word in ours - {SILENT}} | {
        fold(str(row.word)): str(row.value) for row in rows.itertuples()
    }


def _own(column: str) -> list[str]:
    """Values that the project's own tables allow in a column."""
    if column == "use":
        return [str(use) for use in tables.load("uses")["use"]]
    if column == "carrier":
        return [str(carrier) for carrier in tables.load("carriers")["carrier"]]
    return ["mix"] if column == "heating" else []


def _is_word(cell: Any, heading: Heading) -> bool:
    """Whether a cell that looks empty is a word of the column's list, such as unknown."""
    field = heading.field
    known = vocabulary(field.words or field.column) if field.dtype == "word" else {}
    return isinstance(cell, str) and bool(fold(cell)) and fold(cell) in known


def _word(cell: Any, field: Field, words: Mapping[tuple[str, str], str]) -> str | None:
    text = texts.plain(cell)
    known = vocabulary(field.words or field.column)
    found = words.get((field.column, fold(text))) or known.get(fold(text))
    if found is None:
        raise ValueError(f"the word {clip(text)} is not known for {field.column}")
    if found not in known.values():
        raise ValueError(f"{clip(text)} is mapped to {clip(found)}, which is no {field.column}")
    return None if found == SILENT else found
