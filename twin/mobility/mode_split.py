"""Shares of modes between zones, over people with and without a car and an electric bicycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.mobility import split_kernel
from twin.mobility.choice import (
    CAR_NEST,
    FITTED,
    LONGEST,
    MODES,
    NESTS,
    ROUNDS,
    generalised,
    logit,
    logsum,
    nest_logsums,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.mobility.choice import Skims
    from twin.mobility.demand_parameters import DemandParameters

DRIVER, EBIKE = MODES.index("car_driver"), MODES.index("ebike")


@dataclass(frozen=True)
class Segment:
    """People who can take the same modes.

    Parameters
    ----------
    share
        Of all people [1].
    open : (modes,) bool
        Modes that they can take.
    """

    share: float
    open: NDArray[np.bool_]

    @property
    def drives(self) -> bool:
        """Whether they have a car."""
        return bool(self.open[DRIVER])


def segments(parameters: DemandParameters) -> tuple[Segment, ...]:
    """People by whether they have a car and can take an electric bicycle, independent of another.

    Parameters
    ----------
    parameters
        Shares of people who can.
    """
    found = []
    for car, with_car in ((True, parameters["car.available"]),
                          (False, 1.0 - parameters["car.available"])):  # fmt: skip
        for ebike, with_ebike in ((True, parameters["ebike_share"]),
                                  (False, 1.0 - parameters["ebike_share"])):  # fmt: skip
            allowed = np.ones(len(MODES), dtype=bool)
            allowed[DRIVER], allowed[EBIKE] = car, ebike
            if with_car * with_ebike > 0.0:
                found.append(Segment(with_car * with_ebike, allowed))
    return tuple(found)


def utilities(
    skims: Skims, parameters: DemandParameters, purpose: int, constants: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Utility of every mode for a purpose (modes, zones, zones) [1].

    Parameters
    ----------
    skims
        Times and costs.
    parameters
        Scale, value of time, weights.
    purpose
        Number of the purpose.
    constants : (modes,) [1]
        Of the modes.
    """
    scale, value = parameters.scale[purpose], parameters.value_of_time[purpose]
    weights = zip(MODES, parameters.weight, constants, strict=True)
    return np.stack([
        constant - scale * generalised(skims, mode, weight=weight, value_of_time=value)
        for mode, weight, constant in weights
    ])  # fmt: skip


def restricted(utility: NDArray[np.float64], segment: Segment) -> NDArray[np.float64]:
    """Utility with the modes closed that a segment cannot take."""
    closed = ~segment.open.reshape(-1, *[1] * (utility.ndim - 1))
    return np.where(closed, -np.inf, utility)


def weights(utility: NDArray[np.float64], groups: Sequence[Segment]) -> list[NDArray[np.float64]]:
    """Share of each segment among those who can go at all (zones, zones) [1].

    Where a segment has no way to go, the others make its trips, so that none is lost.
    """
    able = [
        group.share * np.isfinite(utility[group.open]).any(axis=0).astype(np.float64)
        for group in groups
    ]
    total = np.sum(able, axis=0)
    return [np.divide(one, total, out=np.zeros_like(one), where=total > 0.0) for one in able]


def split(
    utility: NDArray[np.float64], parameters: DemandParameters, scale: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of every mode over all people, and the cost of a trip over all modes.

    Parameters
    ----------
    utility : (modes, zones, zones) [1]
    parameters
        Nests, and shares of people with a car and an electric bicycle.
    scale
        Weight of a minute [1/min].

    Returns
    -------
    shares : (modes, zones, zones) [1]
        Zero where nobody gets.
    cost : (zones, zones) [min]
        Minus the logsum, mean over segments; its zero has no meaning. Infinite where nobody gets.
    """
    flat = utility.reshape(len(MODES), -1)
    shares, logsums = split_kernel.split(flat, *_kernel_figures(parameters))
    return shares.reshape(utility.shape), -logsums.reshape(utility.shape[1:]) / scale


def _kernel_figures(
    parameters: DemandParameters,
) -> tuple[NDArray[np.bool_], NDArray[np.float64], int, float]:
    """Open modes and shares of the segments, first mode and logsum parameter of the car nest."""
    groups = segments(parameters)
    return (
        np.array([group.open for group in groups]),
        np.array([group.share for group in groups]),
        int(np.flatnonzero(NESTS == CAR_NEST)[0]),
        float(parameters.nest_scales[CAR_NEST]),
    )


@dataclass(frozen=True)
class CarChoice:
    """Choice of the car by a segment: a binary logit against all else.

    Parameters
    ----------
    part : (pairs,) [1]
        Share of the people of a pair who are of this segment and would drive if all took the car.
    advantage : (pairs,) [1]
        Utility of the car nest above the logsum of all else.
    """

    part: NDArray[np.float64]
    advantage: NDArray[np.float64]


def car_choices(
    utility: NDArray[np.float64], parameters: DemandParameters
) -> tuple[CarChoice, ...]:
    """Choice of the car against all else by every segment that drives.

    Driver and passenger mind a minute equally, so their odds do not depend on the time by car, and
    neither does the rest: the share of drivers is ``part / (1 + exp(-advantage))``.

    Parameters
    ----------
    utility : (modes, ...) [1]
    parameters
        As in `shares`.
    """
    groups = segments(parameters)
    found = []
    for group, part in zip(groups, weights(utility, groups), strict=True):
        if not group.drives:
            continue
        own = restricted(utility, group)
        upper = nest_logsums(own, NESTS, parameters.nest_scales)
        car = NESTS == CAR_NEST
        within = logit(own[car] / parameters.nest_scales[CAR_NEST])
        rest = logsum(np.delete(upper, CAR_NEST, axis=0))
        driver = int(DRIVER - np.flatnonzero(car)[0])
        reached = np.isfinite(upper[CAR_NEST])
        advantage = np.subtract(upper[CAR_NEST], rest, out=np.full_like(rest, -np.inf),
                                where=reached)  # fmt: skip
        found.append(CarChoice(part * within[driver], advantage))
    return tuple(found)


def calibrate_constants(
    utility: Sequence[NDArray[np.float64]],
    trips: Sequence[NDArray[np.float64]],
    parameters: DemandParameters,
    targets: NDArray[np.float64],
    free: NDArray[np.bool_] | None = None,
    *,
    rounds: int = ROUNDS,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Constants to add so that the modes have the shares of a survey (Newton's method).

    Parameters
    ----------
    utility : purposes of (modes, pairs) [1]
    trips : purposes of (pairs,) [1/d]
    parameters
        As in `shares`.
    targets : (modes,) [1]
        Shares of all trips.
    free : (modes,) bool
        Modes whose constant may move; all if None.
    rounds
        Steps at most [1].

    Returns
    -------
    constants : (modes,) [1]
        To be added; zero for the mode that the others are measured against, that with the largest
        target.
    met : (modes,) bool
        False where a mode that has trips in the survey goes nowhere here; the shares of the others
        are then in proportion to their targets.
    """
    allowed = np.ones(len(MODES), dtype=bool) if free is None else free
    goes = np.zeros(len(MODES), dtype=bool)
    for one, count in zip(utility, trips, strict=True):
        goes |= np.isfinite(one[:, count > 0.0]).any(axis=1)
    goes &= _reachable(parameters) & (targets > 0.0)
    total = float(sum(count.sum() for count in trips))
    move = goes & allowed
    added = np.where((targets > 0.0) | ~allowed, 0.0, -np.inf)
    if not total > 0.0 or move.sum() < 1:
        return np.where(np.isfinite(added), added, 0.0), goes | (targets <= 0.0)
    if allowed.all():
        move[int(np.where(goes, targets, -1.0).argmax())] = False
    aim = np.where(goes, targets, 0.0) / targets[goes].sum()
    for _ in range(rounds):
        carried, slope = _response(utility, trips, parameters, added)
        short = aim * total - carried
        if np.abs(short[move]).max(initial=0.0) <= FITTED * total:
            break
        part = np.ix_(move, move)
        step = np.linalg.solve(slope[part], short[move])
        added[move] += np.clip(step, -LONGEST, LONGEST)
    return added, goes | (targets <= 0.0)


def _reachable(parameters: DemandParameters) -> NDArray[np.bool_]:
    """Modes that some segment can take."""
    return np.asarray(np.any([group.open for group in segments(parameters)], axis=0))


def _response(
    utility: Sequence[NDArray[np.float64]],
    trips: Sequence[NDArray[np.float64]],
    parameters: DemandParameters,
    added: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trips by mode, and how they change with the constants [1/d]."""
    carried = np.zeros(len(MODES))
    slope = np.zeros((len(MODES), len(MODES)))
    figures = _kernel_figures(parameters)
    for one, count in zip(utility, trips, strict=True):
        own, by = split_kernel.answer(one + added[:, None], count, *figures)
        carried += own
        slope += by
    return carried, slope
