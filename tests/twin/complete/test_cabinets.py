"""Cabinets of lamps: ways agree with networkx, ties are told, numbers go before distance."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from tests.twin.complete.frames import CRS, point
from twin.complete import cabinets

SETTINGS = {"cabinets.street": 60.0, "cabinets.reach": 1500.0, "cabinets.margin": 50.0}


def points(
    prefix: str, spots: list[tuple[float, float]], refs: list[str | None] | None = None
) -> Any:
    index = pd.Index([f"{prefix}{n}" for n in range(len(spots))], dtype="str", name="id")
    numbers = pd.Series(refs or [None] * len(spots), index=index, dtype="str")
    return gpd.GeoDataFrame({"ref": numbers}, geometry=[point(*spot) for spot in spots], crs=CRS)


def roads(*lines: tuple[int, int, list[tuple[float, float]]]) -> gpd.GeoDataFrame:
    index = pd.Index([f"w{n}:{a}-{b}" for n, (a, b, _) in enumerate(lines)], dtype="str", name="id")
    ends = {"from_node": [a for a, _, _ in lines], "to_node": [b for _, b, _ in lines]}
    shapes = [LineString([point(*spot) for spot in line]) for _, _, line in lines]
    return gpd.GeoDataFrame(ends, geometry=shapes, index=index, crs=CRS)


U_SHAPE = roads((1, 2, [(0, 0), (500, 0)]), (2, 3, [(500, 0), (500, 100)]),
                (3, 4, [(500, 100), (0, 100)]))  # fmt: skip


def test_the_way_along_the_streets_counts_and_not_the_crow() -> None:
    lamp = points("l", [(100, 0)])
    boxes = points("c", [(100, 100), (400, 0)])  # across the block, and along the street
    found = cabinets.attach(lamp, boxes, U_SHAPE, SETTINGS).iloc[0]
    assert found["cabinet"] == "c1"
    assert found["cabinet_found"] == "nearest along the streets, 300 m"


def test_two_about_as_near_are_told_and_none_is_taken() -> None:
    boxes = points("c", [(60, 0), (180, 0), (400, 0)])
    found = cabinets.attach(points("l", [(100, 0)]), boxes, U_SHAPE, SETTINGS).iloc[0]
    assert pd.isna(found["cabinet"])
    assert found["cabinet_found"] == f"{cabinets.TIE}: c0 c1"


def test_what_is_too_far_or_off_the_streets_has_none() -> None:
    lamps = points("l", [(0, 0), (100, 900)])
    found = cabinets.attach(lamps, points("c", [(0, 100)]), U_SHAPE,
                            SETTINGS | {"cabinets.reach": 1000.0})  # fmt: skip
    assert found["cabinet"].isna().all()
    assert found["cabinet_found"].tolist() == [cabinets.FAR, cabinets.OFF]
    near = cabinets.attach(lamps, points("c", [(0, 100)]), U_SHAPE, SETTINGS)
    assert near["cabinet"].iloc[0] == "c0"
    assert near["cabinet_found"].iloc[0] == "nearest along the streets, 1100 m"


@pytest.mark.parametrize(
    ("number", "cabinet"),
    [("A7-12", "c1"), ("a7/3", "c1"), ("A-7-12", "c1"), ("B 1 2", None), ("A7", "c0"), ("712", "c0"),
     ("X9-1", "c0")],
)  # fmt: skip
def test_the_number_on_the_lamp_goes_before_distance(number: str, cabinet: str | None) -> None:
    """B1 is the number of two cabinets, A7 alone is no number of a lamp of A7."""
    boxes = points("c", [(100, 0), (500, 50), (20, 100), (10, 100)], ["A1", "A7", "B1", "B1"])
    lamp = points("l", [(110, 0)], [number])
    found = cabinets.attach(lamp, boxes, U_SHAPE, SETTINGS).iloc[0]
    assert found["cabinet"] == (cabinet or "c0")
    told = found["cabinet_found"] == cabinets.BY_REF
    assert told == (cabinet == "c1")


def test_no_cabinet_or_no_street_does_no_harm() -> None:
    lamps = points("l", [(0, 0)])
    assert cabinets.attach(lamps, points("c", []), U_SHAPE, SETTINGS)["cabinet"].isna().all()
    assert cabinets.attach(lamps, points("c", [(0, 0)]), roads(), SETTINGS)["cabinet"].isna().all()
    assert len(cabinets.attach(points("l", []), points("c", [(0, 0)]), U_SHAPE, SETTINGS)) == 0


def oracle(lamp: Point, box: Point, streets: gpd.GeoDataFrame) -> float:
    """Way between two places by networkx: each splits the street that it is nearest to."""
    graph = nx.MultiGraph()
    spots = {"lamp": lamp, "box": box}
    home = {name: min(streets.index, key=lambda s: (streets.geometry[s].distance(spot), s))
            for name, spot in spots.items()}  # fmt: skip
    for name, row in streets.iterrows():
        at = [(0.0, row["from_node"]), (row["geometry"].length, row["to_node"])]
        at += [(row["geometry"].project(spots[one]), one) for one in spots if home[one] == name]
        at.sort(key=lambda pair: pair[0])
        for (a, first), (b, last) in pairwise(at):
            graph.add_edge(first, last, weight=b - a)
    off = math.fsum(streets.geometry[home[one]].distance(spots[one]) for one in spots)
    if not nx.has_path(graph, "lamp", "box"):
        return np.inf
    way: float = nx.shortest_path_length(graph, "lamp", "box", weight="weight")
    return way + off


SPOT = st.tuples(st.integers(0, 60).map(lambda n: 10.0 * n + 3.0), st.integers(0, 30).map(lambda n: 10.0 * n + 4.0))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(corners=st.lists(SPOT, min_size=3, max_size=6, unique=True), data=st.data())
def test_ways_agree_with_networkx(corners: list[tuple[float, float]], data: st.DataObject) -> None:
    pairs = [(a, b) for a in range(len(corners)) for b in range(a + 1, len(corners))]
    chosen = data.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=8))
    streets = roads(*((a, b, [corners[a], corners[b]]) for a, b in chosen))
    lamps = points("l", data.draw(st.lists(SPOT, min_size=1, max_size=3)))
    boxes = points("c", data.draw(st.lists(SPOT, min_size=1, max_size=3)))
    wide = {"cabinets.street": 1e4, "cabinets.reach": 1e6, "cabinets.margin": 0.0}
    found = cabinets._two_nearest(lamps, boxes, streets, wide)
    for lamp in lamps.index:
        ways = sorted(oracle(lamps.geometry[lamp], box, streets) for box in boxes.geometry)
        ours = found.loc[lamp, ["first", "second"]].to_list()
        np.testing.assert_allclose(ours, [*ways, np.inf][:2], rtol=1e-9, atol=1e-6)


def test_more_cabinets_than_a_block_agree_with_one_at_a_time() -> None:
    rng = np.random.default_rng(5)
    boxes = points("c", [tuple(spot) for spot in rng.uniform(0, 500, (150, 2)) * (1, 0.2)])
    lamps = points("l", [tuple(spot) for spot in rng.uniform(0, 500, (40, 2)) * (1, 0.2)])
    whole = cabinets._two_nearest(lamps, boxes, U_SHAPE, SETTINGS)
    each = [cabinets._two_nearest(lamps, boxes.iloc[[n]], U_SHAPE, SETTINGS)["first"]
            for n in range(len(boxes))]  # fmt: skip
    ways = np.sort(np.array(each), axis=0)
    np.testing.assert_allclose(whole["first"], ways[0])
    np.testing.assert_allclose(whole["second"], ways[1])


def test_words_for_cabinets_are_known_in_any_spelling() -> None:
    kinds = pd.Series(["Street-lighting cabinet", "Tændskab", "CUADRO DE ALUMBRADO", "charger", None],
                      dtype="str")  # fmt: skip
    assert cabinets.named(kinds).tolist() == [True, True, True, False, False]
