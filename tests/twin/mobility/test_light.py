"""Small pairs stay on their ways: nothing is lost, large pairs answer as before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from layers.schema import Elastic, TripTable, UserClass
from tests.twin.mobility.roads import network, trips
from twin.mobility import equilibrium, light

if TYPE_CHECKING:
    from twin.mobility.street_traffic import Hour

# Zones 0, 1, 2; two ways from 0 to 1, one of which carries on to 2.
ROAD = network(
    [(0, 1, 10.0, 0.15, 60.0, 4.0), (0, 2, 5.0, 0.15, 90.0, 4.0), (2, 1, 6.0, 0.15, 90.0, 4.0),
     (1, 2, 6.0, 0.15, 90.0, 4.0)], zones=3, nodes=3,
)  # fmt: skip
TABLE = trips([(0, 1, 100.0), (0, 2, 8.0), (1, 2, 2.0)])
ALIKE = Elastic(np.array([0, 1, 2, 3]), np.array([110.0, 9.0, 3.0]), np.full(3, 0.1),
                np.array([40.0, 30.0, 20.0]))  # fmt: skip
USERS = [UserClass("car", TABLE, elastic=ALIKE), UserClass("van", trips([(1, 2, 0.5)]))]


def hour() -> Hour:
    found = equilibrium.solve(ROAD, USERS, gap=1e-10)
    roads = SimpleNamespace(network=ROAD)
    return cast("Hour", SimpleNamespace(found=found, roads=roads))


def test_the_smallest_pairs_of_elastic_classes_are_taken_out() -> None:
    found = hour().found
    first, second, third = found.trips[0].trips
    assert first < 0.95 * (first + second + third) < first + second
    keys = light.small(USERS, found, 0.95)
    # Without 0 to 1 and 0 to 2 there is the pair from 1 to 2, by number 1 * 3 + 2.
    assert set(keys) == {"car"}
    assert list(keys["car"]) == [5]
    assert list(light.small(USERS, hour().found, 1.0)["car"]) == []


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.999])
def test_flows_of_large_and_small_pairs_add_up_to_all(kept: float) -> None:
    whole = hour()
    lighter = light.lighten(whole, USERS, light.small(USERS, whole.found, kept))
    again = equilibrium.solve(lighter.network(ROAD, 1.0), lighter.users, gap=1e-10)
    assert again.flow + lighter.rest == pytest.approx(whole.found.flow, abs=1e-4)
    car = lighter.users[0]
    assert car.elastic is not None
    assert len(car.elastic.pair_first) == len(car.trips.trips) + 1
    assert lighter.users[1] is USERS[1]


def test_rows_keep_their_groups() -> None:
    elastic = Elastic(np.array([0, 2, 3, 5]), *(np.arange(5.0) + offset for offset in (1, 10, 20)))
    table = TripTable(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([5.0, 1.0, 4.0]))
    user = UserClass("car", table, elastic=elastic)
    whole: Any = hour()
    kept = light.lighten(whole, [user], {"car": np.array([2])}).users[0]
    assert kept.elastic is not None
    assert kept.trips.destination.tolist() == [1, 2]
    assert kept.elastic.pair_first.tolist() == [0, 2, 4]
    assert kept.elastic.size.tolist() == [1.0, 2.0, 4.0, 5.0]
    assert kept.elastic.other.tolist() == [20.0, 21.0, 23.0, 24.0]


def test_more_demand_puts_more_of_the_rest_on_the_streets() -> None:
    whole = hour()
    lighter = light.lighten(whole, USERS, light.small(USERS, whole.found, 0.5))
    assert lighter.rest.sum() > 0.0
    assert lighter.network(ROAD, 1.5).background == pytest.approx(1.5 * lighter.rest)
