"""Losers and winners of a plan by address, as figures that a map draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

WAYS: Final = ("walk", "bicycle", "car", "transit")
"""Ways of moving that a map shows."""
CHANGE, LOST, CUT_OFF = "change [min]", "needs lost [1]", "cut off [1]"


def of_addresses(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Changes at every address, as the columns of a map.

    Parameters
    ----------
    tables
        Of `affected.of_plan`: addresses and emergency.

    Returns
    -------
    pandas.DataFrame
        Index: addresses. change_<way>, change_help and change_worst [min] (missing where a way is not
        known or lost), needs_lost [1].
    """
    ways, help_ = tables["addresses"], tables["emergency"].reindex(tables["addresses"].index)
    found = pd.DataFrame(index=ways.index)
    for way in WAYS:
        if f"{way} {CHANGE}" in ways:
            found[f"change_{way}"] = ways[f"{way} {CHANGE}"]
    found["change_help"] = _columns(help_, CHANGE).max(axis=1)
    found["change_worst"] = found[[name for name in found if name.startswith("change_")]].max(
        axis=1
    )
    lost = [_columns(frame, end).sum(axis=1) for frame, end in ((ways, LOST), (help_, CUT_OFF))]
    return found.assign(needs_lost=np.add(*lost)).astype("float64")


def _columns(table: pd.DataFrame, end: str) -> pd.DataFrame:
    return table[[name for name in table if name.endswith(end)]].astype("float64")
