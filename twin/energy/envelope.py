"""Exposed facades from footprints: how much wall faces which way, and how much is a party wall.

A stretch of wall is a party wall where a neighbour stands within a small tolerance; it counts up to
the lower of the two heights. Outlines that overlap or leave a sliver between them are no obstacle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECTOR_COUNT: Final = 8
FULL_CIRCLE: Final = 360.0
POINTS_OF_EDGE: Final = 2


@dataclass(frozen=True)
class Edges:
    """Straight stretches of all outlines.

    Parameters
    ----------
    owner : (e,) int64
        Number of the building.
    start, end : (e, 2) [m]
        Ends, the building on the left hand.
    length : (e,) [m]
    sector : (e,) int64
        Direction that the stretch faces: 0 north, 1 north-east ... 7 north-west.
    """

    owner: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    length: NDArray[np.float64]
    sector: NDArray[np.int64]


@dataclass(frozen=True)
class Facades:
    """Walls of n buildings.

    Parameters
    ----------
    exposed : (n, 8) [m2]
        Wall to the outside air, by sector from north clockwise.
    party : (n,) [m2]
        Wall against heated neighbours.
    gross : (n,) [m2]
        Perimeter times height; exposed + party.
    """

    exposed: NDArray[np.float64]
    party: NDArray[np.float64]
    gross: NDArray[np.float64]


def edges(footprints: NDArray[np.object_]) -> Edges:
    """Cut the outlines of footprints into straight stretches that know which way they face.

    Parameters
    ----------
    footprints : (n,)
        Polygons or multipolygons in a metric CRS [m]; courtyards are outlines too.
    """
    parts, owner_of_part = shapely.get_parts(footprints, return_index=True)
    rings, part_of_ring = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    follows = ring_of_point[1:] == ring_of_point[:-1]
    start, end = points[:-1][follows], points[1:][follows]
    owner = owner_of_part[part_of_ring[ring_of_point[:-1][follows]]]
    run = end - start
    length = np.hypot(run[:, 0], run[:, 1])
    # The building lies on the left of each stretch, so its outside is on the right: (dy, -dx).
    azimuth = np.degrees(np.arctan2(run[:, 1], -run[:, 0])) % FULL_CIRCLE
    sector = np.rint(azimuth * SECTOR_COUNT / FULL_CIRCLE).astype(np.int64) % SECTOR_COUNT
    return Edges(owner.astype(np.int64), start, end, length, sector)


def facades(
    footprints: NDArray[np.object_],
    height: NDArray[np.float64],
    shelters: NDArray[np.bool_],
    tolerance: float,
) -> Facades:
    """Exposed and party walls of every building.

    Parameters
    ----------
    footprints : (n,)
        Polygons or multipolygons in a metric CRS [m].
    height : (n,) [m]
        Height to the eaves.
    shelters : (n,)
        Whether a building makes a party wall warm: standing and heated.
    tolerance
        Gap up to which two outlines share a wall [m].
    """
    found = edges(footprints)
    count = len(footprints)
    gross = _by_owner(found, found.length * height[found.owner], count)
    shared = np.zeros_like(gross)
    for edge, sheltered in _shared(found, footprints, height, shelters, tolerance):
        np.add.at(shared, (found.owner[edge], found.sector[edge]), sheltered)
    exposed = np.maximum(gross - shared, 0.0)
    total = gross.sum(axis=1)
    return Facades(exposed, total - exposed.sum(axis=1), total)


def _by_owner(found: Edges, area: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sum of stretches by building and sector, (n, 8)."""
    cell = found.owner * SECTOR_COUNT + found.sector
    sums = np.bincount(cell, weights=area, minlength=count * SECTOR_COUNT)
    return sums.reshape(count, SECTOR_COUNT).astype(np.float64)


def _shared(
    found: Edges,
    footprints: NDArray[np.object_],
    height: NDArray[np.float64],
    shelters: NDArray[np.bool_],
    tolerance: float,
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Pairs of stretches and their party wall [m2], one pair of arrays per call."""
    building, neighbour = neighbours(footprints, shelters, tolerance)
    if len(building) == 0:
        return []
    edge, pair = _stretches_of(found, building)
    line = shapely.linestrings(np.stack([found.start[edge], found.end[edge]], axis=1))
    near = shapely.buffer(footprints, tolerance, join_style="mitre", mitre_limit=1.5)
    shapely.prepare(near)
    other = neighbour[pair]
    close = shapely.intersects(near[other], line)
    edge, other, line = edge[close], other[close], line[close]
    length = shapely.length(shapely.intersection(line, near[other]))
    # A wall that merely runs into the neighbour touches its rim; that is no shared wall.
    real = length > POINTS_OF_EDGE * tolerance
    edge, other, length = edge[real], other[real], length[real]
    own = found.owner[edge]
    return [(edge, length * np.minimum(height[own], height[other]))]


def neighbours(
    footprints: NDArray[np.object_], shelters: NDArray[np.bool_], tolerance: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a building and a sheltering neighbour within the tolerance.

    Parameters
    ----------
    footprints, shelters, tolerance
        As in `facades`.
    """
    sheltering = np.flatnonzero(shelters)
    tree = shapely.STRtree(footprints[sheltering])
    building, place = tree.query(footprints, predicate="dwithin", distance=tolerance)
    other = sheltering[place]
    apart = building != other
    return building[apart], other[apart]


def _stretches_of(
    found: Edges, building: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each pair's building all its stretches: stretch numbers and the pair they belong to.

    Stretches lie in order of their owner, so a building's are a slice.
    """
    first = np.searchsorted(found.owner, building, side="left")
    last = np.searchsorted(found.owner, building, side="right")
    sizes = last - first
    pair = np.repeat(np.arange(len(building)), sizes)
    offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return first[pair] + offset, pair
