"""The cascade of evidence: each rule fills only what better evidence has left open.

A draft is a table of one column on its way: ``value``, ``source`` (grades.csv) and ``spread``
(standard deviation, or probability that a text is wrong). Rules are applied from the best
evidence to the weakest; completing a completed table again keeps what was observed or set by a
scenario and works out the rest anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers import tables
from layers.tables import SOURCE_SUFFIX, SPREAD_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

KEPT_BESIDE_OBSERVED = ("scenario", "census")
"""Sources that completion never overwrites although they are no observation."""


def is_kept(source: pd.Series) -> pd.Series:
    """Whether values of these sources stay when a table is completed again (bool)."""
    observed = source.map(tables.grades()["class"]).eq("observed")
    return observed | source.isin(KEPT_BESIDE_OBSERVED)


def draft(
    frame: pd.DataFrame, column: str, spread: ArrayLike, dtype: str = "float64"
) -> pd.DataFrame:
    """Begin with what is known of a column.

    Parameters
    ----------
    frame
        Table as found (column only, or not even that) or completed before (column, source and
        spread).
    column
        Column to complete.
    spread : scalar or (rows,)
        Spread of values as found, in the column's unit.
    dtype
        Of a column that is not there yet: float64 or str.
    """
    values = frame.get(column, pd.Series(np.nan, frame.index, dtype=dtype))
    number = values.dtype.kind in "fiu"
    begun = pd.DataFrame(
        {
            "value": values.astype(float) if number else values,
            "source": pd.Series("osm", index=frame.index, dtype="str").where(values.notna()),
            "spread": pd.Series(
                np.broadcast_to(spread, len(frame)), frame.index, dtype=float
            ).where(values.notna()),
        }
    )
    if column + SOURCE_SUFFIX in frame:
        begun["source"] = frame[column + SOURCE_SUFFIX]
        begun["spread"] = frame[column + SPREAD_SUFFIX].astype(float)
        begun = begun.where(is_kept(begun["source"]))
    return begun


def fill(
    begun: pd.DataFrame, value: ArrayLike, source: ArrayLike, spread: ArrayLike
) -> pd.DataFrame:
    """Fill what is still open with the values of the next rule.

    Parameters
    ----------
    begun
        Draft so far.
    value : (rows,) or scalar
        Values of this rule; missing ones leave the row open.
    source, spread : (rows,) or scalar
        Grade and spread of this rule's values.
    """
    rule = pd.DataFrame({"value": value, "source": source, "spread": spread}, index=begun.index)
    use = begun["value"].isna() & rule["value"].notna()
    return pd.DataFrame(
        {name: begun[name].mask(use, rule[name].astype(begun[name].dtype)) for name in begun}
    )


def settle(frame: pd.DataFrame, column: str, done: pd.DataFrame) -> pd.DataFrame:
    """Write a finished draft into a copy of the table, with source and spread beside it."""
    return frame.assign(
        **{
            column: done["value"],
            column + SOURCE_SUFFIX: done["source"].astype("str"),
            column + SPREAD_SUFFIX: done["spread"].astype(float),
        }
    )


def inherit(source: pd.Series) -> pd.Series:
    """Grade of what is worked out from values of these sources: never better than its input.

    From observed and estimated values comes ``calculated``; from an assumption, the assumption.
    """
    assumed = source.map(tables.grades()["class"]).eq("assumed")
    return source.where(assumed, "calculated")


def notes(table: str, losses: Mapping[str, pd.Index]) -> list[dict[str, object]]:
    """Rows of the drops table: one for each reason that any id was lost for."""
    return [note(table, reason, ids) for reason, ids in losses.items() if len(ids)]


def note(table: str, reason: str, ids: pd.Index, shown: int = 5) -> dict[str, object]:
    """A row of the drops table: what was not believed, how often, and a few ids."""
    return {
        "table": table,
        "reason": reason,
        "count": len(ids),
        "examples": " ".join(map(str, ids[:shown])),
    }
