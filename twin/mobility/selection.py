"""Who uses a street: select-link and select-zone, paths as a table, links before and after.

Link flows of an equilibrium are unique, path flows are not: of all sets of paths with these link
flows the answers here follow the one that the solver ended with, the same in every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from layers.errors import Fault, InputError
from layers.schema import TripTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.mobility.equilibrium import Equilibrium

SEPARATOR = ";"
"""Between the links of an exported path."""


def select_link(found: Equilibrium, links: Iterable[str], *, name: str | None = None) -> TripTable:
    """Trips that use at least one of some links, by pair of zones.

    Parameters
    ----------
    found
        An equilibrium.
    links
        Names of links.
    name
        Of a class; all classes together if None.

    Raises
    ------
    InputError
        If a link or the class is unknown.
    """
    return _by_pair(found, _using(found, list(links)) & _of_class(found, name))


def select_zone(
    found: Equilibrium,
    zone: int,
    *,
    end: Literal["origin", "destination", "either"] = "either",
    name: str | None = None,
) -> NDArray[np.float64]:
    """Flow on every link (links,) [veh/h] of the trips that begin or end in a zone.

    Parameters
    ----------
    found
        An equilibrium.
    zone
        Number of the zone.
    end
        Which end of a trip has to be there.
    name
        Of a class; all classes together if None.

    Raises
    ------
    InputError
        If the zone or the class is unknown.
    """
    if not 0 <= zone < found.warm.zones:
        reason = f"There is no zone {zone}; zones are 0 to {found.warm.zones - 1}."
        raise InputError("selection", "zone", reason, "Name another.")
    begins, ends = found.pairs.origin == zone, found.pairs.destination == zone
    mine = {"origin": begins, "destination": ends, "either": begins | ends}[end]
    return _loaded(found, mine[found.paths.pair] & _of_class(found, name))


def flow_of(found: Equilibrium, links: Iterable[str], *, name: str | None = None) -> pd.Series:
    """Where else the trips go that use at least one of some links: flow by link name [veh/h].

    Parameters
    ----------
    found
        An equilibrium.
    links
        Names of links.
    name
        Of a class; all classes together if None.

    Raises
    ------
    InputError
        If a link or the class is unknown.
    """
    flow = _loaded(found, _using(found, list(links)) & _of_class(found, name))
    return pd.Series(flow, index=found.link_ids, name="flow")


def path_table(found: Equilibrium) -> pd.DataFrame:
    """All paths in use, one a row.

    Columns origin, destination (zone numbers), class, flow [veh/h], cost [min] and links (names in
    driving order, between semicolons).
    """
    paths, pairs = found.paths, found.pairs
    klass = pairs.klass[paths.pair]
    entries = found.class_cost[np.repeat(klass, paths.lengths), paths.links]
    names = found.link_ids.to_numpy(dtype=object)[paths.links]
    return pd.DataFrame({
        "origin": pairs.origin[paths.pair],
        "destination": pairs.destination[paths.pair],
        "class": pd.array(np.array(found.names, dtype=object)[klass], dtype="str"),
        "flow": paths.flow,
        "cost": np.add.reduceat(entries, paths.start[:-1]) if len(paths.flow) else np.zeros(0),
        "links": pd.array(
            [SEPARATOR.join(names[a:b])
             for a, b in zip(paths.start[:-1], paths.start[1:], strict=True)],
            dtype="str"),
    })  # fmt: skip


def compare(before: Equilibrium, after: Equilibrium) -> pd.DataFrame:
    """What changes on every link.

    Index: names of all links of either run, those of the first in front. Columns before, after and
    change of flow [veh/h], time_before and time_after [min]. Where a link is not there, its flow
    is 0 and its time missing.
    """
    links = before.link_ids.append(after.link_ids.difference(before.link_ids, sort=False))
    flow = [
        pd.Series(run.flow, index=run.link_ids).reindex(links, fill_value=0.0)
        for run in (before, after)
    ]
    time = [pd.Series(run.time, index=run.link_ids).reindex(links) for run in (before, after)]
    return pd.DataFrame({
        "before": flow[0],
        "after": flow[1],
        "change": flow[1] - flow[0],
        "time_before": time[0],
        "time_after": time[1],
    })  # fmt: skip


def _using(found: Equilibrium, links: list[str]) -> NDArray[np.bool_]:
    """Paths that use at least one of some links."""
    hit = np.zeros(len(found.paths.flow), np.bool_)
    path = np.repeat(np.arange(len(hit)), found.paths.lengths)
    hit[path[np.isin(found.paths.links, _numbers(found, links))]] = True
    return hit


def _numbers(found: Equilibrium, links: list[str]) -> NDArray[np.int64]:
    """Numbers of links by name."""
    numbers = found.link_ids.get_indexer(pd.Index(links, dtype=found.link_ids.dtype))
    unknown = [link for link, number in zip(links, numbers, strict=True) if number < 0]
    if unknown:
        faults = [Fault(f"link {link}", "is not in the network.", "Name another.")
                  for link in unknown]  # fmt: skip
        raise InputError.of("selection", faults)
    return np.asarray(numbers)


def _of_class(found: Equilibrium, name: str | None) -> NDArray[np.bool_]:
    """Paths of a class."""
    if name is None:
        return np.ones(len(found.paths.flow), np.bool_)
    if name not in found.names:
        known = ", ".join(found.names)
        raise InputError("selection", f"class {name}", "is unknown.", f"There are {known}.")
    klass: NDArray[np.int64] = found.pairs.klass[found.paths.pair]
    return np.asarray(klass == found.names.index(name))


def _loaded(found: Equilibrium, mine: NDArray[np.bool_]) -> NDArray[np.float64]:
    paths = found.paths
    weight = np.repeat(np.where(mine, paths.flow, 0.0), paths.lengths)
    return np.bincount(paths.links, weights=weight, minlength=len(found.flow)).astype(np.float64)


def _by_pair(found: Equilibrium, mine: NDArray[np.bool_]) -> TripTable:
    """Trips on some paths by pair of zones, classes together, pairs without any left out."""
    pairs, zones = found.pairs, found.warm.zones
    pair = found.paths.pair[mine]
    keys, place = np.unique(
        pairs.origin[pair] * zones + pairs.destination[pair], return_inverse=True
    )
    trips = np.bincount(place, weights=found.paths.flow[mine], minlength=len(keys))
    return TripTable(keys // zones, keys % zones, trips.astype(np.float64))
