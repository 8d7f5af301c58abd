from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.twin import cities
from twin.interventions.close_street import CloseStreet, filter_count

CITY = cities.tiny()


def close(**changes: Any) -> CloseStreet:
    return CloseStreet.model_validate(
        {"id": "c", "where": {"ids": ["w102:22-23"]}, "start": 2025, **changes}
    )


@pytest.mark.parametrize(
    ("direction", "forward", "backward"),
    [("both", False, False), ("forward", False, True), ("backward", True, False)],
)
def test_cars_lose_the_direction_and_nobody_else_does(
    direction: str, forward: bool, backward: bool
) -> None:
    after = close(direction=direction).apply(CITY).streets
    expected = CITY.streets
    expected.loc["w102:22-23", ["drive_forward", "drive_backward"]] = [forward, backward]
    pd.testing.assert_frame_equal(pd.DataFrame(after), pd.DataFrame(expected))


def test_paths_and_streets_that_are_one_way_already_are_left() -> None:
    everything = close(where="all")
    assert not everything.select(CITY).str.startswith("w204").any()
    against = close(where="all", direction="backward")
    assert not against.select(CITY).str.startswith("w203").any()


def test_filters_are_counted_by_connected_run_and_length() -> None:
    # Hovedgaden is one run of 300 m (2 filters), two segments apart are two runs of 100 m.
    cost = close(where={"expression": "name == 'Hovedgaden'"}).cost(CITY)
    assert (cost.quantity, cost.unit) == (2.0, "filters")
    # DK takes the euro rows: 2,280 EUR and 68 EUR/a a filter, one each 200 m.
    assert (cost.amount, cost.running) == (4_560.0, 136.0)
    assert (cost.payer, cost.currency, cost.evidence) == ("municipality", "EUR", "assumed")
    apart = close(where={"ids": ["w102:21-22", "w103:33-34"]}).cost(CITY)
    assert apart.quantity == 2.0
    assert filter_count(CITY.streets.iloc[:0], 200.0) == 0.0


def test_in_britain_the_investment_is_the_published_figure() -> None:
    cost = close().cost(CITY.replace(country="GB"))
    assert (cost.amount, cost.currency, cost.evidence) == (2_000.0, "GBP", "published")


@pytest.mark.parametrize(
    ("kind", "direction", "passes", "barrier"),
    [
        ("fixed", "both", False, None),
        ("signs", "both", True, None),
        ("removable", "both", True, "bollard=removable"),
        ("rising", "both", True, "bollard=rising"),
        ("removable", "forward", False, None),
    ],
)
def test_a_filter_says_what_emergency_vehicles_meet(
    kind: str, direction: str, passes: bool, barrier: str | None
) -> None:
    plan = CloseStreet.model_validate({
        "id": "c", "where": {"ids": ["w102:21-22"]}, "start": 2025, "filter": kind,
        "direction": direction,
    })  # fmt: skip
    after = plan.apply(cities.tiny()).streets
    own = after.loc["w102:21-22"]
    assert bool(own.get("emergency", default=False)) == passes
    told = own.get("barrier", default=None)
    assert (told if isinstance(told, str) else None) == barrier
