"""YAML from strangers: bounded, without aliases or tags, and with the line of every value.

YAML 1.2 as ruamel.yaml reads it: ``NO`` and ``12:30`` stay text, only true and false are booleans.
Dates stay text too. Aliases, anchors, tags and directives are refused: they are how a small file
becomes a huge one, another type, or another version of YAML.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from layers.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Place: TypeAlias = tuple[str | int, ...]

MAX_BYTES: Final = 250_000
"""Largest file [bytes]."""
MAX_DEPTH: Final = 16
"""Deepest nesting [1]."""
MAX_DIGITS: Final = 30
"""Longest number [characters]."""
SHOWN: Final = 60
"""Characters of a key that an error repeats [1]."""
WIDTH: Final = 100
"""Line width when writing [characters]."""

_CONTENT: Final = (
    ScalarEvent,
    SequenceStartEvent,
    SequenceEndEvent,
    MappingStartEvent,
    MappingEndEvent,
)
_PLAIN: Final = re.compile(r"[A-Za-z]([A-Za-z0-9_. -]*[A-Za-z0-9_])?")
_RESERVED: Final = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_VALUES: Final[Mapping[str, Callable[[str], Any]]] = {
    "tag:yaml.org,2002:null": lambda _: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
    "tag:yaml.org,2002:int": lambda text: int(text, 0 if text.lower()[:2] in {"0x", "0o"} else 10),
    "tag:yaml.org,2002:float": lambda text: float(re.sub(r"\.(?=inf|nan)", "", text.lower())),
}


@dataclass(frozen=True)
class Document:
    """What a YAML file says, and where.

    Parameters
    ----------
    data
        Nested dicts, lists, text, numbers, booleans and None.
    lines
        Path of a value to its line, counted from 1.
    faults
        What is wrong but did not stop the reading (a key that occurs twice).
    """

    data: Any
    lines: Mapping[Place, int]
    faults: tuple[Fault, ...]

    def place(self, path: Place) -> str:
        """Name a value as ``interventions[2].where, line 14``; the nearest line that is known."""
        return placed(path, self.lines)


def placed(path: Place, lines: Mapping[Place, int]) -> str:
    """Name a value by its path and the line of the nearest value that has one."""
    text = "".join(f"[{one}]" if isinstance(one, int) else f".{_safe(one)}" for one in path)
    known = next((path[:n] for n in range(len(path), -1, -1) if path[:n] in lines), None)
    line = "" if known is None else f"line {lines[known]}"
    return ", ".join(part for part in (text.removeprefix("."), line) if part)


def _safe(key: str) -> str:
    """A key as an error may print it: no line breaks or terminal codes, no endless names."""
    return key if key.isprintable() and len(key) <= SHOWN else repr(key[:SHOWN])


def read(path: Path) -> Document:
    """Read one YAML document from a file.

    Raises
    ------
    InputError
        If the file is missing, too large, not UTF-8, no YAML, or uses what is refused.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            path, "", f"cannot be read: {error.strerror}.", "Check the path."
        ) from None
    return parse(content, path.name)


def parse(content: bytes | str, file: str = "text") -> Document:
    """Read one YAML document.

    Raises
    ------
    InputError
        As `read`.
    """
    text = _decoded(content, file)
    builder = _Builder(file)
    try:
        data = builder.document(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f"line {mark.line + 1}"
        problem = getattr(error, "problem", None) or "odd characters"
        raise InputError(file, place, f"is no YAML: {problem}.",
                         "Check indentation, colons and quotes.") from None  # fmt: skip
    return Document(data, builder.lines, tuple(builder.faults))


def write(data: Any) -> str:
    """Text of a YAML document that `parse` reads back as the same data."""
    yaml = YAML(typ="rt", pure=True)
    yaml.default_flow_style = None
    yaml.width = WIDTH
    yaml.representer.ignore_aliases = lambda *_: True
    stream = io.StringIO()
    yaml.dump(_guarded(data), stream)
    return stream.getvalue()


def _guarded(data: Any) -> Any:
    """The same data with every text in quotes that some YAML reader might take for another type."""
    if isinstance(data, dict):
        return {key: _guarded(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_guarded(value) for value in data]
    if isinstance(data, str) and (not _PLAIN.fullmatch(data) or data.lower() in _RESERVED):
        return DoubleQuotedScalarString(data)
    return data


def _decoded(content: bytes | str, file: str) -> str:
    raw = content.encode() if isinstance(content, str) else content
    if len(raw) > MAX_BYTES:
        raise InputError(file, "", f"is larger than {MAX_BYTES} bytes.",
                         "Put large areas into a GeoJSON file beside it.")  # fmt: skip
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(file, f"byte {error.start}", "is not UTF-8.",
                         "Save it as UTF-8.") from None  # fmt: skip
    return text


class _Builder:
    """Builds plain data from parser events, noting lines and faults on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []
        self.yaml = YAML(typ="safe", pure=True)

    def document(self, text: str) -> Any:
        events = self._events(text)
        first = next(events, None)
        if first is None:
            raise InputError(self.file, "", "is empty.", "Start from the examples.")
        data = self._value(first, events, ())
        extra = next(events, None)
        if extra is not None:
            raise self._refused(extra, "starts a second document.", "Keep one in each file.")
        return data

    def _events(self, text: str) -> Iterator[Any]:
        for event in self.yaml.parse(io.StringIO(text)):
            if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
                raise self._refused(event, "has a % directive.", "Remove it.")
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise self._refused(event, "uses an alias (& or *).", "Write it out.")
            if getattr(event, "tag", None):
                raise self._refused(event, "uses a tag (!).", "Remove it; quote the text.")
            if isinstance(event, _CONTENT):
                yield event

    def _value(self, event: Any, events: Iterator[Any], path: Place) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        if len(path) > MAX_DEPTH:
            raise self._refused(event, f"is nested deeper than {MAX_DEPTH}.", "Flatten it.")
        if isinstance(event, SequenceStartEvent):
            return [self._value(one, events, (*path, n)) for n, one in self._items(events)]
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path)
        return self._scalar(event)

    @staticmethod
    def _items(events: Iterator[Any]) -> Iterator[tuple[int, Any]]:
        for number, event in enumerate(events):
            if isinstance(event, (SequenceEndEvent, MappingEndEvent)):
                return
            yield number, event

    def _mapping(self, events: Iterator[Any], path: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _, key in self._items(events):
            if not isinstance(key, ScalarEvent):
                raise self._refused(key, "has a key that is no text.", "Use plain words.")
            name, inner = key.value, (*path, key.value)
            line = key.start_mark.line + 1
            if name in found:
                place = placed(inner, {**self.lines, inner: line})
                advice = f"It stands on line {self.lines[inner]} already; remove one."
                self.faults.append(Fault(place, "occurs twice.", advice))
            self.lines[inner] = line
            found[name] = self._value(next(events), events, inner)
        return found

    def _scalar(self, event: Any) -> Any:
        tag = str(self.yaml.resolver.resolve(ScalarNode, event.value, event.implicit))
        if event.style is not None or tag not in _VALUES:
            return event.value
        if len(event.value) > MAX_DIGITS:
            raise self._refused(event, "has a number that is too long.", "Shorten it.")
        return _VALUES[tag](event.value.replace("_", ""))

    def _refused(self, event: Any, reason: str, advice: str) -> InputError:
        return InputError(self.file, f"line {event.start_mark.line + 1}", reason, advice)
