"""Lden, people by bands of level, and how many suffer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.mobility import noise_places as places
from twin.mobility import exposure
from twin.mobility.noise_parameters import noise_parameters

LEGAL = places.LEGAL


def test_lden_by_hand() -> None:
    # Directive 2002/49/EC, Annex I: 12 h of 65, 4 h of 62 + 5, 8 h of 56 + 10.
    heard = 10 ** (np.array([[65.0, 62.0, 56.0]]) / 10)
    whole, night = exposure.indicators(heard, LEGAL)
    by_hand = 10 * math.log10((12 * 10**6.5 + 4 * 10**6.7 + 8 * 10**6.6) / 24)
    assert exposure.decibel(whole)[0] == pytest.approx(by_hand)
    assert exposure.decibel(night)[0] == pytest.approx(56.0)


@given(st.floats(20, 90))
def test_the_same_level_all_day_is_six_decibels_more_by_penalties(level: float) -> None:
    heard = np.full((1, 3), 10 ** (level / 10))
    whole, _ = exposure.indicators(heard, LEGAL)
    more = 10 * math.log10((12 + 4 * 10**0.5 + 8 * 10) / 24)
    assert exposure.decibel(whole)[0] - level == pytest.approx(more)
    assert more == pytest.approx(6.4, abs=0.01)


def test_people_live_behind_the_louder_half_of_the_points() -> None:
    owner = np.array([0, 0, 0, 0, 1, 1, 1, 2])
    energy = np.array([1.0, 4.0, 3.0, 2.0, 9.0, 7.0, 8.0, 5.0])
    found = exposure.share_out(energy, owner, np.array([10.0, 6.0, 3.0, 99.0]))
    # Of three points the quietest is left out, and half of the two others is one.
    assert found.tolist() == [0, 5, 5, 0, 6, 0, 0, 3]


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0.1, 9)), min_size=1, max_size=30))
def test_nobody_is_lost(points: list[tuple[int, float]]) -> None:
    owner = np.array([point[0] for point in points])
    energy = np.array([point[1] for point in points])
    people = np.arange(1.0, 6.0)
    found = exposure.share_out(energy, owner, people)
    there = np.isin(np.arange(5), owner)
    assert np.bincount(owner, weights=found, minlength=5) == pytest.approx(people * there)


def test_bands_hold_their_lower_end_and_the_last_has_no_other() -> None:
    level = np.array([54.9, 55.0, 59.99, 60.0, 80.0, np.nan])
    found = exposure.bands("lden", level, np.array([1.0, 2, 4, 8, 16, 32]), LEGAL)
    assert found["lower"].tolist() == [55, 60, 65, 70, 75]
    assert found["people"].tolist() == [6, 8, 0, 0, 16]
    assert found["upper"].isna().tolist() == [False] * 4 + [True]


def test_annoyance_and_sleep_by_hand() -> None:
    # 78.9270 - 3.1162 x 60 + 0.0342 x 3600 = 15.075 %; 19.4312 - 0.9336 x 50 + 0.0126 x 2500.
    annoyed = exposure.affected(np.array([60.0, 52.9, np.nan]), "annoyed", LEGAL)
    assert annoyed == pytest.approx([0.15075, 0.0, 0.0])
    sleep = exposure.affected(np.array([50.0, 44.9]), "sleep", LEGAL)
    assert sleep == pytest.approx([0.042512, 0.0])


def test_the_curve_gives_the_tenth_at_which_the_guideline_was_set() -> None:
    # WHO 2018: at 53.3 dB Lden a tenth of the people are highly annoyed by road traffic.
    assert exposure.affected(np.array([53.3]), "annoyed", LEGAL)[0] == pytest.approx(0.1, abs=1e-3)


def test_above_the_range_of_the_studies_the_share_does_not_rise() -> None:
    found = exposure.affected(np.array([80.0, 95.0]), "annoyed", LEGAL)
    assert found[0] == found[1]


def test_people_outside_the_boundary_are_not_counted() -> None:
    stand = places.buildings([(0, 0, 1, 1), (2, 2, 3, 3)])
    stand["inside"] = [True, False]
    heard = np.full((2, 3), 10**7.0)
    table, counts = exposure.count(heard, np.array([0, 1]), stand, LEGAL)
    assert counts["people_lden_above_limit"] == 10.0
    assert table.groupby("indicator")["people"].sum().tolist() == [10.0, 10.0]
    share = exposure.affected(np.array([70.0 + 6.4]), "annoyed", LEGAL)[0]
    assert counts["highly_annoyed"] == pytest.approx(10 * share, rel=1e-3)


def test_nobody_is_counted_where_another_method_is_the_law() -> None:
    stand = places.buildings([(0, 0, 1, 1)])
    table, counts = exposure.count(
        np.full((1, 3), 1e7), np.array([0]), stand, noise_parameters("DK")
    )
    assert table.empty
    assert counts == {}
