"""Read tables of traffic counts that are summaries: one row per place, kind of count and year.

Road authorities publish means (of a year, of its weekdays, of July, of one week), not series. The
kind says what was averaged; `twin.counters` brings it to the annual average daily traffic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from layers import files, sheets, tables
from layers.drops import Drops
from layers.errors import Fault, InputError
from layers.schema import Source
from layers.texts import clip, fold, is_missing, number, plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TABLE: Final = "counts"
NEEDED: Final = ("station", "count", "kind", "year")
TEXTS: Final = ("station", "kind", "vehicle_class")
LIMITS: Final = {
    "count": (0.0, 500_000.0),
    "year": (1900.0, 2200.0),
    "lon": (-180.0, 180.0),
    "lat": (-90.0, 90.0),
    "month": (1.0, 12.0),
    "weekday": (1.0, 7.0),
    "ways": (1.0, 2.0),
    "bearing": (0.0, 360.0),
    "error": (0.0, 500_000.0),
}
"""Numbers of a row and the bounds within which they can be: units as in `Summaries`."""


@dataclass(frozen=True)
class Facts:
    """What a table of counts does not say about itself.

    Parameters
    ----------
    source
        Short name of the source.
    licence, attribution, owner
        Licence, line that maps must carry, who counted.
    grade
        Grade of ``grades.csv``.
    names
        Our column to theirs, where they differ.
    """

    source: str
    licence: str
    attribution: str = ""
    owner: str = ""
    grade: str = "sensor"
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Summaries:
    """Counts as found.

    Parameters
    ----------
    counts
        Index id; station, kind, vehicle_class; count [veh/d], year, month, weekday [1], ways [1],
        bearing [deg], error (standard error, [veh/d]); geometry in EPSG:4326, may be missing.
    facts
        As given.
    drops
        Columns table, reason, count [1], examples.
    source
        Provenance.
    """

    counts: gpd.GeoDataFrame
    facts: Facts
    drops: pd.DataFrame
    source: Source


def read(path: Path | str, facts: Facts) -> Summaries:
    """Read a CSV, XLSX or ODS with one count per row.

    Parameters
    ----------
    path
        Columns station, count [veh/d], kind (``count_kinds.csv``), year, and if known lon, lat
        [deg], month, weekday (Monday 1), ways, bearing [deg], vehicle_class, error [veh/d].
    facts
        Source, licence, and their names of the columns.

    Raises
    ------
    InputError
        If a needed column is missing, the file cannot be read, or no row can be used.
    """
    file = files.checked(path)
    cells = sheets.read(file)[0]
    where = _columns(file.name, [plain(cell) for cell in cells.rows[0]], facts)
    drops = Drops()
    rows = {
        line: {name: row[spot] if spot < len(row) else "" for name, spot in where.items()}
        for line, row in zip(cells.numbers[1:], cells.rows[1:], strict=True)
    }
    good = [
        _named(found, facts)
        for line, row in rows.items()
        if (found := _row(line, row, cells.mark, drops)) is not None
    ]
    table = _table(good, drops)
    if table.empty:
        told = ", ".join(f"{count} {reason}" for (_, reason), (count, _) in drops.rows.items())
        raise InputError(file.name, "", f"No row can be used ({told or 'there are none'}).",
                         f"Correct these cells; {_bounds(drops)}.")  # fmt: skip
    source = Source("traffic counts", file.name, _years(table), facts.licence, facts.attribution,
                    files.digest(file), len(rows), len(table), len(rows) - len(table))  # fmt: skip
    return Summaries(table, facts, drops.frame(), source)


def _bounds(drops: Drops) -> str:
    """What numbers can be, of those that could not."""
    said = [
        f"{name} is {lower:g} to {upper:g}"
        for name, (lower, upper) in LIMITS.items()
        if any(reason == f"{name} cannot be" for _, reason in drops.rows)
    ]
    return ", ".join(said) or "kinds of counts stand in count_kinds.csv"


def _columns(file: str, header: list[str], facts: Facts) -> dict[str, int]:
    """Our columns and where they stand in the file."""
    known = (*TEXTS, *LIMITS)
    folded = [fold(name) for name in header]
    found, faults = {}, []
    for name in known:
        theirs = facts.names.get(name, name)
        spots = [n for n, text in enumerate(folded) if text == fold(theirs)]
        if len(spots) > 1:
            faults.append(Fault(f"column {clip(theirs)}", "stands twice.", "Rename one of them."))
        elif spots:
            found[name] = spots[0]
        elif name in NEEDED or name in facts.names:
            shown = ", ".join(clip(one) for one in header[:30])
            faults.append(Fault(f"column {clip(theirs)}", "is missing.", f"It has {shown}."))
    if facts.grade not in tables.grades().index:
        faults.append(Fault("grade", f"{clip(facts.grade)} is not a grade.", "See grades.csv."))
    if faults:
        raise InputError.of(file, faults)
    return found


def _row(line: int, row: Mapping[str, Any], mark: str, drops: Drops) -> dict[str, Any] | None:
    """Values of one row, or None with its first fault counted."""
    kinds = set(tables.load("count_kinds")["kind"])
    found: dict[str, Any] = {name: plain(row.get(name, "")) for name in TEXTS}
    faults = [] if found["kind"] in kinds else ["kind not known"]
    faults += [] if found["station"] else ["no station"]
    for name, (lower, upper) in LIMITS.items():
        cell = row.get(name, "")
        if is_missing(cell):
            found[name] = np.nan
            faults += [f"no {name}"] if name in NEEDED else []
            continue
        found[name] = _number(cell, mark)
        if not lower <= found[name] <= upper:
            faults.append(f"{name} cannot be")
    faults += _lacking(found) if not faults else []
    if faults:
        drops.lose(TABLE, faults[0], [f"row {line}"])
        return None
    return found


def _lacking(row: Mapping[str, Any]) -> list[str]:
    """What the kind of count asks for beside it."""
    kind = tables.load("count_kinds").set_index("kind").loc[row["kind"]]
    return [
        f"a count of kind {row['kind']} needs its {name}"
        for name, told in (("month", "months"), ("weekday", "weekdays"))
        if pd.isna(kind[told]) and np.isnan(row[name])
    ]


def _number(cell: Any, mark: str) -> float:
    """Number of a cell; not a number where it is none."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    try:
        value, unit = number(str(cell), mark)
    except ValueError:
        return float("nan")
    return float("nan") if unit else value


def _named(row: dict[str, Any], facts: Facts) -> dict[str, Any]:
    side = "" if np.isnan(row["bearing"]) else f":{row['bearing']:g}"
    which = f":{row['vehicle_class']}" if row["vehicle_class"] else ""
    name = f"{facts.source}:{row['station']}:traffic:{row['year']:g}:{row['kind']}{side}{which}"
    return row | {"id": name}


def _table(rows: list[dict[str, Any]], drops: Drops) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows, columns=["id", *TEXTS, *LIMITS])
    frame = frame.astype(dict.fromkeys(("id", *TEXTS), "str") | dict.fromkeys(LIMITS, "float64"))
    twice = frame["id"].duplicated()
    drops.lose(TABLE, "the same count twice", frame.loc[twice, "id"])
    frame = frame[~twice].set_index("id").sort_index()
    placed = frame["lon"].notna() & frame["lat"].notna()
    points = pd.Series(gpd.points_from_xy(frame["lon"], frame["lat"]), frame.index, dtype=object)
    bare = frame.drop(columns=["lon", "lat"])
    return gpd.GeoDataFrame(bare, geometry=points.where(placed, None), crs="EPSG:4326")


def _years(table: pd.DataFrame) -> str:
    first, last = (f"{year:g}" for year in (table["year"].min(), table["year"].max()))
    return first if first == last else f"{first} to {last}"
