"""A lighter hour: pairs of zones that few cars drive between keep their ways, the others choose.

A few pairs hold most trips (on Liechtenstein a sixth of them holds 95 %), so that solving many
similar worlds takes a fraction of the time. What stays on its ways still takes capacity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layers.schema import Elastic, TripTable
from twin.mobility.delay import every

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from layers.schema import RoadNetwork, UserClass
    from twin.mobility.equilibrium import Equilibrium
    from twin.mobility.street_traffic import Hour

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Keys = Mapping[str, Ints]


@dataclass(frozen=True)
class Light:
    """An hour whose small pairs are traffic that is there anyway.

    Parameters
    ----------
    hour
        The hour as it was solved in full.
    users
        Classes with their large pairs.
    rest : (links,) [veh/h]
        Cars of the small pairs.
    """

    hour: Hour
    users: Sequence[UserClass]
    rest: NDArray[np.float64]

    def network(self, network: RoadNetwork, demand: float) -> RoadNetwork:
        """A network that the small pairs are on.

        Parameters
        ----------
        network
            That of the hour, or one like it.
        demand
            Factor on their cars [1].
        """
        there = every(network.background, len(network.link_from))
        return replace(network, background=there + demand * self.rest)


def small(users: Sequence[UserClass], found: Equilibrium, kept: float) -> dict[str, Ints]:
    """Pairs, as origin * zones + destination, that together hold the smallest share of each class.

    Only of classes whose trips answer to cost: those are many.

    Parameters
    ----------
    users, found
        Classes and their equilibrium.
    kept
        Share of the trips of a class that its large pairs hold at least [1].
    """
    elastic = {user.name for user in users if user.elastic is not None}
    zones = found.warm.zones
    return {
        name: _smallest(table, kept, zones)
        for name, table in zip(found.names, found.trips, strict=True)
        if name in elastic
    }


def _smallest(table: TripTable, kept: float, zones: int) -> Ints:
    order = np.argsort(-table.trips, kind="stable")
    sums = np.cumsum(table.trips[order])
    last = int(np.searchsorted(sums, kept * sums[-1])) + 1 if len(sums) else 0
    rows = order[last:]
    return np.sort(table.origin[rows] * zones + table.destination[rows])


def lighten(hour: Hour, users: Sequence[UserClass], keys: Keys) -> Light:
    """Take small pairs out of the classes and put their cars on the streets as they drive.

    Parameters
    ----------
    hour
        Solved in full.
    users
        Classes that it was solved for.
    keys
        Of `small`.
    """
    found = hour.found
    zones = found.warm.zones
    pairs = found.pairs
    number = pairs.origin * zones + pairs.destination
    weight = np.zeros(len(number))
    for klass, name in enumerate(found.names):
        if name in keys:
            weight[(pairs.klass == klass) & np.isin(number, keys[name])] = 1.0
    rest = found.warm.loaded(weight)
    return Light(hour, [_without(user, keys, zones) for user in users], rest)


def _without(user: UserClass, keys: Keys, zones: int) -> UserClass:
    if user.name not in keys:
        return user
    table = user.trips
    keep = ~np.isin(table.origin * zones + table.destination, keys[user.name])
    trips = TripTable(table.origin[keep], table.destination[keep], table.trips[keep])
    elastic = None if user.elastic is None else _rows(user.elastic, keep)
    return replace(user, trips=trips, elastic=elastic)


def _rows(elastic: Elastic, keep: NDArray[np.bool_]) -> Elastic:
    """Some rows of the answer to cost."""
    counts = np.diff(elastic.pair_first)
    groups = np.repeat(keep, counts)
    first = np.concatenate(([0], np.cumsum(counts[keep]))).astype(np.int64)
    return Elastic(first, elastic.size[groups], elastic.scale[groups], elastic.other[groups])
