"""Twins for other programs: GeoPackage, GeoJSON, CSV, and street graphs for osmnx.

Every export carries the licence and the attribution of its sources; it is written under a
temporary name and gets its own name when it is whole.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd
import pyogrio
from osmnx import convert
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from layers import tables
from layers.errors import Fault, InputError
from layers.schema import silent
from layers.texts import quote_formula
from twin import columns, folder, gmns, states
from twin.city import PRIVATE, TABLES, privacy, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import networkx as nx

    from layers.schema import Progress
    from twin.city import City
    from twin.result import Result

MODES: Final = ("drive", "bicycle", "walk")

FORMATS: Final = ("gpkg", "geojson", "csv", "gmns")

GRADE: Final = "grade"
"""Column of the slope of streets, if the City has terrain; its sign follows the direction."""

LICENCE: Final = "licence"
"""Table in every export: what must be kept and shown by whoever passes it on."""

_GEOGRAPHIC: Final = "EPSG:4326"
_KINDS: Final = {"point": "Point", "line": "LineString", "polygon": "MultiPolygon"}
_RESERVED: Final = ("fid", "geom", "geometry")
_GDAL_ERRORS: Final = (
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
    ValueError,
    RuntimeError,
)


def write(
    city: City,
    path: Path | str,
    *,
    form: str = "gpkg",
    result: Result | None = None,
    tables: tuple[str, ...] = TABLES,
    private: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a City, and the figures of a run, for other programs.

    Parameters
    ----------
    city
        What to write.
    path
        GeoPackage file; for geojson and csv a folder with one file per table. Nothing that is
        there already is written over; the folder round it is made where it is missing.
    form
        gpkg, geojson (EPSG:4326, RFC 7946; tables without geometry as CSV) or csv (UTF-8; geometry
        as WKT in the City's CRS; text that a spreadsheet would run as a formula is quoted), or gmns
        (streets and zones alone, for traffic models; see `twin.gmns.network`).
    result
        Run of this City; its figures stand beside the objects.
    tables
        Tables of the City to write.
    private
        Whether to write what tells of single households too (meters, certificates, dwellings,
        columns that no contract knows); `left_out` lists it. Not for the public.
    progress
        Called with a stage and the share done.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    InputError
        If the path is taken or cannot be written, the format or a table is unknown, or the City
        names no source with a licence.
    """
    target, tell = Path(path), progress or silent
    _refuse(city, target, form, tables)
    layers = _network(city) if form == "gmns" else _layers(city, result, tables, private=private)
    writers: dict[str, Callable[[Path, str, pd.DataFrame, City], None]] = {
        "gpkg": _write_gpkg,
        "geojson": _write_geojson,
        "csv": _write_csv,
        "gmns": partial(_write_csv, encoding="utf-8"),
    }
    advice = "Check the name, the permissions and the free space of the disk."
    with folder.plain_errors(target, advice), folder.new(target) as temporary:
        if form != "gpkg":
            temporary.mkdir()
        for number, (name, frame) in enumerate(layers.items()):
            tell(f"writing {name}", number / len(layers))
            try:
                writers[form](temporary, name, frame, city)
            except _GDAL_ERRORS as error:
                reason = f"cannot be written as {form} ({error})."
                raise InputError(target, f"table {name}", reason, advice) from error
    return target


def _refuse(city: City, target: Path, form: str, tables: tuple[str, ...]) -> None:
    faults = []
    if form not in FORMATS:
        faults.append(Fault("form", f"{form!r} is not known.", f"Use {', '.join(FORMATS)}."))
    strange = [name for name in tables if name not in TABLES]
    if strange:
        faults.append(
            Fault("tables", f"{', '.join(strange)}: no such table.", f"Use {', '.join(TABLES)}.")
        )
    if target.exists():
        faults.append(Fault("", "is there already.", "Name another file, or remove it first."))
    if not city.licences:
        advice = "Build the City again from its sources."
        faults.append(Fault("sources", "name no licence, so nothing may be passed on.", advice))
    if faults:
        raise InputError.of(target, faults)


def left_out(city: City) -> dict[str, list[str]]:
    """Columns that an export for the public does not hold, by table; a whole table as ``*``."""
    found = {}
    for name in TABLES:
        columns = city.table(name).columns
        public = [column for column in columns if _is_public(name, str(column))]
        if privacy(name, str(schema(name).index.name)) == PRIVATE:
            found[name] = ["*"]
        elif len(public) < len(columns):
            found[name] = [str(column) for column in columns if column not in public]
    return {name: lost for name, lost in found.items() if lost != ["*"] or len(city.table(name))}


def _is_public(table: str, column: str) -> bool:
    return privacy(table, column) != PRIVATE or (table, column) in _derived().index


def _derived() -> pd.DataFrame:
    """Columns that the twin works out of the map beside those of the contracts."""
    return tables.load("derived_columns", "twin.data").set_index(["table", "column"])


def _layers(
    city: City, result: Result | None, tables: tuple[str, ...], *, private: bool
) -> dict[str, pd.DataFrame]:
    """Tables as they are written: ids as a column, figures beside the objects, sources last."""
    hidden = {} if private else left_out(city)
    found: dict[str, pd.DataFrame] = {}
    for name in tables:
        if hidden.get(name) == ["*"]:
            continue
        frame: pd.DataFrame = city.table(name).drop(columns=hidden.get(name, []))
        if result is not None and name in result.frames:
            frame = _with_figures(name, frame, result.frames[name])
        found[name] = _named_apart(frame.reset_index())
    if result is not None:
        found["totals"] = result.totals
    found["columns"] = dictionary(found)
    found[LICENCE] = licences(city)
    return found


def _network(city: City) -> dict[str, pd.DataFrame]:
    """Tables of GMNS, sources last."""
    return {**gmns.network(city), LICENCE: licences(city)}


def _with_figures(name: str, frame: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    unknown = figures.index.difference(frame.index)
    if len(unknown):
        some = ", ".join(map(str, unknown[:5]))
        reason = f"{len(unknown)} objects of the run are not in this City ({some})."
        raise InputError("export", name, reason, "Export the City that the run was made of.")
    twice = {column: f"{column}_run" for column in figures.columns if column in frame.columns}
    return frame.join(figures.rename(columns=twice))


def _named_apart(frame: pd.DataFrame) -> pd.DataFrame:
    """Rename columns that differ only in case, or that the format keeps for itself."""
    taken: set[str] = set(_RESERVED)
    names = []
    for column in frame.columns:
        name = str(column)
        while name.casefold() in taken and name != "geometry":
            name += "_"
        taken.add(name.casefold())
        names.append(name)
    return frame.set_axis(names, axis="columns")


def licences(city: City) -> pd.DataFrame:
    """Every source of a City with its licence and the line that must be shown.

    Columns: source, what, origin, reference_date, licence, attribution, note.
    """
    kept = ["what", "origin", "reference_date", "licence", "attribution"]
    found = city.sources[kept].rename_axis("source").reset_index()
    share_alike = found["licence"].str.contains("ODbL", na=False)
    note = share_alike.map(
        {
            True: "Share alike: whoever passes this on, changed or not, does so under this licence "
            "and shows the attribution.",
            False: "Show the attribution; ask before passing on what has no open licence.",
        }
    )
    return found.assign(note=note.astype("str"))


def attribution(city: City) -> str:
    """Line that every map, page and file made of this City must carry."""
    return "; ".join(city.attributions)


def dictionary(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tell of every column what it holds: table, column, unit, description."""
    rows = [
        (table, str(column), *_meaning(table, str(column)))
        for table, frame in frames.items()
        for column in frame.columns
    ]
    return pd.DataFrame(rows, columns=["table", "column", "unit", "description"], dtype="str")


def _meaning(table: str, column: str) -> tuple[str, str]:
    contract = schema(table) if table in TABLES else None
    if contract is not None and column in contract.names:
        return contract[column].unit, contract[column].description
    if contract is not None and column == contract.index.name:
        return contract.index.unit, contract.index.description
    described = columns.catalogue().get((table, column.removesuffix("_run")))
    if described:
        return described.unit, described.description
    rows = _derived()
    found = rows.loc[(table, column)] if (table, column) in rows.index else None
    return ("", "") if found is None else (str(found["unit"]), str(found["description"]))


def _write_gpkg(target: Path, name: str, frame: pd.DataFrame, city: City) -> None:
    pyogrio.write_dataframe(
        frame,
        target,
        driver="GPKG",
        layer=name,
        append=target.exists(),
        geometry_type=_geometry_type(name, frame),
        dataset_metadata=None if target.exists() else _metadata(city),
        layer_metadata={"ATTRIBUTION": attribution(city)},
    )


def _write_geojson(target: Path, name: str, frame: pd.DataFrame, city: City) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        _write_csv(target, name, frame, city)
        return
    pyogrio.write_dataframe(
        frame.to_crs(_GEOGRAPHIC),
        target / f"{name}.geojson",
        driver="GeoJSON",
        layer=name,
        RFC7946="YES",
        DESCRIPTION=f"{attribution(city)}; licence: {_licence_names(city)}",
    )


def _write_csv(
    target: Path, name: str, frame: pd.DataFrame, city: City, encoding: str = "utf-8-sig"
) -> None:
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = frame.geometry.to_wkt()
        frame = pd.DataFrame(frame).assign(geometry=shapes, crs=city.crs)
    plain = frame.rename(columns=quote_formula)
    for column in plain.select_dtypes("str").columns:
        plain[column] = plain[column].map(quote_formula, na_action="ignore")
    plain.to_csv(target / f"{name}.csv", index=False, encoding=encoding, lineterminator="\r\n")


def _geometry_type(name: str, frame: pd.DataFrame) -> str | None:
    if not isinstance(frame, gpd.GeoDataFrame):
        return None
    return _KINDS.get(schema(name)["geometry"].unit, "Unknown")


def _metadata(city: City) -> dict[str, str]:
    return {
        "TITLE": city.name,
        "LICENCE": _licence_names(city),
        "ATTRIBUTION": attribution(city),
        "BASE_YEAR": str(city.year),
    }


def _licence_names(city: City) -> str:
    return "; ".join(city.licences)


def osmnx_graph(city: City, mode: str) -> nx.MultiDiGraph:
    """Make the directed street graph of one mode, as osmnx uses it.

    Each street gives an edge for every direction in which the mode may use it; geometry runs in
    the direction of the edge. Removed streets stay out. Coordinates are in the City's CRS.

    Parameters
    ----------
    city
        Whose streets.
    mode
        drive, bicycle or walk.

    Returns
    -------
    networkx.MultiDiGraph
        Edge attributes: osmid (way), street (id of the City), length [m], highway, name, oneway,
        reversed, speed_kph [km/h], lanes [1], geometry, and grade [1] where the City has terrain.
        Node attributes: x, y [m], street_count, and elevation [m].

    Raises
    ------
    InputError
        If the mode is unknown or has no streets, or streets end at junctions that are not there.
    """
    if mode not in MODES:
        raise InputError(
            "osmnx graph", "mode", f"{mode!r} is not known.", "Use drive, bicycle or walk."
        )
    edges = directed(city.streets, mode)
    if edges.empty:
        reason = f"the City has no streets for {mode}."
        raise InputError("osmnx graph", "streets", reason, "Use another mode.")
    nodes = city.junctions
    ends = edges.index.get_level_values("u").union(edges.index.get_level_values("v"))
    missing = ends.difference(nodes.index)
    if len(missing):
        some = ", ".join(map(str, missing[:5]))
        reason = f"{len(missing)} junctions are missing ({some})."
        raise InputError("osmnx graph", "streets", reason, "Build the City again.")
    heights = [name for name in ("elevation",) if name in nodes]
    used = nodes.loc[nodes.index.isin(ends), ["street_count", *heights, "geometry"]]
    used = used.rename_axis("osmid").assign(x=used.geometry.x, y=used.geometry.y)
    attributes = {"crs": city.crs, "attribution": attribution(city)}
    return convert.graph_from_gdfs(used, edges, graph_attrs=attributes)


def directed(streets: gpd.GeoDataFrame, mode: str) -> gpd.GeoDataFrame:
    """Make one row per street and direction that a mode may use, indexed (u, v, key).

    Parameters
    ----------
    streets
        Table of the City.
    mode
        drive, bicycle or walk.
    """
    standing = streets[states.standing(streets)]
    forward, backward = standing[f"{mode}_forward"], standing[f"{mode}_backward"]
    with_drawing = _edges(standing, oneway=~backward)[forward]
    against = _edges(standing, oneway=~forward)[backward]
    against = against.rename(columns={"u": "v", "v": "u"}).assign(
        geometry=against.geometry.reverse(), reversed=True
    )
    if GRADE in against:
        against = against.assign(**{GRADE: -against[GRADE]})
    edges = pd.concat([with_drawing, against], ignore_index=True)
    key = edges.groupby(["u", "v"]).cumcount().rename("key")
    return edges.set_index(["u", "v", key])


def _edges(streets: gpd.GeoDataFrame, oneway: pd.Series) -> gpd.GeoDataFrame:
    names = {"from_node": "u", "to_node": "v", "way_id": "osmid"}
    kept = ["from_node", "to_node", "way_id", "length", "highway", "name", "speed_kph", "lanes"]
    kept += [GRADE] if GRADE in streets else []
    edges = streets[[*kept, "geometry"]].rename(columns=names)
    return edges.assign(street=streets.index, oneway=oneway, reversed=False)
