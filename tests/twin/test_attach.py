from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from layers import headers, registers
from layers.errors import InputError
from tests.twin import cities
from twin import attach
from twin.city import schema
from twin.matching import AMBIGUOUS, MATCHED, UNMATCHED

if TYPE_CHECKING:
    from pathlib import Path

    from twin.attach import Attached
    from twin.city import City


@pytest.fixture
def city() -> City:
    return cities.tiny()


def attached(
    city: City, tmp_path: Path, text: str, *, name: str = "bbr.csv", corrections: Path | None = None,
    column: str | None = None, **options: Any,
) -> Attached:  # fmt: skip
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    register = registers.read(path, **options)
    return attach.attach(city, register, corrections=corrections, column=column)


def statuses(found: Attached) -> list[str]:
    return list(found.matches["status"])


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8-sig").splitlines()


def test_a_register_by_address_wins_and_the_rest_is_completed_anew(
    city: City, tmp_path: Path
) -> None:
    found = attached(
        city, tmp_path, "adresse;byggeår;etager;varme\nHovedgaden 1;1931;2;Fjernvarme\n"
    )
    before, after = city.buildings.loc["w1001"], found.city.buildings.loc["w1001"]
    assert statuses(found) == [MATCHED]
    assert (after["year"], after["year_source"], after["year_spread"]) == (1931, "register", 0)
    assert (after["heating"], after["heating_source"]) == ("district_heating", "register")
    assert (before["levels"], after["levels"], after["levels_osm"]) == (1, 2, 1)
    assert after["floor_area"] == pytest.approx(2 * before["footprint"])
    assert after["floor_area_source"] == "calculated"
    assert city.buildings.loc["w1001", "year"] == 1965


def test_only_what_the_map_itself_said_stays_beside(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, "adresse;byggeår;etager\nHovedgaden 1;1931;1\n")
    assert "year_osm" not in found.city.buildings  # it was typology, not OpenStreetMap
    assert "levels_osm" not in found.city.buildings  # it was the same
    assert found.quality["columns"] == {
        "year": {"set": 1, "differ": 0},
        "levels": {"set": 1, "differ": 0},
    }


def test_zones_follow_their_buildings(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, "osm id;residents\nw1005;500\n")
    assert found.city.buildings.loc["w1005", "people"] == 500
    assert found.city.zones["people"].sum() == pytest.approx(found.city.buildings["people"].sum())


@pytest.mark.parametrize(
    ("text", "building"),
    [
        ("osm id;year\nw1003;1\n", "w1003"),
        ("osm id;year\nway/1003;1\n", "w1003"),
        ("id;year\nhttps://www.openstreetmap.org/way/1003;1\n", "w1003"),
        ("street;house number;year\nHOVEDGADEN ;003;1\n", "w1003"),
        ("address;postcode;year\nHovedgaden 3, st. th;2620;1\n", "w1003"),
        ("x;y;year\n711625;6173550;1\n", "w1003"),
        ("x;y;year\n711637;6173550;1\n", "w1003"),
    ],
)  # fmt: skip
def test_ways_to_a_building(city: City, tmp_path: Path, text: str, building: str) -> None:
    text = text.replace(";1\n", ";1931\n")
    found = attached(city, tmp_path, text, crs="EPSG:25832" if text.startswith("x;") else None)
    assert list(found.matches["object_id"]) == [building]
    assert found.matches["reason"].item().startswith("by ")


def test_what_does_not_match_says_why(city: City, tmp_path: Path) -> None:
    text = (
        "osm id;address;year\nw9;;1931\n;Elsewhere 1;1931\n;Hovedgaden;1931\n;Hovedgaden 1;1932\n"
    )
    found = attached(city, tmp_path, text)
    assert statuses(found) == [UNMATCHED, UNMATCHED, UNMATCHED, MATCHED]
    assert list(found.matches["reason"][:3]) == [
        "no building by OpenStreetMap id", "no building by address", "no id, address or place"]  # fmt: skip
    assert found.quality["rows"] == 4
    source = found.city.sources.loc["bbr"]
    assert (source["rows_in"], source["rows_kept"], source["rows_refused"]) == (4, 1, 3)
    lost = found.city.drops[found.city.drops["reason"].str.contains("unmatched")]
    assert lost["count"].item() == 3


def test_no_match_leaves_the_city_as_it_is(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, "id;year\nx;1931\n")
    assert found.city is city
    assert found.notes == ("No row matched.",)


def test_one_key_said_twice_is_ambiguous(city: City, tmp_path: Path) -> None:
    found = attached(
        city, tmp_path, "address;year\nHovedgaden 1;1931\nHovedgaden 1;1999\nHovedgaden 2;1950\n"
    )
    assert statuses(found) == [AMBIGUOUS, AMBIGUOUS, MATCHED]
    assert found.matches["reason"].iloc[0] == "the same key in rows 2, 3"
    assert found.city.buildings.loc["w1001", "year_source"] != "register"
    assert found.city.buildings.loc["w1002", "year_source"] == "register"


def test_entrances_of_one_building_are_summed_and_must_agree(city: City, tmp_path: Path) -> None:
    text = "id;osm id;dwellings;year\na;w1005;10;1972\nb;w1005;8;1972\nc;w1009;5;1950\nd;w1009;5;1960\n"
    found = attached(city, tmp_path, text)
    houses = found.city.buildings
    assert houses.loc["w1005", "dwellings"] == 18
    assert houses.loc["w1009", "dwellings"] == 10
    assert houses.loc["w1005", "year"] == 1972
    assert houses.loc["w1009", "year_source"] != "register"
    assert any("disagree about year: w1009" in note for note in found.notes)


def test_the_registers_ids_are_remembered(city: City, tmp_path: Path) -> None:
    first = attached(city, tmp_path, "id;address;year\nB-7;Hovedgaden 7;1931\n")
    second = attached(first.city, tmp_path, "id;levels\nB-7;4\nB-8;4\n", name="later.csv")
    assert statuses(second) == [MATCHED, UNMATCHED]
    assert second.city.buildings.loc["w1007", "levels"] == 4
    assert second.city.buildings.loc["w1007", "year"] == 1931
    assert second.city.buildings.loc["w1007", "register_id"] == "B-7"


def test_a_source_is_written_once_however_often_it_is_attached(city: City, tmp_path: Path) -> None:
    text = "address;year\nHovedgaden 1;1931\n"
    first = attached(city, tmp_path, text, licence="CC BY 4.0", reference_date="2024")
    again = attached(first.city, tmp_path, text)
    other = attached(again.city, tmp_path, text.replace("1931", "1932"))
    assert list(again.city.sources.index) == list(first.city.sources.index)
    assert set(other.city.sources.index) == {*first.city.sources.index, "bbr-2"}
    row = first.city.sources.loc["bbr"]
    assert (row["origin"], row["licence"], row["reference_date"]) == (
        "bbr.csv",
        "CC BY 4.0",
        "2024",
    )
    assert again.city.buildings.equals(first.city.buildings)


def test_corrections_are_attached_again(city: City, tmp_path: Path) -> None:
    text = "address;year;name\nHovedgaden 1;1931;=1+1\nHovedgade 2;1940;b\nNowhere 3;1950;c\n"
    first = attached(city, tmp_path, text)
    assert statuses(first) == [MATCHED, UNMATCHED, UNMATCHED]
    path = attach.write_matches(first, tmp_path / "matches.csv")
    rows = list(csv.DictReader(lines(path), delimiter=";"))
    assert [row["status"] for row in rows] == [UNMATCHED, UNMATCHED, MATCHED]
    path.write_text(
        path.read_text(encoding="utf-8-sig").replace("3;unmatched;;", "3;unmatched;w1002;")
    )
    second = attached(city, tmp_path, text, corrections=path)
    assert statuses(second) == [MATCHED, MATCHED, UNMATCHED]
    assert second.matches["reason"].iloc[1] == "corrected by hand"
    assert second.city.buildings.loc["w1002", "year"] == 1940


def test_all_faults_of_a_correction_at_once(city: City, tmp_path: Path) -> None:
    path = tmp_path / "matches.csv"
    path.write_text(
        "row;object_id;address\n2;w99;Hovedgaden 1\n3;w1002;Other 5\n77;w1002;\nx;w1002;\n"
    )
    with pytest.raises(InputError) as caught:
        attached(
            city, tmp_path, "address;year\nHovedgaden 1;1931\nHovedgaden 2;1931\n", corrections=path
        )
    assert [fault.place for fault in caught.value.faults] == ["row 2", "row 3", "row 77", "row x"]
    assert "no building" in caught.value.faults[0].reason


def test_a_correction_must_be_the_matches_table(city: City, tmp_path: Path) -> None:
    path = tmp_path / "matches.csv"
    path.write_text("a;b\n1;2\n")
    with pytest.raises(InputError, match="table that attach wrote"):
        attached(city, tmp_path, "address;year\nHovedgaden 1;1931\n", corrections=path)


@pytest.mark.parametrize("payload", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "=1;2"])
def test_no_cell_of_the_matches_runs_as_a_formula(city: City, tmp_path: Path, payload: str) -> None:
    text = f'address;year\n"{payload}";1931\nHovedgaden 2;1950\n'
    first = attached(city, tmp_path, text)
    path = attach.write_matches(first, tmp_path / "matches.csv")
    rows = list(csv.reader(lines(path), delimiter=";"))
    assert all(cell[:1] not in set("=+-@\t\r") for row in rows for cell in row)
    filled = path.read_text(encoding="utf-8-sig").replace("2;unmatched;;", "2;unmatched;w1001;")
    path.write_text(filled)
    assert statuses(attached(city, tmp_path, text, corrections=path)) == [MATCHED, MATCHED]


POINTS = "x;y;kind;quantity;value;unit\n711525;6173550;meter;heat;100;MWh\n711530;6173550;meter;heat;50;MWh\n"


def test_points_with_values_become_rows_of_their_own(city: City, tmp_path: Path) -> None:
    text = POINTS + "700000;6173550;meter;heat;50;MWh\n"
    found = attached(city, tmp_path, text, crs="EPSG:25832")
    assert statuses(found) == [MATCHED, MATCHED, UNMATCHED]
    rows = found.city.points
    assert list(rows.index) == ["bbr:2", "bbr:3"]
    assert rows["value"].tolist() == [100, 50]
    assert set(rows["unit"]) == {"MWh"}
    assert rows["inside"].all()
    assert found.city.buildings.equals(city.buildings)
    again = attached(found.city, tmp_path, text, crs="EPSG:25832")
    assert list(again.city.points.index) == ["bbr:2", "bbr:3"]


def test_points_without_coordinates_stand_in_their_building(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, "address;value;unit\nHovedgaden 5;5;kW\nNowhere 5;5;kW\n")
    spot = found.city.points.geometry.item()
    assert city.buildings.geometry["w1005"].contains(spot)
    assert statuses(found) == [MATCHED, UNMATCHED]


def test_values_of_points_go_to_a_building_column(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, POINTS, crs="EPSG:25832", column="meter_mwh")
    houses = found.city.buildings
    assert houses.loc["w1001", "meter_mwh"] == 150
    assert houses.loc["w1001", "meter_mwh_source"] == "register"
    assert houses["meter_mwh"].count() == 1
    assert found.city.points.empty
    assert "meter_mwh is in MWh." in found.notes


def test_values_that_are_no_amount_are_not_summed(city: City, tmp_path: Path) -> None:
    text = POINTS.replace("MWh", "kWh/m2")
    found = attached(city, tmp_path, text + "711575;6173550;meter;heat;70;kWh/m2\n", crs="EPSG:25832",
                     column="intensity")  # fmt: skip
    assert found.city.buildings["intensity"].dropna().to_dict() == {"w1002": 70}
    assert any("no amount" in note for note in found.notes)


@pytest.mark.parametrize("column", ["year", "Bad name", "", "1st", "x" * 80])
def test_a_column_name_must_be_free_and_plain(city: City, tmp_path: Path, column: str) -> None:
    with pytest.raises(InputError, match="name cannot be used"):
        attached(city, tmp_path, POINTS, crs="EPSG:25832", column=column)


def test_one_column_holds_one_thing(city: City, tmp_path: Path) -> None:
    text = POINTS + "711575;6173550;meter;water;50;m3\n"
    with pytest.raises(InputError, match="2 different things"):
        attached(city, tmp_path, text, crs="EPSG:25832", column="meter")


def test_swapped_axes_are_named_and_the_named_option_works(city: City, tmp_path: Path) -> None:
    middles = city.buildings.geometry.centroid
    text = "x;y;year\n" + "".join(f"{p.y};{p.x};1931\n" for p in middles)
    with pytest.raises(InputError, match="--crs EPSG:25832 --swap"):
        attached(city, tmp_path, text, crs="EPSG:25832")
    found = attached(city, tmp_path, text, crs="EPSG:25832", swap=True)
    assert list(found.matches["object_id"]) == list(city.buildings.index)


@pytest.mark.parametrize("kind", list(headers.kinds()))
def test_a_template_is_a_register_of_its_kind(city: City, tmp_path: Path, kind: str) -> None:
    path = attach.template(kind, tmp_path / f"{kind}.csv")
    found = registers.read(path, kind=kind, crs=city.crs)
    assert len(found.frame) == 1
    assert found.unused == ()
    assert registers.read(path, crs=city.crs).kind == kind
    with pytest.raises(InputError, match="already"):
        attach.template(kind, path)


def test_no_template_of_an_unknown_kind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="buildings, points"):
        attach.template("castles", tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


def test_bounds_of_registers_are_those_of_the_city() -> None:
    columns = {column.name: column for column in schema("buildings").columns}
    for field in headers.fields("buildings").values():
        if field.role != "value":
            continue
        column = columns[field.target]
        assert column.dtype == ("float64" if field.dtype in {"float64", "year"} else "str")
        if column.dtype == "float64":
            assert column.unit == field.unit
            assert not field.lower < column.lower
            assert not field.upper > column.upper
