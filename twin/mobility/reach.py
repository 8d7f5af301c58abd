"""What can be reached over a network: nearest places, opportunities in time, skims, loads.

Nothing is prepared beyond sorting the arcs, so a changed network costs no more than the first one.
Every start is worked out on its own, so that results do not depend on the threads.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from twin.mobility import doors as kernels
from twin.mobility import elimination, in_time, routes, search
from twin.mobility.doors import Doors, Ground
from twin.mobility.in_time import Offers
from twin.mobility.paths import threads_available
from twin.mobility.search import Arcs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from twin.mobility.elimination import Ladder

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

SLACK = 1e-9
"""Relative room of a bound for sums that differ in their order only [1]."""

ROOM, LEAST = 2_000_000, 64
"""Ways from nodes to nodes that a thread keeps, and nodes whose ways it keeps at least [1]."""

SAMPLE, FAR = 16, 0.1
"""Nodes tried to see how far searches reach, and share of all nodes that makes them far [1]."""

PARTS = 8
"""Runs of origins whose loads are added up in order, however many threads there are [1]."""


@dataclass(frozen=True)
class Net:
    """Segments of one mode as arcs for searching.

    Parameters
    ----------
    ground
        The segments. Cost and the first quantity carried are in one unit, usually minutes.
    arcs, against
        Arcs in the directions of travel, and turned round.
    ratio
        Largest ratio of cost to the first quantity on any run, at least 1 [1].
    """

    ground: Ground
    arcs: Arcs
    against: Arcs
    ratio: float

    @property
    def nodes(self) -> int:
        """Number of nodes [1]."""
        return len(self.arcs.first) - 1


@dataclass(frozen=True)
class Points:
    """Points on segments.

    Parameters
    ----------
    segment : (points,) int64
        Segment of each point; -1 if it has none.
    share : (points,) [1]
        Where on the segment: 0 at its first end, 1 at its last.
    leg : (points,)
        Cost from the point to the segment.
    """

    segment: NDArray[np.int64]
    share: NDArray[np.float64]
    leg: NDArray[np.float64]


def net(
    ends: tuple[Ints, Ints],
    nodes: int,
    cost: tuple[Floats, Floats],
    carry: tuple[Floats, Floats],
    wait: tuple[Floats, Floats] | None = None,
) -> Net:
    """Make a network of segments; parallel ones stay separate.

    Parameters
    ----------
    ends : two (segments,) int64
        First and last node of each segment, 0..nodes-1.
    nodes
        Number of nodes [1].
    cost : two (segments,)
        Cost along and against the drawing direction, not negative; infinite where nobody may go.
    carry : two (segments, quantities)
        What is summed on the way, in both directions; where there is no quantity, only costs count.
    wait : two (segments,)
        Cost at the first and at the last end, added to the first quantity too; none if left out.
    """
    tail, head = ends
    none = np.zeros(len(tail))
    waits = (none, none) if wait is None else wait
    ground = Ground(
        np.ascontiguousarray(tail, np.int64), np.ascontiguousarray(head, np.int64),
        *(np.ascontiguousarray(one, np.float64) for one in (*cost, *carry, *waits)),
    )  # fmt: skip
    arcs = _arcs(ground, nodes, turned=False)
    return Net(ground, arcs, _arcs(ground, nodes, turned=True), _ratio(ground))


def _arcs(ground: Ground, nodes: int, *, turned: bool) -> Arcs:
    """Both directions of all segments, sorted by the node they leave; closed ones left out."""
    size = len(ground.tail)
    start = np.concatenate([ground.tail, ground.head])
    end = np.concatenate([ground.head, ground.tail])
    if turned:
        start, end = end, start
    wait = np.tile(ground.wait_tail + ground.wait_head, 2)
    cost = np.concatenate([ground.ahead, ground.back]) + wait
    carry = np.concatenate([ground.carry_ahead, ground.carry_back])
    if carry.shape[1]:
        carry[:, 0] += wait
    way = np.concatenate([np.arange(size) * 2, np.arange(size) * 2 + 1])
    there = np.flatnonzero(np.isfinite(cost))
    order = there[np.argsort(start[there], kind="stable")]
    first = np.concatenate([[0], np.cumsum(np.bincount(start[there], minlength=nodes))])
    return Arcs(first.astype(np.int64), end[order], cost[order], carry[order], way[order])


def _ratio(ground: Ground) -> float:
    """Largest ratio of cost to the first quantity on any run, at least 1 [1]."""
    if not ground.carry_ahead.shape[1]:
        return 1.0
    cost = np.concatenate([ground.ahead, ground.back])
    time = np.concatenate([ground.carry_ahead[:, 0], ground.carry_back[:, 0]])
    there = np.isfinite(cost) & (time > 0)
    return float((cost[there] / time[there]).max(initial=1.0))


def around(
    of: Net, limit: float, weights: Floats | None = None, *, threads: int | None = None
) -> tuple[Ints, Floats]:
    """How many nodes each node reaches within a cost, itself included, and what they add up to.

    Parameters
    ----------
    of
        The network.
    limit
        Cost that counts, in the unit of the network.
    weights : (nodes, columns)
        What each node offers; nothing if left out.
    threads
        Threads that share the nodes; all processors if None.

    Returns
    -------
    met : (nodes,) int64
        Nodes reached [1].
    sums : (nodes, columns)
        Sums of the weights.
    """
    given = np.zeros((of.nodes, 0)) if weights is None else np.ascontiguousarray(weights, float)
    met, sums = np.zeros(of.nodes, np.int64), np.zeros(given.shape)
    bound = limit * (1.0 + SLACK)

    def work(part: Ints) -> None:
        rows = slice(int(part[0]), int(part[-1]) + 1)
        search.from_nodes(of.arcs, bound, part, given, sums[rows], met[rows])

    _share(work, np.arange(of.nodes), threads)
    return met, sums


def nearest_to_nodes(
    of: Net, goals: Points, most: int = 1, limit: float = np.inf
) -> tuple[Floats, Floats, Ints]:
    """Cheapest goals of every node, by one search from all goals at once.

    Parameters
    ----------
    of
        The network.
    goals
        Points that are looked for.
    most
        How many goals of each node are wanted [1].
    limit
        Cost beyond which none counts.

    Returns
    -------
    cost : (nodes, most)
        In rising order; infinite where there are fewer.
    carry : (nodes, most, quantities)
        On those ways.
    goal : (nodes, most) int64
        Numbers of the goals; -1 where there are fewer.
    """
    quantities = of.arcs.carry.shape[1]
    nodes, starts, carried, owners = _seeds(of.ground, goals, quantities)
    cost = np.full((of.nodes, most), np.inf)
    carry = np.full((of.nodes, most, quantities), np.inf)
    goal = np.full((of.nodes, most), -1, np.int64)
    search.labels(of.against, limit, most, nodes, starts, carried, owners, cost, carry, goal,
                  np.zeros(of.nodes, np.int64))  # fmt: skip
    return cost, carry, goal


def _seeds(ground: Ground, goals: Points, quantities: int) -> tuple[Ints, Floats, Floats, Ints]:
    """Nodes from which goals are entered, and what that takes."""
    tied = np.flatnonzero(goals.segment >= 0)
    at, share, leg = goals.segment[tied], goals.share[tied], goals.leg[tied]
    parts = []
    for node, cost, carry, part, wait in (
        (ground.tail, ground.ahead, ground.carry_ahead, share, ground.wait_tail),
        (ground.head, ground.back, ground.carry_back, 1.0 - share, ground.wait_head),
    ):
        may = np.isfinite(cost[at])
        whole, own = part[may], at[may]
        carried = carry[own] * whole[:, None]
        if quantities:
            carried[:, 0] += leg[may] + wait[own]
        parts.append((node[own], whole * cost[own] + leg[may] + wait[own], carried, tied[may]))
    nodes, starts, carried, owners = (np.concatenate(each) for each in zip(*parts, strict=True))
    return nodes, starts, np.ascontiguousarray(carried), owners


def nearest(of: Net, points: Points, goals: Points) -> tuple[Floats, Floats]:
    """Cost of the cheapest way from each point to any goal, and what is summed on it.

    Parameters
    ----------
    of
        The network.
    points, goals
        On its segments.

    Returns
    -------
    cost : (points,)
        Infinite where no way leads.
    carry : (points, quantities)
        The same.
    """
    cost, carry, _ = nearest_to_nodes(of, goals)
    doors, order = _doors(points, len(of.ground.tail))
    marks, _ = _doors(goals, len(of.ground.tail))
    found = np.full(len(order), np.inf)
    carried = np.full((len(order), carry.shape[2]), np.inf)
    kernels.nearest(of.ground, np.unique(points.segment[order]), doors, cost[:, 0], carry[:, 0],
                    marks, found, carried)  # fmt: skip
    whole = np.full(len(points.segment), np.inf)
    summed = np.full((len(points.segment), carry.shape[2]), np.inf)
    whole[order], summed[order] = found, carried
    return whole, summed


def _doors(points: Points, segments: int) -> tuple[Doors, Ints]:
    """Points that have a segment, sorted by it, and their numbers in that order."""
    tied = np.flatnonzero(points.segment >= 0)
    order = tied[np.argsort(points.segment[tied], kind="stable")]
    counts = np.bincount(points.segment[tied], minlength=segments)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Doors(first, points.share[order].astype(float), points.leg[order].astype(float)), order


def opportunities(
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
    doors, order = _doors(points, len(of.ground.tail))
    most = np.asarray(limits, dtype=np.float64) * (1.0 + SLACK)
    offers = _offers(of, goals, weights, most)
    bound = float(most.max(initial=0.0)) * of.ratio
    rank, ladder = _ranks(of), _ladder(of, bound)
    slots = int(np.clip(ROOM // max(of.nodes, 1), LEAST, max(of.nodes, LEAST)))
    found = np.zeros((len(order), weights.shape[1]))

    def work(part: Ints) -> None:
        in_time.sums(ladder, of.ground, part, doors, offers, rank, slots, bound, found)

    chosen = np.unique(points.segment[order])
    near = np.minimum(rank[of.ground.tail[chosen]], rank[of.ground.head[chosen]])
    _share(work, chosen[np.argsort(near, kind="stable")], threads)
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
    doors, order = _doors(goals, size)
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


def skim(
    of: Net,
    points: Points,
    goals: Points,
    trips: Floats | None = None,
    *,
    threads: int | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Cheapest routes between all points, and what trips put on the segments.

    Parameters
    ----------
    of
        The network.
    points, goals
        On its segments.
    trips : (points, goals)
        Trips to load; none if left out.
    threads
        Threads that share the points; all processors if None.

    Returns
    -------
    cost : (points, goals)
        Infinite where no route leads.
    carry : (points, goals, quantities)
        The same.
    loads : (segments, 2)
        Trips along and against each segment, also if they use only a part of it.
    """
    shape = (len(points.segment), len(goals.segment))
    cost = np.full(shape, np.inf)
    carry = np.full((*shape, of.arcs.carry.shape[1]), np.inf)
    given = np.zeros((0, 0)) if trips is None else np.ascontiguousarray(trips, dtype=np.float64)
    parts = _parts(np.arange(shape[0]), PARTS)
    loads = [np.zeros((len(of.ground.tail), 2)) for _ in parts]

    def work(number: int) -> None:
        rows = slice(int(parts[number][0]), int(parts[number][-1]) + 1)
        routes.between(of.arcs, of.ground, points.segment[rows], points.share[rows],
                       points.leg[rows], goals.segment, goals.share, goals.leg, given[rows],
                       cost[rows], carry[rows], loads[number])  # fmt: skip

    with ThreadPoolExecutor(threads or threads_available()) as pool:
        list(pool.map(work, range(len(parts))))
    return cost, carry, sum(loads, np.zeros((len(of.ground.tail), 2)))


def _parts(rows: Ints, most: int) -> list[Ints]:
    """Rows in at most so many runs."""
    return [part for part in np.array_split(rows, min(most, max(len(rows), 1))) if len(part)]


def _share(work: Callable[[Ints], None], rows: Ints, threads: int | None) -> None:
    """Split rows over threads; each row is worked out on its own."""
    parts = _parts(rows, threads or threads_available())
    with ThreadPoolExecutor(max(len(parts), 1)) as pool:
        list(pool.map(work, parts))
