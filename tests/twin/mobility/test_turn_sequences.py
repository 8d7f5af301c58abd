"""Turns over several streets, against a search that remembers all links driven last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.mobility import roads as made
from tests.twin.mobility import test_turning as plain
from twin.mobility import equilibrium, network

if TYPE_CHECKING:
    from twin.mobility.network import Roads

EVERYWHERE = replace(plain.PARAMETERS, roads=replace(plain.PARAMETERS.roads, turn_round=1e6))
"""Nobody turns round anywhere: the rule without its short cut."""

MEMORY = 4
"""Links that the longest restriction here speaks of."""


def bans(*rows: tuple[str, str, int, str, str, str | None]) -> pd.DataFrame:
    """Turn restrictions: kind, street, junction, streets, street, condition."""
    names = ["kind", "from_street", "via_node", "via_streets", "to_street", "conditional"]
    table = pd.DataFrame(rows, columns=names).assign(exempt=None)
    table["via_streets"] = table["via_streets"].replace("", None).astype("str")
    table["conditional"] = table["conditional"].astype("str")
    table.index = pd.Index([f"r{number}" for number in range(len(rows))], name="id")
    return table


def build(turns: pd.DataFrame | None, period: str | None = None) -> Roads:
    return network.build(
        plain.STREETS, plain.JUNCTIONS, plain.ZONES, EVERYWHERE, turns=turns, period=period
    )


def over(street: str, node: int) -> int:
    """Other end of a street."""
    ends = plain.STREETS.loc[street, ["from_node", "to_node"]]
    return int(ends.sum() - node)


@st.composite
def restrictions(draw: st.DrawFn) -> pd.DataFrame:
    """Walks over the grid that are forbidden or ordered; they overlap often."""
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        node = draw(st.sampled_from([int(name) for name in plain.JUNCTIONS.index]))
        leaves = draw(st.sampled_from(plain.meeting(node)))
        walk, at, last = [], node, leaves
        for _ in range(draw(st.integers(1, MEMORY - 1))):
            last = draw(st.sampled_from([one for one in plain.meeting(at) if one != last]))
            walk.append(last)
            at = over(last, at)
        kind = draw(st.sampled_from(["no_u_turn", "no_left_turn", "only_straight_on"]))
        rows.append((kind, leaves, node, " ".join(walk[:-1]), walk[-1], None))
    return bans(*rows)


def link(street: str, tail: int) -> str:
    return f"{street} {plain.way(street, tail, into=False)}"


def by_hand(turns: pd.DataFrame) -> set[tuple[str, ...]]:
    """Runs of links that nobody may drive, by what the rows say."""
    found: set[tuple[str, ...]] = set()
    only: dict[str, set[str]] = {}
    for row in turns.itertuples():
        streets = [
            *(str(row.via_streets).split() if pd.notna(row.via_streets) else []),
            row.to_street,
        ]
        run, at = (
            [f"{row.from_street} {plain.way(row.from_street, row.via_node, into=True)}"],
            row.via_node,
        )
        nodes = [at]
        for street in streets:
            run.append(link(street, at))
            at = over(street, at)
            nodes.append(at)
        if row.kind.startswith("no_"):
            found.add(tuple(run))
            continue
        if len(run) == 2:
            only.setdefault(run[0], set()).add(run[1])
            continue
        for size in range(1, len(run)):
            goals = {link(other, nodes[size - 1]) for other in plain.meeting(nodes[size - 1])}
            found |= {(*run[:size], goal) for goal in goals - {run[size]}}
    for first, allowed in only.items():
        street, direction = first.split(" ")
        node = int(plain.STREETS.loc[street, "to_node" if direction == "forward" else "from_node"])
        found |= {(first, goal) for other in plain.meeting(node)
                  if (goal := link(other, node)) not in allowed}  # fmt: skip
    return found | _turning_round(found)


def _turning_round(found: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Nobody turns round where another street may be taken."""
    more: set[tuple[str, ...]] = set()
    for street in plain.STREETS.index:
        for node in plain.STREETS.loc[street, ["from_node", "to_node"]]:
            first = f"{street} {plain.way(street, node, into=True)}"
            others = [link(other, node) for other in plain.meeting(node) if other != street]
            if any((first, other) not in found for other in others):
                more.add((first, link(street, node)))
    return more


def by_memory(forbidden: set[tuple[str, ...]]) -> np.ndarray:
    """Least cost between zones when the last links driven are remembered (networkx)."""
    roads = network.build(plain.STREETS, plain.JUNCTIONS, plain.ZONES, plain.PARAMETERS)
    road, cost = roads.network, plain.costs(roads)
    head = dict(zip(road.link_ids, road.link_to, strict=True))
    out: dict[int, list[str]] = {}
    for name, tail in zip(road.link_ids, road.link_from, strict=True):
        out.setdefault(int(tail), []).append(name)
    found = np.full((road.zones, road.zones), np.inf)
    for origin in range(road.zones):
        start: tuple[str, ...] = (out[origin][0],)
        graph, open_ = nx.DiGraph(), [start]
        graph.add_node(start)
        while open_:
            state = open_.pop()
            if head[state[-1]] < road.zones:
                continue
            for name in out[int(head[state[-1]])]:
                way = (*state, name)
                if any(way[size:] in forbidden for size in range(len(way))):
                    continue
                after = way[-(MEMORY - 1) :]
                if after not in graph:
                    open_.append(after)
                graph.add_edge(state, after, weight=float(cost[name]))
        for state, length in nx.single_source_dijkstra_path_length(
            graph, start, weight="weight"
        ).items():
            goal = int(head[state[-1]])
            if goal < road.zones:
                total = length + float(cost[start[0]])
                found[origin, goal] = min(found[origin, goal], total)
    np.fill_diagonal(found, 0.0)
    return found


@settings(max_examples=15)
@given(restrictions())
def test_cheapest_paths_are_those_of_a_search_with_memory(turns: pd.DataFrame) -> None:
    roads = build(turns)
    assert roads.turns.to_dict("list") == {"outcome": ["applied"], "count": [len(turns)]}
    assert plain.cheapest(roads.network) == pytest.approx(by_memory(by_hand(turns)), rel=1e-9)


def test_only_those_who_came_by_the_first_street_are_kept_from_the_last() -> None:
    """From 5 over 6 to 7 nobody may turn to 11; who comes from 2 or 10 may, and 5 may go on."""
    first, via, last = plain.street(5, 6), plain.street(6, 7), plain.street(7, 11)
    roads = build(bans(("no_left_turn", first, 6, via, last, None)))
    copy = f"{link(via, 6)} after {link(first, 5)}"
    assert roads.copies.to_dict() == {copy: link(via, 6)}
    came = {plain.follows(roads, link(plain.street(a, 6), a), name)
            for a in (2, 10) for name in (link(via, 6),)}  # fmt: skip
    assert came == {True}
    assert not plain.follows(roads, link(first, 5), link(via, 6))
    assert plain.follows(roads, link(first, 5), copy)
    assert plain.follows(roads, link(via, 6), link(last, 7))
    assert not plain.follows(roads, copy, link(last, 7))
    assert plain.follows(roads, copy, link(plain.street(7, 8), 7))
    assert plain.follows(roads, copy, link(plain.street(7, 3), 7))


def test_flow_on_copies_counts_on_their_street_and_nothing_is_lost() -> None:
    """A run of three streets is forbidden that nobody drives: its first two are driven as before."""
    free = build(None)
    trips = made.trips(
        (a, b, 50.0) for a in range(free.network.zones) for b in range(free.network.zones) if a != b
    )
    before = equilibrium.solve(free.network, trips, gap=1e-8)
    first, via, after = driven(before)
    node = over_link(via)
    last = next(name for name in plain.meeting(node)
                if link(name, node) != after and name != via.split(" ")[0])  # fmt: skip
    row = ("no_left_turn", first.split(" ")[0], over_link(first), via.split(" ")[0], last, None)
    roads = build(bans(row))
    road = roads.network
    found = equilibrium.solve(road, trips, gap=1e-8)
    copy = road.link_ids.get_loc(roads.copies.index[0])
    assert found.flow[copy] > 0.0
    into = np.bincount(road.link_to, weights=found.flow, minlength=road.nodes)
    out = np.bincount(road.link_from, weights=found.flow, minlength=road.nodes)
    assert into[road.zones :] == pytest.approx(out[road.zones :], abs=1e-6)
    both = found.flow[road.link_ids.get_loc(via)] + found.flow[copy]
    assert roads.load(found.flow).loc[via, "flow"] == pytest.approx(both)
    assert any("several streets" in said for said in roads.limits)


def driven(found: equilibrium.Equilibrium) -> tuple[str, str, str]:
    """Three streets that somebody drives one after the other."""
    names = found.link_ids.to_numpy(dtype=object)
    for begin, end in zip(found.paths.start[:-1], found.paths.start[1:], strict=True):
        run = [str(name) for name in names[found.paths.links[begin:end]]]
        streets = [name for name in run if name.endswith("ward")]
        if len(streets) > 2 and found.flow[found.link_ids.get_loc(streets[1])] > 0.0:
            return streets[0], streets[1], streets[2]
    raise AssertionError("no path over three streets")


def over_link(name: str) -> int:
    """Junction where a link ends."""
    street, direction = name.split(" ")
    return int(plain.STREETS.loc[street, "to_node" if direction == "forward" else "from_node"])


@pytest.mark.parametrize(
    ("period", "outcome"),
    [
        ("morning", "applied"),
        ("evening", "does not hold at this time of the day"),
        (None, "does not hold at this time of the day"),
    ],
)
def test_a_restriction_with_hours_holds_in_its_period(period: str | None, outcome: str) -> None:
    row = ("no_left_turn", plain.street(5, 6), 6, "", plain.street(6, 10), "Mo-Fr 07:00-09:00")
    assert build(bans(row), period).turns["outcome"].tolist() == [outcome]


def test_conditions_that_nobody_can_read_hold_nothing_up_and_are_counted() -> None:
    row = ("no_left_turn", plain.street(5, 6), 6, "", plain.street(6, 10), "weight > 3.5")
    said = build(bans(row), "morning").turns
    assert said.to_dict("list") == {
        "outcome": ["its condition is not about days and hours"], "count": [1]
    }  # fmt: skip
