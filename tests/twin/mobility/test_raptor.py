from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.mobility.rides import (
    FAR,
    Leg,
    oracle_of_rides,
    ride,
    seconds,
    timetable,
    walks,
)
from twin.mobility import connection_scan, patterns, raptor
from twin.mobility.rounds import RIDE, RIDES, START, TIME, WALK

PENALTY = 1000


def _table(
    stops: int,
    rides: list[list[Leg]],
    access: dict[int, int],
    change: dict[tuple[int, int], int],
    egress: dict[int, int],
    starts: list[int],
    limit: int,
    pause: int,
    most: int,
    penalty: int = 0,
) -> Any:
    """Journeys to the one target: (departures, parts)."""
    return raptor.table(
        patterns.of(timetable(stops, rides)),
        walks(1, {(0, stop): time for stop, time in access.items()}),
        walks(stops, change),
        walks(stops, {(stop, 0): time for stop, time in egress.items()}),
        1,
        np.array(starts),
        limit,
        pause,
        most,
        penalty=penalty,
    )[0]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_rounds_find_what_a_search_through_all_events_finds(data: st.DataObject) -> None:
    """Earliest arrival for each number of rides; a large penalty asks for the fewest rides."""
    stops = data.draw(st.integers(2, 5))
    stop = st.integers(0, stops - 1)
    rides = data.draw(st.lists(ride(stops), max_size=7))
    access = data.draw(st.dictionaries(stop, seconds, max_size=3))
    pairs = st.tuples(stop, stop).filter(lambda pair: pair[0] != pair[1])
    change = data.draw(st.dictionaries(pairs, seconds, max_size=8))
    egress = data.draw(st.dictionaries(stop, seconds, max_size=3))
    pause, limit = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 60))
    starts = sorted(data.draw(st.lists(st.integers(-3, 25), min_size=1, max_size=4, unique=True)))
    for most in (1, 2, 3):
        found = _table(stops, rides, access, change, egress, starts, limit, pause, most)
        few = _table(stops, rides, access, change, egress, starts, limit, pause, most, PENALTY)
        for column, start in enumerate(starts):
            by_rides = oracle_of_rides(rides, access, change, egress, start, pause, most)
            best = by_rides[-1] if by_rides[-1] - start <= limit else FAR
            assert found[column, TIME] == best
            within = [number for number, time in enumerate(by_rides) if time - start <= limit]
            if not within:
                assert few[column, TIME] == FAR
                continue
            assert few[column, RIDES] == within[0] + 1
            assert few[column, TIME] == by_rides[within[0]]
            assert found[column, RIDES] <= most


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_rounds_and_the_scan_agree_where_rides_do_not_run_out(data: st.DataObject) -> None:
    chance = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    stops, rides = 8, []
    for _ in range(25):
        calls = chance.integers(0, stops, 4)
        times = np.cumsum(chance.integers(0, 6, 6)) + chance.integers(0, 60)
        rides.append([(int(calls[k]), int(calls[k + 1]), int(times[2 * k]), int(times[2 * k + 1]),
                       chance.random() < 0.9, chance.random() < 0.9) for k in range(3)])  # fmt: skip
    change = {(a, b): int(chance.integers(0, 9)) for a in range(stops) for b in range(stops)
              if a != b and chance.random() < 0.2}  # fmt: skip
    starts = [0, 7, 20, 33]
    found = _table(stops, rides, {0: 3, 1: 2}, change, {7: 4, 6: 2}, starts, 70, 2, 12)
    scanned = connection_scan.travel_times(
        timetable(stops, rides),
        walks(1, {(0, 0): 3, (0, 1): 2}),
        walks(stops, change),
        np.array([FAR] * 6 + [2, 4]),
        np.array([FAR]),
        np.array(starts),
        70,
        2,
    )[0]
    assert np.where(found[:, TIME] < FAR, found[:, TIME] - starts, FAR).tolist() == scanned.tolist()


ONE = [(0, 1, 100, 200, True, True)]
TWO = [(1, 2, 260, 400, True, True)]


def test_parts_of_a_journey_by_hand() -> None:
    """Leave at 90: 10 s to the stop, 100 s ride, 60 s to change, 140 s ride, 7 s on foot."""
    found = _table(3, [ONE, TWO], {0: 10}, {}, {2: 7}, [50, 90], 1000, 60, 2)
    expected = [0] * 5
    expected[TIME], expected[START], expected[WALK] = 407, 90, 17
    expected[RIDE], expected[RIDES] = 240, 2
    assert found.tolist() == [expected, expected]


def test_a_walk_between_two_rides_is_walked_and_the_rest_is_waiting() -> None:
    later = [(3, 2, 320, 400, True, True)]
    walk = {(1, 3): 30}
    found = _table(4, [ONE, later], {0: 10}, walk, {2: 7}, [50], 1000, 60, 3)[0]
    assert found[WALK] == 10 + 30 + 7
    assert found[RIDE] == 100 + 80
    assert found[TIME] - found[START] - found[WALK] - found[RIDE] == 90  # 60 to change, 30 more


def test_means_are_of_the_departures_that_arrive() -> None:
    """At 50 and 90 somebody catches the ride, at 91 nobody does."""
    found = raptor.journeys(
        patterns.of(timetable(3, [ONE, TWO])),
        walks(1, {(0, 0): 10}),
        walks(3, {}),
        walks(3, {(2, 1): 7}),
        2,
        np.array([50, 90, 91]),
        1000,
        60,
        2,
    )
    assert found.share.tolist() == [[0.0, pytest.approx(2 / 3)]]
    assert np.isnan(found.time[0, 0])
    parts = [found.first_wait, found.wait, found.walk, found.ride, found.rides, found.time]
    assert [part[0, 1] for part in parts] == [20.0, 60.0, 17.0, 240.0, 2.0, 337.0]


def test_a_change_may_be_worth_its_minutes() -> None:
    slow = [(0, 2, 100, 450, True, True)]
    quick = _table(3, [ONE, TWO, slow], {0: 10}, {}, {2: 7}, [50], 1000, 60, 2, 49)
    direct = _table(3, [ONE, TWO, slow], {0: 10}, {}, {2: 7}, [50], 1000, 60, 2, 51)
    assert quick[0, [TIME, RIDES]].tolist() == [407, 2]
    assert direct[0, [TIME, RIDES]].tolist() == [457, 1]


def test_one_ride_only_needs_no_change() -> None:
    assert _table(3, [ONE, TWO], {0: 10}, {}, {2: 7}, [50], 1000, 60, 1)[0, TIME] == FAR


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(threads: int) -> None:
    chance = np.random.default_rng(7)
    rides = []
    for _ in range(40):
        calls, times = chance.integers(0, 9, 6), np.sort(chance.integers(0, 3600, 6))
        rides.append([(int(calls[k]), int(calls[k + 1]), int(times[k]), int(times[k + 1]),
                       True, True) for k in range(5)])  # fmt: skip
    arguments: tuple[Any, ...] = (
        patterns.of(timetable(9, rides)),
        walks(11, {(origin, stop): 30 * origin for origin in range(11) for stop in (0, 3)}),
        walks(9, {(1, 2): 60}),
        walks(9, {(stop, 8 - stop): 10 for stop in range(9)}),
        9,
        np.arange(0, 1800, 60),
        1800,
        60,
        4,
    )
    whole = raptor.journeys(*arguments, threads=1)
    assert np.nanmax(whole.share) > 0
    other = raptor.journeys(*arguments, threads=threads)
    for name, values in vars(whole).items():
        assert np.array_equal(values, getattr(other, name), equal_nan=True)


def test_a_change_takes_time() -> None:
    none, start = walks(3, {}), np.array([0])
    with pytest.raises(ValueError, match="at least one second"):
        raptor.journeys(patterns.of(timetable(3, [ONE])), none, none, none, 1, start, 10, 0, 1)


def test_no_rides_and_no_stops_are_no_fault() -> None:
    found = raptor.journeys(
        patterns.of(timetable(0, [])), walks(2, {}), walks(0, {}), walks(0, {}), 3,
        np.array([0, 60]), 100, 1, 3,
    )  # fmt: skip
    assert found.share.shape == (2, 3)
    assert not found.share.any()


@given(st.lists(ride(4), max_size=12), st.data())
@settings(max_examples=100, deadline=None)
def test_patterns_hold_every_ride_once_and_nobody_overtakes(
    rides: list[list[Leg]], data: st.DataObject
) -> None:
    rides = rides + data.draw(st.lists(st.sampled_from(rides), max_size=3)) if rides else rides
    made = patterns.of(timetable(4, rides))
    seen = []
    for number, count in enumerate(made.rides):
        calls = slice(made.first[number], made.first[number + 1])
        length = calls.stop - calls.start
        block = slice(made.base[number], made.base[number] + length * count)
        leaves = made.departure[block].reshape(length, count)
        arrives = made.arrival[block].reshape(length, count)
        assert (np.diff(leaves, axis=1) >= 0).all()
        assert (np.diff(arrives, axis=1) >= 0).all()
        stop, board, alight = (
            part[calls].tolist() for part in (made.stop, made.board, made.alight)
        )
        seen += [
            [(stop[k], stop[k + 1], int(leaves[k, one]), int(arrives[k + 1, one]), board[k],
              alight[k + 1]) for k in range(length - 1)]
            for one in range(count)
        ]  # fmt: skip
    assert sorted(seen) == sorted(rides)
    for stop_number in range(4):
        at = slice(made.at_first[stop_number], made.at_first[stop_number + 1])
        calls_there = made.first[made.at_pattern[at]] + made.at_place[at]
        assert calls_there.tolist() == np.flatnonzero(made.stop == stop_number).tolist()
