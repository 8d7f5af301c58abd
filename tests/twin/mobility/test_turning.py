from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.mobility import roads as made
from twin.mobility import equilibrium, network
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.schema import RoadNetwork
    from twin.mobility.parameters import MobilityParameters

PARAMETERS = mobility_parameters("DK")
STREETS, JUNCTIONS, ZONES = made.grid(4, 2, 1000.0)
STREETS["length"] *= np.random.default_rng(5).uniform(0.8, 1.2, len(STREETS))


def bans(*rows: tuple[str, str, int, str, str | None]) -> pd.DataFrame:
    """Turn restrictions: kind, street, junction, street, exempt modes."""
    table = pd.DataFrame(rows, columns=["kind", "from_street", "via_node", "to_street", "exempt"])
    table.index = pd.Index([f"r{number}" for number in range(len(rows))], name="id")
    return table


def street(a: int, b: int) -> str:
    """Id of the street between two junctions of the grid."""
    name = STREETS.index[STREETS.index.str.endswith((f":{a}-{b}", f":{b}-{a}"))]
    return str(name[0])


def build(turns: pd.DataFrame | None, streets: gpd.GeoDataFrame = STREETS) -> network.Roads:
    return network.build(streets, JUNCTIONS, ZONES, PARAMETERS, turns=turns)


@cache
def plain() -> network.Roads:
    """The network without restrictions."""
    return build(None)


def cheapest(road: RoadNetwork) -> np.ndarray:
    """Least cost on the empty network between all zones by networkx, never through a zone."""
    graph = nx.MultiDiGraph()
    ends = zip(road.link_from, road.link_to, road.free_time, strict=True)
    graph.add_weighted_edges_from((int(a), int(b), float(cost)) for a, b, cost in ends)
    found = np.full((road.zones, road.zones), np.inf)
    for origin in range(road.zones):
        closed = set(range(road.zones)) - {origin}
        onward = graph.copy()
        onward.remove_edges_from([edge for edge in graph.edges if edge[0] in closed])
        length = nx.single_source_dijkstra_path_length(onward, origin)
        for goal in range(road.zones):
            found[origin, goal] = length.get(goal, np.inf)
    return found


def by_line_graph(banned: set[tuple[str, str]]) -> np.ndarray:
    """Least cost between all zones in the graph of links, a second route to split junctions.

    Every link is a node; an edge says that one link may follow another.
    """
    road, cost = plain().network, costs(plain())
    graph = nx.DiGraph()
    ends: dict[int, list[str]] = {}
    for name, tail in zip(road.link_ids, road.link_from, strict=True):
        ends.setdefault(int(tail), []).append(name)
        graph.add_node(name)
    for name, head in zip(road.link_ids, road.link_to, strict=True):
        if head < road.zones:
            continue
        for after in ends.get(int(head), []):
            if (name, after) not in banned:
                graph.add_edge(name, after, weight=float(cost[after]))
    found = np.full((road.zones, road.zones), np.inf)
    np.fill_diagonal(found, 0.0)
    for origin in range(road.zones):
        begin = road.link_ids[road.link_from == origin][0]
        length = nx.single_source_dijkstra_path_length(graph, begin, weight="weight")
        for goal in range(road.zones):
            end = road.link_ids[road.link_to == goal][0]
            if goal != origin and end in length:
                found[origin, goal] = length[end] + float(cost[begin])
    return found


def costs(roads: network.Roads) -> pd.Series:
    return pd.Series(roads.network.free_time, index=roads.network.link_ids)


def meeting(node: int) -> list[str]:
    ends = STREETS["from_node"].eq(node) | STREETS["to_node"].eq(node)
    return [str(name) for name in STREETS.index[ends]]


@st.composite
def restrictions(draw: st.DrawFn) -> pd.DataFrame:
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        node = draw(st.sampled_from([int(name) for name in JUNCTIONS.index]))
        near = meeting(node)
        kind = draw(st.sampled_from(["no_left_turn", "no_u_turn", "only_straight_on"]))
        leaves, enters = draw(st.sampled_from(near)), draw(st.sampled_from(near))
        rows.append((kind, leaves, node, enters, None))
    return bans(*rows)


def by_hand(turns: pd.DataFrame) -> set[tuple[str, str]]:
    """Pairs of links that the restrictions keep apart, by what their names say."""
    found: set[tuple[str, str]] = set()
    ordered: dict[tuple[str, int], set[str]] = {}
    for row in turns.itertuples():
        leaves = f"{row.from_street} {way(row.from_street, row.via_node, into=True)}"
        enters = f"{row.to_street} {way(row.to_street, row.via_node, into=False)}"
        if row.kind.startswith("no_"):
            found.add((leaves, enters))
        else:
            ordered.setdefault((leaves, row.via_node), set()).add(enters)
    for (leaves, node), allowed in ordered.items():
        out = {f"{name} {way(name, node, into=False)}" for name in meeting(node)}
        found |= {(leaves, enters) for enters in out - allowed}
    return found


@settings(max_examples=25)
@given(restrictions())
def test_cheapest_paths_are_those_of_the_line_graph(turns: pd.DataFrame) -> None:
    banned = by_hand(turns)
    assert cheapest(build(turns).network) == pytest.approx(by_line_graph(banned), rel=1e-9)


def flows(roads: network.Roads) -> tuple[pd.Series, float]:
    zones = roads.network.zones
    trips = made.trips((a, b, 100.0) for a in range(zones) for b in range(zones) if a != b)
    found = equilibrium.solve(roads.network, trips, gap=1e-8)
    return pd.Series(found.flow, index=roads.network.link_ids), found.relative_gap


def follows(roads: network.Roads, first: str, then: str) -> bool:
    """Whether a link can be followed by another, straight or over turn links."""
    road = roads.network
    ends = dict(zip(road.link_ids, road.link_to, strict=True))
    begins = dict(zip(road.link_ids, road.link_from, strict=True))
    if ends[first] == begins[then]:
        return True
    turn = (roads.links["kind"] == "turn").to_numpy()
    joints = set(zip(road.link_from[turn], road.link_to[turn], strict=True))
    return (ends[first], begins[then]) in joints


def test_a_forbidden_turn_cannot_be_made_and_all_others_can() -> None:
    west, north, east, south = (street(6, other) for other in (5, 10, 7, 2))
    roads = build(bans(("no_left_turn", west, 6, north, None)))
    into = {name: f"{name} {way(name, 6, into=True)}" for name in (west, north, east, south)}
    out = {name: f"{name} {way(name, 6, into=False)}" for name in (west, north, east, south)}
    for (a, first), (b, then) in product(into.items(), out.items()):
        assert follows(roads, first, then) == (a != b and (a, b) != (west, north))
    zone = 1
    every = (len(into) + zone) * (len(out) + zone)
    assert (roads.links["kind"] == "turn").sum() == every - len(into) - 1


def test_nobody_turns_round_near_a_forbidden_turn_but_at_dead_ends_and_where_told_to() -> None:
    """Streets are 160 to 240 m long: 100 m reach the junction itself, 250 m all next to it."""
    ban = ("no_left_turn", street(6, 5), 6, street(6, 10), None)
    told = ("only_u_turn", street(2, 6), 6, street(2, 6), None)
    far = replace(PARAMETERS, roads=replace(PARAMETERS.roads, turn_round=250.0))
    streets = STREETS.copy()
    streets.loc[[street(10, other) for other in (9, 11, 14)], "state"] = "removed"

    def back(roads: network.Roads, a: int, b: int) -> bool:
        name = street(a, b)
        return follows(
            roads, f"{name} {way(name, b, into=True)}", f"{name} {way(name, b, into=False)}"
        )

    def build_with(
        parameters: MobilityParameters, *rows: tuple[str, str, int, str, str | None]
    ) -> network.Roads:
        return network.build(streets, JUNCTIONS, ZONES, parameters, turns=bans(*rows))

    near, around = build_with(PARAMETERS, ban), build_with(far, ban, told)
    assert not back(near, 7, 6)
    assert back(near, 6, 7)
    assert not back(around, 6, 7)
    assert back(around, 6, 10)
    assert back(around, 2, 6)
    assert back(around, 12, 16)


def way(name: str, node: int, *, into: bool) -> str:
    return "forward" if (STREETS.loc[name, "to_node"] == node) == into else "backward"


def test_only_forbids_all_others_and_several_allow_what_any_allows() -> None:
    west, north, east, south = (street(6, other) for other in (5, 10, 7, 2))
    rows = [("only_straight_on", west, 6, east, None), ("only_right_turn", west, 6, south, None)]
    roads = build(bans(*rows))
    leaves = f"{west} {way(west, 6, into=True)}"
    may = {b: follows(roads, leaves, f"{b} {way(b, 6, into=False)}")
           for b in (west, north, east, south)}  # fmt: skip
    assert may == {west: False, north: False, east: True, south: True}


@pytest.mark.parametrize(
    ("exempt", "held"), [(None, True), ("bus;bicycle", True), ("motorcar", False), ("bus; motor_vehicle", False)]
)  # fmt: skip
def test_restrictions_hold_for_cars_unless_they_except_them(exempt: str | None, held: bool) -> None:
    roads = build(bans(("no_left_turn", street(5, 6), 6, street(6, 10), exempt)))
    assert (roads.links["kind"] == "turn").any() == held
    outcome = "applied" if held else "does not hold for cars"
    assert roads.turns.to_dict("list") == {"outcome": [outcome], "count": [1]}


def test_restrictions_without_effect_are_counted_by_reason() -> None:
    streets = STREETS.copy()
    streets.loc[street(6, 10), ["drive_forward", "drive_backward"]] = False
    turns = bans(
        ("no_left_turn", street(5, 6), 6, street(6, 10), None),
        ("only_left_turn", street(6, 10), 6, street(5, 6), None),
        ("give_way", street(5, 6), 6, street(6, 7), None),
        ("no_left_turn", "w999:1-2", 6, street(6, 7), None),
        ("no_right_turn", street(5, 6), 6, street(6, 2), None),
    )
    report = build(turns, streets).turns.set_index("outcome")["count"].to_dict()
    assert report == {
        "applied": 1,
        "kind give_way is not known": 1,
        "no car may enter the street that the turn leads to": 1,
        "no car reaches the junction by the street that the turn leaves": 2,
    }


def test_flow_is_conserved_inside_split_junctions_and_streets_keep_one_figure() -> None:
    turns = bans(*[
        ("no_left_turn", street(5, 6), 6, street(6, 10), None),
        ("no_u_turn", street(6, 7), 6, street(6, 7), None),
        ("only_straight_on", street(10, 11), 11, street(11, 12), None),
    ])  # fmt: skip
    roads = build(turns)
    flow, gap = flows(roads)
    road = roads.network
    assert gap <= 1e-8
    into = np.bincount(road.link_to, weights=flow, minlength=road.nodes)
    out = np.bincount(road.link_from, weights=flow, minlength=road.nodes)
    assert into[road.zones :] == pytest.approx(out[road.zones :], abs=1e-6)
    assert into[: road.zones].sum() == pytest.approx(100.0 * road.zones * (road.zones - 1))
    own = roads.links[roads.links["kind"] == "street"]
    assert own.index.is_unique
    assert set(own["street"]) == set(STREETS.index)


def test_restrictions_that_nobody_meets_change_no_flow() -> None:
    """A U-turn at a junction in open road lies on no cheapest path, so forbidding it is nothing."""
    turns = bans(("no_u_turn", street(6, 7), 6, street(6, 7), None))
    before, _ = flows(plain())
    after, _ = flows(build(turns))
    assert after[before.index].to_numpy() == pytest.approx(before.to_numpy(), abs=1e-3)


def test_a_barrier_at_a_junction_lets_cars_come_and_not_pass() -> None:
    junctions = JUNCTIONS.assign(barrier=pd.Series(None, index=JUNCTIONS.index, dtype="str"))
    junctions.loc[6, "barrier"] = "bollard"
    roads = network.build(STREETS, junctions, ZONES, PARAMETERS)
    near = meeting(6)
    for a in near:
        for b in near:
            first, then = f"{a} {way(a, 6, into=True)}", f"{b} {way(b, 6, into=False)}"
            assert follows(roads, first, then) == (a == b)


def test_a_zone_at_a_split_junction_is_left_and_reached_on_all_streets() -> None:
    node = int(ZONES["node"].iloc[0])
    near = meeting(node)
    roads = build(bans(("no_left_turn", near[0], node, near[1], None)))
    zone = ZONES.index[0]
    for name in near:
        assert follows(roads, f"{zone} out", f"{name} {way(name, node, into=False)}")
        assert follows(roads, f"{name} {way(name, node, into=True)}", f"{zone} in")


def test_ids_of_turn_links_are_unique() -> None:
    turns = bans(*[
        ("no_left_turn", meeting(node)[0], node, meeting(node)[1], None) for node in (6, 7, 10, 11)
    ])  # fmt: skip
    assert build(turns).links.index.is_unique
