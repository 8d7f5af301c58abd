"""Heat at the surfaces of a building, and layers as nodes.

Outside: forced convection by wind after MoWiTT (Yazdanian and Klems, ASHRAE Transactions 100,
1994) with the roughness of DOE-2, natural part after Walton (TARP, 1983); long-wave exchange with
sky and surroundings, linear around the temperature of the air in each hour. EN ISO 52016-1 takes
20 W/m2K for all hours and places instead; in calm air that is too much by far, and cools sunlit
walls that in truth pass their heat inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Layers = Sequence[tuple[float, float, float, float]]

STEFAN_BOLTZMANN: Final = 5.670374419e-8
KELVIN: Final = 273.15
NODE_PLACES: Final = np.array([0.0, 1 / 6, 1 / 2, 5 / 6, 1.0])
"""Nodes of an element by their share of its resistance, from outside (EN ISO 52016-1)."""

SLICES: Final = 200
"""Slices of each layer when its heat capacity is shared out."""


def figures() -> Mapping[str, float]:
    """Figures of ``thermal.csv`` by key, in the units of their rows."""
    return tables.figures("thermal")


def forced(wind: Floats, figure: Mapping[str, float]) -> Floats:
    """Mean of forced convection on the windward and the leeward side of a smooth surface [W m-2 K-1].

    The mean, as the wind around a building in a town does not follow the one of the station.
    """
    windward = figure["wind.windward"] * wind ** figure["wind.windward_exponent"]
    leeward = figure["wind.leeward"] * wind ** figure["wind.leeward_exponent"]
    return np.asarray((windward + leeward) / 2.0)


def outside_convection(wind: Floats, roughness: float, figure: Mapping[str, float]) -> Floats:
    """Convective coefficient of a surface in the wind.

    Parameters
    ----------
    wind : (hours,)
        Wind speed [m/s].
    roughness
        Multiplier of the forced part, 1 for glass [1].
    figure
        Figures of ``thermal.csv``.

    Returns
    -------
    (hours,) [W m-2 K-1]
    """
    natural = figure["natural.wall"] * np.cbrt(figure["wind.difference"])
    smooth = np.hypot(natural, forced(wind, figure))
    return np.asarray(natural + roughness * (smooth - natural))


def sky_share(tilt: float) -> float:
    """Share of a surface's long-wave exchange that is with the cold of the sky [1].

    View factor of the sky; near the horizon it has the temperature of the air (Walton 1983).
    """
    view = (1.0 + np.cos(np.radians(tilt))) / 2.0
    return float(view * np.sqrt(view))


def room_radiation(area: Floats, emissivity: Floats, black: float) -> Floats:
    """Coefficients of radiation between each surface of a room and its mean radiant temperature.

    J. Carroll, An MRT method of computing radiant energy exchange in rooms (1980): a flat surface
    does not see itself, so it exchanges more with the mean of all, of which it is a part, than one
    that did. EN ISO 52016-1 leaves this out.

    Parameters
    ----------
    area, emissivity : (surfaces,) or (rooms, surfaces)
        [m2], [1]
    black
        Coefficient of a black surface in black surroundings [W m-2 K-1].

    Returns
    -------
    (surfaces,) [W m-2 K-1]
    """
    factor = np.ones_like(area)
    for _ in range(CARROLL_ROUNDS):
        share = area * factor / (area * factor).sum(axis=-1, keepdims=True)
        factor = 1.0 / (1.0 - np.minimum(share, HALF))
    return np.asarray(black / ((1.0 - emissivity) / emissivity + 1.0 / factor))


CARROLL_ROUNDS: Final = 30
HALF: Final = 0.5
"""A surface of more than half of a room sees itself: it is taken as half [1]."""


def air_density(altitude: float, figure: Mapping[str, float]) -> float:
    """Density of air at room temperature and an altitude [kg m-3]."""
    share = (1.0 - figure["air.lapse"] * altitude) ** figure["air.exponent"]
    return float(figure["air.density"] * share)


def nodes(layers: Layers) -> tuple[Floats, Floats]:
    """Five nodes of an opaque element.

    Nodes lie at 0, 1/6, 1/2, 5/6 and 1 of the resistance; the heat capacity of each slice goes to
    the two nodes beside it, by its distance from them.

    Parameters
    ----------
    layers
        From outside: thickness [m], conductivity [W m-1 K-1], specific heat [J kg-1 K-1],
        density [kg m-3].

    Returns
    -------
    (4,), (5,)
        Conductance between nodes [W m-2 K-1]; heat capacity of nodes [J m-2 K-1].
    """
    thickness, conductivity, heat, density = np.array(layers, dtype=np.float64).T
    resistance = np.repeat(thickness / conductivity / SLICES, SLICES)
    capacity = np.repeat(thickness * heat * density / SLICES, SLICES)
    middle = np.cumsum(resistance) - resistance / 2.0
    places = NODE_PLACES * resistance.sum()
    left = np.clip(np.searchsorted(places, middle) - 1, 0, 3)
    right_share = (middle - places[left]) / np.diff(places)[left]
    found = np.zeros(len(places))
    np.add.at(found, left, capacity * (1.0 - right_share))
    np.add.at(found, left + 1, capacity * right_share)
    return 1.0 / np.diff(places), found


def active_capacity(layers: Layers, depth: float) -> float:
    """Heat capacity from inside down to a depth, the insulation or the middle [J m-2 K-1].

    EN ISO 13786, simple method: the least of the three depths counts.
    """
    left = min(depth, sum(layer[0] for layer in layers) / 2.0)
    found = 0.0
    for thickness, conductivity, heat, density in reversed(list(layers)):
        if conductivity < INSULATION or left <= 0.0:
            break
        found += min(thickness, left) * heat * density
        left -= thickness
    return found


INSULATION: Final = 0.08
"""Conductivity below which a layer insulates (EN ISO 13786) [W m-1 K-1]."""


def ground_film(
    area: float, perimeter: float, resistance: float, figure: Mapping[str, float]
) -> float:
    """Conductance between the soil that counts with a floor and the ground far below and outside.

    EN ISO 13370: heat loss of a slab on the ground by its area and perimeter; what it is more than
    floor, its inner surface and the soil layer is a virtual layer (EN ISO 52016-1).

    Parameters
    ----------
    area, perimeter
        Of the floor [m2], [m].
    resistance
        Of its layers [m2 K W-1].
    figure
        Figures of ``thermal.csv``.

    Returns
    -------
    float
        [W m-2 K-1]
    """
    conductivity, inner = figure["ground.conductivity"], figure["ground.inner_film"]
    width = area / (0.5 * perimeter)
    films = inner + figure["ground.outer_film"]
    thickness = figure["ground.wall"] + conductivity * (resistance + films)
    if thickness < width:
        reach = np.pi * width
        loss = 2.0 * conductivity / (reach + thickness) * np.log(reach / thickness + 1.0)
    else:
        loss = conductivity / (0.457 * width + thickness)
    soil = figure["ground.layer"] / conductivity
    virtual = 1.0 / loss - inner - resistance - soil
    return float(1.0 / max(virtual, figure["ground.least"]))


def ground_temperature(temperature: Floats, figure: Mapping[str, float]) -> Floats:
    """Undisturbed temperature of the ground at the depth of foundations.

    T. Kusuda and P. Achenbach, Earth temperature and thermal diffusivity at selected stations,
    ASHRAE Transactions 71 (1965): the first harmonic of the year, damped and late.

    Parameters
    ----------
    temperature : (hours,)
        Air temperature of a year [degC].
    figure
        Figures of ``thermal.csv``.

    Returns
    -------
    (hours,) [degC]
    """
    hours = len(temperature)
    angle = 2.0 * np.pi * np.arange(hours) / hours
    wave = 2.0 * np.mean(temperature * np.exp(-1j * angle))
    days = hours / 24.0
    damping = figure["ground.depth"] * np.sqrt(np.pi / (days * figure["ground.diffusivity"]))
    later = wave * np.exp(-damping) * np.exp(-1j * damping)
    return np.asarray(temperature.mean() + (later * np.exp(1j * angle)).real)
