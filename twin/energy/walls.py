"""Party walls: where outlines of buildings touch, how long and how high.

A stretch of wall is shared where a neighbour stands within a small tolerance. Outlines that
overlap, or leave a sliver between them, are no obstacle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

SECTOR_COUNT: Final = 8
FULL_CIRCLE: Final = 360.0
POINTS_OF_EDGE: Final = 2
SIDES: Final = 2


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
class Shared:
    """Stretches of wall that stand against a neighbour, one row per stretch and neighbour.

    Parameters
    ----------
    edge : (s,) int64
        Number of the stretch in `Edges`.
    building, neighbour : (s,) int64
        Numbers of the two buildings.
    length : (s,) [m]
        Length of the stretch within the tolerance of the neighbour.
    """

    edge: NDArray[np.int64]
    building: NDArray[np.int64]
    neighbour: NDArray[np.int64]
    length: NDArray[np.float64]


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


def shared(
    found: Edges, footprints: NDArray[np.object_], shelters: NDArray[np.bool_], tolerance: float
) -> Shared:
    """Stretches of each building that stand against another one.

    Parameters
    ----------
    found
        Stretches of the footprints.
    footprints : (n,)
        Polygons or multipolygons in a metric CRS [m].
    shelters : (n,)
        Whether a building counts as a neighbour.
    tolerance
        Gap up to which two outlines share a wall [m].
    """
    building, neighbour = neighbours(footprints, shelters, tolerance)
    edge, pair = _stretches_of(found, building)
    line = shapely.linestrings(np.stack([found.start[edge], found.end[edge]], axis=1))
    near = np.empty(len(footprints), dtype=object)
    asked = np.unique(neighbour)
    near[asked] = shapely.buffer(footprints[asked], tolerance, join_style="mitre", mitre_limit=1.5)
    shapely.prepare(near)
    other = neighbour[pair]
    close = shapely.intersects(near[other], line)
    edge, other, line = edge[close], other[close], line[close]
    length = shapely.length(shapely.intersection(line, near[other]))
    # A wall that merely runs into the neighbour touches its rim; that is no shared wall.
    real = length > POINTS_OF_EDGE * tolerance
    edge, other, length = edge[real], other[real], length[real]
    return Shared(edge, found.owner[edge], other, length)


def party_walls(buildings: gpd.GeoDataFrame, tolerance: float) -> pd.DataFrame:
    """Shared facade of every pair of buildings that touch.

    Parameters
    ----------
    buildings
        Table with geometry in a metric CRS and height to the eaves [m].
    tolerance
        Gap up to which two outlines share a wall [m].

    Returns
    -------
    pandas.DataFrame
        Index building, neighbour (ids, the one that comes first in the table first). Columns
        length [m]: the lesser of what the two outlines give, so that an overlap or a ragged sliver
        adds nothing; height [m]: of the lower building.
    """
    outlines = buildings.geometry.to_numpy()
    found = shared(edges(outlines), outlines, np.ones(len(outlines), dtype=bool), tolerance)
    ends = np.sort(np.column_stack([found.building, found.neighbour]), axis=1)
    sides = pd.DataFrame(
        {
            "building": ends[:, 0],
            "neighbour": ends[:, 1],
            "side": found.building == ends[:, 0],
            "length": found.length,
        }
    )
    whole = sides.groupby(["building", "neighbour", "side"])["length"].sum()
    both = whole.groupby(["building", "neighbour"]).agg(["min", "size"])
    # What only one of two outlines sees is a splinter of the other.
    pairs = both.loc[both["size"] == SIDES, "min"]
    first, second = (pairs.index.get_level_values(n).to_numpy(np.int64) for n in (0, 1))
    height = buildings["height"].to_numpy(float)
    ids = buildings.index.to_numpy()
    return pd.DataFrame(
        {
            "length": pairs.to_numpy(float),
            "height": np.minimum(height[first], height[second]),
        },
        index=pd.MultiIndex.from_arrays([ids[first], ids[second]], names=["building", "neighbour"]),
    )


def neighbours(
    footprints: NDArray[np.object_], shelters: NDArray[np.bool_], tolerance: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a building and a sheltering neighbour within the tolerance.

    Parameters
    ----------
    footprints, shelters, tolerance
        As in `shared`.
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
