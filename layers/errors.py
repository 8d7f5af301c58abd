"""Errors of the toolkit: one root, every message says what to do.

TwinError
├── InputError            a file, tag table or text that cannot be used; lists every fault at once
│   ├── ArchiveError      an archive that is too large, too deep or lies about its size
│   └── FetchError        a network address that may not or cannot be read
└── MissingExtraError     an optional part of the installation is not there

`twin.errors` continues the tree for everything behind the readers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_SHOWN = 50
"""Faults printed before the rest is only counted [1]."""


class TwinError(Exception):
    """Root of every error that a user can do something about."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    place
        Where inside the file: ``line 3``, ``way 12``, ``column height``, or empty.
    reason
        What is wrong, in plain words.
    advice
        What to do about it.
    """

    place: str
    reason: str
    advice: str = ""

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.reason}" + (f" {self.advice}" if self.advice else "")


class InputError(TwinError):
    """Input that cannot be used.

    Parameters
    ----------
    file
        Path or address as the user gave it.
    place, reason, advice
        The one fault; for several use `InputError.of`.
    """

    def __init__(self, file: Path | str, place: str, reason: str, advice: str) -> None:
        self.file = str(file)
        self.faults: tuple[Fault, ...] = (Fault(place, reason, advice),)
        self.summary = ""
        super().__init__(self._message())

    @classmethod
    def of(cls, file: Path | str, faults: Iterable[Fault], summary: str = "") -> InputError:
        """Report all faults of one file at once, under a line that says what they have in common."""
        found = tuple(faults)
        error = cls(file, found[0].place, found[0].reason, found[0].advice)
        error.faults, error.summary = found, summary
        error.args = (error._message(),)
        return error

    def _message(self) -> str:
        if len(self.faults) == 1 and not self.summary:
            return f"{self.file}: {self.faults[0]}"
        lines = [f"{self.file}: {self.summary or f'{len(self.faults)} faults'}"]
        lines += [f"  - {fault}" for fault in self.faults[:MAX_SHOWN]]
        if len(self.faults) > MAX_SHOWN:
            lines.append(f"  ... and {len(self.faults) - MAX_SHOWN} more")
        return "\n".join(lines)


class ArchiveError(InputError):
    """An archive that unpacks to too much, too many members, or lies about it."""


class FetchError(InputError):
    """A network address that may not be contacted, or that gave no usable answer."""


class MissingExtraError(TwinError):
    """An optional part is not installed; the message names the pip command."""
