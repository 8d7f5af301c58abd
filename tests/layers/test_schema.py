"""Contracts of tables: a number has a unit, every fault is found, none hides another."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from layers.errors import Fault, InputError
from layers.schema import Column, Dtype, RoadNetwork, Table

NAN = float("nan")
INDEX = Column("id", "str", "", NAN, NAN, nullable=False, description="Id")


def column(name: str, dtype: Dtype, unit: str = "", **more: Any) -> Column:
    facts: dict[str, Any] = {"lower": NAN, "upper": NAN, "nullable": False, "description": "."}
    return Column(name, dtype, unit, **(facts | more))


HEIGHT = column("height", "float64", "m", lower=1.0, upper=400.0)
TABLE = Table(
    "poles",
    INDEX,
    (
        HEIGHT,
        column("kind", "str", nullable=True),
        column("lit", "bool"),
        column("geometry", "geometry", "point"),
    ),
)


def poles(**changes: Any) -> gpd.GeoDataFrame:
    ids = pd.Index(["a", "b"], dtype="str")
    data = {
        "height": [5.0, 6.0],
        "kind": pd.Series(["x", None], index=ids, dtype="str"),
        "lit": [True, False],
        "geometry": [Point(0, 0), Point(1, 1)],
    }
    return gpd.GeoDataFrame(data | changes, index=ids, geometry="geometry", crs=4326)


@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_a_number_without_a_unit_is_refused(dtype: Dtype) -> None:
    with pytest.raises(ValueError, match="needs a unit"):
        column("height", dtype)


@pytest.mark.parametrize("dtype", ["str", "bool"])
def test_text_and_yes_no_need_no_unit(dtype: Dtype) -> None:
    assert column("kind", dtype).unit == ""


def test_a_good_table_comes_back_in_standard_order_with_its_strays_last() -> None:
    frame = poles().assign(owner="town")[["owner", "geometry", "lit", "kind", "height"]]
    checked = TABLE.validate(frame)
    assert list(checked.columns) == ["height", "kind", "lit", "geometry", "owner"]
    assert isinstance(checked, gpd.GeoDataFrame)


@pytest.mark.parametrize(
    ("frame", "place", "reason"),
    [
        pytest.param(poles(height=[0.5, 6.0]), "column height, row a", "1 to 400", id="low"),
        pytest.param(poles(height=[5.0, 500]), "column height, row b", "[m]", id="high"),
        pytest.param(poles(height=[np.inf, 6]), "column height, row a", "finite", id="infinite"),
        pytest.param(poles(height=[NAN, 6.0]), "column height", "1 values are missing", id="nan"),
        pytest.param(poles(height=[5, 6]), "column height", "expected float64 [m]", id="integer"),
        pytest.param(poles(height=["5", "6"]), "column height", "expected float64", id="text"),
        pytest.param(poles(kind=[1.0, 2.0]), "column kind", "expected str", id="number as text"),
        pytest.param(poles(lit=["yes", "no"]), "column lit", "expected bool", id="yes and no"),
        pytest.param(poles().drop(columns="lit"), "column lit", "is missing", id="no column"),
        pytest.param(
            poles(geometry=[Point(0, 0), LineString([(0, 0), (1, 1)])]),
            "column geometry", "1 geometries are not of kind point", id="line",
        ),
        pytest.param(
            poles(geometry=[Point(0, 0), None]), "column geometry", "missing", id="no geometry"
        ),
        pytest.param(
            poles(geometry=[Point(), Point(1, 1)]), "column geometry, row a", "empty", id="empty"
        ),
        pytest.param(
            poles(geometry=[Point(0, 0), Point(1, np.inf)]),
            "column geometry, row b", "no number", id="infinite coordinate",
        ),
        pytest.param(
            pd.DataFrame(poles()).assign(geometry=["POINT (0 0)"] * 2),
            "column geometry", "no geometry", id="geometry as text",
        ),
        pytest.param(poles().set_axis(["a", "a"]), "index id", "occurs twice", id="twice"),
        pytest.param(poles().set_axis([1, 2]), "index id", "expected str", id="numbered"),
        pytest.param(
            poles().set_axis(pd.Index(["a", None], dtype="str")), "index id", "empty ids",
            id="no id",
        ),
    ],
)  # fmt: skip
def test_bad_tables(frame: pd.DataFrame, place: str, reason: str) -> None:
    faults = TABLE.faults(frame)
    assert [fault.place for fault in faults] == [place]
    assert reason in faults[0].reason
    assert faults[0].advice


def test_every_fault_is_reported_at_once() -> None:
    frame = poles(height=[-1.0, 6.0], lit=[1, 2]).drop(columns="kind").set_axis(["a", "a"])
    with pytest.raises(InputError, match=r"poles\.csv: 4 faults") as caught:
        TABLE.validate(frame, "poles.csv")
    assert {fault.place.split(",")[0] for fault in caught.value.faults} == {
        "index id",
        "column height",
        "column kind",
        "column lit",
    }


def test_a_long_list_of_faults_is_counted() -> None:
    error = InputError.of("x", [Fault(str(number), "wrong") for number in range(60)])
    assert "60 faults" in str(error)
    assert "and 10 more" in str(error)
    assert len(error.faults) == 60


def test_text_dtype_may_be_stored_either_way() -> None:
    for storage in ("python", "pyarrow"):
        kind = pd.Series(["x", None], dtype=pd.StringDtype(storage, na_value=np.nan))
        assert TABLE.faults(poles(kind=kind.to_numpy()).astype({"kind": kind.dtype})) == []


def test_an_empty_table_satisfies_its_contract() -> None:
    empty = TABLE.empty("EPSG:25832")
    assert TABLE.faults(empty) == []
    assert empty.crs == "EPSG:25832"
    assert isinstance(Table("t", INDEX, (HEIGHT,)).empty(), pd.DataFrame)


@given(st.lists(st.floats(), min_size=1))
def test_the_count_of_values_outside_is_exact(values: list[float]) -> None:
    frame = pd.DataFrame({"height": values}, index=[str(n) for n in range(len(values))])
    reasons = [fault.reason for fault in HEIGHT.faults(frame)]
    missing = sum(map(math.isnan, values))
    outside = sum(not (1 <= value <= 400) for value in values) - missing
    expected = ([f"{missing} values are missing."] if missing else []) + (
        [f"{outside} values outside 1 to 400, or not finite [m]."] if outside else []
    )
    assert reasons == expected


def test_polygon_kind_takes_several_parts() -> None:
    area = column("geometry", "geometry", "polygon")
    square = Polygon([(0, 0), (1, 0), (1, 1)])
    frame = gpd.GeoDataFrame(geometry=[square, square.union(Point(3, 3).buffer(1))])
    assert list(area.faults(frame)) == []


def test_a_road_network_may_leave_its_link_names_empty() -> None:
    none, zero = np.array([], dtype=np.int64), np.array([], dtype=np.float64)
    network = RoadNetwork(none, none, zero, zero, zero, zero, zero, zero, 0, 0, 0)
    assert len(network.link_ids) == 0
