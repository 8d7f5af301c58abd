from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.twin import cities
from twin.interventions.close_street import CloseStreet

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


def test_filters_are_counted_by_street_and_length() -> None:
    streets = CITY.streets
    streets.loc["w102:22-23", "length"] = 201.0
    city = CITY.replace(streets=streets)
    # DK takes the euro rows: 2,280 EUR and 68 EUR/a a filter, one each 200 m.
    cost = close(where={"expression": "name == 'Hovedgaden'"}).cost(city)
    assert (cost.quantity, cost.unit) == (4.0, "filters")
    assert (cost.amount, cost.running) == (9_120.0, 272.0)
    assert (cost.payer, cost.currency, cost.evidence) == ("municipality", "EUR", "assumed")


def test_in_britain_the_investment_is_the_published_figure() -> None:
    cost = close().cost(CITY.replace(country="GB"))
    assert (cost.amount, cost.currency, cost.evidence) == (2_000.0, "GBP", "published")
