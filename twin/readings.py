"""Readings of sensors: one long table of a twin that takes every message once, in any order.

New readings go into an inbox, ``readings.sqlite`` in write-ahead mode, keyed by series and
phenomenon time; months that are over are compacted to ``readings/<year-month>.parquet``. When
`Readings.ingest` returns, the readings are on the disk: only then may a message be acknowledged.
The newest result goes before older ones, whichever comes first: order and repetition of messages
leave no trace in the table. The inbox needs a disk of this machine, not one of the network.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pandas as pd

from twin import folder, months
from twin.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from numpy.typing import NDArray

COLUMNS: Final = ("series", "time", "result_time", "value", "flags")
"""Columns of a table of readings; result_time and flags may be left out when ingesting."""

TIME: Final = "datetime64[us, UTC]"
MAX_NAME: Final = 200
"""Longest name of a series [1]."""

EARLIEST: Final = pd.Timestamp("1900-01-01", tz="UTC")
LATEST: Final = pd.Timestamp("2200-01-01", tz="UTC")
"""Times outside these are typing errors or clocks that were never set."""

WAIT: Final = 30.0
"""How long to wait for another writer [s]."""

_FILE: Final = "readings.sqlite"
_MONTHS: Final = "readings"
_VERSION: Final = 1
_BACKUP: Final = "Take readings.sqlite from a backup, or move it away and read the sources again."
_SCHEMA: Final = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    rows INTEGER NOT NULL DEFAULT 0, first INTEGER, last INTEGER
);
CREATE TABLE readings (
    series INTEGER NOT NULL, time INTEGER NOT NULL, result INTEGER NOT NULL,
    value REAL NOT NULL, flags INTEGER NOT NULL, batch INTEGER NOT NULL,
    PRIMARY KEY (series, time)
) WITHOUT ROWID;
CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO state VALUES ('batch', 0);
"""
_INCOMING: Final = """
CREATE TEMP TABLE incoming (
    row INTEGER PRIMARY KEY, series INTEGER NOT NULL, time INTEGER NOT NULL
);
"""
_KNOWN: Final = """
SELECT row, r.result, r.value, r.flags, r.batch FROM incoming
JOIN readings AS r ON r.series = incoming.series AND r.time = incoming.time
"""


@dataclass(frozen=True)
class Counts:
    """What became of the rows of one or more ingestions; the five add up to the rows.

    Parameters
    ----------
    new
        Series and time not seen before [1].
    changed
        A newer result with another value or flags went before the older one [1].
    duplicate
        Said what is known already [1].
    late
        An older result than the one that is kept; left out [1].
    rejected
        No series, no usable time or no finite value [1].
    """

    new: int = 0
    changed: int = 0
    duplicate: int = 0
    late: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def rows(self) -> int:
        """Rows that came in [1]."""
        return sum(getattr(self, one.name) for one in fields(self))


def open(path: Path | str, *, wait: float = WAIT) -> Readings:  # noqa: A001 - as store.open
    """Open the readings of a twin folder; the inbox is made if it is not there.

    Parameters
    ----------
    path
        The twin folder.
    wait
        How long to wait for another writer [s].

    Raises
    ------
    StoreError
        If the folder is not there, or its inbox is damaged or newer than this toolkit.
    """
    root = Path(path)
    if not root.is_dir():
        raise StoreError(root, "", "is not a folder.", "Name the folder of a saved twin.")
    with _plain_errors(root):
        inbox = sqlite3.connect(root / _FILE, timeout=wait, isolation_level=None)
        try:
            _prepare(root, inbox)
        except BaseException:
            inbox.close()
            raise
    return Readings(root, inbox)


def _prepare(root: Path, inbox: sqlite3.Connection) -> None:
    inbox.execute("PRAGMA auto_vacuum = INCREMENTAL")
    inbox.execute("PRAGMA journal_mode = WAL")
    inbox.execute("PRAGMA synchronous = FULL")
    inbox.execute("PRAGMA temp_store = MEMORY")
    with _transaction(inbox):
        version = inbox.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                inbox.execute(statement)
            inbox.execute(f"PRAGMA user_version = {_VERSION}")
        elif version > _VERSION:
            reason = f"has format {version}, this toolkit knows {_VERSION}."
            raise StoreError(root / _FILE, "", reason, "Install a newer netzero-twin.")
    inbox.execute(_INCOMING)


@contextmanager
def _plain_errors(root: Path) -> Iterator[None]:
    """Turn what SQLite and the file system refuse into a StoreError that says what to do."""
    with folder.plain_errors(root, "Check the permissions and the free space of the disk."):
        try:
            yield
        except sqlite3.OperationalError as error:
            advice = "Wait for the other program, or check the permissions and the free space."
            raise StoreError(root / _FILE, "", f"{error}.", advice) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(root / _FILE, "", f"is damaged ({error}).", _BACKUP) from error


@contextmanager
def _transaction(inbox: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, one writer at a time."""
    inbox.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        inbox.execute("ROLLBACK")
        raise
    inbox.execute("COMMIT")


class Readings:
    """Readings of one twin folder, open for reading and writing; made by `open`.

    Use it in one thread; other threads and programs open their own.
    """

    def __init__(self, root: Path, inbox: sqlite3.Connection) -> None:
        self._root = root
        self._inbox = inbox

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the files go."""
        self._inbox.close()

    @property
    def batch(self) -> int:
        """Number of the last ingestion that brought anything new [1]."""
        with _plain_errors(self._root):
            found = self._inbox.execute("SELECT value FROM state WHERE name = 'batch'").fetchone()
        return int(found[0])

    def ingest(self, frame: pd.DataFrame) -> Counts:
        """Take readings in; when this returns they are on the disk, all of them.

        Of several results for one series and time the newest is kept; of results of the same time
        the larger value, so that the table does not depend on the order of arrival. A result
        without a result time counts as made at the phenomenon time, the earliest it can be.

        Parameters
        ----------
        frame
            Columns series (text), time (UTC), value (float), and if known result_time (UTC) and
            flags (whole number, see `layers.sensors.quality`).

        Raises
        ------
        StoreError
            If the disk is full or another program writes for too long; then nothing is taken in.
        KeyError, TypeError
            If a column is missing or a time has no time zone: a mistake of the caller.
        """
        rows, rejected = _checked(frame)
        kept, counts = _newest_of_batch(rows)
        counts += Counts(rejected=rejected)
        if kept.empty:
            return counts
        with _plain_errors(self._root), _transaction(self._inbox):
            kept["id"] = kept["series"].map(self._ids(kept["series"].unique()))
            known = self._known(kept)
            wins = _wins(kept, known)
            self._store(kept, known, wins)
        return counts + _judged(kept, known, wins)

    def _ids(self, names: Iterable[str]) -> dict[str, int]:
        rows = [(str(name),) for name in names]
        self._inbox.executemany("INSERT OR IGNORE INTO series (name) VALUES (?)", rows)
        ask = "SELECT id FROM series WHERE name = ?"
        return {name: self._inbox.execute(ask, (name,)).fetchone()[0] for (name,) in rows}

    def _known(self, kept: pd.DataFrame) -> pd.DataFrame:
        """What is known already for the keys of `kept`, one row each; result < 0 if nothing."""
        columns = ("result", "value", "flags", "batch")
        known = pd.DataFrame(
            {"result": _NEVER, "value": np.nan, "flags": 0, "batch": 0}, index=kept.index
        )
        keys = zip(range(len(kept)), kept["id"].tolist(), kept["time"].tolist(), strict=True)
        self._inbox.execute("DELETE FROM incoming")
        self._inbox.executemany("INSERT INTO incoming VALUES (?, ?, ?)", keys)
        found = self._inbox.execute(_KNOWN).fetchall()
        if found:
            spots, *facts = (np.array(fact) for fact in zip(*found, strict=True))
            for name, fact in zip(columns, facts, strict=True):
                known.iloc[spots, known.columns.get_loc(name)] = fact
        missing = (known["result"] == _NEVER).to_numpy()
        months.fill_known(self._root / _MONTHS, kept, known, missing)
        return known

    def _store(self, kept: pd.DataFrame, known: pd.DataFrame, wins: NDArray[np.bool_]) -> None:
        if not wins.any():
            return
        ask = "UPDATE state SET value = value + 1 WHERE name = 'batch' RETURNING value"
        number = self._inbox.execute(ask).fetchone()[0]
        fresh = (known["result"] == _NEVER).to_numpy()
        won = kept[wins].assign(batch=np.where(fresh, number, known["batch"])[wins])
        columns = (
            won[name].tolist() for name in ("id", "time", "result", "value", "flags", "batch")
        )
        self._inbox.executemany(
            "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?, ?)",
            zip(*columns, strict=True),
        )
        span = kept[fresh].groupby("id")["time"].agg(["count", "min", "max"])
        self._inbox.executemany(
            "UPDATE series SET rows = rows + ?, first = min(ifnull(first, ?), ?), "
            "last = max(ifnull(last, ?), ?) WHERE id = ?",
            [(n, lo, lo, hi, hi, key) for key, n, lo, hi in span.itertuples(name=None)],
        )

    def read(
        self,
        series: str | Iterable[str] | None = None,
        start: pd.Timestamp | None = None,
        end: pd.Timestamp | None = None,
        *,
        until: int | None = None,
    ) -> pd.DataFrame:
        """Give readings in order of series and time: columns as `COLUMNS`, times in UTC.

        Parameters
        ----------
        series
            One or more series; all if left out.
        start, end
            Phenomenon times, the start included, the end not; both with a time zone.
        until
            Leave out what was new in later batches than this (`batch`): what a reader sees stays
            the same while others write, except for values that were corrected.
        """
        names = [series] if isinstance(series, str) else None if series is None else list(series)
        first, last = _micros(start, EARLIEST), _micros(end, LATEST)
        with _plain_errors(self._root):  # first the inbox: compaction goes from there to the months
            parts = [self._from_inbox(names, first, last)]
            parts += months.read(self._root / _MONTHS, names, first, last)
        merged = _newest(pd.concat([part for part in parts if len(part)] or parts[:1]))
        if until is not None:
            merged = merged[merged["batch"] <= until]
        return _public(merged)

    def _from_inbox(self, names: list[str] | None, first: int, last: int) -> pd.DataFrame:
        ids = dict(self._inbox.execute("SELECT id, name FROM series"))
        wanted = sorted(ids) if names is None else [key for key in ids if ids[key] in set(names)]
        ask = "SELECT * FROM readings WHERE series = ? AND time >= ? AND time < ?"
        parts = [
            _frame(self._inbox.execute(ask, (key, first, last)).fetchall(), ids[key])
            for key in wanted
        ]
        filled = [part for part in parts if len(part)]
        return pd.concat(filled) if filled else _frame([], "")

    def series(self) -> pd.DataFrame:
        """Give index series; rows [1], first and last phenomenon time (UTC), without reading them.

        A client that fetches from a service goes on from the last time of each series.
        """
        with _plain_errors(self._root):
            rows = self._inbox.execute("SELECT name, rows, first, last FROM series").fetchall()
        found = pd.DataFrame(rows, columns=["series", "rows", "first", "last"])
        found = found.astype({"series": "str", "rows": "int64"}).set_index("series").sort_index()
        for column in ("first", "last"):
            found[column] = pd.to_datetime(found[column].astype("int64"), unit="us", utc=True)
        return found

    def compact(self, *, everything: bool = False) -> list[str]:
        """Move months that are over from the inbox to Parquet; give the months that were moved.

        A crash at any moment loses and doubles nothing: a month is whole on the disk before its
        rows leave the inbox.

        Parameters
        ----------
        everything
            Also move the month of the newest reading, to which more will come.
        """
        with _plain_errors(self._root):
            place = self._root / _MONTHS
            place.mkdir(exist_ok=True)
            due = self._due(everything=everything)
            for month in due:
                with _transaction(self._inbox):
                    self._move(place, month)
            self._inbox.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._inbox.execute("PRAGMA incremental_vacuum").fetchall()
        return due

    def _due(self, *, everything: bool) -> list[str]:
        ask = "SELECT DISTINCT strftime('%Y-%m', time / 1000000, 'unixepoch') FROM readings"
        found = sorted(row[0] for row in self._inbox.execute(ask))
        newest = self._inbox.execute("SELECT max(last) FROM series").fetchone()[0]
        current = "" if newest is None else months.name(newest)
        return [month for month in found if everything or month != current]

    def _move(self, place: Path, month: str) -> None:
        folder.sweep(place)
        first, last = months.span(month)
        ask = (
            "SELECT name, count(*) FROM readings JOIN series ON series.id = readings.series "
            "WHERE time >= ? AND time < ? GROUP BY name"
        )
        sizes = dict(self._inbox.execute(ask, (first, last)).fetchall())
        with months.rewritten(place, month) as add:
            for names in months.blocks(place, month, sizes):
                inbox = self._from_inbox(names, first, last)
                old = months.read(place, names, first, last)
                parts = [part for part in (inbox, *old) if len(part)]
                add(_newest(pd.concat(parts)))
        self._inbox.execute("DELETE FROM readings WHERE time >= ? AND time < ?", (first, last))


_NEVER: Final = np.iinfo(np.int64).min
_ORDER: Final = ["series", "time", "result", "value", "flags"]


def _micros(moment: pd.Timestamp | None, default: pd.Timestamp) -> int:
    aware = (default if moment is None else moment).tz_convert("UTC")
    return int(aware.tz_localize(None).to_datetime64().astype("datetime64[us]").astype("int64"))


def _frame(rows: list[Any], series: str) -> pd.DataFrame:
    """Rows of one series as they stand in the inbox, the number of the series made a name."""
    found = pd.DataFrame(rows, columns=["series", "time", "result", "value", "flags", "batch"])
    return found.astype(months.DTYPES | {"series": "object"}).assign(
        series=pd.Series([series] * len(found), dtype="str")
    )


def _newest(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per series and time: the newest result, and the batch that first brought it."""
    ordered = frame.sort_values(_ORDER, kind="stable", ignore_index=True)
    batch = ordered.groupby(["series", "time"], sort=False)["batch"].transform("min")
    last = ~ordered.duplicated(["series", "time"], keep="last")
    return ordered.assign(batch=batch)[last]


def _public(merged: pd.DataFrame) -> pd.DataFrame:
    times = {
        ours: pd.to_datetime(merged[theirs], unit="us", utc=True).astype(TIME)
        for ours, theirs in (("time", "time"), ("result_time", "result"))
    }
    return merged.assign(**times)[list(COLUMNS)].reset_index(drop=True)


def _checked(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows as the inbox holds them, and how many cannot be used [1]."""
    series = frame["series"].astype("str")
    value = pd.to_numeric(frame["value"]).astype("float64")
    time = _utc(frame["time"])
    result = _utc(frame["result_time"]).fillna(time) if "result_time" in frame else time
    usable = series.str.len().between(1, MAX_NAME) & np.isfinite(value)
    usable &= time.between(EARLIEST, LATEST, inclusive="left") & result.between(EARLIEST, LATEST)
    flags = frame["flags"].astype("int64") if "flags" in frame else 0
    rows = pd.DataFrame(
        {"series": series, "time": time, "result": result, "value": value + 0.0, "flags": flags}
    )[usable]
    rows = rows.astype({"time": "int64", "result": "int64"}).reset_index(drop=True)
    return rows, int((~usable).sum())


def _utc(times: pd.Series) -> pd.Series:
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        raise TypeError(f"column {times.name} must hold times with a time zone")
    return times.dt.tz_convert("UTC").astype(TIME)


def _newest_of_batch(rows: pd.DataFrame) -> tuple[pd.DataFrame, Counts]:
    """One row per key; the others count as duplicate or late."""
    ordered = rows.sort_values(_ORDER, ignore_index=True)
    last = ~ordered.duplicated(["series", "time"], keep="last")
    kept = ordered[last].reset_index(drop=True)
    if len(kept) == len(ordered):
        return kept, Counts()
    winner = ordered[last].set_index(["series", "time"])["value"]
    others = ordered[~last]
    keys = pd.MultiIndex.from_frame(others[["series", "time"]])
    same = int((winner.reindex(keys).to_numpy() == others["value"].to_numpy()).sum())
    return kept, Counts(duplicate=same, late=len(others) - same)


def _wins(kept: pd.DataFrame, known: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each row goes before what is known: by result time, then value, then flags."""
    wins, equal = np.zeros(len(kept), bool), np.ones(len(kept), bool)
    for name in ("result", "value", "flags"):
        mine, theirs = kept[name].to_numpy(), known[name].to_numpy()
        wins |= equal & (mine > theirs)
        equal &= mine == theirs
    return wins


def _judged(kept: pd.DataFrame, known: pd.DataFrame, wins: NDArray[np.bool_]) -> Counts:
    fresh = (known["result"] == _NEVER).to_numpy()
    same = (kept["value"] == known["value"]) & (kept["flags"] == known["flags"])
    other = ~fresh & ~same.to_numpy()
    return Counts(
        new=int(fresh.sum()),
        changed=int((other & wins).sum()),
        duplicate=int((~fresh & ~other).sum()),
        late=int((other & ~wins).sum()),
    )
