from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pyproj import Transformer

from layers.errors import InputError
from tests.twin import cities
from twin import area
from twin.edits import with_values
from twin.errors import NotComputedError, ScenarioError
from twin.interventions.close_street import CloseStreet
from twin.interventions.retrofit import Retrofit
from twin.pricing import Cost, unit_costs
from twin.where import Where, members

if TYPE_CHECKING:
    from pathlib import Path

CITY = cities.tiny()


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a point so many metres east and north of junction 11."""
    back = Transformer.from_crs(cities.CRS, "EPSG:4326", always_xy=True)
    point = cities.place(x, y)
    longitude, latitude = back.transform(point.x, point.y)
    return float(longitude), float(latitude)


def ring(*corners: tuple[float, float]) -> list[list[float]]:
    return [list(degrees(*corner)) for corner in corners]


def streets(where: Any) -> list[str]:
    return list(Where.model_validate(where).select(CITY.streets, CITY.crs))


def buildings(where: Any) -> list[str]:
    return list(Where.model_validate(where).select(CITY.buildings, CITY.crs))


# The western third of the town: houses 1, 2, 7, 8.
WEST = ring((-10, -10), (100, -10), (100, 210), (-10, 210))


def test_all_is_every_standing_object_inside() -> None:
    assert buildings("all") == list(CITY.buildings.index)


def test_selectors_are_joined_by_and() -> None:
    assert buildings({"polygon": WEST}) == ["w1001", "w1002", "w1007", "w1008"]
    assert buildings({"polygon": WEST, "expression": "use == 'house'"}) == ["w1001", "w1002"]
    assert buildings({"polygon": WEST, "ids": ["w1008", "w1012"]}) == ["w1008"]


def test_a_street_lies_where_its_middle_lies() -> None:
    # Reaches 60 m along the southern street: over the middle of its first segment only.
    small = ring((-10, -10), (60, -10), (60, 10), (-10, 10))
    assert streets({"polygon": small}) == ["w101:11-12"]
    # 45 m: the middle is outside, though the street touches the area.
    smaller = ring((-10, -10), (45, -10), (45, 10), (-10, 10))
    with pytest.raises(ScenarioError, match=r"where\.polygon: selects none of the 17"):
        streets({"polygon": smaller})


def test_a_drawn_line_takes_the_street_along_it_and_not_the_cross_streets() -> None:
    drawn = {"line": ring((0, 103), (200, 103)), "within": 15}
    assert streets({"drawn": drawn}) == ["w102:21-22", "w102:22-23"]


def test_a_drawn_point_takes_what_is_near() -> None:
    drawn = {"line": ring((25, 50)), "within": 1}
    assert buildings({"drawn": drawn}) == ["w1001"]
    point = {"type": "Point", "coordinates": degrees(25, 50)}
    assert buildings({"drawn": {"line": point, "within": 1}}) == ["w1001"]


def test_the_model_area_is_left_alone_unless_it_is_named() -> None:
    frame = CITY.buildings
    frame["inside"] = frame.index != "w1001"
    frame.loc["w1002", "state"] = "removed"
    assert "w1001" not in Where.model_validate("all").select(frame, CITY.crs)
    model = Where.model_validate({"everything": True, "area": "model"})
    assert list(model.select(frame, CITY.crs))[:2] == ["w1001", "w1003"]


EMPTY = {
    "expression": ({"expression": "levels > 50"}, "where.expression", "Loosen"),
    "value": ({"expression": "use == 'hous'"}, "where.expression", "'house'"),
    "polygon": ({"polygon": [[0, 0], [1, 0], [1, 1]]}, "where.polygon", "longitude"),
    "drawn": ({"drawn": {"line": [[0, 0]], "within": 1}}, "where.drawn", "longitude"),
    "ids": ({"expression": "use == 'school'", "ids": ["w1001"]}, "where.ids", "rest of"),
}


@pytest.mark.parametrize("name", EMPTY)
def test_the_selector_that_left_nothing_is_named(name: str) -> None:
    where, place, advice = EMPTY[name]
    with pytest.raises(ScenarioError) as caught:
        buildings(where)
    (fault,) = caught.value.faults
    assert fault.place == place
    assert "selects none" in fault.reason
    assert advice in fault.advice


def test_unknown_columns_and_ids_are_reported_together() -> None:
    with pytest.raises(ScenarioError) as caught:
        buildings({"expression": "hight > 3", "ids": ["w1001", "w2001"]})
    assert [fault.place for fault in caught.value.faults] == ["where.expression", "where.ids"]
    assert "'height'" in caught.value.faults[0].advice
    assert "w2001" in caught.value.faults[1].reason


AREAS = {
    "ring": ([[0, 0], [1, 0], [1, 1]], ""),
    "closed ring": ([[0, 0], [1, 0], [1, 1], [0, 0]], ""),
    "polygon": ([[[0, 0], [1, 0], [1, 1]]], ""),
    "multi": ([[[[0, 0], [1, 0], [1, 1]]], [[[5, 5], [6, 5], [6, 6]]]], ""),
    "geojson": ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}, ""),
    "height": ([[0, 0, 9], [1, 0, 9], [1, 1, 9]], ""),
    "feature": (
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]},
        },
        "",
    ),
    "two corners": ([[0, 0], [1, 0]], "fewer than three corners"),
    "empty": ([], "no list of"),
    "number": (5, "no list of"),
    "text in it": ([[0, 0], [1, 0], ["x", 1]], "no \\[longitude"),
    "true in it": ([[0, 0], [1, 0], [True, 1]], "no \\[longitude"),
    "mixed levels": ([[[0, 0], [1, 0], [1, 1]], 5], "mixes"),
    "off the globe": ([[0, 0], [500, 0], [1, 1]], "not on the globe"),
    "metres": ([[711500, 6173500], [711600, 6173500], [711600, 6173600]], "not on the globe"),
    "infinite": ([[0, 0], [float("inf"), 0], [1, 1]], "not on the globe"),
    "nan": ([[0, 0], [float("nan"), 0], [1, 1]], "not on the globe"),
    "huge integer": ([[0, 0], [10**400, 0], [1, 1]], "not on the globe"),
    "bow tie": ([[0, 0], [1, 1], [1, 0], [0, 1]], "no valid area"),
    "half the globe": ([[-179, 0], [179, 0], [0, 10]], "half the globe"),
    "point": ({"type": "Point", "coordinates": [0, 0]}, "no GeoJSON Polygon"),
    "no geometry": ({"type": "Feature", "geometry": None}, "no GeoJSON Polygon"),
    "wrong depth": ({"type": "MultiPolygon", "coordinates": [[0, 0]]}, "no coordinates"),
    "too many": ([[n / 1e5, 0] for n in range(20_001)], "more than 20000 points"),
    "deep": ([[[[[[[0, 0]]]]]]], "no list of"),
}


@pytest.mark.parametrize("name", AREAS)
def test_areas_are_brought_to_one_form_or_refused(name: str) -> None:
    value, reason = AREAS[name]
    if reason:
        with pytest.raises(InputError, match=reason):
            area.normalised(value)
        return
    found = area.normalised(value)
    assert found[0][0][0] == found[0][0][-1] == (0.0, 0.0)
    assert area.normalised(found) == found


FILES = {
    "missing": ("gone.geojson", None, "there is no file"),
    "climbs": ("../area.geojson", "{}", "not the name"),
    "absolute": ("/etc/passwd.json", None, "not the name"),
    "address": ("http://127.0.0.1/a.json", None, "not the name"),
    "hidden": (".a.geojson", "{}", "not the name"),
    "other kind": ("a.vrt", "<OGRVRTDataSource/>", "not the name"),
    "no json": ("a.geojson", "<OGRVRTDataSource/>", "is no GeoJSON"),
    "nan": ("a.geojson", '{"type": "Polygon", "coordinates": [[[NaN, 0]]]}', "is no GeoJSON"),
    "deep": ("a.geojson", "[" * 100_000, "is no GeoJSON"),
    "list": ("a.geojson", "[1, 2]", "no list of"),
    "empty": ("a.geojson", '{"type": "FeatureCollection", "features": []}', "no polygon"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_areas_stay_in_the_folder(name: str, tmp_path: Path) -> None:
    file, content, reason = FILES[name]
    folder = tmp_path / "plan"
    folder.mkdir()
    if content is not None:
        (folder / file).write_text(content)
    with pytest.raises(InputError, match=reason):
        area.normalised(file, folder)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.geojson"
    secret.write_text('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}')
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "a.geojson").symlink_to(secret)
    with pytest.raises(InputError, match="not the name"):
        area.normalised("a.geojson", folder)


def test_an_area_from_a_file_becomes_part_of_the_value(tmp_path: Path) -> None:
    polygon = {"type": "Polygon", "coordinates": [WEST]}
    feature = {"type": "Feature", "geometry": polygon, "properties": {}}
    collection = {"type": "FeatureCollection", "features": [feature]}
    (tmp_path / "west.geojson").write_text(json.dumps(collection))
    where = Where.model_validate({"polygon": "west.geojson"}, context={"folder": tmp_path})
    assert list(where.select(CITY.buildings, CITY.crs)) == ["w1001", "w1002", "w1007", "w1008"]
    assert Where.model_validate(where.model_dump(mode="json")) == where


def retrofit(**changes: Any) -> Retrofit:
    return Retrofit.model_validate(
        {"id": "r", "where": "all", "start": 2025, "package": "usual", **changes}
    )


def test_an_intervention_is_frozen() -> None:
    with pytest.raises(ValidationError):
        retrofit().start = 2030


@pytest.mark.parametrize(
    ("pace", "year", "expected"),
    [
        ("at once", 2024, 0),
        ("at once", 2025, 11),
        (0.1, 2025, 1),  # 1.1 buildings: whole ones only
        (0.1, 2029, 5),
        (0.1, 2033, 9),
        (0.1, 2034, 11),
        (0.1, 2090, 11),
        (1.0, 2025, 11),
        (0.01, 2025, 0),
    ],
)
def test_a_share_is_realised_on_whole_objects(pace: Any, year: int, expected: int) -> None:
    assert len(retrofit(pace=pace).realised(CITY, year)) == expected


def test_shares_that_binary_numbers_miss_are_whole() -> None:
    # 0.07 * 100 is 7.000000000000001 and 0.29 * 100 is 28.999999999999996 in binary.
    assert retrofit(pace=0.07).count(100, 2025) == 7
    assert retrofit(pace=0.29).count(100, 2025) == 29


def test_the_order_is_that_of_the_rank_then_of_the_hash() -> None:
    ranked = retrofit(order="year").ranked(CITY)
    years = CITY.buildings.loc[ranked, "year"]
    assert years.is_monotonic_increasing
    assert retrofit(order="-year").ranked(CITY)[0] == "w1011"
    # Division by no jobs gives nothing to rank by: those come last.
    by_jobs = list(retrofit(order="floor_area / jobs").ranked(CITY))
    assert set(by_jobs[:3]) == {"w1006", "w1007", "w1008"}


def test_the_order_does_not_depend_on_rows_or_other_objects() -> None:
    ranked = retrofit().ranked(CITY)
    shuffled = CITY.replace(buildings=CITY.buildings.sample(frac=1, random_state=1))
    assert list(retrofit().ranked(shuffled)) == list(ranked)
    fewer = CITY.replace(buildings=CITY.buildings.drop(index="w1005"))
    assert list(retrofit().ranked(fewer)) == [name for name in ranked if name != "w1005"]


def test_the_order_depends_on_the_seed_and_the_measure() -> None:
    ranked = list(retrofit().ranked(CITY))
    assert list(retrofit().ranked(CITY, seed=1)) != ranked
    assert list(retrofit(id="other").ranked(CITY)) != ranked


def test_the_order_is_the_documented_hash() -> None:
    def key(name: str) -> bytes:
        return hashlib.blake2b(f"7:r:{name}".encode(), digest_size=8).digest()

    expected = sorted(CITY.buildings.index.drop("w1010"), key=key)
    assert list(retrofit().ranked(CITY, seed=7)) == expected


def test_nothing_to_do_is_an_error_and_nothing_due_is_not() -> None:
    done = retrofit().apply(CITY)
    with pytest.raises(ScenarioError, match="changes none of them"):
        retrofit().select(done)
    assert retrofit().apply(done, CITY.buildings.index) is done
    assert retrofit().cost(done, CITY.buildings.index).amount == 0.0


def test_removed_objects_are_never_changed() -> None:
    frame = CITY.buildings
    frame.loc["w1001", "state"] = "removed"
    city = CITY.replace(buildings=frame)
    changed = retrofit().apply(city, CITY.buildings.index)
    assert changed.buildings.loc["w1001", "renovation"] == "existing"


def test_values_set_by_a_scenario_say_so() -> None:
    changed = with_values(CITY, "buildings", pd.Index(["w1001"]), year=2030.0).buildings
    assert changed.loc["w1001", "year_source"] == "scenario"
    assert changed.loc["w1001", "year_spread"] == 0.0
    others = CITY.buildings.drop(index="w1001")
    pd.testing.assert_frame_equal(pd.DataFrame(changed.drop(index="w1001")), pd.DataFrame(others))


def test_unit_costs_of_elsewhere_are_assumed() -> None:
    assert "published" in set(unit_costs("retrofit", "DE")["evidence"])
    assert set(unit_costs("retrofit", "FI")["evidence"]) == {"assumed"}
    assert set(unit_costs("street_works", "DK")["currency"]) == {"EUR"}


def test_no_unit_cost_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    from layers import tables

    rows = tables.load("costs/street_works", "twin.data")
    monkeypatch.setattr(tables, "load", lambda *_: rows[rows["stand_in"] == "no"])
    with pytest.raises(NotComputedError, match="No unit costs of street_works for DK"):
        unit_costs("street_works", "DK")


@pytest.mark.parametrize("name", ["street_works", "retrofit", "building"])
def test_cost_tables_are_complete(name: str) -> None:
    from layers import tables

    rows = tables.load(f"costs/{name}", "twin.data")
    assert (
        (rows["value"] > 0).where(~rows["key"].str.endswith(".running"), rows["value"] >= 0).all()
    )
    for column in ("key", "country", "unit", "currency", "source", "year", "price_year"):
        assert rows[column].notna().all(), column
    assert set(rows["evidence"]) <= {"published", "assumed"}
    assert set(rows["stand_in"]) <= {"yes", "no"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", -1.0), ("amount", np.nan), ("lifetime", 0.0), ("running", np.inf)],
)
def test_impossible_costs_are_refused(field: str, value: float) -> None:
    good = {"amount": 1.0, "lifetime": 1.0, "running": -1.0, "revenue": 1.0, "currency": "EUR",
            "price_year": 2020, "vat": None, "payer": "owner", "quantity": 1.0, "unit": "m2",
            "evidence": "assumed", "sources": ()}  # fmt: skip
    Cost(**good)  # type: ignore[arg-type]  # a mapping of the test's own
    with pytest.raises(ValueError, match="no possible cost"):
        Cost(**{**good, field: value})  # type: ignore[arg-type]  # the same


def test_a_table_without_places_is_selected_by_text() -> None:
    where = Where.model_validate({"polygon": WEST})
    with pytest.raises(ScenarioError, match="no place on the map"):
        where.select(CITY.turns, CITY.crs)


def test_closing_needs_no_buildings() -> None:
    one = CloseStreet.model_validate({"id": "c", "where": {"ids": ["w101:11-12"]}, "start": 2025})
    changed = one.apply(CITY)
    assert changed.parts["buildings"] is CITY.parts["buildings"]


def test_objects_are_named_by_id_whatever_the_index_holds() -> None:
    where = Where.model_validate({"ids": ["22", "33"]})
    assert list(where.select(CITY.junctions, CITY.crs)) == [22, 33]
    with pytest.raises(ScenarioError, match=r"There is no '99'\."):
        Where.model_validate({"ids": ["22", "99"]}).select(CITY.junctions, CITY.crs)


@settings(deadline=None)
@given(st.lists(st.sampled_from(list("abcdefgh")), unique=True), st.sets(st.sampled_from("abcxyz")))
def test_members_are_what_isin_says(labels: list[str], chosen: set[str]) -> None:
    index, other = pd.Index(labels, dtype="str"), pd.Index(sorted(chosen), dtype="str")
    assert list(members(index, other)) == list(index.isin(other))


def test_what_a_country_has_no_price_of_is_priced_by_the_stand_in() -> None:
    rows = unit_costs("street_works", "GB").set_index("key")
    assert rows.loc["modal_filter", "currency"] == "GBP"
    assert rows.loc["modal_filter", "evidence"] == "published"
    assert rows.loc["bus_gate", ["currency", "evidence"]].tolist() == ["EUR", "assumed"]
    assert rows.index.is_unique
