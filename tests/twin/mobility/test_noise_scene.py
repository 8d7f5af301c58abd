"""What sound meets: walls, cells, ground and points at facades."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from tests.twin.mobility import noise_places as places
from twin.mobility import noise_scene

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.mobility.noise_scene import Scene

STREET = [[(-50.0, -20.0), (50.0, -20.0)]]


def layout(stand: gpd.GeoDataFrame) -> Scene:
    return noise_scene.scene(
        places.streets(STREET).geometry, stand.geometry, stand["height"].to_numpy(),
        stand["heated"].to_numpy(), places.land(), places.LEGAL,
    )  # fmt: skip


def test_a_house_gets_a_point_before_each_wall() -> None:
    found = layout(places.buildings([(0.0, 0.0, 12.0, 10.0)]))
    expected = {(6.0, -0.1), (12.1, 5.0), (6.0, 10.1), (-0.1, 5.0)}
    assert {tuple(np.round(point, 9)) for point in found.points} == expected
    assert (found.owner == 0).all()


def test_a_long_facade_gets_several_points_and_a_short_one_none() -> None:
    found = layout(places.buildings([(0.0, 0.0, 41.0, 2.0)]))
    south = found.points[found.points[:, 1] < 0]
    assert sorted(south[:, 0]) == pytest.approx([41 / 6, 41 / 2, 41 * 5 / 6])
    assert len(found.points) == 6


def test_a_party_wall_is_no_facade() -> None:
    found = layout(places.buildings([(0.0, 0.0, 10.0, 10.0), (10.0, 0.0, 20.0, 10.0)]))
    assert len(found.points) == 6
    assert not (np.abs(found.points[:, 0] - 10.0) < 1.0).any()


def test_a_courtyard_has_facades_inside() -> None:
    ring = Polygon(box(0, 0, 40, 40).exterior.coords, [box(10, 10, 30, 30).exterior.coords])
    found = layout(places.buildings([ring]))
    inner = [point for point in found.points if box(10, 10, 30, 30).contains(Point(point))]
    assert len(inner) == 4
    assert len(found.points) == 4 + 8


def test_a_shed_shields_but_gets_no_points() -> None:
    stand = places.buildings([(0.0, 0.0, 10.0, 10.0), (30.0, 0.0, 40.0, 10.0)])
    stand.loc["b1", "heated"] = False
    found = layout(stand)
    assert set(found.owner) == {0}
    assert set(found.building) == {0, 1}


def test_streets_keep_their_ids_and_bends() -> None:
    lines = places.streets([[(0.0, 0.0), (50.0, 0.3), (100.0, 0.0)], [(0.0, 0.0), (9.0, 40.0)]])
    found = noise_scene.scene(
        lines.geometry, places.buildings([]).geometry, np.empty(0), np.empty(0, dtype=bool),
        places.land(), places.LEGAL,
    )  # fmt: skip
    assert list(found.streets) == ["s0", "s1"]
    # The bend of 0.3 m is less than the detail that counts.
    assert found.pieces.tolist() == [[0, 0, 100, 0], [0, 0, 9, 40]]
    assert found.street.tolist() == [0, 1]


COORDINATE = st.integers(-1000, 1000).map(lambda value: value / 10)


@settings(max_examples=20)
@given(st.lists(st.tuples(COORDINATE, COORDINATE, COORDINATE, COORDINATE), max_size=6))
def test_cells_know_every_line_that_passes_them(lines: list[tuple[float, ...]]) -> None:
    array = np.array(lines, dtype=float).reshape(-1, 4)
    found = noise_scene.cells(array, 20.0, (-130.0, -130.0, 130.0, 130.0))
    rows, columns = found.shape
    for number, (x0, y0, x1, y1) in enumerate(lines):
        line = LineString([(x0, y0), (x1, y1)]) if (x0, y0) != (x1, y1) else Point(x0, y0)
        for row in range(rows):
            for column in range(columns):
                west, south = (found.west + column) * 20.0, (found.south + row) * 20.0
                cell = row * columns + column
                known = number in found.entry[found.first[cell] : found.first[cell + 1]]
                inside = box(west, south, west + 20, south + 20).buffer(-1e-6)
                if inside.intersects(line):
                    assert known
                elif not inside.buffer(2e-6).intersects(line):
                    assert not known


def test_ground_counts_by_area_and_the_smaller_of_nested_areas() -> None:
    of = noise_scene.cells(np.array([[0.0, 0.0, 80.0, 80.0]]), 20.0, (0.0, 0.0, 79.0, 79.0))
    field = box(0, 0, 80, 40)
    pond = box(20, 0, 40, 20)
    half = box(0, 40, 10, 60)
    land = places.land(
        [(pond, "water", "pond"), (field, "use", "farmland"), (half, "use", "industrial")]
    )
    found = noise_scene.ground(land, of, places.LEGAL)
    other = places.LEGAL.figures["ground.other"]
    assert found[0].tolist() == [1.0, 0.0, 1.0, 1.0]
    assert found[1].tolist() == [1.0] * 4
    assert found[2] == pytest.approx([other / 2, other, other, other])
