"""Least costs proved from known trees: the same to the last bit whatever the trees say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.mobility.roads import distances, network, random_case
from twin.mobility import bounds, chains, equilibrium
from twin.mobility.paths import graph, trees


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_proof_from_trees_of_other_costs_equals_a_new_search(seed: int, through: bool) -> None:
    road, demand = random_case(seed, through=through)
    solved = equilibrium.solve(road, demand).warm
    hint = bounds.Hint(solved.chains, solved.tree_class, solved.tree_origin, solved.trees)
    draw = np.random.default_rng(seed)
    cost = draw.choice([0.0, 0.1, 1.0, 2.7, np.inf], len(road.link_from))
    origins = np.arange(road.zones, dtype=np.int64)
    found = bounds.least(bounds.lay_out(road, hint.chains), cost, origins, hint)
    fresh, _ = trees(graph(road), cost, origins)
    np.testing.assert_array_equal(found, fresh)
    alone = bounds.least(bounds.lay_out(road, None), cost, origins)
    np.testing.assert_array_equal(alone, fresh)
    finite = np.where(np.isfinite(cost), cost, 1e9)
    expected = distances(road, finite, origins)
    assert found == pytest.approx(np.where(expected < 1e9, expected, np.inf))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_nonsense_in_trees_does_no_harm(seed: int, through: bool) -> None:
    road, _ = random_case(seed, through=through)
    rows = chains.of(road, np.zeros(0, np.int64))
    draw = np.random.default_rng(seed)
    origins = np.arange(road.zones, dtype=np.int64)
    wild = draw.integers(-1, rows.size, (road.zones, road.nodes)).astype(np.int32)
    hint = bounds.Hint(rows, np.zeros(road.zones, np.int64), origins, wild)
    found = bounds.least(bounds.lay_out(road, rows), road.free_time, origins, hint)
    np.testing.assert_array_equal(found, trees(graph(road), road.free_time, origins)[0])


def test_ends_of_culs_de_sac_and_rows_of_links_are_reached() -> None:
    # 0 - 2 - 3 - 1 between two zones, and a cul-de-sac 3 - 4 - 5.
    both = [(0, 2), (2, 3), (3, 1), (3, 4), (4, 5)]
    rows = [(a, b, float(a + b), 0.0, 1.0, 0.0) for one in both for a, b in (one, one[::-1])]
    road = network(rows, 2, 6, first_through=2)
    short = chains.of(road, np.zeros(0, np.int64))
    assert short.size < len(rows)
    hint = bounds.Hint(short, np.zeros(1, np.int64), np.zeros(1, np.int64),
                       np.arange(short.size, dtype=np.int32)[None])  # fmt: skip
    known = bounds.lay_out(road, short)
    found = bounds.least(known, road.free_time, np.zeros(1, np.int64), hint)[0]
    # 0-2: 2; 2-3: 5; 3-1: 4; 3-4: 7; 4-5: 9.
    assert found.tolist() == [0.0, 11.0, 2.0, 7.0, 14.0, 23.0]
    assert set(known.aside_head) == {4, 5}


def test_threads_change_no_bit() -> None:
    road, demand = random_case(3)
    solved = equilibrium.solve(road, demand).warm
    hint = bounds.Hint(solved.chains, solved.tree_class, solved.tree_origin, solved.trees)
    known, origins = bounds.lay_out(road, hint.chains), np.arange(4, dtype=np.int64)
    one, two = (
        bounds.least(known, road.free_time, origins, hint, threads=threads) for threads in (1, 2)
    )
    np.testing.assert_array_equal(one, two)
