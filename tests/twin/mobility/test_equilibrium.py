from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from layers.schema import RoadNetwork, TripTable
from tests.twin.mobility.made_roads import made
from tests.twin.mobility.roads import (
    LinkRow,
    beckmann,
    least_cost,
    network,
    random_case,
    trips,
    without,
)
from twin.mobility import chains, classes, equilibrium, warmstart
from twin.mobility.assignment import State
from twin.mobility.certificate import delay
from twin.mobility.delay import Links, law, price

# Two roads from 0 to 1: 10 + v/10 and 15 + v/20 minutes.
TWO_ROADS: list[LinkRow] = [(0, 1, 10.0, 0.1, 10.0, 1.0), (0, 1, 15.0, 1.0, 300.0, 1.0)]


def test_two_roads_share_the_trips_so_that_times_are_equal() -> None:
    # 10 + v/10 = 15 + (200 - v)/20  ->  v = 100, both take 20 minutes.
    found = equilibrium.solve(network(TWO_ROADS, 2, 2), trips([(0, 1, 200.0)]), gap=1e-12)
    assert found.flow == pytest.approx([100.0, 100.0])
    assert found.time == pytest.approx([20.0, 20.0])
    assert found.certificate.average_excess_cost == pytest.approx(0.0, abs=1e-9)


def test_linear_delays_are_solved_by_two_searches() -> None:
    # A Newton step is exact where delay is linear: one search finds the first road, one the
    # second, one proves that there is no third.
    found = equilibrium.solve(network(TWO_ROADS, 2, 2), trips([(0, 1, 200.0)]), gap=1e-12)
    assert len(found.history) == 2


def test_few_trips_all_take_the_short_road() -> None:
    # 10 + 40/10 = 14 < 15.
    found = equilibrium.solve(network(TWO_ROADS, 2, 2), trips([(0, 1, 40.0)]))
    assert found.flow.tolist() == [40.0, 0.0]
    assert found.relative_gap == 0.0


def test_a_toll_moves_trips_as_its_minutes_would() -> None:
    road = network(TWO_ROADS, 2, 2)
    tolled = replace(road, fixed_cost=np.array([3.0, 0.0]))
    # 13 + v/10 = 15 + (200 - v)/20  ->  v = 80.
    found = equilibrium.solve(tolled, trips([(0, 1, 200.0)]), gap=1e-12)
    assert found.flow == pytest.approx([80.0, 120.0])
    assert found.cost == pytest.approx([21.0, 21.0])
    assert found.time == pytest.approx([18.0, 21.0])


def test_equal_parallel_links_share_evenly() -> None:
    road = network([(0, 1, 5.0, 0.15, 100.0, 4.0)] * 2, 2, 2)
    found = equilibrium.solve(road, trips([(0, 1, 300.0)]), gap=1e-12)
    assert found.flow == pytest.approx([150.0, 150.0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.booleans())
def test_nobody_gains_by_another_path_on_random_networks(seed: int, through: bool) -> None:
    road, demand = random_case(seed, through=through)
    found = equilibrium.solve(road, demand)
    total, least, reached = float(found.cost @ found.flow), 0.0, 0.0
    for o, d, q in zip(demand.origin, demand.destination, demand.trips, strict=True):
        cheapest = least_cost(road, found.cost, int(o), int(d))
        if o != d and np.isfinite(cheapest):
            least += q * cheapest
            reached += q
    assert total - least <= 1e-5 * max(total, 1.0)
    assert found.relative_gap * total == pytest.approx(max(total - least, 0.0), abs=1e-9 * total)
    assert found.certificate.assigned == pytest.approx(reached)
    proof = found.certificate
    assert proof.demand == pytest.approx(proof.assigned + proof.intrazonal + proof.unreachable)
    assert max(proof.node_residual, proof.flow_residual, proof.demand_residual) < 1e-9
    assert proof.broken_paths == 0


def _frank_wolfe(road: RoadNetwork, demand: TripTable, rounds: int) -> np.ndarray:
    """The textbook method with networkx and bisection, as an oracle for the objective."""
    graph = nx.DiGraph()
    pair_of = {(int(a), int(b)): k for k, (a, b) in enumerate(zip(road.link_from, road.link_to))}  # noqa: B905 - both are columns of one table

    def loaded(cost: np.ndarray) -> np.ndarray:
        graph.clear()
        graph.add_weighted_edges_from((a, b, cost[k]) for (a, b), k in pair_of.items())
        flow = np.zeros(len(cost))
        for o, d, q in zip(demand.origin, demand.destination, demand.trips, strict=True):
            path = nx.dijkstra_path(graph, int(o), int(d))
            for step in pairwise(path):
                flow[pair_of[step]] += q
        return flow

    flow = loaded(road.free_time)
    for _ in range(rounds):
        towards = loaded(delay(road, flow)) - flow
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = (low + high) / 2
            if delay(road, flow + middle * towards) @ towards < 0:
                low = middle
            else:
                high = middle
        flow = flow + low * towards
    return flow


def test_objective_agrees_with_frank_wolfe() -> None:
    draw = np.random.default_rng(5)
    ends = [(a, b) for a in range(9) for b in range(9) if a != b and draw.random() < 0.4]
    ends = list(dict.fromkeys([*ends, *((a, (a + 1) % 9) for a in range(9))]))
    road = network([(a, b, draw.uniform(1, 5), 0.15, draw.uniform(50, 150), 4.0)
                    for a, b in ends], 4, 9)  # fmt: skip
    demand = trips([(o, d, 120.0) for o in range(4) for d in range(4) if o != d])
    found = equilibrium.solve(road, demand, gap=1e-10)
    oracle = _frank_wolfe(road, demand, 300)
    assert beckmann(road, found.flow) <= beckmann(road, oracle)
    assert beckmann(road, found.flow) == pytest.approx(beckmann(road, oracle), rel=1e-3)
    assert found.flow == pytest.approx(oracle, abs=0.02 * oracle.max())


def test_kernel_price_is_the_delay_law() -> None:
    road, _ = random_case(11)
    flow = np.random.default_rng(1).uniform(0, 300, len(road.link_from))
    cost, slope = np.empty((1, len(flow))), np.empty_like(flow)
    price(Links(law(road), np.zeros_like(cost), flow, cost, slope))
    assert cost[0] == pytest.approx(delay(road, flow))
    step = 1e-4
    by_difference = (delay(road, flow + step) - delay(road, flow - step)) / (2 * step)
    assert slope == pytest.approx(by_difference, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_reruns_are_bit_identical_with_any_number_of_threads(threads: int) -> None:
    road, demand = random_case(42)
    one = equilibrium.solve(road, demand, threads=1)
    again = equilibrium.solve(road, demand, threads=threads)
    assert one.flow.tobytes() == again.flow.tobytes()
    assert one.history == again.history


def test_the_order_of_the_trip_table_does_not_matter() -> None:
    road, demand = random_case(17)
    order = np.random.default_rng(0).permutation(len(demand.trips))
    mixed = TripTable(demand.origin[order], demand.destination[order], demand.trips[order])
    one, other = equilibrium.solve(road, demand), equilibrium.solve(road, mixed)
    assert one.flow.tobytes() == other.flow.tobytes()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_closing_an_unused_street_changes_nothing(seed: int) -> None:
    road, demand = random_case(seed)
    before = equilibrium.solve(road, demand, gap=1e-5)
    unused = np.flatnonzero(before.flow == 0.0)
    if not len(unused):
        return
    link = int(unused[0])
    after = equilibrium.solve(without(road, link), demand, gap=1e-5, warm=before.warm)
    assert np.abs(after.flow - np.delete(before.flow, link)).max() <= 1e-6
    assert len(after.history) == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_warm_start_ends_where_a_cold_start_does(seed: int) -> None:
    road, demand = random_case(seed)
    before = equilibrium.solve(road, demand)
    closed = without(road, int(before.flow.argmax()))
    more = TripTable(demand.origin, demand.destination, demand.trips * 1.3)
    warm = equilibrium.solve(closed, more, gap=1e-8, warm=before.warm)
    cold = equilibrium.solve(closed, more, gap=1e-8)
    assert beckmann(closed, warm.flow) == pytest.approx(beckmann(closed, cold.flow), rel=1e-5)
    assert warm.relative_gap <= 1e-5


def test_trips_inside_a_zone_and_without_a_way_are_counted_not_lost() -> None:
    road = network([(0, 1, 1.0, 0, 10.0, 0)], 3, 3)
    demand = trips([(0, 1, 5.0), (1, 0, 7.0), (2, 2, 11.0), (0, 1, 2.0), (0, 2, 0.0)])
    found = equilibrium.solve(road, demand)
    proof = found.certificate
    assert found.flow.tolist() == [7.0]
    assert (proof.demand, proof.assigned, proof.intrazonal, proof.unreachable) == (25, 7, 11, 7)
    assert proof.unreachable_pairs == 1


def test_no_trips_and_no_links_are_no_problem() -> None:
    empty = equilibrium.solve(network([], 2, 2), trips([(0, 1, 3.0)]))
    assert empty.flow.tolist() == []
    assert empty.certificate.unreachable == 3.0
    nobody = equilibrium.solve(network(TWO_ROADS, 2, 2), trips([]))
    assert nobody.flow.tolist() == [0.0, 0.0]
    assert nobody.relative_gap == 0.0


def test_stopping_early_is_told_by_the_certificate() -> None:
    road = network([(0, 1, 5.0, 1.0, 10.0, 4.0), (0, 1, 6.0, 1.0, 10.0, 4.0)], 2, 2)
    found = equilibrium.solve(road, trips([(0, 1, 100.0)]), max_iterations=1, gap=1e-9)
    assert found.relative_gap > 0.1


def test_odd_links_of_large_networks_do_no_harm() -> None:
    # Sinks, links that stand twice and times of zero; zones may not be passed through.
    road, demand = made(20, 40, seed=4, odd=True)
    found = equilibrium.solve(road, demand, gap=1e-8)
    assert found.relative_gap <= 1e-8
    assert found.certificate.node_residual < 1e-9
    sinks = road.link_to >= road.zones + 20 * 20
    assert sinks.sum() >= 8
    assert (found.flow[sinks] == 0.0).all()
    start = np.bincount(road.link_from, weights=found.flow, minlength=road.nodes)[: road.zones]
    assert start == pytest.approx(np.bincount(demand.origin, demand.trips, road.zones))
    links = pd.DataFrame({"from": road.link_from, "to": road.link_to, "time": road.free_time,
                          "room": road.capacity, "flow": found.flow, "alpha": road.alpha})  # fmt: skip
    twins = links[(links["alpha"] > 0.0) & (links["time"] > 0.0) & (links["flow"] > 300.0)]
    twins = twins[twins.duplicated(["from", "to", "time", "room"], keep=False)]
    shares = twins.groupby(["from", "to"])["flow"]
    assert len(twins) >= 2
    assert (shares.max() - shares.min()).max() < 1.0


def test_a_flat_power_keeps_its_constant_time() -> None:
    # Power 0 with alpha: free time times 1.5, whatever the flow; capacity may be infinite.
    road = network([(0, 1, 10.0, 0.5, np.inf, 0.0), (0, 1, 14.0, 1.0, 100.0, 4.0)], 2, 2)
    found = equilibrium.solve(road, trips([(0, 1, 90.0)]), gap=1e-12)
    # 14 (1 + (v/100)^4) = 15  ->  v = 100 (1/14)^(1/4) = 51.7.
    assert found.flow[1] == pytest.approx(100.0 * (1.0 / 14.0) ** 0.25)
    assert found.time == pytest.approx([15.0, 15.0])


def test_each_iteration_lowers_the_objective() -> None:
    road, demand = made(12, 20, seed=6, trips=900.0)
    objective = [
        beckmann(road, equilibrium.solve(road, demand, gap=1e-12, max_iterations=rounds).flow)
        for rounds in range(1, 8)
    ]
    assert all(after <= before * (1 + 1e-14) for before, after in pairwise(objective))
    assert objective[0] > objective[-1]


def test_progress_ends_at_one() -> None:
    road, demand = random_case(1)
    told: list[float] = []
    equilibrium.solve(road, demand, progress=lambda _, done: told.append(done))
    assert told[-1] == 1.0
    assert all(0.0 <= done <= 1.0 for done in told)


BAD = [
    ("negative capacity", {"capacity": np.array([-1.0, 10.0])}, "capacity: has negative"),
    ("no capacity", {"capacity": np.array([0.0, 10.0])}, "capacity: is zero"),
    ("missing time", {"free_time": np.array([np.nan, 1.0])}, "free_time: has negative or missing"),
    ("power below one", {"power": np.array([0.5, 1.0])}, "power: lies between 0 and 1"),
    ("unknown node", {"link_to": np.array([1, 9])}, "nodes outside"),
    ("ids twice", {"link_ids": network(TWO_ROADS, 2, 2).link_ids[[0, 0]]}, "link_ids"),
]


@pytest.mark.parametrize(("change", "message"), [row[1:] for row in BAD], ids=[r[0] for r in BAD])
def test_bad_networks_are_refused(change: dict[str, Any], message: str) -> None:
    road = replace(network(TWO_ROADS, 2, 2), **change)
    with pytest.raises(InputError, match=message):
        equilibrium.solve(road, trips([(0, 1, 1.0)]))


@pytest.mark.parametrize(
    ("row", "message"),
    [((0, 5, 1.0), "zones outside"), ((0, 1, -1.0), "negative"), ((0, 1, np.inf), "infinite"),
     ((0, 1, np.nan), "missing")],
    ids=["unknown zone", "negative trips", "infinite trips", "missing trips"],
)  # fmt: skip
def test_bad_trip_tables_are_refused(row: tuple[int, int, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        equilibrium.solve(network(TWO_ROADS, 2, 2), trips([row]))


@pytest.mark.parametrize("gap", [-1.0, 1.0, np.nan, np.inf])
def test_a_gap_that_is_none_is_refused(gap: float) -> None:
    with pytest.raises(InputError, match="Give a gap from 0"):
        equilibrium.solve(network(TWO_ROADS, 2, 2), trips([(0, 1, 40.0)]), gap=gap)


def test_all_faults_are_told_at_once() -> None:
    road = replace(network(TWO_ROADS, 2, 2), capacity=np.zeros(2), power=np.array([0.5, 1.0]))
    with pytest.raises(InputError) as caught:
        equilibrium.solve(road, trips([(0, 1, -1.0)]))
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_known_paths_are_balanced_at_one_and_the_same_cost(seed: int) -> None:
    # Counted by pair with NumPy at the costs in the end, not while trips were moved.
    road, demand = made(14, 10, seed=seed)
    problem = classes.lay_out(road, classes.listed(demand))
    kept = warmstart.chained(road, None)
    brief = replace(problem, fixed=kept.chains.summed(problem.fixed))
    state = State(chains.shortened(road, kept.chains), brief, ("car",), kept, 1)
    for _ in range(3):
        state.search()
        state.balance(1e-6, 1.0)
    excess = total = 0.0
    for paths in state.paths:
        cost = np.add.reduceat(state.links.cost[0][paths.links], paths.start[:-1])
        for first, last in pairwise(paths.pair_first):
            mine = slice(int(first), int(last))
            total += float(paths.flow[mine] @ cost[mine])
            excess += float(paths.flow[mine] @ (cost[mine] - cost[mine].min()))
    assert excess <= 1.01e-6 * total
