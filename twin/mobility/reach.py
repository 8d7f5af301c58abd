"""What can be reached over a network: nodes nearby, nearest places, skims, loads.

Nothing is prepared beyond sorting the arcs, so a changed network costs no more than the first one.
Every start is worked out on its own, so that results do not depend on the threads.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.mobility import doors as kernels
from twin.mobility import routes, search
from twin.mobility.doors import Doors, Ground
from twin.mobility.paths import threads_available
from twin.mobility.search import Arcs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

SLACK = 1e-9
"""Relative room of a bound for sums that differ in their order only [1]."""

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

    share_out(work, np.arange(of.nodes), threads)
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
    doors, order = by_segment(points, len(of.ground.tail))
    marks, _ = by_segment(goals, len(of.ground.tail))
    found = np.full(len(order), np.inf)
    carried = np.full((len(order), carry.shape[2]), np.inf)
    kernels.nearest(of.ground, np.unique(points.segment[order]), doors, cost[:, 0], carry[:, 0],
                    marks, found, carried)  # fmt: skip
    whole = np.full(len(points.segment), np.inf)
    summed = np.full((len(points.segment), carry.shape[2]), np.inf)
    whole[order], summed[order] = found, carried
    return whole, summed


def by_segment(points: Points, segments: int) -> tuple[Doors, Ints]:
    """Points that have a segment, sorted by it, and their numbers in that order.

    Parameters
    ----------
    points
        On segments, or on none.
    segments
        How many segments there are [1].
    """
    tied = np.flatnonzero(points.segment >= 0)
    order = tied[np.argsort(points.segment[tied], kind="stable")]
    counts = np.bincount(points.segment[tied], minlength=segments)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Doors(first, points.share[order].astype(float), points.leg[order].astype(float)), order


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


def share_out(work: Callable[[Ints], None], rows: Ints, threads: int | None) -> None:
    """Split rows over threads; each row is worked out on its own.

    Parameters
    ----------
    work
        Takes a run of rows.
    rows
        All rows.
    threads
        Threads that share them; all processors if None.
    """
    parts = _parts(rows, threads or threads_available())
    with ThreadPoolExecutor(max(len(parts), 1)) as pool:
        list(pool.map(work, parts))
