"""The inbox of readings: one SQLite file that takes many small writes and survives a crash."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from twin import folder
from twin.arrivals import NEVER
from twin.errors import StoreError
from twin.months import DTYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

FILE: Final = "readings.sqlite"
VERSION: Final = 1
"""Format of the inbox that this toolkit writes [1]."""

_BACKUP: Final = "Take readings.sqlite from a backup, or move it away and read the sources again."
_SCHEMA: Final = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first INTEGER, last INTEGER,
    rows INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
    duplicate INTEGER NOT NULL DEFAULT 0, late INTEGER NOT NULL DEFAULT 0,
    disorder INTEGER NOT NULL DEFAULT 0
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
_TALLY: Final = """
UPDATE series SET first = min(ifnull(first, ?), ?), last = max(ifnull(last, ?), ?),
    rows = rows + ?, changed = changed + ?, duplicate = duplicate + ?, late = late + ?,
    disorder = disorder + ?
WHERE id = ?
"""


def connect(root: Path, wait: float) -> sqlite3.Connection:
    """Open the inbox of a twin folder; it is made if it is not there.

    Parameters
    ----------
    root
        The twin folder.
    wait
        How long to wait for another writer [s].

    Raises
    ------
    StoreError
        If the inbox is damaged or newer than this toolkit.
    """
    with plain_errors(root):
        inbox = sqlite3.connect(root / FILE, timeout=wait, isolation_level=None)
        try:
            _prepare(root, inbox)
        except BaseException:
            inbox.close()
            raise
    return inbox


def _prepare(root: Path, inbox: sqlite3.Connection) -> None:
    inbox.execute("PRAGMA auto_vacuum = INCREMENTAL")
    inbox.execute("PRAGMA journal_mode = WAL")
    inbox.execute("PRAGMA synchronous = FULL")
    inbox.execute("PRAGMA temp_store = MEMORY")
    if _version(inbox) == 0:
        with transaction(inbox):
            if _version(inbox) == 0:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    inbox.execute(statement)
                inbox.execute(f"PRAGMA user_version = {VERSION}")
    if _version(inbox) > VERSION:
        reason = f"has format {_version(inbox)}, this toolkit knows {VERSION}."
        raise StoreError(root / FILE, "", reason, "Install a newer netzero-twin.")
    inbox.execute(_INCOMING)


def _version(inbox: sqlite3.Connection) -> int:
    return int(inbox.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def plain_errors(root: Path) -> Iterator[None]:
    """Turn what SQLite and the file system refuse into a StoreError that says what to do."""
    with folder.plain_errors(root, "Check the permissions and the free space of the disk."):
        try:
            yield
        except sqlite3.OperationalError as error:
            advice = "Wait for the other program, or check the permissions and the free space."
            raise StoreError(root / FILE, "", f"{error}.", advice) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(root / FILE, "", f"is damaged ({error}).", _BACKUP) from error


@contextmanager
def transaction(inbox: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, one writer at a time."""
    inbox.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        inbox.execute("ROLLBACK")
        raise
    inbox.execute("COMMIT")


def ids(inbox: sqlite3.Connection, names: Iterable[str]) -> list[int]:
    """Numbers of series, in the order of their names; new series get one."""
    rows = [(str(name),) for name in names]
    inbox.executemany("INSERT OR IGNORE INTO series (name) VALUES (?)", rows)
    ask = "SELECT id FROM series WHERE name = ?"
    return [int(inbox.execute(ask, row).fetchone()[0]) for row in rows]


def unseen(inbox: sqlite3.Connection, kept: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each row is later than all of its series: most are, and nothing is known of them.

    Parameters
    ----------
    kept
        Columns key (number of the series) and time [us].
    """
    last = dict(inbox.execute("SELECT id, ifnull(last, -9223372036854775808) FROM series"))
    known_until = kept["key"].map(last).to_numpy(dtype=np.int64)
    return np.asarray(kept["time"].to_numpy() > known_until)


def known(inbox: sqlite3.Connection, kept: pd.DataFrame) -> pd.DataFrame:
    """What the inbox knows for the keys of `kept`; result is `NEVER` where nothing.

    Parameters
    ----------
    kept
        Columns key (number of the series) and time [us], one row per key.
    """
    columns = {"result": NEVER, "value": np.nan, "flags": 0, "batch": 0}
    found = {name: np.full(len(kept), empty) for name, empty in columns.items()}
    look = np.flatnonzero(~unseen(inbox, kept))
    keys = zip(look.tolist(), *(kept[name].to_numpy()[look].tolist() for name in ("key", "time")),
               strict=True)  # fmt: skip
    inbox.execute("DELETE FROM incoming")
    inbox.executemany("INSERT INTO incoming VALUES (?, ?, ?)", keys)
    rows = inbox.execute(_KNOWN).fetchall()
    if rows:
        spots, *facts = (np.array(fact) for fact in zip(*rows, strict=True))
        for name, fact in zip(columns, facts, strict=True):
            found[name][spots] = fact
    return pd.DataFrame(found, index=kept.index)


def put(inbox: sqlite3.Connection, rows: pd.DataFrame) -> None:
    """Write rows in place of what is there for their keys."""
    columns = (rows[name].tolist() for name in ("key", "time", "result", "value", "flags", "batch"))
    inbox.executemany(
        "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?, ?)", zip(*columns, strict=True)
    )


def next_batch(inbox: sqlite3.Connection) -> int:
    """Number of the ingestion that is going on [1]."""
    ask = "UPDATE state SET value = value + 1 WHERE name = 'batch' RETURNING value"
    return int(inbox.execute(ask).fetchone()[0])


def batch(inbox: sqlite3.Connection) -> int:
    """Number of the last ingestion that brought anything new [1]."""
    return int(inbox.execute("SELECT value FROM state WHERE name = 'batch'").fetchone()[0])


def tally(inbox: sqlite3.Connection, kept: pd.DataFrame, outcomes: pd.DataFrame) -> None:
    """Keep count per series of what came in.

    Parameters
    ----------
    kept
        Columns key, time [us] and fresh (the key was not known), in order of series and time.
    outcomes
        Index key; rows per outcome [1].
    """
    disorder = (kept["fresh"] & ~unseen(inbox, kept)).groupby(kept["key"]).sum()
    span = kept.groupby("key")["time"].agg(["min", "max"])
    rows = span.join(outcomes).assign(disorder=disorder)
    inbox.executemany(
        _TALLY,
        [
            (lo, lo, hi, hi, new, changed, duplicate, late, odd, key)
            for key, lo, hi, new, changed, duplicate, late, odd in rows[
                ["min", "max", "new", "changed", "duplicate", "late", "disorder"]
            ].itertuples(name=None)
        ],
    )


def rows(inbox: sqlite3.Connection, names: list[str] | None, first: int, last: int) -> pd.DataFrame:
    """Readings in the inbox between two times [us], the last not included.

    Parameters
    ----------
    names
        Series; all if None.
    """
    known_names = dict(inbox.execute("SELECT id, name FROM series"))
    wanted = None if names is None else set(names)
    ask = "SELECT * FROM readings WHERE series = ? AND time >= ? AND time < ?"
    parts = [
        _frame(found, name)
        for key, name in known_names.items()
        if (wanted is None or name in wanted)
        and (found := inbox.execute(ask, (key, first, last)).fetchall())
    ]
    return pd.concat(parts, ignore_index=True) if parts else _frame([], "")


def _frame(found: list[Any], name: str) -> pd.DataFrame:
    """Rows of one series as they stand in the inbox, the number of the series made a name."""
    table = pd.DataFrame(found, columns=["series", "time", "result", "value", "flags", "batch"])
    table["series"] = pd.Series([name] * len(found), dtype="str")
    return table.astype(DTYPES)


def sizes(inbox: sqlite3.Connection, first: int, last: int) -> dict[str, int]:
    """Rows in the inbox between two times [us] per series [1]."""
    ask = (
        "SELECT name, count(*) FROM readings JOIN series ON series.id = readings.series "
        "WHERE time >= ? AND time < ? GROUP BY name"
    )
    return dict(inbox.execute(ask, (first, last)).fetchall())


def drop(inbox: sqlite3.Connection, first: int, last: int) -> None:
    """Remove the readings between two times [us] from the inbox."""
    inbox.execute("DELETE FROM readings WHERE time >= ? AND time < ?", (first, last))


def summary(inbox: sqlite3.Connection) -> pd.DataFrame:
    """Index series; rows and the other counts [1], first and last time [UTC]."""
    columns = ["series", "first", "last", "rows", "changed", "duplicate", "late", "disorder"]
    ask = "SELECT name, first, last, rows, changed, duplicate, late, disorder FROM series"
    found = pd.DataFrame(inbox.execute(ask).fetchall(), columns=columns).astype({"series": "str"})
    for column in ("first", "last"):
        found[column] = pd.to_datetime(found[column].astype("int64"), unit="us", utc=True)
    return found.astype(dict.fromkeys(columns[3:], "int64")).set_index("series").sort_index()


def months(inbox: sqlite3.Connection) -> list[str]:
    """Months with rows in the inbox, as ``2014-08``, the oldest first."""
    ask = "SELECT DISTINCT strftime('%Y-%m', time / 1000000, 'unixepoch') FROM readings"
    return sorted(row[0] for row in inbox.execute(ask))


def newest(inbox: sqlite3.Connection) -> int | None:
    """Latest phenomenon time ever taken in [us]."""
    found = inbox.execute("SELECT max(last) FROM series").fetchone()[0]
    return None if found is None else int(found)


def shrink(inbox: sqlite3.Connection) -> None:
    """Give the space of removed rows back to the disk."""
    inbox.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    inbox.execute("PRAGMA incremental_vacuum").fetchall()
