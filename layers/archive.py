"""Unpack archives by counting every byte; what an archive says about itself is never trusted.

What every reader allows stands in ``archive_limits.csv``.
"""

from __future__ import annotations

import bz2
import gzip
import re
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from layers import tables
from layers.errors import ArchiveError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

CHUNK: Final = 1 << 20
"""Bytes that are unpacked at once [B]."""

FREE: Final = 1 << 20
"""Bytes below which the ratio says nothing: small texts pack well [B]."""

MAGIC: Final = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".zip": b"PK"}
"""First bytes of each kind."""

NESTED: Final = frozenset({".gz", ".bz2", ".zip", ".7z", ".rar", ".tar", ".xz", ".tgz", ".zst"})
MEMBER_NAME: Final = re.compile(r"[^\x00-\x1f\x7f\\:]{1,200}")
FAULTS: Final = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True)
class Limits:
    """How far an archive may unfold; what is not given stands in ``archive_limits.csv``.

    Parameters
    ----------
    member, total
        Bytes of one member, and of all together [B].
    ratio
        Bytes out per byte in [1].
    members
        Number of members [1].
    """

    member: int = field(default_factory=lambda: int(_rule("member")))
    total: int = field(default_factory=lambda: int(_rule("total")))
    ratio: float = field(default_factory=lambda: _rule("ratio"))
    members: int = field(default_factory=lambda: int(_rule("members")))


def _rule(name: str) -> float:
    return tables.figures("archive_limits")[name]


def is_packed(path: Path) -> bool:
    """Whether the name ends like an archive that can be unpacked."""
    return path.suffix.lower() in MAGIC


@contextmanager
def unpacked(
    path: Path, *, suffixes: Collection[str] = (), limits: Limits | None = None
) -> Iterator[list[Path]]:
    """Unpack a .gz, .bz2 or .zip into a temporary folder that is removed at the end.

    Parameters
    ----------
    path
        Archive; its name must end as its content begins.
    suffixes
        Endings of zip members that are wanted; others are left packed. Empty: all.
    limits
        Defaults are those of the rule for every reader.

    Yields
    ------
    list of Path
        Unpacked files, in the order of the archive.

    Raises
    ------
    ArchiveError
        If it unfolds too far, lies about itself, is damaged or names a place outside.
    """
    suffix = path.suffix.lower()
    _check_magic(path, suffix)
    bounds = limits or Limits()
    with tempfile.TemporaryDirectory(prefix="twin-") as folder:
        with _damage_told(path):
            if suffix == ".zip":
                files = _unzip(path, Path(folder), tuple(suffixes), bounds)
            else:
                files = [_inflate(path, suffix, Path(folder), bounds)]
        yield files


@contextmanager
def unpacked_tree(
    path: Path, *, suffixes: Collection[str] = (), limits: Limits | None = None
) -> Iterator[Path]:
    """Unpack a zip of any name, as spreadsheets are, with its folders; removed at the end.

    Parameters
    ----------
    path
        A zip file.
    suffixes
        Endings of members that are wanted; others are left packed. Empty: all.
    limits
        Defaults are those of the rule for every reader.

    Yields
    ------
    Path
        Folder with the members in their own folders.

    Raises
    ------
    ArchiveError
        If it unfolds too far, lies about itself, is damaged or names a place outside.
    """
    with tempfile.TemporaryDirectory(prefix="twin-") as folder:
        with _damage_told(path):
            _unzip(path, Path(folder), tuple(suffixes), limits or Limits(), folders=True)
        yield Path(folder)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """Turn what a damaged archive makes the standard library raise into one plain error."""
    try:
        yield
    except InputError:
        raise
    except FAULTS as error:
        advice = "Download, save or pack it again."
        raise ArchiveError(path.name, "", "is damaged and cannot be unpacked.", advice) from error


def _check_magic(path: Path, suffix: str) -> None:
    if suffix not in MAGIC:
        raise ArchiveError(
            path.name, "", "is no archive that can be unpacked.", "Use .gz, .bz2 or .zip."
        )
    with path.open("rb") as stream:
        start = stream.read(len(MAGIC[suffix]))
    if start != MAGIC[suffix]:
        raise ArchiveError(
            path.name,
            "",
            f"ends in {suffix} but holds something else.",
            "Check what it is and give it its true ending.",
        )


def _inflate(path: Path, suffix: str, folder: Path, limits: Limits) -> Path:
    """Unpack one gzip or bzip2 stream."""
    target = folder / (safe_name(path, Path(path.name).stem) or "content")
    opener = gzip.open if suffix == ".gz" else bz2.open
    with opener(path, "rb") as source:
        _copy(source, target, path, path.stat().st_size, _meter(path, limits))
    return target


def _unzip(
    path: Path, folder: Path, suffixes: tuple[str, ...], limits: Limits, *, folders: bool = False
) -> list[Path]:
    meter = _meter(path, limits)
    files: list[Path] = []
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > limits.members:
            raise ArchiveError(
                path.name,
                "",
                f"holds {len(members)} members, more than {limits.members}.",
                "Pack only the files that are needed.",
            )
        names = [safe_name(path, member.filename) for member in members]
        if folders:
            names = [str(PurePosixPath(member.filename)) for member in members]
        if len({name.casefold() for name in names}) < len(names):
            raise ArchiveError(path.name, "", "holds two members of one name.", "Pack it again.")
        _refuse_overlap(path, members)
        for member, name in zip(members, names, strict=True):
            if suffixes and not name.lower().endswith(suffixes):
                continue
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source:
                _copy(source, target, path, member.compress_size, meter)
            files.append(target)
    return files


def _refuse_overlap(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Two members that share packed bytes are a bomb (D. Fifield, USENIX WOOT 2019)."""
    spans = sorted((m.header_offset, m.header_offset + m.compress_size) for m in members)
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise ArchiveError(path.name, "", "holds members that overlap.", "Do not use it.")


def safe_name(path: Path, name: str) -> str:
    """File name of a member without its folders, or an error if it points outside.

    Raises
    ------
    ArchiveError
        If the name is absolute, climbs up, or holds characters that no file name needs.
    """
    parts = PurePosixPath(name)
    outside = parts.is_absolute() or ".." in parts.parts or not parts.name
    if outside or not MEMBER_NAME.fullmatch(name):
        raise ArchiveError(
            path.name,
            f"member {name[:80]!r}",
            "has a name that points outside.",
            "Do not use this archive.",
        )
    return parts.name


def _meter(path: Path, limits: Limits) -> Callable[[int, int, int], None]:
    """A function that counts bytes and raises when a limit is passed."""
    total = 0

    def count(new: int, member: int, packed: int) -> None:
        nonlocal total
        total += new
        if member > limits.member or total > limits.total:
            raise ArchiveError(
                path.name,
                "",
                f"unpacks to more than {min(limits.member, limits.total):,} bytes.",
                "Cut the data smaller, or raise the limit if you trust it.",
            )
        if member > FREE and member > limits.ratio * max(packed, 1):
            raise ArchiveError(
                path.name,
                "",
                f"unpacks to more than {limits.ratio:g} times its size.",
                "It is damaged or a trap; raise the limit only if you trust it.",
            )

    return count


def _copy(
    source: IO[bytes] | gzip.GzipFile | bz2.BZ2File,
    target: Path,
    path: Path,
    packed: int,
    count: Callable[[int, int, int], None],
) -> None:
    written = 0
    with target.open("xb") as sink:
        while block := source.read(CHUNK):
            written += len(block)
            count(len(block), written, packed)
            sink.write(block)
    if target.suffix.lower() in NESTED:
        raise ArchiveError(
            path.name,
            f"member {target.name}",
            "is an archive inside an archive.",
            "Unpack the outer one first.",
        )
