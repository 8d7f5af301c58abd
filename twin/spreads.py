"""Errors of figures in equally likely possible worlds, the same worlds for every figure."""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.special import ndtri

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WORLDS: Final = 4096
"""Possible worlds: equally likely slices of each error, in an order of its own [1]."""
SHARES: Final = (0.1, 0.9)
"""Ends of a range as shares of the worlds: eight of ten lie between [1]."""
TENTH: Final = float(ndtri(SHARES[1]))
"""Standard deviations above which one of ten draws of a normal law lies [1]."""
CITATIONS: Final = (
    (
        "McKay, Beckman, Conover 1979, A comparison of three methods for selecting values of input "
        "variables in the analysis of output from a computer code, Technometrics 21(2), 239-245."
    ),
)


class Ends(NamedTuple):
    """Low and high end of a range, in the unit of its figure."""

    low: float
    high: float


@cache
def _table() -> Mapping[str, Ends]:
    rows = tables.load("spreads", "twin.data")
    return {str(row.key): Ends(float(row.low), float(row.high)) for row in rows.itertuples()}


def spread(*parts: str) -> Ends:
    """The 10th and the 90th percentile of an error: the longest key of ``spreads.csv`` that fits.

    Parameters
    ----------
    *parts
        From the kind of error to the finest that is known, as effect, buildings, space_heating.

    Raises
    ------
    KeyError
        If not even the kind of error is known.
    """
    known = _table()
    for count in range(len(parts), 0, -1):
        found = known.get(".".join(parts[:count]))
        if found is not None:
            return found
    raise KeyError(parts[0])


@cache
def normal(name: str) -> Floats:
    """Standard normal errors in every world (worlds,), the same wherever they are asked.

    Latin hypercube: each error takes each of its equally likely slices once (McKay et al. 1979).

    Parameters
    ----------
    name
        Of the error; another name has errors that are independent of it.
    """
    order = np.random.default_rng(zlib.crc32(name.encode())).permutation(WORLDS)
    found = np.asarray(ndtri((order + 0.5) / WORLDS), dtype=np.float64)
    found.flags.writeable = False
    return found


def factors(errors: Floats, ends: Ends) -> Floats:
    """Factors of a split log-normal law with median 1 (worlds,) [1].

    Parameters
    ----------
    errors : (worlds,)
        Standard normal.
    ends
        Factors at the 10th and the 90th percentile [1].
    """
    return np.asarray(np.exp(amounts(errors, Ends(np.log(ends.low), np.log(ends.high)))))


def amounts(errors: Floats, ends: Ends) -> Floats:
    """Amounts of a split normal law with median 0 (worlds,) [unit of the ends].

    Parameters
    ----------
    errors : (worlds,)
        Standard normal.
    ends
        Amounts at the 10th and the 90th percentile: not above and not below zero.
    """
    return np.asarray(np.abs(errors) / TENTH * np.where(errors < 0.0, ends.low, ends.high))


def deviation(ends: Ends) -> float:
    """Standard deviation of the logarithm of a factor, as if both sides were alike [1].

    Parameters
    ----------
    ends
        Factors at the 10th and the 90th percentile [1].
    """
    return float(np.log(ends.high / ends.low)) / (2.0 * TENTH)


def between(worlds: Floats) -> Ends:
    """The ends between which eight of ten worlds lie.

    Parameters
    ----------
    worlds : (worlds,)
        A figure in every world.
    """
    low, high = np.quantile(worlds, SHARES)
    return Ends(float(low), float(high))
