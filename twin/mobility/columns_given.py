"""Columns that a City table may lack: as they are, or as if nobody had set them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pandas import DataFrame, Series


def given(table: DataFrame, name: str, unset: float | bool | None = None) -> Series:
    """A column of a table, with one value wherever nothing is set.

    Parameters
    ----------
    table
        City table.
    name
        Column that may be absent or have gaps.
    unset
        Value that stands for 'not set'; None makes the column text.
    """
    if unset is None:
        if name in table.columns:
            return table[name].astype("str").copy()
        return pd.Series(None, index=table.index, dtype="str")
    if name not in table.columns:
        return pd.Series(unset, index=table.index)
    return table[name].where(table[name].notna(), unset).astype(type(unset))
