"""What daily travel costs the people of each district, as a share of their income."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

PER_PERSON: Final = "EUR/people"
PER_HOUSEHOLD: Final = "EUR/household"
NEEDED: Final = ("section", "income", "income_unit")
"""Columns of the buildings that a register of incomes brings."""


@dataclass(frozen=True)
class AffordabilityRun:
    """Cost of travel by district.

    Parameters
    ----------
    districts
        Index: census section. people, income [EUR/people/a], travel_cost [EUR/people/a] and
        travel_share [1]; NaN where the income is not known.
    frame
        Index of the buildings: travel_share [1] of their district.
    counts
        districts, without_income: districts whose income is missing or in another unit, people
        outside any district, all [1].
    limits
        What is not in it.
    """

    districts: pd.DataFrame
    frame: pd.DataFrame
    counts: dict[str, float]
    limits: tuple[str, ...]


def missing(buildings: pd.DataFrame) -> str:
    """Why the share cannot be told; empty if it can."""
    if all(name in buildings.columns for name in NEEDED) and buildings["income"].notna().any():
        return ""
    return "The cost of travel as a share of income is not computed: no incomes are attached."


def run(buildings: pd.DataFrame, travel_cost: pd.Series, *, days: float) -> AffordabilityRun:
    """Compare what people pay to travel with what they earn.

    Parameters
    ----------
    buildings
        City table with people, dwellings, zone and the columns `NEEDED`.
    travel_cost
        By zone: what a resident pays a day for trips (fuel, fares, parking, charges) [EUR/d].
    days
        Days of a year like the modelled one [d].
    """
    people = buildings["people"].to_numpy(np.float64)
    cost = buildings["zone"].map(travel_cost).to_numpy(np.float64) * days
    section = buildings["section"]
    known = section.notna().to_numpy()
    weights = pd.DataFrame(
        {
            "people": people,
            "dwellings": buildings["dwellings"].to_numpy(np.float64),
            "cost": np.nan_to_num(people * cost),
            "priced": people * np.isfinite(cost),
        },
        index=buildings.index,
    )
    sums = weights[known].groupby(section[known].astype("str")).sum()
    income = _income(buildings[known], sums)
    travel = _ratio(sums["cost"], sums["priced"])
    districts = pd.DataFrame({
        "people": sums["people"],
        "income": income,
        "travel_cost": travel,
        "travel_share": _ratio(travel, income),
    })  # fmt: skip
    return AffordabilityRun(
        districts=districts,
        frame=pd.DataFrame({"travel_share": section.map(districts["travel_share"]).astype(float)}),
        counts={
            "districts": float(len(districts)),
            "without_income": float(districts["income"].isna().sum()),
            "people_outside": float(people[~known].sum()),
        },
        limits=(
            (
                "Travel costs are those of the modelled trips: fuel, fares, parking and charges, "
                "not the car itself."
            ),
            "Within a district everybody has its mean income and pays its mean cost.",
        ),
    )


def _income(buildings: pd.DataFrame, sums: pd.DataFrame) -> pd.Series:
    """Income of a resident of each district [EUR/people/a]; a household's is shared by its people."""
    section = buildings["section"].astype("str")
    unit = buildings["income_unit"].groupby(section).first()
    income = buildings["income"].groupby(section).first().astype(float)
    size = _ratio(sums["people"], sums["dwellings"])
    each = income.where(unit.eq(PER_PERSON), (income / size).where(unit.eq(PER_HOUSEHOLD)))
    return each.reindex(sums.index)


def _ratio(top: pd.Series, bottom: pd.Series) -> pd.Series:
    values: NDArray[np.float64] = bottom.to_numpy(np.float64)
    return (top / np.where(values > 0.0, values, np.nan)).astype(float)
