"""Graphs as sparse matrices, the form that SciPy's path searches read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cheapest(
    tail: NDArray[np.int64], head: NDArray[np.int64], cost: NDArray[np.float64], nodes: int
) -> csr_array:
    """Matrix of arc costs: the cheapest of parallel arcs; a cost of zero is an arc, not a gap.

    Parameters
    ----------
    tail, head : (arcs,) int64
        Ends of each arc, 0..nodes-1.
    cost : (arcs,)
        Cost of each arc, not negative.
    nodes
        Number of nodes [1].
    """
    order = np.lexsort((cost, head, tail))
    key = tail[order] * nodes + head[order]
    first = np.concatenate(([True], key[1:] != key[:-1]))[: len(order)]
    kept = order[first]
    ends = np.concatenate(([0], np.cumsum(np.bincount(tail[kept], minlength=nodes))))
    return csr_array((cost[kept], head[kept], ends), shape=(nodes, nodes))
