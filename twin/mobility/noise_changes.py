"""Take ways of sound over from an earlier scene, and search anew only where something changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
import shapely

from twin.mobility import noise_scene, propagation
from twin.mobility.propagation import Transfer
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.noise_parameters import NoiseParameters
    from twin.mobility.noise_scene import Scene

UNKNOWN = -1


class Known(Protocol):
    """Whatever holds a scene and its ways of sound."""

    @property
    def scene(self) -> Scene:
        """Streets, walls, ground and points."""

    @property
    def transfer(self) -> Transfer | None:
        """Ways of sound to its points; None if they were too many to keep."""


@dataclass(frozen=True)
class NoiseWarm:
    """What a run of a changed city takes over where nothing changed that sound meets.

    Parameters
    ----------
    figures, buildings, land
        Digests of the figures, of the buildings and of the ground.
    lines
        Centre lines of the streets of the scene as WKB, index: ids.
    scene, transfer
        Of that run; no transfer where its pairs were too many to keep.
    """

    figures: str
    buildings: str
    land: str
    lines: pd.Series
    scene: Scene
    transfer: Transfer | None


def ways(
    streets: gpd.GeoDataFrame,
    driven: pd.Index,
    buildings: gpd.GeoDataFrame,
    land: gpd.GeoDataFrame,
    parameters: NoiseParameters,
    warm: NoiseWarm | None,
    threads: int | None,
    progress: Callable[[str, float], None] | None,
) -> NoiseWarm:
    """Lay out a city and find the ways of sound, taken from an earlier run where they are known.

    Parameters
    ----------
    streets, buildings, land
        City tables; the buildings that stand.
    driven
        Ids of the streets with traffic.
    parameters
        Figures.
    warm
        Of the earlier run.
    threads, progress
        As `noise.run` takes them.
    """
    figures, walls, ground = _digest(parameters), _buildings(buildings), _land(land)
    same = warm is not None and warm.figures == figures
    if warm is not None and same and (warm.buildings, warm.land) == (walls, ground):
        lines = shapely.to_wkb(streets.loc[driven].geometry.to_numpy())
        if (warm.lines.reindex(driven).to_numpy() == lines).all():
            return warm
    may = standing(streets) & ~streets["tunnel"]
    may &= streets["drive_forward"] | streets["drive_backward"] | streets.index.isin(driven)
    shapes = streets.geometry[may]
    tell = progress or (lambda _stage, _done: None)
    tell("laying out streets and walls", 0.0)
    scene = noise_scene.scene(
        shapes, buildings.geometry, buildings["height"].to_numpy(),
        buildings["heated"].to_numpy(), land, parameters,
        like=warm.scene if warm is not None and same and warm.land == ground else None,
    )  # fmt: skip
    wkb = pd.Series(shapely.to_wkb(shapes.to_numpy()), index=shapes.index)
    pairs = int(propagation.pairs(scene, scene.points, parameters).sum())
    if pairs > parameters.figures["pairs.most"]:
        return NoiseWarm(figures, walls, ground, wkb, scene, None)
    found = refreshed(
        warm if same else None, scene, parameters, threads=threads,
        progress=lambda done: tell("following the sound to the facades", done),
    )  # fmt: skip
    return NoiseWarm(figures, walls, ground, wkb, scene, found)


def _digest(parameters: NoiseParameters) -> str:
    """Digest of the figures that ways of sound depend on [32 hex digits]."""
    text = repr((dict(parameters.figures), dict(parameters.ground)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _buildings(frame: gpd.GeoDataFrame) -> str:
    """Digest of what sound meets of buildings [32 hex digits]."""
    parts = (frame["height"].to_numpy().tobytes(), frame["heated"].to_numpy().tobytes())
    return _shapes(frame, [frame.index], *parts)


def _land(frame: gpd.GeoDataFrame) -> str:
    """Digest of what sound meets of the ground [32 hex digits]."""
    return _shapes(frame, [frame["kind"], frame["value"].fillna("")])


def _shapes(frame: gpd.GeoDataFrame, texts: Sequence[Iterable[object]], *parts: bytes) -> str:
    sums = hashlib.blake2b(digest_size=16)
    coordinates, shape = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    named = ["\0".join(map(str, values)).encode() for values in texts]
    for part in (coordinates.tobytes(), shape.tobytes(), *named, *parts):
        sums.update(part)
    return sums.hexdigest()


def refreshed(
    before: Known | None,
    scene: Scene,
    parameters: NoiseParameters,
    *,
    threads: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Transfer:
    """Find the ways of sound of a scene, the same to the last bit as searched without a start.

    A point is searched anew if it is new, or if a wall, a piece of street or a cell of ground
    within its reach is not as it was. (Streets must stand in the same order in both scenes.)

    Parameters
    ----------
    before
        Earlier scene with the same parameters; without it all is searched.
    scene
        The changed one.
    parameters, threads, progress
        As `propagation.transfer` takes them.
    """
    if before is None or before.transfer is None:
        return propagation.transfer(
            scene, scene.points, scene.owner, parameters, threads=threads, progress=progress
        )
    place = _same_points(before.scene.points, scene.points)
    moved = changed(before.scene, scene)
    if len(moved):
        near = shapely.STRtree(moved).query_nearest(
            shapely.points(scene.points),
            max_distance=parameters.figures["reach"],
            all_matches=False,
        )
        place[near[0]] = UNKNOWN
    anew = np.flatnonzero(place == UNKNOWN)
    found = propagation.transfer(
        scene, scene.points[anew], scene.owner[anew], parameters,
        threads=threads, progress=progress,
    )  # fmt: skip
    return _joined(_renamed(before.scene, before.transfer, scene), place, found, anew)


def changed(before: Scene, after: Scene) -> NDArray[np.object_]:
    """Walls, pieces of streets and cells of ground that only one of two scenes has, as shapes.

    Parameters
    ----------
    before, after
        Scenes with cells of the same size.
    """
    walls = _only_once(
        np.column_stack([before.walls, before.top]), np.column_stack([after.walls, after.top])
    )
    ids = before.streets.union(after.streets, sort=False)
    pieces = _only_once(
        np.column_stack([before.pieces, ids.get_indexer(before.streets)[before.street]]),
        np.column_stack([after.pieces, ids.get_indexer(after.streets)[after.street]]),
    )
    ends = np.concatenate([walls, pieces])[:, :4].reshape(-1, 2, 2)
    return np.concatenate([shapely.linestrings(ends), _other_ground(before, after)])


def _only_once(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that do not occur as often in one array as in the other."""
    rows = np.concatenate([one, other])
    sign = np.repeat([1, -1], [len(one), len(other)])
    frame = pd.DataFrame(rows)
    number = frame.groupby(list(frame.columns), sort=False).ngroup().to_numpy()
    balance = np.bincount(number, weights=sign)
    return np.asarray(rows[balance[number] != 0])


def _other_ground(before: Scene, after: Scene) -> NDArray[np.object_]:
    """Cells that both scenes have and whose ground differs, as squares.

    No way from an old street to an old point leaves the cells of the old scene.
    """
    one, other = before.of_walls, after.of_walls
    west, south = max(one.west, other.west), max(one.south, other.south)
    east = min(one.west + one.shape[1], other.west + other.shape[1])
    north = min(one.south + one.shape[0], other.south + other.shape[0])
    if east <= west or north <= south:
        return np.empty(0, dtype=object)
    old, new = (
        scene.ground[
            south - cells.south : north - cells.south, west - cells.west : east - cells.west
        ]
        for scene, cells in ((before, one), (after, other))
    )
    row, column = np.nonzero(old != new)
    x, y = (column + west) * one.side, (row + south) * one.side
    return np.asarray(shapely.box(x, y, x + one.side, y + one.side))


def _same_points(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of the old point at the place of each new one; -1 if there is none or several."""
    old, new = (pd.Index(points[:, 0] + 1j * points[:, 1]) for points in (before, after))
    single = ~old.duplicated(keep=False)
    place = np.flatnonzero(single)[old[single].get_indexer(new)] if single.any() else None
    if place is None:
        return np.full(len(new), UNKNOWN)
    known = new.isin(old[single]) & ~new.duplicated(keep=False)
    return np.where(known, place, UNKNOWN)


def _renamed(before: Scene, old: Transfer, scene: Scene) -> Transfer:
    """Earlier transfer with the street numbers of another scene; streets that it lacks fall out."""
    number = scene.streets.get_indexer(before.streets)[old.street]
    there = number >= 0
    kept = np.concatenate([[0], np.cumsum(there)]).astype(np.int64)
    return Transfer(kept[old.first], number[there].astype(np.int32), old.gain[there])


def _joined(
    old: Transfer, place: NDArray[np.int64], found: Transfer, anew: NDArray[np.int64]
) -> Transfer:
    """Rows of the old transfer at their new places, and the new ones between them."""
    kept = np.flatnonzero(place != UNKNOWN)
    counts = np.empty(len(place), dtype=np.int64)
    counts[kept] = np.diff(old.first)[place[kept]]
    counts[anew] = np.diff(found.first)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    street = np.empty(first[-1], dtype=np.int32)
    gain = np.empty((first[-1], old.gain.shape[1]), dtype=np.float32)
    for of, rows, source in ((kept, place[kept], old), (anew, np.arange(len(anew)), found)):
        to, where = _spread(first[of], counts[of]), _spread(source.first[rows], counts[of])
        street[to], gain[to] = source.street[where], source.gain[where]
    return Transfer(first, street, gain)


def _spread(begin: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers begin, begin + 1, ... of every row, one row after the other."""
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(np.repeat(begin, count) + within)
