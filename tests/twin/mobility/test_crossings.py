from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.twin.cities import tiny
from twin.mobility import crossings
from twin.mobility.active import active_parameters

PARAMETERS = active_parameters()
GREEN = PARAMETERS.crossing.walk_green
MAIN_WAIT, SIDE_WAIT, SIGNAL_WAIT = 2.1207, 0.3731, 27.2222
"""By hand: 3,000 and 600 cars a day on two lanes; 20 s of green in 90 s."""


def test_waits_at_signals_are_those_of_people_who_come_at_random() -> None:
    arrivals = np.linspace(0, 90, 900_001)[:-1]
    waits = np.where(arrivals < 20, 0.0, 90 - arrivals)
    assert crossings.signal_wait(90, 20) == pytest.approx(waits.mean(), rel=1e-4)
    assert crossings.signal_wait(90, 90) == 0.0


def test_waits_for_a_gap_are_those_of_a_simulated_road() -> None:
    draw = np.random.default_rng(1)
    figures = replace(PARAMETERS.crossing, most=1e9)
    flow, gap = 8_000 * figures.peak / 3_600, 2 * figures.lane / (4.8 / 3.6) + figures.start
    waits = []
    for _ in range(20_000):
        wait = 0.0
        while (headway := draw.exponential(1 / flow)) < gap:
            wait += headway
        waits.append(wait)
    expected = crossings.gap_wait(np.array([8_000.0]), np.array([2.0]), figures)[0]
    assert expected == pytest.approx(7.581, abs=1e-3)
    assert expected == pytest.approx(np.mean(waits), rel=0.03)


def test_no_cars_no_wait_and_a_motorway_not_for_ever() -> None:
    found = crossings.gap_wait(np.array([0.0, 1e6]), np.array([2.0, 6.0]), PARAMETERS.crossing)
    assert found.tolist() == [0.0, PARAMETERS.crossing.most]


def _waits(vehicles: pd.Series | None = None, **control: str) -> pd.DataFrame:
    city = tiny()
    junctions, streets = city.junctions, city.streets
    for node, kind in control.items():
        junctions.loc[int(node[1:]), "control"] = kind
    found = crossings.waits(streets, junctions, streets.index, GREEN, PARAMETERS, vehicles)
    return pd.DataFrame(dict(zip(("tail", "head"), found, strict=True)), streets.index) * 60


def test_waits_of_the_small_city_by_hand() -> None:
    found = _waits()
    half = {name: wait / 2 for name, wait in
            (("main", MAIN_WAIT), ("signal", SIGNAL_WAIT))}  # fmt: skip
    expected = {
        ("w102:21-22", "tail"): 0.0,  # along the main road
        ("w102:21-22", "head"): half["signal"],
        ("w201:11-21", "head"): half["main"],  # out of a side street
        ("w201:11-21", "tail"): 0.0,  # two quiet streets meet
        ("w202:12-22", "head"): half["signal"],
        ("w202:22-32", "tail"): half["signal"],
        ("w204:14-24", "head"): half["main"],  # a path meets the main road
        ("w204:14-24", "tail"): SIDE_WAIT / 2,
        ("w102:22-23", "head"): 0.0,
    }
    for (street, end), wait in expected.items():
        assert found.loc[street, end] == pytest.approx(wait, abs=1e-4), (street, end)


def test_a_marked_crossing_leaves_a_share_of_the_wait() -> None:
    found = _waits(n21="crossing")
    share = PARAMETERS.crossing.marked
    assert found.loc["w201:11-21", "head"] == pytest.approx(share * MAIN_WAIT / 2, abs=1e-4)


def test_signals_in_mid_road_stop_who_crosses_and_not_who_passes() -> None:
    # At 24 the main road ends and a path crosses; only one end of a street for cars is there.
    found = _waits(n24="traffic_signals")
    assert found.loc["w102:23-24", "head"] == 0.0
    assert found.loc["w204:14-24", "head"] == pytest.approx(SIGNAL_WAIT / 2, abs=1e-3)


def test_known_traffic_goes_before_the_usual() -> None:
    cars = pd.Series({"w102:21-22": 8_000.0})
    assert _waits(cars).loc["w201:11-21", "head"] == pytest.approx(7.581 / 2, abs=1e-3)
    assert _waits(cars * 0).loc["w201:11-21", "head"] == pytest.approx(0.0)
