"""Read GeoJSON, GML, GPKG, (zipped) SHP and GeoParquet of strangers: one driver per name, no network.

GeoJSON goes through Python's JSON parser and never through GDAL; GPKG, SHP and GML reach GDAL only
after their content was found to be what the name says, so that no VRT and no address slips in.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import struct
import tempfile
import warnings
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers import archive, extent, files
from layers.errors import InputError
from layers.texts import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

FORBIDDEN_DRIVERS: Final = "OGR_VRT,VRT,HTTP,WFS,OAPIF,CSW,GTI"
"""GDAL drivers that read other files or addresses than the one they are given."""

BROKEN: Final = (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError,
                 OverflowError, RecursionError, MemoryError, RuntimeError, sqlite3.Error,
          struct.error, shapely.errors.ShapelyError)  # fmt: skip
"""What libraries raise on damaged files."""

NAMED_CRS: Final = re.compile(r"(?:urn:ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{4,6})", re.IGNORECASE)
LAYERS: Final = (".shp", ".gpkg", ".geojson", ".gml")
SIDE_FILES: Final = (".shx", ".dbf", ".prj", ".cpg")
"""What a zip may hold, and what belongs to a shapefile."""

GEOMETRY: Final = "geometry"
DEGREES: Final = (180.0, 90.0, 180.0, 90.0)
"""Largest longitude and latitude of a bounding box [deg]."""

VIRTUAL_INDEX: Final = re.compile(
    r'CREATE VIRTUAL TABLE (?:"[^"]*"|\w+) USING rtree\(.*', re.IGNORECASE | re.DOTALL
)
USUAL_VIEWS: Final = frozenset({"st_spatial_ref_sys", "st_geometry_columns", "spatial_ref_sys"})

XML_DOUBT: Final = (b"<!DOCTYPE", b"<!ENTITY")


def read(
    path: Path,
    *,
    crs: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    swap: bool = False,
) -> gpd.GeoDataFrame:
    """Read one layer of features, as found, two-dimensional.

    Parameters
    ----------
    path
        A file that `files.checked` has passed.
    crs
        Coordinate system, if the file names none or a wrong one.
    layer
        Layer of a GPKG, GML or zip with several.
    encoding
        Encoding of the texts of a shapefile.
    swap
        Exchange the axes: the file writes northing before easting.

    Returns
    -------
    geopandas.GeoDataFrame
        Rows numbered from 1, with the coordinate system set; without geometry, the geometry
        column is empty.

    Raises
    ------
    InputError
        If it is damaged, in disguise, too large, names no coordinate system, or has several
        layers and none was chosen.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning of GDAL is no use to a town hall
            frame = _open(path, layer, encoding)
    except InputError:
        raise
    except BROKEN as error:
        raise InputError(path.name, "", "The file is damaged.", "Export it again.") from error
    frame = _with_crs(path, _numbered(path, frame), crs)
    return frame.set_geometry(shapely.transform(frame.geometry.array, _swapped)) if swap else frame


def _swapped(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    return coordinates[:, ::-1]


def _open(path: Path, layer: str | None, encoding: str | None) -> gpd.GeoDataFrame:
    readers: Mapping[str, Callable[..., gpd.GeoDataFrame]] = {
        ".geojson": _geojson, ".json": _geojson, ".gml": _gml, ".gpkg": _gpkg, ".shp": _gdal,
        ".parquet": _parquet, ".geoparquet": _parquet, ".zip": _zip,
    }  # fmt: skip
    return readers[path.suffix.lower()](path, layer, encoding)


def _zip(path: Path, layer: str | None, encoding: str | None) -> gpd.GeoDataFrame:
    with archive.unpacked(path, suffixes=(*LAYERS, *SIDE_FILES)) as members:
        found = sorted(m for m in members if m.suffix.lower() in LAYERS and m.name[0] != ".")
        chosen = [member for member in found if layer in {None, member.stem, member.name}]
        if len(chosen) != 1:
            raise _choose(path, [member.stem for member in found])
        inner = files.checked(chosen[0])
        return _open(inner, None if inner.suffix.lower() == ".shp" else layer, encoding)


def _choose(path: Path, names: list[str]) -> InputError:
    if not names:
        return InputError(path.name, "", "It holds no layer that can be read.",
                          f"Use {files.SUPPORTED}.")  # fmt: skip
    listed = ", ".join(clip(name) for name in names[:20])
    return InputError(path.name, "", f"It holds {len(names)} layers: {listed}.",
                      "Write the one that is meant to a file of its own, or name it "
                      "where the command has --sheet.")  # fmt: skip


def _geojson(path: Path, _: str | None, __: str | None) -> gpd.GeoDataFrame:
    data = json.loads(files.text_bytes(path).decode("utf-8-sig"))
    features = data.get("features") if data.get("type") == "FeatureCollection" else [data]
    if not isinstance(features, list) or any(f.get("type") != "Feature" for f in features):
        raise InputError(path.name, "", "It holds no GeoJSON features.", "Export it again.")
    properties = [feature.get("properties") or {} for feature in features]
    names = {name for row in properties for name in row}
    _bound(path, len(names), "columns")
    frame = pd.DataFrame({
        name: [_flat(row.get(name)) for row in properties] for name in names if name != GEOMETRY
    }, index=range(len(features)))  # fmt: skip
    shapes = [_shape(feature.get("geometry")) for feature in features]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=_geojson_crs(path, data, shapes))


def _flat(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _shape(geometry: Any) -> Any:
    """Geometry of a feature; None if it is missing or cannot be drawn (counted later)."""
    try:
        return shapely.geometry.shape(geometry) if geometry else None
    except BROKEN:
        return None


def _geojson_crs(path: Path, data: dict[str, Any], shapes: list[Any]) -> str | None:
    """Coordinate system of a GeoJSON: the member crs of 2008, else WGS 84 (RFC 7946, 4).

    Coordinates that are no degrees leave it open.
    """
    member = data.get("crs")
    if member:
        name = str(member.get("properties", {}).get("name", ""))
        match = NAMED_CRS.search(name)
        if match is None and not name.endswith("CRS84"):
            raise InputError(path.name, "crs", f"The name {clip(name)} is not known.",
                             "Name it as EPSG:number.")  # fmt: skip
        return f"EPSG:{match[1]}" if match else "OGC:CRS84"
    bounds = np.abs(shapely.bounds(np.array([*shapes, None], dtype=object)))
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    degrees = (bounds <= DEGREES).all()
    return "OGC:CRS84" if degrees else None


def _gml(path: Path, layer: str | None, encoding: str | None) -> gpd.GeoDataFrame:
    """Read GML as a lone copy: GDAL finds no schema, no .gfs and no address beside it."""
    data = files.text_bytes(path)
    if any(mark in data for mark in XML_DOUBT):
        raise InputError(path.name, "", "It declares a document type or entities.",
                         "Export it as plain GML, GPKG or GeoJSON.")  # fmt: skip
    extent.measure(path)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.gml"
        copy.write_bytes(data.replace(b"schemaLocation", b"schemaIgnored0"))
        return _gdal(copy, layer, encoding, path, DOWNLOAD_SCHEMA="NO", WRITE_GFS="NO",
                     EXPOSE_GML_ID="YES")  # fmt: skip


def _gpkg(path: Path, layer: str | None, encoding: str | None) -> gpd.GeoDataFrame:
    """Read a GeoPackage whose tables are plain: a virtual table may open any file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as base:
        rows = base.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    doubtful = [
        str(name) for kind, name, sql in rows
        if (kind == "view" and name not in USUAL_VIEWS)
        or (str(sql).upper().startswith("CREATE VIRTUAL") and not VIRTUAL_INDEX.fullmatch(sql))
    ]  # fmt: skip
    if doubtful:
        raise InputError(path.name, f"table {clip(doubtful[0])}",
                         "Virtual tables and views are not read.",
                         "Export the layer to a new GeoPackage.")  # fmt: skip
    return _gdal(path, layer, encoding)


def _gdal(
    path: Path,
    layer: str | None,
    encoding: str | None,
    shown: Path | None = None,
    **options: str,
) -> gpd.GeoDataFrame:
    os.environ.setdefault("OGR_SKIP", FORBIDDEN_DRIVERS)  # counts if GDAL is not loaded yet
    import pyogrio

    names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    chosen = [name for name in names if layer in {None, name}]
    if len(chosen) != 1:
        raise _choose(shown or path, names)
    info = pyogrio.read_info(path, layer=chosen[0], **options)
    _bound(shown or path, len(info["fields"]), "columns")
    frame = pyogrio.read_dataframe(
        path,
        layer=chosen[0],
        force_2d=True,
        on_invalid="ignore",
        use_arrow=False,
        encoding=encoding,
        **options,
    )
    return frame if isinstance(frame, gpd.GeoDataFrame) else _bare(frame)


def _bare(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(frame, geometry=[None] * len(frame), crs="OGC:CRS84")


def _parquet(path: Path, _: str | None, __: str | None) -> gpd.GeoDataFrame:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    _bound(path, file.metadata.num_rows * file.metadata.num_columns, "cells")
    _bound(path, file.metadata.num_columns, "columns")
    if b"geo" not in (file.schema_arrow.metadata or {}):
        return _bare(file.read().to_pandas(ignore_metadata=True))
    with path.open("rb") as stream:
        frame = gpd.read_parquet(stream)
    frame = frame.rename_geometry(GEOMETRY) if frame.geometry.name != GEOMETRY else frame
    return frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)


def _bound(path: Path, count: int, name: str) -> None:
    bound = files.limit(name)
    if count > bound:
        raise InputError(path.name, "", f"It has {count} {name}, at most {bound} are read.",
                         "Cut it to the city, or delete what is not needed.")  # fmt: skip


def _numbered(path: Path, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if len(frame) == 0:
        raise InputError(path.name, "", "It holds no features.", "Export it again.")
    _bound(path, int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum()), "vertices")
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="row"))


def _with_crs(path: Path, frame: gpd.GeoDataFrame, crs: str | None) -> gpd.GeoDataFrame:
    if crs is None and frame.crs is None:
        raise InputError(path.name, "", "It names no coordinate system (a missing .prj?).",
                         "Ask who made it, then name it: --crs EPSG:number.")  # fmt: skip
    if crs is None:
        return frame
    return frame.set_crs(named_crs(crs), allow_override=True)


def named_crs(text: str) -> CRS:
    """Coordinate system that the user named.

    Raises
    ------
    InputError
        If it is not known.
    """
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise InputError(clip(text), "", "This coordinate system is not known.",
                         "Write it as EPSG:number, for instance EPSG:25832.") from error  # fmt: skip
