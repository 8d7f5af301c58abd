from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.twin.cities import tiny
from twin.mobility import demand, network
from twin.mobility.parameters import mobility_parameters

PARAMETERS = mobility_parameters("DK")
SIZE = 5
sums = arrays(np.float64, SIZE, elements=st.floats(0.0, 1000.0).map(lambda x: round(x, 3)))
times = arrays(np.float64, (SIZE, SIZE), elements=st.floats(0.5, 60.0))


@settings(max_examples=100, deadline=None)
@given(sums, sums, times, st.floats(0.0, 0.15))
def test_rows_and_columns_sum_to_what_was_asked(
    production: np.ndarray, attraction: np.ndarray, time: np.ndarray, deterrence: float
) -> None:
    if production.sum() == 0.0 or attraction.sum() == 0.0:
        return
    attraction = attraction * production.sum() / attraction.sum()
    trips = demand.spread(time, production, attraction, deterrence)
    assert (trips >= 0.0).all()
    assert demand.residual(trips, production, attraction) <= 1e-9


def test_without_deterrence_trips_spread_like_attraction() -> None:
    production, attraction = np.array([30.0, 70.0]), np.array([20.0, 80.0])
    trips = demand.spread(np.array([[1.0, 9.0], [9.0, 1.0]]), production, attraction, 0.0)
    assert trips == pytest.approx(np.array([[6.0, 24.0], [14.0, 56.0]]))


def test_two_zones_have_the_odds_of_the_exponential() -> None:
    # T11 T22 / (T12 T21) = exp(-b (t11 + t22 - t12 - t21)), whatever the sums (Wilson 1971).
    time = np.array([[2.0, 12.0], [9.0, 3.0]])
    trips = demand.spread(time, np.array([40.0, 60.0]), np.array([55.0, 45.0]), 0.1)
    odds = trips[0, 0] * trips[1, 1] / (trips[0, 1] * trips[1, 0])
    assert odds == pytest.approx(np.exp(1.6))


def test_stronger_deterrence_means_shorter_trips() -> None:
    draw = np.random.default_rng(2)
    place = draw.uniform(0, 20, (12, 2))
    far = np.hypot(*(place[:, None] - place[None, :]).transpose(2, 0, 1)) + 0.5
    even = np.full(12, 100.0)
    means = [demand.mean_of(demand.spread(far, even, even, b), far) for b in (0.0, 0.1, 0.3, 1.0)]
    assert means == sorted(means, reverse=True)
    for target in (means[1], means[2]):
        fitted, met = demand.fit(far, far, even, even, target)
        assert met
        mean = demand.mean_of(demand.spread(far, even, even, fitted), far)
        assert mean == pytest.approx(target, rel=1e-9)


def test_targets_that_the_area_does_not_allow_are_said_to_be_missed() -> None:
    far = np.array([[1.0, 10.0], [10.0, 1.0]])
    even = np.array([50.0, 50.0])
    # Too small an area: the plane without end has mean 2/m; all speeds here are 1 km/min.
    plane, met = demand.fit(far, far, even, even, 100.0)
    assert not met
    assert plane == pytest.approx(0.02)
    steepest, met = demand.fit(far, far, even, even, 0.5)
    assert not met
    assert steepest > 0.0


def test_the_plane_without_end_has_the_mean_trip_of_its_deterrence() -> None:
    # Lengths have the density r exp(-m r): draw them as the sum of two exponentials.
    mean = 14.0
    deterrence, met = demand.fit(np.ones((2, 2)), np.ones((2, 2)), np.ones(2), np.ones(2), mean)
    radius = np.linspace(0.0, 100 * mean, 1_000_001)
    density = radius * np.exp(-deterrence * radius)
    assert not met
    assert (radius * density).sum() / density.sum() == pytest.approx(mean, rel=1e-6)


def _run(**changes: Any) -> demand.Demand:
    city = tiny()
    zones = changes.pop("zones", city.zones)
    streets = changes.pop("streets", city.streets)
    parameters = replace(PARAMETERS, **changes)
    roads = network.build(streets, city.junctions, zones, parameters)
    return demand.run(roads, zones, parameters)


def test_trips_of_a_town_by_hand() -> None:
    found = _run()
    # 80 people make 2.8 trips a day, half of them at the wheel; a tenth in the busiest hour.
    assert found.daily == pytest.approx(112.0)
    assert found.trips.trips.sum() == pytest.approx(11.2)
    assert found.residual <= 1e-9
    assert found.cut_off == 0.0


def test_as_many_drive_home_as_went() -> None:
    found = _run(trip_length=0.25)
    table = np.zeros((3, 3))
    table[found.trips.origin, found.trips.destination] = found.trips.trips
    assert table == pytest.approx(table.T)
    assert found.fitted
    assert found.length == pytest.approx(0.25)


def test_a_zone_that_cars_cannot_leave_is_counted_and_left_out() -> None:
    zones = tiny().zones
    zones.loc["z0_0", "node"] = 999
    found = _run(zones=zones)
    assert found.cut_off_zones.tolist() == ["z0_0"]
    assert found.cut_off == pytest.approx(4 * 1.4)
    assert found.trips.trips.sum() == pytest.approx(0.1 * 76 * 1.4)
    assert 0 not in found.trips.origin


def test_an_empty_town_has_no_trips() -> None:
    zones = tiny().zones
    zones["people"] = 0.0
    assert len(_run(zones=zones).trips.trips) == 0
    assert len(_run(zones=tiny().zones.iloc[:0]).trips.trips) == 0
