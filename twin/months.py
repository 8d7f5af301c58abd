"""Compacted readings: one Parquet file per month, in order of series and time."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from twin import folder
from twin.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

BLOCK: Final = 500_000
"""Rows that are held in memory at once when a month is written [1]."""

DTYPES: Final = {
    "series": "str",
    "time": "int64",
    "result": "int64",
    "value": "float64",
    "flags": "int64",
    "batch": "int64",
}
_STAMP: Final = pa.timestamp("us", tz="UTC")
_SCHEMA: Final = pa.schema([
    ("series", pa.string()),
    ("time", _STAMP),
    ("result", _STAMP),
    ("value", pa.float64()),
    ("flags", pa.int64()),
    ("batch", pa.int64()),
])  # fmt: skip
_NAME: Final = re.compile(r"\d{4}-\d{2}")
_ADVICE: Final = "Take it from a backup, or move it away and read the sources again."


def name(micros: int) -> str:
    """Month of a time in microseconds since 1970, as ``2014-08``."""
    return str(np.datetime64(micros, "us").astype("datetime64[M]"))


def span(month: str) -> tuple[int, int]:
    """First microsecond of a month, and of the next."""
    begin = np.datetime64(month, "M")
    edges = (
        np.array([begin, begin + np.timedelta64(1, "M")]).astype("datetime64[us]").astype("int64")
    )
    return int(edges[0]), int(edges[1])


def files(place: Path) -> dict[str, Path]:
    """Month to its file, in order of time."""
    found = {file.stem: file for file in place.glob("*.parquet") if _NAME.fullmatch(file.stem)}
    return dict(sorted(found.items()))


def read(place: Path, names: list[str] | None, first: int, last: int) -> list[pd.DataFrame]:
    """Readings of the months between two times, one table per month; times in microseconds.

    Parameters
    ----------
    place
        Folder of the months.
    names
        Series; all if None.
    first, last
        Times since 1970 [us], the last not included.

    Raises
    ------
    StoreError
        If a file is damaged.
    """
    low, high = (pa.scalar(moment, _STAMP) for moment in (first, last))
    rows: list[tuple[str, str, object]] = [("time", ">=", low), ("time", "<", high)]
    if names is not None:
        rows.append(("series", "in", names))
    within = [
        file
        for month, file in files(place).items()
        if span(month)[0] < last and span(month)[1] > first
    ]
    return [_read(file, rows) for file in within]


def _read(file: Path, rows: list[tuple[str, str, object]]) -> pd.DataFrame:
    try:
        found = pq.read_table(file, schema=_SCHEMA, filters=rows)
    except (pa.ArrowException, ValueError) as error:
        raise StoreError(file, "", "is damaged.", _ADVICE) from error
    numbers = found.cast(_numbers()).to_pandas()
    return numbers.astype(DTYPES)


def _numbers() -> pa.Schema:
    """The schema with times as plain numbers [us]."""
    kinds = [pa.int64() if field.type == _STAMP else field.type for field in _SCHEMA]
    return pa.schema(list(zip(_SCHEMA.names, kinds, strict=True)))


def fill_known(
    place: Path, kept: pd.DataFrame, known: pd.DataFrame, missing: NDArray[np.bool_]
) -> None:
    """Fill into `known` what the months hold for those keys of `kept` that are missing there.

    Parameters
    ----------
    place
        Folder of the months.
    kept
        Columns series and time [us], one row per key.
    known
        Columns result [us], value, flags and batch in the same order; changed in place.
    missing
        Which rows to look for.
    """
    there = files(place)
    if not there or not missing.any():
        return
    month = kept["time"].to_numpy().astype("datetime64[us]").astype("datetime64[M]").astype(str)
    for one in sorted(set(month[missing]) & set(there)):
        spots = np.flatnonzero(missing & (month == one))
        keys = kept.iloc[spots]
        names = keys["series"].unique().tolist()
        found = read(place, names, int(keys["time"].min()), int(keys["time"].max()) + 1)[0]
        found = found.set_index(["series", "time"])
        at = found.index.get_indexer(pd.MultiIndex.from_frame(keys[["series", "time"]]))
        for column in ("result", "value", "flags", "batch"):
            fact = found[column].to_numpy()[at[at >= 0]]
            known.iloc[spots[at >= 0], known.columns.get_loc(column)] = fact


def blocks(place: Path, month: str, sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Series of a month in order of name, in groups of at most about `BLOCK` rows.

    Parameters
    ----------
    place, month
        Folder of the months, and the month.
    sizes
        Rows of each series that are still in the inbox [1].
    """
    rows = dict(sizes)
    if month in (there := files(place)):
        counts = pq.read_table(there[month], columns=["series"])["series"].value_counts()
        for one in counts.to_pylist():
            rows[one["values"]] = rows.get(one["values"], 0) + one["counts"]
    group: list[str] = []
    size = 0
    for series in sorted(rows):
        if group and size + rows[series] > BLOCK:
            yield group
            group, size = [], 0
        group.append(series)
        size += rows[series]
    if group:
        yield group


@contextmanager
def rewritten(place: Path, month: str) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Write a month anew, block by block; the file is exchanged when all of it is on the disk."""
    temporary = place / f".{month}.tmp"
    target = place / f"{month}.parquet"
    with pq.ParquetWriter(temporary, _SCHEMA, compression="zstd") as stream:

        def add(block: pd.DataFrame) -> None:
            numbers = pa.Table.from_pandas(
                block[list(DTYPES)], schema=_numbers(), preserve_index=False
            )
            stream.write_table(numbers.cast(_SCHEMA))

        yield add
    folder.sync(temporary)
    folder.patiently(lambda: temporary.replace(target))
    folder.sync(place)
