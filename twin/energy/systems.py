"""Final energy of heating systems: from useful heat to delivered energy by carrier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIX: Final = "mix"
"""Heating of a building that nobody knows: the country's shares stand for it."""


def shares(heating: pd.Series, systems: pd.DataFrame, mix: pd.Series) -> pd.DataFrame:
    """Share of each building's useful heat by kind of heating.

    Parameters
    ----------
    heating
        Kind of heating of each building, or mix.
    systems
        Index: the kinds of heating known.
    mix
        The country's shares [1] by kind; empty if unknown.

    Returns
    -------
    DataFrame
        Rows as `heating`, columns the kinds [1]; rows sum to 1, or are 0 throughout where the kind
        or the mix is not known.
    """
    table = pd.get_dummies(heating).reindex(columns=systems.index, fill_value=False).astype(float)
    if not mix.empty:
        unknown = (heating == MIX).to_numpy()
        table.loc[unknown] = mix.reindex(systems.index, fill_value=0.0).to_numpy()
    return table


def delivered(
    heat: NDArray[np.float64],
    share: pd.DataFrame,
    systems: pd.DataFrame,
    own: pd.Series | None = None,
) -> pd.DataFrame:
    """Delivered energy by carrier.

    Heat that a heat pump takes from its surroundings is not delivered energy and not counted.

    Parameters
    ----------
    heat : (n,) [kWh/a]
        Useful heat.
    share
        Of `shares`.
    systems
        Index heating; columns carrier, value (useful heat by delivered energy [1]).
    own
        Useful heat by delivered energy of a building's own supply [1], missing where the kind's
        value holds; the index of `share`.

    Returns
    -------
    DataFrame
        Columns carriers [kWh/a].
    """
    energy = share.mul(heat, axis=0) / systems["value"]
    if own is not None:
        usual = (share / systems["value"]).sum(axis=1)
        better = (1.0 / own) / usual.where(usual > 0.0)
        energy = energy.mul(better.fillna(1.0), axis=0)
    return energy.T.groupby(systems["carrier"]).sum().T
