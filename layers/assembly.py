"""From one sorted OpenStreetMap file to all tables of a place, whoever delivered the file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import osmium
import shapely

from layers import buildings, elements, features, restrictions, streets, tables
from layers import objects as ob
from layers.classification import AREA
from layers.errors import InputError
from layers.schema import Found, Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from layers.drops import Drops
    from layers.elements import Elements

LICENCE: Final = "ODbL 1.0"
ATTRIBUTION: Final = "© OpenStreetMap contributors"
NAMES: Final = (
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
)
EXTENT_OF: Final = ("streets", "buildings", "addresses", "places", "lamps", "trees")
"""Tables whose objects are small, so that their places tell how wide the file is."""


@dataclass(frozen=True)
class Origin:
    """Where a file came from, as it is told to the user.

    Parameters
    ----------
    name
        File name or service, never a path.
    digest
        SHA-256 of the file as given.
    repeated
        Ids that occurred twice in an unsorted file; the newest version was kept.
    what
        What it is.
    """

    name: str
    digest: str
    repeated: tuple[str, ...] = ()
    what: str = "OpenStreetMap"


def read(
    path: Path,
    kind: str,
    origin: Origin,
    boundary: BaseGeometry | None,
    progress: Callable[[str, float], None] | None = None,
) -> Found:
    """Read a sorted, unpacked file into tables.

    Parameters
    ----------
    path
        File on this machine.
    kind
        ``pbf`` or ``osm`` (XML).
    origin
        What to call it.
    boundary
        Only objects that meet it are kept [degrees]; None keeps all.
    progress
        Called with a stage in plain words and the share done.

    Raises
    ------
    RuntimeError
        If libosmium cannot read the file.
    InputError
        If it holds nothing of use, or half the globe.
    """
    stamp, box = _header(path, kind)
    if path.stat().st_size >= ob.limit("announced_size_min"):
        _check_announced(box, boundary, origin.name)
    found = elements.gather(osmium.io.File(str(path), kind), progress)
    found.drops.note("all", "the id occurs twice, the newest version is kept", origin.repeated)
    made = assemble(found, boundary, origin.name)
    seen, refused = sum(found.seen.values()), sum(found.drops.refused.values())
    source = Source(
        what=origin.what,
        origin=origin.name,
        reference_date=stamp or found.newest,
        licence=LICENCE,
        attribution=ATTRIBUTION,
        digest=origin.digest,
        rows_in=seen,
        rows_kept=seen - refused,
        rows_refused=refused,
    )
    return Found(tables=made, drops=found.drops.frame(), source=source)


def assemble(
    found: Elements, boundary: BaseGeometry | None, name: str
) -> dict[str, gpd.GeoDataFrame]:
    """All tables of gathered elements, each as its contract says.

    Raises
    ------
    InputError
        If nothing is left, or what is left spans more than a region.
    """
    drops = found.drops
    if boundary is not None:
        shapely.prepare(boundary)
    take = partial(_take, found, boundary)
    made: dict[str, Any] = {
        "streets": streets.streets(found.pieces, boundary, drops, found.devices)
    }
    found.pieces = streets.Pieces()
    made["junctions"] = streets.junctions(made["streets"], found.devices)
    made["turns"] = restrictions.turns(found.restrictions, made["streets"], drops)
    houses = buildings.buildings(ob.areas(take("buildings"), "buildings", drops), drops)
    made["addresses"] = buildings.addresses(take("addresses"), houses, drops)
    made["buildings"] = buildings.addressed(houses, made["addresses"])
    for table in ("places", "land", "lamps", "stops", "trees", "power", "boundaries"):
        made[table] = getattr(features, table)(take(table), drops)
    _check_extent(made, name, drops)
    return {table: tables.schema(table).validate(made[table], name) for table in NAMES}


def _take(found: Elements, boundary: BaseGeometry | None, table: str) -> ob.Objects:
    """Take the objects of a table out of the gathered ones, so that their memory can go."""
    rows = found.rows.pop(table)
    shapes = shapely.from_wkb(np.array(rows.shapes, dtype=object))
    objects = ob.Objects(
        np.array(rows.ids, dtype=object), rows.tags, shapes, np.array(rows.kinds) == AREA
    )
    return ob.inside(objects, boundary, table, found.drops)


def _check_extent(made: dict[str, gpd.GeoDataFrame], name: str, drops: Drops) -> None:
    """Refuse a file without a place, and one that is no city."""
    bounds = [made[table].total_bounds for table in EXTENT_OF if len(made[table])]
    if not bounds:
        raise _nothing(name, drops)
    _check_bounds(np.r_[np.min(bounds, axis=0)[:2], np.max(bounds, axis=0)[2:]], name)


def _check_bounds(bounds: NDArray[np.float64], name: str) -> None:
    """Refuse what is no city: too wide, or outside the area of UTM."""
    west, south, east, north = bounds
    if south < ob.limit("latitude_min") or north > ob.limit("latitude_max"):
        raise InputError(
            name,
            f"latitude {south:.2f} to {north:.2f}",
            "lies too near to a pole.",
            "The model needs a place inside the area of UTM.",
        )
    height = (north - south) * ob.DEGREE / 1000
    width = (east - west) * ob.DEGREE / 1000 * np.cos(np.radians((south + north) / 2))
    most = ob.limit("extent_max")
    if max(height, width) <= most:
        return
    crosses = east - west > 180  # noqa: PLR2004 - half of the globe
    reason = f"spans {width:.0f} km by {height:.0f} km; a city model may span {most:.0f} km."
    advice = (
        "It seems to cross the 180th meridian: cut it there and read one side."
        if crosses
        else "Give a boundary, or cut the file to the city first."
    )
    raise InputError(name, f"longitude {west:.2f} to {east:.2f}", reason, advice)


def _nothing(name: str, drops: Drops) -> InputError:
    """What to say when no object is left: the most frequent reason is named."""
    lost = drops.frame().sort_values("count", ascending=False, kind="stable")
    why = ""
    if len(lost):
        why = f" {lost['count'].sum()} objects were dropped, most of them because: {lost['reason'].iloc[0]}."
    return InputError(
        name,
        "",
        f"holds no street, building or place of OpenStreetMap.{why}",
        "Check that it is the extract you meant and that the boundary overlaps it.",
    )


def _header(path: Path, kind: str) -> tuple[str, osmium.osm.Box]:
    """Date to which the file was brought up to date, or empty, and the box that it announces."""
    with osmium.io.Reader(osmium.io.File(str(path), kind), osmium.osm.NOTHING) as reader:
        header = reader.header()
        return header.get("osmosis_replication_timestamp")[:10], header.box()


def _check_announced(box: osmium.osm.Box, boundary: BaseGeometry | None, name: str) -> None:
    """Refuse a file that says itself that it is too wide, before it is read."""
    if not box.valid():
        return
    low, high = box.bottom_left, box.top_right
    bounds = np.array([low.lon, low.lat, high.lon, high.lat])
    if boundary is None:
        _check_bounds(bounds, name)
    elif not shapely.intersects(boundary, shapely.box(*bounds)):
        raise InputError(
            name, "", "does not overlap the boundary.", "Give the extract of the place."
        )
