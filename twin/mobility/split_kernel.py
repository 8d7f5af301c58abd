"""Compiled shares of modes: nested logit of every pair and segment, without arrays in between."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from twin.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

LOST = 1e-200
"""Summed weight of a segment below which rounding would show [1]."""
BLOCKS = 16
"""Parts that pairs are worked off in, whatever the threads: sums have one order [1]."""


@compiled
def _weigh(utility: Floats, opened: Bools, first: int, scale: float, weight: Floats) -> float:
    """Weights of the modes below the best open one, written into `weight`; its utility is returned.

    Modes from `first` on form the nest of the car, the others are alone.
    """
    top = -np.inf
    for mode in range(len(utility)):
        if opened[mode] and utility[mode] > top:
            top = utility[mode]
    for mode in range(len(utility)):
        weight[mode] = 0.0
        if opened[mode] and utility[mode] > -np.inf:
            below = utility[mode] - top
            weight[mode] = np.exp(below if mode < first else below / scale)
    return float(top)


@compiled
def _segment(
    weight: Floats, top: float, opened: Bools, first: int, scale: float, shares: Floats
) -> float:
    """Shares of one pair and segment, written into `shares`; the logsum is returned."""
    modes = len(weight)
    total = 0.0
    within = 0.0
    for mode in range(modes):
        shares[mode] = weight[mode] if opened[mode] else 0.0
        if mode < first:
            total += shares[mode]
        else:
            within += shares[mode]
    if within > 0.0:
        nest = within**scale
        total += nest
        for mode in range(first, modes):
            shares[mode] *= nest / within
    if total < LOST:
        return -np.inf
    for mode in range(modes):
        shares[mode] /= total
    return float(top + np.log(total))


@compiled
def _shares(
    utility: Floats,
    everything: Floats,
    top: float,
    opened: Bools,
    first: int,
    scale: float,
    shares: Floats,
) -> float:
    """As `_segment`, weighed anew where the modes of a segment are far below the best of all."""
    found = _segment(everything, top, opened, first, scale, shares)
    if found == -np.inf:
        own = np.empty(len(utility))
        best = _weigh(utility, opened, first, scale, own)
        found = _segment(own, best, opened, first, scale, shares)
    return found


@compiled
def _able(utility: Floats, opened: Bools, share: Floats, part: Floats) -> None:
    """Share of every segment among those who can go at all, written into `part`."""
    total = 0.0
    for segment in range(len(share)):
        part[segment] = 0.0
        for mode in range(len(utility)):
            if opened[segment, mode] and utility[mode] > -np.inf:
                part[segment] = share[segment]
        total += part[segment]
    if total > 0.0:
        part /= total


@compiled
def _split(
    utility: Floats,
    opened: Bools,
    share: Floats,
    first: int,
    scale: float,
    shares: Floats,
    logsums: Floats,
) -> None:
    """Shares (modes, pairs) and mean logsum (pairs,) over all segments."""
    modes, pairs = utility.shape
    own = np.empty(modes)
    found = np.empty(modes)
    weight = np.empty(modes)
    every = np.ones(modes, dtype=np.bool_)
    part = np.empty(len(share))
    for pair in range(pairs):
        own[:] = utility[:, pair]
        _able(own, opened, share, part)
        top = _weigh(own, every, first, scale, weight)
        shares[:, pair] = 0.0
        logsums[pair] = 0.0
        gone = False
        for segment in range(len(share)):
            if part[segment] > 0.0:
                gone = True
                worth = _shares(own, weight, top, opened[segment], first, scale, found)
                logsums[pair] += part[segment] * worth
                for mode in range(modes):
                    shares[mode, pair] += part[segment] * found[mode]
        if not gone:
            logsums[pair] = -np.inf


@compiled
def _add(
    shares: Floats, trips: float, first: int, more: float, carried: Floats, slope: Floats
) -> None:
    """Add the trips of one pair and segment, and their slopes (upper half of a square)."""
    modes = len(shares)
    nest = shares[first:].sum()
    for mode in range(modes):
        own = trips * shares[mode]
        carried[mode] += own
        slope[mode, mode] += own
        for other in range(mode, modes):
            slope[mode, other] -= own * shares[other]
        if mode >= first and nest > 0.0:
            slope[mode, mode] += more * own
            for other in range(mode, modes):
                slope[mode, other] -= more * own * shares[other] / nest


@compiled
def _answer(
    utility: Floats,
    count: Floats,
    opened: Bools,
    share: Floats,
    first: int,
    scale: float,
    carried: Floats,
    slope: Floats,
) -> None:
    """Add up trips by mode and how they change with the constants (upper half of a square)."""
    modes, pairs = utility.shape
    own = np.empty(modes)
    found = np.empty(modes)
    weight = np.empty(modes)
    every = np.ones(modes, dtype=np.bool_)
    part = np.empty(len(share))
    for pair in range(pairs):
        if count[pair] <= 0.0:
            continue
        own[:] = utility[:, pair]
        _able(own, opened, share, part)
        top = _weigh(own, every, first, scale, weight)
        for segment in range(len(share)):
            if part[segment] <= 0.0:
                continue
            _shares(own, weight, top, opened[segment], first, scale, found)
            _add(found, count[pair] * part[segment], first, 1.0 / scale - 1.0, carried, slope)


def _blocks(pairs: int) -> list[slice]:
    ends = np.linspace(0, pairs, BLOCKS + 1).astype(np.int64)
    return [slice(int(a), int(b)) for a, b in pairwise(ends)]


def _shared(work: Callable[[int, slice], None], pairs: int) -> None:
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for done in [pool.submit(work, *task) for task in enumerate(_blocks(pairs))]:
            done.result()


def split(
    utility: Floats, opened: Bools, share: Floats, first: int, scale: float
) -> tuple[Floats, Floats]:
    """Shares of modes over all segments, and the mean of the segments' logsums.

    Parameters
    ----------
    utility : (modes, pairs) [1]
        Minus infinity where a mode does not go.
    opened : (segments, modes) bool
        Modes that a segment can take.
    share : (segments,) [1]
        Of all people; where some cannot go at all, the others make their trips.
    first
        Modes from this number on form a nest, the others are alone.
    scale
        Logsum parameter of the nest [1].

    Returns
    -------
    shares : (modes, pairs) [1]
    logsums : (pairs,) [1]
    """
    modes, pairs = utility.shape
    shares, logsums = np.empty((modes, pairs)), np.empty(pairs)

    def work(_: int, rows: slice) -> None:
        _split(utility[:, rows], opened, share, first, scale, shares[:, rows], logsums[rows])

    _shared(work, pairs)
    return shares, logsums


def answer(
    utility: Floats, count: Floats, opened: Bools, share: Floats, first: int, scale: float
) -> tuple[Floats, Floats]:
    """Trips by mode (modes,) and how they change with the constants (modes, modes) [1/d].

    Parameters
    ----------
    utility, opened, share, first, scale
        As in `split`.
    count : (pairs,) [1/d]
        Trips.
    """
    modes, pairs = utility.shape
    carried, slope = np.zeros((BLOCKS, modes)), np.zeros((BLOCKS, modes, modes))

    def work(block: int, rows: slice) -> None:
        _answer(
            utility[:, rows], count[rows], opened, share, first, scale, carried[block], slope[block]
        )

    _shared(work, pairs)
    upper = np.triu(slope.sum(axis=0))
    return carried.sum(axis=0), upper + np.triu(upper, 1).T
