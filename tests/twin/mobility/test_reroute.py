"""The same trips on changed streets: by hand, and against all trips assigned anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.schema import UserClass
from tests.twin.mobility.roads import beckmann, network, random_case, trips, without
from twin.mobility import equilibrium, reroute
from twin.mobility.classes import listed

if TYPE_CHECKING:
    from layers.schema import RoadNetwork, TripTable

# Three roads from 0 to 1 of 10, 20 and 30 minutes that each rise by 0.1 min per vehicle, and one
# between 2 and 3 that has nothing to do with them.
ROAD = network(
    [(0, 1, 10.0, 1.0, 100.0, 1.0), (0, 1, 20.0, 1.0, 200.0, 1.0), (0, 1, 30.0, 1.0, 300.0, 1.0),
     (2, 3, 5.0, 1.0, 100.0, 1.0)], zones=4, nodes=4,
)  # fmt: skip
DEMAND = trips([(0, 1, 300.0), (2, 3, 50.0)])


def _same(found: equilibrium.Equilibrium) -> list[UserClass]:
    return [UserClass(name, table) for name, table in zip(found.names, found.trips, strict=True)]


def test_trips_of_a_closed_road_by_hand() -> None:
    before = equilibrium.solve(ROAD, DEMAND, gap=1e-12)
    # 10 + a / 10 = 20 + b / 10 = 30 + c / 10 and a + b + c = 300.
    assert before.flow == pytest.approx([200.0, 100.0, 0.0, 50.0])
    road = without(ROAD, 0)
    after = reroute.solve(road, _same(before), before, ROAD, gap=1e-12)
    # 20 + b / 10 = 30 + c / 10 and b + c = 300.
    assert after.flow == pytest.approx([200.0, 100.0, 50.0])
    assert after.time == pytest.approx([40.0, 40.0, 7.5])
    assert after.relative_gap <= 1e-12
    assert after.certificate.node_residual < 1e-9
    assert after.certificate.assigned == pytest.approx(350.0)
    # Only the pair that lost its road was assigned anew.
    assert after.pairs.origin.tolist() == [0]


def test_road_made_quicker_draws_trips_by_hand() -> None:
    before = equilibrium.solve(ROAD, DEMAND, gap=1e-12)
    free = ROAD.free_time.copy()
    free[2], slope = 10.0, np.array([1.0, 1.0, 3.0, 1.0])
    road = replace(ROAD, free_time=free, alpha=slope)
    after = reroute.solve(road, _same(before), before, ROAD, gap=1e-12)
    # 10 + a / 10 = 20 + b / 10 = 10 + c / 10 and a + b + c = 300: b = 400 / 3 - 100.
    assert after.flow == pytest.approx([400 / 3, 100 / 3, 400 / 3, 50.0])


def test_who_is_crowded_out_moves_too_by_hand() -> None:
    # 0 to 1 has a road of its own, or one by 2 and 3 of 5 + c / 10 between them. From 4 one comes
    # to 3 by 2 as well, or straight on in 30 + d / 10.
    road = network(
        [(0, 1, 10.0, 0.0, 100.0, 1.0), (0, 2, 1.0, 0.0, 100.0, 1.0), (2, 3, 5.0, 2.0, 100.0, 1.0),
         (3, 1, 1.0, 0.0, 100.0, 1.0), (4, 2, 1.0, 0.0, 100.0, 1.0), (4, 3, 30.0, 1.0, 300.0, 1.0)],
        zones=5, nodes=5,
    )  # fmt: skip
    before = equilibrium.solve(road, trips([(0, 1, 300.0), (4, 3, 100.0)]), gap=1e-12)
    assert before.flow == pytest.approx([300.0, 0.0, 100.0, 0.0, 100.0, 0.0])
    after = reroute.solve(without(road, 0), _same(before), before, road, gap=1e-9)
    # 1 + 5 + (300 + x) / 10 = 30 + (100 - x) / 10: x = 20 still go by 2.
    assert after.flow == pytest.approx([300.0, 320.0, 300.0, 20.0, 80.0], rel=1e-4)
    assert after.pairs.origin.tolist() == [0, 4]
    assert after.relative_gap <= 1e-9
    assert after.certificate.flow_residual < 1e-9


def test_what_nobody_uses_changes_nothing_to_the_last_bit() -> None:
    before = equilibrium.solve(ROAD, DEMAND, gap=1e-12)
    after = reroute.solve(without(ROAD, 2), _same(before), before, ROAD, gap=1e-6)
    np.testing.assert_array_equal(after.flow, before.flow[[0, 1, 3]])
    assert len(after.pairs.trips) == 0


def test_trips_without_any_way_are_counted() -> None:
    before = equilibrium.solve(ROAD, DEMAND, gap=1e-12)
    after = reroute.solve(without(ROAD, 3), _same(before), before, ROAD, gap=1e-6)
    assert after.certificate.unreachable == 50.0
    assert after.certificate.unreachable_pairs == 1
    assert after.flow == pytest.approx(before.flow[:3])
    assert after.certificate.node_residual < 1e-9


def test_other_trips_are_assigned_in_full() -> None:
    before = equilibrium.solve(ROAD, DEMAND, gap=1e-12)
    more = [UserClass("car", trips([(0, 1, 600.0), (2, 3, 50.0)]))]
    after = reroute.solve(ROAD, more, before, ROAD, gap=1e-12)
    # 10 + a / 10 = 20 + b / 10 = 30 + c / 10 and a + b + c = 600.
    assert after.flow == pytest.approx([300.0, 200.0, 100.0, 50.0])


def _classes(demand: TripTable) -> list[UserClass]:
    (car,) = listed(demand)
    lorry = replace(demand, trips=0.2 * demand.trips)
    return [car, UserClass("lorry", lorry, 2.0)]


def _beckmann(road: RoadNetwork, found: equilibrium.Equilibrium) -> float:
    return beckmann(road, np.array([1.0, 2.0]) @ found.class_flow)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_all_trips_are_in_equilibrium_on_the_changed_streets(
    seed: int, through: bool, closed: bool
) -> None:
    old, demand = random_case(seed, through=through)
    before = equilibrium.solve(old, _classes(demand), gap=1e-8)
    link = seed % len(old.link_from)
    time = old.free_time.copy()
    time[link] = 2.0 * time[link] + 1.0
    road = without(old, link) if closed else replace(old, free_time=time)
    users = [replace(user, trips=table)
             for user, table in zip(_classes(demand), before.trips, strict=True)]  # fmt: skip
    found = reroute.solve(road, users, before, old, gap=1e-6)
    whole = equilibrium.solve(road, users, gap=1e-6)
    assert found.relative_gap <= 1e-6
    assert found.certificate.node_residual < 1e-8
    assert found.certificate.flow_residual < 1e-8
    assert found.certificate.broken_paths == 0
    assert found.certificate.unreachable == pytest.approx(whole.certificate.unreachable)
    least = _beckmann(road, whole)
    assert _beckmann(road, found) == pytest.approx(least, rel=1e-5, abs=1e-6)
    again = reroute.solve(road, users, before, old, gap=1e-6, threads=2)
    np.testing.assert_array_equal(again.class_flow, found.class_flow)
