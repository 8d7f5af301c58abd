"""Electricity of appliances, light and cooking by use of the building; annual, without heating."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

END_USES: Final = ("appliances", "lighting", "cooking")
KNOWN: Final = "hot_water_known"
"""Column of profiles: useful heat for hot water of homes whose people are known [kWh/a]."""


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
    """Useful heat for hot water as lived [kWh/a]: by people where they are known, else by area.

    Parameters
    ----------
    profiles
        One row per building; columns hot_water [kWh/m2/a] and, where the people of some are known,
        hot_water_known [kWh/a].
    area
        Reference floor area [m2].
    """
    usual = standard_hot_water(profiles, area)
    if KNOWN not in profiles:
        return usual
    return profiles[KNOWN].fillna(usual)


def standard_hot_water(profiles: pd.DataFrame, area: pd.Series) -> pd.Series:
    """Useful heat for hot water by standard use, whoever lives there [kWh/a].

    Parameters
    ----------
    profiles, area
        As in `hot_water`.
    """
    return profiles["hot_water"] * area


def with_people(
    profiles: pd.DataFrame, homes: pd.Series, people: pd.Series, by_person: float
) -> pd.DataFrame:
    """Profiles with the hot water of homes whose people are known.

    Parameters
    ----------
    profiles
        One row per building.
    homes
        Whether it is a home whose people are known (bool).
    people
        Residents [1].
    by_person
        Useful heat for hot water [kWh/person/a].
    """
    if not homes.any():
        return profiles
    return profiles.assign(**{KNOWN: (people * by_person).where(homes)})
