from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers import tables
from tests.twin.cities import tiny
from twin.mobility import generation
from twin.mobility.demand_parameters import PURPOSES, demand_parameters

PARAMETERS = demand_parameters("DK")
EDUCATION, AWAY = PURPOSES.index("education"), PURPOSES.index("not_home_based")


def test_what_a_town_holds_by_hand() -> None:
    city = tiny()
    held = generation.of_zones(city.zones, city.buildings, PARAMETERS)
    assert held["people"].sum() == 80.0
    assert held["employed"].sum() == pytest.approx(80.0 * 0.47)
    assert held["with_car"].sum() == pytest.approx(80.0 * 0.58)
    # One school of 40 m by 20 m on two floors, ten square metres a place; one shop of one floor.
    assert held["school_places"].sum() == pytest.approx(160.0)
    assert held["retail"].sum() == pytest.approx(400.0)
    assert held["leisure"].sum() == 0.0


def test_removed_buildings_draw_nobody() -> None:
    city = tiny()
    houses = city.buildings.copy()
    houses.loc[houses["use"] == "school", "state"] = "removed"
    held = generation.of_zones(city.zones, houses, PARAMETERS)
    assert held["school_places"].sum() == 0.0


def test_trips_made_and_drawn_are_as_many() -> None:
    city = tiny()
    held = generation.of_zones(city.zones, city.buildings, PARAMETERS)
    made = generation.productions(held, PARAMETERS)
    drawn = generation.attractions(held, PARAMETERS, made)
    np.testing.assert_allclose(made.sum(axis=1), 80.0 * PARAMETERS.rate, rtol=1e-12)
    np.testing.assert_allclose(drawn.sum(axis=1), made.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(made[0], held["people"] * PARAMETERS.rate[0], rtol=1e-12)
    # Trips that do not begin at home begin where they end: where places are, not beds.
    np.testing.assert_allclose(made[AWAY], drawn[AWAY], rtol=1e-12)
    np.testing.assert_allclose(
        drawn[0] / drawn[0].sum(), held["jobs"] / held["jobs"].sum(), rtol=1e-12
    )


def test_without_schools_pupils_go_where_people_are() -> None:
    zones = pd.DataFrame({"people": [30.0, 10.0], "jobs": [0.0, 0.0]})
    held = generation.of_zones(zones, None, PARAMETERS)
    made = generation.productions(held, PARAMETERS)
    drawn = generation.attractions(held, PARAMETERS, made)
    np.testing.assert_allclose(drawn[EDUCATION], made[EDUCATION])
    np.testing.assert_allclose(drawn[0], made[0])


def test_an_empty_town_makes_no_trips() -> None:
    zones = pd.DataFrame({"people": [0.0], "jobs": [0.0]})
    held = generation.of_zones(zones, None, PARAMETERS)
    made = generation.productions(held, PARAMETERS)
    assert made.sum() == 0.0
    assert generation.attractions(held, PARAMETERS, made).sum() == 0.0


def test_every_use_that_draws_is_a_use() -> None:
    assert set(tables.load("trip_uses")["use"]) <= set(tables.load("uses")["use"])
