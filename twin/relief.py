"""Give a City its terrain: one aligned grid, slopes of streets, measured heights of buildings."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely
import xarray as xr

from layers import terrain
from layers.errors import InputError
from layers.rasters import Frame, cell_of, resample
from layers.schema import silent
from layers.terrain import NOT_STATED
from twin import arrays
from twin.ground import derived, frame_of
from twin.records import with_parameters, with_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from layers.rasters import Raster
    from twin.city import City

    Progress = Callable[[str, float], None]
    Files = Sequence[Path | str]

TITLES: Final[Mapping[str, str]] = {
    "elevation": "terrain model",
    "surface": "surface model",
    "canopy": "canopy model",
    "land_cover": "land cover",
}
"""Variables of the grid that files may give."""

RULE: Final = (
    "heights: bilinear, or the mean where the file is finer; classes: nearest, or most frequent; "
    "no number where the file has none at the centre of the cell; of several files the first counts"
)
ROUND: Final = (1.0, 2.0, 3.0, 5.0, 10.0)
"""Leading figures of the side of a cell [1]."""

SLACK: Final = 0.95
"""A cell is taken for a round side that is larger than this share of it [1]."""


@dataclass(frozen=True)
class Provenance:
    """What files cannot say of themselves: licence, line of credit, date."""

    licence: str = NOT_STATED
    attribution: str = ""
    reference_date: str = ""


def add(
    city: City,
    *,
    elevation: Files = (),
    surface: Files = (),
    canopy: Files = (),
    land_cover: Files = (),
    crs: str | None = None,
    cell: float | None = None,
    provenance: Provenance | None = None,
    progress: Progress = silent,
) -> City:
    """Put terrain files on one grid over the model area and work out what follows from them.

    With ground heights, streets get `slope.COLUMNS` and junctions ``elevation``; with surface
    heights too, buildings whose height no register and no tag says get the measured one (grade
    dsm), and what is estimated from it is completed anew.

    Parameters
    ----------
    city
        The City.
    elevation, surface, canopy, land_cover
        Files of ground heights, of heights of the first surface (roofs), of vegetation above the
        ground [m], and of land-cover codes; several files of one kind fill each other's gaps.
    crs
        Coordinate system of files that name none.
    cell
        Side of the grid's cells [m]; default: that of the finest file, as far as the size allows. A
        City that has a grid keeps its cells.
    provenance
        What the files cannot say.
    progress
        Called with a stage and the share done.

    Raises
    ------
    InputError
        If a file cannot be used or does not meet the City.
    """
    given = {"elevation": elevation, "surface": surface, "canopy": canopy, "land_cover": land_cover}
    if not any(given.values()):
        raise InputError("terrain", "", "no file was named.", "Name a GeoTIFF, .hgt or .nc file.")
    progress("reading the terrain", 0.0)
    rasters = {name: _read(city, paths, crs, provenance or Provenance())
               for name, paths in given.items() if paths}  # fmt: skip
    progress("putting the terrain on one grid", 0.3)
    frame = _frame(city, [one for found in rasters.values() for one in found], cell)
    known = city.replace(grid=_grid(city, frame, rasters))
    known = known.replace(sources=_sources(known, rasters), parameters=_parameters(known, frame))
    progress("slopes of streets, heights of buildings", 0.6)
    return derived(known) if {"elevation", "surface"} & set(rasters) else known


def _read(city: City, paths: Files, crs: str | None, said: Provenance) -> list[Raster]:
    area = gpd.GeoSeries([shapely.box(*city.model_area.bounds)], crs=city.crs).to_crs(4326)
    west, south, east, north = area.total_bounds
    bounds = (west, south, east, north)
    return [terrain.read(path, bounds=bounds, crs=crs, **vars(said)) for path in paths]


def _frame(city: City, rasters: Sequence[Raster], cell: float | None) -> Frame:
    """Cells over what the files cover of the model area, on an origin that never moves (0, 0)."""
    if city.grid.variables:
        return frame_of(city.grid)
    boxes = [_box(raster, city.crs) for raster in rasters]
    area = shapely.intersection(shapely.box(*city.model_area.bounds), shapely.union_all(boxes))
    if area.is_empty or not area.area:
        raise InputError(rasters[0].source.origin, "", "It does not cover the place.",
                         "Give the tile of the place; check its coordinate system.")  # fmt: skip
    west, south, east, north = area.bounds
    finest = min(cell_of(raster, city.crs) for raster in rasters)
    least = math.sqrt((east - west) * (north - south) / terrain.limit("grid_cells"))
    side = round_up(max(finest * SLACK, least)) if cell is None else cell
    if not side >= least:
        raise InputError("terrain", "cell", f"{side:g} m makes too many cells.",
                         f"Give at least {round_up(least):g} m.")  # fmt: skip
    west, north = math.floor(west / side) * side, math.ceil(north / side) * side
    rows, columns = math.ceil((north - south) / side), math.ceil((east - west) / side)
    return Frame(city.crs, west, north, side, rows, columns)


def _box(raster: Raster, crs: str) -> shapely.Polygon:
    """Outline of a file in the CRS of the City."""
    return gpd.GeoSeries([shapely.box(*raster.bounds)], crs=raster.crs).to_crs(crs).envelope.iloc[0]


def round_up(side: float) -> float:
    """Smallest round number that is not less: 1, 2, 3 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(side))
    return next(lead * power for lead in ROUND if lead * power >= side * (1 - 1e-9))


def _grid(city: City, frame: Frame, rasters: Mapping[str, Sequence[Raster]]) -> xr.Dataset:
    """Array of the City with the new variables, by the CF conventions."""
    crs = pyproj.CRS(frame.crs)
    contract = arrays.contract("grid")
    axes = {
        axis: (axis, values, {"units": "m", "axis": axis.upper(),
                              "standard_name": f"projection_{axis}_coordinate"})
        for axis, values in (("y", frame.y), ("x", frame.x))
    }  # fmt: skip
    made = {}
    for name, found in rasters.items():
        values = _merged(found, frame, classes=name == "land_cover")
        if not np.isfinite(values).any():
            raise InputError(found[0].source.origin, "", "It holds no number at the place.",
                             "Check its coordinate system and its gaps.")  # fmt: skip
        about = {"units": contract[name].unit, "long_name": contract[name].description}
        made[name] = (("y", "x"), values, about | {"grid_mapping": "spatial_ref"})
    old = {name: (each.dims, each.to_numpy(), each.attrs) for name, each in city.grid.items()}
    whole: dict[str, Any] = {str(name): each for name, each in (old | made).items()}
    about = {"Conventions": "CF-1.11", arrays.CRS: frame.crs, "resampling": RULE}
    return xr.Dataset(whole, axes | {"spatial_ref": ((), 0, crs.to_cf())}, about)


def _merged(found: Sequence[Raster], frame: Frame, *, classes: bool) -> Any:
    """Files on the grid; the first with a number counts."""
    values = resample(found[0], frame, classes=classes)
    for raster in found[1:]:
        values = np.where(np.isnan(values), resample(raster, frame, classes=classes), values)
    return values


def _sources(city: City, rasters: Mapping[str, Sequence[Raster]]) -> pd.DataFrame:
    """Sources of the City with a row for each file; those of the same variable before give way."""
    rows = {
        name if number == 0 else f"{name}.{number + 1}": vars(
            replace(raster.source, what=TITLES[name])
        )
        for name, found in rasters.items()
        for number, raster in enumerate(found)
    }
    old = city.sources
    old = old[~old.index.str.split(".").str[0].isin(list(rasters))]
    return with_sources(old, rows)


def _parameters(city: City, frame: Frame) -> pd.DataFrame:
    """Parameters of the City with those of its grid."""
    cell = (f"{frame.cell:g}", "m", "calculated")
    rows = {"grid.cell": cell, "grid.rule": (RULE, "", "default")}
    return with_parameters(city.parameters, rows)
