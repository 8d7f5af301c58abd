"""Share of the hot water that solar collectors heat, by month: the f-chart method.

Method: Klein, Beckman, Duffie (1976) for liquid systems with a store of usual size, X corrected
for hot water alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KLEIN_BECKMAN: Final = (
    "Klein, S. A., Beckman, W. A., Duffie, J. A. (1976). A design procedure for solar heating "
    "systems. Solar Energy 18, 113-127."
)
CITATIONS: Final = (KLEIN_BECKMAN,)
MOST_X, MOST_Y = 18.0, 3.0
"""Ends of the chart [1]."""
KILO: Final = 1000.0


def figures() -> Mapping[str, float]:
    """Figures of solar_thermal.csv."""
    return tables.figures("solar_thermal")


def fraction(
    area: Floats,
    water: Floats,
    irradiation: Floats,
    temperature: Floats,
    hours: Floats,
    figure: Mapping[str, float],
) -> Floats:
    """Share of the hot water of each house and month that its collectors heat.

    Parameters
    ----------
    area : (n,)
        Aperture of the collectors [m2]; missing means none.
    water : (n,)
        Useful heat for hot water [kWh/a], the same on every day.
    irradiation, temperature, hours : (12,)
        Sun on the plane of the collectors [kWh/m2], air [degC] and length of each month [h].
    figure
        Of `figures`.

    Returns
    -------
    (n, 12) [1]
    """
    aperture = np.nan_to_num(area)[:, None]
    load = water[:, None] * (hours / hours.sum())
    some = (aperture > 0.0) & (load > 0.0)
    safe = np.where(some, load, 1.0)
    correction = (
        figure["water.base"]
        + figure["water.by_hot"] * figure["water.hot"]
        + figure["water.by_mains"] * figure["water.mains"]
        + figure["water.by_air"] * temperature
    )
    lost = figure["loss"] * correction * hours / KILO
    x = np.clip(aperture * lost / safe, 0.0, MOST_X)
    y = np.clip(aperture * figure["gain"] * irradiation / safe, 0.0, MOST_Y)
    found = (
        figure["a1"] * y
        + figure["a2"] * x
        + figure["a3"] * y**2
        + figure["a4"] * x**2
        + figure["a5"] * y**3
    )
    return np.where(some, np.clip(found, 0.0, 1.0), 0.0)
