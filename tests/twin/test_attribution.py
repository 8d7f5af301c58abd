from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import attribution


def _product(chosen: frozenset[str]) -> float:
    """Tonnes that are left when each measure takes its share of what the others leave."""
    left = {"insulation": 0.6, "heat_pump": 0.3, "green_power": 0.5}
    return 100.0 * (1.0 - float(np.prod([left[name] for name in sorted(chosen)])))


def test_three_measures_by_all_orders() -> None:
    names = ("insulation", "heat_pump", "green_power")
    orders = list(permutations(names))
    by_hand = {
        name: np.mean(
            [
                _product(frozenset(order[: order.index(name) + 1]))
                - _product(frozenset(order[: order.index(name)]))
                for order in orders
            ]
        )
        for name in names
    }
    found = attribution.shapley(_product, names)
    assert found.shares == pytest.approx([by_hand[name] for name in names])
    assert found.shares.sum() == pytest.approx(91.0, rel=1e-12)
    assert found.joint == pytest.approx(91.0)
    assert found.alone == pytest.approx([40.0, 70.0, 50.0])
    assert found.evaluated == 8
    assert (found.error == 0.0).all()


def test_two_measures_share_what_overlaps_in_halves_object_by_object() -> None:
    alone, both = np.array([[3.0, 1.0], [2.0, 5.0]]), np.array([4.0, 5.5])

    def value(chosen: frozenset[str]) -> np.ndarray:
        table: dict[str, np.ndarray] = {"": np.zeros(2), "a": alone[0], "b": alone[1], "ab": both}
        return table["".join(sorted(chosen))]

    found = attribution.shapley(value, ["a", "b"])
    overlap = alone.sum(axis=0) - both
    assert found.shares == pytest.approx(alone - overlap / 2.0)
    assert attribution.in_order(value, ["b", "a"]) == pytest.approx(
        np.array([alone[1], both - alone[1]])
    )


def test_airport_game_has_a_closed_form_and_sampling_finds_it_within_its_error() -> None:
    # Littlechild, Owen (1973): a runway costs what its longest user needs; each length is shared
    # equally by those who need it.
    need = np.array([1.0, 2.0, 2.0, 4.0, 5.0, 7.0, 7.0, 9.0, 10.0, 12.0])
    names = [f"p{place}" for place in range(10)]
    steps = np.diff(need, prepend=0.0) / np.arange(10, 0, -1)
    closed = steps.cumsum()

    def value(chosen: frozenset[str]) -> float:
        return float(max((need[int(name[1:])] for name in chosen), default=0.0))

    found = attribution.shapley(value, names, orders=2_000, seed=1)
    assert found.shares.sum() == pytest.approx(12.0, rel=1e-12)
    assert (np.abs(found.shares - closed) <= 4.0 * found.error + 1e-12).all()
    assert 0.0 < found.error.max() < 0.1
    exact = attribution.shapley(value, names[2:])
    assert exact.shares == pytest.approx((np.diff(need[2:], prepend=0) / np.arange(8, 0, -1)).cumsum())  # fmt: skip


@given(st.lists(st.floats(-1e6, 1e6), min_size=16, max_size=16))
def test_any_effect_is_shared_out_whole_and_dummies_get_nothing(table: list[float]) -> None:
    names = ("a", "b", "c", "d")

    def value(chosen: frozenset[str]) -> float:
        return table[sum(1 << names.index(name) for name in chosen if name != "idle")]

    found = attribution.shapley(value, (*names, "idle"))
    assert found.shares.sum() == pytest.approx(table[15] - table[0], abs=1e-6)
    assert found.shares[4] == 0.0
    turned = attribution.shapley(value, ("idle", *reversed(names)))
    assert turned.shares[::-1] == pytest.approx(found.shares, abs=1e-6)


def test_measures_are_named_once() -> None:
    with pytest.raises(ValueError, match="each measure once"):
        attribution.shapley(_product, ["insulation", "insulation"])
    with pytest.raises(ValueError, match="four orders"):
        attribution.shapley(len, [str(n) for n in range(9)], orders=2)
