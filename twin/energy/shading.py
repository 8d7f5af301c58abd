"""How much of the sky stands open over each facade and roof, and above what height the sun shines.

Other buildings are extruded footprints; every ray from a facade or roof meets their walls exactly.
Terrain is that of the City's grid; where its surface was measured finely, trees and what else
stands on it shade too. Facades are seen from the middle of their height, in points
along each wall, averaged by length for each of the eight directions of `envelope.Facades`; a roof
is flat and seen from the middle of the footprint, at the eaves. The sky view is that of an evenly
bright sky over what
the horizon leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from twin.energy import shade_rays, walls
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SECTORS: Final = 36
"""Sectors of 10 degrees of azimuth, the first from north to 10 degrees east."""

ROOF: Final = walls.SECTOR_COUNT
"""Number of the roof behind those of the facades."""

FACES: Final = walls.SECTOR_COUNT + 1

LEAST: Final = 2
"""Rows and columns that a terrain model has at least [1]."""


@dataclass(frozen=True)
class Shading:
    """What shades n buildings.

    Parameters
    ----------
    index : (n,)
        Buildings.
    horizon : (n, 9, 36) float32 [deg]
        Height up to which the sky is hidden: eight facades in the order of `envelope.Facades`
        (north, north-east ...), then the roof; by azimuth sector, clockwise from north. 0 where a
        building has no free wall in a direction.
    sky_view : (n, 9) [1]
        Share of the light of an even sky that is left, as a share of what an unshaded upright or
        level plane gets; 1 where there is no such wall.
    walls : (n, 8) [m]
        Length of free wall by direction.
    terrain
        Whether the height of the ground is known.
    limits
        What is not seen, in plain sentences.
    """

    index: pd.Index
    horizon: NDArray[np.float32]
    sky_view: Floats
    walls: Floats
    terrain: bool
    limits: tuple[str, ...] = ()

    def of(self, index: pd.Index) -> Shading:
        """Shading of some of the buildings, in the order asked for.

        Raises
        ------
        KeyError
            If one of them is not known.
        """
        rows = self.index.get_indexer(index)
        if (rows < 0).any():
            raise KeyError(list(index[rows < 0][:5]))
        return Shading(
            index,
            self.horizon[rows],
            self.sky_view[rows],
            self.walls[rows],
            self.terrain,
            self.limits,
        )

    @property
    def facades(self) -> Floats:
        """Sky view of the facades of each building, the mean over their length, (n,) [1]."""
        length = self.walls.sum(axis=1)
        sums = (self.sky_view[:, :ROOF] * self.walls).sum(axis=1)
        none = np.full(len(length), np.nan)
        return np.asarray(np.divide(sums, length, out=none, where=length > 0.0))


@dataclass(frozen=True)
class Points:
    """Points from which the sky is seen.

    Parameters
    ----------
    at : (p, 3) [m]
        Easting, northing, height.
    building, face : (p,) int64
        Number of the building, and of its face.
    weight : (p,) [m]
        Length of wall that the point stands for; 1 for a roof.
    """

    at: Floats
    building: NDArray[np.int64]
    face: NDArray[np.int64]
    weight: Floats


def sector_of(azimuth: Floats) -> NDArray[np.int64]:
    """Sector of `Shading.horizon` that an azimuth clockwise from north [deg] falls into."""
    return np.floor(np.asarray(azimuth) % 360.0 * SECTORS / 360.0).astype(np.int64) % SECTORS


def of_buildings(
    buildings: gpd.GeoDataFrame,
    grid: xr.Dataset,
    figures: Mapping[str, float],
    *,
    threads: int | None = None,
) -> Shading:
    """Horizon and sky view of every standing building.

    Parameters
    ----------
    buildings
        City table in a metric CRS: geometry, height to the eaves [m], state.
    grid
        Grid of the City, may be empty; its ``elevation`` [m] gives the ground and far terrain.
    figures
        ``sun.csv``.
    threads
        At most; None for all processors. The result does not depend on it.
    """
    houses = buildings[standing(buildings)]
    shapes = houses.geometry.to_numpy()
    height = houses["height"].to_numpy(np.float64)
    terrain, surface = Terrain.of(grid), Terrain.of(grid, "surface")
    if surface and (terrain is None or surface.cell > figures["surface.cell_most"]):
        surface = None
    centre = shapely.get_coordinates(shapely.point_on_surface(shapes))
    ground = terrain.ground(centre) if terrain else np.zeros(len(houses))
    outlines = walls.edges(shapes)
    roof = ground + height
    if surface:
        roof = np.maximum(roof, surface.ground(centre))
    points = viewpoints(shapes, outlines, np.column_stack([centre, roof]), ground, height, figures)
    rays = SECTORS * int(figures["shade.rays"])
    sorted_walls = shade_rays.sort_walls(
        outlines.start, outlines.end, (ground + height)[outlines.owner]
    )
    least = float(np.tan(np.radians(figures["shade.least_angle"])))
    tangent = shade_rays.past_walls(
        points.at, sorted_walls, rays, figures["shade.reach"], least, threads
    )
    if terrain:
        seen_from = np.column_stack([centre, ground + height / 2.0])
        far = terrain.horizon(seen_from, rays, figures, threads)
        np.maximum(tangent, far[points.building], out=tangent)
    if surface:
        np.maximum(tangent, surface.seen(points.at, rays, figures, threads), out=tangent)
    angle = np.arctan(tangent)
    view = sky_view(angle, np.where(points.face < ROOF, points.face, -1))
    horizon, open_sky = _means(angle, view, points, len(houses))
    return Shading(
        index=houses.index,
        horizon=horizon,
        sky_view=open_sky,
        walls=_lengths(points, len(houses)),
        terrain=terrain is not None,
        limits=_limits(terrain, surface),
    )


def viewpoints(
    shapes: NDArray[np.object_],
    outlines: walls.Edges,
    roof: Floats,
    ground: Floats,
    height: Floats,
    figures: Mapping[str, float],
) -> Points:
    """Points before every free wall, and one on every roof.

    Parameters
    ----------
    shapes : (n,)
        Footprints.
    outlines
        Their walls.
    roof : (n, 3) [m]
        A point on each roof.
    ground, height : (n,) [m]
        Of each building.
    figures
        ``sun.csv``: longest piece of wall, distance of points from it.
    """
    parts = np.maximum(np.ceil(outlines.length / figures["shade.piece"]), 1.0).astype(np.int64)
    edge = np.repeat(np.arange(len(parts)), parts)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts)
    run = outlines.end - outlines.start
    length = np.maximum(outlines.length, np.finfo(np.float64).tiny)
    outward = np.column_stack([run[:, 1], -run[:, 0]]) / length[:, None]
    share = ((number + 0.5) / parts[edge])[:, None]
    flat = outlines.start[edge] + run[edge] * share + outward[edge] * figures["shade.offset"]
    owner = outlines.owner[edge]
    z = ground + height / 2.0
    free = ~_covered(flat, z[owner], shapes, ground + height)
    wall = np.column_stack([flat, z[owner]])[free]
    count = len(shapes)
    return Points(
        at=np.ascontiguousarray(np.vstack([wall, roof])),
        building=np.concatenate([owner[free], np.arange(count)]),
        face=np.concatenate([outlines.sector[edge][free], np.full(count, ROOF)]),
        weight=np.concatenate([(outlines.length / parts)[edge][free], np.ones(count)]),
    )


def _covered(at: Floats, z: Floats, shapes: NDArray[np.object_], top: Floats) -> NDArray[np.bool_]:
    """Whether a point lies inside a building that is higher."""
    tree = shapely.STRtree(shapes)
    point, house = tree.query(shapely.points(at), predicate="within")
    found = np.zeros(len(at), dtype=np.bool_)
    found[point[top[house] > z[point]]] = True
    return found


def sky_view(horizon: NDArray[np.floating], face: NDArray[np.int64]) -> Floats:
    """Share of an even sky's light that is left on upright and level planes.

    Parameters
    ----------
    horizon : (p, rays) [rad]
        Height up to which the sky is hidden.
    face : (p,)
        Facade 0 north ... 7 north-west; -1 for a level plane.

    Returns
    -------
    (p,) [1]
        Light as a share of that without a horizon: of a wall the integral of cos(azimuth from the
        wall's) cos2(height), of a level plane that of sin(height) cos(height).
    """
    rays = horizon.shape[1]
    edges = 2.0 * np.pi * np.arange(rays + 1) / rays
    left = 1.0 - (2.0 * horizon + np.sin(2.0 * horizon)) / np.pi
    level = np.cos(horizon) ** 2
    found = level.mean(axis=1, dtype=np.float64)
    for sector in range(walls.SECTOR_COUNT):
        rows = face == sector
        turn = (edges - sector * 2.0 * np.pi / walls.SECTOR_COUNT + np.pi) % (2.0 * np.pi) - np.pi
        # Width of each ray's sector across the wall; what lies behind the wall is cut off.
        sine = np.sin(np.clip(turn, -np.pi / 2.0, np.pi / 2.0))
        width = np.diff(sine)
        width = np.where(width < -1.0, 0.0, width) / 2.0
        found[rows] = left[rows].astype(np.float64) @ width
    return np.asarray(np.clip(found, 0.0, 1.0), dtype=np.float64)


def _means(
    angle: NDArray[np.float32], view: Floats, points: Points, count: int
) -> tuple[NDArray[np.float32], Floats]:
    """Horizon by sector [deg] and sky view of every face, averaged over its points by length."""
    by_sector = np.degrees(angle.reshape(len(angle), SECTORS, -1).mean(axis=2))
    cell = points.building * FACES + points.face
    order = np.argsort(cell, kind="stable")
    cell, weight = cell[order], points.weight[order]
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    total = np.add.reduceat(weight, first)
    horizon = np.zeros((count * FACES, SECTORS), dtype=np.float32)
    open_sky = np.ones(count * FACES)
    rows = cell[first]
    sums = np.add.reduceat(by_sector[order] * weight[:, None], first, axis=0)
    horizon[rows] = sums / total[:, None]
    open_sky[rows] = np.add.reduceat(view[order] * weight, first) / total
    return horizon.reshape(count, FACES, SECTORS), open_sky.reshape(count, FACES)


def _lengths(points: Points, count: int) -> Floats:
    """Length of free wall by building and direction, (n, 8) [m]."""
    cell = points.building * FACES + points.face
    sums = np.bincount(cell, points.weight, count * FACES).reshape(count, FACES)
    return np.asarray(sums[:, :ROOF], dtype=np.float64)


@dataclass(frozen=True)
class Terrain:
    """Height of the ground.

    Parameters
    ----------
    heights : (rows, columns) float32 [m]
        From north to south; NaN where unknown.
    west, north, cell
        Middle of the first cell; side of a cell [m].
    """

    heights: NDArray[np.float32]
    west: float
    north: float
    cell: float

    @classmethod
    def of(cls, grid: xr.Dataset, name: str = "elevation") -> Terrain | None:
        """Heights of a City's grid, of the ground or of the surface; None if it has none."""
        known = name in grid and bool(np.isfinite(grid[name]).any())
        if not known or min(grid[name].shape) < LEAST:
            return None
        heights = np.ascontiguousarray(grid[name].to_numpy(), dtype=np.float32)
        x, y = grid["x"].to_numpy(), grid["y"].to_numpy()
        return cls(heights, float(x[0]), float(y[0]), float(x[1] - x[0]))

    def ground(self, at: Floats) -> Floats:
        """Height at points, (n,) [m]; the mean of the terrain where it is not known."""
        rows, columns = self.heights.shape
        column = np.rint((at[:, 0] - self.west) / self.cell).astype(np.int64)
        row = np.rint((self.north - at[:, 1]) / self.cell).astype(np.int64)
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        found = np.full(len(at), np.nan)
        found[inside] = self.heights[row[inside], column[inside]]
        return np.where(np.isnan(found), float(np.nanmean(self.heights)), found)

    def horizon(
        self, at: Floats, rays: int, figures: Mapping[str, float], threads: int | None
    ) -> NDArray[np.float32]:
        """Tangent of the horizon that far ground makes, (n, rays) [1]."""
        return self._past(at, rays, figures["terrain.first"], figures, threads)

    def seen(
        self, at: Floats, rays: int, figures: Mapping[str, float], threads: int | None
    ) -> NDArray[np.float32]:
        """Tangent of the horizon that a measured surface makes from a few cells on, (n, rays)."""
        return self._past(at, rays, figures["surface.first"] * self.cell, figures, threads)

    def _past(
        self, at: Floats, rays: int, first: float, figures: Mapping[str, float], threads: int | None
    ) -> NDArray[np.float32]:
        radius = figures["earth.radius"] / (1.0 - figures["earth.refraction"])
        return shade_rays.past_terrain(
            at, (self.heights, self.west, self.north, self.cell), rays,
            max(first, self.cell), figures["terrain.growth"], radius, threads,
        )  # fmt: skip


def _limits(terrain: Terrain | None, surface: Terrain | None) -> tuple[str, ...]:
    found = []
    if surface is None:
        found.append("Trees cast no shade on buildings.")
    if terrain is None:
        found.append(
            "The height of the ground is not known: all buildings stand on level ground, and no "
            "hill or mountain takes sun from them. Attach a terrain model to change that."
        )
    else:
        found.append("Hills beyond the terrain model of the City cast no shade.")
    return tuple(found)
