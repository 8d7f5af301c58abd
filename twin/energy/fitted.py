"""What a fit to meters changes about a stock: warmth of homes, U-values and leaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from layers import tables
from twin.energy import constructions, stock
from twin.energy.overrides import ENVELOPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from twin.energy.parameters import EnergyParameters
    from twin.energy.stock import Stock

SETPOINT: Final = "energy.setpoint"
PREBOUND: Final = "energy.prebound"
U: Final = "energy.u"
INFILTRATION: Final = "energy.infiltration"
NAMES: Final = (SETPOINT, PREBOUND, U, INFILTRATION)
UNITS: Final = ("K", "K", "1", "1")
"""Parameters of a City: homes are kept warmer by so much; homes with twice the heat loss by area
are kept colder by so much; factors on U-values and on leaks."""
NEUTRAL: Final = (0.0, 0.0, 1.0, 1.0)
LEAST: Final = 1e-6
"""Keeps logarithms finite [W/m2K]."""
THERMAL: Final = tuple(name for name in ENVELOPE if name.startswith("u_"))


def chosen(rows: pd.DataFrame) -> dict[str, float]:
    """Fitted values of a City, neutral ones where nothing was fitted.

    Parameters
    ----------
    rows
        City table of parameters.
    """
    value = rows["value"]
    return {
        name: float(value[name]) if name in value.index else neutral
        for name, neutral in zip(NAMES, NEUTRAL, strict=True)
    }


def adjusted(given: Stock, values: Mapping[str, float], parameters: EnergyParameters) -> Stock:
    """A stock as a fit sees it; what is known of a single building stays.

    Parameters
    ----------
    given
        Of `stock.assemble`.
    values
        Of `chosen`.
    parameters
        Tables of the energy model.
    """
    if all(values[name] == neutral for name, neutral in zip(NAMES, NEUTRAL, strict=True)):
        return given
    made, profile = given.construction, given.profile
    scaled = {name: made[name] * values[U] for name in (*THERMAL, "u_door", "delta_u_bridges")}
    construction = made.assign(**scaled, infiltration=made["infiltration"] * values[INFILTRATION])
    reference = tables.figures("energy_fit", "twin.data")["reference.loss"]
    home = constructions.residential(given.buildings["use"], parameters).to_numpy()
    area = given.area.to_numpy(dtype=np.float64)
    loss = stock.transmission(given).to_numpy() / np.where(area > 0.0, area, np.nan)
    doubled = np.nan_to_num(np.log2(np.maximum(loss, LEAST) / reference))
    shift = np.where(home, values[SETPOINT] - values[PREBOUND] * doubled, 0.0)
    free = np.isnan(profile["own_setpoint"].to_numpy())
    shift = np.where(free & home, shift, 0.0)
    low = profile["own_setback"].to_numpy()
    lower = parameters.rooms.living["setback"] + shift
    profile = profile.assign(
        setpoint=profile["setpoint"] + shift,
        own_shift=profile["own_shift"] + shift,
        own_setback=np.where(np.isnan(low) & free & home, lower, low),
    )
    return replace(given, construction=construction, profile=profile)
