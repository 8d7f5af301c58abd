"""Read files of sensor readings, CSV or Parquet, long or wide, block by block.

A wide file has one row per time and a column per quantity; a long one names station and quantity
in every row. Rows become readings in UTC and in the unit of the quantity; what cannot be used is
counted by reason. Memory does not grow with the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from layers import files, tables
from layers.drops import Drops
from layers.errors import InputError
from layers.schema import Source
from layers.sensors import clock, columns, tabular

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layers.sensors.columns import Entry, SensorMap

TABLE: Final = "readings"


@dataclass
class Tally:
    """What a file held, filled while its blocks are read.

    Parameters
    ----------
    rows, kept
        Readings found, and those that were passed on [1].
    drops
        What was not passed on, by reason.
    stations
        Series to its station facts.
    """

    rows: int = 0
    kept: int = 0
    drops: Drops = field(default_factory=Drops)
    stations: dict[str, dict[str, Any]] = field(default_factory=dict)

    def odd(self, line: int) -> None:
        """Count a line that has a wrong number of cells."""
        self.rows += 1
        self.drops.lose(TABLE, "wrong number of cells", [f"line {line}"])


@dataclass(frozen=True)
class Sensed:
    """A whole file of readings.

    Parameters
    ----------
    readings
        Columns series, time [UTC], result_time [UTC], value, flags.
    stations
        Contract ``stations``, in EPSG:4326; a station without coordinates has no geometry.
    drops
        Columns table, reason, count [1], examples.
    source
        Provenance.
    """

    readings: pd.DataFrame
    stations: gpd.GeoDataFrame
    drops: pd.DataFrame
    source: Source


def read(path: Path | str, mapping: SensorMap) -> Sensed:
    """Read a whole file; for large ones use `blocks`.

    Parameters
    ----------
    path
        A .csv, .tsv, .txt or .parquet file.
    mapping
        What its columns are.

    Raises
    ------
    InputError
        If the file cannot be used, or no row of it can.
    """
    tally = Tally()
    found = list(blocks(path, mapping, tally))
    return Sensed(pd.concat(found, ignore_index=True), *summary(path, mapping, tally))


def summary(
    path: Path | str, mapping: SensorMap, tally: Tally
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, Source]:
    """Stations, drops and provenance of a file whose blocks have been read."""
    file = files.checked(path)
    source = Source(
        what="sensor readings",
        origin=file.name,
        reference_date=mapping.fixed("reference_date"),
        licence=mapping.fixed("licence"),
        attribution=mapping.fixed("attribution"),
        digest=files.digest(file),
        rows_in=tally.rows,
        rows_kept=tally.kept,
        rows_refused=tally.rows - tally.kept,
    )
    places = stations(tally)
    return places, tally.drops.frame(), source


def stations(tally: Tally) -> gpd.GeoDataFrame:
    """Station table of what was read, in EPSG:4326; figures that cannot be are left out."""
    contract = tables.schema("stations")
    rows = pd.DataFrame.from_dict(tally.stations, orient="index")
    rows = rows.reindex(columns=["lon", "lat", *contract.names])
    placed = rows["lon"].notna() & rows["lat"].notna()
    points = gpd.points_from_xy(rows["lon"].astype(float), rows["lat"].astype(float))
    rows["geometry"] = pd.Series(points, index=rows.index, dtype=object).where(placed, None)
    texts = [one.name for one in contract.columns if one.dtype == "str"]
    numbers = [one for one in contract.columns if one.dtype == "float64"]
    kinds = dict.fromkeys(texts, "str") | {one.name: "float64" for one in numbers}
    rows = rows.astype(kinds)
    for one in numbers:
        wrong = (rows[one.name] < one.lower) | (rows[one.name] > one.upper)
        tally.drops.note("stations", f"impossible {one.name}", rows.index[wrong])
        rows[one.name] = rows[one.name].mask(wrong)
    rows.index = pd.Index(rows.index, dtype="str", name=contract.index.name)
    frame = gpd.GeoDataFrame(
        rows.drop(columns=["lon", "lat"]), geometry="geometry", crs="EPSG:4326"
    )
    return contract.validate(frame.sort_index())


def blocks(path: Path | str, mapping: SensorMap, tally: Tally) -> Iterator[pd.DataFrame]:
    """Readings of a file, block by block; the hour that occurs twice comes last, as one block.

    Parameters
    ----------
    path, mapping
        As for `read`.
    tally
        Is filled while reading.

    Raises
    ------
    InputError
        If the file cannot be used, or no row of it can.
    """
    file = files.checked(path)
    zone = mapping.fixed("timezone")
    held: list[pd.DataFrame] = []
    for raw in tabular.frames(file, mapping, tally.odd):
        timed = _timed(raw, mapping, zone)
        twice = timed["ambiguous"].to_numpy()
        if twice.any():
            held.append(timed[twice])
        yield from _passed(file, timed[~twice], mapping, tally)
    if held:
        rows = pd.concat(held, ignore_index=True)
        late = clock.second_pass(rows["local"], rows["station"], rows["order"])
        rows["time"] += pd.to_timedelta(late * _fold(rows, zone), unit="s")
        rows["flags"] |= bit("ambiguous_hour")
        yield from _passed(file, rows, mapping, tally)
    if not tally.kept:
        told = ", ".join(
            f"{count} {reason}" for (_, reason), (count, _) in tally.drops.rows.items()
        )
        raise InputError(file.name, "", f"No row can be used ({told or 'there are none'}).",
                         "Check the column map.")  # fmt: skip


def from_rows(
    name: str, raw: pd.DataFrame, mapping: SensorMap, tally: Tally
) -> Iterator[pd.DataFrame]:
    """Readings of rows that came by themselves, not in a file; none if no row can be used.

    Of local times that occur twice the first is meant: what arrives in pieces has no order that
    could tell more. Such readings are flagged.

    Parameters
    ----------
    name
        Where they came from, for messages.
    raw
        Rows with the columns that the map names.
    mapping, tally
        As for `blocks`.
    """
    timed = _timed(raw, mapping, mapping.fixed("timezone"))
    timed["flags"] |= np.where(timed["ambiguous"], bit("ambiguous_hour"), 0)
    yield from _passed(Path(name), timed, mapping, tally)


def bit(flag: str) -> int:
    """Bit of a flag of ``sensor_flags.csv``."""
    rows = tables.load("sensor_flags").set_index("flag")
    return int(rows.loc[flag, "bit"])


def _fold(rows: pd.DataFrame, zone: str) -> np.ndarray[Any, Any]:
    """By how much the clock goes back at each ambiguous time [s]."""
    summer = rows["local"].dt.tz_localize(zone, ambiguous=np.ones(len(rows), bool))
    winter = rows["local"].dt.tz_localize(zone, ambiguous=np.zeros(len(rows), bool))
    return np.asarray((winter - summer).dt.total_seconds(), dtype=float)


def _passed(
    file: Path, timed: pd.DataFrame, mapping: SensorMap, tally: Tally
) -> Iterator[pd.DataFrame]:
    """Readings of rows whose time is known, one table for all columns of values."""
    found = [_readings(file, timed, entry, mapping, tally) for entry in mapping.measures]
    filled = [one for one in found if len(one)]
    if filled:
        block = pd.concat(filled, ignore_index=True)
        tally.kept += len(block)
        yield block


def _timed(raw: pd.DataFrame, mapping: SensorMap, zone: str) -> pd.DataFrame:
    """Rows with time in UTC, station, order of arrival and flags."""
    utc, local = clock.parse(raw[mapping.time.theirs], mapping.time.unit)
    from_local, ambiguous, skipped = clock.to_utc(local, zone)
    order = mapping.column("order")
    return raw.assign(
        time=utc.fillna(from_local),
        local=local,
        station=_told(raw, mapping, "station").astype("str").str.strip(),
        order=pd.to_numeric(raw[order], errors="coerce") if order else raw.index.to_numpy(),
        result=_result(raw, mapping, zone),
        ambiguous=ambiguous,
        flags=np.where(skipped, bit("skipped_hour"), 0) | _doubt(raw, mapping),
    )


def _told(raw: pd.DataFrame, mapping: SensorMap, ours: str) -> pd.Series:
    """A field of every row: from its column, else the fixed fact, else missing."""
    column = mapping.column(ours)
    if column:
        return raw[column]
    return pd.Series(mapping.fixed(ours) or None, index=raw.index, dtype="object")


def _result(raw: pd.DataFrame, mapping: SensorMap, zone: str) -> pd.Series:
    column = mapping.column("result_time")
    if not column:
        return pd.Series(pd.NaT, index=raw.index, dtype=clock.UTC)
    utc, local = clock.parse(raw[column], "")
    return utc.fillna(clock.to_utc(local, zone)[0])


def _doubt(raw: pd.DataFrame, mapping: SensorMap) -> Any:
    column = mapping.column("status")
    if not column:
        return 0
    good = {word.strip() for word in mapping.fixed("status").split("|")}
    return np.where(raw[column].isin(good), 0, bit("doubtful"))


def _readings(
    file: Path, timed: pd.DataFrame, entry: Entry, mapping: SensorMap, tally: Tally
) -> pd.DataFrame:
    """Readings of one column of values; what cannot be used is counted."""
    quantity = timed[mapping.column("quantity")] if not entry.quantity else entry.quantity
    unit = timed[mapping.column("unit")] if not entry.quantity else entry.unit
    rows = timed.assign(quantity=quantity, unit=unit, cell=timed[entry.theirs])
    value = _numbers(rows["cell"], mapping)
    tally.rows += len(rows)
    reasons = {
        "no value": rows["cell"].isna(),
        "not a number": value.isna(),
        "no time": rows["time"].isna(),
        "no station": rows["station"].isin(["", "None", "nan"]) | rows["station"].isna(),
        "quantity or unit not known": ~_convertible(rows),
    }
    usable = pd.Series(np.ones(len(rows), bool), index=rows.index)
    for reason, bad in reasons.items():
        tally.drops.lose(TABLE, reason, [f"row {row + 1}" for row in rows.index[usable & bad]])
        usable &= ~bad
    rows = rows.assign(value=value)[usable]
    return _named(file, _converted(rows), mapping, tally)


def _numbers(cells: pd.Series, mapping: SensorMap) -> pd.Series:
    if mapping.fixed("decimal") == "," and not pd.api.types.is_numeric_dtype(cells.dtype):
        cells = cells.str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def _pairs(rows: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float] | None]:
    """Quantity and unit as written, and how to convert them."""
    known = set(tables.load("sensor_quantities")["quantity"])
    pairs = rows[["quantity", "unit"]].drop_duplicates().itertuples(index=False, name=None)
    return {
        (q, u): columns.conversion(str(u), columns.unit_of(q)) if q in known else None
        for q, u in pairs
    }


def _convertible(rows: pd.DataFrame) -> pd.Series:
    pairs = _pairs(rows)
    if len(pairs) == 1:
        return pd.Series(next(iter(pairs.values())) is not None, index=rows.index)
    keys = zip(rows["quantity"], rows["unit"], strict=True)
    return pd.Series([pairs[key] is not None for key in keys], index=rows.index, dtype=bool)


def _converted(rows: pd.DataFrame) -> pd.DataFrame:
    pairs = {key: found or (np.nan, np.nan) for key, found in _pairs(rows).items()}
    if len(pairs) == 1:
        scale, offset = next(iter(pairs.values()))
        return rows.assign(value=rows["value"] * scale + offset)
    both = [pairs[key] for key in zip(rows["quantity"], rows["unit"], strict=True)]
    scales, offsets = np.array(both, dtype=float).reshape(-1, 2).T
    return rows.assign(value=rows["value"] * scales + offsets)


def _named(file: Path, rows: pd.DataFrame, mapping: SensorMap, tally: Tally) -> pd.DataFrame:
    """Readings with the name of their series; a station is noted when it is first seen."""
    prefix = mapping.fixed("source")
    series = prefix + ":" + rows["station"] + ":" + rows["quantity"].astype("str")
    first = ~series.duplicated() & ~series.isin(list(tally.stations))
    for spot, name in series[first].items():
        tally.stations[str(name)] = _station(rows.loc[spot], mapping)
    if len(tally.stations) > tables.figures("sensor_limits")["stations"]:
        raise InputError(file.name, "", "It names too many stations.", "Check the column map.")
    return pd.DataFrame(
        {
            "series": series.astype("str"),
            "time": rows["time"],
            "result_time": rows["result"],
            "value": rows["value"],
            "flags": rows["flags"].astype("int64"),
        }
    )


def _station(row: pd.Series, mapping: SensorMap) -> dict[str, Any]:
    """Facts of a station; coordinates that are none are missing."""
    place = {
        name: pd.to_numeric(_told(row.to_frame().T, mapping, name), errors="coerce").iloc[0]
        for name in ("lon", "lat", "height", "bearing", "ways")
    }
    if not (abs(place["lon"]) <= 180 and abs(place["lat"]) <= 90):  # noqa: PLR2004 - degrees
        place |= {"lon": np.nan, "lat": np.nan}
    return place | {
        "station": row["station"],
        "quantity": row["quantity"],
        "unit": columns.unit_of(row["quantity"]),
        "owner": mapping.fixed("owner") or None,
        "source": mapping.fixed("source"),
        "grade": mapping.fixed("grade"),
        "kind": "series",
        "vehicle_class": _told(row.to_frame().T, mapping, "vehicle_class").iloc[0],
    }
