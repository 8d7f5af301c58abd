"""Heat pumps and cooling units by the temperatures between which they work.

The coefficient of performance is the quadratic regression of Ruhnau et al. (2019) in the lift
between source and flow, for air, ground and groundwater; the flow follows a straight heating curve
of the outside temperature, of which their curves for radiators and floors are special cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AIR, GROUND, WATER = range(3)
SOURCES: Final = ("air", "ground", "water")
"""Where a heat pump takes its heat from, in the order of their numbers."""

PUMPS: Final[Mapping[str, int]] = {
    "heat_pump": AIR,
    "heat_pump_ground": GROUND,
    "heat_pump_water": WATER,
    "room_unit": AIR,
}
"""Kinds of heating that are heat pumps, and their source."""

COOLERS: Final = ("none", "room_units", "heat_pump", "central")
"""Kinds of cooling, in the order of their numbers."""

RUHNAU: Final = (
    "Ruhnau, O., Hirth, L., Praktiknjo, A. (2019). Time series of heat demand and heat pump "
    "efficiency for energy system modeling. Scientific Data 6, 189."
)
CITATIONS: Final = (RUHNAU,)


def figures() -> Mapping[str, float]:
    """Figures of heat_pumps.csv."""
    return tables.figures("heat_pumps")


def coefficients(figure: Mapping[str, float]) -> Floats:
    """Coefficients of the regression by source, correction included, (3, 3): rows `SOURCES`."""
    rows = [[figure[f"{source}.{power}"] for power in range(3)] for source in SOURCES]
    return np.array(rows) * figure["correction"]


def cop(lift: Floats, source: int, figure: Mapping[str, float]) -> Floats:
    """Heat by electricity of a heat pump.

    Parameters
    ----------
    lift
        Flow less source temperature [K].
    source
        `AIR`, `GROUND` or `WATER`.
    figure
        Of `figures`.

    Returns
    -------
    array
        As `lift` [1].
    """
    constant, first, second = coefficients(figure)[source]
    least = np.maximum(lift, figure["lift.least"])
    found: Floats = np.maximum(constant + first * least + second * least**2, figure["cop.least"])
    return found


def source_temperatures(outdoor: Floats, ground: Floats, figure: Mapping[str, float]) -> Floats:
    """Temperature of the sources, (3, steps) [degC].

    Parameters
    ----------
    outdoor, ground : (steps,)
        Air and undisturbed ground [degC].
    figure
        Of `figures`.
    """
    brine = ground + figure["ground.offset"]
    return np.stack([outdoor, brine, np.full_like(outdoor, figure["water.temperature"])])


def design_temperature(outdoor: Floats, figure: Mapping[str, float]) -> float:
    """Outside temperature of the coldest day that heating is laid out for [degC].

    Parameters
    ----------
    outdoor
        Hours of a year [degC].
    figure
        Of `figures`.
    """
    return float(np.quantile(outdoor, figure["design.quantile"]))


def slope(flow: Floats, design: float, figure: Mapping[str, float]) -> Floats:
    """Rise of the flow for each kelvin that it is colder outside [1].

    Parameters
    ----------
    flow
        Flow temperature on the coldest day [degC].
    design
        Outside temperature of that day [degC]; at least a kelvin below the end of the curve.
    figure
        Of `figures`.
    """
    base = figure["flow.base"]
    found: Floats = (flow - base) / max(base - design, 1.0)
    return found


def flow_temperature(outdoor: Floats, rise: Floats, figure: Mapping[str, float]) -> Floats:
    """Temperature of the water that goes to the radiators [degC].

    Parameters
    ----------
    outdoor
        [degC].
    rise
        Of `slope`.
    figure
        Of `figures`.
    """
    base = figure["flow.base"]
    found: Floats = base + rise * np.maximum(base - outdoor, 0.0)
    return found


def eer(outdoor: Floats, figure: Mapping[str, float]) -> Floats:
    """Cold by electricity of each kind of cooling, (kinds, steps) [1]; none has 1.

    Parameters
    ----------
    outdoor : (steps,)
        Air [degC].
    figure
        Of `figures`.
    """
    above = outdoor - figure["eer.reference"]
    rows = [np.ones_like(outdoor)]
    for kind in COOLERS[1:]:
        ratio = figure[f"eer.{kind}.35"] + figure[f"eer.{kind}.slope"] * above
        rows.append(np.clip(ratio, figure["eer.least"], figure["eer.most"]))
    return np.stack(rows)
