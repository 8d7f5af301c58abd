"""What stands in the holes of a limit: names, short phrases, lists and numbers, in a language.

A hole is only said in another language where every part of it is known: a list of things, a thing
and its number, a country by its code. The name of a street or a file stays as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from babel import Locale

from layers import tables
from twin.languages import added
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBER: Final = re.compile(r"[+-]?[\d.,]+(?:e[+-]?\d+)?(\s?%)?")
COUNTRY: Final = re.compile(r"[A-Z]{2}")
COUNTED: Final = re.compile(r"(?P<what>.+) (?P<number>\S+)")
BRACKETED: Final = re.compile(r"(?P<what>[^()]+) \((?P<inner>[^()]+)\)")
HOLE: Final = re.compile(r"\{(\d)\}")
LISTS: Final = ("; ", ", ")
LONGEST: Final = 400
"""Characters of a hole that is looked into [1]; a longer one is no list of known things."""


def spoken(cell: str, language: str) -> str:
    """What stands in a hole, in a language; as it is where a part of it is not known.

    Parameters
    ----------
    cell
        As a model wrote it.
    language
        One of `twin.columns.LANGUAGES`.
    """
    found = _known(cell, language) if len(cell) <= LONGEST else None
    return cell if found is None else found


def _known(cell: str, language: str) -> str | None:
    """The translation of a cell all of whose parts are known, else None."""
    if NUMBER.fullmatch(cell):
        return cell
    exact = _exact(language).get(cell)
    if exact is not None:
        return exact
    if COUNTRY.fullmatch(cell):
        return _country(cell, language)
    return (
        _listed(cell, language)
        or _filled(cell, language)
        or _bracketed(cell, language)
        or _counted(cell, language)
    )


def _country(code: str, language: str) -> str | None:
    return Locale(language).territories.get(code)


def _listed(cell: str, language: str) -> str | None:
    """A list, part by part."""
    for mark in LISTS:
        if mark in cell:
            parts = [_known(part, language) for part in cell.split(mark)]
            told = [part for part in parts if part is not None]
            return mark.join(told) if len(told) == len(parts) else None
    return None


def _filled(cell: str, language: str) -> str | None:
    """A phrase with holes of its own."""
    for pattern, text in _patterns(language):
        found = pattern.fullmatch(cell)
        parts = [_known(part, language) for part in found.groups()] if found else [None]
        told = [part for part in parts if part is not None]
        if len(told) == len(parts):
            return HOLE.sub(lambda hole, told=told: told[int(hole[1])], text)  # type: ignore[misc]
    return None


def _bracketed(cell: str, language: str) -> str | None:
    """A thing with a remark in brackets behind it."""
    found = BRACKETED.fullmatch(cell)
    if found is None:
        return None
    what, inner = (_known(found[name], language) for name in ("what", "inner"))
    return None if what is None or inner is None else f"{what} ({inner})"


def _counted(cell: str, language: str) -> str | None:
    """A thing and its number."""
    found = COUNTED.fullmatch(cell)
    if found is None or not NUMBER.fullmatch(found["number"]):
        return None
    what = _known(found["what"], language)
    return None if what is None else f"{what} {found['number']}"


@cache
def _exact(language: str) -> Mapping[str, str]:
    """Names by their English, kinds of measures by their key."""
    kinds = {
        key.removeprefix("kind_"): text
        for key, text in words(language).items()
        if key.startswith("kind_")
    }
    rows = tables.load("limit_parts", "twin.data").to_dict("records")
    return kinds | {str(row["en"]): _text(row, language) for row in rows if "{" not in row["en"]}


def _text(row: Mapping[Any, Any], language: str) -> str:
    """A row in a language; English where it is not there."""
    english = str(row["en"])
    return str(row.get(language) or added(language).get(english, english))


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = tables.load("limit_parts", "twin.data").to_dict("records")
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, HOLE.split(row["en"])[::2]))), _text(row, language))
        for row in rows
        if "{" in row["en"]
    )
