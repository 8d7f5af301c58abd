"""Turn the cells of a recognised column into values, and say of every cell why it could not be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers import tables, texts, units
from layers.texts import clip, fold, is_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.headers import Heading


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
            values.append(None if is_missing(cell) else reader(cell))
        except ValueError as error:
            values.append(None)
            faults.append(CellFault(int(row), heading.theirs, f"{error}."))
    dtype = "str" if heading.field.dtype in {"str", "word"} else "float64"
    return pd.Series(values, index=cells.index, name=heading.field.column, dtype=dtype), faults


def _reader(
    cells: pd.Series, heading: Heading, mark: str, words: Mapping[tuple[str, str], str]
) -> Callable[[Any], str | float]:
    field = heading.field
    if field.dtype == "str":
        return texts.plain
    if field.dtype == "word":
        return lambda cell: _word(cell, field.column, words)
    used = texts.common_mark(cell for cell in cells if isinstance(cell, str)) or mark
    return lambda cell: _bounded(_value(cell, heading, used), heading)


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
    """Folded words of five languages for the values of a column, and what they mean here."""
    rows = tables.load("register_words")
    rows = rows[rows["column"] == column]
    ours = {str(value) for value in rows["value"]} | set(_own(column))
    return {fold(word): word for word in ours} | {
        fold(str(row.word)): str(row.value) for row in rows.itertuples()
    }


def _own(column: str) -> list[str]:
    """Values that the project's own tables allow in a column."""
    if column == "use":
        return [str(use) for use in tables.load("uses")["use"]]
    return ["mix"] if column == "heating" else []


def _word(cell: Any, column: str, words: Mapping[tuple[str, str], str]) -> str:
    text = texts.plain(cell)
    known = vocabulary(column)
    found = words.get((column, fold(text))) or known.get(fold(text))
    if found is None:
        raise ValueError(f"the word {clip(text)} is not known for {column}")
    if found not in known.values():
        raise ValueError(f"{clip(text)} is mapped to {clip(found)}, which is no {column}")
    return found
