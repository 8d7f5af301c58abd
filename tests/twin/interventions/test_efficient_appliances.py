from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin.interventions.efficient_appliances import EfficientAppliances

CITY = cities.tiny()


def efficient(**changes: Any) -> EfficientAppliances:
    return EfficientAppliances.model_validate(
        {"id": "e", "where": "all", "start": 2025, "factor": 0.7, **changes}
    )


def test_the_factor_is_set_and_a_lower_one_stays() -> None:
    once = efficient(factor=0.6).apply(CITY)
    assert (once.buildings["appliance_factor"].drop("w1010") == 0.6).all()
    assert efficient().apply(once, CITY.buildings.index) is once


@pytest.mark.parametrize(
    ("what", "unit"), [("appliances", 20.0), ("lighting", 6.0), ("both", 26.0)]
)
def test_what_is_bought_is_paid_by_floor_area(what: str, unit: float) -> None:
    one = efficient(what=what, where={"ids": ["w1008"]})
    assert one.cost(CITY).amount == pytest.approx(unit * 1200.0)


def test_a_factor_that_saves_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        efficient(factor=1.0)
