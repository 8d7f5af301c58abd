"""Which cabinet feeds a street lamp: by the number on the lamp, else the nearest along the streets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from layers import tables
from layers.texts import fold
from twin.complete.lamps import nearest_street

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

CHUNK: Final = 64
"""Cabinets whose ways are held in memory at once [1]."""

BY_REF: Final = "by the number on the lamp"
FAR: Final = "no cabinet within reach along the streets"
OFF: Final = "no street nearby"
TIE: Final = "two cabinets are about as near"
PARTS: Final = re.compile(r"[\s\-_/.:]+")
"""What stands between the number of a cabinet and that of its lamp."""


def named(kinds: pd.Series) -> pd.Series:
    """Whether each word names a cabinet of street lamps (bool)."""
    words = {fold(str(word)) for word in tables.load("cabinet_words")["word"]}
    return kinds.map(lambda text: fold(text) in words, na_action="ignore").eq(True)  # noqa: FBT003 - a missing word names none


def attach(
    lamps: gpd.GeoDataFrame,
    cabinets: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    settings: Mapping[str, float],
) -> pd.DataFrame:
    """Find the cabinet of every lamp.

    Parameters
    ----------
    lamps
        Column ref (number on the lamp, may be missing) and points.
    cabinets
        Column ref (number of the cabinet, may be missing) and places, all in one metric CRS.
    streets
        Columns from_node, to_node, geometry; cables are taken to lie along them.
    settings
        ``cabinets.street``, ``cabinets.reach``, ``cabinets.margin`` [m].

    Returns
    -------
    pandas.DataFrame
        Index of `lamps`; columns cabinet (missing where none or more than one could be meant) and
        cabinet_found: how it was found, or why it was not, with the two that tie.
    """
    reached = _two_nearest(lamps, cabinets, streets, settings)
    first, second = reached["first"], reached["second"]
    found = pd.Series(FAR, lamps.index, dtype="str").mask(reached["off"], OFF)
    within = first <= settings["cabinets.reach"]
    tie = within & (second - first < settings["cabinets.margin"])
    names = np.array([*cabinets.index, None], dtype=object)  # None: there is no cabinet at all
    one, other = (names[reached[part]] for part in ("at", "next"))
    cabinet = pd.Series(one, lamps.index, dtype="str").where(within & ~tie)
    found = found.mask(within, first.map("nearest along the streets, {:.0f} m".format))
    both = pd.Series([f"{TIE}: {a} {b}" for a, b in zip(one, other, strict=True)], lamps.index)
    found = found.mask(tie, both)
    told = _by_ref(lamps["ref"], cabinets["ref"])
    return pd.DataFrame(
        {"cabinet": told.fillna(cabinet), "cabinet_found": found.mask(told.notna(), BY_REF)}
    ).astype("str")


def _by_ref(numbers: pd.Series, cabinets: pd.Series) -> pd.Series:
    """Cabinet whose number, borne by no other one, begins the number on the lamp."""
    known = cabinets.dropna().map(fold)
    known = known[(known != "") & ~known.duplicated(keep=False)]
    owner = dict(zip(known, known.index, strict=True))
    begins = numbers.map(lambda text: _beginnings(str(text)), na_action="ignore")
    return begins.map(
        lambda texts: next((owner[one] for one in texts if one in owner), None), na_action="ignore"
    ).astype("str")


def _beginnings(text: str) -> list[str]:
    """Beginnings of a number that has more than one part, the longest first, folded."""
    parts = [part for part in PARTS.split(text.strip()) if part]
    return [fold("".join(parts[:count])) for count in range(len(parts) - 1, 0, -1)]


def _two_nearest(
    lamps: gpd.GeoDataFrame,
    cabinets: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    settings: Mapping[str, float],
) -> pd.DataFrame:
    """Ways along the streets to the two nearest cabinets [m] and their positions; off: no street."""
    roads = streets.sort_index()
    ends = _numbered(roads)
    starts = _placed(cabinets, roads, settings["cabinets.street"])
    goals = _placed(lamps, roads, settings["cabinets.street"])
    best = np.full((len(lamps), 2), np.inf)
    which = np.zeros((len(lamps), 2), dtype=np.int64)
    there = np.flatnonzero(starts["road"] >= 0)
    length = roads.geometry.length.to_numpy()
    for block in range(0, len(there), CHUNK):
        some = there[block : block + CHUNK]
        ways = _ways(ends, length, starts.iloc[some], settings["cabinets.reach"])
        for number, way in zip(some, ways, strict=True):
            _keep(best, which, _to(way, ends, length, starts.iloc[number], goals), int(number))
    return pd.DataFrame(
        {
            "first": best[:, 0], "second": best[:, 1], "at": which[:, 0], "next": which[:, 1],
            "off": goals["road"].to_numpy() < 0,
        },
        index=lamps.index,
    )  # fmt: skip


def _numbered(roads: pd.DataFrame) -> NDArray[np.int64]:
    """First and last junction of each street, numbered from 0, (streets, 2)."""
    codes = np.unique(roads[["from_node", "to_node"]].to_numpy(), return_inverse=True)[1]
    return codes.reshape(-1, 2).astype(np.int64)


def _placed(points: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, reach: float) -> pd.DataFrame:
    """Position of the street of each point (-1: none), how far along it and how far off [m]."""
    road = roads.index.get_indexer(nearest_street(points, roads, reach))
    lines = roads.geometry.to_numpy()[np.maximum(road, 0)] if len(roads) else np.array([])
    spots = points.geometry.representative_point().to_numpy()
    if not len(lines):
        return pd.DataFrame({"road": road, "along": np.nan, "off": np.nan})
    along = shapely.line_locate_point(lines, spots)
    return pd.DataFrame({"road": road, "along": along, "off": shapely.distance(lines, spots)})


def _ways(
    ends: NDArray[np.int64], length: NDArray[np.float64], starts: pd.DataFrame, reach: float
) -> NDArray[np.float64]:
    """Ways from some cabinets to all junctions, (cabinets, junctions) [m]; infinite beyond reach."""
    size, count = int(ends.max()) + 1, len(starts)
    road, along = starts["road"].to_numpy(), starts["along"].to_numpy()
    boxes = np.arange(size, size + count)
    first = np.concatenate([ends[:, 0], boxes, boxes])
    last = np.concatenate([ends[:, 1], ends[road, 0], ends[road, 1]])
    weight = np.concatenate([length, along, length[road] - along])
    order = np.lexsort((weight, last, first))
    keep = np.ones(len(order), dtype=bool)
    keep[1:] = (np.diff(first[order]) != 0) | (np.diff(last[order]) != 0)
    order = order[keep]  # of parallel streets the shortest; csr_array would add them up
    values = np.maximum(weight[order], np.finfo(float).tiny)  # 0 would be no edge
    graph = csr_array((values, (first[order], last[order])), shape=(size + count,) * 2)
    return np.asarray(dijkstra(graph, directed=False, indices=boxes, limit=reach)[:, :size])


def _to(
    way: NDArray[np.float64],
    ends: NDArray[np.int64],
    length: NDArray[np.float64],
    start: pd.Series,
    goals: pd.DataFrame,
) -> NDArray[np.float64]:
    """Ways from one cabinet to all lamps, (lamps,) [m]."""
    road = goals["road"].to_numpy()
    at, along = np.maximum(road, 0), goals["along"].to_numpy()
    ahead = way[ends[at, 0]] + along
    back = way[ends[at, 1]] + length[at] - along
    same = np.where(road == start["road"], np.abs(along - start["along"]), np.inf)
    reached = np.minimum(np.minimum(ahead, back), same) + goals["off"].to_numpy() + start["off"]
    return np.where(road >= 0, reached, np.inf)


def _keep(
    best: NDArray[np.float64], which: NDArray[np.int64], way: NDArray[np.float64], number: int
) -> None:
    """Put one cabinet among the two nearest of each lamp."""
    first = way < best[:, 0]
    best[first, 1], which[first, 1] = best[first, 0], which[first, 0]
    best[first, 0], which[first, 0] = way[first], number
    second = ~first & (way < best[:, 1])
    best[second, 1], which[second, 1] = way[second], number
