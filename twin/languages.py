"""Languages that people read: five that come along, more from CSV files of one's own."""

from __future__ import annotations

import csv
import os
import re
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from layers.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = "en"
LANGUAGES: Final = (ENGLISH, "da", "de", "es", "fi")
"""Languages that come along, ISO 639-1; every text is there in each."""
FOLDER: Final = "TWIN_LANGUAGES"
"""Environment variable that names the folder of further languages."""
CODE: Final = re.compile(r"[a-z]{2,3}")
HOLE: Final = re.compile(r"\{[a-z0-9_]*\}")
"""What stands in a text for what changes from run to run."""


def known() -> tuple[str, ...]:
    """All languages: those that come along, then those of the folder in `FOLDER`."""
    return (*LANGUAGES, *sorted(code for code in _files() if code not in LANGUAGES))


def _files() -> dict[str, Path]:
    named = os.environ.get(FOLDER, "")
    found = sorted(Path(named).glob("*.csv")) if named else []
    return {path.stem: path for path in found if CODE.fullmatch(path.stem)}


def added(language: str) -> Mapping[str, str]:
    """English text to its translation in a file of one's own; empty for those that come along.

    Parameters
    ----------
    language
        ISO 639-1 or 639-2; ``sv`` is read from ``sv.csv`` with the columns ``en`` and ``sv``.

    Raises
    ------
    InputError
        If the file has no such columns, or a translation has other holes than the English text.
    """
    path = _files().get(language)
    return _read(path) if path is not None and language not in LANGUAGES else MappingProxyType({})


@cache
def _read(path: Path) -> Mapping[str, str]:
    advice = f"Write it with `twin language {path.stem}` and fill its second column."
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(path), "", f"cannot be read ({error}).", advice) from error
    if not rows or not {ENGLISH, path.stem} <= rows[0].keys():
        place = f"columns {ENGLISH} and {path.stem}"
        raise InputError(str(path), place, "are not there.", advice)
    pairs = {row[ENGLISH] or "": (row[path.stem] or "").strip() for row in rows}
    faults = [
        Fault(repr(text), f"has other holes in {said!r}.", "Keep what stands in braces.")
        for text, said in pairs.items()
        if said and sorted(HOLE.findall(text)) != sorted(HOLE.findall(said))
    ]
    if faults:
        raise InputError.of(str(path), faults)
    return MappingProxyType({text: said for text, said in pairs.items() if said})
