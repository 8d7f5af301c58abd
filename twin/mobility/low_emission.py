"""Vehicles that a low-emission rule keeps out, as classes of their own.

Residents' cars are split in `car_classes`; here go vans, lorries and vehicles across the boundary,
whose number is fixed. One that may not enter drives round; where it begins or ends inside, a vehicle
that may enter takes its place, for the trip is made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from layers.schema import TripTable
from twin.mobility import fleet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork, UserClass
    from twin.mobility.network import Roads

BARRED: Final = " barred "
"""Between the name of a class and the mildest rule that keeps a part of it out."""


def kind(name: str) -> str:
    """Class that a class split by a rule is part of.

    Parameters
    ----------
    name
        Of a class of vehicles.
    """
    return name.partition(BARRED)[0]


def kept_out(mix: pd.DataFrame, rules: Iterable[str]) -> dict[str, dict[str, float]]:
    """Share of the kilometres of each kind of vehicle that each rule keeps out [1].

    Parameters
    ----------
    mix
        `fleet.Fleet.mix`.
    rules
        Names in low_emission_rules.csv.
    """
    named = sorted(rules)
    return {
        vehicle: {rule: fleet.barred_share(mix, rule, vehicle) for rule in named}
        for vehicle in fleet.VEHICLES
    }


def parts(shares: Mapping[str, float], whole: float = 1.0) -> list[tuple[str, float, list[str]]]:
    """Vehicles by the rules that keep them out, the oldest first.

    Parameters
    ----------
    shares
        Share that each rule keeps out [1]; what a milder rule keeps out, stricter ones do too.
    whole
        Share that can be kept out [1].

    Returns
    -------
    list
        Mildest rule, share of the vehicles [1] and all rules that keep them out.
    """
    rules = sorted(shares, key=lambda rule: (shares[rule], rule))
    found, taken = [], 0.0
    for number, rule in enumerate(rules):
        share = min(shares[rule], whole) - taken
        found.append((rule, share, rules[number:]))
        taken += share
    return found


def parted(user: UserClass, shares: Mapping[str, float], roads: Roads) -> Iterator[UserClass]:
    """A class of fixed trips as those that may drive everywhere, and those kept out.

    Parameters
    ----------
    user
        Class.
    shares
        Share of its vehicles that each rule keeps out [1].
    roads
        Network, whose streets name their rules.
    """
    found = []
    for rule, share, rules in parts(shares):
        if share <= 0.0:
            continue
        barred = np.any([roads.barred(one) for one in rules], axis=0)
        if user.barred is not None:
            barred = barred | user.barred
        found.append((replace(user, name=f"{user.name}{BARRED}{rule}", barred=barred), share))
    return divided(user, found, roads.network)


def divided(
    user: UserClass, kept_out: Iterable[tuple[UserClass, float]], network: RoadNetwork
) -> Iterator[UserClass]:
    """A class of fixed trips, and what is kept out of it; where there is no way round, none is.

    Parameters
    ----------
    user
        Class.
    kept_out
        Classes with their bans, and the share of the vehicles that each is [1].
    network
        Network of all of them.
    """
    trips = user.trips
    left = trips.trips.copy()
    split = []
    for one, share in kept_out:
        barred = np.zeros(len(network.link_from), bool) if one.barred is None else one.barred
        served = together(network, barred, trips.origin, trips.destination)
        own = np.where(served, share * trips.trips, 0.0)
        left -= own
        kept = own > 0.0
        table = TripTable(trips.origin[kept], trips.destination[kept], own[kept])
        split.append(replace(one, trips=table, elastic=None))
    stays = left > 0.0
    table = TripTable(trips.origin[stays], trips.destination[stays], left[stays])
    for one in (replace(user, trips=table), *split):
        if len(one.trips.trips):
            yield one


def together(
    net: RoadNetwork,
    barred: NDArray[np.bool_],
    origin: NDArray[np.int64],
    destination: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Whether each pair of zones lies in one part of the network with ways there and back (pairs,).

    Parameters
    ----------
    net
        Network.
    barred : (links,)
        Links that may not be used.
    origin, destination : (pairs,)
        Zones.
    """
    open_ = ~barred
    arcs = (np.ones(int(open_.sum())), (net.link_from[open_], net.link_to[open_]))
    graph = coo_array(arcs, shape=(net.nodes, net.nodes))
    _, part = connected_components(graph.tocsr(), connection="strong")
    return np.asarray(part[origin] == part[destination])
