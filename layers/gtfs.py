"""Open a GTFS feed, zip or folder: the needed files as typed columns, or every fault at once.

Field definitions: GTFS Schedule reference, gtfs.org/documentation/schedule/reference. What the
feed means (days, times, frequencies) is worked out in `layers.transit`.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from layers import archive, files, tables
from layers.errors import Fault, InputError
from layers.texts import clip

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUIRED: Final = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
CALENDARS: Final = ("calendar.txt", "calendar_dates.txt")
EXPORT: Final = "Ask who publishes the feed for a whole one."
HOUR: Final = 3600
MINUTE: Final = 60
WHOLE: Final = r"[+-]?\d{1,15}"
TIME: Final = r"(\d{1,3}):([0-5]\d):([0-5]\d)"

Converter = Callable[[pd.Series], pd.Series]


@dataclass(frozen=True)
class Feed:
    """The files of a feed as typed columns under our names.

    Parameters
    ----------
    origin
        Name of the file or folder.
    digest
        SHA-256 of the zip, or of the files read from the folder.
    files
        File name to its rows. Every file of ``gtfs_columns.csv`` is there, empty if the feed lacks
        it; texts that are missing are empty, numbers and times [s] that are missing NaN.
    """

    origin: str
    digest: str
    files: Mapping[str, pd.DataFrame]


@cache
def limit(key: str) -> int:
    """Bound of ``gtfs_limits.csv`` [unit of its row]."""
    return int(tables.figures("gtfs_limits")[key])


@cache
def columns() -> Mapping[str, pd.DataFrame]:
    """Columns that are read, by file."""
    rows = tables.load("gtfs_columns")
    return {str(file): part for file, part in rows.groupby("file", sort=False)}


def read(path: Path | str) -> Feed:
    """Read the needed files of a feed.

    Parameters
    ----------
    path
        A zip, or a folder with the files unpacked.

    Raises
    ------
    InputError
        If it cannot be opened, a needed file or column is missing, or cells cannot be read; lists
        every fault of every file.
    """
    with _opened(path) as (origin, found):
        faults = _absent(found)
        read_files = {}
        for name in columns():
            read_files[name], bad = _file(name, found.get(name))
            faults += bad
        if faults:
            raise InputError.of(origin, faults)
        return Feed(origin, _digest(path, found), read_files)


@contextmanager
def _opened(path: Path | str) -> Iterator[tuple[str, dict[str, Path]]]:
    """Files of the feed by name, unpacked and counted where they are in a zip."""
    folder = _folder(path)
    if folder is not None:
        yield folder.name, {name: folder / name for name in columns() if _inside(folder, name)}
        return
    packed = files.checked(path)
    if packed.suffix.lower() != ".zip":
        raise InputError(packed.name, "", "A GTFS feed is a zip or a folder.", EXPORT)
    with archive.unpacked(packed, suffixes=tuple(columns())) as members:
        yield packed.name, {file.name: file for file in members if file.name in columns()}


def _folder(path: Path | str) -> Path | None:
    """The folder that the path names, or None."""
    try:
        found = Path(path).resolve()
        return found if found.is_dir() else None
    except (OSError, ValueError):
        return None


def _inside(folder: Path, name: str) -> bool:
    """Whether the folder holds a file of this name; one that points elsewhere is refused."""
    file = folder / name
    if not file.exists():
        return False
    if not file.is_file() or not file.resolve().is_relative_to(folder):
        raise InputError(folder.name, name, "is a link to another place or no file.",
                         "Put the file itself into the folder.")  # fmt: skip
    return True


def _digest(path: Path | str, found: Mapping[str, Path]) -> str:
    whole = Path(path)
    if whole.is_file():
        return files.digest(whole)
    parts = "".join(f"{name} {files.digest(file)}\n" for name, file in sorted(found.items()))
    return hashlib.sha256(parts.encode()).hexdigest()


def _absent(found: Mapping[str, Path]) -> list[Fault]:
    faults = [Fault(name, "is missing.", EXPORT) for name in REQUIRED if name not in found]
    if not any(name in found for name in CALENDARS):
        faults.append(Fault(" and ".join(CALENDARS), "are both missing; one is needed.", EXPORT))
    return faults


def _file(name: str, path: Path | None) -> tuple[pd.DataFrame, list[Fault]]:
    """Typed columns of one file, and what is wrong with it."""
    wanted = columns()[name]
    if path is None or path.stat().st_size == 0:
        empty = {
            row.name: CONVERTERS[row.kind](pd.Series([], dtype="str"))
            for row in wanted.itertuples(index=False)
        }
        return pd.DataFrame(empty), [Fault(name, "is empty.", EXPORT)] if path and (
            name in REQUIRED
        ) else []
    try:
        texts, faults = _texts(name, path)
    except InputError as error:
        return pd.DataFrame(), list(error.faults)
    typed = {}
    for row in wanted.to_dict("records"):
        typed[row["name"]], bad = _column(name, texts, row)
        faults += bad
    return pd.DataFrame(typed, index=texts.index), faults


def _texts(name: str, path: Path) -> tuple[pd.DataFrame, list[Fault]]:
    """All cells of a file as trimmed text, by trimmed column name."""
    if path.stat().st_size > limit("file.bytes"):
        raise InputError(name, name, f"is larger than {limit('file.bytes') / 1e6:g} MB.",
                         "Cut the feed to the region.")  # fmt: skip
    _refuse_other_letters(name, path)
    faults: list[Fault] = []

    def ragged(row: pacsv.InvalidRow) -> str:
        reason = f"has {row.actual_columns} cells where the header has {row.expected_columns}."
        faults.append(Fault(f"{name} line {row.number}", reason, EXPORT))
        return "skip"

    try:
        table = pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(use_threads=False),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=ragged),
            convert_options=_as_text(path),
        )
    except (pa.ArrowException, ValueError, OSError) as error:
        raise InputError(name, name, f"is no CSV in UTF-8 ({clip(str(error))}).", EXPORT) from error
    if table.num_rows > limit("rows"):
        raise InputError(name, name, f"has {table.num_rows:,} rows, more than {limit('rows'):,}.",
                         "Cut the feed to the region.")  # fmt: skip
    names = [str(column).strip() for column in table.column_names]
    twice = sorted({column for column in names if names.count(column) > 1})
    if twice:
        raise InputError(name, name, f"has two columns {clip(', '.join(twice))}.", EXPORT)
    frame = table.rename_columns(names).to_pandas().astype("str")
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return frame, faults


def _refuse_other_letters(name: str, path: Path) -> None:
    """GTFS is UTF-8; other letters would be lost inside the parser."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while block := stream.read(archive.CHUNK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            reason = "holds letters that are not UTF-8."
            raise InputError(name, name, reason, "Save it as UTF-8.") from error


def _as_text(path: Path) -> pacsv.ConvertOptions:
    """Read every column as text: ids with leading zeros stay what they are."""
    with path.open("rb") as stream:
        start = stream.readline(files.limit("columns") * 100)
    try:
        header = pacsv.read_csv(
            pa.BufferReader(start), read_options=pacsv.ReadOptions(use_threads=False)
        )
    except pa.ArrowInvalid as error:
        raise ValueError("its first line is no header") from error
    return pacsv.ConvertOptions(
        column_types=dict.fromkeys(header.column_names, pa.string()), strings_can_be_null=False
    )


def _column(
    file: str, texts: pd.DataFrame, wanted: Mapping[str, Any]
) -> tuple[pd.Series, list[Fault]]:
    """One typed column, and what is wrong with its cells."""
    name, convert = wanted["column"], CONVERTERS[wanted["kind"]]
    if name not in texts.columns:
        faults = [] if wanted["need"] == "no" else [
            Fault(f"{file} column {name}", "is missing.", EXPORT)
        ]  # fmt: skip
        return convert(pd.Series("", index=texts.index, dtype="str")), faults
    cells = texts[name].str.strip()
    values = convert(cells)
    void = cells == ""
    bad = values.isna() & ~void
    faults = [_fault(file, name, cells[bad], f"no {WORDS[wanted['kind']]}")] if bad.any() else []
    if wanted["need"] == "yes" and void.any():
        faults.append(_fault(file, name, cells[void], "empty"))
    return values, faults


def _fault(file: str, column: str, cells: pd.Series, what: str) -> Fault:
    first = f" (the first is {clip(cells.iloc[0])})" if cells.iloc[0] else ""
    count = f"{len(cells)} cells are {what}" if len(cells) > 1 else f"the cell is {what}"
    return Fault(f"{file} row {cells.index[0]}, column {column}", f"{count}{first}.", EXPORT)


# ---------------------------------------------------------------- cells


def _by_distinct(cells: pd.Series, convert: Converter) -> pd.Series:
    """Convert each distinct text once; timetables repeat themselves."""
    codes, distinct = pd.factorize(cells)
    values = convert(pd.Series(distinct, dtype="str"))
    return pd.Series(values.to_numpy()[codes], index=cells.index)


def _whole(cells: pd.Series) -> pd.Series:
    fits = cells.str.fullmatch(WHOLE).astype(bool)
    return pd.to_numeric(cells.where(fits), errors="coerce").astype("float64")


def _number(cells: pd.Series) -> pd.Series:
    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    return values.where(np.isfinite(values))


def _flag(cells: pd.Series) -> pd.Series:
    values = _whole(cells)
    return values.where(values.isin([0, 1]))


def _time(cells: pd.Series) -> pd.Series:
    """Seconds after noon minus twelve hours of the service day; may pass 24 hours [s]."""
    parts = cells.str.extract(f"^{TIME}$").astype("float64")
    seconds = parts[0] * HOUR + parts[1] * MINUTE + parts[2]
    return seconds.where(seconds <= limit("hours") * HOUR)


def _date(cells: pd.Series) -> pd.Series:
    fits = cells.str.fullmatch(r"[12]\d{7}").astype(bool)
    return pd.to_datetime(cells.where(fits), format="%Y%m%d", errors="coerce").astype(
        "datetime64[s]"
    )


CONVERTERS: Final[Mapping[str, Converter]] = {
    "text": lambda cells: cells,
    "whole": lambda cells: _by_distinct(cells, _whole),
    "number": _number,
    "flag": lambda cells: _by_distinct(cells, _flag),
    "time": lambda cells: _by_distinct(cells, _time),
    "date": lambda cells: _by_distinct(cells, _date),
}
WORDS: Final = {
    "text": "text",
    "whole": "whole number",
    "number": "number",
    "flag": "0 or 1",
    "time": "time like 08:05:00",
    "date": "date like 20260131",
}
