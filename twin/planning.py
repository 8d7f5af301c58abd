"""Which measures to pay for in which year, under yearly budgets and quotas.

Millions of yes-or-no questions, but only few limits that join the objects. Prices on those limits
bound the best plan from above and settle most objects (`twin.plan_task`); HiGHS solves the others,
first with parts of packages, then whole (`twin.plan_solver`). Objects that are alike are taken
together (`twin.plan_alike`). What is printed as gap is the
distance to the bound for all objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from layers.errors import Fault, InputError
from twin import plan_alike, plan_rounding, plan_solver, plan_task
from twin.plan_task import Limit, Task
from twin.portfolio import NONE, offers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DENSE: Final = (300, 3_000, 30_000)
"""Offers that HiGHS decides whole, besides those it took in parts; more where none fit [1]."""
SHORT: Final = 1e-7
"""Shortfall of a quota that is rounding [1, share of the quota]."""

CITATIONS: Final = (
    *plan_task.CITATIONS, *plan_solver.CITATIONS, *plan_rounding.CITATIONS, *plan_alike.CITATIONS,
)  # fmt: skip


@dataclass(frozen=True)
class Quota:
    """What some objects must or may get in all years together.

    Parameters
    ----------
    name
        As people call it: a district.
    members : (objects,)
        Whom it is about (bool).
    least, most
        Bounds [currency or objects].
    of
        Whether money or objects are counted.
    """

    name: str
    members: NDArray[np.bool_]
    least: float = 0.0
    most: float = np.inf
    of: Literal["money", "objects"] = "money"


@dataclass(frozen=True)
class Plan:
    """What is done when.

    Parameters
    ----------
    option, year : (objects,)
        Column of the package and number of the year; `NONE` where nothing is done.
    cost : (years,) [currency]
        What is spent in each year.
    value
        What all of it yields.
    bound
        No plan within the budgets and quotas can yield more.
    """

    option: Ints
    year: Ints
    cost: Floats
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How far from the best the plan is at most, as a share of the bound [1]."""
        return (self.bound - self.value) / self.bound if self.bound > 0.0 else 0.0


def plan(
    cost: ArrayLike,
    value: ArrayLike,
    budgets: Sequence[float],
    quotas: Sequence[Quota] = (),
    *,
    worth: Sequence[float] | None = None,
    prices: Sequence[float] | None = None,
    gap: float = 1e-4,
) -> Plan:
    """Choose one package at most for each object, and its year, so that they yield much.

    What a year leaves of its budget is not carried over. The same task gives the same plan.

    Parameters
    ----------
    cost : (objects, packages) [currency]
        In prices of the first year; NaN where a package is not offered.
    value : (objects, packages)
        What a package yields when it is done in the first year.
    budgets : (years,) [currency]
        Most that may be spent in each year.
    quotas
        What must or may go to some of the objects.
    worth, prices : (years,) [1]
        Value and cost of a package in each year by those of the first; 1 if not given.
    gap
        Distance from the bound at which the search ends [1].

    Raises
    ------
    InputError
        If quotas cannot be met: each that stays short is named with what is missing.
    ValueError
        If shapes differ, or a cost or budget is negative.
    """
    task = _task(cost, value, budgets, quotas, worth, prices)
    if not np.isfinite(task.cost).any() and not any(one.elastic for one in task.limits):
        nothing = np.full(len(task.cost), NONE)
        return Plan(nothing, nothing.copy(), np.zeros(len(budgets)), 0.0, 0.0)
    alike = plan_alike.kinds(task)
    if alike is not None:
        return _of_kinds(task, alike, gap)
    parts = plan_solver.in_parts(task, plan_task.prices(task), gap)
    _refuse_short(task, parts.missing)
    for dense in DENSE:
        found = plan_solver.decided(task, parts, gap, dense)
        if found is not None:
            return _told(task, found, parts.bound)
    raise _only_in_parts()


def _of_kinds(task: Task, alike: plan_alike.Kinds, gap: float) -> Plan:
    """Plan of objects many of which are alike."""
    found = plan_alike.numbers(task, alike, gap)
    _refuse_short(task, found.missing)
    if found.offers is None:
        raise _only_in_parts()
    return _told(task, found.offers, found.bound)


def _only_in_parts() -> InputError:
    return InputError(
        "budgets and quotas",
        "all of them together",
        "can only be met with parts of packages.",
        "Lower the quotas by the cost of one package, or raise the budgets.",
    )


def _task(
    cost: ArrayLike,
    value: ArrayLike,
    budgets: Sequence[float],
    quotas: Sequence[Quota],
    worth: Sequence[float] | None,
    prices: Sequence[float] | None,
) -> Task:
    paid, yields = offers(cost, value)
    money = np.asarray(budgets, dtype=np.float64)
    if not ((money >= 0.0) & np.isfinite(money)).all() or not len(money):
        raise ValueError("Every year has a budget, not below 0.")
    weight = np.ones(len(money)) if worth is None else np.asarray(worth, dtype=np.float64)
    dearer = np.ones(len(money)) if prices is None else np.asarray(prices, dtype=np.float64)
    everyone = np.ones(len(paid))
    limits = [
        Limit(f"budget of year {year + 1}", everyone, year, "money", float(most))
        for year, most in enumerate(money)
    ]
    for one in quotas:
        members = np.asarray(one.members, dtype=np.float64)
        if np.isfinite(one.most):
            limits.append(Limit(one.name, members, None, one.of, one.most))
        if one.least > 0.0:
            limits.append(Limit(one.name, -members, None, one.of, -one.least))
    return Task(paid, np.nan_to_num(yields), dearer, weight, tuple(limits))


def _refuse_short(task: Task, missing: Floats) -> None:
    """Name each quota that stays short.

    Raises
    ------
    InputError
        If there is one.
    """
    short = [
        _short(one, much * unit)
        for one, much, unit in zip(task.limits, missing, task.unit, strict=True)
        if one.elastic and much * unit > SHORT * abs(one.most)
    ]
    if short:
        raise InputError.of("budgets and quotas", short)


def _short(limit: Limit, missing: float) -> Fault:
    what = "objects" if limit.of == "objects" else "of money"
    return Fault(
        f"quota {limit.name}",
        f"asks for {-limit.most:,.6g} {what}; {missing:,.6g} cannot be placed there "
        "within the budgets and the other quotas.",
        "Lower this quota, raise the budgets, or offer more packages there.",
    )


def _within(task: Task, taken: Ints) -> Ints:
    """Offers without those by which rounding in the solver carried a year above its budget."""
    for one in task.limits:
        if one.year is None:
            continue
        while True:
            here = taken[task.places(taken)[2] == one.year]
            cost = task.costs(here)
            over = fsum(cost.tolist()) - one.most
            if over <= 0.0:
                break
            enough = here[cost >= over]
            lost = enough[task.values(enough).argmin()]
            taken = taken[taken != lost]
    return taken


def _told(task: Task, taken: Ints, bound: float) -> Plan:
    taken = _within(task, taken)
    row, column, when = task.places(taken)
    option, year = (np.full(len(task.cost), NONE) for _ in range(2))
    option[row], year[row] = column, when
    paid = task.costs(taken)
    spent = [fsum(paid[when == number].tolist()) for number in range(len(task.worth))]
    value = fsum(task.values(taken).tolist())
    return Plan(option, year, np.array(spent), value, max(bound, value))
