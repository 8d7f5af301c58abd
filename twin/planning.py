"""Which measures to pay for in which year, under yearly budgets and quotas, by HiGHS.

Millions of yes-or-no questions, but only few limits that join the objects. Prices on those limits
part the question into one for each object (Lagrangian relaxation; Fisher 1981): every set of
prices bounds the best plan from above. Prices are found on the smoothed bound, HiGHS then solves
the objects for which prices alone do not settle the answer, first with parts of packages, then
whole. What is printed as gap is the distance to the bound for all objects.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import fsum
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy import optimize, sparse

from layers.errors import Fault, InputError
from twin.portfolio import NONE, offers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SMOOTH: Final = (0.3, 0.03, 0.006)
"""Steps of smoothing, as shares of the mean value of an offer [1]."""
OPEN: Final = 5_000
"""Offers beside the best of each object that HiGHS weighs in parts, more in each round [1]."""
ROUNDS: Final = 20
"""Rounds in which offers are added at most [1]."""
DENSE: Final = (300, 3_000, 30_000)
"""Offers that HiGHS decides whole, besides those it took in parts; more where none fit [1]."""
NODES: Final = 500
"""Branches that HiGHS looks at most: a count, not a time, so that plans repeat [1]."""
ROUNDING: Final = 1e-6
"""What the solver takes for a whole number [1]."""
PENALTY: Final = 100.0
"""What a missing unit of a quota costs, in units of the best yield for it [1]."""
SHORT: Final = 1e-7
"""Shortfall of a quota that is rounding [1, share of the quota]."""

CITATIONS: Final = (
    (
        "Fisher, M. L. (1981): The Lagrangian relaxation method for solving integer programming "
        "problems. Management Science 27, 1-18"
    ),
    (
        "Huangfu, Q., Hall, J. A. J. (2018): Parallelizing the dual revised simplex method. "
        "Mathematical Programming Computation 10, 119-142"
    ),
)


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


@dataclass(frozen=True)
class _Limit:
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
class _Task:
    """The whole question in arrays (objects, packages, years); cost is infinite where none."""

    cost: Floats
    value: Floats
    limits: tuple[_Limit, ...]
    unit: Floats = field(init=False)

    def __post_init__(self) -> None:
        sizes = [abs(one.most) for one in self.limits]
        money = max([size for size, one in zip(sizes, self.limits, strict=True)
                     if one.of == "money"], default=0.0) or 1.0  # fmt: skip
        unit = [money if one.of == "money" else max(size, 1.0)
                for size, one in zip(sizes, self.limits, strict=True)]  # fmt: skip
        object.__setattr__(self, "unit", np.array(unit) / 1000.0)

    @property
    def most(self) -> Floats:
        """Right-hand sides in units of each limit."""
        return np.array([one.most for one in self.limits]) / self.unit

    def net(self, price: Floats) -> Floats:
        """Value less the priced use of the limits, (objects, packages, years)."""
        years = self.cost.shape[2]
        by_money = np.zeros((len(self.cost), years))
        by_object = np.zeros(len(self.cost))
        for one, tag in zip(self.limits, price / self.unit, strict=True):
            if one.of == "objects":
                by_object += tag * one.weight
            elif one.year is None:
                by_money += tag * one.weight[:, None]
            else:
                by_money[:, one.year] += tag * one.weight
        offered = np.isfinite(self.cost)
        cost = np.where(offered, self.cost, 0.0)
        found = self.value - cost * by_money[:, None, :] - by_object[:, None, None]
        return np.where(offered, found, -np.inf)

    def used(self, share: Floats) -> Floats:
        """What shares of offers (objects, packages, years) use of each limit, in its units."""
        cost = np.where(np.isfinite(self.cost), self.cost, 0.0)
        money, number = (cost * share).sum(axis=1), share.sum(axis=(1, 2))
        sums = [
            one.weight @ number
            if one.of == "objects"
            else one.weight @ (money.sum(axis=1) if one.year is None else money[:, one.year])
            for one in self.limits
        ]
        return np.array(sums) / self.unit

    def bound(self, price: Floats) -> float:
        """Upper bound that prices of the limits prove."""
        best = np.maximum(self.net(price).reshape(len(self.cost), -1).max(axis=1), 0.0)
        return fsum(best.tolist()) + float(price @ self.most)

    def rows(self, columns: Ints) -> sparse.csr_matrix:
        """Use of the limits by offers, numbered as in the flattened arrays, (limits, offers)."""
        row, _, year = np.unravel_index(columns, self.cost.shape)
        cost = self.cost.ravel()[columns]
        table = [
            one.weight[row]
            * (1.0 if one.of == "objects" else cost)
            * (1.0 if one.year is None else year == one.year)
            / unit
            for one, unit in zip(self.limits, self.unit, strict=True)
        ]
        return sparse.csr_matrix(np.array(table).reshape(len(self.limits), len(columns)))


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
    columns, parts, dual, bound = _in_parts(task, _prices(task), gap)
    for dense in DENSE:
        found = _decided(task, columns, parts, dual, bound, gap, dense)
        if found is not None:
            return _told(task, found, bound)
    raise InputError(
        "budgets and quotas",
        "all of them together",
        "can only be met with parts of packages.",
        "Lower the quotas by the cost of one package, or raise the budgets.",
    )


def _in_parts(task: _Task, price: Floats, gap: float) -> tuple[Ints, Floats, Floats, float]:
    """Offers that matter, their shares in the linear relaxation, prices, and the bound.

    Offers that are worth more than their price under the prices of the relaxation are added until
    it comes close to the bound for all offers (column generation).

    Raises
    ------
    InputError
        If a quota stays short.
    """
    columns = _near(task, price, OPEN)
    bound = task.bound(price)
    for _ in range(ROUNDS):
        parts, dual, short, reached = _relaxed(task, columns)
        proven = task.bound(dual)
        bound = min(bound, proven)
        near = _near(task, dual, OPEN)
        if proven - reached <= gap / 2.0 * abs(proven) or np.isin(near, columns).all():
            break
        # What is neither taken nor near its price is left out again, so that rounds stay small.
        columns, before = np.union1d(columns[parts > 0.0], near), columns
    else:
        columns = before
    if short:
        raise InputError.of("budgets and quotas", short)
    return columns, parts, dual, bound


def _task(
    cost: ArrayLike,
    value: ArrayLike,
    budgets: Sequence[float],
    quotas: Sequence[Quota],
    worth: Sequence[float] | None,
    prices: Sequence[float] | None,
) -> _Task:
    paid, yields = offers(cost, value)
    money = np.asarray(budgets, dtype=np.float64)
    if not ((money >= 0.0) & np.isfinite(money)).all() or not len(money):
        raise ValueError("Every year has a budget, not below 0.")
    weight = np.ones(len(money)) if worth is None else np.asarray(worth, dtype=np.float64)
    dearer = np.ones(len(money)) if prices is None else np.asarray(prices, dtype=np.float64)
    everyone = np.ones(len(paid))
    limits = [
        _Limit(f"budget of year {year + 1}", everyone, year, "money", float(most))
        for year, most in enumerate(money)
    ]
    for one in quotas:
        members = np.asarray(one.members, dtype=np.float64)
        if np.isfinite(one.most):
            limits.append(_Limit(one.name, members, None, one.of, one.most))
        if one.least > 0.0:
            limits.append(_Limit(one.name, -members, None, one.of, -one.least))
    value_year = np.nan_to_num(yields)[:, :, None] * weight
    cost_year = paid[:, :, None] * dearer
    return _Task(cost_year, value_year, tuple(limits))


def _prices(task: _Task) -> Floats:
    """Prices that nearly minimise the bound."""
    offered = np.isfinite(task.cost)
    mean = float(task.value[offered].mean()) if offered.any() else 1.0
    rate = _rate(task)
    ceiling = [_penalty(task) if one.elastic else None for one in task.limits]
    price = np.array([rate if one.year is not None else 0.0 for one in task.limits])
    scale = rate * (float(np.abs(task.most).max()) or 1.0)
    for share in SMOOTH:
        smoothing = share * mean

        def smoothed(scaled: Floats, width: float = smoothing) -> tuple[float, Floats]:
            height, slope = _smooth(task, scaled * rate, width)
            return height / scale, slope * rate / scale

        found = optimize.minimize(
            smoothed, price / rate, jac=True, method="L-BFGS-B",
            bounds=[(0.0, None if top is None else top / rate) for top in ceiling],
            options={"maxiter": 200, "ftol": 1e-10, "gtol": 1e-7},
        )  # fmt: skip
        price = np.asarray(found.x) * rate
    return price


def _rate(task: _Task) -> float:
    """Usual yield for a unit of money."""
    paying = np.isfinite(task.cost) & (task.cost > 0.0)
    if not paying.any():
        return 1.0
    return float(task.unit[0] * np.median(task.value[paying] / task.cost[paying]))


def _penalty(task: _Task) -> float:
    return PENALTY * max(_rate(task), float(task.value.max(initial=0.0)), 1e-300)


def _smooth(task: _Task, price: Floats, width: float) -> tuple[float, Floats]:
    """Smoothed bound and its slope by the prices: softmax over each object's offers and none."""
    net = task.net(price)
    top = np.maximum(net.max(axis=(1, 2)), 0.0)
    share = np.exp((net - top[:, None, None]) / width)
    sums = share.sum(axis=(1, 2)) + np.exp(-top / width)
    share /= sums[:, None, None]
    height = float((top + width * np.log(sums)).sum() + price @ task.most)
    return height, task.most - task.used(share)


def _near(task: _Task, price: Floats, count: int) -> Ints:
    """Offers closest to the best of their object under the prices, each object's best always."""
    net = task.net(price).reshape(len(task.cost), -1)
    best = np.maximum(net.max(axis=1), 0.0)
    regret = (best[:, None] - net).ravel()
    offered = np.flatnonzero(np.isfinite(task.cost.ravel()))
    order = offered[np.argsort(regret[offered], kind="stable")]
    least = int((regret[offered] <= 0.0).sum())
    return np.sort(order[: least + count])


def _relaxed(task: _Task, columns: Ints) -> tuple[Floats, Floats, list[Fault], float]:
    """Shares of offers in the linear relaxation, prices, what stays short, and value reached."""
    elastic = np.flatnonzero([one.elastic for one in task.limits])
    objects, row = np.unique(np.unravel_index(columns, task.cost.shape)[0], return_inverse=True)
    once = sparse.csr_matrix(
        (np.ones(len(columns)), (row, np.arange(len(columns)))), (len(objects), len(columns))
    )
    slack = sparse.csr_matrix(
        (-np.ones(len(elastic)), (elastic, np.arange(len(elastic)))),
        (len(task.limits), len(elastic)),
    )
    table = sparse.bmat([[once, None], [task.rows(columns), slack]], format="csc")
    unit = max(float(task.value.max(initial=0.0)), 1e-300)
    gain = np.concatenate(
        [task.value.ravel()[columns], np.full(len(elastic), -_penalty(task))]
    ) / unit  # fmt: skip
    found = optimize.linprog(
        -gain, A_ub=table, b_ub=np.concatenate([np.ones(len(objects)), task.most]),
        bounds=(0.0, None), method="highs-ds",
    )  # fmt: skip
    assert found.status == 0, found.message
    dual = np.maximum(-found.ineqlin.marginals[len(objects) :] * unit, 0.0)
    missing = found.x[len(columns) :]
    short = [
        _short(task.limits[place], missing[number], task.unit[place])
        for number, place in enumerate(elastic)
        if missing[number] > SHORT * abs(task.most[place])
    ]
    return found.x[: len(columns)], dual, short, -float(found.fun) * unit


def _short(limit: _Limit, missing: float, unit: float) -> Fault:
    what = "objects" if limit.of == "objects" else "of money"
    return Fault(
        f"quota {limit.name}",
        f"asks for {-limit.most:,.6g} {what}; {missing * unit:,.6g} cannot be placed there "
        "within the budgets and the other quotas.",
        "Lower this quota, raise the budgets, or offer more packages there.",
    )


def _decided(
    task: _Task, columns: Ints, parts: Floats, dual: Floats, bound: float, gap: float, dense: int
) -> Ints | None:
    """Offers taken as a whole; None if what is open does not suffice."""
    row = np.unravel_index(columns, task.cost.shape)[0]
    settled = parts >= 1.0 - ROUNDING
    core = _core(task, columns, row, parts, dual, dense)
    fixed = columns[settled & ~core[row]]
    open_columns = columns[core[row]]
    value = task.value.ravel()
    kept = fsum(value[fixed].tolist())
    left = task.most - np.asarray(task.rows(fixed).sum(axis=1)).ravel()
    chosen = _whole(task, open_columns, left, gap * bound, bound - kept)
    return None if chosen is None else np.sort(np.concatenate([fixed, chosen]))


def _core(
    task: _Task, columns: Ints, row: Ints, parts: Floats, dual: Floats, dense: int
) -> NDArray[np.bool_]:
    """Objects that are decided anew as a whole: those in parts, and those with near equals."""
    core = np.zeros(len(task.cost), dtype=bool)
    core[row[(parts > ROUNDING) & (parts < 1.0 - ROUNDING)]] = True
    net = task.net(dual).ravel()[columns]
    best = np.zeros(len(core))
    np.maximum.at(best, row, net)
    regret = best[row] - net
    order = np.argsort(regret + 1e9 * (parts >= 1.0 - ROUNDING), kind="stable")
    core[row[order[:dense]]] = True
    return core


def _whole(task: _Task, columns: Ints, left: Floats, spare: float, expected: float) -> Ints | None:
    """Offers that HiGHS takes within what is left of the limits; None if none fit.

    Parameters
    ----------
    task, columns
        Offers to decide on.
    left : (limits,)
        What the settled offers leave, in units of each limit.
    spare
        Value that may be lost against `expected`.
    expected
        Value that is hoped for.
    """
    if not len(columns):
        return columns if (left >= -ROUNDING).all() else None
    objects, row = np.unique(np.unravel_index(columns, task.cost.shape)[0], return_inverse=True)
    once = sparse.csr_matrix(
        (np.ones(len(columns)), (row, np.arange(len(columns)))), (len(objects), len(columns))
    )
    table = sparse.vstack([once, task.rows(columns)], format="csc")
    most = np.concatenate([np.ones(len(objects)), left])
    value = task.value.ravel()[columns]
    unit = max(float(value.max(initial=0.0)), 1e-300)
    with _quiet():
        found = optimize.milp(
            -value / unit,
            constraints=optimize.LinearConstraint(table, -np.inf, most),
            integrality=np.ones(len(columns)),
            bounds=optimize.Bounds(0.0, 1.0),
            options={"mip_rel_gap": max(spare / max(expected, 1e-300), 0.0), "node_limit": NODES},
        )
    if found.x is None:
        return None
    return np.asarray(columns[np.rint(found.x) == 1.0])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep HiGHS from writing to standard output: it tells of its own checks even when told not to."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(nowhere)
        os.close(kept)


def _within(task: _Task, taken: Ints) -> Ints:
    """Offers without those by which rounding in the solver carried a year above its budget."""
    for one in task.limits:
        if one.year is None:
            continue
        while True:
            here = taken[np.unravel_index(taken, task.cost.shape)[2] == one.year]
            cost = task.cost.ravel()[here]
            over = fsum(cost.tolist()) - one.most
            if over <= 0.0:
                break
            enough = here[cost >= over]
            lost = enough[task.value.ravel()[enough].argmin()]
            taken = taken[taken != lost]
    return taken


def _told(task: _Task, taken: Ints, bound: float) -> Plan:
    taken = _within(task, taken)
    row, column, when = np.unravel_index(taken, task.cost.shape)
    option, year = (np.full(len(task.cost), NONE) for _ in range(2))
    option[row], year[row] = column, when
    years = task.cost.shape[2]
    paid = task.cost.ravel()[taken]
    spent = [fsum(paid[when == number].tolist()) for number in range(years)]
    value = fsum(task.value.ravel()[taken].tolist())
    return Plan(option, year, np.array(spent), value, max(bound, value))
