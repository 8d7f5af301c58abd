from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from layers import registers
from layers.errors import InputError
from layers.headers import ColumnMap
from tests.layers import books

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WRITTEN: list[list[object]] = [
    ["Register 2024", None, None, None, None],
    [],
    ["Vejnavn", "Husnr", "Postnr", "Opførelsesår", "Etageareal [kvm]"],
    ["Rosenvej", "5A", "0700", 1968, 1234.5],
    ["Ågade", 7, 700, "ukendt", 80],
]


def register(
    tmp_path: Path, data: str | bytes, name: str = "a.csv", **options: Any
) -> registers.Register:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return registers.read(path, **options)


def german_csv(path: Path) -> Path:
    rows = [
        [str(cell if cell is not None else "").replace(".", ",") for cell in row] for row in WRITTEN
    ]
    path = path / "a.csv"
    path.write_bytes("\r\n".join(";".join(row) for row in rows).encode("cp1252"))
    return path


def danish_csv(path: Path) -> Path:
    text = german_csv(path).read_text(encoding="cp1252").replace("1234,5", "1.234,5")
    path = path / "b.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def english_csv(path: Path) -> Path:
    text = german_csv(path).read_text(encoding="cp1252").replace("1234,5", '"1,234.5"')
    path = path / "c.csv"
    path.write_text(text.replace(";", ","), encoding="utf-8")
    return path


def excel(path: Path) -> Path:
    return books.xlsx(path / "a.xlsx", {"Notes": "", "Data": books.xlsx_rows(WRITTEN)})


def ods(path: Path) -> Path:
    return books.ods(path / "a.ods", books.ods_rows(WRITTEN))


@pytest.mark.parametrize("write", [german_csv, danish_csv, english_csv, excel, ods])
def test_one_register_in_five_dresses(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    found = registers.read(write(tmp_path))
    assert found.kind == "buildings"
    assert list(found.frame["street"]) == ["Rosenvej", "Ågade"]
    assert list(found.frame["housenumber"]) == ["5A", "7"]
    assert [code.lstrip("0") for code in found.frame["postcode"]] == ["700", "700"]
    assert found.frame["year"].tolist()[0] == 1968
    assert found.frame["year"].isna().tolist() == [False, True]
    assert list(found.frame["floor_area"]) == [1234.5, 80]
    assert (found.source.rows_in, found.source.rows_kept, found.source.rows_refused) == (2, 2, 0)


def test_row_numbers_are_those_that_the_user_sees(tmp_path: Path) -> None:
    assert list(registers.read(excel(tmp_path)).frame.index) == [4, 5]
    assert list(registers.read(german_csv(tmp_path)).frame.index) == [4, 5]


def test_the_header_row_can_be_named(tmp_path: Path) -> None:
    text = "year;id\n1;2\nBaujahr;id\n1968;7\n"
    assert list(register(tmp_path, text, header=3, kind="buildings").frame["year"]) == [1968]
    with pytest.raises(InputError, match="row 9"):
        register(tmp_path, text, header=9)


def test_the_sheet_with_known_headers_is_taken_or_asked_for(tmp_path: Path) -> None:
    data = books.xlsx_rows([["id", "Baujahr"], ["1", 1968]])
    other = books.xlsx_rows([["some", "notes"], ["by", "hand"]])
    path = books.xlsx(tmp_path / "a.xlsx", {"Notes": other, "Data": data})
    assert len(registers.read(path).frame) == 1
    path = books.xlsx(tmp_path / "b.xlsx", {"A": data, "B": data})
    with pytest.raises(InputError, match="--sheet"):
        registers.read(path)
    assert len(registers.read(path, sheet="B").frame) == 1


def test_units_are_converted_and_must_fit(tmp_path: Path) -> None:
    found = register(tmp_path, "id;Høje_ft;Højde [ft];Areal\nb1;1;10;0,1 ha\n")
    assert found.frame["height"].tolist() == [pytest.approx(3.048)]
    assert found.frame["floor_area"].tolist() == [pytest.approx(1000)]
    with pytest.raises(InputError, match='"kWh" cannot be turned into m2'):
        register(tmp_path, "id;Areal [kWh]\nb1;5\n")


def test_values_of_points_need_a_unit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no unit is stated") as caught:
        register(tmp_path, "lon;lat;value;unit\n12;55;5;kW\n12;55;6;\n12;56;7;sheep\n")
    assert [fault.place for fault in caught.value.faults] == ['row 3, column "value"',
                                                                  'row 4, column "value"']  # fmt: skip
    found = register(tmp_path, "lon;lat;value [MWh]\n12;55;5\n")
    assert list(found.frame["unit"]) == ["MWh"]
    assert found.frame.crs.to_epsg() == 4326


def test_words_of_five_languages_and_those_of_the_user(tmp_path: Path) -> None:
    text = "id;heating\n1;Fjernvarme\n2;Erdgas\n3;bomba de calor\n4;MAALÄMPÖ\n5;heat_pump\n6;FJV\n"
    with pytest.raises(InputError, match='"FJV" is not known for heating'):
        register(tmp_path, text)
    mapping = tmp_path / "map.csv"
    mapping.write_text("theirs,ours,unit,word\nheating,heating,,\nheating,district_heating,,FJV\n")
    found = register(tmp_path, text, columns=mapping)
    assert list(found.frame["heating"]) == ["district_heating", "natural_gas", "heat_pump",
                                            "heat_pump", "heat_pump", "district_heating"]  # fmt: skip


def test_a_mapped_word_must_mean_something(tmp_path: Path) -> None:
    mapping = ColumnMap({}, {}, {("heating", "fjv"): "magic"})
    with pytest.raises(InputError, match='"magic", which is no heating'):
        register(tmp_path, "id;heating\n6;FJV\n", columns=mapping)


def test_ambiguous_thousands_are_decided_by_the_file_or_asked_for(tmp_path: Path) -> None:
    assert (
        register(tmp_path, "id;height;floor_area\n1;2,5;1.234\n").frame["floor_area"].item() == 1234
    )
    assert (
        register(tmp_path, "id,height,floor_area\n1,2.5,1.234\n").frame["floor_area"].item()
        == 1.234
    )
    with pytest.raises(InputError, match="decimal or a thousands mark"):
        register(tmp_path, "id|floor_area\n1|1.234\n")
    assert (
        register(tmp_path, "id|floor_area\n1|1.234\n", decimal=",").frame["floor_area"].item()
        == 1234
    )


FAULTY = "id;year;height\n1;abc;3\n2;19680;5 ft\n3;1970;400 kWh\n4;n/a;x\n5;1980;900\n"


def test_all_faulty_cells_at_once_counted_with_row_and_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="5 cells in 5 rows") as caught:
        register(tmp_path, FAULTY)
    assert [fault.place for fault in caught.value.faults] == [
        'row 2, column "year"', 'row 3, column "year"', 'row 4, column "height"',
        'row 5, column "height"', 'row 6, column "height"']  # fmt: skip


def test_lenient_leaves_cells_out_and_counts_them(tmp_path: Path) -> None:
    found = register(tmp_path, FAULTY, lenient=True)
    drops = found.drops.set_index("reason")["count"]
    assert drops["column height: cell cannot be used"] == 3
    assert drops["column year: cell cannot be used"] == 2
    assert drops["no value"] == 1
    assert (found.source.rows_in, found.source.rows_kept, found.source.rows_refused) == (5, 4, 1)


def test_rows_that_say_nothing_or_nowhere_are_counted(tmp_path: Path) -> None:
    found = register(tmp_path, "id;address;year\n1;;1968\n;;1970\n2;;\n1;;1968\n;Rosenvej 1;1971\n")
    assert list(found.frame.index) == [2, 6]
    assert dict(zip(found.drops["reason"], found.drops["count"], strict=True)) == {
        "no value": 1, "no key and no place": 1, "the same row twice": 1}  # fmt: skip
    assert found.source.rows_in == found.source.rows_kept + found.source.rows_refused == 5


def test_coordinates_ask_for_their_system_unless_they_are_named_degrees(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--crs EPSG:number"):
        register(tmp_path, "x;y;year\n711500,5;6173500;1968\n")
    found = register(tmp_path, "x;y;year\n711500,5;6173500;1968\n", crs="EPSG:25832")
    assert found.frame.geometry.iloc[0] == Point(711500.5, 6173500)
    swapped = register(tmp_path, "x;y;year\n6173500;711500,5;1968\n", crs="EPSG:25832", swap=True)
    assert swapped.frame.geometry.iloc[0] == Point(711500.5, 6173500)
    with pytest.raises(InputError, match="outside -90 to 90"):
        register(tmp_path, "lon;lat;year\n12;555;1968\n")


def test_bow_ties_are_repaired_and_told(tmp_path: Path) -> None:
    tie = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    frame = gpd.GeoDataFrame({"id": ["1"], "year": [1968]}, geometry=[tie], crs="EPSG:25832")
    frame.to_parquet(tmp_path / "a.parquet")
    found = registers.read(tmp_path / "a.parquet")
    assert found.frame.geometry.is_valid.all()
    assert found.frame.geometry.area.item() == pytest.approx(50)
    assert "cross themselves" in found.notes[0]


def test_places_that_are_not_finite_are_counted_and_the_row_stays(tmp_path: Path) -> None:
    spots = [Point(np.nan, 1), Point(np.inf, 1), Point(1, 2), None]
    frame = gpd.GeoDataFrame({"id": list("abcd"), "year": 1968}, geometry=spots, crs="EPSG:25832")
    frame.to_parquet(tmp_path / "a.parquet")
    found = registers.read(tmp_path / "a.parquet")
    assert list(found.frame["id"]) == list("abcd")
    assert found.frame.geometry.isna().tolist() == [True, True, False, True]


def test_columns_that_are_not_used_are_named(tmp_path: Path) -> None:
    assert register(tmp_path, "id;year;colour\n1;1968;red\n").unused == ("colour",)


def test_a_column_of_the_user_goes_before_the_known_words(tmp_path: Path) -> None:
    found = register(tmp_path, "id;year;real year\n1;1968;1970\n", columns={"real year": "year"})
    assert found.frame["year"].item() == 1970


def test_errors_of_a_spreadsheet_are_missing_and_told(tmp_path: Path) -> None:
    data = books.xlsx_rows([["id", "year"], ["1", 1968]])
    data += '<row r="3"><c r="A3"><v>2</v></c><c r="B3" t="e"><v>#N/A</v></c></row>'
    found = registers.read(books.xlsx(tmp_path / "a.xlsx", {"S": data}))
    assert found.notes[0].endswith("taken as missing: 1.")
    assert list(found.frame["id"]) == ["1"]


def geojson(*coordinates: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"id": "1", "year": 1968},
         "geometry": {"type": "Point", "coordinates": list(pair)}} for pair in coordinates
    ]})  # fmt: skip


def zip_bomb() -> bytes:
    import io

    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", b" " * 20_000_000)
    return memory.getvalue()


VRT = b"<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>"

BAD: dict[str, tuple[str, bytes, str]] = {
    "pdf": ("a.pdf", b"%PDF-1.4", "twin template KIND"),
    "pdf named csv": ("a.csv", b"%PDF-1.4", "twin template KIND"),
    "empty": ("a.csv", b"", "empty"),
    "only spaces": ("a.csv", b" \n \n", "no cells"),
    "only a header": ("a.csv", b"id;year\n", "no rows"),
    "truncated xlsx": ("a.xlsx", b"PK\x03\x04\x14\x00", "damaged"),
    "xlsx zip bomb": ("a.xlsx", zip_bomb(), "times its size"),
    "old excel": ("a.xls", b"\xd0\xcf\x11\xe0", "Save it as .xlsx"),
    "vrt named geojson": ("a.geojson", VRT, "is XML"),
    "vrt named csv": ("a.csv", VRT, "is XML"),
    "vrt named gpkg": ("a.gpkg", VRT, "is XML"),
    "mixed delimiters": ("a.csv", b"id;year\n1;1968\n2,1970,5;1;7\n3;1980\n", "1 row does not fit the header"),
    "open quotation mark": ("a.csv", b'id;year\n"1;1968\n' + b"x" * 200_000, "quotation mark"),
    "nul bytes": ("a.csv", b"id;year\n1;\x00\n", "not a text file"),
    "bytes of no encoding": ("a.csv", b"id;year\n\x81\x8d;1968\n", "cannot be read"),
    "infinite values": ("a.csv", b"id;height\n1;inf\n2;1e999\n3;NaN\n", "2 cells in 2 rows"),
    "infinite coordinates": (
        "a.geojson", geojson((float("inf"), 1)).replace('"id": "1", ', "").encode(), "no place"),
    "huge coordinates": ("a.geojson", geojson((50000, 9e9)).encode(), "EPSG"),
    "nested brackets": ("a.geojson", b"[" * 100_000, "damaged"),
    "no known column": ("a.csv", b"colour;shape\nred;round\n", "not clear what this is"),
    "gml with an external entity": (
        "a.gml", b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "entities"),
    "free text for a number": ("a.csv", b"id;levels\n1;three\n2;3-4\n", "2 cells in 2 rows"),
    "no key": ("a.csv", b"year;height\n1968;3\n", "no key and no place"),
    "wide": ("a.csv", b"id;year" + b";x" * 3000 + b"\n1;2\n", "too large"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=list(BAD))
def test_bad_input(tmp_path: Path, case: str) -> None:
    name, data, reason = BAD[case]
    with pytest.raises(InputError, match=reason) as caught:
        register(tmp_path, data, name)
    assert str(caught.value).startswith(name)
    assert str(tmp_path) not in str(caught.value)


def test_a_url_is_not_opened() -> None:
    with pytest.raises(InputError, match="Only files on this machine"):
        registers.read("https://127.0.0.1:9/register.csv")


@given(
    header=st.lists(st.sampled_from(["id", "year", "height", "x", "y", "lon", "lat", "use", "unit",
                                     "value", "adresse", "?", ""]), min_size=1, max_size=6),
    rows=st.lists(st.lists(st.text("0123456789.,;-+eE°ÆnaNif =@\"'\t", max_size=8), max_size=7), max_size=5),
    kind=st.sampled_from([None, "buildings", "points"]),
    lenient=st.booleans(),
)  # fmt: skip
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_sheet_is_a_register_or_an_input_error(
    tmp_path: Path, header: list[str], rows: list[list[str]], kind: str | None, lenient: bool
) -> None:
    text = "\n".join(";".join(row) for row in [header, *rows])
    try:
        found = register(tmp_path, text, kind=kind, lenient=lenient, crs="EPSG:25832")
    except InputError:
        return
    numbers = pd.DataFrame(found.frame).select_dtypes("number").to_numpy()
    assert np.isfinite(numbers[~np.isnan(numbers)]).all()
    assert found.source.rows_in == found.source.rows_kept + found.source.rows_refused
    assert found.source.rows_kept == len(found.frame)


def test_one_bad_cell_is_one_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;levels\n1;three\n2;3\n")
    with pytest.raises(InputError) as caught:
        registers.read(path)
    head, line = str(caught.value).splitlines()
    assert head.startswith("a.csv: 1 cell cannot be used.")
    assert line.startswith('  - row 2, column "levels"')
    assert len(caught.value.faults) == 1
