"""Gradient projection on path flows: compiled kernels that move trips to cheaper paths.

Jayakrishnan, Tsai, Prashker and Rajadhyaksha (1994), A faster path-based algorithm for traffic
assignment, Transportation Research Record 1443. Pairs are worked off one after another with link
costs that are always current; a step that overshoots is halved until it does not. Elastic demand is
one more step of the same kind on the trips of the pair (excess demand of Gartner 1980, Optimal
traffic assignment with elastic demands: a review, Transportation Science 14(2)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.compiled import bare, inlined
from twin.mobility.columns import cost_of, quick_cost_of
from twin.mobility.delay import reprice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.columns import Paths
    from twin.mobility.delay import Links

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

ROUNDING = 1e-14
"""Cost differences below this share of the costs compared are rounding, not gain [1]."""
HALVINGS = 50
TINY = 1e-300
"""Trips below this are none [veh/h]."""


class Groups(NamedTuple):
    """Groups of people whose trips answer to cost, see `layers.schema.Elastic`; pairs of all classes.

    Parameters
    ----------
    first : (pairs + 1,) int64
        Groups of each pair; none where its trips are fixed.
    size : (groups,) [veh/h]
    scale : (groups,) [1/min]
    other : (groups,) [min]
    """

    first: NDArray[np.int64]
    size: NDArray[np.float64]
    scale: NDArray[np.float64]
    other: NDArray[np.float64]


@inlined
def trips_at(groups: Groups, pair: int, cost: float) -> tuple[float, float]:
    """Trips of a pair at a cost [veh/h], and how fast they fall with it [veh/h/min]."""
    trips, fall = 0.0, 0.0
    for group in range(groups.first[pair], groups.first[pair + 1]):
        share = 1.0 / (1.0 + np.exp(groups.scale[group] * (cost - groups.other[group])))
        trips += groups.size[group] * share
        fall += groups.size[group] * groups.scale[group] * share * (1.0 - share)
    return trips, fall


class Room(NamedTuple):
    """Room to work in: marks of links, and the links on which two paths differ."""

    mark: NDArray[np.int64]
    off: NDArray[np.int64]
    on: NDArray[np.int64]

    @classmethod
    def of(cls, links: int) -> Room:
        """Room for a network of so many links."""
        return cls(*(np.zeros(links, np.int64) for _ in range(3)))


@inlined
def _differ(paths: Paths, path: int, best: int, room: Room, stamp: int) -> tuple[int, int]:
    """Gather the links on `path` only and those on `best` only, whose links bear the stamp."""
    offs, ons = 0, 0
    for place in range(paths.start[path], paths.start[path + 1]):
        link = paths.links[place]
        if room.mark[link] == stamp:
            room.mark[link] = -stamp
        else:
            room.off[offs] = link
            offs += 1
    for place in range(paths.start[best], paths.start[best + 1]):
        link = paths.links[place]
        if room.mark[link] == stamp:
            room.on[ons] = link
            ons += 1
        room.mark[link] = stamp
    return offs, ons


@inlined
def _move(room: Room, offs: int, ons: int, volume: float, links: Links) -> None:
    """Take volume off the links of one path only and put it on those of the other only."""
    for place in range(offs):
        link = room.off[place]
        links.volume[link] = max(links.volume[link] - volume, 0.0)
        reprice(links, link)
    for place in range(ons):
        link = room.on[place]
        links.volume[link] = max(links.volume[link] + volume, 0.0)
        reprice(links, link)


@inlined
def _gain(room: Room, offs: int, ons: int, cost: Floats) -> tuple[float, float]:
    """How much less the other path costs, and what both cost where they differ [min]."""
    more, less = 0.0, 0.0
    for place in range(offs):
        more += cost[room.off[place]]
    for place in range(ons):
        less += cost[room.on[place]]
    return more - less, more + less


@inlined
def _shift(
    paths: Paths,
    path: int,
    best: int,
    room: Room,
    stamp: int,
    links: Links,
    cost: Floats,
    pcu: float,
) -> float:
    """Move trips from one path to the cheapest; returns the excess cost that was there."""
    offs, ons = _differ(paths, path, best, room, stamp)
    gain, both = _gain(room, offs, ons, cost)
    if gain <= ROUNDING * both:
        return 0.0
    trips: float = paths.flow[path]
    excess = gain * trips
    steep = pcu * _gain(room, offs, ons, links.slope)[1]
    if gain < steep * trips:
        trips = gain / steep
    _move(room, offs, ons, pcu * trips, links)
    for _ in range(HALVINGS):
        if _gain(room, offs, ons, cost)[0] >= -0.5 * gain:
            break
        trips *= 0.5
        _move(room, offs, ons, -pcu * trips, links)
    paths.flow[path] = max(paths.flow[path] - trips, 0.0)
    paths.flow[best] += trips
    return excess


@inlined
def _put(paths: Paths, path: int, trips: float, pcu: float, links: Links) -> None:
    """Add trips to a path and all its links."""
    paths.flow[path] = max(paths.flow[path] + trips, 0.0)
    for place in range(paths.start[path], paths.start[path + 1]):
        link = paths.links[place]
        links.volume[link] = max(links.volume[link] + pcu * trips, 0.0)
        reprice(links, link)


@inlined
def _withdraw(
    paths: Paths, low: int, high: int, best: int, trips: float, pcu: float, links: Links
) -> float:
    """Take what the cheapest path does not hold of these trips off the others; returns how much."""
    taken = 0.0
    for path in range(low, high):
        short = trips - taken - paths.flow[best]
        if path != best and short > 0.0 and paths.flow[path] > 0.0:
            part = min(paths.flow[path], short)
            _put(paths, path, -part, pcu, links)
            taken += part
    return taken


@inlined
def _answer(
    paths: Paths,
    low: int,
    high: int,
    best: int,
    groups: Groups,
    pair: int,
    links: Links,
    cost: Floats,
    pcu: float,
) -> float:
    """Bring the trips of a pair nearer to what its cost calls for; returns what was amiss."""
    total = 0.0
    for path in range(low, high):
        total += paths.flow[path]
    least = cost_of(paths, best, cost)
    wanted, fall = trips_at(groups, pair, least)
    amiss = abs(wanted - total)
    if amiss <= ROUNDING * wanted:
        return 0.0
    step = (wanted - total) / (1.0 + pcu * cost_of(paths, best, links.slope) * fall)
    if -step > paths.flow[best]:
        taken = _withdraw(paths, low, high, best, -step, pcu, links)
        total -= taken
        step = max(step + taken, -paths.flow[best])
    _put(paths, best, step, pcu, links)
    for _ in range(HALVINGS):
        now = trips_at(groups, pair, cost_of(paths, best, cost))[0] - total - step
        if now * step >= 0.0 or abs(now) <= 0.5 * amiss:
            break
        step *= 0.5
        _put(paths, best, -step, pcu, links)
    return amiss * least


@inlined
def _known(
    paths: Paths, low: int, high: int, groups: Groups, pair: int, cost: Floats
) -> tuple[int, float, float]:
    """The cheapest known path of a pair, its excess cost [veh min/h], how far its trips are off [1]."""
    best, least, spent, total = low, np.inf, 0.0, 0.0
    for path in range(low, high):
        value = quick_cost_of(paths, path, cost)
        spent += paths.flow[path] * value
        total += paths.flow[path]
        if value < least:
            best, least = path, value
    excess, off = max(spent - total * least, 0.0), 0.0
    if groups.first[pair + 1] > groups.first[pair]:
        amiss = abs(trips_at(groups, pair, least)[0] - total)
        excess += amiss * least
        off = amiss / max(total, TINY)
    return best, excess, off


@inlined
def _settle(
    paths: Paths,
    low: int,
    high: int,
    best: int,
    groups: Groups,
    pair: int,
    links: Links,
    cost: Floats,
    unit: float,
    room: Room,
    stamp: int,
) -> float:
    """Move the trips of a pair to its cheapest path, and to what its cost calls for; what was amiss."""
    met = 0.0
    if high - low > 1:
        for place in range(paths.start[best], paths.start[best + 1]):
            room.mark[paths.links[place]] = stamp
        for path in range(low, high):
            if path != best and paths.flow[path] > 0.0:
                met += _shift(paths, path, best, room, stamp, links, cost, unit)
    if groups.first[pair + 1] > groups.first[pair]:
        met += _answer(paths, low, high, best, groups, pair, links, cost, unit)
    return met


@inlined
def _sweep(
    paths: Paths,
    offset: int,
    klass: Ints,
    pcu: Floats,
    groups: Groups,
    links: Links,
    room: Room,
    rest: Floats,
    floor: float,
    worth: float,
    close: float,
) -> tuple[float, int]:
    """Go once through all pairs; see `sweep`."""
    room.mark[:] = 0
    excess, seen = 0.0, 0
    for own in range(len(paths.pair_first) - 1):
        pair = offset + own
        low, high = paths.pair_first[own], paths.pair_first[own + 1]
        elastic = groups.first[pair + 1] > groups.first[pair]
        if high == low or (high - low == 1 and not elastic) or rest[pair] < floor:
            continue
        cost = links.cost[klass[pair]]
        best, met, off = _known(paths, low, high, groups, pair, cost)
        if met >= worth or off >= close:
            met = _settle(
                paths, low, high, best, groups, pair, links, cost, pcu[klass[pair]], room, own + 1
            )
        rest[pair] = met
        excess += met
        seen += 1
    return excess, seen


@bare
def sweep(
    paths: Paths,
    offset: int,
    klass: Ints,
    pcu: Floats,
    groups: Groups,
    links: Links,
    room: Room,
    rest: Floats,
    floor: float,
    worth: float,
    close: float,
    times: int,
) -> tuple[float, int]:
    """Move trips to the cheapest known path of each pair, through the pairs of `paths`.

    Returns the excess cost [veh min/h] over the cheapest known paths that it met, together with
    that of trips which demand does not call for, and the number of pairs that it looked at, the last time through.

    Parameters
    ----------
    paths
        Changed in place: flow.
    offset
        Number of the first pair.
    klass, pcu
        Class of every pair; passenger car units of every class.
    groups
        Elastic demand.
    links
        Changed in place: volume, cost, slope.
    room
        Room to work in.
    rest : (pairs,) [veh min/h]
        Excess that was met at each pair the last time; changed in place.
    floor
        Pairs that had less than that are not looked at [veh min/h].
    worth
        Pairs that have less than that are left as they are [veh min/h], if
    close
        their trips are nearer than that share to those that cost calls for [1].
    times
        How often to go through.
    """
    excess, seen = 0.0, 0
    for _ in range(times):
        excess, seen = _sweep(
            paths, offset, klass, pcu, groups, links, room, rest, floor, worth, close
        )
    return excess, seen


@bare
def respond(offset: int, groups: Groups, least: Floats, met: Floats, trips: Floats) -> float:
    """Largest relative difference between trips and those that cost calls for [1].

    It is infinite while some pair has none though cost calls for some; such a pair gets a first
    guess in `trips`, unless it has one.

    Parameters
    ----------
    offset
        Number of the first pair.
    groups
        Elastic demand.
    least : (pairs,) [min]
        Cost of the cheapest path.
    met : (pairs,) [veh/h]
        Trips on paths.
    trips : (pairs,) [veh/h]
        Changed in place.
    """
    worst = 0.0
    for own in range(len(least)):
        pair = offset + own
        if groups.first[pair + 1] == groups.first[pair] or least[own] == np.inf:
            continue
        wanted = trips_at(groups, pair, least[own])[0]
        if wanted <= TINY:
            trips[own] = 0.0
        elif met[own] > 0.0:
            worst = max(worst, abs(met[own] - wanted) / wanted)
        else:
            worst = np.inf
            if trips[own] <= 0.0:
                trips[own] = wanted
    return worst
