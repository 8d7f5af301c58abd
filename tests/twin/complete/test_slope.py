"""Slopes: exact on a plane, osmnx's own grades, straight decks over valleys."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator
from shapely import LineString, Point

from tests.twin.cities import tiny
from twin import export
from twin.complete import slope

X = np.arange(0.0, 1000.0, 10.0) + 5.0
Y = 1000.0 - np.arange(0.0, 1000.0, 10.0) - 5.0


def ground(east: float = 0.05, north: float = 0.02) -> np.ndarray[Any, Any]:
    return 100 + east * X[None, :] + north * Y[:, None]


def streets(*lines: list[tuple[float, float]], bridge: tuple[int, ...] = ()) -> gpd.GeoDataFrame:
    """Streets that end at junctions named by their place: 1000 x + y."""
    ends = [(line[0], line[-1]) for line in lines]
    shapes = [LineString(line) for line in lines]
    return gpd.GeoDataFrame(
        {
            "from_node": [int(1000 * a[0] + a[1]) for a, _ in ends],
            "to_node": [int(1000 * b[0] + b[1]) for _, b in ends],
            "length": [shape.length for shape in shapes],
            "bridge": [number in bridge for number in range(len(lines))],
            "tunnel": False,
        },
        geometry=shapes,
        index=pd.Index([f"w{number}" for number in range(len(lines))], name="id"),
    )


def junctions(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    nodes = sorted({*roads["from_node"], *roads["to_node"]})
    return gpd.GeoDataFrame(
        geometry=[Point(node // 1000, node % 1000) for node in nodes],
        index=pd.Index(nodes, name="node"),
    )


def graded(
    roads: gpd.GeoDataFrame, values: np.ndarray[Any, Any], step: float = 10.0
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    return slope.graded(roads, junctions(roads), values, X, Y, step)


def test_slopes_of_a_plane_are_exact_and_signed_by_direction() -> None:
    roads = streets(
        [(100, 100), (400, 100)], [(400, 100), (100, 100)], [(100, 100), (100, 300)],
        [(100, 100), (200, 100), (200, 200)],
    )  # fmt: skip
    done, nodes = graded(roads, ground())
    np.testing.assert_allclose(done["grade"], [0.05, -0.05, 0.02, 7 / 200], atol=1e-12)
    np.testing.assert_allclose(done["climb"], [15, 0, 4, 7], atol=1e-9)
    np.testing.assert_allclose(done["descent"], [0, 15, 0, 0], atol=1e-9)
    np.testing.assert_allclose(done["steepest"], [0.05, 0.05, 0.02, 0.05], atol=1e-12)
    assert nodes["elevation"].tolist() == pytest.approx([107, 111, 114, 122])


def test_a_hill_on_the_way_is_seen_between_level_ends() -> None:
    hill = 100 + np.maximum(0, 50 - np.abs(X - 500))[None, :] * np.ones((100, 1))
    done, _ = graded(streets([(405, 505), (595, 505)]), hill)
    row = done.iloc[0]
    assert row["grade"] == pytest.approx(0)
    assert row["climb"] == pytest.approx(45, abs=1e-6)
    assert row["descent"] == pytest.approx(45, abs=1e-6)
    assert row["steepest"] == pytest.approx(1)


PLACE = st.integers(-500, 10_500).map(lambda tenths: tenths / 10)


@given(st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=30), st.integers(0, 2**32 - 1))
def test_sampling_equals_scipy_inside_and_knows_nothing_outside(
    points: list[tuple[float, float]], seed: int
) -> None:
    values = np.random.default_rng(seed).normal(100, 20, (100, 100))
    found = slope.sample(values, X, Y, np.array(points))
    oracle = RegularGridInterpolator((Y[::-1], X), values[::-1])
    for (x, y), height in zip(points, found, strict=True):
        if not (0 <= x <= 1000 and 0 <= y <= 1000):
            assert np.isnan(height)
            continue
        inner = (np.clip(y, Y[-1], Y[0]), np.clip(x, X[0], X[-1]))
        assert height == pytest.approx(float(oracle(inner)), abs=1e-9)


def test_a_gap_in_the_ground_is_not_bridged() -> None:
    values = ground()
    values[40:60, 40:60] = np.nan
    done, nodes = graded(streets([(100, 500), (900, 500)], [(100, 100), (500, 500)]), values)
    assert done["grade"].iloc[0] == pytest.approx(0.05)
    assert done[["climb", "descent", "steepest"]].iloc[0].isna().all()
    assert np.isnan(done["grade"].iloc[1])
    assert nodes["elevation"].isna().sum() == 1


def valley() -> np.ndarray[Any, Any]:
    """Banks at 100 m and 110 m, the river between them at 50 m."""
    heights = np.where(X < 300, 100.0, np.where(X > 700, 110.0, 50.0))
    return heights[None, :] * np.ones((100, 1))


def test_a_bridge_runs_straight_from_bank_to_bank() -> None:
    roads = streets([(200, 500), (800, 500)], bridge=(0,))
    row = graded(roads, valley())[0].iloc[0]
    assert row["grade"] == row["steepest"] == pytest.approx(10 / 600)
    assert (row["climb"], row["descent"]) == pytest.approx((10, 0))
    on_ground = graded(streets([(200, 500), (800, 500)]), valley())[0].iloc[0]
    assert on_ground["descent"] == pytest.approx(50)


def test_a_bridge_of_several_pieces_has_one_grade() -> None:
    roads = streets(
        [(100, 500), (200, 500)], [(200, 500), (350, 500)], [(350, 500), (500, 500)],
        [(500, 500), (800, 500)], [(800, 500), (900, 500)], bridge=(1, 2, 3),
    )  # fmt: skip
    done, nodes = graded(roads, valley())
    np.testing.assert_allclose(done["grade"], [0, 1 / 60, 1 / 60, 1 / 60, 0], atol=1e-9)
    assert nodes["elevation"].tolist() == pytest.approx([100, 100, 102.5, 105, 110, 110])


def test_where_decks_fork_the_slopes_balance() -> None:
    roads = streets(
        [(200, 500), (500, 500)], [(500, 500), (800, 500)], [(500, 500), (500, 900)],
        [(100, 500), (200, 500)], [(800, 500), (900, 500)], [(500, 900), (600, 900)],
        bridge=(0, 1, 2),
    )  # fmt: skip
    done, _ = graded(roads, valley())
    into, east, north = done["grade"].iloc[:3]
    assert into == pytest.approx(east + north)


def test_a_bridge_that_hangs_in_the_air_keeps_the_ground() -> None:
    done, _ = graded(streets([(200, 500), (800, 500)], [(300, 100), (400, 100)], bridge=(0, 1)), valley())  # fmt: skip
    assert np.isfinite(done["grade"]).all()


def test_grades_are_those_of_osmnx() -> None:
    x, y = np.arange(711_400, 712_000, 10.0) + 5, 6_173_900 - np.arange(0, 500, 10.0) - 5
    values = np.random.default_rng(4).normal(30, 3, (len(y), len(x)))
    roads, nodes = slope.graded(tiny().streets, tiny().junctions, values, x, y, 10.0)
    graph = export.osmnx_graph(tiny().replace(streets=roads, junctions=nodes), "walk")
    ours = nx.get_edge_attributes(graph, "grade")
    theirs = nx.get_edge_attributes(ox.elevation.add_edge_grades(graph.copy()), "grade")
    assert len(ours) == graph.number_of_edges() > 30
    assert ours == pytest.approx(theirs)
    assert all(ours[u, v, k] == -ours[v, u, k] for u, v, k in ours if (v, u, k) in ours)


def test_climb_and_descent_equal_a_plain_loop() -> None:
    rng = np.random.default_rng(8)
    values = rng.normal(100, 10, (100, 100))
    lines = [[tuple(point) for point in rng.uniform(20, 980, (4, 2)).round()] for _ in range(20)]
    done, _ = graded(streets(*lines), values, step=25.0)
    for line, row in zip(lines, done.itertuples(), strict=True):
        shape = LineString(line)
        count = int(np.ceil(shape.length / 25))
        spots = [shape.interpolate(k / count, normalized=True) for k in range(count + 1)]
        heights = [slope.sample(values, X, Y, np.array([[p.x, p.y]]))[0] for p in spots]
        rises = np.diff(heights)
        assert row.climb == pytest.approx(sum(max(rise, 0) for rise in rises))
        assert row.climb - row.descent == pytest.approx(heights[-1] - heights[0])
        assert row.steepest == pytest.approx(np.abs(rises).max() / (shape.length / count))
