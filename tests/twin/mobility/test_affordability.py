from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.mobility import affordability

DAYS = 365.0


def buildings(**changes: Any) -> pd.DataFrame:
    columns = {
        "people": [10.0, 30.0, 20.0, 5.0],
        "dwellings": [5.0, 15.0, 8.0, 2.0],
        "zone": ["z1", "z2", "z2", "z1"],
        "section": ["s1", "s1", "s2", None],
        "income": [20_000.0, 20_000.0, 40_000.0, np.nan],
        "income_unit": ["EUR/people", "EUR/people", "EUR/household", None],
    }
    return pd.DataFrame({**columns, **changes}, index=pd.Index(list("abcd"), dtype="str"))


COST = pd.Series({"z1": 2.0, "z2": 6.0})


def test_the_share_of_income_by_hand() -> None:
    run = affordability.run(buildings(), COST, days=DAYS)
    # s1: 10 people pay 2 and 30 pay 6 EUR a day, 5 on average; of 20,000 a year.
    one = run.districts.loc["s1"]
    assert one["people"] == 40.0
    assert one["travel_cost"] == pytest.approx(5.0 * DAYS, rel=1e-12)
    assert one["travel_share"] == pytest.approx(5.0 * DAYS / 20_000.0, rel=1e-12)
    # s2: a household of 2.5 people earns 40,000, 16,000 each.
    assert run.districts.loc["s2", "income"] == pytest.approx(16_000.0, rel=1e-12)
    assert run.districts.loc["s2", "travel_share"] == pytest.approx(
        6.0 * DAYS / 16_000.0, rel=1e-12
    )


def test_buildings_have_the_share_of_their_district() -> None:
    run = affordability.run(buildings(), COST, days=DAYS)
    share = run.frame["travel_share"]
    assert share["a"] == share["b"] == run.districts.loc["s1", "travel_share"]
    assert np.isnan(share["d"])
    assert run.counts == {"districts": 2, "without_income": 0, "people_outside": 5}


def test_another_unit_of_income_gives_no_share() -> None:
    run = affordability.run(buildings(income_unit=["DKK/people"] * 3 + [None]), COST, days=DAYS)
    assert run.districts["travel_share"].isna().all()
    assert run.counts["without_income"] == 2


def test_zones_without_a_cost_are_left_out_of_the_mean() -> None:
    run = affordability.run(buildings(), pd.Series({"z2": 6.0}), days=DAYS)
    assert run.districts.loc["s1", "travel_cost"] == pytest.approx(6.0 * DAYS, rel=1e-12)


def test_a_district_without_people_has_no_share() -> None:
    run = affordability.run(buildings(people=[0.0, 0.0, 20.0, 5.0]), COST, days=DAYS)
    assert np.isnan(run.districts.loc["s1", "travel_share"])


@given(st.floats(0.1, 10.0))
def test_the_share_grows_with_the_price(factor: float) -> None:
    once = affordability.run(buildings(), COST, days=DAYS).districts["travel_share"]
    more = affordability.run(buildings(), factor * COST, days=DAYS).districts["travel_share"]
    assert more.to_numpy() == pytest.approx(factor * once.to_numpy(), rel=1e-9)


def test_without_incomes_it_says_so() -> None:
    assert affordability.missing(buildings()) == ""
    for frame in (buildings(income=np.nan), buildings().drop(columns="section")):
        assert "no incomes" in affordability.missing(frame)
