from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import extent, sheets
from layers.errors import InputError
from tests.layers import books

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[list[object]] = [["Name", "Wert"], ["Å", 1.5], [None, 2]]


def csv(tmp_path: Path, data: bytes, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = f"Straße{delimiter}Ort\r\nÆblevej{delimiter}Åkirkeby\r\n"
    found = sheets.read(csv(tmp_path, text.encode(encoding)))[0]
    assert found.rows == [["Straße", "Ort"], ["Æblevej", "Åkirkeby"]]
    assert found.numbers == [1, 2]


def test_quotes_empty_lines_and_line_numbers(tmp_path: Path) -> None:
    found = sheets.read(csv(tmp_path, b'a;b\n\n"x;y\nz";2\n;\nq;"1""2"\n'))[0]
    assert found.rows == [["a", "b"], ["x;y\nz", "2"], ["q", '1"2']]
    assert found.numbers == [1, 3, 6]


def test_decimal_commas_do_not_cut_a_semicolon_file(tmp_path: Path) -> None:
    found = sheets.read(csv(tmp_path, b"a;b;c\n1,5;2,5;3\n1,7;2;3,25\n"))[0]
    assert [len(row) for row in found.rows] == [3, 3, 3]
    assert found.mark == ","


@pytest.mark.parametrize("read", ["xlsx", "ods"])
def test_spreadsheets(tmp_path: Path, read: str) -> None:
    if read == "xlsx":
        path = books.xlsx(tmp_path / "a.xlsx", {"S": books.xlsx_rows(ROWS)})
    else:
        path = books.ods(tmp_path / "a.ods", books.ods_rows(ROWS))
    found = sheets.read(path)[0]
    assert found.rows == [["Name", "Wert"], ["Å", 1.5], ["", 2.0]]


def test_dates_of_excel_are_dates_and_empty_sheets_are_left_out(tmp_path: Path) -> None:
    rows = books.xlsx_rows([["d"], ["date:24967"]])
    path = books.xlsx(tmp_path / "a.xlsx", {"Empty": "", "Dates": rows})
    found = sheets.read(path)
    assert [cells.sheet for cells in found] == ["Dates"]
    assert found[0].rows[1] == [dt.date(1968, 5, 9)]


def test_row_numbers_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    rows = books.xlsx_rows([[], [], ["a", "b"], [], [1, 2]])
    assert sheets.read(books.xlsx(tmp_path / "a.xlsx", {"S": rows}))[0].numbers == [3, 5]


@pytest.mark.parametrize(
    "corner",
    ['<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
     '<row r="1048576"><c><v>1</v></c></row><row r="1"><c r="XFD1"><v>1</v></c></row>',
     "<x:row xmlns:x='urn:x' r='9'><x:c r='ZZZZ999999999'/></x:row>"],
)  # fmt: skip
def test_two_far_corners_are_no_memory_bomb(tmp_path: Path, corner: str) -> None:
    path = books.xlsx(
        tmp_path / "a.xlsx", {"S": f'<row r="1"><c r="A1"><v>1</v></c></row>{corner}'}
    )
    with pytest.raises(InputError, match="too large"):
        sheets.read(path)


def test_repeated_cells_of_ods_are_no_memory_bomb(tmp_path: Path) -> None:
    rows = (
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell '
        'office:value-type="float" office:value="1" table:number-columns-repeated="16000"/>'
        "</table:table-row>"
    )
    with pytest.raises(InputError, match="too large"):
        sheets.read(books.ods(tmp_path / "a.ods", rows))


def test_all_uncalculated_formulas_are_named(tmp_path: Path) -> None:
    path = books.xlsx(tmp_path / "a.xlsx", {"S": books.xlsx_rows([["a"], ["=1+1"], ["=2+2"]])})
    with pytest.raises(InputError) as caught:
        sheets.read(path)
    assert [fault.place for fault in caught.value.faults] == ["cell A2", "cell A3"]


def test_a_calculated_formula_is_its_result(tmp_path: Path) -> None:
    path = books.xlsx(
        tmp_path / "a.xlsx", {"S": '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>'}
    )
    assert sheets.read(path)[0].rows == [[2.0]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>', "damaged"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "damaged"),
        ("<!DOCTYPE x>", "damaged"),
        ("<z>" * 100_000, "damaged"),
    ],
    ids=["bomb", "external entity", "document type", "nested"],
)
def test_hostile_xml_in_a_spreadsheet(tmp_path: Path, text: str, reason: str) -> None:
    path = books.xlsx(tmp_path / "a.xlsx", {"S": "<row/>"}, before=text)
    with pytest.raises(InputError, match=reason):
        sheets.read(path)


def test_a_spreadsheet_bomb_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b" " * 50_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="times its size"):
        sheets.read(path)


@given(data=st.binary(max_size=400))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_cells_or_an_input_error(tmp_path: Path, data: bytes) -> None:
    try:
        found = sheets.read(csv(tmp_path, data))
    except InputError:
        return
    assert found[0].rows


@given(cut=st.integers(0, 2000), flip=st.integers(0, 2000), byte=st.integers(0, 255))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_spreadsheet_is_cells_or_an_input_error(
    tmp_path: Path, cut: int, flip: int, byte: int
) -> None:
    whole = books.xlsx(tmp_path / "w.xlsx", {"S": books.xlsx_rows(ROWS)}).read_bytes()
    data = bytearray(whole[: max(4, len(whole) - cut)])
    data[flip % len(data)] = byte
    try:
        sheets.read(csv(tmp_path, bytes(data), "a.xlsx"))
    except InputError:
        return


@given(st.text("<>/=\"' rcvf123AZ", max_size=80))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_sheet_text_is_cells_or_an_input_error(tmp_path: Path, text: str) -> None:
    try:
        sheets.read(books.xlsx(tmp_path / "a.xlsx", {"S": text}))
    except InputError:
        return


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("aa", 27), ("XFD", 16384)])
def test_columns_count_as_spreadsheets_do(letters: str, number: int) -> None:
    assert extent.column_number(letters) == number
