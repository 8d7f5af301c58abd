from __future__ import annotations

from tests.twin import cities
from twin.interventions.school_street import SchoolStreet

CITY = cities.tiny()


def closing(*periods: str) -> SchoolStreet:
    return SchoolStreet.model_validate(
        {"id": "s", "where": {"ids": ["w103:33-34"]}, "start": 2025, "periods": list(periods)}
    )


def test_the_street_closes_in_these_periods_only() -> None:
    after = closing("morning", "midday").apply(CITY).streets
    row = after.loc["w103:33-34"]
    assert row[["closed_morning", "closed_midday"]].all()
    assert "closed_evening" not in after
    assert row["drive_forward"]
    assert after["closed_morning"].sum() == 1


def test_a_second_measure_adds_a_period() -> None:
    first = closing("morning").apply(CITY)
    assert closing("morning").due(first, CITY.streets.index[:0]).empty
    both = closing("morning", "night").apply(first).streets.loc["w103:33-34"]
    assert both[["closed_morning", "closed_night"]].all()


def test_it_costs_so_much_for_each_street() -> None:
    cost = closing("morning").cost(CITY)
    assert (cost.amount, cost.running, cost.unit) == (3_000.0, 1_500.0, "streets")
