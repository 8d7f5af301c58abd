"""Which buildings are protected, and which works that bars; not known is never taken for allowed."""

from __future__ import annotations

from typing import Final

import pandas as pd

from layers import tables

COLUMN: Final = "protection"
UNKNOWN: Final = "unknown"
FREE: Final = "free"
ALLOWED: Final = "allowed"
BARRED: Final = "barred"


def state(buildings: pd.DataFrame) -> pd.Series:
    """State of every building: protected, restricted, free or unknown.

    Parameters
    ----------
    buildings
        Buildings of a City; without a register of protected buildings all are unknown.
    """
    if COLUMN not in buildings:
        return pd.Series(UNKNOWN, buildings.index, dtype="str", name=COLUMN)
    return buildings[COLUMN].fillna(UNKNOWN)


def allowed(buildings: pd.DataFrame) -> pd.Series:
    """Whether a change of the front is known to be allowed: only where a register says free."""
    return state(buildings) == FREE


def permission(buildings: pd.DataFrame, work: str) -> pd.Series:
    """Whether a work on each building is allowed, barred, or not known to be either.

    Parameters
    ----------
    buildings
        Buildings of a City.
    work
        Work of ``protection_bars.csv``; any other is allowed everywhere.
    """
    rows = tables.load("protection_bars", "twin.data")
    barring = rows.loc[rows["work"] == work, "level"]
    found = pd.Series(ALLOWED, buildings.index, dtype="str")
    if barring.empty:
        return found
    states = state(buildings)
    return found.mask(states == UNKNOWN, UNKNOWN).mask(states.isin(barring), BARRED)


def unanswered(buildings: pd.DataFrame, column: str = "permission_unknown") -> tuple[str, ...]:
    """Sentence with the number of buildings by work whose permission nobody knows, if any.

    Parameters
    ----------
    buildings
        Buildings of a City; the column holds the works done to each, parted by blanks.
    column
        Name of that column.
    """
    if column not in buildings:
        return ()
    works = buildings[column].dropna().str.split().explode()
    if works.empty:
        return ()
    ranked = works.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    counts = ", ".join(f"{work} {count:,}" for work, count in ranked.items())
    told = (
        f"Whether {works.index.nunique():,} buildings with works are protected is not known; these "
        f"works may not be allowed there and do not count as allowed: {counts}. Attach a register "
        "of protected buildings."
    )
    return (told,)
