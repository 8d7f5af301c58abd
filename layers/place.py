"""Read a place online: osmnx finds its outline and downloads it; the tables are those of `osm`.

osmnx (G. Boeing, Computers, Environment and Urban Systems 65, 2017) asks Nominatim and Overpass and
caches each answer. The raw elements of the answer are written as a small OpenStreetMap file and go
through the same assembly as every other file. The live services are not part of the tests.
"""

from __future__ import annotations

import hashlib
import json
import socket
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import osmium
import osmnx
import requests
import shapely
from osmium.osm import mutable
from osmnx import _errors as osmnx_errors
from pyproj import Geod

from layers import assembly, classification, fetch
from layers import objects as ob
from layers.assembly import Origin
from layers.errors import FetchError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from layers.schema import Found

NOMINATIM: Final = "https://nominatim.openstreetmap.org/"
OVERPASS: Final = "https://overpass-api.de/api"
NOT_ASKED: Final = frozenset({"boundary", "type", "restriction:conditional"})
"""Keys that would bring whole countries, or that say nothing alone."""

CORNERS: Final = 4
"""Numbers of a bounding box [1]."""

FAULTS: Final = (
    requests.RequestException,
    osmnx_errors.InsufficientResponseError,
    osmnx_errors.ResponseStatusCodeError,
    OSError,
    KeyError,
    ValueError,
    TypeError,
)
"""What osmnx raises when a service gives no usable answer."""


def read(
    query: str | tuple[float, float, float, float] | BaseGeometry,
    *,
    boundary: BaseGeometry | None = None,
    nominatim_url: str = NOMINATIM,
    overpass_url: str = OVERPASS,
    cache: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Found:
    """Read a place from OpenStreetMap's services into tables as found, in EPSG:4326.

    Parameters
    ----------
    query
        Name of a place ("Albertslund, Denmark"), a box (west, south, east, north) or an area
        [degrees, EPSG:4326].
    boundary
        Only objects that meet it are kept [degrees]; None stands for the outline of the place.
    nominatim_url, overpass_url
        Services to ask; others than the public ones must be named by the user.
    cache
        Folder for answers; by default in the user's cache folder.
    progress
        Called with a stage in plain words and the share done.

    Returns
    -------
    Found
        The tables of `osm.read`; boundaries holds the outline of the place alone.

    Raises
    ------
    FetchError
        If a service cannot be reached or gives no usable answer.
    InputError
        If the place has no outline, is too large, or holds nothing.
    """
    tell = progress or (lambda _stage, _share: None)
    folder = cache or fetch.cache_folder("places")
    with _services(nominatim_url, overpass_url):
        tell("finding the place", 0.0)
        area, outline = _area(query, folder / "nominatim")
        name = query if isinstance(query, str) else "area"
        _check_area(area, name)
        tell("downloading", 0.1)
        answers = [_download(part, folder, overpass_url, name) for part in shapely.get_parts(area)]
    tell("reading", 0.5)
    found = _tables(answers, name, area if boundary is None else boundary)
    tell("reading", 1.0)
    return replace(found, tables={**found.tables, "boundaries": outline})


@contextmanager
def _services(nominatim_url: str, overpass_url: str) -> Iterator[None]:
    """Point osmnx to the services; its settings and the name lookup are restored afterwards."""
    settings = osmnx.settings
    kept = {key: value for key, value in vars(settings).items() if not key.startswith("_")}
    lookup = socket.getaddrinfo
    try:
        settings.nominatim_url, settings.overpass_url = nominatim_url, overpass_url
        settings.overpass_rate_limit = overpass_url == OVERPASS
        settings.doh_url_template = None  # no third party learns which host is asked
        settings.use_cache = True
        settings.log_console = settings.log_file = False
        settings.max_query_area_size = float("inf")  # one question per part, so none is lost
        yield
    finally:
        for key, value in kept.items():
            setattr(settings, key, value)
        socket.getaddrinfo = lookup


def _area(query: Any, folder: Path) -> tuple[BaseGeometry, gpd.GeoDataFrame]:
    """Area to download, and the table of boundaries with the outline of a named place."""
    if isinstance(query, str):
        return _geocoded(query, folder)
    if isinstance(query, tuple) and len(query) == CORNERS:
        query = shapely.box(*query)
    if shapely.get_dimensions(query) != 2:  # noqa: PLR2004 - a surface has two dimensions
        raise InputError("area", "", "is no area.", "Give a name, a box or a polygon.")
    return query, _boundaries([], [], [])


def _geocoded(name: str, folder: Path) -> tuple[BaseGeometry, gpd.GeoDataFrame]:
    osmnx.settings.cache_folder = folder
    try:
        row = osmnx.geocoder.geocode_to_gdf(name).iloc[0]
    except TypeError as error:
        raise InputError(
            name,
            "",
            "has no outline in OpenStreetMap.",
            "Write the name with its country, or give a box or polygon.",
        ) from error
    except FAULTS as error:
        raise _unanswered(name, "the place", error) from error
    known = "osm_type" in row and "osm_id" in row
    ids = [f"{str(row['osm_type'])[0]}{int(row['osm_id'])}"] if known else ["r0"]
    return row["geometry"], _boundaries(ids, [row["geometry"]], [str(row.get("name") or name)])


def _boundaries(ids: list[str], shapes: list[BaseGeometry], names: list[str]) -> gpd.GeoDataFrame:
    none = [np.nan] * len(ids)
    return ob.frame(
        "boundaries",
        ids,
        shapes,
        {
            "name": names,
            "admin_level": none,
            "country": none,
            "population": none,
        },
    )


def _unanswered(name: str, what: str, error: Exception) -> FetchError:
    said = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return FetchError(
        name,
        "",
        f"{what} could not be fetched ({said}).",
        "Check the connection and the name, or read a downloaded extract instead.",
    )


def _check_area(area: BaseGeometry, name: str) -> None:
    """Refuse what Overpass should not be asked for."""
    west, south, east, north = area.bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - the globe
        raise InputError(name, "", "is not in degrees of longitude and latitude.", "Use EPSG:4326.")
    size = abs(Geod(ellps="WGS84").geometry_area_perimeter(area)[0]) / 1e6
    most = ob.limit("place_area_max")
    if size > most:
        raise InputError(
            name,
            "",
            f"covers {size:,.0f} km2; online at most {most:,.0f} km2 are read.",
            "Download an extract and read the file instead.",
        )


def _download(part: BaseGeometry, folder: Path, overpass_url: str, name: str) -> dict[str, Any]:
    """Raw answer of Overpass for one polygon, from the cache if it is there.

    osmnx keeps answers as files and, told so, stops there: its documented cache-only mode.
    """
    asked: dict[str, Any] = dict.fromkeys(sorted({*classification.keys()} - NOT_ASKED), True)
    text = json.dumps([overpass_url, sorted(asked), shapely.to_wkt(part, rounding_precision=7)])
    place = folder / "overpass" / hashlib.sha256(text.encode()).hexdigest()[:32]
    osmnx.settings.cache_folder = place
    osmnx.settings.cache_only_mode = True
    try:
        osmnx.features.features_from_polygon(part, asked)
    except osmnx_errors.CacheOnlyInterruptError:
        pass
    except FAULTS as error:
        raise _unanswered(name, "the map data", error) from error
    finally:
        osmnx.settings.cache_only_mode = False
    answers = [
        json.loads(file.read_text(encoding="utf-8")) for file in sorted(place.glob("*.json"))
    ]
    if len(answers) != 1 or "elements" not in answers[0]:
        raise FetchError(
            name,
            "",
            "the server stopped before the map data were complete.",
            "Ask for a smaller place, or read a downloaded extract instead.",
        )
    return dict(answers[0])


def _tables(answers: list[dict[str, Any]], name: str, boundary: BaseGeometry) -> Found:
    with tempfile.TemporaryDirectory(prefix="twin-") as folder:
        target = Path(folder) / "place.osm.pbf"
        try:
            write(answers, target)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise _unanswered(name, "the map data", error) from error
        sums = hashlib.sha256(json.dumps(answers, sort_keys=True).encode())
        origin = Origin("Overpass API", sums.hexdigest(), what=f"OpenStreetMap, {name}")
        return assembly.read(target, "pbf", origin, boundary)


def write(answers: list[dict[str, Any]], target: Path) -> None:
    """Write Overpass answers (JSON) as one sorted OpenStreetMap file, each element once."""
    header = osmium.io.Header()
    stamps = [str(answer.get("osm3s", {}).get("timestamp_osm_base", "")) for answer in answers]
    if all(stamps):
        header.set("osmosis_replication_timestamp", min(stamps))
    found = {
        (item["type"], int(item["id"])): item for answer in answers for item in answer["elements"]
    }
    with osmium.SimpleWriter(str(target), header=header) as writer:
        for kind, add in (("node", _node), ("way", _way), ("relation", _relation)):
            for number in sorted(number for k, number in found if k == kind):
                add(writer, number, found[kind, number])


def _node(writer: osmium.SimpleWriter, number: int, item: Mapping[str, Any]) -> None:
    place = (float(item["lon"]), float(item["lat"]))
    writer.add_node(mutable.Node(id=number, location=place, tags=item.get("tags", {})))


def _way(writer: osmium.SimpleWriter, number: int, item: Mapping[str, Any]) -> None:
    writer.add_way(mutable.Way(id=number, nodes=item.get("nodes", []), tags=item.get("tags", {})))


def _relation(writer: osmium.SimpleWriter, number: int, item: Mapping[str, Any]) -> None:
    members = [(m["type"][0], int(m["ref"]), m["role"]) for m in item.get("members", [])]
    writer.add_relation(mutable.Relation(id=number, members=members, tags=item.get("tags", {})))
