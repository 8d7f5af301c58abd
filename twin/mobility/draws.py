"""One possible world of a busiest hour: more or fewer trips, other capacities, fonder of the car.

The same draw is applied before and after a plan (common random numbers), so that the difference of
the two is the effect of the plan in that world (Glasserman and Yao 1992).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from layers.schema import TripTable, UserClass
from twin.mobility import low_emission
from twin.mobility.car_classes import CAR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork

    Floats = NDArray[np.float64]

CITATIONS: Final = (
    (
        "Glasserman, Yao 1992, Some guidelines and guarantees for common random numbers, "
        "Management Science 38(6), 884-908."
    ),
    (
        "de Jong, Daly, Pieters, Miller, Plasmeijer, Hofman 2007, Uncertainty in traffic "
        "forecasts: literature review and new results for The Netherlands, Transportation 34(4)."
    ),
)

SAME: Final = "no noticeable change"
MORE: Final = "more"
FEWER: Final = "fewer"


@dataclass(frozen=True)
class World:
    """What one draw multiplies and adds.

    Parameters
    ----------
    demand
        Factor on all trips inside [1].
    gates : (gateways,)
        Factor on the vehicles of each gateway [1].
    car
        Added to the utility of the car against all else [1].
    capacity : (links,)
        Factor on the capacity of each link of `links` [1].
    links
        Names of the links.
    """

    demand: float
    gates: NDArray[np.float64]
    car: float
    capacity: NDArray[np.float64]
    links: pd.Index


def gate_spread(gateways: pd.DataFrame, figures: Mapping[str, float]) -> Floats:
    """Relative standard error of each gateway's vehicles (gateways,) [1].

    Parameters
    ----------
    gateways
        City table; where error is missing, the figure of its kind stands in.
    figures
        gateway.<kind> [1].
    """
    usual = [figures[f"gateway.{kind}"] for kind in gateways["kind"]]
    return np.asarray(gateways["error"].fillna(dict(zip(gateways.index, usual, strict=True))),
                      dtype=np.float64)  # fmt: skip


def factor(normal: Floats | float, spread: Floats | float) -> Floats:
    """Factors around 1 with a mean of 1, never negative: log-normal.

    Parameters
    ----------
    normal
        Standard normal numbers.
    spread
        Standard deviation of the logarithm [1].
    """
    return np.asarray(np.exp(spread * np.asarray(normal) - 0.5 * np.square(spread)))


def world(
    seed: int, number: int, links: pd.Index, gates: Floats, figures: Mapping[str, float]
) -> World:
    """Draw one world; the same for the same seed and number, whatever was drawn before.

    Parameters
    ----------
    seed, number
        Seed of the run and number of the draw.
    links
        Names of all links before and after, each once.
    gates : (gateways,) [1]
        Of `gate_spread`.
    figures
        demand.spread, car.constant, capacity.all, capacity.link [1].
    """
    chance = np.random.default_rng([seed, number])
    demand, car, common = chance.standard_normal(3)
    crossing = chance.standard_normal(len(gates))
    own = chance.standard_normal(len(links))
    return World(
        demand=float(factor(float(demand), figures["demand.spread"])),
        gates=factor(crossing, gates),
        car=float(car) * figures["car.constant"],
        capacity=factor(float(common), figures["capacity.all"])
        * factor(own, figures["capacity.link"]),
        links=links,
    )


def network(of: RoadNetwork, drawn: World) -> RoadNetwork:
    """A network with the capacities of a world.

    Parameters
    ----------
    of
        The network; its links are among those of the world.
    drawn
        The world.
    """
    return replace(of, capacity=of.capacity * drawn.capacity[drawn.links.get_indexer(of.link_ids)])


def classes(users: Sequence[UserClass], zones: int, drawn: World) -> list[UserClass]:
    """Vehicles of a world.

    Parameters
    ----------
    users
        Classes as modelled.
    zones
        Zones, without gateways [1].
    drawn
        The world.
    """
    return [_drawn(user, zones, drawn) for user in users]


def _drawn(user: UserClass, zones: int, drawn: World) -> UserClass:
    table = user.trips
    scaled = table.trips * _by_pair(table, zones, drawn)
    trips = TripTable(table.origin, table.destination, scaled)
    if user.elastic is None:
        return replace(user, trips=trips)
    known = user.elastic
    elastic = replace(
        known, size=known.size * drawn.demand, other=known.other + drawn.car / known.scale
    )
    return replace(user, trips=trips, elastic=elastic)


def _by_pair(table: TripTable, zones: int, drawn: World) -> Floats:
    """Factor of each pair: that of its gateway, of two the geometric mean, else that of trips."""
    ends = np.concatenate([np.ones(zones), drawn.gates])
    outside = (table.origin >= zones).astype(np.int64) + (table.destination >= zones)
    at_gates = ends[table.origin] * ends[table.destination]
    power = np.where(outside > 1, 0.5, 1.0)
    return np.where(outside > 0, at_gates**power, drawn.demand)


KeptOut: TypeAlias = "Mapping[str, Sequence[tuple[str, float]]]"
"""Name of each class, parts of it that are new, and the share of its vehicles that each is [1]."""


def newly_kept_out(
    names: Sequence[str], after: Sequence[UserClass]
) -> dict[str, list[tuple[str, float]]]:
    """Classes that low-emission rules of a plan keep out, by the class that they are part of.

    Parameters
    ----------
    names
        Classes before.
    after
        Classes after.
    """
    found = {}
    for whole in names:
        parts = [user for user in after if _whole(user.name) == whole and user.name not in names]
        if parts:
            family = [*parts, *(user for user in after if user.name == whole)]
            found[whole] = [(user.name, _share(user, family)) for user in parts]
    return found


def _whole(name: str) -> str:
    """Class that a class kept out by a rule is part of; empty for any other."""
    if name.startswith(low_emission.BARRED.lstrip()):
        return CAR
    whole = low_emission.kind(name)
    return whole if whole != name else ""


def _share(part: UserClass, family: Sequence[UserClass]) -> float:
    """Share of the vehicles of a family of classes that one of it is, where it has any [1]."""
    pairs = _pairs(part)
    counts = [float(_vehicles(user)[np.isin(_pairs(user), pairs)].sum()) for user in family]
    return float(_vehicles(part).sum()) / total if (total := sum(counts)) > 0.0 else 0.0


def _pairs(user: UserClass) -> NDArray[np.int64]:
    """A number for each row of the trips of a class."""
    return user.trips.origin << 32 | user.trips.destination


def _vehicles(user: UserClass) -> Floats:
    """Vehicles of each row of the trips of a class if all who can drive did (pairs,) [veh/h]."""
    if user.elastic is None:
        return user.trips.trips
    sums = np.concatenate(([0.0], np.cumsum(user.elastic.size)))
    return np.diff(sums[user.elastic.pair_first])


def unchanged(
    names: Sequence[str],
    trips: Sequence[TripTable],
    after: Sequence[UserClass],
    kept_out: KeptOut,
    network: RoadNetwork,
) -> list[UserClass]:
    """Trips as they were, with the costs and bans of the streets after a plan.

    Vehicles that a new rule keeps out drive round; where there is no way round, a vehicle that may
    enter takes their place, for the trip is made.

    Parameters
    ----------
    names, trips
        Classes before, and their trips as realised [veh/h].
    after
        Classes on the network after; one that is missing there pays what a car pays.
    kept_out
        Of `newly_kept_out`.
    network
        The network after.
    """
    known = {user.name: user for user in after}
    cars = known.get(CAR, after[0])
    found: list[UserClass] = []
    for name, table in zip(names, trips, strict=True):
        one = replace(known.get(name, cars), name=name, trips=table, elastic=None)
        parts = [(known[part], share) for part, share in kept_out.get(name, ())]
        found += low_emission.divided(one, parts, network) if parts else [one]
    return found


def band(
    change: Floats, deviations: Floats, scale: float, figures: Mapping[str, float]
) -> tuple[Floats, Floats]:
    """Ends of the band around each change (streets,) [veh/d].

    Parameters
    ----------
    change : (streets,) [veh/d]
        As modelled.
    deviations : (draws, streets) [veh/h]
        How far the change of the hour is from the modelled one in each draw.
    scale
        Vehicles of the day over those of the hour [1].
    figures
        band.low, band.high [1].
    """
    ends = [figures["band.low"], figures["band.high"]]
    low, high = np.quantile(change + scale * deviations, ends, axis=0)
    return low, high


def noticed(
    change: Floats, low: Floats, high: Floats, before: Floats, figures: Mapping[str, float]
) -> NDArray[np.object_]:
    """Whether a change can be told from none: more, fewer, or no noticeable change (streets,).

    Parameters
    ----------
    change, low, high, before : (streets,) [veh/d]
        Change, ends of its band, and vehicles before.
    figures
        notice.vehicles [veh/d], notice.share [1].
    """
    least = np.maximum(figures["notice.vehicles"], figures["notice.share"] * before)
    sure = (low > 0.0) | (high < 0.0)
    seen = sure & (np.abs(change) >= least)
    return np.where(seen, np.where(change > 0.0, MORE, FEWER), SAME).astype(object)
