from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.energy import heat_pumps, self_use
from twin.energy.self_use import BOUGHT, GIVEN, SOLD, STORED, TAKEN, USED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FIGURE = heat_pumps.figures()
IN, OUT, RATE = self_use.settings(FIGURE)


def plain(load: Floats, made: Floats, capacity: float) -> Floats:
    """The greedy battery, one hour after the other, energies in kWh."""
    stored, sums = 0.0, np.zeros(self_use.FIGURES)
    for use, sun in zip(load / 1000.0, made / 1000.0, strict=True):
        direct = min(use, sun)
        charge = min(sun - direct, capacity * RATE, (capacity - stored) / IN)
        discharge = min(use - direct, capacity * RATE, stored * OUT)
        stored += IN * charge - discharge / OUT
        sums += [direct, discharge, charge, sun - direct - charge, use - direct - discharge, 0.0]
    sums[STORED] = stored
    return sums


def test_a_day_by_hand() -> None:
    # Two hours of 3 kW sun without use, then two hours of 2 kW use; battery of 4 kWh.
    made = np.array([[3000.0, 3000.0, 0.0, 0.0]])
    load = np.array([[0.0, 0.0, 2000.0, 2000.0]])
    found = self_use.year(load, made, np.array([4.0]), FIGURE).figures[0]
    # Charging is limited to 2 kW: 1.9 kWh stored, then 1.9 more; room for 4.
    assert found[TAKEN] == pytest.approx(4.0)
    assert found[SOLD] == pytest.approx(2.0)
    # 3.8 kWh stored give 3.61 kWh: 2 in the first hour, 1.61 in the second.
    assert found[GIVEN] == pytest.approx(0.95 * 3.8)
    assert found[BOUGHT] == pytest.approx(4.0 - 0.95 * 3.8)
    assert found[STORED] == pytest.approx(0.0, abs=1e-12)


def test_the_kernel_is_the_plain_battery() -> None:
    rng = np.random.default_rng(1)
    load, made = rng.uniform(0, 3000, (5, 500)), np.maximum(rng.uniform(-3000, 5000, (5, 500)), 0)
    capacity = np.array([0.0, 0.5, 3.0, 8.0, 50.0])
    found = self_use.year(load, made, capacity, FIGURE).figures
    expected = np.stack([plain(*row) for row in zip(load, made, capacity, strict=True)])
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 30.0))
def test_energy_is_neither_made_nor_lost(seed: int, capacity: float) -> None:
    rng = np.random.default_rng(seed)
    load, made = rng.uniform(0, 4000, (1, 200)), rng.uniform(-4000, 4000, (1, 200)).clip(0)
    row = self_use.year(load, made, np.array([capacity]), FIGURE).figures[0]
    assert row[USED] + row[TAKEN] + row[SOLD] == pytest.approx(made.sum() / 1000.0, rel=1e-12)
    assert row[USED] + row[GIVEN] + row[BOUGHT] == pytest.approx(load.sum() / 1000.0, rel=1e-12)
    assert IN * row[TAKEN] - row[GIVEN] / OUT == pytest.approx(row[STORED], abs=1e-9)
    assert 0.0 <= row[STORED] <= capacity + 1e-9


def test_a_larger_battery_never_sells_or_buys_more() -> None:
    rng = np.random.default_rng(2)
    load = np.tile(rng.uniform(0, 2000, 300), (6, 1))
    made = np.tile(rng.uniform(-3000, 3000, 300).clip(0), (6, 1))
    found = self_use.year(load, made, np.array([0.0, 1, 2, 4, 8, 16]), FIGURE).figures
    assert (np.diff(found[:, SOLD]) <= 1e-9).all()
    assert (np.diff(found[:, BOUGHT]) <= 1e-9).all()


def test_threads_do_not_change_a_bit() -> None:
    rng = np.random.default_rng(3)
    load, made, capacity = rng.uniform(0, 1e3, (40, 50)), rng.uniform(0, 1e3, (40, 50)), np.ones(40)
    one, four = (self_use.year(load, made, capacity, FIGURE, threads=n).figures for n in (1, 4))
    assert (one == four).all()


def test_what_is_sold_is_not_own_use() -> None:
    made, load = np.array([[1000.0, 1000.0], [0.0, 0.0]]), np.array([[500.0, 500.0], [1.0, 1.0]])
    found = self_use.year(load, made, np.zeros(2), FIGURE)
    assert found.own_share.tolist() == [0.5, 0.0]


@pytest.mark.parametrize("load", [np.full((1, 3), -1.0), np.full((1, 3), np.nan), np.ones((1, 4))])
def test_impossible_arrays_are_refused(load: Floats) -> None:
    with pytest.raises(ValueError, match="load"):
        self_use.year(load, np.ones((1, 3)), np.zeros(1), FIGURE)
