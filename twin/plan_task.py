"""Offers, limits and prices of a plan: what prices of the limits prove about every plan there is.

Prices on the limits that join objects part the question into one for each object (Lagrangian
relaxation; Fisher 1981). The sum of what each object's best offer is worth beyond its price, with
what the limits are worth, bounds the best plan from above. Its minimum over the prices is found on
a smoothed bound, whose slope is known everywhere (Nesterov 2005).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import optimize, sparse

from twin.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SMOOTH: Final = (0.3, 0.03, 0.006, 0.001)
"""Steps of smoothing, as shares of the mean value of an offer [1]."""
FINEST: Final = 1e-4
"""Step of smoothing where prices have to do without a solver after them [1, the same share]."""
SAMPLE: Final = 4_000
"""Objects on which the first steps are taken [1]."""
FAR: Final = 40.0
"""Widths of smoothing below the best at which an offer weighs nothing to the last bit [1]."""
PENALTY: Final = 100.0
"""What a missing unit of a quota costs, in units of the best yield for it [1]."""

CITATIONS: Final = (
    (
        "Fisher, M. L. (1981): The Lagrangian relaxation method for solving integer programming "
        "problems. Management Science 27, 1-18"
    ),
    "Nesterov, Y. (2005): Smooth minimization of non-smooth functions. Math. Program. 103, 127-152",
)


@dataclass(frozen=True)
class Limit:
    """One limit that joins objects: the sum of weight x use of money or 1 is at most `most`."""

    name: str
    weight: Floats
    year: int | None
    of: str
    most: float

    @property
    def elastic(self) -> bool:
        """Whether it asks for something, which may not be possible."""
        return self.most < 0.0


@dataclass(frozen=True)
class Task:
    """The whole question; an offer is one package in one year.

    Parameters
    ----------
    cost, value : (objects, packages)
        In the first year; cost is infinite where a package is not offered.
    dearer, worth : (years,) [1]
        Cost and value in each year by those of the first.
    limits
        What joins the objects.

    Offers are numbered as in a flattened array (objects, packages, years).
    """

    cost: Floats
    value: Floats
    dearer: Floats
    worth: Floats
    limits: tuple[Limit, ...]
    unit: Floats = field(init=False)

    def __post_init__(self) -> None:
        sizes = [abs(one.most) for one in self.limits]
        money = max([size for size, one in zip(sizes, self.limits, strict=True)
                     if one.of == "money"], default=0.0) or 1.0  # fmt: skip
        unit = [money if one.of == "money" else max(size, 1.0)
                for size, one in zip(sizes, self.limits, strict=True)]  # fmt: skip
        object.__setattr__(self, "unit", np.array(unit) / 1000.0)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of objects, packages and years."""
        return (*self.cost.shape, len(self.worth))

    @property
    def most(self) -> Floats:
        """Right-hand sides in units of each limit."""
        return np.array([one.most for one in self.limits]) / self.unit

    def places(self, offers: Ints) -> tuple[Ints, Ints, Ints]:
        """Object, package and year of offers."""
        row, column, year = np.unravel_index(offers, self.shape)
        return row, column, year

    def costs(self, offers: Ints) -> Floats:
        """What offers cost [currency]."""
        row, column, year = self.places(offers)
        return np.asarray(self.cost[row, column] * self.dearer[year])

    def values(self, offers: Ints) -> Floats:
        """What offers yield."""
        row, column, year = self.places(offers)
        return np.asarray(self.value[row, column] * self.worth[year])

    def tags(self, price: Floats) -> tuple[Floats, Floats, Floats]:
        """Price of money by year (years,) and by object, and of being chosen, (objects,)."""
        by_year, by_money, by_object = (
            np.zeros(len(self.worth)), np.zeros(len(self.cost)), np.zeros(len(self.cost))
        )  # fmt: skip
        for one, tag in zip(self.limits, price / self.unit, strict=True):
            if one.of == "objects":
                by_object += tag * one.weight
            elif one.year is None:
                by_money += tag * one.weight
            else:
                by_year[one.year] += tag
        return by_year, by_money, by_object

    def best(self, price: Floats) -> Floats:
        """What the best offer of each object is worth beyond its price, 0 at least, (objects,)."""
        return np.asarray(_best(self.cost, self.value, self.dearer, self.worth, *self.tags(price)))

    def bound(self, price: Floats) -> float:
        """Upper bound that prices of the limits prove."""
        return fsum(self.best(price).tolist()) + float((price * self.most).sum())

    def regret(self, price: Floats) -> tuple[Floats, Floats]:
        """How much worse than the best of its object each offer and doing nothing are.

        Returns
        -------
        offers : (offers,)
            Infinite where a package is not offered.
        nothing : (objects,)
        """
        best = self.best(price)
        table = _regret(self.cost, self.value, self.dearer, self.worth, *self.tags(price), best)
        return np.asarray(table), best

    def rows(self, offers: Ints) -> sparse.csr_matrix:
        """Use of the limits by offers, (limits, offers)."""
        row, _, year = self.places(offers)
        cost = self.costs(offers)
        table = [
            one.weight[row]
            * (1.0 if one.of == "objects" else cost)
            * (1.0 if one.year is None else year == one.year)
            / unit
            for one, unit in zip(self.limits, self.unit, strict=True)
        ]
        return sparse.csr_matrix(np.array(table).reshape(len(self.limits), len(offers)))

    def smoothed(self, price: Floats, width: float) -> tuple[float, Floats]:
        """Smoothed bound, and its slope by the prices, (limits,)."""
        height, money, number = _smoothed(
            self.cost, self.value, self.dearer, self.worth, *self.tags(price), width
        )
        whole = money.sum(axis=1)
        # Sums by pairs: those of a threaded dot product depend on the number of threads.
        used = [
            (one.weight * (number if one.of == "objects" else
                           whole if one.year is None else money[:, one.year])).sum()
            for one in self.limits
        ]  # fmt: skip
        found = float(height.sum() + (price * self.most).sum())
        return found, self.most - np.array(used) / self.unit

    @property
    def rate(self) -> float:
        """Usual yield for a unit of money."""
        paying = np.isfinite(self.cost) & (self.cost > 0.0)
        if not paying.any():
            return 1.0
        return float(self.unit[0] * np.median(self.value[paying] / self.cost[paying]))

    @property
    def penalty(self) -> float:
        """Price of what is missing from a quota."""
        return PENALTY * max(self.rate, float(self.value.max(initial=0.0)), 1e-300)

    def sample(self, count: int) -> Task:
        """The same question about every so many-th object, with limits to match."""
        step = max(len(self.cost) // count, 1)
        rows = np.arange(0, len(self.cost), step)
        limits = []
        for one in self.limits:
            whole, part = np.abs(one.weight).sum(), np.abs(one.weight[rows]).sum()
            share = part / whole if whole > 0.0 else 0.0
            limits.append(replace(one, weight=one.weight[rows], most=one.most * share))
        return replace(self, cost=self.cost[rows], value=self.value[rows], limits=tuple(limits))


def prices(task: Task) -> Floats:
    """Prices of the limits that nearly minimise the bound, (limits,)."""
    start = np.array([task.rate if one.year is not None else 0.0 for one in task.limits])
    if len(task.cost) < 2 * SAMPLE:
        return _cheapest(task, start, SMOOTH)
    few = task.sample(SAMPLE)
    # Prices hold by unit of each limit, and units shrink with the sample.
    near = _cheapest(few, start * few.unit / task.unit, SMOOTH[:-1])
    return _cheapest(task, near * task.unit / few.unit, SMOOTH[-1:])


def finest(task: Task, price: Floats) -> Floats:
    """Prices of the limits, (limits,), that minimise the bound more closely, from near ones."""
    return _cheapest(task, price, (FINEST,))


def smoothing(task: Task, share: float) -> float:
    """Width of smoothing that is a share of the mean value of an offer."""
    offered = np.isfinite(task.cost)
    mean = float(task.value[offered].mean()) if offered.any() else 1.0
    return share * mean * float(task.worth.max(initial=0.0) or 1.0)


def _cheapest(task: Task, price: Floats, steps: tuple[float, ...]) -> Floats:
    """Prices that nearly minimise the bound, from others, by a smoother bound first."""
    rate, penalty = task.rate, task.penalty
    ceiling = [penalty / rate if one.elastic else None for one in task.limits]
    scale = rate * (float(np.abs(task.most).max()) or 1.0)
    for share in steps:
        width = smoothing(task, share)

        def smoothed(scaled: Floats, width: float = width) -> tuple[float, Floats]:
            height, slope = task.smoothed(scaled * rate, width)
            return height / scale, slope * rate / scale

        found = optimize.minimize(
            smoothed, price / rate, jac=True, method="L-BFGS-B",
            bounds=[(0.0, top) for top in ceiling],
            options={"maxiter": 200, "ftol": 1e-10, "gtol": 1e-7},
        )  # fmt: skip
        price = np.asarray(found.x) * rate
    return price


@compiled
def _best(
    cost: Floats, value: Floats, dearer: Floats, worth: Floats,
    by_year: Floats, by_money: Floats, by_object: Floats,
) -> Floats:  # fmt: skip
    """What the best offer of each object is worth beyond its price, 0 at least, (objects,)."""
    found = np.zeros(len(cost))
    for row in range(len(cost)):
        for column in range(cost.shape[1]):
            if cost[row, column] == np.inf:
                continue
            for year in range(len(worth)):
                paid = cost[row, column] * dearer[year] * (by_year[year] + by_money[row])
                net = value[row, column] * worth[year] - paid - by_object[row]
                found[row] = max(found[row], net)
    return found


@compiled
def _regret(
    cost: Floats, value: Floats, dearer: Floats, worth: Floats,
    by_year: Floats, by_money: Floats, by_object: Floats, best: Floats,
) -> Floats:  # fmt: skip
    """How much worse than the best of its object each offer is, (objects x packages x years,)."""
    years, width = len(worth), cost.shape[1]
    found = np.full(len(cost) * width * years, np.inf)
    for row in range(len(cost)):
        for column in range(width):
            if cost[row, column] == np.inf:
                continue
            for year in range(years):
                paid = cost[row, column] * dearer[year] * (by_year[year] + by_money[row])
                net = value[row, column] * worth[year] - paid - by_object[row]
                found[(row * width + column) * years + year] = best[row] - net
    return found


@compiled
def _smoothed(
    cost: Floats, value: Floats, dearer: Floats, worth: Floats,
    by_year: Floats, by_money: Floats, by_object: Floats, smooth: float,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Softmax over each object's offers and doing nothing.

    Returns
    -------
    height : (objects,)
        Smoothed worth of the best.
    money : (objects, years)
        Mean money spent under the weights.
    number : (objects,)
        Weight of doing anything.
    """
    count, width = cost.shape
    years = len(worth)
    height, number = np.empty(count), np.empty(count)
    money = np.zeros((count, years))
    net = np.empty((width, years))
    for row in range(count):
        top = 0.0
        for column in range(width):
            for year in range(years):
                if cost[row, column] == np.inf:
                    net[column, year] = -np.inf
                    continue
                paid = cost[row, column] * dearer[year] * (by_year[year] + by_money[row])
                net[column, year] = value[row, column] * worth[year] - paid - by_object[row]
                top = max(top, net[column, year])
        done = 0.0
        for column in range(width):
            for year in range(years):
                below = (net[column, year] - top) / smooth
                if below > -FAR:
                    weight = np.exp(below)
                    done += weight
                    money[row, year] += weight * cost[row, column] * dearer[year]
        whole = done + np.exp(-top / smooth)
        height[row] = top + smooth * np.log(whole)
        number[row] = done / whole
        for year in range(years):
            money[row, year] /= whole
    return height, money, number
