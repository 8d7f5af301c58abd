from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely import box

from twin.mobility import matrices

ZONES = gpd.GeoDataFrame(
    {"people": [30.0, 10.0, 0.0], "jobs": [0.0, 10.0, 0.0]},
    geometry=[box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 0, 30, 10)],
    index=pd.Index(["a", "b", "c"], dtype="str"),
    crs="EPSG:25832",
)


def outlines(*shapes: object) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), crs=ZONES.crs)


def test_an_area_is_shared_out_by_people_and_jobs() -> None:
    # All of zone a (30) and half of zone b (10 of 20): 3/4 and 1/4.
    found = matrices.area_shares(outlines(box(0, 0, 15, 10)), ZONES)
    np.testing.assert_allclose(found, [[0.75, 0.25, 0.0]])


def test_an_empty_area_is_shared_out_by_surface_and_one_elsewhere_not_at_all() -> None:
    found = matrices.area_shares(outlines(box(20, 0, 40, 10), box(90, 90, 99, 99)), ZONES)
    np.testing.assert_allclose(found, [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])


@given(hnp.arrays(np.float64, (3, 3), elements=st.floats(0.0, 100.0)))
def test_trips_are_kept_or_counted(trips: np.ndarray) -> None:
    areas = outlines(box(0, 0, 15, 10), box(15, 0, 30, 10), box(90, 0, 99, 10))
    found, lost = matrices.converted(trips, matrices.area_shares(areas, ZONES))
    assert found.sum() + lost == pytest.approx(trips.sum(), abs=1e-9)
    assert found.sum() == pytest.approx(trips[:2, :2].sum(), abs=1e-9)


def test_areas_with_the_names_of_zones() -> None:
    found = matrices.named_shares(pd.Index(["c", "a", "z"]), ZONES.index)
    assert found.tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_matrices_of_a_table_of_trips() -> None:
    table = pd.DataFrame({
        "origin": ["a", "b", "gone", "a"], "destination": ["b", "a", "a", "b"],
        "purpose": ["work", "work", "work", "leisure"], "trips": [1.0, 2.0, 4.0, 8.0],
    })  # fmt: skip
    found = matrices.by_purpose(table, ZONES.index)
    assert list(found) == ["work", "leisure"]
    assert found["work"].tolist() == [[0.0, 1.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert found["leisure"].sum() == 8.0
