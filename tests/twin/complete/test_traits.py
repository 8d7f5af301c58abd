from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity, box

from tests.twin.complete import frames
from twin.complete import defaults, floors, traits

if TYPE_CHECKING:
    import pandas as pd

FIGURES = defaults.load("DK")
NOTHING = traits.Around(frames.streets(), frames.found("addresses", [], []), frames.places())


def outlines(*shapes: shapely.Geometry) -> pd.DataFrame:
    rows = [
        {"building": "yes", "geometry": affinity.translate(s, frames.X, frames.Y)} for s in shapes
    ]
    return floors.footprints(frames.found("buildings", rows, [f"w{n}" for n in range(len(rows))]))


def test_a_square_is_compact_and_a_bar_is_long() -> None:
    found = traits.shape(outlines(box(0, 0, 10, 10), box(0, 0, 40, 10)))
    assert found["compactness"][0] == pytest.approx(np.pi / 4)
    assert found["elongation"] == pytest.approx([0.0, np.log(4.0)], abs=1e-9)
    assert found["filled"] == pytest.approx([1.0, 1.0])
    assert found["width"] == pytest.approx([np.log(10.0)] * 2)


@settings(deadline=None)
@given(angle=st.floats(0, 360))
def test_turning_a_bar_changes_its_orientation_only(angle: float) -> None:
    bar = box(0, 0, 40, 10)
    found = traits.shape(outlines(bar, affinity.rotate(bar, angle)))
    for trait in ("size", "compactness", "elongation", "width", "filled"):
        assert found[trait][0] == pytest.approx(found[trait][1], rel=1e-3, abs=1e-4)
    assert found["facing_east"][1] == pytest.approx(np.cos(4 * np.radians(angle)), abs=1e-2)


@settings(deadline=None)
@given(seed=st.integers(0, 1000), count=st.integers(1, 40))
def test_sums_around_are_those_of_a_loop_over_cells(seed: int, count: int) -> None:
    place = np.random.default_rng(seed).uniform(0, 600, (count, 2))
    found = traits.around_each(place, np.ones(count), place, 250.0, 50.0)
    cell = np.floor((place - place.min(axis=0)) / 50.0)
    near = (np.abs(cell[:, None] - cell[None]) <= 2).all(axis=2).sum(axis=1)
    assert found == pytest.approx(near)


def test_what_stands_outside_the_map_of_those_who_ask_counts_not() -> None:
    place, asked = np.array([[5000.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [40.0, 10.0]])
    assert traits.around_each(place, np.ones(2), asked, 250.0, 50.0) == pytest.approx([1.0, 1.0])


def test_streets_and_doors_are_seen() -> None:
    houses = frames.buildings({"area": 100.0}, {"area": 100.0}, spacing=60.0)
    far = traits.Around(
        frames.streets((0, 1)),
        frames.found("addresses", [{"geometry": frames.point(65.0, 5.0)}], ["n1"]),
        frames.places({"geometry": frames.point(5.0, 5.0), "key": "shop", "value": "bakery"}),
    )
    reached = traits.reach(houses, far.streets)
    assert reached["street"] == pytest.approx([0.0, 0.0])  # both stand on the line
    seen = traits.visited(houses, far, np.array([[0.0, 0.0], [60.0, 0.0]]), FIGURES.settings)
    assert seen["addresses"] == pytest.approx([0.0, np.log(2.0)])
    assert seen["addressed"] == pytest.approx([0.0, 1.0])
    assert seen["places"] == pytest.approx([np.log(2.0), 0.0])


def test_a_place_that_is_the_building_itself_is_no_trait() -> None:
    houses = frames.buildings({"area": 100.0})
    own = frames.places({"geometry": frames.point(5.0, 5.0), "key": "amenity", "value": "school"})
    around = traits.Around(NOTHING.streets, NOTHING.addresses, own.set_axis(["w0"]))
    seen = traits.visited(houses, around, np.zeros((1, 2)), FIGURES.settings)
    assert seen["places"].tolist() == [0.0]


def test_traits_are_standardised_finite_and_cut_off() -> None:
    houses = frames.buildings(*[{"area": 40.0 + 7.0 * n} for n in range(60)], {"area": 40000.0})
    found = traits.measure(houses, NOTHING, FIGURES)
    assert np.isfinite(found.to_numpy()).all()
    assert found.abs().to_numpy().max() <= FIGURES.settings["traits.most"]
    assert found["size"].mean() == pytest.approx(0.0, abs=0.05)
    assert (found["places"] == 0).all()  # the same everywhere tells nothing


def test_no_buildings_have_no_traits() -> None:
    assert traits.measure(outlines(), NOTHING, FIGURES).empty
