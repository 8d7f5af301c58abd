"""Which object of a newer extract is which of an older one: by id, else by place.

An id is believed only where both objects lie close together: extracts whose ids were given anew
reuse numbers for other objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

COLUMNS: Final = ["old", "new", "share", "size", "turned", "how"]
"""Of a table of heirs: positions in the old and the new table; share of the smaller object that
lies on the other [1], and how much that is [m or m2]; whether a line is drawn the other way round;
id or place."""

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "places": ("key", "value"),
    "stops": ("mode",),
    "addresses": ("street", "housenumber"),
    "land": ("kind", "value"),
    "power": ("kind",),
    "boundaries": ("admin_level",),
}
"""Columns that two objects with different ids must share to be one object."""

CROWDED: Final = frozenset({"trees", "lamps", "junctions"})
AREAS: Final = frozenset({"buildings", "land", "boundaries"})


@dataclass(frozen=True)
class Rules:
    """Figures of ``twin/data/update.csv``; see the descriptions there."""

    overlap: float
    near: float
    near_named: float
    points: float
    crowded: float
    reach: float
    same_distance: float
    same_area: float


def rules() -> Rules:
    """Load the figures of this room."""
    figure = tables.figures("update", "twin.data")
    return Rules(
        overlap=figure["overlap.least"],
        near=figure["lines.near"],
        near_named=figure["lines.near_named"],
        points=figure["points.near"],
        crowded=figure["points.crowded"],
        reach=figure["id.reach"],
        same_distance=figure["same.distance"],
        same_area=figure["same.area"],
    )


def heirs(name: str, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, figures: Rules) -> pd.DataFrame:
    """All pairs of an old object and a new one that are, or were, the same thing.

    Parameters
    ----------
    name
        Table name.
    old, new
        The table in both extracts, in one metric CRS; a table without geometry goes by id alone.
    figures
        Distances and shares.

    Returns
    -------
    DataFrame
        Columns `COLUMNS` and main: the one pair, if any, that an object is followed by. An old
        object with heirs but no main pair was merged into another, a new one split off.
    """
    found = _by_id(old, new, figures.reach)
    if "geometry" in old.columns:
        free_old = ~np.isin(np.arange(len(old)), found["old"])
        free_new = ~np.isin(np.arange(len(new)), found["new"])
        placed = _by_place(name, old, new, free_old, free_new, figures)
        found = pd.concat([found, placed], ignore_index=True)
    return found.assign(main=_one_to_one(found, old.index, new.index))


def _table(old: NDArray[np.int64], new: NDArray[np.int64], how: str) -> pd.DataFrame:
    values = {"old": old, "new": new, "share": 1.0, "size": 1.0, "turned": False, "how": how}
    return pd.DataFrame(values).astype({"how": "str"})


def _by_id(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, reach: float) -> pd.DataFrame:
    at = new.index.get_indexer(old.index)
    mine = np.flatnonzero(at >= 0)
    theirs = at[mine]
    if "geometry" in old.columns:
        before, after = _shapes(old)[mine], _shapes(new)[theirs]
        near = np.asarray(shapely.dwithin(before, after, reach))
        mine, theirs = mine[near], theirs[near]
    return _table(mine, theirs, "id")


def _shapes(frame: gpd.GeoDataFrame) -> Shapes:
    return np.asarray(frame["geometry"].array, dtype=object)


def _by_place(
    name: str,
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    free_old: NDArray[np.bool_],
    free_new: NDArray[np.bool_],
    figures: Rules,
) -> pd.DataFrame:
    """Pairs of which at least one side (streets: both) has no partner of its id."""
    before, after = _shapes(old), _shapes(new)
    if name == "streets":
        return _lines(old, new, free_old, free_new, figures)
    areas = name in AREAS
    if areas:
        pairs = _areas(before, after, free_old, free_new, figures.overlap)
    else:
        near = figures.crowded if name in CROWDED else figures.points
        pairs = _points(before, after, free_old, free_new, near)
    for column in KINDS.get(name, ()):
        first = old[column].to_numpy()[pairs["old"]]
        second = new[column].to_numpy()[pairs["new"]]
        pairs = pairs[first == second]
    return pairs if areas else pairs[_one_to_one(pairs, old.index, new.index)]


def _touching(
    before: Shapes,
    after: Shapes,
    free_old: NDArray[np.bool_],
    free_new: NDArray[np.bool_],
    distance: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of pairs within a distance of each other, one of them at least free."""
    tree = shapely.STRtree(after)
    mine, theirs = tree.query(before, predicate="dwithin", distance=distance)
    some = free_old[mine] | free_new[theirs]
    return mine[some].astype(np.int64), theirs[some].astype(np.int64)


def _areas(
    before: Shapes,
    after: Shapes,
    free_old: NDArray[np.bool_],
    free_new: NDArray[np.bool_],
    least: float,
) -> pd.DataFrame:
    mine, theirs = _touching(before, after, free_old, free_new, 0.0)
    first, second = shapely.make_valid(before[mine]), shapely.make_valid(after[theirs])
    smaller = np.minimum(shapely.area(first), shapely.area(second))
    common = shapely.area(shapely.intersection(first, second))
    share = np.divide(common, smaller, out=np.zeros(len(mine)), where=smaller > 0)
    pairs = _table(mine, theirs, "place").assign(share=share, size=common)
    return pairs[share >= least]


def _points(
    before: Shapes,
    after: Shapes,
    free_old: NDArray[np.bool_],
    free_new: NDArray[np.bool_],
    near: float,
) -> pd.DataFrame:
    mine, theirs = _touching(before, after, free_old, free_new, near)
    both = free_old[mine] & free_new[theirs]
    mine, theirs = mine[both], theirs[both]
    share = 1.0 - shapely.distance(before[mine], after[theirs]) / (2.0 * near)
    return _table(mine, theirs, "place").assign(share=share, size=share)


def _lines(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    free_old: NDArray[np.bool_],
    free_new: NDArray[np.bool_],
    figures: Rules,
) -> pd.DataFrame:
    """Streets that run along each other, both for cars or both not."""
    before, after = _shapes(old), _shapes(new)
    mine, theirs = _touching(before, after, free_old, free_new, figures.near_named)
    keep = free_old[mine] & free_new[theirs] & (_driven(old)[mine] == _driven(new)[theirs])
    mine, theirs = mine[keep], theirs[keep]
    named = old["way_id"].to_numpy()[mine] == new["way_id"].to_numpy()[theirs]
    first, second = old["name"].to_numpy()[mine], new["name"].to_numpy()[theirs]
    named |= (first == second) & ~pd.isna(first)
    near = np.where(named, figures.near_named, figures.near)
    share, size, turned = along(before[mine], after[theirs], near)
    pairs = _table(mine, theirs, "place").assign(share=share, size=size, turned=turned)
    return pairs[share >= figures.overlap]


def _driven(streets: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    return np.asarray(streets["drive_forward"] | streets["drive_backward"], dtype=bool)


def along(
    first: Shapes, second: Shapes, near: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Share and length of the shorter of two lines along the other, and whether against it.

    The smaller of two measures: the length that lies within a distance of the other line, and the
    way between the feet of its two ends on the other line (so that a street that only crosses, or
    stands on the other, does not count).

    Parameters
    ----------
    first, second : (pairs,)
        Lines [m].
    near : (pairs,) [m]
        Distance within which a line lies on the other.
    """
    swap = shapely.length(first) > shapely.length(second)
    short, long = np.where(swap, second, first), np.where(swap, first, second)
    covered = shapely.length(shapely.intersection(short, shapely.buffer(long, near)))
    start = shapely.line_locate_point(long, shapely.get_point(short, 0))
    end = shapely.line_locate_point(long, shapely.get_point(short, -1))
    length = shapely.length(short)
    measure = np.minimum(covered, np.abs(end - start))
    ring = shapely.is_closed(short) & shapely.is_closed(long)
    measure = np.where(ring, covered, measure)
    share = np.divide(measure, length, out=np.zeros(len(short)), where=length > 0)
    return np.minimum(share, 1.0), measure, (end < start) & ~ring


def _one_to_one(pairs: pd.DataFrame, old: pd.Index, new: pd.Index) -> NDArray[np.bool_]:
    """Pairs that are taken when each object may have one partner: by id, then the largest first.

    Among equals the pair of the first ids is taken, so that the order of rows plays no role.
    """
    names = pd.DataFrame({
        "how": pairs["how"].ne("id"),
        "size": -pairs["size"].round(6),
        "old": old[pairs["old"]],
        "new": new[pairs["new"]],
    }).reset_index(drop=True)  # fmt: skip
    order = names.sort_values(["how", "size", "old", "new"], kind="stable").index
    taken_old, taken_new = set[int](), set[int]()
    main = np.zeros(len(pairs), dtype=bool)
    mine, theirs = pairs["old"].to_numpy(), pairs["new"].to_numpy()
    for row in order:
        if mine[row] not in taken_old and theirs[row] not in taken_new:
            main[row] = True
            taken_old.add(mine[row])
            taken_new.add(theirs[row])
    return main
