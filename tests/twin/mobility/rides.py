"""Small timetables to test routers with, and a search through all their events."""

from __future__ import annotations

import itertools
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from hypothesis import strategies as st

from layers.schema import Timetable
from twin.mobility import legs
from twin.mobility.legs import NEVER

FAR = NEVER
Leg = tuple[int, int, int, int, bool, bool]
"""From and to stop, departure, arrival, may board, may alight."""


def timetable(stops: int, rides: list[list[Leg]]) -> Timetable:
    rows = [(leg[2], ride, order, *leg) for ride, calls in enumerate(rides)
            for order, leg in enumerate(calls)]  # fmt: skip
    rows.sort(key=lambda row: row[:3])
    table = np.array([row[1:] for row in rows], dtype=np.int64).reshape(-1, 8)
    return Timetable(
        stops=pd.RangeIndex(stops),
        rides=pd.RangeIndex(len(rides)),
        ride=np.ascontiguousarray(table[:, 0]),
        from_stop=np.ascontiguousarray(table[:, 2]),
        to_stop=np.ascontiguousarray(table[:, 3]),
        departure=np.ascontiguousarray(table[:, 4]),
        arrival=np.ascontiguousarray(table[:, 5]),
        board=table[:, 6].astype(bool),
        alight=table[:, 7].astype(bool),
    )


def walks(points: int, pairs: dict[tuple[int, int], int]) -> legs.Legs:
    rows = [(origin, target, seconds) for (origin, target), seconds in pairs.items()]
    return legs.csr(pd.DataFrame(rows, columns=["origin", "target", "seconds"]), points)


def oracle(
    rides: list[list[Leg]],
    access: dict[int, int],
    change: dict[tuple[int, int], int],
    egress: dict[int, int],
    direct: int,
    start: int,
    limit: int,
    pause: int,
) -> int:
    """Every way that can be travelled, spelled out as a graph of events."""
    ways = {(ride, order): leg for ride, found in enumerate(rides)
            for order, leg in enumerate(found)}  # fmt: skip
    graph = nx.DiGraph()
    graph.add_node("door")

    def may_board(event: Any, stop: int, time: int) -> None:
        graph.add_edges_from(
            (event, key)
            for key, leg in ways.items()
            if leg[0] == stop and leg[4] and leg[2] >= time
        )

    for stop, seconds in access.items():
        may_board("door", stop, start + seconds)
    for (ride, order), (_, stop, _, arrival, _, alight) in ways.items():
        if (ride, order + 1) in ways:
            graph.add_edge((ride, order), (ride, order + 1))
        if not alight:
            continue
        may_board((ride, order), stop, arrival + pause)
        for (here, there), seconds in change.items():
            if here == stop:
                may_board((ride, order), there, arrival + seconds + pause)
    times = [direct] if direct < FAR else []
    for event in nx.descendants(graph, "door"):
        _, stop, _, arrival, _, alight = ways[event]
        if alight and stop in egress:
            times.append(arrival + egress[stop] - start)
    best = min(times, default=FAR)
    return best if best <= limit else FAR


seconds = st.integers(0, 12)
mostly = st.sampled_from([True, True, True, False])


@st.composite
def ride(draw: st.DrawFn, stops: int) -> list[Leg]:
    """A vehicle that waits and runs for 0 to some seconds, round any stops."""
    calls = draw(st.lists(st.integers(0, stops - 1), min_size=2, max_size=5))
    time = draw(st.integers(-5, 25))
    calls_of = []
    for here, there in itertools.pairwise(calls):
        departure = time + draw(st.integers(0, 3))
        time = departure + draw(st.integers(0, 6))
        calls_of.append((here, there, departure, time, draw(mostly), draw(mostly)))
    return calls_of


def oracle_of_rides(
    rides: list[list[Leg]],
    access: dict[int, int],
    change: dict[tuple[int, int], int],
    egress: dict[int, int],
    start: int,
    pause: int,
    most: int,
) -> list[int]:
    """Earliest arrival with at most 1, 2 ... `most` rides, by a graph of events for each number."""
    ways = {(ride, order): leg for ride, found in enumerate(rides)
            for order, leg in enumerate(found)}  # fmt: skip
    graph = nx.DiGraph()
    graph.add_node("door")
    steps = {(stop, stop): 0 for way in ways.values() for stop in way[:2]} | change

    def may_board(event: Any, number: int, stop: int, time: int) -> None:
        graph.add_edges_from(
            (event, (number, *key))
            for key, leg in ways.items()
            if leg[0] == stop and leg[4] and leg[2] >= time
        )

    for stop, seconds in access.items():
        may_board("door", 1, stop, start + seconds)
    for number in range(1, most + 1):
        for (ride, order), (_, stop, _, arrival, _, alight) in ways.items():
            if (ride, order + 1) in ways:
                graph.add_edge((number, ride, order), (number, ride, order + 1))
            for (here, there), seconds in steps.items():
                if alight and here == stop and number < most:
                    may_board((number, ride, order), number + 1, there, arrival + seconds + pause)
    best = [FAR] * most
    for number, *event in nx.descendants(graph, "door"):
        _, stop, _, arrival, _, alight = ways[tuple(event)]
        if alight and stop in egress:
            best[number - 1] = min(best[number - 1], arrival + egress[stop])
    return [min(best[: number + 1]) for number in range(most)]
