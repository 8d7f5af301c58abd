"""What a window does with sunlight and heat: panes by Fresnel's laws, the gap by EN 673.

The transmittance of one pane at every angle of incidence follows from its refractive index and
absorption (J. Duffie and W. Beckman, Solar Engineering of Thermal Processes, ch. 5); two panes are
combined with all reflections between them, for each polarisation. EN ISO 52016-1 multiplies the
normal value by 0.9 for all angles instead, which gives away the difference between a high summer
sun and a low winter one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq

from twin.energy.surface_heat import KELVIN, STEFAN_BOLTZMANN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEPS: Final = 181
"""Angles of incidence at which a window is tabulated, evenly in their cosine."""

GRAVITY: Final = 9.80665


@dataclass(frozen=True)
class Glazing:
    """A window without frame.

    Parameters
    ----------
    conductance
        From the outer to the inner surface of the glass [W m-2 K-1].
    through, outer, inner : (`STEPS`,)
        Share of sunlight that goes through, that the outer part absorbs and that the inner part
        absorbs, by the cosine of the angle of incidence from 0 to 1 [1].
    diffuse : (3,)
        The same three for even light of a hemisphere [1].
    emissivity
        Of the outer surface [1].
    slope
        Change of the conductance with the mean temperature of the gap [W m-2 K-2].
    """

    conductance: float
    through: Floats
    outer: Floats
    inner: Floats
    diffuse: Floats
    emissivity: float
    slope: float = 0.0

    @property
    def normal(self) -> float:
        """Share of sunlight that goes through at normal incidence [1]."""
        return float(self.through[-1])


def pane(transmittance: float, reflectance: float) -> tuple[float, float]:
    """Refractive index and absorption of a pane from its values at normal incidence.

    Parameters
    ----------
    transmittance, reflectance
        Of sunlight at normal incidence [1].

    Returns
    -------
    tuple of float
        Refractive index [1]; absorption, its coefficient times the thickness [1].
    """

    def error(surface: float) -> float:
        inside = (reflectance / surface - 1.0) / transmittance
        return (1 - surface) ** 2 * inside / (1 - (surface * inside) ** 2) - transmittance

    surface = float(brentq(error, reflectance / (1.0 + transmittance), reflectance * (1.0 - 1e-9)))
    inside = (reflectance / surface - 1.0) / transmittance
    root = np.sqrt(surface)
    return float((1.0 + root) / (1.0 - root)), float(-np.log(inside))


def _polarised(index: float, absorption: float, cosine: Floats) -> list[tuple[Floats, Floats]]:
    """Transmittance and reflectance of one pane for the two polarisations."""
    refracted = np.sqrt(1.0 - (1.0 - cosine**2) / index**2)
    passed = np.exp(-absorption / refracted)
    found = []
    for one, other in ((cosine, index * refracted), (refracted, index * cosine)):
        surface = ((one - other) / (one + other)) ** 2
        through = (1 - surface) ** 2 * passed / (1 - (surface * passed) ** 2)
        found.append((through, surface * (1 + passed * through)))
    return found


def panes(
    count: int, index: float, absorption: float, cosine: Floats
) -> tuple[Floats, Floats, Floats]:
    """Share of light that goes through one or two equal panes, and that each of them absorbs.

    Parameters
    ----------
    count
        1 or 2 panes; of one pane the absorbed light is halved between its two faces.
    index, absorption
        As from `pane`.
    cosine
        Of the angle of incidence, above 0 [1].

    Returns
    -------
    tuple of arrays
        Through, absorbed outside, absorbed inside [1].
    """
    parts = []
    for through, back in _polarised(index, absorption, cosine):
        kept = 1.0 - through - back
        if count == 1:
            parts.append((through, kept / 2.0, kept / 2.0))
            continue
        between = 1.0 - back**2
        parts.append(
            (through**2 / between, kept * (1 + through * back / between), through * kept / between)
        )
    first, second = parts
    return tuple((a + b) / 2.0 for a, b in zip(first, second, strict=True))  # type: ignore[return-value]


def hemisphere(values: Floats) -> float:
    """Mean over even light of a hemisphere, of values by the cosine from 0 to 1."""
    cosine = np.linspace(0.0, 1.0, len(values))
    return float(np.trapezoid(2.0 * values * cosine, cosine))


def gap_conductance(
    width: float, emissivity: float, figure: Mapping[str, float]
) -> tuple[float, float]:
    """Conductance of an upright gap with air between two panes by EN 673.

    The standard takes 10 degC for all times; a gap in the sun passes a fifth more than in a cold
    night, so the change with temperature is given too: of the radiation and of the air's conduction.

    Parameters
    ----------
    width
        Of the gap [m].
    emissivity
        Of both surfaces [1].
    figure
        Figures of ``thermal.csv``.

    Returns
    -------
    tuple of float
        [W m-2 K-1]; its change with the mean temperature of the gap [W m-2 K-2].
    """
    kelvin = figure["glass.gap_temperature"] + KELVIN
    prandtl = figure["gas.viscosity"] * figure["gas.heat_capacity"] / figure["gas.conductivity"]
    grashof = (
        GRAVITY * width**3 * figure["glass.gap_difference"] * figure["gas.density"] ** 2
        / (kelvin * figure["gas.viscosity"] ** 2)
    )  # fmt: skip
    nusselt = figure["gas.nusselt"] * (grashof * prandtl) ** figure["gas.nusselt_exponent"]
    radiative = 4.0 * STEFAN_BOLTZMANN * kelvin**3 / (2.0 / emissivity - 1.0)
    convective = max(nusselt, 1.0) * figure["gas.conductivity"] / width
    change = 3.0 * radiative / kelvin
    change += convective * figure["gas.conductivity_slope"] / figure["gas.conductivity"]
    return float(radiative + convective), float(change)


def of_panes(
    count: int,
    transmittance: float,
    reflectance: float,
    pane_resistance: float,
    gap: float,
    emissivity: float,
    figure: Mapping[str, float],
) -> Glazing:
    """Window of one or two equal clear panes.

    Parameters
    ----------
    count
        1 or 2.
    transmittance, reflectance
        Of one pane at normal incidence [1].
    pane_resistance
        Thickness by conductivity of one pane [m2 K W-1].
    gap
        Width of the gap, unused for one pane [m].
    emissivity
        Of all surfaces [1].
    figure
        Figures of ``thermal.csv``.
    """
    index, absorption = pane(transmittance, reflectance)
    if count == 1:
        return _tabulated(count, index, absorption, 1.0 / pane_resistance, emissivity)
    between, change = gap_conductance(gap, emissivity, figure)
    # The light that a pane absorbs enters at its middle, so half of each pane counts.
    conductance = 1.0 / (pane_resistance + 1.0 / between)
    slope = change * (conductance / between) ** 2
    return _tabulated(count, index, absorption, conductance, emissivity, slope)


def _tabulated(
    count: int,
    index: float,
    absorption: float,
    conductance: float,
    emissivity: float,
    slope: float = 0.0,
) -> Glazing:
    cosine = np.linspace(0.0, 1.0, STEPS)
    shares = [np.concatenate([[0.0], part]) for part in panes(count, index, absorption, cosine[1:])]
    diffuse = np.array([hemisphere(part) for part in shares])
    return Glazing(conductance, shares[0], shares[1], shares[2], diffuse, emissivity, slope)


def of_values(
    u_value: float, g_value: float, emissivity: float, figure: Mapping[str, float]
) -> Glazing:
    """Window known by its U-value and total solar energy transmittance only.

    Angles follow two clear panes with the refraction of glass, scaled to the g-value; what comes
    in beside the light itself is taken with the light.

    Parameters
    ----------
    u_value
        With the surface resistances of EN 673, 0.04 and 0.13 m2K/W [W m-2 K-1].
    g_value
        Total solar energy transmittance at normal incidence [1].
    emissivity
        Of the outer surface [1].
    figure
        Figures of ``thermal.csv``.
    """
    films = figure["glass.outer_film"] + figure["glass.inner_film"]
    conductance = 1.0 / max(1.0 / u_value - films, figure["glass.least_resistance"])
    clear = _tabulated(2, figure["glass.index"], 0.0, conductance, emissivity)
    scale = g_value / clear.normal
    nothing = np.zeros(STEPS)
    diffuse = np.array([clear.diffuse[0] * scale, 0.0, 0.0])
    return Glazing(conductance, clear.through * scale, nothing, nothing, diffuse, emissivity)
