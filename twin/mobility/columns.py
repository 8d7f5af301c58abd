"""Paths in use, as compact arrays: how they are kept, found anew and merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.compiled import bare, inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    LinkNumbers = NDArray[np.int32]
    Table = NDArray[np.float64]
    TreeTable = NDArray[np.int32]


HELD = 1.01
"""Times the least cost that a path may cost to be kept though nobody takes it [1]: it may be wanted again."""
DROPPED = -1.0
"""Flow of a path that is to be dropped."""


class Paths(NamedTuple):
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

    def holders(self, entries: NDArray[np.int64]) -> NDArray[np.int64]:
        """Path to which each of some places in `links` belongs."""
        return np.searchsorted(self.start, entries, side="right") - 1

    def met(self) -> NDArray[np.float64]:
        """Trips on the paths of each pair (pairs,) [veh/h]."""
        total = np.zeros(len(self.pair_first) - 1)
        _met(self, total)
        return total

    def take(self, keep: NDArray[np.bool_]) -> Paths:
        """The paths marked, still sorted by pair."""
        if keep.all():
            return self
        counts = np.bincount(self.pair[keep], minlength=len(self.pair_first) - 1)
        return Paths(
            np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            np.concatenate(([0], np.cumsum(self.lengths[keep]))).astype(np.int64),
            self.links[np.repeat(keep, self.lengths)],
            self.flow[keep],
        )

    def between(self, low: int, high: int) -> Paths:
        """The paths of pairs low to high - 1, without a copy of their links."""
        one, end = self.pair_first[low], self.pair_first[high]
        return Paths(
            self.pair_first[low : high + 1] - one,
            self.start[one : end + 1] - self.start[one],
            self.links[self.start[one] : self.start[end]],
            self.flow[one:end],
        )


def chosen(paths: Paths, pairs: NDArray[np.bool_]) -> Paths:
    """The paths of the pairs marked, as paths of these pairs alone; quick where they are few.

    Parameters
    ----------
    paths
        Paths of all pairs.
    pairs : (pairs,)
        Which to choose.
    """
    which = np.flatnonzero(pairs)
    low, high = paths.pair_first[which], paths.pair_first[which + 1]
    entries = int((paths.start[high] - paths.start[low]).sum())
    counts = high - low
    found = Paths(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.zeros(int(counts.sum()) + 1, np.int64),
        np.empty(entries, np.int32),
        np.empty(int(counts.sum())),
    )
    _choose(paths, which, found)
    return found


@inlined
def _append(part: Paths, pair: int, to: Paths, row: int, end: int) -> tuple[int, int]:
    """Copy the paths of one pair; returns how many paths and links there are now."""
    for path in range(part.pair_first[pair], part.pair_first[pair + 1]):
        for place in range(part.start[path], part.start[path + 1]):
            to.links[end] = part.links[place]
            end += 1
        to.flow[row] = part.flow[path]
        row += 1
        to.start[row] = end
    return row, end


@bare
def _choose(paths: Paths, which: Ints, to: Paths) -> None:
    row, end = 0, 0
    for pair in which:
        row, end = _append(paths, pair, to, row, end)


def woven(one: Paths, other: Paths, whose: NDArray[np.bool_]) -> Paths:
    """Paths of two lots of pairs as paths of all of them.

    Parameters
    ----------
    one, other
        Paths of each lot.
    whose : (pairs,) bool
        Whether each pair is of the other lot; pairs of a lot stay in order.
    """
    size = len(one.flow) + len(other.flow)
    found = Paths(
        np.zeros(len(whose) + 1, np.int64),
        np.zeros(size + 1, np.int64),
        np.empty(len(one.links) + len(other.links), np.int32),
        np.empty(size),
    )
    _weave(one, other, whose, found)
    return found


@bare
def _weave(one: Paths, other: Paths, whose: NDArray[np.bool_], to: Paths) -> None:
    row, end, here, there = 0, 0, 0, 0
    for pair in range(len(whose)):
        if whose[pair]:
            row, end = _append(other, there, to, row, end)
            there += 1
        else:
            row, end = _append(one, here, to, row, end)
            here += 1
        to.pair_first[pair + 1] = row


def joined(parts: list[Paths]) -> Paths:
    """Paths of consecutive pairs that carry anybody, as one; empties the list to save memory."""
    used = [part.flow > 0.0 for part in parts]
    sizes = [
        (len(part.pair_first) - 1, int(one.sum()), int(part.lengths[one].sum()))
        for part, one in zip(parts, used, strict=True)
    ]
    ends = np.cumsum(np.array([(0, 0, 0), *sizes]), axis=0)
    pairs, flows, entries = (int(total) for total in ends[-1])
    whole = Paths(
        np.zeros(pairs + 1, np.int64),
        np.zeros(flows + 1, np.int64),
        np.empty(entries, np.int32),
        np.empty(flows),
    )
    while parts:
        pair, path, entry = ends[len(parts) - 1]
        _gather(parts.pop(), whole, pair, path, entry)
    return whole


@bare
def _gather(part: Paths, to: Paths, pair: int, path: int, entry: int) -> None:
    """Copy the paths that carry anybody to where the first of them belongs."""
    for one in range(len(part.pair_first) - 1):
        for old in range(part.pair_first[one], part.pair_first[one + 1]):
            if part.flow[old] > 0.0:
                for place in range(part.start[old], part.start[old + 1]):
                    to.links[entry] = part.links[place]
                    entry += 1
                to.flow[path] = part.flow[old]
                path += 1
                to.start[path] = entry
        to.pair_first[pair + one + 1] = path


@bare
def _met(paths: Paths, total: Floats) -> None:
    for pair in range(len(total)):
        for path in range(paths.pair_first[pair], paths.pair_first[pair + 1]):
            total[pair] += max(paths.flow[path], 0.0)


@bare
def load(paths: Paths, weight: Floats, total: Floats) -> None:
    """Add the flow of every path, times the weight of its pair, to its links."""
    for pair in range(len(weight)):
        for path in range(paths.pair_first[pair], paths.pair_first[pair + 1]):
            flow = weight[pair] * paths.flow[path]
            for place in range(paths.start[path], paths.start[path + 1]):
                total[paths.links[place]] += flow


@bare
def _unfold(paths: Paths, first: Ints, links: LinkNumbers, to: Paths) -> None:
    end = 0
    for path in range(len(paths.flow)):
        for place in range(paths.start[path], paths.start[path + 1]):
            chain = paths.links[place]
            for at in range(first[chain], first[chain + 1]):
                to.links[end] = links[at]
                end += 1
        to.start[path + 1] = end


def unfolded(paths: Paths, first: Ints, links: LinkNumbers) -> Paths:
    """Paths with each link replaced by a row of others: ``links[first[c]:first[c + 1]]`` for c."""
    long = int(np.diff(first)[paths.links].sum())
    found = Paths(
        paths.pair_first, np.zeros_like(paths.start), np.empty(long, np.int32), paths.flow
    )
    _unfold(paths, first, links, found)
    return found


@inlined
def cost_of(paths: Paths, path: int, cost: Floats) -> float:
    """Sum of a quantity over the links of one path."""
    total = 0.0
    for place in range(paths.start[path], paths.start[path + 1]):
        total += cost[paths.links[place]]
    return total


@inlined
def quick_cost_of(paths: Paths, path: int, cost: Floats) -> float:
    """As `cost_of` but for rounding: four sums side by side do not wait for one another."""
    low, high = paths.start[path], paths.start[path + 1]
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    place = low
    while place + 4 <= high:
        one += cost[paths.links[place]]
        two += cost[paths.links[place + 1]]
        three += cost[paths.links[place + 2]]
        four += cost[paths.links[place + 3]]
        place += 4
    while place < high:
        one += cost[paths.links[place]]
        place += 1
    return (one + two) + (three + four)


@bare
def measure(
    paths: Paths,
    row: Ints,
    klass: Ints,
    destination: Ints,
    distance: Table,
    parent: TreeTable,
    tail: LinkNumbers,
    cost: Table,
    length: Ints,
    least: Floats,
) -> tuple[float, float]:
    """Cost of the cheapest path of each pair, and how many links are on it.

    0 links if it is known already, -1 if there is none. Returns what all trips cost, and how much
    less they would cost on the cheapest paths [veh min/h].
    """
    total, excess = 0.0, 0.0
    for pair in range(len(row)):
        node, mine = destination[pair], row[pair]
        least[pair] = distance[mine, node]
        if least[pair] == np.inf:
            length[pair] = -1
            continue
        known = np.inf
        for path in range(paths.pair_first[pair], paths.pair_first[pair + 1]):
            value = cost_of(paths, path, cost[klass[pair]])
            known = min(known, value)
            total += paths.flow[path] * value
            excess += paths.flow[path] * max(value - least[pair], 0.0)
            if paths.flow[path] == 0.0 and value > HELD * least[pair]:
                paths.flow[path] = DROPPED
        count = 0
        if least[pair] < known:
            while parent[mine, node] >= 0:
                count += 1
                node = tail[parent[mine, node]]
        length[pair] = count
    return total, excess


@bare
def trace(
    row: Ints,
    destination: Ints,
    parent: TreeTable,
    tail: LinkNumbers,
    length: Ints,
    found: LinkNumbers,
) -> None:
    """Links of the new cheapest paths, one after another in pair order."""
    end = 0
    for pair in range(len(row)):
        if length[pair] <= 0:
            continue
        end += length[pair]
        node = destination[pair]
        for place in range(length[pair]):
            link = parent[row[pair], node]
            found[end - 1 - place] = link
            node = tail[link]


@bare
def _merge(
    old: Paths, length: Ints, new_links: LinkNumbers, trips: Floats, free: Floats, to: Paths
) -> None:
    path_end, link_end, new_end = 0, 0, 0
    for pair in range(len(trips)):
        first, total = path_end, 0.0
        for path in range(old.pair_first[pair], old.pair_first[pair + 1]):
            if old.flow[path] >= 0.0:
                one, count = old.start[path], old.start[path + 1] - old.start[path]
                for place in range(count):
                    to.links[link_end + place] = old.links[one + place]
                to.flow[path_end] = old.flow[path]
                total += old.flow[path]
                link_end += count
                path_end += 1
                to.start[path_end] = link_end
        count = length[pair]
        if count > 0:
            for place in range(count):
                to.links[link_end + place] = new_links[new_end + place]
            to.flow[path_end] = 0.0 if total > 0.0 else trips[pair]
            new_end += count
            link_end += count
            path_end += 1
            to.start[path_end] = link_end
        if total > 0.0 and free[pair] == 0.0:
            for path in range(first, path_end):
                to.flow[path] *= trips[pair] / total
        to.pair_first[pair + 1] = path_end


def merge(
    paths: Paths,
    length: NDArray[np.int64],
    new_links: NDArray[np.int32],
    trips: NDArray[np.float64],
    elastic: NDArray[np.bool_],
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
    elastic : (pairs,) bool
        Pairs whose flows stay as they are, once they have any.
    """
    used = paths.flow >= 0.0
    count = int(used.sum()) + int((length > 0).sum())
    entries = int(paths.lengths[used].sum()) + len(new_links)
    merged = Paths(
        np.zeros(len(trips) + 1, np.int64),
        np.zeros(count + 1, np.int64),
        np.empty(entries, np.int32),
        np.empty(count),
    )
    _merge(paths, length, new_links, trips, elastic.astype(np.float64), merged)
    return merged
