"""Read the matches table back after a person corrected it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from layers import files, sheets
from layers.errors import Fault, InputError
from layers.texts import fold, plain, unquote_formula
from twin.matching import MATCHED

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def corrected(
    matches: pd.DataFrame, keys: pd.DataFrame, path: Path | str, objects: Collection[str]
) -> pd.DataFrame:
    """Take the objects that the user filled into the matches table.

    Parameters
    ----------
    matches
        Index row; columns status, object_id, candidates, reason.
    keys
        Key columns of the register; index row.
    path
        The corrected table.
    objects
        Ids that may be filled in.

    Raises
    ------
    InputError
        With every row that is not in the register, has another key there, or names no object.
    """
    given = read(path)
    given = given[given["object_id"] != ""]
    known = set(objects) | set(matches["object_id"]) - {""}
    faults, done = [], matches.copy()
    for text, row in given.iterrows():
        place, number = f"row {text}", int(text) if str(text).isdigit() else -1
        if number not in matches.index:
            faults.append(Fault(place, "is not in the register.", "Attach the file it came from."))
        elif _says_other(row, keys.loc[number]):
            faults.append(Fault(place, "has another key in the register.", "Has the file changed?"))
        elif row["object_id"] not in known:
            faults.append(Fault(place, f"{row['object_id']} is no building of the City.",
                                "Copy an id from the candidates or the map."))  # fmt: skip
        elif row["object_id"] != matches.loc[number, "object_id"]:
            done.loc[number, list(matches.columns)] = [
                MATCHED,
                row["object_id"],
                "",
                "corrected by hand",
            ]
    if faults:
        raise InputError.of(path, faults)
    return done


def _says_other(row: pd.Series, keys: pd.Series) -> bool:
    named = [name for name in keys.index if name in row.index]
    return any(fold(plain(row[name])) != fold(text_of(keys[name])) for name in named)


def text_of(value: Any) -> str:
    """Text of a cell, empty if it is missing."""
    return "" if pd.isna(value) else plain(value)


def read(path: Path | str) -> pd.DataFrame:
    """Matches table as text, index row number as text."""
    file = files.checked(path)
    cells = sheets.read(file)[0]
    names = [plain(cell) for cell in cells.rows[0]]
    if not {"row", "object_id"} <= set(names):
        raise InputError(file.name, "line 1", "The columns row and object_id are missing.",
                         "Use the table that attach wrote.")  # fmt: skip
    twice = sorted({name for name in names if names.count(name) > 1 and name})
    if twice:
        raise InputError(file.name, "line 1", f"The column {twice[0]!r} stands twice.",
                         "Keep one of them.")  # fmt: skip
    rows = [(row + [""] * len(names))[: len(names)] for row in cells.rows[1:]]
    frame = pd.DataFrame(rows, columns=names)
    frame = frame.loc[:, [bool(name) for name in names]].map(
        lambda cell: unquote_formula(plain(cell))
    )
    return frame.set_index("row")
