"""Energy signature of a building, and how well a model foretells meters.

Signature: energy of a month as a base and a slope below a balance temperature (PRISM; Fels 1986),
by which a metered year is brought to normal weather. Quality: NMBE and CV(RMSE) of ASHRAE
Guideline 14.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FELS: Final = "Fels, M. F. (1986). PRISM: an introduction. Energy and Buildings 9, 5-18."
ASHRAE_14: Final = "ASHRAE Guideline 14-2014. Measurement of energy, demand, and water savings."
BALANCES: Final = np.arange(8.0, 22.01, 0.25)
"""Balance temperatures that are tried [degC]."""
PARAMETERS: Final = 1
"""Parameters that count in the denominators of Guideline 14 for a calibrated model [1]."""


@dataclass(frozen=True)
class Signature:
    """Energy of a day by its temperature outside.

    Parameters
    ----------
    base
        Energy that does not depend on the weather [kWh/d].
    slope
        More energy for each kelvin below the balance temperature [kWh/(d K)].
    balance
        Balance temperature [degC].
    error
        Root of the mean squared difference of a day [kWh/d].
    """

    base: float
    slope: float
    balance: float
    error: float

    def energy(self, temperature: Floats, days: Floats) -> float:
        """Energy of some months with other weather [kWh].

        Parameters
        ----------
        temperature, days
            Mean outside [degC] and days of each month.
        """
        cold = np.maximum(self.balance - temperature, 0.0)
        return float(((self.base + self.slope * cold) * days).sum())


def signature(energy: Floats, temperature: Floats, days: Floats) -> Signature:
    """Fit the signature of a building.

    Parameters
    ----------
    energy, temperature, days : (months,)
        Metered energy [kWh], mean outside [degC] and days of each month.

    Raises
    ------
    ValueError
        If there are fewer than four months.
    """
    if len(energy) <= 3:  # noqa: PLR2004 - three unknowns
        raise ValueError("a signature needs at least four months")
    best: Signature | None = None
    daily, weight = energy / days, np.sqrt(days)
    for balance in BALANCES:
        cold = np.maximum(balance - temperature, 0.0)
        columns = np.column_stack([np.ones_like(cold), cold])
        solved, *_ = np.linalg.lstsq(columns * weight[:, None], daily * weight, rcond=None)
        base, slope = float(max(solved[0], 0.0)), float(max(solved[1], 0.0))
        rest = daily - base - slope * cold
        error = float(np.sqrt((days * rest**2).sum() / days.sum()))
        if best is None or error < best.error - 1e-12:
            best = Signature(base, slope, float(balance), error)
    assert best is not None
    return best


def nmbe(measured: Floats, foretold: Floats) -> float:
    """Normalised mean bias error [1], positive where the model foretells too little.

    Parameters
    ----------
    measured, foretold
        Values of the same things.
    """
    return float((measured - foretold).sum() / (_freedom(measured) * measured.mean()))


def cv_rmse(measured: Floats, foretold: Floats) -> float:
    """Coefficient of variation of the root mean squared error [1].

    Parameters
    ----------
    measured, foretold
        Values of the same things.
    """
    squares = ((measured - foretold) ** 2).sum()
    return float(np.sqrt(squares / _freedom(measured)) / measured.mean())


def within(figures: Mapping[str, float], bias: float, scatter: float, step: str) -> bool:
    """Whether a model keeps the limits of Guideline 14.

    Parameters
    ----------
    figures
        Of energy_fit.csv.
    bias, scatter
        Of `nmbe` and `cv_rmse`.
    step
        month or hour.
    """
    return abs(bias) <= figures[f"nmbe.{step}"] and scatter <= figures[f"cvrmse.{step}"]


def _freedom(values: Floats) -> float:
    return float(max(len(values) - PARAMETERS, 1))
