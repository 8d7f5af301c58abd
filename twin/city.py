"""City: one frozen value that holds a place as tables on one metric CRS and one base year."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np
import pandas as pd

from layers import tables
from layers.schema import Column, Table
from twin.errors import FrozenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import geopandas as gpd
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

TABLES: Final = (
    "streets", "junctions", "turns", "buildings", "addresses", "places", "land", "lamps", "stops",
    "trees", "power", "boundaries", "zones", "points", "weather", "sources", "drops", "parameters",
)
"""Names of the tables of a City, in the order of print and storage."""


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
    return Table(name, own.index, tuple(columns.values()))


def digest(frame: pd.DataFrame) -> str:
    """Digest of a table's content, equal for equal content in any process [32 hex digits]."""
    sums = hashlib.blake2b(digest_size=16)
    crs = getattr(frame, "crs", None)
    sums.update(repr((list(frame.columns), len(frame), str(crs.to_epsg() if crs else ""))).encode())
    for values in (frame.index.to_series(), *(frame[name] for name in frame.columns)):
        sums.update(str(values.dtype).encode())
        sums.update(_content(values))
    return sums.hexdigest()


def _content(values: pd.Series) -> bytes:
    if str(values.dtype) == "geometry":
        from shapely import to_wkb

        blobs = to_wkb(np.asarray(values.array), include_srid=False, byte_order=1)
        return b"".join(blob or b"\0" for blob in blobs)
    if str(values.dtype) in {"int64", "float64", "bool"}:
        return np.ascontiguousarray(values.to_numpy()).tobytes()
    return pd.util.hash_array(values.astype(object).fillna("\0").to_numpy()).tobytes()


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

    def __set__(self, city: City, value: object) -> None:
        raise FrozenError(f"A City is frozen; use city.replace({self.name}=...).")


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
    """

    name: str
    crs: str
    year: int
    country: str
    timezone: str
    boundary: BaseGeometry
    model_area: BaseGeometry
    parts: Mapping[str, Part] = field(repr=False)

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
    points = _View()
    weather = _View()
    sources = _View()
    drops = _View()
    parameters = _View()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", MappingProxyType(dict(self.parts)))

    @classmethod
    def of(cls, frames: Mapping[str, pd.DataFrame], **facts: Any) -> City:
        """Make a City of tables, each checked against its contract; absent ones are empty."""
        crs = str(facts["crs"])
        parts = {}
        for name in TABLES:
            frame = frames.get(name)
            table = schema(name)
            checked = table.empty(crs) if frame is None else table.validate(frame)
            parts[name] = Part.of(checked)
        return cls(parts=parts, **facts)

    def table(self, name: str) -> gpd.GeoDataFrame:
        """A table by name; writing into it leaves the City as it is."""
        return self.parts[name].frame.copy()

    def replace(self, **changes: Any) -> City:
        """A new City with some tables or facts changed, sharing all the rest.

        Parameters
        ----------
        **changes
            Table names with new tables, or names of facts (``year``, ``boundary`` ...).

        Raises
        ------
        InputError
            If a table breaks its contract.
        """
        frames = {key: changes.pop(key) for key in TABLES if key in changes}
        parts = dict(self.parts)
        parts |= {key: Part.of(schema(key).validate(frame)) for key, frame in frames.items()}
        return replace(self, parts=parts, **changes)

    @cached_property
    def digest(self) -> str:
        """Identity of the City: the digest of its facts and of its parts' digests."""
        facts = (self.name, self.crs, self.year, self.country, self.timezone,
                 self.boundary.wkb_hex, self.model_area.wkb_hex)
        text = repr((facts, sorted((name, part.digest) for name, part in self.parts.items())))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, City) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)
