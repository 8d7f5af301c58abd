from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layers import osm
from tests.layers import osm_xml as xml

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import Found

GRID = xml.grid(3, 3)
STREET = xml.way(50, (1, 2, 3), highway="residential")


def read(folder: Path, *parts: str) -> Found:
    return osm.read(xml.write(folder / "a.osm", *parts))


def lost(found: Found) -> dict[tuple[str, str], int]:
    return {
        (str(t), str(r)): int(n)
        for t, r, n in found.drops[["table", "reason", "count"]].itertuples(index=False)
    }


def house(number: int = 60, nodes: tuple[int, ...] = (1, 2, 5, 4, 1), **values: str) -> str:
    return xml.way(number, nodes, **({"building": "yes"} | values))


CLIPPED = "(clipped at the edge)"


DROPPED: dict[str, tuple[tuple[str, ...], dict[tuple[str, str], int], dict[str, int]]] = {
    "ways-without-length": (
        (
            xml.node(1, 10, 55),
            xml.node(2, 10, 55),
            xml.node(3, 10.01, 55),
            xml.way(1, (1, 2), highway="service"),
            xml.way(2, (2, 3), highway="service"),
            xml.way(3, (1, 1), highway="service"),
        ),
        {("streets", "the way has no length"): 2},
        {"streets": 1},
    ),
    "ways-of-one-node-or-none": (
        (GRID, STREET, xml.way(51, (1,), highway="service"), xml.way(52, (), highway="service")),
        {("streets", f"fewer than two nodes of the way are there {CLIPPED}"): 2},
        {"streets": 1},
    ),
    "missing-nodes-in-streets": (
        (
            GRID,
            xml.way(1, (1, 99, 2, 3, 98), highway="service"),
            xml.way(2, (97, 1), highway="service"),
        ),
        {
            ("streets", f"a part of the way is missing {CLIPPED}, the rest is kept"): 1,
            ("streets", f"fewer than two nodes of the way are there {CLIPPED}"): 1,
        },
        {"streets": 1},
    ),
    "missing-nodes-in-buildings": (
        (GRID, STREET, house(60, (1, 2, 99, 1)), house(61)),
        {("buildings", f"nodes of the way are missing {CLIPPED}"): 1},
        {"buildings": 1},
    ),
    "missing-members-of-multipolygon": (
        (
            GRID,
            STREET,
            xml.relation(1, [("way", 99, "outer")], type="multipolygon", building="yes"),
        ),
        {("buildings", f"members of the multipolygon are missing {CLIPPED}"): 1},
        {"buildings": 0},
    ),
    "multipolygon-that-does-not-close": (
        (
            GRID,
            STREET,
            xml.way(60, (1, 2, 5)),
            xml.relation(1, [("way", 60, "outer")], type="multipolygon", landuse="forest"),
        ),
        {("land", "the rings of the multipolygon do not close or cross each other"): 1},
        {"land": 0},
    ),
    "bow-tie": (
        (GRID, STREET, house(60, (1, 5, 2, 4, 1))),
        {("buildings", "the outline crossed itself and was mended; its area changed notably"): 1},
        {"buildings": 1},
    ),
    "collapsed-outlines": (
        (GRID, STREET, house(60, (1, 2, 3, 1)), house(61, (1, 2, 1)), house(62, (1, 1, 1, 1))),
        {
            ("buildings", "the outline holds no area"): 1,
            ("buildings", "the way has no length"): 1,
            ("buildings", "the way is not closed, so it is no area"): 1,
        },
        {"buildings": 0},
    ),
    "duplicate-node": (
        (xml.node(1, 10, 55, shop="a"), xml.node(1, 10.001, 55, shop="b"), xml.node(2, 10, 55)),
        {("places", "the id occurs twice"): 1},
        {"places": 1},
    ),
    "duplicate-way": (
        (GRID, house(60), house(60), STREET),
        {("all", "the id occurs twice, the newest version is kept"): 1},
        {"buildings": 1, "streets": 1},
    ),
    "duplicate-relation": (
        (
            GRID,
            xml.way(60, (1, 2, 5, 4, 1)),
            *[xml.relation(1, [("way", 60, "outer")], type="multipolygon", building="yes")] * 2,
        ),
        {("buildings", "the id occurs twice"): 1},
        {"buildings": 1},
    ),
    "node-beyond-the-pole": (
        (GRID, STREET, xml.node(99, 10, 91, shop="a")),
        {("places", "the node has no valid place"): 1},
        {"places": 0, "streets": 1},
    ),
    "classes-that-carry-no-traffic": (
        (
            GRID,
            STREET,
            xml.way(51, (1, 4), highway="platform"),
            xml.way(52, (1, 4), highway="proposed"),
            xml.way(53, (1, 4), highway="construction"),
            xml.way(54, (1, 2, 5, 1), highway="pedestrian", area="yes"),
            house(60),
        ),
        {
            ("streets", "highway=platform carries no traffic"): 1,
            ("streets", "highway=proposed carries no traffic"): 1,
            ("streets", "highway=construction carries no traffic"): 1,
            ("streets", "an area, not a line"): 1,
        },
        {"streets": 1, "buildings": 1},
    ),
    "unreadable-numbers": (
        (
            GRID,
            xml.way(50, (1, 2), highway="service", maxspeed="fast"),
            house(60, building__levels="many"),
            house(61, (2, 3, 6, 5, 2), building__levels="63", height="10"),
            house(62, (4, 5, 8, 7, 4), start_date="once"),
        ),
        {
            ("streets", "maxspeed cannot be read or is out of bounds"): 1,
            ("buildings", "building:levels cannot be read or is out of bounds"): 1,
            ("buildings", "building:levels do not fit the height or the footprint"): 1,
            ("buildings", "the year of construction cannot be read or is out of bounds"): 1,
        },
        {"buildings": 3},
    ),
    "building-drawn-twice": (
        (
            GRID,
            STREET,
            house(60),
            xml.relation(1, [("way", 60, "outer")], type="multipolygon", building="yes"),
        ),
        {("buildings", "the outer ring of a multipolygon that is the same building"): 1},
        {"buildings": 1},
    ),
    "turn-over-a-way": (
        (
            GRID,
            STREET,
            xml.way(51, (2, 5), highway="service"),
            xml.relation(
                1,
                [("way", 50, "from"), ("way", 51, "via"), ("way", 50, "to")],
                type="restriction",
                restriction="no_u_turn",
            ),
        ),
        {("turns", "the via ways do not lead from the first street to the last"): 1},
        {"turns": 0},
    ),
    "turn-only-for-lorries": (
        (
            GRID,
            STREET,
            xml.relation(
                1,
                [("way", 50, "from"), ("node", 2, "via"), ("way", 50, "to")],
                type="restriction",
                restriction__hgv="no_u_turn",
            ),
        ),
        {("turns", "holds only for some vehicles, or says nothing that is known"): 1},
        {"turns": 0},
    ),
}


@pytest.mark.parametrize("case", DROPPED)
def test_what_is_lost_is_counted(case: str, tmp_path: Path) -> None:
    parts, drops, rows = DROPPED[case]
    found = read(tmp_path, *parts)
    assert lost(found) == drops
    assert {name: len(found.tables[name]) for name in rows} == rows
