"""Where a lorry gets in and out again, and how far it must reverse out of dead ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components, dijkstra

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


def access(streets: gpd.GeoDataFrame) -> pd.DataFrame:
    """What a lorry can do on each street that it may use.

    Parameters
    ----------
    streets
        City table.

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
    nodes, ends = np.unique(table[["from_node", "to_node"]].to_numpy(), return_inverse=True)
    tail, head = ends.reshape(-1, 2).T.astype(np.int64)
    length = table["length"].to_numpy(dtype=np.float64)
    may = (table["drive_forward"].to_numpy(), table["drive_backward"].to_numpy())
    return pd.DataFrame(
        {
            "reached": reached(tail, head, length, may, len(nodes)),
            "reverse": way_back(tail, head, length, len(nodes)),
        },
        index=table.index,
    )


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
