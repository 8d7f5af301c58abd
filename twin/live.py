"""Take readings into a twin while they are made: from brokers and services, each once.

What a broker is told to forget is on the disk before: a message is acknowledged when its readings
are committed. What is read from a service goes on from the last time that is known.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers import tables
from layers.schema import Source, silent
from layers.sensors import csv, mqtt, ngsi_ld, sensorthings, topics
from layers.sensors.csv import Tally
from twin import readings, sensing, store
from twin.readings import Counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from layers.schema import Progress
    from layers.sensors.columns import SensorMap
    from layers.sensors.documents import Facts
    from layers.sensors.mqtt import Broker
    from layers.sensors.sensorthings import Service
    from layers.sensors.topics import Topic
    from twin.readings import Readings


@dataclass(frozen=True)
class Heard:
    """What came in.

    Parameters
    ----------
    counts
        What became of the readings.
    tally
        What was found and what could not be used, with the stations.
    messages
        Messages of a broker [1].
    connections
        Connections to a broker [1]; one if it never went away.
    """

    counts: Counts = field(default_factory=Counts)
    tally: Tally = field(default_factory=Tally)
    messages: int = 0
    connections: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Figures for machines."""
        drops = self.tally.drops.frame()
        return {
            "messages": self.messages,
            "connections": self.connections,
            "new": self.counts.new,
            "changed": self.counts.changed,
            "duplicate": self.counts.duplicate,
            "late": self.counts.late,
            "rejected": self.counts.rejected,
            "stations": len(self.tally.stations),
            "not_used": dict(zip(drops["reason"], drops["count"].astype(int), strict=True)),
        }

    def lines(self) -> list[str]:
        """Figures for people."""
        drops = self.tally.drops.frame()
        counts = self.counts
        first = (
            f"{counts.new:,} new, {counts.changed:,} changed, {counts.duplicate:,} known already, "
            f"{counts.late:,} older than what is kept, {counts.rejected:,} rejected"
        )
        rows = drops[["reason", "count", "examples"]].itertuples(index=False)
        return [
            first,
            *(f"{count:,} not used: {reason} ({names})" for reason, count, names in rows),
        ]


def line(heard: Heard) -> str:
    """Figures for machines on one line."""
    return json.dumps(heard.to_dict(), ensure_ascii=False, allow_nan=False)


def session_name(path: Path | str) -> str:
    """Name under which a broker keeps the session of a twin folder; the same at every start."""
    folder = str(Path(path).resolve())
    return f"twin-{hashlib.sha256(folder.encode()).hexdigest()[:16]}"


def listen(
    path: Path | str,
    broker: Broker,
    maps: Sequence[Topic],
    *,
    stop: Callable[[], bool],
    tell: Callable[[Heard], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Heard:
    """Take what a broker sends into a twin, until told to stop.

    Parameters
    ----------
    path
        The twin folder.
    broker
        Whom to listen to.
    maps
        What the messages say.
    stop
        Asked often whether to end; what was collected is written and acknowledged before.
    tell
        Called after every batch.
    sleep
        How to wait before connecting again.

    Raises
    ------
    FetchError
        If the broker cannot be reached at the start, or refuses.
    StoreError
        If readings cannot be written; they are not acknowledged then.
    """
    limits = tables.figures("sensor_limits")
    most, wait = int(limits["block_rows"]), limits["message_wait"]
    heard = Heard()
    patterns = [one.pattern for one in maps]
    with (
        readings.open(path) as inbox,
        mqtt.Session(broker, patterns, sleep=sleep) as session,
    ):
        while not stop():
            messages = session.collect(most, wait, stop)
            if not messages:
                continue
            counts = _taken(inbox, topics.readings(maps, messages, heard.tally))
            session.acknowledge()
            heard = replace(
                heard,
                counts=heard.counts + counts,
                messages=heard.messages + len(messages),
                connections=session.connections,
            )
            if tell is not None:
                tell(heard)
        inbox.compact()
    return heard


def pull(path: Path | str, service: Service, *, progress: Progress = silent) -> Heard:
    """Read what is new from a SensorThings service into a twin, series by series.

    Parameters
    ----------
    path
        The twin folder.
    service
        Where to ask.
    progress
        Told how much has come.

    Raises
    ------
    FetchError
        If the service cannot be read to the end; what came before is kept.
    StoreError
        If readings cannot be written.
    """
    return _pulled(path, partial(sensorthings.blocks, service), progress)


def pull_entities(
    path: Path | str, source: Path | str, facts: Facts, *, progress: Progress = silent
) -> Heard:
    """Read NGSI-LD entities from a file or an address into a twin.

    Parameters
    ----------
    path
        The twin folder.
    source, facts
        As for `layers.sensors.ngsi_ld.read`.
    progress
        Told how much has come.

    Raises
    ------
    InputError
        If the source cannot be read to the end; what came before is kept.
    StoreError
        If readings cannot be written.
    """
    return _pulled(path, lambda _since, tally: ngsi_ld.read(source, facts, tally), progress)


def _pulled(
    path: Path | str,
    blocks: Callable[[dict[str, pd.Timestamp], Tally], Iterator[pd.DataFrame]],
    progress: Progress,
) -> Heard:
    heard = Heard()
    with readings.open(path) as inbox:
        since = inbox.series()["last"].to_dict()
        for block in blocks(since, heard.tally):
            heard = replace(heard, counts=heard.counts + _taken(inbox, [block]))
            progress(f"{heard.counts.rows:,} readings", 0.0)
        inbox.compact()
    return heard


def keep_stations(path: Path | str, heard: Heard, mapping: SensorMap, origin: str) -> None:
    """Save the stations that were heard, with their source, in the City of a twin folder.

    Parameters
    ----------
    path
        The twin folder.
    heard
        What came in.
    mapping
        Fixed facts of the source.
    origin
        Broker or service, as shown to people.

    Raises
    ------
    StoreError
        If the folder is no twin or cannot be written.
    """
    tally = heard.tally
    if not tally.stations:
        return
    facts = ("reference_date", "licence", "attribution")
    source = Source(
        what="sensor readings",
        origin=origin,
        **{name: mapping.fixed(name) for name in facts},
        digest="",
        rows_in=tally.rows,
        rows_kept=tally.kept,
        rows_refused=tally.rows - tally.kept,
    )
    city = store.open(path)
    store.save(sensing.add_stations(city, csv.stations(tally), source, tally.drops.frame()), path)


def _taken(inbox: Readings, blocks: Iterable[pd.DataFrame]) -> Counts:
    """Write blocks as one: all of them or none."""
    found = list(blocks)
    return inbox.ingest(pd.concat(found, ignore_index=True)) if found else Counts()
