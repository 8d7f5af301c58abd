"""Ways of sound from every street to every point: a documented simplification of CNOSSOS-EU.

A street is an incoherent line source at the height of its vehicles. Seen from a point it is cut
into pieces of a small angle; what spreading leaves of each is integrated exactly, and the ground,
the air and the edges are taken for its middle. A way is shielded by the buildings that it crosses
in plan and that reach above the straight line; the edge that rises most steeply seen from the
source and that seen from the point stand for all (first and last obstruction). Sound comes over
roofs only, not round corners other than by pieces that are in sight. Each facade nearby reflects
once, where both legs are free. Nothing comes from beyond a given distance.

The result is linear: energy at a point = sum over streets of transfer times power. So a change of
traffic needs no new search, and the transfer is kept.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import compiled
from twin.mobility import acoustics
from twin.mobility.acoustics import DIVERGENCE
from twin.mobility.noise_rays import FIGURES, HIGH, LOW, REACH, STEP, WALL_REACH, direct, reflected
from twin.mobility.paths import threads_available

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from twin.mobility.noise_parameters import NoiseParameters
    from twin.mobility.noise_rays import Grid
    from twin.mobility.noise_scene import Cells, Scene

PORTION: Final = 512
"""Points that a thread takes at a time."""

SLAB: Final = 20_000
"""Points whose ways are held at a time where not all are kept."""

NOBODY: Final = -1
"""Number of the building of a point that stands before none."""


@dataclass(frozen=True)
class Transfer:
    """Energy at each point for one unit of power per metre of each street, by octave band.

    Parameters
    ----------
    first : (points + 1,) int64
        Where the streets of a point begin in `street` and `gain`.
    street : (pairs,) int32
        Number of the street.
    gain : (pairs, bands) float32
        Energy [1/m2 times m].
    """

    first: NDArray[np.int64]
    street: NDArray[np.int32]
    gain: NDArray[np.float32]


def transfer(
    scene: Scene,
    points: NDArray[np.float64],
    owner: NDArray[np.int64],
    parameters: NoiseParameters,
    *,
    threads: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Transfer:
    """Find the ways of sound from all streets to some points.

    Each point is worked out on its own and in the same order of streets and walls, so that the
    result does not depend on the number of threads or on the other points.

    Parameters
    ----------
    scene
        Streets, walls and ground.
    points : (points, 2) [m]
        Points that hear.
    owner : (points,) int64
        Number of the building whose facade they stand before; its walls do not reflect to them.
    parameters
        Heights, distances, air.
    threads
        Threads that share the points; all processors if None.
    progress
        Told the share done.
    """
    figures = parameters.figures
    table = acoustics.bands(
        parameters.bands, figures["air.temperature"], figures["air.humidity"]
    ).table
    numbers = _numbers(parameters)
    streets, cells = _grid(scene.of_pieces), scene.of_walls
    tall = np.column_stack([scene.walls, scene.top])
    walls = (cells.side, cells.west, cells.south, *cells.shape, cells.first, tall[cells.entry])
    first = np.concatenate([[0], np.cumsum(pairs(scene, points, parameters))]).astype(np.int64)
    street = np.empty(first[-1], dtype=np.int32)
    gain = np.empty((first[-1], len(parameters.bands)), dtype=np.float32)
    starts = range(0, len(points), PORTION)

    def work(low: int) -> int:
        high = min(low + PORTION, len(points))
        _fill(
            points[low:high], owner[low:high], scene.pieces, scene.street, len(scene.streets),
            *streets, tall, scene.building, cells.entry, walls, scene.ground, table, numbers,
            first[low : high + 1], street, gain,
        )  # fmt: skip
        return high

    with ThreadPoolExecutor(threads or threads_available()) as pool:
        for done in pool.map(work, starts):
            if progress is not None:
                progress(done / len(points))
    return Transfer(first, street, gain)


def pairs(
    scene: Scene, points: NDArray[np.float64], parameters: NoiseParameters
) -> NDArray[np.int64]:
    """How many streets are within reach of each point (points,) [1].

    Parameters
    ----------
    scene, points, parameters
        As in `transfer`.
    """
    counts = np.empty(len(points), dtype=np.int64)
    _count(
        points, scene.pieces, scene.street, len(scene.streets), *_grid(scene.of_pieces),
        _numbers(parameters), counts,
    )  # fmt: skip
    return counts


def energies(of: Transfer, power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Energy at the points (points, kinds), 0 where nothing is heard.

    Parameters
    ----------
    of
        Transfer from the streets.
    power : (streets, bands, kinds)
        Energy of the sound power per metre, weighted by band; one kind per part of the day.
    """
    found = np.zeros((len(of.first) - 1, power.shape[2]))
    _sum(of.first, of.street, of.gain, np.ascontiguousarray(power), found)
    return found


def heard(
    scene: Scene,
    points: NDArray[np.float64],
    owner: NDArray[np.int64],
    power: NDArray[np.float64],
    parameters: NoiseParameters,
    *,
    threads: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> NDArray[np.float64]:
    """Energy at the points as `energies` of `transfer`, without holding the ways of all at once.

    Parameters
    ----------
    scene, points, owner, parameters, threads, progress
        As in `transfer`.
    power
        As in `energies`.
    """
    found = [np.zeros((0, power.shape[2]))]
    for low in range(0, len(points), SLAB):
        part = slice(low, low + SLAB)
        ways = transfer(scene, points[part], owner[part], parameters, threads=threads)
        found.append(energies(ways, power))
        if progress is not None:
            progress(min(low + SLAB, len(points)) / len(points))
    return np.concatenate(found)


def _numbers(parameters: NoiseParameters) -> NDArray[np.float64]:
    """Figures that kernels take."""
    return np.array([parameters.figures[name] for name in FIGURES])


def _grid(of: Cells) -> tuple[float, int, int, int, int, NDArray[np.int64], NDArray[np.int64]]:
    """Side, west, south, rows, columns, first, entry: as kernels take a grid."""
    return of.side, of.west, of.south, *of.shape, of.first, of.entry


@compiled
def _sum(
    first: NDArray[np.int64], street: NDArray[np.int32], gain: NDArray[np.float32],
    power: NDArray[np.float64], found: NDArray[np.float64],
) -> None:  # fmt: skip
    """Add up gain times power over the streets and bands of each point."""
    for point in range(len(found)):
        for pair in range(first[point], first[point + 1]):
            own = street[pair]
            for band in range(gain.shape[1]):
                for kind in range(power.shape[2]):
                    found[point, kind] += gain[pair, band] * power[own, band, kind]


@compiled
def _seen(
    piece: NDArray[np.float64], x: float, y: float, reach: float, cut: NDArray[np.float64]
) -> bool:
    """Cut a straight piece to what lies within reach of a point; say if anything does.

    Writes its foot of the perpendicular (x, y), its direction (x, y), its distance from the
    point, and the places of both ends along it, counted from the foot; two more cells are for
    the ends of a part of it.
    """
    length = math.hypot(piece[2] - piece[0], piece[3] - piece[1])
    along, up = (piece[2] - piece[0]) / length, (piece[3] - piece[1]) / length
    begin = (piece[0] - x) * along + (piece[1] - y) * up
    away = abs((piece[0] - x) * up - (piece[1] - y) * along)
    if away >= reach:
        return False
    half = math.sqrt(reach * reach - away * away)
    cut[0], cut[1] = piece[0] - begin * along, piece[1] - begin * up
    cut[2], cut[3], cut[4] = along, up, away
    cut[5], cut[6] = max(begin, -half), min(begin + length, half)
    return bool(cut[6] > cut[5])


@compiled
def _count(
    points: NDArray[np.float64], pieces: NDArray[np.float64], of: NDArray[np.int64], streets: int,
    side: float, west: int, south: int, rows: int, columns: int,
    first: NDArray[np.int64], entry: NDArray[np.int64],
    numbers: NDArray[np.float64], counts: NDArray[np.int64],
) -> None:  # fmt: skip
    """Write how many streets are within reach of each point."""
    met = np.full(streets, -1, dtype=np.int64)
    cut = np.empty(9)
    reach = numbers[REACH]
    for point in range(len(points)):
        x, y = points[point, 0], points[point, 1]
        counts[point] = 0
        for row in range(
            max(math.floor((y - reach) / side) - south, 0),
            min(math.floor((y + reach) / side) - south + 1, rows),
        ):
            for column in range(
                max(math.floor((x - reach) / side) - west, 0),
                min(math.floor((x + reach) / side) - west + 1, columns),
            ):
                cell = row * columns + column
                for place in range(first[cell], first[cell + 1]):
                    street = of[entry[place]]
                    if met[street] != point and _seen(pieces[entry[place]], x, y, reach, cut):
                        met[street] = point
                        counts[point] += 1


@compiled
def _fill(
    points: NDArray[np.float64], owner: NDArray[np.int64],
    pieces: NDArray[np.float64], of: NDArray[np.int64], streets: int,
    side: float, west: int, south: int, rows: int, columns: int,
    first: NDArray[np.int64], entry: NDArray[np.int64],
    walls: NDArray[np.float64], building: NDArray[np.int64], wall: NDArray[np.int64], grid: Grid,
    ground: NDArray[np.float64], table: NDArray[np.float64], numbers: NDArray[np.float64],
    begin: NDArray[np.int64], street: NDArray[np.int32], gain: NDArray[np.float32],
) -> None:  # fmt: skip
    """Write street and gain of the points, from begin[point] to begin[point + 1]."""
    met = np.full(streets, -1, dtype=np.int64)
    slot = np.empty(streets, dtype=np.int64)
    done = np.full(len(pieces), -1, dtype=np.int64)
    faced = np.full(len(walls), -1, dtype=np.int64)
    cut = np.empty(9)
    one = np.empty(table.shape[1])
    reach = numbers[REACH]
    for point in range(len(points)):
        x, y = points[point, 0], points[point, 1]
        facing = _facing(x, y, owner[point], point, walls, building, wall, grid, numbers, faced)
        own = np.zeros((begin[point + 1] - begin[point], table.shape[1]))
        used = 0
        for row in range(
            max(math.floor((y - reach) / side) - south, 0),
            min(math.floor((y + reach) / side) - south + 1, rows),
        ):
            for column in range(
                max(math.floor((x - reach) / side) - west, 0),
                min(math.floor((x + reach) / side) - west + 1, columns),
            ):
                cell = row * columns + column
                for place in range(first[cell], first[cell + 1]):
                    piece = entry[place]
                    if done[piece] == point:
                        continue
                    done[piece] = point
                    if not _seen(pieces[piece], x, y, reach, cut):
                        continue
                    if met[of[piece]] != point:
                        met[of[piece]], slot[of[piece]] = point, used
                        street[begin[point] + used] = of[piece]
                        used += 1
                    _hear(
                        x, y, cut, facing, grid, ground, table, numbers, one,
                        own[slot[of[piece]]],
                    )  # fmt: skip
        gain[begin[point] : begin[point + 1]] = own


@compiled
def _hear(
    x: float, y: float, cut: NDArray[np.float64], facing: NDArray[np.float64], grid: Grid,
    ground: NDArray[np.float64], table: NDArray[np.float64], numbers: NDArray[np.float64],
    one: NDArray[np.float64], own: NDArray[np.float64],
) -> None:  # fmt: skip
    """Add what a point hears of a piece of street, directly and by reflection."""
    away = math.hypot(cut[4], numbers[HIGH] - numbers[LOW])
    start, end = math.atan(cut[5] / away), math.atan(cut[6] / away)
    parts = math.ceil((end - start) / math.radians(numbers[STEP]))
    for part in range(parts):
        left = start + (end - start) * part / parts
        right = start + (end - start) * (part + 1) / parts
        middle = away * math.tan(0.5 * (left + right))
        from_x, from_y = cut[0] + middle * cut[2], cut[1] + middle * cut[3]
        spread = DIVERGENCE * (right - left) / away
        direct(from_x, from_y, x, y, grid, ground, table, numbers, one)
        for band in range(len(own)):
            own[band] += spread * one[band]
        if len(facing):
            cut[7], cut[8] = away * math.tan(left), away * math.tan(right)
            reflected(
                from_x, from_y, x, y, cut, facing, grid, ground, table, numbers, one, own
            )  # fmt: skip


@compiled
def _facing(
    x: float, y: float, owner: int, point: int, walls: NDArray[np.float64],
    building: NDArray[np.int64], entry: NDArray[np.int64], grid: Grid,
    numbers: NDArray[np.float64], met: NDArray[np.int64],
) -> NDArray[np.float64]:  # fmt: skip
    """Walls of other buildings near a point that turn their outside to it.

    Columns: one end (x, y), direction (x, y), length, distance of the point before the wall, its
    place along it, height of the wall.
    """
    side, west, south, rows, columns, first, _ = grid
    reach = numbers[WALL_REACH]
    found = [(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0) for _ in range(0)]
    for row in range(
        max(math.floor((y - reach) / side) - south, 0),
        min(math.floor((y + reach) / side) - south + 1, rows),
    ):
        for column in range(
            max(math.floor((x - reach) / side) - west, 0),
            min(math.floor((x + reach) / side) - west + 1, columns),
        ):
            cell = row * columns + column
            for place in range(first[cell], first[cell + 1]):
                wall = entry[place]
                if met[wall] == point or building[wall] == owner:
                    continue
                met[wall] = point
                ax, ay = walls[wall, 0], walls[wall, 1]
                length = math.hypot(walls[wall, 2] - ax, walls[wall, 3] - ay)
                along, up = (walls[wall, 2] - ax) / length, (walls[wall, 3] - ay) / length
                here = (x - ax) * up - (y - ay) * along
                far = (x - ax) * along + (y - ay) * up
                past = far - min(max(far, 0.0), length)
                if here > 0.0 and math.hypot(here, past) <= reach:
                    found.append((ax, ay, along, up, length, here, far, walls[wall, 4]))
    result = np.empty((len(found), 8))
    for number in range(len(found)):
        for column in range(8):
            result[number, column] = found[number][column]
    return result
