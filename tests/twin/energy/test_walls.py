from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, affinity, box

from twin.energy import walls

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 0.3


def pairs(shapes: list[Polygon], heights: list[float]) -> pd.DataFrame:
    ids = [f"w{n}" for n in range(len(shapes))]
    frame = gpd.GeoDataFrame({"height": heights}, geometry=shapes, index=ids, crs="EPSG:25832")
    return walls.party_walls(frame, TOLERANCE)


@pytest.mark.parametrize("gap", [0.0, 0.1, 0.25, -0.1, -0.25], ids=lambda gap: f"gap{gap}")
def test_a_pair_shares_its_wall_once_whatever_the_gap(gap: float) -> None:
    found = pairs([box(0, 0, 10, 8), box(10 + gap, 0, 20, 8)], [6.0, 9.0])
    assert list(found.index) == [("w0", "w1")]
    assert found.loc[("w0", "w1"), "length"] == pytest.approx(8.0, abs=2 * TOLERANCE)
    assert found.loc[("w0", "w1"), "height"] == 6.0


def test_a_deep_overlap_shares_no_more_than_the_smaller_outline_has() -> None:
    big, small = box(0, 0, 20, 20), box(15, 5, 25, 10)
    found = pairs([big, small], [5.0, 4.0])
    assert found.loc[("w0", "w1"), "length"] <= small.length
    assert found.loc[("w0", "w1"), "height"] == 4.0


@pytest.mark.parametrize(
    "other",
    [box(10.5, 0, 20, 8), box(10, 8, 20, 16), box(30, 0, 40, 8)],
    ids=["beyond the tolerance", "corner to corner", "far"],
)
def test_these_share_no_wall(other: Polygon) -> None:
    assert pairs([box(0, 0, 10, 8), other], [6.0, 6.0]).empty


def test_no_buildings_have_no_pairs() -> None:
    found = pairs([], [])
    assert found.empty
    assert list(found.columns) == ["length", "height"]


@settings(deadline=None)
@given(count=st.integers(2, 6), depth=st.floats(4, 20), angle=st.floats(0, 360))
def test_a_second_route_a_row_loses_twice_its_shared_walls(
    count: int, depth: float, angle: float
) -> None:
    row = [affinity.rotate(box(6 * i, 0, 6 * i + 6, depth), angle, origin=(0, 0))
           for i in range(count)]  # fmt: skip
    union = shapely.union_all(row, grid_size=1e-6)
    lost = sum(shape.length for shape in row) - union.length
    found = pairs(row, [5.0] * count)
    assert len(found) == count - 1
    assert 2 * found["length"].sum() == pytest.approx(lost, rel=1e-3)


@settings(deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_of_buildings_does_not_matter(seed: int) -> None:
    row = [box(7 * i, 0, 7 * i + 7, 5 + i) for i in range(4)]
    frame = gpd.GeoDataFrame(
        {"height": [3.0, 4.0, 5.0, 6.0]}, geometry=row, index=list("abcd"), crs="EPSG:25832"
    )
    mixed = walls.party_walls(frame.sample(frac=1, random_state=seed), TOLERANCE)
    whole = walls.party_walls(frame, TOLERANCE)
    told = {
        frozenset(pair): tuple(row) for pair, row in zip(mixed.index, mixed.to_numpy(), strict=True)
    }
    for pair, row in zip(whole.index, whole.to_numpy(), strict=True):
        assert told[frozenset(pair)] == pytest.approx(tuple(row))
