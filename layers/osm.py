"""Read OpenStreetMap files: .osm.pbf .osm .osm.gz .osm.bz2 .osm.zip, clipped ones included."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Final

import osmium

from layers import archive, assembly, files
from layers.assembly import Origin
from layers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapely.geometry.base import BaseGeometry

    from layers.archive import Limits
    from layers.schema import Found

KINDS: Final = {".pbf": "pbf", ".osm": "osm"}
"""Ending to format."""

READABLE: Final = ".osm.pbf, .osm, .osm.gz, .osm.bz2 or .osm.zip"
PBF_START: Final = b"OSMHeader"
UNSORTED: Final = re.compile(r"out of order|twice in input")
"""What libosmium says of a file that must be sorted first."""

EXPONENT: Final = re.compile(rb"""\bl(?:at|on)=["'][^"'<>]{0,40}[eE]\+?[0-9]{2,}""")
HEAD: Final = 64
"""Bytes looked at to tell the format [B]."""

FAULTS: Final = (RuntimeError, ValueError, MemoryError, OSError, osmium.InvalidLocationError)
"""What libosmium raises for a file that it cannot read."""


def read(
    path: str | Path,
    boundary: BaseGeometry | None = None,
    *,
    limits: Limits | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Found:
    """Read an OpenStreetMap file into tables as found, in EPSG:4326.

    Parameters
    ----------
    path
        A file on this machine; its ending must tell what it is.
    boundary
        Only objects that meet it are kept [degrees, EPSG:4326]; None keeps all.
    limits
        How far a packed file may unfold.
    progress
        Called with a stage in plain words and the share done.

    Returns
    -------
    Found
        Tables streets, junctions, turns, buildings, addresses, places, land, lamps, stops, trees,
        power and boundaries; what was dropped and why; provenance.

    Raises
    ------
    InputError
        If the file is missing, damaged, empty, not what its name says, or spans half the globe.
    """
    file = files.local(path)
    _check_boundary(boundary)
    with _plain(file, limits) as plain:
        kind = _kind(plain, file)
        origin = Origin(file.name, files.digest(file))
        if kind == "pbf" or _is_in_order(plain, file):
            try:
                return assembly.read(plain, kind, origin, boundary, progress)
            except FAULTS as error:
                if not UNSORTED.search(str(error)):
                    raise _unreadable(file, error) from error
        with _sorted(plain, kind, file) as (ordered, repeated):
            try:
                origin = replace(origin, repeated=repeated)
                return assembly.read(ordered, "pbf", origin, boundary, progress)
            except FAULTS as error:
                raise _unreadable(file, error) from error


def _check_boundary(boundary: BaseGeometry | None) -> None:
    if boundary is None:
        return
    west, south, east, north = boundary.bounds
    if boundary.is_empty or not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - the globe
        raise InputError(
            "boundary",
            "",
            "is empty or not in degrees of longitude and latitude.",
            "Give it in EPSG:4326.",
        )


@contextmanager
def _plain(file: Path, limits: Limits | None) -> Iterator[Path]:
    """The file itself, or what it unpacks to."""
    if not archive.is_packed(file):
        yield file
        return
    with archive.unpacked(file, suffixes=tuple(KINDS), limits=limits) as files:
        if len(files) != 1:
            raise InputError(
                file.name, "", f"holds {len(files)} OpenStreetMap files.", "Pack exactly one."
            )
        yield files[0]


def _kind(plain: Path, file: Path) -> str:
    """Format by the ending, checked against the first bytes."""
    by_name = KINDS.get(plain.suffix.lower())
    if by_name is None and archive.is_packed(file):
        by_name = "osm"  # extract.bz2 names no inner ending; the content is checked below
    if by_name is None:
        raise InputError(
            file.name,
            "",
            f"does not end like a file that can be read ({READABLE}).",
            "Rename it if it is one of these.",
        )
    with plain.open("rb") as stream:
        head = stream.read(HEAD)
    by_content = _content(head)
    if by_content != by_name:
        raise InputError(
            file.name,
            "",
            f"is named like {by_name} but holds something else.",
            f"Read one of {READABLE}.",
        )
    return by_name


def _content(head: bytes) -> str:
    """Format that the first bytes tell, or nothing."""
    if PBF_START in head[:32]:
        return "pbf"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "osm" if text.startswith((b"<?xml", b"<osm")) else ""


def _is_in_order(plain: Path, file: Path) -> bool:
    """Whether an XML file has nodes before ways before relations; refuses absurd exponents.

    libosmium 2.22 reads a coordinate of "1e308" as 0, so such a text must not reach it.
    """
    with plain.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as text:
        absurd = EXPONENT.search(text)
        if absurd:
            raise InputError(
                file.name,
                f"byte {absurd.start()}",
                "holds a coordinate that is no place.",
                "Correct or delete the node.",
            )
        way, relation = text.find(b"<way "), text.find(b"<relation ")
        nodes_first = way < 0 or text.rfind(b"<node ") < way
        return nodes_first and (
            relation < 0 or max(text.rfind(b"<way "), text.rfind(b"<node ")) < relation
        )


@contextmanager
def _sorted(plain: Path, kind: str, file: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """A copy in the order nodes, ways, relations, by id, and the ids that occurred twice."""
    with tempfile.TemporaryDirectory(prefix="twin-") as folder:
        target = Path(folder) / "sorted.osm.pbf"
        try:
            reader = osmium.MergeInputReader()
            reader.add_buffer(plain.read_bytes(), kind)
            with osmium.SimpleWriter(str(target)) as writer:
                reader.apply(writer, simplify=True)
            repeated = _repeated(osmium.io.File(str(plain), kind))
        except FAULTS as error:
            raise _unreadable(file, error) from error
        yield target, repeated


def _repeated(file: osmium.io.File) -> tuple[str, ...]:
    """Ids of tagged objects that occur more than once."""
    seen: set[str] = set()
    twice: list[str] = []
    for item in osmium.FileProcessor(file).with_filter(osmium.filter.EmptyTagFilter()):
        name = f"{item.type_str()}{item.id}"
        if name in seen:
            twice.append(name)
        seen.add(name)
    return tuple(twice)


def _unreadable(file: Path, error: Exception) -> InputError:
    said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return InputError(
        file.name,
        "",
        f"is damaged or no valid OpenStreetMap file ({said}).",
        "Download it again, or check it with another OpenStreetMap tool.",
    )
