"""Shares: every total is kept, against a plain loop."""

from __future__ import annotations

from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.complete.shares import share_out

AREA = st.one_of(st.just(0.0), st.floats(0.01, 1e5))


@given(
    st.lists(st.tuples(st.integers(-1, 5), AREA, AREA), max_size=60),
    st.lists(st.floats(0, 1e6), min_size=6, max_size=6),
)
def test_totals_are_kept_as_a_plain_loop_keeps_them(
    members: list[tuple[int, float, float]], totals: list[float]
) -> None:
    zone = np.array([member[0] for member in members], dtype=np.int64)
    weights = [np.array([member[at] for member in members]) for at in (1, 2)]
    values, used = share_out(zone, np.array(totals), weights)
    for number, total in enumerate(totals):
        own = [at for at in range(len(members)) if zone[at] == number]
        rung = next((n for n, w in enumerate(weights) if fsum(w[own]) > 0), -1)
        assert used[number] == rung
        if rung < 0:
            assert np.isnan(values[own]).all()
            continue
        whole = fsum(weights[rung][own])
        assert values[own] == pytest.approx([total * weights[rung][at] / whole for at in own])
        assert abs(fsum(values[own]) - total) <= 1e-9 * max(total, 1.0)
    assert np.isnan(values[zone < 0]).all()


def test_what_is_not_stated_is_not_shared() -> None:
    values, used = share_out(np.array([0, 1]), np.array([np.nan, 4.0]), [np.ones(2)])
    assert used.tolist() == [-1, 0]
    assert np.isnan(values[0])
    assert values[1] == 4
