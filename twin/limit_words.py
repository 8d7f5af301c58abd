"""What models cannot see, in the language of the reader: sentences with holes, matched as written.

Models write their limits in English; ``limit_words.csv`` holds the same sentences in the other
languages, with holes for names and numbers. A sentence that is not there stays English and says so.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from layers import tables
from twin import limit_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENGLISH: Final = "en"
HOLE: Final = re.compile(r"\{(\d)\}")
NUMBER: Final = re.compile(
    r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w])|(?<![\w.,])\d+\.\d+(?![\w.])"
)
"""A number with thousands or decimals as English writes it."""
SHARE: Final = re.compile(r"(\d)%")
"""A share as English writes it; the others set a space that does not break."""
MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "da": (".", ","), "de": (".", ","), "es": (".", ","), "fi": ("\u00a0", ","),
}  # fmt: skip
"""What stands between thousands and before decimals."""


def say(text: str, language: str) -> tuple[str, str]:
    """A limit in a language, and the language that it is in after all.

    Parameters
    ----------
    text
        As a model wrote it.
    language
        One of `twin.columns.LANGUAGES`; the text stays English where no row of limit_words.csv
        fits it.
    """
    if language == ENGLISH:
        return text, ENGLISH
    for pattern, row in _rows():
        found = pattern.fullmatch(text)
        if found and row.get(language):
            held = [
                _number(limit_parts.spoken(cell, language), language) for cell in found.groups()
            ]
            return _filled(row[language], held), language
    return text, ENGLISH


def row(text: str) -> Mapping[str, str] | None:
    """The row of limit_words.csv that a sentence is of; None where none fits.

    Parameters
    ----------
    text
        As a model wrote it.
    """
    return next((row for pattern, row in _rows() if pattern.fullmatch(text)), None)


def _filled(text: str, held: Sequence[str]) -> str:
    return HOLE.sub(lambda hole: held[int(hole[1])], text)


@cache
def _rows() -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
    """Each sentence as a pattern, the most literal first."""
    rows = tables.load("limit_words", "twin.data").fillna("").to_dict("records")
    rows.sort(key=lambda row: -len(HOLE.sub("", row[ENGLISH])))
    return tuple((_pattern(str(row[ENGLISH])), row) for row in rows)


def _pattern(text: str) -> re.Pattern[str]:
    literal = [re.escape(part) for part in HOLE.split(text)[::2]]
    return re.compile("(.+?)".join(literal), re.DOTALL)


def _number(text: str, language: str) -> str:
    """Numbers of a text with the marks of a language."""
    thousands, point = MARKS[language]
    swap = {",": thousands, ".": point}
    text = SHARE.sub("\\1\u00a0%", text)
    return NUMBER.sub(lambda found: re.sub("[,.]", lambda mark: swap[mark[0]], found[0]), text)
