"""Text cells of registers as values: folded words, numbers with comma or point, years, units."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

LETTERS: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
)
"""Letters that Unicode does not take apart into letter and accent."""

NUMBER: Final = re.compile(r"([+-]?\d[\d.,'\u2019\s]*(?:[eE][+-]?\d{1,3})?)\s*(.*)", re.DOTALL)
SPACES: Final = re.compile(r"[\s'\u2019]+")
GROUPED: Final = re.compile(r"[+-]?(?:\d+(?:[eE][+-]?\d+)?|\d{1,3}(?:[.,]\d{3})+)")
DATE: Final = re.compile(r"(?:\d{1,2}[./-]\d{1,2}[./-](\d{4})|(\d{4})-\d{1,2}-\d{1,2})(?:[ T].*)?")
DAY_FIRST: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(.*)")
GROUP: Final = 3
"""Digits between two thousands separators [1]."""

MONTHS: Final = 12
"""Months of a year [1]."""


def fold(text: str) -> str:
    """Reduce a word to plain letters and digits, so that spellings of one word agree.

    Case, accents, spaces and punctuation go; aa, ae, oe and ue become one letter like å, ä, ö
    and ü, so that "Aarhus" equals "Århus" and "Mueller" equals "Müller" and "Muller".

    Parameters
    ----------
    text
        Any text.
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    plain = "".join(letter for letter in plain if letter.isalnum())
    for pair in ("aa", "ae", "oe", "ue"):
        plain = plain.replace(pair, pair[0])
    return plain


@cache
def _missing() -> frozenset[str]:
    return frozenset(str(word).casefold() for word in tables.load("missing_words")["word"])


def is_missing(cell: object) -> bool:
    """Tell whether a cell says that nothing is known: empty, "-", "ukendt", "n/a" ..."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return True
    return isinstance(cell, str) and (not cell.strip() or cell.strip().casefold() in _missing())


def decimal_mark(text: str) -> str:
    """Tell the decimal mark of a number as written, as far as the text itself decides it.

    Parameters
    ----------
    text
        Digits with points, commas, spaces or apostrophes between them.

    Returns
    -------
    str
        "," or "." if decided; "" if there is no mark at all; "?" if "1.234" may be either.
    """
    digits = SPACES.sub("", text).lstrip("+-")
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return max(".,", key=digits.rfind)
    if not points and not commas:
        return ""
    mark, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return other
    whole, _, part = digits.partition(mark)
    grouped = len(part) == GROUP and 0 < len(whole) <= GROUP and not whole.startswith("0")
    return "?" if grouped else mark


def common_mark(texts: Iterable[str]) -> str:
    """Tell the decimal mark on which the numbers of a column agree, "" if they do not say."""
    marks = {decimal_mark(match[1]) for text in texts if (match := NUMBER.fullmatch(text.strip()))}
    marks &= {".", ","}
    return marks.pop() if len(marks) == 1 else ""


def number(text: str, mark: str = "") -> tuple[float, str]:
    """Read a number and the unit that may follow it.

    Parameters
    ----------
    text
        A cell: ``1.234,5``, ``1 234.5``, ``12,5 MWh``.
    mark
        Decimal mark of the column, used where the text does not decide it.

    Returns
    -------
    tuple
        Value, and the text after it (empty or a unit).

    Raises
    ------
    ValueError
        If it is no number, or may be read in two ways.
    """
    match = NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{clip(text)} is not a number")
    own = decimal_mark(match[1])
    if own == "?" and not mark:
        raise ValueError(f"{clip(text)} may be read with a decimal or a thousands mark")
    used = mark if own == "?" else own
    digits = SPACES.sub("", match[1])
    whole, _, part = digits.partition(used) if used else (digits, "", "")
    if not GROUPED.fullmatch(whole):
        raise ValueError(f"{clip(text)} is not a number")
    value = float(f"{re.sub('[.,]', '', whole)}.{part}" if part else re.sub("[.,]", "", whole))
    if not math.isfinite(value):
        raise ValueError(f"{clip(text)} is too large")
    return value, match[2].strip()


def year(cell: object) -> float:
    """Read a year from a number, a date or a date as text.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if isinstance(cell, (date, datetime)):
        return float(cell.year)
    text = str(cell).strip()
    match = DATE.fullmatch(text)
    if match:
        return float(match[1] or match[2])
    value = float(text) if re.fullmatch(r"\d{1,4}(\.0+)?", text) else math.nan
    if math.isnan(value):
        raise ValueError(f"{clip(text)} is not a year")
    return value


def moment(cell: object) -> str:
    """Read a date or a time as ISO 8601 text; a time keeps its offset if it states one.

    Day before month is understood after points and hyphens (31.12.2024), and after slashes only
    where no other reading is possible.

    Raises
    ------
    ValueError
        If it is none, or may be read in two ways.
    """
    if isinstance(cell, date):
        day = plain(cell)
        return day if len(day) == len("2024-12-31") else cell.isoformat()
    text = plain(cell)
    if re.fullmatch(r"\d{4}", text):
        return f"{text}-01-01"
    match = DAY_FIRST.fullmatch(text)
    if match:
        day, mark, month, whole_year, rest = match.groups()
        if mark == "/" and int(day) <= MONTHS and day != month:
            raise ValueError(
                f"{clip(text)} may be day/month or month/day; write {whole_year}-MM-DD"
            )
        text = f"{whole_year}-{int(month):02d}-{int(day):02d}{rest}"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{clip(text)} is not a date; write it as 2024-12-31") from None
    return found.date().isoformat() if len(text) == len("2024-12-31") else found.isoformat()


def plain(cell: object) -> str:
    """Write a cell as the text that a person sees: 700.0 as 700, a date as ISO date."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date().isoformat()
    return str(cell).strip()


def clip(text: str, length: int = 40) -> str:
    """Quote a text for a message, printable and not longer than `length` characters."""
    shown = "".join(c if c.isprintable() else "?" for c in text[:length])
    return f'"{shown}{"..." if len(text) > length else ""}"'


def quote_formula(text: str) -> str:
    """Disarm a text that a spreadsheet would run as a formula.

    OWASP, CSV injection: cells that begin with = + - @ tab or carriage return get an apostrophe.
    """
    return f"'{text}" if text[:1] in set("=+-@\t\r") else text


def unquote_formula(text: str) -> str:
    """Undo `quote_formula`."""
    return text[1:] if text[:1] == "'" and text[1:2] in set("=+-@\t\r") else text
