"""Read what a town hall has: spreadsheets, CSV and vector files as one typed table per kind.

Spreadsheets and CSV go through `layers.sheets`, vector files through `layers.vectors`; both end in
rows of cells under their own headers, which `layers.headers` recognises and `layers.cells` turns
into values. A new kind of register is a few rows in ``register_kinds.csv`` and
``register_columns.csv``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers import cells, files, headers, located, rules, sheets, texts, units, vectors
from layers.drops import Drops
from layers.errors import Fault, InputError
from layers.headers import ColumnMap
from layers.schema import Source
from layers.texts import clip, is_missing, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layers.cells import CellFault
    from layers.headers import Heading
    from layers.sheets import Cells

NOT_STATED: Final = "not stated"
VALUES: Final = frozenset({"value", "derived"})
"""Roles of columns that say something of an object."""

TITLE_WIDTH: Final = 2
"""Cells that a row needs to be taken for headers [1]."""


@dataclass(frozen=True)
class Register:
    """A register as read.

    Parameters
    ----------
    frame
        Our columns, index ``row`` = row number in the file; with places a GeoDataFrame in its own
        coordinate system.
    kind
        Kind of register (``register_kinds.csv``).
    source
        Provenance; rows in = kept + refused.
    drops
        Rows and cells that were not kept: columns table, reason, count [1], examples.
    unused
        Columns of the file that were not recognised.
    notes
        What was understood or repaired, in plain sentences.
    """

    frame: pd.DataFrame
    kind: str
    source: Source
    drops: pd.DataFrame
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Raw:
    """A file taken apart: cells under their headers, geometry if it brought any."""

    frame: pd.DataFrame
    mark: str
    geometry: gpd.GeoSeries | None
    notes: tuple[str, ...] = ()


def read(
    path: Path | str,
    *,
    kind: str | None = None,
    columns: Mapping[str, str] | ColumnMap | Path | str | None = None,
    sheet: str | None = None,
    header: int | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    decimal: str = "",
    swap: bool = False,
    lenient: bool = False,
    licence: str = NOT_STATED,
    attribution: str = "",
    reference_date: str = "",
) -> Register:
    """Read a register from XLSX, ODS, CSV, zipped SHP, GPKG, GeoJSON, GML or Parquet.

    Parameters
    ----------
    path
        The file.
    kind
        Kind of register; guessed from its columns if left out.
    columns
        Their columns to ours, or the path of a map file (`headers.read_map`).
    sheet
        Sheet of a spreadsheet, or layer of a vector file, if there are several.
    header
        Number of the row with the headers; looked for if left out.
    crs
        Coordinate system, if the file names none or a wrong one.
    encoding
        Encoding of a CSV or shapefile, if it is not plain.
    decimal
        Decimal mark, where ``1.234`` may be read in two ways.
    swap
        Exchange the axes: the file writes northing before easting.
    lenient
        Leave out cells that cannot be used and count them, instead of refusing the file.
    licence, attribution, reference_date
        What the user knows of the source; the attribution is the line that every map must carry.

    Raises
    ------
    InputError
        If the file cannot be used; all faults of its cells at once.
    """
    file = files.checked(path)
    mapping = _mapping(columns)
    raw = _raw(file, sheet, header, encoding, crs, swap, kind)
    names = [str(name) for name in raw.frame.columns]
    chosen = kind or headers.guess_kind(file.name, [*names, *mapping.names.values()])
    headings = headers.recognise(file.name, names, chosen, mapping)
    values, faults = _values(raw, headings, mapping, decimal)
    faults += _unit_faults(values, headings)
    values, unclear = rules.periods(chosen, values)
    faults += unclear
    drops = Drops()
    _settle(file.name, chosen, faults, drops, lenient=lenient)
    values = rules.apply(chosen, values, drops)
    geometry = None if raw.geometry is None else raw.geometry.loc[values.index]
    frame, notes = located.with_places(file.name, chosen, values, geometry, crs, swap, drops)
    kept = _kept(frame, chosen, drops)
    if kept.empty:
        raise InputError(file.name, "", _why_nothing(headings, names, drops),
                         f"Kind {chosen} needs a key or a place, and a value: "
                         f"{', '.join(headers.fields(chosen))}.")  # fmt: skip
    source = Source(
        headers.kinds()[chosen], file.name, reference_date, licence, attribution, files.digest(file),
        len(raw.frame), len(kept), len(raw.frame) - len(kept),
    )  # fmt: skip
    used = {heading.theirs for heading in headings}
    unused = tuple(name for name in names if name not in used)
    return Register(kept, chosen, source, drops.frame(), unused, (*raw.notes, *notes))


def read_map(path: Path | str) -> ColumnMap:
    """Read a column map (theirs, ours, unit, word); see `layers.headers.read_map`."""
    return headers.read_map(path)


def _mapping(columns: Mapping[str, str] | ColumnMap | Path | str | None) -> ColumnMap:
    if columns is None:
        return ColumnMap()
    if isinstance(columns, ColumnMap):
        return columns
    return headers.read_map(columns) if isinstance(columns, (Path, str)) else ColumnMap(columns)


def _raw(
    file: Path, sheet: str | None, header: int | None, encoding: str | None, crs: str | None,
    swap: bool, kind: str | None,
) -> _Raw:  # fmt: skip
    if file.suffix.lower() in sheets.TEXT | sheets.BOOKS:
        found = sheets.read(file, encoding=encoding)
        return _table(file.name, _sheet(file.name, found, sheet, kind), header, kind)
    frame = vectors.read(file, crs=crs, layer=sheet, encoding=encoding, swap=swap)
    plain_columns = pd.DataFrame(frame.drop(columns=frame.geometry.name)).astype(object)
    return _Raw(plain_columns, "", frame.geometry)


def _sheet(file: str, found: list[Cells], sheet: str | None, kind: str | None) -> Cells:
    """The sheet that was named, the only one, or the only one whose headers are known."""
    named = [cells for cells in found if sheet is None or cells.sheet == sheet]
    if len(named) > 1:
        scores = [max(_scores(cells, kind), default=0) for cells in named]
        named = [cells for cells, score in zip(named, scores, strict=True) if score >= TITLE_WIDTH]
    if len(named) == 1:
        return named[0]
    listed = ", ".join(clip(cells.sheet) for cells in found)
    raise InputError(file, "", f"It has {len(found)} sheets with cells: {listed}.",
                     "Name one of them with --sheet.")  # fmt: skip


def _scores(sheet: Cells, kind: str | None) -> list[int]:
    """Recognised headers of each of the first rows [1]."""
    return [
        max(headers.score([plain(cell) for cell in row], name)
            for name in ([kind] if kind in headers.kinds() else headers.kinds()))
        for row in sheet.rows[: files.limit("header_rows")]
    ]  # fmt: skip


def _header(file: str, sheet: Cells, header: int | None, kind: str | None) -> int:
    """Position of the header row: the named one, the best recognised, or the first wide one."""
    if header is not None:
        if header not in sheet.numbers:
            raise InputError(file, f"row {header}", "There is nothing in this row.",
                             "Name the row with the headers: --header ROW.")  # fmt: skip
        return sheet.numbers.index(header)
    scores = _scores(sheet, kind)
    if max(scores) > 0:
        return int(np.argmax(scores))
    return next((n for n, row in enumerate(sheet.rows) if len(row) >= TITLE_WIDTH), 0)


def _table(file: str, sheet: Cells, header: int | None, kind: str | None) -> _Raw:
    at = _header(file, sheet, header, kind)
    names = _unique([plain(cell) for cell in sheet.rows[at]])
    rows, numbers = sheet.rows[at + 1 :], sheet.numbers[at + 1 :]
    if not rows:
        raise InputError(file, f"row {sheet.numbers[at]}", "There are headers but no rows.",
                         "Export it again.")  # fmt: skip
    wide = [
        Fault(f"row {number}", f"has {len(row)} cells, the header has {len(names)}.")
        for number, row in zip(numbers, rows, strict=True) if len(row) > len(names)
    ]  # fmt: skip
    if wide:
        told = (
            f"{len(wide)} row{'s do' if len(wide) > 1 else ' does'} not fit the header. Look for "
            "mixed delimiters, missing quotation marks or a header row elsewhere (--header ROW)."
        )
        raise InputError.of(file, wide, told)
    short = [row + [""] * (len(names) - len(row)) for row in rows]
    index = pd.Index(numbers, name="row")
    frame = pd.DataFrame(short, columns=names, index=index, dtype=object)
    note = f"Cells with a spreadsheet error such as #N/A, taken as missing: {sheet.errors}."
    return _Raw(frame, sheet.mark, None, (note,) if sheet.errors else ())


def _unique(names: Sequence[str]) -> list[str]:
    """Header texts; empty ones get their column number, repeated ones a counter."""
    seen: Counter[str] = Counter()
    found = []
    for position, name in enumerate(names, 1):
        text = name or f"column {position}"
        seen[text] += 1
        found.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return found


def _values(
    raw: _Raw, headings: Sequence[Heading], mapping: ColumnMap, decimal: str
) -> tuple[pd.DataFrame, list[CellFault]]:
    mark = decimal or _file_mark(raw, headings)
    values, faults = {}, []
    for heading in headings:
        column, wrong = cells.convert(
            raw.frame[heading.theirs], heading, mark=mark, words=mapping.words
        )
        values[heading.field.column] = column
        faults += wrong
    return pd.DataFrame(values, index=raw.frame.index), sorted(faults, key=lambda f: f.row)


def _file_mark(raw: _Raw, headings: Sequence[Heading]) -> str:
    """Decimal mark of the file: that of its columns of numbers together, else its delimiter's."""
    numeric = [h.theirs for h in headings if h.field.dtype == "float64"]
    found = texts.common_mark(
        cell for name in numeric for cell in raw.frame[name] if isinstance(cell, str)
    )
    return found or raw.mark


def _unit_faults(values: pd.DataFrame, headings: Sequence[Heading]) -> list[CellFault]:
    """Cells whose unit must be stated and is not; fills the unit column, converts the values."""
    faults = []
    for heading in headings:
        if not heading.field.unit_needed:
            continue
        field = heading.field
        if heading.unit:
            values["unit"] = units.name(heading.unit if field.unit == "given" else field.unit)
            continue
        stated = values["unit"] if "unit" in values else pd.Series(None, values.index, dtype="str")
        ratios = stated.map(lambda unit, ours=field.unit: _ratio(unit, ours), na_action="ignore")
        known = ratios.map(lambda ratio: ratio > 0, na_action="ignore")
        for row in values.index[values[field.column].notna() & (known != True)]:  # noqa: E712 - missing is not known either
            unit = stated[row]
            reason = (
                "no unit is stated." if is_missing(unit) else f"unit {clip(unit)} is not known."
            )
            faults.append(cells.CellFault(int(row), heading.theirs, reason))
        values[field.column] *= ratios.astype("float64").where(known == True, 1.0)  # noqa: E712 - the same
        values["unit"] = stated.map(units.name, na_action="ignore")
    return faults


def _ratio(unit: str, ours: str) -> float:
    """Factor from a stated unit to ours [1]; 0 if it is not known or another quantity."""
    if ours == "given":
        return 0.0 if units.name(unit) is None else 1.0
    return units.factor(unit, ours) or 0.0


def _settle(
    file: str, kind: str, faults: Sequence[CellFault], drops: Drops, *, lenient: bool
) -> None:
    """Refuse the file with all faulty cells at once, or count them as left out."""
    if not faults:
        return
    if lenient:
        for fault in faults:
            drops.note(kind, f"column {fault.column}: cell cannot be used", [f"row {fault.row}"])
        return
    rows = len({fault.row for fault in faults})
    many = f"{len(faults)} cells in {rows} row{'s' if rows > 1 else ''}"
    told = (
        f"{many if len(faults) > 1 else '1 cell'} cannot be used. "
        "Correct the file, or leave out such cells with --lenient."
    )
    listed = (Fault(f"row {f.row}, column {clip(f.column)}", f.reason) for f in faults)
    raise InputError.of(file, listed, told)


def _kept(frame: pd.DataFrame, kind: str, drops: Drops) -> pd.DataFrame:
    """Rows that say where and what, each once."""
    fields = headers.fields(kind)
    keys = [name for name in frame if name in fields and fields[name].role == "key"]
    values = [name for name in frame if name in fields and fields[name].role in VALUES]
    told = frame[values].notna().any(axis=1)
    found = frame[keys].notna().any(axis=1) | _has_place(frame)
    twice = _spelled(frame).duplicated()
    for reason, rows in (("no value", ~told), ("no key and no place", told & ~found),
                         ("the same row twice", told & found & twice)):  # fmt: skip
        drops.lose(kind, reason, [f"row {row}" for row in frame.index[rows]])
    return frame[told & found & ~twice]


def _has_place(frame: pd.DataFrame) -> pd.Series:
    if isinstance(frame, gpd.GeoDataFrame):
        return frame.geometry.notna()
    return pd.Series(np.zeros(len(frame), dtype=bool), index=frame.index)


def _spelled(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its geometry as text, so that rows can be compared."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    bare = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return bare.assign(place=shapely.to_wkb(frame.geometry.to_numpy(), hex=True))


def _why_nothing(headings: Sequence[Heading], names: Sequence[str], drops: Drops) -> str:
    if not headings:
        listed = ", ".join(clip(name) for name in names[:30])
        return f"No column is recognised; it has {listed}."
    rows = drops.frame()
    return (
        "No row can be used: "
        + ", ".join(
            f"{count} {reason}" for reason, count in zip(rows["reason"], rows["count"], strict=True)
        )
        + "."
    )
