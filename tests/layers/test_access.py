from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import access, tables

BOTH, FORTH, BACK, NONE = (True, True), (True, False), (False, True), (False, False)

CASES: list[tuple[str, dict[str, str], tuple[bool, bool], tuple[bool, bool], tuple[bool, bool]]] = [
    # name, tags, drive, bicycle, walk
    ("residential", {"highway": "residential"}, BOTH, BOTH, BOTH),
    ("motorway-implies-oneway", {"highway": "motorway"}, FORTH, NONE, NONE),
    ("motorway-both-ways", {"highway": "motorway", "oneway": "no"}, BOTH, NONE, NONE),
    ("motorroad", {"highway": "trunk", "motorroad": "yes"}, BOTH, NONE, NONE),
    ("oneway", {"highway": "residential", "oneway": "yes"}, FORTH, FORTH, BOTH),
    ("oneway-against-drawing", {"highway": "residential", "oneway": "-1"}, BACK, BACK, BOTH),
    ("oneway-reversible", {"highway": "residential", "oneway": "reversible"}, BOTH, BOTH, BOTH),
    ("roundabout", {"highway": "primary", "junction": "roundabout"}, FORTH, FORTH, BOTH),
    (
        "roundabout-two-way",
        {"highway": "primary", "junction": "roundabout", "oneway": "no"},
        BOTH,
        BOTH,
        BOTH,
    ),
    (
        "oneway-except-bicycle",
        {"highway": "service", "oneway": "yes", "oneway:bicycle": "no"},
        FORTH,
        BOTH,
        BOTH,
    ),
    (
        "cycleway-opposite",
        {"highway": "service", "oneway": "yes", "cycleway": "opposite"},
        FORTH,
        BOTH,
        BOTH,
    ),
    (
        "cycleway-left-opposite-lane",
        {"highway": "service", "oneway": "yes", "cycleway:left": "opposite_lane"},
        FORTH,
        BOTH,
        BOTH,
    ),
    (
        "cycleway-left-oneway-minus-one",
        {
            "highway": "service",
            "oneway": "yes",
            "cycleway:left": "lane",
            "cycleway:left:oneway": "-1",
        },
        FORTH,
        BOTH,
        BOTH,
    ),
    (
        "no-lane-no-contraflow",
        {
            "highway": "service",
            "oneway": "yes",
            "cycleway:left": "no",
            "cycleway:left:oneway": "-1",
        },
        FORTH,
        FORTH,
        BOTH,
    ),
    (
        "oneway-for-bicycles-only",
        {"highway": "cycleway", "oneway:bicycle": "yes"},
        NONE,
        FORTH,
        BOTH,
    ),
    ("oneway-for-walkers", {"highway": "footway", "oneway:foot": "yes"}, NONE, NONE, FORTH),
    ("footway", {"highway": "footway"}, NONE, NONE, BOTH),
    ("footway-with-bicycles", {"highway": "footway", "bicycle": "yes"}, NONE, BOTH, BOTH),
    ("cycleway", {"highway": "cycleway"}, NONE, BOTH, BOTH),
    ("cycleway-without-walkers", {"highway": "cycleway", "foot": "no"}, NONE, BOTH, NONE),
    ("steps", {"highway": "steps"}, NONE, NONE, BOTH),
    ("path", {"highway": "path"}, NONE, BOTH, BOTH),
    (
        "pedestrian-with-bicycles",
        {"highway": "pedestrian", "bicycle": "designated"},
        NONE,
        BOTH,
        BOTH,
    ),
    ("track", {"highway": "track"}, NONE, BOTH, BOTH),
    ("track-open-to-cars", {"highway": "track", "motor_vehicle": "yes"}, BOTH, BOTH, BOTH),
    ("private", {"highway": "service", "access": "private"}, NONE, NONE, NONE),
    (
        "private-but-walkers",
        {"highway": "service", "access": "private", "foot": "yes"},
        NONE,
        NONE,
        BOTH,
    ),
    ("destination", {"highway": "residential", "access": "destination"}, BOTH, BOTH, BOTH),
    ("no-vehicles", {"highway": "residential", "vehicle": "no"}, NONE, NONE, BOTH),
    (
        "no-vehicles-but-bicycles",
        {"highway": "residential", "vehicle": "no", "bicycle": "yes"},
        NONE,
        BOTH,
        BOTH,
    ),
    ("no-motor-vehicles", {"highway": "residential", "motor_vehicle": "no"}, NONE, BOTH, BOTH),
    (
        "no-motorcars",
        {"highway": "residential", "motorcar": "no", "motor_vehicle": "yes"},
        NONE,
        BOTH,
        BOTH,
    ),
    (
        "farm-traffic-only",
        {"highway": "unclassified", "motor_vehicle": "agricultural"},
        NONE,
        BOTH,
        BOTH,
    ),
    (
        "farm-and-residents",
        {"highway": "service", "motor_vehicle": "agricultural;destination"},
        BOTH,
        BOTH,
        BOTH,
    ),
    ("buses-only", {"highway": "service", "access": "no", "psv": "yes"}, NONE, NONE, NONE),
    ("bicycle-use-sidepath", {"highway": "secondary", "bicycle": "use_sidepath"}, BOTH, NONE, BOTH),
    ("unknown-value-says-nothing", {"highway": "residential", "access": "maybe"}, BOTH, BOTH, BOTH),
    (
        "no-entry-one-side",
        {"highway": "residential", "motor_vehicle:backward": "no"},
        FORTH,
        BOTH,
        BOTH,
    ),
    (
        "no-entry-all-vehicles-one-side",
        {"highway": "residential", "vehicle:forward": "no"},
        BACK,
        BACK,
        BOTH,
    ),
    ("busway", {"highway": "busway"}, NONE, NONE, NONE),
]


@pytest.mark.parametrize(
    ("tags", "drive", "bicycle", "walk"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_tags_say_who_may_use_a_way(
    tags: dict[str, str],
    drive: tuple[bool, bool],
    bicycle: tuple[bool, bool],
    walk: tuple[bool, bool],
) -> None:
    assert access.permissions(tags) == (*drive, *bicycle, *walk)


KEYS = (
    "access",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "bicycle",
    "foot",
    "oneway",
    "oneway:bicycle",
    "junction",
    "cycleway",
    "cycleway:left",
    "cycleway:left:oneway",
    "motorroad",
)
VALUES = st.one_of(
    st.sampled_from(["yes", "no", "-1", "private", "opposite", "roundabout", "lane"]),
    st.text(max_size=8),
)


@given(
    highway=st.sampled_from(sorted(access.classes())),
    other=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5),
)
def test_drawing_a_way_the_other_way_round_changes_nothing(
    highway: str, other: dict[str, str]
) -> None:
    turned = {"yes": "-1", "-1": "yes", "true": "-1", "1": "-1", "reverse": "yes"}
    implied = "junction" in other or access.classes()[highway]["oneway"] == "yes"
    if implied or any("cycleway" in key for key in other):
        return  # sides and implied directions are drawn, not tagged
    tags = {"highway": highway, **other}
    back = {k: turned.get(v, v) if k.startswith("oneway") else v for k, v in tags.items()}
    forward, backward = access.permissions(tags), access.permissions(back)
    assert forward[0::2] == backward[1::2]
    assert forward[1::2] == backward[0::2]


def test_classes_and_access_values_are_unique_and_said_in_yes_and_no() -> None:
    highways, values = tables.load("osm_highways"), tables.load("osm_access")
    assert highways["highway"].is_unique
    assert values["value"].is_unique
    assert set(highways[["drive", "bicycle", "walk", "oneway"]].stack()) == {"yes", "no"}
    assert set(values[["drive", "bicycle", "walk"]].stack().dropna()) == {"yes", "no"}


@pytest.mark.parametrize(
    ("tags", "lanes"),
    [
        ({}, (0, 0)),
        ({"lanes:bus:forward": "1"}, (1, 0)),
        ({"lanes:psv:backward": "2"}, (0, 2)),
        ({"lanes:bus": "1", "oneway": "yes"}, (1, 0)),
        ({"lanes:bus": "1"}, (0, 0)),
        ({"bus:lanes:backward": "yes|yes|designated"}, (0, 1)),
        ({"bus:lanes": "yes|designated", "oneway": "yes"}, (1, 0)),
        ({"busway:right": "lane"}, (1, 0)),
        ({"busway:right": "lane", "oneway": "yes"}, (1, 0)),
        ({"busway": "lane"}, (1, 1)),
        ({"busway": "lane", "oneway": "yes"}, (1, 0)),
        ({"busway:left": "opposite_lane", "oneway": "yes"}, (0, 1)),
        ({"busway:right": "lane", "oneway": "-1"}, (0, 1)),
        ({"lanes:bus:forward": "many"}, (0, 0)),
        ({"lanes:bus:forward": "9" * 400}, (0, 0)),
        ({"bus:lanes:forward": "|".join(["designated"] * 50)}, (0, 0)),
        ({"busway": "highway"}, (0, 0)),
    ],
)
def test_lanes_of_buses(tags: dict[str, str], lanes: tuple[float, float]) -> None:
    assert access.bus_lanes({"highway": "primary", **tags}) == lanes


@pytest.mark.parametrize(
    ("tags", "may"),
    [
        ({}, True),
        ({"hgv": "no"}, False),
        ({"hgv": "destination"}, True),
        ({"goods": "no"}, False),
        ({"maxheight": "3.2"}, False),
        ({"maxheight": "4.2 m"}, True),
        ({"maxheight": "12'0\""}, False),
        ({"maxheight": "default"}, True),
        ({"maxwidth": "2"}, False),
        ({"maxlength": "8"}, False),
        ({"maxweight": "7.5"}, False),
        ({"maxweight": "7500 kg"}, False),
        ({"maxweight": "40"}, True),
        ({"maxweight": "3.5", "hgv": "destination"}, True),
        ({"maxweight": "none"}, True),
        ({"maxheight": "2.5", "hgv": "destination"}, False),
        ({"maxweightrating:hgv": "3,5 t"}, False),
    ],
)
def test_lorries(tags: dict[str, str], may: bool) -> None:
    assert access.lorries({"highway": "primary", **tags}) == may
