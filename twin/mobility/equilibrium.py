"""Deterministic user equilibrium of road traffic (Wardrop 1952): nobody gains by another path.

Path-based: find the cheapest paths at current costs, add those not known yet, move trips to
cheaper known paths (`twin.mobility.projection`), repeat until the relative gap is small. Classes of
vehicles share the links; where demand is elastic, its answer to cost is part of the same steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from layers.errors import InputError
from layers.schema import TripTable
from twin.mobility import certificate, chains, classes, columns, warmstart
from twin.mobility.assignment import State
from twin.mobility.bounds import Hint
from twin.mobility.classes import Pairs
from twin.mobility.columns import Paths
from twin.mobility.warmstart import Warm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork, UserClass
    from twin.mobility.certificate import Certificate
    from twin.mobility.chains import Chains

CITATIONS: Final = (
    "Wardrop 1952, Some theoretical aspects of road traffic research, Proc. ICE 1(3), 325-362.",
    "Beckmann, McGuire, Winsten 1956, Studies in the economics of transportation, Yale UP.",
    "Bureau of Public Roads 1964, Traffic Assignment Manual, US Department of Commerce.",
    "Spiess 1990, Conical volume-delay functions, Transportation Science 24(2), 153-158.",
    (
        "Gartner 1980, Optimal traffic assignment with elastic demands: a review, Transportation "
        "Science 14(2), 174-208."
    ),
    (
        "Jayakrishnan, Tsai, Prashker, Rajadhyaksha 1994, A faster path-based algorithm for "
        "traffic assignment, Transportation Research Record 1443, 75-83."
    ),
    (
        "Ramalingam, Reps 1996, An incremental algorithm for a generalization of the shortest-path "
        "problem, Journal of Algorithms 21, 267-305."
    ),
    (
        "Boyce, Ralevic-Dekic, Bar-Gera 2004, Convergence of traffic assignments: how much is "
        "enough?, Journal of Transportation Engineering 130(1), 49-55."
    ),
)
INNER = 0.1
"""Known paths are balanced to this share of the gap before new ones are sought [1]."""
FINER = 0.01
"""The same while flows settle after the gap is reached [1]."""
FLOOR = 0.1
"""Until the gap is reached they are not balanced to less than this share of it [1]."""
EXTRA = 3
"""Iterations at most that follow when a cold start reaches the gap [1]: flows settle by digits."""
SETTLED = 1e-3
"""Share of the gap at which flows have settled [1]."""
ANSWER = 100.0
"""Elastic trips are met to the gap times this [1]."""


@dataclass(frozen=True)
class Equilibrium:
    """Flows that are in equilibrium as far as the certificate says.

    Parameters
    ----------
    flow : (links,) [veh/h]
        All classes together, without background.
    class_flow : (classes, links) [veh/h]
    time : (links,) [min]
    cost : (links,) [min]
        Time and fixed cost of the network.
    class_cost : (classes, links) [min]
        Time and fixed cost of each class, infinite where it is barred.
    trips
        Trips of each class between zones as realised, without those inside a zone.
    relative_gap
        As found by `certificate`, not by the solver [1].
    history
        Relative gap before each iteration, as the solver saw it [1].
    certificate
        Independent checks.
    warm
        Start for a later run; holds the paths.
    """

    flow: NDArray[np.float64]
    class_flow: NDArray[np.float64]
    time: NDArray[np.float64]
    cost: NDArray[np.float64]
    class_cost: NDArray[np.float64]
    trips: tuple[TripTable, ...]
    relative_gap: float
    history: tuple[float, ...]
    certificate: Certificate
    warm: Warm

    @property
    def paths(self) -> Paths:
        """Paths in use, of `pairs`."""
        return self.warm.paths

    @property
    def pairs(self) -> Pairs:
        """Pairs of zones that the paths serve."""
        return self.warm.pairs

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.warm.names

    @property
    def link_ids(self) -> pd.Index:
        """Names of the links."""
        return self.warm.link_ids


def solve(
    network: RoadNetwork,
    demand: TripTable | Sequence[UserClass],
    *,
    gap: float = 1e-6,
    max_iterations: int = 200,
    warm: Warm | Equilibrium | None = None,
    progress: Callable[[str, float], None] | None = None,
    threads: int | None = None,
) -> Equilibrium:
    """Assign trips to the network so that no trip could be cheaper.

    Bit-identical for equal input, whatever the number of threads. Where pairs compete for links of
    which some hardly react to flow and others strongly, the last digits come slowly. Trips inside
    one zone and trips without a path are not assigned; the certificate counts them.

    Parameters
    ----------
    network
        Road network; travel time never falls with flow.
    demand
        Trips [veh/h] between zones, of one class or of several that share the streets.
    gap
        Relative gap to reach [1]; elastic trips are met to 100 times this share.
    max_iterations
        Rounds of path search at most; the certificate tells what was reached.
    warm
        A similar run to start from; it saves time and changes nothing else.
    progress
        Told the stage and the share done.
    threads
        Threads that search paths; all processors if None.

    Raises
    ------
    InputError
        If the network or the demand breaks its contract, all faults at once, or the gap is none.
    """
    users = classes.listed(demand)
    short, state, history = assigned(
        network, users, gap=gap, max_iterations=max_iterations, warm=warm, progress=progress,
        threads=threads,
    )  # fmt: skip
    return _result(network, users, short, state, history)


def assigned(
    network: RoadNetwork,
    users: Sequence[UserClass],
    *,
    gap: float,
    max_iterations: int,
    warm: Warm | Equilibrium | None,
    progress: Callable[[str, float], None] | None,
    threads: int | None,
) -> tuple[Chains, State, tuple[float, ...]]:
    """Assign as `solve` does, without a proof.

    Parameters
    ----------
    network, users, gap, max_iterations, warm, progress, threads
        As `solve` takes them.

    Returns
    -------
    chains, state, history
        Rows of links that the paths of the state are made of, and the gap before each iteration.
    """
    if not (0.0 <= gap < 1.0 and max_iterations >= 0):
        reason = f"gap {gap:g} or {max_iterations} iterations cannot be reached."
        raise InputError("assignment", "", reason, "Give a gap from 0 to below 1, as 1e-6.")
    problem = classes.lay_out(network, users)
    names = tuple(user.name for user in users)
    start = warm.warm if isinstance(warm, Equilibrium) else warm
    kept = warmstart.chained(network, start)
    short = chains.shortened(network, kept.chains)
    brief = replace(problem, fixed=kept.chains.summed(problem.fixed))
    state = State(short, brief, names, kept, threads)
    history: list[float] = []
    extra = 0 if warm is None else EXTRA
    for iteration in range(max_iterations + 1):
        state.search()
        if np.isfinite(state.residual):
            history.append(state.gap())
            _tell(progress, history[-1], gap)
            reached = history[-1] <= gap and state.residual <= ANSWER * gap
            settled = extra == EXTRA or history[-1] <= SETTLED * gap
            if reached and settled:
                break
            extra += reached
        if iteration == max_iterations:
            break
        if iteration == 0:
            state.refresh()
        state.balance(_target(history, gap, settling=warm is None and extra > 0), ANSWER * gap)
    return kept.chains, state, tuple(history)


def _target(history: Sequence[float], gap: float, *, settling: bool) -> float:
    """Share of all cost that known paths may leave to gain [1]."""
    reached = history[-1] if history else 1.0
    return FINER * reached if settling else max(INNER * reached, FLOOR * gap)


def _tell(progress: Callable[[str, float], None] | None, reached: float, gap: float) -> None:
    if progress is not None:
        done = 1.0 if reached <= gap else np.log(max(reached, gap)) / np.log(gap)
        progress("assigning cars to streets", float(np.clip(done, 0.0, 1.0)))


def _result(
    network: RoadNetwork,
    users: Sequence[UserClass],
    short: Chains,
    state: State,
    history: tuple[float, ...],
) -> Equilibrium:
    flow = short.spread(state.class_flow(), len(network.link_from))
    pairs, routes = served(state)
    hint = Hint(short, *state.roots, state.trees)
    ways = certificate.Ways(routes, pairs, short)
    proof = certificate.certify(network, users, flow, ways, hint=hint, threads=state.threads)
    volume = certificate.volume(network, users, flow)
    time = certificate.delay(network, volume)
    names = tuple(user.name for user in users)
    return Equilibrium(
        flow=flow.sum(axis=0),
        class_flow=flow,
        time=time,
        cost=time + network.fixed_cost,
        class_cost=time + np.stack([classes.class_fixed(network, user) for user in users]),
        trips=tuple(_table(pairs, number) for number in range(len(names))),
        relative_gap=proof.relative_gap,
        history=history,
        certificate=proof,
        warm=Warm(network.zones, network.link_ids, names, pairs, short, routes, *state.roots,
                  state.trees),
    )  # fmt: skip


def served(state: State) -> tuple[Pairs, Paths]:
    """Pairs that have a path, with their trips as realised, and the paths that carry any.

    Parameters
    ----------
    state
        Of `assigned`; its paths are taken out.
    """
    given, there = state.problem.pairs, ~state.missing
    paths = columns.joined(state.paths)
    met = paths.met()
    trips = np.where(state.problem.elastic, met, state.trips)
    pairs = Pairs(given.klass[there], given.origin[there], given.destination[there], trips[there])
    first = np.concatenate(([0], np.cumsum(np.diff(paths.pair_first)[there]))).astype(np.int64)
    return pairs, Paths(first, paths.start, paths.links, paths.flow)


def _table(pairs: Pairs, number: int) -> TripTable:
    mine = pairs.klass == number
    return TripTable(pairs.origin[mine], pairs.destination[mine], pairs.trips[mine])
