from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest

from tests.twin.cities import CRS, place, tiny
from twin.mobility import bicycle, walking
from twin.mobility.active import active_parameters

if TYPE_CHECKING:
    from twin.mobility.walking import ActiveSkim

PARAMETERS = active_parameters()
METRES = 280.0
"""Metres that a bicycle makes in a minute on the flat [m]."""
SIGNAL = 55**2 / 180 / 60
"""Wait at signals with 35 s of green in 90 s [min]."""
GAP = 2.1207 / 60
"""Wait for a gap in the main road [min]; by hand in the tests of crossings."""


def _points(*at: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([place(*one) for one in at], crs=CRS)


def _skim(*at: tuple[float, float], ebike: bool = False, **streets: Any) -> ActiveSkim:
    city = tiny()
    return bicycle.skim(city.streets.assign(**streets), city.junctions, _points(*at), PARAMETERS,
                        ebike=ebike)  # fmt: skip


@pytest.mark.parametrize(
    ("grade", "speed"),
    [
        (0.0, 16.8),
        (0.05, 16.8 * (1 - 6.66 * 0.05)),
        (-0.05, 16.8 * (1 + 3.96 * 0.05)),
        (-0.10, 16.8 * (1 + 3.96 * 0.055 - 3.68 * 0.045)),
        (0.20, 4.8 * np.exp(-3.5 * 0.25) / np.exp(-3.5 * 0.05)),  # pushed
    ],
)
def test_speeds_by_hand(grade: float, speed: float) -> None:
    slope = np.array([grade])
    pushed = walking.pace(slope, PARAMETERS)
    assert bicycle.speeds(slope, PARAMETERS.bicycle, pushed) == pytest.approx(speed)


def test_an_e_bike_loses_less_uphill_and_is_never_slower() -> None:
    slopes = np.linspace(-0.25, 0.25, 101)
    pushed = walking.pace(slopes, PARAMETERS)
    plain = bicycle.speeds(slopes, PARAMETERS.bicycle, pushed)
    motor = bicycle.speeds(slopes, PARAMETERS.ebike, pushed)
    assert (motor >= plain).all()
    assert (motor[slopes > 0.02] > plain[slopes > 0.02] * 1.1).all()


def test_along_the_main_road_by_hand() -> None:
    found = _skim((50, 100), (250, 100))
    assert found.time[0, 1] == pytest.approx(200 / METRES + SIGNAL)
    assert found.length[0, 1] == pytest.approx(0.2)
    assert found.stressed[0, 1] == pytest.approx(1.0)
    assert found.time[0, 0] == 0.0


def test_a_fast_road_is_ridden_round_and_the_real_time_is_told() -> None:
    # From the west end of the main road to its east end: 300 m at level 4, or 500 m round by the
    # south, half a wait at either end of it; the last 100 m are a path.
    streets = tiny().streets
    speed = streets["speed_kph"].where(streets["highway"] != "tertiary", 80.0)
    found = _skim((0, 99), (300, 99), speed_kph=speed)
    assert found.length[0, 1] == pytest.approx(0.498)
    assert found.time[0, 1] == pytest.approx(498 / METRES + 0.3731 / 60 / 2, abs=1e-5)
    assert found.stressed[0, 1] == 0.0
    lane = _skim((0, 99), (300, 99), cycleway="lane")
    assert lane.length[0, 1] == pytest.approx(0.302)
    assert lane.time[0, 1] == pytest.approx(302 / METRES + SIGNAL + GAP, abs=1e-5)
    assert lane.stressed[0, 1] == 0.0


def test_contraflow_opens_a_one_way_street_to_bicycles() -> None:
    north, south = (200, 190), (200, 110)
    closed = _skim(north, south)
    assert closed.time[1, 0] == pytest.approx(80 / METRES)
    assert closed.length[0, 1] > 0.2
    assert _skim(north, south, bicycle_backward=True).length[0, 1] == pytest.approx(0.08)


def test_gradients_tell_the_ways_apart() -> None:
    found = _skim((0, 20), (0, 80), grade=0.05)
    up = 60 / (METRES * (1 - 6.66 * 0.05))
    assert found.time[0, 1] == pytest.approx(up)
    assert found.time[1, 0] == pytest.approx(60 / (METRES * (1 + 3.96 * 0.05)))
    assert _skim((0, 20), (0, 80), ebike=True, grade=0.05).time[0, 1] < up


def test_a_gradient_that_is_not_known_is_flat() -> None:
    flat, gaps = _skim((0, 20), (250, 180)), _skim((0, 20), (250, 180), grade=np.nan)
    assert np.array_equal(flat.time, gaps.time)


def test_two_way_streets_are_as_long_there_as_back() -> None:
    at = [(20, 5), (110, 190), (295, 60), (150, 105), (205, 30)]
    found = _skim(*at, bicycle_backward=True)
    np.testing.assert_allclose(found.time, found.time.T)
    np.testing.assert_allclose(found.length, found.length.T)


def test_points_far_off_ride_nowhere() -> None:
    found = _skim((5_000, 0), (0, 50))
    assert found.off.tolist() == [True, False]
    assert np.isinf(found.time[0, 1])
    assert found.stressed[0, 1] == 0.0


def test_loads_of_streets_by_hand() -> None:
    city = tiny()
    trips = np.array([[9.0, 30.0, 1.0], [12.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    found = bicycle.run(city.streets, city.junctions, _points((50, 100), (250, 100), (9e3, 0)),
                        trips, PARAMETERS)  # fmt: skip
    main = found.frame[found.frame.index.str.startswith("w102")]
    assert main["bicycles"].tolist() == [42.0, 42.0, 42.0]
    assert found.frame["bicycles"].sum() == 3 * 42.0
    assert main["stress"].tolist() == [3.0, 3.0, 3.0]
    assert found.counts["trips_without_way"] == 3.0
    assert found.counts["trips_within_points"] == 9.0
    assert found.counts["points_off_network"] == 1.0
    assert any(limit.startswith("3 bicycle trips") for limit in found.limits)


def test_nobody_rides_where_bicycles_may_not() -> None:
    city = tiny()
    streets = city.streets.assign(bicycle_forward=False, bicycle_backward=False)
    found = bicycle.run(streets, city.junctions, _points((0, 50), (0, 60)), np.ones((2, 2)),
                        PARAMETERS)  # fmt: skip
    assert found.frame.empty
    assert found.counts["trips_without_way"] == 2.0
