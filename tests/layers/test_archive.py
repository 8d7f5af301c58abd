from __future__ import annotations

import bz2
import gzip
import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import archive
from layers.archive import Limits
from layers.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTENT = b"name;height\nhall;12,5\n" * 50


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return buffer.getvalue()


def overlapping() -> bytes:
    """Two entries of the directory that point at the same packed bytes."""
    content = zipped(("aa", b"x" * 5000))
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry = content[start:end]
    twice = entry + entry.replace(b"aa", b"bb")
    tail = bytearray(content[end:])
    struct.pack_into("<HHI", tail, 8, 2, 2, len(twice))
    return content[:start] + twice + bytes(tail)


def lying_about_size() -> bytes:
    content = zipped(("a", b"\0" * 3_000_000))
    return content.replace((3_000_000).to_bytes(4, "little"), (5).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        (".csv.gz", gzip.compress),
        (".csv.bz2", bz2.compress),
        (".zip", lambda c: zipped(("x/a.csv", c))),
        (".csv.gz", lambda c: gzip.compress(c[:100]) + gzip.compress(c[100:])),
    ],
    ids=["gz", "bz2", "zip", "gz-of-two-parts"],
)
def test_content_comes_back(ending: str, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(pack(CONTENT))
    with archive.unpacked(path) as files:
        assert [file.read_bytes() for file in files] == [CONTENT]
        assert files[0].name == "a.csv"
        folder = files[0].parent
    assert not folder.exists()


def test_members_of_a_shapefile_stand_together(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    names = ["town/a.shp", "town/a.shx", "town/a.dbf", "town/a.prj"]
    path.write_bytes(zipped(*((name, name.encode()) for name in [*names, "notes.txt"])))
    with archive.unpacked(path, suffixes=(".shp", ".shx", ".dbf", ".prj")) as files:
        assert [file.name for file in files] == ["a.shp", "a.shx", "a.dbf", "a.prj"]
        assert len({file.parent for file in files}) == 1


REFUSED: dict[str, tuple[str, Callable[[], bytes], Limits, str]] = {
    "member-too-large": (
        "a.gz",
        lambda: gzip.compress(CONTENT),
        Limits(member=100),
        "more than 100",
    ),
    "total-too-large": (
        "a.zip",
        lambda: zipped(("a", b"ab" * 50), ("b", b"ab" * 50)),
        Limits(total=150),
        "more than 150",
    ),
    "ratio": ("a.zip", lambda: zipped(("a", b"\0" * 10_000_000)), Limits(), "200 times"),
    "ratio-gz": ("a.gz", lambda: gzip.compress(b"\0" * 10_000_000), Limits(), "200 times"),
    "ratio-bz2": ("a.bz2", lambda: bz2.compress(b"\0" * 10_000_000), Limits(), "200 times"),
    "too-many-members": (
        "a.zip",
        lambda: zipped(*((str(i), b"") for i in range(4))),
        Limits(members=3),
        "4 members",
    ),
    "overlap": ("a.zip", overlapping, Limits(), "overlap"),
    "header-lies": ("a.zip", lying_about_size, Limits(), "damaged|200 times"),
    "same-name-twice": (
        "a.zip",
        lambda: zipped(("x/a.csv", b"1"), ("y/A.csv", b"2")),
        Limits(),
        "one name",
    ),
    "nested": (
        "a.zip",
        lambda: zipped(("b.zip", zipped(("c", b"x")))),
        Limits(),
        "inside an archive",
    ),
    "climbs": ("a.zip", lambda: zipped(("../a", b"x")), Limits(), "points outside"),
    "absolute": ("a.zip", lambda: zipped(("/etc/a", b"x")), Limits(), "points outside"),
    "drive": ("a.zip", lambda: zipped(("C:a", b"x")), Limits(), "points outside"),
    "backslash": (
        "a.zip",
        lambda: zipped(("..\\a", b"x")).replace(b"../a", b"..\\a"),
        Limits(),
        "points outside",
    ),
    "not-that-kind": ("a.gz", lambda: b"plain", Limits(), "holds something else"),
    "no-archive": ("a.csv", lambda: b"plain", Limits(), "no archive"),
    "cut-off": ("a.gz", lambda: gzip.compress(CONTENT)[:-9], Limits(), "damaged"),
    "encrypted": (
        "a.zip",
        lambda: zipped(("a", b"x"), method=0).replace(b"\x14\0\0\0", b"\x14\0\1\0"),
        Limits(),
        "damaged",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_archive_that_goes_too_far_is_refused(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, content, limits, reason = REFUSED[case]
    inside = tmp_path / "unpacked"
    inside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(inside))
    path = tmp_path / name
    path.write_bytes(content())
    with pytest.raises(ArchiveError, match=reason), archive.unpacked(path, limits=limits):
        pass
    assert list(inside.iterdir()) == []
    assert {item.name for item in tmp_path.iterdir()} == {name, "unpacked"}


def test_bomb_is_stopped_after_two_chunks(tmp_path: Path) -> None:
    count = archive._meter(tmp_path / "a.gz", Limits())
    count(archive.CHUNK, archive.FREE, 1000)
    with pytest.raises(ArchiveError, match="200 times"):
        count(archive.CHUNK, archive.FREE + archive.CHUNK, 1000)


@given(name=st.text(max_size=60))
def test_a_safe_name_stays_in_its_folder(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from pathlib import Path

    root = Path("/folder/of/archive")
    try:
        found = archive.safe_name(root, name)
    except ArchiveError:
        return
    assert (root / found).parent == root
    assert found not in {"", ".", ".."}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ending=st.sampled_from([".zip", ".gz", ".bz2"]),
    content=st.binary(max_size=300),
    place=st.integers(0, 400),
    new=st.binary(max_size=8),
)
def test_any_bytes_unpack_or_raise_archive_error(
    ending: str, content: bytes, place: int, new: bytes, tmp_path: Path
) -> None:
    packed = {
        ".zip": zipped(("a", content)),
        ".gz": gzip.compress(content),
        ".bz2": bz2.compress(content),
    }[ending]
    place %= len(packed)
    path = tmp_path / f"fuzz{ending}"
    path.write_bytes(packed[:place] + new + packed[place + len(new) :])
    try:
        with archive.unpacked(path) as files:
            assert all(file.is_file() for file in files)
    except ArchiveError:
        pass
