"""Which mode people take: multinomial and nested logit over walk, bicycle, transit and car.

Utility is minus a scale times generalised time [min] plus a constant (Domencich and McFadden 1975).
Driver and passenger of a car form a nest (Williams 1977, Daly and Zachary 1978): both mind a minute
in the car equally, so that the choice of the car against all else is a binary logit in its cost,
which is what the equilibrium solves for (`twin.mobility.car_classes`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MODES: Final = ("walk", "bicycle", "ebike", "transit", "car_driver", "car_passenger")
"""Modes in the order of every array over modes."""
CAR: Final = ("car_driver", "car_passenger")
NESTS: Final = np.array([0, 1, 2, 3, 4, 4], dtype=np.int64)
"""Nest of each mode: driver and passenger share one, every other mode is alone."""
CAR_NEST: Final = 4
MINUTES_PER_HOUR = 60.0
FITTED = 1e-10
"""Difference of a mode's share from its target at which fitting stops [1]."""
ROUNDS = 60
LONGEST = 3.0
"""Longest step of a constant in one round of fitting [1]: keeps Newton's method from leaping."""

CITATIONS: Final = (
    "Domencich and McFadden 1975, Urban Travel Demand: a Behavioral Analysis, North-Holland.",
    (
        "Williams 1977, On the formation of travel demand models and economic evaluation measures "
        "of user benefit, Environment and Planning A 9, 285-344."
    ),
    (
        "Daly and Zachary 1978, Improved multiple choice models, in: Determinants of Travel Choice, "
        "Saxon House."
    ),
)


@dataclass(frozen=True)
class Skims:
    """What a trip between two zones takes by each mode, door to door.

    A mode that is in none of them is not available anywhere.

    Parameters
    ----------
    time : mode -> (zones, zones) [min]
        Infinite where the mode does not go. The diagonal is a trip inside the zone.
    length : mode -> (zones, zones) [km]
    cost : mode -> (zones, zones) [EUR]
        What a trip costs the traveller; a mode that is not there is free.
    perceived : mode -> (zones, zones) [min]
        Time as it feels: walks and waits counted more, cycling weighed by stress. A mode that is
        not there feels as its time times its weight.
    """

    time: Mapping[str, NDArray[np.float64]]
    length: Mapping[str, NDArray[np.float64]]
    cost: Mapping[str, NDArray[np.float64]] = field(default_factory=lambda: MappingProxyType({}))
    perceived: Mapping[str, NDArray[np.float64]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def zones(self) -> int:
        """Number of zones [1]."""
        return len(next(iter(self.time.values())))

    def part(self, zones: NDArray[np.int64]) -> Skims:
        """Skims of some zones only, in the order given."""
        cut = np.ix_(zones, zones)

        def cut_all(
            of: Mapping[str, NDArray[np.float64]],
        ) -> Mapping[str, NDArray[np.float64]]:
            return MappingProxyType({mode: values[cut] for mode, values in of.items()})

        return Skims(
            cut_all(self.time), cut_all(self.length), cut_all(self.cost), cut_all(self.perceived)
        )

    def mean_length(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Length of a trip between zones, mean over modes (zones, zones) [km].

        Parameters
        ----------
        shares : (modes, zones, zones) [1]
            Of the modes.
        """
        total = np.zeros(shares.shape[1:])
        for mode, share in zip(MODES, shares, strict=True):
            if mode in self.time:
                total += share * np.where(share > 0.0, self.length[mode], 0.0)
        return total


def generalised(
    skims: Skims, mode: str, *, weight: float, value_of_time: float
) -> NDArray[np.float64]:
    """Generalised time of a mode (zones, zones) [min]: time as it feels plus money in minutes.

    Parameters
    ----------
    skims
        Times and costs.
    mode
        One of `MODES`.
    weight
        What a minute of the mode counts for where `skims` does not say [1].
    value_of_time
        Of a person [EUR/h].
    """
    if mode not in skims.time:
        return np.full((skims.zones, skims.zones), np.inf)
    felt = skims.perceived.get(mode)
    minutes = weight * skims.time[mode] if felt is None else felt
    if mode not in skims.cost:
        return np.asarray(minutes, dtype=np.float64)
    return np.asarray(minutes + MINUTES_PER_HOUR / value_of_time * skims.cost[mode])


def logsum(utility: NDArray[np.float64], axis: int = 0) -> NDArray[np.float64]:
    """Logarithm of the summed exponentials along an axis; minus infinity where nothing is open.

    Parameters
    ----------
    utility : (alternatives, ...) [1]
        Minus infinity where an alternative is not available.
    axis
        Along which alternatives lie.
    """
    top = utility.max(axis=axis, keepdims=True, initial=-np.inf)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        found = np.log(np.exp(utility - safe).sum(axis=axis, keepdims=True)) + safe
    return np.asarray(np.squeeze(found, axis))


def logit(utility: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of a multinomial logit, in the shape of `utility`; zero where nothing is open.

    Parameters
    ----------
    utility : (alternatives, ...) [1]
        Minus infinity where an alternative is not available.
    """
    top = utility.max(axis=0, initial=-np.inf)
    weight = np.exp(utility - np.where(np.isfinite(top), top, 0.0))
    total = weight.sum(axis=0)
    return np.asarray(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0.0))


def nest_logsums(
    utility: NDArray[np.float64], nests: NDArray[np.int64], scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Utility of each nest (nests, ...) [1]: its scale times the logsum of its scaled members.

    Parameters
    ----------
    utility : (alternatives, ...) [1]
    nests : (alternatives,) int64
        Nest of each alternative, 0..nests-1.
    scales : (nests,) [1]
        Logsum parameter of each nest, above 0 and at most 1.
    """
    return np.stack([
        scale * logsum(utility[nests == nest] / scale) for nest, scale in enumerate(scales)
    ])  # fmt: skip


def nested(
    utility: NDArray[np.float64], nests: NDArray[np.int64], scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shares of a nested logit with one level of nests, in the shape of `utility`.

    With every scale 1 it is the multinomial logit.

    Parameters
    ----------
    utility, nests, scales
        As in `nest_logsums`.
    """
    upper = logit(nest_logsums(utility, nests, scales))
    shares = np.empty_like(utility)
    for nest, scale in enumerate(scales):
        own = nests == nest
        shares[own] = upper[nest] * logit(utility[own] / scale)
    return shares
