"""Sunlight on rasters and buildings: time, memory, error against every hour, beside GRASS r.sun.

The surface model is a tile of Gothenburg (1 m), mirrored and repeated to the size that is asked for.
GRASS GIS is timed if it is installed (Debian: apt install grass-core).
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.transform import Affine

from layers import weather
from tests.bench.frame import Row, at_most, data, measured
from twin.energy import irradiance, sun_bins, zones
from twin.energy.facade_sun import LOWEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from twin.energy.facade_sun import Sky

    Floats = NDArray[np.float64]
    Horizon = Callable[[float], NDArray[np.float32]]

PLACE = (57.7, 11.97)
ALBEDO, RADIUS, SECTORS = 0.2, 7.3e6, 36
FINE = 180
"""Azimuths of the sky that every hour is held against."""

DAYS = (17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344)
"""Day that stands for each month (Klein 1977)."""

IMPORTS = """
import numpy as np
from tests.bench import _buildings_solar as bench
from layers import weather
from twin.energy import irradiance, sun_bins, zones
year = weather.hourly(weather.nearest(*bench.PLACE)).dataset
bench.light(bench.town(64), zones.weather(year).sun, threads=1)
heights = bench.town({side})
"""
WORK = "found = bench.light(heights, zones.weather(year).sun, threads={threads})"
BUILDINGS = """
import geopandas as gpd, numpy as np, pandas as pd, shapely, xarray as xr
from layers import tables
from twin.energy import shading
rng = np.random.default_rng(7)
count = {count}
centre = rng.uniform(0, 30 * np.sqrt(count), (count, 2))
shapes = shapely.box(*(centre - rng.uniform(4, 8, (count, 2))).T, *(centre + rng.uniform(4, 8, (count, 2))).T)
frame = pd.DataFrame({{"height": rng.uniform(3, 12, count)}}, [f"w{{n}}" for n in range(count)])
houses = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:25832")
figures = tables.figures("sun")
shading.of_buildings(houses.iloc[:50], xr.Dataset(), figures)
"""


def rows(quick: bool) -> list[Row]:
    """Time and error of rasters; time of buildings."""
    if quick:
        return [_buildings(500)]
    return [*_megapixel(), _many(), *_errors(), _buildings(14_036)]


def town(side: int) -> NDArray[np.float32]:
    """Surface model of so many rows and columns: the tile, mirrored and repeated [m]."""
    with rasterio.open(data("dem", "goteborg_DSM_KRbig.tif")) as opened:
        tile = opened.read(1).astype(np.float32)
    tile = np.block([[tile, tile[:, ::-1]], [tile[::-1], tile[::-1, ::-1]]])
    rows, columns = (-(-side // length) for length in tile.shape)
    return np.ascontiguousarray(np.tile(tile, (rows, columns))[:side, :side])


def light(heights: NDArray[np.float32], sky: Sky, threads: int | None) -> NDArray[np.float32]:
    """Light of the year on every cell [kWh/m2]."""
    year = sun_bins.of_sky(sky, SECTORS)
    ground = irradiance.Ground(heights, 1.0, RADIUS)
    return irradiance.annual(ground, year, ALBEDO, threads=threads)


def _megapixel() -> list[Row]:
    used = measured(IMPORTS.format(side=1_000), WORK.format(threads=1))
    name = "sunlight of a year on 1 megapixel at 1 m, 36 azimuths, Perez, sun and sky included"
    found = [at_most(f"{name}: CPU", used["cpu"], "s", 2.5)]
    theirs = _grass(town(1_000))
    if theirs is None:
        return [*found, Row("times faster than GRASS r.sun", 0.0, "1", peer="not installed")]
    ratio = theirs / used["cpu"]
    peer = f"GRASS r.sun, {len(DAYS)} days every half hour: {theirs:.0f} CPU s"
    return [*found, Row("times faster than GRASS r.sun", ratio, "1", ">= 80", peer, ratio >= 80)]


def _many() -> Row:
    """A hundred megapixels on all processors: the tile mirrored and repeated."""
    code = IMPORTS.format(side=10_000) + (
        "\nimport time\nbegun, used = time.perf_counter(), time.process_time()\n"
        + WORK.format(threads=None)
        + "\n"
        "import resource\nwall = time.perf_counter() - begun\n"
        "print(time.process_time() - used, wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    cpu, wall, memory = map(float, done.stdout.split()[-3:])
    load = os.getloadavg()[0]
    name = f"100 megapixels (the tile mirrored and repeated), wall; {cpu:.0f} CPU s, {memory:.1f} GB of 4, load {load:.1f}"
    return Row(name, wall, "s", "<= 150 s, <= 4 GB", "", wall <= 150.0 and memory <= 4.0)


def _errors() -> list[Row]:
    """The tile itself against every hour under a sky of 180 azimuths."""
    with rasterio.open(data("dem", "goteborg_DSM_KRbig.tif")) as opened:
        heights = opened.read(1).astype(np.float32)[:160, :160].copy()
    sky = zones.weather(weather.hourly(weather.nearest(*PLACE)).dataset).sun
    ground = irradiance.Ground(heights, 1.0, RADIUS)
    ours = light(heights, sky, None)
    truth = by_hours(heights, sky, lambda azimuth: irradiance.horizon(ground, azimuth))
    error = np.sqrt(np.mean((ours - truth) ** 2)) / truth.mean()
    name = f"sunlight of a year against {FINE} azimuths hour by hour: RMSE"
    return [at_most(name, float(error) * 100.0, "%", 1.0)]


def by_hours(heights: NDArray[np.float32], sky: Sky, horizon: Horizon) -> Floats:
    """Light on every cell, each moment of the year for itself [kWh/m2]."""
    down, right = np.gradient(heights.astype(float))
    up = 1.0 / np.sqrt(1.0 + down**2 + right**2)
    east, north = -right * up, down * up
    beam = sky.up * (sky.dni + sky.dhi * sky.around / np.maximum(sky.height, LOWEST)) / 1000.0
    sector = np.floor(sky.azimuth / (2 * np.pi) * FINE).astype(int) % FINE
    total, share, band = (np.zeros(heights.shape) for _ in range(3))
    for number in range(FINE):
        azimuth = 2 * np.pi * (number + 0.5) / FINE
        hidden = np.radians(horizon(np.degrees(azimuth)).astype(float))
        ahead = east * np.sin(azimuth) + north * np.cos(azimuth)
        low = np.maximum(hidden, np.arctan2(np.maximum(-ahead, 0.0), up))
        share += ahead * (np.pi / 4 - low / 2 - np.sin(2 * low) / 4) + up * np.cos(low) ** 2 / 2
        band += np.maximum(ahead, 0.0) * np.maximum(1.0 - hidden / sun_bins.BAND, 0.0)
        rise = np.tan(hidden)
        for at in zip(*np.nonzero((sector == number) & (beam > 0.0)), strict=True):
            turn, across, height = sky.azimuth[at], sky.across[at], sky.height[at]
            cosine = (east * np.sin(turn) + north * np.cos(turn)) * across + up * height
            total += np.where((height > rise * across) & (cosine > 0.0), beam[at] * cosine, 0.0)
    share, band = share * 2.0 / FINE, band * np.pi / FINE
    year = sun_bins.of_sky(sky, SECTORS)
    return np.asarray(
        total + year.even * share + year.bright * band + year.level * ALBEDO * (1.0 - share)
    )


def _buildings(count: int) -> Row:
    used = measured(
        BUILDINGS.format(count=count),
        "found = shading.of_buildings(houses, xr.Dataset(), figures, threads=1)",
    )
    return at_most(
        f"horizon and sky of {count:,} buildings, 9 faces each: CPU", used["cpu"], "s", 10.0
    )


def _grass(heights: NDArray[np.float32]) -> float | None:
    """CPU seconds of r.sun for the days that stand for the months, None if it is not installed."""
    if shutil.which("grass") is None:
        return None
    days = " ".join(map(str, DAYS))
    script = (
        "r.in.gdal -o --quiet input={path} output=dsm && g.region raster=dsm && "
        "r.slope.aspect --quiet elevation=dsm slope=slope aspect=aspect && "
        f"for day in {days}; do r.sun --quiet --overwrite elevation=dsm slope=slope aspect=aspect "
        "linke_value=3 step=0.5 day=$day glob_rad=sun nprocs=1 || exit 1; done"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dsm.tif"
        profile = {"driver": "GTiff", "width": heights.shape[1], "height": heights.shape[0], "count": 1,
                   "dtype": "float32", "crs": "EPSG:3007", "transform": Affine(1, 0, 147_720, 0, -1, 6_398_780)}  # fmt: skip
        with rasterio.open(path, "w", **profile) as opened:
            opened.write(heights, 1)
        command = [
            "grass",
            "--tmp-location",
            str(path),
            "--exec",
            "bash",
            "-c",
            script.format(path=path),
        ]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        return None
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
