"""Stations and plain tables as CSV: DMI and AEMET names, or this toolkit's own, long or wide.

DMI open data (long: parameterId and value; wide: one column per parameter) and AEMET OpenData
(`fint`, `ta`, `hr` ...) give times in UTC; each is the end of what it describes, except `from`
and `to` of DMI's climate data. The names stand in ``weather_columns.csv``. A reference year of any
country is a plain table with month, day and hour 1 to 24.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.climate import contract, text
from layers.climate.contract import Station
from layers.climate.hours import Rows
from layers.errors import Fault, InputError

if TYPE_CHECKING:
    from pathlib import Path

LONG: Final = ("parameterId", "value")
PREFIXES: Final = ("properties.", "geometry.")
"""What tools put before the names when they flatten GeoJSON."""

DELIMITERS: Final = ";\t,"
CLOCK: Final = ("month", "day", "hour")
HOURS: Final = (1, 24)
TICK: Final = pd.Timedelta(1, "ns")
ZONE: Final = r"(?P<zone>Z|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))\s*$"
"""End of a time that says its zone (ISO 8601)."""


def rows(path: Path, station: Station | None = None) -> Rows:
    """Read hourly or finer rows of one station, or a reference year.

    Parameters
    ----------
    path
        A file that `text.opened` gave.
    station
        Where it is, if the file does not say; its `utc_offset` is needed for times without a zone.

    Raises
    ------
    InputError
        If the columns are not known, times have no zone, or there are several stations.
    """
    try:
        with text.strict():
            frame = _table(text.decoded(path))
            shape = _shape(path, frame)
            frame = _wide(frame) if set(LONG) <= set(frame.columns) else frame
            facts = text.column_map(shape)["variable"]
            known = {str(c): str(facts[c]) for c in frame.columns if c in facts.index}
            where = _station(path, frame, known, station)
            begins, offset = _begins(path, frame, known, shape, station)
            found = text.converted(frame, shape).set_index(begins)
    except text.FAULTS as error:
        raise text.unreadable(path, "a table of weather", error) from error
    return Rows(
        frame=found[found.index.notna()],
        station=where if offset is None else replace(where, utc_offset=offset),
        typical=offset is None,
        grade="calculated" if shape == "plain" else "sensor",
        source=text.source(path, f"hourly weather of {where.name}", len(found), **_terms(shape)),
        averaged=shape != "plain",
    )


def _terms(shape: str) -> dict[str, str]:
    if shape == "dmi":
        return {"licence": "free to use with attribution (DMI)", "attribution": "Weather: DMI"}
    if shape == "aemet":
        return {"licence": "free to use with attribution (AEMET)", "attribution": "© AEMET"}
    return {}


def _table(content: str) -> pd.DataFrame:
    """Cells as text under the names of the header, without the prefixes of flattened GeoJSON."""
    head = content.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    decimal = "," if delimiter == ";" and "," in content and "." not in content else "."
    frame = pd.read_csv(
        io.StringIO(content), sep=delimiter, dtype="str", skipinitialspace=True, index_col=False
    )
    names = [_bare(str(name)) for name in frame.columns]
    given = [_bare(name) for name in head.split(delimiter)]
    if len(set(names)) < len(names) or len(set(given)) < len(given):
        raise ValueError("two columns have one name")
    frame.columns = names
    return frame if decimal == "." else frame.replace(",", ".", regex=True)


def _bare(name: str) -> str:
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name.strip().strip('"')


def _shape(path: Path, frame: pd.DataFrame) -> str:
    """Shape whose names the columns bear."""
    names = set(frame.columns)
    if set(LONG) <= names:
        return "dmi"
    scores = {
        shape: len(names & set(text.column_map(shape).index)) for shape in ("aemet", "dmi", "plain")
    }
    best = max(scores, key=lambda shape: scores[shape])
    if scores[best] < 2:  # noqa: PLR2004 - a time and a quantity
        raise InputError(
            path.name, "line 1", "names no columns of weather that are known.",
            "Name them time (or month, day, hour), temperature, ghi, dhi, wind_speed.",
        )  # fmt: skip
    return best


def _wide(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per time, one column per parameter; the first of repeated values is kept."""
    keys = [name for name in ("observed", "from", "to") if name in frame][:1]
    wide = frame.drop_duplicates([*keys, "parameterId"]).pivot_table(
        index=keys, columns="parameterId", values="value", aggfunc="first"
    )
    facts = [name for name in ("stationId", "lat", "latitude", "lon", "longitude") if name in frame]
    for name in facts:
        if len(frame[name].dropna().unique()) > 1:
            raise ValueError(f"more than one {name}")
        wide[name] = frame[name].iloc[0]
    return wide.reset_index()


def _station(
    path: Path, frame: pd.DataFrame, known: dict[str, str], given: Station | None
) -> Station:
    """Station of the file, completed by what the user said."""
    facts: dict[str, str] = {}
    for column, fact in known.items():
        if fact in {"station", "latitude", "longitude", "elevation"}:
            values = frame[column].dropna().unique()
            if len(values) > 1:
                raise InputError(path.name, f"column {column}", f"holds {len(values)} stations.",
                                 "Cut the file to one station.")  # fmt: skip
            facts |= {fact: str(values[0])} if len(values) else {}
    if given is None and not {"latitude", "longitude"} <= set(facts):
        raise InputError(path.name, "", "does not say where the station is.",
                         "Add columns latitude and longitude, or give the position.")  # fmt: skip
    base = given or Station(path.stem[:80], float("nan"), float("nan"), float("nan"), 0.0)
    return Station(
        name=facts.get("station", base.name)[:80],
        latitude=float(facts.get("latitude", base.latitude)),
        longitude=float(facts.get("longitude", base.longitude)),
        elevation=float(facts.get("elevation", base.elevation)),
        utc_offset=base.utc_offset,
    )


def _begins(
    path: Path, frame: pd.DataFrame, known: dict[str, str], shape: str, given: Station | None
) -> tuple[pd.DatetimeIndex, float | None]:
    """Begin of the hour of each row, and the standard time minus UTC it is in [h].

    A file keeps its own time, so that a year that is whole there stays whole. A typical year has
    the time of its station: None.
    """
    by_fact = {fact: column for column, fact in known.items()}
    if shape == "plain" and set(CLOCK) <= set(by_fact):
        return _calendar(path, frame[[by_fact[name] for name in CLOCK]]), None
    fact = next((name for name in ("begin", "time", "end") if name in by_fact), None)
    if fact is None:
        raise InputError(path.name, "line 1", "names no column of time.",
                         "Name it time, or give month, day and hour.")  # fmt: skip
    cells = frame[by_fact[fact]]
    offset = _offset(path, cells, shape)
    if offset is None:
        return _naive(path, cells, given)
    times = pd.DatetimeIndex(pd.to_datetime(cells, utc=True, format="ISO8601")).tz_localize(None)
    return _hour(times + pd.Timedelta(hours=offset), ends=fact != "begin"), offset


def _hour(times: pd.DatetimeIndex, *, ends: bool) -> pd.DatetimeIndex:
    """Begin of the hour to which each time belongs; an end belongs to the hour before it."""
    return (times - TICK if ends else times).floor("h")


def _offset(path: Path, cells: pd.Series, shape: str) -> float | None:
    """Standard time minus UTC of the times [h]: the least of their offsets, as summer adds to it.

    Services write UTC also where they do not say so; None if a plain table does not say its zone.
    """
    zones = cells.dropna().str.extract(ZONE)
    if zones["zone"].isna().all():
        return None if shape == "plain" else 0.0
    if zones["zone"].isna().any():
        raise InputError(path.name, "time", "some rows have a time zone and some have none.",
                         "Write all in one way.")  # fmt: skip
    sign = np.where(zones["sign"] == "-", -1.0, 1.0)
    parts = zones[["hours", "minutes"]].fillna("0").astype(float)
    return float((sign * (parts["hours"] + parts["minutes"] / 60.0)).min())


def _naive(
    path: Path, cells: pd.Series, given: Station | None
) -> tuple[pd.DatetimeIndex, float | None]:
    """Times of a plain table in the local standard time that the user named."""
    if given is None:
        raise InputError(path.name, "time", "has no time zone.",
                         "Write times as 2023-01-01T00:00Z, or give the offset of local standard "
                         "time.")  # fmt: skip
    times = pd.DatetimeIndex(pd.to_datetime(cells, format="ISO8601"))
    return _hour(times, ends=False), given.utc_offset


def _calendar(path: Path, cells: pd.DataFrame) -> pd.DatetimeIndex:
    """Begin of the hours of a typical year from month, day and hour 1 to 24."""
    cells = cells.set_axis(list(CLOCK), axis=1)
    parts = pd.DataFrame({name: text.numbers(cells[name]) for name in CLOCK})
    wrong = ~parts["hour"].between(*HOURS) | (parts % 1 != 0).any(axis=1)
    if wrong.any():
        raise InputError.of(path.name, [Fault(
            f"row {int(np.flatnonzero(wrong)[0]) + 2}",
            f"{int(wrong.sum())} hours are not 1 to 24.",
            "Hour 1 ends at 01:00, hour 24 at midnight.",
        )])  # fmt: skip
    days = parts[["month", "day"]].assign(year=int(contract.limit("typical.year")))
    return pd.DatetimeIndex(pd.to_datetime(days) + pd.to_timedelta(parts["hour"] - 1.0, "h"))
