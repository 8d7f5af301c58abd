from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.twin.mobility import travel
from tests.twin.mobility.test_demand_parameters import chosen
from twin.mobility import distribution, persons
from twin.mobility.choice import MODES, Skims
from twin.mobility.demand_parameters import PURPOSES, demand_parameters

PARAMETERS = demand_parameters("DE")
LENGTH = travel.lengths(12, gap=3.0)
ZONES = travel.zones(12)


@cache
def usual() -> persons.PersonDemand:
    return persons.person_trips(ZONES, travel.skims(LENGTH), PARAMETERS)


def test_people_in_are_people_out() -> None:
    found, made = usual(), ZONES["people"].sum() * PARAMETERS.rate
    np.testing.assert_allclose(found.home.sum(axis=(1, 2)), made, rtol=1e-9)
    np.testing.assert_allclose(found.trips.sum(axis=1), made, rtol=1e-9)
    assert found.by_mode.sum() == pytest.approx(found.produced, rel=1e-9)
    for mode, trips in zip(MODES, found.by_mode, strict=True):
        assert trips.sum() == pytest.approx(found.trips[mode].sum(), rel=1e-9)
    # Zone by zone: as many leave as are made there and come for its places.
    for purpose in range(len(PURPOSES)):
        trips = found.between(purpose)
        np.testing.assert_allclose(trips.sum(axis=0), trips.sum(axis=1), rtol=1e-9)
    assert found.residual <= 1e-9
    assert found.cut_off == 0.0


def test_the_survey_is_met_where_the_area_allows() -> None:
    found = usual()
    np.testing.assert_allclose(found.mode_shares, PARAMETERS.shares, atol=1e-4)
    met = found.habits.lengths_met
    assert met[PURPOSES.index("shopping")]
    np.testing.assert_allclose(found.lengths[met], PARAMETERS.length[met], rtol=1e-3)
    said = " ".join(found.limits)
    assert ("do not fit" in said) == (not met.all())


def test_work_fills_the_jobs_and_shopping_does_not_have_to() -> None:
    work = usual().home[0].sum(axis=0)
    np.testing.assert_allclose(work / work.sum(), ZONES["jobs"] / ZONES["jobs"].sum(), rtol=1e-9)
    shopping = usual().home[PURPOSES.index("shopping")].sum(axis=0)
    assert np.abs(shopping / shopping.sum() - work / work.sum()).max() > 0.01


def test_habits_repeat_a_run_exactly() -> None:
    again = persons.person_trips(ZONES, travel.skims(LENGTH), PARAMETERS, habits=usual().habits)
    np.testing.assert_array_equal(again.by_mode, usual().by_mode)
    np.testing.assert_array_equal(again.home, usual().home)


def test_where_fitting_begins_does_not_matter() -> None:
    far = persons.Habits(
        usual().habits.deterrence, np.array([1.0, -2.0, 0.5, 3.0, 0.0, -1.0]),
        usual().habits.lengths_met, usual().habits.modes_met,
    )  # fmt: skip
    again = persons.person_trips(ZONES, travel.skims(LENGTH), PARAMETERS, start=far)
    np.testing.assert_allclose(again.mode_shares, usual().mode_shares, atol=2e-4)
    np.testing.assert_allclose(again.lengths, usual().lengths, rtol=1e-3)


def test_a_better_bus_takes_trips_from_every_other_mode() -> None:
    skims = travel.skims(LENGTH)
    faster = Skims({**skims.time, "transit": skims.time["transit"] - 5.0}, skims.length, skims.cost)
    after = persons.person_trips(ZONES, faster, PARAMETERS, habits=usual().habits).mode_shares
    before = usual().mode_shares
    assert after["transit"] > before["transit"]
    assert (after.drop("transit") < before.drop("transit")).all()


def test_dearer_driving_shortens_trips() -> None:
    skims = travel.skims(LENGTH)
    cost = {**skims.cost, "car_driver": skims.cost["car_driver"] * 4.0}
    after = persons.person_trips(
        ZONES, Skims(skims.time, skims.length, cost), PARAMETERS, habits=usual().habits
    )
    assert after.mode_shares["car_driver"] < usual().mode_shares["car_driver"]
    shopping = PURPOSES.index("shopping")
    assert after.lengths[shopping] < usual().lengths[shopping]


def test_a_survey_of_the_place_replaces_the_figures_of_the_country() -> None:
    rows = chosen(share__walk="0.5", rate__work="1", length__shopping="4")
    own = demand_parameters("DE", rows)
    found = persons.person_trips(ZONES, travel.skims(LENGTH), own)
    assert found.mode_shares["walk"] == pytest.approx(0.5 / (1.0 - 0.26 + 0.5), abs=1e-4)
    assert found.trips.loc["work"].sum() == pytest.approx(ZONES["people"].sum(), rel=1e-9)
    assert found.lengths[PURPOSES.index("shopping")] == pytest.approx(4.0, rel=1e-3)
    assert found.assumed["trip rates"] < usual().assumed["trip rates"]
    assert found.assumed_share < usual().assumed_share


def test_a_matrix_of_the_user_is_taken_as_it_is() -> None:
    own = np.full((12, 12), 2.0)
    found = persons.person_trips(ZONES, travel.skims(LENGTH), PARAMETERS, matrices={"work": own})
    np.testing.assert_array_equal(found.home[0], own)
    assert found.trips.loc["work"].sum() == pytest.approx(288.0, rel=1e-9)
    assert found.assumed["trip lengths"] < usual().assumed["trip lengths"]


def test_what_is_assumed_is_counted_and_said() -> None:
    found = usual()
    # One of the six shares of modes is read in its source; all else of Germany is assumed.
    assert found.assumed["shares of modes"] == pytest.approx(5.0 / 6.0)
    assert found.assumed.drop("shares of modes").eq(1.0).all()
    assert found.limits[0].startswith("97% of the demand for travel rests on assumed figures")
    cars = found.by_mode[MODES.index("car_driver")]
    inside = f"{np.trace(cars) / cars.sum():.0%} of residents' car trips stay inside one zone"
    assert any(sentence.startswith(inside) for sentence in found.limits)


def test_zones_that_nobody_can_leave_are_counted_and_left_out() -> None:
    skims = travel.skims(LENGTH)
    time = {mode: values.copy() for mode, values in skims.time.items()}
    for values in time.values():
        values[3, :] = np.inf
        values[:, 3] = np.inf
        values[3, 3] = 1.0
    found = persons.person_trips(ZONES, Skims(time, skims.length, skims.cost), PARAMETERS)
    assert found.cut_off_zones.tolist() == ["z3"]
    assert found.cut_off > 0.0
    assert found.by_mode.sum() + found.cut_off == pytest.approx(found.produced, rel=1e-9)
    assert any("some zones" in sentence for sentence in found.limits)


def test_a_town_without_a_timetable_says_that_transit_is_missing() -> None:
    modes = tuple(mode for mode in MODES if mode != "transit")
    found = persons.person_trips(ZONES, travel.skims(LENGTH, modes), PARAMETERS)
    assert found.mode_shares["transit"] == 0.0
    assert found.by_mode.sum() == pytest.approx(found.produced, rel=1e-9)
    assert any("transit" in sentence for sentence in found.limits)


@pytest.mark.parametrize("people", [0.0, 5.0])
def test_tiny_and_empty_towns(people: float) -> None:
    zones = pd.DataFrame({"people": [people], "jobs": [0.0]}, index=pd.Index(["z0"]))
    found = persons.person_trips(zones, travel.skims(travel.lengths(1)), PARAMETERS)
    assert found.by_mode.sum() == pytest.approx(people * PARAMETERS.rate.sum())


def test_a_matrix_by_mean_length_of_nobody_is_zero() -> None:
    assert distribution.mean_of(np.zeros((2, 2)), np.ones((2, 2))) == 0.0
