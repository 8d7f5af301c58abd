"""Ways of sound: closed forms, an oracle that looks at every wall, and laws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from shapely.geometry import LineString, Point, box

from tests.twin.mobility import noise_places as places
from twin.mobility import acoustics, noise_scene, propagation

if TYPE_CHECKING:
    from twin.mobility.noise_parameters import NoiseParameters
    from twin.mobility.noise_scene import Scene


def layout(
    lines: list[list[tuple[float, float]]],
    blocks: list[tuple[float, float, float, float]],
    parameters: NoiseParameters,
    height: float = 9.0,
) -> Scene:
    stand = places.buildings(blocks, height)
    return noise_scene.scene(
        places.streets(lines).geometry, stand.geometry, stand["height"].to_numpy(),
        stand["heated"].to_numpy(), places.land(), parameters,
    )  # fmt: skip


def gains(
    scene: Scene, points: list[tuple[float, float]], parameters: NoiseParameters,
    owner: int = propagation.NOBODY,
) -> np.ndarray:  # fmt: skip
    """Gain from all streets together (points, bands)."""
    at = np.array(points, dtype=float)
    found = propagation.transfer(scene, at, np.full(len(at), owner), parameters)
    power = np.zeros((len(scene.streets), 8, 8))
    power[:, np.arange(8), np.arange(8)] = 1.0
    return propagation.energies(found, power)


def decibel(gain: np.ndarray | float) -> np.ndarray:
    return np.asarray(10.0 * np.log10(gain))


LONG = [[(-40_000.0, 0.0), (40_000.0, 0.0)]]


def test_an_endless_street_in_the_open_is_the_closed_form() -> None:
    # W' / (4 d) over hard ground (twice the energy): 10 lg(pi/d) - 11 + 3 at 63 Hz.
    parameters = places.figures(reach=39_000, step=2, ground_other=0)
    scene = layout(LONG, [], parameters)
    for distance in (5.0, 10.0, 20.0):
        slant = math.hypot(distance, 4 - 0.05)
        found = decibel(gains(scene, [(0.0, distance)], parameters)[0, 0])
        expected = 10 * math.log10(math.pi / slant) - 11 + 3
        # The air takes 0.12 dB/km at 63 Hz from ways of about 100 m in the mean.
        assert found == pytest.approx(expected, abs=0.02)


def test_twice_the_distance_is_three_decibels_less() -> None:
    parameters = places.figures(reach=39_000, step=2, ground_other=0)
    scene = layout(LONG, [], parameters)
    far = [math.sqrt(slant**2 - 3.95**2) for slant in (10.0, 20.0, 40.0)]
    found = decibel(gains(scene, [(0.0, distance) for distance in far], parameters)[:, 0])
    assert np.diff(found) == pytest.approx([-10 * math.log10(2)] * 2, abs=0.02)


def test_a_canyon_by_hand() -> None:
    # Street in the middle of 20 m between two endless blocks of 12 m; point before the south one.
    # Direct: slant way from 9.9 m; by the north wall: 10 + 10 + 9.9 m further, four fifths of it.
    parameters = places.figures(reach=4_000, step=1, wall_reach=60, ground_other=0)
    blocks = [(-5_000.0, -30.0, 5_000.0, -10.0), (-5_000.0, 10.0, 5_000.0, 30.0)]
    scene = layout([[(-4_900.0, 0.0), (4_900.0, 0.0)]], blocks, parameters, height=12.0)
    found = decibel(gains(scene, [(0.0, -9.9)], parameters, owner=0)[0, 0])
    direct, image = math.hypot(9.9, 3.95), math.hypot(10 + 19.9, 3.95)
    ends = 2 * math.atan(4_000 / 10)  # the reach cuts 0.01 dB off pi
    by_hand = 10 * math.log10(ends * (1 / direct + 0.8 / image)) - 11 + 3
    assert found == pytest.approx(by_hand, abs=0.03)


def test_walls_that_swallow_all_do_not_reflect() -> None:
    parameters = places.figures(wall_absorption=1.0)
    blocks = [(-100.0, 10.0, 100.0, 30.0)]
    street = [[(-90.0, 0.0), (90.0, 0.0)]]
    open_air = gains(layout(street, [], parameters), [(0.0, -9.0)], parameters)
    beside = gains(layout(street, blocks, parameters), [(0.0, -9.0)], parameters)
    assert beside == pytest.approx(open_air, rel=1e-6)
    echo = gains(layout(street, blocks, places.LEGAL), [(0.0, -9.0)], places.LEGAL)
    assert (echo > open_air).all()


def test_a_building_between_shields_and_a_taller_one_shields_more() -> None:
    street = [[(-200.0, 0.0), (200.0, 0.0)]]
    point = [(0.0, 60.0)]
    # Hard ground, as soft ground behind an edge may take less than along the whole way, and bands
    # in which the edges stay below the 25 dB at which the method caps them.
    parameters = places.figures(ground_other=0)
    levels = [gains(layout(street, [], parameters), point, parameters)[0, :4]]
    for height in (7.0, 10.0, 15.0):
        scene = layout(street, [(-300.0, 20.0, 300.0, 30.0)], parameters, height)
        levels.append(gains(scene, point, parameters)[0, :4])
    for one, other in pairwise(levels):
        assert (other < one).all()


def test_a_building_lower_than_the_line_of_sight_does_not_shield() -> None:
    street = [[(-200.0, 0.0), (200.0, 0.0)]]
    free = gains(layout(street, [], places.LEGAL), [(0.0, 30.0)], places.LEGAL)
    low = layout(street, [(-300.0, 25.0, 300.0, 27.0)], places.LEGAL, height=2.0)
    assert gains(low, [(0.0, 30.0)], places.LEGAL) == pytest.approx(free, rel=1e-6)


def test_nothing_comes_from_beyond_the_reach() -> None:
    parameters = places.figures(reach=100)
    scene = layout([[(0.0, 0.0), (50.0, 0.0)]], [(500.0, 0.0, 510.0, 10.0)], parameters)
    found = gains(scene, [(0.0, 101.0), (0.0, 99.0)], parameters)
    assert (found[0] == 0.0).all()
    assert (found[1] > 0.0).all()


TOWN = [
    (float(x), float(y), x + 12.0, y + 9.0)
    for x, y in (
        (-60, 15),
        (-30, 12),
        (0, 14),
        (30, 11),
        (-45, -30),
        (-10, -28),
        (25, -33),
        (0, 60),
    )
]
LINES = [
    [(-120.0, 0.0), (-20.0, 3.0), (120.0, 0.0)],
    [(-70.0, -90.0), (-68.0, 90.0)],
    [(10.0, 40.0), (90.0, 95.0)],
]


def test_any_number_of_threads_gives_the_same_bits() -> None:
    scene = layout(LINES, TOWN, places.LEGAL)
    many = (
        np.repeat(scene.points, 40, axis=0)
        + np.linspace(0, 1e-3, 40)
        .repeat(2)
        .reshape(-1, 2)
        .repeat(len(scene.points), axis=0)[: 40 * len(scene.points)]
    )
    owner = np.repeat(scene.owner, 40)
    one = propagation.transfer(scene, many, owner, places.LEGAL, threads=1)
    for threads in (2, 5):
        other = propagation.transfer(scene, many, owner, places.LEGAL, threads=threads)
        assert (one.gain == other.gain).all()
        assert (one.street == other.street).all()


def test_a_point_does_not_depend_on_the_others() -> None:
    scene = layout(LINES, TOWN, places.LEGAL)
    whole = propagation.transfer(scene, scene.points, scene.owner, places.LEGAL)
    for point in (0, 7, len(scene.points) - 1):
        alone = propagation.transfer(
            scene, scene.points[point : point + 1], scene.owner[point : point + 1], places.LEGAL
        )
        part = slice(whole.first[point], whole.first[point + 1])
        assert (alone.gain == whole.gain[part]).all()


@settings(max_examples=25)
@given(east=st.integers(-40, 40), north=st.integers(-40, 40), x=st.floats(-50, 50))
def test_a_place_sounds_the_same_wherever_it_lies_and_seen_in_a_mirror(
    east: int, north: int, x: float
) -> None:
    # Whole cells, so that the ground, which is the same everywhere, cannot differ by rounding.
    def moved(values: tuple[float, ...], sign: float) -> tuple[float, ...]:
        return tuple(
            sign * value + east * 100 if place % 2 == 0 else value + north * 100
            for place, value in enumerate(values)
        )

    here = gains(layout(LINES, TOWN, places.LEGAL), [(x, 5.0)], places.LEGAL)
    for sign in (1.0, -1.0):
        lines = [[moved(point, sign) for point in line] for line in LINES]
        turned = [moved(block, sign) for block in TOWN]
        blocks = [(min(b[0], b[2]), b[1], max(b[0], b[2]), b[3]) for b in turned]
        scene = layout(lines, blocks, places.LEGAL)  # type: ignore[arg-type]
        there = gains(scene, [moved((x, 5.0), sign)], places.LEGAL)  # type: ignore[list-item]
        assert there == pytest.approx(here, rel=1e-5)


# --------------------------------------------------------------------------- a second way
Spot = tuple[float, float]


@dataclass(frozen=True)
class Oracle:
    """Gain at one point from every street, with every wall looked at by shapely."""

    walls: list[tuple[Spot, Spot]]
    point: Spot
    height: float
    parameters: NoiseParameters

    @property
    def table(self) -> np.ndarray:
        f = self.parameters.figures
        air = f["air.temperature"], f["air.humidity"]
        return acoustics.bands(self.parameters.bands, *air).table

    def tops(self, begin: Spot, end: Spot, z0: float, z1: float) -> list[float]:
        """Places of the walls that reach above the straight line."""
        way, found = LineString([begin, end]), []
        for wall in self.walls:
            hit = way.intersection(LineString(wall))
            if hit.geom_type == "Point" and not hit.is_empty:
                at = Point(begin).distance(hit)
                if 1e-9 < at < way.length and self.height > z0 + at / way.length * (z1 - z0):
                    found.append(at)
        return found

    def direct(self, begin: Spot) -> np.ndarray:
        f, gain = self.parameters.figures, np.empty(8)
        low, high = f["source.height"], f["receiver.height"]
        over, ground = math.dist(begin, self.point), f["ground.other"]
        found = self.tops(begin, self.point, low, high)
        if not found:
            acoustics.straight(self.table, over, low, high, ground, f["source.ground"], gain)
            return gain
        first = max(found, key=lambda at: (self.height - low) / at)
        last = max(found, key=lambda at: (self.height - high) / (over - at))
        edges = (first, self.height, last, self.height)
        acoustics.shielded(
            self.table, over, low, high, *edges, ground, ground, f["source.ground"], gain
        )
        return gain

    def echo(self, begin: Spot, wall: tuple[Spot, Spot]) -> tuple[Spot, np.ndarray] | None:
        """Image of the point behind a wall, and the gain of that way."""
        f = self.parameters.figures
        low, high = f["source.height"], f["receiver.height"]
        line = LineString(wall)
        (ax, ay), (bx, by) = wall
        out = ((by - ay) / line.length, (ax - bx) / line.length)
        here = (self.point[0] - ax) * out[0] + (self.point[1] - ay) * out[1]
        there = (begin[0] - ax) * out[0] + (begin[1] - ay) * out[1]
        if here <= 0 or there <= 0 or line.distance(Point(self.point)) > f["wall.reach"]:
            return None
        image = (self.point[0] - 2 * here * out[0], self.point[1] - 2 * here * out[1])
        hit = LineString([begin, image]).intersection(line)
        over = math.dist(begin, image)
        if hit.is_empty or over > f["reach"]:
            return None
        z = low + there / (there + here) * (high - low)
        before = (hit.x + 1e-3 * out[0], hit.y + 1e-3 * out[1])
        legs = self.tops(begin, before, low, z), self.tops(before, self.point, z, high)
        if z >= self.height or any(legs):
            return None
        gain = np.empty(8)
        ground = f["ground.other"], f["source.ground"]
        acoustics.straight(self.table, over, low, high, *ground, gain)
        return image, gain

    def street(self, begin: Spot, end: Spot) -> np.ndarray:
        """Gain from a straight street, cut as the method says and spread by quadrature."""
        f, total = self.parameters.figures, np.zeros(8)
        rise = f["receiver.height"] - f["source.height"]
        length = math.dist(begin, end)
        ux, uy = (end[0] - begin[0]) / length, (end[1] - begin[1]) / length
        start = (begin[0] - self.point[0]) * ux + (begin[1] - self.point[1]) * uy
        foot = (begin[0] - start * ux, begin[1] - start * uy)
        away = math.dist(foot, self.point)
        half = math.sqrt(max(f["reach"] ** 2 - away**2, 0.0))
        left, right = max(start, -half), min(start + length, half)
        if right <= left:
            return total
        slant = math.hypot(away, rise)
        angles = math.atan(left / slant), math.atan(right / slant)
        parts = math.ceil((angles[1] - angles[0]) / math.radians(f["step"]))

        def spread(ends: tuple[float, float], seen: Spot) -> float:
            def density(at: float) -> float:
                return 1.0 / (
                    math.dist((foot[0] + at * ux, foot[1] + at * uy), seen) ** 2 + rise**2
                )

            return float(10**-1.1 * integrate.quad(density, *ends)[0])

        for one, two in pairwise(np.linspace(*angles, parts + 1)):
            place = slant * math.tan((one + two) / 2)
            source = (foot[0] + place * ux, foot[1] + place * uy)
            ends = (slant * math.tan(one), slant * math.tan(two))
            total += spread(ends, self.point) * self.direct(source)
            for found in (self.echo(source, wall) for wall in self.walls):
                if found is not None:
                    kept = 1 - f["wall.absorption"]
                    total += spread(ends, found[0]) * kept * found[1]
        return total


@settings(max_examples=15)
@given(x=st.floats(-70, 70), y=st.floats(-60, 80), height=st.sampled_from([3.0, 6.0, 12.0]))
def test_the_grid_of_walls_misses_nothing(x: float, y: float, height: float) -> None:
    if any(b[0] - 0.5 <= x <= b[2] + 0.5 and b[1] - 0.5 <= y <= b[3] + 0.5 for b in TOWN):
        return
    scene = layout(LINES, TOWN, places.LEGAL, height)
    found = gains(scene, [(x, y)], places.LEGAL)[0]
    rings = [shapely.orient_polygons(box(*block)).exterior.coords for block in TOWN]
    walls = [wall for ring in rings for wall in pairwise(ring)]
    oracle = Oracle(walls, (x, y), height, places.LEGAL)
    expected = sum(oracle.street(*ends) for line in LINES for ends in pairwise(line))
    assert found == pytest.approx(expected, rel=1e-5)


def test_slabs_of_points_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = layout(LINES, TOWN, places.LEGAL)
    power = np.random.default_rng(1).random((len(scene.streets), 8, 3))
    whole = propagation.transfer(scene, scene.points, scene.owner, places.LEGAL)
    monkeypatch.setattr(propagation, "SLAB", 5)
    done: list[float] = []
    found = propagation.heard(
        scene, scene.points, scene.owner, power, places.LEGAL, progress=done.append
    )
    assert (found == propagation.energies(whole, power)).all()
    assert done[-1] == 1.0
    assert done == sorted(done)
