from __future__ import annotations

import numpy as np
import pytest

from tests.twin.mobility.service import service
from twin.mobility import service_hours

MORNING = np.array([6, 7, 8, 9])


def hours(**counts: int) -> np.ndarray:
    found = np.zeros(48, dtype=np.int64)
    for name, count in counts.items():
        found[int(name[1:])] = count
    return found


@pytest.mark.parametrize(
    ("counts", "start", "morning"),
    [
        ({"h7": 10, "h8": 12, "h16": 11}, 8, True),
        ({"h7": 10, "h8": 10, "h16": 20}, 7, True),  # half is enough; the earlier of equals
        ({"h7": 9, "h13": 20}, 13, False),  # an afternoon's feed
        (
            {"h7": 5, "h12": 300, "h13": 400},
            13,
            False,
        ),  # a morning train beside an afternoon's buses
        ({"h25": 3}, 25, False),
    ],
)
def test_the_morning_counts_if_enough_runs_in_it(
    counts: dict[str, int], start: int, morning: bool
) -> None:
    found = service_hours.busiest(hours(**counts), MORNING, share=0.5)
    assert (found.start, found.morning) == (start, morning)
    assert found.departures == counts[f"h{start}"]
    assert found.window == (start * 3600, (start + 1) * 3600)
    assert f"{start}:00" in found.sentence


def test_departures_of_the_small_timetable() -> None:
    # Weekdays: line 1 at 7:00, 7:30, 8:00, 8:30 in both directions, two departures each, and once
    # at 0:10 after midnight; the train leaves once at 7:00. Arrivals at the end do not count.
    found = service()
    trips = found.trips.index[found.trips["service"] == "b:work"]
    calls = found.times[found.times["trip"].isin(trips)]
    by_hour = service_hours.departures_by_hour(calls)
    assert {hour: int(by_hour[hour]) for hour in np.flatnonzero(by_hour)} == {7: 9, 8: 8, 24: 2}
    mixed = service_hours.departures_by_hour(calls.sample(frac=1.0, random_state=3))
    assert (mixed == by_hour).all()
