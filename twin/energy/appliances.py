"""Electricity of appliances, light and cooking by use of the building; annual, without heating."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

END_USES: Final = ("appliances", "lighting", "cooking")


def electricity(profiles: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Annual electricity of each building by end use.

    Parameters
    ----------
    profiles
        One row per building; columns <end use>_area [kWh/m2/a], _dwelling [kWh/dwelling/a],
        _person [kWh/person/a].
    counts
        The same index; columns area (reference floor area [m2]), dwelling [1], person [1].

    Returns
    -------
    DataFrame
        Columns `END_USES` [kWh/a].
    """
    by_end_use = {
        end_use: sum(profiles[f"{end_use}_{unit}"] * counts[unit] for unit in counts.columns)
        for end_use in END_USES
    }
    return counts[[]].assign(**by_end_use)


def hot_water(profiles: pd.DataFrame, area: pd.Series) -> pd.Series:
    """Useful heat for hot water [kWh/a].

    Parameters
    ----------
    profiles
        One row per building; column hot_water [kWh/m2/a].
    area
        Reference floor area [m2].
    """
    return profiles["hot_water"] * area
