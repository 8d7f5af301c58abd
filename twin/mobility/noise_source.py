"""Sound power of streets after CNOSSOS-EU: per metre, octave band and part of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.mobility.noise_parameters import DOWN, REFERENCE_SURFACE, UP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.mobility.noise_parameters import NoiseParameters, Vehicle

DECIBEL: Final = 10.0
METRES_PER_KM: Final = 1000.0
PER_CENT: Final = 100.0
SPEED_WEIGHT: Final = 100.0
"""Speed that counts once in the correction for slopes [km/h]."""


@dataclass(frozen=True)
class Stretches:
    """Pieces of streets with one slope, one surface and one distance from a junction.

    Parameters
    ----------
    street : (stretches,) int64
        Number of the street that it is a part of.
    weight : (stretches,) [1]
        Share of the street's vehicles, or of its length, that it stands for.
    slope : (stretches,) [%]
        Rise in driving direction.
    near : (stretches,) [1]
        1 at a junction of kind `junction`, 0 from the reach of its effect on.
    junction : (stretches,) str
        signals, roundabout or empty.
    surface : (stretches,) str
        Road surface.
    """

    street: NDArray[np.int64]
    weight: NDArray[np.float64]
    slope: NDArray[np.float64]
    near: NDArray[np.float64]
    junction: NDArray[np.object_]
    surface: NDArray[np.object_]


def power(
    flow: Mapping[str, NDArray[np.float64]],
    speed: Mapping[str, NDArray[np.float64]],
    stretches: Stretches,
    parameters: NoiseParameters,
) -> NDArray[np.float64]:
    """Sound power per metre of every street, as energy.

    Equations 2.2.1 to 2.2.20 of Directive 2002/49/EC, Annex II; below the slowest speed of the
    formulas its power counts, and above the fastest that one.

    Parameters
    ----------
    flow
        Category to vehicles of both directions together (streets,) [veh/h].
    speed
        Category to their speed (streets,) [km/h].
    stretches
        Pieces of the streets.
    parameters
        Coefficients.

    Returns
    -------
    (streets, bands) [W/m over 1e-12 W/m]
        10 lg of it is LW' [dB/m]; 0 where nothing drives.
    """
    streets = len(next(iter(flow.values())))
    total = np.zeros((streets, len(parameters.bands)))
    for category, vehicles in flow.items():
        driven = np.clip(
            speed[category],
            parameters.figures["speed.lowest"],
            parameters.figures["speed.highest"],
        )
        per_metre = np.where(vehicles > 0.0, vehicles / (METRES_PER_KM * driven), 0.0)
        at = stretches.street
        single = vehicle(category, driven[at], stretches, parameters)
        energy = DECIBEL ** (single / DECIBEL) * (stretches.weight * per_metre[at])[:, None]
        for band in range(total.shape[1]):
            total[:, band] += np.bincount(at, weights=energy[:, band], minlength=streets)
    return total


def vehicle(
    category: str,
    speed: NDArray[np.float64],
    stretches: Stretches,
    parameters: NoiseParameters,
) -> NDArray[np.float64]:
    """Sound power of one vehicle on each stretch (stretches, bands) [dB].

    Parameters
    ----------
    category
        1, 2, 3, 4a or 4b.
    speed : (stretches,) [km/h]
        Its speed.
    stretches, parameters
        As in `power`.
    """
    own = parameters.vehicles[category]
    reference = parameters.figures["speed.reference"]
    lift = np.log10(speed / reference)[:, None]
    spectrum, slope = _surface(category, stretches.surface, parameters)
    tyres, engine = _junctions(own, stretches)
    rolling = own.rolling + own.rolling_slope * lift + spectrum + slope[:, None] * lift
    rolling = rolling + tyres[:, None] + _air(own, parameters)
    rolling = rolling + _studs(own, speed, parameters)
    propulsion = own.propulsion + own.propulsion_slope * (speed[:, None] - reference) / reference
    propulsion = propulsion + engine[:, None] + np.minimum(spectrum, 0.0)
    propulsion = propulsion + _slope(own, speed, stretches.slope, parameters)[:, None]
    return np.asarray(
        DECIBEL * np.log10(DECIBEL ** (rolling / DECIBEL) + DECIBEL ** (propulsion / DECIBEL))
    )


def level(energy: NDArray[np.float64], parameters: NoiseParameters) -> NDArray[np.float64]:
    """A-weighted sound power LWA' (streets,) [dB(A)/m]; NaN where nothing drives.

    Parameters
    ----------
    energy : (streets, bands)
        Of `power`.
    parameters
        A weighting.
    """
    weighted = energy @ DECIBEL ** (parameters.weighting / DECIBEL)
    found = np.full(len(weighted), np.nan)
    heard = weighted > 0.0
    found[heard] = DECIBEL * np.log10(weighted[heard])
    return found


def _air(own: Vehicle, parameters: NoiseParameters) -> float:
    """Change of rolling noise by the temperature of the air [dB], equation 2.2.10."""
    figures = parameters.figures
    return own.colder * (figures["air.reference"] - figures["air.temperature"])


def _studs(
    own: Vehicle, speed: NDArray[np.float64], parameters: NoiseParameters
) -> NDArray[np.float64]:
    """Change of rolling noise by studded tyres (stretches, bands) [dB], equations 2.2.6 to 2.2.9."""
    if parameters.studs == 0.0 or not (own.stud.any() or own.stud_slope.any()):
        return np.zeros((len(speed), len(own.stud)))
    figures = parameters.figures
    bounded = np.clip(speed, figures["stud.lowest"], figures["stud.highest"])
    louder = own.stud + own.stud_slope * np.log10(bounded / figures["speed.reference"])[:, None]
    mixed = (1.0 - parameters.studs) + parameters.studs * DECIBEL ** (louder / DECIBEL)
    return np.asarray(DECIBEL * np.log10(mixed))


def _surface(
    category: str, named: NDArray[np.object_], parameters: NoiseParameters
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Spectrum (stretches, bands) and slope (stretches,) of the surface [dB], equation 2.2.19."""
    spectrum = np.zeros((len(named), len(parameters.bands)))
    slope = np.zeros(len(named))
    for surface in sorted(set(named) - {REFERENCE_SURFACE}):
        found = parameters.surfaces.get((surface, category))
        if found is not None:
            spectrum[named == surface], slope[named == surface] = found
    return spectrum, slope


def _junctions(
    own: Vehicle, stretches: Stretches
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Change of rolling and of propulsion noise near junctions [dB], equations 2.2.17, 2.2.18."""
    tyres, engine = np.zeros(len(stretches.near)), np.zeros(len(stretches.near))
    for kind, (rolling, propulsion) in own.junction.items():
        here = stretches.junction == kind
        tyres[here] = rolling * stretches.near[here]
        engine[here] = propulsion * stretches.near[here]
    return tyres, engine


def _slope(
    own: Vehicle,
    speed: NDArray[np.float64],
    slope: NDArray[np.float64],
    parameters: NoiseParameters,
) -> NDArray[np.float64]:
    """Change of propulsion noise on slopes (stretches,) [dB], equations 2.2.13 to 2.2.16."""
    highest = parameters.figures["gradient.highest"]
    change = np.zeros(len(slope))
    for direction, sign in ((UP, 1.0), (DOWN, -1.0)):
        branch = own.gradient.get(direction)
        if branch is None:
            continue
        beyond = np.maximum(np.minimum(sign * slope, highest) - branch.threshold, 0.0)
        weight = (speed - branch.start) / SPEED_WEIGHT if branch.weighted else 1.0
        change += weight * beyond / branch.divisor
    return change
