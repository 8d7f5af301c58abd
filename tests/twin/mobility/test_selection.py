from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from layers.schema import UserClass
from tests.twin.mobility.roads import network, random_case, trips, without
from twin.mobility import equilibrium, selection

# Two roads from 0 to 1 meet at node 3; one road goes on to zone 2.
#   l0: 0 -> 3 (10 + v/10), l1: 0 -> 3 (15 + v/20), l2: 3 -> 1 and l3: 3 -> 2, one minute each.
ROAD = network([(0, 3, 10.0, 0.1, 10.0, 1.0), (0, 3, 15.0, 1.0, 300.0, 1.0),
                (3, 1, 1.0, 0.0, 1.0, 1.0), (3, 2, 1.0, 0.0, 1.0, 1.0)], 3, 4)  # fmt: skip
DEMAND = trips([(0, 1, 150.0), (0, 2, 50.0)])
FOUND = equilibrium.solve(ROAD, DEMAND, gap=1e-12)


def test_select_link_tells_whose_trips_use_it() -> None:
    found = selection.select_link(FOUND, ["l2"])
    assert (found.origin.tolist(), found.destination.tolist()) == ([0], [1])
    assert found.trips.tolist() == pytest.approx([150.0])


def test_a_trip_over_two_of_the_links_counts_once() -> None:
    found = selection.select_link(FOUND, ["l0", "l1", "l2"])
    assert found.destination.tolist() == [1, 2]
    assert found.trips.tolist() == pytest.approx([150.0, 50.0])


def test_flow_of_a_link_says_where_its_trips_go_on() -> None:
    flow = selection.flow_of(FOUND, ["l3"])
    assert flow["l3"] == pytest.approx(50.0)
    assert flow["l2"] == 0.0
    assert flow["l0"] + flow["l1"] == pytest.approx(50.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_trips_over_a_link_sum_to_its_flow_where_no_trip_passes_twice(seed: int) -> None:
    road, demand = random_case(seed)
    found = equilibrium.solve(road, demand)
    for link in (0, int(found.flow.argmax())):
        chosen = selection.select_link(found, [f"l{link}"])
        assert chosen.trips.sum() == pytest.approx(found.flow[link])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_flows_of_all_origins_sum_to_the_flow(seed: int) -> None:
    road, demand = random_case(seed)
    found = equilibrium.solve(road, demand)
    by_origin = [selection.select_zone(found, zone, end="origin") for zone in range(road.zones)]
    by_end = [selection.select_zone(found, zone, end="destination") for zone in range(road.zones)]
    assert np.sum(by_origin, axis=0) == pytest.approx(found.flow)
    assert np.sum(by_end, axis=0) == pytest.approx(found.flow)
    assert selection.select_zone(found, 0) == pytest.approx(by_origin[0] + by_end[0])


def test_classes_are_told_apart() -> None:
    users = [UserClass("car", trips([(0, 1, 10.0)])), UserClass("van", trips([(0, 1, 4.0)]))]
    found = equilibrium.solve(ROAD, users)
    assert selection.select_link(found, ["l2"]).trips.tolist() == [14.0]
    assert selection.select_link(found, ["l2"], name="van").trips.tolist() == [4.0]
    assert selection.select_zone(found, 0, name="car")[2] == 10.0


def test_paths_are_told_with_flow_cost_and_links() -> None:
    table = selection.path_table(FOUND).sort_values(["destination", "links"])
    assert set(table["links"]) <= {"l0;l2", "l1;l2", "l0;l3", "l1;l3"}
    assert table.groupby("destination")["flow"].sum().tolist() == pytest.approx([150.0, 50.0])
    # 10 + v/10 = 15 + (200 - v)/20 = 20 minutes, and one minute more.
    assert table["cost"].tolist() == pytest.approx([21.0] * len(table))
    assert set(table["class"]) == {"car"}
    assert len(selection.path_table(equilibrium.solve(ROAD, trips([])))) == 0


def test_before_and_after_by_link() -> None:
    after = equilibrium.solve(without(ROAD, 1), DEMAND, gap=1e-12, warm=FOUND)
    table = selection.compare(FOUND, after)
    assert table.index.tolist() == ["l0", "l1", "l2", "l3"]
    assert table["before"].tolist() == pytest.approx([100.0, 100.0, 150.0, 50.0])
    assert table["after"].tolist() == pytest.approx([200.0, 0.0, 150.0, 50.0])
    assert table["change"].tolist() == pytest.approx([100.0, -100.0, 0.0, 0.0], abs=1e-9)
    assert np.isnan(table.loc["l1", "time_after"])
    assert table.loc["l0", "time_after"] == pytest.approx(30.0)
    back = selection.compare(after, FOUND)
    assert back.index.tolist() == ["l0", "l2", "l3", "l1"]


def test_unknown_names_are_refused_all_at_once() -> None:
    with pytest.raises(InputError, match="x1") as caught:
        selection.select_link(FOUND, ["x1", "l0", "x2"])
    assert len(caught.value.faults) == 2
    with pytest.raises(InputError, match="class lorry"):
        selection.select_link(FOUND, ["l0"], name="lorry")
    with pytest.raises(InputError, match="no zone 7"):
        selection.select_zone(FOUND, 7)
