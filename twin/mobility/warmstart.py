"""Starting from an earlier run: its paths and trees, found again by the names of the links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from twin.compiled import bare
from twin.mobility import chains as chaining
from twin.mobility import columns
from twin.mobility.bounds import Hint
from twin.mobility.columns import Paths

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork
    from twin.mobility.chains import Chains
    from twin.mobility.classes import Pairs, Problem

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Numbers = NDArray[np.int32]


@dataclass(frozen=True)
class Warm:
    """What a later run starts from: paths and trees by link name.

    Parameters
    ----------
    zones
        Number of zones [1].
    link_ids
        Names of the links that `chains` count.
    names
        Names of the classes.
    pairs
        Pairs of zones that the paths serve.
    chains
        Links that always follow one another.
    routes
        Paths as rows of chains, and their flows.
    tree_class, tree_origin : (trees,) int64
        Class and origin of each tree.
    trees : (trees, nodes) int32
        Chains of the tree of cheapest paths, see `twin.mobility.trees`.
    """

    zones: int
    link_ids: pd.Index
    names: tuple[str, ...]
    pairs: Pairs
    chains: Chains
    routes: Paths
    tree_class: NDArray[np.int64]
    tree_origin: NDArray[np.int64]
    trees: NDArray[np.int32]

    @cached_property
    def paths(self) -> Paths:
        """The paths as rows of links."""
        return columns.unfolded(self.routes, self.chains.first, self.chains.links)

    def loaded(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Flow on every link (links,) of all paths, times a weight of each pair (pairs,)."""
        total = np.zeros(self.chains.size)
        columns.load(self.routes, weight, total)
        return self.chains.spread(total, len(self.link_ids))


@dataclass(frozen=True)
class Kept:
    """An earlier run in the terms of a new network.

    Parameters
    ----------
    chains
        Chains of the new network, which end wherever the earlier ones did.
    warm
        The earlier run; None if nothing can be taken from it.
    row
        New chains that each earlier chain runs through, see `chains.renamed`.
    """

    chains: Chains
    warm: Warm | None
    row: Chains


def chained(network: RoadNetwork, warm: Warm | None) -> Kept:
    """Chains of a network, and an earlier run in their terms.

    Parameters
    ----------
    network
        Road network.
    warm
        Earlier run.
    """
    none = np.zeros(0, np.int64)
    if warm is None or warm.zones != network.zones:
        found = chaining.of(network, none)
        return Kept(found, None, found)
    number = network.link_ids.get_indexer(warm.link_ids).astype(np.int32)
    head, last = number[warm.chains.head], number[warm.chains.last]
    ends = (network.link_from[head[head >= 0]], network.link_to[last[last >= 0]])
    found = chaining.of(network, np.concatenate(ends))
    row = chaining.renamed(warm.chains, number, found, len(network.link_from))
    return Kept(found, warm, row)


def resume(
    network: RoadNetwork,
    problem: Problem,
    names: tuple[str, ...],
    kept: Kept,
    roots: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[Paths, NDArray[np.int32]]:
    """Paths of an earlier run that still exist, scaled to the trips of this one, and its trees.

    Parameters
    ----------
    network, problem, names
        What is to be assigned; the links of the network are chains.
    kept
        Earlier run; without one, or if its classes stood in another order, there are no paths.
    roots : (trees,), (trees,)
        Class and origin of each tree.
    """
    trees = np.full((len(roots[0]), network.nodes), -1, np.int32)
    none, warm = Paths.none(len(problem.pairs.trips)), kept.warm
    if warm is None or not len(problem.pairs.trips):
        return none, trees
    klass = np.array([names.index(name) if name in names else len(names) for name in warm.names])
    if (np.diff(klass[klass < len(names)]) < 0).any():
        return none, trees
    old = klass[warm.tree_class] * network.zones + warm.tree_origin
    place = _found(roots[0] * network.zones + roots[1], old)
    _plant(kept.row.first, kept.row.links, warm.trees, place, trees)
    return moved(network, problem, kept, klass), trees


def hinted(kept: Kept) -> Hint:
    """Trees of an earlier run as far as they exist in a network with the same zones and classes.

    Parameters
    ----------
    kept
        Earlier run, of which there is one.
    """
    warm = kept.warm
    assert warm is not None, "there is an earlier run"
    trees = np.full(warm.trees.shape, -1, np.int32)
    _plant(kept.row.first, kept.row.links, warm.trees, np.arange(len(trees)), trees)
    return Hint(kept.chains, warm.tree_class, warm.tree_origin, trees)


def _found(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place of each wanted number among rising ones, -1 where it is not."""
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


@bare
def _plant(first: Ints, links: Numbers, old: Numbers, place: Ints, trees: Numbers) -> None:
    """Take over trees under the new numbers of chains; a tree need not be whole."""
    for row in range(len(old)):
        if place[row] < 0:
            continue
        new, end = trees[place[row]], 0
        for at in range(old.shape[1]):
            chain = old[row, at]
            if chain < 0:
                break
            for piece in range(first[chain], first[chain + 1]):
                if end < len(new):
                    new[end] = links[piece]
                    end += 1


def moved(network: RoadNetwork, problem: Problem, kept: Kept, klass: NDArray[np.int64]) -> Paths:
    """Paths of an earlier run that still exist, scaled to the trips of the pairs now.

    Parameters
    ----------
    network, problem, kept
        As `resume` takes them; there is an earlier run.
    klass : (earlier classes,) int64
        Number of each class now.
    """
    assert kept.warm is not None, "there is an earlier run"
    warm, pairs, row = kept.warm, problem.pairs, kept.row
    before = (klass[warm.pairs.klass] * network.zones + warm.pairs.origin) * network.zones
    place = _found(pairs.keys(network.zones), before + warm.pairs.destination)
    length = np.zeros(len(warm.routes.flow), np.int64)
    _lengths(warm.routes, place, np.diff(row.first), length)
    counts = np.bincount(place[warm.routes.pair[length > 0]], minlength=len(pairs.trips))
    found = Paths(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.concatenate(([0], np.cumsum(length[length > 0]))).astype(np.int64),
        np.empty(int(length.sum()), np.int32),
        warm.routes.flow[length > 0],
    )
    whole = np.empty(len(found.flow), np.bool_)
    ends = network.link_from.astype(np.int32), network.link_to.astype(np.int32)
    _copy(warm.routes, place, length, row.first, row.links, pairs.klass, pairs.origin,
          pairs.destination, *ends, np.isinf(problem.fixed), found.links, whole)  # fmt: skip
    return _scaled(found.take(whole), pairs.trips, problem.elastic)


@bare
def _lengths(paths: Paths, place: Ints, pieces: Ints, length: Ints) -> None:
    """Chains on each path now, 0 if it no longer exists."""
    for pair in range(len(place)):
        if place[pair] < 0:
            continue
        for path in range(paths.pair_first[pair], paths.pair_first[pair + 1]):
            count = 0
            for at in range(paths.start[path], paths.start[path + 1]):
                if pieces[paths.links[at]] == 0:
                    count = 0
                    break
                count += pieces[paths.links[at]]
            length[path] = count


@bare
def _copy(
    paths: Paths,
    place: Ints,
    length: Ints,
    first: Ints,
    links: Numbers,
    klass: Ints,
    origin: Ints,
    destination: Ints,
    tail: Numbers,
    head: Numbers,
    shut: Bools,
    to: Numbers,
    whole: Bools,
) -> None:
    """Copy paths under new numbers; mark those that lead on and use no link shut to their class."""
    end, row = 0, 0
    for pair in range(len(place)):
        mine = place[pair]
        for path in range(paths.pair_first[pair], paths.pair_first[pair + 1]):
            if length[path] == 0:
                continue
            node, good = origin[mine], True
            for at in range(paths.start[path], paths.start[path + 1]):
                chain = paths.links[at]
                for piece in range(first[chain], first[chain + 1]):
                    link = links[piece]
                    to[end] = link
                    end += 1
                    good &= tail[link] == node and not shut[klass[mine], link]
                    node = head[link]
            whole[row] = good and node == destination[mine]
            row += 1


def _scaled(paths: Paths, trips: NDArray[np.float64], elastic: NDArray[np.bool_]) -> Paths:
    """Paths with flows that sum to the trips of each pair, unless those answer to cost."""
    met = paths.met()
    factor = np.divide(trips, met, out=np.ones_like(met), where=~elastic & (met > 0.0))
    return Paths(paths.pair_first, paths.start, paths.links, paths.flow * factor[paths.pair])
