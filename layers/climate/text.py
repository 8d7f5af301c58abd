"""Open weather files: local, bounded, text, unpacked by counting; and read their numbers."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import archive, files, tables
from layers.climate import contract
from layers.errors import InputError
from layers.schema import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAULTS: Final = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    Warning,
)
"""What pandas and pvlib raise when a file is not what its name says; warnings are made errors."""

SUFFIXES: Final = (".epw", ".csv", ".txt", ".json", ".met")
SUPPORTED: Final = "EPW, TMY3 CSV, PVGIS JSON or CSV, MET, or CSV with hourly columns"
SLUG: Final = re.compile(r"[\s\-]+")


@contextmanager
def strict() -> Iterator[None]:
    """Raise what pandas and pvlib would only warn of: lost cells, times that were guessed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@contextmanager
def opened(path: Path | str) -> Iterator[Path]:
    """Give a weather file that lies on this machine, unpacked if it is a zip with one of them.

    Raises
    ------
    InputError
        If it is missing, an address, of another kind, too large, or a zip with none or several.
    """
    found = files.local(path)
    if found.suffix.lower() == ".zip":
        with archive.unpacked(found, suffixes=SUFFIXES) as members:
            if len(members) != 1:
                raise InputError(found.name, "", f"holds {len(members)} weather files.",
                                 "Unpack it and name the one to use.")  # fmt: skip
            yield _checked(members[0])
        return
    yield _checked(found)


def _checked(path: Path) -> Path:
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(path.name, "", f'Weather files "{path.suffix[:20]}" are not read.',
                         f"Use {SUPPORTED}.")  # fmt: skip
    what = files.kind(files.head(path))
    if what != "text":
        raise InputError(path.name, "", f"It is named {path.suffix} but is {what}.",
                         "Export it again, or give it the name that fits.")  # fmt: skip
    bound = contract.limit("file.bytes")
    if path.stat().st_size > bound:
        raise InputError(path.name, "", f"It is larger than {bound / 1e6:g} MB.",
                         "Cut it to one station and one year.")  # fmt: skip
    return path


def decoded(path: Path) -> str:
    """Text of a file in UTF-8, or in Latin-1 as older weather files are.

    Raises
    ------
    InputError
        If it holds bytes that no text has.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\0" in text:
        raise InputError(path.name, "", "It is not a text file.", "Export it again.")
    return text


def unreadable(path: Path, what: str, error: BaseException) -> InputError:
    """Error that says that a file is not what it seemed to be."""
    reason = " ".join(str(error).split())[:160]
    return InputError(path.name, "", f"It cannot be read as {what}: {reason}.",
                      "Download it again, or check that it is whole.")  # fmt: skip


def column_map(shape: str) -> pd.DataFrame:
    """Rows of ``weather_columns.csv`` for one shape: index column."""
    rows = tables.load("weather_columns")
    return rows[rows["shape"] == shape].set_index("column")


def numbers(cells: Any, missing: float | None = None) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Cells as numbers; empty cells and, if given, all from a missing-value code up are not one.

    Raises
    ------
    ValueError
        If a cell holds something else.
    """
    values = pd.to_numeric(pd.Series(cells).reset_index(drop=True), errors="raise")
    found = values.to_numpy(np.float64, na_value=np.nan)
    return found if missing is None else np.where(found >= missing, np.nan, found)


def converted(frame: pd.DataFrame, shape: str) -> pd.DataFrame:
    """Columns of the contract in its units, from columns as the file names them.

    Where two columns hold one variable, the one that stands first in the map is taken.
    """
    rows = column_map(shape)
    rows = rows[rows["variable"].isin(contract.variables().index) & rows.index.isin(frame.columns)]
    made = {
        str(row.variable): numbers(frame[row.Index]) * float(row.factor) + float(row.offset)
        for row in rows[~rows["variable"].duplicated()].itertuples()
    }
    return pd.DataFrame(made, index=frame.index)


def source(path: Path, what: str, rows: int, **facts: str) -> Source:
    """Provenance of a file; kept and refused rows are counted later."""
    words = {"reference_date": "", "licence": "as its publisher states", "attribution": ""} | facts
    return Source(
        what=what,
        origin=path.name,
        digest=files.digest(path),
        rows_in=rows,
        rows_kept=rows,
        rows_refused=0,
        **words,
    )
