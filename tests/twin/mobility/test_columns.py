"""Paths as compact arrays: against lists of lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin.mobility import columns
from twin.mobility.columns import Paths

Way = tuple[list[int], float]
ways = st.lists(
    st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.floats(0.0, 9.0)), max_size=3
)


def made(pairs: list[list[Way]]) -> Paths:
    """Paths of pairs that are given way by way."""
    flat = [way for pair in pairs for way in pair]
    return Paths(
        np.cumsum([0, *(len(pair) for pair in pairs)]).astype(np.int64),
        np.cumsum([0, *(len(links) for links, _ in flat)]).astype(np.int64),
        np.array([link for links, _ in flat for link in links], np.int32),
        np.array([flow for _, flow in flat], np.float64),
    )


@given(st.lists(st.tuples(st.booleans(), ways), max_size=6))
def test_two_lots_of_pairs_are_woven_in_order(rows: list[tuple[bool, list[Way]]]) -> None:
    one, other = ([pair for mine, pair in rows if mine is which] for which in (False, True))
    whose = np.array([mine for mine, _ in rows], np.bool_)
    found = columns.woven(made(one), made(other), whose)
    wanted = made([pair for _, pair in rows])
    for got, value in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(got, value)
