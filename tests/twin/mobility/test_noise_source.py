"""Sound power of streets: cases of the reference program, hand computation, and laws."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.mobility import cnossos_2015
from twin.mobility import noise_source
from twin.mobility.noise_parameters import NoiseParameters, noise_parameters
from twin.mobility.noise_source import Stretches

NOW = noise_parameters("DE")
CATEGORIES = ("1", "2", "3", "4a", "4b")


def stretch(
    slope: float = 0.0, near: float = 0.0, junction: str = "", surface: str = "DEF"
) -> Stretches:
    """One street of one stretch."""
    return Stretches(
        street=np.array([0]),
        weight=np.array([1.0]),
        slope=np.array([slope]),
        near=np.array([near]),
        junction=np.array([junction], dtype=object),
        surface=np.array([surface], dtype=object),
    )


def levels(
    flow: dict[str, float], speed: dict[str, float], at: Stretches, parameters: NoiseParameters
) -> np.ndarray:
    """LW' by band [dB/m] of one street."""
    energy = noise_source.power(
        {name: np.array([value]) for name, value in flow.items()},
        {name: np.array([value]) for name, value in speed.items()},
        at,
        parameters,
    )
    return np.asarray(10.0 * np.log10(energy[0]))


MIXED = ({"1": 40, "2": 43, "3": 45, "4a": 35, "4b": 32}, (58, 50, 40, 100, 100))
EQUAL = (dict.fromkeys(CATEGORIES, 70), (1000,) * 5)


# Outputs of CNOSSOS_DLL_CONSOLE.exe (the reference program of the Commission), as they stand in
# RoadCnossosTest.java of NoiseModelling, to the hundredth of a decibel that is asked there.
@pytest.mark.parametrize(
    ("case", "band", "air", "at", "expected"),
    [
        (EQUAL, 8000, 15, stretch(10, 0.0, "signals", "NL01"), 77.6711),
        (
            (MIXED[0], (582, 500, 400, 1000, 1100)),
            1000,
            5,
            stretch(-5, 0.0, "signals", "NL02"),
            79.6814,
        ),
        (MIXED, 8000, -5, stretch(-7, 0.0, "signals", "NL03"), 58.8222),
        (MIXED, 63, -5, stretch(-7, 0.5, "signals", "NL03"), 82.785),
        (EQUAL, 4000, 15, stretch(10, 0.7, "roundabout", "NL01"), 85.4991),
    ],
    ids=["T02", "T03", "T04", "T05", "T06"],
)
def test_the_reference_program_says_the_same(
    case: tuple[dict[str, float], tuple[float, ...]],
    band: int,
    air: float,
    at: Stretches,
    expected: float,
) -> None:
    speed, flow = case
    parameters = replace(cnossos_2015.parameters(air_temperature=air), studs=0.5 * 4 / 12)
    found = levels(dict(zip(CATEGORIES, flow, strict=True)), speed, at, parameters)
    place = int(np.flatnonzero(parameters.bands == band)[0])
    assert found[place] == pytest.approx(expected, abs=0.01)


def test_the_reference_program_says_the_same_in_all_bands() -> None:
    parameters = replace(cnossos_2015.parameters(air_temperature=-5), studs=1 * 0.5 / 12)
    at = stretch(-15, 0.0, "signals", "NL01")
    found = levels({"1": 1000}, {"1": 20}, at, parameters)
    expected = [77.1136, 75.5712, 75.6919, 73.6689, 71.3471, 68.1195, 63.4796]
    assert found[1:] == pytest.approx(expected, abs=0.01)


def test_one_band_by_hand() -> None:
    # 1,000 cars an hour at 50 km/h, 10 degC, 1 kHz: rolling 100.1 + 32.5 lg(50/70) + 0.08 x 10
    # = 96.1508 dB; propulsion 84.7 + 8 x (50 - 70)/70 = 82.4143 dB; together 96.3308 dB.
    rolling = 100.1 + 32.5 * math.log10(5 / 7) + 0.8
    propulsion = 84.7 - 8 * 2 / 7
    both = 10 * math.log10(10 ** (rolling / 10) + 10 ** (propulsion / 10))
    found = levels({"1": 1000}, {"1": 50}, stretch(), NOW)[4]
    assert both == pytest.approx(96.3308, abs=1e-4)
    assert found == pytest.approx(both + 10 * math.log10(1000 / (1000 * 50)), abs=1e-9)


@given(
    flow=st.floats(0.1, 5000),
    speed=st.floats(5, 160),
    slope=st.floats(-15, 15),
    category=st.sampled_from(CATEGORIES),
)
def test_twice_the_vehicles_are_three_decibels_more(
    flow: float, speed: float, slope: float, category: str
) -> None:
    once = levels({category: flow}, {category: speed}, stretch(slope), NOW)
    twice = levels({category: 2 * flow}, {category: speed}, stretch(slope), NOW)
    assert twice - once == pytest.approx(10 * math.log10(2), abs=1e-9)


@given(slope=st.floats(-20, 20), speed=st.floats(20, 130))
def test_a_slope_never_makes_quieter(slope: float, speed: float) -> None:
    for category in ("1", "2", "3"):
        flat = levels({category: 100}, {category: speed}, stretch(), NOW)
        steep = levels({category: 100}, {category: speed}, stretch(slope), NOW)
        assert (steep >= flat - 1e-9).all()


def test_speeds_outside_the_formulas_count_as_their_ends() -> None:
    for beyond, end in ((5, 20), (200, 130)):
        same = [levels({"1": 100}, {"1": speed}, stretch(), NOW) for speed in (beyond, end)]
        assert (same[0] == same[1]).all()


def test_parts_of_a_street_add_up_by_their_weight() -> None:
    parts = Stretches(
        street=np.array([0, 0]),
        weight=np.array([0.25, 0.75]),
        slope=np.array([8.0, -8.0]),
        near=np.zeros(2),
        junction=np.array(["", ""], dtype=object),
        surface=np.array(["DEF", "DEF"], dtype=object),
    )
    up = levels({"3": 100}, {"3": 60}, stretch(8), NOW)
    down = levels({"3": 100}, {"3": 60}, stretch(-8), NOW)
    both = 10 * np.log10(0.25 * 10 ** (up / 10) + 0.75 * 10 ** (down / 10))
    assert levels({"3": 100}, {"3": 60}, parts, NOW) == pytest.approx(both, abs=1e-9)


def test_no_vehicles_make_no_sound_and_no_level() -> None:
    flow = {"1": np.array([0.0, 10.0])}
    two = Stretches(
        np.array([0, 1]), np.ones(2), np.zeros(2), np.zeros(2),
        np.array(["", ""], dtype=object), np.array(["DEF", "DEF"], dtype=object),
    )  # fmt: skip
    energy = noise_source.power(flow, {"1": np.array([50.0, 50.0])}, two, NOW)
    assert (energy[0] == 0.0).all()
    found = noise_source.level(energy, NOW)
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


def test_the_a_weighted_sum_is_that_of_the_bands() -> None:
    bands = levels({"1": 500}, {"1": 50}, stretch(), NOW)
    energy = 10 ** (bands / 10)
    by_hand = 10 * math.log10(sum(
        10 ** ((own + weight) / 10) for own, weight in zip(bands, NOW.weighting, strict=True)
    ))  # fmt: skip
    assert noise_source.level(energy[None, :], NOW)[0] == pytest.approx(by_hand, abs=1e-9)


def test_studded_tyres_make_louder() -> None:
    plain = levels({"1": 500}, {"1": 50}, stretch(), NOW)
    studded = levels({"1": 500}, {"1": 50}, stretch(), noise_parameters("FI"))
    assert studded[-1] > plain[-1] + 1
    assert (studded >= plain - 1e-9).all()
