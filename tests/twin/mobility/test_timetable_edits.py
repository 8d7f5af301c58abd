from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from layers.errors import InputError
from tests.twin.cities import frame, place
from tests.twin.mobility.service import EAST, HOUR, WEST, departures, service
from twin.city import schema
from twin.mobility import timetable_edits, transit_lines
from twin.mobility.timetable_edits import Hours, Service

FOUND = service()
ONE = pd.Index(["b:1"])
NEW = "new:more:1"
REST = {("b:w", "b:sat"): [120.0], ("b:w", "b:work"): [24 * 60 - 410.0]}


def _frequency(**changes: Any) -> Service:
    options = {"hours": Hours(7, 9), "name": "more"} | changes
    hours, name = options.pop("hours"), options.pop("name")
    return timetable_edits.with_frequency(FOUND, ONE, hours, name, **options)


def _sound(found: Service) -> None:
    for name, table in vars(found).items():
        assert not schema(f"transit_{name}").faults(table), name
    before = FOUND.times.set_index(["trip", "sequence"])
    after = found.times.set_index(["trip", "sequence"])
    pd.testing.assert_frame_equal(after.loc[before.index], before)
    assert set(found.times["trip"]) == set(found.trips.index)
    assert set(found.trips["service"]) <= set(found.services["service"])


def test_a_headway_is_kept_in_both_directions_and_the_rest_stays() -> None:
    found = _frequency(headway=20.0)
    _sound(found)
    every = [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    services = {"new:more:1", "new:more:2"}
    assert departures(found) == {
        **REST, ("b:e", "new:more:2"): every, ("b:w", "new:more:1"): every,
    } or departures(found) == {
        **REST, ("b:e", "new:more:1"): every, ("b:w", "new:more:2"): every,
    }  # fmt: skip
    days = found.services[found.services["service"].isin(services)]
    assert sorted(days["date"]) == sorted(["2024-05-13", "2024-05-14", "2024-05-15"] * 2)
    assert departures(found, "b:2") == departures(FOUND, "b:2")


def test_a_headway_fills_the_hours_in_step_with_the_first_departure() -> None:
    found = _frequency(headway=45.0, hours=Hours(6, 9))
    left = [times for (stop, name), times in departures(found).items() if name.startswith("new")]
    assert left == [[-45.0, 0.0, 45.0, 90.0]] * 2


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (1.0, [0, 30, 60, 90]),
        (2.0, [0, 15, 30, 45, 60, 75, 90, 105]),
        (0.5, [0, 60]),
        (1.5, [0, 20, 40, 60, 80, 100]),
        (0.1, [0]),
    ],
)
def test_a_factor_spreads_the_departures(factor: float, expected: list[float]) -> None:
    found = _frequency(factor=factor)
    _sound(found)
    night = REST["b:w", "b:work"]
    assert departures(found) == {
        ("b:w", "b:sat"): [120.0], ("b:w", "b:work"): expected + night,
        ("b:e", "b:work"): expected,
    }  # fmt: skip


def test_trips_keep_their_running_times() -> None:
    found = _frequency(headway=20.0)
    trips = transit_lines.active(found.trips, found.lines)
    calls = found.times[found.times["trip"].isin(trips.index)].sort_values(["trip", "sequence"])
    steps = calls.groupby("trip")["arrival"].diff().dropna()
    assert set(steps) == {60.0}


def test_changes_follow_one_another() -> None:
    """Twice as many departures, of which every second one stays: those of today."""
    twice = timetable_edits.with_frequency(FOUND, ONE, Hours(7, 9), "a", factor=2.0)
    back = timetable_edits.with_frequency(twice, ONE, Hours(7, 9), "b", factor=0.5)
    assert departures(back) == departures(FOUND)
    assert back.lines.loc["b:1", "revision"] == 2


def test_hours_without_departures_are_refused() -> None:
    with pytest.raises(InputError, match="none of the lines runs"):
        _frequency(factor=2.0, hours=Hours(2, 3))


def test_services_of_one_day_share_a_headway() -> None:
    """Half of the trips run on schooldays only: on those days the headway is not doubled."""
    made = service({"b:o1": ("b:1", "b:work", EAST, 7 * HOUR),
                    "b:o2": ("b:1", "b:school", EAST, 7 * HOUR + 900)})  # fmt: skip
    school = frame("transit_services", [9], service=["b:school"], date=["2024-05-14"])
    whole = pd.concat([made.services, school])
    made = Service(made.lines, made.stops, made.trips, made.times, whole)
    found = timetable_edits.with_frequency(made, ONE, Hours(7, 8), "more", headway=30.0)
    rows = found.services[found.services["service"].str.startswith("new:")]
    dates = rows.groupby("service")["date"].agg(list).tolist()
    assert sorted(dates) == [["2024-05-13", "2024-05-15"], ["2024-05-14"]]
    assert list(departures(found).values()) == [[0.0, 30.0]] * 2


def _stop(x: float, y: float) -> Any:
    return frame("transit_stops", ["new:halt:1"], geometry=[place(x, y)], name=["H"], feed="b")


def test_a_stop_takes_its_dwell_and_the_longer_way() -> None:
    """Between W and M, 50 m along and 50 m beside: the way is 1.414 as long, 24.85 s more."""
    found = timetable_edits.with_stop(FOUND, ONE, _stop(50, 150), "halt", 20, 1.5)
    _sound(found)
    trips = transit_lines.active(found.trips, found.lines)
    calls = found.times[found.times["trip"].isin(trips.index)]
    first = calls.groupby("trip")["stop"].agg(tuple)
    assert set(first) == {("b:w", "new:halt:1", "b:m", "b:e"), ("b:e", "b:m", "new:halt:1", "b:w"),
                          ("b:m", "b:n")}  # fmt: skip
    east = calls[calls["trip"] == first.index[first == ("b:w", "new:halt:1", "b:m", "b:e")][0]]
    start = east["departure"].min()
    assert (east.sort_values("sequence")["arrival"] - start).tolist() == [0, 42, 105, 165]
    assert (east.sort_values("sequence")["departure"] - start).tolist() == [0, 62, 105, 165]
    assert east["sequence"].tolist() == [0, 1, 2, 3]
    assert departures(found) == departures(FOUND)


def test_a_stop_far_from_a_line_names_it() -> None:
    with pytest.raises(InputError, match="too far from b:1"):
        timetable_edits.with_stop(FOUND, ONE, _stop(50, 180), "halt", 20, 1.5)


def _line() -> Any:
    row = FOUND.lines.iloc[[0]].set_axis(pd.Index(["new:ring"], dtype="str", name="id"))
    return row.assign(name="R", state="new", feed="new")


def test_a_new_line_runs_at_its_headway() -> None:
    legs = np.array([90, 90])
    found = timetable_edits.with_line(FOUND, _line(), [(EAST, legs), (WEST, legs)],
                                      ["2024-05-14"], Hours(7, 8), 30.0, 20)  # fmt: skip
    _sound(found)
    assert departures(found, "new:ring") == {
        ("b:w", "new:ring"): [0.0, 30.0], ("b:e", "new:ring"): [0.0, 30.0],
    }  # fmt: skip
    one = found.times[found.times["trip"] == f"new:ring:1:{7 * HOUR}"]
    assert (one["arrival"] - 7 * HOUR).tolist() == [0, 90, 200]
    assert (one["departure"] - 7 * HOUR).tolist() == [0, 110, 200]
    assert departures(found) == departures(FOUND)
