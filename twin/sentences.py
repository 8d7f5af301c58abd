"""English texts of models, found again as they were written and said in another language.

Models and reports write English. ``phrases.csv`` holds their titles, heads, words and sentences,
``limit_words.csv`` what they cannot see, both in every language and with ``{0} {1}`` for what
changes from run to run. A text is looked up as it is; then as figures among fixed words; then as a
sentence with holes; then as a list or a head with its unit. What is nowhere stays English and says
so. Matching takes time in proportion to the text, whatever a name in it looks like.
"""

from __future__ import annotations

import csv
import io
import re
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

from layers import tables
from twin import limit_parts
from twin.languages import ENGLISH, added, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

HOLE: Final = re.compile(r"\{(\d)\}")
FIGURE: Final = re.compile(
    r"(?<![\w.,])(?:(?<!\w)[+-])?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?%?(?!\w|[.,]\d)"
)
"""A figure as English writes it, with its sign, thousands, decimals and per cent."""
LETTERS: Final = 5
"""Letters that a sentence with holes needs to be found around any names [1]; shorter ones, as
'{0} to {1}', are found around figures only."""
NAMES: Final = frozenset({
    "Building", "District", "For example", "From", "Licence", "Number", "Place", "Scenario",
    "Section", "Station", "Street", "answer", "building", "columns", "id", "name", "new id", "old id",
    "question", "reply", "scenario", "street", "street of works", "text", "topic", "why",
})  # fmt: skip
"""Heads of columns that hold names, ids or people's own words: never said in another language."""
OWN: Final = frozenset({"Legal basis", "Source", "Value", "What"})
"""Heads of columns in which names of laws, places and files stand beside words that are said."""
SPACE: Final = "\u00a0"
MINUS: Final = "\u2212"
MARKS: Final = (": ", "; ", ", ", " + ")
"""What stands between texts that are said one after the other."""
KIND: Final = "kind_"
"""How the keys of kinds of measures begin in words.csv."""
DEEP: Final = 3
"""How often a sentence may stand in the hole of another [1]."""
TABLES: Final = {"limit_parts": ENGLISH, "phrases": "phrase", "limit_words": ENGLISH}
"""Files with a column for each language, and their column of English as models write it; the last
one goes before."""


def say(text: str, language: str) -> tuple[str, str]:
    """An English text of a model in a language, and the language that it is in after all.

    Parameters
    ----------
    text
        As a model or a report wrote it.
    language
        One of `twin.languages.known`; the text stays English where no row fits it.
    """
    if language == ENGLISH:
        return text, ENGLISH
    said = _said(text, language)
    return (text, ENGLISH) if said is None else (said, language)


def row(text: str) -> Mapping[str, str] | None:
    """The row of ``limit_words.csv`` that a limit was written by; None if there is none.

    Parameters
    ----------
    text
        As a model wrote it.
    """
    return next((row for parts, row in _limits() if holes(text, parts) is not None), None)


@cache
def _limits() -> tuple[tuple[tuple[str, ...], Mapping[str, str]], ...]:
    rows = tables.load("limit_words", "twin.data").fillna("").astype(str).to_dict("records")
    found = [(tuple(HOLE.split(one[ENGLISH])[::2]), one) for one in rows]
    return tuple(sorted(found, key=lambda one: -sum(map(len, one[0]))))


def told(lines: Iterable[str], language: str) -> list[str]:
    """Lines of a command in a language, each by itself.

    Parameters
    ----------
    lines
        In English.
    language
        One of `twin.languages.known`.
    """
    return [say(line, language)[0] for line in lines]


@lru_cache(maxsize=8192)
def _said(text: str, language: str, depth: int = 0) -> str | None:
    """A text in a language; None where it is not known."""
    bare = text.strip()
    said = _exact(bare, language) or _figures(bare, language)
    if said is None and depth < DEEP:
        said = _sentence(bare, language, depth + 1)
        said = _parts(bare, language, depth + 1) if said is None else said
    return None if said is None else text.replace(bare, said, 1) if bare else text


def _exact(text: str, language: str) -> str | None:
    return book(language).get(text)


@cache
def book(language: str) -> Mapping[str, str]:
    """English text to that of a language, of every text that is known.

    Parameters
    ----------
    language
        One of `twin.languages.known`.
    """
    rows = (*_titles(language), *_words(language), *_rows(language))
    return MappingProxyType({text: said for text, said in rows if said} | dict(added(language)))


def sheet(language: str) -> bytes:
    """Every English text and what it is in a language, as a CSV file to fill in.

    Parameters
    ----------
    language
        ISO 639-1 or 639-2; a language that is known comes filled.
    """
    rows = (*_titles(ENGLISH), *_words(ENGLISH), *_rows(ENGLISH))
    said = book(language)
    pairs = [(text, said.get(text, "")) for text in dict.fromkeys(text for text, _ in rows)]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([(ENGLISH, language), *pairs])
    return stream.getvalue().encode("utf-8-sig")


def _rows(language: str) -> list[tuple[str, str]]:
    return [
        pair for name, source in TABLES.items()
        for pair in _pairs(tables.load(name, "twin.data"), source, language)
    ]  # fmt: skip


def _words(language: str) -> list[tuple[str, str]]:
    """Words of the page by their English, kinds of measures by their key as well."""
    rows = tables.load("words", "twin.data")
    keys = rows["key"].str.removeprefix(KIND).str.replace("_", " ")
    kinds = rows.assign(**{ENGLISH: keys})[rows["key"].str.startswith(KIND)]
    return [*_pairs(kinds, ENGLISH, language), *_pairs(rows, ENGLISH, language)]


def _titles(language: str) -> list[tuple[str, str]]:
    """Titles and descriptions of result columns."""
    columns, described = (
        tables.load(name, "twin.data") for name in ("columns", "column_descriptions")
    )
    titles = _pairs(columns, f"title_{ENGLISH}", f"title_{language}")
    return [*titles, *_pairs(described, ENGLISH, language)]


def _pairs(frame: pd.DataFrame, source: str, target: str) -> list[tuple[str, str]]:
    said = frame[target].fillna("") if target in frame else [""] * len(frame)
    return [(str(one), str(other)) for one, other in zip(frame[source], said, strict=True)]


# ---------------------------------------------------------------- figures


def _figures(text: str, language: str) -> str | None:
    """Figures alone, before a known unit, or among fixed words: '12 (3 to 45)'."""
    found = FIGURE.findall(text)
    if not any(map(str.isalpha, FIGURE.sub("", text))):
        return numbers(text, language)
    whole = FIGURE.match(text)
    if whole and text[whole.end() : whole.end() + 1] == " ":
        unit = _exact(text[whole.end() + 1 :], language)
        if unit is not None:
            return f"{numbers(whole[0], language)}{SPACE}{unit}"
    places = iter(range(len(found)))
    said = _exact(FIGURE.sub(lambda _: f"{{{next(places)}}}", text), language) if found else None
    return None if said is None else _filled(said, [numbers(one, language) for one in found])


def meant(text: str, choices: Iterable[str]) -> str:
    """Which English text is meant by one that somebody wrote in any language; the text if none is.

    Parameters
    ----------
    text
        As it was written.
    choices
        English texts.
    """
    found = (one for one in choices for name in known() if say(one, name)[0] == text)
    return next(found, text)


def numbers(text: str, language: str) -> str:
    """A text with its figures written as a language writes them.

    Parameters
    ----------
    text
        Any text; figures in it are English ones.
    language
        One of `twin.languages.known`.
    """
    return FIGURE.sub(lambda found: _number(found[0], language), text)


def _number(figure: str, language: str) -> str:
    thousands, point, percent = _marks(language)
    swap = {",": thousands, ".": point, "%": percent, "-": MINUS}
    return re.sub(r"[,.%]|^-", lambda mark: swap[mark[0]], figure)


@cache
def _marks(language: str) -> tuple[str, str, str]:
    """What stands between thousands, before decimals, and for per cent."""
    locale = _locale(language)
    pattern = str(locale.percent_formats[None].pattern)
    group, point = get_group_symbol(locale), get_decimal_symbol(locale)
    return group, point, pattern.split(";", 1)[0].lstrip("#,0")


@cache
def _locale(language: str) -> Locale:
    """How a language writes; English ways for one that nobody described."""
    try:
        return Locale.parse(language)
    except UnknownLocaleError:
        return Locale.parse(ENGLISH)


# ---------------------------------------------------------------- sentences with holes


def _sentence(text: str, language: str, depth: int) -> str | None:
    for parts, said in _templates(language):
        held = holes(text, parts)
        if held is not None:
            return _filled(said, [_held(one, language, depth) for one in held])
    return None


def _held(text: str, language: str, depth: int) -> str:
    """What stands in a hole: said where it is known, a list part by part, else with its figures."""
    parts = limit_parts.spoken(text, language)
    said = _said(text, language, depth) if parts == text else None
    return numbers(parts, language) if said is None else said


@cache
def _templates(language: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Fixed parts of each sentence with holes and what it is in a language, most letters first."""
    found = [
        (tuple(HOLE.split(text)[::2]), said) for text, said in book(language).items()
        if HOLE.search(text) and _letters(text) >= LETTERS
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: -sum(map(len, row[0]))))


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def holes(text: str, parts: Sequence[str]) -> list[str] | None:
    """What stands between fixed parts of a text, one character or more each; None where they differ.

    Parameters
    ----------
    text
        Any text.
    parts
        Fixed parts in order; the first may be empty, as may the last.
    """
    if len(parts) == 1:
        return [] if text == parts[0] else None
    first, *middle, last = parts
    end = len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last):
        return None
    held, at = [], len(first)
    for part in middle:
        found = text.find(part, at + 1, end)
        if found < 0:
            return None
        held.append(text[at:found])
        at = found + len(part)
    return [*held, text[at:end]] if at < end else None


def _filled(text: str, held: Sequence[str]) -> str:
    return HOLE.sub(lambda hole: held[int(hole[1])], text)


# ---------------------------------------------------------------- lists and heads


def _parts(text: str, language: str, depth: int) -> str | None:
    """A head with its unit, or known texts after each other."""
    head, opened, unit = text.rpartition(" [")
    if opened and unit.endswith("]"):
        said = _said(head, language, depth)
        return None if said is None else f"{said} [{_held(unit[:-1], language, depth)}]"
    for mark in MARKS:
        pieces = text.split(mark) if mark in text else []
        said_all = [_said(piece, language, depth) for piece in pieces]
        if pieces and None not in said_all:
            return mark.join(map(str, said_all))
    return None
