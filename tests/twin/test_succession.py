from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from tests.twin.cities import CRS, frame, place, tiny
from twin import changes, succession
from twin.changes import OF_NEW, OF_OLD

RULES = succession.rules()
KEPT = ("same", "retagged", "reshaped")


def compared(name: str, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> pd.DataFrame:
    pairs = succession.heirs(name, old, new, RULES)
    return changes.changes(name, old, new, pairs, RULES)


def outcome(found: pd.DataFrame) -> set[tuple[Any, ...]]:
    rows = found[["change", "old_id", "new_id", "columns"]].astype(object)
    return {tuple(row) for row in rows.where(rows.notna(), None).to_numpy()}


def line(*points: tuple[float, float]) -> LineString:
    return LineString([place(*point) for point in points])


def streets(*rows: tuple[str, LineString], **columns: Any) -> gpd.GeoDataFrame:
    ids = [name for name, _ in rows]
    usual = {"way_id": [int(one[1:].split(":")[0]) for one in ids], "from_node": 1, "to_node": 2,
             "highway": "residential", "drive_forward": True, "drive_backward": True, "length": 1.0,
             "speed_kph": 30.0, "lanes": 2.0}  # fmt: skip
    return frame("streets", ids, geometry=[shape for _, shape in rows], **{**usual, **columns})


LONG = ("w1:1-3", line((0, 0), (100, 0)))


def test_a_city_is_the_same_as_itself() -> None:
    city = tiny()
    for name in ("streets", "turns", "buildings", "places", "stops", "power", "boundaries"):
        found = compared(name, city.table(name), city.table(name))
        assert (found["change"] == "same").all(), name
        assert (found["old_id"] == found["new_id"]).all()
        assert len(found) == len(city.table(name))


def test_a_street_that_was_split_is_followed_by_both_parts() -> None:
    old = streets(LONG)
    parts = ("w1:1-2", line((0, 0), (60, 0))), ("w2:2-3", line((60, 0), (100, 0)))
    found = compared("streets", old, streets(*parts))
    assert outcome(found) == {
        ("reshaped", "w1:1-3", "w1:1-2", "geometry"),
        ("split", "w1:1-3", "w2:2-3", ""),
    }
    back = compared("streets", streets(*parts), old)
    assert outcome(back) == {
        ("reshaped", "w1:1-2", "w1:1-3", "geometry"),
        ("merged", "w2:2-3", "w1:1-3", ""),
    }


@pytest.mark.parametrize(
    ("other", "why"),
    [
        pytest.param(("w2:5-6", line((50, -4), (50, 4))), "crosses", id="crossing"),
        pytest.param(("w2:5-6", line((50, 0), (50, 8))), "stands on it", id="side-street"),
        pytest.param(("w2:5-6", line((0, 6), (100, 6))), "6 m beside, no name", id="beside"),
        pytest.param(("w2:5-6", line((98, 0), (198, 0))), "touches its end", id="continues"),
        pytest.param(("w1:5-6", line((0, 20), (100, 20))), "20 m away", id="far"),
    ],
)
def test_another_street_is_not_taken_for_the_old_one(
    other: tuple[str, LineString], why: str
) -> None:
    found = compared("streets", streets(LONG), streets(other))
    assert outcome(found) == {("gone", LONG[0], None, ""), ("new", None, other[0], "")}, why


def test_a_footway_beside_a_street_does_not_follow_it() -> None:
    foot = streets(("w2:5-6", line((0, 3), (100, 3))), drive_forward=False, drive_backward=False)
    assert set(compared("streets", streets(LONG), foot)["change"]) == {"gone", "new"}


def test_one_name_reaches_farther() -> None:
    near = streets(("w2:5-6", line((0, 12), (100, 12))), name="Nygade")
    assert set(compared("streets", streets(LONG, name="Nygade"), near)["change"]) == {
        "retagged"
    } - {"retagged"} | {"reshaped"}
    assert set(compared("streets", streets(LONG, name="Gammelgade"), near)["change"]) == {
        "gone", "new"
    }  # fmt: skip


def test_a_one_way_street_drawn_the_other_way_is_the_same_street() -> None:
    old = streets(LONG, drive_backward=False)
    new = streets(("w1:3-1", line((100, 0), (0, 0))), drive_forward=False)
    pairs = succession.heirs("streets", old, new, RULES)
    assert pairs["turned"].tolist() == [True]
    found = changes.changes("streets", old, new, pairs, RULES)
    assert outcome(found) == {("same", "w1:1-3", "w1:3-1", "")}


def houses(*rows: tuple[str, float, float, float, float], **columns: Any) -> gpd.GeoDataFrame:
    shapes = [box(*place(x, y).coords[0], *place(x + w, y + d).coords[0]) for _, x, y, w, d in rows]
    usual = {"height": 6.0, "levels": 2.0, "year": 1970.0, "footprint": 1.0}
    return frame("buildings", [row[0] for row in rows], geometry=shapes, **{**usual, **columns})


def test_a_house_drawn_anew_under_another_id_is_the_same_house() -> None:
    found = compared("buildings", houses(("w1", 0, 0, 10, 10)), houses(("w9", 0, 0, 10, 10)))
    assert outcome(found) == {("same", "w1", "w9", "")}


def test_an_id_that_was_given_to_a_house_far_away_is_not_believed() -> None:
    found = compared("buildings", houses(("w1", 0, 0, 9, 9)), houses(("w1", 500, 0, 9, 9)))
    assert outcome(found) == {("gone", "w1", None, ""), ("new", None, "w1", "")}


def test_a_terrace_cut_into_houses() -> None:
    old = houses(("w1", 0, 0, 30, 10))
    new = houses(("w2", 0, 0, 12, 10), ("w3", 12, 0, 9, 10), ("w4", 21, 0, 9, 10))
    assert outcome(compared("buildings", old, new)) == {
        ("reshaped", "w1", "w2", "geometry"), ("split", "w1", "w3", ""), ("split", "w1", "w4", "")
    }  # fmt: skip
    same_id = houses(("w1", 0, 0, 12, 10), ("w3", 12, 0, 9, 10))
    assert outcome(compared("buildings", old, same_id)) == {
        ("reshaped", "w1", "w1", "geometry"), ("split", "w1", "w3", "")
    }  # fmt: skip


def test_neighbours_that_touch_are_two_houses() -> None:
    found = compared("buildings", houses(("w1", 0, 0, 10, 10)), houses(("w2", 10, 0, 10, 10)))
    assert set(found["change"]) == {"gone", "new"}


def test_tags_are_compared_and_estimates_are_not() -> None:
    old = houses(("w1", 0, 0, 9, 9), name="A", levels=2.0, levels_source="osm", year=1950.0,
                 year_source="typology")  # fmt: skip
    new = houses(("w1", 0, 0, 9, 9), name="B", levels=3.0, levels_source="osm", year=1990.0,
                 year_source="default")  # fmt: skip
    assert outcome(compared("buildings", old, new)) == {("retagged", "w1", "w1", "name levels")}


def test_a_register_hides_no_tag_that_stands_beside_it() -> None:
    old = houses(("w1", 0, 0, 9, 9), year=1950.0, year_source="register").assign(year_osm=1960.0)
    same = houses(("w1", 0, 0, 9, 9), year=1960.0, year_source="osm")
    other = houses(("w1", 0, 0, 9, 9), year=1970.0, year_source="osm")
    assert outcome(compared("buildings", old, same)) == {("same", "w1", "w1", "")}
    assert outcome(compared("buildings", old, other)) == {("retagged", "w1", "w1", "year")}
    unknown = old.drop(columns="year_osm")
    assert outcome(compared("buildings", unknown, other)) == {("same", "w1", "w1", "")}


def shops(*rows: tuple[str, float, str]) -> gpd.GeoDataFrame:
    return frame("places", [row[0] for row in rows], geometry=[place(x, 0) for _, x, _ in rows],
                 key="shop", value=[row[2] for row in rows])  # fmt: skip


def test_a_shop_is_found_again_by_kind_and_place() -> None:
    old = shops(("n1", 0, "bakery"), ("n2", 50, "bakery"), ("n3", 90, "books"))
    new = shops(("n7", 1, "books"), ("n8", 8, "bakery"), ("w9", 50, "bakery"))
    assert outcome(compared("places", old, new)) == {
        ("reshaped", "n1", "n8", "geometry"),
        ("same", "n2", "w9", ""),
        ("gone", "n3", None, ""),
        ("new", None, "n7", ""),
    }


def test_empty_tables_are_compared() -> None:
    none = houses()
    some = houses(("w1", 0, 0, 9, 9))
    assert set(compared("buildings", none, some)["change"]) == {"new"}
    assert set(compared("buildings", some, none)["change"]) == {"gone"}
    assert compared("buildings", none, none).empty


@st.composite
def towns(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """A row of houses of any width, some overlapping, with ids out of a small pool."""
    ids = draw(st.lists(st.integers(1, 12), unique=True, max_size=8))
    sizes = [(draw(st.integers(0, 60)), draw(st.integers(1, 30))) for _ in ids]
    shapes = [box(x, 0, x + width, 10) for x, width in sizes]
    index = pd.Index([f"w{one}" for one in ids], dtype="str", name="id")
    return gpd.GeoDataFrame({"name": index}, index=index, geometry=shapes, crs=CRS)


@settings(max_examples=30, deadline=None)
@given(old=towns(), new=towns())
def test_every_object_has_one_change_and_the_counts_add_up(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame
) -> None:
    found = compared("buildings", old, new)
    of_old = found[found["change"].isin(OF_OLD)]
    of_new = found[found["change"].isin(OF_NEW)]
    assert sorted(of_old["old_id"]) == sorted(old.index)
    assert sorted(of_new["new_id"]) == sorted(new.index)
    counts = changes.counts("buildings", found, (len(old), len(new)))
    assert counts["old"] == sum(int(counts[key]) for key in KEPT) + int(counts["merged"]) + int(
        counts["gone"]
    )
    assert counts["new"] == sum(int(counts[key]) for key in KEPT) + int(counts["split"]) + int(
        counts["built"]
    )
    shuffled = compared("buildings", old.iloc[::-1], new.iloc[::-1])
    assert outcome(shuffled) == outcome(found)


def test_the_share_along_a_line_is_known_for_known_lines() -> None:
    first = np.array([LineString([(0, 0), (10, 0)])] * 3)
    second = np.array([
        LineString([(0, 1), (100, 1)]), LineString([(5, 0), (25, 0)]), LineString([(10, 0), (0, 0)])
    ])  # fmt: skip
    share, size, turned = succession.along(first, second, np.full(3, 2.0))
    assert share == pytest.approx([1.0, 0.5, 1.0])
    assert size == pytest.approx([10.0, 5.0, 10.0])
    assert turned.tolist() == [False, False, True]


def test_trees_close_to_each_other_stay_apart() -> None:
    old = frame("trees", ["n1", "n2"], geometry=[Point(0, 0), Point(1.5, 0)])
    new = frame("trees", ["n8", "n9"], geometry=[Point(1.4, 0), Point(0.1, 0)])
    pairs = succession.heirs("trees", old, new, RULES)
    assert dict(zip(old.index[pairs["old"]], new.index[pairs["new"]], strict=True)) == {
        "n1": "n9", "n2": "n8"
    }  # fmt: skip
