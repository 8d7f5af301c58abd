"""Where the rows of a register lie: geometry of the file, well-known text or coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from layers import headers, vectors
from layers.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from pyproj import CRS

    from layers.drops import Drops

WGS84: Final = "EPSG:4326"


def with_places(
    file: str, kind: str, values: pd.DataFrame, geometry: gpd.GeoSeries | None, crs: str | None,
    swap: bool, drops: Drops,
) -> tuple[pd.DataFrame, tuple[str, ...]]:  # fmt: skip
    """Give the rows of a register their geometry: from the file, or from columns of coordinates.

    Parameters
    ----------
    file
        Name for messages.
    kind
        Kind of register.
    values
        Its columns, index row number.
    geometry
        What the file brought, if it is a vector file.
    crs, swap
        Coordinate system of the columns x and y, and whether their axes are exchanged.
    drops
        Receives the count of places that cannot be used.

    Returns
    -------
    tuple
        The columns without those of coordinates, and what was repaired.
    """
    if geometry is None:
        geometry = _written(kind, values)
    if geometry is None:
        geometry = _points(file, values, crs, swap)
    bare = values.drop(columns=_place_columns(kind), errors="ignore")
    if geometry is None or geometry.isna().all():
        return bare, ()
    shapes, notes = _sound(geometry, kind, drops)
    return gpd.GeoDataFrame(bare, geometry=shapes, crs=geometry.crs), notes


def _place_columns(kind: str) -> list[str]:
    return [name for name, field in headers.fields(kind).items() if field.role == "place"]


def _written(kind: str, values: pd.DataFrame) -> gpd.GeoSeries | None:
    """Points from a column of well-known text, whose coordinate system the kind knows."""
    for name, field in headers.fields(kind).items():
        if field.dtype == "wkt" and name in values and values[name].notna().any():
            shapes = shapely.from_wkt(values[name].astype(object).where(values[name].notna(), None))
            return gpd.GeoSeries(shapes, index=values.index, crs=field.unit)
    return None


def _points(file: str, values: pd.DataFrame, crs: str | None, swap: bool) -> gpd.GeoSeries | None:
    degrees = {"lon", "lat"} <= set(values)
    if not degrees and not {"x", "y"} <= set(values):
        return None
    east, north = (values[name] for name in (("lon", "lat") if degrees else ("x", "y")))
    if east.isna().all() or north.isna().all():
        return None
    if not degrees and crs is None:
        raise InputError(file, "columns x and y", "They name no coordinate system.",
                         "Ask who made the file, then name it: --crs EPSG:number.")  # fmt: skip
    system: CRS | str = vectors.named_crs(crs) if crs else WGS84
    east, north = (north, east) if swap else (east, north)
    points = np.where(east.notna() & north.notna(), shapely.points(east, north), None)
    return gpd.GeoSeries(points, index=values.index, crs=system)


def _sound(geometry: gpd.GeoSeries, kind: str, drops: Drops) -> tuple[Any, tuple[str, ...]]:
    """Geometry that is finite, not empty and valid; what was repaired is told with its area."""
    shapes = np.array(geometry.array, dtype=object)
    void = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    broken = ~void & ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
    drops.note(kind, "geometry not finite", [f"row {row}" for row in geometry.index[broken]])
    shapes[void | broken] = None
    crossed = ~(void | broken) & ~shapely.is_valid(shapes)
    if not crossed.any():
        return shapes, ()
    before = shapely.area(shapes[crossed]).sum()
    shapes[crossed] = shapely.make_valid(shapes[crossed])
    change = shapely.area(shapes[crossed]).sum() - before
    rows = ", ".join(str(row) for row in geometry.index[crossed][:5])
    note = (
        f"{int(crossed.sum())} outlines cross themselves and were repaired (rows {rows} ...); "
        f"their area changed by {change:.6g} in units of the file's coordinates."
    )
    return shapes, (note,)
