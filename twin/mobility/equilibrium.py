"""Deterministic user equilibrium of car traffic (Wardrop 1952): nobody gains by another path.

Path-based: find the cheapest paths at current costs, add those not known yet, move trips to
cheaper known paths (`twin.mobility.projection`), repeat until the relative gap is small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layers.errors import Fault, InputError
from layers.schema import TripTable
from twin.mobility import certificate, projection
from twin.mobility.paths import graph, trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork
    from twin.mobility.certificate import Certificate
    from twin.mobility.paths import Graph
    from twin.mobility.projection import Paths

ORIGINS_AT_ONCE = 64
SWEEPS = 100
"""Sweeps over known paths at most before new ones are sought [1]; one costs far less than that."""
INNER = 0.1
"""Known paths are balanced to this share of the gap before new ones are sought [1]."""


@dataclass(frozen=True)
class Warm:
    """What a later run starts from: paths by link name.

    Parameters
    ----------
    zones
        Number of zones [1].
    link_ids
        Names of the links that `paths` counts.
    pairs
        Pairs of zones that the paths serve.
    paths
        Paths and their flows.
    """

    zones: int
    link_ids: pd.Index
    pairs: TripTable
    paths: Paths


@dataclass(frozen=True)
class Equilibrium:
    """Flows that are in equilibrium as far as the certificate says.

    Parameters
    ----------
    flow : (links,) [veh/h]
    time : (links,) [min]
    cost : (links,) [min]
        Time and fixed cost.
    relative_gap
        As found by `certificate`, not by the solver [1].
    history
        Relative gap before each iteration, as the solver saw it [1].
    certificate
        Independent checks.
    warm
        Start for a later run.
    """

    flow: NDArray[np.float64]
    time: NDArray[np.float64]
    cost: NDArray[np.float64]
    relative_gap: float
    history: tuple[float, ...]
    certificate: Certificate
    warm: Warm


@dataclass(frozen=True)
class _Columns:
    """Cheapest paths at current costs: which are new, and what every pair costs at least."""

    length: NDArray[np.int64]
    links: NDArray[np.int32]
    least: NDArray[np.float64]


def solve(
    network: RoadNetwork,
    demand: TripTable,
    *,
    gap: float = 1e-6,
    max_iterations: int = 200,
    warm: Warm | None = None,
    progress: Callable[[str, float], None] | None = None,
    threads: int | None = None,
) -> Equilibrium:
    """Assign trips to the network so that no trip could be cheaper.

    Bit-identical for equal input, whatever the number of threads. Where pairs compete for links of
    which some hardly react to flow and others strongly, the last digits come slowly. Trips inside one zone and trips
    without a path are not assigned; the certificate counts them.

    Parameters
    ----------
    network
        Road network; travel time never falls with flow.
    demand
        Trips [veh/h] between zones.
    gap
        Relative gap to reach [1].
    max_iterations
        Rounds of path search at most; the certificate tells what was reached.
    warm
        Result of a similar run to start from; it saves time and changes nothing else.
    progress
        Told the stage and the share done.
    threads
        Threads that search paths; all processors if None.

    Raises
    ------
    InputError
        If the network or the trip table breaks its contract; all faults at once.
    """
    check(network, demand)
    of = graph(network)
    pairs = _pairs(demand)
    paths = _resume(network, pairs, warm)
    state = _State(network, paths)
    history: list[float] = []
    for iteration in range(max_iterations + 1):
        columns = _search(of, state, pairs, threads)
        if (columns.length < 0).any():
            pairs, columns = _reachable(state, pairs, columns)
        if state.complete(pairs):
            history.append(state.gap(pairs, columns))
            _tell(progress, history[-1], gap)
        if iteration == max_iterations or (history and history[-1] <= gap):
            break
        state.add(columns, pairs)
        state.balance(INNER * (history[-1] if history else 1.0))
    return _result(network, demand, pairs, state, tuple(history))


class _State:
    """Paths, and link flows, costs and slopes that belong to them."""

    def __init__(self, network: RoadNetwork, paths: Paths) -> None:
        self.paths = paths
        self.laws = projection.law(network)
        self.cost = np.empty(len(network.link_from))
        self.slope = np.empty(len(network.link_from))
        self.mark = np.zeros(len(network.link_from), np.int64)
        self.flow = self.refresh()

    def refresh(self) -> NDArray[np.float64]:
        """Sum link flows anew from the paths, so that rounding never builds up."""
        self.flow = self.paths.load(len(self.cost))
        projection.price(self.laws, self.flow, self.cost, self.slope)
        return self.flow

    def complete(self, pairs: TripTable) -> bool:
        """Whether every pair has a path with trips on it."""
        met = np.bincount(self.paths.pair, self.paths.flow, minlength=len(pairs.trips))
        return bool((met > 0.0).all())

    def gap(self, pairs: TripTable, columns: _Columns) -> float:
        """Relative gap of the present flows [1]."""
        total = float(self.cost @ self.flow)
        excess = total - float(columns.least @ pairs.trips)
        return max(excess, 0.0) / total if total > 0.0 else 0.0

    def add(self, columns: _Columns, pairs: TripTable) -> None:
        """Take up new paths."""
        self.paths = projection.merge(self.paths, columns.length, columns.links, pairs.trips)
        self.refresh()

    def balance(self, target: float) -> None:
        """Move trips between known paths until little is left to gain."""
        paths = self.paths
        for _ in range(SWEEPS):
            excess = projection.sweep(
                paths.pair_first,
                paths.start,
                paths.links,
                paths.flow,
                self.flow,
                self.cost,
                self.slope,
                self.laws,
                self.mark,
            )
            if excess <= target * float(self.cost @ self.flow):
                break
        self.refresh()


def _tell(progress: Callable[[str, float], None] | None, reached: float, gap: float) -> None:
    if progress is not None:
        done = 1.0 if reached <= gap else np.log(max(reached, gap)) / np.log(gap)
        progress("assigning cars to streets", float(np.clip(done, 0.0, 1.0)))


def _pairs(demand: TripTable) -> TripTable:
    """Pairs with demand between different zones, each once, sorted by origin."""
    keep = (demand.origin != demand.destination) & (demand.trips > 0.0)
    ends = np.column_stack([demand.origin[keep], demand.destination[keep]])
    unique, place = np.unique(ends, axis=0, return_inverse=True)
    trips = np.bincount(place.ravel(), weights=demand.trips[keep], minlength=len(unique))
    return TripTable(
        np.ascontiguousarray(unique[:, 0], np.int64),
        np.ascontiguousarray(unique[:, 1], np.int64),
        trips.astype(np.float64),
    )


def _search(of: Graph, state: _State, pairs: TripTable, threads: int | None) -> _Columns:
    """Cheapest paths of all pairs at current costs, a block of origins at a time."""
    length = np.zeros(len(pairs.trips), np.int64)
    least = np.empty(len(pairs.trips))
    found = [np.zeros(0, np.int32)]
    for low, high, origins, row in _blocks(pairs):
        distance, parent = trees(of, state.cost, origins, threads=threads)
        least[low:high] = distance[row[low:high], pairs.destination[low:high]]
        paths = state.paths
        projection.measure(
            low,
            high,
            row,
            pairs.destination,
            distance,
            parent,
            of.link_from,
            state.cost,
            paths.pair_first,
            paths.start,
            paths.links,
            length,
        )
        links = np.empty(int(length[low:high].clip(min=0).sum()), np.int32)
        projection.trace(low, high, row, pairs.destination, parent, of.link_from, length, links)
        found.append(links)
    return _Columns(length, np.concatenate(found), least)


def _blocks(
    pairs: TripTable,
) -> Iterator[tuple[int, int, NDArray[np.int64], NDArray[np.int64]]]:
    """Blocks of origins: first and last pair, the origins, and the row of each pair in them."""
    origins, number = np.unique(pairs.origin, return_inverse=True)
    row = (number % ORIGINS_AT_ONCE).astype(np.int64)
    for first in range(0, len(origins), ORIGINS_AT_ONCE):
        block = origins[first : first + ORIGINS_AT_ONCE]
        low = int(np.searchsorted(pairs.origin, block[0], side="left"))
        high = int(np.searchsorted(pairs.origin, block[-1], side="right"))
        yield low, high, block, row


def _reachable(state: _State, pairs: TripTable, columns: _Columns) -> tuple[TripTable, _Columns]:
    """Leave out pairs without any path; the certificate counts their trips."""
    keep = columns.length >= 0
    paths = state.paths
    counts = np.diff(paths.pair_first)[keep]
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    state.paths = projection.Paths(first, paths.start, paths.links, paths.flow)
    kept = TripTable(pairs.origin[keep], pairs.destination[keep], pairs.trips[keep])
    return kept, _Columns(columns.length[keep], columns.links, columns.least[keep])


def _resume(network: RoadNetwork, pairs: TripTable, warm: Warm | None) -> Paths:
    """Paths of an earlier run that still exist, scaled to the trips of this one."""
    none = projection.Paths.none(len(pairs.trips))
    if warm is None or warm.zones != network.zones or not len(pairs.trips):
        return none
    old = warm.paths
    number = network.link_ids.get_indexer(warm.link_ids).astype(np.int32)
    links = number[old.links]
    there = (
        np.bincount(
            np.repeat(np.arange(len(old.flow)), old.lengths), links < 0, minlength=len(old.flow)
        )
        == 0
    )
    renamed = projection.Paths(old.pair_first, old.start, links, old.flow).take(there)
    keys = pairs.origin * network.zones + pairs.destination
    wanted = (warm.pairs.origin * network.zones + warm.pairs.destination)[renamed.pair]
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    same = keys[place] == wanted
    kept = renamed.take(same)
    first = np.concatenate(([0], np.cumsum(np.bincount(place[same], minlength=len(keys))))).astype(
        np.int64
    )
    moved = projection.Paths(first, kept.start, kept.links, kept.flow)
    whole = ~certificate.broken(network, moved, pairs.origin, pairs.destination)
    nothing = np.zeros(len(keys), np.int64)
    return projection.merge(moved.take(whole), nothing, np.zeros(0, np.int32), pairs.trips)


def _result(
    network: RoadNetwork,
    demand: TripTable,
    pairs: TripTable,
    state: _State,
    history: tuple[float, ...],
) -> Equilibrium:
    time = certificate.delay(network, state.flow)
    proof = certificate.certify(network, demand, state.flow, state.paths, pairs)
    return Equilibrium(
        flow=state.flow,
        time=time,
        cost=time + network.fixed_cost,
        relative_gap=proof.relative_gap,
        history=history,
        certificate=proof,
        warm=Warm(network.zones, network.link_ids, pairs, state.paths),
    )


def check(network: RoadNetwork, demand: TripTable) -> None:
    """Refuse a network or trip table that the solver cannot promise anything about.

    Raises
    ------
    InputError
        All faults at once.
    """
    faults = [*_network_faults(network), *_demand_faults(network, demand)]
    if faults:
        raise InputError.of("road network", faults)


def _network_faults(network: RoadNetwork) -> Iterator[Fault]:
    for name in ("capacity", "length", "free_time", "alpha", "power", "fixed_cost"):
        values = getattr(network, name)
        if np.isnan(values).any() or (values < 0.0).any():
            yield Fault(name, "has negative or missing values.", "Correct the link table.")
    if (network.capacity <= 0.0).any():
        yield Fault("capacity", "is zero on some links.", "Leave out links that carry nobody.")
    if ((network.power > 0.0) & (network.power < 1.0)).any():
        yield Fault("power", "lies between 0 and 1.", "Use 0 for no delay, or 1 and more.")
    ends = np.concatenate((network.link_from, network.link_to))
    if len(ends) and (ends.min() < 0 or ends.max() >= network.nodes):
        yield Fault("links", f"name nodes outside 0 to {network.nodes - 1}.", "Number the nodes.")
    if len(network.link_ids) != len(network.link_from) or not network.link_ids.is_unique:
        yield Fault("link_ids", "do not name every link once.", "Give each link its own name.")


def _demand_faults(network: RoadNetwork, demand: TripTable) -> Iterator[Fault]:
    if not np.isfinite(demand.trips).all() or (demand.trips < 0.0).any():
        yield Fault("trips", "has negative, infinite or missing values.", "Correct the trip table.")
    ends = np.concatenate((demand.origin, demand.destination))
    if len(ends) and (ends.min() < 0 or ends.max() >= network.zones):
        yield Fault("trips", f"name zones outside 0 to {network.zones - 1}.", "Number the zones.")
