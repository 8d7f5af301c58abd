from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin.interventions.speed_limit import SpeedLimit

CITY = cities.tiny()
MAIN = ["w102:21-22", "w102:22-23", "w102:23-24"]


def limit(**changes: Any) -> SpeedLimit:
    return SpeedLimit.model_validate(
        {"id": "s", "where": "all", "start": 2025, "speed_kph": 30, **changes}
    )


def test_only_higher_limits_are_lowered_and_marked() -> None:
    after = limit().apply(CITY).streets
    expected = CITY.streets
    expected.loc[MAIN, "speed_kph"] = 30.0
    expected.loc[MAIN, "speed_kph_source"] = "scenario"
    expected.loc[MAIN, "speed_kph_spread"] = 0.0
    # The limit falls by 20 km/h, the mean speed by a quarter of that.
    expected["mean_speed_kph"] = pd.Series(float("nan"), index=expected.index)
    expected.loc[MAIN, "mean_speed_kph"] = 45.0
    expected["mean_speed_source"] = pd.Series(None, index=expected.index, dtype="str")
    expected.loc[MAIN, "mean_speed_source"] = "scenario"
    pd.testing.assert_frame_equal(pd.DataFrame(after), pd.DataFrame(expected))


def test_building_slows_more_than_signs_and_costs_more() -> None:
    after = limit(rebuilt=True).apply(CITY).streets
    assert after.loc[MAIN, "mean_speed_kph"].tolist() == pytest.approx([34.0] * 3)
    assert limit(rebuilt=True).cost(CITY).amount == pytest.approx(0.3 * 60_000)


def test_a_measured_speed_is_what_changes() -> None:
    streets = CITY.streets
    streets["mean_speed_kph"] = 40.0
    streets["mean_speed_source"] = "sensor"
    after = limit().apply(CITY.replace(streets=streets)).streets
    assert set(after.loc[MAIN, "mean_speed_kph"]) == {35.0}
    assert set(after.drop(index=MAIN)["mean_speed_source"]) == {"sensor"}


def test_paths_have_no_limit_to_lower() -> None:
    assert not limit(speed_kph=10).select(CITY).str.startswith("w204").any()


def test_the_cost_is_by_kilometre() -> None:
    cost = limit().cost(CITY)
    assert cost.quantity == pytest.approx(0.3)
    assert cost.amount == pytest.approx(0.3 * 2_850)
    assert cost.running == pytest.approx(0.3 * 86)


@pytest.mark.parametrize("speed", [0, 4.9, 131, float("nan"), float("inf"), "30", True, None])
def test_impossible_speeds_are_refused(speed: Any) -> None:
    with pytest.raises(ValidationError):
        limit(speed_kph=speed)
