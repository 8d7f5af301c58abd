from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from layers import registers
from tests.twin import cities
from twin import matching
from twin.matching import AMBIGUOUS, MATCHED, UNMATCHED

if TYPE_CHECKING:
    from pathlib import Path

    import shapely


def houses(*shapes: shapely.Polygon, **columns: Any) -> gpd.GeoDataFrame:
    ids = [f"w{n}" for n in range(1, len(shapes) + 1)]
    usual = {"state": "standing", "heated": True, "street": None, "housenumber": None, "postcode": None,
             "city": None}  # fmt: skip
    return gpd.GeoDataFrame(usual | columns, geometry=list(shapes), index=ids, crs=cities.CRS)


NEAR = {"place.nearest": 10.0, "place.tie": 0.5, "place.overlap": 0.5, "street.likeness": 0.85}
ROW = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(30, 0, 40, 10)]


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        (Point(5, 5), ("w1",)),
        (Point(25, 5), ("w2", "w3")),
        (Point(24, 5), ("w2",)),
        (Point(24.8, 5), ("w2", "w3")),
        (Point(5, 19), ("w1",)),
        (Point(5, 21), ()),
        (Point(10, 5), ("w1", "w2")),
        (box(1, 1, 9, 9), ("w1",)),
        (box(5, 0, 15, 10), ("w1",)),
        (box(8, 0, 38, 10), ("w1", "w2", "w3")),
        (box(100, 0, 110, 10), ()),
    ],
)  # fmt: skip
def test_places_and_outlines(shape: shapely.Geometry, found: tuple[str, ...]) -> None:
    rows = gpd.GeoDataFrame(geometry=[shape], index=[7], crs=cities.CRS)
    hits = matching.by_place(rows, houses(*ROW), NEAR)
    assert sorted(hits[7]) == sorted(found)


def test_a_place_without_numbers_gives_no_clue() -> None:
    rows = gpd.GeoDataFrame(geometry=[None, Point(np.inf, 0), Point()], crs=cities.CRS)
    assert matching.by_place(rows, houses(*ROW), NEAR) == {}


NOBODY = gpd.GeoDataFrame(
    {"street": [], "housenumber": [], "postcode": [], "city": [], "building_id": []},
    geometry=[],
    crs=cities.CRS,
).rename_axis("id")


def decided(rows: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    return matching.match(rows, buildings, NOBODY, NEAR).iloc[0]


def test_a_shared_address_is_decided_by_the_heated_building_or_the_place() -> None:
    rows = gpd.GeoDataFrame({"address": ["A-vej 1"]}, geometry=[None], index=[2], crs=cities.CRS)
    both = houses(*ROW, street=["A-vej", "A-vej", "B-vej"], housenumber="1")
    assert decided(rows, both)["status"] == AMBIGUOUS
    assert decided(rows, both)["candidates"] == "w1 w2"
    garage = both.assign(heated=[True, False, True])
    assert decided(rows, garage)["object_id"] == "w1"
    placed = rows.set_geometry([Point(15, 5)], crs=cities.CRS)
    assert decided(placed, both)["object_id"] == "w2"
    elsewhere = rows.set_geometry([Point(35, 5)], crs=cities.CRS)
    assert decided(elsewhere, both)["status"] == AMBIGUOUS


def test_the_postcode_tells_streets_of_one_name_apart() -> None:
    both = houses(*ROW[:2], street="A-vej", housenumber="1", postcode=["0700", "9000"])
    rows = gpd.GeoDataFrame(
        {"address": ["A-vej 1"], "postcode": ["700"]}, geometry=[None], crs=cities.CRS
    )
    assert decided(rows, both)["object_id"] == "w1"
    assert decided(rows.drop(columns="postcode"), both)["status"] == AMBIGUOUS
    assert decided(rows.assign(postcode="5000"), both)["status"] == UNMATCHED


@pytest.mark.parametrize(
    ("address", "hint"),
    [("Roskildevej 9", "the street is known, the number is not"), ("Roskidlevej 1", "is it Roskildevej?"),
     ("Nowhere 1", "no building by address")],
)  # fmt: skip
def test_what_is_not_found_gets_a_hint(address: str, hint: str) -> None:
    known = houses(*ROW, street="Roskildevej", housenumber=["1", "2", "3"])
    rows = gpd.GeoDataFrame({"address": [address]}, geometry=[None], crs=cities.CRS)
    assert decided(rows, known)["reason"].endswith(hint)


def test_removed_buildings_are_not_matched() -> None:
    gone = houses(*ROW, state=["removed", "standing", "standing"])
    rows = gpd.GeoDataFrame({"osm_id": ["w1"]}, geometry=[None], crs=cities.CRS)
    assert decided(rows, gone)["status"] == UNMATCHED


def test_an_address_beside_a_building_belongs_to_it() -> None:
    spots = gpd.GeoDataFrame(
        {"street": ["A-vej"] * 3, "housenumber": ["1", "2", "3"], "postcode": None, "city": None,
         "building_id": pd.Series([None] * 3, dtype="str")},
        geometry=[Point(35, 12), Point(25, 5), Point(500, 5)], crs=cities.CRS,
    ).set_axis(["n1", "n2", "n3"]).rename_axis("id")  # fmt: skip
    known = matching.housed(spots, houses(*ROW), NEAR)
    assert known["building_id"].dropna().to_dict() == {"n1": "w3"}


@pytest.mark.data
def test_a_whole_country_finds_its_own_addresses_again(data_dir: Path, tmp_path: Path) -> None:
    from layers import osm

    found = osm.read(data_dir / "osm" / "liechtenstein-2021-05-05.osm.pbf")
    houses = found.tables["buildings"].to_crs("EPSG:25832").assign(state="standing", heated=True)
    known = found.tables["addresses"].to_crs("EPSG:25832")
    told = houses.dropna(subset=["street", "housenumber"])
    path = tmp_path / "a.csv"
    pd.DataFrame({
        "Adresse": told["street"].str.replace("strasse", "str.") + " " + told["housenumber"],
        "PLZ": told["postcode"], "Baujahr": 1968, "wahr": told.index,
    }).to_csv(path, sep=";", index=False, encoding="cp1252", errors="replace")  # fmt: skip
    rows = registers.read(path).frame
    settings = NEAR
    matches = matching.match(rows, houses, known, settings)
    true = pd.Series(told.index, index=range(2, len(told) + 2)).reindex(rows.index)
    sure = matches["status"] == MATCHED
    assert sure.mean() > 0.9
    assert (matches.loc[sure, "object_id"] == true[sure]).mean() > 0.99
