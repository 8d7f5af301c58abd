"""Read people and jobs by zone: CSV of cells or points, zones of a vector file, raster of counts.

A CSV says where its rows lie by a cell code of the European grid (INSPIRE: ``1kmN3126E4321`` or
``CRS3035RES1000mN3126000E4321000``), by WKT, or by longitude and latitude of a regular grid's
centres; of such centres each stands for what is nearest to it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from layers import files, sheets, tables, terrain, texts, vectors
from layers.drops import Drops
from layers.errors import Fault, InputError
from layers.schema import Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from layers.rasters import Bounds, Raster
    from layers.sheets import Cells

COUNTS: Final = ("people", "jobs")
RASTERS: Final = frozenset({".tif", ".tiff", ".nc"})
WGS84: Final = "EPSG:4326"
EUROPE: Final = "EPSG:3035"
"""Coordinate system of the European grid."""

CELL: Final = re.compile(r"(?:CRS3035RES)?(\d+)(k?m)N(\d+)E(\d+)", re.IGNORECASE)
REACH: Final = 0.75
"""Distance to which a point stands for its surroundings, as a share of the distance to the next
point: beyond the corner of a square cell (0.71) and of a hexagon (0.58) [1]."""

HALF_TURN: Final = 180
"""Bound of longitudes, twice that of latitudes [deg]."""

LICENCE: Final = terrain.NOT_STATED
MAP: Final = "Name the columns: --map with 'theirs,ours', ours being people or jobs."


@dataclass(frozen=True)
class Population:
    """People and jobs by zone.

    Parameters
    ----------
    frame
        Index zone; columns people [people] and jobs [jobs] (missing where not stated), geometry in
        EPSG:4326: areas, or points that stand for what is nearest to them.
    reach
        How far a point's surroundings go [m]; missing for areas.
    source, drops
        Provenance; rows that were left out: reason, count, examples.
    """

    frame: gpd.GeoDataFrame
    reach: float
    source: Source
    drops: pd.DataFrame


def read(
    path: Path | str,
    *,
    bounds: Bounds | None = None,
    columns: Mapping[str, str] | None = None,
    counts: str = "people",
    crs: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    licence: str = LICENCE,
    attribution: str = "",
    reference_date: str = "",
) -> Population:
    """Read people and jobs by zone.

    Parameters
    ----------
    path
        CSV, TSV, XLSX or ODS; GPKG, GeoJSON, (zipped) SHP, GML or Parquet; GeoTIFF or NetCDF.
    bounds
        West, south, east, north of the part that is needed [deg]; a raster is read only there.
    columns
        Their column names to ours (people, jobs, longitude, latitude, cell, wkt, id).
    counts
        What a raster counts: people or jobs.
    crs, layer, encoding
        Of files that do not say.
    licence, attribution, reference_date
        What the user knows of the source.

    Raises
    ------
    InputError
        If the file cannot be used; all faults of its cells at once.
    """
    file = files.local(path)
    drops = Drops()
    if file.suffix.lower() in RASTERS:
        frame = _of_raster(terrain.read(file, bounds=bounds, crs=crs), counts)
    else:
        file = files.checked(file)
        frame = _of_table(file, columns or {}, crs, layer, encoding)
    kept = _kept(file.name, frame, drops)
    source = Source(
        "people and jobs by zone", file.name, reference_date, licence, attribution,
        files.digest(file), len(frame), len(kept), len(frame) - len(kept),
    )  # fmt: skip
    return Population(kept, _reach(kept), source, drops.frame())


def _of_raster(raster: Raster, counts: str) -> gpd.GeoDataFrame:
    """Cells that count anything, as areas."""
    if counts not in COUNTS:
        raise InputError(raster.source.origin, "", f"{texts.clip(counts)} is not counted here.",
                         "Say people or jobs.")  # fmt: skip
    row, column = np.nonzero(np.nan_to_num(raster.values) != 0)
    width, height = raster.transform.a, raster.transform.e
    west, north = raster.transform.c + column * width, raster.transform.f + row * height
    values = raster.values[row, column].astype(float)  # noqa: PD011 - the same
    data: dict[str, Any] = {name: values if name == counts else np.nan for name in COUNTS}
    names = pd.Index([f"{r}_{c}" for r, c in zip(row, column, strict=True)], dtype="str")
    shapes = shapely.box(west, north + height, west + width, north)
    return gpd.GeoDataFrame(data, geometry=shapes, index=names, crs=raster.crs).to_crs(WGS84)


def _of_table(
    file: Path, columns: Mapping[str, str], crs: str | None, layer: str | None, encoding: str | None
) -> gpd.GeoDataFrame:
    if file.suffix.lower() in sheets.TEXT | sheets.BOOKS:
        cells = sheets.read(file, encoding=encoding)
        raw = _sheet(file.name, [one for one in cells if layer in {None, one.sheet}])
        shapes = None
    else:
        found = vectors.read(file, crs=crs, layer=layer, encoding=encoding)
        raw, shapes = pd.DataFrame(found.drop(columns=found.geometry.name)), found.geometry
    named = _named(file.name, raw, columns)
    faults: list[Fault] = []
    data = {name: _numbers(named, name, raw.index, faults) for name in COUNTS}
    if shapes is None:
        shapes = _places(file.name, named, raw.index, crs, faults)
    if faults:
        raise InputError.of(file.name, faults)
    ids = named["id"].map(texts.plain) if "id" in named else pd.Series("", raw.index)
    ids = ids.where(ids.ne("") & ~ids.duplicated(keep=False), "row " + raw.index.astype(str))
    frame = gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(shapes, index=raw.index))
    return frame.set_axis(pd.Index(ids, dtype="str")).to_crs(WGS84)


def _sheet(file: str, found: list[Cells]) -> pd.DataFrame:
    """The one sheet as a table; its first row names the columns."""
    if len(found) != 1 or len(found[0].rows) < len(("header", "row")):
        raise InputError(file, "", "It is not one table with a row of headers.",
                         "Save it as CSV, or name the sheet with --sheet.")  # fmt: skip
    cells = found[0]
    header = [texts.plain(cell) for cell in cells.rows[0]]
    width = len(header)
    rows = [[*row, *[""] * width][:width] for row in cells.rows[1:]]
    return pd.DataFrame(rows, index=cells.numbers[1:], columns=header, dtype=object)


def _named(file: str, raw: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Columns by our names; one that two of theirs would fill is a fault."""
    rows = tables.load("population_columns")
    words = dict(zip(rows["theirs"], rows["ours"], strict=True))
    words |= {theirs.strip().lower(): ours for theirs, ours in columns.items()}
    ours = [words.get(str(name).strip().lower()) for name in raw.columns]
    chosen = [name for name in ours if name is not None]
    twice = sorted({name for name in chosen if chosen.count(name) > 1})
    if twice:
        raise InputError(file, "", f"Two columns say {', '.join(twice)}.", MAP)
    if not set(COUNTS) & set(chosen):
        listed = ", ".join(texts.clip(str(name)) for name in raw.columns[:20])
        raise InputError(file, "", f"No column counts people or jobs. Columns: {listed}.", MAP)
    kept = raw.loc[:, [name is not None for name in ours]]
    return kept.set_axis(chosen, axis=1)


def _numbers(raw: pd.DataFrame, name: str, index: pd.Index, faults: list[Fault]) -> pd.Series:
    """A column of numbers; empty cells are missing, others that are no number are faults."""
    if name not in raw:
        return pd.Series(np.nan, index, dtype="float64")
    mark = texts.common_mark(cell for cell in raw[name] if isinstance(cell, str))
    read_cells = [
        _number(cell, mark, f"row {row}, {name}", faults) for row, cell in raw[name].items()
    ]
    return pd.Series(read_cells, index, dtype="float64")


def _number(cell: object, mark: str, place: str, faults: list[Fault]) -> float:
    if isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool):
        return float(cell)
    if cell is None or texts.is_missing(cell):
        return math.nan
    try:
        value, unit = texts.number(str(cell), mark)
    except ValueError as error:
        faults.append(Fault(place, f"{error}.", "Correct it, or leave it empty."))
        return math.nan
    if unit:
        faults.append(Fault(place, f"{texts.clip(str(cell))} has a unit.", "Give plain counts."))
    return value


def _places(
    file: str, named: pd.DataFrame, index: pd.Index, crs: str | None, faults: list[Fault]
) -> gpd.GeoSeries:
    """Where the rows of a sheet lie; a row without a place has none and is counted later."""
    if "cell" in named:
        return gpd.GeoSeries([_cell(cell) for cell in named["cell"]], index=index, crs=EUROPE)
    system = vectors.named_crs(crs) if crs else WGS84
    if "wkt" in named:
        shapes = shapely.from_wkt([texts.plain(cell) for cell in named["wkt"]], on_invalid="ignore")
        return gpd.GeoSeries(shapes, index=index, crs=system)
    if not {"longitude", "latitude"} <= set(named):
        raise InputError(file, "", "No column says where the rows lie.",
                         "Add lon and lat, a grid cell code, or use GPKG or GeoJSON.")  # fmt: skip
    x, y = (_numbers(named, name, index, faults) for name in ("longitude", "latitude"))
    if crs is None and ((x.abs() > HALF_TURN).any() or (y.abs() > HALF_TURN / 2).any()):
        raise InputError(file, "", "Its coordinates are not degrees.",
                         "Name their coordinate system: --crs EPSG:number.")  # fmt: skip
    return gpd.GeoSeries(gpd.points_from_xy(x, y), index=index, crs=system)


def _cell(code: object) -> Any:
    """Square of a code of the European grid; None if it is none."""
    match = CELL.fullmatch(str(code).strip())
    if match is None:
        return None
    short = match[2].lower() == "km"
    side = int(match[1]) * (1000 if short else 1)
    south, west = (int(match[at]) * (side if short else 1) for at in (3, 4))
    return shapely.box(west, south, west + side, south + side)


def _kept(file: str, frame: gpd.GeoDataFrame, drops: Drops) -> gpd.GeoDataFrame:
    """Rows with a place and a count; the others are counted, negative counts refused."""
    negative = (frame[list(COUNTS)] < 0).any(axis=1) | np.isinf(frame[list(COUNTS)]).any(axis=1)
    if negative.any():
        some = ", ".join(frame.index[negative][:5])
        raise InputError(file, f"{int(negative.sum())} rows", f"count less than nothing ({some}).",
                         "Codes such as -1 for secret must be emptied first.")  # fmt: skip
    shapes = frame.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    placed = np.isin(kinds, (0, 3, 6)) & ~shapely.is_empty(shapes)
    placed &= np.isfinite(shapely.bounds(shapes)).all(axis=1)
    counted = frame[list(COUNTS)].notna().any(axis=1).to_numpy()
    for reason, rows in (("has no place", ~placed), ("counts nothing", placed & ~counted)):
        drops.lose("population", reason, frame.index[rows])
    kept = frame[placed & counted]
    if kept.empty:
        raise InputError(file, "", "No row has both a place and a count.", "Check its columns.")
    if len(set(shapely.get_type_id(kept.geometry.to_numpy()) == 0)) > 1:
        raise InputError(file, "", "It mixes points and areas.", "Give one or the other.")
    repaired = shapely.make_valid(kept.geometry.to_numpy())
    return kept.set_geometry(gpd.GeoSeries(repaired, kept.index, crs=WGS84)).rename_axis("id")


def _reach(frame: gpd.GeoDataFrame) -> float:
    """How far points stand for their surroundings [m]; missing for areas and a lone point."""
    shapes = frame.geometry
    if len(frame) == 1 or not shapes.geom_type.eq("Point").all():
        return math.nan
    metric = shapely.get_coordinates(shapes.to_crs(shapes.estimate_utm_crs()).to_numpy())
    nearest = cKDTree(metric).query(metric, k=2)[0][:, 1]
    return float(np.median(nearest[nearest > 0])) * REACH if (nearest > 0).any() else math.nan
