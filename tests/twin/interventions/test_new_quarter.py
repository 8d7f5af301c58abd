from __future__ import annotations

import pytest

from tests.twin import cities
from twin.complete import defaults
from twin.interventions.new_quarter import NewQuarter

CITY = cities.tiny()


def quarter(use: str) -> NewQuarter:
    return NewQuarter.model_validate({
        "id": "q", "where": {"ids": ["z1_0"]}, "start": 2030, "use": use, "floor_area": 4000.0,
        "levels": 4,
    })  # fmt: skip


def test_an_office_brings_its_jobs_to_the_zone() -> None:
    after = quarter("office").apply(CITY)
    new = after.buildings.loc["new:q:z1_0"]
    figures = defaults.load("DK")
    density = figures.values.loc["office", "jobs_per_area"]
    assert new["jobs"] == pytest.approx(4000.0 * density)
    assert (new["people"], new["geometry"].area) == (0.0, pytest.approx(1000.0))
    assert new["footprint"] == pytest.approx(1000.0)
    assert after.zones.loc["z1_0", "jobs"] == CITY.zones.loc["z1_0", "jobs"] + new["jobs"]
    assert (new["year"], new["state"], new["zone"]) == (2030.0, "new", "z1_0")


def test_homes_bring_people() -> None:
    after = quarter("apartments").apply(CITY)
    new = after.buildings.loc["new:q:z1_0"]
    figures = defaults.load("DK").dwellings
    settings = defaults.settings()
    dwellings = round(4000.0 * settings["net_to_gross"]
                      / (figures["dwelling_area"].value * settings["dwelling.apartments"]))  # fmt: skip
    occupied = figures["persons_per_household"].value * figures["occupied_share"].value
    assert new["dwellings"] == dwellings
    assert new["people"] == pytest.approx(dwellings * occupied)
    assert after.zones["people"].sum() == pytest.approx(CITY.zones["people"].sum() + new["people"])


def test_it_is_paid_by_those_who_build() -> None:
    cost = quarter("office").cost(CITY)
    assert (cost.amount, cost.payer) == (10_000_000.0, "company")
