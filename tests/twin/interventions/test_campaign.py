from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin.interventions.campaign import Campaign

CITY = cities.tiny()


def campaign(**changes: Any) -> Campaign:
    return Campaign.model_validate(
        {"id": "c", "where": "all", "start": 2025, "adoption": 1.0, **changes}
    )


def test_a_part_of_what_is_asked_for_is_done() -> None:
    one = campaign(setpoint_change=2.0, electricity_saving=0.1, realised_share=0.5)
    after = one.apply(CITY).buildings
    assert after.loc["w1001", "setpoint_change"] == pytest.approx(-1.0)
    assert after.loc["w1001", "appliance_factor"] == pytest.approx(0.95)


def test_usual_requests_and_the_trial_s_share_stand_in_the_table() -> None:
    after = campaign().apply(CITY).buildings
    assert after.loc["w1001", "setpoint_change"] == pytest.approx(-0.39)
    assert after.loc["w1001", "appliance_factor"] == pytest.approx(1.0 - 0.05 * 0.39)


def test_more_adoption_adds_people_and_drops_none() -> None:
    before: set[str] = set()
    for adoption in (0.2, 0.4, 0.6, 0.8, 1.0):
        one = campaign(adoption=adoption)
        now = set(one.due(CITY, CITY.buildings.index))
        assert before <= now
        before = now
    assert len(before) == 11


def test_a_share_is_near_what_was_asked_for_in_a_large_town() -> None:
    import pandas as pd

    rows = pd.concat([CITY.buildings.loc[["w1001"]]] * 2000)
    rows = rows.set_axis(pd.Index([f"w{n}" for n in range(2000)], dtype="str", name="id"))
    chosen = campaign(adoption=0.3).eligible(rows)
    # Three standard deviations of a binomial share of 0.3 in 2,000.
    assert chosen.mean() == pytest.approx(0.3, abs=3 * (0.3 * 0.7 / 2000) ** 0.5)


def test_two_campaigns_add_up_and_one_counts_once() -> None:
    once = campaign(realised_share=1.0).apply(CITY)
    assert campaign(realised_share=1.0).apply(once, CITY.buildings.index) is once
    twice = campaign(id="d", realised_share=1.0).apply(once).buildings
    assert twice.loc["w1001", "setpoint_change"] == pytest.approx(-2.0)


def test_the_cost_is_by_person_reached() -> None:
    assert campaign(where={"ids": ["w1008"]}).cost(CITY).amount == 40 * 10.0
