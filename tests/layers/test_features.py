from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

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


def test_places_know_the_need_they_serve(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        GRID,
        STREET,
        xml.node(91, 10, 55, shop="supermarket"),
        xml.node(92, 10, 55, amenity="cafe", shop="bakery;convenience"),
        xml.node(93, 10, 55, leisure="park", access="private"),
        xml.node(94, 10, 55, office="no"),
        xml.way(95, (1, 2, 5, 4, 1), amenity="school", name="School"),
    ).tables["places"]
    assert found["need"].fillna("").to_dict() == {
        "n91": "groceries",
        "n92": "groceries",
        "n93": "",
        "w95": "school",
    }
    assert found.loc["w95"].geometry.within(shapely.box(10, 55, 10.001, 55.001))


def test_land_tells_use_water_and_green(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        GRID,
        STREET,
        xml.way(60, (1, 2, 5, 4, 1), landuse="residential"),
        xml.way(61, (2, 3, 6, 5, 2), natural="water", water="river"),
        xml.way(62, (4, 5, 8, 7, 4), leisure="park", landuse="grass"),
        xml.way(63, (5, 6, 9, 8, 5), natural="coastline"),
    ).tables["land"]
    assert found[["kind", "value"]].apply(tuple, axis=1).to_dict() == {
        "w60": ("use", "residential"),
        "w61": ("water", "river"),
        "w62": ("green", "park"),
    }


def test_stop_is_one_per_mode(tmp_path: Path) -> None:
    near, far = 10.00005, 10.001  # 3 m and 64 m
    found = read(
        tmp_path,
        GRID,
        STREET,
        xml.node(91, 10, 55, highway="bus_stop", name="A"),
        xml.node(92, near, 55, public_transport="stop_position", bus="yes", name="A"),
        xml.node(93, near, 55, public_transport="stop_position", tram="yes", name="A"),
        xml.node(94, far, 55, highway="bus_stop", name="A"),
        xml.node(95, near, 55, highway="bus_stop", name="B"),
        xml.node(96, 10.002, 55, public_transport="platform"),
        xml.node(97, 10.002, 55, railway="station", station="subway"),
    )
    stops = found.tables["stops"]
    assert stops["mode"].to_dict() == {
        "n91": "bus",
        "n93": "tram",
        "n94": "bus",
        "n95": "bus",
        "n97": "subway",
    }
    assert lost(found) == {
        ("stops", "the same stop mapped once more"): 1,
        ("stops", "no mode of transport is tagged"): 1,
    }


def test_power_keeps_lines_open_and_takes_the_highest_voltage(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        GRID,
        xml.node(91, 10, 55, power="transformer"),
        xml.way(60, (1, 2, 5, 4, 1), power="line", voltage="110000;20000"),
        xml.way(61, (1, 2, 5, 4, 1), power="substation"),
        STREET,
    ).tables["power"]
    assert found.geometry.geom_type.to_dict() == {
        "n91": "Point",
        "w60": "LineString",
        "w61": "Polygon",
    }
    assert found.loc["w60", "voltage"] == 110_000


def test_only_cabinets_of_street_lamps_count_among_cabinets(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        GRID,
        xml.node(91, 10, 55, man_made="street_cabinet", street_cabinet="street_lighting", ref="C1"),
        xml.node(92, 10.1, 55, man_made="street_cabinet", street_cabinet="telecom"),
        STREET,
    ).tables["power"]
    assert found[["kind", "name"]].to_numpy().tolist() == [["street_lighting_cabinet", "C1"]]
