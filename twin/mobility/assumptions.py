"""Which share of travel demand rests on assumed figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility.demand_parameters import ASSUMED, PURPOSES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from twin.mobility.demand_parameters import DemandParameters

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "trip rates": ("rate",),
    "trip lengths": ("length",),
    "shares of modes": ("share",),
    "values of time": ("value_of_time",),
    "choice of mode": ("scale", "nest", "weight", "transit", "car"),
    "places": ("attraction",),
}
"""Parts of the model and the figures that each rests on, by the first word of their key."""
REPLACED: Final = frozenset({"trip rates", "trip lengths", "places"})
"""Parts that the user's matrix of a purpose stands for."""


def assumed_parts(
    parameters: DemandParameters,
    trips: NDArray[np.float64],
    own: Collection[str],
) -> pd.Series:
    """Share of trips whose figures are assumed, by part of the model [1].

    Parameters
    ----------
    parameters
        Figures and their grades.
    trips : (purposes,) [1/d]
        Trips by purpose.
    own
        Purposes whose trips are the user's: what they replace rests on no assumption.
    """
    figures = parameters.figures
    grade = figures["evidence"].eq(ASSUMED)
    total = trips.sum()
    found = {}
    for part, words in PARTS.items():
        kinds = figures.index.str.split(".").str[0]
        rows = grade[kinds.isin(words)]
        count = 0.0
        for purpose, made in zip(PURPOSES, trips, strict=True):
            about = rows[_concerns(rows.index, purpose)]
            replaced = purpose in own and part in REPLACED
            count += 0.0 if replaced else made * float(about.mean())
        found[part] = count / total if total > 0.0 else 0.0
    return pd.Series(found, dtype="float64")


def _concerns(keys: pd.Index, purpose: str) -> NDArray[np.bool_]:
    """Keys that name this purpose or none."""
    words = [str(key).split(".") for key in keys]
    return np.array([purpose in word or not set(word) & set(PURPOSES) for word in words], bool)
