"""City: nobody can write into it, equal content has one digest, wrong tables are refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InputError
from tests.twin.cities import frame, place, tiny
from twin.city import TABLES, City, Part, digest, schema

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parents[2]


def write_cell(table: gpd.GeoDataFrame) -> None:
    table.iloc[0, table.columns.get_loc("height")] = 99.0


def write_array(table: gpd.GeoDataFrame) -> None:
    table["height"].array[0] = 99.0


def write_buffer(table: gpd.GeoDataFrame) -> None:
    values = table["height"].to_numpy()
    values.flags.writeable = True
    values[0] = 99.0


def write_text(table: gpd.GeoDataFrame) -> None:
    table["use"].array[0] = "palace"


def write_geometry(table: gpd.GeoDataFrame) -> None:
    table.geometry.array[0] = place(0, 0)


def write_raw_geometry(table: gpd.GeoDataFrame) -> None:
    table.geometry.to_numpy()[0] = place(0, 0)


def drop_column(table: gpd.GeoDataFrame) -> None:
    table.pop("use")


def add_column(table: gpd.GeoDataFrame) -> None:
    table["colour"] = "red"


def rename_index(table: gpd.GeoDataFrame) -> None:
    table.index.name = "other"


WRITES = [
    write_cell,
    write_array,
    write_buffer,
    write_text,
    write_geometry,
    write_raw_geometry,
    drop_column,
    add_column,
    rename_index,
]


@pytest.mark.parametrize("write", WRITES)
def test_writing_into_a_table_that_was_handed_out_leaves_the_city(
    write: Callable[[gpd.GeoDataFrame], None],
) -> None:
    city = tiny()
    held = city.parts["buildings"]
    write(city.buildings)
    assert digest(held.frame) == held.digest
    assert city.buildings.index.name == "id"


@pytest.mark.parametrize("write", WRITES)
def test_writing_into_a_table_that_was_given_leaves_the_city(
    write: Callable[[gpd.GeoDataFrame], None],
) -> None:
    given_table = tiny().buildings
    city = tiny().replace(buildings=given_table)
    write(given_table)
    assert digest(city.buildings) == city.parts["buildings"].digest == digest(tiny().buildings)


@pytest.mark.parametrize("name", ["name", "buildings", "parts", "year", "anything"])
def test_setting_an_attribute_of_a_city_is_refused(name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(tiny(), name, None)


def test_parts_cannot_be_exchanged() -> None:
    with pytest.raises(TypeError):
        tiny().parts["buildings"] = tiny().parts["streets"]  # type: ignore[index]


def test_every_table_is_an_attribute() -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(tiny(), name), tiny().table(name))
    assert list(tiny()) == list(TABLES)


def test_replace_shares_what_did_not_change() -> None:
    lower = tiny().buildings.assign(height=2.0)
    other = tiny().replace(buildings=lower, year=2030)
    assert other.year == 2030
    assert other.digest != tiny().digest
    assert (other.buildings["height"] == 2.0).all()
    assert all(other.parts[name] is tiny().parts[name] for name in TABLES if name != "buildings")


def test_equal_cities_are_equal_and_hash_alike() -> None:
    again = tiny().replace(buildings=tiny().buildings)
    assert again == tiny()
    assert hash(again) == hash(tiny())
    assert tiny() != "Lilleby"


def test_digest_is_the_same_in_another_process_with_another_hash_seed() -> None:
    code = "from tests.twin.cities import tiny; print(tiny().digest)"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=REPOSITORY,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(REPOSITORY)},
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert runs == [tiny().digest] * 2


def test_digest_does_not_depend_on_how_pandas_stores_text() -> None:
    texts = ["a", None, "", "æ"]
    stores = [pd.StringDtype(kind, na_value=np.nan) for kind in ("python", "pyarrow")]
    sums = {digest(pd.DataFrame({"x": pd.Series(texts, dtype=dtype)})) for dtype in stores}
    assert len(sums) == 1


def test_digest_treats_missing_numbers_and_zeros_alike() -> None:
    odd_nan = np.array([0xFFF8_0000_0000_0001], dtype="uint64").view("float64")[0]
    first = pd.DataFrame({"x": [np.nan, 0.0]})
    second = pd.DataFrame({"x": [odd_nan, -0.0]})
    assert digest(first) == digest(second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"x": ["ab", "c"]}, {"x": ["a", "bc"]}, id="cut elsewhere"),
        pytest.param({"x": ["", "a"]}, {"x": [None, "a"]}, id="empty is not missing"),
        pytest.param({"x": [1.0]}, {"x": [1]}, id="dtype"),
        pytest.param({"x": [1.0]}, {"y": [1.0]}, id="name"),
        pytest.param({"x": [1.0, 2.0]}, {"x": [2.0, 1.0]}, id="order"),
        pytest.param({"x": [1.0]}, {"x": [1.0 + 2**-52]}, id="last bit"),
    ],
)
def test_different_content_has_another_digest(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert digest(pd.DataFrame(one)) != digest(pd.DataFrame(other))


def test_digest_sees_geometry_index_and_crs() -> None:
    base = tiny().lamps
    moved = base.set_geometry(base.geometry.translate(0.001))
    named = base.rename(index={"n801": "n803"})
    elsewhere = base.set_crs(25833, allow_override=True)
    assert len({digest(table) for table in (base, moved, named, elsewhere)}) == 4


@given(st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8")))))
def test_digest_of_text_is_a_function_of_the_text(texts: list[str | None]) -> None:
    one = pd.DataFrame({"x": pd.Series(texts, dtype="str")})
    other = pd.concat([one.iloc[:1], one.iloc[1:]])
    assert digest(one) == digest(other)


def test_absent_tables_are_empty_and_satisfy_their_contract() -> None:
    facts = {name: getattr(tiny(), name) for name in ("crs", "boundary", "model_area")}
    city = City.of({}, name="Nowhere", year=2024, country="DK", timezone="UTC", **facts)
    for name in TABLES:
        assert len(city.table(name)) == 0
        assert schema(name).faults(city.table(name)) == []


def of(**tables: pd.DataFrame) -> City:
    facts = {name: getattr(tiny(), name) for name in ("crs", "boundary", "model_area")}
    return City.of(tables, name="X", year=2024, country="DK", timezone="UTC", **facts)


def bad(name: str, **columns: Any) -> dict[str, pd.DataFrame]:
    return {name: tiny().table(name).assign(**columns)}


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        pytest.param({"bulidings": tiny().buildings}, "bulidings", id="unknown table"),
        pytest.param(bad("buildings", height=-1.0), "height", id="out of bounds"),
        pytest.param(bad("buildings", height=np.inf), "height", id="infinite"),
        pytest.param(bad("buildings", height=np.nan), "missing", id="missing"),
        pytest.param(bad("buildings", levels="3;4"), "expected float64", id="text for number"),
        pytest.param(bad("lamps", when=pd.Timestamp(0)), "when: holds datetime", id="odd dtype"),
        pytest.param(bad("lamps", inside=[[1], [2]]), "inside", id="lists"),
        pytest.param({"lamps": tiny().lamps.to_crs(4326)}, "EPSG:4326", id="another CRS"),
        pytest.param(
            {"lamps": tiny().lamps.set_crs(None, allow_override=True)}, "no CRS", id="no CRS"
        ),
        pytest.param(
            {"lamps": tiny().lamps.set_geometry(tiny().lamps.buffer(1))}, "point", id="area"
        ),
        pytest.param(
            {"lamps": pd.concat([tiny().lamps, tiny().lamps])}, "occurs twice", id="repeated ids"
        ),
        pytest.param({"lamps": tiny().lamps.reset_index(drop=True)}, "index", id="numbered ids"),
        pytest.param({"lamps": tiny().lamps.drop(columns="inside")}, "is missing", id="no column"),
    ],
)
def test_bad_tables_are_refused(tables: dict[str, pd.DataFrame], words: str) -> None:
    with pytest.raises(InputError, match=words):
        of(**tables)


def test_all_faults_of_all_tables_are_reported_at_once() -> None:
    tables = bad("buildings", height=-1.0, levels=0.0) | bad("lamps", height=1000.0)
    with pytest.raises(InputError) as caught:
        of(**tables)
    places = [fault.place for fault in caught.value.faults]
    assert [text.split(",")[0] for text in places] == [
        "buildings column height",
        "buildings column levels",
        "lamps column height",
    ]


def test_a_merged_table_that_lost_its_class_is_taken_back() -> None:
    plain = pd.DataFrame(tiny().lamps)
    assert isinstance(of(lamps=plain).lamps, gpd.GeoDataFrame)
    assert of(lamps=plain).lamps.crs == tiny().crs


def test_another_crs_needs_all_geometry_with_it() -> None:
    with pytest.raises(InputError, match="streets geometry"):
        tiny().replace(crs="EPSG:25833", buildings=tiny().buildings.to_crs(25833))


def test_a_part_is_loaded_once_and_only_when_asked_for() -> None:
    calls = []
    table = frame("trees", [])

    def load() -> pd.DataFrame:
        calls.append(1)
        return table

    city = replace(tiny(), parts={**tiny().parts, "trees": Part(load, digest(table))})
    assert city.digest
    assert not calls
    assert len(city.trees) == len(city.trees) == 0
    assert len(calls) == 1
