"""Look at a file before any library does: local, whole, and what its name says it is."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

from layers import tables
from layers.errors import InputError

SCHEME: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]+):")
HEAD: Final = 512
"""Bytes at the start that tell what a file is [byte]."""

SIGNATURES: Final = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip or spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file or one with a password"),
    (b"SQLite format 3\x00", "a GeoPackage or SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x00\x00\x27\x0a", "a shapefile"),
    (b"\x1f\x8b", "a gzip file"),
)
EXPECTED: Final = {
    ".xlsx": "a zip or spreadsheet",
    ".xlsm": "a zip or spreadsheet",
    ".ods": "a zip or spreadsheet",
    ".zip": "a zip or spreadsheet",
    ".gpkg": "a GeoPackage or SQLite database",
    ".parquet": "a Parquet file",
    ".geoparquet": "a Parquet file",
    ".shp": "a shapefile",
    ".gml": "XML",
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".geojson": "text",
    ".json": "text",
}
"""What a file with such a name must begin with; nothing else is opened."""

SUPPORTED: Final = "XLSX, ODS, CSV, zipped SHP, GPKG, GeoJSON, GML or Parquet"


@cache
def limit(name: str) -> int:
    """Bound of ``register_limits.csv`` by name [unit of its row]."""
    return int(tables.load("register_limits").set_index("name")["value"][name])


def local(path: Path | str) -> Path:
    """Return the path of a file on this machine that is there and not empty.

    Parameters
    ----------
    path
        As the user gave it.

    Raises
    ------
    InputError
        If it is an address, a virtual path of GDAL, missing, a folder, empty or unreadable.
    """
    text = str(path)
    if SCHEME.match(text) or text.lower().startswith("/vsi"):
        raise InputError(text[:200], "", "Only files on this machine are opened.",
                         "Download it first and name the file.")  # fmt: skip
    try:
        found = Path(path).resolve()
        if not found.is_file():
            raise InputError(text[:200], "", "There is no such file.", "Check the name.")
        size = found.stat().st_size
    except (OSError, ValueError) as error:
        raise InputError(text[:200], "", "The name cannot be used.", "Check the name.") from error
    if size == 0:
        raise InputError(found.name, "", "The file is empty.", "Export it again.")
    return found


def head(path: Path) -> bytes:
    """First bytes of a file.

    Raises
    ------
    InputError
        If it may not be read.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD)
    except OSError as error:
        raise InputError(path.name, "", "The file cannot be read.", "Check its rights.") from error


def kind(start: bytes) -> str:
    """Name what a file is by its first bytes: one of `SIGNATURES`, XML or text."""
    for signature, what in SIGNATURES:
        if start.startswith(signature):
            return what
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "XML" if bare.startswith(b"<") else "text"


def checked(path: Path | str) -> Path:
    """Return a local file whose content is what its name says.

    Parameters
    ----------
    path
        As the user gave it.

    Raises
    ------
    InputError
        If `local` refuses it, its kind is not supported, or it is something else in disguise (a
        VRT named .geojson would make GDAL read another file).
    """
    found = local(path)
    suffix, what = found.suffix.lower(), kind(head(found))
    if what == "a PDF" or suffix == ".pdf":
        raise InputError(found.name, "", "A PDF holds pictures of numbers, not numbers.",
                         "Ask for the spreadsheet behind it, or write an empty sheet with "
                         "'twin template KIND' and type them in.")  # fmt: skip
    if what == "an old Excel file or one with a password":
        raise InputError(found.name, "", f"This is {what}.",
                         "Save it as .xlsx without a password.")  # fmt: skip
    if suffix not in EXPECTED:
        raise InputError(found.name, "", f'Files "{suffix}" are not read.', f"Use {SUPPORTED}.")
    if what != EXPECTED[suffix]:
        raise InputError(found.name, "", f"It is named {suffix} but is {what}.",
                         "Export it again, or give it the name that fits.")  # fmt: skip
    return found


def text_bytes(path: Path) -> bytes:
    """Return the whole content of a text file of bounded size.

    Raises
    ------
    InputError
        If it is larger than the bound.
    """
    bound = limit("text_bytes")
    if path.stat().st_size > bound:
        raise InputError(path.name, "", f"It is larger than {bound / 1e6:g} MB.",
                         "Cut it to the city, or use GPKG or Parquet.")  # fmt: skip
    return path.read_bytes()


def digest(path: Path) -> str:
    """SHA-256 of a file [64 hex digits]."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
