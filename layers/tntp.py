"""Take TNTP text apart: metadata in angle brackets, rows of links, trips by origin.

Format: Transportation Networks for Research Core Team, Transportation Networks for Research,
github.com/bstabler/TransportationNetworks, after H. Bar-Gera.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from layers import tables
from layers.errors import Fault
from layers.texts import clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

END: Final = "END OF METADATA"
LINK: Final = ("init node", "term node", "capacity", "length", "free flow time", "B", "power",
               "speed", "toll", "link type")  # fmt: skip
"""Figures of a link row in their order."""

Line = tuple[int, str]

_TAG: Final = re.compile(r"<([^<>]{1,80})>([^<>]*)")
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?")
_WHOLE: Final = re.compile(r"\d{1,9}")
_ORIGIN: Final = re.compile(r"origin\s*(.*)", re.IGNORECASE)
_AS_DOCUMENTED: Final = "Compare with the format that TransportationNetworks documents."


@dataclass(frozen=True)
class Parts:
    """A TNTP file taken apart.

    Parameters
    ----------
    tags
        Name of each tag to its line and text.
    rows
        Lines after the metadata, without comments and empty ones.
    faults
        What is wrong with the metadata.
    """

    tags: Mapping[str, Line]
    rows: Sequence[Line]
    faults: Sequence[Fault]


def limit(name: str) -> float:
    """Bound of ``network_limits.csv`` by name [unit of its row]."""
    return tables.figures("network_limits")[name]


def parts(text: str) -> Parts:
    """Split a file into its metadata and its rows.

    Parameters
    ----------
    text
        The whole file. ``~`` begins a comment that ends with its line.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("~")]
    ends = (at for at, (_, line) in enumerate(lines) if _name(line) == END)
    end = next(ends, None)
    if end is None:
        advice = "Put it after the last tag, before the first row."
        return Parts({}, (), (Fault("", f"<{END}> is missing.", advice),))
    tags, faults = _tags(lines[:end])
    body = ((number, line.partition("~")[0].strip()) for number, line in lines[end + 1 :])
    return Parts(tags, tuple((number, line) for number, line in body if line), faults)


def _name(line: str) -> str:
    found = _TAG.match(line)
    return " ".join(found[1].upper().split()) if found else ""


def _tags(lines: Sequence[Line]) -> tuple[dict[str, Line], list[Fault]]:
    found: dict[str, Line] = {}
    faults = []
    for number, line in lines[: int(limit("faults"))]:
        tag, name = _TAG.match(line), _name(line)
        if tag is None:
            faults.append(Fault(f"line {number}", f"{clip(line)} is no metadata.", _AS_DOCUMENTED))
        elif name in found:
            advice = "Keep the one that is right."
            faults.append(Fault(f"line {number}", f"<{name}> stands twice.", advice))
        else:
            found[name] = (number, tag[2].partition("~")[0].strip())
    return found, faults


def figure(found: Parts, tag: str, *, whole: bool = True) -> tuple[float | None, list[Fault]]:
    """Number of a tag that must be there, or what is wrong with it.

    Parameters
    ----------
    found
        File taken apart.
    tag
        Name without brackets.
    whole
        Whether only a whole number is meant.
    """
    if tag not in found.tags:
        missing = Fault("", f"<{tag}> is missing.", "Add it before <END OF METADATA>.")
        # Without the end of metadata no tag is known; then that alone is said.
        return None, [missing] if found.tags or not found.faults else []
    line, text = found.tags[tag]
    if not (_WHOLE if whole else _NUMBER).fullmatch(text):
        kind = "whole number" if whole else "number"
        reason = f"<{tag}> is {clip(text)}, not a {kind}."
        return None, [Fault(f"line {line}", reason, "Correct it.")]
    return float(text), []


def rows_of_links(rows: Sequence[Line]) -> tuple[array[float], array[int], list[Fault]]:
    """Figures of all links one after the other, the line of each, and what cannot be read.

    Parameters
    ----------
    rows
        Rows after the metadata, each with the ten figures of `LINK`, ``;`` after the last.
    """
    links, lines = array("d"), array("q")
    faults: list[Fault] = []
    for number, line in rows:
        cells = line.rstrip("; \t").split()
        bad = [name for name, cell in zip(LINK, cells, strict=False) if not _NUMBER.fullmatch(cell)]
        if len(cells) != len(LINK):
            reason = f"holds {len(cells)} figures, a link has {len(LINK)}."
            faults.append(Fault(f"line {number}", reason, _AS_DOCUMENTED))
        elif bad:
            reason = f"{', '.join(bad)}: not a number."
            faults.append(Fault(f"line {number}", reason, "Correct it."))
        else:
            links.extend(float(cell) for cell in cells)
            lines.append(number)
        if len(faults) >= limit("faults"):
            break
    return links, lines, faults


def rows_of_trips(rows: Sequence[Line]) -> tuple[array[int], array[float], list[Fault]]:
    """Line, origin and destination of all entries one after the other; trips; what is no entry.

    Parameters
    ----------
    rows
        Rows after the metadata: ``Origin n``, then ``destination : trips;`` as often as wanted.
    """
    pairs, trips = array("q"), array("d")
    faults: list[Fault] = []
    origin: int | None = None
    for number, line in rows:
        if len(faults) >= limit("faults"):
            break
        head = _ORIGIN.fullmatch(line)
        if head is None:
            faults += _entries(number, line, origin, pairs, trips)
            continue
        name = head[1].strip("; \t")
        origin = int(name) if _WHOLE.fullmatch(name) else -1
        if origin < 0:
            reason = f"{clip(name)} is no number of a zone."
            faults.append(Fault(f"line {number}", reason, "Write 'Origin' and the zone's number."))
    return pairs, trips, faults


def _entries(
    number: int, line: str, origin: int | None, pairs: array[int], trips: array[float]
) -> Iterator[Fault]:
    """Append the entries of one line."""
    if origin is None:
        advice = "Begin the trips of each zone with 'Origin' and its number."
        yield Fault(f"line {number}", "has trips before the first origin.", advice)
        return
    for entry in line.split(";"):
        name, _, count = (part.strip() for part in entry.partition(":"))
        if _WHOLE.fullmatch(name) and _NUMBER.fullmatch(count):
            pairs.extend((number, origin, int(name)))
            trips.append(float(count))
        elif entry.strip():
            reason = f"{clip(entry.strip())} is no pair 'destination : trips'."
            yield Fault(f"line {number}", reason, _AS_DOCUMENTED)
