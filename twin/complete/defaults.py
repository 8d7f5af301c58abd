"""The tables that completion works with, resolved for one country."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

ANY: Final = "*"
"""Country, class or value for which a row stands when there is none of its own."""


@dataclass(frozen=True)
class Figure:
    """A figure of a country with its spread, and how far it is its own.

    Parameters
    ----------
    value, spread
        Figure and standard deviation, in the unit of the table.
    grade
        typology (the country's own row), substitute (another country stands in) or default.
    """

    value: float
    spread: float
    grade: str


@dataclass(frozen=True)
class Defaults:
    """Everything that completion assumes about a country; read-only.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.
    settings
        Named constants of ``completion.csv``.
    uses
        Index use: title, heated [bool], residential [bool], sector.
    values, spreads
        Index use: levels [1], storey_height [m], storey_lower [m], storey_upper [m],
        roof_height [m], jobs_per_area [jobs/m2], with the standard deviation of each.
    building_uses, place_uses, land_uses, size_classes
        Tables that turn tags and sizes into uses; ``value`` is the probability that the use is
        wrong.
    periods
        Shares of construction periods: lower [a], upper [a], value; and ``periods_grade``.
    renovations
        Share of renovated envelopes: country, built_before [a], value [1]; the country's own rows
        and the general one.
    dwellings
        Figures by name: persons_per_household [people], dwelling_area [m2], occupied_share [1].
    lanes
        Index (highway, direction): value [1], spread [1].
    """

    country: str
    settings: Mapping[str, float]
    uses: pd.DataFrame
    values: pd.DataFrame
    spreads: pd.DataFrame
    building_uses: pd.DataFrame
    place_uses: pd.DataFrame
    land_uses: pd.DataFrame
    size_classes: pd.DataFrame
    periods: pd.DataFrame
    periods_grade: str
    renovations: pd.DataFrame
    dwellings: Mapping[str, Figure]
    lanes: pd.DataFrame


@cache
def load(country: str) -> Defaults:
    """Completion tables for a country.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code; a country without rows gets its named substitute's rows, then the
        general ones, and every value says which.
    """
    uses = tables.load("uses").set_index("use")
    numbers = tables.load("use_values")
    periods, grade = rows_of(tables.load("periods"), country, "periods")
    renovations = tables.load("renovations")
    return Defaults(
        country=country,
        settings=settings(),
        uses=uses.assign(heated=uses["heated"] == "yes", residential=uses["residential"] == "yes"),
        values=numbers.pivot_table(index="use", columns="name", values="value"),
        spreads=numbers.pivot_table(index="use", columns="name", values="spread"),
        building_uses=tables.load("building_uses").set_index("building"),
        place_uses=tables.load("place_uses"),
        land_uses=tables.load("land_uses").set_index("land"),
        size_classes=tables.load("size_classes"),
        periods=periods,
        periods_grade=grade,
        renovations=renovations[renovations["country"].isin([country, ANY])],
        dwellings={
            name: _figure(rows, country) for name, rows in tables.load("dwellings").groupby("name")
        },
        lanes=tables.load("lanes").set_index(["highway", "direction"]),
    )


def settings() -> Mapping[str, float]:
    """Named constants of ``completion.csv``, in the unit that stands there."""
    return tables.figures("completion")


def rows_of(rows: pd.DataFrame, country: str, subject: str) -> tuple[pd.DataFrame, str]:
    """Rows of a country, else of its substitute, else the general ones; and their grade."""
    own, whose = tables.of_country(rows, country, subject)
    if not own.empty:
        return own, "typology" if whose == country else "substitute"
    general = rows[rows["country"] == ANY]
    if general.empty:
        raise ValueError(f"{subject}: no general row")
    return general, "default"


def _figure(rows: pd.DataFrame, country: str) -> Figure:
    hit, grade = rows_of(rows, country, "dwellings")
    first = hit.iloc[0]
    return Figure(float(first["value"]), float(first["spread"]), grade)
