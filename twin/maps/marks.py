"""How series of charts look, on the page and on paper: never told apart by colour alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from layers import tables


@dataclass(frozen=True)
class Mark:
    """Looks of one series.

    Parameters
    ----------
    colour, line
        Of a fill, and of a line on white, ``#rrggbb``.
    dash
        Lengths on and off, in widths of the line; empty for a whole line.
    pattern
        Of a fill: none, or a name that ``static/charts.js`` and `twin.maps.chart` draw.
    """

    colour: str
    line: str
    dash: tuple[float, ...]
    pattern: str


@cache
def known() -> dict[str, Mark]:
    """Rows of chart_marks.csv by name: numbers of series from 1 on, and what has a meaning."""
    rows = tables.load("chart_marks", "twin.data").astype(object).fillna("").astype(str)
    return {
        row["mark"]: Mark(
            f"#{row['colour']}",
            f"#{row['line']}",
            tuple(map(float, row["dash"].split())),
            row["pattern"],
        )
        for row in rows.to_dict("records")
    }


def series() -> list[Mark]:
    """Looks of series, in their order."""
    return [mark for name, mark in known().items() if name.isdigit()]


def plain() -> dict[str, Any]:
    """All looks as the script of the page reads them."""
    named = {name: asdict(mark) for name, mark in known().items() if not name.isdigit()}
    return {"series": [asdict(mark) for mark in series()], **named}
