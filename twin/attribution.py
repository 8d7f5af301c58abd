"""Who gets which part of a joint effect: Shapley values over the subsets of measures.

What measures save together is not the sum of what each saves alone. The Shapley value shares the
joint effect out by the mean of what each adds over all orders of carrying them out: it does not
depend on an order, sums to the joint effect, gives equals the same and gives nothing for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Value = Callable[[frozenset[str]], NDArray[np.float64] | float]

EXACT: Final = 8
"""Most measures whose subsets are all evaluated: 256 of them."""

CITATIONS: Final = (
    "Shapley, L. S. (1953): A value for n-person games. Contributions to the Theory of Games 2",
    (
        "Castro, J., Gomez, D., Tejada, J. (2009): Polynomial calculation of the Shapley value "
        "based on sampling. Computers & Operations Research 36, 1726-1730"
    ),
)


@dataclass(frozen=True)
class Attribution:
    """Parts of a joint effect; the effect may be one number or an array of any shape.

    Parameters
    ----------
    shares
        Part of each measure, (measures, ...), in the unit of the effect. They sum to `joint`.
    error
        Standard error of each part, (measures, ...); zero where all subsets were evaluated.
    joint
        Effect of all measures together, beyond that of none, (...).
    alone
        What each would do by itself, (measures, ...). These do not add up; they are for telling
        how far measures get into each other's way.
    evaluated
        How many different subsets were evaluated [1].
    """

    shares: NDArray[np.float64]
    error: NDArray[np.float64]
    joint: NDArray[np.float64]
    alone: NDArray[np.float64]
    evaluated: int


def shapley(
    value: Value, measures: Sequence[str], *, orders: int = 200, seed: int = 0
) -> Attribution:
    """Share the joint effect of measures out among them.

    Parameters
    ----------
    value
        Effect of a set of measures carried out together; called once for each set that is
        needed, the empty one included. Numbers or arrays of one shape.
    measures
        Names, each once; up to `EXACT` of them all subsets are evaluated.
    orders
        Random orders that stand for all where there are more measures, even; each is taken
        forwards and backwards.
    seed
        Of the random orders.

    Raises
    ------
    ValueError
        If a measure is named twice or there are fewer than two orders.
    """
    names = tuple(measures)
    if len(set(names)) != len(names) or not names:
        raise ValueError("Name each measure once, and one at least.")
    known = _Known(value)
    if len(names) <= EXACT:
        shares = _all(known, names)
        error = np.zeros_like(shares)
    else:
        shares, error = _sampled(known, names, orders, seed)
    alone = np.stack([known(frozenset([name])) - known(frozenset()) for name in names])
    joint = known(frozenset(names)) - known(frozenset())
    return Attribution(shares, error, joint, alone, known.count)


def in_order(value: Value, measures: Sequence[str]) -> NDArray[np.float64]:
    """What each measure adds to those before it, (measures, ...): the parts of one given order.

    Parameters
    ----------
    value
        As in `shapley`.
    measures
        Names in the order in which they are carried out.
    """
    return _steps(_Known(value), tuple(measures))


class _Known:
    """A value function that is asked once for each set."""

    def __init__(self, value: Value) -> None:
        self._ask = cache(lambda chosen: np.asarray(value(chosen), dtype=np.float64))

    def __call__(self, chosen: frozenset[str]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self._ask(chosen)
        return found

    @property
    def count(self) -> int:
        return self._ask.cache_info().currsize


def _all(value: Any, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Mean gain over all subsets, weighed by how many orders begin with each."""
    count = len(names)
    shares = []
    for name in names:
        others = [other for other in names if other != name]
        parts = []
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in combinations(others, size):
                before = frozenset(chosen)
                parts.append(weight * (value(before | {name}) - value(before)))
        shares.append(np.sum(parts, axis=0))
    return np.stack(shares)


def _sampled(
    value: Any, names: tuple[str, ...], orders: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean gain over random orders, each with its reverse, and its standard error.

    The gains of one order sum to the joint effect, so their means do too.
    """
    pairs = orders // 2
    if pairs < 2:  # noqa: PLR2004 - an error needs two
        raise ValueError("Ask for four orders at least.")
    random = np.random.default_rng(seed)
    found = []
    for _ in range(pairs):
        order = random.permutation(len(names))
        both = [_placed(value, names, one) for one in (order, order[::-1])]
        found.append((both[0] + both[1]) / 2.0)
    gains = np.stack(found)
    return gains.mean(axis=0), gains.std(axis=0, ddof=1) / np.sqrt(pairs)


def _placed(value: Any, names: tuple[str, ...], order: NDArray[np.int64]) -> NDArray[np.float64]:
    """Gains of an order, put back in the order of the names."""
    steps = _steps(value, tuple(names[place] for place in order))
    found = np.empty_like(steps)
    found[order] = steps
    return found


def _steps(value: Any, names: tuple[str, ...]) -> NDArray[np.float64]:
    sums = [value(frozenset(names[:count])) for count in range(len(names) + 1)]
    return np.diff(np.stack(sums), axis=0)
