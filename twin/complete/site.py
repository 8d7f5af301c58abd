"""Where a place is: its CRS, country, time zone, boundary and model area."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
import tzfpy
from pyproj.exceptions import CRSError

from layers import tables
from layers.errors import Fault
from twin.area import middles
from twin.complete import defaults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

WGS84: Final = "EPSG:4326"
ETRS89_UTM: Final = 25800
WGS84_UTM_NORTH: Final = 32600
WGS84_UTM_SOUTH: Final = 32700
HALF_TURN: Final = 180
"""Bound of longitudes, twice that of latitudes [deg]."""

ZONE_WIDTH: Final = 6
"""Width of a UTM zone [deg]."""


def crs_of(longitude: float, latitude: float, country: str) -> str:
    """Metric CRS of a place: ETRS89/UTM in Europe, REGCAN95/UTM on the Canaries, else WGS84/UTM.

    ETRS89/UTM is taken where the country uses ETRS89 and the EPSG registry's area of use of the
    zone holds the place.

    Parameters
    ----------
    longitude, latitude
        Centre of the place [deg].
    country
        ISO 3166-1 alpha-2 code.
    """
    zone = utm_zone(longitude)
    rows = tables.load("etrs89_countries").set_index("country")
    if country in rows.index:
        islands = rows["islands_epsg"].fillna(0).astype(int)[country]
        for code in (ETRS89_UTM + zone, islands):
            if code and holds(f"EPSG:{code}", longitude, latitude):
                return f"EPSG:{code}"
    return f"EPSG:{(WGS84_UTM_NORTH if latitude >= 0 else WGS84_UTM_SOUTH) + zone}"


def utm_zone(longitude: float) -> int:
    """Number of the UTM zone of a longitude [deg]; the exceptions of Norway are left out."""
    return int((longitude + HALF_TURN) // ZONE_WIDTH) + 1


def holds(crs: str, longitude: float, latitude: float) -> bool:
    """Whether the EPSG registry has this CRS and its area of use holds the place [deg]."""
    try:
        area = pyproj.CRS.from_user_input(crs).area_of_use
    except CRSError:
        return False
    return (
        area is not None
        and area.west <= longitude <= area.east
        and area.south <= latitude <= area.north
    )


def crs_faults(crs: str) -> list[Fault]:
    """What is wrong with a CRS that a user chose: it must be known, projected and in metres."""
    advice = "Give a projected CRS in metres such as EPSG:25832, or leave crs out."
    try:
        parsed = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return [Fault(f"crs={crs}", "is not a known coordinate reference system.", advice)]
    if not parsed.is_projected or any(axis.unit_name != "metre" for axis in parsed.axis_info[:2]):
        return [Fault(f"crs={crs}", "is not in metres.", advice)]
    if parsed.to_epsg() is None:
        return [Fault(f"crs={crs}", "has no EPSG number.", advice)]
    return []


@cache
def country_by_zone() -> Mapping[str, str]:
    """Country of each time zone, from the zone table of the time zone database (tzdata)."""
    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes, from the country table of the time zone database (tzdata)."""
    text = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in text.splitlines() if not line.startswith("#"))


def timezone_of(longitude: float, latitude: float) -> str:
    """IANA name of the time zone at a place [deg]."""
    return str(tzfpy.get_tz(longitude, latitude))


def country_of(
    boundaries: gpd.GeoDataFrame, addresses: pd.DataFrame, longitude: float, latitude: float
) -> tuple[str, str]:
    """Country of a place and how it was found; both empty if nothing says it.

    The boundary of the state that holds the place > the country that most addresses name > the
    country of the time zone.

    Parameters
    ----------
    boundaries, addresses
        Tables as found, EPSG:4326.
    longitude, latitude
        Centre of the place [deg].
    """
    state = boundaries[boundaries["admin_level"].eq(2) & boundaries["country"].isin(countries())]
    holding = state[state.geometry.contains(shapely.Point(longitude, latitude))]
    if len(holding):
        return str(holding["country"].iloc[0]), "boundary of the state in the file"
    named = addresses["country"].dropna().str.upper()
    named = named[named.isin(countries())]
    if len(named):
        return str(named.mode().iloc[0]), "country of most addresses in the file"
    zone = country_by_zone().get(timezone_of(longitude, latitude), "")
    return zone, "country of the time zone" if zone else ""


def hull(frames: Mapping[str, gpd.GeoDataFrame]) -> Polygon | None:
    """Convex hull of all streets and buildings, or of everything if there are none of these."""
    for names in (("streets", "buildings"), tuple(frames)):
        parts = [
            shapely.get_coordinates(frames[name].geometry.to_numpy())
            for name in names
            if len(frames[name])
        ]
        if parts:
            area = shapely.MultiPoint(np.concatenate(parts)).convex_hull
            if isinstance(area, shapely.Polygon):
                return area
    return None


def metric_buffer(area: BaseGeometry, distance: float) -> BaseGeometry:
    """An area in EPSG:4326 widened by a distance [m], in EPSG:4326."""
    series = gpd.GeoSeries([area], crs=WGS84)
    return series.to_crs(series.estimate_utm_crs()).buffer(distance).to_crs(WGS84).iloc[0]


def project(area: BaseGeometry, crs: str) -> BaseGeometry:
    """An area in EPSG:4326 in the metric CRS of the City."""
    return gpd.GeoSeries([area], crs=WGS84).to_crs(crs).iloc[0]


def centre(area: BaseGeometry, crs: str) -> tuple[float, float]:
    """Longitude and latitude of the middle of an area that is given in another CRS [deg]."""
    middle = area.centroid
    to_degrees = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    longitude, latitude = to_degrees.transform(middle.x, middle.y)
    return float(longitude), float(latitude)


def swapped(area: BaseGeometry) -> BaseGeometry:
    """The same area with its axes exchanged."""
    return shapely.transform(area, lambda xy: xy[:, ::-1])


def area_faults(area: Any, data: BaseGeometry | None) -> list[Fault]:
    """What is wrong with a boundary in EPSG:4326, seen against where the data lie.

    Parameters
    ----------
    area
        Boundary that a user gave.
    data
        Hull of the data, or None if they are not read yet.
    """
    place = "boundary"
    if not isinstance(area, (shapely.Polygon, shapely.MultiPolygon)) or area.is_empty:
        return [Fault(place, "is not an area.", "Give a polygon or a multipolygon.")]
    west, south, east, north = area.bounds
    if not np.isfinite(shapely.get_coordinates(area)).all():
        return [Fault(place, "has coordinates that are not finite.", "Draw it again.")]
    if max(abs(west), abs(east)) > HALF_TURN or max(abs(south), abs(north)) > HALF_TURN / 2:
        return [
            Fault(
                place,
                f"reaches {west:g} {south:g} {east:g} {north:g}, which is not on Earth.",
                "Give longitude and latitude in degrees (EPSG:4326).",
            )
        ]
    if not area.is_valid:
        return [Fault(place, f"crosses itself: {shapely.is_valid_reason(area)}.", "Draw it again.")]
    if data is not None and not area.intersects(data):
        return [_elsewhere(area, data)]
    return []


def _elsewhere(area: BaseGeometry, data: BaseGeometry) -> Fault:
    """Say that a boundary misses the data, and whether its axes are swapped."""
    if swapped(area).intersects(data):
        return Fault(
            "boundary",
            "lies elsewhere, but on the data with its axes exchanged.",
            "Write longitude first, then latitude.",
        )
    spots = [f"{point.y:.3f} N {point.x:.3f} E" for point in (area.centroid, data.centroid)]
    return Fault(
        "boundary",
        f"lies round {spots[0]}, the data round {spots[1]}: they do not meet.",
        "Give a boundary inside the data, or data that hold the boundary.",
    )


def extent_faults(data: BaseGeometry) -> list[Fault]:
    """What is wrong with the extent of data in EPSG:4326: wider than any city."""
    west, south, east, north = data.bounds
    geod = pyproj.Geod(ellps="WGS84")
    middle = (south + north) / 2
    wide = geod.line_length([west, (west + east) / 2, east], [middle] * 3)
    high = geod.line_length([west, west], [south, north])
    most = defaults.settings()["extent.most"]
    if max(wide, high) <= most:
        return []
    return [
        Fault(
            "extent",
            f"is {wide / 1e3:.0f} km by {high / 1e3:.0f} km; a City is at most "
            f"{most / 1e3:.0f} km wide.",
            "Give a boundary that cuts out the place.",
        )
    ]


def named_boundary(
    boundaries: gpd.GeoDataFrame, name: str
) -> tuple[BaseGeometry | None, list[Fault]]:
    """The administrative boundary of a name, or what is wrong with the name.

    Parameters
    ----------
    boundaries
        Table as found.
    name
        Name or id (``r1155955``) of a boundary; upper and lower case are the same.
    """
    wanted = name.strip().casefold()
    by_name = boundaries["name"].fillna("").str.casefold() == wanted
    hits = boundaries[by_name | (boundaries.index.str.casefold() == wanted)]
    if len(hits) == 1:
        return hits.geometry.iloc[0], []
    if len(hits):
        return None, [
            Fault(
                f"boundary={name}",
                f"names {len(hits)} boundaries: {_list(hits)}.",
                "Give the id of one of them.",
            )
        ]
    known = _list(boundaries.dropna(subset=["name"])) or "none"
    return None, [
        Fault(
            f"boundary={name}",
            f"is not in the file. Boundaries there: {known}.",
            "Give one of these names, an id, an area or a file.",
        )
    ]


def _list(boundaries: pd.DataFrame, most: int = 30) -> str:
    """Names of boundaries with id and level, in words."""
    rows = boundaries.sort_values(["admin_level", "name"]).head(most)
    words = [
        f"{row.name} (id {row.Index}"
        + (f", level {row.admin_level:g})" if row.admin_level else ")")
        for row in rows.fillna({"admin_level": 0.0}).itertuples()
    ]
    more = len(boundaries) - len(rows)
    return ", ".join(words) + (f" and {more} more" if more > 0 else "")


def population_of(
    boundaries: gpd.GeoDataFrame, boundary: BaseGeometry, overlap: float
) -> tuple[float, str] | None:
    """Tagged population of the administrative area that is the boundary, and its id.

    Parameters
    ----------
    boundaries
        Table in the CRS of the boundary.
    boundary
        What is counted and reported [m].
    overlap
        Intersection over union from which both count as the same area [1].
    """
    known = boundaries[boundaries["population"].gt(0)]
    known = known[known.geometry.intersects(boundary)]
    if known.empty:
        return None
    shared = known.geometry.intersection(boundary).area
    same = shared / (known.geometry.area + boundary.area - shared)
    if same.max() < overlap:
        return None
    best = same.idxmax()
    return float(known.loc[best, "population"]), str(best)


def inside(frame: gpd.GeoDataFrame, area: BaseGeometry, touch: bool = False) -> pd.Series:
    """Whether objects lie inside an area: by their middle, or by any part if `touch`."""
    if touch:
        return frame.geometry.intersects(area).astype(bool)
    shapely.prepare(area)
    spots = middles(frame.geometry.to_numpy())
    return pd.Series(shapely.intersects(area, spots), frame.index, dtype=bool)
