from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin import catalog
from twin.errors import ScenarioError
from twin.interventions.low_emission_zone import LowEmissionZone

CITY = cities.tiny()
MAIN = ["w102:21-22", "w102:22-23", "w102:23-24"]


def zone(*ids: str, **changes: Any) -> LowEmissionZone:
    where = {"ids": list(ids)} if ids else "all"
    return LowEmissionZone.model_validate(
        {"id": "z", "where": where, "start": 2025, "rule": "dgt_c", **changes}
    )


def test_the_rule_stands_on_the_streets_for_the_whole_day() -> None:
    after = zone(*MAIN).apply(CITY).streets
    assert (after.loc[MAIN, "low_emission"] == "dgt_c").all()
    assert after["low_emission"].notna().sum() == 3
    assert after["low_emission_hours"].isna().all()


def test_hours_are_written_in_the_order_of_the_day() -> None:
    after = zone(*MAIN, periods=["evening", "morning"]).apply(CITY).streets
    assert (after.loc[MAIN, "low_emission_hours"] == "morning evening").all()
    whole = zone(*MAIN, id="y").apply(zone(*MAIN, periods=["night"]).apply(CITY)).streets
    assert whole.loc[MAIN, "low_emission_hours"].isna().all()


def test_a_stricter_rule_replaces_a_milder_one() -> None:
    mild = zone(*MAIN, rule="dgt_b").apply(CITY)
    strict = zone(*MAIN[:1], id="y", rule="zero_emission").apply(mild).streets
    assert strict.loc[MAIN, "low_emission"].tolist() == ["zero_emission", "dgt_b", "dgt_b"]


def test_paths_without_cars_are_no_part_of_a_zone() -> None:
    assert not zone().select(CITY).str.startswith("w204").any()
    with pytest.raises(ScenarioError, match="changes none of them"):
        zone("w204:14-24").select(CITY)


def test_entries_are_paid() -> None:
    # Each of the three streets ends at a junction with a street outside the zone.
    cost = zone(*MAIN).cost(CITY)
    assert (cost.quantity, cost.amount) == (3.0, 45_000.0)


@pytest.mark.parametrize("rule", ["euro_9", "", "dgt_c; drop"])
def test_unknown_rules_are_refused_with_those_there_are(rule: str) -> None:
    with pytest.raises(ValidationError, match="green_sticker"):
        zone(rule=rule)


def test_unknown_periods_are_refused() -> None:
    for periods in (["noon"], []):
        with pytest.raises(ValidationError):
            zone(periods=periods)


def test_a_wrong_rule_in_a_scenario_is_told_at_its_place() -> None:
    entry = {**LowEmissionZone.examples[0], "rule": "euro_9"}
    found, faults = catalog.read(entry, (), {})
    assert found is None
    assert any("euro_9" in str(fault) and "dgt_c" in str(fault) for fault in faults)
