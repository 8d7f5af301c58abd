"""Contracts between rooms: columns with units, validated tables, records that cross to the twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd
import shapely

from layers.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

Dtype = Literal["str", "int64", "float64", "bool", "geometry"]

Progress: TypeAlias = Callable[[str, float], None]
"""What long work calls with a stage in plain words and the share done, from 0 to 1."""

GEOMETRY_TYPES: Mapping[str, tuple[int, ...]] = {
    "point": (0,),
    "line": (1,),
    "polygon": (3, 6),
    "any": (0, 1, 2, 3, 4, 5, 6, 7),
}
"""Kinds of geometry a table may hold, as shapely type numbers."""


def silent(stage: str, share: float) -> None:
    """Progress that nobody listens to."""


@dataclass(frozen=True)
class Column:
    """One column: what it holds, in which unit, within which bounds.

    Parameters
    ----------
    name
        Column name, the field's standard term.
    dtype
        One of str, int64, float64, bool, geometry.
    unit
        Unit as printed; ``1`` for a dimensionless number; the kind (point, line, polygon, any)
        for a geometry; empty for text and yes/no.
    lower, upper
        Bounds, both allowed; NaN means unbounded.
    nullable
        Whether a value may be missing.
    description
        One sentence.
    privacy
        ``public``, or ``object`` for what is known of one household or building only: it is never
        published per object.
    """

    name: str
    dtype: Dtype
    unit: str
    lower: float
    upper: float
    nullable: bool
    description: str
    privacy: str = "public"

    def __post_init__(self) -> None:
        if self.dtype in {"int64", "float64"} and not self.unit:
            raise ValueError(f"column {self.name}: a number needs a unit ('1' if it has none)")

    def faults(self, frame: pd.DataFrame) -> Iterator[Fault]:
        """Every way in which the column of `frame` breaks this contract."""
        place = f"column {self.name}"
        if self.name not in frame.columns:
            yield Fault(place, "is missing.", "Add it or name it in the column map.")
            return
        values = frame[self.name]
        missing = values.isna()
        if not self.nullable and missing.any():
            yield Fault(
                place, f"{int(missing.sum())} values are missing.", "Fill or drop the rows."
            )
        if self.dtype == "geometry":
            yield from self._geometry_faults(frame, ~missing)
        elif self.dtype in {"int64", "float64"}:
            yield from self._number_faults(values[~missing])
        elif not _has_dtype(values, self.dtype):
            yield Fault(place, f"holds {values.dtype}, expected {self.dtype}.", "Convert it first.")

    def _number_faults(self, values: pd.Series) -> Iterator[Fault]:
        place = f"column {self.name}"
        if not _has_dtype(values, self.dtype):
            yield Fault(
                place, f"holds {values.dtype}, expected {self.dtype} [{self.unit}].", "Convert it."
            )
            return
        numbers = values.to_numpy()
        bad = ~np.isfinite(numbers)
        if not np.isnan(self.lower):
            bad |= numbers < self.lower
        if not np.isnan(self.upper):
            bad |= numbers > self.upper
        if bad.any():
            first = values.index[bad][0]
            yield Fault(
                f"{place}, row {first}",
                f"{int(bad.sum())} values outside {self._bounds()} [{self.unit}].",
                "Check the unit and the source.",
            )

    def _bounds(self) -> str:
        lower = "-inf" if np.isnan(self.lower) else f"{self.lower:g}"
        upper = "inf" if np.isnan(self.upper) else f"{self.upper:g}"
        return f"{lower} to {upper}, or not finite"

    def _geometry_faults(self, frame: pd.DataFrame, present: pd.Series) -> Iterator[Fault]:
        shapes = frame.loc[present, self.name].to_numpy()
        if not shapely.is_geometry(shapes).all():
            yield Fault(f"column {self.name}", "holds values that are no geometry.", "Drop them.")
            return
        wrong = ~np.isin(shapely.get_type_id(shapes), GEOMETRY_TYPES[self.unit])
        if wrong.any():
            yield Fault(
                f"column {self.name}",
                f"{int(wrong.sum())} geometries are not of kind {self.unit}.",
                "Split or drop them.",
            )
        void = shapely.is_empty(shapes)
        points, owner = shapely.get_coordinates(shapes, return_index=True)
        void[owner[~np.isfinite(points).all(axis=1)]] = True
        if void.any():
            yield Fault(
                f"column {self.name}, row {frame.index[present][void][0]}",
                f"{int(void.sum())} geometries are empty or have coordinates that are no number.",
                "Drop them and count them.",
            )


def _has_dtype(values: pd.Series | pd.Index, dtype: str) -> bool:
    if dtype == "str":
        return isinstance(values.dtype, pd.StringDtype)
    return str(values.dtype) == dtype


@dataclass(frozen=True)
class Table:
    """A named table: its index column and its other columns.

    Parameters
    ----------
    name
        Table name, also the name of the part in the twin folder.
    index
        Contract of the index; it must be unique and complete.
    columns
        Contracts of the columns in their standard order.
    optional
        Contracts of columns that a table may lack: they come with a register.
    """

    name: str
    index: Column
    columns: tuple[Column, ...]
    optional: tuple[Column, ...] = ()

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        """Column names in standard order."""
        return [column.name for column in self.columns]

    @property
    def geometric(self) -> bool:
        """Whether the table has a geometry column."""
        return any(column.dtype == "geometry" for column in self.columns)

    def faults(self, frame: pd.DataFrame) -> list[Fault]:
        """Every fault of `frame`, none hidden behind another."""
        found = []
        if not _has_dtype(frame.index, self.index.dtype):
            found.append(
                Fault(
                    f"index {self.index.name}",
                    f"holds {frame.index.dtype}, expected {self.index.dtype}.",
                    "Convert it first.",
                )
            )
        if not frame.index.is_unique:
            repeated = frame.index[frame.index.duplicated()][0]
            found.append(
                Fault(f"index {self.index.name}", f"{repeated!r} occurs twice.", "Make ids unique.")
            )
        if frame.index.hasnans:
            found.append(
                Fault(f"index {self.index.name}", "has empty ids.", "Give every row an id.")
            )
        for column in self.columns:
            found.extend(column.faults(frame))
        for column in self.optional:
            if column.name in frame.columns:
                found.extend(column.faults(frame))
        return found

    def validate(self, frame: gpd.GeoDataFrame, file: str = "") -> gpd.GeoDataFrame:
        """Return `frame` in standard column order, or raise with all faults at once.

        Columns that the contract does not name are kept, after the named ones.

        Raises
        ------
        InputError
            If any column breaks its contract.
        """
        found = self.faults(frame)
        if found:
            raise InputError.of(file or f"table {self.name}", found)
        extra = [name for name in frame.columns if name not in self.names]
        return frame[self.names + extra]

    def empty(self, crs: str | None = None) -> gpd.GeoDataFrame | pd.DataFrame:
        """A table without rows that satisfies the contract."""
        dtypes = {"str": "str", "int64": "int64", "float64": "float64", "bool": "bool"}
        index = pd.Index([], dtype=dtypes[self.index.dtype], name=self.index.name)
        data = {
            c.name: pd.Series([], index=index, dtype=dtypes.get(c.dtype, "object"))
            for c in self.columns
        }
        frame = pd.DataFrame(data, index=index)
        if not self.geometric:
            return frame
        import geopandas as gpd

        return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs)


@dataclass(frozen=True)
class Source:
    """Where data came from, and what became of its rows.

    Parameters
    ----------
    what, origin
        What it is; file name or service it came from (never a path of this machine).
    reference_date
        ISO date or year the data describe; empty if unknown.
    licence, attribution
        Licence name, and the line that every map must carry.
    digest
        SHA-256 of the file, or of the answer.
    rows_in, rows_kept, rows_refused
        Counts [1]; in = kept + refused.
    """

    what: str
    origin: str
    reference_date: str
    licence: str
    attribution: str
    digest: str
    rows_in: int
    rows_kept: int
    rows_refused: int


@dataclass(frozen=True)
class Found:
    """What a reader of a whole place returns: tables as found, in EPSG:4326.

    Parameters
    ----------
    tables
        Table name to table, each satisfying ``tables.schema(name)``.
    drops
        What was not kept: columns table, reason, count [1], examples (a few ids).
    source
        Provenance.
    """

    tables: Mapping[str, gpd.GeoDataFrame]
    drops: pd.DataFrame
    source: Source


@dataclass(frozen=True)
class RoadNetwork:
    """A directed road network as arrays, the form that assignment works on.

    Parameters
    ----------
    link_from, link_to : (links,) int64
        Node numbers 0..nodes-1. Nodes 0..zones-1 are the zones.
    capacity : (links,) [veh/h]
    length : (links,) [km]
    free_time : (links,) [min]
    alpha, power : (links,) [1]
        BPR delay: time = free_time * (1 + alpha * (flow / capacity) ** power).
    fixed_cost : (links,) [min]
        Flow-independent generalised cost besides time (toll, length), in minutes.
    zones, nodes
        Counts [1].
    first_through : int
        Zones below this number are never passed through.
    link_ids
        Names of the links in order (street id and direction), or the file's row numbers.
    conical : (links,) [1]
        Parameter a > 1 where Spiess' (1990) conical delay holds in place of the BPR's, else 0; an
        empty array stands for 0 everywhere.
    background : (links,) [veh/h]
        Flow that is there anyway and takes capacity, in passenger car units; an empty array stands
        for 0 everywhere.
    """

    link_from: NDArray[np.int64]
    link_to: NDArray[np.int64]
    capacity: NDArray[np.float64]
    length: NDArray[np.float64]
    free_time: NDArray[np.float64]
    alpha: NDArray[np.float64]
    power: NDArray[np.float64]
    fixed_cost: NDArray[np.float64]
    zones: int
    nodes: int
    first_through: int
    link_ids: pd.Index = field(default_factory=lambda: pd.Index([], dtype="str"))
    conical: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    background: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class TripTable:
    """Trips between zones, one row per pair with demand.

    Parameters
    ----------
    origin, destination : (pairs,) int64
        Zone numbers 0..zones-1.
    trips : (pairs,) [veh/h]
    """

    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    trips: NDArray[np.float64]


@dataclass(frozen=True)
class Elastic:
    """How many trips a pair has at a cost: a binary logit for each of its groups of people.

    The trips of pair k at cost u [min] are the sum of ``size / (1 + exp(scale * (u - other)))``
    over its groups ``pair_first[k]`` to ``pair_first[k + 1]``.

    Parameters
    ----------
    pair_first : (pairs + 1,) int64
        Groups of each row of the trip table.
    size : (groups,) [veh/h]
        Trips if all of them went by car.
    scale : (groups,) [1/min]
        How strongly cost decides, above 0.
    other : (groups,) [min]
        Cost at which half of them go by car (logsum of all else); infinite if there is nothing
        else.
    """

    pair_first: NDArray[np.int64]
    size: NDArray[np.float64]
    scale: NDArray[np.float64]
    other: NDArray[np.float64]


@dataclass(frozen=True)
class UserClass:
    """Vehicles that see the same costs and share the streets with other classes.

    Parameters
    ----------
    name
        Unlike that of every other class.
    trips
        Trips between zones [veh/h]; where demand is elastic, a first guess, and its rows, each pair
        once, are the pairs of `elastic`.
    pcu
        Passenger car units of one vehicle [1].
    cost : (links,) [min]
        Flow-independent generalised cost besides time, at the value of time of this class; that of
        the network if None.
    barred : (links,) bool
        Links that this class may not use; none if None.
    elastic
        How trips answer to cost; fixed trips if None.
    """

    name: str
    trips: TripTable
    pcu: float = 1.0
    cost: NDArray[np.float64] | None = None
    barred: NDArray[np.bool_] | None = None
    elastic: Elastic | None = None


@dataclass(frozen=True)
class Timetable:
    """Public transport of one day as elementary connections, the form that routing works on.

    A connection is a vehicle's way from one stop to the next. Connections are sorted by departure,
    those of one ride in the order in which it runs.

    Parameters
    ----------
    stops
        Ids of the stops; arrays name them by their number here.
    rides
        Trip ids, one for each trip on each service day; arrays name them by their number here.
    departure, arrival : (connections,) int64 [s]
        After noon minus 12 hours of the day; negative for the day before.
    from_stop, to_stop : (connections,) int64
        Stop numbers.
    ride : (connections,) int64
        Ride numbers.
    board, alight : (connections,) bool
        Whether people may board at `from_stop` and alight at `to_stop`.
    """

    stops: pd.Index
    rides: pd.Index
    departure: NDArray[np.int64]
    arrival: NDArray[np.int64]
    from_stop: NDArray[np.int64]
    to_stop: NDArray[np.int64]
    ride: NDArray[np.int64]
    board: NDArray[np.bool_]
    alight: NDArray[np.bool_]
