"""Which measures to pay for under one budget: one package at most for each object.

The multiple-choice knapsack problem by the greedy way along the convex hull of each object's
packages. The linear relaxation, which the same steps solve, certifies how far from the best the
choice is at most (Sinha and Zoltners 1979). Budgets of several years and quotas: `twin.planning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NONE: Final = -1
"""Option of an object for which nothing is done."""

CITATIONS: Final = (
    (
        "Sinha, P., Zoltners, A. A. (1979): The multiple-choice knapsack problem. Operations "
        "Research 27, 503-515"
    ),
)


@dataclass(frozen=True)
class Choice:
    """What is chosen under one budget, and how good it surely is.

    Parameters
    ----------
    option : (objects,)
        Column of the package chosen for each object, or `NONE`.
    cost
        What it costs [currency].
    value
        What it yields.
    bound
        No choice within the budget can yield more.
    price
        What the last money spent yields [value by currency]; 0 where the budget does not bind.
    """

    option: Ints
    cost: float
    value: float
    bound: float
    price: float

    @property
    def gap(self) -> float:
        """How far from the best the choice is at most, as a share of the bound [1]."""
        return (self.bound - self.value) / self.bound if self.bound > 0.0 else 0.0


def choose(cost: ArrayLike, value: ArrayLike, budget: float) -> Choice:
    """Choose one package at most for each object so that they yield much within a budget.

    Objects are improved step by step, the steps with the largest yield for their money first;
    where a step no longer fits, smaller ones after it are still taken. One single package is
    chosen instead where it alone yields more.

    Parameters
    ----------
    cost : (objects, packages) [currency]
        Not below 0; NaN where a package is not offered.
    value : (objects, packages)
        What a package yields; one that yields nothing is never chosen.
    budget
        [currency], not below 0.

    Raises
    ------
    ValueError
        If shapes differ, a cost is negative, or the budget is negative or not finite.
    """
    paid, worth = offers(cost, value)
    if not (np.isfinite(budget) and budget >= 0.0):
        raise ValueError("A budget is a number, not below 0.")
    owner, option, dearer, better, held = _hull_steps(paid, worth)
    order = np.argsort(-better / dearer, kind="stable")
    chosen = _filled(order, owner, option, dearer, held, paid, budget)
    chosen = _or_single(chosen, held, paid, worth, budget)
    bound, price = _relaxed(dearer[order], better[order], budget)
    value_found = taken(worth, chosen)
    free = taken(worth, held)
    return Choice(
        chosen, taken(paid, chosen), value_found, max(free + bound, value_found), price
    )  # fmt: skip


def offers(cost: ArrayLike, value: ArrayLike) -> tuple[Floats, Floats]:
    """Cost and value of packages, with infinite cost where a package is no choice, (n, p)."""
    paid, worth = np.array(cost, dtype=np.float64), np.array(value, dtype=np.float64)
    if paid.shape != worth.shape or paid.ndim != 2:  # noqa: PLR2004 - objects by packages
        raise ValueError("Cost and value are tables of objects by packages, of one shape.")
    if (paid < 0.0).any():
        raise ValueError("A cost is negative; take such packages without asking a budget.")
    idle = ~np.isfinite(paid) | ~(np.nan_to_num(worth) > 0.0)
    paid[idle], worth[idle] = np.inf, 0.0
    return paid, worth


def taken(table: Floats, option: Ints) -> float:
    """Exact sum of what the chosen options cost or yield."""
    rows = np.flatnonzero(option != NONE)
    return fsum(table[rows, option[rows]].tolist())


def _filled(
    order: Ints, owner: Ints, option: Ints, dearer: Floats, held: Ints, paid: Floats, budget: float
) -> Ints:
    """Steps in order as long as they fit; rounding never carries the sum above the budget."""
    left = budget
    while True:
        chosen: Ints = _fill(order, owner, option, dearer, held.copy(), left)
        over = taken(paid, chosen) - budget
        if over <= 0.0:
            return chosen
        left = left - 2.0 * over


def _or_single(chosen: Ints, held: Ints, paid: Floats, worth: Floats, budget: float) -> Ints:
    """The choice, or the one package that yields more than all of it with what is free."""
    if not worth.size:
        return chosen
    base = np.where(held == NONE, 0.0, np.take_along_axis(worth, held[:, None], axis=1)[:, 0])
    gain = np.where(paid <= budget, worth - base[:, None], 0.0)
    row, column = divmod(int(gain.argmax()), worth.shape[1])
    single = held.copy()
    single[row] = column
    better = gain[row, column] > 0.0 and taken(worth, single) > taken(worth, chosen)
    return single if better else chosen


def _relaxed(dearer: Floats, better: Floats, budget: float) -> tuple[float, float]:
    """Value of the linear relaxation, and the yield of its last money; steps in order."""
    spent = dearer.cumsum()
    whole = int(np.searchsorted(spent, budget, side="right"))
    value = fsum(better[:whole].tolist())
    if whole == len(dearer):
        return value, 0.0
    price = float(better[whole] / dearer[whole])
    before = float(spent[whole - 1]) if whole else 0.0
    return value + (budget - before) * price, price


@compiled
def _hull_steps(paid: Floats, worth: Floats) -> tuple[Ints, Ints, Floats, Floats, Ints]:
    """Steps along the upper hull of each object's packages, from what is free upwards.

    Returns
    -------
    owner, option, dearer, better : (steps,)
        Object, package after the step, and what it costs and yields more than the one before;
        yield by money falls from step to step.
    held : (objects,)
        Package that costs nothing, or -1.
    """
    count, width = paid.shape
    owner = np.empty(count * width, np.int64)
    option = np.empty(count * width, np.int64)
    dearer = np.empty(count * width)
    better = np.empty(count * width)
    held = np.full(count, -1)
    hull = np.empty(width + 1, np.int64)
    steps = 0
    for row in range(count):
        cost, value = paid[row], worth[row]
        order = np.argsort(cost, kind="mergesort")
        top, base_value = -1, 0.0
        for column in order:
            if cost[column] == 0.0 and value[column] > base_value:
                held[row], base_value = column, value[column]
        for column in order:
            if cost[column] == 0.0 or cost[column] == np.inf or value[column] <= base_value:
                continue
            while top >= 0:
                last_cost, last_value = cost[hull[top]], value[hull[top]]
                before_cost = cost[hull[top - 1]] if top else 0.0
                before_value = value[hull[top - 1]] if top else base_value
                rise = (last_value - before_value) * (cost[column] - before_cost)
                if (value[column] - before_value) * (last_cost - before_cost) < rise:
                    break
                top -= 1
            above = value[hull[top]] if top >= 0 else base_value
            if value[column] > above:
                top += 1
                hull[top] = column
        for place in range(top + 1):
            column = hull[place]
            owner[steps], option[steps] = row, column
            dearer[steps] = cost[column] - (cost[hull[place - 1]] if place else 0.0)
            better[steps] = value[column] - (value[hull[place - 1]] if place else base_value)
            steps += 1
    return owner[:steps], option[:steps], dearer[:steps], better[:steps], held


@compiled
def _fill(
    order: Ints, owner: Ints, option: Ints, dearer: Floats, chosen: Ints, budget: float
) -> Ints:
    """Take steps in order while they fit; an object that missed a step takes none after it."""
    missed = np.zeros(len(chosen), np.bool_)
    left = budget
    for step in order:
        row = owner[step]
        if missed[row]:
            continue
        if dearer[step] <= left:
            left -= dearer[step]
            chosen[row] = option[step]
        else:
            missed[row] = True
    return chosen
