"""Blocks of houses: the smallest areas in which the public may read what concerns households.

A block is what streets enclose; small ones join a neighbour until at least `LEAST` buildings with
people or heat stand in each. What a block shows is checked again for every figure and for every
difference between two published figures, so that no house can be read from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from twin.maps.style import round_nice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

LEAST: Final = 5
"""Fewest buildings behind a published figure."""

QUARTILE: Final = 2
"""Significant digits of published quartiles: the figure of no house is told exactly [1]."""

MOST: Final = 60
"""A block of more buildings is halved, as where no cross streets part a long village."""

YARD: Final = 25.0
"""How far the drawn block reaches around its houses [m]."""

_CORNERS: Final = 2
"""Segments of a quarter circle when yards are drawn [1]."""


@dataclass(frozen=True)
class Blocks:
    """Blocks and the buildings in each.

    Parameters
    ----------
    shapes
        What is drawn, in the CRS of the City.
    of : (buildings,)
        Block of each building.
    """

    shapes: gpd.GeoSeries
    of: Whole


def blocks(buildings: gpd.GeoDataFrame, streets: gpd.GeoSeries, least: int = LEAST) -> Blocks:
    """Part a town into blocks of at least so many buildings.

    Parameters
    ----------
    buildings
        Those that figures exist for, at least one.
    streets
        Lines that part blocks.
    least
        Fewest buildings in a block; a town of fewer is one block.
    """
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    faces = _faces(streets, points)
    face = _face_of(faces, points)
    used, at = np.unique(face, return_inverse=True)
    joined = _joined(faces[used], np.bincount(at), least)
    of = np.unique(joined, return_inverse=True)[1][at]
    of = _halved(shapely.get_coordinates(points), of, max(MOST, 2 * least))
    return Blocks(_drawn(buildings, of), of.astype(np.int64))


def _faces(streets: gpd.GeoSeries, points: NDArray[Any]) -> NDArray[Any]:
    """What streets and a frame around the town enclose."""
    frame = shapely.box(*shapely.total_bounds(points)).buffer(10.0 * YARD).exterior
    lines = shapely.union_all([*streets.to_numpy(), frame])
    return np.asarray(shapely.get_parts(shapely.polygonize([lines])))


def _face_of(faces: NDArray[Any], points: NDArray[Any]) -> Whole:
    """Face of each point; of two that meet there the first."""
    point, face = shapely.STRtree(faces).query(points, predicate="intersects")
    found = np.full(len(points), -1, dtype=np.int64)
    found[point[::-1]] = face[::-1]
    lost = found < 0
    if lost.any():
        found[lost] = shapely.STRtree(faces).nearest(points[lost])
    return found


def _joined(faces: NDArray[Any], counts: Whole, least: int) -> Whole:
    """Join faces, the emptiest first, each to the neighbour nearest to it, until all hold enough."""
    parent, counts = np.arange(len(faces)), counts.copy()
    middles = shapely.get_coordinates(shapely.centroid(faces))
    while len(faces) > 1:
        roots = np.flatnonzero(parent == np.arange(len(faces)))
        small = roots[counts[roots] < least]
        if not small.size or len(roots) == 1:
            break
        one = small[np.argmin(counts[small])]
        others = roots[roots != one]
        far = np.hypot(*(middles[others] - middles[one]).T)
        other = others[np.argmin(far)]
        total = counts[one] + counts[other]
        middles[other] = (middles[one] * counts[one] + middles[other] * counts[other]) / total
        counts[other], parent[one] = total, other
    while (parent[parent] != parent).any():
        parent = parent[parent]
    return parent


def _halved(places: NDArray[np.float64], of: Whole, most: int) -> Whole:
    """Cut blocks across their longer side until none holds more than so many buildings."""
    found = np.empty(len(of), dtype=np.int64)
    waiting = [np.flatnonzero(of == block) for block in range(int(of.max()) + 1)]
    number = 0
    while waiting:
        members = waiting.pop()
        if len(members) <= most:
            found[members] = number
            number += 1
            continue
        axis = np.ptp(places[members], axis=0).argmax()
        order = members[np.argsort(places[members, axis], kind="stable")]
        waiting += [order[: len(order) // 2], order[len(order) // 2 :]]
    return found


def _drawn(buildings: gpd.GeoDataFrame, of: Whole) -> gpd.GeoSeries:
    yards = shapely.buffer(buildings.geometry.to_numpy(), YARD, quad_segs=_CORNERS)
    order = np.argsort(of, kind="stable")
    parts = np.split(yards[order], np.cumsum(np.bincount(of))[:-1])
    shapes = [shapely.union_all(part).simplify(YARD / 5.0) for part in parts]
    return gpd.GeoSeries(shapes, crs=buildings.crs)


def means(
    values: NDArray[np.float64], weight: NDArray[np.float64], of: Whole, least: int = LEAST
) -> NDArray[np.float64]:
    """Mean of each block, missing where too few buildings stand behind it.

    If all that is held back rested on fewer than `least` buildings, the smallest published block is
    held back too: else the total of the town less the rest would give it away.

    Parameters
    ----------
    values, weight : (buildings,)
        Figure, not finite where missing, and what it counts.
    of : (buildings,)
        Block of each building.
    least
        Fewest buildings behind a figure.
    """
    there = np.isfinite(values) & (weight > 0.0)
    behind = np.bincount(of[there], minlength=of.max() + 1)
    shown = _shown(behind, least)
    total = np.bincount(of[there], (values * weight)[there], minlength=len(behind))
    mass = np.bincount(of[there], weight[there], minlength=len(behind))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(shown, total / mass, np.nan)


def halves(
    values: NDArray[np.float64], of: Whole, least: int = LEAST
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quartiles of each block: half of its houses lie between them; missing where houses are few.

    A quartile is the figure of one house or lies between two. So at least `least` houses must lie
    on each side of both, and both are rounded to `QUARTILE` digits.

    Parameters
    ----------
    values, of, least
        As in `means`.
    """
    there = np.flatnonzero(np.isfinite(values))
    order = there[np.lexsort((values[there], of[there]))]
    count = np.bincount(of[order], minlength=of.max() + 1)
    ends = np.cumsum(count)
    low, high = np.full(len(count), np.nan), np.full(len(count), np.nan)
    for block in np.flatnonzero(count >= 4 * least):
        held = values[order[ends[block] - count[block] : ends[block]]]
        low[block], high[block] = np.quantile(held, [0.25, 0.75])
    return _rounded(low), _rounded(high)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([round_nice(float(value), QUARTILE) for value in values])


def _shown(behind: Whole, least: int) -> NDArray[np.bool_]:
    shown = behind >= least
    hidden = behind[~shown].sum()
    while 0 < hidden < least and shown.any():
        smallest = np.where(shown, behind, behind.max() + 1).argmin()
        shown[smallest] = False
        hidden += behind[smallest]
    return shown


def alike(
    before: NDArray[np.float64], after: NDArray[np.float64], of: Whole, least: int = LEAST
) -> NDArray[np.bool_]:
    """Blocks whose change the public may read: nobody's figure changed, or that of many.

    Parameters
    ----------
    before, after : (buildings,)
        Two figures of the same buildings.
    of, least
        As in `means`.
    """
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    changed = np.bincount(of[~same], minlength=of.max() + 1)
    told: NDArray[np.bool_] = (changed == 0) | _enough(changed, least)
    return told


def _enough(changed: Whole, least: int) -> NDArray[np.bool_]:
    """As `_shown`, but blocks without any change give nothing away."""
    some = np.flatnonzero(changed)
    found = np.zeros(len(changed), dtype=bool)
    found[some] = _shown(changed[some], least)
    return found
