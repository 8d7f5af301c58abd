"""Offers of a plan that HiGHS weighs: with parts of packages first, then whole.

Only objects that prices alone do not settle are put to HiGHS (column generation on a core of the
task). What the others do is fixed, and may open again when prices change.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import optimize, sparse

from twin import plan_rounding, plan_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twin.plan_task import Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

OPEN: Final = 5_000
"""Offers near the best of their object that HiGHS weighs in parts [1]."""
ROUNDS: Final = 24
"""Rounds in which offers are weighed at most [1]."""
PIVOTS: Final = 12_000
"""Steps of the simplex method in all rounds together: a count, not a time, so that plans repeat [1]."""
STEP: Final = 0.02
"""How far prices may leave those with the best bound, as a share [1]."""
WIDER: Final = 4.0
"""How much wider that gets where it holds the answer back [1]."""
PATIENT: Final = 8
"""Rounds after which more offers are weighed from round to round [1]."""
NODES: Final = 500
"""Branches that HiGHS looks at most: a count, not a time, so that plans repeat [1]."""
PIVOTS_SPENT: Final = 1
"""What the solver says where it ended for its number of steps."""
ROUNDING: Final = 1e-6
"""What the solver takes for a whole number [1]."""

SHADE: Final = 1e-9
"""Chance that tells equals apart, in units of the best offer [1]."""

CITATIONS: Final = (
    (
        "Marsten, R. E., Hogan, W. W., Blankenship, J. W. (1975): The boxstep method for "
        "large-scale optimization. Operations Research 23, 389-405"
    ),
    (
        "Huangfu, Q., Hall, J. A. J. (2018): Parallelizing the dual revised simplex method. "
        "Mathematical Programming Computation 10, 119-142"
    ),
)


@dataclass(frozen=True)
class Parts:
    """Linear relaxation of a task: packages may be taken in parts.

    Parameters
    ----------
    offers, share : (offers,)
        Offers that matter, in order, and which part of each is taken [1].
    price : (limits,)
        Prices of the limits.
    missing : (limits,)
        What limits are broken by, in their units.
    bound
        No plan can yield more.
    """

    offers: Ints
    share: Floats
    price: Floats
    missing: Floats
    bound: float


def in_parts(task: Task, price: Floats, gap: float) -> Parts:
    """Solve the linear relaxation by rounds of offers near their price (column generation).

    Prices may leave those with the best bound only by a step that is widened slowly (boxstep;
    Marsten, Hogan and Blankenship 1975): a core that does not suffice would send them far away.
    Thousands of objects that are nearly alike tie at the best prices, and the simplex method
    walks from tie to tie: after `PIVOTS` steps the prices are rounded instead.

    Parameters
    ----------
    task
        The question.
    price : (limits,)
        First prices.
    gap
        Distance from the bound at which rounds end [1].
    """
    first, center, bound = price, price, task.bound(price)
    kept, step = np.empty(0, dtype=np.int64), STEP
    left = PIVOTS
    for number in range(ROUNDS):
        count = OPEN * 2 ** max(number - PATIENT, 0)
        core = _core_of(task, kept, center, price, count)
        boxed = _relaxed(task, *core, _box(task, center, step), left)
        if boxed is None:
            break
        left -= boxed.pivots
        price, kept = boxed.price, core[0][boxed.share > 0.0]
        proven = task.bound(price)
        if proven < bound:
            center, bound = price, proven
        # Once all offers are weighed no round can find others.
        last = count >= task.cost.size * len(task.worth) or number == ROUNDS - 1
        if bound - boxed.reached > gap / 2.0 * abs(bound) and not last:
            continue
        free = _relaxed(
            task, *core, (np.zeros(len(price)), np.full(len(price), task.penalty)), left
        )
        if free is None:
            break
        left -= free.pivots
        bound = min(bound, task.bound(free.price))
        if bound - free.reached <= gap / 2.0 * abs(bound) or last:
            return Parts(core[0], free.share, free.price, free.missing, bound)
        step *= WIDER
    return _rounded(task, first, bound)


def _rounded(task: Task, first: Floats, bound: float) -> Parts:
    """Whole offers near closer prices than the first, and others that may take their place."""
    price = plan_task.finest(task, first)
    taken = plan_rounding.taken(task, price, plan_task.FINEST)
    offers = np.union1d(taken, _near(task, price, OPEN)[0])
    share = np.isin(offers, taken).astype(np.float64)
    return Parts(offers, share, price, np.zeros(len(price)), min(bound, task.bound(price)))


def _core_of(
    task: Task, kept: Ints, center: Floats, price: Floats, count: int
) -> tuple[Ints, Flags]:
    """Offers that are weighed, and which of them are surely taken."""
    near, contested = _near(task, center, count)
    offers = np.union1d(kept, near)
    if price is not center:
        others, open_too = _near(task, price, count)
        offers, contested = np.union1d(offers, others), contested | open_too
    row = task.places(offers)[0]
    alone = np.bincount(row, minlength=len(task.cost))[row] == 1
    return offers, alone & ~contested[row]


def _box(task: Task, center: Floats, step: float) -> tuple[Floats, Floats]:
    """Lowest and highest prices of a round, (limits,)."""
    reach = step * np.maximum(center, task.rate)
    return np.maximum(center - reach, 0.0), np.minimum(center + reach, task.penalty)


def _near(task: Task, price: Floats, count: int) -> tuple[Ints, Flags]:
    """Offers that are the best of their object or near it, and objects that are not settled.

    Equals are told apart by a shade of chance, always the same: else alike houses would all be
    settled on the first year.
    """
    offers, nothing = task.regret(price)
    random = np.random.default_rng(0)
    shade = SHADE * max(float(task.value.max(initial=0.0)), 1e-300)
    table = (offers + shade * random.random(offers.shape)).reshape(len(task.cost), -1)
    nothing = nothing + shade * random.random(nothing.shape)
    best = np.arange(len(table)) * table.shape[1] + table.argmin(axis=1)
    least = table.min(axis=1)
    taken = least < nothing
    regret = (table - np.minimum(least, nothing)[:, None]).ravel()
    regret[best[taken]] = np.inf
    reach = float(np.partition(regret, count)[count]) if count < len(regret) else np.inf
    others = np.flatnonzero((regret <= reach) & np.isfinite(regret))
    contested = ~taken | (nothing - least <= reach)
    contested[others // table.shape[1]] = True
    return np.union1d(best[taken], others), contested


@dataclass(frozen=True)
class _Relaxed:
    """Shares of offers, prices, what limits are broken by, the value reached with that, steps."""

    share: Floats
    price: Floats
    missing: Floats
    reached: float
    pivots: int


def _relaxed(
    task: Task, offers: Ints, fixed: Flags, box: tuple[Floats, Floats], pivots: int
) -> _Relaxed | None:
    """Linear relaxation of the core, whose limits can be sold and bought at the ends of a box.

    None if it takes more than so many steps.
    """
    open_offers = offers[~fixed]
    limits = len(task.limits)
    left = task.most - used(task, offers[fixed])
    once, objects = _once(task, open_offers)
    each = sparse.eye(limits)
    table = sparse.bmat(
        [[once, None, None], [task.rows(open_offers), each, -each]], format="csc"
    )  # fmt: skip
    unit = max(float(task.value.max(initial=0.0)), 1e-300)
    gain = np.concatenate([task.values(open_offers), box[0], -box[1]]) / unit
    found = optimize.linprog(
        -gain, A_ub=table, b_ub=np.concatenate([np.ones(objects), left]),
        bounds=(0.0, None), method="highs-ds", options={"maxiter": max(pivots, 1)},
    )  # fmt: skip
    if found.status == PIVOTS_SPENT:
        return None
    assert found.status == 0, found.message
    share = np.ones(len(offers))
    share[~fixed] = found.x[: len(open_offers)]
    price = np.maximum(-found.ineqlin.marginals[objects:] * unit, 0.0)
    held = fsum(task.values(offers[fixed]).tolist())
    missing = found.x[len(open_offers) + limits :]
    return _Relaxed(share, price, missing, held - float(found.fun) * unit, found.nit)


def _once(task: Task, offers: Ints) -> tuple[sparse.csr_matrix, int]:
    """Rows that let each object have one offer at most, and how many there are."""
    objects, row = np.unique(task.places(offers)[0], return_inverse=True)
    ones = (np.ones(len(offers)), (row, np.arange(len(offers))))
    return sparse.csr_matrix(ones, (len(objects), len(offers))), len(objects)


def used(task: Task, offers: Ints) -> Floats:
    """What whole offers use of each limit, in its units, (limits,)."""
    return np.asarray(task.rows(offers).sum(axis=1), dtype=np.float64).ravel()


def decided(task: Task, parts: Parts, gap: float, dense: int) -> Ints | None:
    """Offers taken as a whole; None if what is open does not suffice.

    Parameters
    ----------
    task, parts
        The question, and its relaxation.
    gap
        Distance from the bound at which the search ends [1].
    dense
        Offers that are decided besides those taken in parts [1].
    """
    row = task.places(parts.offers)[0]
    core = _core(task, parts, row, dense)[row]
    fixed = parts.offers[(parts.share >= 1.0 - ROUNDING) & ~core]
    kept = fsum(task.values(fixed).tolist())
    left = task.most - used(task, fixed)
    chosen = _whole(task, parts.offers[core], left, gap * parts.bound, parts.bound - kept)
    return None if chosen is None else np.sort(np.concatenate([fixed, chosen]))


def _core(task: Task, parts: Parts, row: Ints, dense: int) -> Flags:
    """Objects that are decided anew as a whole: those in parts, and those with near equals."""
    core = np.zeros(len(task.cost), dtype=bool)
    share = parts.share
    core[row[(share > ROUNDING) & (share < 1.0 - ROUNDING)]] = True
    regret = task.regret(parts.price)[0][parts.offers]
    order = np.argsort(regret + 1e9 * (share >= 1.0 - ROUNDING), kind="stable")
    core[row[order[:dense]]] = True
    return core


def _whole(task: Task, offers: Ints, left: Floats, spare: float, expected: float) -> Ints | None:
    """Offers that HiGHS takes within what is left of the limits; None if none fit.

    Parameters
    ----------
    task, offers
        Offers to decide on.
    left : (limits,)
        What the settled offers leave, in units of each limit.
    spare
        Value that may be lost against `expected`.
    expected
        Value that is hoped for.
    """
    if not len(offers):
        return offers if (left >= -ROUNDING).all() else None
    once, objects = _once(task, offers)
    table = sparse.vstack([once, task.rows(offers)], format="csc")
    value = task.values(offers)
    unit = max(float(value.max(initial=0.0)), 1e-300)
    with quiet():
        found = optimize.milp(
            -value / unit,
            constraints=optimize.LinearConstraint(
                table, -np.inf, np.concatenate([np.ones(objects), left])
            ),
            integrality=np.ones(len(offers)),
            bounds=optimize.Bounds(0.0, 1.0),
            options={"mip_rel_gap": max(spare / max(expected, 1e-300), 0.0), "node_limit": NODES},
        )
    if found.x is None:
        return None
    return np.asarray(offers[np.rint(found.x) == 1.0])


@contextmanager
def quiet() -> Iterator[None]:
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
