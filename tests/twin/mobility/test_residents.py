from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.mobility import persons, residents


def test_a_village_that_commutes_to_town_by_hand() -> None:
    # 100 trips of the village's people to town and back, 60 by car: 30 out, 30 back. Driving in
    # costs 4 (it parks there), home 1.
    home = np.array([[[0.0, 100.0], [0.0, 0.0]]])
    both = persons.there_and_back(home[0])
    by_mode = {"car": 0.6 * both, "walk": 0.4 * both}
    cost = np.array([[np.inf, 4.0], [1.0, np.inf]])
    found = residents.of_homes(home, by_mode, {"car": cost})
    assert found["car"] == pytest.approx([30 * 4.0 + 30 * 1.0, 0.0], rel=1e-12)
    assert set(found) == {"car"}


@given(st.integers(0, 10_000))
def test_nothing_is_lost_between_trips_and_homes(seed: int) -> None:
    random = np.random.default_rng(seed)
    home = random.uniform(0.0, 9.0, (3, 5, 5)) * (random.random((3, 5, 5)) < 0.6)
    both = persons.there_and_back(home.sum(axis=0))
    share = random.random((5, 5))
    by_mode = {"car": share * both, "walk": (1.0 - share) * both}
    figure = {mode: random.random((5, 5)) for mode in by_mode}
    found = residents.of_homes(home, by_mode, figure)
    for mode, trips in by_mode.items():
        assert found[mode].sum() == pytest.approx((trips * figure[mode]).sum(), rel=1e-12)
    one = {mode: np.ones((5, 5)) for mode in by_mode}
    counted = residents.of_homes(home, by_mode, one)
    # Everybody's trips are those of the home: the row of home, whichever mode.
    assert counted["car"] + counted["walk"] == pytest.approx(home.sum(axis=(0, 2)), rel=1e-12)
