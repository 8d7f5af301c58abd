"""Gradient projection on path flows: compiled kernels that move trips to cheaper paths.

Jayakrishnan, Tsai, Prashker and Rajadhyaksha (1994), A faster path-based algorithm for traffic
assignment, Transportation Research Record 1443. Pairs are worked off one after another with link
costs that are always current; a step that overshoots is halved until it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.mobility.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Links = NDArray[np.int32]
    Table = NDArray[np.float64]
    TreeTable = NDArray[np.int64]

FREE, ALPHA, CAPACITY, POWER, FIXED = range(5)
ROUNDING = 1e-14
"""Cost differences below this share of the costs compared are rounding, not gain [1]."""
HALVINGS = 50


@dataclass(frozen=True)
class Paths:
    """Paths in use, sorted by pair, and the trips on them.

    Parameters
    ----------
    pair_first : (pairs + 1,) int64
        Paths ``pair_first[k]`` to ``pair_first[k + 1]`` belong to pair k.
    start : (paths + 1,) int64
        Links ``links[start[p]:start[p + 1]]`` make up path p, in driving order.
    links : (entries,) int32
        Link numbers.
    flow : (paths,) [veh/h]
    """

    pair_first: NDArray[np.int64]
    start: NDArray[np.int64]
    links: NDArray[np.int32]
    flow: NDArray[np.float64]

    @classmethod
    def none(cls, pairs: int) -> Paths:
        """No path yet for any pair."""
        return cls(
            np.zeros(pairs + 1, np.int64), np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0)
        )

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Links on each path [1]."""
        return np.diff(self.start)

    @property
    def pair(self) -> NDArray[np.int64]:
        """Pair that each path belongs to."""
        return np.repeat(np.arange(len(self.pair_first) - 1), np.diff(self.pair_first))

    def load(self, links: int) -> NDArray[np.float64]:
        """Flow on every link [veh/h], summed in path order."""
        total = np.zeros(links)
        _load(self.start, self.links, self.flow, total)
        return total

    def take(self, keep: NDArray[np.bool_]) -> Paths:
        """The paths marked, still sorted by pair."""
        counts = np.bincount(self.pair[keep], minlength=len(self.pair_first) - 1)
        return Paths(
            np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            np.concatenate(([0], np.cumsum(self.lengths[keep]))).astype(np.int64),
            self.links[np.repeat(keep, self.lengths)],
            self.flow[keep],
        )


def law(network: RoadNetwork) -> NDArray[np.float64]:
    """Parameters of the delay law of each link, side by side (links, 5)."""
    return np.column_stack(
        [network.free_time, network.alpha, network.capacity, network.power, network.fixed_cost]
    )


@compiled
def _load(start: Ints, links: Links, path_flow: Floats, total: Floats) -> None:
    """Add the flow of every path to its links."""
    for path in range(len(path_flow)):
        for place in range(start[path], start[path + 1]):
            total[links[place]] += path_flow[path]


@compiled
def price(
    laws: Table,
    flow: Floats,
    cost: Floats,
    slope: Floats,
) -> None:
    """Cost [min] and its slope [min h/veh] of every link at a flow [veh/h], written in place."""
    for link in range(len(flow)):
        _price(laws, link, flow[link], cost, slope)


@compiled
def _price(
    laws: Table,
    link: int,
    flow: float,
    cost: Floats,
    slope: Floats,
) -> None:
    free = laws[link, FREE]
    alpha = laws[link, ALPHA]
    capacity = laws[link, CAPACITY]
    power = laws[link, POWER]
    ratio = flow / capacity
    cost[link] = free * (1.0 + alpha * ratio**power) + laws[link, FIXED]
    if power == 0.0 or alpha == 0.0:
        slope[link] = 0.0
    else:
        slope[link] = free * alpha * power / capacity * ratio ** (power - 1.0)


@compiled
def _difference(
    start: Ints,
    links: Links,
    path: int,
    best: int,
    mark: Ints,
    stamp: int,
    values: Floats,
    sign: float,
) -> float:
    """Sum of values over links on `path` only, plus `sign` times those on `best` only."""
    total = 0.0
    for place in range(start[path], start[path + 1]):
        if mark[links[place]] != -stamp:
            total += values[links[place]]
    for place in range(start[best], start[best + 1]):
        if mark[links[place]] == stamp:
            total += sign * values[links[place]]
    return total


@compiled
def _move(
    start: Ints,
    links: Links,
    path: int,
    best: int,
    mark: Ints,
    stamp: int,
    trips: float,
    flow: Floats,
    cost: Floats,
    slope: Floats,
    laws: Table,
) -> None:
    """Take trips off the links of `path` only and put them on those of `best` only."""
    for place in range(start[path], start[path + 1]):
        link = links[place]
        if mark[link] != -stamp:
            flow[link] = max(flow[link] - trips, 0.0)
            _price(laws, link, flow[link], cost, slope)
    for place in range(start[best], start[best + 1]):
        link = links[place]
        if mark[link] == stamp:
            flow[link] = max(flow[link] + trips, 0.0)
            _price(laws, link, flow[link], cost, slope)


@compiled
def _shift(
    start: Ints,
    links: Links,
    path: int,
    best: int,
    mark: Ints,
    stamp: int,
    path_flow: Floats,
    flow: Floats,
    cost: Floats,
    slope: Floats,
    laws: Table,
) -> float:
    """Move trips from one path to the cheapest; returns the excess cost that was there."""
    for place in range(start[path], start[path + 1]):
        if mark[links[place]] == stamp:
            mark[links[place]] = -stamp
    gain = _difference(start, links, path, best, mark, stamp, cost, -1.0)
    excess = 0.0
    if gain > ROUNDING * _difference(start, links, path, best, mark, stamp, cost, 1.0):
        excess = gain * path_flow[path]
        steep = _difference(start, links, path, best, mark, stamp, slope, 1.0)
        trips = path_flow[path]
        if gain < steep * trips:
            trips = gain / steep
        _move(start, links, path, best, mark, stamp, trips, flow, cost, slope, laws)
        for _ in range(HALVINGS):
            if _difference(start, links, path, best, mark, stamp, cost, -1.0) >= -0.5 * gain:
                break
            trips *= 0.5
            _move(start, links, path, best, mark, stamp, -trips, flow, cost, slope, laws)
        path_flow[path] = max(path_flow[path] - trips, 0.0)
        path_flow[best] += trips
    for place in range(start[best], start[best + 1]):
        mark[links[place]] = stamp
    return excess


@compiled
def _cost_of(
    start: Ints,
    links: Links,
    path: int,
    cost: Floats,
) -> float:
    total = 0.0
    for place in range(start[path], start[path + 1]):
        total += cost[links[place]]
    return total


@compiled
def sweep(
    pair_first: Ints,
    start: Ints,
    links: Links,
    path_flow: Floats,
    flow: Floats,
    cost: Floats,
    slope: Floats,
    laws: Table,
    mark: Ints,
) -> float:
    """Move trips to the cheapest known path of each pair, once through all pairs.

    Returns the excess cost [veh min/h] over the cheapest known paths that it met.
    """
    mark[:] = 0
    excess = 0.0
    for pair in range(len(pair_first) - 1):
        low, high = pair_first[pair], pair_first[pair + 1]
        if high - low < 2:  # noqa: PLR2004 - a pair with one path has nothing to choose
            continue
        best, least = low, np.inf
        for path in range(low, high):
            value = _cost_of(start, links, path, cost)
            if value < least:
                best, least = path, value
        for place in range(start[best], start[best + 1]):
            mark[links[place]] = pair + 1
        for path in range(low, high):
            if path != best and path_flow[path] > 0.0:
                excess += _shift(
                    start, links, path, best, mark, pair + 1, path_flow, flow, cost, slope, laws
                )
    return excess


@compiled
def measure(
    low: int,
    high: int,
    row: Ints,
    destination: Ints,
    distance: Table,
    parent: TreeTable,
    link_from: Ints,
    cost: Floats,
    pair_first: Ints,
    start: Ints,
    links: Links,
    length: Ints,
) -> None:
    """Links on the cheapest path of each pair; 0 if it is known already, -1 if there is none."""
    for pair in range(low, high):
        node = destination[pair]
        origin_row = row[pair]
        if distance[origin_row, node] == np.inf:
            length[pair] = -1
            continue
        least = np.inf
        for path in range(pair_first[pair], pair_first[pair + 1]):
            least = min(least, _cost_of(start, links, path, cost))
        count = 0
        if distance[origin_row, node] < least:
            while parent[origin_row, node] >= 0:
                count += 1
                node = link_from[parent[origin_row, node]]
        length[pair] = count


@compiled
def trace(
    low: int,
    high: int,
    row: Ints,
    destination: Ints,
    parent: TreeTable,
    link_from: Ints,
    length: Ints,
    found: Links,
) -> None:
    """Links of the new cheapest paths, one after another in pair order."""
    end = 0
    for pair in range(low, high):
        if length[pair] <= 0:
            continue
        end += length[pair]
        node = destination[pair]
        for place in range(length[pair]):
            link = parent[row[pair], node]
            found[end - 1 - place] = link
            node = link_from[link]


@compiled
def _merge(
    pair_first: Ints,
    start: Ints,
    links: Links,
    path_flow: Floats,
    length: Ints,
    new_links: Links,
    trips: Floats,
    to_first: Ints,
    to_start: Ints,
    to_links: Links,
    to_flow: Floats,
) -> None:
    """Copy used paths and add the new ones; flows of each pair sum to its trips."""
    path_end, link_end, new_end = 0, 0, 0
    for pair in range(len(trips)):
        first, total = path_end, 0.0
        for path in range(pair_first[pair], pair_first[pair + 1]):
            if path_flow[path] > 0.0:
                count = start[path + 1] - start[path]
                to_links[link_end : link_end + count] = links[start[path] : start[path + 1]]
                to_flow[path_end] = path_flow[path]
                total += path_flow[path]
                link_end += count
                path_end += 1
                to_start[path_end] = link_end
        if length[pair] > 0:
            to_links[link_end : link_end + length[pair]] = new_links[
                new_end : new_end + length[pair]
            ]
            to_flow[path_end] = 0.0 if total > 0.0 else trips[pair]
            new_end += length[pair]
            link_end += length[pair]
            path_end += 1
            to_start[path_end] = link_end
        if total > 0.0:
            for path in range(first, path_end):
                to_flow[path] *= trips[pair] / total
        to_first[pair + 1] = path_end


def merge(
    paths: Paths,
    length: NDArray[np.int64],
    new_links: NDArray[np.int32],
    trips: NDArray[np.float64],
) -> Paths:
    """Drop paths that nobody takes, add new ones, and let the flows of each pair sum to its trips.

    Parameters
    ----------
    paths
        Paths so far.
    length : (pairs,) [1]
        Links on the new path of each pair, 0 if there is none.
    new_links : (entries,) int32
        Their links, one path after another.
    trips : (pairs,) [veh/h]
        Demand; a pair without used path gets it all on the new one.
    """
    used = paths.flow > 0.0
    count = int(used.sum()) + int((length > 0).sum())
    entries = int(paths.lengths[used].sum()) + len(new_links)
    merged = Paths(
        np.zeros(len(trips) + 1, np.int64),
        np.zeros(count + 1, np.int64),
        np.empty(entries, np.int32),
        np.empty(count),
    )
    _merge(
        paths.pair_first,
        paths.start,
        paths.links,
        paths.flow,
        length,
        new_links,
        trips,
        merged.pair_first,
        merged.start,
        merged.links,
        merged.flow,
    )
    return merged
