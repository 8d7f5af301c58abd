"""Several classes, conical delays, background flow and elastic trips in one equilibrium."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.special import expit

from layers.errors import InputError
from layers.schema import Elastic, RoadNetwork, TripTable, UserClass
from tests.twin.mobility.roads import LinkRow, least_cost, network, random_case, trips
from twin.mobility import equilibrium
from twin.mobility.certificate import delay

# Two roads from 0 to 1: 10 + v/10 and 15 + v/20 minutes.
TWO_ROADS: list[LinkRow] = [(0, 1, 10.0, 0.1, 10.0, 1.0), (0, 1, 15.0, 1.0, 300.0, 1.0)]
ROAD = network(TWO_ROADS, 2, 2)


def _elastic(pairs: int, size: float, scale: float, other: float) -> Elastic:
    """One group for each pair."""
    return Elastic(np.arange(pairs + 1), np.full(pairs, size), np.full(pairs, scale),
                   np.full(pairs, other))  # fmt: skip


def test_lorries_count_for_more_than_cars() -> None:
    # 100 cars and 50 lorries of 2 units are 200 units: 100 on each road, both take 20 minutes.
    users = [UserClass("car", trips([(0, 1, 100.0)])),
             UserClass("lorry", trips([(0, 1, 50.0)]), pcu=2.0)]  # fmt: skip
    found = equilibrium.solve(ROAD, users, gap=1e-12)
    assert found.time == pytest.approx([20.0, 20.0])
    assert np.array([1.0, 2.0]) @ found.class_flow == pytest.approx([100.0, 100.0])
    assert found.class_flow.sum(axis=1) == pytest.approx([100.0, 50.0])
    assert found.flow.sum() == pytest.approx(150.0)


def test_who_values_time_less_shuns_the_toll() -> None:
    # The quick road costs a toll: 1 minute to the hurried, 8 to the thrifty. Times differ by less
    # than 8 and more than 1, so each class keeps to its road: 10 + 80/10 = 18 and 15 + 120/20 = 21.
    users = [UserClass("hurried", trips([(0, 1, 80.0)]), cost=np.array([1.0, 0.0])),
             UserClass("thrifty", trips([(0, 1, 120.0)]), cost=np.array([8.0, 0.0]))]  # fmt: skip
    found = equilibrium.solve(ROAD, users, gap=1e-12)
    assert found.class_flow == pytest.approx(np.array([[80.0, 0.0], [0.0, 120.0]]))
    assert found.time == pytest.approx([18.0, 21.0])
    assert found.class_cost == pytest.approx(np.array([[19.0, 21.0], [26.0, 21.0]]))


def test_barred_links_are_shut_for_one_class_only() -> None:
    users = [UserClass("car", trips([(0, 1, 40.0)])),
             UserClass("lorry", trips([(0, 1, 10.0)]), barred=np.array([True, False]))]  # fmt: skip
    found = equilibrium.solve(ROAD, users)
    assert found.class_flow.tolist() == [[40.0, 0.0], [0.0, 10.0]]
    shut = [replace(users[1], barred=np.array([True, True]))]
    nobody = equilibrium.solve(ROAD, shut)
    assert nobody.flow.tolist() == [0.0, 0.0]
    assert (nobody.certificate.unreachable, nobody.certificate.unreachable_pairs) == (10.0, 1)


def test_a_warm_start_leaves_links_that_were_barred_since() -> None:
    before = equilibrium.solve(ROAD, [UserClass("car", trips([(0, 1, 40.0)]))])
    assert before.flow.tolist() == [40.0, 0.0]
    barred = [UserClass("car", trips([(0, 1, 40.0)]), barred=np.array([True, False]))]
    assert equilibrium.solve(ROAD, barred, warm=before).flow.tolist() == [0.0, 40.0]


def test_background_takes_room_and_stays() -> None:
    # 60 units are on the first road anyway: 10 + (60 + v)/10 = 15 + (200 - v)/20 -> v = 60.
    road = replace(ROAD, background=np.array([60.0, 0.0]))
    found = equilibrium.solve(road, trips([(0, 1, 200.0)]), gap=1e-12)
    assert found.flow == pytest.approx([60.0, 140.0])
    assert found.time == pytest.approx([22.0, 22.0])
    assert found.certificate.node_residual < 1e-9


def test_conical_delay_of_spiess() -> None:
    # f(0) = 1, f(1) = 2 and, far above capacity, a straight line of slope 2 a (Spiess 1990).
    road = replace(network([(0, 1, 5.0, 0.0, 100.0, 0.0)], 2, 2), conical=np.array([4.0]))
    assert delay(road, np.array([0.0]))[0] == pytest.approx(5.0)
    assert delay(road, np.array([100.0]))[0] == pytest.approx(10.0)
    far = delay(road, np.array([1e7]))[0] - delay(road, np.array([1e7 - 100.0]))[0]
    assert far == pytest.approx(5.0 * 2 * 4.0)


def test_conical_roads_share_trips_so_that_times_are_equal() -> None:
    road = replace(network([(0, 1, 5.0, 0.0, 100.0, 0.0), (0, 1, 8.0, 0.0, 200.0, 0.0)], 2, 2),
                   conical=np.array([4.0, 6.0]))  # fmt: skip
    found = equilibrium.solve(road, trips([(0, 1, 250.0)]), gap=1e-13)

    def lead(first: float) -> float:
        times = delay(road, np.array([first, 250.0 - first]))
        return float(times[0] - times[1])

    assert found.flow[0] == pytest.approx(brentq(lead, 0.0, 250.0, xtol=1e-12), abs=1e-7)


def test_the_solver_and_the_certificate_know_one_law() -> None:
    draw = np.random.default_rng(3)
    road, demand = random_case(8)
    links = len(road.link_from)
    conical = np.where(draw.random(links) < 0.5, draw.uniform(1.5, 9.0, links), 0.0)
    mixed = replace(road, conical=conical, background=draw.uniform(0.0, 50.0, links))
    found = equilibrium.solve(mixed, demand, gap=1e-10)
    assert found.history[-1] <= 1e-10
    assert found.relative_gap <= 1.1e-10


def test_elastic_trips_by_hand() -> None:
    # One road of 10 + v/10 minutes and people half of whom drive at 20 minutes: v = 100 of 200.
    road = network(TWO_ROADS[:1], 2, 2)
    user = UserClass("car", trips([(0, 1, 1.0)]), elastic=_elastic(1, 200.0, 0.5, 20.0))
    found = equilibrium.solve(road, [user], gap=1e-12)
    assert found.flow == pytest.approx([100.0])
    assert found.trips[0].trips == pytest.approx([100.0])
    assert found.certificate.elastic_residual < 1e-8
    # With background of 50 units: v solves v (1 + exp((10 + (50 + v)/10 - 20)/2)) = 200.
    busy = replace(road, background=np.array([50.0]))
    root = brentq(lambda v: v * (1 + np.exp((v - 50.0) / 20.0)) - 200.0, 0.0, 200.0)
    assert equilibrium.solve(busy, [user], gap=1e-12).flow == pytest.approx([root])


def test_groups_of_a_pair_answer_each_in_its_own_way() -> None:
    # Some have no choice; of others 1 / (1 + e^-1) drive on a road that always takes 10 minutes.
    road = network([(0, 1, 10.0, 0.0, 1.0, 0.0)], 2, 2)
    elastic = Elastic(np.array([0, 2]), np.array([30.0, 100.0]), np.array([1.0, 0.5]),
                      np.array([np.inf, 12.0]))  # fmt: skip
    found = equilibrium.solve(road, [UserClass("car", trips([(0, 1, 0.0)]), elastic=elastic)])
    assert found.flow == pytest.approx([30.0 + 100.0 * expit(1.0)])


def test_where_nobody_drives_nobody_is_assigned() -> None:
    road = network([(0, 1, 10.0, 0.0, 1.0, 0.0)], 3, 3)
    elastic = _elastic(2, 100.0, 100.0, -100.0)
    user = UserClass("car", trips([(0, 1, 5.0), (0, 2, 5.0)]), elastic=elastic)
    found = equilibrium.solve(road, [user])
    assert found.flow.tolist() == [0.0]
    assert found.certificate.unreachable == 0.0
    assert found.certificate.unreachable_pairs == 1


def _mixed(seed: int) -> tuple[RoadNetwork, list[UserClass]]:
    """Random roads with cars of elastic demand and lorries of fixed demand."""
    road, demand = random_case(seed)
    draw = np.random.default_rng(seed)
    links, pairs = len(road.link_from), len(demand.trips)
    road = replace(road, background=draw.uniform(0.0, 30.0, links),
                   conical=np.where(draw.random(links) < 0.3, 4.0, 0.0))  # fmt: skip
    groups = 2 * pairs
    elastic = Elastic(2 * np.arange(pairs + 1), draw.uniform(0.0, 100.0, groups),
                      draw.uniform(0.05, 1.0, groups), draw.uniform(0.0, 20.0, groups))  # fmt: skip
    lorries = TripTable(demand.origin, demand.destination, 0.1 * demand.trips)
    return road, [
        UserClass("car", demand, elastic=elastic),
        UserClass("lorry", lorries, pcu=2.5, cost=draw.uniform(0.0, 3.0, links),
                  barred=draw.random(links) < 0.1),
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_realised_trips_satisfy_the_logit(seed: int) -> None:
    road, users = _mixed(seed)
    found = equilibrium.solve(road, users, gap=1e-10)
    proof, elastic = found.certificate, users[0].elastic
    assert proof.relative_gap <= 1e-10
    assert proof.elastic_residual <= 1e-8
    assert max(proof.node_residual, proof.flow_residual, proof.demand_residual) < 1e-9
    assert elastic is not None
    table = found.trips[0]
    realised = dict(zip(zip(table.origin, table.destination, strict=True), table.trips,
                        strict=True))  # fmt: skip
    rows = users[0].trips
    for pair, (o, d) in enumerate(zip(rows.origin.tolist(), rows.destination.tolist(),
                                      strict=True)):  # fmt: skip
        if o == d:
            continue
        cost = least_cost(road, found.class_cost[0], o, d)
        own = slice(2 * pair, 2 * pair + 2)
        wanted = elastic.size[own] @ expit(elastic.scale[own] * (elastic.other[own] - cost))
        assert realised.get((o, d), 0.0) == pytest.approx(wanted, rel=2e-8, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000))
def test_a_second_start_changes_nothing_and_threads_no_bit(seed: int) -> None:
    road, users = _mixed(seed)
    found = equilibrium.solve(road, users, threads=1)
    again = equilibrium.solve(road, users, warm=found)
    assert np.abs(again.class_flow - found.class_flow).max(initial=0.0) <= 1e-6
    assert len(again.history) == 1
    other = equilibrium.solve(road, users, threads=3)
    assert other.class_flow.tobytes() == found.class_flow.tobytes()


def test_blocks_and_pieces_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    road, users = _mixed(21)
    whole = equilibrium.solve(road, users, gap=1e-10)
    monkeypatch.setattr("twin.mobility.assignment.TREES_AT_ONCE", 2)
    monkeypatch.setattr("twin.mobility.certificate.ORIGINS_AT_ONCE", 2)
    pieces = equilibrium.solve(road, users, gap=1e-10)
    assert pieces.certificate.flow_residual < 1e-9
    assert pieces.certificate.broken_paths == 0
    assert pieces.cost == pytest.approx(whole.cost, rel=1e-6)
    again = equilibrium.solve(road, users, gap=1e-9, warm=whole)
    assert again.class_flow == pytest.approx(whole.class_flow, abs=1e-9)


def test_a_warm_start_finds_classes_and_nodes_by_name() -> None:
    road, users = _mixed(33)
    found = equilibrium.solve(road, users, gap=1e-10)
    # Junctions bear other numbers, and a class more stands in front.
    order = np.concatenate([np.arange(road.zones), np.arange(road.nodes - 1, road.zones - 1, -1)])
    moved = replace(road, link_from=order[road.link_from], link_to=order[road.link_to])
    more = [UserClass("van", trips([(0, 1, 1e-9)])), *users]
    again = equilibrium.solve(moved, more, gap=1e-9, warm=found)
    assert len(again.history) == 1
    assert again.class_flow[1:] == pytest.approx(found.class_flow, abs=1e-6)
    back = equilibrium.solve(road, users[::-1], gap=1e-10, warm=found)
    assert back.cost == pytest.approx(found.cost, rel=1e-6)
    assert back.names == ("lorry", "car")


def test_a_street_that_was_turned_is_not_taken_for_the_old_one() -> None:
    before = equilibrium.solve(ROAD, trips([(0, 1, 150.0)]))
    turned = replace(ROAD, link_from=np.array([0, 1]), link_to=np.array([1, 0]))
    after = equilibrium.solve(turned, trips([(0, 1, 150.0)]), warm=before)
    assert after.flow.tolist() == [150.0, 0.0]
    assert after.certificate.broken_paths == 0


def test_two_equal_classes_are_one() -> None:
    road, demand = random_case(12)
    half = TripTable(demand.origin, demand.destination, demand.trips / 2)
    one = equilibrium.solve(road, demand, gap=1e-10)
    two = equilibrium.solve(road, [UserClass("a", half), UserClass("b", half)], gap=1e-10)
    assert two.cost == pytest.approx(one.cost, rel=1e-6)
    assert two.certificate.assigned == pytest.approx(one.certificate.assigned)


def test_elastic_equilibrium_is_the_optimum_of_its_convex_programme() -> None:
    # Gartner (1980): trips are a path that costs what the last of them would bear. By SciPy.
    # Zones 0, 1; paths: road 0 (1 + v/10), road 1 (2 + v/20), and a detour over node 2.
    road = network([(0, 1, 1.0, 1.0, 10.0, 1.0), (0, 1, 2.0, 0.5, 20.0, 1.0),
                    (0, 2, 1.0, 1.0, 40.0, 4.0), (2, 1, 1.5, 0.15, 30.0, 4.0)], 2, 3)  # fmt: skip
    size, scale, other = 80.0, 0.6, 4.0
    user = UserClass("car", trips([(0, 1, 1.0)]), elastic=_elastic(1, size, scale, other))
    found = equilibrium.solve(road, [user], gap=1e-12)

    def area(path: np.ndarray) -> float:
        flow = np.array([path[0], path[1], path[2], path[2]])
        ratio = flow / road.capacity
        time = road.free_time * flow * (1 + road.alpha * ratio**road.power / (road.power + 1))
        total = np.clip(path.sum(), 1e-9, size - 1e-9)
        # Integral of the inverse of q(u): other + log((size - q) / q) / scale.
        rest = size - total
        entropy = size * np.log(size) - total * np.log(total) - rest * np.log(rest)
        return float(time.sum() - other * total - entropy / scale)

    best = minimize(area, np.full(3, 10.0), bounds=[(0.0, size)] * 3, method="L-BFGS-B",
                    options={"ftol": 1e-15, "gtol": 1e-10})  # fmt: skip
    assert found.flow[:3] == pytest.approx(best.x, rel=1e-4)
    assert area(found.flow[:3]) <= best.fun + 1e-9


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no unit", {"pcu": 0.0}, "pcu: is not above 0"),
    ("cost too short", {"cost": np.zeros(1)}, "cost: is not 0 or more on every link"),
    ("negative cost", {"cost": np.array([-1.0, 0.0])}, "cost: is not 0 or more"),
    ("barred too short", {"barred": np.zeros(3, np.bool_)}, "barred: has not one value"),
    ("groups of other pairs", {"elastic": _elastic(2, 1.0, 1.0, 1.0)}, "groups of every pair"),
    ("scale zero", {"elastic": _elastic(1, 1.0, 0.0, 1.0)}, "scales that are not above 0"),
    ("negative size", {"elastic": _elastic(1, -1.0, 1.0, 1.0)}, "sizes"),
    ("missing other", {"elastic": _elastic(1, 1.0, 1.0, np.nan)}, "missing costs of all else"),
]


@pytest.mark.parametrize(("change", "message"), [row[1:] for row in BAD], ids=[r[0] for r in BAD])
def test_bad_classes_are_refused(change: dict[str, Any], message: str) -> None:
    user = UserClass("car", trips([(0, 1, 1.0)]), **change)
    with pytest.raises(InputError, match=message):
        equilibrium.solve(ROAD, [user])


def test_classes_need_names_and_pairs_stand_once() -> None:
    user = UserClass("car", trips([(0, 1, 1.0)]))
    with pytest.raises(InputError, match="two share a name"):
        equilibrium.solve(ROAD, [user, user])
    with pytest.raises(InputError, match="are none"):
        equilibrium.solve(ROAD, [])
    twice = UserClass("car", trips([(0, 1, 1.0), (0, 1, 2.0)]), elastic=_elastic(2, 1.0, 1.0, 1.0))
    with pytest.raises(InputError, match="names a pair of zones twice"):
        equilibrium.solve(ROAD, [twice])


@pytest.mark.parametrize(
    ("change", "message"),
    [({"conical": np.array([1.0, 0.0])}, "conical: is not above 1"),
     ({"conical": np.array([4.0])}, "conical: has not one value"),
     ({"background": np.array([-1.0, 0.0])}, "background: has negative"),
     ({"background": np.zeros(3)}, "background: has not one value")],
    ids=["flat cone", "cone too short", "negative background", "background too long"],
)  # fmt: skip
def test_bad_additions_to_networks_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        equilibrium.solve(replace(ROAD, **change), trips([(0, 1, 1.0)]))
