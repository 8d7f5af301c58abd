"""Traffic after a change of streets with the same trips: who gains by another way takes it.

Starts from an equilibrium on the streets as they were. Pairs of zones whose ways are still as good
as any keep them, as traffic that is there anyway; the others are assigned anew, and what that does
to the ways of the rest is looked at again, until nobody of all could gain more than the gap allows.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from layers.schema import TripTable
from twin.compiled import bare
from twin.mobility import certificate, chains, classes, columns, equilibrium, warmstart
from twin.mobility.classes import Pairs
from twin.mobility.columns import cost_of
from twin.mobility.delay import every
from twin.mobility.equilibrium import Equilibrium
from twin.mobility.paths import graph
from twin.mobility.trees import outward, repaired
from twin.mobility.warmstart import Warm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from layers.schema import RoadNetwork, UserClass
    from twin.mobility.assignment import State
    from twin.mobility.bounds import Hint
    from twin.mobility.chains import Chains
    from twin.mobility.columns import Paths
    from twin.mobility.trees import Outward

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
ROUNDS: Final = 8
"""Times that more pairs are taken up, before all are assigned anew [1]."""
KEPT: Final = 0.25
"""Pairs keep their ways that all together could gain this share of the gap by others [1]."""
FINER: Final = 0.5
"""Share of the gap to which the other pairs are assigned [1]."""


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
        Relative gap to reach [1].
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
    known = before.warm
    if not _same(users, known):
        return equilibrium.solve(
            network, users, gap=gap, max_iterations=max_iterations, warm=before,
            progress=progress, threads=threads,
        )  # fmt: skip
    number = _survivors(network, old, known)
    carried = _carried(before.class_flow, number, len(network.link_from))
    hint = warmstart.hinted(network, known)
    ways = outward(graph(chains.shortened(network, hint.chains)))
    moving = np.zeros(len(known.pairs.trips), np.bool_)
    assign = partial(equilibrium.assigned, gap=FINER * gap, max_iterations=max_iterations,
                     progress=progress, threads=threads)  # fmt: skip
    flow, part = carried, None
    for _ in range(ROUNDS):
        cost = _class_cost(network, users, flow)
        least = _least(ways, hint, cost, known.pairs, threads)
        total, saved = _spending(cost, flow, known.pairs.trips, least)
        if part is not None and saved <= gap * total:
            return _whole(network, users, before, part, hint, threads)
        more = _gaining(known, number, cost, least, moving, KEPT * gap * total)
        if part is not None and not more.any():
            break
        moving |= more
        gone = _carried(_loaded(known, moving, len(users)), number, flow.shape[1])
        rest = np.maximum(carried - gone, 0.0)
        part = _assigned(network, users, known, rest, moving, assign)
        flow = rest + part.flow
    return equilibrium.solve(
        network, users, gap=gap, max_iterations=max_iterations, warm=before, progress=progress,
        threads=threads,
    )  # fmt: skip


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


def _least(ways: Outward, hint: Hint, cost: Floats, pairs: Pairs, threads: int | None) -> Floats:
    """Least cost of each pair (pairs,) [min]; brings the trees of the hint up to date."""
    distance, _ = repaired(
        ways, hint.chains.summed(cost), hint.klass, hint.origin, hint.trees, threads=threads
    )
    zones = int(hint.origin.max(initial=0)) + 1
    row = np.searchsorted(hint.klass * zones + hint.origin, pairs.klass * zones + pairs.origin)
    return np.asarray(distance[row, pairs.destination])


def _spending(cost: Floats, flow: Floats, trips: Floats, least: Floats) -> tuple[float, float]:
    """What all trips cost, and what they could save; those without any way cannot [veh min/h]."""
    there, total = np.isfinite(least), 0.0
    for paid, carried in zip(cost, flow, strict=True):
        used = carried > 0.0
        total += float(paid[used] @ carried[used])
    return total, total - float(trips[there] @ least[there])


def _gaining(
    known: Warm, number: Ints, cost: Floats, least: Floats, moving: Bools, allowed: float
) -> Bools:
    """Pairs (pairs,) that have to move for the rest to gain no more than is allowed [veh min/h]."""
    paid = np.where(number >= 0, cost[:, number], np.inf)
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


def _some(users: Sequence[UserClass], known: Warm, moving: Bools) -> list[UserClass]:
    """Classes with some of their pairs."""
    found = []
    for number, user in enumerate(users):
        mine = moving[known.pairs.klass == number]
        table = user.trips
        some = TripTable(table.origin[mine], table.destination[mine], table.trips[mine])
        found.append(replace(user, trips=some))
    return found


def _start(known: Warm, moving: Bools) -> Warm:
    """Paths of some pairs to start from."""
    given = known.pairs
    pairs = Pairs(given.klass[moving], given.origin[moving], given.destination[moving],
                  given.trips[moving])  # fmt: skip
    return replace(known, pairs=pairs, routes=columns.chosen(known.routes, moving))


class _Part(NamedTuple):
    """Pairs that were assigned anew, beside the flow of those that keep their ways."""

    state: State
    ways: certificate.Ways
    short: Chains
    flow: Floats
    rest: Floats
    history: tuple[float, ...]


def _assigned(
    network: RoadNetwork,
    users: Sequence[UserClass],
    known: Warm,
    rest: Floats,
    moving: Bools,
    assign: Callable[..., tuple[Chains, State, tuple[float, ...]]],
) -> _Part:
    """Assign some pairs anew among the flow of the others."""
    short, state, history = assign(
        _with(network, users, rest), _some(users, known, moving), warm=_start(known, moving)
    )
    flow = short.spread(state.class_flow(), rest.shape[1])
    pairs, paths = equilibrium.served(state)
    return _Part(state, certificate.Ways(paths, pairs, short), short, flow, rest, history)


def _whole(
    network: RoadNetwork,
    users: Sequence[UserClass],
    before: Equilibrium,
    part: _Part,
    hint: Hint,
    threads: int | None,
) -> Equilibrium:
    """The flows of all trips, and what is proved of them."""
    flow = part.rest + part.flow
    cost = _class_cost(network, users, flow)
    time = certificate.delay(network, certificate.volume(network, users, flow))
    proof = certificate.certify(
        network, users, flow, part.ways, rest=(part.rest, before.pairs), hint=hint,
        threads=threads,
    )  # fmt: skip
    ways, roots = part.ways, part.state.roots
    return Equilibrium(
        flow=flow.sum(axis=0),
        class_flow=flow,
        time=time,
        cost=time + network.fixed_cost,
        class_cost=cost,
        trips=before.trips,
        relative_gap=proof.relative_gap,
        history=part.history,
        certificate=proof,
        warm=Warm(network.zones, network.link_ids, before.names, ways.pairs, part.short,
                  ways.paths, *roots, part.state.trees),
    )  # fmt: skip
