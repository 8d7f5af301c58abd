"""Terrain: numbers arrive where they belong, gaps stay gaps, and strangers' files do no harm."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine, rowcol

from layers import terrain
from layers.errors import InputError
from tests.layers.test_rasters import NORTH, UTM, WEST, plane

if TYPE_CHECKING:
    from collections.abc import Callable


def tif(path: Path, values: np.ndarray[Any, Any] | None = None, **profile: Any) -> Path:
    values = plane() if values is None else values
    bands = values if values.ndim == 3 else values[None]
    said = {
        "driver": "GTiff", "crs": UTM, "transform": Affine(10, 0, WEST, 0, -10, NORTH),
        "dtype": values.dtype, "count": len(bands), "height": bands.shape[1],
        "width": bands.shape[2],
    } | profile  # fmt: skip
    with rasterio.open(path, "w", **{key: value for key, value in said.items() if value}) as out:
        out.write(bands)
    return path


def netcdf(path: Path, **attributes: Any) -> Path:
    values = plane(20, 30)
    dataset = xr.Dataset(
        {"z": (("lat", "lon"), values[::-1], attributes)},
        {
            "lat": ("lat", 47.0 + 0.01 * np.arange(20), {"units": "degrees_north"}),
            "lon": ("lon", 9.0 + 0.01 * np.arange(30), {"units": "degrees_east"}),
        },
    )
    dataset.to_netcdf(path, engine="scipy")
    return path


def hgt(path: Path, void: bool = False) -> Path:
    tile = np.arange(1201)[::-1, None] + np.arange(1201)[None, :] ** 2 % 1999
    tile[0, 0] = -32768 if void else tile[0, 0]
    path.write_bytes(tile.astype(">i2").tobytes())
    return path


def test_a_geotiff_comes_as_it_is_with_its_gaps_and_its_provenance(tmp_path: Path) -> None:
    values = plane()
    values[3, 4] = -9999
    values[5, 6] = np.nan
    found = terrain.read(tif(tmp_path / "dem.tif", values, nodata=-9999), licence="CC0-1.0")
    gaps = np.argwhere(np.isnan(found.values)).tolist()
    assert gaps == [[3, 4], [5, 6]]
    np.testing.assert_array_equal(found.values[0], plane()[0])
    assert found.crs.to_epsg() == 25832
    assert found.bounds == (WEST, NORTH - 400, WEST + 500, NORTH)
    source = found.source
    assert (source.origin, source.licence, len(source.digest)) == ("dem.tif", "CC0-1.0", 64)
    assert (source.rows_in, source.rows_kept, source.rows_refused) == (2000, 1998, 2)


def test_scale_and_offset_of_whole_numbers_are_applied(tmp_path: Path) -> None:
    path = tif(tmp_path / "dem.tif", np.array([[1, 2], [3, 4]], "int16"))
    with rasterio.open(path, "r+") as opened:
        opened.scales, opened.offsets = (0.1,), (100.0,)
    np.testing.assert_allclose(terrain.read(path).values, [[100.1, 100.2], [100.3, 100.4]])


def test_only_the_part_over_the_place_is_read(tmp_path: Path) -> None:
    path = tif(tmp_path / "dem.tif", np.arange(250_000, dtype="float32").reshape(500, 500))
    bounds = rasterio.warp.transform_bounds(UTM, "EPSG:4326", WEST + 1000, NORTH - 2000,
                                            WEST + 1200, NORTH - 1900)  # fmt: skip
    part = terrain.read(path, bounds=bounds)
    row, column = rowcol(part.transform, WEST + 1105, NORTH - 1955)
    assert part.values[row, column] == 195 * 500 + 110
    assert part.values.size < 30 * 20


def test_an_srtm_tile_is_placed_by_its_name_with_its_voids(tmp_path: Path) -> None:
    found = terrain.read(hgt(tmp_path / "N47E009.hgt", void=True))
    row, column = rowcol(found.transform, 9.5, 47.25)
    assert found.values[row, column] == 300 + 600**2 % 1999
    assert np.argwhere(np.isnan(found.values)).tolist() == [[0, 0]]


def test_gdal_places_an_srtm_tile_alike(tmp_path: Path) -> None:
    path = hgt(tmp_path / "S31W052.hgt")
    with rasterio.open(path, driver="SRTMHGT") as opened:
        expected, transform = opened.read(1), opened.transform
    found = terrain.read(path)
    np.testing.assert_array_equal(found.values, expected)
    np.testing.assert_allclose(found.transform[:6], transform[:6], atol=1e-12)


def test_a_zipped_tile_is_unpacked_by_count(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "N47E009.hgt.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.write(hgt(tmp_path / "N47E009.hgt"), "N47E009.hgt")
    whole = terrain.read(tmp_path / "N47E009.hgt").values
    packed = terrain.read(tmp_path / "N47E009.hgt.zip")
    np.testing.assert_array_equal(packed.values, whole)
    assert packed.source.origin == "N47E009.hgt.zip"


def test_a_classic_netcdf_is_turned_north_up(tmp_path: Path) -> None:
    found = terrain.read(netcdf(tmp_path / "dem.nc", units="m"))
    np.testing.assert_array_equal(found.values, plane(20, 30))
    assert found.crs.to_epsg() == 4326
    assert found.bounds == pytest.approx((8.995, 46.995, 9.295, 47.195))


# Bad input.


def text(content: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def vrt(path: Path) -> Path:
    """A virtual raster that would read another file."""
    tif(path.with_name("secret.tif"))
    path.write_text(
        '<VRTDataset rasterXSize="50" rasterYSize="40"><VRTRasterBand dataType="Float32" band="1">'
        '<SimpleSource><SourceFilename relativeToVRT="1">secret.tif</SourceFilename>'
        "</SimpleSource></VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    return path


def cut(path: Path) -> Path:
    tif(path, np.random.default_rng(1).normal(size=(400, 400)))
    path.write_bytes(path.read_bytes()[:5000])
    return path


def lying(path: Path) -> Path:
    """Tags that promise 2^31 columns."""
    tif(path)
    content = bytearray(path.read_bytes())
    at = content.index(struct.pack("<HHI", 256, 3, 1))
    content[at : at + 12] = struct.pack("<HHII", 256, 4, 1, 2**31 - 1)
    path.write_bytes(content)
    return path


def two(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for name in ("a.tif", "b.tif"):
            out.write(tif(path.with_name(name)), name)
    return path


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("N47E009.hgt", bytes(50_000_000))
    return path


BAD = [
    pytest.param("dem.tif", text(b""), "empty", id="empty"),
    pytest.param("dem.tif", text(b"hello"), "something else", id="text"),
    pytest.param("dem.vrt", vrt, "not read as terrain", id="vrt"),
    pytest.param("dem.tif", vrt, "something else", id="vrt named tif"),
    pytest.param("dem.nc", vrt, "something else", id="vrt named nc"),
    pytest.param("N47E009.hgt", vrt, "no SRTM tile", id="vrt named hgt"),
    pytest.param("dem.tif", cut, "damaged", id="cut off"),
    pytest.param("dem.tif", text(b"II*\x00" + b"\xff" * 200), "damaged", id="header only"),
    pytest.param("dem.tif", lying, "cells there|damaged|too large", id="lying width"),
    pytest.param("dem.tif", lambda p: tif(p, np.zeros((3, 9, 9), "uint8")), "3 bands", id="picture"),
    pytest.param("dem.tif", lambda p: tif(p, plane().astype("complex64")), "complex64", id="complex"),
    pytest.param("dem.tif", lambda p: tif(p, crs=None), "no coordinate system", id="no crs"),
    pytest.param("dem.tif", lambda p: tif(p, transform=None), "where it lies", id="no place"),
    pytest.param("dem.tif", lambda p: tif(p, transform=Affine(10, 1, 0, 1, -10, 0)), "north to south", id="rotated"),
    pytest.param("dem.tif", lambda p: tif(p, plane() * np.nan), "no number", id="all missing"),
    pytest.param("N47E009.hgt", text(b"\0" * 1000), "no SRTM tile", id="short tile"),
    pytest.param("tile.hgt", hgt, "no SRTM tile", id="tile without a name"),
    pytest.param("dem.nc", text(b"\x89HDF\r\n\x1a\n" + bytes(100)), "NetCDF-4", id="hdf5"),
    pytest.param("dem.nc", text(b"CDF\x01" + b"\xff" * 100), "damaged", id="netcdf header only"),
    pytest.param("dem.nc", lambda p: netcdf(p, units="feet"), "not metres", id="feet"),
    pytest.param("dem.zip", two, "2 rasters", id="two in a zip"),
    pytest.param("dem.zip", lambda p: p.write_bytes(b"PK\x03\x04xx") and p, "damaged", id="no zip"),
    pytest.param("N47E009.hgt.zip", bomb, "times its size", id="zip bomb"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(("name", "make", "words"), BAD)
def test_bad_files_are_refused_in_plain_words(
    tmp_path: Path, name: str, make: Callable[[Path], Path], words: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(InputError, match=words) as caught:
        terrain.read(tmp_path / name)
    assert caught.value.file == name
    assert all(fault.advice for fault in caught.value.faults)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/dem.tif", "/vsicurl/http://127.0.0.1:9/dem.tif", "/vsizip/x.zip/a.tif",
     "GTIFF_DIR:1:dem.tif", "NETCDF:dem.nc:z", "missing.tif", ".", "a\0b.tif"],
)  # fmt: skip
def test_only_local_files_are_opened(address: str) -> None:
    with pytest.raises(InputError):
        terrain.read(address)


def test_nothing_beside_the_file_is_looked_at(tmp_path: Path) -> None:
    path = tif(tmp_path / "dem.tif")
    Path(f"{path}.aux.xml").write_text(
        '<PAMDataset><GeoTransform>0,1,0,0,0,-1</GeoTransform><PAMRasterBand band="1">'
        "<NoDataValue>100.25</NoDataValue><Scale>7</Scale></PAMRasterBand></PAMDataset>",
        encoding="utf-8",
    )
    found = terrain.read(path)
    np.testing.assert_array_equal(found.values, plane())
    assert found.bounds[0] == WEST


def test_more_cells_than_allowed_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tif(tmp_path / "dem.tif")
    real = terrain.limit
    monkeypatch.setattr(terrain, "limit", lambda name: 1999 if name == "cells" else real(name))
    with pytest.raises(InputError, match="1,999 cells"):
        terrain.read(path)


def test_a_place_that_the_file_does_not_cover_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not cover the place"):
        terrain.read(tif(tmp_path / "dem.tif"), bounds=(-51.2, -30.1, -51.1, -30.0))


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("seeds")
    small = plane(8, 9)
    return {
        "dem.tif": tif(folder / "dem.tif", small, compress="deflate").read_bytes(),
        "dem.nc": netcdf(folder / "dem.nc", units="m").read_bytes(),
    }


@given(data=st.data())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_give_a_raster_or_an_input_error(
    data: st.DataObject, seeds: dict[str, bytes], tmp_path: Path
) -> None:
    name = data.draw(st.sampled_from(sorted(seeds)))
    content = bytearray(seeds[name])
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(4, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    keep = data.draw(st.integers(5, len(content)))
    (tmp_path / name).write_bytes(content[: keep if data.draw(st.booleans()) else None])
    try:
        found = terrain.read(tmp_path / name)
    except InputError:
        return
    assert found.values.dtype == np.float32
    assert np.isfinite(found.values).any()
    assert not np.isinf(found.values).any()


@pytest.mark.data
def test_the_gothenburg_tiles_lie_on_one_grid(data_dir: Path) -> None:
    surface = terrain.read(data_dir / "dem/goteborg_DSM_KRbig.tif")
    ground = terrain.read(data_dir / "dem/goteborg_DEM_KRbig.tif")
    assert surface.transform == ground.transform
    assert surface.crs.to_epsg() == 3007
    assert np.nanmedian(surface.values - ground.values) >= 0
