"""Zones that cars cannot leave or reach: a closed street, a ban of turns or a rule cuts them off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from layers.schema import UserClass
    from twin.mobility.classes import Pairs
    from twin.mobility.street_traffic import Hour

SHOWN: Final = 5
"""Streets that a sentence names at most [1]."""


def zones(users: Sequence[UserClass], served: Pairs, count: int) -> NDArray[np.bool_]:
    """Zones (count,) that lose their ways to, or from, more than half of the others asked for.

    Parameters
    ----------
    users
        Who drives, with the trips that are asked for.
    served
        Pairs of zones that have a way.
    count
        Number of zones.
    """
    asked = np.concatenate([_asked(user, count) for user in users] or [np.zeros(0, np.int64)])
    met = np.isin(asked, served.origin * count + served.destination)
    cut = np.zeros(count, np.bool_)
    for end in (asked // count, asked % count):
        wanted = np.bincount(end, minlength=count)
        # Zones that are cut off together still reach one another.
        cut |= 2 * np.bincount(end[~met], minlength=count) > wanted
    return cut


def _asked(user: UserClass, count: int) -> NDArray[np.int64]:
    """Pairs of different zones between which a class would drive, as one number each."""
    trips = user.trips
    wanted = trips.trips > 0.0
    if user.elastic is not None:
        wanted = np.diff(user.elastic.pair_first) > 0
    wanted &= trips.origin != trips.destination
    return np.asarray(trips.origin[wanted] * count + trips.destination[wanted])


def sentences(hours: Sequence[Hour], streets: pd.DataFrame) -> tuple[str, ...]:
    """Say which zones are cut off, when, and at which streets.

    Parameters
    ----------
    hours
        Busiest hour of each period.
    streets
        City table, for the names.
    """
    when, lost = [], 0.0
    whole: set[int] = set()
    for hour in hours:
        found = zones(hour.classes, hour.found.pairs, hour.roads.network.zones)
        if found.any():
            when.append(hour.period.name)
            whole |= set(np.flatnonzero(found).tolist())
            lost += hour.found.certificate.unreachable * hour.period.expansion
    if not when:
        return ()
    at = _streets_at(hours[0], sorted(whole), streets)
    said = (
        f"Cars cannot leave or cannot reach {len(whole)} zones ({', '.join(when)}), at {at}: "
        f"{lost:,.0f} trips a day that would be driven there are on no street."
    )
    return (said,)


def _streets_at(hour: Hour, zone: list[int], streets: pd.DataFrame) -> str:
    """Names, or else ids, of the streets where some zones hang on the network."""
    network, links = hour.roads.network, hour.roads.links
    heads = network.link_to[np.isin(network.link_from, zone)]
    tails = network.link_from[np.isin(network.link_to, zone)]
    near = np.isin(network.link_from, heads) | np.isin(network.link_to, tails)
    ids = links["street"].to_numpy()[near & (links["kind"] == "street").to_numpy()]
    ids = [one for one in dict.fromkeys(ids) if one in streets.index]
    names = streets["name"].reindex(ids) if "name" in streets else streets.index.to_series()[ids]
    told = dict.fromkeys(name if isinstance(name, str) and name else one
                         for one, name in names.items())  # fmt: skip
    return ", ".join(list(told)[:SHOWN]) or "no street"
