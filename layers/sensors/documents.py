"""JSON documents of sensors: parsed with bounds, cells picked out, told as rows of readings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from layers import tables
from layers.errors import Fault, InputError
from layers.sensors import columns, csv
from layers.sensors.columns import Entry, SensorMap
from layers.texts import clip, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from layers.sensors.csv import Tally

LONG: Final = (
    "time", "result_time", "station", "value", "quantity", "unit", "lon", "lat", "height",
)  # fmt: skip
"""Cells of a reading that says everything itself."""

FACTS: Final = ("source", "grade", "licence", "owner", "attribution", "reference_date")
LONGEST: Final = 200
"""Letters of a text cell that are kept [1]; more is no name, unit or time."""


def parse(body: bytes) -> Any:
    """Parse JSON.

    Raises
    ------
    ValueError
        If it is no JSON in UTF-8, holds NaN or infinity, or is too deep.
    """
    try:
        return json.loads(body, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("is nested too deep") from error


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def cell(value: Any) -> float | str | None:
    """A value as a table cell: a number, a short text, or None for what JSON calls null.

    What is neither (true, a list, an object) becomes text that no reader takes for a number.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"({type(value).__name__})"
    try:
        return float(value)
    except OverflowError:
        return "(too large)"


def name(value: Any) -> str | None:
    """A value as a name: 7 is "7"; None if it is empty or no name."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = value if isinstance(value, str) else f"{value:d}" if abs(value) < 2**63 else ""
    return text.strip()[:LONGEST] or None


@dataclass(frozen=True)
class Facts:
    """What a service does not say about its readings, told by the user.

    Parameters
    ----------
    mapping
        Map of rows that say everything themselves, with the fixed facts of the source.
    properties
        Folded name of what the service measures to our quantity and its unit; the unit is empty
        where the service says it.
    """

    mapping: SensorMap
    properties: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def meant(self, theirs: str, unit: str) -> tuple[str, str]:
        """Our quantity and the unit as written for something that the service measures."""
        quantity, told = self.properties.get(fold(theirs), ("", ""))
        known = {fold(one): one for one in tables.load("sensor_quantities")["quantity"]}
        return quantity or known.get(fold(theirs), theirs), told or unit


def facts(title: str, entries: Sequence[Entry]) -> Facts:
    """Facts from rows of a map: fixed facts, and `value` rows for what the service measures.

    Parameters
    ----------
    title
        Name for messages.
    entries
        Rows with ours `value` (theirs, quantity, and unit where the service says none) or one of
        `FACTS` (fixed).

    Raises
    ------
    InputError
        With everything that is unknown, missing or said twice.
    """
    values = [one for one in entries if one.ours == "value"]
    fixed = [one for one in entries if one.ours != "value"]
    faults = [fault for one in fixed for fault in _fixed_faults(one)]
    faults += [fault for one in values for fault in _property_faults(one)]
    names = [fold(one.theirs) for one in values]
    faults += [
        Fault(f"value {clip(one.theirs)}", "is mapped twice.", "Keep one row.")
        for spot, one in enumerate(values)
        if names[spot] in names[:spot]
    ]
    if faults:
        raise InputError.of(f"map {title}", faults)
    own = tuple(Entry(one, theirs=one) for one in LONG)
    mapping = SensorMap(title, (*own, Entry("timezone", fixed="UTC"), *fixed))
    return Facts(mapping, dict(zip(names, ((o.quantity, o.unit) for o in values), strict=True)))


def read_facts(path: Path | str) -> Facts:
    """Facts from a CSV with columns ours, theirs, fixed, quantity, unit.

    Raises
    ------
    InputError
        If it is no such table, or `facts` refuses it.
    """
    title, rows = columns.read_rows(path)
    return facts(title, [columns.entry(row) for row in rows])


def _fixed_faults(entry: Entry) -> Iterator[Fault]:
    if entry.ours not in FACTS:
        yield Fault(clip(entry.ours), "is not told of a service.",
                    f"Use value or {', '.join(FACTS)}.")  # fmt: skip


def _property_faults(entry: Entry) -> Iterator[Fault]:
    place = f"value {clip(entry.theirs)}"
    known = tables.load("sensor_quantities")["quantity"]
    if not fold(entry.theirs):
        yield Fault(place, "names nothing that the service measures.", "Fill theirs.")
    if entry.quantity not in set(known):
        yield Fault(place, f"{clip(entry.quantity)} is not a quantity.", f"Use {', '.join(known)}.")
    elif entry.unit and columns.conversion(entry.unit, columns.unit_of(entry.quantity)) is None:
        yield Fault(place, f"the unit {clip(entry.unit)} cannot be turned into "
                    f"{columns.unit_of(entry.quantity)}.", "Say the unit of the service.")  # fmt: skip


def readings(
    origin: str, rows: Sequence[Mapping[str, Any]], mapping: SensorMap, tally: Tally
) -> Iterator[pd.DataFrame]:
    """Readings of rows of cells.

    Parameters
    ----------
    origin
        Where they came from, for messages.
    rows
        Cells by the names that the map gives; see `cell`.
    mapping, tally
        As for `layers.sensors.csv.blocks`.
    """
    if not rows:
        return
    raw = pd.DataFrame(
        {key: pd.Series([row.get(key) for row in rows], dtype="object") for key in mapping.columns}
    )
    yield from csv.from_rows(origin, raw, mapping, tally)


def point(geometry: Any) -> dict[str, Any]:
    """Longitude and latitude of a GeoJSON point (or feature of one); empty if it is none.

    Heights above the sea are no heights above ground: a third coordinate is left out.
    """
    if isinstance(geometry, dict) and geometry.get("type") == "Feature":
        geometry = geometry.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return {}
    spot = geometry.get("coordinates")
    if not isinstance(spot, list) or len(spot) < 2:  # noqa: PLR2004 - longitude and latitude
        return {}
    lon, lat = cell(spot[0]), cell(spot[1])
    return {"lon": lon, "lat": lat} if isinstance(lon, float) and isinstance(lat, float) else {}
