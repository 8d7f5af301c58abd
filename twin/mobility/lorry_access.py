"""Where a lorry gets in and out again, and how far it must reverse out of dead ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components, dijkstra

from twin.mobility.columns_given import given
from twin.mobility.sparse import cheapest
from twin.states import standing

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

ALLOWED: Final = "lorries"
"""Column of streets that says whether lorries may drive there."""
CITATIONS: Final = (
    "Tarjan 1972, Depth-first search and linear graph algorithms, SIAM J. Computing 1(2), 146-160.",
)


def access(streets: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """What a lorry can do on each street that it may use.

    Parameters
    ----------
    streets
        City table. A street with a barrier between its ends is two dead ends of half its length.
    junctions
        City table; where a barrier stands at one, every street ends there for itself.

    Returns
    -------
    pandas.DataFrame
        Index: streets open to lorries. reached: whether a lorry gets there from the network and
        back to it; reverse: way back from the far end to where it can turn by going on, 0 on rings
        and between them [m], infinite where the network has no ring.
    """
    cars = streets["drive_forward"] | streets["drive_backward"]
    used = cars & standing(streets)
    if ALLOWED in streets.columns:
        used &= streets[ALLOWED].fillna(value=True).astype(bool)
    table = streets[used]
    own, tail, head, length, nodes = _ends(table, junctions)
    may = tuple(table[f"drive_{way}"].to_numpy()[own] for way in ("forward", "backward"))
    found = pd.DataFrame({
        "reached": reached(tail, head, length, (may[0], may[1]), nodes),
        "reverse": way_back(tail, head, length, nodes),
    })  # fmt: skip
    parts = found.groupby(own)
    whole = pd.DataFrame({"reached": parts["reached"].all(), "reverse": parts["reverse"].max()})
    return whole.set_axis(table.index)


def _ends(
    table: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame | None
) -> tuple[Ints, Ints, Ints, Floats, int]:
    """Street, ends and length [m] of every part of streets between barriers; number of nodes."""
    nodes, ends = np.unique(table[["from_node", "to_node"]].to_numpy(), return_inverse=True)
    tail, head = ends.reshape(-1, 2).T.astype(np.int64)
    count, size = len(table), len(nodes)
    if junctions is not None:
        shut = np.isin(nodes, junctions.index[given(junctions, "barrier").notna()])
        fresh = size + np.arange(count)
        tail = np.where(shut[tail], fresh, tail) if count else tail
        head = np.where(shut[head], fresh + count, head) if count else head
        size += 2 * count
    split = np.flatnonzero(given(table, "barrier").notna())
    middle = size + np.arange(len(split))
    own = np.concatenate([np.arange(count), split]).astype(np.int64)
    length = table["length"].to_numpy(dtype=np.float64).copy()
    length[split] *= 0.5
    starts = np.concatenate([tail, middle + len(split)])
    stops = np.concatenate([head, head[split]])
    stops[split] = middle
    return own, starts, stops, np.concatenate([length, length[split]]), size + 2 * len(split)


def reached(
    tail: Ints,
    head: Ints,
    length: Floats,
    may: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    nodes: int,
) -> NDArray[np.bool_]:
    """Whether both ends of each street lie in the largest part with ways there and back.

    The largest strongly connected component (Tarjan 1972), by length of streets.

    Parameters
    ----------
    tail, head : (streets,) int64
        Ends, 0..nodes-1.
    length : (streets,) [m]
    may : two (streets,) bool
        Whether it may be used along and against the drawing direction.
    nodes
        Number of nodes [1].
    """
    if not len(tail):
        return np.zeros(0, np.bool_)
    start = np.concatenate([tail[may[0]], head[may[1]]])
    end = np.concatenate([head[may[0]], tail[may[1]]])
    graph = cheapest(start, end, np.ones(len(start)), nodes)
    _, part = connected_components(graph, connection="strong")
    inside = part[tail] == part[head]
    sizes = np.bincount(part[tail[inside]], weights=length[inside], minlength=1)
    return np.asarray(inside & (part[tail] == sizes.argmax()))


def way_back(tail: Ints, head: Ints, length: Floats, nodes: int) -> Floats:
    """Way from the far end of each dead end to the nearest ring (streets,) [m].

    Ends of streets are taken off until every junction left has two; what is left are rings and the
    streets between them.

    Parameters
    ----------
    tail, head : (streets,) int64
        Ends, 0..nodes-1; directions do not matter.
    length : (streets,) [m]
    nodes
        Number of nodes [1].
    """
    kept = _without_ends(tail, head, nodes)
    found = np.zeros(len(tail))
    if kept.all():
        return found
    core = np.unique(np.concatenate([tail[kept], head[kept]]))
    if not len(core):
        return np.full(len(tail), np.inf)
    both = cheapest(
        np.concatenate([tail, head]), np.concatenate([head, tail]), np.tile(length, 2), nodes
    )
    distance = dijkstra(both, indices=core, min_only=True)
    far = np.maximum(distance[tail], distance[head])
    return np.where(kept, found, far)


def _without_ends(tail: Ints, head: Ints, nodes: int) -> NDArray[np.bool_]:
    """Streets that remain when dead ends are taken off again and again (streets,)."""
    kept = np.ones(len(tail), np.bool_)
    while True:
        degree = np.bincount(tail[kept], minlength=nodes) + np.bincount(head[kept], minlength=nodes)
        dead = kept & ((degree[tail] == 1) | (degree[head] == 1))
        if not dead.any():
            return kept
        kept &= ~dead
