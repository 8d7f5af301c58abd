"""What travel does to people, and costs them, inside a run: by hand, and through the ledger."""

from __future__ import annotations

from functools import cache
from math import fsum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from layers import tables
from tests.twin.cities import frame
from tests.twin.mobility.service import served
from twin import simulate, travel, travel_costs, travel_effects
from twin.domain import Outcome
from twin.mobility import bus_ways, health
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from twin.city import City
    from twin.result import Result

DOMAINS = (*travel.DOMAINS, *travel_effects.DOMAINS, *travel_costs.DOMAINS)
DAYS = mobility_parameters("DK").days
FIGURES = tables.figures("external_costs")


@cache
def city() -> City:
    found = served()
    return found.replace(streets=found.streets.assign(**bus_ways.rights(found.streets)))


@cache
def today() -> Result:
    return simulate.run(city(), domains=DOMAINS)


def test_health_is_that_of_the_minutes_of_residents() -> None:
    made = today().warm["traffic"].outcome.made
    # Second route: every minute walked by anybody, for the walkers of all zones are residents.
    walked = made.by_mode["walk"] * np.where(made.by_mode["walk"] > 0, made.skims.time["walk"], 0)
    figures = health.parameters("DK")
    people = today().record["people"]
    adults = 0.72 * figures["walk.mortality"].value / 1e5
    assert people["deaths_walk"]["value"] == pytest.approx(
        walked.sum() * 7 / 168 * 0.11 * adults, rel=1e-9
    )
    assert people["deaths_prevented"]["value"] == pytest.approx(
        people["deaths_walk"]["value"] + people["deaths_bicycle"]["value"], rel=1e-12
    )
    for one in people.values():
        if one["low"] is not None:
            assert one["low"] <= one["value"] <= one["high"]


def test_every_euro_of_the_report_is_in_the_ledger() -> None:
    book, people = today().ledger, today().record["people"]
    pairs = {
        ("external", "health by walking and cycling"): -people["health_value"]["value"],
        ("external", "crashes"): people["crash_cost"]["value"] + people["bus_crash_cost"]["value"],
        ("external", "dirty air"): people["air_cost"]["value"] + people["bus_air_cost"]["value"],
    }
    for (kind, use), value in pairs.items():
        assert book.total("cost", kind=kind, end_use=use) == pytest.approx(value, rel=1e-9)
    assert not (book.rows["kind"] == "transfer").any()  # nobody charges anything today
    bought = book.by("end_use", "price_basis", column="cost", kind="opex")
    whole = fsum(bought.tolist())
    heads = city().zones["people"].sum()
    assert people["travel_cost"]["value"] * heads == pytest.approx(whole, rel=1e-9)


def test_crashes_cost_what_kilometres_cost() -> None:
    certificate = today().record["certificates"]["traffic"]
    by_hand = fsum(
        certificate[f"vehicle_km_{name}"] * FIGURES[f"crash.{name}"]
        for name in ("car", "van", "lorry")
    )
    assert today().record["people"]["crash_cost"]["value"] == pytest.approx(by_hand, rel=1e-9)


def test_counted_crashes_set_the_rate_and_a_plan_keeps_it() -> None:
    points = frame(
        "points", ["c1"], kind="crash", quantity="slight", unit="people", value=1.0,
        name="", source="police", inside=True,
        geometry=[city().streets.loc["w102:21-22"].geometry.centroid],
    )  # fmt: skip
    known = city().replace(points=points.assign(date=pd.Series("2024-05-01", points.index, "str")))
    before = simulate.run(known, domains=DOMAINS)
    people = before.record["people"]
    assert people["crashes"] == {"value": 1.0, "low": None, "high": None, "evidence": "observed"}
    assert people["crash_cost"]["value"] == pytest.approx(FIGURES["casualty.slight"], rel=1e-9)
    streets = known.streets
    streets.loc["w101:11-12", ["drive_forward", "drive_backward"]] = False
    after = simulate.run(known.replace(streets=streets), warm=before, domains=DOMAINS)
    per_km = [one.record["people"]["crash_cost"]["value"]
              / one.frames["streets"]["vehicle_km"].sum() for one in (before, after)]  # fmt: skip
    assert per_km[1] == pytest.approx(per_km[0], rel=1e-3)


def test_a_toll_is_what_its_vehicles_pay_and_the_town_gets() -> None:
    busiest = today().frames["streets"]["vehicles_morning"].idxmax()
    streets = city().streets.assign(toll_morning=0.0)
    streets.loc[busiest, "toll_morning"] = 0.01
    result = simulate.run(city().replace(streets=streets), domains=DOMAINS)
    passed = result.frames["streets"].loc[busiest, "vehicles_morning"]
    assert passed > 0
    by_hand = passed * 0.01 * DAYS
    book = result.ledger
    assert result.record["people"]["road_charge"]["value"] == pytest.approx(by_hand, rel=1e-9)
    assert result.frames["streets"]["charge_paid"].sum() == pytest.approx(by_hand, rel=1e-9)
    assert -book.total("cost", kind="transfer", payer="municipality") == pytest.approx(
        by_hand, rel=1e-9
    )
    paid = book.by("payer", column="cost", kind="transfer")
    assert set(paid.index) == {"household", "company", "municipality"}
    assert fsum(paid.tolist()) == pytest.approx(0.0, abs=1e-6)
    changed = result - today()
    assert -changed.ledger.total("cost", payer="municipality") == pytest.approx(by_hand, rel=1e-9)


def test_parking_is_paid_where_trips_end() -> None:
    zones = city().zones.assign(parking_price_eur=0.0)
    zones.loc["z1_0", "parking_price_eur"] = 2.0
    result = simulate.run(city().replace(zones=zones), domains=DOMAINS)
    made = result.warm["traffic"].outcome.made
    ends = made.by_mode["car_driver"][:, list(zones.index).index("z1_0")].sum()
    assert result.frames["zones"]["parking_paid"].to_dict() == pytest.approx(
        {"z0_0": 0.0, "z1_0": ends * 2.0 * DAYS, "z2_0": 0.0}, rel=1e-9
    )
    book = result.ledger
    assert book.total("cost", kind="transfer", payer="household", end_use="parking") == (
        pytest.approx(ends * 2.0 * DAYS, rel=1e-9)
    )


def test_buses_are_booked_at_stops_with_scope_and_state() -> None:
    rows = today().ledger.where(kind="activity", layer="transit_stops").rows
    assert set(rows["gpc_ref"]) == {"II.1"}
    assert set(rows["scope"]) == {"1", "2"}
    assert set(rows["state"]) == {"standing"}
    stops = today().frames["transit_stops"]
    # Three workdays of 1.8 km and a Saturday of 0.2 km in six days, all of it inside.
    assert stops["transit_km"].sum() == pytest.approx((3 * 1.8 + 0.2) / 6 * 365, rel=1e-9)
    assert stops["crash_cost"].sum() == pytest.approx(
        stops["transit_km"].sum() * FIGURES["crash.bus"], rel=1e-9
    )
    assert stops["co2"].sum() == pytest.approx(
        1000 * today().ledger.total("tco2e", layer="transit_stops"), rel=1e-9
    )


def test_noise_has_a_price_where_its_levels_are_the_law() -> None:
    assert "noise_cost" not in today().frames["zones"]
    assert any("only where the method" in line for line in today().record["limits"])
    levels = pd.Series({"w1001": 62.0, "w1002": 40.0, "w1003": np.nan}, name="lden").to_frame()
    there = Outcome({"buildings": levels})
    traffic = today().warm["traffic"].outcome
    domain = next(one for one in travel_effects.DOMAINS if one.name == "external_costs")
    found = domain.run(city(), None, lambda *_: None, traffic=traffic, noise=there)
    # One dwelling at 62 dB, twelve above the threshold; 25 euros a decibel; 40 dB cost nothing.
    assert found.people["noise_cost"].value == pytest.approx(12 * 25.0)
    assert (found.people["noise_cost"].low, found.people["noise_cost"].high) == (180.0, 600.0)
    assert found.people["noise_level"].value == pytest.approx(51.0)
    assert found.frames["zones"]["noise_cost"].sum() == pytest.approx(300.0)


def test_travel_is_compared_with_income_where_it_is_known() -> None:
    buildings = city().buildings.assign(section="A", income=30_000.0, income_unit="EUR/people")
    result = simulate.run(city().replace(buildings=buildings), domains=DOMAINS, warm=today())
    people = result.record["people"]
    assert people["travel_share"]["value"] == pytest.approx(
        people["travel_cost"]["value"] / 30_000.0, rel=1e-6
    )
    assert "affordability" in today().record["absent"]


def test_without_a_relevant_change_nothing_is_worked_out_again() -> None:
    places = city().places.iloc[:-1]
    again = simulate.run(city().replace(places=places), warm=today(), domains=DOMAINS)
    kept = {"public_transport", "traffic", "lines", "noise", "transit_energy", "health",
            "external_costs", "travel_costs"}  # fmt: skip
    for name in kept:
        assert again.warm[name] is today().warm[name], name
