"""What rules, counts and a town's own trips do to a whole day."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from layers.schema import Source
from tests.twin.cities import tiny
from twin import travel, user_trips
from twin.mobility import day
from twin.mobility.active import active_parameters
from twin.mobility.parameters import mobility_parameters

PARAMETERS = mobility_parameters("DK")
MAIN = 102


@cache
def usual() -> day.DayRun:
    return day.run(travel.town_of(tiny(), None), PARAMETERS, active_parameters())


def test_a_zero_emission_street_keeps_all_but_electric_cars_out() -> None:
    city = tiny()
    rule = ["zero_emission" if way == MAIN else None for way in city.streets["way_id"]]
    streets = city.streets.assign(low_emission=pd.Series(rule, city.streets.index, dtype="str"))
    town = travel.town_of(city.replace(streets=streets), None)
    found = day.run(town, PARAMETERS, active_parameters(), warm=usual().warm)
    own = streets.index[streets["way_id"] == MAIN]
    vehicles = [run.streets["vehicles"].loc[own].sum() for run in (usual(), found)]
    assert vehicles[1] < 0.5 * vehicles[0]
    assert vehicles[1] > 0.0


def test_who_may_not_drive_anywhere_goes_in_other_ways() -> None:
    city = tiny()
    rule = pd.Series("zero_emission", city.streets.index, dtype="str")
    town = travel.town_of(city.replace(streets=city.streets.assign(low_emission=rule)), None)
    found = day.run(town, PARAMETERS, active_parameters(), warm=usual().warm)
    # A rule on every street leaves nothing but electric cars: trips between zones by all others
    # are made on foot and by bicycle, and none is lost.
    electric = PARAMETERS.shares["electricity"]
    between = ~np.eye(len(city.zones), dtype=bool)
    for mode in ("car_driver", "car_passenger"):
        cars = [run.by_mode[mode][between].sum() for run in (usual(), found)]
        assert cars[1] == pytest.approx(electric * cars[0], rel=0.02)
    assert found.people.to_numpy().sum() == pytest.approx(usual().people.to_numpy().sum())
    assert found.people["walk"].sum() > usual().people["walk"].sum()
    assert found.zones["trips_car_driver"].sum() < usual().zones["trips_car_driver"].sum()


def test_trips_of_the_town_take_the_place_of_the_model() -> None:
    city = tiny()
    source = Source("trips between zones", "od.csv", "", "not stated", "", "x", 9, 9, 0)
    own, _ = user_trips.attach(city, city.zones.index, np.full((3, 3), 7.0), source, "work")
    found = day.run(travel.town_of(own, None), PARAMETERS, active_parameters(), warm=usual().warm)
    assert found.people.loc["work"].sum() == pytest.approx(63.0)
    others = found.people.drop(index="work").sum(axis=1)
    np.testing.assert_allclose(others, usual().people.drop(index="work").sum(axis=1), rtol=1e-9)
    assert found.certificate["assumed_share"] < usual().certificate["assumed_share"]
