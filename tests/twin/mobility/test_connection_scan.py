from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.mobility.rides import FAR, Leg, oracle, ride, seconds, timetable, walks
from twin.mobility import connection_scan


def _found(
    stops: int,
    rides: list[list[Leg]],
    access: dict[int, int],
    change: dict[tuple[int, int], int],
    egress: dict[int, int],
    direct: int,
    starts: list[int],
    limit: int,
    pause: int,
) -> list[int]:
    found = connection_scan.travel_times(
        timetable(stops, rides),
        walks(1, {(0, stop): seconds for stop, seconds in access.items()}),
        walks(stops, change),
        np.array([egress.get(stop, FAR) for stop in range(stops)]),
        np.array([direct]),
        np.array(starts),
        limit,
        pause,
    )
    return [int(one) for one in found[0]]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_the_scan_finds_what_a_search_through_all_events_finds(data: st.DataObject) -> None:
    stops = data.draw(st.integers(2, 5))
    stop = st.integers(0, stops - 1)
    rides = data.draw(st.lists(ride(stops), max_size=7))
    access = data.draw(st.dictionaries(stop, seconds, max_size=3))
    pairs = st.tuples(stop, stop).filter(lambda pair: pair[0] != pair[1])
    change = data.draw(st.dictionaries(pairs, seconds, max_size=8))
    egress = data.draw(st.dictionaries(stop, seconds, max_size=3))
    direct = data.draw(st.integers(0, 60) | st.just(FAR))
    limit, pause = data.draw(st.integers(1, 60)), data.draw(st.integers(1, 4))
    starts = sorted(data.draw(st.lists(st.integers(-3, 25), min_size=1, max_size=4)))
    found = _found(stops, rides, access, change, egress, direct, starts, limit, pause)
    expected = [oracle(rides, access, change, egress, direct, start, limit, pause)
                for start in starts]  # fmt: skip
    assert found == expected


@pytest.mark.parametrize("seed", range(40))
def test_dense_timetables_where_most_ways_change(seed: int) -> None:
    """Start and goal share no stop and no ride: whoever arrives has changed, most by a walk."""
    chance = np.random.default_rng(seed)
    rides: list[list[Leg]] = []
    for number in range(30):
        stops = chance.permutation([0, 1, 2, 3] if number % 2 else [4, 5, 6, 7])
        time, legs = int(chance.integers(0, 60)), []
        for here, there in itertools.pairwise(stops.tolist()):
            departure, arrival = np.cumsum(chance.integers(0, 8, 2)) + time
            legs.append((here, there, int(departure), int(arrival), True, True))
            time = int(arrival)
        rides.append(legs)
    change = {(here, there): int(chance.integers(0, 25)) for here in range(4)
              for there in range(4, 8) if chance.random() < 0.5}  # fmt: skip
    starts, access, egress = [0, 10, 20, 30], {0: 3, 1: 5}, {7: 4, 6: 2}
    found = _found(8, rides, access, change, egress, FAR, starts, 90, 2)
    expected = [oracle(rides, access, change, egress, FAR, start, 90, 2) for start in starts]
    assert found == expected


ONE = [(0, 1, 100, 200, True, True)]
TWO = [(1, 2, 260, 400, True, True)]


@pytest.mark.parametrize(
    ("rides", "change", "start", "expected"),
    [
        pytest.param([ONE, TWO], {}, 50, 400 + 7 - 50, id="a change with just enough time"),
        pytest.param([ONE, TWO], {}, 89, 400 + 7 - 89, id="just caught"),
        pytest.param([ONE, TWO], {}, 91, FAR, id="just missed"),
        pytest.param([ONE, [(1, 2, 259, 300, True, True)]], {}, 50, FAR, id="change too short"),
        pytest.param([[*ONE, (1, 2, 201, 300, False, True)]], {}, 50, 257, id="no change: seated"),
        pytest.param([[(0, 1, 100, 200, False, True)], TWO], {}, 50, FAR, id="nobody may board"),
        pytest.param([[(0, 1, 100, 200, True, False)], TWO], {}, 50, FAR, id="nobody may alight"),
        pytest.param([ONE, [(3, 2, 290, 300, True, True)]], {(1, 3): 30}, 50, 257,
                     id="a walk between two rides"),
        pytest.param([ONE, [(3, 2, 289, 300, True, True)]], {(1, 3): 30}, 50, FAR,
                     id="a walk too long between two rides"),
        pytest.param([ONE, [(4, 2, 999, 999, True, True)]], {(1, 3): 1, (3, 4): 1}, 50, FAR,
                     id="no two walks in a row"),
    ],
)  # fmt: skip
def test_changes_by_hand(
    rides: list[list[Leg]], change: dict[tuple[int, int], int], start: int, expected: int
) -> None:
    assert _found(5, rides, {0: 10}, change, {2: 7}, FAR, [start], 1000, 60) == [expected]


def test_who_walks_faster_walks_and_the_limit_counts() -> None:
    quick = _found(3, [ONE, TWO], {0: 10}, {}, {2: 7}, 300, [50, 90], 1000, 60)
    assert quick == [300, 300]
    late = _found(3, [ONE, TWO], {0: 10}, {}, {2: 7}, 400, [50, 90], 357, 60)
    assert late == [357, 317]
    assert _found(3, [ONE, TWO], {0: 10}, {}, {2: 7}, 400, [50], 356, 60) == [FAR]


def test_a_change_takes_time() -> None:
    with pytest.raises(ValueError, match="at least one second"):
        _found(3, [ONE], {0: 1}, {}, {1: 1}, FAR, [0], 10, 0)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(threads: int) -> None:
    chance = np.random.default_rng(7)
    rides = []
    for _ in range(40):
        calls, times = chance.integers(0, 9, 6), np.sort(chance.integers(0, 3600, 6))
        rides.append([(int(calls[k]), int(calls[k + 1]), int(times[k]), int(times[k + 1]),
                       True, True) for k in range(5)])  # fmt: skip
    access = walks(11, {(origin, stop): 30 * origin for origin in range(11) for stop in (0, 3)})
    arguments: tuple[Any, ...] = (
        timetable(9, rides),
        access,
        walks(9, {(1, 2): 60}),
        np.where(np.arange(9) == 8, 10, FAR),
        np.full(11, FAR),
        np.arange(0, 1800, 60),
        1800,
        60,
    )
    whole = connection_scan.travel_times(*arguments, threads=1)
    assert (whole < FAR).any()
    assert np.array_equal(connection_scan.travel_times(*arguments, threads=threads), whole)


def test_no_origins_and_no_rides_are_no_fault() -> None:
    found = connection_scan.travel_times(
        timetable(0, []),
        walks(2, {}),
        walks(0, {}),
        np.zeros(0, np.int64),
        np.array([60, FAR]),
        np.array([0, 60]),
        100,
        1,
    )
    assert found.tolist() == [[60, 60], [FAR, FAR]]
