from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.twin.mobility.service import departures, served
from twin import lines
from twin.errors import NotComputedError, ScenarioError
from twin.interventions.transit_frequency import TransitFrequency

CITY = served()
YEAR = 365 / 6
"""Days of the feed's span in a year: three of its six are workdays."""


def often(**changes: Any) -> TransitFrequency:
    return TransitFrequency.model_validate(
        {"id": "f", "where": {"ids": ["b:1"]}, "start": 2025, "from_hour": 7.0, "to_hour": 9.0,
         **changes}
    )  # fmt: skip


def test_a_headway_of_ten_minutes_by_hand() -> None:
    """From seven to nine, each way: 12 departures a workday in the place of 4."""
    after = often(headway=10.0).apply(CITY)
    found = departures(lines.service(after))
    new = [times for (_, name), times in found.items() if name.startswith("new:")]
    assert new == [[10.0 * number for number in range(12)]] * 2
    before, now = lines.table(CITY), lines.table(after)
    assert before.loc["b:1", "line_trips"] == 9.0
    assert now.loc["b:1", "line_trips"] == 25.0
    assert now.loc["b:1", "line_vehicle_km"] == pytest.approx(25 * 0.2)
    assert now.loc["b:2"].equals(before.loc["b:2"])


def test_the_price_is_kilometres_and_vehicles() -> None:
    """16 trips of 200 m more on three of six days, at 4 EUR/km; two minutes' runs need no bus."""
    cost = often(headway=10.0).cost(CITY)
    assert cost.running == pytest.approx(16 * 0.2 * 3 * YEAR * 4)
    assert (cost.amount, cost.quantity, cost.unit, cost.currency) == (0.0, 1.0, "lines", "EUR")
    dense = often(headway=1.0).cost(CITY)
    # 2.3 minutes of run and break: three buses each way at a departure a minute, one each today
    assert dense.amount == pytest.approx(4 * 279_739)
    assert dense.lifetime == 12


def test_fewer_departures_save_kilometres_and_earn_nothing() -> None:
    cost = often(factor=0.5).cost(CITY)
    assert cost.running == pytest.approx(-4 * 0.2 * 3 * YEAR * 4)
    assert cost.amount == 0.0


def test_a_measure_is_done_once_and_another_one_follows() -> None:
    once = often(factor=2.0).apply(CITY)
    assert once.transit_lines.loc["b:1", "measures"] == "f"
    assert often(factor=2.0).apply(once, CITY.transit_lines.index[:1]) == once
    later = often(id="g", factor=0.5).apply(once)
    assert departures(lines.service(later)) == departures(lines.service(CITY))
    assert later.transit_lines.loc["b:1", "measures"] == "f g"


def test_hours_without_service_are_told() -> None:
    with pytest.raises(ScenarioError, match="none of the lines runs"):
        often(factor=2.0, from_hour=3.0, to_hour=4.0).apply(CITY)


def test_a_mode_without_unit_costs_is_not_priced() -> None:
    with pytest.raises(NotComputedError, match="No unit costs of train"):
        often(where={"ids": ["b:2"]}, factor=2.0).cost(CITY)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"headway": 10.0, "factor": 2.0}, {"headway": 0.0}, {"factor": float("nan")},
     {"factor": 2.0, "from_hour": 9.0}, {"headway": "10"}],
)  # fmt: skip
def test_impossible_questions_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        often(**wrong)
