"""Read CSV, XLSX and ODS of strangers into rows of cells, bounded and without running anything."""

from __future__ import annotations

import codecs
import csv
import zipfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from layers import archive, extent, files
from layers.errors import Fault, InputError
from layers.texts import clip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT: Final = frozenset({".csv", ".tsv", ".txt"})
BOOKS: Final = frozenset({".xlsx", ".xlsm", ".ods"})
PARTS: Final = (".xml", ".rels", "mimetype")
"""Members of a spreadsheet that hold cells; pictures and macros are left out."""

DELIMITERS: Final = ";\t,|"
AGAIN: Final = "Open it, save it again and try once more."
SAMPLE: Final = 50
"""Lines of a CSV from which its delimiter is told [1]."""

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Cells:
    """A sheet as it stands in the file.

    Parameters
    ----------
    rows
        Cells by row, each a text, number, yes/no or date; empty ones are "".
    numbers
        Row number of each row as the user sees it [1].
    sheet
        Name of the sheet, empty for CSV.
    mark
        Decimal mark that the file suggests, or "".
    errors
        Cells of the whole file that hold a spreadsheet error and are read as empty [1].
    """

    rows: list[list[Any]]
    numbers: list[int]
    sheet: str = ""
    mark: str = ""
    errors: int = 0


def read(path: Path, *, encoding: str | None = None) -> list[Cells]:
    """Read all sheets that hold anything.

    Parameters
    ----------
    path
        A file that `files.checked` has passed.
    encoding
        Encoding of a CSV; otherwise its byte order mark, UTF-8 or cp1252, in this order.

    Raises
    ------
    InputError
        If it is damaged, too large, or its rows do not hang together.
    """
    found = [_csv(path, encoding)] if path.suffix.lower() in TEXT else _book(path)
    found = [cells for cells in found if cells.rows]
    if not found:
        raise InputError(path.name, "", "It holds no cells.", "Export it again.")
    return found


def _csv(path: Path, encoding: str | None) -> Cells:
    text = _decoded(path, encoding)
    if "\0" in text:
        raise InputError(path.name, "", "It is not a text file.", "Export it as CSV again.")
    delimiter = _delimiter(text)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    rows, numbers, start, cells = [], [], 1, 0
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(_trimmed([cell.strip() for cell in row]))
                numbers.append(start)
            start, cells = reader.line_num + 1, cells + len(row)
            _bound(path, cells, max(len(row), 1))
    except csv.Error as error:
        raise InputError(path.name, f"line {start}", "The line cannot be taken apart.",
                         "Look for a quotation mark that is never closed.") from error  # fmt: skip
    return Cells(rows, numbers, mark="," if delimiter == ";" else "")


def _decoded(path: Path, encoding: str | None) -> str:
    data = files.text_bytes(path)
    marked = next((name for mark, name in MARKS if data.startswith(mark)), None)
    for name in (encoding,) if encoding else (marked,) if marked else ("utf-8", "cp1252"):
        try:
            return data.decode(str(name))
        except LookupError as error:
            raise InputError(path.name, "", f"There is no encoding {clip(str(name))}.",
                             "Use utf-8, cp1252 or another known name.") from error  # fmt: skip
        except (UnicodeError, ValueError) as error:
            fault = error
    place = f"byte {fault.start}" if isinstance(fault, UnicodeDecodeError) else ""
    raise InputError(path.name, place, "The letters cannot be read.",
                     "Save it as UTF-8, or name the encoding with --encoding.")  # fmt: skip


def _delimiter(text: str) -> str:
    """Delimiter that gives the most lines the same number of cells, more than one."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:SAMPLE]

    def agreement(delimiter: str) -> tuple[int, int]:
        try:
            widths = Counter(len(_trimmed(row)) for row in csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            return 0, 0
        return max(((n, width) for width, n in widths.items() if width > 1), default=(0, 0))

    return max(DELIMITERS, key=agreement)


def _trimmed(row: list[Any]) -> list[Any]:
    end = len(row)
    while end and row[end - 1] == "":
        end -= 1
    return row[:end]


def _bound(path: Path, cells: int, width: int) -> None:
    if cells > files.limit("cells") or width > files.limit("columns"):
        raise InputError(path.name, "", "The sheet is too large.",
                         f"At most {files.limit('cells')} cells and {files.limit('columns')} "
                         "columns are read; delete what is not needed.")  # fmt: skip


def _book(path: Path) -> list[Cells]:
    try:
        with _repacked(path) as (safe, errors), CalamineWorkbook.from_path(str(safe)) as book:
            return [_sheet(book, name, errors) for name in book.sheet_names]
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise InputError(path.name, "", "The spreadsheet is damaged.",
                         AGAIN) from error  # fmt: skip


def _sheet(book: CalamineWorkbook, name: str, errors: int) -> Cells:
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    kept = [(n, _trimmed([_cell(cell) for cell in row])) for n, row in enumerate(rows, 1)]
    kept = [(n, row) for n, row in kept if row]
    return Cells([row for _, row in kept], [n for n, _ in kept], name, errors=errors)


def _cell(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell


@contextmanager
def _repacked(path: Path) -> Iterator[tuple[Path, int]]:
    """Pack the counted and measured members anew: calamine sees nothing that was not checked."""
    bounds = archive.Limits(members=files.limit("members"))
    with archive.unpacked_tree(path, suffixes=PARTS, limits=bounds) as folder:
        members = [member for member in sorted(folder.rglob("*")) if member.is_file()]
        errors = sum(_measure(path, member) for member in members if member.name != "mimetype")
        safe = folder / f"checked{path.suffix.lower()}"
        with zipfile.ZipFile(safe, "w", zipfile.ZIP_STORED) as packed:
            for member in members:
                packed.write(member, member.relative_to(folder).as_posix())
        yield safe, errors


def _measure(path: Path, member: Path) -> int:
    """Refuse a sheet that is small on disk and huge in memory, or that was never calculated.

    Two cells in opposite corners of an XLSX make calamine ask for all 17 billion between them.
    """
    try:
        found = extent.measure(member)
    except ValueError as error:
        raise InputError(path.name, member.name, "The spreadsheet is damaged.", AGAIN) from error
    _bound(path, found.height * found.width, found.width)
    if found.uncalculated:
        advice = "Open the file in a spreadsheet program and save it, so that results are stored."
        raise InputError.of(path.name, [
            Fault(cell, "The formula has no stored result.", advice) for cell in found.uncalculated
        ])  # fmt: skip
    return found.errors
