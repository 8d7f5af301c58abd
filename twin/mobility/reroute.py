"""Traffic after a change of streets with the same trips: who gains by another way takes it.

Starts from an equilibrium on the streets as they were. Pairs of zones whose ways are still as good
as any keep them, as traffic that is there anyway; the others are assigned anew, and what that does
to the ways of the rest is looked at again, until nobody of all could gain more than the gap allows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from layers.schema import TripTable
from twin.compiled import bare
from twin.mobility import certificate, chains, classes, columns, equilibrium, warmstart
from twin.mobility.assignment import Measured, State
from twin.mobility.classes import Pairs
from twin.mobility.columns import cost_of
from twin.mobility.delay import every
from twin.mobility.equilibrium import FLOOR, INNER, Equilibrium
from twin.mobility.paths import graph
from twin.mobility.trees import outward, repaired
from twin.mobility.warmstart import Warm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from layers.schema import RoadNetwork, UserClass
    from twin.mobility.bounds import Hint
    from twin.mobility.classes import Problem
    from twin.mobility.columns import Paths
    from twin.mobility.trees import Outward
    from twin.mobility.warmstart import Kept

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CITATIONS: Final = (
    *equilibrium.CITATIONS,
    (
        "Ahuja, Magnanti, Orlin 1993, Network flows: theory, algorithms, and applications, "
        "Prentice Hall."
    ),
)
KEPT: Final = 0.1
"""Pairs keep their ways that all together could gain this share of the gap by others [1]."""
MORE: Final = 0.5
"""Pairs are taken up where the others could gain that share of the gap [1]."""
LOOSE: Final = 10.0
"""Times the gap from which on it is asked whether more pairs gain [1]: costs have nearly settled."""
FIRST: Final = 1e-2
"""Share of their cost that pairs newly taken up are taken to gain by other ways [1]."""


def solve(
    network: RoadNetwork,
    users: Sequence[UserClass],
    before: Equilibrium,
    old: RoadNetwork,
    *,
    gap: float,
    max_iterations: int = 200,
    progress: Callable[[str, float], None] | None = None,
    threads: int | None = None,
) -> Equilibrium:
    """Assign the trips of an earlier run to changed streets.

    Bit-identical for equal input, whatever the number of threads.

    Parameters
    ----------
    network
        Road network as it is now, with the zones of the earlier one.
    users
        Classes with fixed trips; if they are not those of the earlier run, all are assigned anew.
    before, old
        Equilibrium of the earlier run, and its network.
    gap
        Relative gap to reach [1], by all trips and by those that take other ways.
    max_iterations
        Rounds of path search at most; the certificate tells what was reached.
    progress
        Told the stage and the share done.
    threads
        Threads that search paths; all processors if None.

    Returns
    -------
    Equilibrium
        Flows, costs and certificate are those of all trips; `warm`, and with it `paths`, holds only
        the pairs that were assigned anew.

    Raises
    ------
    InputError
        If the network or the trips break their contract; all faults at once.
    """
    if _same(users, before.warm):
        of = _ground(network, users, before, old, threads)
        carried = _carried(before.class_flow, of.number, len(network.link_from))
        found = _settled(of, carried, gap, max_iterations)
        if found is not None:
            return _whole(of, before, found)
    return equilibrium.solve(
        network, users, gap=gap, max_iterations=max_iterations, warm=before, progress=progress,
        threads=threads,
    )  # fmt: skip


class _Ground(NamedTuple):
    """What stays while pairs are taken up.

    Parameters
    ----------
    network, users, known
        Streets now, classes, and the earlier run.
    number : (earlier links,) int64
        Number now of each earlier link, -1 where it is gone.
    kept, hint, ways
        The earlier run in terms of the streets now, its trees, and the chains that they are of.
    row : (pairs,) int64
        Tree of each pair.
    threads
        Threads that search paths.
    """

    network: RoadNetwork
    users: Sequence[UserClass]
    known: Warm
    number: Ints
    kept: Kept
    hint: Hint
    ways: Outward
    row: Ints
    threads: int | None

    def cheapest(self, cost: Floats) -> Measured:
        """Cheapest paths of all pairs at a cost of chains; brings the trees up to date."""
        tables = repaired(
            self.ways, cost, self.hint.klass, self.hint.origin, self.hint.trees,
            threads=self.threads,
        )  # fmt: skip
        return Measured(*tables, self.row)


class _Part(NamedTuple):
    """Pairs that are assigned anew, beside the flow of those that keep their ways.

    Parameters
    ----------
    moving : (pairs,) bool
        Which pairs.
    rest : (classes, links) [veh/h]
        Flow of the others.
    state
        Their paths.
    history
        Their relative gap before each iteration [1].
    """

    moving: Bools
    rest: Floats
    state: State
    history: list[float]


def _ground(
    network: RoadNetwork,
    users: Sequence[UserClass],
    before: Equilibrium,
    old: RoadNetwork,
    threads: int | None,
) -> _Ground:
    known = before.warm
    kept = warmstart.chained(network, known)
    hint = warmstart.hinted(kept)
    ways = outward(graph(chains.shortened(network, kept.chains)))
    keys = hint.klass * network.zones + hint.origin
    row = np.searchsorted(keys, known.pairs.klass * network.zones + known.pairs.origin)
    number = _survivors(network, old, known)
    return _Ground(network, users, known, number, kept, hint, ways, row, threads)


def _settled(of: _Ground, carried: Floats, gap: float, max_iterations: int) -> _Part | None:
    """Move trips, and take up pairs that gain by it, until nobody could gain more; None if never."""
    cost = of.kept.chains.summed(_class_cost(of.network, of.users, carried))
    at = of.cheapest(cost)
    none = np.zeros(len(of.row), np.bool_)
    total = _spent(cost, carried[:, of.kept.chains.head])
    more = _gaining(of, carried, at, none, KEPT * gap * total)
    part = _grown(of, None, more, carried)
    if not more.any():
        return part
    part.state.search(at._replace(row=of.row[part.moving]))
    reached = FIRST
    for _ in range(max_iterations):
        part.state.balance(max(INNER * reached, FLOOR * gap), equilibrium.ANSWER * gap)
        at = of.cheapest(part.state.links.cost)
        part.state.search(at._replace(row=of.row[part.moving]))
        reached = part.state.gap()
        part.history.append(reached)
        total = part.state.total + _spent(part.state.links.cost, part.rest[:, of.kept.chains.head])
        saved = _saving(of, at, total)
        if reached <= gap and saved <= gap * total:
            return part
        if reached <= LOOSE * gap and saved - part.state.excess > MORE * gap * total:
            flow = part.rest + of.kept.chains.spread(part.state.class_flow(), carried.shape[1])
            more = _gaining(of, flow, at, part.moving, KEPT * gap * total)
            if more.any():
                part = _grown(of, part, more, carried)
                part.state.search(at._replace(row=of.row[part.moving]))
    return None


def _same(users: Sequence[UserClass], known: Warm) -> bool:
    """Whether classes are those of an earlier run, with its trips."""
    if tuple(user.name for user in users) != known.names:
        return False
    pairs = known.pairs
    return all(user.elastic is None for user in users) and all(
        np.array_equal(np.concatenate([getattr(user.trips, name) for user in users]), values)
        for name, values in (("origin", pairs.origin), ("destination", pairs.destination),
                             ("trips", pairs.trips))
    )  # fmt: skip


def _survivors(network: RoadNetwork, old: RoadNetwork, known: Warm) -> Ints:
    """Number now of each earlier link, -1 where it is gone or leads between other places."""
    number = np.asarray(network.link_ids.get_indexer(known.link_ids), dtype=np.int64)
    there = number >= 0
    ends = np.concatenate((old.link_from[there], old.link_to[there]))
    now = np.concatenate((network.link_from[number[there]], network.link_to[number[there]]))
    low = np.full(old.nodes, network.nodes, np.int64)
    high = np.full(old.nodes, -1, np.int64)
    np.minimum.at(low, ends, now)
    np.maximum.at(high, ends, now)
    split = low < high
    number[split[old.link_from] | split[old.link_to]] = -1
    return number


def _carried(values: Floats, number: Ints, links: int) -> Floats:
    """Figures of earlier links on those of now (classes, links)."""
    found, there = np.zeros((len(values), links)), number >= 0
    found[:, number[there]] = values[:, there]
    return found


def _class_cost(network: RoadNetwork, users: Sequence[UserClass], flow: Floats) -> Floats:
    """Cost of each link as each class sees it at some flow (classes, links) [min]."""
    time = certificate.delay(network, certificate.volume(network, users, flow))
    return time + np.stack([classes.class_fixed(network, user) for user in users])


def _saving(of: _Ground, at: Measured, total: float) -> float:
    """How much less all trips could cost than they do; those without any way cannot [veh min/h]."""
    least = at.distance[at.row, of.known.pairs.destination]
    there = np.isfinite(least)
    return total - float(of.known.pairs.trips[there] @ least[there])


def _spent(cost: Floats, flow: Floats) -> float:
    """What flows (classes, links) cost; where there are none, a link may be barred [veh min/h]."""
    used = flow > 0.0
    return float(cost[used] @ flow[used])


def _gaining(of: _Ground, flow: Floats, at: Measured, moving: Bools, allowed: float) -> Bools:
    """Pairs (pairs,) that have to move for the rest to gain no more than is allowed [veh min/h]."""
    known, least = of.known, at.distance[at.row, of.known.pairs.destination]
    cost = _class_cost(of.network, of.users, flow)
    paid = np.where(of.number >= 0, cost[:, of.number], np.inf)
    spent = np.zeros(len(least))
    _spend(known.routes, known.pairs.klass, moving, known.chains.summed(paid), spent)
    stay = np.isfinite(spent) & np.isfinite(least) & ~moving
    saved = np.zeros(len(least))
    saved[stay] = np.maximum(spent[stay] - known.pairs.trips[stay] * least[stay], 0.0)
    order = np.argsort(saved, kind="stable")
    most = order[np.cumsum(saved[order]) > allowed]
    more = ~stay & ~moving
    more[most] = True
    return np.asarray(more)


@bare
def _spend(paths: Paths, klass: Ints, moving: Bools, cost: Floats, spent: Floats) -> None:
    """Sum what the trips of each pair that keeps its ways cost."""
    for pair in range(len(spent)):
        if moving[pair]:
            continue
        for path in range(paths.pair_first[pair], paths.pair_first[pair + 1]):
            if paths.flow[path] > 0.0:
                spent[pair] += paths.flow[path] * cost_of(paths, path, cost[klass[pair]])


def _loaded(known: Warm, moving: Bools, count: int) -> Floats:
    """Earlier flow of some pairs on the earlier links (classes, links) [veh/h]."""
    total = np.zeros((count, known.chains.size))
    paths, klass = columns.chosen(known.routes, moving), known.pairs.klass[moving]
    for number in range(count):
        columns.load(paths, (klass == number).astype(np.float64), total[number])
    return known.chains.spread(total, len(known.link_ids))


def _with(network: RoadNetwork, users: Sequence[UserClass], rest: Floats) -> RoadNetwork:
    """The network with the flow of pairs that keep their ways."""
    there = every(network.background, len(network.link_from))
    pcu = np.array([user.pcu for user in users])
    return replace(network, background=there + pcu @ rest)


def _some(of: _Ground, moving: Bools) -> Problem:
    """Some of the pairs, on chains."""
    found = []
    for number, user in enumerate(of.users):
        mine = moving[of.known.pairs.klass == number]
        table = user.trips
        some = TripTable(table.origin[mine], table.destination[mine], table.trips[mine])
        found.append(replace(user, trips=some))
    problem = classes.lay_out(of.network, found)
    return replace(problem, fixed=of.kept.chains.summed(problem.fixed))


def _start(of: _Ground, moving: Bools) -> Kept:
    """Paths of some pairs to start from."""
    given = of.known.pairs
    pairs = Pairs(given.klass[moving], given.origin[moving], given.destination[moving],
                  given.trips[moving])  # fmt: skip
    warm = replace(of.known, pairs=pairs, routes=columns.chosen(of.known.routes, moving))
    return replace(of.kept, warm=warm)


def _grown(of: _Ground, part: _Part | None, more: Bools, carried: Floats) -> _Part:
    """Take up more pairs, each with the paths that it has."""
    known, links = of.known, carried.shape[1]
    gone = _carried(_loaded(known, more, len(of.users)), of.number, links)
    rest = np.maximum((carried if part is None else part.rest) - gone, 0.0)
    moving = more if part is None else part.moving | more
    short = chains.shortened(_with(of.network, of.users, rest), of.kept.chains)
    numbers = np.arange(len(of.users))
    paths = warmstart.moved(short, _some(of, more), _start(of, more), numbers)
    if part is not None:
        paths = columns.woven(columns.joined(part.state.paths), paths, more[moving])
    state = State(
        short, _some(of, moving), known.names, of.kept, of.threads, (paths, of.hint.trees)
    )
    return _Part(moving, rest, state, [] if part is None else part.history)


def _whole(of: _Ground, before: Equilibrium, part: _Part) -> Equilibrium:
    """The flows of all trips, and what is proved of them."""
    network, users, short = of.network, of.users, of.kept.chains
    flow = part.rest + short.spread(part.state.class_flow(), part.rest.shape[1])
    pairs, paths = equilibrium.served(part.state)
    time = certificate.delay(network, certificate.volume(network, users, flow))
    proof = certificate.certify(
        network, users, flow, certificate.Ways(paths, pairs, short),
        rest=(part.rest, before.pairs), hint=of.hint, threads=of.threads,
    )  # fmt: skip
    hint = of.hint
    return Equilibrium(
        flow=flow.sum(axis=0),
        class_flow=flow,
        time=time,
        cost=time + network.fixed_cost,
        class_cost=_class_cost(network, users, flow),
        trips=before.trips,
        relative_gap=proof.relative_gap,
        history=tuple(part.history),
        certificate=proof,
        warm=Warm(network.zones, network.link_ids, before.names, pairs, short, paths, hint.klass,
                  hint.origin, hint.trees),
    )  # fmt: skip
