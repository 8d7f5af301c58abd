from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from twin.maps import pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRID = pack.grid((9.4, 47.0, 9.7, 47.3))


def read(block: str) -> list[int]:
    """Read LEB128 as its definition says, byte by byte."""
    found: list[int] = []
    value = shift = 0
    for byte in gzip.decompress(base64.b64decode(block)):
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(value)
            value = shift = 0
    return found


def signed(number: int) -> int:
    return -(number + 1) // 2 if number % 2 else number // 2


def corners(block: str) -> list[list[NDArray[np.float64]]]:
    """Rings of each shape as longitude and latitude."""
    numbers = iter(read(block))
    rings = [next(numbers) for _ in range(next(numbers))]
    lengths = [[next(numbers) for _ in range(count)] for count in rings]
    right = down = 0
    found: list[list[NDArray[np.float64]]] = []
    for shape in lengths:
        found.append([])
        for count in shape:
            ring = []
            for _ in range(count):
                right += signed(next(numbers))
                down += signed(next(numbers))
                ring.append(place(right + 0.5, down + 0.5))
            found[-1].append(np.array(ring))
    assert next(numbers, None) is None
    return found


def place(right: float, down: float) -> tuple[float, float]:
    x, y = GRID.west + right * GRID.step, GRID.north + down * GRID.step
    latitude = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * y))))
    return x * 360.0 - 180.0, float(latitude)


@given(st.lists(st.integers(0, (1 << 49) - 1), max_size=30))
def test_every_whole_number_comes_back(values: list[int]) -> None:
    assert read(pack.block(pack.varint(np.array(values, dtype=np.int64)))) == values


@given(st.lists(st.integers(-(1 << 47), 1 << 47), max_size=30))
def test_signs_survive(values: list[int]) -> None:
    packed = pack.zigzag(np.array(values, dtype=np.int64))
    assert [signed(int(one)) for one in packed] == values


@pytest.mark.parametrize("wrong", [-1, 1 << 49])
def test_numbers_out_of_range_are_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match=r"2\*\*49"):
        pack.varint(np.array([wrong]))


def test_a_corner_lies_within_a_cell_of_where_it_was() -> None:
    house = shapely.Polygon(
        [(9.5, 47.1), (9.5002, 47.1), (9.5002, 47.1001), (9.5, 47.1001)],
        [[(9.50005, 47.10003), (9.5001, 47.10003), (9.5001, 47.10006)]],
    )
    way = shapely.LineString([(9.51, 47.11), (9.52, 47.12), (9.52, 47.12), (9.51, 47.11)])
    both = shapely.MultiLineString([[(9.4, 47.0), (9.41, 47.01)], [(9.42, 47.0), (9.43, 47.0)]])
    series = gpd.GeoSeries([house, None, way, both, shapely.Point(9.6, 47.2)], crs="EPSG:4326")
    found = corners(pack.shapes(series, GRID))
    assert [len(rings) for rings in found] == [2, 0, 1, 2, 1]
    assert [len(ring) for ring in found[0]] == [4, 3]  # the last corner of a ring is left out
    assert len(found[2][0]) == 3  # the doubled corner is left out, the way back is not
    half = GRID.step * 360.0 * 0.51
    wanted = shapely.get_coordinates(house.exterior)[:-1]
    assert np.abs(found[0][0] - wanted).max() <= half
    assert np.abs(found[3][1] - [[9.42, 47.0], [9.43, 47.0]]).max() <= half


def test_shapes_in_another_projection_are_put_on_the_same_grid() -> None:
    series = gpd.GeoSeries([shapely.Point(9.5, 47.1)], crs="EPSG:4326")
    assert pack.shapes(series.to_crs("EPSG:2056"), GRID) == pack.shapes(series, GRID)


@given(
    st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")) | st.just(float("inf")), max_size=20),
    st.integers(0, 3),
    st.booleans(),
)
def test_figures_come_back_to_the_last_decimal(
    values: list[float], decimals: int, based: bool
) -> None:
    column = np.array(values)
    base = np.where(np.arange(len(column)) % 3 == 0, np.nan, column + 7.25) if based else None
    found = read(pack.figures(column, decimals, base))
    for n, number in enumerate(found):
        if number == 0:
            assert not np.isfinite(column[n])
            continue
        before = 0 if base is None or not np.isfinite(base[n]) else round(base[n] * 10**decimals)
        assert (signed(number - 1) + before) / 10**decimals == pytest.approx(
            column[n], abs=0.5000001 * 10.0**-decimals
        )


def test_a_column_like_its_base_costs_next_to_nothing() -> None:
    column = np.random.default_rng(1).normal(1e4, 3e3, 50_000)
    changed = column.copy()
    changed[:50] *= 0.8
    assert len(pack.figures(changed, 0, column)) < 2000 < len(pack.figures(changed, 0))


def test_text_is_kept_once() -> None:
    packed = pack.texts(pd.Series(["a", None, "b", "a"], dtype="str"))
    assert packed["texts"] == ["a", "b"]
    assert read(packed["codes"]) == [1, 0, 2, 1]


def test_the_same_town_is_packed_to_the_same_bytes() -> None:
    column = np.arange(100.0)
    assert pack.figures(column, 1) == pack.figures(column.copy(), 1)
