from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin.interventions.heating_control import HeatingControl

CITY = cities.tiny()


def control(**changes: Any) -> HeatingControl:
    return HeatingControl.model_validate({"id": "c", "where": "all", "start": 2025, **changes})


def test_rooms_that_are_cooler_already_stay_so() -> None:
    # By use: 20 degC in homes, 19 in shops.
    after = control(setpoint=19.5).apply(CITY).buildings["setpoint"]
    assert after["w1001"] == 19.5
    assert np.isnan(after["w1007"])
    colder = control(setpoint=18.0).apply(CITY)
    assert control(setpoint=19.0).apply(colder, CITY.buildings.index) is colder


def test_each_temperature_is_set_by_itself() -> None:
    after = control(setback=16.0, cooling_setpoint=27.0).apply(CITY).buildings
    assert after.loc["w1001", ["setback", "cooling_setpoint"]].tolist() == [16.0, 27.0]
    assert "setpoint" not in after
    again = (
        control(setback=17.0, cooling_setpoint=28.0).apply(CITY.replace(buildings=after)).buildings
    )
    assert again.loc["w1001", ["setback", "cooling_setpoint"]].tolist() == [16.0, 28.0]


def test_controls_cost_more_than_going_round() -> None:
    here = {"where": {"ids": ["w1005"]}, "setpoint": 19.0}
    assert control(controls=True, **here).cost(CITY).amount == pytest.approx(4.0 * 1600.0)
    assert control(**here).cost(CITY).amount == pytest.approx(0.3 * 1600.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "at least one"),
        ({"setpoint": 17.0, "setback": 18.0}, "above"),
        ({"setpoint": 5.0}, "greater than"),
    ],
)
def test_impossible_temperatures_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        control(**changes)
