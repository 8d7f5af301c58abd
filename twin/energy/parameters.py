"""Parameters of the energy model: every table that it needs, loaded once for a country."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from layers import tables
from twin.energy.stock_tables import room_tables
from twin.errors import NotComputedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from twin.energy.stock_tables import RoomTables

ARCHETYPES = "archetypes"

MEDITERRANEAN: Final = ("ES",)
"""Countries whose archetypes are those of the Mediterranean coast only (archetypes_NOTICE.md)."""


@dataclass(frozen=True)
class EnergyParameters:
    """All tables of the energy model for one country.

    Parameters
    ----------
    country
        Country that was asked for, ISO 3166-1 alpha-2.
    archetype_country
        Country whose constructions are used: the same, or its substitute.
    archetypes
        Constructions by size_class, year_from, year_to, renovation (archetypes_NOTICE.md).
    sizes
        Columns use, size_class, rank: which size class lends a use its construction.
    profiles
        Index use; columns by key of energy_profiles.csv, units there.
    systems
        Index heating; columns carrier, value (useful heat by delivered energy [1]).
    mix
        Index heating; share of the country's useful heat [1]; empty if the country has none.
    carriers
        Index carrier; column scope.
    uses
        Index use; columns residential (bool), sector (GPC reference).
    constants
        Dotted key to value, units in energy_parameters.csv.
    substitutes
        Sentences that name every substitute used.
    rooms
        What the hourly model knows beside: use by the hour, ways of living, layers.
    elsewhere
        Whether the place has another climate than the archetypes of its country.
    """

    country: str
    archetype_country: str
    archetypes: pd.DataFrame
    sizes: pd.DataFrame
    profiles: pd.DataFrame
    systems: pd.DataFrame
    mix: pd.Series
    carriers: pd.DataFrame
    uses: pd.DataFrame
    constants: Mapping[str, float]
    substitutes: tuple[str, ...]
    rooms: RoomTables
    elsewhere: bool = False

    @property
    def substituted(self) -> bool:
        """Whether constructions of another country or climate stand in."""
        return self.archetype_country != self.country or self.elsewhere


@cache
def energy_parameters(country: str) -> EnergyParameters:
    """Load the tables of the energy model for a country; treat them as read-only.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.

    Raises
    ------
    NotComputedError
        If the country has no archetypes and no named substitute.
    """
    archetypes, lender = _archetypes(country)
    return EnergyParameters(
        country=country,
        archetype_country=lender,
        archetypes=archetypes,
        sizes=tables.load("archetype_sizes")[["use", "size_class", "rank"]],
        profiles=_profiles(),
        systems=tables.load("heating_systems").set_index("heating")[["carrier", "value"]],
        mix=_mix(country),
        carriers=tables.load("carriers").set_index("carrier")[["scope"]].astype("str"),
        uses=_uses(),
        constants=tables.figures("energy_parameters"),
        substitutes=_substitutes(country, lender),
        rooms=room_tables(country),
    )


def in_place(parameters: EnergyParameters, coldest: float) -> EnergyParameters:
    """The tables for a place of the country: archetypes of another climate are assumed there.

    Parameters
    ----------
    parameters
        Of `energy_parameters`.
    coldest
        Mean temperature of the coldest month [degC].
    """
    if parameters.archetype_country not in MEDITERRANEAN:
        return parameters
    if not coldest < parameters.constants["mediterranean.coldest_month"]:
        return parameters
    sentence = (
        f"Building archetypes of {parameters.archetype_country} are those of its Mediterranean "
        f"coast; the coldest month here has {coldest:.0f} degC, so they are assumed."
    )
    return replace(parameters, elsewhere=True, substitutes=(*parameters.substitutes, sentence))


def _archetypes(country: str) -> tuple[pd.DataFrame, str]:
    """Constructions of a country or of its substitute, and whose they are."""
    rows, lender = tables.of_country(tables.load(ARCHETYPES), country, ARCHETYPES)
    if rows.empty:
        raise NotComputedError(
            f"No building archetypes for country {country}, and no country stands in for it: heat "
            "and electricity of buildings are not computed. Add a row with subject archetypes to "
            "country_substitutes.csv, or archetypes of the country."
        )
    return rows.reset_index(drop=True), lender


def _substitutes(country: str, lender: str) -> tuple[str, ...]:
    if lender == country:
        return ()
    rows = tables.load("country_substitutes")
    row = rows[(rows["country"] == country) & (rows["subject"] == ARCHETYPES)].iloc[0]
    return (f"Building archetypes of {lender} stand in for {country} (assumed): {row['reason']}.",)


def _profiles() -> pd.DataFrame:
    rows = tables.load("energy_profiles")
    return rows.pivot_table(index="use", columns="key", values="value", aggfunc="first")


def _mix(country: str) -> pd.Series:
    rows = tables.load("heating_mix")
    own = rows[(rows["country"] == country) & (rows["value"] > 0.0)]
    return own.set_index("heating")["value"].astype("float64")


def _uses() -> pd.DataFrame:
    rows = tables.load("uses").set_index("use")
    return rows[["sector"]].assign(residential=rows["residential"] == "yes")
