from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import tables
from tests.twin import cities
from twin import factors, ledger
from twin.mobility import emissions, wear
from twin.mobility.fleet import VEHICLES, Fleet, fleet
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

CARS = {"petrol": 0.6, "diesel": 0.3, "electricity": 0.1}
FLEET = fleet("DK", CARS)
CITY = cities.tiny()
STREETS = CITY.streets[CITY.streets["drive_forward"]]
DAYS = 365.0


def flows(seed: int = 1, vehicles: tuple[str, ...] = VEHICLES) -> dict[str, NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    return {name: random.uniform(0.0, 500.0, (len(STREETS), 4)) for name in vehicles}


def speeds(seed: int = 2) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(13.0, 80.0, (len(STREETS), 4))


def street(**changes: object) -> pd.DataFrame:
    usual = {"length": 1000.0, "highway": "residential", "speed_kph": 50.0, "inside": True,
             "state": "standing"}  # fmt: skip
    return pd.DataFrame([{**usual, **changes}], index=pd.Index(["s"], dtype="str"))


def one(vehicle: str, carrier: str, euro: str, size: str = "") -> Fleet:
    """A fleet of one kind only."""
    mix = pd.DataFrame(
        [[vehicle, carrier, size, euro, 1.0]],
        columns=["vehicle", "carrier", "size", "euro", "share"],
    )
    return Fleet("DK", mix, FLEET.functions, FLEET.electricity, FLEET.heat, FLEET.wear,
                 FLEET.spread, ())  # fmt: skip


def test_petrol_cars_on_a_kilometre_by_hand() -> None:
    # 100 cars a day at 50 km/h, Euro 4, small engine: 36,500 km a year.
    run = emissions.run(
        street(), {"car": np.array([[100.0]])}, np.array([[50.0]]),
        one("car", "petrol", "4", "small"), days=DAYS,
    )  # fmt: skip
    fuel = (136 - 1.65 * 50 + 3.12e-2 * 2500) / (1 + 2.6e-2 * 50 + 2.28e-4 * 2500)
    kwh = fuel / 1000 * 43.774 / 3.6
    row = run.frame.loc["s"]
    assert row["energy_petrol"] == pytest.approx(36_500 * kwh, rel=1e-12)
    assert row["nox_kg"] == pytest.approx(36.5 * 0.04475, rel=1e-9)
    worn = 0.6 * 0.0107 * 1.293 + 0.98 * 0.0075 * 1.4 + 0.5 * 0.015
    assert row["wear_kg"] == pytest.approx(36.5 * worn, rel=1e-9)
    assert row["pm10_kg"] == pytest.approx(36.5 * (worn + 1.28e-3), rel=1e-9)
    assert row["energy_diesel"] == row["energy_electricity"] == 0.0


def test_petrol_cars_in_town_use_about_what_the_german_fleet_does() -> None:
    german = fleet("DE", mobility_parameters("DE").shares)
    flow, speed = {"car": np.array([[1.0]])}, np.array([[40.0]])
    frame = emissions.run(street(), flow, speed, german, days=100.0).frame
    cars = german.of("car").groupby("carrier")["share"].sum()
    # 63.7 kWh/100km off motorways is published for petrol cars of 2018.
    assert frame.loc["s", "energy_petrol"] / cars["petrol"] == pytest.approx(63.7, rel=0.05)


def test_electric_cars_burn_nothing_and_use_more_on_motorways() -> None:
    flow, speed = {"car": np.array([[100.0]])}, np.array([[50.0]])
    electric = one("car", "electricity", "")
    town = emissions.run(street(), flow, speed, electric, days=DAYS).frame.loc["s"]
    fast = emissions.run(street(highway="motorway"), flow, speed, electric, days=DAYS).frame.loc[
        "s"
    ]
    assert town["energy_electricity"] == pytest.approx(36_500 * 0.186, rel=1e-12)
    assert fast["energy_electricity"] == pytest.approx(36_500 * 0.298, rel=1e-12)
    assert town["nox_kg"] == town["co_kg"] == town["voc_kg"] == 0.0
    assert town["pm10_kg"] == town["wear_kg"] > 0.0


def test_energy_of_the_rows_is_kilometres_times_consumption_by_another_route() -> None:
    # Second route: street by street, period by period, kind by kind, in plain loops.
    flow, speed = flows(), speeds()
    run = emissions.run(STREETS, flow, speed, FLEET, days=DAYS)
    expected: dict[tuple[str, str], float] = {}
    for vehicle, values in flow.items():
        for row in FLEET.of(vehicle).itertuples():
            for place, length in enumerate(STREETS["length"]):
                for period in range(4):
                    km = values[place, period] * length / 1000.0 * DAYS * row.share
                    if row.carrier == "electricity":
                        kwh = km * FLEET.electricity[vehicle, "urban"] / 100.0
                    else:
                        key = (row.vehicle, row.carrier, row.size, row.euro, "fuel")
                        burnt = FLEET.functions[
                            key if key in FLEET.functions else (*key[:2], "", *key[3:])
                        ]
                        grams = float(burnt(speed[place : place + 1, period])[0]) * km
                        kwh = grams / 1000.0 * FLEET.heat[row.carrier] / 3.6
                    use = (emissions.END_USES[vehicle], row.carrier)
                    expected[use] = expected.get(use, 0.0) + kwh
    found = run.activity.groupby(["end_use", "carrier"])["activity"].sum()
    assert found[found > 0.0].to_dict() == pytest.approx(expected, rel=1e-9)
    for carrier in emissions.CARRIERS:
        own = run.activity.loc[run.activity["carrier"] == carrier, "activity"].sum()
        assert own == pytest.approx(run.frame[f"energy_{carrier}"].sum(), rel=1e-12)


def test_the_rows_can_be_booked_and_their_tonnes_are_those_of_the_fuel() -> None:
    run = emissions.run(STREETS, flows(vehicles=("car", "bus")), speeds(), FLEET, days=DAYS)
    booked = ledger.book(
        run.activity,
        factors.load("inventory", country="DE", frozen=True),
        year=2022,
        scenario="today",
    )
    assert len(booked) == len(run.activity)
    petrol = run.frame["energy_petrol"].sum()
    tonnes = booked.total(carrier="petrol")
    # 0.26388 t CO2 a MWh; 25 kg methane (28) and 8 kg laughing gas (265) a TJ.
    per_mwh = 0.26388 + (25 * 28 + 8 * 265) * 3.6e-6
    assert tonnes == pytest.approx(petrol / 1000.0 * per_mwh, rel=1e-9)
    assert set(run.activity["end_use"]) == {"cars", "buses"}
    assert set(booked.rows["scope"]) == {"1", "2"}


def test_without_traffic_there_is_no_emission() -> None:
    none = {name: np.zeros((len(STREETS), 4)) for name in VEHICLES}
    run = emissions.run(STREETS, none, np.full((len(STREETS), 4), np.nan), FLEET, days=DAYS)
    assert (run.frame.to_numpy() == 0.0).all()
    assert (run.activity["activity"] == 0.0).all()
    assert run.counts["beyond_speeds"] == 0.0
    assert run.counts["speed_missing"] == 0


@settings(max_examples=15)
@given(factor=st.floats(0.0, 10.0), seed=st.integers(0, 100))
def test_emissions_are_proportional_to_traffic_and_add_up_over_kinds(
    factor: float, seed: int
) -> None:
    flow, speed = flows(seed), speeds(seed)
    whole = emissions.run(STREETS, flow, speed, FLEET, days=DAYS).frame
    scaled = emissions.run(
        STREETS, {k: factor * v for k, v in flow.items()}, speed, FLEET, days=DAYS
    )
    np.testing.assert_allclose(scaled.frame, factor * whole, rtol=1e-9, atol=1e-12)
    parts = [emissions.run(STREETS, {k: v}, speed, FLEET, days=DAYS).frame for k, v in flow.items()]
    np.testing.assert_allclose(sum(parts[1:], parts[0]), whole, rtol=1e-9)


def test_fine_particles_are_part_of_the_coarse_and_wear_of_them() -> None:
    frame = emissions.run(STREETS, flows(), speeds(), FLEET, days=DAYS).frame
    assert (frame["pm25_kg"] < frame["pm10_kg"]).all()
    assert (frame["wear_kg"] < frame["pm10_kg"]).all()


def test_what_lies_outside_the_boundary_is_drawn_but_not_counted() -> None:
    streets = STREETS.copy()
    outside = streets.index[:3]
    streets.loc[outside, "inside"] = False
    flow, speed = flows(), speeds()
    run = emissions.run(streets, flow, speed, FLEET, days=DAYS)
    whole = emissions.run(STREETS, flow, speed, FLEET, days=DAYS)
    pd.testing.assert_frame_equal(run.frame, whole.frame)
    assert not set(outside) & set(run.activity["object_id"])
    inside = whole.frame.drop(index=outside)
    assert run.totals["value"].to_numpy() == pytest.approx(inside.sum().to_numpy(), rel=1e-12)
    kilometres = flow["car"][3:].sum() * 0.1 * DAYS
    assert run.counts["vehicle_km_car"] == pytest.approx(kilometres, rel=1e-12)


def test_the_range_of_particles_is_made_of_exhaust_and_wear() -> None:
    run = emissions.run(STREETS, flows(), speeds(), FLEET, days=DAYS)
    totals, spread = run.totals, tables.load("emission_spread").set_index("pollutant")
    assert (totals["low"] < totals["value"]).all()
    assert (totals["value"] < totals["high"]).all()
    assert totals.loc["nox_kg", "high"] / totals.loc["nox_kg", "value"] == pytest.approx(
        spread.loc["nox", "high"]
    )
    worn, ten = totals.loc["wear_kg", "value"], totals.loc["pm10_kg", "value"]
    high = (ten - worn) * spread.loc["pm", "high"] + worn * spread.loc["wear", "high"]
    assert totals.loc["pm10_kg", "high"] == pytest.approx(high, rel=1e-12)


def test_speeds_out_of_range_and_missing_ones_are_counted() -> None:
    flow = {"car": np.array([[50.0, 50.0]])}
    run = emissions.run(street(), flow, np.array([[5.0, 60.0]]), FLEET, days=DAYS)
    assert run.counts["beyond_speeds"] == pytest.approx(0.5, rel=1e-12)
    assert any("50.0%" in sentence for sentence in run.limits)
    run = emissions.run(street(), flow, np.array([[np.nan, 50.0]]), FLEET, days=DAYS)
    legal = emissions.run(street(), flow, np.array([[50.0, 50.0]]), FLEET, days=DAYS)
    pd.testing.assert_frame_equal(run.frame, legal.frame)
    assert run.counts["speed_missing"] == 1
    assert any("legal" in sentence for sentence in run.limits)


def test_a_low_emission_street_has_cleaner_cars_and_others_the_same() -> None:
    streets = STREETS.assign(low_emission=None)
    zone = streets.index[:2]
    streets.loc[zone, "low_emission"] = "dgt_c"
    streets["low_emission"] = streets["low_emission"].astype("str")
    flow, speed = flows(), speeds()
    before = emissions.run(STREETS, flow, speed, FLEET, days=DAYS).frame
    after = emissions.run(streets, flow, speed, FLEET, days=DAYS).frame
    assert (after.loc[zone, "nox_kg"] < before.loc[zone, "nox_kg"]).all()
    pd.testing.assert_frame_equal(after.drop(index=zone), before.drop(index=zone))
    inside = {vehicle: vehicles[:2] for vehicle, vehicles in flow.items()}
    expected = emissions.run(STREETS.loc[zone], inside, speed[:2], FLEET.under("dgt_c"), days=DAYS)
    np.testing.assert_allclose(after.loc[zone], expected.frame, rtol=1e-12)


def test_a_rule_with_hours_holds_in_its_periods_only() -> None:
    streets = STREETS.assign(low_emission="dgt_c", low_emission_hours="midday night")
    names = ("morning", "midday", "evening", "night")
    flow, speed = flows(vehicles=("car",)), speeds()
    found = emissions.run(streets, flow, speed, FLEET, days=DAYS, periods=names).frame
    held, free = flow["car"] * [0, 1, 0, 1], flow["car"] * [1, 0, 1, 0]
    clean = emissions.run(STREETS, {"car": held}, speed, FLEET.under("dgt_c"), days=DAYS).frame
    usual = emissions.run(STREETS, {"car": free}, speed, FLEET, days=DAYS).frame
    np.testing.assert_allclose(found, clean + usual, rtol=1e-12)
    with pytest.raises(ValueError, match="name the 4 periods"):
        emissions.run(streets, flow, speed, FLEET, days=DAYS)


def test_speeds_may_differ_by_vehicle() -> None:
    flow, speed = flows(), speeds()
    slow = {name: (0.5 * speed if name == "bus" else speed) for name in flow}
    run = emissions.run(STREETS, flow, slow, FLEET, days=DAYS).frame
    same = emissions.run(STREETS, flow, speed, FLEET, days=DAYS).frame
    assert (run["energy_diesel"] > same["energy_diesel"]).all()
    assert (run["energy_petrol"] == same["energy_petrol"]).all()


def test_wear_of_a_mixed_fleet_is_the_mean_of_both_kinds() -> None:
    frame = emissions.run(
        street(), {"car": np.array([[100.0]])}, np.array([[30.0]]), FLEET, days=DAYS
    ).frame
    speed = np.array([30.0])
    own = wear.particles(speed, "car", FLEET.wear)["pm10"][0]
    electric = wear.particles(speed, "car", FLEET.wear, electric=True)["pm10"][0]
    assert frame.loc["s", "wear_kg"] == pytest.approx(
        36.5 * (0.9 * own + 0.1 * electric), rel=1e-12
    )


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ({"tank": np.zeros((1, 1))}, "unknown kinds"),
        ({"car": np.zeros((2, 1))}, "for 1 streets"),
        ({"car": np.zeros(1)}, "speed of car"),
        ({"car": np.array([[-1.0]])}, "negative"),
        ({"car": np.array([[np.nan]])}, "not finite"),
    ],
)
def test_flows_that_do_not_fit_are_refused(flow: dict[str, NDArray[np.float64]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        emissions.run(street(), flow, np.full((1, 1), 50.0), FLEET, days=DAYS)


def test_what_is_not_in_the_flows_is_said() -> None:
    run = emissions.run(street(), {"car": np.array([[1.0]])}, np.array([[50.0]]), FLEET, days=DAYS)
    assert any("vans and lorries and buses" in sentence for sentence in run.limits)
    assert run.citations == emissions.CITATIONS
