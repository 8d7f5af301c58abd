from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from layers.errors import InputError
from tests.twin.cities import tiny
from tests.twin.mobility.service import HOUR, service
from twin.mobility import bus_times, bus_ways
from twin.mobility.bus_times import Traffic
from twin.mobility.transit_parameters import transit_parameters

FIGURES = replace(transit_parameters(), snap=30.0)
CITY = tiny()
FOUND = service()
FIRST = "w102:21-22"
STREETS = CITY.streets.assign(**bus_ways.rights(CITY.streets))
FREE, CALM = 0.12, 0.2
"""A block at 50 and at 30 km/h [min]."""


def _follow(traffic: tuple[Traffic, ...] = (), **changes: Any) -> bus_times.BusTimes:
    streets = STREETS.copy()
    for name, value in changes.items():
        if name not in streets:
            streets[name] = False if isinstance(value, bool) else float("nan")
        streets.loc[FIRST, name] = value
    return bus_times.follow(FOUND, streets, CITY.junctions, FIGURES, traffic)


def _jam(before: float, now: float, hours: tuple[float, float] = (0, 30)) -> Traffic:
    link = [f"{FIRST} forward"]
    return Traffic(hours, pd.Series([before], index=link), pd.Series([now], index=link))


def test_without_a_change_the_timetable_stays() -> None:
    found = _follow()
    assert found.times.equals(FOUND.times)
    assert found.delay.to_dict() == {"b:1": 0.0, "b:2": 0.0}
    assert found.rerouted == 0
    assert len(found.limits) == 1


def test_round_a_closed_street_a_minute_takes_five() -> None:
    """300 m at 30 km/h in the place of 100 m at 50: each trip of the line loses four minutes."""
    found = _follow(drive_forward=False, drive_backward=False)
    assert found.delay["b:1"] == pytest.approx(4.0)
    assert found.delay["b:2"] == 0.0
    assert found.rerouted == 2
    assert found.ways.metres["b:w", "b:m"] == pytest.approx(300.0)


def test_a_removed_street_is_closed_too() -> None:
    assert _follow(state="removed").delay["b:1"] == pytest.approx(4.0)


def test_a_bus_gate_lets_them_pass() -> None:
    found = _follow(drive_forward=False, drive_backward=False, bus_gate=True)
    assert found.times.equals(FOUND.times)


def test_twice_the_traffic_jam_takes_twice_as_long_for_trips_that_way() -> None:
    """Six of ten trips of the line drive east; on Saturday and at night too, unless it is morning."""
    assert _follow((_jam(0.3, 0.6),)).delay["b:1"] == pytest.approx(6 / 10)
    assert _follow((_jam(0.3, 0.6, (7, 8)),)).delay["b:1"] == pytest.approx(2 / 10)


def test_a_bus_lane_wins_back_what_the_jam_took() -> None:
    """0.3 min with the cars become 0.12 alone: 24 s of the minute are left."""
    found = _follow((_jam(0.3, 0.6),), bus_lanes_forward=1.0)
    assert found.delay["b:1"] == pytest.approx(-36 / 60 * 6 / 10)


def test_a_lane_that_was_there_already_changes_nothing() -> None:
    streets = CITY.streets
    streets["bus_lanes_forward"] = 1.0
    streets = streets.assign(**bus_ways.rights(streets))
    found = bus_times.follow(FOUND, streets, CITY.junctions, FIGURES, (_jam(0.3, 0.6),))
    assert found.times.equals(FOUND.times)


def test_a_line_without_a_way_is_named() -> None:
    streets = STREETS.copy()
    around = (streets["from_node"] == 21) | (streets["to_node"] == 21)
    streets.loc[around, ["drive_forward", "drive_backward"]] = False
    with pytest.raises(InputError, match="line b:1: cannot get from stop"):
        bus_times.follow(FOUND, streets, CITY.junctions, FIGURES)


def test_without_the_rights_of_way_of_then_closures_are_not_seen() -> None:
    streets = CITY.streets
    streets.loc[FIRST, ["drive_forward", "drive_backward"]] = False
    found = bus_times.follow(FOUND, streets, CITY.junctions, FIGURES)
    assert found.times.equals(FOUND.times)
    assert any("closures are not seen" in text for text in found.limits)


def test_ways_that_are_not_known_are_told() -> None:
    far = replace(FOUND, stops=FOUND.stops.set_geometry(FOUND.stops.geometry.translate(9_000)))
    found = bus_times.follow(far, STREETS, CITY.junctions, FIGURES)
    assert any("For 100% of the ways" in text for text in found.limits)


def test_a_city_of_trains_has_no_buses_to_follow() -> None:
    trains = replace(FOUND, trips=FOUND.trips[FOUND.trips["mode"] == "train"])
    assert bus_times.follow(trains, STREETS, CITY.junctions, FIGURES).times.equals(FOUND.times)


def test_late_buses_stay_late_and_others_run_as_before() -> None:
    """The first minute takes two; the trips of 7:00 and 7:30 lose it, those of 8 o'clock do not."""
    ratio = pd.Series([2.0], index=pd.MultiIndex.from_tuples([("b:w", "b:m")]))
    found = bus_times.retimed(FOUND.trips, FOUND.times, ratio, (7, 8))
    assert list(found.index) == list(FOUND.times.index)
    late = (found["arrival"] - FOUND.times["arrival"]).groupby(found["trip"]).agg(list)
    for trip, delay in late.items():
        first = FOUND.times.loc[FOUND.times["trip"] == trip, "departure"].min()
        hurt = str(trip).startswith("b:o") and first < 8 * HOUR
        assert delay == ([0, 60, 60] if hurt else [0] * len(delay))
    assert (found["departure"] - found["arrival"]).eq(0).all()


def test_trains_are_not_slowed_by_cars() -> None:
    ratio = pd.Series([5.0], index=pd.MultiIndex.from_tuples([("b:m", "b:n")]))
    assert bus_times.retimed(FOUND.trips, FOUND.times, ratio, (0, 30)).equals(FOUND.times)
