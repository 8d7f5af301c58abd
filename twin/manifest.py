"""twin.json: the one file that says which parts make up a twin, read strictly and upgraded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import shapely
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from layers.errors import Fault
from twin import folder
from twin.arrays import ARRAYS
from twin.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Upgrades = Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]

FORMAT: Final = "netzero-twin"
VERSION: Final = 2
"""Format version of the folder that this toolkit writes [1]."""

UPGRADES: Final[Upgrades] = {1: lambda raw: raw | {"arrays": {}}}
"""Format version to the function that makes the next version's content of it."""

RUN_UPGRADES: Final[Upgrades] = {1: lambda raw: raw}
"""The same for run.json, which only takes the number."""

_AGAIN: Final = "Take the folder from a backup, or save the City again."


def _area(text: str) -> str:
    shape = shapely.from_wkb(text, on_invalid="ignore")
    if shape is None or shape.geom_type not in {"Polygon", "MultiPolygon"}:
        raise ValueError("is not an area in WKB")
    return text


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
RunFile = Annotated[str, Field(pattern=r"^((frames|inputs|tables)/)?[a-z0-9][a-z0-9_.-]*$")]
Area = Annotated[str, AfterValidator(_area)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


Kind = TypeVar("Kind", bound=_Record)


class PartEntry(_Record):
    """One stored table: content digest, SHA-256 of the file, size [byte] and rows [1]."""

    digest: Digest
    sha256: Sha256
    bytes: int = Field(ge=0)
    rows: int = Field(ge=0)


class ArrayEntry(_Record):
    """One stored array: content digest, SHA-256 of the folder, size [byte] and files [1]."""

    digest: Digest
    sha256: Sha256
    bytes: int = Field(ge=0)
    files: int = Field(ge=0)


class Facts(_Record):
    """What a City is besides its tables; areas as WKB in its CRS, exact to the last bit."""

    name: str
    crs: str = Field(pattern=r"^EPSG:[0-9]{4,6}$")
    year: int
    country: str
    timezone: str
    boundary: Area
    model_area: Area
    digest: Digest


class Manifest(_Record):
    """Content of twin.json.

    Parameters
    ----------
    format, version
        Whose folder this is and how it is laid out.
    written_by
        Program and version.
    generation
        Counts the saves [1].
    city
        Facts of the City.
    bbox
        West, south, east, north of the boundary [deg, EPSG:4326].
    licences, attributions
        What everybody who passes this on must keep and show.
    inputs
        Source to SHA-256 of the file it came from, where known.
    parts
        Table to its stored part.
    arrays
        Array to its stored part, of those that the City has.
    retired
        Part file that no generation kept needs, to when that was first seen [s since 1970].
    """

    format: Literal["netzero-twin"]
    version: int
    written_by: str
    generation: int = Field(ge=1)
    city: Facts
    bbox: list[float] = Field(min_length=4, max_length=4)
    licences: list[str]
    attributions: list[str]
    inputs: dict[str, str | None]
    parts: dict[str, PartEntry]
    arrays: dict[str, ArrayEntry]
    retired: dict[str, float]

    @property
    def files(self) -> set[str]:
        """Names of the files and folders of the parts."""
        named = {part_file(table, entry.digest) for table, entry in self.parts.items()}
        return named | {array_folder(name, entry.digest) for name, entry in self.arrays.items()}

    def content(self) -> bytes:
        """Text of twin.json."""
        return folder.json_bytes(self.model_dump(mode="json"))


class Run(_Record):
    """Content of run.json: place in the order of saving, every file and its SHA-256."""

    format: Literal["netzero-twin"]
    version: int
    number: int = Field(ge=1)
    files: dict[RunFile, Sha256]

    @model_validator(mode="after")
    def _complete(self) -> Run:
        missing = {"record.json", "ledger.parquet", "inputs/twin.json"} - set(self.files)
        if missing:
            raise ValueError(f"names no {', '.join(sorted(missing))}")
        return self


def part_file(table: str, digest: str) -> str:
    """File name of a part; made of checked words only, so it never leaves the folder."""
    return f"{table}-{digest}.parquet"


def array_folder(array: str, digest: str) -> str:
    """Folder name of an array; made of checked words only, so it never leaves the folder."""
    return f"{array}-{digest}.zarr"


def read(path: Path, tables: tuple[str, ...]) -> Manifest:
    """Read a manifest, upgraded to this version.

    Parameters
    ----------
    path
        The JSON file.
    tables
        Names of tables that there may be.

    Raises
    ------
    StoreError
        If it is not ours, damaged, or newer than this toolkit; lists every fault.
    """
    found = _validated(path, Manifest, UPGRADES)
    strange = sorted((set(found.parts) - set(tables)) | (set(found.arrays) - set(ARRAYS)))
    if strange:
        raise StoreError(path, "parts", f"names {', '.join(strange)[:200]}, no table.", _AGAIN)
    return found


def read_run(path: Path) -> Run:
    """Read run.json, upgraded to this version; raises as `read` does."""
    return _validated(path, Run, RUN_UPGRADES)


def _validated(path: Path, kind: type[Kind], upgrades: Upgrades) -> Kind:
    raw = upgraded(path, folder.read_json(path), upgrades)
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise StoreError.of(path, faults(error)) from None


def upgraded(path: Path, raw: dict[str, Any], upgrades: Upgrades) -> dict[str, Any]:
    """Bring the content of one of our JSON files to this format version, step by step."""
    version = raw.get("version")
    if raw.get("format") != FORMAT or type(version) is not int:
        advice = "Name a folder that `twin build` made."
        raise StoreError(path, "", "was not written by netzero-twin.", advice)
    if version > VERSION:
        advice = "Update it: pip install --upgrade netzero-twin."
        reason = f"has format {version}; this netzero-twin knows formats up to {VERSION}."
        raise StoreError(path, "", reason, advice)
    while version < VERSION:
        if version not in upgrades:
            reason = f"has format {version}, which was never released."
            raise StoreError(path, "", reason, _AGAIN)
        raw = upgrades[version](raw) | {"version": version + 1}
        version += 1
    return raw


def faults(error: ValidationError) -> list[Fault]:
    """Say what pydantic found, place by place."""
    return [
        Fault(".".join(map(str, found["loc"])), f"{found['msg']}.", _AGAIN)
        for found in error.errors()
    ]
