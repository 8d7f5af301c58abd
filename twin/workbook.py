"""Tables as a workbook and as CSV files: text stays text whatever it begins with."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import xlsxwriter

from layers.texts import quote_formula
from twin import folder
from twin.languages import ENGLISH
from twin.sentences import NAMES, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


LONGEST: Final = 31
"""Characters that the name of a sheet may have [1]."""


def write(sheets: Mapping[str, pd.DataFrame], target: Path, language: str = ENGLISH) -> list[Path]:
    """Write a workbook with a sheet for each table, and a CSV of each beside it.

    Parameters
    ----------
    sheets
        Name of a sheet to its table; the index is not written.
    target
        The XLSX file; the CSV files have its name and that of their table.
    language
        Of the workbook, one of `twin.languages.known`; the CSV files stay English for machines.

    Returns
    -------
    list of pathlib.Path
        All files, the workbook first.
    """
    folder.write(target, workbook(spoken(sheets, language)))
    paths = [target]
    for name, table in sheets.items():
        path = target.with_name(f"{target.stem}-{name.replace(' ', '-')}.csv")
        folder.write(path, csv(table))
        paths.append(path)
    return paths


def spoken(sheets: Mapping[str, pd.DataFrame], language: str) -> dict[str, pd.DataFrame]:
    """Tables with their names, heads and fixed words in a language; names and figures stay.

    Parameters
    ----------
    sheets
        Name of a sheet to its table, in English.
    language
        One of `twin.languages.known`.
    """
    names = _unlike([str(name) for name in sheets], language, LONGEST)
    return {
        name: pd.DataFrame({
            said: _words(table[head], language)
            for head, said in zip(table, _unlike(list(map(str, table)), language), strict=True)
        })
        for name, table in zip(names, sheets.values(), strict=True)
    }  # fmt: skip


def _unlike(names: Sequence[str], language: str, most: int | None = None) -> list[str]:
    """Names in a language; one that would be there twice stays as it is."""
    found: list[str] = []
    for name in names:
        said = say(name, language)[0][:most]
        found.append(name if said in found else said)
    return found


def _words(values: pd.Series, language: str) -> pd.Series:
    if language == ENGLISH or str(values.name) in NAMES:
        return values
    return values.map(lambda value: say(value, language)[0] if isinstance(value, str) else value)


def csv(table: pd.DataFrame) -> bytes:
    """A table as text that no spreadsheet takes for a formula."""
    plain = pd.DataFrame({name: [_cell(value) for value in table[name]] for name in table})
    quoted = plain.map(lambda value: _text(value) if isinstance(value, str) else value)
    return str(quoted.to_csv(index=False, lineterminator="\n")).encode("utf-8-sig")


def _text(value: str) -> str:
    """A cell that begins no formula and ends no row: a bare carriage return would stand unquoted."""
    return quote_formula(value).replace("\r\n", "\n").replace("\r", "\n")


def workbook(sheets: Mapping[str, pd.DataFrame]) -> bytes:
    """Sheets of a workbook, the same bytes for the same tables."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"created": pd.Timestamp(2000, 1, 1).to_pydatetime()})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        whole = book.add_format({"num_format": "#,##0"})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(len(table), 1), max(table.shape[1] - 1, 0))
            sheet.write_row(0, 0, list(table.columns), bold)
            for number, column in enumerate(table.columns):
                values = [_cell(value) for value in table[column]]
                large = any(isinstance(one, float) and abs(one) >= 1000.0 for one in values)  # noqa: PLR2004 - four digits want a separator
                sheet.write_column(1, number, values, whole if large else None)
            sheet.autofit(max_width=220)
    return stream.getvalue()


def _cell(value: Any) -> Any:
    """A value as a cell; nothing where it is missing or without bound."""
    if pd.isna(value) or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
