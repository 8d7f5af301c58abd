from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import files
from layers.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "path",
    ["http://127.0.0.1:9/a.gpkg", "https://example.org/a.csv", "s3://bucket/a.parquet",
     "ftp://h/a.zip", "/vsicurl/http://127.0.0.1/a.gpkg", "/vsizip/a.zip/b.shp", "file:///etc/passwd",
     "PG:dbname=x", "zip:/tmp/a.zip", "data:text/csv,a", "WFS:http://h", " http://h/a.csv"],
)  # fmt: skip
def test_addresses_and_virtual_paths_are_refused(path: str) -> None:
    with pytest.raises(InputError, match="Only files on this machine"):
        files.local(path)


@pytest.mark.parametrize("path", ["missing.csv", "\0", "x" * 5000, ".", "<OGRVRTDataSource/>", ""])
def test_what_is_no_file(path: str) -> None:
    with pytest.raises(InputError):
        files.local(path)


@given(st.text(max_size=80))
def test_any_name_is_a_file_here_or_an_input_error(name: str) -> None:
    try:
        found = files.local(name)
    except InputError:
        return
    assert found.is_file()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "empty"),
        ("a.pdf", b"%PDF-1.7", "twin template KIND"),
        ("a.csv", b"%PDF-1.7", "twin template KIND"),
        ("a.xlsx", b"%PDF-1.7", "twin template KIND"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0rest", "without a password"),
        ("a.xls", b"\xd0\xcf\x11\xe0rest", "Save it as .xlsx"),
        ("a.geojson", b"<OGRVRTDataSource></OGRVRTDataSource>", "is XML"),
        ("a.csv", b"\n <OGRVRTDataSource></OGRVRTDataSource>", "is XML"),
        ("a.gpkg", b"<OGRVRTDataSource></OGRVRTDataSource>", "is XML"),
        ("a.shp", b"<OGRVRTDataSource></OGRVRTDataSource>", "is XML"),
        ("a.gml", b"a;b", "is text"),
        ("a.vrt", b"<VRTDataset/>", "not read"),
        ("a.csv", b"PK\x03\x04", "zip or spreadsheet"),
        ("a.parquet", b"SQLite format 3\x00", "GeoPackage"),
        ("a", b"x", "not read"),
    ],
)  # fmt: skip
def test_what_a_file_is_must_be_what_its_name_says(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        files.checked(path)


def test_messages_name_the_file_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a.vrt").write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        files.checked(tmp_path / "a.vrt")
    assert str(tmp_path) not in str(caught.value)


def test_digest_is_sha_256(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    assert files.digest(path) == hashlib.sha256(b"abc").hexdigest()
