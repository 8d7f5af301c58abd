"""Charts as plain data: what one shows, read from tables with declared columns.

A row of ``map_panels.csv`` names a table and its columns; where a run, or whoever writes the page,
brings that table, the panel is there, and absent otherwise. The page draws panels with
``static/charts.js``, paper with `twin.maps.chart`; both show the same figures, words and colours.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from babel.numbers import format_decimal

from layers import tables
from layers.errors import InputError
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS: Final = ("lines", "areas", "bars", "steps", "flows", "sides", "pairs")
"""Ways to draw: lines with bands, stacked areas, stacked columns about zero, columns as wide as
they matter, flows from the left to the right, bars to both sides, bars beside each other."""

SMALL: Final = 10.0
"""Figures below it keep decimals."""
MANY: Final = 8
"""Series told apart in one chart; the smallest ones beyond are drawn as one [1]."""

Values = tuple[float | None, ...]


@dataclass(frozen=True)
class Series:
    """One row of figures of a chart, None where missing, with a band where there is one.

    Parameters
    ----------
    name
        As people read it.
    figures, low, high : (x,)
        Figures and the ends of their band; bands are empty where none is known.
    """

    name: str
    figures: Values
    low: Values = ()
    high: Values = ()


@dataclass(frozen=True)
class Panel:
    """One chart and the table that says the same.

    Parameters
    ----------
    key, chart
        Row of map_panels.csv, and one of `KINDS`.
    title, unit, across, wide
        Headline; unit of the figures; what stands along the other axis; what widths tell.
    x : (x,)
        Places on that axis, numbers or names.
    series
        Figures.
    widths : (x,)
        Of columns, for steps.
    note
        What the figures mean, in a sentence or two.
    groups : (x,)
        What each place belongs to, for flows that go on; empty where they do not.
    beyond
        What groups are.
    keys
        Names of colours that are not those of series, for steps: what costs, what saves.
    missing
        What a figure that is not there is called.
    language
        Of the words, and of the marks in figures.
    """

    key: str
    chart: str
    title: str
    unit: str
    across: str
    x: tuple[float | str, ...]
    series: tuple[Series, ...]
    widths: tuple[float, ...] = ()
    wide: str = ""
    note: str = ""
    groups: tuple[str, ...] = ()
    beyond: str = ""
    keys: tuple[str, ...] = ()
    missing: str = ""
    language: str = "en"

    @property
    def plain(self) -> dict[str, Any]:
        """The panel as JSON holds it."""
        return asdict(self)

    def head(self, language: str = "en") -> list[str]:
        """Column titles of the table beside the chart."""
        said = words(language)
        found = [self.across, *([self.beyond] if self.groups else [])]
        found += [self.wide] if self.widths else []
        for one in self.series:
            ends = [f"{one.name}, {said[key]}" for key in ("panel_low", "panel_high") if one.low]
            found += [one.name, *ends]
        return found

    def rows(self) -> list[list[float | str | None]]:
        """Lines of the table beside the chart."""
        return [
            [place, *self.groups[n : n + 1], *self.widths[n : n + 1],
             *(cell for one in self.series for cell in _cells(one, n))]
            for n, place in enumerate(self.x)
        ]  # fmt: skip

    def printed(self) -> list[tuple[str, ...]]:
        """Lines of the table as text, for paper; numbers of places stay as they are."""
        return [(_place(line[0]), *(self._cell(cell) for cell in line[1:])) for line in self.rows()]

    def _cell(self, cell: float | str | None) -> str:
        if isinstance(cell, str):
            return cell
        return self.missing if cell is None else self.figure(cell)

    def figure(self, value: float) -> str:
        """A figure as people of the language write it, without the digits that nobody reads."""
        small = 0.0 < abs(value) < SMALL
        return str(format_decimal(value, "#,##0.##" if small else "#,##0", self.language))


def _place(value: float | str | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cells(one: Series, n: int) -> list[float | None]:
    return [one.figures[n], one.low[n], one.high[n]] if one.low else [one.figures[n]]


def kinds() -> dict[str, dict[str, str]]:
    """Rows of map_panels.csv by panel."""
    rows = tables.load("map_panels", "twin.data").fillna("").astype(str)
    return {row["panel"]: row for row in rows.to_dict("records")}


def collect(given: Mapping[str, pd.DataFrame], language: str = "en") -> list[Panel]:
    """Make the panels whose tables are there, in the order of map_panels.csv.

    Parameters
    ----------
    given
        Name of a table to the table; other tables are left alone.
    language
        One of `twin.columns.LANGUAGES`.

    Raises
    ------
    InputError
        If a table lacks a column that its panel takes.
    """
    found = []
    for key, row in kinds().items():
        frame = given.get(row["table"])
        if frame is not None and len(frame):
            found.append(panel(key, frame, language))
    return found


def panel(key: str, frame: pd.DataFrame, language: str = "en") -> Panel:
    """Make one panel of its table.

    Parameters
    ----------
    key
        Row of map_panels.csv.
    frame
        With the columns that the row names (`low` and `high` may be missing), and `unit` where
        the row has none.
    language
        One of `twin.columns.LANGUAGES`.

    Raises
    ------
    InputError
        If a column is missing.
    """
    row, said = kinds()[key], words(language)
    needed = [row[name] for name in ("x", "series", "value", "width", "beyond") if row[name]]
    needed += [] if row["unit"] or "unit" not in frame else ["unit"]
    lost = [name for name in needed if name not in frame]
    if lost:
        advice = f"A panel {key} takes {', '.join(needed)}."
        raise InputError(row["table"], ", ".join(lost), "is missing.", advice)
    if row["chart"] == "steps":
        frame = _named(frame, row, said)
    unit = row["unit"] or (str(frame["unit"].iloc[0]) if "unit" in frame else "")
    made = Panel(
        key=key,
        chart=row["chart"],
        title=said[f"panel_{key}"],
        unit="" if unit == "1" else unit,
        across=said[f"panel_{key}_x"],
        x=(),
        series=(),
        note=said.get(f"panel_{key}_note", ""),
        missing=said.get(f"panel_missing_{row['chart']}", said["no_value"]),
        language=language,
    )
    if row["chart"] == "steps":
        return _banded(_stepped(made, frame, row, said), row, said)
    if row["beyond"]:
        frame, groups = _apart(frame, row, said)
        made = replace(made, groups=groups, beyond=said[f"panel_{key}_beyond"])
    return _banded(_filled(made, frame, row, said), row, said)


def _banded(made: Panel, row: Mapping[str, str], said: Mapping[str, str]) -> Panel:
    """Say what bands mean where there are any."""
    if not any(one.low for one in made.series):
        return made
    return replace(made, note=f"{made.note} {said[row['band']]}".strip())


def _apart(
    frame: pd.DataFrame, row: Mapping[str, str], said: Mapping[str, str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Places in the order of their groups, one for each group that they belong to."""
    sums = frame.groupby([row["beyond"], row["x"]], observed=True, sort=False)[row["value"]].sum()
    size = sums.groupby(level=0, sort=False).sum()
    order = sorted(sums.index, key=lambda key: (-size[key[0]], str(key[0]), -sums[key]))
    place = pd.MultiIndex.from_frame(frame[[row["beyond"], row["x"]]].astype(object))
    number_of = {key: n for n, key in enumerate(order)}
    names = pd.Categorical.from_codes(
        [number_of[key] for key in place], categories=[f"{n}:{key[1]}" for n, key in enumerate(order)]
    )  # fmt: skip
    ordered = frame.assign(**{row["x"]: names}).sort_values(row["x"], kind="stable")
    return ordered, tuple(term(key[0], said) for key in order)


def term(value: object, said: Mapping[str, str]) -> str:
    """What people call a key of a table, or several parted by a bar."""
    parts = str(value).split("|")
    return ", ".join(said.get(f"term_{part}", part.replace("_", " ")) for part in parts)


def _named(frame: pd.DataFrame, row: Mapping[str, str], said: Mapping[str, str]) -> pd.DataFrame:
    """Steps are called after both their keys."""
    keys = [name for name in (row["x"], row["series"]) if name]
    called = [", ".join(term(cell, said) for cell in line) for line in frame[keys].to_numpy()]
    return frame.assign(**{row["x"]: called})


def _stepped(
    made: Panel, frame: pd.DataFrame, row: Mapping[str, str], said: Mapping[str, str]
) -> Panel:
    """Columns as wide as they matter, in the order of the table; those of no width are left out.

    One that has a width and no figure saves money: below zero a cost by tonne tells nothing.
    """
    wide = frame[row["width"]].astype("float64")
    kept = frame[wide > 0.0]
    low, high = (_values(kept[row[end]]) if row[end] in kept else () for end in ("low", "high"))
    return replace(
        made,
        x=tuple(kept[row["x"]].astype(str)),
        widths=tuple(map(float, kept[row["width"]])),
        series=(Series(made.unit, _values(kept[row["value"]]), low, high),),
        wide=row["x_unit"],
        keys=(said["panel_step_costs"], said["panel_step_saves"]),
    )


def _filled(
    made: Panel, frame: pd.DataFrame, row: Mapping[str, str], said: Mapping[str, str]
) -> Panel:
    """One series for each key of the series column."""
    across = frame[row["x"]]
    names = frame[row["series"]] if row["series"] else pd.Series(made.title, index=frame.index)
    numeric = pd.api.types.is_numeric_dtype(across)
    order = sorted(across.unique()) if numeric else list(dict.fromkeys(across))
    found = []
    for name in dict.fromkeys(names):
        part = frame[(names == name).to_numpy()].groupby(row["x"], observed=True, sort=False)
        ends = [
            _values(part[row[end]].sum(min_count=1).reindex(order))
            for end in ("low", "high")
            if row[end] and row[end] in frame and frame.loc[(names == name), row[end]].notna().any()
        ]
        values = _values(part[row["value"]].sum(min_count=1).reindex(order))
        found.append(Series(term(name, said), values, *(ends if len(ends) == 2 else ())))  # noqa: PLR2004 - low and high
    if made.groups:  # the number that told equal names apart goes
        x: tuple[float | str, ...] = tuple(term(str(one).split(":", 1)[1], said) for one in order)
    else:
        x = tuple(float(one) if numeric else term(one, said) for one in order)
    return replace(made, x=x, series=tuple(_few(found, said["panel_rest"])))


def _values(column: Iterable[Any]) -> Values:
    return tuple(float(one) if one is not None and math.isfinite(one) else None for one in column)


def _few(found: list[Series], rest: str) -> list[Series]:
    """The largest series, and the sum of what is beyond `MANY`."""
    if len(found) <= MANY:
        return found
    size = {one.name: sum(abs(value or 0.0) for value in one.figures) for one in found}
    largest = sorted(size, key=lambda name: -size[name])[: MANY - 1]
    small = [one.figures for one in found if one.name not in largest]
    total = tuple(sum(value or 0.0 for value in line) for line in zip(*small, strict=True))
    return [*(one for one in found if one.name in largest), Series(rest, total)]
