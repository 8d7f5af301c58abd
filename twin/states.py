"""What became of an object under a plan: a removed one stays in its table, and counts no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

REMOVED: Final = "removed"


def standing(frame: pd.DataFrame) -> pd.Series:
    """Whether each object of a table with a column state stands (bool)."""
    return frame["state"].ne(REMOVED).astype(bool)
