"""Objects of one table with tags and geometry: columns of text and numbers, areas, points."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers import tables, tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from layers.drops import Drops

CRS: Final = "EPSG:4326"
LINE_STRING: Final = 1
SMALLEST_RING: Final = 4
"""Points of a closed ring: a triangle and its first point again [1]."""

DEGREE: Final = 111_195.0
"""Length of one degree of a great circle of the mean Earth, radius 6,371.0 km [m]."""

Tags = dict[str, str]
Shapes = Any
"""Array of shapely geometry (shapely has no array types)."""


@dataclass(frozen=True)
class Objects:
    """Objects of one table with their geometry.

    Parameters
    ----------
    ids
        n<node>, w<way> or r<relation>.
    tags
        Tags of each.
    shapes : (objects,) geometry
        Place, course or area of each.
    flat : (objects,) bool
        Whether the object is an area; a closed line then stands for its outline.
    """

    ids: NDArray[Any]
    tags: list[Tags]
    shapes: Shapes
    flat: NDArray[np.bool_]

    def where(self, keep: NDArray[np.bool_]) -> Objects:
        """The objects of a mask."""
        kept = [tag for tag, good in zip(self.tags, keep.tolist(), strict=True) if good]
        return Objects(self.ids[keep], kept, self.shapes[keep], self.flat[keep])


@cache
def limit(name: str) -> float:
    """One bound of ``osm_limits.csv``."""
    return float(tables.load("osm_limits").set_index("name").loc[name, "value"])


def text(objects: Objects, *names: str) -> pd.Series:
    """The first of several tags that an object bears, missing where untagged or blank."""
    values = [next((tag[name] for name in names if name in tag), None) for tag in objects.tags]
    column = pd.Series(values, index=objects.ids, dtype="str").str.strip()
    return column.where(column != "")


def number(
    objects: Objects, table: str, key: str, parse: Callable[[str], float], drops: Drops
) -> pd.Series:
    """One tag as numbers; texts that cannot be used are counted."""
    column = text(objects, key)
    values = tags.column(column, parse)
    unread = column.notna() & values.isna()
    drops.note(table, f"{key} cannot be read or is out of bounds", column.index[unread])
    return values


def frame(table: str, ids: Any, shapes: Shapes, columns: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """A table of the contract, its columns in order and of the right type."""
    contract = tables.schema(table)
    index = pd.Index(ids, name=contract.index.name, dtype=contract.index.dtype)
    data = {
        column.name: pd.Series(np.asarray(columns[column.name], dtype=object), index=index).astype(
            column.dtype
        )
        for column in contract.columns
        if column.dtype != "geometry"
    }
    made = gpd.GeoDataFrame(data, index=index, geometry=np.asarray(shapes, dtype=object), crs=CRS)
    return contract.validate(made)


def areas(objects: Objects, table: str, drops: Drops) -> Objects:
    """Turn closed lines into polygons and mend outlines that cross themselves.

    Parameters
    ----------
    objects
        Outlines and multipolygons; points and lines pass unchanged.
    table
        Name under which losses are counted.
    drops
        Where they are counted.
    """
    ring = objects.flat & (shapely.get_type_id(objects.shapes) == LINE_STRING)
    enough = ~ring | (shapely.get_num_coordinates(objects.shapes) >= SMALLEST_RING)
    drops.lose(table, "the outline has fewer than three corners", objects.ids[~enough])
    objects, ring = objects.where(enough), ring[enough]
    shapes, flat = objects.shapes.copy(), objects.flat
    shapes[ring] = _polygons(shapes[ring])
    single = flat & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    shapes, mended, much = _mended(shapes, flat)
    good = ~flat | (shapely.area(shapes) > 0)
    drops.lose(table, "the outline holds no area", objects.ids[~good])
    reason = "the outline crossed itself and was mended; its area"
    drops.note(table, f"{reason} changed notably", objects.ids[mended & much & good])
    drops.note(table, f"{reason} is the same", objects.ids[mended & ~much & good])
    return Objects(objects.ids, objects.tags, shapes, flat).where(good)


def _polygons(lines: Shapes) -> Shapes:
    coordinates, index = shapely.get_coordinates(lines, return_index=True)
    return shapely.polygons(shapely.linearrings(coordinates, indices=index))


def _mended(
    shapes: Shapes, flat: NDArray[np.bool_]
) -> tuple[Shapes, NDArray[np.bool_], NDArray[np.bool_]]:
    """Areas made valid, which of them were mended, and whether their area changed notably."""
    bad = flat & ~shapely.is_valid(shapes)
    before = shapely.area(shapes)
    mended = shapes.copy()
    mended[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    after = shapely.area(mended)
    much = np.abs(after - before) > limit("repair_change_max") * np.maximum(before, after)
    return mended, bad, much


def inside(objects: Objects, boundary: BaseGeometry | None, table: str, drops: Drops) -> Objects:
    """The objects that meet the boundary; the others are counted."""
    if boundary is None:
        return objects
    keep = shapely.intersects(boundary, objects.shapes)
    drops.lose(table, "outside the boundary", objects.ids[~keep])
    return objects.where(keep)


def points(shapes: Shapes) -> Shapes:
    """A point inside each shape; points stay as they are."""
    found = shapes.copy()
    other = shapely.get_type_id(shapes) != 0
    found[other] = shapely.point_on_surface(shapes[other])
    return found


def metric_area(shapes: Shapes) -> NDArray[np.float64]:
    """Area of small shapes given in degrees, on a sphere [m2]."""
    latitude = shapely.get_y(shapely.centroid(shapes))
    found: NDArray[np.float64] = shapely.area(shapes) * DEGREE**2 * np.cos(np.radians(latitude))
    return found


def metres(shapes: Shapes) -> NDArray[np.float64]:
    """Coordinates of points given in degrees, on a plane that fits their surroundings [m]."""
    places = shapely.get_coordinates(shapes)
    middle = np.radians(places[:, 1].mean()) if len(places) else 0.0
    scaled: NDArray[np.float64] = places * DEGREE * np.array([np.cos(middle), 1.0])
    return scaled


def natural(label: str) -> tuple[tuple[int, str], ...]:
    """Key that sorts "2" before "10" and "10" before "10A"."""
    parts = re.findall(r"\d{1,18}|\D+", label.lower())
    return tuple((int(p), "") if p.isdecimal() and p.isascii() else (-1, p.strip()) for p in parts)
