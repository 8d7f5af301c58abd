"""Quality report of a City: what to know first, then the tables behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twin import quality
from twin.languages import ENGLISH
from twin.section import Section, number, replace, spoken, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twin.city import City
    from twin.quality import Quality

DRAWN = frozenset({"turns", "boundaries"})
"""Tables of objects that do not say whether they are inside the boundary."""


def write_report(
    city: City, found: Quality, path: Path, language: str = ENGLISH
) -> tuple[Path, Path]:
    """Write the quality report as HTML and, beside it, as JSON."""
    data = path.with_suffix(".json")
    replace(data, json.dumps(found.to_dict(), allow_nan=False, indent=1, ensure_ascii=False))
    title, footer = f"Quality of {found.name}", " | ".join(city.attributions)
    page = write(sections(found), path, title, footer, language)
    return page, data


def lines(found: Quality, language: str = ENGLISH) -> list[str]:
    """Return the quality report as lines for a terminal."""
    return [line for section in spoken(sections(found), language) for line in section.lines()]


def sections(found: Quality) -> list[Section]:
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
    titles = quality.titles()["title"]
    return tuple(
        (str(titles[name]), quality.printed(name, value)) for name, value in found.figures.items()
    )


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
