from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers import tables
from layers.errors import InputError
from twin.mobility.choice import MODES
from twin.mobility.demand_parameters import PURPOSES, demand_parameters
from twin.mobility.parameters import mobility_parameters

TABLES = ("trip_purposes", "value_of_time", "mode_shares", "mode_choice")
OWN = ("DE", "DK", "ES", "FI", "EU")


def chosen(**values: str) -> pd.DataFrame:
    names = [f"mobility.{key.replace('__', '.')}" for key in values]
    rows = {"value": list(values.values()), "unit": "1", "source": "user"}
    return pd.DataFrame(rows, index=pd.Index(names, dtype="str", name="name"))


@pytest.mark.parametrize("table", TABLES)
def test_every_figure_has_its_range_unit_and_source(table: str) -> None:
    rows = tables.load(table)
    assert not rows.isna().any().any()
    assert (rows["low"] <= rows["value"]).all()
    assert (rows["value"] <= rows["high"]).all()
    assert set(rows["evidence"]) <= {"published", "assumed"}
    assert not rows.duplicated(["country", "key"]).any()


@pytest.mark.parametrize("country", OWN)
def test_shares_and_hours_sum_to_one(country: str) -> None:
    found = demand_parameters(country)
    assert found.shares.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(found.hours.sum(axis=2), 1.0, atol=1e-9)
    assert 2.0 <= found.rate.sum() <= 3.5
    assert len(found.rate) == len(PURPOSES)
    assert set(found.attraction) == set(PURPOSES)


def test_the_trips_of_a_day_are_those_of_the_survey() -> None:
    for country, trips, length in (("DE", 3.1, 12.5), ("DK", 2.9, 13.1), ("FI", 2.3, 14.8)):
        found = demand_parameters(country)
        assert found.rate.sum() == pytest.approx(trips, abs=0.02)
        assert found.rate @ found.length / found.rate.sum() == pytest.approx(length, rel=0.04)


def test_a_country_without_rows_gets_generic_ones_and_says_so() -> None:
    own, generic = demand_parameters("DK"), demand_parameters("LI")
    assert own.substitutes == ()
    np.testing.assert_array_equal(generic.rate, demand_parameters("EU").rate)
    assert len(generic.substitutes) == 3
    assert all("LI" in sentence and "assumed" in sentence for sentence in generic.substitutes)
    assert own["transit_fare_eur"] != generic["transit_fare_eur"]
    assert own["nest.car"] == generic["nest.car"]


def test_what_a_city_chose_replaces_one_figure_only() -> None:
    rows = chosen(rate__work="1.5", demand_factor="2", constant__walk="-0.5", electric_share="0.4")
    before, after = mobility_parameters("DE"), mobility_parameters("DE", rows)
    assert after.demand.rate[0] == 3.0
    np.testing.assert_allclose(after.demand.rate[1:], 2.0 * before.demand.rate[1:])
    assert after.demand.constants[MODES.index("walk")] == -0.5
    assert np.isnan(after.demand.constants[1:]).all()
    assert after.demand.figures.loc["rate.work", "evidence"] == "chosen"
    assert after.shares["electricity"] == 0.4
    assert sum(after.shares.values()) == pytest.approx(1.0)
    ratio = before.shares["petrol"] / before.shares["diesel"]
    assert after.shares["petrol"] / after.shares["diesel"] == pytest.approx(ratio)
    assert demand_parameters("DE").rate[0] == before.demand.rate[0]


def test_a_general_figure_can_be_chosen_too() -> None:
    rows = chosen(walk__speed="5.5")
    assert mobility_parameters("DE", rows).walk_speed == 5.5


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("ebike_share", "2", "not possible"),
        ("ebike_share", "many", "no number"),
        ("ebike_share", "nan", "no number"),
        ("rate__work", "-1", "negative"),
        ("scale__work", "0", "above 0"),
        ("electric_share", "1.1", "more than 1"),
        ("ebike_shares", "0.1", "no such figure"),
    ],
)
def test_a_value_that_cannot_be_is_refused(key: str, value: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        mobility_parameters("DE", chosen(**{key: value}))


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError, match="2 faults"):
        mobility_parameters("DE", chosen(nothing="1", neither="2"))


def test_parameters_of_other_rooms_are_left_alone() -> None:
    rows = pd.DataFrame(
        {"value": ["text"], "unit": [""], "source": ["user"]}, index=pd.Index(["energy.mode"])
    )
    assert mobility_parameters("DE", rows).shares == mobility_parameters("DE").shares
