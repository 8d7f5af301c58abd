from __future__ import annotations

import pandas as pd
import pytest

from layers import tables
from tests.twin.complete import frames
from twin.complete import defaults, use

FIGURES = defaults.load("DK")
NONE = frames.places(), frames.land()


@pytest.mark.parametrize(
    ("row", "expected", "source"),
    [
        ({"building": "detached"}, "house", "osm"),
        ({"building": "residential", "area": 120.0}, "house", "osm"),
        ({"building": "residential", "area": 500.0}, "apartments", "osm"),
        ({"building": "church"}, "worship", "osm"),
        ({"building": "yes", "amenity": "school"}, "school", "osm"),
        ({"building": "yes", "shop": "boutique"}, "shop", "osm"),
        ({"building": "apartments", "shop": "bakery"}, "apartments", "osm"),
        ({"building": "yes", "amenity": "theatre", "shop": "bakery"}, "culture", "osm"),
        ({"building": "yes", "dwellings": 12.0, "area": 400.0}, "apartments", "osm"),
        ({"building": "nonsense", "area": 120.0}, "house", "default"),
        ({"building": "yes", "area": 10.0}, "shed", "default"),
        ({"building": "yes", "area": 9000.0}, "industry", "default"),
    ],
)
def test_use_by_tags_and_size(row: dict[str, object], expected: str, source: str) -> None:
    one = use.complete(frames.buildings(row), *NONE, FIGURES).iloc[0]
    assert (one["use"], one["use_source"]) == (expected, source)
    assert 0 < one["use_spread"] < 1


def test_places_inside_tell_the_use_unless_they_are_only_tenants() -> None:
    found = frames.buildings({}, {}, {})
    points = frames.places(
        {"geometry": frames.point(5, 5), "key": "amenity", "value": "school"},
        {"geometry": frames.point(55, 5), "key": "amenity", "value": "cafe"},
        {"geometry": frames.point(30, 5), "key": "amenity", "value": "school"},
    )
    done = use.complete(found, points, frames.land(), FIGURES)
    assert done["use"].tolist() == ["school", "house", "house"]
    assert done["use_source"].tolist() == ["calculated", "default", "default"]


def test_the_most_telling_of_several_places_counts() -> None:
    points = frames.places(
        {"geometry": frames.point(2, 2), "key": "amenity", "value": "townhall"},
        {"geometry": frames.point(5, 5), "key": "amenity", "value": "place_of_worship"},
    )
    done = use.complete(frames.buildings({}), points, frames.land(), FIGURES)
    assert done["use"].tolist() == ["worship"]


def test_the_smallest_land_use_round_the_building_counts() -> None:
    areas = frames.land(
        {"geometry": frames.square(-500, -500, 1e6), "value": "residential"},
        {"geometry": frames.square(-5, -5, 900), "value": "industrial"},
    )
    done = use.complete(frames.buildings({}, {}, {"area": 30.0}), frames.places(), areas, FIGURES)
    assert done["use"].tolist() == ["industry", "house", "shed"]
    assert done["use_source"].tolist() == ["typology", "typology", "default"]


def test_a_registered_use_is_never_overwritten() -> None:
    found = frames.buildings({"building": "church"}).assign(
        use=pd.Series(["house"], ["w0"], dtype="str"),
        use_spread=0.0,
        use_source=pd.Series(["register"], ["w0"], dtype="str"),
    )
    assert use.complete(found, *NONE, FIGURES)["use"].tolist() == ["house"]


@pytest.mark.parametrize("name", ["building_uses", "place_uses", "land_uses", "size_classes"])
def test_every_use_that_a_table_names_is_a_use(name: str) -> None:
    named = set(tables.load(name)["use"]) - {use.RESIDENTIAL}
    assert named <= set(FIGURES.uses.index)


def test_size_classes_leave_no_gap() -> None:
    rows = tables.load("size_classes").drop_duplicates("size")
    assert rows["lower"].iloc[0] == 0
    assert rows["upper"].tolist()[:-1] == rows["lower"].tolist()[1:]
    assert rows["upper"].iloc[-1] >= FIGURES.settings["footprint.refused_above"]
