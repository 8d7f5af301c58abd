from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers import osm, streets
from layers.devices import Devices
from layers.drops import Drops
from tests.layers import osm_xml as xml

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import Found

GRID = xml.grid(4, 4)
"""Nodes 1 to 16 in rows of four."""


def read(folder: Path, *parts: str) -> Found:
    return osm.read(xml.write(folder / "a.osm", GRID, *parts))


def noded_by_hand(ways: list[list[int]]) -> list[tuple[int, list[int]]]:
    """The plain rule, way by way: the second route."""
    uses = Counter(name for way in ways for name in way)
    found = []
    for number, way in enumerate(ways):
        piece = [way[0]]
        for place, name in enumerate(way[1:], start=1):
            piece.append(name)
            if uses[name] > 1 or place == len(way) - 1:
                found.append((number, piece))
                piece = [name]
    return found


def without_repeats(way: list[int]) -> list[int]:
    return [n for n, before in zip(way, [None, *way], strict=False) if n != before]


WAYS = st.lists(
    st.lists(st.integers(1, 12), min_size=2, max_size=8)
    .map(without_repeats)
    .filter(lambda w: len(w) > 1),
    min_size=1,
    max_size=6,
)


@given(ways=WAYS)
def test_noding_agrees_with_the_plain_rule(ways: list[list[int]]) -> None:
    nodes = np.array([n for way in ways for n in way], dtype=np.int64)
    number = np.repeat(np.arange(len(ways)), [len(way) for way in ways])
    cut = streets.node(nodes, number)
    found = [
        (int(w), nodes[a : b + 1].tolist())
        for w, a, b in zip(cut.way, cut.first, cut.last, strict=True)
    ]
    assert found == noded_by_hand(ways)


@given(ways=WAYS)
def test_noding_loses_no_step_and_keeps_who_reaches_whom(ways: list[list[int]]) -> None:
    nodes = np.array([n for way in ways for n in way], dtype=np.int64)
    number = np.repeat(np.arange(len(ways)), [len(way) for way in ways])
    cut = streets.node(nodes, number)
    assert (cut.last - cut.first).sum() == len(nodes) - len(ways)
    whole, noded = nx.Graph(), nx.Graph()
    for way in ways:
        nx.add_path(whole, way)
    noded.add_edges_from(zip(nodes[cut.first].tolist(), nodes[cut.last].tolist(), strict=True))
    for part in nx.connected_components(noded):
        first = next(iter(part))
        assert part <= nx.node_connected_component(whole, first)
    assert nx.number_connected_components(noded) == nx.number_connected_components(whole)


def test_nothing_gives_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert len(streets.node(none, none).way) == 0


def test_ids_are_ordered_and_unique() -> None:
    ids = streets.identifiers(*(np.array(x) for x in ([7, 7, 7, 8], [1, 1, 2, 1], [2, 2, 1, 2])))
    assert list(ids) == ["w7:1-2", "w7:1-2:2", "w7:2-1", "w8:1-2"]


def test_ways_split_at_shared_nodes_only(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        xml.way(50, (1, 2, 3, 4), highway="primary"),
        xml.way(51, (3, 7, 11), highway="service"),
        xml.way(52, (2, 6), building="yes"),
        xml.way(53, (2, 6), waterway="stream"),
    )
    assert list(found.tables["streets"].index) == ["w50:1-3", "w50:3-4", "w51:3-11"]
    assert found.tables["junctions"]["street_count"].to_dict() == {1: 1, 3: 3, 4: 1, 11: 1}


def test_loops_and_self_crossings_are_kept(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        xml.way(50, (1, 2, 6, 5, 1), highway="service"),
        xml.way(51, (9, 10, 14, 13, 9, 5), highway="service"),
        xml.way(52, (3, 4, 8, 7, 3, 4), highway="service"),
    )
    assert list(found.tables["streets"].index) == [
        "w50:1-5",
        "w50:5-1",
        "w51:9-9",
        "w51:9-5",
        "w52:3-4",
        "w52:4-3",
        "w52:3-4:2",
    ]
    assert found.tables["junctions"].loc[9, "street_count"] == 3
    loop = found.tables["streets"].loc["w51:9-9"].geometry
    assert loop.is_closed
    assert len(loop.coords) == 5


def test_clipped_way_is_split_at_the_gap(tmp_path: Path) -> None:
    found = read(tmp_path, xml.way(50, (1, 2, 99, 3, 4), highway="primary"))
    assert list(found.tables["streets"].index) == ["w50:1-2", "w50:3-4"]


def test_repeated_node_is_no_self_loop(tmp_path: Path) -> None:
    found = read(tmp_path, xml.way(50, (1, 2, 2, 3), highway="primary"))
    assert list(found.tables["streets"].index) == ["w50:1-3"]


def test_attributes_are_typed(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        xml.way(
            50,
            (1, 2),
            highway="secondary",
            name=" Main Street ",
            maxspeed="30 mph",
            lanes="2;3",
            width="7,5",
            bridge="viaduct",
            layer="1",
            lit="yes",
            cycleway__left="lane",
            cycleway__right="track",
            sidewalk__both="yes",
            surface="asphalt",
        ),
        xml.way(51, (2, 3), highway="service", maxspeed__type="DK:urban"),
    )
    row = found.tables["streets"].loc["w50:1-2"]
    assert (row["name"], row["lanes"], row["width"], row["level"]) == ("Main Street", 2, 7.5, 1)
    assert row["speed_kph"] == pytest.approx(48.28032)
    assert (row["bridge"], row["tunnel"], row["roundabout"]) == (True, False, False)
    assert (row["cycleway"], row["sidewalk"]) == ("left=lane right=track", "yes")
    assert found.tables["streets"].loc["w51:2-3", "speed_kph"] == 50


def test_junction_knows_its_control(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        xml.node(91, 10.0005, 55, highway="traffic_signals"),
        xml.way(50, (1, 91, 2), highway="service"),
        xml.way(51, (91, 6), highway="service"),
    )
    assert found.tables["junctions"]["control"].fillna("").to_dict() == {
        1: "",
        2: "",
        6: "",
        91: "traffic_signals",
    }


def turn(kind: str, start: int, via: int, end: int, **more: str) -> str:
    return xml.relation(
        1,
        [("way", start, "from"), ("node", via, "via"), ("way", end, "to")],
        type="restriction",
        restriction=kind,
        **more,
    )


CROSS = (
    xml.way(50, (1, 2), highway="primary"),
    xml.way(51, (2, 3), highway="primary"),
    xml.way(52, (2, 6, 10), highway="service"),
    xml.way(53, (6, 7), highway="service"),
)
TURNS: dict[str, tuple[tuple[str, ...], list[tuple[str, int, str]]]] = {
    "from-one-segment-to-another": (
        (turn("no_left_turn", 50, 2, 52),),
        [("w50:1-2", 2, "w52:2-6")],
    ),
    "against-drawing": ((turn("no_right_turn", 52, 2, 50),), [("w52:2-6", 2, "w50:1-2")]),
    "inside-a-way": ((turn("only_straight_on", 53, 6, 52),), []),
    "u-turn": ((turn("no_u_turn", 50, 2, 50),), [("w50:1-2", 2, "w50:1-2")]),
    "not-at-the-junction": ((turn("no_left_turn", 50, 3, 51),), []),
    "missing-way": ((turn("no_left_turn", 50, 2, 99),), []),
    "building-as-member": ((turn("no_left_turn", 50, 2, 60),), []),
}


@pytest.mark.parametrize("case", TURNS)
def test_turns_resolve_to_segments_or_are_counted(case: str, tmp_path: Path) -> None:
    relations, expected = TURNS[case]
    found = read(tmp_path, *CROSS, *relations)
    turns = found.tables["turns"]
    assert (
        list(turns[["from_street", "via_node", "to_street"]].itertuples(index=False, name=None))
        == expected
    )
    counted = found.drops[found.drops["table"] == "turns"]["count"].sum()
    assert counted == (0 if expected else 1)


def test_turn_into_a_one_way_street_against_it_is_no_turn(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        xml.way(50, (1, 2), highway="primary"),
        xml.way(51, (3, 2), highway="primary", oneway="yes", oneway__bicycle="yes"),
        turn("no_left_turn", 50, 2, 51),
    )
    assert len(found.tables["turns"]) == 0


def test_exempt_modes_are_kept(tmp_path: Path) -> None:
    found = read(tmp_path, *CROSS, turn("no_left_turn", 50, 2, 52, **{"except": "bicycle;psv"}))
    assert list(found.tables["turns"]["exempt"]) == ["bicycle;psv"]


def test_length_is_conserved_by_noding(helsinki: Path) -> None:
    import osmium

    from layers import elements

    gathered = elements.gather(osmium.io.File(str(helsinki), "pbf"))
    whole = shapely.length(shapely.from_wkb(np.array(gathered.pieces.shapes, dtype=object))).sum()
    table = streets.streets(gathered.pieces, None, Drops())
    assert shapely.length(np.asarray(table.geometry.array)).sum() == pytest.approx(whole, rel=1e-12)


def test_no_segment_passes_a_junction(helsinki: Path) -> None:
    found = osm.read(helsinki).tables
    lines = np.asarray(found["streets"].geometry.array)
    places, owner = shapely.get_coordinates(lines, return_index=True)
    inner = np.ones(len(places), dtype=bool)
    inner[np.flatnonzero(np.diff(owner, prepend=-1))] = False
    inner[np.flatnonzero(np.diff(owner, append=owner[-1] + 1))] = False
    junctions = {
        tuple(p)
        for p in shapely.get_coordinates(np.asarray(found["junctions"].geometry.array)).tolist()
    }
    inside = {tuple(p) for p in places[inner].tolist()}
    # Nodes at one place but with two ids (bridges, platforms) are no junction of each other.
    assert len(junctions & inside) <= 3


def test_pieces_without_ways_make_an_empty_table() -> None:
    table = streets.streets(streets.Pieces(), None, Drops())
    assert len(table) == 0
    assert len(streets.junctions(table, Devices())) == 0


def test_what_wheelchairs_meet_is_read_from_ways_and_nodes(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        xml.way(50, (1, 2), highway="footway", incline="-8 %", wheelchair="limited"),
        xml.way(51, (2, 3), highway="footway", incline="up"),
        xml.way(52, (2, 6, 10), highway="footway", incline="45°"),
        xml.node(90, 10.0006, 55, barrier="kerb", kerb="lowered"),
        xml.node(91, 10.0007, 55, barrier="kerb", kerb="raised"),
        xml.way(53, (3, 90, 91, 4), highway="footway"),
        xml.way(54, (91, 7), highway="footway"),
    )
    streets = found.tables["streets"]
    assert streets["incline"].dropna().round(6).to_dict() == {"w50:1-2": -0.08, "w52:2-10": 1.0}
    assert streets["wheelchair"].dropna().tolist() == ["limited"]
    assert streets["kerb"].dropna().to_dict() == {
        "w53:3-91": "raised", "w53:91-4": "raised", "w54:91-7": "raised",
    }  # fmt: skip
