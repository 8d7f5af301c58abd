"""Read matrices of trips between zones: OMX (HDF5), or a list of pairs as CSV or spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import files, omx, sheets, tables, texts
from layers.errors import Fault, InputError
from layers.schema import Source

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

OMX: Final = ".omx"
COLUMNS: Final = ("origin", "destination", "trips")


@dataclass(frozen=True)
class ZoneMatrix:
    """Trips between the zones of a file.

    Parameters
    ----------
    zones
        Names of the zones in the file, text.
    trips : (zones, zones)
        From row to column, in the unit of the file.
    name
        Name of the matrix in the file; empty if it has none.
    source
        Provenance; rows are pairs of zones.
    """

    zones: pd.Index
    trips: NDArray[np.float64]
    name: str
    source: Source


def read(path: Path | str, *, matrix: str | None = None, licence: str = "not stated") -> ZoneMatrix:
    """Read trips between zones.

    Parameters
    ----------
    path
        OMX (`.omx`), or CSV, XLSX or ODS with the columns origin, destination and trips (or words
        for them, see ``matrix_columns.csv``), one row for each pair; pairs that are not there have
        no trips, pairs that are there twice are added up.
    matrix
        Name of the matrix of an OMX file with several.
    licence
        What the user knows of the source.

    Raises
    ------
    InputError
        If the file cannot be used; all faults of its rows at once.
    MissingExtraError
        If OMX is asked for and h5py is not installed.
    """
    found = files.local(path)
    if found.suffix.lower() == OMX:
        zones, trips, name = omx.read(found, matrix)
        count = len(zones) ** 2
    else:
        zones, trips, count = _pairs(found)
        name = ""
    faults = _faults(zones, trips)
    if faults:
        raise InputError.of(found.name, faults)
    index = pd.Index(zones, dtype="str", name="zone")
    return ZoneMatrix(index, trips, name, _source(found, licence, count))


def _source(path: Path, licence: str, count: int) -> Source:
    return Source(
        what="trips between zones", origin=path.name, reference_date="", licence=licence,
        attribution="", digest=files.digest(path), rows_in=count, rows_kept=count, rows_refused=0,
    )  # fmt: skip


def _faults(zones: list[str], trips: NDArray[np.float64]) -> list[Fault]:
    found = []
    if len(set(zones)) < len(zones):
        found.append(Fault("zones", "Two zones have one name.", "Give each its own."))
    if not np.isfinite(trips).all():
        found.append(Fault("trips", "Some are no finite number.", "Write 0 where nobody goes."))
    elif (trips < 0.0).any():
        found.append(Fault("trips", f"{int((trips < 0.0).sum()):,} are negative.",
                           "Trips are 0 or more."))  # fmt: skip
    elif not trips.any():
        found.append(Fault("trips", "There are none.", "Check the columns."))
    return found


def _pairs(path: Path) -> tuple[list[str], NDArray[np.float64], int]:
    """Zones, trips and rows of a list of pairs."""
    cells = sheets.read(files.checked(path))[0]
    places = _places(path, cells.rows[0])
    rows = cells.rows[1:]
    width = max(places) + 1
    short = [n for n, row in zip(cells.numbers[1:], rows, strict=True) if len(row) < width]
    if short:
        raise InputError(path.name, f"line {short[0]}", f"{len(short):,} rows lack a cell.",
                         "Fill or drop them.")  # fmt: skip
    ends = [[texts.plain(row[place]) for row in rows] for place in places[:2]]
    told = [row[places[2]] for row in rows]
    mark = cells.mark or texts.common_mark(str(cell) for cell in told) or "."
    counts = np.array([_number(cell, mark) for cell in told], dtype=np.float64)
    bad = np.flatnonzero(np.isnan(counts))
    if len(bad):
        raise InputError(path.name, f"line {cells.numbers[1 + bad[0]]}",
                         f"{len(bad):,} cells of trips are no numbers.", "Mend or drop them.")  # fmt: skip
    zones = sorted(set(ends[0]) | set(ends[1]))
    if len(zones) > omx.limit("zones"):
        raise InputError(path.name, "zones", f"It has {len(zones):,} zones.",
                         f"Up to {omx.limit('zones'):,} are read.")  # fmt: skip
    number = pd.Index(zones)
    trips = np.zeros((len(zones), len(zones)))
    np.add.at(trips, (number.get_indexer(ends[0]), number.get_indexer(ends[1])), counts)
    return zones, trips, len(rows)


def _number(cell: Any, mark: str) -> float:
    """A cell as number; not a number where it is none."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    try:
        return texts.number(str(cell), mark)[0]
    except ValueError:
        return float("nan")


def _places(path: Path, header: list[Any]) -> list[int]:
    """Which column of the file is which of `COLUMNS`."""
    rows = tables.load("matrix_columns").set_index("column")["words"]
    folded = [texts.fold(str(cell)) for cell in header]
    found = []
    for column in COLUMNS:
        words = {texts.fold(word) for word in str(rows[column]).split("|")}
        hits = [place for place, name in enumerate(folded) if name in words]
        if len(hits) != 1:
            reason = f"{len(hits)} columns could be {column}."
            raise InputError(path.name, "header", reason, f"Name them {', '.join(COLUMNS)}.")
        found.append(hits[0])
    return found
