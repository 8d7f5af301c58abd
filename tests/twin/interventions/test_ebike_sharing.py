from __future__ import annotations

import pytest

from tests.twin import cities
from twin.interventions.ebike_sharing import SHARE, EbikeSharing

CITY = cities.tiny()


def bikes(zone: str | None, name: str = "e") -> EbikeSharing:
    where = {"ids": [zone]} if zone else "all"
    return EbikeSharing.model_validate(
        {"id": name, "where": where, "start": 2025, "share": 0.4, "bicycles": 10}
    )


def test_everybody_reached_gives_the_whole_share() -> None:
    assert float(bikes(None).apply(CITY).parameters.loc[SHARE, "value"]) == pytest.approx(0.4)


def test_one_zone_counts_by_its_people() -> None:
    # Zones hold 36 (2 + 2 + 32), 6 and 38 of 80 people.
    people = CITY.zones.loc["z0_0", "people"]
    share = float(bikes("z0_0").apply(CITY).parameters.loc[SHARE, "value"])
    assert share == pytest.approx(0.4 * people / 80.0)
    assert bikes("z0_0").cost(CITY).amount == 35_000.0


def test_two_offers_add_up_to_one_at_most() -> None:
    city = CITY
    for number in range(4):
        city = bikes(None, f"e{number}").apply(city)
    assert float(city.parameters.loc[SHARE, "value"]) == 1.0
