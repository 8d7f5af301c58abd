from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.cities import tiny
from tests.twin.mobility import travel
from tests.twin.mobility.test_demand_parameters import chosen
from twin.mobility import (
    car_classes,
    car_skim,
    equilibrium,
    freight,
    gateways,
    mode_split,
    network,
    persons,
    profiles,
)
from twin.mobility.choice import MODES
from twin.mobility.demand_parameters import PURPOSES
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from layers.schema import UserClass
    from twin.mobility.car_classes import CarClasses
    from twin.mobility.parameters import MobilityParameters

CITY = tiny()
NONE = mobility_parameters("DK", chosen(electric_share="0"))
DRIVER = MODES.index("car_driver")


@cache
def town(electric: str = "0") -> dict[str, Any]:
    parameters = mobility_parameters("DK", chosen(electric_share=electric))
    roads = network.build(CITY.streets, CITY.junctions, CITY.zones, parameters)
    # Streets without delay: the equilibrium must then repeat the choice of mode to the last digit.
    roads = replace(roads, network=replace(roads.network, alpha=roads.network.alpha * 0.0))
    car = car_skim.between(roads, CITY.zones, parameters)
    others = travel.as_crow_flies(CITY.zones, ("walk", "bicycle", "ebike"))
    skims = car_skim.with_car(others, car, 3)
    found = persons.person_trips(CITY.zones, skims, parameters.demand, buildings=CITY.buildings)
    return {"found": found, "skims": skims, "car": car, "roads": roads, "parameters": parameters}


def classes(of: dict[str, Any], name: str = "morning", **more: Any) -> CarClasses:
    period = next(p for p in car_classes.day(of["found"], of["parameters"]) if p.name == name)
    return car_classes.of_period(**of, period=period, **more)


def drivers(of: dict[str, Any], hour: int) -> np.ndarray:
    """Drivers of an hour, from the nested logit of all modes."""
    parameters: MobilityParameters = of["parameters"]
    total = np.zeros((3, 3))
    for number in range(len(PURPOSES)):
        demand = parameters.demand
        people = car_classes.in_hour(of["found"].home[number], demand.hours[number], hour)
        constants = of["found"].habits.constants
        utility = mode_split.utilities(of["skims"], demand, number, constants)
        total += people * mode_split.split(utility, demand, 1.0)[0][DRIVER]
    return total


def test_the_cars_of_an_hour_are_those_of_the_choice_of_mode() -> None:
    found = classes(town())
    expected = drivers(town(), found.period.busiest)
    car = found.classes[0]
    table = np.zeros((3, 3))
    table[car.trips.origin, car.trips.destination] = car.trips.trips
    off = ~np.eye(3, dtype=bool)
    np.testing.assert_allclose(table[off], expected[off], rtol=1e-12)
    assert found.intrazonal == pytest.approx(np.trace(expected))
    assert [one.name for one in found.classes] == ["car", "van", "lorry"]


def test_the_equilibrium_repeats_the_choice_of_mode() -> None:
    of = town()
    found = classes(of)
    solved = equilibrium.solve(of["roads"].network, found.classes, gap=1e-9)
    np.testing.assert_allclose(solved.trips[0].trips, found.classes[0].trips.trips, rtol=1e-6)


def test_a_slower_street_moves_people_as_the_whole_nested_logit_says() -> None:
    of = town()
    slower = replace(of["roads"].network, free_time=of["roads"].network.free_time * 3.0)
    roads = replace(of["roads"], network=slower)
    car = car_skim.between(roads, CITY.zones, of["parameters"])
    there = {**of, "roads": roads, "car": car, "skims": car_skim.with_car(of["skims"], car, 3)}
    found = classes(of, exact=True)
    solved = equilibrium.solve(slower, found.classes, gap=1e-10)
    expected = drivers(there, found.period.busiest)
    row = found.classes[0].trips
    np.testing.assert_allclose(
        solved.trips[0].trips, expected[row.origin, row.destination], rtol=1e-6
    )
    assert solved.trips[0].trips.sum() < row.trips.sum()
    merged = equilibrium.solve(slower, classes(of).classes, gap=1e-10).trips[0].trips
    left = row.trips.sum() - solved.trips[0].trips.sum()
    assert row.trips.sum() - merged.sum() == pytest.approx(left, rel=0.01)


def test_a_merged_group_has_the_cars_and_the_slope_of_all() -> None:
    exact, merged = (classes(town(), exact=one).classes[0] for one in (True, False))
    pairs = len(exact.trips.trips)
    assert merged.elastic is not None
    assert len(merged.elastic.size) == pairs < len(exact.elastic.size if exact.elastic else [])
    base = town()["car"].network[exact.trips.origin, exact.trips.destination]
    for more, precise in ((0.0, 1e-12), (1e-3, 1e-8)):
        before, after = (cars_at(one, base + more) for one in (exact, merged))
        np.testing.assert_allclose(after, before, rtol=precise)
    slopes = [(cars_at(c, base + 1e-4) - cars_at(c, base - 1e-4)) for c in (exact, merged)]
    np.testing.assert_allclose(slopes[1], slopes[0], rtol=1e-6)


def cars_at(of: UserClass, cost: np.ndarray) -> np.ndarray:
    """Cars of every pair at a cost."""
    elastic = of.elastic
    assert elastic is not None
    pair = np.repeat(np.arange(len(cost)), np.diff(elastic.pair_first))
    share = 1.0 / (1.0 + np.exp(elastic.scale * (cost[pair] - elastic.other)))
    return np.bincount(pair, weights=elastic.size * share)


def test_people_without_another_way_stay_in_their_cars() -> None:
    none = np.array([[np.inf]])
    size, _, advantage = car_classes._merged(
        [(np.array([[3.0]]), 0.05, none), (np.array([[2.0]]), 0.03, none)], 0.04
    )
    assert size[0, 0] == 5.0
    assert advantage[0, 0] == np.inf


def test_the_elasticity_of_cars_is_analytic() -> None:
    # d cars / d u = - sum over groups of size * scale * share * (1 - share).
    car = classes(town(), exact=True).classes[0]
    elastic = car.elastic
    assert elastic is not None
    pair = np.repeat(np.arange(len(car.trips.trips)), np.diff(elastic.pair_first))
    base = town()["car"].network[car.trips.origin, car.trips.destination]

    np.testing.assert_allclose(cars_at(car, base), car.trips.trips, rtol=1e-12)
    share = 1.0 / (1.0 + np.exp(elastic.scale * (base[pair] - elastic.other)))
    slope = -np.bincount(pair, weights=elastic.size * elastic.scale * share * (1.0 - share))
    np.testing.assert_allclose(
        (cars_at(car, base + 1e-4) - cars_at(car, base - 1e-4)) / 2e-4, slope, rtol=1e-6
    )


def test_electric_cars_are_a_share_with_cheaper_kilometres() -> None:
    petrol, electric = classes(town("0.25"), electric_apart=True).classes[:2]
    together = classes(town("0.25")).classes[0]
    assert together.name == "car"
    np.testing.assert_allclose(
        together.trips.trips, petrol.trips.trips + electric.trips.trips, rtol=1e-12
    )
    assert (petrol.name, electric.name) == ("car", "electric")
    np.testing.assert_allclose(electric.trips.trips, petrol.trips.trips / 3.0, rtol=1e-12)
    assert petrol.elastic is not None
    assert electric.elastic is not None
    np.testing.assert_array_equal(electric.elastic.other, petrol.elastic.other)
    length = town("0.25")["roads"].network.length
    assert petrol.cost is not None
    assert electric.cost is not None
    streets = length > 0.0
    assert (electric.cost[streets] < petrol.cost[streets]).all()


def test_the_periods_make_up_the_day() -> None:
    of, total = town(), 0.0
    for period in car_classes.day(of["found"], of["parameters"]):
        found = classes(of, period.name)
        total += period.expansion * (found.classes[0].trips.trips.sum() + found.intrazonal)
    # The shares of an hour differ a little by pair, those of the day not: 1 % at most.
    assert total == pytest.approx(of["found"].trips["car_driver"].sum(), rel=0.01)


def test_people_of_all_hours_are_the_people_of_the_day() -> None:
    of = town()
    for number in range(len(PURPOSES)):
        hours = of["parameters"].demand.hours[number]
        home = of["found"].home[number]
        total = sum(car_classes.in_hour(home, hours, hour) for hour in range(profiles.HOURS))
        np.testing.assert_allclose(total, of["found"].between(number), rtol=1e-9)


def test_vehicles_across_the_boundary_are_classes_of_their_own() -> None:
    gates = pd.DataFrame({
        "node": [11, 33], "inward": [100.0, 80.0], "outward": [80.0, 100.0],
        "through_share": [0.5, 0.25], "kind": "count",
    }, index=["g0", "g1"])  # fmt: skip
    of = dict(town())
    of["roads"] = network.build(
        CITY.streets, CITY.junctions, CITY.zones, of["parameters"], gateways=gates
    )
    of["car"] = car_skim.between(of["roads"], CITY.zones, of["parameters"])
    drawn = of["found"].held["jobs"].to_numpy()
    external = gateways.external(gates, of["car"].network, drawn, of["parameters"].demand)
    found = classes(of, external=external)
    named = {one.name: one for one in found.classes}
    made = profiles.by_hour(
        of["found"].trips["car_driver"].to_numpy(), of["parameters"].demand.hours
    )
    share = made[found.period.busiest] / made.sum()
    through = named["through"].trips
    assert set(through.origin) | set(through.destination) == {3, 4}
    assert through.trips.sum() == pytest.approx(external.through.sum() * share)
    inside = external.inward.sum() + external.outward.sum()
    assert named["external"].trips.trips.sum() == pytest.approx(inside * share)
    solved = equilibrium.solve(of["roads"].network, found.classes, gap=1e-6)
    assert len(solved.class_flow) == len(found.classes)


def test_residents_who_leave_the_town_make_no_trips_inside() -> None:
    of = town()
    found = persons.person_trips(
        CITY.zones, of["skims"], of["parameters"].demand, outside=60.0, habits=of["found"].habits
    )
    assert found.outside == pytest.approx(60.0)
    assert found.by_mode.sum() + found.outside == pytest.approx(found.produced, rel=1e-9)
    kept = found.trips.sum(axis=1) / of["found"].trips.sum(axis=1)
    # Business trips are the longest: most of those that leave are theirs.
    assert kept.idxmin() == "business"
    assert kept.idxmax() == "shopping"


def test_cars_below_a_rule_are_classes_of_their_own() -> None:
    parameters = mobility_parameters("DK", chosen(electric_share="0.25"))
    found = car_classes.fleet(parameters, {"euro_5": 0.3, "clean": 0.9}, electric_apart=True)
    shares = {one.name: one.share for one in found}
    assert shares == pytest.approx(
        {"car": 0.0, "electric": 0.25, "barred euro_5": 0.3, "barred clean": 0.45}
    )
    assert {one.name: one.rules for one in found}["barred euro_5"] == ("euro_5", "clean")
    assert {one.name: one.rules for one in found}["barred clean"] == ("clean",)
    mild = car_classes.fleet(parameters, {"euro_5": 0.3}, electric_apart=False)
    assert sum(one.share for one in mild) == pytest.approx(1.0)


def test_a_low_emission_zone_sends_old_cars_round_it_and_people_out_of_them() -> None:
    of = dict(town())
    streets = CITY.streets.copy()
    streets["low_emission"] = pd.Series(
        ["clean" if way == 102 else None for way in streets["way_id"]], streets.index, dtype="str"
    )
    of["roads"] = network.build(streets, CITY.junctions, CITY.zones, of["parameters"])
    found = classes(of, low_emission={"car": {"clean": 0.5}})
    old = next(one for one in found.classes if one.name == "barred clean")
    assert old.barred is not None
    named = of["roads"].links["street"].isin(streets.index[streets["way_id"] == 102])
    np.testing.assert_array_equal(old.barred, named)
    solved = equilibrium.solve(of["roads"].network, found.classes, gap=1e-6)
    assert solved.class_flow[list(found.classes).index(old), named.to_numpy()].sum() == 0.0
    assert solved.trips[list(found.classes).index(old)].trips.sum() < old.trips.trips.sum()


def test_freight_drives_between_the_zones_with_most_workplaces() -> None:
    jobs = np.array([5.0, 50.0, 15.0, 30.0])
    assert freight.busiest(jobs, 0.8).tolist() == [0.0, 50.0, 0.0, 30.0]
    assert freight.busiest(jobs, 0.81).tolist() == [0.0, 50.0, 15.0, 30.0]
    assert freight.busiest(jobs, 1.0).tolist() == jobs.tolist()
    assert freight.busiest(np.zeros(2), 0.8).tolist() == [0.0, 0.0]
