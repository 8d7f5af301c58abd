"""Starting from an earlier run: its paths and trees, found again by the names of the links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.mobility import certificate, columns
from twin.mobility.columns import Paths

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork
    from twin.mobility.classes import Pairs, Problem


@dataclass(frozen=True)
class Warm:
    """What a later run starts from: paths and trees by link name.

    Parameters
    ----------
    zones
        Number of zones [1].
    link_ids
        Names of the links that `paths` and `trees` count.
    names
        Names of the classes.
    pairs
        Pairs of zones that the paths serve.
    paths
        Paths and their flows.
    tree_class, tree_origin : (trees,) int64
        Class and origin of each tree.
    trees : (trees, nodes) int32
        Links of the tree of cheapest paths, see `twin.mobility.trees`.
    """

    zones: int
    link_ids: pd.Index
    names: tuple[str, ...]
    pairs: Pairs
    paths: Paths
    tree_class: NDArray[np.int64]
    tree_origin: NDArray[np.int64]
    trees: NDArray[np.int32]


def resume(
    network: RoadNetwork,
    problem: Problem,
    names: tuple[str, ...],
    warm: Warm | None,
    roots: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[Paths, NDArray[np.int32]]:
    """Paths of an earlier run that still exist, scaled to the trips of this one, and its trees.

    Parameters
    ----------
    network, problem, names
        What is to be assigned.
    warm
        Earlier run; without one, or if its classes stood in another order, there are no paths.
    roots : (trees,), (trees,)
        Class and origin of each tree.
    """
    trees = np.full((len(roots[0]), network.nodes), -1, np.int32)
    none = Paths.none(len(problem.pairs.trips))
    if warm is None or warm.zones != network.zones or not len(problem.pairs.trips):
        return none, trees
    number = network.link_ids.get_indexer(warm.link_ids).astype(np.int32)
    klass = np.array([names.index(name) if name in names else len(names) for name in warm.names])
    if (np.diff(klass[klass < len(names)]) < 0).any():
        return none, trees
    _plant(network, warm, number, klass, roots, trees)
    return _paths(network, problem, warm, number, klass), trees


def _plant(
    network: RoadNetwork,
    warm: Warm,
    number: NDArray[np.int32],
    klass: NDArray[np.int64],
    roots: tuple[NDArray[np.int64], NDArray[np.int64]],
    trees: NDArray[np.int32],
) -> None:
    """Take over trees under the new numbers of links; a tree need not be whole."""
    keys = roots[0] * network.zones + roots[1]
    old = klass[warm.tree_class] * network.zones + warm.tree_origin
    place = np.searchsorted(keys, old).clip(max=len(keys) - 1)
    for row in np.flatnonzero(keys[place] == old):
        known = warm.trees[row]
        links = number[known[known >= 0]]
        links = links[links >= 0][: network.nodes]
        trees[place[row], : len(links)] = links


def _paths(
    network: RoadNetwork,
    problem: Problem,
    warm: Warm,
    number: NDArray[np.int32],
    klass: NDArray[np.int64],
) -> Paths:
    old, pairs = warm.paths, problem.pairs
    links = number[old.links]
    there = np.ones(len(old.flow), np.bool_)
    there[old.holders(np.flatnonzero(links < 0))] = False
    renamed = Paths(old.pair_first, old.start, links, old.flow).take(there)
    keys = pairs.keys(network.zones)
    before = (klass[warm.pairs.klass] * network.zones + warm.pairs.origin) * network.zones
    wanted = (before + warm.pairs.destination)[renamed.pair]
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    same = keys[place] == wanted
    kept = renamed.take(same)
    counts = np.bincount(place[same], minlength=len(keys))
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    moved = Paths(first, kept.start, kept.links, kept.flow)
    whole = ~certificate.broken(network, moved, pairs.origin, pairs.destination)
    whole &= ~_barred(problem, moved)
    nothing = np.zeros(len(keys), np.int64)
    return columns.merge(
        moved.take(whole), nothing, np.zeros(0, np.int32), pairs.trips, problem.elastic
    )


def _barred(problem: Problem, paths: Paths) -> NDArray[np.bool_]:
    """Paths that use a link which is closed to their class by now."""
    barred = np.zeros(len(paths.flow), np.bool_)
    shut = np.isinf(problem.fixed)
    somebody = np.asarray(shut.any(axis=0))
    entries = np.flatnonzero(somebody[paths.links]) if somebody.any() else np.zeros(0, np.int64)
    path = paths.holders(entries)
    barred[path[shut[problem.pairs.klass[paths.pair[path]], paths.links[entries]]]] = True
    return barred
