"""What dirty air and noise of traffic cost others: indicators, not money that anybody books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

POLLUTANTS: Final = ("nox_kg", "pm25_kg")
"""Pollutants with a cost per kilogram; coarse particles are not counted beside the fine ones."""

CITATIONS: Final = (
    "van Essen and others 2019, Handbook on the external costs of transport, European Commission.",
    "Navrud 2002, The state-of-the-art on economic valuation of noise, European Commission.",
)


def air(frame: pd.DataFrame, figures: Mapping[str, float]) -> pd.Series:
    """Damage of nitrogen oxides and fine particles [EUR/a].

    Parameters
    ----------
    frame
        Columns nox_kg and pm25_kg [kg/a].
    figures
        Of external_costs.csv by key [EUR/kg].
    """
    total = np.zeros(len(frame))
    for name in POLLUTANTS:
        total = total + frame[name].to_numpy(np.float64) * figures[f"air.{name}"]
    return pd.Series(total, index=frame.index, name="air_cost")


def noise(
    households: NDArray[np.float64],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    figures: Mapping[str, float],
) -> NDArray[np.float64]:
    """What a change of noise is worth to households, less noise being positive [EUR/a].

    The value of a decibel is the same at every level, so this is a value of changes only.

    Parameters
    ----------
    households
        Households at each facade or building.
    before, after
        Level at the facade [dB]; NaN where it is not computed, which leaves NaN.
    figures
        Of external_costs.csv by key.
    """
    return np.asarray(households * (before - after) * figures["noise.household"])
