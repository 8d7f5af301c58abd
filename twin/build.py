"""Sources -> City: read a place, complete it, and say of every value where it comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from layers import files, osm, vectors, weather
from layers.errors import InputError
from layers.schema import silent
from twin.city import City, schema
from twin.complete import buildings as completion
from twin.complete import cascade, defaults, lamps, request, site, streets, traits, zones
from twin.complete.request import Wish
from twin.wiring import wired

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from layers.schema import Found, Progress, Source
    from twin.complete.request import Boundary, Place, Row


POINTWISE: Final = ("junctions", "addresses", "places", "lamps", "stops", "trees", "power")
"""Tables of small objects that get `inside` and nothing else."""

OUTSIDE: Final = "outside the model area"


def from_osm(
    path: Path | str,
    *,
    name: str | None = None,
    boundary: Boundary = None,
    buffer: float | None = None,
    year: int | None = None,
    country: str | None = None,
    crs: str | None = None,
    population: float | None = None,
    progress: Progress | None = None,
) -> City:
    """Build a City of an OpenStreetMap file.

    Parameters
    ----------
    path
        .osm.pbf, .osm, .osm.gz, .osm.bz2 or .osm.zip.
    name
        Name of the City; default: of the boundary, or of the file.
    boundary
        What is counted and reported: an area in EPSG:4326, the name or id of an administrative
        boundary in the file, or a vector file. None takes the hull of the data, graded assumed.
    buffer
        Width of the ring round the boundary that is simulated too, where the data reach [m];
        default: ``ring.width`` of ``completion.csv``.
    year
        Base year [a]; default: the year of the file's reference date.
    country
        ISO 3166-1 alpha-2 code; default: found from the file or the time zone.
    crs
        Metric CRS; default: ETRS89/UTM in Europe, WGS84/UTM elsewhere.
    population
        Residents inside the boundary [people]; default: as tagged on the administrative area that
        is the boundary, else estimated from dwellings.
    progress
        Called with a stage in plain words and the share done [1].

    Raises
    ------
    InputError
        If the file, the boundary or a fact cannot be used; lists all faults at once.
    """
    wish = Wish(str(path), name, boundary, buffer, year, country, crs, population)
    return _build(wish, lambda area: osm.read(path, area), progress)


def from_place(
    name: str,
    *,
    boundary: Boundary = None,
    buffer: float | None = None,
    year: int | None = None,
    country: str | None = None,
    crs: str | None = None,
    population: float | None = None,
    progress: Progress | None = None,
    **services: Any,
) -> City:
    """Build a City of a place name, read online.

    Parameters
    ----------
    name
        Name of a place (``Albertslund, Denmark``), also the name of the City.
    boundary, year, country, crs, population, progress
        As in `from_osm`; without a boundary the outline of the place is counted.
    buffer
        Width of the ring simulated round the outline [m]; all of it is downloaded, so by default
        there is none.
    **services
        nominatim_url, overpass_url and cache of `layers.place.read`.

    Raises
    ------
    InputError
        If the place cannot be found, read or used.
    """
    from layers import place  # osmnx is slow to import and only this way needs it

    def read(_area: BaseGeometry | None) -> Found:
        found = place.read(name, **services)
        outline = found.tables["boundaries"]
        if not buffer or outline.empty:
            return found
        wide = site.metric_buffer(outline.geometry.union_all(), buffer)
        around = place.read(wide, **services)
        return replace(around, tables={**around.tables, "boundaries": outline})

    wish = Wish(name, name, boundary, buffer, year, country, crs, population, name)
    return _build(wish, read, progress)


def _build(
    wish: Wish, read: Callable[[BaseGeometry | None], Found], progress: Progress | None
) -> City:
    """Check the wish, read, place, complete and bundle; nothing is returned unless all is whole."""
    tell = progress or silent
    wish.refuse(wish.faults())
    area = _drawn(wish.boundary)
    tell("reading the map", 0.0)
    found = read(None) if area is None else _read_within(wish, read, area)
    data = site.hull(found.tables)
    if data is None:
        advice = "Give a file that covers the place."
        raise InputError(wish.origin, "", "holds no streets, buildings or other places.", advice)
    where = request.locate(wish, found, area, data)
    tell("putting the place on one metric map", 0.3)
    frames, lost = _clip(_project(found, where.crs), where.model_area)
    return _bundle(
        found, frames, lost, where, lambda stage, share: tell(stage, 0.35 + 0.65 * share)
    )


def _read_within(
    wish: Wish, read: Callable[[BaseGeometry | None], Found], area: BaseGeometry
) -> Found:
    """Read what lies in the boundary and its ring; if that is nothing, say where the data lie."""
    try:
        return read(site.metric_buffer(area, wish.ring))
    except InputError:
        data = site.hull(read(None).tables)
        wish.refuse([] if data is None else site.area_faults(area, data))
        raise


def _drawn(boundary: Boundary) -> BaseGeometry | None:
    """Area that the user drew or named a file for; None for a name and for no boundary."""
    if isinstance(boundary, BaseGeometry):
        return boundary
    if boundary is None or not request.is_file(boundary):
        return None
    shapes = vectors.read(files.checked(boundary)).to_crs(site.WGS84).geometry.dropna()
    area = shapely.union_all(shapely.make_valid(shapes.to_numpy()))
    faults = site.area_faults(area, None)
    if faults:
        raise InputError.of(str(boundary), faults)
    return area


def _project(found: Found, crs: str) -> dict[str, gpd.GeoDataFrame]:
    """All tables in the metric CRS of the City; tables without geometry as they are."""
    return {
        name: frame.to_crs(crs) if isinstance(frame, gpd.GeoDataFrame) else frame
        for name, frame in found.tables.items()
    }


def _clip(
    frames: dict[str, gpd.GeoDataFrame], area: BaseGeometry
) -> tuple[dict[str, gpd.GeoDataFrame], completion.Notes]:
    """Keep what touches the model area, with the junctions and turns that its streets need."""
    shapely.prepare(area)
    kept, lost = dict(frames), []
    for name in set(frames) - {"junctions", "turns", "boundaries"}:
        touches = site.inside(frames[name], area, touch=True)
        kept[name] = frames[name][touches]
        lost.append((name, frames[name].index[~touches]))
    ends = pd.unique(kept["streets"][["from_node", "to_node"]].to_numpy().ravel())
    kept["junctions"] = frames["junctions"][frames["junctions"].index.isin(ends)]
    turns, ids = frames["turns"], kept["streets"].index
    kept["turns"] = turns[turns["from_street"].isin(ids) & turns["to_street"].isin(ids)]
    return kept, [
        cascade.note(name, OUTSIDE, ids)
        for name, ids in sorted(lost, key=lambda item: item[0])
        if len(ids)
    ]


def _bundle(
    found: Found,
    frames: dict[str, gpd.GeoDataFrame],
    lost: completion.Notes,
    where: Place,
    tell: Progress,
) -> City:
    """Complete the tables and make the City."""
    completed, refused, doubted = _completed(frames, where, tell)
    climate, sources, rows = _weather(where)
    tell("putting the City together", 0.95)
    gone = sum(int(str(row["count"])) for row in [*lost, *refused])
    city = City.of(
        frames
        | _told_inside(frames, where.boundary)
        | completed
        | {
            "weather": climate,
            "drops": _drops(found.drops, [*lost, *refused, *doubted]),
            "sources": _sources({"osm": (found.source, gone)} | sources),
            "parameters": _parameters([*where.rows, *rows]),
        },
        name=where.name,
        crs=where.crs,
        year=where.year,
        country=where.country,
        timezone=where.timezone,
        boundary=where.boundary,
        model_area=where.model_area,
    )
    return wired(city)


def _completed(
    frames: dict[str, gpd.GeoDataFrame], where: Place, tell: Progress
) -> tuple[dict[str, gpd.GeoDataFrame], completion.Notes, completion.Notes]:
    """Completed tables; outlines that were refused; tags that were not believed."""
    figures = defaults.load(where.country)
    houses, refused = completion.prepare(frames["buildings"], figures)
    houses = houses.assign(inside=site.inside(houses, where.boundary))
    houses, doubted = completion.complete(
        houses,
        frames["places"],
        frames["land"],
        figures,
        where.year,
        where.population[0] if where.population else None,
        lambda stage, share: tell(stage, 0.7 * share),
        traits.Around(frames["streets"], frames["addresses"], frames["places"]),
    )
    tell("streets and zones", 0.75)
    town = streets.built_up(frames["streets"], houses, figures)
    roads = streets.complete(frames["streets"], town, figures, where.year)
    roads = roads.assign(inside=site.inside(roads, where.boundary), state="standing")
    roads = roads.astype({"state": "str"})
    cells, houses = zones.complete(houses, roads, frames["junctions"], where.boundary, figures)
    lit = frames["lamps"].assign(inside=site.inside(frames["lamps"], where.boundary))
    lit, strange = lamps.complete(lit, roads, figures, where.year)
    made = {"streets": roads, "buildings": houses, "zones": cells, "lamps": lit}
    return made, refused, [*doubted, *strange]


def _told_inside(
    frames: dict[str, gpd.GeoDataFrame], boundary: BaseGeometry
) -> dict[str, gpd.GeoDataFrame]:
    """Tables whose objects are only told apart: inside the boundary or in the ring round it."""
    return {
        name: frames[name].assign(inside=site.inside(frames[name], boundary, touch=name == "land"))
        for name in (*POINTWISE, "land")
    }


def _weather(where: Place) -> tuple[pd.DataFrame, dict[str, Any], list[Row]]:
    """Monthly weather of the nearest place that has any, its source and where it is from."""
    longitude, latitude = site.centre(where.boundary, where.crs)
    rows = [("latitude", latitude, "deg", "geometry"), ("longitude", longitude, "deg", "geometry")]
    try:
        near = weather.nearest(latitude, longitude)
    except InputError as error:
        return schema("weather").empty(), {}, [*rows, ("weather", str(error), "", "default")]
    return (
        near.frame,
        {"weather": (near.source, 0)},
        [
            *rows,
            ("weather", near.place, "", "substitute"),
            ("weather.distance", near.distance_km, "km", "geometry"),
            *([("weather.irradiance", near.doubt, "", "default")] if near.doubt else []),
        ],
    )


def _sources(read: dict[str, tuple[Source, int]]) -> pd.DataFrame:
    """Table of sources; what `build` itself did not keep moves from kept to refused."""
    rows = [
        {
            "id": name,
            **vars(source),
            "rows_kept": source.rows_kept - gone,
            "rows_refused": source.rows_refused + gone,
        }
        for name, (source, gone) in read.items()
    ]
    frame = pd.DataFrame(rows).set_index("id")
    counts = dict.fromkeys(("rows_in", "rows_kept", "rows_refused"), "int64")
    return frame.astype(dict.fromkeys(frame.columns, "str") | counts)


def _drops(read: pd.DataFrame, notes: completion.Notes) -> pd.DataFrame:
    """What the reader and the completion did not keep or believe."""
    columns = ["table", "reason", "count", "examples"]
    frame = pd.concat([read[columns], pd.DataFrame(notes, columns=columns)], ignore_index=True)
    frame.index = pd.RangeIndex(len(frame), name="id").astype("int64")
    return frame.astype({"table": "str", "reason": "str", "count": "int64", "examples": "str"})


def _parameters(rows: list[Row]) -> pd.DataFrame:
    """Table of what was chosen, each with its source."""
    words = [
        (name, f"{value:.9g}" if isinstance(value, float) else str(value), unit, source)
        for name, value, unit, source in rows
    ]
    frame = pd.DataFrame(words, columns=["name", "value", "unit", "source"]).set_index("name")
    return frame.astype("str")
