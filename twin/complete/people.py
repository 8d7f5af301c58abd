"""Dwellings, residents and workplaces of each building."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from twin.complete import cascade, height

if TYPE_CHECKING:
    import pandas as pd

    from twin.complete.defaults import Defaults, Figure


def dwellings(buildings: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Complete dwellings [1]: tag > residential floor area / area of a dwelling.

    Whole numbers; a house holds one, or two where there is room for two; an apartment building
    two or more; other uses none.

    Parameters
    ----------
    buildings
        Table with completed use and floor_area [m2]; dwellings as known.
    defaults
        Completion tables.
    """
    constants, area = defaults.settings, defaults.dwellings["dwelling_area"]
    begun = cascade.draft(buildings, "dwellings", constants["spread.dwellings.tag"])
    use = buildings["use"]
    kinds = ("house", "terrace", "apartments")
    each = use.map({kind: area.value * constants[f"dwelling.{kind}"] for kind in kinds}).astype(
        float
    )
    least = (
        use.map({"apartments": constants["dwelling.apartments.least"]}).astype(float).fillna(1.0)
    )
    most = use.map({"house": constants["dwelling.house.most"]}).astype(float).fillna(np.inf)
    raw = buildings["floor_area"] * constants["net_to_gross"] / each
    relative = _relative(
        buildings,
        constants["net_to_gross.spread"] / constants["net_to_gross"],
        area.spread / area.value,
    )
    count = raw.round().mask(use == "house", np.floor(raw)).clip(least, most)
    begun = cascade.fill(
        begun,
        count,
        cascade.inherit(buildings["floor_area_source"]),
        np.maximum(count * relative, 0.0),
    )
    return cascade.settle(buildings, "dwellings", cascade.fill(begun, 0.0, "typology", 0.0))


def residents(
    buildings: pd.DataFrame, defaults: Defaults, total: float | None = None
) -> pd.DataFrame:
    """Complete people [people]: dwellings x occupied share x persons per household, scaled.

    Parameters
    ----------
    buildings
        Table with completed dwellings [1] and inside [bool].
    defaults
        Completion tables.
    total
        Known population inside the boundary [people]; the buildings inside are scaled to it
        (all others by the same factor). None leaves the country's figures as they are.
    """
    begun = cascade.draft(buildings, "people", 0.0)
    persons, occupied = (
        defaults.dwellings["persons_per_household"],
        defaults.dwellings["occupied_share"],
    )
    value = buildings["dwellings"] * persons.value * occupied.value
    spread = _people_spread(buildings, value, persons, defaults)
    known = begun["value"].notna()
    factor = _factor(value.where(~known), begun["value"], buildings["inside"], total)
    begun = cascade.fill(
        begun, value * factor, cascade.inherit(buildings["dwellings_source"]), spread * factor
    )
    return cascade.settle(buildings, "people", begun)


def jobs(buildings: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Complete jobs [jobs]: gross floor area x workplaces per area of the use.

    Parameters
    ----------
    buildings
        Table with completed use and floor_area [m2].
    defaults
        Completion tables.
    """
    begun = cascade.draft(buildings, "jobs", 0.0)
    density = height.of_use(buildings, defaults.values, "jobs_per_area")
    wide = height.of_use(buildings, defaults.spreads, "jobs_per_area")
    spread = np.hypot(buildings["floor_area"] * wide, buildings["floor_area_spread"] * density)
    value = buildings["floor_area"] * density
    return cascade.settle(buildings, "jobs", cascade.fill(begun, value, "default", spread))


def _relative(buildings: pd.DataFrame, *shares: float) -> pd.Series:
    """Relative spread of a quotient whose parts are independent [1]."""
    own = (buildings["floor_area_spread"] / buildings["floor_area"]).fillna(0.0)
    return np.sqrt(own**2 + sum(share**2 for share in shares))


def _people_spread(
    buildings: pd.DataFrame, value: pd.Series, persons: Figure, defaults: Defaults
) -> pd.Series:
    """Spread of residents: of the count of dwellings, of the mean, and of households in a house."""
    counted = buildings["dwellings"].where(buildings["dwellings"] > 0)
    relative = np.sqrt(
        (buildings["dwellings_spread"] / counted) ** 2
        + (persons.spread / persons.value) ** 2
        + defaults.settings["people.spread_share"] ** 2 / counted
    )
    return (value * relative).fillna(0.0)


def _factor(
    estimated: pd.Series, known: pd.Series, inside: pd.Series, total: float | None
) -> float:
    """Factor that makes the inside sum of known and estimated residents equal the total [1]."""
    if total is None:
        return 1.0
    base = fsum(estimated[inside].dropna())
    rest = total - fsum(known[inside].dropna())
    return rest / base if base > 0 and rest > 0 else 1.0
