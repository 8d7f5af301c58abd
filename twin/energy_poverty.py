"""Energy poverty by census section: named definitions, only where incomes are attached.

Sections of fewer than k dwellings are not told. The definitions are made for households; here they
are read on the mean household of a section, which hides the poor of a mixed section.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.priority import figures

if TYPE_CHECKING:
    from twin.city import City
    from twin.result import Result

NEEDED: Final = ("section", "income", "income_unit")
"""Columns of buildings that a register of incomes brings."""
PER_HOUSEHOLD, PER_PERSON = "EUR/household", "EUR/people"
DEFINITIONS: Final = {
    "2M": "energy takes more than twice the median share of income",
    "M/2": "spending on energy is below half the median: people may go without",
    "LIHC": "income after energy is low, and spending on energy is above the median",
}


def sections(city: City, result: Result, euro: float = 1.0) -> pd.DataFrame:
    """Energy bills, incomes and definitions of energy poverty of the census sections.

    Parameters
    ----------
    city
        The City, whose buildings know their section and its income.
    result
        Run with bills.
    euro
        Euro by unit of the bills' currency [EUR].

    Returns
    -------
    DataFrame
        Index section, worst first; columns dwellings [1], income [EUR/a], bill [EUR/a], share [1],
        and 2M, M/2, LIHC (bool). Empty where no incomes are attached.
    """
    houses = city.buildings
    bill = result.frames["buildings"].get("bill")
    columns = ["dwellings", "income", "bill", "share", *DEFINITIONS]
    if bill is None or not set(NEEDED) <= set(houses.columns):
        return pd.DataFrame(columns=columns).rename_axis("section")
    table = _sums(houses.reindex(bill.index), bill * euro)
    kept = table[(table["dwellings"] >= figures()["closed.k"]) & (table["income"] > 0.0)]
    return _judged(kept)[columns].sort_values("share", ascending=False, kind="stable")


def _sums(houses: pd.DataFrame, bill: pd.Series) -> pd.DataFrame:
    """Mean bill and income of a household, by section."""
    known = houses["section"].notna() & bill.notna() & (houses["dwellings"] > 0.0)
    some = houses[known]
    sums = pd.DataFrame(
        {"dwellings": some["dwellings"], "people": some["people"],
         "paid": bill[known] * some["dwellings"]}
    ).groupby(some["section"]).sum()  # fmt: skip
    first = some.groupby("section")[["income", "income_unit"]].first()
    size = sums["people"] / sums["dwellings"]
    person = first["income_unit"] == PER_PERSON
    income = first["income"].where(~person, first["income"] * size)
    known_unit = person | (first["income_unit"] == PER_HOUSEHOLD)
    return pd.DataFrame(
        {
            "dwellings": sums["dwellings"],
            "income": income.where(known_unit).astype("float64"),
            "bill": sums["paid"] / sums["dwellings"],
        }
    )


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """The definitions, with medians over dwellings of the place."""
    given = figures()
    share = table["bill"] / table["income"]
    left = table["income"] - table["bill"]
    weight = table["dwellings"]
    usual = median(table["bill"], weight)
    return table.assign(
        share=share,
        **{
            "2M": share > given["poverty.2m"] * median(share, weight),
            "M/2": table["bill"] < given["poverty.m2"] * usual,
            "LIHC": (left < given["poverty.line"] * median(left, weight)) & (table["bill"] > usual),
        },
    )


def median(values: pd.Series, weight: pd.Series) -> float:
    """Value below which half of the weight lies; NaN without any."""
    ordered = values.sort_values(kind="stable")
    reached = weight.reindex(ordered.index).cumsum()
    if ordered.empty:
        return float("nan")
    return float(ordered.iloc[int(np.searchsorted(reached, reached.iloc[-1] / 2.0))])
