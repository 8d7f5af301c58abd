from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from twin.mobility import hot_emissions
from twin.mobility.fleet import POLLUTANTS

FUNCTIONS = hot_emissions.functions(tables.load("emission_functions"))
SPEEDS = np.arange(1.0, 160.0, 0.25)

# The annex of the guidebook carries, beside its coefficients, the value at the fastest speed.
HEAVY = {
    ("lorry", "5", "co"): 1.03954, ("lorry", "5", "nox"): 1.25724, ("lorry", "5", "voc"): 0.01459,
    ("lorry", "5", "pm"): 0.01627, ("lorry", "5", "fuel"): 153.97675,
    ("lorry", "6", "co"): 0.51651, ("lorry", "6", "nox"): 0.11240, ("lorry", "6", "voc"): 0.01459,
    ("lorry", "6", "pm"): 0.00233, ("lorry", "6", "fuel"): 158.15977,
    ("bus", "5", "co"): 1.03097, ("bus", "5", "nox"): 2.02649, ("bus", "5", "voc"): 0.01866,
    ("bus", "5", "pm"): 0.01824, ("bus", "5", "fuel"): 185.14965,
    ("bus", "6", "co"): 0.49821, ("bus", "6", "nox"): 0.15013, ("bus", "6", "voc"): 0.01891,
    ("bus", "6", "pm"): 0.00280, ("bus", "6", "fuel"): 189.86792,
}  # fmt: skip

# Values at 120 km/h in the annex of 2018, whose coefficients are another writing of the same rows.
CARS = {
    ("petrol", "1", "nox"): 0.6726, ("petrol", "2", "nox"): 0.193, ("petrol", "3", "nox"): 0.076,
    ("petrol", "4", "nox"): 0.019, ("petrol", "1", "co"): 3.1088, ("petrol", "2", "co"): 1.3159,
    ("petrol", "3", "co"): 2.1426, ("petrol", "4", "co"): 1.104, ("petrol", "1", "voc"): 0.1323,
    ("petrol", "2", "voc"): 0.0462, ("petrol", "3", "voc"): 0.0388, ("petrol", "4", "voc"): 0.0204,
    ("petrol", "1", "pm"): 0.0019, ("petrol", "3", "pm"): 0.0012, ("diesel", "1", "nox"): 0.7879,
    ("diesel", "2", "nox"): 0.9102, ("diesel", "3", "nox"): 0.9968, ("diesel", "4", "nox"): 0.8258,
    ("diesel", "5", "nox"): 0.7232, ("diesel", "6", "nox"): 0.5957, ("diesel", "6c", "nox"): 0.4551,
    ("diesel", "6d", "nox"): 0.221, ("diesel", "1", "pm"): 0.1596, ("diesel", "2", "pm"): 0.0688,
    ("diesel", "3", "pm"): 0.0628, ("diesel", "4", "pm"): 0.0304, ("diesel", "5", "pm"): 0.0014,
    ("diesel", "6", "pm"): 0.0009, ("diesel", "4", "voc"): 0.0057, ("diesel", "6", "co"): 0.0632,
}  # fmt: skip

# Energy at 120 km/h in the annex of 2018 [MJ/km].
ENERGY = {
    ("petrol", "medium", "1"): 2.6667, ("petrol", "medium", "2"): 2.317,
    ("petrol", "medium", "3"): 2.6195, ("petrol", "medium", "4"): 2.6537,
    ("petrol", "medium", "6d"): 2.6537, ("petrol", "small", "4"): 2.2932,
    ("diesel", "medium", "6d"): 2.2325,
}  # fmt: skip


def at(speed: float, *key: str) -> float:
    return float(FUNCTIONS[key](np.array([speed]))[0])  # type: ignore[index]


@pytest.mark.parametrize(("vehicle", "euro", "pollutant"), HEAVY)
def test_lorries_and_buses_give_the_annex_own_value_at_86_km_h(
    vehicle: str, euro: str, pollutant: str
) -> None:
    expected = HEAVY[vehicle, euro, pollutant]
    rounding = 0.5e-5 / expected + 1e-5
    assert at(86.0, vehicle, "diesel", "", euro, pollutant) == pytest.approx(expected, rel=rounding)


@pytest.mark.parametrize(("carrier", "euro", "pollutant"), CARS)
def test_cars_agree_with_the_later_annex_at_120_km_h(
    carrier: str, euro: str, pollutant: str
) -> None:
    # Both are rounded: coefficients to three digits here, values to four decimals there.
    expected = CARS[carrier, euro, pollutant]
    found = at(120.0, "car", carrier, "", euro, pollutant)
    assert found == pytest.approx(expected, rel=0.02, abs=0.5e-4)


@pytest.mark.parametrize(("carrier", "size", "euro"), ENERGY)
def test_fuel_of_cars_agrees_with_the_later_annex_at_120_km_h(
    carrier: str, size: str, euro: str
) -> None:
    heat = tables.figures("vehicle_energy")[f"heat.{carrier}"]
    energy = at(120.0, "car", carrier, size, euro, "fuel") * heat / 1000.0
    assert energy == pytest.approx(ENERGY[carrier, size, euro], rel=0.003)


def test_the_sigmoid_takes_the_whole_sum_into_the_exponential() -> None:
    # Lorries burning petrol, CO, empty, level road: coefficients and value of the annex.
    found = hot_emissions.sigmoid(
        np.array([86.0]), 1.9278995221, 49.6320139095, -0.137896413, 0.6376934601, 0.017694873
    )
    assert found[0] == pytest.approx(2.47312, abs=0.5e-5)


def test_hand_computed_points() -> None:
    # Petrol Euro 4, 50 km/h: 0.106 - 0.00158 * 50 + 7.1e-6 * 2500.
    assert at(50.0, "car", "petrol", "", "4", "nox") == pytest.approx(0.04475, rel=1e-12)
    # Diesel Euro 4 particles, 100 km/h: 0.045 - 0.0539 + 0.0348.
    assert at(100.0, "car", "diesel", "", "4", "pm") == pytest.approx(0.0259, rel=1e-12)
    # Lorry Euro VI hydrocarbons, 50 km/h: 1 / (2.3883106059 + 69.19512062 - 17.865887).
    expected = 1.0 / (2.3883106059 + 69.19512062 - 17.865887)
    assert at(50.0, "lorry", "diesel", "", "6", "voc") == pytest.approx(expected, rel=1e-12)


@given(
    alpha=st.floats(0, 1), beta=st.floats(0, 1), gamma=st.floats(0, 10), delta=st.floats(0, 10),
    epsilon=st.floats(0, 1), zeta=st.floats(0, 1), eta=st.floats(0.1, 10), v=st.floats(5, 130),
)  # fmt: skip
def test_the_guidebooks_common_form_is_the_rational_one_divided_through(
    alpha: float, beta: float, gamma: float, delta: float, epsilon: float, zeta: float, eta: float,
    v: float,
) -> None:  # fmt: skip
    common = (alpha * v**2 + beta * v + gamma + delta / v) / (epsilon * v**2 + zeta * v + eta)
    divided = (gamma, zeta, beta, epsilon, alpha, delta)
    a, b, c, d, e, f = (value / eta for value in divided)
    found = hot_emissions.rational(np.array([v]), a, b, c, d, e, f)[0]
    assert found == pytest.approx(common, rel=1e-9, abs=1e-12)


def test_every_function_is_positive_finite_and_smooth_enough_at_all_speeds() -> None:
    for key, function in FUNCTIONS.items():
        values = function(SPEEDS)
        assert np.isfinite(values).all(), key
        assert (values > 0.0).all(), key
        if function.form != "steps":
            assert np.abs(np.diff(values)).max() < 0.1 * values.max(), key


def test_beyond_its_range_a_function_keeps_the_value_of_the_end() -> None:
    function = FUNCTIONS["car", "diesel", "", "5", "nox"]
    inside = function(np.array([10.0, 130.0]))
    assert (function(np.array([0.1, 250.0])) == inside).all()


def test_fuel_is_least_at_middling_speed_and_most_when_crawling() -> None:
    for key, function in FUNCTIONS.items():
        if key[4] != "fuel" or key[0] != "car":
            continue
        values = function(SPEEDS)
        assert 60.0 < SPEEDS[values.argmin()] < 85.0, key
        assert values.argmax() == 0


def test_newer_diesel_cars_emit_less_at_every_speed() -> None:
    for pollutant, classes in (("nox", ("5", "6", "6c", "6d")), ("pm", ("2", "3", "4", "5", "6"))):
        values = [FUNCTIONS["car", "diesel", "", e, pollutant](SPEEDS) for e in classes]
        for older, newer in pairwise(values):
            assert (newer < older).all()


def test_functions_lie_near_the_mean_use_of_the_german_fleet() -> None:
    figures = tables.figures("vehicle_energy")
    for vehicle, speed, within in (("van", 50.0, 0.25), ("lorry", 30.0, 0.15), ("bus", 20.0, 0.05)):
        euro = "6c" if vehicle == "van" else "6"
        fuel = at(speed, vehicle, "diesel", "", euro, "fuel")
        use = fuel * figures["heat.diesel"] / 1000.0 / 3.6 * 100.0
        mean = figures[f"mean.{vehicle}.diesel"]
        assert use == pytest.approx(mean, rel=within)


def test_the_table_is_complete() -> None:
    for vehicle, carrier, euro in {(k[0], k[1], k[3]) for k in FUNCTIONS}:
        for pollutant in POLLUTANTS:
            sizes = [
                k[2]
                for k in FUNCTIONS
                if (k[0], k[1], k[3], k[4]) == (vehicle, carrier, euro, pollutant)
            ]
            assert sizes, (vehicle, carrier, euro, pollutant)


def rows(**changes: object) -> pd.DataFrame:
    usual = {"vehicle": "car", "carrier": "petrol", "size": None, "euro": "4", "pollutant": "nox",
             "form": "powers", "a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0, "e": None, "f": None,
             "reduction": 0.0, "vmin": 10, "vmax": 130}  # fmt: skip
    return pd.DataFrame([{**usual, **changes}])


def test_a_reduction_is_a_share() -> None:
    found = hot_emissions.functions(rows(reduction=0.25, b=0.0, c=0.0))
    assert found["car", "petrol", "", "4", "nox"](np.array([50.0]))[0] == 0.75


@pytest.mark.parametrize(
    ("change", "said"),
    [({"form": "cubist"}, "unknown form"), ({"c": np.nan}, "lacks coefficients")],
)
def test_wrong_rows_are_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        hot_emissions.functions(rows(**change))
    with pytest.raises(ValueError, match="stands twice"):
        hot_emissions.functions(pd.concat([rows(), rows()]))
