from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin.interventions.cycle_street import CycleStreet
from twin.mobility import stress
from twin.mobility.active import active_parameters
from twin.mobility.road_parameters import road_parameters

CITY = cities.tiny()
MAIN = ["w102:21-22", "w102:22-23", "w102:23-24"]
PARAMETERS = active_parameters()


def street(**changes: Any) -> CycleStreet:
    return CycleStreet.model_validate({"id": "c", "where": {"ids": MAIN}, "start": 2025, **changes})


def test_the_street_is_marked_and_slowed() -> None:
    after = street().apply(CITY).streets
    expected = CITY.streets
    expected.loc[MAIN, "cycleway"] = "street"
    expected.loc[MAIN, "speed_kph"] = 30.0
    expected.loc[MAIN, "speed_kph_source"] = "scenario"
    expected.loc[MAIN, "speed_kph_spread"] = 0.0
    # Of 50 km/h cars drive a known share, and 0.8 of 20 km/h less once the street is changed.
    roads = road_parameters()
    mean = roads.mean_share * 50.0 - roads.engineering_response * 20.0
    expected["mean_speed_kph"] = pd.Series(mean, MAIN).reindex(expected.index)
    expected["mean_speed_source"] = pd.Series("scenario", MAIN, dtype="str").reindex(expected.index)
    pd.testing.assert_frame_equal(pd.DataFrame(after), pd.DataFrame(expected))


def test_lower_speeds_stay_as_they_were_known() -> None:
    quiet = ["w101:11-12"]
    after = street(where={"ids": quiet}, speed_kph=40).apply(CITY).streets.loc[quiet[0]]
    assert (after["cycleway"], after["speed_kph"]) == ("street", 30.0)
    assert after["speed_kph_source"] == CITY.streets.loc[quiet[0], "speed_kph_source"]


@pytest.mark.parametrize(("cars", "level"), [(None, 2.0), (1_400.0, 1.0), (4_000.0, 2.0)])
def test_stress_falls_with_the_cars_that_stay(cars: float | None, level: float) -> None:
    # By the table of streets without a centre line at 30 km/h; 3,000 cars a day are usual here.
    after = street().apply(CITY).streets
    known = None if cars is None else pd.Series(cars, index=MAIN)
    found = stress.rated(after, PARAMETERS, vehicles=known).loc[MAIN, "stress"]
    assert set(found) == {level}


def test_contraflow_opens_one_way_streets_to_bicycles_only() -> None:
    after = street(where={"ids": ["w203:13-23"]}, contraflow=True).apply(CITY).streets
    row = after.loc["w203:13-23"]
    assert row["bicycle_backward"]
    assert not row["drive_backward"]


def test_the_cost_is_by_kilometre() -> None:
    cost = street().cost(CITY)
    assert cost.amount == pytest.approx(0.3 * 60_000)
    assert cost.unit == "km"


@pytest.mark.parametrize("speed", [0, 51, float("nan"), "30", None])
def test_impossible_speeds_are_refused(speed: Any) -> None:
    with pytest.raises(ValidationError):
        street(speed_kph=speed)
