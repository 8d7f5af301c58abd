from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from layers.errors import InputError
from twin.mobility import fleet
from twin.mobility.parameters import mobility_parameters

CARS = {"petrol": 0.6, "diesel": 0.3, "electricity": 0.1}
COUNTRIES = ("DE", "DK", "ES", "FI", "AT", "XX")


@pytest.mark.parametrize("country", COUNTRIES)
def test_shares_of_each_kind_of_vehicle_sum_to_one(country: str) -> None:
    found = fleet.fleet(country, CARS)
    sums = found.mix.groupby("vehicle")["share"].sum()
    assert set(sums.index) == set(fleet.VEHICLES)
    assert sums.to_numpy() == pytest.approx(1.0, abs=1e-9)
    own = found.of("car").groupby("carrier")["share"].sum()
    assert own.to_dict() == pytest.approx(CARS, abs=1e-9)


def test_a_row_of_the_mix_by_hand() -> None:
    mix = fleet.fleet("DE", CARS).of("car").set_index(["carrier", "size", "euro"])["share"]
    # Petrol 0.6, small engines 0.55, Euro 6 up to 2016 0.22.
    assert mix["petrol", "small", "6"] == pytest.approx(0.6 * 0.55 * 0.22, rel=1e-12)
    assert mix["electricity", "", ""] == pytest.approx(0.1, rel=1e-12)


def test_the_table_stands_with_its_ranges() -> None:
    rows = tables.load("fleet_mix")
    assert (rows["low"] <= rows["value"]).all()
    assert (rows["value"] <= rows["high"]).all()
    assert set(rows["dimension"]) == {"carrier", "size", "euro"}


def test_countries_of_the_parameters_have_a_fleet() -> None:
    shares = mobility_parameters("DK").shares
    assert fleet.fleet("DK", shares).notes == (
        "Euro classes and engine sizes of the fleet: figures of DK, assumed.",
    )
    assert "of Europe for AT" in fleet.fleet("AT", shares).notes[0]


@given(st.floats(0.0, 1.0))
def test_an_electric_share_shrinks_the_others_alike(share: float) -> None:
    found = fleet.with_electric(CARS, share)
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-9)
    assert found["electricity"] == share
    assert found["petrol"] == pytest.approx(2.0 * found["diesel"], abs=1e-12)


def test_shares_are_scaled_to_one_and_wrong_ones_refused() -> None:
    assert fleet.with_electric({"petrol": 2.0, "diesel": 2.0}, None) == {
        "petrol": 0.5,
        "diesel": 0.5,
    }
    assert fleet.with_electric({"petrol": 1.0}, 0.25) == {"petrol": 0.75, "electricity": 0.25}
    assert fleet.with_electric({"electricity": 1.0}, 1.0) == {"electricity": 1.0}
    for cars, share in ((CARS, 1.1), (CARS, -0.1), ({}, None), ({"petrol": -1.0, "diesel": 3.0}, None),
                        ({"electricity": 1.0}, 0.5)):  # fmt: skip
        with pytest.raises(ValueError, match="share"):
            fleet.with_electric(cars, share)


def test_a_fleet_that_is_all_electric_has_no_other_cars() -> None:
    cars = fleet.fleet("DE", CARS, electric_share=1.0).of("car")
    assert cars["carrier"].tolist() == ["electricity"]


def test_a_rule_keeps_older_cars_out_by_carrier() -> None:
    found = fleet.fleet("ES", CARS)
    # Label C of the DGT: petrol from Euro 4, diesel from Euro 6.
    petrol_out = 0.6 * (0.01 + 0.04 + 0.10)
    diesel_out = 0.3 * (0.01 + 0.04 + 0.13 + 0.20 + 0.24)
    assert fleet.barred_share(found.mix, "dgt_c") == pytest.approx(
        petrol_out + diesel_out, abs=1e-12
    )
    assert fleet.barred_share(found.mix, "zero_emission") == pytest.approx(0.9, abs=1e-12)
    # The Dutch zone concerns diesel only.
    assert fleet.barred_share(found.mix, "milieuzone_green") == pytest.approx(
        0.3 * (0.01 + 0.04 + 0.13), abs=1e-12
    )


def test_stricter_rules_bar_more() -> None:
    mix = fleet.fleet("DK", CARS).mix
    shares = [fleet.barred_share(mix, rule) for rule in ("dgt_b", "dgt_c", "zero_emission")]
    assert shares == sorted(shares)


@pytest.mark.parametrize("rule", sorted(tables.load("low_emission_rules")["rule"].unique()))
def test_where_a_rule_holds_only_cars_that_meet_it_drive(rule: str) -> None:
    whole = fleet.fleet("DE", CARS)
    inside = whole.under(rule)
    assert fleet.meets(inside.of("car"), rule).all()
    assert inside.of("car")["share"].sum() == pytest.approx(1.0, abs=1e-9)
    pd.testing.assert_frame_equal(
        inside.of("bus").reset_index(drop=True), whole.of("bus").reset_index(drop=True)
    )
    # Those that are left keep their proportions.
    both = inside.of("car").merge(
        whole.of("car"), on=["vehicle", "carrier", "size", "euro"], suffixes=("_in", "_all")
    )
    ratio = both["share_in"] / both["share_all"]
    kinds = {"car", "van"} | ({"lorry"} if rule != "milieuzone_green" else set())
    assert all(fleet.meets(inside.of(kind), rule).all() for kind in kinds)
    assert inside.mix.groupby("vehicle")["share"].sum().to_numpy() == pytest.approx(1.0)
    assert ratio.to_numpy() == pytest.approx(1.0 / (1.0 - fleet.barred_share(whole.mix, rule)))


def test_where_no_car_meets_the_rule_electric_ones_drive() -> None:
    inside = fleet.fleet("DE", CARS, electric_share=0.0).under("zero_emission")
    assert inside.of("car")[["carrier", "share"]].to_numpy().tolist() == [["electricity", 1.0]]


def test_an_unknown_rule_names_those_there_are() -> None:
    with pytest.raises(InputError, match="dgt_c"):
        fleet.fleet("DE", CARS).under("euro_9")


def test_every_rule_says_something_of_petrol_and_diesel() -> None:
    rows = tables.load("low_emission_rules")
    assert (
        rows.groupby("rule")["carrier"]
        .agg(set)
        .map(lambda found: found == {"petrol", "diesel"})
        .all()
    )
    assert set(rows["lowest"].astype(str)) <= {*fleet.CLASSES, fleet.NONE}


def test_a_users_table_goes_before_and_gaps_are_told_all_at_once() -> None:
    own = tables.load("fleet_mix").copy()
    here = own["country"].eq("*") & own["vehicle"].eq("car") & own["dimension"].eq("euro")
    own.loc[here & own["carrier"].eq("petrol") & own["key"].eq("6d"), "key"] = "7"
    own.loc[here & own["carrier"].eq("diesel") & own["key"].eq("6d"), "key"] = "8"
    with pytest.raises(InputError) as caught:
        fleet.fleet("XX", CARS, mix=own)
    said = str(caught.value)
    assert "Euro 7 has no function" not in said
    assert "car petrol Euro 7" in said
    assert "car diesel Euro 8" in said
    own.loc[here & own["key"].eq("4"), "value"] = 0.5
    with pytest.raises(InputError, match="not 1"):
        fleet.fleet("XX", CARS, mix=own)


def test_a_vehicle_without_rows_is_refused() -> None:
    rows = tables.load("fleet_mix")
    with pytest.raises(InputError, match="lorry"):
        fleet.fleet("DE", CARS, mix=rows[rows["vehicle"] != "lorry"])
