from __future__ import annotations

from dataclasses import replace
from math import fsum
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.cities import frame, place, tiny
from twin.mobility import day
from twin.mobility.active import active_parameters
from twin.mobility.parameters import mobility_parameters

PARAMETERS = mobility_parameters("DK")
ACTIVE = active_parameters()


def town(**changes: Any) -> day.Town:
    city = tiny()
    tables = {name: city.table(name) for name in ("streets", "junctions", "turns", "zones",
                                                 "buildings")}  # fmt: skip
    return day.Town(**{**tables, **changes})


def run(parameters: Any = PARAMETERS, warm: Any = None, **changes: Any) -> day.DayRun:
    return day.run(town(**changes), parameters, ACTIVE, warm=warm)


def crowded(times: float = 1000.0) -> pd.DataFrame:
    zones = tiny().zones
    zones[["people", "jobs"]] *= times
    return zones


@pytest.fixture(scope="module")
def quiet() -> day.DayRun:
    return run()


@pytest.fixture(scope="module")
def crowd() -> day.DayRun:
    return run(zones=crowded())


def test_the_day_is_the_sum_of_its_periods(quiet: day.DayRun) -> None:
    cars = quiet.streets.dropna(subset=["vehicles"])
    parts = [f"vehicles_{name}" for name in ("morning", "midday", "evening", "night")]
    assert cars[parts].sum(axis=1).to_numpy() == pytest.approx(cars["vehicles"].to_numpy())


def test_people_are_conserved_over_purposes_modes_and_zones(quiet: day.DayRun) -> None:
    rates = PARAMETERS.demand.rate.sum() * tiny().zones["people"].sum()
    assert quiet.certificate["trips_per_day"] == pytest.approx(rates)
    assert fsum(quiet.people.to_numpy().ravel()) == pytest.approx(rates, rel=1e-9)
    assert fsum(quiet.zones.to_numpy().ravel()) == pytest.approx(rates, rel=1e-9)


def test_cars_on_the_one_way_between_two_zones_are_its_drivers() -> None:
    # Without freight all that pass between the first zone and the rest use w102:21-22.
    figures = PARAMETERS.demand
    rows = figures.figures.copy()
    rows.loc[["van.share", "lorry.share"], "value"] = 0.0
    found = run(replace(PARAMETERS, demand=replace(figures, figures=rows)))
    west = found.warm
    assert west.zones[0] == "z0_0"
    drivers = found.streets.loc["w102:21-22", "vehicles"]
    people = found.people["car_driver"].sum()
    # Some trips stay inside a zone; those across are at most all, and there are some.
    assert 0.0 < drivers < people


def test_vehicles_by_kind_add_up_to_all_kilometres(quiet: day.DayRun) -> None:
    inside = tiny().streets["inside"].reindex(quiet.streets.index)
    total = quiet.streets.loc[inside, "vehicle_km"].sum()
    kinds = sum(quiet.certificate[f"vehicle_km_{name}"] for name in ("car", "van", "lorry"))
    assert kinds == pytest.approx(total, rel=1e-9)


def test_energy_is_booked_by_street_kind_and_carrier(quiet: day.DayRun) -> None:
    rows = quiet.activity
    assert set(rows["end_use"]) == {"cars", "vans", "lorries"}
    assert not rows.duplicated(["object_id", "end_use", "carrier"]).any()
    assert (rows["activity"] >= 0.0).all()
    # A car takes 0.5 to 1 kWh a kilometre in town at these speeds.
    per_km = (
        rows.loc[rows["end_use"] == "cars", "activity"].sum() / quiet.certificate["vehicle_km_car"]
    )
    assert 0.4 < per_km < 1.2


def test_only_streets_inside_the_boundary_are_booked() -> None:
    streets = tiny().streets
    streets.loc["w102:21-22", "inside"] = False
    found = run(streets=streets)
    assert found.streets.loc["w102:21-22", "vehicles"] > 0.0
    assert "w102:21-22" not in set(found.activity["object_id"])


def test_crowds_slow_the_street_and_leave_the_car(quiet: day.DayRun, crowd: day.DayRun) -> None:
    assert crowd.streets["vehicles"].sum() > 100 * quiet.streets["vehicles"].sum()
    assert crowd.streets.loc["w102:23-24", "speed"] < quiet.streets.loc["w102:23-24", "speed"]
    assert crowd.streets.loc["w102:23-24", "delay"] > 1.0
    assert crowd.streets["load"].max() > 1.0
    assert crowd.certificate["relative_gap"] <= PARAMETERS.gap
    assert crowd.certificate["elastic_residual"] <= 100 * PARAMETERS.gap


def test_a_closed_street_is_empty_and_its_traffic_goes_round(crowd: day.DayRun) -> None:
    streets = tiny().streets
    streets.loc["w102:21-22", ["drive_forward", "drive_backward"]] = False
    after = run(zones=crowded(), streets=streets, warm=crowd.warm)
    vehicles = after.streets["vehicles"]
    assert np.isnan(vehicles.get("w102:21-22", np.nan))
    assert vehicles["w201:21-31"] > crowd.streets.loc["w201:21-31", "vehicles"]
    assert after.warm.habits is crowd.warm.habits
    # Driving takes longer, so fewer do.
    assert after.people["car_driver"].sum() < crowd.people["car_driver"].sum()
    assert after.people["walk"].sum() > crowd.people["walk"].sum()


def test_closing_a_street_that_nobody_uses_changes_nothing() -> None:
    # No bicycle may use it either: without cars it would be less stressful to ride.
    streets = tiny().streets
    streets.loc["w101:11-12", ["bicycle_forward", "bicycle_backward"]] = False
    quiet = run(streets=streets)
    assert quiet.streets.loc["w101:11-12", "vehicles"] == 0.0
    streets.loc["w101:11-12", ["drive_forward", "drive_backward"]] = False
    after = run(streets=streets, warm=quiet.warm)
    rest = quiet.streets.drop(index="w101:11-12")["vehicles"]
    assert np.abs(after.streets["vehicles"].reindex(rest.index) - rest).max() <= 1e-6


def test_a_street_closed_in_the_morning_is_driven_at_noon(crowd: day.DayRun) -> None:
    streets = tiny().streets
    streets["closed_morning"] = streets.index == "w102:22-23"
    after = run(zones=crowded(), streets=streets, warm=crowd.warm)
    row = after.streets.loc["w102:22-23"]
    assert row["vehicles_morning"] == 0.0
    assert row["vehicles_midday"] > 0.0


def test_a_toll_moves_people_from_the_car(crowd: day.DayRun) -> None:
    streets = tiny().streets
    for period in ("morning", "midday", "evening", "night"):
        streets[f"toll_{period}"] = 2.0
    after = run(zones=crowded(), streets=streets, warm=crowd.warm)
    assert after.people["car_driver"].sum() < 0.9 * crowd.people["car_driver"].sum()


def test_through_traffic_counted_at_gateways_is_on_the_main_street() -> None:
    gates = frame(
        "gateways", ["g1", "g2"], geometry=[place(0, 100), place(300, 100)], node=[21, 24],
        inward=[1000.0, 1000.0], outward=[1000.0, 1000.0], through_share=[1.0, 1.0],
        kind=["count", "count"], error=[0.05, 0.05], source=["counts", "counts"],
    )  # fmt: skip
    found = run(gates=gates)
    assert found.streets.loc["w102:22-23", "through"] == pytest.approx(2000.0, rel=1e-6)
    assert not any("Through traffic unknown" in line for line in found.limits)
    assert any("Through traffic unknown" in line for line in run().limits)


def test_reruns_are_bit_identical() -> None:
    one, other = run(zones=crowded()), run(zones=crowded())
    pd.testing.assert_frame_equal(one.streets, other.streets, check_exact=True)
    pd.testing.assert_frame_equal(one.activity, other.activity, check_exact=True)


def test_a_run_from_itself_is_the_same(crowd: day.DayRun) -> None:
    again = run(zones=crowded(), warm=crowd.warm)
    change = (again.streets["vehicles"] - crowd.streets["vehicles"]).abs().max()
    assert change <= 1e-3 * crowd.streets["vehicles"].max()


def test_the_input_stays_as_it_was() -> None:
    given = town()
    day.run(given, PARAMETERS, ACTIVE)
    for name in ("streets", "zones", "buildings"):
        pd.testing.assert_frame_equal(getattr(given, name), tiny().table(name))


@pytest.mark.parametrize(
    ("sentence", "changes"),
    [
        ("Through traffic unknown", {}),
        ("no spill-back modelled", {}),
        ("rests on assumed figures", {}),
        ("closed to cars in the model: 1.", {"lost junction": True}),
        ("stopped at a relative gap", {"hurry": True}),
    ],
)
def test_limits_are_said_in_plain_sentences(sentence: str, changes: dict[str, bool]) -> None:
    parameters, junctions = PARAMETERS, tiny().junctions
    if changes.get("lost junction"):
        junctions = junctions.drop(index=14)
    if changes.get("hurry"):
        parameters = replace(parameters, iterations=1, gap=1e-12)
    found = run(parameters, zones=crowded(), junctions=junctions)
    assert any(sentence in limit for limit in found.limits)
    assert all(limit.endswith(".") for limit in found.limits)


def test_nobody_travels_where_nobody_lives() -> None:
    nobody = run(zones=tiny().zones.assign(people=0.0))
    assert nobody.streets["vehicles"].sum() == 0.0
    assert nobody.people.to_numpy().sum() == 0.0
