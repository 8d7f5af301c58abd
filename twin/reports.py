"""Reports of runs and of the catalog: what was computed, by whom it holds, what it cannot see."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from layers import tables
from twin import catalog, impact, limit_topics, ranges, report_charts, simulate
from twin.impact import RANGE, span
from twin.languages import ENGLISH
from twin.section import Section, number, scaled, spoken, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from twin.city import City
    from twin.result import Result
    from twin.spreads import Ends

GROUP_TITLES = {
    "sector": "By sector",
    "end_use": "By end use",
    "carrier": "By energy carrier",
    "scope": "By scope",
}
"""Ledger columns that a run report breaks totals down by."""
UNSEEN = "What it cannot see"
LARGE = 1e4
"""Checks from here on are printed whole [unit of the check]."""
TOLERANCE = 0.01
"""Share by which trips without a way may differ between two runs that are compared [1]."""


def summary_lines(result: Result, language: str = ENGLISH) -> list[str]:
    """Return the figures of one run as lines for a terminal."""
    first, people = run_sections(result)[:2]
    told = [first, *([people] if people.rows else []), unseen(result)]
    return [line for section in spoken(told, language) for line in section.lines()]


def unseen(result: Result) -> Section:
    """Return what a run cannot see as far as a terminal has room for it: the plan's own first."""
    limits = result.record.get("limits", ())
    text = f"{len(set(limits))} things; the report names all." if limits else ""
    topics = limit_topics.first_of(limit_topics.grouped(limits))
    return Section(UNSEEN, text=text, groups=tuple(topics))


def comparison(before: Result, after: Result) -> list[dict[str, Any]]:
    """Return the figures of two runs and their difference, for machines."""
    first = {figure.indicator: figure for figure in simulate.summary(before)}
    second = {figure.indicator: figure for figure in simulate.summary(after)}
    ends = ranges.of_change(before, after)
    rows = []
    for name, figure in (first | second).items():
        old, new = (one[name].value if name in one else None for one in (first, second))
        change = None if old is None or new is None else new - old
        low, high = ends.get(name, (None, None))
        rows.append(
            {
                "indicator": name,
                "unit": figure.unit,
                "before": old,
                "after": new,
                "change": change,
                "low": low,
                "high": high,
                "evidence": figure.evidence,
            }
        )
    return rows


def comparison_section(before: Result, after: Result) -> Section:
    """Return the figures of two runs side by side."""
    head = ("Figure", _name(before), _name(after), "Change", "Range", "Unit", "Evidence")
    rows = tuple(_compared(row) for row in comparison(before, after))
    return Section("Before and after", head=head, rows=rows, points=_unlike(before, after))


def _compared(row: Mapping[str, Any]) -> tuple[str, ...]:
    """One printed row of a comparison."""
    names = ("before", "after", "change", "low", "high")
    values, unit = scaled([row[key] for key in names], row["unit"])
    printed = ("-" if value is None else number(value) for value in values[:3])
    return (row["indicator"], *printed, span(*values[3:]), unit.removeprefix("1"), row["evidence"])


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


def comparison_lines(
    before: Result, after: Result, city: City | None = None, language: str = ENGLISH
) -> list[str]:
    """Return two runs side by side as lines for a terminal; with the City, who loses and gains."""
    sections = [comparison_section(before, after), *_for_people(before, after, city), unseen(after)]
    told = [one for one in sections if one.rows or one.points or one.groups]
    return [line for section in spoken(told, language) for line in section.lines()]


def _for_people(before: Result, after: Result, city: City | None) -> list[Section]:
    """What a change means for people, losers beside winners."""
    found = [impact.change_section(before, after)]
    return found if city is None else [*found, impact.sides_section(city, before, after)]


def _name(result: Result) -> str:
    return f"{result.record['scenario']} {result.record['year']}"


def write_run(
    city: City,
    result: Result,
    path: Path,
    before: Result | None = None,
    language: str = ENGLISH,
) -> Path:
    """Write the report of a run, beside a run without the plan if there is one."""
    sections = run_sections(result)
    if before is not None:
        sections[:2] = [comparison_section(before, result), *_for_people(before, result, city)]
    reach = impact.districts_section(city, result, before)
    sections += [reach] if reach.rows else []
    sections += report_charts.of_run(city, result, before, language)
    sections += [_sources(city), citations(result)]
    title = f"{city.name}: {_name(result)}"
    return write(sections, path, title, " | ".join(city.attributions), language)


def run_sections(result: Result) -> list[Section]:
    """Return the report of one run; every tonne in it is a sum of ledger rows."""
    record = result.record
    ends = ranges.of_run(result)
    figures = tuple(_figure(one, ends.get(one.indicator)) for one in simulate.summary(result))
    return [
        Section(
            _name(result),
            text="" if figures else "No figure can be computed of these data; the reasons follow.",
            head=("Figure", "Value", "Range", "Unit", "Evidence"),
            rows=figures,
            points=(RANGE,) if figures else (),
        ),
        impact.section(result),
        Section(UNSEEN, groups=tuple(limit_topics.grouped(record["limits"]))),
        _consents(record),
        _deciders(record),
        _disruptions(record),
        *_totals(result),
        Section("Checks", head=("Check", "Value"), rows=_checks(record)),
        Section("Stand-ins", points=tuple(record["substitutes"])),
        Section("Not computed", points=tuple(_not_computed(record))),
    ]


def _consents(record: Mapping[str, Any]) -> Section:
    rows = tuple(
        (_plain(one["kind"]), one["consent"], one["basis"], one["evidence"])
        for one in record.get("consents", ())
    )
    head = ("Measure", "Who must agree", "Legal basis", "Evidence")
    return Section("Whose consent it needs, for orientation", head=head, rows=rows)


def _deciders(record: Mapping[str, Any]) -> Section:
    found = dict(record.get("deciders", {}))
    if not found:
        return Section("Who decides on works in buildings")
    text = (
        f"{found['community']:,} communities of owners, {found['owner']:,} single owners, "
        f"{found['landlord']:,} landlords, {found['cooperative']:,} cooperatives and "
        f"{found['public']:,} public owners have to be persuaded."
    )
    rule = f"Shared buildings: {found['rule']} ({found['basis']}; {found['evidence']})."
    return Section("Who decides on works in buildings", points=(text, rule))


def _disruptions(record: Mapping[str, Any]) -> Section:
    rows = tuple(
        (_plain(one["kind"]), one["days"], one["stay"], one["what"], one["evidence"])
        for one in record.get("disruptions", ())
    )
    head = ("Measure", "Days", "Can people stay", "What happens", "Evidence")
    return Section("What works mean for people inside", head=head, rows=rows)


def _figure(figure: simulate.Figure, ends: Ends | None) -> tuple[str, ...]:
    low, high = ends or (None, None)
    (value, low, high), unit = scaled([figure.value, low, high], figure.unit)
    return (
        figure.indicator,
        number(value),
        span(low, high),
        unit.removeprefix("1"),
        figure.evidence,
    )


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
            rows.append((title, f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.4g}"))
        elif isinstance(value, int) and not isinstance(value, bool):
            rows.append((title, f"{value:,}"))
        elif isinstance(value, list):
            rows.append((title, ", ".join(map(str, value))))
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


def citation_lines(city: City, result: Result, language: str = ENGLISH) -> list[str]:
    """Return papers, standards and data sources of a run, for a terminal."""
    told = spoken([citations(result), _sources(city)], language)
    return [line for section in told for line in section.lines()]


# Catalog -------------------------------------------------------------------------------------


def catalog_lines(rows: pd.DataFrame) -> list[str]:
    """Return the kinds in a table of the catalog with their own fields, then those common to all.

    In English alone: fields and values are written as they stand here.
    """
    titles = catalog.titles()
    found = []
    for kind in dict.fromkeys(rows["kind"]):
        own = rows[(rows["kind"] == kind) & ~rows["common"]]
        found.append(Section(f"{kind}: {titles[kind]}", rows=_fields(own)))
    common = rows[rows["common"]].drop_duplicates("field")
    found.append(Section("Every kind has", rows=_fields(common)))
    return [line for section in found for line in section.lines()]


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
