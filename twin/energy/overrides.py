"""What is known of a building, or done to it, in the place of its archetype and usual use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVELOPE: Final = ("u_wall", "u_roof", "u_floor", "u_window", "g_window")
"""Columns of buildings that stand for the column of the archetype of the same name."""

BY_POWER: Final = ("appliances", "lighting")
"""End uses that the factor of appliances changes."""


def given(buildings: pd.DataFrame, column: str) -> pd.Series:
    """A column of the buildings as numbers; missing where it is not known or not there."""
    if column not in buildings:
        return pd.Series(float("nan"), index=buildings.index)
    return buildings[column].astype("float64")


def construction(
    made: pd.DataFrame, buildings: pd.DataFrame, figures: Mapping[str, float]
) -> pd.DataFrame:
    """Archetypes with the U-values and the air leakage that are known.

    Parameters
    ----------
    made
        Of `constructions.match`.
    buildings
        The same index; optional columns `ENVELOPE` [W/m2K, 1] and n50 [1/h].
    figures
        Of stock_hourly.csv.
    """
    found = {name: given(buildings, name).fillna(made[name]) for name in ENVELOPE}
    leak = given(buildings, "n50") * figures["leak.n50"]
    return made.assign(**found, infiltration=leak.fillna(made["infiltration"]))


def profile(usual: pd.DataFrame, buildings: pd.DataFrame) -> pd.DataFrame:
    """Use of the buildings with what is known of it.

    Parameters
    ----------
    usual
        Rows of energy_profiles.csv, the index of the buildings.
    buildings
        Optional columns setpoint, setback, cooling_setpoint [degC], setpoint_change [K],
        heat_recovery and appliance_factor [1].

    Returns
    -------
    DataFrame
        As `usual`, setpoint as known and changed; beside it standard_setpoint, own_setpoint,
        own_setback and own_cooling [degC] (missing where not known), own_shift [K], heat_recovery
        and appliance_factor [1].
    """
    own = given(buildings, "setpoint")
    shift = given(buildings, "setpoint_change").fillna(0.0)
    factor = given(buildings, "appliance_factor").fillna(1.0)
    scaled = {
        name: usual[name] * factor
        for name in usual.columns
        if str(name).split("_", maxsplit=1)[0] in BY_POWER
    }
    return usual.assign(
        **scaled,
        setpoint=own.fillna(usual["setpoint"]) + shift,
        standard_setpoint=usual["setpoint"],
        own_setpoint=own,
        own_shift=shift,
        own_setback=given(buildings, "setback"),
        own_cooling=given(buildings, "cooling_setpoint"),
        heat_recovery=given(buildings, "heat_recovery").fillna(0.0),
        appliance_factor=factor,
    )
