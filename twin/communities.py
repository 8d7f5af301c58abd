"""Who decides on works in a building, and what they mean for each dwelling and its tenants.

Shown beside plans and rankings: it never bars a simulation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from layers import tables
from twin import finance
from twin.consents import ANY
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city import City

OWNER: Final = "owner"
COMMUNITY: Final = "community"
LANDLORD: Final = "landlord"
COOPERATIVE: Final = "cooperative"
PUBLIC: Final = "public"

BY_TENURE: Final[Mapping[str, str]] = {
    "cooperative": COOPERATIVE,
    "social": LANDLORD,
    "rented": LANDLORD,
    "public": PUBLIC,
}
"""Who decides where all units of a building have one tenure."""

MONTHS: Final = 12
"""Months of a year [1/a]."""


class Majority(NamedTuple):
    """How shared buildings of a country decide, and on what legal basis."""

    rule: str
    basis: str
    evidence: str


def majority(country: str) -> Majority:
    """How communities of owners decide on energy works in a country.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code; a country without a row gets the general one.
    """
    rows = tables.load("majorities", "twin.data").set_index("country")
    row = rows.loc[country if country in rows.index else ANY]
    return Majority(row["majority"], row["basis"], row["evidence"])


def deciders(city: City) -> pd.DataFrame:
    """Who decides on works in each building that stands.

    A building with units of several owners, or of owners and others, is a community; where no
    register of units was attached, one with two dwellings or more is taken for a community.

    Returns
    -------
    DataFrame
        Index building; columns decider (owner, community, landlord, cooperative or public),
        dwellings [1], grade (register or default).
    """
    buildings = city.buildings[standing(city.buildings)]
    dwellings = buildings["dwellings"].to_numpy()
    several = dwellings >= 2.0  # noqa: PLR2004 - two make a community
    guess = pd.Series(np.where(several, COMMUNITY, OWNER), buildings.index, dtype="str")
    told = _told(city.units)
    told = told[told.index.isin(buildings.index)]
    decider = guess.copy()
    decider[told.index] = told
    known = buildings.index.isin(told.index)
    return pd.DataFrame(
        {
            "decider": decider,
            "dwellings": dwellings,
            "grade": np.where(known, "register", "default"),
        },
        index=buildings.index,
    ).astype({"grade": "str"})


def _told(units: pd.DataFrame) -> pd.Series:
    """Who decides as a register of units tells it; buildings without a stated tenure are left out."""
    stated = units.dropna(subset=["tenure"])
    kinds = stated.groupby("building")["tenure"].agg(lambda tenures: sorted(set(tenures)))
    count = stated.groupby("building").size()
    found = [
        BY_TENURE.get(one[0], OWNER if count[name] == 1 else COMMUNITY)
        if len(one) == 1
        else COMMUNITY
        for name, one in kinds.items()
    ]
    return pd.Series(found, kinds.index, dtype="str")


def to_persuade(city: City, objects: pd.Index) -> Mapping[str, int]:
    """How many of each kind of decider works on some buildings need to persuade [1].

    Parameters
    ----------
    city
        The City.
    objects
        Buildings that stand.
    """
    counts = deciders(city).loc[objects, "decider"].value_counts()
    names = (OWNER, COMMUNITY, LANDLORD, COOPERATIVE, PUBLIC)
    return {name: int(counts.get(name, 0)) for name in names}


def per_dwelling(
    works: pd.DataFrame, country: str, *, grant: float, rate: float, years: float
) -> pd.DataFrame:
    """What works mean for a dwelling each month, and how landlord and tenant share them.

    Parameters
    ----------
    works : (buildings, columns)
        Columns amount [currency], running [currency/a] (more upkeep is positive), saving
        [currency/a] of the bill as lived, dwellings [1], area [m2], decider (of `deciders`).
    country
        ISO 3166-1 alpha-2 code, for what a landlord may pass on.
    grant
        Share of the investment that a grant pays [1].
    rate, years
        Interest [1/a] and duration [a] of the loan for the rest.

    Returns
    -------
    DataFrame
        By building: cost, grant [currency/dwelling], payment (loan and upkeep), saving, net
        (saving minus payment), rent (what the tenant pays more; 0 where owners live in),
        tenant_net (what the tenant is left with) [currency/dwelling/month].
    """
    homes = works["dwellings"].where(works["dwellings"] > 0.0)
    own = works["amount"] * (1.0 - grant)
    payment = (own * float(finance.annuity(rate, years)) + works["running"]) / MONTHS
    saving = works["saving"] / MONTHS
    rules = _rules(country)
    most = rules["passed_on_most"] * works["area"]
    passed = (own * rules["passed_on"] / MONTHS).clip(upper=most)
    rent = passed.where(works["decider"] == LANDLORD, 0.0)
    by_building = {
        "cost": works["amount"],
        "grant": works["amount"] * grant,
        "payment": payment,
        "saving": saving,
        "net": saving - payment,
        "rent": rent,
        "tenant_net": (saving - rent).where(works["decider"] == LANDLORD),
    }
    return pd.DataFrame({name: value / homes for name, value in by_building.items()})


def _rules(country: str) -> Mapping[str, float]:
    rows = tables.load("rents", "twin.data")
    own = rows[rows["country"] == country]
    chosen = own if len(own) else rows[rows["country"] == ANY]
    return dict(zip(chosen["key"], chosen["value"].astype(float), strict=True))
