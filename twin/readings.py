"""Readings of sensors: one long table of a twin that takes every message once, in any order.

New readings go into an inbox, ``readings.sqlite`` in write-ahead mode, keyed by series and
phenomenon time; months that are over are compacted to ``readings/<year-month>.parquet``. When
`Readings.ingest` returns, the readings are on the disk: only then may a message be acknowledged.
The newest result goes before older ones, whichever comes first: order and repetition of messages
leave no trace in the table. The inbox needs a disk of this machine, not one of the network.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pandas as pd

from twin import arrivals, folder, inbox, months
from twin.arrivals import EARLIEST, LATEST, NEVER, TIME
from twin.errors import StoreError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from types import TracebackType

COLUMNS: Final = ("series", "time", "result_time", "value", "flags")
"""Columns of a table of readings; result_time and flags may be left out when ingesting."""

WAIT: Final = 30.0
"""How long to wait for another writer [s]."""

_MONTHS: Final = "readings"


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
    return Readings(root, inbox.connect(root, wait))


@dataclass(frozen=True)
class View:
    """Readings of a twin folder up to a batch: what came later is left out.

    A value that is corrected later is seen corrected.

    Parameters
    ----------
    root
        The twin folder.
    batch
        Last batch that is seen [1].
    """

    root: Path
    batch: int

    def read(
        self,
        series: str | Iterable[str] | None = None,
        start: pd.Timestamp | None = None,
        end: pd.Timestamp | None = None,
    ) -> pd.DataFrame:
        """Give readings as `Readings.read` does."""
        with open(self.root) as store:
            return store.read(series, start, end, until=self.batch)

    def series(self) -> pd.DataFrame:
        """Give the series that there are, as `Readings.series` does."""
        with open(self.root) as store:
            return store.series()


def view(path: Path | str) -> View | None:
    """Readings of a twin folder as they are now, or None if nothing was ever taken in."""
    root = Path(path)
    if not (root / inbox.FILE).is_file():
        return None
    with open(root) as store:
        return View(root, store.batch)


class Readings:
    """Readings of one twin folder, open for reading and writing; made by `open`.

    Use it in one thread; other threads and programs open their own.
    """

    def __init__(self, root: Path, connection: sqlite3.Connection) -> None:
        self._root = root
        self._inbox = connection

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
        with inbox.plain_errors(self._root):
            return inbox.batch(self._inbox)

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
        rows, rejected = arrivals.checked(frame)
        if rows.empty:
            return Counts(rejected=rejected)
        with inbox.plain_errors(self._root), inbox.transaction(self._inbox):
            codes, names = pd.factorize(rows["series"])
            numbers = np.array(inbox.ids(self._inbox, names))
            ordered = arrivals.rank(rows.assign(key=numbers[codes]))
            kept = ordered[ordered["best"]].reset_index(drop=True)
            known = self._known(kept)
            won = arrivals.wins(kept, known)
            kept["fresh"] = known["result"] == NEVER
            if won.any():
                number = inbox.next_batch(self._inbox)
                kept["batch"] = known["batch"].where(~kept["fresh"], number)
                inbox.put(self._inbox, kept[won])
            told = arrivals.outcomes(ordered, known, won)
            inbox.tally(self._inbox, kept, told)
        return Counts(rejected=rejected, **{name: int(told[name].sum()) for name in told})

    def _known(self, kept: pd.DataFrame) -> pd.DataFrame:
        """What inbox and months know for the keys of `kept`."""
        known = inbox.known(self._inbox, kept)
        missing = (known["result"] == NEVER).to_numpy() & ~inbox.unseen(self._inbox, kept)
        months.fill_known(self._root / _MONTHS, kept, known, missing)
        return known

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
        first, last = arrivals.micros(start, EARLIEST), arrivals.micros(end, LATEST)
        merged = self._merged(names, first, last)
        if until is not None:
            merged = merged[merged["batch"] <= until]
        for ours, theirs in (("result_time", "result"), ("time", "time")):
            merged[ours] = pd.to_datetime(merged[theirs], unit="us", utc=True).astype(TIME)
        return merged[list(COLUMNS)].reset_index(drop=True)

    def _merged(self, names: list[str] | None, first: int, last: int) -> pd.DataFrame:
        """Inbox and months together; the inbox first, for compaction goes from it to the months."""
        with inbox.plain_errors(self._root):
            parts = [inbox.rows(self._inbox, names, first, last)]
            parts += months.read(self._root / _MONTHS, names, first, last)
        filled = [part for part in parts if len(part)] or parts[:1]
        return arrivals.newest(pd.concat(filled, ignore_index=True))

    def series(self) -> pd.DataFrame:
        """Give what is known of each series without reading its values.

        A client that fetches from a service goes on from the last time of each series.

        Returns
        -------
        DataFrame
            Index series; first and last phenomenon time (UTC), rows, and since the inbox was
            made: changed, duplicate, late, and disorder (arrived after a later time) [1].
        """
        with inbox.plain_errors(self._root):
            return inbox.summary(self._inbox)

    def compact(self, *, everything: bool = False) -> list[str]:
        """Move months that are over from the inbox to Parquet; give the months that were moved.

        A crash at any moment loses and doubles nothing: a month is whole on the disk before its
        rows leave the inbox.

        Parameters
        ----------
        everything
            Also move the month of the newest reading, to which more will come.
        """
        with inbox.plain_errors(self._root):
            place = self._root / _MONTHS
            place.mkdir(exist_ok=True)
            due = self._due(everything=everything)
            for month in due:
                with inbox.transaction(self._inbox):
                    folder.sweep(place)
                    self._move(place, month)
            inbox.shrink(self._inbox)
        return due

    def _due(self, *, everything: bool) -> list[str]:
        newest = inbox.newest(self._inbox)
        current = "" if newest is None else months.name(newest)
        return [month for month in inbox.months(self._inbox) if everything or month != current]

    def _move(self, place: Path, month: str) -> None:
        first, last = months.span(month)
        sizes = inbox.sizes(self._inbox, first, last)
        with months.rewritten(place, month) as add:
            for names in months.blocks(place, month, sizes):
                add(self._merged(names, first, last))
        inbox.drop(self._inbox, first, last)
