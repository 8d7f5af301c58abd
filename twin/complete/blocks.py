"""Spatial blocks: what is hidden together when completion is measured or chosen.

Neighbours resemble each other, so hiding single objects flatters every method that asks them;
whole blocks are hidden instead (Roberts et al. 2017, Ecography 40, 913-929).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def blocks(place: NDArray[np.float64], size: float, seed: int) -> NDArray[np.int64]:
    """Number of the square block that holds each place, (n,).

    Parameters
    ----------
    place : (n, 2) [m]
    size
        Side of a block [m].
    seed
        Shifts the grid, the same way for the same seed.
    """
    if not len(place):
        return np.zeros(0, dtype=np.int64)
    shift = np.random.default_rng(seed).random(2) * size
    cell = np.floor((place - place.min(axis=0) + shift) / size).astype(np.int64)
    number = np.unique(cell, axis=0, return_inverse=True)[1]
    return np.asarray(number, dtype=np.int64).reshape(-1)


def folds(block: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Fold of each object, (n,): blocks are dealt out so that the folds are of like size.

    Parameters
    ----------
    block : (n,)
        Block of each object.
    count
        Folds [1].
    seed
        Shuffles the blocks, the same way for the same seed.
    """
    if not len(block):
        return np.zeros(0, dtype=np.int64)
    sizes = np.bincount(block)
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    held, fold = np.zeros(count, dtype=np.int64), np.zeros(len(sizes), dtype=np.int64)
    for number in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        fold[number] = held.argmin()
        held[fold[number]] += sizes[number]
    return fold[block]
