"""Opportunities in time: what every point can reach within so many minutes, summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from twin.mobility import elimination, in_time, reach, search
from twin.mobility.in_time import Offers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.elimination import Ladder
    from twin.mobility.reach import Net, Points

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

ROOM, LEAST = 2_000_000, 64
"""Ways from nodes to nodes that a thread keeps, and nodes whose ways it keeps at least [1]."""

SAMPLE, FAR = 16, 0.1
"""Nodes tried to see how far searches reach, and share of all nodes that makes them far [1]."""


def within(
    of: Net,
    points: Points,
    goals: Points,
    weights: Floats,
    limits: Floats,
    *,
    threads: int | None = None,
) -> Floats:
    """What each point reaches in time: sums of the weights of all such goals.

    The way is the cheapest one; it counts if the time on it, the one quantity that is carried, does
    not exceed the limit.

    Parameters
    ----------
    of
        The network; it carries time alone.
    points, goals
        On its segments.
    weights : (goals, columns)
        What each goal offers.
    limits : (columns,)
        Longest time that counts.
    threads
        Threads that share the points; all processors if None.

    Returns
    -------
    sums : (points, columns)
        Missing where the point has no segment.
    """
    doors, order = reach.by_segment(points, len(of.ground.tail))
    most = np.asarray(limits, dtype=np.float64) * (1.0 + reach.SLACK)
    offers = _offers(of, goals, weights, most)
    bound = float(most.max(initial=0.0)) * of.ratio
    rank, ladder = _ranks(of), _ladder(of, bound)
    slots = int(np.clip(ROOM // max(of.nodes, 1), LEAST, max(of.nodes, LEAST)))
    found = np.zeros((len(order), weights.shape[1]))

    def work(part: Ints) -> None:
        in_time.sums(ladder, of.ground, part, doors, offers, rank, slots, bound, found)

    chosen = np.unique(points.segment[order])
    near = np.minimum(rank[of.ground.tail[chosen]], rank[of.ground.head[chosen]])
    reach.share_out(work, chosen[np.argsort(near, kind="stable")], threads)
    whole = np.full((len(points.segment), weights.shape[1]), np.nan)
    whole[order] = found
    return whole


def _ladder(of: Net, bound: float) -> Ladder:
    """The network thinned out, if a search over all of it would meet a good part of its nodes."""
    if not of.nodes:
        return elimination.whole(of.arcs)
    some = np.unique(np.linspace(0, of.nodes - 1, SAMPLE).astype(np.int64))
    met = np.zeros(len(some), np.int64)
    search.from_nodes(of.arcs, bound, some, np.zeros((of.nodes, 0)), np.zeros((len(some), 0)), met)
    far = met.mean() > FAR * of.nodes
    return elimination.thinned(of.arcs) if far else elimination.whole(of.arcs)


def _offers(of: Net, goals: Points, weights: Floats, limits: Floats) -> Offers:
    """Goals sorted by segment, with the sums of each."""
    size = len(of.ground.tail)
    doors, order = reach.by_segment(goals, size)
    offered = np.ascontiguousarray(weights[order], dtype=np.float64)
    totals, legs = np.zeros((size, weights.shape[1])), np.zeros(size)
    np.add.at(totals, goals.segment[order], offered)
    np.maximum.at(legs, goals.segment[order], doors.leg)
    first, near = _incidence(of, np.unique(goals.segment[order]))
    return Offers(doors, offered, totals, legs, first, near, limits)


def _ranks(of: Net) -> Ints:
    """Numbers of the nodes in an order in which neighbours are close (Cuthill, McKee 1969)."""
    if not of.nodes:
        return np.zeros(0, np.int64)
    ends = (of.ground.tail, of.ground.head)
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(of.nodes, of.nodes)).tocsr()
    rank = np.empty(of.nodes, np.int64)
    rank[reverse_cuthill_mckee(graph + graph.T, symmetric_mode=True)] = np.arange(of.nodes)
    return rank


def _incidence(of: Net, segments: Ints) -> tuple[Ints, Ints]:
    """Segments that meet each node, in CSR form."""
    node = np.concatenate([of.ground.tail[segments], of.ground.head[segments]])
    order = np.argsort(node, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=of.nodes))])
    return first.astype(np.int64), np.tile(segments, 2)[order]
