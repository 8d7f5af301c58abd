"""Possible worlds: reproducible, right on average, and applied to whom they concern."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.schema import Elastic, RoadNetwork, TripTable, UserClass
from twin.mobility import draws
from twin.mobility.draws import World

FIGURES = {
    "demand.spread": 0.1, "car.constant": 0.2, "capacity.all": 0.05, "capacity.link": 0.1,
    "gateway.count": 0.1, "gateway.assumed": 0.4,
}  # fmt: skip
LINKS = pd.Index(["a", "b", "c"])
WORLD = World(1.2, np.array([2.0, 8.0]), 0.5, np.array([1.0, 2.0, 3.0]), LINKS)
"""Two zones (0, 1), two gateways (2, 3)."""


def table(*pairs: tuple[int, int], trips: float = 10.0) -> TripTable:
    origin, destination = np.array(pairs, dtype=np.int64).T
    return TripTable(origin, destination, np.full(len(pairs), trips))


def test_trips_inside_follow_demand_and_gateways_their_own_factor() -> None:
    user = UserClass("external", table((0, 1), (0, 2), (3, 1), (2, 3)))
    (found,) = draws.classes([user], 2, WORLD)
    # Through vehicles: the geometric mean of 2 and 8.
    assert found.trips.trips == pytest.approx([12.0, 20.0, 80.0, 40.0])


def test_liking_of_cars_moves_the_cost_at_which_half_of_all_drive() -> None:
    elastic = Elastic(np.array([0, 2]), np.array([6.0, 4.0]), np.array([0.1, 0.25]),
                      np.array([20.0, np.inf]))  # fmt: skip
    (found,) = draws.classes([UserClass("car", table((0, 1)), elastic=elastic)], 2, WORLD)
    assert found.elastic is not None
    assert found.elastic.size == pytest.approx([7.2, 4.8])
    # 0.5 of utility is worth 5 minutes at 0.1 per minute; who has no choice still has none.
    assert found.elastic.other == pytest.approx([25.0, np.inf])


def test_capacities_follow_the_names_of_links() -> None:
    ends, ones = np.array([0, 1]), np.ones(2)
    net = RoadNetwork(
        link_from=ends, link_to=ends[::-1], capacity=np.array([100.0, 100.0]), length=ones,
        free_time=ones, alpha=ones, power=ones, fixed_cost=ones, zones=2, nodes=2,
        first_through=0, link_ids=pd.Index(["c", "a"]),
    )  # fmt: skip
    assert draws.network(net, WORLD).capacity == pytest.approx([300.0, 100.0])


def test_trips_as_before_meet_the_costs_and_bans_of_afterwards() -> None:
    cost, barred = np.array([1.0]), np.array([True])
    after = [UserClass("car", table((0, 1)), cost=cost),
             UserClass("lorry", table((0, 1)), pcu=2.0, barred=barred)]  # fmt: skip
    kept = table((1, 0), trips=7.0)
    names = ("car", "electric", "lorry")
    car, gone, lorry = draws.unchanged(names, (kept, kept, kept), after, {}, road())
    assert [one.name for one in (car, gone, lorry)] == ["car", "electric", "lorry"]
    assert all(one.trips is kept and one.elastic is None for one in (car, gone, lorry))
    assert gone.cost is cost
    assert lorry.barred is barred
    assert lorry.pcu == 2.0


def road() -> RoadNetwork:
    """Zones 0 and 1 with a way each way, and a second way from 0 to 1 by junction 2."""
    ends = np.array([(0, 1), (1, 0), (0, 2), (2, 1)])
    ones = np.ones(len(ends))
    return RoadNetwork(
        link_from=ends[:, 0], link_to=ends[:, 1], capacity=100.0 * ones, length=ones,
        free_time=ones, alpha=ones, power=ones, fixed_cost=0.0 * ones, zones=2, nodes=3,
        first_through=0, link_ids=pd.Index(["there", "back", "in", "out"]),
    )  # fmt: skip


def rule(links: list[int]) -> tuple[list[UserClass], UserClass]:
    """Cars after a plan, of which 1 in 4 may not use some links, and vans, of which 1 in 5."""
    barred = np.isin(np.arange(4), links)

    def cars(share: float) -> Elastic:
        return Elastic(np.array([0, 1, 2]), 40.0 * share * np.ones(2), np.ones(2), np.ones(2))

    both = ((0, 1), (1, 0))
    kept_out = UserClass("barred euro_5", table(*both), barred=barred, elastic=cars(0.25))
    after = [
        UserClass("car", table(*both), elastic=cars(0.75)), kept_out,
        UserClass("van", table(*both, trips=8.0)),
        UserClass("van barred euro_5", table((0, 1), trips=2.0), barred=barred),
    ]  # fmt: skip
    return after, kept_out


def test_who_a_new_rule_keeps_out_drives_round_with_the_trips_of_before() -> None:
    after, kept_out = rule([0])
    names, trips = ("car", "van"), (table((0, 1), (1, 0), trips=12.0), table((0, 1)))
    new = draws.newly_kept_out(names, after)
    assert new == {"car": [("barred euro_5", 0.25)], "van": [("van barred euro_5", 0.2)]}
    found = {one.name: one for one in draws.unchanged(names, trips, after, new, road())}
    # 12 trips each way; 3 of them go by junction 2, in both directions there is a way.
    assert found["car"].trips.trips == pytest.approx([9.0, 9.0])
    assert found["barred euro_5"].trips.trips == pytest.approx([3.0, 3.0])
    assert found["van"].trips.trips == pytest.approx([8.0])
    assert found["van barred euro_5"].trips.trips == pytest.approx([2.0])
    assert found["barred euro_5"].barred is kept_out.barred
    assert all(one.elastic is None for one in found.values())


def test_a_trip_without_a_way_round_is_made_by_a_vehicle_that_may_enter() -> None:
    after, _ = rule([0, 2])
    new = draws.newly_kept_out(("car",), after)
    found = draws.unchanged(("car",), (table((0, 1), trips=12.0),), after, new, road())
    assert [(one.name, one.trips.trips.tolist()) for one in found] == [("car", [12.0])]


def test_a_rule_that_held_before_keeps_out_the_same_trips() -> None:
    after, _ = rule([0])
    assert draws.newly_kept_out(("car", "barred euro_5", "van", "van barred euro_5"), after) == {}


def test_gateway_without_an_error_gets_that_of_its_kind() -> None:
    gates = pd.DataFrame({"kind": ["count", "assumed", "count"], "error": [np.nan, np.nan, 0.07]})
    assert draws.gate_spread(gates, FIGURES) == pytest.approx([0.1, 0.4, 0.07])


@given(st.integers(0, 2**32), st.integers(0, 500))
def test_a_world_is_the_same_whenever_it_is_drawn(seed: int, number: int) -> None:
    one, other = (draws.world(seed, number, LINKS, np.array([0.1]), FIGURES) for _ in range(2))
    assert one.demand == other.demand
    assert one.car == other.car
    assert (one.capacity == other.capacity).all()
    assert (one.gates == other.gates).all()
    assert one.demand > 0.0
    assert (one.capacity > 0.0).all()


def test_factors_are_one_on_average_and_spread_as_asked() -> None:
    normal = np.random.default_rng(1).standard_normal(400_000)
    found = draws.factor(normal, 0.4)
    assert found.mean() == pytest.approx(1.0, abs=0.003)
    assert np.log(found).std() == pytest.approx(0.4, abs=0.002)
    assert draws.factor(normal, 0.0) == pytest.approx(1.0)


def test_worlds_of_one_seed_differ() -> None:
    found = {draws.world(7, number, LINKS, np.zeros(0), FIGURES).demand for number in range(50)}
    assert len(found) == 50
