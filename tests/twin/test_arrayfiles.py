"""Zarr folders of a twin: a stranger's or a damaged one is refused before it is unpacked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
import xarray as xr

from tests.twin.cities import tiny
from tests.twin.rasters import grid
from twin import arrayfiles, arrays, store
from twin.arrayfiles import digest
from twin.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CRS = "EPSG:25832"
META = "elevation/zarr.json"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    store.save(tiny().replace(grid=grid(CRS)), tmp_path / "x.twin")
    return tmp_path / "x.twin"


def meta(**changes: Any) -> Callable[[Path], None]:
    def damage(place: Path) -> None:
        said = json.loads((place / META).read_text(encoding="utf-8"))
        (place / META).write_text(json.dumps(said | changes), encoding="utf-8")

    return damage


def content(name: str, text: bytes) -> Callable[[Path], None]:
    def damage(place: Path) -> None:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(text)

    return damage


def linked(place: Path) -> None:
    (place / META).unlink()
    (place / META).symlink_to(place / "zarr.json")


HUGE = {"shape": [3_000_000, 4_000_000]}
PICKLE = [{"name": "numcodecs.pickle", "configuration": {}}]
BIG_CHUNK = {"name": "regular", "configuration": {"chunk_shape": [10**6, 10**6]}}


def packed(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


BOMB = packed(bytes(10_000_000))
HALF = packed(np.random.default_rng(1).bytes(48))[:40]
BAD = [
    pytest.param(content("zarr.json", b"{}"), "not an array of ours", id="no format"),
    pytest.param(content(META, b"\xff"), "not JSON", id="binary metadata"),
    pytest.param(content(META, b"[" * 100_000), "not JSON", id="deep metadata"),
    pytest.param(meta(zarr_format=2), "not an array of ours", id="other format"),
    pytest.param(meta(**HUGE), "unpacks to", id="bomb by shape"),
    pytest.param(meta(chunk_grid=BIG_CHUNK), "unpacks to", id="bomb by chunk"),
    pytest.param(meta(codecs=PICKLE), "not an array of ours", id="other codec"),
    pytest.param(meta(data_type="variable_length_bytes"), "not an array of ours", id="objects"),
    pytest.param(meta(shape=[3, -4]), "not an array of ours", id="negative"),
    pytest.param(meta(shape=[3, 5]), "conflicting sizes", id="other shape"),
    pytest.param(content("elevation/c/0/0", b"broken"), "not a chunk", id="broken chunk"),
    pytest.param(content("elevation/c/0/0", BOMB), "not a chunk", id="bomb in a chunk"),
    pytest.param(content("elevation/c/0/0", HALF), "not an array of ours", id="half a chunk"),
    pytest.param(content("other/c/0", BOMB), "not a chunk", id="chunk of no array"),
    pytest.param(content("elevation/run.py", b"x"), "no file of an array", id="strange file"),
    pytest.param(linked, "no file of an array", id="link"),
    pytest.param(meta(attributes={"units": "ft"}), "has unit 'ft'", id="other unit"),
]


@pytest.mark.parametrize(("damage", "words"), BAD)
def test_a_signed_folder_of_a_stranger_is_refused(
    saved: Path, damage: Callable[[Path], None], words: str
) -> None:
    (place,) = (saved / "arrays").iterdir()
    damage(place)
    files = {
        file.relative_to(place).as_posix(): file.read_bytes()
        for file in place.rglob("*")
        if file.is_file()
    }
    raw = json.loads((saved / "twin.json").read_text(encoding="utf-8"))
    raw["arrays"]["grid"]["sha256"] = digest(files)
    (saved / "twin.json").write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(StoreError, match=words):
        _ = store.open(saved).grid
    assert len(store.open(saved).buildings) == 12


def test_a_damaged_folder_is_refused_unsigned_too(saved: Path) -> None:
    (chunk,) = (saved / "arrays").glob("*/elevation/c/0/0")
    chunk.write_bytes(b"broken")
    with pytest.raises(StoreError, match="not what was saved"):
        _ = store.open(saved).grid


def test_an_array_that_unpacks_to_too_much_is_not_unpacked(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrayfiles, "MAX_ARRAY", 100)
    with pytest.raises(StoreError):
        _ = store.open(saved).grid


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "int64", "uint8", "bool"])
def test_many_chunks_and_every_kind_of_number_come_back(tmp_path: Path, dtype: str) -> None:
    numbers = np.random.default_rng(3).integers(0, 2, (1030, 1100)).astype(dtype)
    dataset = arrays.standard(
        xr.Dataset({"a": (("y", "x"), numbers, {"units": "1"})}, attrs={"crs": CRS, "list": [1, 2]})
    )
    files = arrayfiles.encode(dataset)
    assert len([name for name in files if name.startswith("a/c/")]) == 4
    again = arrayfiles.decode(tmp_path, files)
    xr.testing.assert_identical(again, dataset)
    assert arrays.digest(again) == arrays.digest(dataset)


@pytest.mark.parametrize("size", [0, 1, 48, 255, 256, 257, 65_791, 65_792, 100_000])
def test_the_size_of_a_frame_is_what_it_unpacks_to(size: int) -> None:
    assert arrayfiles.frame_size(packed(bytes(size))) == size


@pytest.mark.parametrize("content", [b"", b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd\x00\x00", b"PK"])
def test_what_is_no_frame_says_no_size(content: bytes) -> None:
    assert arrayfiles.frame_size(content) is None
