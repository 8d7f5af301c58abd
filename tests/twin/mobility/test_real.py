"""Mobility on real places: what must hold whatever the data look like."""

from __future__ import annotations

from dataclasses import replace
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from twin import build
from twin.mobility import access, demand, network, traffic
from twin.mobility.active import active_parameters
from twin.mobility.certificate import least_costs
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City


@pytest.fixture(scope="module")
def centre(helsinki: Path) -> City:
    return build.from_osm(helsinki)


def _traffic(city: City, **options: Any) -> traffic.TrafficRun:
    parameters = mobility_parameters(city.country)
    streets = options.pop("streets", city.streets)
    return traffic.run(streets, city.junctions, city.zones, parameters, **options)


def _proved(found: traffic.TrafficRun) -> None:
    proof = found.certificate
    assert proof["relative_gap"] <= 1e-6
    assert max(proof["node_residual"], proof["flow_residual"], proof["demand_residual"]) <= 1e-6
    assert proof["broken_paths"] == 0
    assert proof["trip_table_residual"] <= 1e-9
    hour = proof["assigned"] + proof["intrazonal"] + proof["unreachable"]
    lost = proof["trips_cut_off"] / proof["trips_per_day"]
    assert hour * 10 == pytest.approx((1 - lost) * proof["trips_per_day"])


def test_a_clipped_centre_yields_proved_traffic(centre: City) -> None:
    found = _traffic(centre)
    _proved(found)
    assert (found.frame["vehicles"] >= 0.0).all()
    assert found.frame["vehicles"].max() > 100.0
    # Seconds of waiting on the last metres before a signal make a speed near zero.
    long = centre.streets["length"].loc[found.frame.index] > 20.0
    assert found.frame["speed"].between(0.0, 130.0, inclusive="right").all()
    assert found.frame.loc[long, "speed"].min() > 1.0
    inside = centre.streets.loc[found.frame.index, "inside"]
    assert set(found.activity["object_id"]) == set(found.frame.index[inside])


def test_kilometres_are_trips_times_the_way_between_zones(centre: City) -> None:
    # With so few cars in the hour each trip takes the quickest empty way; its length comes from
    # SciPy by a detour: cost of (time + a little length) less cost of time.
    parameters = replace(mobility_parameters(centre.country), peak_share=1e-4)
    found = traffic.run(centre.streets, centre.junctions, centre.zones, parameters)
    roads = network.build(centre.streets, centre.junctions, centre.zones, parameters)
    road = roads.network
    trips = demand.run(roads, centre.zones, parameters).trips
    between = trips.origin != trips.destination
    ends = trips.origin[between], trips.destination[between]
    step = 1e-6
    with_length = least_costs(road, road.free_time + step * road.length, *ends)
    length = (with_length - least_costs(road, road.free_time, *ends)) / step
    expected = float(length @ trips.trips[between]) / parameters.peak_share * parameters.days
    assert fsum(found.frame["vehicle_km"]) == pytest.approx(expected, rel=1e-3)


def test_closing_the_busiest_street_lengthens_the_ways_of_others(centre: City) -> None:
    before = _traffic(centre)
    streets = centre.streets
    busiest = before.frame["vehicles"].idxmax()
    streets.loc[busiest, ["drive_forward", "drive_backward"]] = False
    after = _traffic(centre, streets=streets, warm=before.warm)
    _proved(after)
    assert busiest not in after.frame.index
    common = after.frame.index
    change = after.frame["vehicles"] - before.frame.loc[common, "vehicles"]
    assert change.max() > 0.3 * before.frame["vehicles"].max()


def test_every_building_of_a_clipped_centre_has_its_walks(centre: City) -> None:
    parameters = active_parameters()
    found = access.run(centre.buildings, centre.places, centre.streets, centre.junctions,
                       parameters, stops=centre.stops)  # fmt: skip
    assert found.frame.index.equals(centre.buildings.index)
    for need in parameters.needs["need"].unique():
        column = found.frame[f"walk_{need}"]
        assert column.isna().sum() == found.counts[f"unreached_{need}"]
        points = centre.stops if need == "transit" else centre.places.query("need == @need")
        if len(points):
            crow = np.array([points.distance(home).min()
                             for home in centre.buildings.representative_point()])  # fmt: skip
            slack = 1e-6
            assert (column / 60 * 4800 >= crow - slack).all()
            assert column.median() < 20.0


@pytest.mark.data
def test_a_whole_country_yields_proved_traffic(data_dir: Path) -> None:
    city = build.from_osm(data_dir / "osm" / "liechtenstein-2021-05-05.osm.pbf")
    found = _traffic(city)
    _proved(found)
    again = _traffic(city, warm=found.warm)
    assert np.abs(again.frame - found.frame).to_numpy().max() <= 1e-6
    assert any("AT stand in for LI" in limit for limit in found.limits)
