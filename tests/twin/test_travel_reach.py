"""What is within reach, inside a run: kept where nothing changed, and told as means of people."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.twin.mobility.service import served
from twin import simulate, travel, travel_reach

if TYPE_CHECKING:
    from twin.result import Result

DOMAINS = (*travel.DOMAINS, travel_reach.DOMAIN)
CITY = served()


@cache
def today() -> Result:
    return simulate.run(CITY, domains=DOMAINS)


def test_in_a_small_town_everybody_reaches_everything() -> None:
    frame = today().frames["buildings"]
    jobs = CITY.buildings["jobs"].sum()
    for way in ("walk", "bicycle", "transit", "car"):
        assert frame[f"jobs_{way}_30"].max() == pytest.approx(jobs)
    assert today().record["people"]["jobs_walk"]["value"] == pytest.approx(jobs)


def test_means_are_those_of_people() -> None:
    frame, buildings = today().frames["buildings"], CITY.buildings
    people = buildings["people"].where(buildings["inside"], 0.0)
    needs = [name for name in frame if name.startswith("walk_")]
    each = frame[needs].mean(axis=1)
    known = each.notna()
    by_hand = (each * people)[known].sum() / people[known].sum()
    assert today().record["people"]["walk_minutes"]["value"] == pytest.approx(by_hand, rel=1e-12)


def test_public_transport_is_never_worse_than_walking() -> None:
    frame = today().frames["buildings"].dropna(subset=["groceries_transit_15"])
    assert (frame["groceries_transit_15"] >= frame["groceries_walk_15"].fillna(0.0)).all()


def test_ways_are_counted_again_only_where_they_change() -> None:
    streets = CITY.streets
    streets.loc["w102:21-22", ["drive_forward", "drive_backward"]] = False
    after = simulate.run(CITY.replace(streets=streets), warm=today(), domains=DOMAINS)
    old, new = (one.warm["opportunities"].outcome.warm for one in (today(), after))
    assert new is old
    streets.loc["w102:21-22", ["walk_forward", "walk_backward"]] = False
    shut = simulate.run(CITY.replace(streets=streets), warm=today(), domains=DOMAINS)
    cold = simulate.run(CITY.replace(streets=streets), domains=DOMAINS)
    for name in ("jobs_walk_30", "shops_walk_15"):
        one, other = (each.frames["buildings"][name].to_numpy() for each in (shut, cold))
        assert np.array_equal(one, other, equal_nan=True)
