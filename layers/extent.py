"""Measure an XML file before a library loads it: nesting, entities, and how far a sheet reaches."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from layers import files

if TYPE_CHECKING:
    from pathlib import Path
    from xml.sax.xmlreader import AttributesImpl

REFERENCE: Final = re.compile(r"([A-Z]{1,4})(\d{1,9})", re.IGNORECASE)
LETTERS: Final = 26


@dataclass
class Extent:
    """How far the cells of a sheet reach.

    Parameters
    ----------
    height, width
        Last row and last column that hold anything [1].
    uncalculated
        Cells whose formula has no stored result.
    errors
        Cells that hold an error such as #N/A [1].
    """

    height: int = 0
    width: int = 0
    uncalculated: list[str] = field(default_factory=list)
    errors: int = 0


def measure(path: Path) -> Extent:
    """Read an XML file once as a stream and tell how far its sheet reaches (0 if it has none).

    Parameters
    ----------
    path
        XLSX part, ODS content or any other XML file.

    Raises
    ------
    ValueError
        If it is not well-formed, declares a document type or entities, or nests too deeply.
    """
    handler = _Cells()
    try:
        defusedxml.sax.parse(str(path), handler, forbid_dtd=True)
    except (DefusedXmlException, SAXException, LookupError, OverflowError) as error:
        raise ValueError(str(error)) from error
    return handler.extent


def column_number(letters: str) -> int:
    """Number of a column by its letters: A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return number


class _Cells(ContentHandler):
    """Follow the cells of XLSX (row, c, f, v) and ODS (table-row, table-cell)."""

    def __init__(self) -> None:
        super().__init__()
        self.extent = Extent()
        self._deepest = files.limit("depth")
        self._depth = self._row = self._column = self._repeat = 0
        self._cell, self._formula, self._value = "", False, False
        self._starts = {
            "row": self._xlsx_row, "c": self._xlsx_cell, "f": self._xlsx_formula,
            "v": self._xlsx_value, "is": self._xlsx_value, "table": self._ods_table,
            "table-row": self._ods_row, "table-cell": self._ods_cell,
            "covered-table-cell": self._ods_cell,
        }  # fmt: skip

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - sax's name
        self._depth += 1
        if self._depth > self._deepest:
            raise ValueError("It nests too deeply.")
        start = self._starts.get(name.rpartition(":")[2])
        if start is not None:
            start({key.rpartition(":")[2]: value for key, value in attrs.items()})

    def endElement(self, name: str) -> None:  # noqa: N802 - sax's name
        self._depth -= 1
        if name.rpartition(":")[2] == "c" and self._formula and not self._value:
            self.extent.uncalculated.append(f"cell {self._cell}")

    def _reach(self, row: int, column: int) -> None:
        self.extent.height = max(self.extent.height, row)
        self.extent.width = max(self.extent.width, column)

    def _xlsx_row(self, attrs: dict[str, str]) -> None:
        self._row = int(attrs["r"]) if "r" in attrs else self._row + 1
        self._column = 0

    def _xlsx_cell(self, attrs: dict[str, str]) -> None:
        match = REFERENCE.fullmatch(attrs.get("r", ""))
        self._row = int(match[2]) if match else self._row
        self._column = column_number(match[1]) if match else self._column + 1
        self._cell = attrs.get("r", f"in row {self._row}")
        self._formula = self._value = False
        self.extent.errors += attrs.get("t") == "e"
        self._reach(self._row, self._column)

    def _xlsx_formula(self, _: dict[str, str]) -> None:
        self._formula = True

    def _xlsx_value(self, _: dict[str, str]) -> None:
        self._value = True

    def _ods_table(self, _: dict[str, str]) -> None:
        self._row = 0

    def _ods_row(self, attrs: dict[str, str]) -> None:
        self._repeat = int(attrs.get("number-rows-repeated", 1))
        self._row, self._column = self._row + self._repeat, 0

    def _ods_cell(self, attrs: dict[str, str]) -> None:
        self._column += int(attrs.get("number-columns-repeated", 1))
        if "value-type" in attrs or "formula" in attrs:
            self._reach(self._row, self._column)
