"""Messages of MQTT as readings: JSON payloads through a map of topics and JSON pointers.

Standards: OASIS MQTT 3.1.1, section 4.7, for topic filters; RFC 6901 for pointers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from layers import tables
from layers.errors import Fault, InputError
from layers.sensors import columns, documents
from layers.sensors.columns import SensorMap
from layers.sensors.csv import TABLE
from layers.texts import clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from layers.sensors.csv import Tally

HEADER: Final = ("topic", *columns.HEADER)
WHOLE: Final = "payload"
"""Names the payload itself, where it is a bare number."""

LEVEL: Final = re.compile(r"topic:([1-9]\d?)")
TOPIC_BYTES: Final = 65_535
"""Longest topic [byte] (MQTT 3.1.1, section 1.5.3)."""


class Message(NamedTuple):
    """A message as it came.

    Parameters
    ----------
    topic, payload
        What it says.
    number, quality
        Packet identifier and quality of service, for the acknowledgement.
    """

    topic: str
    payload: bytes
    number: int = 0
    quality: int = 0


@dataclass(frozen=True)
class Topic:
    """What the messages of some topics say.

    Parameters
    ----------
    pattern
        Topic filter, with ``+`` for one level and ``#`` for all that follow.
    mapping
        Its columns are JSON pointers (``/data/temp``), levels of the topic (``topic:2``) or
        ``payload``.
    """

    pattern: str
    mapping: SensorMap


def read_topics(path: Path | str) -> tuple[Topic, ...]:
    """Read a map of topics: a CSV with columns topic, ours, theirs, fixed, quantity, unit.

    Rows without a topic hold for every topic.

    Raises
    ------
    InputError
        With everything that is wrong with it.
    """
    name, rows = columns.read_rows(path)
    patterns = list(dict.fromkeys(row["topic"] for row in rows if row.get("topic")))
    faults = [fault for row in rows for fault in _cell_faults(row.get("theirs", ""))]
    faults += [fault for pattern in patterns for fault in _pattern_faults(pattern)]
    if not patterns:
        faults.append(Fault("column topic", "names no topic.", "Say to which topics to listen."))
    found = []
    for pattern in patterns:
        own = [columns.entry(row) for row in rows if row.get("topic", "") in {"", pattern}]
        try:
            found.append(Topic(pattern, SensorMap(f"{name}, topic {clip(pattern)}", tuple(own))))
        except InputError as error:
            faults += [Fault(f"topic {clip(pattern)}, {f.place}", f.reason, f.advice)
                       for f in error.faults]  # fmt: skip
    if len({topic.mapping.fixed("source") for topic in found}) > 1:
        faults.append(Fault("source", "differs between topics.", "Make one map per source."))
    if faults:
        raise InputError.of(f"map {name}", faults)
    return tuple(found)


def _cell_faults(theirs: str) -> Iterator[Fault]:
    if theirs and theirs != WHOLE and not theirs.startswith("/") and not LEVEL.fullmatch(theirs):
        yield Fault(clip(theirs), "is no place in a message.",
                    f"Use a JSON pointer such as /data/temp, topic:2, or {WHOLE}.")  # fmt: skip


def _pattern_faults(pattern: str) -> Iterator[Fault]:
    levels = pattern.split("/")
    wild = [one for one in levels if ("+" in one or "#" in one) and one not in {"+", "#"}]
    if wild or "#" in levels[:-1] or "\0" in pattern or len(pattern.encode()) > TOPIC_BYTES:
        yield Fault(f"topic {clip(pattern)}", "is no topic filter.",
                    "Use + for a whole level, and # only as the last one.")  # fmt: skip


def readings(
    topics: Sequence[Topic], messages: Iterable[Message], tally: Tally
) -> Iterator[pd.DataFrame]:
    """Readings of messages; what cannot be used is counted by reason.

    Parameters
    ----------
    topics
        Maps; of several that fit a topic the first is meant.
    messages
        In order of arrival.
    tally
        Counts what is found, and keeps the stations.
    """
    finders = [_finder(topic.mapping) for topic in topics]
    held: list[list[dict[str, Any]]] = [[] for _ in topics]
    spots: dict[str, int | None] = {}
    for message in messages:
        if message.topic not in spots:
            spots[message.topic] = _first(topics, message.topic)
        spot = spots[message.topic]
        reason, row = _row(message, None if spot is None else finders[spot])
        if spot is None or row is None:
            tally.rows += 1
            tally.drops.lose(TABLE, reason, [clip(message.topic)])
        else:
            held[spot].append(row)
    for topic, rows in zip(topics, held, strict=True):
        yield from documents.readings(topic.pattern, rows, topic.mapping, tally)


def _first(topics: Sequence[Topic], name: str) -> int | None:
    return next((n for n, topic in enumerate(topics) if matches(topic.pattern, name)), None)


def matches(pattern: str, name: str) -> bool:
    """Tell whether a topic filter fits a topic (MQTT 3.1.1, section 4.7)."""
    wanted, given = pattern.split("/"), name.split("/")
    if name.startswith("$") and wanted[0] in {"+", "#"}:
        return False
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        given = given[: len(wanted)]
    return len(wanted) == len(given) and all(
        one in {"+", other} for one, other in zip(wanted, given, strict=True)
    )


Steps = list[tuple[str, Any]]
"""Name of a column, and where it is: None the payload, a number the level, a list the path."""


def _finder(mapping: SensorMap) -> Steps:
    return [(theirs, _place(theirs)) for theirs in mapping.columns]


def _place(theirs: str) -> int | list[str] | None:
    if theirs == WHOLE:
        return None
    level = LEVEL.fullmatch(theirs)
    if level:
        return int(level[1]) - 1
    return [step.replace("~1", "/").replace("~0", "~") for step in theirs[1:].split("/")]


def _row(message: Message, steps: Steps | None) -> tuple[str, dict[str, Any] | None]:
    """Cells of a message, or the reason why there are none."""
    if steps is None:
        return "topic is not in the map", None
    if len(message.payload) > tables.figures("sensor_limits")["payload_bytes"]:
        return "payload is too large", None
    try:
        document = documents.parse(message.payload)
    except ValueError:
        return "payload is no JSON", None
    levels = message.topic.split("/")
    return "", {name: _cell(document, levels, place) for name, place in steps}


def _cell(document: Any, levels: list[str], place: int | list[str] | None) -> Any:
    if isinstance(place, int):
        return levels[place] if place < len(levels) else None
    for step in place or ():
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and len(step) < len("1000000"):
            document = document[int(step)] if int(step) < len(document) else None
        else:
            return None
    return documents.cell(document)
