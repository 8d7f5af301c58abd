"""Arrays of a twin as Zarr folders: written once, verified whenever they are read."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from layers.errors import Fault
from twin import arrays, folder
from twin.errors import StoreError
from twin.manifest import ArrayEntry, array_folder
from twin.parts import BACKUP, ROOM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zarr.abc.buffer import Buffer

    from twin.city import ArrayPart, City
    from twin.manifest import Manifest

MAX_ARRAY: Final = 4 * 1024**3
"""Largest array that is unpacked [byte]."""

CHUNK: Final = 1024
"""Cells of a chunk along each axis of a grid [1]."""

_FORMAT: Final = 3
_META: Final = "zarr.json"
_FILE: Final = re.compile(r"zarr\.json|[a-z][a-z0-9_]{0,63}/(zarr\.json|c(/[0-9]{1,6}){0,3})")
_CODECS: Final = ["bytes", "zstd"]
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_TYPES: Final = frozenset({"bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)), "float32", "float64"})  # fmt: skip


def write(place: Path, city: City, old: Manifest | None) -> dict[str, ArrayEntry]:
    """Write the arrays that are not there yet, whole, and describe all of them.

    Parameters
    ----------
    place
        Folder of the arrays.
    city
        Whose arrays to write; those already there are not even loaded.
    old
        Manifest of the generation before.
    """
    entries = {}
    for name, part in city.arrays.items():
        path = place / array_folder(name, part.digest)
        entry = old.arrays.get(name) if old is not None else None
        if entry is None or entry.digest != part.digest or not _is_whole(path, entry):
            entry = _kept(path, part.digest) or _write(path, part)
        entries[name] = entry
    return entries


def _is_whole(path: Path, entry: ArrayEntry) -> bool:
    try:
        return digest(_files(path)) == entry.sha256
    except StoreError:
        return False


def _kept(path: Path, wanted: str) -> ArrayEntry | None:
    """What an older generation left under this name, if it still holds the same numbers."""
    try:
        files = _files(path)
        same = arrays.digest(decode(path, files)) == wanted
    except StoreError:
        return None
    return _entry(wanted, files) if same else None


def _write(path: Path, part: ArrayPart) -> ArrayEntry:
    files = encode(part.dataset)
    folder.remove(path)  # damaged, or it would have been kept
    path.parent.mkdir(exist_ok=True)
    with folder.new_folder(path) as temporary:
        for name, content in files.items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            folder.write(temporary / name, content)
        for inner in sorted(one for one in temporary.rglob("*") if one.is_dir()):
            folder.sync(inner)
    return _entry(part.digest, files)


def _entry(content_digest: str, files: Mapping[str, bytes]) -> ArrayEntry:
    size = sum(map(len, files.values()))
    return ArrayEntry(digest=content_digest, sha256=digest(files), bytes=size, files=len(files))


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 of a folder: of the names of its files and their SHA-256 [64 hex digits]."""
    listed = [f"{folder.digest(content)} {name}\n" for name, content in sorted(files.items())]
    return folder.digest("".join(listed).encode())


def encode(dataset: xr.Dataset) -> dict[str, bytes]:
    """Content of every file of the Zarr folder, by its path inside."""
    from zarr.storage import MemoryStore  # slow to import, and most twins have no arrays

    store: dict[str, Buffer] = {}
    encoding: dict[Any, Any] = {
        name: _encoding(values) for name, values in dataset.variables.items()
    }
    dataset.to_zarr(
        MemoryStore(store), mode="w", zarr_format=_FORMAT, consolidated=False, encoding=encoding
    )
    return {name: buffer.to_bytes() for name, buffer in store.items()}


def _encoding(values: xr.Variable) -> dict[str, Any]:
    limit = CHUNK if values.ndim > 1 else CHUNK**2
    chunks = tuple(max(1, min(size, limit)) for size in values.shape)
    if values.dtype.kind == "M":
        return {"chunks": chunks, "units": "nanoseconds since 1970-01-01", "dtype": "int64"}
    return {"chunks": chunks}


def load(place: Path, name: str, entry: ArrayEntry, crs: str) -> xr.Dataset:
    """Read one array and verify it.

    Parameters
    ----------
    place
        Folder of the arrays.
    name, entry, crs
        Name of the array, what the manifest says of it, CRS of the City.

    Raises
    ------
    StoreError
        If the folder is gone, damaged, or not what the contract of the array asks for.
    """
    path = place / array_folder(name, entry.digest)
    files = _files(path)
    if digest(files) != entry.sha256:
        raise StoreError(path, "", "is not what was saved.", BACKUP)
    dataset = decode(path, files)
    faults = arrays.faults(name, dataset, crs)
    if faults:
        advice = "If another netzero-twin wrote it, build and save the City again with this one."
        raise StoreError.of(path, [Fault(one.place, one.reason, advice) for one in faults])
    return dataset


def _files(path: Path) -> dict[str, bytes]:
    """Content of every file below a folder, within the limit; nothing is read through links."""
    if path.is_symlink() or not path.is_dir():
        advice = "If the twin was saved again since it was opened, open it again. " + BACKUP
        raise StoreError(path, "", "is gone.", advice)
    found, total = {}, 0
    try:
        for file in sorted(path.rglob("*")):
            if file.is_dir() and not file.is_symlink():
                continue
            name = file.relative_to(path).as_posix()
            total += file.lstat().st_size
            if file.is_symlink() or not _FILE.fullmatch(name) or total > MAX_ARRAY:
                raise StoreError(path, name[:80], "is no file of an array.", BACKUP)
            found[name] = folder.patiently(file.read_bytes)
    except OSError as error:
        raise StoreError(path, "", f"cannot be read ({error.strerror}).", ROOM) from error
    return found


def decode(path: Path, files: Mapping[str, bytes]) -> xr.Dataset:
    """Make the array of the content of its files; `path` is for messages.

    Raises
    ------
    StoreError
        If it is not such an array, or unpacks to more than `MAX_ARRAY`.
    """
    from zarr.buffer import cpu
    from zarr.storage import MemoryStore

    _refuse_strange(path, files)
    store = MemoryStore({name: cpu.Buffer.from_bytes(text) for name, text in files.items()})
    try:
        with xr.open_zarr(store, chunks=None, zarr_format=_FORMAT, consolidated=False) as opened:
            return arrays.standard(opened)
    except (ValueError, TypeError, KeyError, RuntimeError, OSError, MemoryError) as error:
        raise StoreError(path, "", f"is not an array of ours ({error}).", BACKUP) from error


def _refuse_strange(path: Path, files: Mapping[str, bytes]) -> None:
    """Read only plain numbers, packed in the one way that we pack them, and not too many."""
    chunks, total = {}, 0
    for name, content in files.items():
        if not name.endswith(_META):
            continue
        said = folder.parse_json(path / name, content)
        if said.get("zarr_format") != _FORMAT or said.get("node_type") not in {"group", "array"}:
            raise StoreError(path / name, "", "is not an array of ours.", BACKUP)
        if said["node_type"] == "array":
            chunks[name.removesuffix(_META)], size = _sizes(path / name, said)
            total += size
    if _META not in files or total > MAX_ARRAY:
        reason = f"unpacks to {total} bytes." if _META in files else "is not an array of ours."
        raise StoreError(path, "", reason, BACKUP)
    for name, content in files.items():
        wanted = chunks.get(f"{name.split('/', maxsplit=1)[0]}/")
        if not name.endswith(_META) and (wanted is None or frame_size(content) != wanted):
            raise StoreError(path / name, "", "is not a chunk of its array.", BACKUP)


def _sizes(path: Path, said: Mapping[str, Any]) -> tuple[int, int]:
    """Bytes that one chunk and all chunks of an array unpack to [byte]."""
    try:
        kind, shape = said["data_type"], said["shape"]
        chunks = said["chunk_grid"]["configuration"]["chunk_shape"]
        codecs = [codec["name"] for codec in said["codecs"]]
        counts = [-(-size // chunk) * chunk for size, chunk in zip(shape, chunks, strict=True)]
        plain = kind in _TYPES and codecs == _CODECS and not said.get("storage_transformers")
        plain &= all(type(one) is int and one >= 0 for one in (*shape, *chunks))
        if plain:
            item = int(np.dtype(kind).itemsize)
            return math.prod(chunks) * item, math.prod(counts) * item
    except (KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError):
        pass
    raise StoreError(path, "", "is not an array of ours.", BACKUP)


def frame_size(content: bytes) -> int | None:
    """Bytes that a Zstandard frame says it unpacks to (RFC 8878, 3.1.1.1); None if it does not."""
    if len(content) < len(_ZSTD) + 1 or not content.startswith(_ZSTD):
        return None
    head = content[len(_ZSTD)]
    flag, single, dictionary = head >> 6, bool(head & 0x20), (0, 1, 2, 4)[head & 3]
    width = (int(single), 2, 4, 8)[flag]
    start = len(_ZSTD) + 1 + (not single) + dictionary
    if width == 0 or len(content) < start + width:
        return None
    said = int.from_bytes(content[start : start + width], "little")
    return said + 256 if flag == 1 else said
