"""Exposed facades from footprints: how much wall faces which way, and how much is a party wall.

A party wall counts up to the lower of the two heights; `twin.energy.walls` finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.energy import walls

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    found = walls.edges(footprints)
    count = len(footprints)
    gross = _by_owner(found, found.length * height[found.owner], count)
    sheltered = np.zeros_like(gross)
    held = walls.shared(found, footprints, shelters, tolerance)
    low = np.minimum(height[held.building], height[held.neighbour])
    np.add.at(sheltered, (held.building, found.sector[held.edge]), held.length * low)
    exposed = np.maximum(gross - sheltered, 0.0)
    total = gross.sum(axis=1)
    return Facades(exposed, total - exposed.sum(axis=1), total)


def _by_owner(found: walls.Edges, area: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sum of stretches by building and sector, (n, 8)."""
    cell = found.owner * walls.SECTOR_COUNT + found.sector
    sums = np.bincount(cell, weights=area, minlength=count * walls.SECTOR_COUNT)
    return sums.reshape(count, walls.SECTOR_COUNT).astype(np.float64)
