"""Read terrain, surface and land cover: GeoTIFF and COG, SRTM .hgt(.zip), NetCDF (classic).

One driver per name, chosen before GDAL sees the file and never by its content, and nothing beside
the file is looked at: a virtual raster (VRT) that would make GDAL open other files or addresses is
refused. SRTM files are read as the plain numbers they are (USGS, SRTM Topo: big-endian 16 bit,
-32768 is a void, named by their south-western corner); NetCDF by SciPy. NetCDF-4 is HDF5, which may
keep its numbers in other files, and is refused.
"""

from __future__ import annotations

import math
import re
import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import rasterio
import rasterio.errors
import rasterio.warp
import rasterio.windows
import xarray as xr
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.transform import Affine
from rasterio.windows import Window, from_bounds

from layers import archive, files, tables, vectors
from layers.errors import InputError
from layers.rasters import Raster
from layers.schema import Source
from layers.texts import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from layers.rasters import Bounds

WGS84: Final = "EPSG:4326"
SIGNATURES: Final[Mapping[str, tuple[bytes, ...]]] = {
    ".tif": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ".nc": (b"CDF\x01", b"CDF\x02"),
    ".zip": (b"PK\x03\x04",),
}
"""First bytes that a file of such a name has."""

SAME: Final[Mapping[str, str]] = {".tiff": ".tif"}
HDF5: Final = b"\x89HDF"
USE: Final = "Use GeoTIFF (.tif), SRTM (.hgt, .hgt.zip) or classic NetCDF (.nc)."
METRES: Final = frozenset({"", "m", "metre", "meter", "metres", "meters", "1", "none"})

SRTM_NAME: Final = re.compile(r"([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)
SRTM_SIDES: Final[Mapping[int, int]] = {2 * side * side: side for side in (1201, 3601)}
"""Bytes of a file to its rows: 3 and 1 arc seconds [1]."""

NOT_STATED: Final = "not stated"

SRTM_VOID: Final = -32768

LOOK_AT_NOTHING_ELSE: Final = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_SKIP": "VRT GTI HTTP WMS WCS WMTS",
    "GDAL_CACHEMAX": 256,
    "GTIFF_HAVE_VIRTUAL_MEM_IO": "NO",
}
"""Settings of GDAL: no files beside the one that is named, no drivers that follow references."""

EVEN: Final = 1e-3
"""Largest unevenness of the axes of a NetCDF file, as a share of a cell [1]."""

BROKEN: Final = (rasterio.errors.RasterioError, rasterio.errors.CRSError, CRSError, *vectors.BROKEN,
                 AssertionError, ZeroDivisionError, EOFError, SystemError)  # fmt: skip


def read(
    path: Path | str,
    *,
    bounds: Bounds | None = None,
    crs: str | None = None,
    variable: str | None = None,
    licence: str = NOT_STATED,
    attribution: str = "",
    reference_date: str = "",
) -> Raster:
    """Read the part of a raster that covers an area.

    Parameters
    ----------
    path
        .tif, .tiff, .hgt, .nc, or a .zip with one of them.
    bounds
        West, south, east, north of the area [deg, EPSG:4326]; None reads all.
    crs
        Coordinate system, if the file names none.
    variable
        Variable of a NetCDF file with several.
    licence, attribution, reference_date
        Provenance that the file cannot say.

    Raises
    ------
    InputError
        If it is damaged, in disguise, too large, not in metres, names no coordinate system, does
        not meet the area or holds no number there.
    """
    found = files.local(path)
    try:
        with _quiet(), _plain_file(found) as (inner, suffix):
            raster = _READERS[suffix](inner, bounds, crs, variable)
    except InputError as error:
        raise InputError.of(found.name, error.faults) from error
    except BROKEN as error:
        raise InputError(found.name, "", "The file is damaged.", "Export it again.") from error
    known = int(np.isfinite(raster.values).sum())
    if known == 0:
        raise InputError(found.name, "", "It holds no number there.", "Check that it is complete.")
    source = Source(
        what="raster",
        origin=found.name,
        reference_date=reference_date,
        licence=licence,
        attribution=attribution,
        digest=files.digest(found),
        rows_in=raster.values.size,
        rows_kept=known,
        rows_refused=raster.values.size - known,
    )
    return replace(raster, source=source)


def limit(name: str) -> int:
    """Bound of ``terrain_limits.csv`` by name [unit of its row]."""
    return int(tables.figures("terrain_limits")[name])


@contextmanager
def _quiet() -> Iterator[None]:
    with rasterio.Env(**LOOK_AT_NOTHING_ELSE), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters of them is checked here
        yield


@contextmanager
def _plain_file(path: Path) -> Iterator[tuple[Path, str]]:
    """The file itself or the one inside its zip, and its ending, checked against its content."""
    suffix = _checked(path)
    if suffix != ".zip":
        yield path, suffix
        return
    with archive.unpacked(path, suffixes=tuple(_READERS)) as members:
        if len(members) != 1:
            raise InputError(path.name, "", f"It holds {len(members)} rasters, not one.", USE)
        yield members[0], _checked(members[0])


def _checked(path: Path) -> str:
    """Ending of a file whose first bytes fit it."""
    suffix = path.suffix.lower()
    suffix = SAME.get(suffix, suffix)
    start = files.head(path)
    if suffix == ".nc" and start.startswith(HDF5):
        raise InputError(path.name, "", "NetCDF-4 is not read: it may point to other files.",
                         "Convert it: gdal_translate in.nc out.tif (or nccopy -k classic).")  # fmt: skip
    if suffix != ".hgt" and suffix not in SIGNATURES:
        raise InputError(path.name, "", f'Files "{clip(suffix)}" are not read as terrain.', USE)
    if not start.startswith(SIGNATURES.get(suffix, (b"",))):
        raise InputError(path.name, "", f"It is named {suffix} but is something else.",
                         "Export it again, or give it the name that fits.")  # fmt: skip
    if suffix != ".tif" and path.stat().st_size > limit("file_bytes"):
        raise InputError(path.name, "", "It is too large to be read whole.", "Cut it to the city.")
    return suffix


# ---------------------------------------------------------------- GeoTIFF


def _geotiff(path: Path, bounds: Bounds | None, crs: str | None, _: str | None) -> Raster:
    with rasterio.open(path, driver="GTiff", sharing=False) as opened:
        _refuse_picture(path, opened)
        system = _system(path, crs or opened.crs)
        window = _window(path, bounds, system, opened.transform, opened.shape)
        numbers = opened.read(1, window=window, masked=True)
        scale, offset = opened.scales[0], opened.offsets[0]
        values = np.ma.filled(numbers.astype("float32") * scale + offset, np.nan)
        return Raster(_finite(values), opened.window_transform(window), system, _NO_SOURCE)


def _refuse_picture(path: Path, opened: Any) -> None:
    """One band of real numbers in metres, in blocks of bounded size, drawn to the axes."""
    if opened.count != 1 or np.dtype(opened.dtypes[0]).kind not in "iuf":
        raise InputError(path.name, "", f"It holds {opened.count} bands ({opened.dtypes[0]}).",
                         "A height or land-cover model has one band of numbers.")  # fmt: skip
    block = math.prod(opened.block_shapes[0]) * np.dtype(opened.dtypes[0]).itemsize
    if block > limit("block_bytes"):
        raise InputError(path.name, "", "It unpacks in blocks that are too large.",
                         "Write it with tiles: gdal_translate -co TILED=YES.")  # fmt: skip
    unit = str(opened.units[0] or "").strip().lower()
    _refuse_unit(path, unit)
    if opened.transform.is_identity or not math.isfinite(sum(opened.transform[:6])):
        raise InputError(path.name, "", "It does not say where it lies.", "Export it as GeoTIFF.")


def _refuse_unit(path: Path, unit: str) -> None:
    if unit not in METRES:
        raise InputError(path.name, "", f"Its unit is {clip(unit)!r}, not metres.",
                         "Convert it to metres first.")  # fmt: skip


def _window(
    path: Path, bounds: Bounds | None, crs: CRS, transform: Affine, shape: tuple[int, int]
) -> Window:
    """Rows and columns that cover the area, with one cell to spare."""
    rows, columns = shape
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        raise InputError(path.name, "", "Its rows do not run from north to south.",
                         "Warp it first: gdalwarp in.tif out.tif.")  # fmt: skip
    whole = Window(0, 0, columns, rows)
    if bounds is not None:
        inside = rasterio.warp.transform_bounds(WGS84, crs, *bounds)
        wanted = from_bounds(*inside, transform=transform)
        left, top = (max(0, math.floor(at) - 1) for at in (wanted.col_off, wanted.row_off))
        right = min(columns, math.ceil(wanted.col_off + wanted.width) + 1)
        bottom = min(rows, math.ceil(wanted.row_off + wanted.height) + 1)
        if right <= left or bottom <= top:
            raise InputError(path.name, "", "It does not cover the place.",
                             "Give the tile of the place; check its coordinate system.")  # fmt: skip
        whole = Window(left, top, right - left, bottom - top)
    if whole.width * whole.height > limit("cells"):
        raise InputError(path.name, "", f"It has more than {limit('cells'):,} cells there.",
                         "Cut it to the city, or make its cells larger.")  # fmt: skip
    return whole


def _system(path: Path, crs: Any) -> CRS:
    if crs is None:
        raise InputError(path.name, "", "It names no coordinate system.",
                         "Ask who made it, then name it: --crs EPSG:number.")  # fmt: skip
    if isinstance(crs, str):
        return vectors.named_crs(crs)
    return CRS.from_wkt(crs.to_wkt())


def _finite(values: NDArray[Any]) -> NDArray[np.float32]:
    """Numbers as float32, NaN where there is none."""
    plain = np.asarray(values, "float32")
    plain[~np.isfinite(plain)] = np.nan
    return plain


# ---------------------------------------------------------------- SRTM


def _srtm(path: Path, bounds: Bounds | None, _: str | None, __: str | None) -> Raster:
    match = SRTM_NAME.match(path.name)
    side = SRTM_SIDES.get(path.stat().st_size)
    if match is None or side is None:
        raise InputError(path.name, "", "It is no SRTM tile.",
                         "Keep the name (N47E009.hgt) and the whole file.")  # fmt: skip
    south = int(match[2]) * (1 if match[1] in "Nn" else -1)
    west = int(match[4]) * (1 if match[3] in "Ee" else -1)
    step = 1.0 / (side - 1)
    transform = Affine(step, 0, west - step / 2, 0, -step, south + 1 + step / 2)
    window = _window(path, bounds, CRS(WGS84), transform, (side, side))
    numbers = np.fromfile(path, ">i2").reshape(side, side)
    part = numbers[window.toslices()].astype("float32")
    part[part == SRTM_VOID] = np.nan
    moved = rasterio.windows.transform(window, transform)
    return Raster(part, moved, CRS(WGS84), _NO_SOURCE)


# ---------------------------------------------------------------- NetCDF


def _netcdf(path: Path, bounds: Bounds | None, crs: str | None, variable: str | None) -> Raster:
    with xr.open_dataset(path, engine="scipy", decode_times=False, cache=False) as opened:
        array = _chosen(path, opened, variable)
        _refuse_unit(path, str(array.attrs.get("units", "")).strip().lower())
        if array.size > limit("cells"):
            raise InputError(path.name, "", f"It has more than {limit('cells'):,} cells.",
                             "Cut it to the city.")  # fmt: skip
        rows, columns = (opened[str(dim)] for dim in array.dims)
        system = _system(path, crs or _netcdf_crs(opened, array, rows))
        array = array.sortby(str(rows.name), ascending=False).sortby(str(columns.name))
        transform = _transform(path, array[columns.name].to_numpy(), array[rows.name].to_numpy())
        window = _window(path, bounds, system, transform, (array.shape[0], array.shape[1]))
        moved = rasterio.windows.transform(window, transform)
        return Raster(_finite(array.to_numpy()[window.toslices()]), moved, system, _NO_SOURCE)


def _chosen(path: Path, opened: xr.Dataset, variable: str | None) -> xr.DataArray:
    """The one variable over two axes that have coordinates."""
    flat = {
        str(name): values.squeeze(drop=True)
        for name, values in opened.data_vars.items()
        if values.dtype.kind in "iuf"
    }
    fit = {
        name: values
        for name, values in flat.items()
        if values.ndim == len("yx")
        and all(dim in opened.coords for dim in values.dims)
        and variable in {None, name}
    }
    if len(fit) != 1:
        listed = ", ".join(clip(name) for name in list(flat)[:20]) or "none"
        raise InputError(path.name, "", f"It holds {len(fit)} such variables of: {listed}.",
                         "Name one that lies over two axes.")  # fmt: skip
    return next(iter(fit.values()))


def _netcdf_crs(opened: xr.Dataset, array: xr.DataArray, rows: xr.DataArray) -> str | None:
    """Coordinate system by the CF conventions: the grid mapping, or degrees north."""
    mapping = str(array.attrs.get("grid_mapping") or array.encoding.get("grid_mapping") or "")
    if mapping in opened.variables:
        said = opened[mapping].attrs
        return str(said["crs_wkt"]) if "crs_wkt" in said else CRS.from_cf(dict(said)).to_wkt()
    return WGS84 if str(rows.attrs.get("units", "")).startswith("degrees_n") else None


def _transform(path: Path, x: NDArray[Any], y: NDArray[Any]) -> Affine:
    steps = np.diff(x), -np.diff(y)
    uneven = [len(one) == 0 or np.ptp(one) > EVEN * abs(one.mean()) for one in steps]
    if any(uneven) or not np.isfinite([*x, *y]).all():
        raise InputError(path.name, "", "Its axes are not even.", "Resample it to an even grid.")
    width, height = (float(one.mean()) for one in steps)
    return Affine(width, 0, float(x[0]) - width / 2, 0, -height, float(y[0]) + height / 2)


_NO_SOURCE: Final = Source("raster", "", "", "", "", "", 0, 0, 0)
_READERS: Final[Mapping[str, Callable[[Path, Bounds | None, str | None, str | None], Raster]]] = {
    ".tif": _geotiff,
    ".tiff": _geotiff,
    ".hgt": _srtm,
    ".nc": _netcdf,
}
