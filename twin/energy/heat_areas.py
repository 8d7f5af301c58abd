"""How buildings are heated of which nobody says it: by the heat network they lie in, else the country.

The cascade: what a register or tag says of a building; the area of a heat network; the shares of
the country. Where areas of heat networks are attached, buildings outside them are not on one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.energy import systems

if TYPE_CHECKING:
    import pandas as pd

    from twin.energy.parameters import EnergyParameters

NETWORK: Final = "heat_network"
DISTRICT: Final = "district_heating"
CONNECTED: Final = "network.connected"


def shares(houses: pd.DataFrame, parameters: EnergyParameters) -> pd.DataFrame:
    """Share of each building's useful heat by kind of heating.

    Parameters
    ----------
    houses
        Column heating; optional column heat_network: the network whose area holds the building.
    parameters
        Tables of the energy model.

    Returns
    -------
    DataFrame
        As of `systems.shares`.
    """
    found = systems.shares(houses["heating"], parameters.systems, parameters.mix)
    found.index = houses.index
    if NETWORK not in houses or parameters.mix.empty:
        return found
    named = houses[NETWORK].fillna("").astype("str") != ""
    unknown = houses["heating"] == systems.MIX
    if not named.any() or not unknown.any():
        return found
    connected = parameters.constants[CONNECTED]
    usual = float(parameters.mix.get(DISTRICT, 0.0))
    wanted = named[unknown].map({True: connected, False: 0.0})
    others = (1.0 - wanted) / (1.0 - usual) if usual < 1.0 else wanted * 0.0
    own = found.loc[unknown].mul(others, axis=0)
    own[DISTRICT] = wanted if usual < 1.0 else 1.0
    found.loc[unknown] = own
    return found
