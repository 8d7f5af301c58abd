"""Coefficients of Directive (EU) 2015/996 before its change of 2021, to which older cases belong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.mobility.noise_parameters import noise_parameters

if TYPE_CHECKING:
    from twin.mobility.noise_parameters import NoiseParameters

ROLLING = {
    "1": [79.7, 85.7, 84.5, 90.2, 97.3, 93.9, 84.1, 74.3],
    "2": [84.0, 88.7, 91.5, 96.7, 97.4, 90.9, 83.8, 80.5],
    "3": [87.0, 91.7, 94.1, 100.7, 100.8, 94.3, 87.1, 82.5],
}
PROPULSION = {
    "1": [94.5, 89.2, 88.0, 85.9, 84.2, 86.9, 83.3, 76.1],
    "2": [101.0, 96.5, 98.8, 96.8, 98.6, 95.2, 88.8, 82.7],
    "3": [104.4, 100.6, 101.7, 101.0, 100.1, 95.9, 91.3, 85.3],
    "4a": [88.0, 87.5, 89.5, 93.7, 96.6, 98.8, 93.9, 88.7],
    "4b": [95.0, 97.2, 92.7, 92.9, 94.7, 93.2, 90.1, 86.5],
}
HEAVY = {
    "NL01": ([0.9, 1.4, 1.8, -0.4, -5.2, -4.6, -3, -1.4], 0.2),
    "NL02": ([0.4, 0.2, -0.7, -5.4, -6.3, -6.3, -4.7, -3.7], 4.7),
    "NL03": ([1, 0.1, -1.8, -5.9, -6.1, -6.7, -4.8, -3.8], -0.8),
}
LIGHT = {
    "NL01": ([0.5, 3.3, 2.4, 3.2, -1.3, -3.5, -2.6, 0.5], -6.5),
    "NL02": ([0.4, 2.4, 0.2, -3.1, -4.2, -6.3, -4.8, -2], -3.0),
    "NL03": ([-1, 1.7, -1.5, -5.3, -6.3, -8.5, -5.3, -2.4], -0.1),
}


def parameters(**figures: float) -> NoiseParameters:
    """Figures with the coefficients of 2015, without studded tyres, and with figures changed."""
    now = noise_parameters("DE")
    vehicles: dict[str, Any] = {}
    for category, propulsion in PROPULSION.items():
        own = now.vehicles[category]
        rolling = np.array(ROLLING[category]) if category in ROLLING else own.rolling
        vehicles[category] = replace(own, rolling=rolling, propulsion=np.array(propulsion))
    surfaces = {(name, "1"): (np.array(values), slope) for name, (values, slope) in LIGHT.items()}
    for name, (values, slope) in HEAVY.items():
        surfaces |= {(name, category): (np.array(values), slope) for category in ("2", "3")}
    changed = {key.replace("_", "."): value for key, value in figures.items()}
    return replace(now, vehicles=vehicles, surfaces=surfaces, figures={**now.figures, **changed})
