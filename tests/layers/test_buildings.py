from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import osm
from layers.objects import natural
from tests.layers import osm_xml as xml

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import Found

GRID = xml.grid(4, 4)
METRE = 1 / 111_195
"""One metre of latitude in degrees."""


def read(folder: Path, *parts: str) -> Found:
    return osm.read(xml.write(folder / "a.osm", GRID, *parts))


def house(number: int, nodes: tuple[int, ...] = (1, 2, 6, 5, 1), **values: str) -> str:
    return xml.way(number, nodes, **({"building": "yes"} | values))


def door(number: int, lon: float, lat: float, label: str, **values: str) -> str:
    return xml.node(number, lon, lat, addr__housenumber=label, **values)


@pytest.mark.parametrize(
    ("metres", "joined"), [(-5.0, True), (0.0, True), (1.5, True), (2.5, False), (50.0, False)]
)
@pytest.mark.parametrize("side", ["north", "east"])
def test_address_belongs_to_the_building_it_stands_on_or_by(
    metres: float, joined: bool, side: str, tmp_path: Path
) -> None:
    # The house spans 0.001 degrees; at 55 degrees north a metre of longitude is 1 / cos(55) longer.
    place = (
        (10.0005, 55.001 + metres * METRE)
        if side == "north"
        else (10.001 + metres * METRE / 0.5736, 55.0005)
    )
    found = read(tmp_path, door(99, *place, "7", addr__street="Main Street"), house(60))
    assert found.tables["addresses"]["building_id"].fillna("").to_dict() == {
        "n99": "w60" if joined else ""
    }
    number = found.tables["buildings"].loc["w60", "housenumber"]
    assert (number == "7") is joined


def test_first_of_several_addresses_by_natural_order(tmp_path: Path) -> None:
    doors = [
        door(90 + i, 10.0002 + i / 1e4, 55.0005, label, addr__street="A")
        for i, label in enumerate(["10", "2B", "2"])
    ]
    found = read(tmp_path, *doors, house(60)).tables
    assert found["buildings"].loc["w60", "housenumber"] == "2"
    assert list(found["addresses"]["housenumber"]) == ["10", "2B", "2"]


def test_own_address_wins_and_stands_in_the_table(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        door(99, 10.0005, 55.0005, "7"),
        house(60, addr__housenumber="1", addr__street="B", addr__postcode="2620"),
    ).tables
    assert found["buildings"].loc["w60", "housenumber"] == "1"
    assert found["addresses"]["housenumber"].to_dict() == {"n99": "7", "w60": "1"}
    assert set(found["addresses"]["building_id"]) == {"w60"}
    assert found["addresses"].loc["w60"].geometry.within(found["buildings"].loc["w60"].geometry)


def test_address_between_two_houses_goes_to_the_nearer(tmp_path: Path) -> None:
    second = [
        xml.node(90 + i, 10 + x / 1000, 55.001 + 3 * METRE + y / 1000)
        for i, (x, y) in enumerate([(0, 0), (1, 0), (1, 1), (0, 1)])
    ]
    found = read(
        tmp_path,
        *second,
        door(99, 10.0005, 55.001 + 1.2 * METRE, "7"),
        house(60),
        house(61, (90, 91, 92, 93, 90)),
    )
    assert list(found.tables["addresses"]["building_id"]) == ["w60"]


def test_courtyard_is_not_inside(tmp_path: Path) -> None:
    yard = [
        xml.node(90 + i, 10.0003 + x / 1e4, 55.0003 + y / 1e4)
        for i, (x, y) in enumerate([(0, 0), (4, 0), (4, 4), (0, 4)])
    ]
    ring = xml.relation(
        1, [("way", 60, "outer"), ("way", 61, "inner")], type="multipolygon", building="yes"
    )
    found = read(
        tmp_path,
        *yard,
        door(99, 10.0005, 55.0005, "7"),
        xml.way(60, (1, 2, 6, 5, 1)),
        xml.way(61, (90, 91, 92, 93, 90)),
        ring,
    ).tables
    assert len(found["buildings"].loc["r1"].geometry.interiors) == 1
    assert found["addresses"]["building_id"].isna().all()


def test_building_attributes_are_typed(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        house(
            60,
            building="school",
            building__levels="3;4",
            height="12,5 m",
            roof__levels="1",
            roof__shape="gabled",
            start_date="1930s",
            building__flats="12",
            amenity="school",
            name="Skole",
        ),
    )
    row = found.tables["buildings"].loc["w60"]
    assert (row["building"], row["amenity"], row["name"], row["roof_shape"]) == (
        "school",
        "school",
        "Skole",
        "gabled",
    )
    assert (row["levels"], row["height"], row["roof_levels"]) == (4, 12.5, 1)
    assert (row["year"], row["dwellings"]) == (1935, 12)
    assert len(found.tables["places"]) == 1


def test_building_no_is_none(tmp_path: Path) -> None:
    found = read(tmp_path, house(60), house(61, (2, 3, 7, 6, 2), building="no"))
    assert list(found.tables["buildings"].index) == ["w60"]


@given(numbers=st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_house_numbers_sort_as_numbers(numbers: list[int]) -> None:
    assert sorted(map(str, numbers), key=natural) == [str(n) for n in sorted(numbers)]


@given(labels=st.lists(st.text(max_size=6), max_size=6))
def test_any_house_numbers_can_be_sorted(labels: list[str]) -> None:
    keys = [natural(label) for label in sorted(labels, key=natural)]
    assert keys == sorted(keys)
