"""Figures, money, dates and fixed phrases as one language writes them."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from babel.dates import format_date
from babel.numbers import format_decimal

from twin import sentences
from twin.languages import known
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

SIGNIFICANT: Final = 3
"""Digits that a figure is printed with [1]."""
MINUS: Final = "\u2212"
CUT: Final = "…"
MILLION: Final = 1e6
"""Amount from which money is told in millions [currency]."""
HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
"""Categories of characters that print nothing, or turn what comes after them."""
JOINERS: Final = "\u200c\u200d"
"""Marks that some scripts need between letters."""
SIGNS: Final[Mapping[str, str]] = {"DKK": "kr.", "SEK": "kr", "NOK": "kr", "ISK": "kr", "EUR": "€"}
"""How readers know a currency; others by their code."""


@dataclass(frozen=True)
class Speech:
    """One language.

    Parameters
    ----------
    language
        One of `twin.languages.known`.
    """

    language: str

    def __post_init__(self) -> None:
        if self.language not in known():
            raise ValueError(f"{self.language!r} is none of {', '.join(known())}")

    def word(self, key: str, **holes: object) -> str:
        """A text of ``words.csv`` with its holes filled.

        Parameters
        ----------
        key
            Row of the file.
        **holes
            Name of a hole to what stands there.
        """
        text = words(self.language)[key]
        return text.format(**holes) if holes else text

    def phrase(self, english: str) -> tuple[str, str]:
        """A fixed English phrase of a model in this language, and the language that it is in.

        Parameters
        ----------
        english
            Title, unit, payer or sentence as the models write it.
        """
        said = sentences.book(self.language).get(english, "")
        return (said, self.language) if said else (english, "en")

    def sentence(self, english: str) -> tuple[str, str]:
        """A sentence of a model in this language where it is known, and the language that it is in.

        Parameters
        ----------
        english
            Limit or note as the models write it.
        """
        said, spoken = self.phrase(english)
        return (said, spoken) if spoken == self.language else sentences.say(english, self.language)

    def number(self, value: float | None, digits: int = SIGNIFICANT) -> str:
        """A figure with so many significant digits; a dash where it is missing.

        Parameters
        ----------
        value
            The figure.
        digits
            Significant digits [1].
        """
        if value is None or not math.isfinite(value):
            return "–"  # noqa: RUF001 - a dash as printers set it
        if value == 0.0:
            return "0"
        places = digits - 1 - math.floor(math.log10(abs(value)))
        kept = round(value, places)
        shown = max(0, places)
        pattern = "#,##0." + "0" * shown if shown and kept != int(kept) else "#,##0"
        text = format_decimal(abs(kept), format=pattern, locale=self.language)
        return (MINUS if kept < 0.0 else "") + text

    def signed(self, value: float | None, digits: int = SIGNIFICANT) -> str:
        """A change with its sign.

        Parameters
        ----------
        value, digits
            As in `number`.
        """
        text = self.number(value, digits)
        return f"+{text}" if value is not None and math.isfinite(value) and value > 0.0 else text

    def span(self, low: float, high: float, digits: int = SIGNIFICANT) -> str:
        """A range of changes, from its low to its high end.

        Parameters
        ----------
        low, high
            Ends.
        digits
            As in `number`.
        """
        ends = {"low": self.signed(low, digits), "high": self.signed(high, digits)}
        return self.word("brief_span", **ends)

    def unit(self, unit: str) -> str:
        """A unit as readers know it; nothing for a dimensionless figure.

        Parameters
        ----------
        unit
            As ``columns.csv`` and the models write it.
        """
        return "" if unit == "1" else self.phrase(unit)[0]

    def money(self, amount: float, code: str, digits: int = SIGNIFICANT) -> str:
        """An amount with its currency, in millions from one million on.

        Parameters
        ----------
        amount
            Amount [currency].
        code
            ISO 4217.
        digits
            As in `number`.
        """
        if abs(amount) < MILLION:
            return f"{self.number(amount, digits)} {self.currency(code)}"
        said = self.number(amount / MILLION, digits)
        return f"{said} {self.word('brief_million')} {self.currency(code)}"

    def currency(self, code: str) -> str:
        """Sign of a currency; its code where it has none of its own.

        Parameters
        ----------
        code
            ISO 4217.
        """
        return SIGNS.get(code, code)

    def day(self, value: date) -> str:
        """A date in words.

        Parameters
        ----------
        value
            The date.
        """
        return str(format_date(value, format="long", locale=self.language))


def plain(text: str) -> str:
    """A text from outside without control characters and marks that turn its direction.

    Parameters
    ----------
    text
        A name, a title, a note.
    """
    kept = (
        one if one in JOINERS or unicodedata.category(one) not in HIDDEN else " " for one in text
    )
    return " ".join("".join(kept).split())


def short(text: str, most: int) -> str:
    """A plain text of so many characters at most, cut with an ellipsis.

    Parameters
    ----------
    text
        Any text.
    most
        Characters [1].
    """
    whole = plain(text)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + CUT
