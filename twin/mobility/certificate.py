"""Prove an assignment without trusting its solver: other shortest paths, other sums."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

from twin.mobility.sparse import cheapest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork, TripTable
    from twin.mobility.projection import Paths

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

    def to_dict(self) -> dict[str, float]:
        """Plain numbers for a run record."""
        return asdict(self)


def delay(network: RoadNetwork, flow: NDArray[np.float64]) -> NDArray[np.float64]:
    """Travel time on each link at a flow (Bureau of Public Roads 1964).

    Parameters
    ----------
    network
        Road network.
    flow : (links,) [veh/h]

    Returns
    -------
    time : (links,) [min]
        ``free_time * (1 + alpha * (flow / capacity) ** power)``.
    """
    ratio = flow / network.capacity
    return np.asarray(network.free_time * (1.0 + network.alpha * ratio**network.power))


def distances(
    network: RoadNetwork, cost: NDArray[np.float64], origins: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cost of the cheapest path from origins to every node (origins, nodes) [min], by SciPy.

    Each zone that may not be passed through is split: trips leave it from a node of their own,
    so that no path can enter and leave it.
    """
    leaves = np.where(
        network.link_from < network.first_through,
        network.link_from + network.nodes,
        network.link_from,
    )
    matrix = cheapest(leaves, network.link_to, cost, 2 * network.nodes)
    sources = np.where(origins < network.first_through, origins + network.nodes, origins)
    found = np.asarray(dijkstra(matrix, indices=sources))[:, : network.nodes]
    found[np.arange(len(origins)), origins] = 0.0
    return found


def least_costs(
    network: RoadNetwork,
    cost: NDArray[np.float64],
    origin: NDArray[np.int64],
    destination: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Cost of the cheapest path of each pair (pairs,) [min], infinite where there is none."""
    found = np.empty(len(origin))
    starts = np.unique(origin)
    for low in range(0, len(starts), ORIGINS_AT_ONCE):
        block = starts[low : low + ORIGINS_AT_ONCE]
        table = distances(network, cost, block)
        mine = np.isin(origin, block)
        found[mine] = table[np.searchsorted(block, origin[mine]), destination[mine]]
    return found


def broken(
    network: RoadNetwork,
    paths: Paths,
    origin: NDArray[np.int64],
    destination: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Mark paths (paths,) that are not a chain of links from origin to destination."""
    wrong = paths.lengths == 0
    head, tail = network.link_to[paths.links], network.link_from[paths.links]
    loose = np.concatenate((head[:-1] != tail[1:], [False])).astype(bool)
    loose[paths.start[1:][~wrong] - 1] = False
    path = np.repeat(np.arange(len(paths.flow)), paths.lengths)
    wrong[path[loose[: len(path)]]] = True
    whole = paths.lengths > 0
    pair = paths.pair[whole]
    wrong[whole] |= tail[paths.start[:-1][whole]] != origin[pair]
    wrong[whole] |= head[paths.start[1:][whole] - 1] != destination[pair]
    return np.asarray(wrong)


def certify(
    network: RoadNetwork,
    demand: TripTable,
    flow: NDArray[np.float64],
    paths: Paths,
    pairs: TripTable,
) -> Certificate:
    """Check flows and paths against the trip table that was asked for.

    Parameters
    ----------
    network, demand
        What was asked.
    flow : (links,) [veh/h]
        What was found.
    paths, pairs
        The paths found and the pairs they serve.
    """
    cost = delay(network, flow) + network.fixed_cost
    inside = demand.origin == demand.destination
    least = least_costs(network, cost, demand.origin, demand.destination)
    lost = ~inside & ~np.isfinite(least) & (demand.trips > 0.0)
    carried = ~inside & np.isfinite(least)
    total = float(cost @ flow)
    excess = total - float(least[carried] @ demand.trips[carried])
    assigned = float(demand.trips[carried].sum())
    met = np.bincount(paths.pair, weights=paths.flow, minlength=len(pairs.trips))
    return Certificate(
        relative_gap=max(excess, 0.0) / total if total > 0.0 else 0.0,
        average_excess_cost=max(excess, 0.0) / assigned if assigned > 0.0 else 0.0,
        node_residual=_node_residual(network, demand, carried, flow),
        flow_residual=_largest(flow - _summed(paths, len(flow))),
        demand_residual=_largest(met - pairs.trips),
        broken_paths=int(broken(network, paths, pairs.origin, pairs.destination).sum()),
        demand=float(demand.trips.sum()),
        assigned=assigned,
        intrazonal=float(demand.trips[inside].sum()),
        unreachable=float(demand.trips[lost].sum()),
        unreachable_pairs=int(lost.sum()),
    )


def _summed(paths: Paths, links: int) -> NDArray[np.float64]:
    """Flow on every link by NumPy, not by the kernel of the solver [veh/h]."""
    weights = np.repeat(paths.flow, paths.lengths)
    return np.bincount(paths.links, weights=weights, minlength=links).astype(np.float64)


def _largest(difference: NDArray[np.float64]) -> float:
    return float(np.abs(difference).max(initial=0.0))


def _node_residual(
    network: RoadNetwork,
    demand: TripTable,
    carried: NDArray[np.bool_],
    flow: NDArray[np.float64],
) -> float:
    def summed(node: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(node, weights=weight, minlength=network.nodes).astype(np.float64)

    trips = demand.trips[carried]
    enters = summed(network.link_to, flow) + summed(demand.origin[carried], trips)
    leaves = summed(network.link_from, flow) + summed(demand.destination[carried], trips)
    return _largest(enters - leaves)
