from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.complete import blocks

seeds = st.integers(0, 10_000)


def spots(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.0, 3000.0, (count, 2))


@settings(deadline=None)
@given(count=st.integers(1, 80), seed=seeds)
def test_what_shares_a_block_is_near(count: int, seed: int) -> None:
    place = spots(count, seed)
    block = blocks.blocks(place, 250.0, seed)
    for number in np.unique(block):
        mine = place[block == number]
        assert (np.ptp(mine, axis=0) <= 250.0).all()


@settings(deadline=None)
@given(count=st.integers(5, 80), seed=seeds)
def test_a_block_is_never_torn_and_no_object_is_lost(count: int, seed: int) -> None:
    block = blocks.blocks(spots(count, seed), 500.0, seed)
    fold = blocks.folds(block, 5, seed)
    assert len(fold) == count
    assert all(len(set(fold[block == number])) == 1 for number in np.unique(block))
    assert set(fold) <= set(range(5))


@settings(deadline=None)
@given(seed=seeds)
def test_folds_are_of_like_size(seed: int) -> None:
    block = blocks.blocks(spots(500, seed), 250.0, seed)
    sizes = np.bincount(blocks.folds(block, 5, seed), minlength=5)
    # Greedy dealing, largest first: two folds differ by no more than the largest block.
    assert np.ptp(sizes) <= np.bincount(block).max()


def test_seeds_deal_differently_and_repeat_themselves() -> None:
    place = spots(200, 1)
    deal = [blocks.folds(blocks.blocks(place, 250.0, s), 5, s).tolist() for s in (1, 2, 1)]
    assert deal[0] == deal[2]
    assert deal[0] != deal[1]


def test_nothing_has_no_blocks() -> None:
    none = blocks.blocks(np.zeros((0, 2)), 250.0, 0)
    assert len(none) == len(blocks.folds(none, 5, 0)) == 0
