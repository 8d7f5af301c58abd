from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from tests.twin.cities import tiny
from twin import renovation


def _row(count: int, gap: float) -> gpd.GeoDataFrame:
    """Houses of ten metres in a row."""
    shapes = [box(number * gap, 0.0, number * gap + 10.0, 10.0) for number in range(count)]
    index = pd.Index([f"h{number}" for number in range(count)])
    return gpd.GeoDataFrame(geometry=shapes, index=index, crs="EPSG:25832")


def test_alike_houses_of_one_street_are_one_job() -> None:
    frame = _row(8, 100.0)
    street = pd.Series(["A"] * 6 + ["B"] * 2, frame.index)
    kind = pd.Series(["old"] * 3 + ["new"] * 5, frame.index)
    option = np.array([0, 0, 1, 1, 1, 1, 1, 1])
    label = renovation._joined(frame, street, kind, option)
    groups = [set(np.flatnonzero(label == one)) for one in np.unique(label)]
    assert groups == [{0, 1}, {2}, {3, 4, 5}, {6, 7}]


def test_houses_without_a_street_join_only_next_door() -> None:
    option = np.zeros(4, dtype=np.int64)
    for gap, expected in ((45.0, 1), (100.0, 4)):
        frame = _row(4, gap)
        none, kind = pd.Series("", frame.index), pd.Series("old", frame.index)
        assert len(np.unique(renovation._joined(frame, none, kind, option))) == expected


def test_long_rows_are_cut_across_into_equal_jobs() -> None:
    frame = _row(100, 20.0)
    label = renovation._cut(np.zeros(100, dtype=np.int64), frame, 40)
    sizes = np.bincount(label)
    assert sorted(sizes) == [33, 33, 34]
    # Each job is one stretch of the row.
    assert (np.diff(label) != 0).sum() == 2


def test_streets_by_address_then_by_the_nearest_name_within_reach() -> None:
    city = tiny()
    told = renovation.streets(city, city.buildings.index)
    assert (told == city.buildings["street"]).all()
    nameless = city.buildings
    nameless["street"] = pd.Series(None, nameless.index, dtype="str")
    found = renovation.streets(city.replace(buildings=nameless), nameless.index)
    assert found["w1001"] == "Vestvej"  # 25 m away
    far = nameless.assign(geometry=nameless.geometry.translate(5_000.0, 0.0))
    assert (renovation.streets(city.replace(buildings=far), far.index) == "").all()
