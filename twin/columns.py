"""Words, unit and colours of every result column, so that maps and reports say the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from layers import tables
from layers.errors import Fault, InputError
from twin import languages
from twin.grammar import near

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

LANGUAGES: Final = languages.LANGUAGES
"""Languages in which every title is there, ISO 639-1."""

PALETTES: Final = ("viridis", "batlow", "vik")
"""Colour maps that stay readable for colour-blind people and in grey."""

QUANTILE: Final = "quantile"
"""Breaks that are computed from the values shown."""

_FILE: Final = "columns.csv"


@dataclass(frozen=True)
class ResultColumn:
    """One result column as people read it.

    Parameters
    ----------
    table, column
        Table of the City that the figures belong to, and name of the column.
    titles
        Language (ISO 639-1) to short title.
    unit
        Unit as printed; ``1`` for a dimensionless number.
    palette
        viridis, batlow or vik.
    breaks
        Rising class limits [unit]; empty: quantiles of the values shown.
    good_direction
        ``low`` or ``high`` values are the better ones; ``none``: neither.
    decimals
        Decimals to print [1].
    description
        One sentence for a citizen.
    """

    table: str
    column: str
    titles: Mapping[str, str]
    unit: str
    palette: str
    breaks: tuple[float, ...]
    good_direction: Literal["low", "high", "none"]
    decimals: int
    description: str

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise InputError.of(_FILE, faults)

    def title(self, language: str = "en") -> str:
        """Title in a language (ISO 639-1); English where the language is not kept."""
        english = self.titles["en"]
        return self.titles.get(language) or languages.added(language).get(english, english)

    def described(self, language: str = "en") -> tuple[str, str]:
        """Description in a language, and the language that it is in: English where none is kept."""
        said = _descriptions().get(self.description, {}).get(language, "")
        said = said or languages.added(language).get(self.description, "")
        return (said, language) if said else (self.description, "en")

    def text(self, value: float) -> str:
        """Print a value with its decimals and unit; a missing value says so."""
        if not math.isfinite(value):
            return "not computed"
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{value:,.{self.decimals}f}{unit}"


def _faults(row: ResultColumn) -> Iterable[Fault]:
    place = f"{row.table}.{row.column}"
    untitled = [language for language in LANGUAGES if not row.titles.get(language)]
    if untitled:
        yield Fault(place, f"has no title in {', '.join(untitled)}.", "Write one.")
    if not row.unit:
        yield Fault(place, "has no unit.", "Write 1 if it has none.")
    if row.palette not in PALETTES:
        yield Fault(place, f"palette {row.palette!r} is not known.", f"Use {', '.join(PALETTES)}.")
    if row.good_direction not in {"low", "high", "none"}:
        yield Fault(place, f"good_direction {row.good_direction!r}.", "Use low, high or none.")
    if any(not low < high for low, high in pairwise(row.breaks)):
        yield Fault(place, "breaks do not rise.", "Sort them.")
    if row.decimals < 0:
        yield Fault(place, "decimals below zero.", "Use 0 or more.")
    if not row.description:
        yield Fault(place, "has no description.", "Write one plain sentence.")


@cache
def _descriptions() -> Mapping[str, Mapping[str, str]]:
    """English description to its translations."""
    rows = tables.load("column_descriptions", "twin.data").fillna("")
    return {str(row["en"]): row for row in rows.to_dict("records")}


@cache
def catalogue() -> Mapping[tuple[str, str], ResultColumn]:
    """All result columns by (table, column), in the order of the file."""
    rows = tables.load("columns", "twin.data").fillna("")
    return MappingProxyType(
        {(row.table, row.column): row for row in map(_row, rows.to_dict("records"))}
    )


def _row(cells: Mapping[Any, Any]) -> ResultColumn:
    text = {key: str(value) for key, value in cells.items()}
    breaks = () if text["breaks"] == QUANTILE else tuple(map(float, text["breaks"].split()))
    return ResultColumn(
        table=text["table"],
        column=text["column"],
        titles=MappingProxyType({language: text[f"title_{language}"] for language in LANGUAGES}),
        unit=text["unit"],
        palette=text["palette"],
        breaks=breaks,
        good_direction=cast("Literal['low', 'high', 'none']", text["good_direction"]),
        decimals=int(text["decimals"]),
        description=text["description"],
    )


def get(table: str, column: str) -> ResultColumn:
    """Words and colours of one result column.

    Raises
    ------
    InputError
        If no such column is described; names those that come near.
    """
    found = catalogue().get((table, column))
    if found is None:
        raise _unknown(f"{table}.{column}", [f"{one}.{other}" for one, other in catalogue()])
    return found


def find(column: str) -> list[ResultColumn]:
    """Every table's column of that name, in the order of the file.

    Parameters
    ----------
    column
        Name (``co2``), or table and name (``streets.co2``).

    Raises
    ------
    InputError
        If no such column is described; names those that come near.
    """
    found = [
        row for (table, name), row in catalogue().items() if column in {name, f"{table}.{name}"}
    ]
    if not found:
        raise _unknown(column, sorted({name for _, name in catalogue()}))
    return found


def undescribed(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Columns of result tables that no row describes, as ``table.column``."""
    names = ((table, str(name)) for table, frame in frames.items() for name in frame.columns)
    return [f"{table}.{name}" for table, name in names if (table, name) not in catalogue()]


def _unknown(name: str, names: Iterable[str]) -> InputError:
    return InputError("result columns", name, "is not a result column.", near(name, list(names)))
