from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin import city
from twin.errors import ScenarioError
from twin.interventions.new_street import NewStreet

CITY = cities.tiny()


def street(*ids: str, **changes: Any) -> NewStreet:
    return NewStreet.model_validate(
        {"id": "n", "where": {"ids": list(ids)}, "start": 2030, "speed_kph": 30.0, **changes}
    )


def test_a_diagonal_joins_two_corners() -> None:
    after = street("11", "22").apply(CITY)
    row = after.streets.loc["new:n:1"]
    assert row["length"] == pytest.approx(100.0 * 2**0.5)
    assert (row["from_node"], row["to_node"], row["state"]) == (11, 22, "new")
    assert row[["drive_forward", "drive_backward", "walk_forward", "bicycle_backward"]].all()
    assert not city.schema("streets").faults(after.streets)


def test_a_footbridge_lets_no_car_pass() -> None:
    row = street("24", "33", modes="active", bridge=True).apply(CITY).streets.loc["new:n:1"]
    assert not row[["drive_forward", "drive_backward"]].any()
    assert row[["walk_forward", "bicycle_forward", "bridge"]].all()


@pytest.mark.parametrize(
    ("changes", "per_km"),
    [
        ({}, 3_000_000.0),
        ({"modes": "active"}, 500_000.0),
        ({"bridge": True}, 40_000_000.0),
        ({"modes": "active", "bridge": True}, 15_000_000.0),
    ],
)
def test_it_costs_by_length(changes: dict[str, Any], per_km: float) -> None:
    cost = street("11", "13", **changes).cost(CITY)
    assert cost.amount == pytest.approx(0.2 * per_km)


def test_it_opens_when_both_ends_are_done() -> None:
    measure = street("11", "22")
    ends = measure.select(CITY)
    half = measure.apply(CITY, ends[:1])
    assert "new:n:1" not in half.streets.index
    assert "new:n:1" in measure.apply(half, ends).streets.index


def test_three_junctions_are_refused() -> None:
    with pytest.raises(ScenarioError, match="names 3 junctions"):
        street("11", "22", "33").apply(CITY)
