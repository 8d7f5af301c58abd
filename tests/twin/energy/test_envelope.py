from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, affinity, box

from twin.energy import envelope

NORTH, EAST, SOUTH, WEST = 0, 2, 4, 6


def walls(
    shapes: list[Polygon],
    heights: list[float],
    shelters: list[bool] | None = None,
    tolerance: float = 0.3,
) -> envelope.Facades:
    return envelope.facades(
        np.array(shapes, dtype=object),
        np.array(heights),
        np.array(shelters if shelters is not None else [True] * len(shapes)),
        tolerance,
    )


def test_a_box_shows_each_side_once() -> None:
    found = walls([box(0, 0, 10, 4)], [6.0])
    expected = np.zeros(8)
    expected[[NORTH, SOUTH]] = 60.0
    expected[[EAST, WEST]] = 24.0
    assert found.exposed[0] == pytest.approx(expected)
    assert found.party[0] == 0.0
    assert found.gross[0] == pytest.approx(168.0)


@pytest.mark.parametrize("gap", [0.0, 0.1, 0.25, -0.1, -0.25], ids=lambda gap: f"gap{gap}")
def test_a_party_wall_counts_up_to_the_lower_roof(gap: float) -> None:
    # Two outlines drawn flush, with a sliver between them, or overlapping.
    found = walls([box(0, 0, 10, 8), box(10 + gap, 0, 20, 8)], [6.0, 9.0])
    assert found.party == pytest.approx([48.0, 48.0])
    assert found.exposed[0, EAST] == pytest.approx(0.0)
    assert found.exposed[1, WEST] == pytest.approx(24.0)


def test_a_neighbour_beyond_the_tolerance_shelters_nothing() -> None:
    found = walls([box(0, 0, 10, 8), box(10.5, 0, 20, 8)], [6.0, 6.0])
    assert found.party.tolist() == [0.0, 0.0]


def test_corners_that_touch_share_no_wall() -> None:
    found = walls([box(0, 0, 10, 8), box(10, 8, 20, 16)], [6.0, 6.0])
    assert found.party.tolist() == [0.0, 0.0]


def test_part_of_a_side_is_shared() -> None:
    found = walls([box(0, 0, 10, 8), box(10, 5, 20, 20)], [3.0, 3.0])
    # Three metres touch; the tolerance adds its own width where the neighbour ends.
    assert found.party == pytest.approx([9.0, 9.0], abs=3 * 0.3 + 1e-9)


def test_an_unheated_neighbour_leaves_the_wall_cold_but_is_sheltered_itself() -> None:
    found = walls([box(0, 0, 10, 8), box(10, 0, 20, 8)], [6.0, 3.0], [True, False])
    assert found.party == pytest.approx([0.0, 24.0])


def test_a_row_of_houses_loses_its_inner_side_walls() -> None:
    row = [box(5 * i, 0, 5 * i + 5, 10) for i in range(5)]
    found = walls(row, [6.0] * 5)
    assert found.party == pytest.approx([60.0, 120.0, 120.0, 120.0, 60.0])
    assert found.exposed[2, [NORTH, SOUTH]] == pytest.approx([30.0, 30.0])


def test_a_courtyard_has_walls_that_face_inwards() -> None:
    ring = box(0, 0, 20, 20).difference(box(5, 5, 15, 15))
    found = walls([ring], [10.0])
    # Outside 4 x 20 m, inside 4 x 10 m: every direction has both.
    assert found.exposed[0, [NORTH, EAST, SOUTH, WEST]] == pytest.approx([300.0] * 4)


def test_a_multipolygon_is_one_building() -> None:
    both = shapely.union_all([box(0, 0, 10, 10), box(20, 0, 30, 10)])
    found = walls([both], [3.0])
    assert found.gross[0] == pytest.approx(240.0)
    assert found.party[0] == 0.0


def test_the_drawing_direction_does_not_matter() -> None:
    shape = box(0, 0, 10, 4)
    assert walls([shape], [6.0]).exposed == pytest.approx(walls([shape.reverse()], [6.0]).exposed)


def test_no_building_has_no_wall() -> None:
    found = walls([], [])
    assert found.exposed.shape == (0, 8)


@given(
    width=st.floats(3.0, 60.0),
    depth=st.floats(3.0, 60.0),
    angle=st.floats(0.0, 360.0),
    height=st.floats(2.0, 60.0),
)
def test_exposed_and_party_make_the_whole_wall(
    width: float, depth: float, angle: float, height: float
) -> None:
    shape = affinity.rotate(box(0, 0, width, depth), angle)
    beside = affinity.rotate(box(width, 0, 2 * width, depth), angle, origin=shape.centroid)
    found = walls([shape, beside], [height, height / 2])
    assert found.gross[0] == pytest.approx(shape.length * height)
    assert found.exposed.sum(axis=1) + found.party == pytest.approx(found.gross)
    assert (found.exposed >= 0.0).all()
    assert found.party == pytest.approx([depth * height / 2] * 2, rel=1e-3)


@given(turns=st.integers(0, 7))
def test_turning_a_building_turns_its_facades(turns: int) -> None:
    shape = box(0, 0, 10, 4)
    turned = affinity.rotate(shape, -45.0 * turns)
    found = walls([turned], [6.0]).exposed[0]
    assert found == pytest.approx(np.roll(walls([shape], [6.0]).exposed[0], turns))


def test_a_second_route_to_shared_walls() -> None:
    # Outlines as one figure: what is inside the union's perimeter is shared twice.
    row = [box(0, 0, 7, 9), box(7, 0, 15, 9), box(7, 9, 15, 20)]
    found = walls(row, [4.0] * 3)
    shared = sum(shape.length for shape in row) - shapely.union_all(row).length
    assert found.party.sum() == pytest.approx(4.0 * shared, rel=1e-6)
