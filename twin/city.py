"""City: one frozen value that holds a place as tables on one metric CRS and one base year."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, overload

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers import tables
from layers.errors import Fault, InputError
from layers.schema import Column, Table
from twin import arrays
from twin.arrays import ARRAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd
    import xarray as xr
    from shapely.geometry.base import BaseGeometry

    from twin.readings import View

TABLES: Final = (
    "streets",
    "junctions",
    "turns",
    "buildings",
    "addresses",
    "places",
    "land",
    "lamps",
    "stops",
    "trees",
    "power",
    "boundaries",
    "zones",
    "census",
    "points",
    "stations",
    "transit_lines",
    "transit_stops",
    "transit_trips",
    "transit_times",
    "transit_services",
    "metered",
    "units",
    "prices",
    "work_prices",
    "gateways",
    "trips",
    "weather",
    "sources",
    "drops",
    "parameters",
)
"""Names of the tables of a City, in the order of print and storage."""

_DTYPES: Final = ("str", "int64", "float64", "bool", "geometry")
_NAMES: Final = f"Tables are {', '.join(TABLES)}."
_KINDS: Final = f"A City keeps {', '.join(_DTYPES)}; convert or drop it."


@cache
def schema(name: str) -> Table:
    """Contract of one City table: the columns as found, completed by the twin's own."""
    found, own = tables.schemas().get(name), tables.schemas("twin.data").get(name)
    if found is None or own is None:
        table = found or own
        assert table is not None, name
        return table
    columns: dict[str, Column] = {column.name: column for column in found.columns}
    columns |= {column.name: column for column in own.columns}
    return Table(name, own.index, tuple(columns.values()), (*found.optional, *own.optional))


PRIVATE: Final = "object"
"""Grade of what tells of single households: it stays out of everything for the public."""


def privacy(name: str, column: str) -> str:
    """Privacy grade of a column of a table; companions inherit that of their column.

    Parameters
    ----------
    name
        Table.
    column
        Column, also one such as ``<column>_source``. One that no contract knows counts as object.
    """
    table = schema(name)
    known = {one.name: one.privacy for one in (table.index, *table.columns, *table.optional)}
    bare = re.sub(r"_(source|spread|osm)$", "", column)
    return known.get(column) or known.get(bare) or PRIVATE


def digest(frame: pd.DataFrame) -> str:
    """Digest of a table's content, equal for equal content in any process [32 hex digits].

    Missing values are all alike, zero has no sign, and the way pandas stores text does not matter.
    """
    sums = hashlib.blake2b(digest_size=16)
    crs = getattr(frame, "crs", None)
    sums.update(repr((list(frame.columns), len(frame), str(crs.to_epsg() if crs else ""))).encode())
    for values in (frame.index.to_series(), *(frame[name] for name in frame.columns)):
        sums.update(str(values.dtype).encode())
        sums.update(_content(values))
    return sums.hexdigest()


def _content(values: pd.Series) -> bytes:
    kind = str(values.dtype)
    if kind == "geometry":
        blobs = shapely.to_wkb(np.asarray(values.array), include_srid=False, byte_order=1)
        return b"".join(blob or b"\0" for blob in blobs)
    if kind == "float64":
        numbers = values.to_numpy() + 0.0
        return np.where(np.isnan(numbers), np.nan, numbers).tobytes()
    if kind in {"int64", "bool"}:
        return np.ascontiguousarray(values.to_numpy()).tobytes()
    return _text(pa.array(values, pa.large_string(), from_pandas=True))


def _text(texts: pa.Array | pa.ChunkedArray) -> bytes:
    """Lengths of all texts (-1 if missing), then the texts themselves in UTF-8."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    lengths = pc.fill_null(pc.binary_length(texts), -1).to_numpy().tobytes()
    present = texts.drop_null()
    if not len(present):
        return bytes(lengths)
    ends = np.frombuffer(present.buffers()[1], np.int64)[present.offset :][: len(present) + 1]
    return bytes(lengths + present.buffers()[2][ends[0] : ends[-1]].to_pybytes())


def _checked(name: str, frame: pd.DataFrame, crs: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Bring a table into its standard form and say what is wrong with it."""
    table = schema(name)
    faults = table.faults(frame)
    strays = [column for column in frame.columns if column not in table.names]
    for column in strays:
        if str(frame[column].dtype) not in _DTYPES:
            faults.append(Fault(f"column {column}", f"holds {frame[column].dtype}.", _KINDS))
    if not faults:
        frame = frame[table.names + strays].rename_axis(index=table.index.name)
    if not faults and table.geometric:
        frame = gpd.GeoDataFrame(frame, geometry="geometry")
        if frame.crs is None or frame.crs != crs:
            has = "no CRS" if frame.crs is None else f"CRS {frame.crs.to_string()}"
            faults.append(
                Fault("geometry", f"has {has}, the City {crs}.", "Use to_crs or set_crs.")
            )
    return frame, [Fault(f"{name} {fault.place}", fault.reason, fault.advice) for fault in faults]


def _distinct(texts: pd.Series) -> list[str]:
    return sorted({str(text) for text in texts.dropna()} - {""})


def _parts(frames: Mapping[str, pd.DataFrame], crs: str) -> dict[str, Part]:
    checked = {name: _checked(name, frame, crs) for name, frame in frames.items()}
    faults = [fault for _, found in checked.values() for fault in found]
    if faults:
        raise InputError.of("tables of the City", faults)
    return {name: Part.of(frame) for name, (frame, _) in checked.items()}


def _array_parts(found: Mapping[str, xr.Dataset], crs: str) -> dict[str, ArrayPart]:
    """Check arrays against their contracts; an empty one is none and is left out."""
    faults = [fault for name, one in found.items() for fault in arrays.faults(name, one, crs)]
    if faults:
        raise InputError.of("arrays of the City", faults)
    return {name: ArrayPart.of(one) for name, one in found.items() if one.variables}


@dataclass(frozen=True)
class Part:
    """One table of a City: how to get it, and the digest of its content.

    Parameters
    ----------
    load
        Function without arguments that returns the table; called once, when first needed.
    digest
        Digest of the content, known without loading.
    """

    load: Callable[[], pd.DataFrame]
    digest: str

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Part:
        """Hold a private copy of a table that is already there."""
        kept = frame.copy()
        return cls(lambda: kept, digest(kept))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table itself; only `City` may touch it, and hands out copies."""
        return self.load()


@dataclass(frozen=True)
class ArrayPart:
    """One array of a City: how to get it, and the digest of its content; as `Part`."""

    load: Callable[[], xr.Dataset]
    digest: str

    @classmethod
    def of(cls, dataset: xr.Dataset) -> ArrayPart:
        """Hold a private copy of an array that is already there."""
        kept = arrays.standard(dataset)
        return cls(lambda: kept, arrays.digest(kept))

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The array itself, read-only; `City.array` hands out views."""
        return self.load()


class _View:
    """Attribute of City that hands out a copy-on-write view of a part."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, city: None, owner: type) -> _View: ...
    @overload
    def __get__(self, city: City, owner: type) -> gpd.GeoDataFrame: ...
    def __get__(self, city: City | None, owner: type) -> gpd.GeoDataFrame | _View:
        return self if city is None else city.table(self.name)


@dataclass(frozen=True)
class City:
    """A place, completed and sourced; a value that never changes.

    Parameters
    ----------
    name
        Name of the place.
    crs
        The one metric CRS of all geometry, as ``EPSG:n``.
    year
        Base year [a].
    country
        ISO 3166-1 alpha-2 code.
    timezone
        IANA name.
    boundary
        What is counted and reported [m, in `crs`].
    model_area
        Boundary and buffer, what is simulated [m, in `crs`].
    parts
        Table name to part; see `TABLES`.
    arrays
        Array name to part, of those that are known; see `twin.arrays.ARRAYS`.
    readings
        What the stations measured, as far as it had come in when the twin was opened; None
        where nothing ever came in. No part of the City's identity.
    """

    name: str
    crs: str
    year: int
    country: str
    timezone: str
    boundary: BaseGeometry
    model_area: BaseGeometry
    parts: Mapping[str, Part] = field(repr=False)
    arrays: Mapping[str, ArrayPart] = field(default_factory=dict, repr=False)
    readings: View | None = field(default=None, repr=False)

    streets = _View()
    junctions = _View()
    turns = _View()
    buildings = _View()
    addresses = _View()
    places = _View()
    land = _View()
    lamps = _View()
    stops = _View()
    trees = _View()
    power = _View()
    boundaries = _View()
    zones = _View()
    census = _View()
    points = _View()
    stations = _View()
    transit_lines = _View()
    transit_stops = _View()
    transit_trips = _View()
    transit_times = _View()
    transit_services = _View()
    metered = _View()
    units = _View()
    prices = _View()
    work_prices = _View()
    gateways = _View()
    trips = _View()
    weather = _View()
    sources = _View()
    drops = _View()
    parameters = _View()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", MappingProxyType(dict(self.parts)))
        object.__setattr__(self, "arrays", MappingProxyType(dict(self.arrays)))

    @classmethod
    def of(
        cls,
        frames: Mapping[str, pd.DataFrame],
        arrays: Mapping[str, xr.Dataset] | None = None,
        **facts: Any,
    ) -> City:
        """Make a City of tables, each checked against its contract; absent ones are empty.

        Parameters
        ----------
        frames
            Table name to table.
        arrays
            Array name to array (`grid`, `climate`).
        **facts
            The other fields of `City`.

        Raises
        ------
        InputError
            If a table or array is unknown, breaks its contract or is not in the City's CRS; lists
            every fault of every table.
        """
        unknown = sorted((set(frames) - set(TABLES)) | (set(arrays or {}) - set(ARRAYS)))
        if unknown:
            raise InputError("tables of the City", ", ".join(unknown), "not a table.", _NAMES)
        crs = str(facts["crs"])
        whole = {name: frames.get(name) for name in TABLES}
        filled = {name: schema(name).empty(crs) if frame is None else frame
                  for name, frame in whole.items()}  # fmt: skip
        parts, more = _parts(filled, crs), _array_parts(arrays or {}, crs)
        return cls(parts=parts, arrays=more, **facts)

    def table(self, name: str) -> gpd.GeoDataFrame:
        """Give a table by name; writing into it leaves the City as it is."""
        return self.parts[name].frame.copy()

    def array(self, name: str) -> xr.Dataset:
        """Give an array by name, empty if the City has none; its numbers are read-only."""
        if name not in self.arrays:
            return arrays.empty(name)
        return arrays.view(self.arrays[name].dataset)

    @property
    def grid(self) -> xr.Dataset:
        """Terrain and surface on one grid (y, x) in the City's CRS; see twin/data/arrays.csv."""
        return self.array("grid")

    @property
    def climate(self) -> xr.Dataset:
        """Hourly weather (time, UTC); see twin/data/arrays.csv."""
        return self.array("climate")

    @property
    def licences(self) -> list[str]:
        """Licences of the sources, each once, in alphabetical order."""
        return _distinct(self.sources["licence"])

    @property
    def attributions(self) -> list[str]:
        """Lines that whatever is made of this City must carry, each once, in alphabetical order."""
        return _distinct(self.sources["attribution"])

    def replace(self, **changes: Any) -> City:
        """Make a new City with some tables or facts changed, sharing all the rest.

        Parameters
        ----------
        **changes
            Table names with new tables, array names with new arrays (an empty one takes it out),
            or names of facts (``year``, ``boundary`` ...).

        Raises
        ------
        InputError
            If a table or array breaks its contract or is not in the City's CRS.
        """
        moved = changes.get("crs", self.crs) != self.crs
        frames: dict[str, pd.DataFrame] = {key: self.table(key) for key in TABLES if moved}
        frames |= {key: changes.pop(key) for key in TABLES if key in changes}
        crs = changes.get("crs", self.crs)
        given = {key: self.array(key) for key in self.arrays if moved}
        given |= {key: changes.pop(key) for key in ARRAYS if key in changes}
        kept = {key: part for key, part in self.arrays.items() if key not in given}
        more = {**kept, **_array_parts(given, crs)}
        parts = {**self.parts, **_parts(frames, crs)}
        return replace(self, parts=parts, arrays=more, **changes)

    @cached_property
    def digest(self) -> str:
        """Identity of the City: the digest of its facts and of its parts' digests."""
        facts = (
            self.name,
            self.crs,
            self.year,
            self.country,
            self.timezone,
            self.boundary.wkb_hex,
            self.model_area.wkb_hex,
        )
        digests = {name: part.digest for name, part in self.parts.items()}
        digests |= {name: part.digest for name, part in self.arrays.items()}
        text = repr((facts, sorted(digests.items())))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, City) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)
