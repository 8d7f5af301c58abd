"""Road noise of a city: sound power of streets, levels at facades and on a grid, people exposed.

CNOSSOS-EU gives the sound power (`noise_source`), a documented simplification of it the way to the
facades (`propagation`). Where it is a country's legal method, buildings get ``lden`` and ``lnight``
and people above limits are counted. Everywhere else they get ``lden_compare`` and
``lnight_compare``: the same levels, which serve only to be subtracted from those of another plan
(the difference of two results has them in the same columns, in dB) and are held against no limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
import xarray as xr

from twin.mobility import (
    exposure,
    noise_changes,
    noise_source,
    noise_traffic,
    propagation,
)
from twin.mobility.noise_parameters import CATEGORIES
from twin.mobility.noise_streets import stretches
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.noise_changes import NoiseWarm
    from twin.mobility.noise_parameters import NoiseParameters
    from twin.mobility.noise_scene import Scene

LDEN, LNIGHT, NIGHT = "lden", "lnight", "night"
COMPARE: Final = "_compare"
"""Ending of the columns whose differences alone count."""

CITATIONS: Final = (
    (
        "Commission Directive (EU) 2015/996 establishing common noise assessment methods, as amended "
        "by Commission Delegated Directive (EU) 2021/1226."
    ),
    (
        "Kephalopoulos, Paviotti, Anfosso-Ledee 2012, Common noise assessment methods in Europe "
        "(CNOSSOS-EU), JRC Reference Report EUR 25379 EN."
    ),
    "ISO 9613-1:1993, Attenuation of sound during propagation outdoors, part 1.",
    "Directive 2002/49/EC relating to the assessment and management of environmental noise.",
    "WHO Regional Office for Europe 2018, Environmental noise guidelines for the European Region.",
)


@dataclass(frozen=True)
class NoiseRun:
    """Road noise of a city.

    Parameters
    ----------
    frame
        Index: ids of the standing heated buildings. Columns lden and lnight at the most exposed
        facade and lden_quiet at the least exposed one [dB(A)]; where CNOSSOS-EU is not the legal
        method lden_compare and lnight_compare instead. Missing where no street is heard.
    sources
        Index: ids of the streets with traffic. Columns lw_day, lw_evening and lw_night: sound
        power per metre [dB(A)/m].
    exposure
        People by bands of level inside the boundary: indicator, lower and upper [dB(A)], people;
        empty where CNOSSOS-EU is not the legal method.
    counts
        Plain numbers: points, pairs of point and street that are kept, streets
        without a speed, buildings without a level, people above limits,
        people highly annoyed and highly disturbed in their sleep (the last two groups only where
        CNOSSOS-EU is the legal method).
    limits
        What the model cannot see, in plain sentences.
    citations
        Papers behind it.
    warm
        Start for a run of a changed city.
    """

    frame: pd.DataFrame
    sources: pd.DataFrame
    exposure: pd.DataFrame
    counts: dict[str, float]
    limits: tuple[str, ...]
    citations: tuple[str, ...]
    warm: NoiseWarm


def run(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    traffic: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    land: gpd.GeoDataFrame,
    parameters: NoiseParameters,
    *,
    warm: NoiseWarm | None = None,
    threads: int | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> NoiseRun:
    """Work out the noise of road traffic at every facade of a city.

    Parameters
    ----------
    streets, junctions, buildings, land
        City tables. Streets in tunnels are not heard.
    traffic
        Index: ids of streets. Columns light_<part>, heavy_<part> [veh/h] of both directions and
        speed_<part> [km/h] for every part of a day (day, evening, night), see
        `noise_traffic.by_part`; a street
        that is not there has no traffic.
    parameters
        Figures of the country.
    warm
        Of an earlier run: the ways of sound to points around which buildings, ground and lines of
        streets are as they were are taken from it, and the result is the same to the last bit.
    threads
        Threads to use; all processors if None.
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If columns of the traffic are missing or hold values that cannot be.
    """
    own, lacking = noise_traffic.known(traffic, streets, parameters)
    powers = _powers(streets.loc[own.index], streets, junctions, own, parameters)
    sources = pd.DataFrame(
        {f"lw_{part.name}": noise_source.level(powers[:, :, number], parameters)
         for number, part in enumerate(parameters.periods)},
        index=own.index,
    )  # fmt: skip
    stand = buildings[standing(buildings)]
    found = noise_changes.ways(streets, own.index, stand, land, parameters, warm, threads, progress)
    part = _at_points(found, own.index, powers, parameters, threads)
    frame = _by_building(part, found.scene.owner, stand, parameters)
    table, counts = exposure.count(part, found.scene.owner, stand, parameters)
    counts = {
        "points": len(found.scene.points),
        "pairs_kept": len(found.transfer.street) if found.transfer is not None else 0,
        "streets_without_speed": lacking,
        "buildings_without_level": int(frame.iloc[:, 0].isna().sum()),
        **counts,
    }
    limits = tuple(_limits(counts, parameters))
    return NoiseRun(frame, sources, table, counts, limits, CITATIONS, found)


def change(after: NoiseRun, before: NoiseRun) -> pd.DataFrame:
    """Change of the levels of every building that both runs know [dB].

    Parameters
    ----------
    after, before
        Runs of the same country.

    Returns
    -------
    frame
        Columns lden_change and lnight_change; missing where either has no level.
    """
    found = {}
    for name in (LDEN, LNIGHT):
        one = next(key for key in (name, name + COMPARE) if key in after.frame)
        found[f"{name}_change"] = after.frame[one] - before.frame[one]
    return pd.DataFrame(found)


def grid(
    of: NoiseRun,
    traffic: pd.DataFrame,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    box: tuple[float, float, float, float],
    parameters: NoiseParameters,
    *,
    threads: int | None = None,
) -> xr.Dataset:
    """Levels on a raster for a map; cells inside buildings and out of hearing are missing.

    Parameters
    ----------
    of
        Run with the same streets and buildings.
    traffic, streets, junctions, buildings
        As given to `run`.
    box
        West, south, east, north [m]; rounded outwards to whole cells.
    parameters, threads
        As given to `run`.

    Returns
    -------
    dataset
        Variables lden and lnight [dB(A)] (y, x), with the ending _compare where CNOSSOS-EU is not
        the legal method; coordinates are the centres of the cells [m].
    """
    side = parameters.figures["grid.cell"]
    x = (np.arange(np.floor(box[0] / side), np.ceil(box[2] / side)) + 0.5) * side
    y = (np.arange(np.floor(box[1] / side), np.ceil(box[3] / side)) + 0.5) * side
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    tree = shapely.STRtree(buildings.loc[standing(buildings)].geometry.to_numpy())
    indoors = tree.query(shapely.points(points), predicate="intersects")[0]
    outside = np.ones(len(points), dtype=bool)
    outside[indoors] = False
    own, _ = noise_traffic.known(traffic, streets, parameters)
    powers = _powers(streets.loc[own.index], streets, junctions, own, parameters)
    scene = of.warm.scene
    nobody = np.full(int(outside.sum()), propagation.NOBODY, dtype=np.int64)
    weighted = _weighted(scene, own.index, powers, parameters)
    heard = propagation.heard(scene, points[outside], nobody, weighted, parameters, threads=threads)
    names = [LDEN, LNIGHT] if parameters.legal else [LDEN + COMPARE, LNIGHT + COMPARE]
    layers = {}
    for name, energy in zip(names, exposure.indicators(heard, parameters), strict=True):
        values = np.full(len(points), np.nan)
        values[outside] = exposure.decibel(energy)
        layers[name] = (("y", "x"), values.reshape(len(y), len(x)), {"units": "dB(A)"})
    return xr.Dataset(layers, coords={"y": y, "x": x})


def _powers(
    own: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    traffic: pd.DataFrame,
    parameters: NoiseParameters,
) -> NDArray[np.float64]:
    """Sound power per metre as energy (streets, bands, parts of the day)."""
    pieces = stretches(own, streets, junctions, parameters)
    medium = parameters.figures["heavy.medium"]
    found = []
    for part in parameters.periods:
        light = traffic[f"light_{part.name}"].to_numpy()
        heavy = traffic[f"heavy_{part.name}"].to_numpy()
        speed = np.nan_to_num(traffic[f"speed_{part.name}"].to_numpy())
        slower = np.minimum(speed, parameters.figures["heavy.speed"])
        flow = dict(zip(CATEGORIES, (light, medium * heavy, (1.0 - medium) * heavy), strict=True))
        speeds = dict(zip(CATEGORIES, (speed, slower, slower), strict=True))
        found.append(noise_source.power(flow, speeds, pieces, parameters))
    return np.stack(found, axis=-1)


def _weighted(
    scene: Scene,
    driven: pd.Index,
    powers: NDArray[np.float64],
    parameters: NoiseParameters,
) -> NDArray[np.float64]:
    """A-weighted power of every street of the scene (streets, bands, parts of the day)."""
    weight = 10.0 ** (parameters.weighting / 10.0)
    found = np.zeros((len(scene.streets), *powers.shape[1:]))
    found[scene.streets.get_indexer(driven)] = powers * weight[:, None]
    return found


def _at_points(
    found: NoiseWarm,
    driven: pd.Index,
    powers: NDArray[np.float64],
    parameters: NoiseParameters,
    threads: int | None,
) -> NDArray[np.float64]:
    """Energy at the points (points, parts of the day)."""
    scene = found.scene
    weighted = _weighted(scene, driven, powers, parameters)
    if found.transfer is not None:
        return propagation.energies(found.transfer, weighted)
    return propagation.heard(
        scene, scene.points, scene.owner, weighted, parameters, threads=threads
    )


def _by_building(
    heard: NDArray[np.float64],
    owner: NDArray[np.int64],
    buildings: gpd.GeoDataFrame,
    parameters: NoiseParameters,
) -> pd.DataFrame:
    """Levels of the most and of the least exposed facade [dB(A)]."""
    whole, night = exposure.indicators(heard, parameters)
    size = len(buildings)
    loudest, quietest = np.full(size, -np.inf), np.full(size, np.inf)
    darkest = np.full(size, -np.inf)
    np.maximum.at(loudest, owner, whole)
    np.minimum.at(quietest, owner, whole)
    np.maximum.at(darkest, owner, night)
    ending = "" if parameters.legal else COMPARE
    columns = {LDEN + ending: loudest, LNIGHT + ending: darkest}
    if parameters.legal:
        columns[f"{LDEN}_quiet"] = quietest
    frame = pd.DataFrame(
        {name: exposure.decibel(energy) for name, energy in columns.items()},
        index=buildings.index,
    )
    return frame[buildings["heated"].to_numpy()]


def _limits(counts: Mapping[str, float], parameters: NoiseParameters) -> list[str]:
    """What the model cannot see, and what it left out this time."""
    figures = parameters.figures
    sentences = [
        (
            "Road noise after CNOSSOS-EU, simplified: flat ground, homogeneous air, one reflection, "
            "edges of roofs only (first and last), no noise walls, no streets farther than "
            f"{figures['reach']:g} m; levels far from streets are too low, and none of it is a "
            "strategic noise map in the sense of the law."
        ),
        "Noise of trains, aircraft and industry is not in it.",
        (
            f"Speed is the same for all vehicles up to {figures['heavy.speed']:g} km/h; buses and "
            "lorries are one group; motorcycles are not in it."
        ),
    ]
    if not parameters.legal:
        sentences.append(
            f"CNOSSOS-EU is not the legal method of {parameters.country} ({parameters.method}): "
            "levels only serve to compare plans, and nobody is counted above a limit."
        )
    if counts["streets_without_speed"]:
        sentences.append(
            "Streets with traffic whose speed is unknown got the legal one: "
            f"{counts['streets_without_speed']:.0f}."
        )
    if counts["buildings_without_level"]:
        sentences.append(
            "Heated buildings without a level, because no street is heard or no facade is free: "
            f"{counts['buildings_without_level']:.0f}."
        )
    return sentences
