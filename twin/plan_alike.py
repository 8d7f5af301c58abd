"""Plans for many objects that are alike: what holds for one holds for all, so only numbers are sought.

Alike objects defeat branching, which tries each of them in turn without ever gaining anything
(Margot 2010). Taken together, each kind of object is one row whose offers are taken so many times:
a task of thousands of objects becomes one of a few kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import optimize, sparse

from twin.plan_solver import NODES, quiet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.plan_task import Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FEW: Final = 4
"""So many objects of each kind, on the mean, make it worth while to seek numbers [1]."""
OFFERS: Final = 20_000
"""Offers of all kinds together up to which numbers are sought [1]."""

CITATIONS: Final = (
    (
        "Margot, F. (2010): Symmetry in integer linear programming. In: 50 Years of Integer "
        "Programming 1958-2008, Springer, 647-686"
    ),
)


class Kinds(NamedTuple):
    """Objects by kind.

    Parameters
    ----------
    first : (kinds,)
        An object of each.
    kind : (objects,)
        Kind of each object.
    many : (kinds,)
        How many objects there are.
    """

    first: Ints
    kind: Ints
    many: Ints


class Numbers(NamedTuple):
    """What is taken of many alike objects.

    Parameters
    ----------
    offers
        Offers taken, of the objects themselves; None where none fit.
    missing : (limits,)
        What limits are broken by with parts of packages, in their units.
    bound
        No plan can yield more.
    """

    offers: Ints | None
    missing: Floats
    bound: float


def kinds(task: Task) -> Kinds | None:
    """Objects by kind, or None if too few are alike."""
    weights = np.column_stack([one.weight for one in task.limits])
    table = np.column_stack([task.cost, task.value, weights])
    _, first, kind, count = np.unique(
        table, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    offers = len(first) * task.cost.shape[1] * len(task.worth)
    if len(first) * FEW > len(table) or offers > OFFERS:
        return None
    return Kinds(first, kind.ravel(), count)


def numbers(task: Task, of: Kinds, gap: float) -> Numbers:
    """Take offers of each kind so many times.

    Parameters
    ----------
    task
        The question about all objects.
    of
        Its `kinds`.
    gap
        Distance from the bound at which the search ends [1].
    """
    width = task.cost.shape[1] * len(task.worth)
    offers = (of.first[:, None] * width + np.arange(width)).ravel()
    offers = offers[np.isfinite(task.costs(offers))]
    kind = of.kind[task.places(offers)[0]]
    once = sparse.csr_matrix((np.ones(len(offers)), (kind, np.arange(len(offers)))),
                             (len(of.first), len(offers)))  # fmt: skip
    unit = max(float(task.value.max(initial=0.0)), 1e-300)
    bound, missing = _parts(task, offers, once, of, unit)
    table = sparse.vstack([once, task.rows(offers)], format="csc")
    with quiet():
        found = optimize.milp(
            -task.values(offers) / unit,
            constraints=optimize.LinearConstraint(
                table, -np.inf, np.concatenate([of.many, task.most])
            ),
            integrality=np.ones(len(offers)),
            bounds=optimize.Bounds(0.0, of.many[kind].astype(np.float64)),
            options={"mip_rel_gap": gap, "node_limit": NODES},
        )
    if found.x is None:
        return Numbers(None, missing, bound)
    return Numbers(_spread(task, of, offers, np.rint(found.x).astype(np.int64)), missing, bound)


def _parts(
    task: Task, offers: Ints, once: sparse.csr_matrix, of: Kinds, unit: float
) -> tuple[float, Floats]:
    """Bound that the prices of the relaxation prove, and what limits are broken by in it."""
    each = sparse.eye(len(task.limits))
    table = sparse.bmat([[once, None], [task.rows(offers), -each]], format="csc")
    dear = np.full(len(task.limits), task.penalty)
    found = optimize.linprog(
        np.concatenate([-task.values(offers), dear]) / unit,
        A_ub=table,
        b_ub=np.concatenate([of.many, task.most]),
        bounds=(0.0, None),
        method="highs-ds",
    )
    assert found.status == 0, found.message
    price = np.maximum(-found.ineqlin.marginals[len(of.many) :] * unit, 0.0)
    return task.bound(price), found.x[len(offers) :]


def _spread(task: Task, of: Kinds, offers: Ints, times: Ints) -> Ints:
    """Give what is taken of a kind to its objects, the first ones first."""
    width = task.cost.shape[1] * len(task.worth)
    mine = np.argsort(of.kind, kind="stable")
    start = np.concatenate(([0], np.cumsum(of.many)))
    kind, which = of.kind[offers // width], offers % width
    taken = np.repeat(which, times)
    owner = np.repeat(kind, times)
    place = np.arange(len(owner)) - np.searchsorted(owner, owner, side="left")
    return np.sort(mine[start[owner] + place] * width + taken)
