from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.twin import cities
from twin.interventions.road_charge import RoadCharge

CITY = cities.tiny()
CROSS = ["w102:21-22", "w102:22-23", "w202:12-22", "w202:22-32"]


def charge(*ids: str, **changes: Any) -> RoadCharge:
    return RoadCharge.model_validate(
        {"id": "c", "where": {"ids": list(ids)}, "start": 2025, "periods": ["morning"], **changes}
    )


def test_distance_charges_by_length() -> None:
    after = charge(*CROSS, scheme="distance", price_eur=0.5).apply(CITY).streets
    assert after.loc[CROSS, "toll_morning"].tolist() == pytest.approx([0.05] * 4)
    assert after["toll_morning"].notna().sum() == 4


def test_a_toll_charges_each_passage() -> None:
    after = charge("w102:22-23", scheme="toll", price_eur=1.5).apply(CITY).streets
    assert after.loc["w102:22-23", "toll_morning"] == 1.5


def test_a_cordon_charges_at_its_edge_only() -> None:
    # Inside: the crossing of four streets and the square of four round junction 22's west side.
    square = [*CROSS, "w101:11-12", "w201:11-21", "w201:21-31", "w103:31-32"]
    after = charge(*square, scheme="cordon", price_eur=2.0).apply(CITY).streets
    # The western streets w201 and the corners meet no other street for cars; the rest do.
    edge = {"w102:22-23", "w202:12-22", "w202:22-32", "w101:11-12", "w103:31-32"}
    paid = after["toll_morning"]
    assert set(paid.index[paid == 2.0]) == edge
    assert set(paid.index[paid == 0.0]) == set(square) - edge


def test_points_of_a_cordon_are_paid() -> None:
    cost = charge(*CROSS, scheme="cordon", price_eur=2.0).cost(CITY)
    assert (cost.quantity, cost.amount) == (4.0, 600_000.0)
    assert np.isclose(charge(*CROSS, scheme="distance", price_eur=2.0).cost(CITY).amount, 20_000.0)
