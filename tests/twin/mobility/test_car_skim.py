from __future__ import annotations

import numpy as np
import pytest

from tests.twin.cities import tiny
from tests.twin.mobility import travel
from tests.twin.mobility.test_demand_parameters import chosen
from twin.mobility import car_skim, network
from twin.mobility.parameters import mobility_parameters

PARAMETERS = mobility_parameters("DK", chosen(electric_share="0"))
CITY = tiny()
ROADS = network.build(CITY.streets, CITY.junctions, CITY.zones, PARAMETERS)
TERMINAL = PARAMETERS.demand["car.terminal"]
FUEL = PARAMETERS.demand["car.cost"]


def test_time_length_and_money_belong_to_one_way() -> None:
    found = car_skim.between(ROADS, CITY.zones, PARAMETERS)
    worth = car_skim.value_of_time(PARAMETERS.demand)
    off = ~np.eye(3, dtype=bool)
    on_network = found.network - found.cost * 60.0 / worth
    np.testing.assert_allclose((found.time - TERMINAL)[off], on_network[off], rtol=1e-12)
    near = 0.5 * np.sqrt(CITY.zones.geometry.area.to_numpy()) / 1000.0
    streets = found.length - near[:, None] - near[None, :]
    np.testing.assert_allclose(found.cost, FUEL * streets, rtol=1e-9, atol=1e-12)
    # From the junction of one zone to that of the next it is one block of 100 m, or two.
    assert (np.round(streets[off] * 10.0, 9) % 1.0 == 0.0).all()


def test_a_trip_inside_a_zone_takes_its_connector_twice() -> None:
    found = car_skim.between(ROADS, CITY.zones, PARAMETERS)
    own = network.connector_time(CITY.zones, PARAMETERS)
    np.testing.assert_allclose(found.time.diagonal(), 2.0 * own + TERMINAL)


def test_the_value_of_time_is_the_mean_over_trips() -> None:
    demand = PARAMETERS.demand
    expected = demand.rate @ demand.value_of_time / demand.rate.sum()
    assert car_skim.value_of_time(demand) == pytest.approx(expected)


def test_fuel_is_that_of_the_mean_fleet() -> None:
    half = mobility_parameters("DK", chosen(electric_share="0.5"))
    mean = 0.5 * (half.demand["car.cost"] + half.demand["electric.cost"])
    assert car_skim.cost_per_km(half) == pytest.approx(mean)


def test_a_toll_counts_in_money_and_on_the_network() -> None:
    tolled = CITY.streets.assign(toll_morning=2.0)
    worth = car_skim.value_of_time(PARAMETERS.demand)
    roads = network.build(
        tolled, CITY.junctions, CITY.zones, PARAMETERS, period="morning", value_of_time=worth
    )
    free, paid = (car_skim.between(r, CITY.zones, PARAMETERS) for r in (ROADS, roads))
    off = ~np.eye(3, dtype=bool)
    streets = np.round((free.cost[off] / FUEL) * 10.0)
    np.testing.assert_allclose((paid.cost - free.cost)[off], 2.0 * streets, rtol=1e-9)
    minutes = (paid.cost - free.cost) * 60.0 / worth
    np.testing.assert_allclose((paid.network - free.network)[off], minutes[off], rtol=1e-9)
    np.testing.assert_allclose(paid.time, free.time, rtol=1e-9)


def test_parking_is_paid_where_a_trip_ends_and_closed_zones_have_no_cars() -> None:
    zones = CITY.zones.assign(parking_price_eur=[3.0, 0.0, 0.0], car_free=[False, False, True])
    found = car_skim.between(ROADS, zones, PARAMETERS)
    free = car_skim.between(ROADS, CITY.zones, PARAMETERS)
    np.testing.assert_allclose(found.cost[:, 0], free.cost[:, 0] + 3.0)
    np.testing.assert_allclose(found.cost[:, 1], free.cost[:, 1])
    assert np.isinf(found.time[2]).all()
    assert np.isinf(found.time[:, 2]).all()
    assert np.isfinite(found.time[:2, :2]).all()
    np.testing.assert_allclose(found.network, free.network)


def test_passengers_bear_what_drivers_bear() -> None:
    car = car_skim.between(ROADS, CITY.zones, PARAMETERS)
    plain = travel.as_crow_flies(CITY.zones, ("walk", "car_driver"))
    found = car_skim.with_car(plain, car, 3)
    assert set(found.time) == {"walk", "car_driver", "car_passenger"}
    np.testing.assert_array_equal(found.time["car_driver"], found.time["car_passenger"])
    np.testing.assert_array_equal(found.cost["car_driver"], car.cost)
