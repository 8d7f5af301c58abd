from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin.errors import NotComputedError
from twin.interventions.charging import SHARE, Charging, present_share

CITY = cities.tiny()


def plugs(zone: str | None = None, **changes: Any) -> Charging:
    where = {"ids": [zone]} if zone else "all"
    return Charging.model_validate(
        {"id": "p", "where": where, "start": 2025, "points": 5, **changes}
    )


def test_points_are_added_to_those_that_are_there() -> None:
    once = plugs("z0_0").apply(CITY)
    twice = plugs(id="q", points=2).apply(once).zones
    assert twice["charging_points"].tolist() == [7.0, 2.0, 2.0]
    assert np.isnan(once.zones.loc["z1_0", "charging_points"])


def test_all_zones_together_give_the_share_of_the_plan() -> None:
    whole = plugs(electric_share=0.5).apply(CITY)
    assert float(whole.parameters.loc[SHARE, "value"]) == pytest.approx(0.5, rel=1e-12)
    city = CITY
    for zone in ("z2_0", "z0_0", "z1_0"):
        city = plugs(zone, electric_share=0.5).apply(city)
    assert float(city.parameters.loc[SHARE, "value"]) == pytest.approx(0.5, rel=1e-12)


def test_one_zone_counts_by_its_people() -> None:
    # Denmark's cars are electric for 4 % of their kilometres; the zone holds 36 of 80 people.
    people = CITY.zones.loc["z0_0", "people"]
    found = float(plugs("z0_0", electric_share=0.5).apply(CITY).parameters.loc[SHARE, "value"])
    assert found == pytest.approx(0.04 + 0.46 * people / 80.0, rel=1e-12)


def test_without_a_share_no_parameter_is_set() -> None:
    assert SHARE not in plugs().apply(CITY).parameters.index


def test_a_share_below_todays_changes_nothing() -> None:
    after = plugs(electric_share=0.01).apply(CITY).parameters
    assert float(after.loc[SHARE, "value"]) == pytest.approx(0.04, rel=1e-12)


def test_the_cost_is_by_point() -> None:
    cost = plugs().cost(CITY)
    assert (cost.quantity, cost.amount) == (15.0, 15 * 14_324.0)
    assert cost.evidence == "assumed"


def test_a_country_that_stands_in_gives_its_share() -> None:
    assert present_share("DE") == 0.001
    assert present_share("LI") == present_share("AT")
    with pytest.raises(NotComputedError):
        present_share("XX")


@pytest.mark.parametrize("share", [0.0, 1.1, float("nan"), "0.5"])
def test_impossible_shares_are_refused(share: Any) -> None:
    with pytest.raises(ValidationError):
        plugs(electric_share=share)
