"""Bayesian fit of a few parameters to many noisy sums, with the model made linear.

Logarithms of what was measured are linear in the parameters near the best point, with normal
noise and a normal prior: posterior and evidence are closed forms (Rasmussen and Williams, Gaussian
Processes for Machine Learning, ch. 2.1). The model is made linear anew at the best point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RASMUSSEN: Final = (
    "Rasmussen, C. E., Williams, C. K. I. (2006). Gaussian processes for machine learning. MIT "
    "Press."
)
GRID: Final = 41
"""Values of the spread between buildings that are tried."""
REACH: Final = 3.0
"""They lie this many standard deviations of their prior around its middle [1]."""


@dataclass(frozen=True)
class Posterior:
    """What is known of the parameters after the measurements.

    Parameters
    ----------
    mean : (p,)
        Of the parameters.
    covariance : (p, p)
        Of the parameters.
    spread
        Standard deviation between buildings that fits best [1].
    evidence
        Logarithm of the probability of the measurements [1].
    """

    mean: Floats
    covariance: Floats
    spread: float
    evidence: float

    @property
    def deviation(self) -> Floats:
        """Standard deviation of each parameter."""
        return np.sqrt(np.diag(self.covariance))


def posterior(
    slope: Floats, offset: Floats, seen: Floats, noise: Floats, prior: Floats
) -> tuple[Floats, Floats, float]:
    """Posterior of a linear model with normal noise and prior.

    Parameters
    ----------
    slope : (m, p)
        Change of each expected logarithm with each parameter.
    offset, seen : (m,)
        Expected logarithm at parameters 0, and the measured one.
    noise : (m,)
        Standard deviation of the measured logarithm.
    prior : (p,)
        Standard deviation of the parameters around 0.

    Returns
    -------
    mean, covariance, evidence
        (p,), (p, p), logarithm of the probability of the measurements.
    """
    weighted = slope / noise[:, None] ** 2
    precision = weighted.T @ slope + np.diag(prior**-2.0)
    covariance: Floats = np.asarray(np.linalg.inv(precision), dtype=np.float64)
    left = seen - offset
    mean = covariance @ (weighted.T @ left)
    rest = left - slope @ mean
    energy = float((rest / noise) @ (rest / noise) + (mean / prior) @ (mean / prior))
    sign, logdet = np.linalg.slogdet(precision)
    assert sign > 0
    volume = float(2.0 * np.log(noise).sum() + 2.0 * np.log(prior).sum() + logdet)
    evidence = float(-0.5 * (energy + volume + len(seen) * np.log(2.0 * np.pi)))
    return mean, covariance, evidence


def fit(
    slope: Floats,
    offset: Floats,
    seen: Floats,
    dilution: Floats,
    meter: float,
    prior: Floats,
    spread: tuple[float, float],
) -> Posterior:
    """Posterior with the spread between buildings found by its evidence.

    Parameters
    ----------
    slope, offset, seen, prior
        As in `posterior`.
    dilution : (m,)
        Root of the sum of squares of the shares of the buildings in each sum: 1 for one building,
        less for groups, whose differences cancel [1].
    meter
        Standard deviation of the logarithm of a metered value [1].
    spread
        Middle of the prior of the spread between buildings [1], and standard deviation of its
        logarithm [1].
    """
    middle, width = spread
    best: Posterior | None = None
    for step in np.linspace(-REACH, REACH, GRID):
        tried = middle * float(np.exp(width * step))
        noise = np.hypot(tried * dilution, meter)
        # The model tells the mean of many buildings, which lies above the middle of a log-normal.
        middles = offset - 0.5 * (tried * dilution) ** 2
        mean, covariance, evidence = posterior(slope, middles, seen, noise, prior)
        weighed = evidence - 0.5 * float(step) ** 2
        if best is None or weighed > best.evidence:
            best = Posterior(mean, covariance, tried, weighed)
    assert best is not None
    return best
