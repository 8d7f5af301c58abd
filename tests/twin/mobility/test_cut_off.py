from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from layers.schema import Elastic, TripTable, UserClass
from tests.twin.mobility.roads import network
from twin.mobility import cut_off, equilibrium
from twin.mobility.classes import Pairs

# Zones 0, 1 and 2 hang on the junctions 3, 4 and 5; nobody can leave zone 2.
LINKS = [
    (0, 3, 0.0, 0.0, 1.0, 0.0), (3, 0, 0.0, 0.0, 1.0, 0.0), (1, 4, 0.0, 0.0, 1.0, 0.0),
    (4, 1, 0.0, 0.0, 1.0, 0.0), (2, 5, 0.0, 0.0, 1.0, 0.0), (5, 2, 0.0, 0.0, 1.0, 0.0),
    (3, 4, 1.0, 0.0, 1.0, 0.0), (4, 3, 1.0, 0.0, 1.0, 0.0), (4, 5, 1.0, 0.0, 1.0, 0.0),
]  # fmt: skip
TRIPS = TripTable(np.array([0, 1, 0, 2, 2]), np.array([1, 0, 2, 0, 2]), np.full(5, 10.0))


def test_a_zone_that_nobody_can_leave_is_cut_off() -> None:
    users = (UserClass("car", TRIPS),)
    found = equilibrium.solve(network(LINKS, 3, 6), users)
    assert cut_off.zones(users, found.pairs, 3).tolist() == [False, False, True]
    assert found.certificate.unreachable == 10.0
    elastic = Elastic(np.arange(6), np.full(5, 20.0), np.full(5, 0.1), np.full(5, 5.0))
    choosing = (UserClass("car", TRIPS, elastic=elastic),)
    chosen = equilibrium.solve(network(LINKS, 3, 6), choosing)
    assert cut_off.zones(choosing, chosen.pairs, 3).tolist() == [False, False, True]


def test_zones_that_are_cut_off_together_still_reach_one_another() -> None:
    origin, destination = (part.ravel() for part in np.divmod(np.arange(36), 6))
    users = (UserClass("car", TripTable(origin, destination, np.ones(36))),)
    same = (origin < 2) == (destination < 2)
    keep = same & (origin != destination)
    none = np.zeros(keep.sum(), np.int64)
    served = Pairs(none, origin[keep], destination[keep], np.ones(keep.sum()))
    assert cut_off.zones(users, served, 6).tolist() == [True, True, False, False, False, False]


def test_the_sentence_names_the_street_and_counts_the_trips_of_a_day() -> None:
    users = (UserClass("car", TRIPS),)
    road = network(LINKS, 3, 6)
    found = equilibrium.solve(road, users)
    links = pd.DataFrame({
        "street": ["z0", "z0", "z1", "z1", "z2", "z2", "a", "a", "b"],
        "kind": ["connector"] * 6 + ["street"] * 3,
    })  # fmt: skip
    hour = SimpleNamespace(
        classes=users, found=found, roads=SimpleNamespace(network=road, links=links),
        period=SimpleNamespace(name="morning", expansion=3.0),
    )  # fmt: skip
    streets = pd.DataFrame({"name": ["Main", None]}, index=["a", "b"])
    hours = cast("Any", [hour])
    (said,) = cut_off.sentences(hours, streets)
    assert said == (
        "Cars cannot leave or cannot reach 1 zones (morning), at b: "
        "30 trips a day that would be driven there are on no street."
    )
    named = streets.assign(name=["Main", "Lane"])
    assert "at Lane:" in cut_off.sentences(hours, named)[0]
    open_links = [*LINKS, (5, 4, 1.0, 0.0, 1.0, 0.0)]
    open_road = network(open_links, 3, 6)
    hour.found = equilibrium.solve(open_road, users)
    hour.roads.network = open_road
    assert cut_off.sentences(hours, streets) == ()
