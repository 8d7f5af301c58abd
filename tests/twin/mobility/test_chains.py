from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.mobility.roads import LinkRow, distances, network, trips, without
from twin.mobility import chains, equilibrium
from twin.mobility.certificate import delay

if TYPE_CHECKING:
    from layers.schema import RoadNetwork, TripTable

NONE = np.zeros(0, np.int64)


def _street(tail: int, head: int, time: float, power: float = 4.0) -> list[LinkRow]:
    return [(a, b, time, 0.5, 100.0 + 10.0 * time, power) for a, b in ((tail, head), (head, tail))]


def _town() -> RoadNetwork:
    # Zones 0 and 1 at the ends of 2 - 3 - 4 - 5, two ways round, and a cul-de-sac 3 - 8 - 9.
    rows = [
        *_street(0, 2, 1.0, 0.0), *_street(5, 1, 1.0, 0.0),
        *_street(2, 3, 2.0), *_street(3, 4, 3.0), *_street(4, 5, 1.0),
        *_street(2, 6, 4.0), *_street(6, 7, 1.0), *_street(7, 5, 2.0),
        *_street(3, 8, 1.0), *_street(8, 9, 1.0),
    ]  # fmt: skip
    return network(rows, 2, 10, first_through=2)


def test_links_between_junctions_are_one_chain_and_culs_de_sac_are_in_none() -> None:
    road = _town()
    found = chains.of(road, NONE)
    rows = [found.links[a:b].tolist() for a, b in zip(found.first[:-1], found.first[1:])]  # noqa: B905
    # Links 4, 6, 8 lead from 2 over 3 and 4 to 5; 9, 7, 5 back; 10, 12, 14 and 15, 13, 11 round.
    assert sorted(rows) == [[0], [1], [2], [3], [4, 6, 8], [9, 7, 5], [10, 12, 14], [15, 13, 11]]


def test_a_node_that_is_asked_for_ends_a_chain() -> None:
    found = chains.of(_town(), np.array([4]))
    rows = [found.links[a:b].tolist() for a, b in zip(found.first[:-1], found.first[1:])]  # noqa: B905
    assert [4, 6] in rows
    assert [8] in rows


@pytest.mark.parametrize("what", ["power", "background", "conical"])
def test_links_of_unlike_delay_are_not_taken_together(what: str) -> None:
    road, links = _town(), 20
    values = {"power": road.power.copy(), "background": np.zeros(links), "conical": np.zeros(links)}
    values[what][6] = {"power": 2.0, "background": 30.0, "conical": 3.0}[what]
    changes: dict[str, Any] = {what: values[what]}
    changed = replace(road, **changes)
    found = chains.of(changed, NONE)
    assert found.links[found.first[:-1]].tolist().count(6) == 1
    assert [9, 7, 5] in [
        found.links[a:b].tolist() for a, b in zip(found.first[:-1], found.first[1:], strict=True)
    ]


def _winding(seed: int) -> tuple[RoadNetwork, TripTable]:
    """Streets in several pieces between eight junctions, culs-de-sac, one-way and parallel ones."""
    draw = np.random.default_rng(seed)
    rows: list[LinkRow] = []
    nodes = 12
    for zone in range(4):
        rows += _street(zone, 4 + zone, 0.5, 0.0)
    for _ in range(14):
        tail, head = (int(node) for node in draw.choice(np.arange(4, 12), 2, replace=False))
        stops = [tail, *range(nodes, nodes + int(draw.integers(0, 4))), head]
        nodes += len(stops) - 2
        if draw.random() < 0.2:
            stops.pop()
        law = float(draw.choice([4.0, 4.0, 4.0, 1.0]))
        for a, b in itertools.pairwise(stops):
            power = law if draw.random() < 0.8 else 0.0
            both = _street(a, b, float(draw.uniform(0.0, 3.0)), power)
            rows += both if draw.random() < 0.8 else both[:1]
    demand = [(o, d, float(draw.uniform(10, 90))) for o in range(4) for d in range(4) if o != d]
    road = network(rows, 4, nodes, first_through=4)
    return replace(road, fixed_cost=draw.uniform(0.0, 1.0, len(rows))), trips(demand)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_delays_and_cheapest_ways_are_those_of_the_links(seed: int) -> None:
    road, _ = _winding(seed)
    found = chains.of(road, NONE)
    assert found.size < len(road.link_from)
    short = chains.shortened(road, found)
    volume = np.random.default_rng(seed).uniform(0.0, 300.0, found.size)
    cost = delay(road, found.spread(volume, len(road.link_from))) + road.fixed_cost
    brief = delay(short, volume) + short.fixed_cost
    assert brief == pytest.approx(found.summed(cost), rel=1e-12)
    zones = np.arange(road.zones)
    near = distances(short, brief, zones)[:, : road.zones]
    assert near == pytest.approx(distances(road, cost, zones)[:, : road.zones], rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_the_equilibrium_is_the_same_with_and_without_chains(seed: int) -> None:
    road, demand = _winding(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twin.mobility.chains.FEW", 2.0)
        plain = equilibrium.solve(road, demand, gap=1e-12)
    found = equilibrium.solve(road, demand, gap=1e-12)
    assert plain.warm.chains.size == len(road.link_from)
    total = float(plain.cost @ plain.flow)
    assert float(found.cost @ found.flow) == pytest.approx(total, rel=1e-6)
    assert found.certificate.broken_paths == 0
    assert found.certificate.flow_residual < 1e-9
    assert found.paths.met() == pytest.approx(plain.paths.met())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.booleans())
def test_a_warm_start_over_other_chains_reaches_what_a_cold_one_does(
    seed: int, opened: bool
) -> None:
    # Closing joins chains, opening parts them.
    road, demand = _winding(seed)
    closed = without(road, int(np.random.default_rng(seed).integers(8, len(road.link_from))))
    first, then = (closed, road) if opened else (road, closed)
    before = equilibrium.solve(first, demand, gap=1e-10)
    after = equilibrium.solve(then, demand, gap=1e-10, warm=before)
    cold = equilibrium.solve(then, demand, gap=1e-10)
    assert after.relative_gap <= 1e-9
    assert float(after.cost @ after.flow) == pytest.approx(float(cold.cost @ cold.flow), rel=1e-6)


def test_what_stays_is_found_again_under_new_names() -> None:
    road = _town()
    old = chains.of(road, NONE)
    # Without 8 - 9 and back nothing changes; without 3 - 4 the chain over it is gone.
    for gone, lost in ((18, 0), (6, 1)):
        new_road = without(road, gone)
        number = new_road.link_ids.get_indexer(road.link_ids).astype(np.int32)
        ends = np.array([0, 1, 2, 5])
        new = chains.of(new_road, ends)
        row = chains.renamed(old, number, new, len(new_road.link_from))
        empty = np.flatnonzero(np.diff(row.first) == 0)
        assert len(empty) == lost
        for chain in np.flatnonzero(np.diff(row.first)):
            pieces = row.links[row.first[chain] : row.first[chain + 1]]
            links = np.concatenate([new.links[new.first[p] : new.first[p + 1]] for p in pieces])
            old_links = old.links[old.first[chain] : old.first[chain + 1]]
            assert links.tolist() == number[old_links].tolist()
