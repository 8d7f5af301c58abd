"""Areas and lines as people write them, and the point by which an object lies in an area."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

import numpy as np
import shapely

from layers.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Position: TypeAlias = tuple[float, float]
Ring: TypeAlias = tuple[Position, ...]
Areas: TypeAlias = tuple[tuple[Ring, ...], ...]
"""Coordinates of a GeoJSON MultiPolygon [deg, longitude and latitude]."""
Line: TypeAlias = tuple[Position, ...]

MAX_VERTICES: Final = 20_000
"""Points in one area or line [1]."""
MAX_BYTES: Final = 4_000_000
"""Largest file of an area [bytes]."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}\.(geo)?json", re.IGNORECASE)
_MULTI: Final = 4
"""Levels of lists in the coordinates of a MultiPolygon; a bare ring has two fewer."""
_RING: Final = 3
"""Fewest different corners of a ring [1]."""
_EDGE: Final = (180.0, 90.0)
"""Largest longitude and latitude [deg]."""


def normalised(value: Any, folder: Path | None = None) -> Areas:
    """Bring an area to the coordinates of a MultiPolygon.

    Parameters
    ----------
    value
        A ring of [longitude, latitude], coordinates of a Polygon or MultiPolygon, a GeoJSON
        geometry, feature or collection, or the name of a GeoJSON file.
    folder
        Folder that such a file must lie in; without one a file name is refused.

    Raises
    ------
    InputError
        If it is no area, too large, not on the globe, or crosses itself.
    """
    if isinstance(value, str):
        value = _loaded(value, folder)
    coordinates = [_polygons(part) for part in _geometries(value)]
    areas = tuple(polygon for part in coordinates for polygon in part)
    if not areas:
        _refuse("holds no polygon.", "Draw one.")
    if sum(len(ring) for polygon in areas for ring in polygon) > MAX_VERTICES:
        _refuse(f"has more than {MAX_VERTICES} points.", "Simplify it.")
    _whole(areas)
    return areas


def line(value: Any) -> Line:
    """Bring a drawn point or line to a tuple of positions.

    Raises
    ------
    InputError
        If it is no point or line, too long or not on the globe.
    """
    if isinstance(value, dict):
        kind, value = value.get("type"), value.get("coordinates")
        if kind not in {"Point", "LineString"}:
            _refuse(f"is a {kind!r}.".replace("'", ""), "Draw a point or a line.")
    if _levels(value) == 1:
        value = [value]
    if _levels(value) != 2 or not 1 <= len(value) <= MAX_VERTICES:  # noqa: PLR2004 - list of pairs
        _refuse("is no list of [longitude, latitude].", "As in: [[12.35, 55.68], [12.36, 55.68]].")
    return tuple(_position(pair) for pair in value)


def shape(areas: Areas) -> shapely.MultiPolygon:
    """The area as a geometry in EPSG:4326."""
    return shapely.MultiPolygon([(polygon[0], list(polygon[1:])) for polygon in areas])


def middles(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Point by which each object is counted: it lies in one of two neighbouring areas, never both.

    Halfway along a line; of an area a point inside it; a point itself.

    Parameters
    ----------
    shapes : (objects,)
        Points, lines and areas in one CRS.
    """
    spots = shapely.point_on_surface(shapes)
    line = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    spots[line] = shapely.line_interpolate_point(shapes[line], 0.5, normalized=True)
    return np.asarray(spots)


def _refuse(reason: str, advice: str) -> NoReturn:
    raise InputError("area", "", reason, advice)


def _loaded(name: str, folder: Path | None) -> Any:
    if folder is None:
        _refuse(f"names a file ({name[:80]!r}), but there is no folder to look in.",
                "Write the coordinates.")  # fmt: skip
    path = folder / name
    inside = _NAME.fullmatch(name) and path.resolve().parent == folder.resolve()
    if not inside:
        _refuse(f"{name[:80]!r} is not the name of a GeoJSON file beside the scenario.",
                "Put the file into the scenario's folder; letters, digits, - _ . only.")  # fmt: skip
    if not path.is_file():
        _refuse(f"there is no file {name}.", "Put it beside the scenario.")
    if path.stat().st_size > MAX_BYTES:
        _refuse(f"{name} is larger than {MAX_BYTES} bytes.", "Simplify the area.")
    try:
        return json.loads(path.read_bytes(), parse_constant=_constant)
    except (ValueError, RecursionError):
        _refuse(f"{name} is no GeoJSON.", "Export the area as GeoJSON, EPSG:4326.")


def _constant(text: str) -> NoReturn:
    raise ValueError(text)


def _geometries(value: Any) -> list[Any]:
    """Bare coordinates or the coordinates of every geometry in a GeoJSON object."""
    if not isinstance(value, dict):
        return [value]
    kind = value.get("type")
    if kind == "FeatureCollection" and isinstance(value.get("features"), list):
        return [part for feature in value["features"] for part in _feature(feature)]
    return _feature(value)


def _feature(value: Any) -> list[Any]:
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict) or value.get("type") not in {"Polygon", "MultiPolygon"}:
        _refuse("is no GeoJSON Polygon or MultiPolygon.", "Give an area, not points or lines.")
    wanted = _MULTI - (value["type"] == "Polygon")
    if _levels(value.get("coordinates")) != wanted:
        _refuse(f"has no coordinates of a {value['type']}.", "Export it again as GeoJSON.")
    return [value["coordinates"]]


def _levels(value: Any) -> int:
    levels = 0
    while isinstance(value, (list, tuple)) and value and levels <= _MULTI:
        levels, value = levels + 1, value[0]
    return levels


def _polygons(value: Any) -> Areas:
    missing = _MULTI - _levels(value)
    if missing not in {0, 1, 2}:
        _refuse("is no list of [longitude, latitude].",
                "As in: [[12.35, 55.68], [12.36, 55.68], [12.36, 55.69]].")  # fmt: skip
    for _ in range(missing):
        value = [value]
    return tuple(tuple(_ring(ring) for ring in _listed(polygon)) for polygon in _listed(value))


def _listed(value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        _refuse("mixes numbers and lists.", "Give rings of [longitude, latitude].")
    return value


def _ring(value: Any) -> Ring:
    ring = tuple(_position(pair) for pair in _listed(value))
    if ring[0] != ring[-1]:
        ring = (*ring, ring[0])
    if len(set(ring)) < _RING:
        _refuse("has a ring of fewer than three corners.", "Draw an area.")
    return ring


def _position(pair: Any) -> Position:
    numbers = isinstance(pair, (list, tuple)) and len(pair) in {2, 3}
    if not numbers or not all(type(part) in {int, float} for part in pair):
        _refuse("holds something that is no [longitude, latitude].", "Give pairs of numbers.")
    x, y = (float(part) if abs(part) < 1e9 else math.inf for part in pair[:2])  # noqa: PLR2004 - no degree
    if not (abs(x) <= _EDGE[0] and abs(y) <= _EDGE[1]):
        _refuse(f"{x:g}, {y:g} is not on the globe.",
                "Give degrees in EPSG:4326, longitude first.")  # fmt: skip
    return x, y


def _whole(areas: Areas) -> None:
    found = shape(areas)
    if not found.is_valid:
        _refuse(f"is no valid area: {shapely.is_valid_reason(found)}.", "Draw it without crossing.")
    west, _, east, _ = found.bounds
    if east - west > _EDGE[0]:
        _refuse("is wider than half the globe.", "Split it at the 180th meridian.")
