"""The state of an assignment while it is solved: paths, trees, and what links carry and cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.mobility import columns, projection, warmstart
from twin.mobility.delay import Links, every, law, price
from twin.mobility.paths import graph
from twin.mobility.trees import outward, repaired

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork
    from twin.mobility.classes import Pairs, Problem
    from twin.mobility.columns import Paths
    from twin.mobility.warmstart import Kept

    TreeTable = NDArray[np.int32]

TREES_AT_ONCE = 256
ROUNDS = 30
"""Rounds of sweeps over known paths at most before new ones are sought [1]; one costs far less."""
PARTIAL = 8
"""Sweeps of a round that visit only pairs with much to gain [1]."""
IDLE = 0.1
"""Pairs are left as they are that all together have less than this share of the target [1]."""
NOBODY = (np.inf, np.inf)
"""Every pair is left as it is: what is met is the excess at one and the same cost."""
BUSY = 0.5
"""Share of the mean excess from which there is much to gain [1]."""


class Measured(NamedTuple):
    """Cheapest paths at the costs of now.

    Parameters
    ----------
    distance : (trees, nodes) [min]
        Cost from the origin of each tree.
    parent : (trees, nodes) int32
        Last link of the cheapest path.
    row : (pairs,) int64
        Tree of each pair.
    """

    distance: NDArray[np.float64]
    parent: NDArray[np.int32]
    row: NDArray[np.int64]


class State:
    """Paths, trees, and link volumes, costs and slopes that belong to them."""

    def __init__(
        self,
        network: RoadNetwork,
        problem: Problem,
        names: tuple[str, ...],
        kept: Kept,
        threads: int | None,
        started: tuple[Paths, TreeTable] | None = None,
    ) -> None:
        links, pairs = len(network.link_from), problem.pairs
        self.problem = problem
        self.threads = threads
        self.outward = outward(graph(network))
        self.background = every(network.background, links)
        self.links = Links(
            law(network),
            problem.fixed,
            self.background.copy(),
            np.empty_like(problem.fixed),
            np.empty(links),
        )
        self.room = projection.Room.of(links)
        self.trips = pairs.trips.copy()
        self.least = np.zeros(len(pairs.trips))
        self.rest = np.zeros(len(pairs.trips))
        self.missing = np.zeros(len(pairs.trips), np.bool_)
        self.total, self.excess, self.residual = 0.0, 0.0, 0.0
        self.blocks = blocks(pairs, network.zones)
        if started is None:
            started = warmstart.resume(network, problem, names, kept, self.roots)
        paths, self.trees = started
        self.paths = [paths.between(block.low, block.high) for block in self.blocks]
        self.refresh()

    @property
    def roots(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Class and origin of every tree."""
        none = np.zeros(0, np.int64)
        return (
            np.concatenate([none, *(block.klass for block in self.blocks)]),
            np.concatenate([none, *(block.origin for block in self.blocks)]),
        )

    def refresh(self) -> None:
        """Sum volumes anew from the paths, so that rounding never builds up."""
        self.links.volume[:] = self.background
        weight = self.problem.pcu[self.problem.pairs.klass]
        for block, paths in zip(self.blocks, self.paths, strict=True):
            columns.load(paths, weight[block.low : block.high], self.links.volume)
        price(self.links)

    def search(self, known: Measured | None = None) -> None:
        """Find the cheapest paths of all pairs at current costs and take up those not known.

        Parameters
        ----------
        known
            Trees at these costs, if somebody has them; else they are mended here.
        """
        elastic = self.problem.elastic
        self.total, self.excess, self.residual = 0.0, 0.0, 0.0
        for number, block in enumerate(self.blocks):
            own, paths = slice(block.low, block.high), self.paths[number]
            length, found = self._find(block, paths, self._measured(block, known))
            self.missing[own] = length < 0
            self.residual = max(self.residual, self._lack(block, paths.met()))
            self.paths[number] = columns.merge(paths, length, found, self.trips[own], elastic[own])
        self.trips[elastic] = 0.0

    def _measured(self, block: Block, known: Measured | None) -> Measured:
        """Trees of a block at current costs."""
        if known is not None:
            return known._replace(row=known.row[block.low : block.high])
        trees = self.trees[block.first : block.last]
        tables = repaired(
            self.outward, self.links.cost, block.klass, block.origin, trees, threads=self.threads
        )
        return Measured(*tables, block.row)

    def _find(
        self, block: Block, paths: Paths, at: Measured
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Links on each new path of a block, and these links one path after another."""
        pairs, cost = self.problem.pairs, self.links.cost
        own = slice(block.low, block.high)
        length = np.zeros(block.high - block.low, np.int64)
        tail, ends = self.outward.tail, pairs.destination[own]
        total, excess = columns.measure(
            paths, at.row, pairs.klass[own], ends, at.distance, at.parent, tail, cost, length,
            self.least[own],
        )  # fmt: skip
        self.total += total
        self.excess += excess
        found = np.empty(int(length.clip(min=0).sum()), np.int32)
        columns.trace(at.row, ends, at.parent, tail, length, found)
        return length, found

    def _lack(self, block: Block, met: NDArray[np.float64]) -> float:
        """How far elastic trips are off [1]; infinite if pairs have no trips yet."""
        own = slice(block.low, block.high)
        given = self.missing[own] | self.problem.elastic[own] | (met > 0.0)
        if not given.all():
            return np.inf
        return projection.respond(
            block.low, self.problem.groups, self.least[own], met, self.trips[own]
        )

    def gap(self) -> float:
        """Relative gap at the last search [1]."""
        return self.excess / self.total if self.total > 0.0 else 0.0

    def class_flow(self) -> NDArray[np.float64]:
        """Flow of every class on every link [veh/h]."""
        klass = self.problem.pairs.klass
        flow = np.zeros(self.links.cost.shape)
        for block, paths in zip(self.blocks, self.paths, strict=True):
            for number in np.unique(block.klass):
                mine = klass[block.low : block.high] == number
                columns.load(paths, mine.astype(np.float64), flow[number])
        return flow

    def balance(self, target: float, close: float) -> None:
        """Move trips between known paths until little is left to gain.

        Parameters
        ----------
        target
            Share of all cost that may be left to gain [1].
        close
            How far elastic trips may be off [1].
        """
        total = self._total()
        idle = IDLE * target * total / max(len(self.trips), 1), IDLE * close
        self._sweep(0.0, idle, 1)
        for _ in range(ROUNDS):
            excess, seen = self._sweep(0.0, NOBODY, 1)
            if excess <= target * total:
                break
            floor, alone = BUSY * excess / max(seen, 1), len(self.blocks) == 1
            for _ in range(1 if alone else PARTIAL):
                if not self._sweep(floor, (idle[0], np.inf), PARTIAL if alone else 1)[1]:
                    break
        self.refresh()

    def _sweep(self, floor: float, idle: tuple[float, float], times: int) -> tuple[float, int]:
        """Go through all pairs that had at least so much excess; what was met, and where."""
        problem, excess, seen = self.problem, 0.0, 0
        for block, paths in zip(self.blocks, self.paths, strict=True):
            met, count = projection.sweep(
                paths, block.low, problem.pairs.klass, problem.pcu, problem.groups, self.links,
                self.room, self.rest, floor, *idle, times,
            )  # fmt: skip
            excess += met
            seen += count
        return excess, seen

    def _total(self) -> float:
        """What all vehicles spend, by the class to which a link costs least [pcu min/h]."""
        moving = self.links.volume - self.background
        used = np.flatnonzero(moving > 0.0)
        return float(self.links.cost[:, used].min(axis=0) @ moving[used])


@dataclass(frozen=True)
class Block:
    """Pairs low to high - 1, whose trees are first to last - 1; row: tree of each pair in here."""

    low: int
    high: int
    first: int
    last: int
    klass: NDArray[np.int64]
    origin: NDArray[np.int64]
    row: NDArray[np.int64]


def blocks(pairs: Pairs, zones: int) -> list[Block]:
    """Pairs by blocks of trees, a tree for each class and origin."""
    root, first, number = np.unique(
        pairs.klass * zones + pairs.origin, return_index=True, return_inverse=True
    )
    ends = np.append(first, len(pairs.origin))
    blocks = []
    for one in range(0, len(root), TREES_AT_ONCE):
        last = min(one + TREES_AT_ONCE, len(root))
        low, high = int(ends[one]), int(ends[last])
        mine = root[one:last]
        blocks.append(
            Block(low, high, one, last, mine // zones, mine % zones, number[low:high] - one)
        )
    return blocks
