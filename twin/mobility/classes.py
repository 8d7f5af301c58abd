"""User classes laid side by side: all pairs of all classes as one list, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layers.errors import Fault, InputError
from layers.schema import TripTable, UserClass
from twin.mobility.projection import Groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from layers.schema import Elastic, RoadNetwork


@dataclass(frozen=True)
class Pairs:
    """Pairs of zones with demand, each once per class, sorted by class, origin and destination.

    Parameters
    ----------
    klass, origin, destination : (pairs,) int64
    trips : (pairs,) [veh/h]
    """

    klass: NDArray[np.int64]
    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    trips: NDArray[np.float64]

    def keys(self, zones: int) -> NDArray[np.int64]:
        """One number for each pair, rising."""
        return (self.klass * zones + self.origin) * zones + self.destination


@dataclass(frozen=True)
class Problem:
    """What is to be assigned, in the form that the solver works on.

    Parameters
    ----------
    pairs
        Different zones only; trips are the first guess where demand is elastic.
    groups
        Elastic demand of each pair.
    pcu : (classes,) [1]
    fixed : (classes, links) [min]
        Infinite where a class is barred.
    """

    pairs: Pairs
    groups: Groups
    pcu: NDArray[np.float64]
    fixed: NDArray[np.float64]

    @property
    def elastic(self) -> NDArray[np.bool_]:
        """Pairs (pairs,) whose trips answer to cost."""
        return np.diff(self.groups.first) > 0


def listed(demand: TripTable | Sequence[UserClass]) -> tuple[UserClass, ...]:
    """Demand as user classes; a trip table alone is one class of cars."""
    if isinstance(demand, TripTable):
        return (UserClass("car", demand),)
    return tuple(demand)


def class_fixed(network: RoadNetwork, user: UserClass) -> NDArray[np.float64]:
    """Cost of each link besides time, as a class sees it (links,) [min]; infinite where barred."""
    fixed = network.fixed_cost if user.cost is None else user.cost
    return fixed if user.barred is None else np.where(user.barred, np.inf, fixed)


def lay_out(network: RoadNetwork, users: Sequence[UserClass]) -> Problem:
    """Lay the pairs of all classes side by side.

    Raises
    ------
    InputError
        If the network or a class breaks its contract; all faults at once.
    """
    check(network, users)
    parts = [_pairs(user, network.zones) for user in users]
    pairs = Pairs(
        np.repeat(np.arange(len(parts)), [len(part.trips) for part, _ in parts]).astype(np.int64),
        *(
            np.concatenate([getattr(part, name) for part, _ in parts])
            for name in ("origin", "destination", "trips")
        ),
    )
    counts = np.concatenate([np.diff(groups.first) for _, groups in parts])
    groups = Groups(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        *(
            np.concatenate([getattr(part, name) for _, part in parts])
            for name in ("size", "scale", "other")
        ),
    )
    pcu = np.array([user.pcu for user in users])
    return Problem(pairs, groups, pcu, np.stack([class_fixed(network, user) for user in users]))


def _pairs(user: UserClass, zones: int) -> tuple[TripTable, Groups]:
    """Pairs of one class with demand between different zones, each once, sorted by origin."""
    trips, none = user.trips, np.zeros(0)
    between = trips.origin != trips.destination
    if user.elastic is None:
        keep = between & (trips.trips > 0.0)
        keys = trips.origin[keep] * zones + trips.destination[keep]
        unique, place = np.unique(keys, return_inverse=True)
        total = np.bincount(place, weights=trips.trips[keep], minlength=len(unique))
        table = TripTable(unique // zones, unique % zones, total.astype(np.float64))
        return table, Groups(np.zeros(len(unique) + 1, np.int64), none, none, none)
    order = np.lexsort((trips.destination, trips.origin))
    order = order[between[order] & (_most(user.elastic)[order] > 0.0)]
    table = TripTable(trips.origin[order], trips.destination[order], trips.trips[order])
    return table, _groups(user.elastic, order)


def _most(elastic: Elastic) -> NDArray[np.float64]:
    """Trips of each pair if all went by car [veh/h]."""
    pair = np.repeat(np.arange(len(elastic.pair_first) - 1), np.diff(elastic.pair_first))
    most = np.bincount(pair, weights=elastic.size, minlength=len(elastic.pair_first) - 1)
    return most.astype(np.float64)


def _groups(elastic: Elastic, order: NDArray[np.int64]) -> Groups:
    """Groups of the pairs in a new order."""
    counts = np.diff(elastic.pair_first)[order]
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    steps = np.arange(first[-1]) - np.repeat(first[:-1], counts)
    place = np.repeat(elastic.pair_first[:-1][order], counts) + steps
    return Groups(first, elastic.size[place], elastic.scale[place], elastic.other[place])


def check(network: RoadNetwork, users: Sequence[UserClass]) -> None:
    """Refuse a network or classes that the solver cannot promise anything about.

    Raises
    ------
    InputError
        All faults at once.
    """
    faults = [*_network_faults(network), *_shape_faults(network)]
    if not users or len({user.name for user in users}) < len(users):
        faults.append(Fault("classes", "are none, or two share a name.", "Name each once."))
    for user in users:
        faults += _class_faults(network, user, "" if len(users) == 1 else f"{user.name}: ")
    if faults:
        raise InputError.of("road network", faults)


def _network_faults(network: RoadNetwork) -> Iterator[Fault]:
    for name in ("capacity", "length", "free_time", "alpha", "power", "fixed_cost", "conical",
                 "background"):  # fmt: skip
        values = getattr(network, name)
        if np.isnan(values).any() or (values < 0.0).any():
            yield Fault(name, "has negative or missing values.", "Correct the link table.")
    if (network.capacity <= 0.0).any():
        yield Fault("capacity", "is zero on some links.", "Leave out links that carry nobody.")
    if ((network.power > 0.0) & (network.power < 1.0)).any():
        yield Fault("power", "lies between 0 and 1.", "Use 0 for no delay, or 1 and more.")
    if ((network.conical > 0.0) & (network.conical <= 1.0)).any():
        yield Fault("conical", "is not above 1.", "Use 0 for the BPR law, or more than 1.")
    if len(network.link_ids) != len(network.link_from) or not network.link_ids.is_unique:
        yield Fault("link_ids", "do not name every link once.", "Give each link its own name.")


def _shape_faults(network: RoadNetwork) -> Iterator[Fault]:
    links = len(network.link_from)
    for name in ("conical", "background"):
        if len(getattr(network, name)) not in {0, links}:
            yield Fault(name, "has not one value for every link.", "Give all links, or none.")
    ends = np.concatenate((network.link_from, network.link_to))
    if len(ends) and (ends.min() < 0 or ends.max() >= network.nodes):
        yield Fault("links", f"name nodes outside 0 to {network.nodes - 1}.", "Number the nodes.")


def _class_faults(network: RoadNetwork, user: UserClass, whose: str) -> Iterator[Fault]:
    trips, links = user.trips, len(network.link_from)
    if not np.isfinite(trips.trips).all() or (trips.trips < 0.0).any():
        yield Fault(
            f"{whose}trips", "has negative, infinite or missing values.", "Correct the trip table."
        )
    ends = np.concatenate((trips.origin, trips.destination))
    if len(ends) and (ends.min() < 0 or ends.max() >= network.zones):
        reason = f"name zones outside 0 to {network.zones - 1}."
        yield Fault(f"{whose}trips", reason, "Number the zones.")
    if not (np.isfinite(user.pcu) and user.pcu > 0.0):
        yield Fault(f"{whose}pcu", "is not above 0.", "A car is 1.")
    cost = user.cost
    if cost is not None and (len(cost) != links or np.isnan(cost).any() or (cost < 0.0).any()):
        yield Fault(f"{whose}cost", "is not 0 or more on every link.", "Give every link a cost.")
    if user.barred is not None and len(user.barred) != links:
        yield Fault(f"{whose}barred", "has not one value for every link.", "Give all links.")
    if user.elastic is not None:
        yield from _elastic_faults(trips, user.elastic, f"{whose}elastic")


def _elastic_faults(trips: TripTable, elastic: Elastic, place: str) -> Iterator[Fault]:
    groups, first = len(elastic.size), elastic.pair_first
    whole = len(first) == len(trips.trips) + 1 and first[0] == 0 and first[-1] == groups
    if not whole or (np.diff(first) < 0).any():
        yield Fault(place, "does not give the groups of every pair.", "Give each row its groups.")
    elif {groups} != {len(elastic.scale), len(elastic.other)}:
        yield Fault(place, "has not one figure for every group.", "Give each group all three.")
    if not (np.isfinite(elastic.size).all() and (elastic.size >= 0.0).all()):
        yield Fault(place, "has negative, infinite or missing sizes.", "Correct the groups.")
    if not (np.isfinite(elastic.scale).all() and (elastic.scale > 0.0).all()):
        yield Fault(place, "has scales that are not above 0.", "Correct the groups.")
    if np.isnan(elastic.other).any() or (elastic.other == -np.inf).any():
        yield Fault(place, "has missing costs of all else.", "Infinite means nothing else.")
    keys = trips.origin * (trips.destination.max(initial=0) + 1) + trips.destination
    if not (np.diff(keys) > 0).all() and len(np.unique(keys)) < len(keys):
        yield Fault(place, "names a pair of zones twice.", "Put its groups together.")
