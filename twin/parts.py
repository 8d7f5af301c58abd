"""Tables of a twin as Parquet files: written once, verified whenever they are read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq

from layers.errors import Fault
from twin import folder
from twin.city import TABLES, schema
from twin.errors import StoreError
from twin.manifest import PartEntry, part_file

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import Progress
    from twin.city import City, Part
    from twin.manifest import Manifest

BACKUP: Final = "Take the folder from a backup, or build and save the City again."
MAX_TABLE: Final = 4 * 1024**3
"""Largest table that is unpacked [byte]."""

ROOM: Final = "Check the name, the permissions and the free space of the disk."


def load(place: Path, table: str, entry: PartEntry, crs: str) -> pd.DataFrame:
    """Read one table and verify it.

    Parameters
    ----------
    place
        Folder of the parts.
    table, entry, crs
        Name of the table, what the manifest says of it, CRS of the City.

    Raises
    ------
    StoreError
        If the file is gone, damaged, or not what the contract of the table asks for.
    """
    path = place / part_file(table, entry.digest)
    try:
        content = folder.patiently(path.read_bytes)
    except FileNotFoundError:
        advice = "If the twin was saved again since it was opened, open it again. " + BACKUP
        raise StoreError(path, "", "is gone.", advice) from None
    except OSError as error:
        raise StoreError(path, "", f"cannot be read ({error.strerror}).", ROOM) from error
    if folder.digest(content) != entry.sha256:
        raise StoreError(path, "", "is not what was saved.", BACKUP)
    contract = schema(table)
    frame = decode(path, content, geometric=contract.geometric)
    faults = contract.faults(frame)
    if faults:
        advice = "If another netzero-twin wrote it, build and save the City again with this one."
        raise StoreError.of(path, [Fault(one.place, one.reason, advice) for one in faults])
    if contract.geometric and frame.crs != crs:
        raise StoreError(path, "geometry", f"is not in {crs}.", BACKUP)
    return frame


def decode(path: Path, content: bytes, *, geometric: bool) -> Any:
    """Read a table from the content of a Parquet file.

    Raises
    ------
    StoreError
        If it is not such a table, or unpacks to more than `MAX_TABLE`.
    """
    read = gpd.read_parquet if geometric else pd.read_parquet
    try:
        size = _declared_size(content)
        if size > MAX_TABLE:
            raise StoreError(path, "", f"unpacks to {size} bytes.", "This is no table of a twin.")
        return read(io.BytesIO(content))
    except (ValueError, TypeError, KeyError, OSError, NotImplementedError) as error:
        raise StoreError(path, "", f"is not a table of ours ({error}).", BACKUP) from error


def _declared_size(content: bytes) -> int:
    found = pq.read_metadata(io.BytesIO(content))
    groups = range(found.num_row_groups)
    return int(sum(found.row_group(group).total_byte_size for group in groups))


def encode(frame: pd.DataFrame) -> bytes:
    """Encode a table as Parquet with zstd; with geometry as GeoParquet 1.1 with bbox covering."""
    stream = io.BytesIO()
    if isinstance(frame, gpd.GeoDataFrame):
        frame.to_parquet(
            stream,
            index=True,
            compression="zstd",
            schema_version="1.1.0",
            write_covering_bbox=True,
        )
    else:
        frame.to_parquet(stream, index=True, compression="zstd")
    return stream.getvalue()


def write(place: Path, city: City, old: Manifest | None, tell: Progress) -> dict[str, PartEntry]:
    """Write the parts that are not there yet, whole, and describe all of them.

    Parameters
    ----------
    place
        Folder of the parts.
    city
        Whose tables to write; those already there are not even loaded.
    old
        Manifest of the generation before.
    tell
        Called with a stage and the share done.
    """
    entries = {}
    for number, table in enumerate(TABLES):
        tell(f"saving {table}", number / len(TABLES))
        part = city.parts[table]
        path = place / part_file(table, part.digest)
        there = old.parts.get(table) if old is not None else None
        if there is None or there.digest != part.digest or not _is_whole(path, there):
            content = _content(path, part)
            folder.write(path, content)
            there = PartEntry(
                digest=part.digest,
                sha256=folder.digest(content),
                bytes=len(content),
                rows=len(part.frame),
            )
        entries[table] = there
    return entries


def _is_whole(path: Path, entry: PartEntry) -> bool:
    return path.exists() and folder.digest(folder.patiently(path.read_bytes)) == entry.sha256


def _content(path: Path, part: Part) -> bytes:
    try:
        return encode(part.frame)
    except (ValueError, TypeError, NotImplementedError) as error:
        advice = "Rename or drop the column that the message names."
        raise StoreError(path, "", f"cannot be written as Parquet ({error}).", advice) from error
