"""Prove an assignment without trusting its solver: other shortest paths, other sums."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from twin.compiled import bare
from twin.mobility import bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from layers.schema import Elastic, RoadNetwork, TripTable, UserClass
    from twin.mobility.bounds import Hint, Known
    from twin.mobility.chains import Chains
    from twin.mobility.classes import Pairs
    from twin.mobility.columns import Paths

ORIGINS_AT_ONCE = 64


@dataclass(frozen=True)
class Certificate:
    """What was checked after an assignment, by means of its own.

    Parameters
    ----------
    relative_gap
        Share of the total cost that trips could save by taking the cheapest path [1]
        (Boyce, Ralevic-Dekic and Bar-Gera 2004).
    average_excess_cost
        The same saving per trip [min].
    node_residual
        Largest difference between what enters and what leaves a node, trip ends counted [veh/h].
    flow_residual
        Largest difference between link flow and the sum of its path flows [veh/h].
    demand_residual
        Largest difference between the trips of a pair and its path flows [veh/h].
    broken_paths
        Paths that are not a chain of links from origin to destination [1].
    demand, assigned, intrazonal, unreachable
        Trips asked for; assigned; inside one zone and hence not on the network; without any path
        [veh/h]. demand = assigned + intrazonal + unreachable.
    unreachable_pairs
        Pairs of zones without a path [1].
    elastic_residual
        Largest relative difference between elastic trips of a pair and those that its cheapest path
        calls for [1]; elastic trips without a path are not called for.
    """

    relative_gap: float
    average_excess_cost: float
    node_residual: float
    flow_residual: float
    demand_residual: float
    broken_paths: int
    demand: float
    assigned: float
    intrazonal: float
    unreachable: float
    unreachable_pairs: int
    elastic_residual: float = 0.0

    def __str__(self) -> str:
        """One fact a line, as it is printed with a result."""
        return "\n".join(
            f"{name.replace('_', ' ')}: {value:.6g}" for name, value in asdict(self).items()
        )

    def to_dict(self) -> dict[str, float]:
        """Plain numbers for a run record."""
        return asdict(self)


def delay(network: RoadNetwork, flow: NDArray[np.float64]) -> NDArray[np.float64]:
    """Travel time on each link at a flow (Bureau of Public Roads 1964; Spiess 1990).

    Parameters
    ----------
    network
        Road network.
    flow : (links,) [pcu/h]
        Of all classes and the background.

    Returns
    -------
    time : (links,) [min]
        ``free_time * (1 + alpha * (flow / capacity) ** power)``, or, where conical = a > 0,
        ``free_time * (2 + sqrt(a^2 (1 - x)^2 + b^2) - a (1 - x) - b)`` with x = flow / capacity
        and b = (2 a - 1) / (2 a - 2).
    """
    ratio = flow / network.capacity
    time = np.asarray(network.free_time * (1.0 + network.alpha * ratio**network.power))
    cone = np.flatnonzero(network.conical)
    steep, left = network.conical[cone], 1.0 - ratio[cone]
    beta = (2.0 * steep - 1.0) / (2.0 * steep - 2.0)
    root = np.sqrt((steep * left) ** 2 + beta**2)
    time[cone] = network.free_time[cone] * (2.0 + root - steep * left - beta)
    return time


def volume(
    network: RoadNetwork, users: Sequence[UserClass], flow: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Volume on each link (links,) [pcu/h] of class flows (classes, links) and the background."""
    total = np.array([user.pcu for user in users]) @ flow
    return np.asarray(total + network.background if len(network.background) else total)


def least_costs(
    known: Known,
    cost: NDArray[np.float64],
    origin: NDArray[np.int64],
    destination: NDArray[np.int64],
    hint: Hint | None = None,
    klass: int = 0,
    *,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Cost of the cheapest path of each pair (pairs,) [min], infinite where there is none."""
    found = np.empty(len(origin))
    order = np.argsort(origin, kind="stable")
    starts, first = np.unique(origin[order], return_index=True)
    ends = np.append(first, len(origin))
    for low in range(0, len(starts), ORIGINS_AT_ONCE):
        block = starts[low : low + ORIGINS_AT_ONCE]
        mine = order[ends[low] : ends[low + len(block)]]
        table = bounds.least(known, cost, block, hint, klass, threads=threads)
        found[mine] = table[np.searchsorted(block, origin[mine]), destination[mine]]
    return found


def broken(
    network: RoadNetwork,
    paths: Paths,
    origin: NDArray[np.int64],
    destination: NDArray[np.int64],
    chains: Chains | None = None,
) -> NDArray[np.bool_]:
    """Mark paths (paths,) that are not a chain of links from origin to destination.

    Parameters
    ----------
    network
        Road network.
    paths
        Rows of links, or of chains of links.
    origin, destination : (pairs,) int64
    chains
        These chains.
    """
    wrong = np.zeros(len(paths.flow), np.bool_)
    ends = network.link_from.astype(np.int32), network.link_to.astype(np.int32)
    if chains is not None:
        ends = _ends(chains, *ends)
    _torn(paths, origin, destination, *ends, wrong)
    return wrong


def _ends(
    chains: Chains, tail: NDArray[np.int32], head: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Start and end node of each chain; no node where its links do not follow one another."""
    apart = tail[chains.links[1:]] != head[chains.links[:-1]]
    apart[chains.first[1:-1] - 1] = False
    chain = np.searchsorted(chains.first, np.flatnonzero(apart), side="right") - 1
    torn = np.zeros(len(chains.first) - 1, np.bool_)
    torn[chain] = True
    begins, stops = tail[chains.links[chains.first[:-1]]], head[chains.links[chains.first[1:] - 1]]
    return np.where(torn, -1, begins).astype(np.int32), np.where(torn, -2, stops).astype(np.int32)


@bare
def _torn(
    paths: Paths,
    origin: NDArray[np.int64],
    destination: NDArray[np.int64],
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    wrong: NDArray[np.bool_],
) -> None:
    for pair in range(len(paths.pair_first) - 1):
        for path in range(paths.pair_first[pair], paths.pair_first[pair + 1]):
            node = origin[pair]
            for place in range(paths.start[path], paths.start[path + 1]):
                link = paths.links[place]
                if tail[link] != node:
                    wrong[path] = True
                node = head[link]
            if node != destination[pair] or paths.start[path] == paths.start[path + 1]:
                wrong[path] = True


@dataclass(frozen=True)
class Ways:
    """Paths in use and the pairs that they serve.

    Parameters
    ----------
    paths, pairs
        The paths found, and whose they are.
    chains
        Rows of links that the paths are made of; none if they are made of links. That each is a
        row of links is checked too.
    """

    paths: Paths
    pairs: Pairs
    chains: Chains | None = None


def certify(
    network: RoadNetwork,
    users: Sequence[UserClass],
    flow: NDArray[np.float64],
    ways: Ways,
    *,
    rest: tuple[NDArray[np.float64], Pairs] | None = None,
    hint: Hint | None = None,
    threads: int | None = None,
) -> Certificate:
    """Check flows and paths against the demand that was asked for.

    Parameters
    ----------
    network, users
        What was asked.
    flow : (classes, links) [veh/h]
        What was found.
    ways
        The paths found.
    rest
        Flow (classes, links) of pairs whose paths are kept from a run that was checked before, and
        all pairs, where `ways` are those of a part.
    hint
        Trees of cheapest paths as the solver has them; the proof only begins with them.
    threads
        Threads that share the proof; all processors if None.
    """
    time = delay(network, volume(network, users, flow))
    known = bounds.lay_out(network, None if hint is None else hint.chains)
    own = ways.pairs if rest is None else rest[1]
    checks = [
        _checked(
            network, user, time, flow[number], _own(own, number, network.zones),
            partial(least_costs, known, hint=hint, klass=number, threads=threads),
        )
        for number, user in enumerate(users)
    ]  # fmt: skip
    paths, pairs = ways.paths, ways.pairs
    summed = _summed(paths, pairs.klass, flow.shape, ways.chains)
    met = np.bincount(paths.pair, weights=paths.flow, minlength=len(pairs.trips))
    total = sum(check.total for check in checks)
    excess = max(total - sum(check.least for check in checks), 0.0)
    assigned = sum(check.assigned for check in checks)
    return Certificate(
        relative_gap=excess / total if total > 0.0 else 0.0,
        average_excess_cost=excess / assigned if assigned > 0.0 else 0.0,
        node_residual=max(check.node_residual for check in checks),
        flow_residual=_largest(flow - summed if rest is None else flow - rest[0] - summed),
        demand_residual=max(
            _largest(met - pairs.trips), *(check.demand_residual for check in checks)
        ),
        broken_paths=int(
            broken(network, paths, pairs.origin, pairs.destination, ways.chains).sum()
        ),
        demand=sum(check.demand for check in checks),
        assigned=assigned,
        intrazonal=sum(check.intrazonal for check in checks),
        unreachable=sum(check.unreachable for check in checks),
        unreachable_pairs=sum(check.unreachable_pairs for check in checks),
        elastic_residual=max(check.elastic_residual for check in checks),
    )


@dataclass(frozen=True)
class _Checked:
    """What was checked of one class, in the words of `Certificate`."""

    total: float
    least: float
    node_residual: float
    demand_residual: float
    demand: float
    assigned: float
    intrazonal: float
    unreachable: float
    unreachable_pairs: int
    elastic_residual: float


def _own(pairs: Pairs, number: int, zones: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of a class as rising numbers, and their trips."""
    mine = pairs.klass == number
    return pairs.origin[mine] * zones + pairs.destination[mine], pairs.trips[mine]


def _checked(
    network: RoadNetwork,
    user: UserClass,
    time: NDArray[np.float64],
    flow: NDArray[np.float64],
    served: tuple[NDArray[np.int64], NDArray[np.float64]],
    cheapest: Callable[..., NDArray[np.float64]],
) -> _Checked:
    trips = user.trips
    cost = time + (network.fixed_cost if user.cost is None else user.cost)
    if user.barred is not None:
        cost = np.where(user.barred, np.inf, cost)
    least = cheapest(cost, trips.origin, trips.destination)
    inside, reached = trips.origin == trips.destination, np.isfinite(least)
    carried = ~inside & reached
    wanted = trips.trips if user.elastic is None else _called_for(user.elastic, least)
    real = _realised(trips, served, network.zones) if user.elastic is not None else wanted
    lost = ~inside & ~reached & (wanted > 0.0)
    assigned = float(real[carried].sum())
    intrazonal, unreachable = float(trips.trips[inside].sum()), float(wanted[lost].sum())
    used = flow > 0.0
    off = np.abs(real - wanted)[carried & (wanted > 0.0)] / wanted[carried & (wanted > 0.0)]
    return _Checked(
        total=float(cost[used] @ flow[used]),
        least=float(least[carried] @ real[carried]),
        node_residual=_node_residual(network, trips, carried, real, flow),
        demand_residual=abs(float(served[1].sum()) - assigned),
        demand=assigned + intrazonal + unreachable,
        assigned=assigned,
        intrazonal=intrazonal,
        unreachable=unreachable,
        unreachable_pairs=int((~inside & ~reached & _asked(user)).sum()),
        elastic_residual=_largest(off) if user.elastic is not None else 0.0,
    )


def _asked(user: UserClass) -> NDArray[np.bool_]:
    """Pairs (pairs,) that may have trips."""
    if user.elastic is None:
        return user.trips.trips > 0.0
    return np.diff(user.elastic.pair_first) > 0


def _called_for(elastic: Elastic, cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Trips of each pair that a cost calls for (pairs,) [veh/h]; by SciPy's logistic function."""
    pair = np.repeat(np.arange(len(cost)), np.diff(elastic.pair_first))
    share = expit(elastic.scale * (elastic.other - cost[pair]))
    return np.bincount(pair, weights=elastic.size * share, minlength=len(cost)).astype(np.float64)


def _realised(
    trips: TripTable, served: tuple[NDArray[np.int64], NDArray[np.float64]], zones: int
) -> NDArray[np.float64]:
    """Trips as found for each row of a trip table (pairs,) [veh/h]."""
    keys, found = served
    place = np.searchsorted(keys, trips.origin * zones + trips.destination)
    place = place.clip(max=max(len(keys) - 1, 0))
    if not len(keys):
        return np.zeros(len(trips.trips))
    return np.where(keys[place] == trips.origin * zones + trips.destination, found[place], 0.0)


def _summed(
    paths: Paths,
    klass: NDArray[np.int64],
    shape: tuple[int, ...],
    chains: Chains | None,
) -> NDArray[np.float64]:
    """Flow of each class on every link from the paths alone [veh/h]."""
    columns = shape[1] if chains is None else len(chains.first) - 1
    total, classes = np.zeros((shape[0], columns)), klass[paths.pair]
    _add_up(paths, classes, total)
    if chains is None:
        return total
    spread = np.repeat(total, np.diff(chains.first), axis=1)
    return np.stack([np.bincount(chains.links, weights=one, minlength=shape[1]) for one in spread])


@bare
def _add_up(paths: Paths, classes: NDArray[np.int64], total: NDArray[np.float64]) -> None:
    for path in range(len(classes)):
        mine = total[classes[path]]
        for place in range(paths.start[path], paths.start[path + 1]):
            mine[paths.links[place]] += paths.flow[path]


def _largest(difference: NDArray[np.float64]) -> float:
    return float(np.abs(difference).max(initial=0.0))


def _node_residual(
    network: RoadNetwork,
    trips: TripTable,
    carried: NDArray[np.bool_],
    real: NDArray[np.float64],
    flow: NDArray[np.float64],
) -> float:
    def summed(node: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(node, weights=weight, minlength=network.nodes).astype(np.float64)

    some = real[carried]
    enters = summed(network.link_to, flow) + summed(trips.origin[carried], some)
    leaves = summed(network.link_from, flow) + summed(trips.destination[carried], some)
    return _largest(enters - leaves)
