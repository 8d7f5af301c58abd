"""Reports that a planner prints: sections of tables and plain sentences, one look for all."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from layers import tables
from twin import catalog, folder, quality, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from twin.city import City
    from twin.quality import Quality
    from twin.result import Result

GROUP_TITLES = {
    "sector": "By sector",
    "end_use": "By end use",
    "carrier": "By energy carrier",
    "scope": "By scope",
}
"""Ledger columns that a run report breaks totals down by."""

SIGNIFICANT = 3
"""Digits of a printed figure below 100 [1]; larger ones are printed whole."""

STEPS = {
    "kWh/a": ((1e6, "GWh/a"), (1e3, "MWh/a")),
    "veh km/a": ((1e6, "million veh km/a"),),
    "EUR": ((1e6, "million EUR"),),
}
"""Larger steps of units that people read, largest first: SI prefixes and millions."""

TOLERANCE = 0.01
"""Share by which trips without a way may differ between two runs that are compared [1]."""

DRAWN = frozenset({"turns", "boundaries"})
"""Tables of objects that do not say whether they are inside the boundary."""


@dataclass(frozen=True)
class Section:
    """One part of a report: a title, then any of a text, a table, a list.

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
    """

    title: str
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    points: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The section as lines for a terminal."""
        found = ["", self.title]
        found += [f"  {self.text}"] if self.text else []
        found += [f"  {line}" for line in columns([self.head, *self.rows])] if self.rows else []
        return found + [f"  - {point}" for point in self.points]


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


def write(sections: Sequence[Section], path: Path, title: str, footer: str) -> Path:
    """Write sections as one self-contained HTML page, whole or not at all."""
    style = resources.files("twin.data").joinpath("templates/report.css").read_text("utf-8")
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=title,
            sections=sections,
            footer=footer,
            style=Markup(style),  # noqa: S704 - a file of this project, allowed by its hash
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    )
    _replace(path, page)
    return path


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    folder.write(path, text.encode())


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("twin.data", "templates"), autoescape=select_autoescape(default=True)
    )


# Quality of a twin ---------------------------------------------------------------------------


def write_quality(city: City, found: Quality, path: Path) -> tuple[Path, Path]:
    """Write the quality report as HTML and, beside it, as JSON."""
    data = path.with_suffix(".json")
    _replace(data, json.dumps(found.to_dict(), allow_nan=False, indent=1, ensure_ascii=False))
    page = write(quality_sections(found), path, f"Quality of {found.name}", credit(city))
    return page, data


def quality_lines(found: Quality) -> list[str]:
    """Return the quality report as lines for a terminal."""
    return [line for section in quality_sections(found) for line in section.lines()]


def quality_sections(found: Quality) -> list[Section]:
    """Return the quality report: what to know first, then the tables behind it."""
    title = f"{found.name} ({found.country}), base year {found.year}"
    return [
        Section(title, points=tuple(found.warnings) or ("Nothing stands out.",)),
        Section("Objects", head=("Table", "All", "Inside the boundary"), rows=_counts(found)),
        Section(
            "How the figures are known",
            head=("Column", "Objects", "Observed", "Estimated", "Assumed"),
            rows=_evidence(found),
        ),
        Section(
            "Known values hidden and guessed",
            head=("Column", "Known", "Measure", "Naive rule", "Completion", "Better by", "Beaten"),
            rows=_accuracy(found),
        ),
        Section("Plausibility", head=("Figure", "Value"), rows=_figures(found)),
        Section(
            "Not kept or not believed",
            head=("Table", "Reason", "Count", "For example"),
            rows=_drops(found),
        ),
        Section(
            "Gaps in time",
            head=("Source", "Describes", "Years apart", "What was done"),
            rows=_gaps(found),
        ),
        Section(
            "Stations",
            head=("Station", "Grade", "Readings", "Coverage", "Stuck", "Spikes", "Street"),
            rows=_stations(found),
        ),
        Section("Stand-ins", points=tuple(found.substitutes)),
        Section("Chosen or given", head=("What", "Value", "Source"), rows=_choices(found)),
    ]


def _counts(found: Quality) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (name, f"{count['rows']:,}", f"{count['inside']:,}" if "inside" in count else "")
        for name, count in found.counts.items()
        if "inside" in count or name in DRAWN
    )


def _evidence(found: Quality) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            f"{row['table']}: {row['column'].replace('_', ' ')}",
            f"{row['count']:,}",
            *(f"{row[kind]:.1%}" for kind in ("observed", "estimated", "assumed")),
        )
        for row in found.evidence
    )


def _accuracy(found: Quality) -> tuple[tuple[str, ...], ...]:
    """Naive rule and completion side by side; what could not be measured says so."""
    return tuple(
        (f"buildings: {row['column']}", f"{row['known']:,}", row["measure"], *_beaten(row))
        for row in found.accuracy
    )


def _beaten(row: dict[str, Any]) -> tuple[str, ...]:
    if row["beaten"] is None:
        return "", "", "", "too few are known"
    unit = row["unit"].removeprefix("1")
    both = (number(row[name], unit) for name in ("naive", "ours"))
    ends = f"{row['gain']:.3g} ({row['lower']:.3g} to {row['upper']:.3g})"
    return (*both, f"{ends} {unit}".rstrip(), "yes" if row["beaten"] else "not surely")


def _figures(found: Quality) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (quality.FIGURE_TITLES.get(name, name.replace("_", " ").capitalize()),
         quality.printed(name, value))
        for name, value in found.figures.items()
    )  # fmt: skip


def _drops(found: Quality) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (str(row["table"]), str(row["reason"]), f"{row['count']:,}", str(row["examples"] or ""))
        for row in found.drops
    )


def _gaps(found: Quality) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (str(row["what"]), str(row["reference_date"]), str(row["gap"]), str(row["done"]))
        for row in found.gaps
    )


def _stations(found: Quality) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            row["id"],
            row["grade"],
            f"{row['rows']:,}",
            f"{row['coverage']:.0%}" if row.get("coverage") is not None else "",
            f"{row.get('stuck', 0):,}",
            f"{row.get('spike', 0):,}",
            row["street"] or row["attachment"] or "",
        )
        for row in found.stations
    )


def _choices(found: Quality) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (str(row["name"]).replace("_", " "), _measured(row), str(row["source"]))
        for row in found.choices
    )


def _measured(row: Mapping[str, Any]) -> str:
    """A choice with its unit, if it is a figure."""
    value, unit = str(row["value"]), row["unit"] or ""
    return f"{value} {unit}".rstrip() if unit != "1" and value[-1:].isdigit() else value


# Runs ----------------------------------------------------------------------------------------


def summary_lines(result: Result) -> list[str]:
    """Return the figures of one run as lines for a terminal."""
    return [line for section in run_sections(result)[:2] for line in section.lines()]


def comparison(before: Result, after: Result) -> list[dict[str, Any]]:
    """Return the figures of two runs and their difference, for machines."""
    first = {figure.indicator: figure for figure in simulate.summary(before)}
    second = {figure.indicator: figure for figure in simulate.summary(after)}
    rows = []
    for name, figure in (first | second).items():
        old, new = (one[name].value if name in one else None for one in (first, second))
        rows.append(
            {
                "indicator": name,
                "unit": figure.unit,
                "before": old,
                "after": new,
                "change": None if old is None or new is None else new - old,
                "evidence": figure.evidence,
            }
        )
    return rows


def comparison_section(before: Result, after: Result) -> Section:
    """Return the figures of two runs side by side."""
    head = ("Figure", _name(before), _name(after), "Change", "Unit", "Evidence")
    rows = tuple(_compared(row) for row in comparison(before, after))
    return Section("Before and after", head=head, rows=rows, points=_unlike(before, after))


def _compared(row: Mapping[str, Any]) -> tuple[str, ...]:
    """One printed row of a comparison."""
    values, unit = scaled([row[key] for key in ("before", "after", "change")], row["unit"])
    printed = ("-" if value is None else number(value) for value in values)
    return (row["indicator"], *printed, unit.removeprefix("1"), row["evidence"])


def _unlike(before: Result, after: Result) -> tuple[str, ...]:
    """Return what makes a change look better than it is."""
    cut = [
        result.record["certificates"].get("traffic", {}).get("trips_cut_off", 0.0)
        for result in (before, after)
    ]
    if math.isclose(cut[0], cut[1], rel_tol=TOLERANCE, abs_tol=1.0):
        return ()
    warning = (
        f"Car trips that find no way and are left out: {number(round(cut[0]))} a day before, "
        f"{number(round(cut[1]))} after. Their kilometres and emissions are not computed, so the "
        "change of cars is no saving of that size. Close fewer streets, or leave a way in and out."
    )
    return (warning,)


def comparison_lines(before: Result, after: Result) -> list[str]:
    """Return two runs side by side as lines for a terminal."""
    return comparison_section(before, after).lines()


def _name(result: Result) -> str:
    return f"{result.record['scenario']} {result.record['year']}"


def write_run(city: City, result: Result, path: Path, before: Result | None = None) -> Path:
    """Write the report of a run, beside a run without the plan if there is one."""
    sections = run_sections(result)
    if before is not None:
        sections[0] = comparison_section(before, result)
    sections += [_sources(city), citations(result)]
    return write(sections, path, f"{city.name}: {_name(result)}", credit(city))


def credit(city: City) -> str:
    """Return the line that everything made from the city's data must carry."""
    return " | ".join(city.attributions)


def run_sections(result: Result) -> list[Section]:
    """Return the report of one run; every tonne in it is a sum of ledger rows."""
    record = result.record
    figures = tuple(_figure(figure) for figure in simulate.summary(result))
    return [
        Section(
            _name(result),
            text="" if figures else "No figure can be computed of these data; the reasons follow.",
            head=("Figure", "Value", "Unit", "Evidence"),
            rows=figures,
        ),
        Section("What it cannot see", points=tuple(record["limits"])),
        *_totals(result),
        Section("Checks", head=("Check", "Value"), rows=_checks(record)),
        Section("Stand-ins", points=tuple(record["substitutes"])),
        Section("Not computed", points=tuple(_not_computed(record))),
    ]


def _figure(figure: simulate.Figure) -> tuple[str, ...]:
    (value,), unit = scaled([figure.value], figure.unit)
    return (figure.indicator, number(value), unit.removeprefix("1"), figure.evidence)


def _totals(result: Result) -> list[Section]:
    totals = result.totals
    head = ("", "tCO2e/a", "MWh/a", "Rows without emissions")
    return [
        Section(
            title,
            head=head,
            rows=tuple(
                (_plain(row.value), number(row.tco2e), number(row.kwh / 1e3), str(row.not_computed))
                for row in totals[totals["group"] == group].itertuples()
            ),
        )
        for group, title in GROUP_TITLES.items()
    ]


def _plain(name: object) -> str:
    """A name of the ledger as people read it."""
    return str(name).replace("_", " ")


def _checks(record: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Certificates and balances, one row each, in words where there are any."""
    words = tables.load("checks", "twin.data").set_index("key")
    rows = []
    for name, value in _pairs(
        {"certificate": record["certificates"], "balance": record["balances"]}
    ):
        title, unit = words.loc[name, ["title", "unit"]] if name in words.index else (name, "1")
        rows.append((title, value if unit == "1" else f"{value} {unit}"))
    return tuple(rows)


def _pairs(values: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Nested figures as dotted names and printed values."""
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        title = f"{above}{name}".replace("_", " ")
        if isinstance(value, dict):
            rows += _pairs(value, f"{title}: ")
        elif isinstance(value, float):
            rows.append((title, f"{value:.4g}"))
        else:
            rows.append((title, str(value)))
    return rows


def _not_computed(record: Mapping[str, Any]) -> list[str]:
    """Carriers without a factor, and domains without data."""
    rows = [f"{name}: {text}" for name, text in _pairs(record["not_computed"])]
    return rows + [f"{name}: see what it cannot see" for name in record["absent"]]


def _sources(city: City) -> Section:
    rows = tuple(
        (str(row.what), str(row.origin), _text(row.reference_date), str(row.licence))
        for row in city.sources.itertuples()
    )
    return Section("Sources", head=("What", "From", "Date", "Licence"), rows=rows)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "not stated"


def citations(result: Result) -> Section:
    """Return the papers and standards that the run's models name."""
    return Section("Papers and standards", points=tuple(simulate.cite(result.record)))


def citation_lines(city: City, result: Result) -> list[str]:
    """Return papers, standards and data sources of a run, for a terminal."""
    return [*citations(result).lines(), *_sources(city).lines()]


# Catalog -------------------------------------------------------------------------------------


def catalog_lines() -> list[str]:
    """Return the kinds of interventions with their own fields, then the fields common to all."""
    rows = catalog.table()
    found = []
    for kind, title in catalog.titles().items():
        own = rows[(rows["kind"] == kind) & ~rows["common"]]
        found += [*Section(f"{kind}: {title}", rows=_fields(own)).lines()]
    common = rows[rows["common"]].drop_duplicates("field")
    return found + Section("Every kind has", rows=_fields(common)).lines()


def _fields(rows: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            row.field,
            row.type + (f" [{row.unit}]" if row.unit else ""),
            "required" if row.required else f"default {row.default or 'none'}",
            row.description,
        )
        for row in rows.itertuples()
    )
