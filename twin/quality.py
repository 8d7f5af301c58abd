"""How good a City is: counts, share observed, what was dropped, plausibility, gaps in time."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from layers import tables
from layers.tables import SOURCE_SUFFIX
from twin import station_check
from twin.complete import accuracy, defaults, traits, zones
from twin.ledger import EVIDENCE
from twin.states import standing

if TYPE_CHECKING:
    from twin.city import City

COMPLETED: Final = {"buildings": None, "streets": "drive", "lamps": None}
"""Tables with completed columns, and the mode to which the shares are limited."""

SQUARE_METRES_PER_HECTARE: Final = 1e4
USED_AS_IS: Final = "used as it is; nothing was carried forward to the base year"


@dataclass(frozen=True)
class Quality:
    """Quality report of a City; every part is JSON-able.

    Parameters
    ----------
    name, year, country
        Of the City.
    counts
        Objects per table, whole and inside the boundary [1].
    evidence
        Rows table, column, count [1] and the shares [1] observed, estimated and assumed.
    drops
        Rows table, reason, count [1], examples: what was not kept or not believed.
    accuracy
        What completion and the naive rule make of hidden values (`accuracy.Accuracy`), a row per
        column; empty if it was not asked for.
    figures
        Plausibility figures by name; None where one cannot be computed.
    gaps
        Sources whose reference date is far from the base year: source, date, gap [a], done.
    substitutes
        Figures of the toolkit or of another place that stand in, in words.
    choices
        Rows name, value, unit, source: what was chosen or given.
    stations
        A row per station and quantity; see `station_check.rows`.
    warnings
        What a reader of results must know, in plain words.
    """

    name: str
    year: int
    country: str
    counts: dict[str, dict[str, int]]
    evidence: list[dict[str, Any]]
    drops: list[dict[str, Any]]
    accuracy: list[dict[str, Any]]
    figures: dict[str, float | None]
    gaps: list[dict[str, Any]]
    substitutes: list[str]
    choices: list[dict[str, Any]]
    stations: list[dict[str, Any]]
    warnings: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain dictionaries and lists, without NaN."""
        return asdict(self)


def check(city: City, *, hide: bool = False) -> Quality:
    """Look a City over.

    Parameters
    ----------
    city
        Any City; it is not changed.
    hide
        Hide known values to measure completion; it takes seconds.
    """
    evidence = [row for table in COMPLETED for row in _evidence(city, table)]
    figures, gaps = _figures(city), _gaps(city)
    stations = station_check.rows(city)
    return Quality(
        name=city.name,
        year=city.year,
        country=city.country,
        counts={name: _count(city.table(name)) for name in city},
        evidence=evidence,
        drops=_records(city.drops),
        accuracy=_accuracy(city) if hide else [],
        figures={name: _finite(value) for name, value in figures.items()},
        gaps=gaps,
        substitutes=_substitutes(city, evidence),
        choices=_records(city.parameters.reset_index()),
        stations=stations,
        warnings=[*_warnings(city, evidence, figures, gaps), *station_check.warnings(stations)],
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries; missing values become None."""
    plain = pd.DataFrame(frame).astype(object)
    rows: list[dict[str, Any]] = plain.where(plain.notna(), None).to_dict("records")
    return rows


def _count(frame: pd.DataFrame) -> dict[str, int]:
    """Rows, and rows inside the boundary [1]."""
    rows = {"rows": len(frame)}
    return rows | ({"inside": int(frame["inside"].sum())} if "inside" in frame else {})


def _evidence(city: City, name: str) -> list[dict[str, Any]]:
    """Shares observed, estimated and assumed of each completed column inside the boundary."""
    frame = city.table(name)
    frame = frame[frame["inside"] & standing(frame)]
    mode = COMPLETED[name]
    if mode:
        frame = frame[frame[f"{mode}_forward"] | frame[f"{mode}_backward"]]
    grades = tables.grades()["class"]
    rows = []
    for column in (c.removesuffix(SOURCE_SUFFIX) for c in frame if c.endswith(SOURCE_SUFFIX)):
        shares = frame[column + SOURCE_SUFFIX].map(grades).value_counts(normalize=True)
        rows.append(
            {
                "table": name,
                "column": column,
                "count": len(frame),
                **{kind: float(shares.get(kind, 0.0)) for kind in EVIDENCE},
            }
        )
    return rows


def _accuracy(city: City) -> list[dict[str, Any]]:
    """How well completion guesses what is known, the naive rule beside."""
    assumed = defaults.load(city.country)
    around = traits.Around(city.streets, city.addresses, city.places)
    rows = accuracy.measure(
        city.buildings,
        city.places,
        city.land,
        around,
        assumed,
        city.year,
        int(assumed.settings["accuracy.seeds"]),
    )
    return [asdict(row) | {"beaten": row.beaten} for row in rows]


def _figures(city: City) -> dict[str, float]:
    """Plausibility figures inside the boundary; NaN where something is missing."""
    houses = city.buildings
    houses = houses[houses["inside"] & standing(houses)]
    area = city.boundary.area / SQUARE_METRES_PER_HECTARE
    residential = houses[houses["dwellings"] > 0]
    people = float(houses["people"].sum())
    streets = city.streets
    return {
        "area": area,
        "model_area": city.model_area.area / SQUARE_METRES_PER_HECTARE,
        "people": people,
        "jobs": float(houses["jobs"].sum()),
        "dwellings": float(houses["dwellings"].sum()),
        "people_per_hectare": _ratio(people, area),
        "floor_area_per_person": _ratio(float(residential["floor_area"].sum()), people),
        "people_per_dwelling": _ratio(people, float(residential["dwellings"].sum())),
        "built_share": _ratio(float(houses["footprint"].sum()) / SQUARE_METRES_PER_HECTARE, area),
        "street_length": float(streets.loc[streets["inside"], "length"].sum()) / 1e3,
        "drive_connected": _largest_share(streets, "drive", "strong"),
        "walk_connected": _largest_share(streets, "walk", "weak"),
    }


WHOLE: Final = 100.0
"""Figures from here on are printed whole [unit of the figure]."""


def titles() -> pd.DataFrame:
    """Plausibility figures as a reader knows them: index figure; columns unit, form, title."""
    return tables.load("quality_figures", "twin.data").set_index("figure")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan


def _largest_share(streets: pd.DataFrame, mode: str, connection: str) -> float:
    """Share of a mode's junctions that lie on its largest connected part [1]."""
    sizes = [len(part) for part in zones.components(streets, mode, connection)]
    return _ratio(max(sizes, default=0), sum(sizes))


def _gaps(city: City) -> list[dict[str, Any]]:
    """Sources whose reference year is further from the base year than tolerated."""
    limit = defaults.settings()["reference.gap"]
    rows = []
    for name, source in city.sources.iterrows():
        years = [
            int(year) for year in re.findall(r"\b(?:1\d|20)\d\d\b", str(source["reference_date"]))
        ]
        gap = min((abs(city.year - year) for year in years), default=0)
        if gap > limit:
            rows.append(
                {
                    "source": str(name),
                    "what": str(source["what"]),
                    "reference_date": str(source["reference_date"]),
                    "gap": gap,
                    "done": USED_AS_IS,
                }
            )
    return rows


def _substitutes(city: City, evidence: list[dict[str, Any]]) -> list[str]:
    """What stands in for what is not known, in words."""
    words = []
    parameters = city.parameters
    if "weather.distance" in parameters.index:
        far = float(parameters.loc["weather.distance", "value"])
        words.append(f"Weather of {parameters.loc['weather', 'value']}, {far:.0f} km away.")
    if "weather.irradiance" in parameters.index:
        words.append(str(parameters.loc["weather.irradiance", "value"]))
    rows = tables.load("country_substitutes")
    words += [
        f"{row.subject} of {row.substitute} for {row.country}: {row.reason}."
        for row in rows[rows["country"] == city.country].itertuples()
    ]
    words += [
        f"{row['table']}.{row['column']}: {_percent(row['assumed'])} are figures of this toolkit."
        for row in evidence
        if row["assumed"] > 0
    ]
    return words


def _percent(share: float) -> str:
    """A share above 0 in per cent; a small one is never told as none."""
    text = f"{share:.0%}"
    return "less than 1%" if text == "0%" else text


def _warnings(
    city: City,
    evidence: list[dict[str, Any]],
    figures: dict[str, float],
    gaps: list[dict[str, Any]],
) -> list[str]:
    """What a reader of results must know."""
    words = _missing(city) + _implausible(figures)
    words += [
        f"{row['what']} describes {row['reference_date']}, {row['gap']} years from the base "
        f"year {city.year}: {row['done']}."
        for row in gaps
    ]
    words += [
        f"The {row['column']} of no {row['table'].removesuffix('s')} is known: all are estimated "
        "or assumed."
        for row in evidence
        if row["count"] and not row["observed"] and row["column"] in {"use", "year", "levels"}
    ]
    return words


def _missing(city: City) -> list[str]:
    """Tables without rows that results need."""
    empty = {
        "buildings": "There are no buildings: no people, no jobs, no zones and no energy demand.",
        "streets": "There are no streets: traffic and walking are not computed.",
        "zones": "There are no zones: traffic is not computed.",
        "weather": "There is no weather within reach: energy is not computed.",
    }
    words = [text for name, text in empty.items() if city.table(name).empty]
    parameters = city.parameters
    if "boundary" in parameters.index and parameters.loc["boundary", "source"] == "default":
        words.append(
            "The boundary is the hull of the data, not an administrative one: totals are "
            "those of the extract."
        )
    covered = parameters["value"].get("boundary.covered")
    if covered is not None and float(covered) < defaults.settings()["boundary.cover_least"]:
        words.append(f"The data reach only {float(covered):.0%} of the boundary.")
    counted = city.buildings["people_source"].eq("census").any()
    if "people.total" not in parameters.index and not counted:
        words.append(
            "No population of the boundary is known: people are estimated from dwellings. "
            "Give it, if you know it: `twin build --population`."
        )
    return words


def printed(name: str, value: float | None) -> str:
    """A plausibility figure with its unit; a share as per cent.

    Parameters
    ----------
    name
        Key of `titles`.
    value
        Figure [unit of the name].
    """
    if value is None or math.isnan(value):
        return "not computed"
    told = titles().loc[name]
    if told["form"] == "share":
        return f"{100.0 * value:.3g}%"
    digits = f"{value:,.0f}" if abs(value) >= WHOLE else f"{value:.3g}"
    return f"{digits} {told['unit']}".removesuffix(" 1")


def _implausible(figures: dict[str, float]) -> list[str]:
    """Figures outside what is usual."""
    limits = defaults.settings()
    bounds = {
        name.removeprefix("check."): value
        for name, value in limits.items()
        if name.startswith("check.")
    }
    words = []
    for key, bound in bounds.items():
        name, end = key.rsplit(".", 1)
        value = figures[name]
        if (value < bound) if end == "least" else (value > bound):
            side = "below" if end == "least" else "above"
            words.append(
                f"{titles().loc[name, 'title']}: {printed(name, value)} is {side} the usual "
                f"{printed(name, bound)}. Look at the data before you use results."
            )
    return words
