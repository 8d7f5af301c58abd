"""Slopes, junctions and surfaces of streets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.twin.mobility import noise_places as places
from twin.mobility.noise_streets import stretches

LINES = [[(0.0, 0.0), (200.0, 0.0)], [(200.0, 0.0), (300.0, 0.0)]]


def test_a_two_way_street_goes_up_one_way_and_down_the_other() -> None:
    own = places.streets(LINES)
    own["grade"] = [0.05, np.nan]
    found = stretches(own, own, places.junctions(own), places.LEGAL)
    assert found.street.tolist() == [0, 1, 0, 1]
    assert found.slope == pytest.approx([5, 0, -5, 0])
    assert found.weight == pytest.approx([0.5] * 4)


@pytest.mark.parametrize(("ahead", "back", "up"), [(True, False, 1.0), (False, True, 0.0)])
def test_a_one_way_street_goes_one_way(ahead: bool, back: bool, up: float) -> None:
    own = places.streets(LINES[:1])
    own["grade"] = 0.05
    own["drive_forward"], own["drive_backward"] = ahead, back
    found = stretches(own, own, places.junctions(own), places.LEGAL)
    assert found.weight[found.slope > 0].sum() == up
    assert found.weight.sum() == 1.0


def test_signals_fade_over_a_hundred_metres() -> None:
    own = places.streets(LINES)
    at = places.junctions(own, {0: "traffic_signals", 2: "crossing"})
    found = stretches(own, own, at, places.LEGAL)
    first = found.street == 0
    # Middles of five parts of 200 m: 20, 60, 100, 140, 180 m from the signals.
    assert found.near[first] == pytest.approx([0.8, 0.4, 0, 0, 0] * 2)
    assert set(found.junction[first][:2]) == {"signals"}
    assert found.weight[first].sum() == pytest.approx(1.0)
    assert (found.near[~first] == 0).all()


def test_a_roundabout_is_heard_on_it_and_on_what_ends_there() -> None:
    own = places.streets([*LINES, [(300.0, 0.0), (310.0, 10.0)]])
    own["roundabout"] = [False, False, True]
    own.loc["s1", "to_node"] = own.loc["s2", "from_node"]
    found = stretches(own, own, places.junctions(own), places.LEGAL)
    assert (found.near[found.street == 0] == 0).all()
    assert found.near[found.street == 1] == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9] * 2)
    assert (found.near[found.street == 2] == 1).all()
    assert set(found.junction[found.street > 0]) == {"roundabout"}


def test_surfaces_are_told_by_their_tag() -> None:
    own = places.streets(LINES)
    own["surface"] = pd.Series(["sett", None], index=own.index, dtype="str")
    found = stretches(own, own, places.junctions(own), places.LEGAL)
    assert found.surface.tolist() == ["NL11", "DEF"] * 2
