"""Fold addresses, so that "Gl. Rosenvej 5 A, 2. th" meets "gammel rosenvej" "5a"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from layers import tables
from layers.texts import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

WORD: Final = re.compile(r"c/|[\w'\u2019º]+", re.IGNORECASE)
NUMBER: Final = r"\d{1,4}\s?[a-zA-Z]?(?:\s?[-\u2013/+]\s?\d{1,4}\s?[a-zA-Z]?)?"
STREET_FIRST: Final = re.compile(
    rf"(?P<street>.*?[^\W\d].*?)[\s,]+(?:n[rº°o]?\.?\s*)?(?P<number>{NUMBER})(?=\s|,|;|$)(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
)
NUMBER_FIRST: Final = re.compile(
    rf"\s*(?P<number>{NUMBER})[\s,]+(?P<street>[^\d,]*[^\W\d][^\d,]*)(?=,|$)(?P<rest>.*)", re.DOTALL
)
POSTCODE: Final = re.compile(r"(?:^|[\s,;])(?:[A-Z]{1,2}-)?(\d{3}\s?\d{2}|\d{4,5})(?=[\s,;]|$)")
LAST_NUMBERS: Final = 50
"""Houses that one range may hold [1]; a longer one is no range."""


@dataclass(frozen=True)
class Address:
    """A folded address: street, house number, postcode and town, each empty if not said."""

    street: str
    number: str
    postcode: str
    city: str


def parts(street: str, housenumber: str, postcode: str = "", city: str = "") -> Address:
    """Fold the four parts of an address.

    Parameters
    ----------
    street, housenumber, postcode, city
        As written; a floor or door after a comma in the house number is left out.
    """
    return Address(fold_street(street), fold_number(housenumber.split(",", maxsplit=1)[0]),
                   fold_postcode(postcode), fold(city))  # fmt: skip


def parse(text: str) -> Address | None:
    """Take apart an address in one text; None if it holds no street and house number.

    Parameters
    ----------
    text
        ``Rosenvej 5A, 2. th, 2620 Albertslund``, ``C/ Alcalá, 45, 28014 Madrid``,
        ``12 High Street``.
    """
    flat = " ".join(text.split())
    match = NUMBER_FIRST.fullmatch(flat) or STREET_FIRST.fullmatch(flat)
    if match is None:
        return None
    rest = match["rest"]
    code = POSTCODE.search(rest)
    town = re.split(r"[,;(]", rest[code.end() :].strip(" ,;"), maxsplit=1)[0] if code else ""
    return parts(match["street"], match["number"], code[1] if code else "", town)


def fold_street(street: str) -> str:
    """Fold a street name: known abbreviations to one form, then letters (`layers.texts.fold`)."""
    words, endings = _words()
    found = []
    for word in WORD.findall(street.casefold()):
        folded = words.get(fold(word) or word, fold(word))
        ending = next((end for end in endings if folded.endswith(end) and folded != end), "")
        found.append(folded.removesuffix(ending) + endings.get(ending, ""))
    return "".join(found)


@cache
def _words() -> tuple[dict[str, str], dict[str, str]]:
    """Whole words and endings with their one form; longest endings first."""
    rows = tables.load("address_words")
    rows = rows.assign(canonical=rows["canonical"].fillna(""))
    both: dict[str, dict[str, str]] = {"word": {}, "suffix": {}}
    for row in rows.itertuples():
        both[str(row.position)][fold(str(row.word))] = str(row.canonical)
    endings = sorted(both["suffix"].items(), key=lambda pair: -len(pair[0]))
    return both["word"], dict(endings)


def fold_number(housenumber: str) -> str:
    """Fold a house number: ``012 A`` is ``12a``."""
    return re.sub(r"^0+(?=\d)", "", re.sub(r"[\s.]", "", housenumber.casefold()))


def fold_postcode(postcode: str) -> str:
    """Fold a postcode: spaces, a country prefix and leading zeros that spreadsheets lose go."""
    return re.sub(r"^[a-z]{1,2}-", "", re.sub(r"\s", "", postcode.casefold())).lstrip("0")


def numbers(housenumber: str) -> Iterator[str]:
    """Every house number that a tag stands for: ``12-16`` is 12, 14, 16 and itself.

    Parameters
    ----------
    housenumber
        Numbers, lists with ``;`` or ``,`` and ranges with ``-``.
    """
    for part in re.split(r"[;,]", housenumber):
        whole = fold_number(part).replace("\u2013", "-")
        if whole:
            yield whole
        ends = re.fullmatch(r"(\d{1,4})[a-z]?-(\d{1,4})[a-z]?", whole)
        if ends:
            first, last = int(ends[1]), int(ends[2])
            step = 2 if (last - first) % 2 == 0 else 1
            if first < last <= first + step * LAST_NUMBERS:
                yield from (str(number) for number in range(first, last + 1, step))
