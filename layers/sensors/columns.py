"""Column maps of sensor files: what their columns are, or which fixed fact stands for one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from layers import files, sheets, tables, units
from layers.errors import Fault, InputError
from layers.texts import clip, fold, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HEADER = ("ours", "theirs", "fixed", "quantity", "unit")


@dataclass(frozen=True)
class Entry:
    """One row of a map.

    Parameters
    ----------
    ours
        Field of ``sensor_fields.csv``.
    theirs, fixed
        Column of the file, or the fact itself.
    quantity, unit
        Of a column of values; for time the unit names the format.
    """

    ours: str
    theirs: str = ""
    fixed: str = ""
    quantity: str = ""
    unit: str = ""


@dataclass(frozen=True)
class SensorMap:
    """What the columns of a file of readings are; checked when made.

    Parameters
    ----------
    name
        Name for messages.
    entries
        Rows of the map.

    Raises
    ------
    InputError
        With everything that is unknown, missing or said twice.
    """

    name: str
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        faults = [*_faults(self)]
        if faults:
            raise InputError.of(f"map {self.name}", faults)

    def column(self, ours: str) -> str:
        """Their column for a field, or empty."""
        return next((one.theirs for one in self.entries if one.ours == ours), "")

    def fixed(self, ours: str) -> str:
        """Fixed fact for a field, or empty."""
        return next((one.fixed for one in self.entries if one.ours == ours), "")

    @property
    def measures(self) -> tuple[Entry, ...]:
        """Columns of values."""
        return tuple(one for one in self.entries if one.ours == "value")

    @property
    def time(self) -> Entry:
        """The column of times."""
        return next(one for one in self.entries if one.ours == "time")

    @property
    def columns(self) -> list[str]:
        """Columns of the file that are needed, each once."""
        return list(dict.fromkeys(one.theirs for one in self.entries if one.theirs))


def _faults(mapping: SensorMap) -> Iterator[Fault]:
    fields = tables.load("sensor_fields").set_index("field")
    seen: set[str] = set()
    for entry in mapping.entries:
        if entry.ours not in fields.index:
            yield Fault(clip(entry.ours), "is not a field.", f"Use {', '.join(fields.index)}.")
        elif entry.ours in seen and entry.ours != "value":
            yield Fault(entry.ours, "is mapped twice.", "Keep one row.")
        else:
            yield from _entry_faults(entry, str(fields.loc[entry.ours, "kind"]))
        seen.add(entry.ours)
    for field in fields.index[fields["needed"] == "yes"]:
        if field not in seen:
            yield Fault(str(field), "is missing.", str(fields.loc[field, "description"]) + ".")
    yield from _fact_faults(mapping)
    long = any(not one.quantity for one in mapping.measures)
    if long and not {"quantity", "unit"} <= seen:
        yield Fault("value", "names no quantity.", "Say what the column measures, and its unit.")
    yield from (fault for one in mapping.measures for fault in _value_faults(one))


def _entry_faults(entry: Entry, kind: str) -> Iterator[Fault]:
    if kind != "fixed" and not entry.theirs and not (kind == "either" and entry.fixed):
        yield Fault(entry.ours, "names no column.", "Fill theirs.")
    if kind == "fixed" and not entry.fixed:
        yield Fault(entry.ours, "has no fact.", "Fill fixed.")


def _fact_faults(mapping: SensorMap) -> Iterator[Fault]:
    zone = mapping.fixed("timezone")
    if zone and not _is_zone(zone):
        yield Fault(
            "timezone", f"{clip(zone)} is not known.", "Use UTC or a name such as Europe/Madrid."
        )
    grade = mapping.fixed("grade")
    if grade and grade not in tables.grades().index:
        yield Fault(
            "grade", f"{clip(grade)} is not a grade.", f"Use {', '.join(tables.grades().index)}."
        )
    if mapping.fixed("decimal") not in {"", ".", ","}:
        yield Fault("decimal", "is neither . nor a comma.", "Correct it.")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _value_faults(entry: Entry) -> Iterator[Fault]:
    known = tables.load("sensor_quantities")["quantity"]
    if not entry.quantity:
        return
    if entry.quantity not in set(known):
        yield Fault(f"value {clip(entry.theirs)}", f"{clip(entry.quantity)} is not a quantity.",
                    f"Use {', '.join(known)}.")  # fmt: skip
    elif conversion(entry.unit, unit_of(entry.quantity)) is None:
        yield Fault(f"value {clip(entry.theirs)}",
                    f"the unit {clip(entry.unit) or '(none)'} cannot be turned into "
                    f"{unit_of(entry.quantity)}.", "Say the unit of the file.")  # fmt: skip


def unit_of(quantity: str) -> str:
    """Unit in which a quantity is kept."""
    rows = tables.load("sensor_quantities").set_index("quantity")
    return str(rows.loc[quantity, "unit"])


def conversion(theirs: str, ours: str) -> tuple[float, float] | None:
    """Scale and offset from their unit to ours, or None: ours = theirs * scale + offset.

    Parameters
    ----------
    theirs, ours
        Units as written.
    """
    if not theirs:
        return None
    if theirs == ours:
        return 1.0, 0.0
    rows = tables.load("sensor_units")
    hit = rows[(rows["theirs"].astype(str) == theirs) & (rows["ours"].astype(str) == ours)]
    if not hit.empty:
        return float(hit["scale"].iloc[0]), float(hit["offset"].iloc[0])
    factor = units.factor(theirs, ours)
    return None if factor is None else (factor, 0.0)


@cache
def shipped(name: str) -> SensorMap:
    """Map that comes with the toolkit, by name.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    rows = tables.load("sensor_maps")
    mine = rows[rows["map"] == name].astype(object)
    if mine.empty:
        raise InputError(clip(name), "", "There is no such map.",
                         f"Use a file, or one of {', '.join(rows['map'].unique())}.")  # fmt: skip
    mine = mine.where(mine.notna(), "")[list(HEADER)]
    return SensorMap(name, tuple(Entry(*map(str, row)) for row in mine.itertuples(index=False)))


def read_map(path: Path | str) -> SensorMap:
    """Read a map of the user: a CSV with columns ours, theirs, fixed, quantity, unit.

    Raises
    ------
    InputError
        If it is no such table, or `SensorMap` refuses it.
    """
    name, rows = read_rows(path)
    return SensorMap(name, tuple(entry(row) for row in rows))


def read_rows(path: Path | str) -> tuple[str, list[dict[str, str]]]:
    """Name and rows of a map as they stand in its file, by folded column name.

    Raises
    ------
    InputError
        If it is no table with the columns ours and theirs.
    """
    file = files.checked(path)
    cells = sheets.read(file)[0]
    head = [fold(plain(cell)) for cell in cells.rows[0]]
    if not {"ours", "theirs"} <= set(head):
        raise InputError(file.name, "line 1", "A map needs the columns ours and theirs.",
                         f"Begin it with the line {','.join(HEADER)}.")  # fmt: skip
    rows = [dict(zip(head, (plain(cell) for cell in row), strict=False)) for row in cells.rows[1:]]
    return file.name, rows


def entry(row: Mapping[str, str]) -> Entry:
    """Entry of a row as it stands in its file."""
    return Entry(*(row.get(name, "") for name in HEADER))
