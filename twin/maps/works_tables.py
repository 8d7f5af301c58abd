"""Tables of charts about works in houses: what avoiding a tonne costs, bills before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin import finance
from twin.maps import blocks
from twin.maps.load_tables import rounded

if TYPE_CHECKING:
    import pandas as pd

LISTED: Final = 20
"""Groups whose bills are drawn; the largest ones [1]."""
SUMS: Final = ("houses", "tonnes", "value", "value_low", "value_high")
EURO_A_YEAR: Final = "EUR/a"


def abatement(curve: pd.DataFrame) -> pd.DataFrame:
    """Steps of a curve of abatement, as far as they can be told to everybody.

    What is done in fewer than `blocks.LEAST` houses of a group joins the other groups.

    Parameters
    ----------
    curve
        Of `twin.abatement.curve`.

    Returns
    -------
    DataFrame
        Columns part, group, tonnes, eur_per_t, low, high (at low and high offers), in the order of
        the curve; what saves money has no cost by tonne.
    """
    if curve.empty:
        return curve
    few = curve["houses"] < blocks.LEAST
    table = curve.assign(group=curve["group"].astype(str).mask(few, "other"))
    table = table.groupby(["part", "group"], sort=False)[list(SUMS)].sum().reset_index()
    table = table[table["houses"] >= blocks.LEAST]
    table = rounded(table[table["tonnes"] > 0.0], "tonnes")
    ends = {"eur_per_t": "value", "low": "value_low", "high": "value_high"}
    for name, value in ends.items():
        table[name] = finance.abatement_cost(-table[value], table["tonnes"], 1e-9)
    saves = table["eur_per_t"].isna()
    rank = np.where(saves, -table["tonnes"], table["eur_per_t"])
    ordered = table.iloc[np.lexsort((rank, ~saves))]
    return rounded(
        ordered[["part", "group", "tonnes", *ends]].reset_index(drop=True), "eur_per_t", "low", "high"
    )  # fmt: skip


def bills(table: pd.DataFrame) -> pd.DataFrame:
    """Bills of the largest groups of homes.

    Parameters
    ----------
    table
        Of `twin.retrofit_bills.by_group`.

    Returns
    -------
    DataFrame
        Columns group, series (today, after_works), bill, unit.
    """
    largest = table.nlargest(LISTED, "dwellings").index
    some = table[table.index.isin(largest)].rename_axis("group").reset_index()
    long = some.melt("group", ["today", "after_works"], var_name="series", value_name="bill")
    return rounded(long, "bill").assign(unit=EURO_A_YEAR) if len(long) else long
