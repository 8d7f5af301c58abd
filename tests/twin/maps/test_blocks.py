from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from twin.maps import blocks

CRS = "EPSG:25832"


def houses(places: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        geometry=[shapely.box(x - 4, y - 4, x + 4, y + 4) for x, y in places], crs=CRS
    )


def town(rows: int, columns: int) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries]:
    """Blocks of 100 m with six houses each between the streets."""
    places = [
        (100.0 * column + 20 * (k % 3) + 30, 100.0 * row + 30 * (k // 3) + 30)
        for row in range(rows)
        for column in range(columns)
        for k in range(6)
    ]
    across = [[(0, 100.0 * n), (100.0 * columns, 100.0 * n)] for n in range(rows + 1)]
    along = [[(100.0 * n, 0), (100.0 * n, 100.0 * rows)] for n in range(columns + 1)]
    lines = [shapely.LineString(line) for line in across + along]
    return houses(places), gpd.GeoSeries(lines, crs=CRS)


def test_streets_part_the_town() -> None:
    found = blocks.blocks(*town(3, 4))
    assert found.of.tolist() == [n for n in found.of[::6].tolist() for _ in range(6)]
    assert len(found.shapes) == 12
    assert found.shapes.is_valid.all()


def test_a_small_block_joins_its_neighbour() -> None:
    stock, streets = town(1, 2)
    found = blocks.blocks(stock.iloc[:8], streets)
    assert np.bincount(found.of).tolist() == [8]


def test_a_long_village_without_cross_streets_is_halved() -> None:
    stock = houses([(30.0 * n, 0.0) for n in range(300)])
    street = gpd.GeoSeries([shapely.LineString([(-50, 20), (9000, 20)])], crs=CRS)
    sizes = np.bincount(blocks.blocks(stock, street).of)
    assert sizes.min() >= blocks.LEAST
    assert sizes.max() <= blocks.MOST


def test_a_town_of_few_houses_is_one_block_that_publishes_nothing() -> None:
    stock, streets = town(1, 1)
    found = blocks.blocks(stock.iloc[:3], streets)
    shown = blocks.means(np.ones(3), np.ones(3), found.of)
    assert np.isnan(shown).all()


def test_the_mean_is_weighted() -> None:
    of = np.zeros(5, dtype=np.int64)
    values, weight = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([1.0, 1.0, 1.0, 1.0, 6.0])
    assert blocks.means(values, weight, of)[0] == 4.0


def test_what_is_held_back_cannot_be_read_from_the_rest() -> None:
    # 2 + 7 + 5: the two alone would follow from the town's mean, so the next smallest hides too.
    of = np.repeat([0, 1, 2], [2, 7, 5])
    shown = blocks.means(np.arange(14.0), np.ones(14), of)
    assert np.isnan(shown).tolist() == [True, False, True]


def test_a_change_of_few_houses_is_not_told() -> None:
    of = np.repeat([0, 1, 2], 6)
    before = np.full(18, 10.0)
    after = before.copy()
    after[:2] = 5.0  # two houses of the first block
    after[6:12] = 5.0  # all of the second
    assert blocks.alike(before, after, of).tolist() == [False, False, True]


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 60))
def test_no_set_of_figures_rests_on_fewer_than_five_houses(
    seed: int, count: int, houses_: int
) -> None:
    rng = np.random.default_rng(seed)
    of = np.unique(rng.integers(0, count, houses_), return_inverse=True)[1]
    before = rng.normal(10.0, 2.0, houses_)
    after = np.where(rng.random(houses_) < 0.3, before * 0.5, before)
    shown = np.isfinite(blocks.means(before, np.ones(houses_), of))
    open_ = blocks.alike(before, after, of)
    behind = np.bincount(of)
    changed = np.bincount(of[before != after], minlength=len(behind))
    assert (behind[shown] >= blocks.LEAST).all()
    assert behind[~shown].sum() == 0 or behind[~shown].sum() >= blocks.LEAST or not shown.any()
    told = open_ & (changed > 0)
    assert (changed[told] >= blocks.LEAST).all()
    veiled = changed[~open_].sum()
    assert veiled == 0 or veiled >= blocks.LEAST or not told.any()


def test_quartiles_are_told_where_five_houses_lie_on_each_side() -> None:
    # Four times five houses of 1..20: quartiles at 5.75 and 15.25, told to two digits; 19 tell none
    of = np.repeat([0, 1], [20, 19])
    values = np.concatenate([np.arange(1.0, 21.0), np.arange(1.0, 20.0)])
    low, high = blocks.halves(values, of)
    assert (low[0], high[0]) == (5.8, 15.0)
    assert np.isnan([low[1], high[1]]).all()
    for end in (low[0], high[0]):
        assert min((values[:20] < end).sum(), (values[:20] > end).sum()) >= blocks.LEAST
    gone = np.where(np.arange(39) == 3, np.nan, values)
    assert np.isnan(blocks.halves(gone, of)[0]).all()
