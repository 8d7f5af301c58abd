"""Whole packages near prices, by carrying on from object to object what rounding left over.

At prices that minimise the smoothed bound (`twin.plan_task`) the weights of each object's offers
use the limits exactly. Each object takes that one of its weighed offers which keeps the sum of what
was taken closest to the sum of the weights (error diffusion; Floyd and Steinberg 1976): at the end
the limits are met up to a few objects, however many tie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import compiled
from twin.plan_task import FAR, smoothing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.plan_task import Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

LIGHT: Final = 0.01
"""Weight below which an offer is not taken [1]."""
EVERY_YEAR: Final = -1
NOTHING: Final = -1

CITATIONS: Final = (
    (
        "Floyd, R. W., Steinberg, L. (1976): An adaptive algorithm for spatial greyscale. "
        "Proceedings of the Society for Information Display 17, 75-77"
    ),
)


def taken(task: Task, price: Floats, smooth: float) -> Ints:
    """Offers taken as a whole, in order; limits are met up to a few objects.

    Parameters
    ----------
    task
        The question.
    price : (limits,)
        Prices that minimise the smoothed bound.
    smooth
        Step of smoothing at which they do [1, share of the mean value of an offer].
    """
    limits = task.limits
    year = np.array([EVERY_YEAR if one.year is None else one.year for one in limits])
    counted = np.array([one.of == "objects" for one in limits])
    weight = np.array([one.weight for one in limits])
    chosen = _carried(
        task.cost, task.value, task.dearer, task.worth, *task.tags(price), smoothing(task, smooth),
        np.ascontiguousarray(weight.T) / task.unit, year, counted,
    )  # fmt: skip
    row = np.flatnonzero(chosen != NOTHING)
    return np.asarray(row * (task.cost.shape[1] * len(task.worth)) + chosen[row])


@compiled
def _carried(
    cost: Floats, value: Floats, dearer: Floats, worth: Floats,
    by_year: Floats, by_money: Floats, by_object: Floats, smooth: float,
    weight: Floats, limit_year: Ints, counted: Flags,
) -> Ints:  # fmt: skip
    """Offer of each object, (objects,), as package x years + year; -1 for nothing."""
    count, width = cost.shape
    offers = width * len(worth)
    chosen = np.full(count, -1)
    share = np.empty(offers + 1)
    use = np.zeros((offers + 1, len(limit_year)))
    owed = np.zeros(len(limit_year))
    for row in range(count):
        _weigh(cost[row], value[row], dearer, worth, by_year, by_money[row], by_object[row],
               smooth, share)  # fmt: skip
        _count_use(cost[row], dearer, weight[row], limit_year, counted, share, use)
        best = np.inf
        for offer in range(offers + 1):
            owed += share[offer] * use[offer]
        for offer in range(offers + 1):
            far = ((owed - use[offer]) ** 2).sum() if share[offer] >= LIGHT else np.inf
            if far < best:
                best, chosen[row] = far, offer
        owed -= use[chosen[row]]
        if chosen[row] == offers:
            chosen[row] = -1
    return chosen


@compiled
def _weigh(
    cost: Floats, value: Floats, dearer: Floats, worth: Floats,
    by_year: Floats, by_money: float, by_object: float, smooth: float, share: Floats,
) -> None:  # fmt: skip
    """Softmax weights of one object's offers and, last, of nothing."""
    years = len(worth)
    share[-1] = 0.0
    for offer in range(len(share) - 1):
        column, year = offer // years, offer % years
        share[offer] = -np.inf
        if cost[column] < np.inf:
            paid = cost[column] * dearer[year] * (by_year[year] + by_money)
            share[offer] = value[column] * worth[year] - paid - by_object
    top = share.max()
    for offer in range(len(share)):
        below = (share[offer] - top) / smooth
        share[offer] = np.exp(below) if below > -FAR else 0.0
    share /= share.sum()


@compiled
def _count_use(
    cost: Floats, dearer: Floats, weight: Floats, limit_year: Ints, counted: Flags,
    share: Floats, use: Floats,
) -> None:  # fmt: skip
    """What each weighed offer of one object uses of the limits, (offers + 1, limits)."""
    years = len(dearer)
    use[:] = 0.0
    for offer in range(len(use) - 1):
        if share[offer] == 0.0:
            continue
        column, year = offer // years, offer % years
        for limit in range(len(limit_year)):
            if limit_year[limit] in (-1, year):
                paid = 1.0 if counted[limit] else cost[column] * dearer[year]
                use[offer, limit] = weight[limit] * paid
