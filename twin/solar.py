"""Maps of sunlight: the annual irradiation of a City as a raster, and a table of its roofs.

The surface is that of the City's grid where it was measured; else the ground of the grid, or level
ground, with the buildings as blocks on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import rasterio
import xarray as xr
from rasterio.features import rasterize
from rasterio.warp import Resampling, reproject

from layers import tables
from layers.climate import sun as sunlight
from layers.rasters import Frame
from twin import arrays, folder, ground, sun, workbook
from twin.energy import irradiance, shading, sun_bins, zones
from twin.energy.citations import PEREZ
from twin.errors import NotComputedError
from twin.languages import ENGLISH
from twin.states import standing

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.city import City

UNIT: Final = "kWh m-2"
NAME: Final = "irradiation"
HEADS: Final = {
    "tilt": "tilt [deg]", "azimuth": "azimuth [deg]", "area": "area [m2]", "usable": "usable [m2]",
    "irradiation": "irradiation [kWh/m2/a]", "power": "power [kW]", "yield": "yield [kWh/a]",
}  # fmt: skip
"""Heads of the workbook, with units."""
ROUND: Final = 0.5
"""Step to which the side of a cell is rounded up [m]."""

CITATIONS: Final = (
    PEREZ,
    (
        "Dozier, J., Bruno, J., Downey, P. (1981). A faster solution to the horizon problem. "
        "Computers and Geosciences 7, 145-151."
    ),
    (
        "Zevenbergen, L. W., Thorne, C. R. (1987). Quantitative analysis of land surface "
        "topography. Earth Surface Processes and Landforms 12, 47-56."
    ),
)
NO_SUN: Final = (
    "Sunlight is not computed: the City has no hourly weather with sunlight. Build it with "
    "--weather FILE (EPW, PVGIS and others)."
)


@dataclass(frozen=True)
class Surface:
    """First surface seen from above.

    Parameters
    ----------
    frame
        Its cells.
    heights : (rows, columns) float32 [m]
        NaN where unknown.
    made_of
        What it was made of, in words.
    """

    frame: Frame
    heights: NDArray[np.float32]
    made_of: str


def surface(city: City, cell: float | None = None) -> Surface:
    """Surface of a City.

    Parameters
    ----------
    city
        With a grid of ``surface``, or of ``elevation``, or none.
    cell
        Side of a cell [m]; default: that of a measured surface, else 2 m or what the size allows.
    """
    figures = tables.figures("sun")
    measured = "surface" in city.grid
    if measured and cell is None:
        frame = ground.frame_of(city.grid)
        values = np.asarray(city.grid["surface"], np.float32)
        return Surface(frame, values, "the measured surface")
    frame = _frame(city, cell, figures)
    if measured:
        return Surface(frame, _resampled(city, "surface", frame), "the measured surface")
    blocks = _blocks(city, frame)
    if "elevation" not in city.grid:
        return Surface(frame, blocks, "level ground and buildings as blocks")
    heights = _resampled(city, "elevation", frame)
    return Surface(frame, heights + blocks, "the ground and buildings as blocks")


def _frame(city: City, cell: float | None, figures: Any) -> Frame:
    """Cells over the model area; their side is as asked for, or as the size allows."""
    west, south, east, north = city.model_area.bounds
    area = (east - west) * (north - south)
    usual = math.ceil(math.sqrt(area / figures["map.cells"]) / ROUND) * ROUND
    least = math.sqrt(area / figures["map.cells_most"])
    side = max(figures["map.cell"], usual) if cell is None else cell
    if not side >= least:
        raise NotComputedError(
            f"Cells of {side:g} m are too many for the City. Give at least {least:.1f} m."
        )
    columns, rows = (max(math.ceil(length / side), 1) for length in (east - west, north - south))
    return Frame(city.crs, west, north, side, rows, columns)


def _blocks(city: City, frame: Frame) -> NDArray[np.float32]:
    """Heights of standing buildings above the ground, the highest where several stand."""
    houses = city.buildings[standing(city.buildings)].sort_values("height", kind="stable")
    shapes = list(zip(houses.geometry, houses["height"].astype(float), strict=True))
    size = (frame.rows, frame.columns)
    if not shapes:
        return np.zeros(size, dtype=np.float32)
    found = rasterize(shapes, out_shape=size, transform=frame.transform, dtype="float32")
    return np.asarray(found, dtype=np.float32)


def _resampled(city: City, name: str, frame: Frame) -> NDArray[np.float32]:
    """Heights of the City's grid on other cells."""
    own = ground.frame_of(city.grid)
    target = np.full((frame.rows, frame.columns), np.nan, dtype=np.float32)
    reproject(
        np.asarray(city.grid[name], np.float32), target,
        src_transform=own.transform, src_crs=own.crs, src_nodata=np.nan,
        dst_transform=frame.transform, dst_crs=frame.crs, dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )  # fmt: skip
    return target


def irradiation(
    city: City,
    *,
    cell: float | None = None,
    level: bool = False,
    progress: Progress,
) -> xr.DataArray:
    """Sunlight of a year on every cell of a City.

    Parameters
    ----------
    city
        With hourly weather that has sunlight.
    cell
        Side of a cell [m]; see `surface`.
    level
        Whether all cells lie flat; else they slope as the surface does.
    progress
        Called with the stage and the share done.

    Returns
    -------
    xarray.DataArray (y, x) float32 [kWh m-2]
        By the area of each cell's own plane; attributes by the CF conventions, with the licences
        and credits of what it was made of.

    Raises
    ------
    NotComputedError
        If there is no sunlight, or the cells are too many.
    """
    if any(name not in city.climate for name in sunlight.NEEDED):
        raise NotComputedError(NO_SUN)
    figures = tables.figures("sun")
    progress("the surface", 0.0)
    top = surface(city, cell)
    year = sun_bins.of_sky(zones.weather(city.climate).sun, shading.SECTORS)
    radius = figures["earth.radius"] / (1.0 - figures["earth.refraction"])
    values = irradiance.annual(
        irradiance.Ground(top.heights, top.frame.cell, radius),
        year,
        figures["roof.albedo"],
        level=level,
        progress=progress,
    )
    about = {
        "units": UNIT,
        "long_name": "Sunlight of a year on the cell's own plane, shade included",
        "cell_methods": "time: sum",
        arrays.CRS: city.crs,
        "surface": top.made_of,
        "weather": str(city.climate.attrs.get("years", "")),
        "licence": "; ".join(city.licences),
        "attribution": "; ".join(city.attributions),
    }
    axes = {"y": top.frame.y, "x": top.frame.x}
    return xr.DataArray(values, axes, ("y", "x"), NAME, about)


def write_cog(path: Path, values: xr.DataArray) -> None:
    """Write a raster as a cloud-optimised GeoTIFF, whole or not at all.

    Parameters
    ----------
    path
        File, replaced if it is there.
    values
        Of `irradiation`; its attributes become tags.
    """
    step = float(values["x"][1] - values["x"][0]) if values.sizes["x"] > 1 else 1.0
    frame = Frame(
        str(values.attrs[arrays.CRS]),
        float(values["x"][0]) - step / 2,
        float(values["y"][0]) + step / 2,
        step,
        *values.shape,
    )
    about = {str(key): str(value) for key, value in values.attrs.items()}
    profile = {"driver": "COG", "width": frame.columns, "height": frame.rows, "count": 1,
               "dtype": "float32", "crs": frame.crs, "transform": frame.transform,
               "nodata": float("nan"), "compress": "DEFLATE", "predictor": "YES"}  # fmt: skip
    with (
        folder.plain_errors(path, "Name a place where you may write."),
        folder.new(path) as file,
        rasterio.open(file, "w", **profile) as opened,
    ):
        opened.write(values.to_numpy().astype(np.float32), 1)
        opened.update_tags(**about)
        opened.set_band_description(1, about["long_name"])
        opened.set_band_unit(1, about["units"])


def write_table(path: Path, planes: pd.DataFrame, language: str = ENGLISH) -> None:
    """Write the table of roofs as CSV and beside it as XLSX, each whole or not at all.

    Parameters
    ----------
    path
        The CSV file.
    planes
        Of `roofs`.
    language
        Of the workbook, one of `twin.languages.known`.
    """
    shown = planes.round({"tilt": 1, "azimuth": 1, "area": 1, "usable": 1, "irradiation": 1,
                          "power": 2, "yield": 0})  # fmt: skip
    with folder.plain_errors(path, "Name a place where you may write."):
        folder.write(path, shown.to_csv(index=False, lineterminator="\r\n").encode())
        sheets = workbook.spoken({"roofs": shown.rename(columns=HEADS)}, language)
        folder.write(path.with_suffix(".xlsx"), workbook.workbook(sheets))


def roofs(city: City, found: sun.Sun) -> pd.DataFrame:
    """Planes of all roofs inside the boundary, one row each.

    Parameters
    ----------
    city
        The City.
    found
        What the domain `sun` made of it.

    Returns
    -------
    pandas.DataFrame
        building, plane, tilt and azimuth [deg], area and usable [m2], irradiation [kWh/m2/a],
        power [kW], yield [kWh/a], source (grades.csv). Light and electricity are missing without
        hourly weather.
    """
    planes, made = found.planes, found.photovoltaics
    index = found.shading.index
    unknown = np.full(len(planes), np.nan)
    frame = pd.DataFrame({
        "building": index.to_numpy()[planes.building],
        "tilt": planes.tilt,
        "azimuth": planes.azimuth,
        "area": planes.area,
        "usable": planes.usable,
        "irradiation": unknown if made is None else made.light,
        "power": unknown if made is None else made.power,
        "yield": unknown if made is None else made.made,
        "source": planes.source,
    })  # fmt: skip
    frame.insert(1, "plane", frame.groupby("building").cumcount() + 1)
    inside = city.buildings["inside"].reindex(frame["building"]).to_numpy(dtype=bool)
    return frame[inside].reset_index(drop=True)
