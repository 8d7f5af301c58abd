from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.energy import monthly

ISO: dict[str, float] = {"a0": 1.0, "tau0": 15.0, "intermittency": 3.0}
TEMPERATURE = np.array([-3.0, -4.0, 0.0, 5.0, 11.0, 15.0, 18.0, 17.0, 12.0, 7.0, 2.0, -1.0])


def balance(
    loss: float | list[float],
    gains: Any = 0.0,
    *,
    temperature: Any = 0.0,
    hours: Any = 744.0,
    capacity: float = 6000.0,
    heated_time: float = 1.0,
) -> monthly.HeatNeed:
    losses = np.atleast_1d(np.asarray(loss, dtype=float))
    warmth = np.atleast_1d(np.asarray(temperature, dtype=float))
    shape = (len(losses), len(warmth))
    return monthly.heat_need(
        losses,
        np.full(shape[0], 20.0),
        warmth,
        np.broadcast_to(np.asarray(hours, dtype=float), warmth.shape),
        np.broadcast_to(np.asarray(gains, dtype=float), shape),
        np.full(shape[0], capacity),
        np.full(shape[0], heated_time),
        **ISO,
    )


def eta(gamma: float, a: float) -> float:
    """The formula of the standard, term by term."""
    if gamma == 1.0:
        return a / (a + 1.0)
    return float((1.0 - gamma**a) / (1.0 - gamma ** (a + 1.0)))


def test_without_gains_the_need_is_loss_times_degree_hours() -> None:
    found = balance([100.0, 250.0], temperature=TEMPERATURE, hours=monthly.HOURS)
    degree_hours = np.maximum(20.0 - TEMPERATURE, 0.0) * monthly.HOURS
    assert found.need[0].sum() == pytest.approx(0.1 * degree_hours.sum(), rel=1e-12)
    assert found.need[1].sum() == pytest.approx(0.25 * degree_hours.sum(), rel=1e-12)
    assert found.season.tolist() == [12.0, 12.0]


def test_a_january_by_hand() -> None:
    # H = 100 W/K, 20 K, 744 h: losses 1488 kWh; gains 744 kWh, so gamma = 0.5;
    # tau = 6000 / 100 = 60 h, a = 1 + 60 / 15 = 5;
    # eta = (1 - 0.5^5) / (1 - 0.5^6) = 0.96875 / 0.984375 = 0.984127;
    # need = 1488 - 0.984127 * 744 = 755.81 kWh.
    found = balance(100.0, 744.0)
    assert found.losses[0, 0] == pytest.approx(1488.0)
    assert found.used_gains[0, 0] == pytest.approx(732.1905, abs=1e-3)
    assert found.need[0, 0] == pytest.approx(755.8095, abs=1e-3)


def test_intermittent_heating_by_hand() -> None:
    # The same month, heated half of the time: 3 * (15 / 60) * 0.5 * (1 - 0.5) = 0.1875.
    found = balance(100.0, 744.0, heated_time=0.5)
    assert found.need[0, 0] == pytest.approx(0.8125 * 755.8095, abs=1e-3)
    assert found.set_back[0, 0] == pytest.approx(0.1875 * 755.8095, abs=1e-3)


def test_set_back_saves_at_most_the_time_without_heating() -> None:
    found = balance(1000.0, 14000.0, capacity=1000.0, heated_time=0.4)
    always = balance(1000.0, 14000.0, capacity=1000.0)
    assert found.need[0, 0] == pytest.approx(0.4 * always.need[0, 0], rel=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 1e-6, 0.3, 0.999, 1.0, 1.001, 3.0, 40.0])
@pytest.mark.parametrize("exponent", [1.0, 2.5, 8.0, 30.0])
def test_utilisation_is_the_formula_of_the_standard(gamma: float, exponent: float) -> None:
    found = monthly.utilisation(np.array([[gamma]]), np.array([[exponent]]))[0, 0]
    assert found == pytest.approx(eta(gamma, exponent), rel=1e-9)


def test_utilisation_at_its_limits() -> None:
    found = monthly.utilisation(np.array([[1e308, np.inf, 0.0]]), np.array([[100.0]]))
    assert found[0, 0] == pytest.approx(1e-308)
    assert found[0, 1] == 0.0
    assert found[0, 2] == 1.0


def test_a_warm_month_needs_no_heat_and_uses_no_gains() -> None:
    found = balance(100.0, 500.0, temperature=24.0)
    assert found.need[0, 0] == found.losses[0, 0] == found.used_gains[0, 0] == 0.0
    assert found.season[0] == 0.0


def test_a_building_without_losses_needs_nothing() -> None:
    found = balance(0.0, 10.0, capacity=0.0)
    assert found.need[0, 0] == 0.0


sizes = st.floats(1.0, 1e5)
temperatures = st.floats(-40.0, 35.0)


@given(loss=sizes, gains=st.floats(0.0, 1e6), warmth=temperatures, part=st.floats(0.0, 1.0))
def test_the_balance_closes_and_nothing_is_negative(
    loss: float, gains: float, warmth: float, part: float
) -> None:
    found = balance(loss, gains, temperature=warmth, heated_time=part)
    assert 0.0 <= found.need[0, 0] <= found.losses[0, 0]
    assert 0.0 <= found.used_gains[0, 0] <= found.gains[0, 0]
    assert found.set_back[0, 0] >= 0.0
    assert found.residual < 1e-12


@given(loss=sizes, better=st.floats(0.01, 1.0), gains=st.floats(0.0, 1e5), warmth=temperatures,
       part=st.floats(0.0, 1.0))  # fmt: skip
def test_less_loss_never_needs_more_heat(
    loss: float, better: float, gains: float, warmth: float, part: float
) -> None:
    found = balance([loss, loss * better], gains, temperature=warmth, heated_time=part)
    assert found.need[1, 0] <= found.need[0, 0] * (1.0 + 1e-9) + 1e-9


@given(loss=sizes, gains=st.floats(0.0, 1e5), more=st.floats(0.0, 1e5), warmth=temperatures)
def test_more_gains_never_need_more_heat(
    loss: float, gains: float, more: float, warmth: float
) -> None:
    less, much = (
        balance(loss, gains, temperature=warmth),
        balance(loss, gains + more, temperature=warmth),
    )
    assert much.need[0, 0] <= less.need[0, 0] * (1.0 + 1e-9) + 1e-9


@given(loss=sizes, gains=st.floats(0.0, 1e5), scale=st.floats(0.1, 50.0), warmth=temperatures)
def test_a_building_twice_the_size_needs_twice_the_heat(
    loss: float, gains: float, scale: float, warmth: float
) -> None:
    one = balance(loss, gains, temperature=warmth, capacity=50.0 * loss)
    big = balance(loss * scale, gains * scale, temperature=warmth, capacity=50.0 * loss * scale)
    assert big.need[0, 0] == pytest.approx(scale * one.need[0, 0], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [(0.0, 1.0), (0.5, 0.95), (1.0, 0.9), (2.5, 0.85), (4.0, 0.8), (9.0, 0.8)],
)
def test_partial_heating_follows_tabula(loss: float, expected: float) -> None:
    found = monthly.partial_heating(np.array([loss]), np.array([0.9]), np.array([0.8]))
    assert found[0] == pytest.approx(expected, rel=1e-12)


@given(st.floats(0.0, 8.0), st.floats(0.0, 1.0), st.floats(0.0, 1.5))
def test_partial_heating_never_makes_better_walls_worse(
    loss: float, better: float, air: float
) -> None:
    both = np.array([loss, loss * better])
    total = monthly.partial_heating(both, np.full(2, 0.9), np.full(2, 0.8)) * (both + air)
    assert total[1] <= total[0] + 1e-12


def test_partial_heating_never_heats_above_the_set_point() -> None:
    found = monthly.partial_heating(np.array([0.2]), np.array([0.95]), np.array([0.85]))
    assert found[0] == 1.0
