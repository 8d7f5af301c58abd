from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.twin.mobility.service import departures, served
from twin import lines
from twin.errors import ScenarioError
from twin.interventions.new_line import NewLine

CITY = served()


def line(**changes: Any) -> NewLine:
    return NewLine.model_validate(
        {"id": "x", "where": {"ids": ["b:w", "b:m", "b:e"]}, "start": 2025, "name": "X",
         "headway": 30.0, "speed_kph": 18.0, "from_hour": 7.0, "to_hour": 8.0, **changes}
    )  # fmt: skip


def test_a_line_by_hand() -> None:
    """Two blocks of 100 m at 18 km/h are 20 s each, and 20 s at the stop between them."""
    after = line().apply(CITY)
    row = after.transit_lines.loc["new:x"]
    assert (row["name"], row["mode"], row["state"], row["feed"]) == ("X", "bus", "new", "new")
    assert row.geometry.length == pytest.approx(200.0)
    found = lines.service(after)
    assert departures(found, "new:x") == {
        ("b:w", "new:x"): [0.0, 30.0], ("b:e", "new:x"): [0.0, 30.0],
    }  # fmt: skip
    table = lines.table(after, day="2024-05-14").loc["new:x"]
    assert table["line_trips"] == 4.0
    assert table["line_minutes"] == pytest.approx(1.0)
    assert table["line_km"] == pytest.approx(0.2)
    assert table["line_vehicles"] == 2.0
    assert table["line_by_street"] == pytest.approx(1.0)


def test_a_tram_runs_straight_and_one_way_if_asked() -> None:
    """From M to N there are 95 m as the crow flies: 19 s."""
    tram = line(mode="tram", where={"ids": ["b:m", "b:n"]}, both_ways=False, days="weekdays")
    after = tram.apply(CITY)
    table = lines.table(after).loc["new:x"]
    assert table["line_trips"] == 2.0
    assert table["line_minutes"] == pytest.approx(19 / 60)
    days = after.transit_services.query("service == 'new:x'")["date"]
    assert days.tolist() == ["2024-05-13", "2024-05-14", "2024-05-15"]


def test_the_price_is_vehicles_and_kilometres() -> None:
    """Four runs of 200 m on the four days with service of the four that the line spans six."""
    cost = line().cost(CITY)
    assert cost.amount == pytest.approx(2 * 279_739)
    assert cost.running == pytest.approx(4 * 0.2 * 4 / 6 * 365 * 4)
    assert (cost.quantity, cost.unit, cost.lifetime) == (1.0, "lines", 12.0)


def test_a_line_opens_once() -> None:
    once = line().apply(CITY)
    assert line().apply(once) == once
    assert line().cost(once).amount == 0.0


@pytest.mark.parametrize(
    "where", ["all", {"ids": ["b:w"]}, {"ids": ["b:w", "b:w"]}, {"expression": "name == 'W'"}]
)
def test_a_line_needs_stops_in_order(where: Any) -> None:
    with pytest.raises(ScenarioError, match="lists no stops that a line can call at"):
        line(where=where).apply(CITY)


@pytest.mark.parametrize("wrong", [{"headway": 0.5}, {"speed_kph": 0.0}, {"to_hour": 7.0}])
def test_impossible_lines_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        line(**wrong)
