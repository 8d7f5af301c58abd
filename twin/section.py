"""Sections of tables and plain sentences: one look for every report, on paper and in a terminal.

Reports write their sections in English; `spoken` says them in another language.
"""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from twin import folder
from twin.languages import ENGLISH
from twin.sentences import NAMES, OWN, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIGNIFICANT = 3
"""Digits of a printed figure below 100 [1]; larger ones are printed whole."""

STEPS = {
    "kWh/a": ((1e6, "GWh/a"), (1e3, "MWh/a")),
    "veh km/a": ((1e6, "million veh km/a"),),
    "EUR": ((1e6, "million EUR"),),
}
"""Larger steps of units that people read, largest first: SI prefixes and millions."""


class Left(str):
    """A text that stays English in a report of another language."""

    __slots__ = ()


@dataclass(frozen=True)
class Picture:
    """A drawn chart.

    Parameters
    ----------
    png
        Content of the file.
    told
        What it shows, for those who do not see it.
    """

    png: bytes
    told: str

    @property
    def source(self) -> str:
        """The picture as an address that asks nobody."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


@dataclass(frozen=True)
class Section:
    """One part of a report: a title, then any of a text, pictures, a table, a list.

    Parameters
    ----------
    title
        Heading.
    text
        Paragraph.
    head, rows
        Table: column titles and rows of printed cells.
    points
        List of sentences.
    groups
        Titles, each with a list of sentences.
    pictures
        Drawn above the table on a page; a terminal has the table alone.
    folded
        What stands for the table until it is opened; empty shows it at once.
    language
        That it is written in; only what is in English is translated.
    """

    title: str
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    points: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pictures: tuple[Picture, ...] = ()
    folded: str = ""
    language: str = ENGLISH

    def lines(self) -> list[str]:
        """The section as lines for a terminal."""
        found = ["", self.title]
        found += [f"  {self.text}"] if self.text else []
        found += [f"  {line}" for line in columns([self.head, *self.rows])] if self.rows else []
        found += [f"  - {point}" for point in self.points]
        for title, points in self.groups:
            found += [f"  {title}", *(f"  - {point}" for point in points)]
        return found


def spoken(sections: Sequence[Section], language: str) -> list[Section]:
    """Sections in a language; what is not known in it stays English, as `Left`.

    Parameters
    ----------
    sections
        In English.
    language
        One of `twin.languages.known`.
    """
    if language == ENGLISH:
        return list(sections)
    return [_spoken(one, language) for one in sections]


def _spoken(one: Section, language: str) -> Section:
    if one.language != ENGLISH:
        return one
    heads = one.head or ("",) * max(map(len, one.rows), default=0)
    return Section(
        _told(one.title, language),
        _told(one.text, language),
        tuple(_told(head, language) for head in one.head),
        tuple(
            tuple(_cell(cell, head, language) for head, cell in zip(heads, row, strict=True))
            for row in one.rows
        ),
        tuple(_told(point, language) for point in one.points),
        tuple(
            (_told(title, language), tuple(_told(point, language) for point in points))
            for title, points in one.groups
        ),
        pictures=one.pictures,
        folded=_told(one.folded, language),
        language=language,
    )


def _cell(text: str, head: str, language: str) -> str:
    if head in NAMES:
        return text
    return say(text, language)[0] if head in OWN else _told(text, language)


def _told(text: str, language: str) -> str:
    said, tongue = say(text, language)
    return said if tongue == language else Left(said)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of text padded to columns."""
    filled = [row for row in rows if row]
    if not filled:
        return []
    widths = [max(map(len, cells)) for cells in zip(*filled, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in filled]


def number(value: float | None, unit: str = "") -> str:
    """A figure as printed: three significant digits or whole, or 'not computed'."""
    if value is None or math.isnan(value):
        return "not computed"
    whole = value == int(value) or value == 0.0
    digits = 0 if whole else max(0, SIGNIFICANT - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}" + (f" {unit}" if unit not in ("", "1") else "")


def scaled(values: Sequence[float | None], unit: str) -> tuple[list[float | None], str]:
    """Figures of one row in the largest step of their unit that keeps the greatest above 1.

    Parameters
    ----------
    values
        Figures [unit].
    unit
        Unit of the figures; one that `STEPS` does not name stays.
    """
    top = max((abs(value) for value in values if value is not None), default=0.0)
    for size, name in STEPS.get(unit, ()):
        if top >= size:
            return [None if value is None else value / size for value in values], name
    return list(values), unit


def write(
    sections: Sequence[Section], path: Path, title: str, footer: str, language: str = ENGLISH
) -> Path:
    """Write sections as one self-contained HTML page, whole or not at all.

    Parameters
    ----------
    sections
        In English.
    path
        The HTML file.
    title, footer
        In English; a footer of names and licences stays as it is.
    language
        One of `twin.languages.known`.
    """
    style = resources.files("twin.data").joinpath("templates/report.css").read_text("utf-8")
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            language=language,
            title=say(title, language)[0],
            sections=spoken(sections, language),
            footer=footer,
            style=Markup(style),  # noqa: S704 - a file of this project, allowed by its hash
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    )
    replace(path, page)
    return path


def replace(path: Path, text: str) -> None:
    """Write a text whole or not at all; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder.write(path, text.encode())


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("twin.data", "templates"), autoescape=select_autoescape(default=True)
    )
    made.tests["left"] = lambda text: isinstance(text, Left)
    return made
