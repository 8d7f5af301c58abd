"""Heat need of buildings by the monthly quasi-steady-state method of EN ISO 13790:2008.

All functions take arrays: n buildings, m periods (twelve months). Gains are used only in part; the
utilisation factor depends on their ratio to the losses and on the time constant of the building.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS: Final = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) * 24.0
"""Hours of each month [h]."""

WATTS_PER_KW: Final = 1000.0
NEAR_ONE: Final = 1e-9
LONGEST: Final = 1e4
"""Time constants beyond this multiple of tau0, or below its inverse, change nothing more [1]."""


@dataclass(frozen=True)
class HeatNeed:
    """Heat balance of n buildings in m periods, all (n, m) [kWh] unless noted.

    Parameters
    ----------
    losses
        Heat lost to the outside at the set-point, not below 0.
    gains
        Internal and solar gains.
    used_gains
        The part of the gains that replaces heating.
    set_back
        What intermittent heating saves.
    need
        Heat need: losses - used gains - set-back.
    season : (n,) [month]
        Periods in which the building needs heat.
    """

    losses: NDArray[np.float64]
    gains: NDArray[np.float64]
    used_gains: NDArray[np.float64]
    set_back: NDArray[np.float64]
    need: NDArray[np.float64]
    season: NDArray[np.float64]

    @property
    def residual(self) -> float:
        """Largest gap of losses = used gains + set-back + need, as share of the losses [1]."""
        gap = np.abs(self.losses - self.used_gains - self.set_back - self.need)
        return float(gap.max(initial=0.0) / max(float(self.losses.max(initial=0.0)), 1.0))


def utilisation(ratio: NDArray[np.float64], exponent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the gains that replaces heating (EN ISO 13790:2008, 12.2.1.1).

    Parameters
    ----------
    ratio : (n, m) [1]
        Gains by losses, not below 0; infinite where there are no losses.
    exponent : (n, 1) [1]
        a_H = a0 + time constant / tau0.

    Returns
    -------
    (n, m) [1]
        Between 0 and 1; 1 / ratio at most, so used gains never exceed the losses.
    """
    finite = np.isfinite(ratio)
    gamma = np.where(finite, ratio, 0.0)
    at_one = np.abs(gamma - 1.0) < NEAR_ONE
    # Dividing by gamma ** (a + 1) keeps large ratios from overflowing.
    large = gamma > 1.0
    inverse = np.divide(1.0, gamma, out=np.ones_like(gamma), where=large)
    small = np.where(large | at_one, 0.0, gamma)
    below = (1.0 - small**exponent) / (1.0 - small ** (exponent + 1.0))
    inverse = np.where(at_one, 0.0, inverse)
    above = (
        inverse
        * (1.0 - inverse**exponent)
        / np.where(large & ~at_one, 1.0 - inverse ** (exponent + 1.0), 1.0)
    )
    eta = np.where(at_one, exponent / (exponent + 1.0), np.where(large, above, below))
    return np.where(finite, eta, 0.0)


def heat_need(
    loss_coefficient: NDArray[np.float64],
    setpoint: NDArray[np.float64],
    temperature: NDArray[np.float64],
    hours: NDArray[np.float64],
    gains: NDArray[np.float64],
    capacity: NDArray[np.float64],
    heated_time: NDArray[np.float64],
    *,
    a0: float,
    tau0: float,
    intermittency: float,
) -> HeatNeed:
    """Heat need of each building and period.

    Parameters
    ----------
    loss_coefficient : (n,) [W/K]
        Transmission and ventilation together.
    setpoint : (n,) [degC]
        Room temperature.
    temperature : (m,) [degC]
        Mean outdoor temperature of each period.
    hours : (m,) [h]
        Length of each period.
    gains : (n, m) [kWh]
        Internal and solar gains.
    capacity : (n,) [Wh/K]
        Effective heat capacity.
    heated_time : (n,) [1]
        Share of the hours with normal heating; 1 is continuous (f_H,hr).
    a0, tau0
        Parameters of the utilisation factor [1], [h].
    intermittency
        Factor b of the reduction by intermittent heating [1].
    """
    difference = setpoint[:, None] - temperature[None, :]
    losses = loss_coefficient[:, None] * np.maximum(difference, 0.0) * hours / WATTS_PER_KW
    ratio = np.divide(gains, losses, out=np.full_like(losses, np.inf), where=losses > 0.0)
    safe = np.maximum(loss_coefficient, np.finfo(np.float64).tiny)
    time_constant = np.minimum(capacity / safe, LONGEST * tau0)[:, None]
    exponent = a0 + time_constant / tau0
    used = np.minimum(utilisation(ratio, exponent) * gains, losses)
    continuous = losses - used
    kept = set_back_factor(ratio, time_constant, heated_time[:, None], tau0, intermittency)
    need = continuous * kept
    needed = ratio < (exponent + 1.0) / exponent
    return HeatNeed(losses, gains, used, continuous - need, need, needed.sum(axis=1) * 1.0)


def set_back_factor(
    ratio: NDArray[np.float64],
    time_constant: NDArray[np.float64],
    heated_time: NDArray[np.float64],
    tau0: float,
    intermittency: float,
) -> NDArray[np.float64]:
    """What intermittent heating leaves of the need (EN ISO 13790:2008, 13.2.2.1).

    Parameters
    ----------
    ratio : (n, m) [1]
        Gains by losses.
    time_constant : (n, 1) [h]
        Heat capacity by loss coefficient.
    heated_time : (n, 1) [1]
        Share of the hours with normal heating.
    tau0, intermittency
        [h], [1].

    Returns
    -------
    (n, m) [1]
        From `heated_time` to 1.
    """
    off = 1.0 - heated_time
    gamma = np.where(np.isfinite(ratio), ratio, 1.0)
    speed = tau0 / np.maximum(time_constant, tau0 / LONGEST)
    saved = np.minimum(intermittency * speed * gamma, 1.0) * off
    return 1.0 - saved


def partial_heating(
    transmission_area: NDArray[np.float64],
    at_low: NDArray[np.float64],
    at_high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What partial heating of rooms and night set-back leave of the losses (TABULA F_red,temp).

    Linear in the transmission loss by floor area: `at_low` at 1 W/m2K, `at_high` from 4 W/m2K on;
    below 1 W/m2K it rises by the same difference for each W/m2K, at most to 1 (TABULA lets it pass
    1, which would heat above the set-point).

    Parameters
    ----------
    transmission_area : (n,) [W/m2K]
        Transmission loss coefficient by reference floor area.
    at_low, at_high : (n,) [1]
        Factors at 1 and at 4 W/m2K.
    """
    middle = at_low + (at_high - at_low) * (np.clip(transmission_area, 1.0, 4.0) - 1.0) / 3.0
    gentle = at_low + (at_low - at_high) * (1.0 - np.maximum(transmission_area, 0.0))
    return np.where(transmission_area < 1.0, np.minimum(gentle, 1.0), middle)
