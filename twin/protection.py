"""Which buildings are protected: three states, and what is not known is never taken for allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

COLUMN: Final = "protection"
UNKNOWN: Final = "unknown"
FREE: Final = "free"


def state(buildings: gpd.GeoDataFrame) -> pd.Series:
    """State of every building: protected, free or unknown.

    Parameters
    ----------
    buildings
        Buildings of a City; without a register of protected buildings all are unknown.
    """
    if COLUMN not in buildings:
        return pd.Series(UNKNOWN, buildings.index, dtype="str", name=COLUMN)
    return buildings[COLUMN].fillna(UNKNOWN)


def allowed(buildings: gpd.GeoDataFrame) -> pd.Series:
    """Whether a change of the front is known to be allowed: only where a register says free."""
    return state(buildings) == FREE
