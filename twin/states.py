"""What became of an object under a plan: a removed one stays in its table, and counts no more."""

from __future__ import annotations

from typing import Final

import pandas as pd

REMOVED: Final = "removed"


def standing(frame: pd.DataFrame) -> pd.Series:
    """Whether each object stands (bool); in a table without a column state all do."""
    if "state" not in frame:
        return pd.Series(data=True, index=frame.index)
    return frame["state"].ne(REMOVED).astype(bool)
