from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from twin.mobility import timetable

if TYPE_CHECKING:
    from layers.schema import Timetable

HOUR = 3600
DAY = 24 * HOUR
NOW = "2024-05-14"


def _of_day(
    calls: dict[str, list[tuple[str, int, int]]],
    days: dict[str, list[str]],
    window: tuple[int, int],
    day: str = NOW,
    timezone: str = "Europe/Copenhagen",
) -> Timetable:
    """Timetable where every trip is its own service."""
    rows = [(trip, stop, order, arrival, departure) for trip, found in calls.items()
            for order, (stop, arrival, departure) in enumerate(found)]  # fmt: skip
    times = pd.DataFrame(rows, columns=["trip", "stop", "sequence", "arrival", "departure"])
    times = times.assign(pickup=times["stop"] != "no", drop_off=times["stop"] != "no")
    trips = pd.DataFrame({"service": list(calls)}, index=list(calls))
    services = pd.DataFrame(
        [(trip, date) for trip, dates in days.items() for date in dates],
        columns=["service", "date"],
    )
    stops = pd.DataFrame(index=pd.Index(["a", "b", "c", "no"]))
    return timetable.of_day(stops, trips, times, services, day, timezone, window)


def _connections(found: Timetable) -> list[tuple[str, str, str, int, int]]:
    return [
        (
            str(found.rides[ride]),
            str(found.stops[here]),
            str(found.stops[there]),
            int(begin),
            int(end),
        )
        for ride, here, there, begin, end in zip(
            found.ride, found.from_stop, found.to_stop, found.departure, found.arrival, strict=True
        )
    ]


def test_trips_are_cut_into_connections_sorted_by_departure() -> None:
    found = _of_day(
        {
            "t1": [("a", 100, 100), ("b", 200, 210), ("c", 300, 300)],
            "t0": [("c", 50, 60), ("a", 205, 206)],
        },
        {"t1": [NOW], "t0": [NOW]},
        (0, DAY),
    )
    assert _connections(found) == [
        ("t0", "c", "a", 60, 205),
        ("t1", "a", "b", 100, 200),
        ("t1", "b", "c", 210, 300),
    ]
    assert found.departure.dtype == np.int64


def test_a_connection_of_no_duration_comes_before_the_next_of_its_ride() -> None:
    calls = {"t1": [("a", 60, 60), ("b", 60, 60), ("c", 60, 60), ("a", 120, 120)]}
    found = _of_day(calls, {"t1": [NOW]}, (0, DAY))
    assert [row[1:3] for row in _connections(found)] == [("a", "b"), ("b", "c"), ("c", "a")]


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        pytest.param("2024-05-13", [24.5], id="the day itself"),
        pytest.param("2024-05-14", [0.5], id="the morning after"),
        pytest.param("2024-05-15", [], id="two days after"),
        pytest.param("2024-05-12", [], id="the day before"),
    ],
)
def test_a_trip_after_midnight_runs_in_the_morning_of_the_next_day(
    day: str, hour: list[float]
) -> None:
    calls = {"night": [("a", 24 * HOUR + 1800, 24 * HOUR + 1800), ("b", 25 * HOUR, 25 * HOUR)]}
    found = _of_day(calls, {"night": ["2024-05-13"]}, (0, 25 * HOUR), day)
    assert (found.departure / HOUR).tolist() == hour


def test_a_window_past_midnight_sees_the_next_day() -> None:
    calls = {"early": [("a", 600, 600), ("b", 1200, 1200)]}
    found = _of_day(calls, {"early": [NOW, "2024-05-15"]}, (23 * HOUR, 24 * HOUR + 1800))
    assert found.departure.tolist() == [DAY + 600]


def test_a_trip_two_nights_long_runs_on_three_days() -> None:
    calls = {"ship": [("a", 20 * HOUR, 20 * HOUR), ("b", 40 * HOUR, 41 * HOUR),
                      ("c", 60 * HOUR, 60 * HOUR)]}  # fmt: skip
    found = _of_day(calls, {"ship": ["2024-05-12", "2024-05-13", NOW]}, (0, DAY - 1))
    assert _connections(found) == [
        ("ship", "b", "c", 17 * HOUR, 36 * HOUR),
        ("ship", "a", "b", 20 * HOUR, 40 * HOUR),
    ]
    assert len(found.rides) == 2


def test_where_clocks_change_noon_is_23_or_25_hours_away() -> None:
    calls = {"night": [("a", 25 * HOUR, 25 * HOUR), ("b", 26 * HOUR, 26 * HOUR)]}
    for saturday, sunday, hours in (
        ("2024-03-30", "2024-03-31", 2),
        ("2024-10-26", "2024-10-27", 0),
    ):
        found = _of_day(calls, {"night": [saturday]}, (-DAY, DAY), sunday)
        assert found.departure.tolist() == [hours * HOUR]


def test_a_day_without_service_has_no_connections() -> None:
    calls = {"t1": [("a", 100, 100), ("b", 200, 200)]}
    found = _of_day(calls, {"t1": ["2024-05-13"]}, (0, DAY))
    assert len(found.departure) == len(found.rides) == 0
    assert len(found.stops) == 4


def test_two_service_days_of_one_trip_are_two_rides() -> None:
    calls = {"t1": [("a", 100, 100), ("b", 200, 200)]}
    found = _of_day(calls, {"t1": [NOW, "2024-05-15"]}, (0, 2 * DAY))
    assert found.ride.tolist() == [0, 1]
    assert list(found.rides) == ["t1", "t1"]


def test_boarding_belongs_to_the_first_stop_and_alighting_to_the_second() -> None:
    calls = {"t1": [("a", 100, 100), ("no", 200, 200), ("b", 300, 300)]}
    found = _of_day(calls, {"t1": [NOW]}, (0, DAY))
    assert found.board.tolist() == [True, False]
    assert found.alight.tolist() == [False, True]
