"""Maps in few bytes: shapes as steps on a fine grid, figures as whole numbers, all as gzip text.

One layer serves notebook, public page and studio. Shapes are written once; each further scenario
of a figure costs about its changes. ``static/pack.js`` reads what this room writes.
"""

from __future__ import annotations

import base64
import gzip
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

EARTH: Final = 2.0 * math.pi * 6378137.0
"""Circumference of the sphere that web maps are drawn on [m]."""

STEP: Final = 0.2
"""Side of the grid that corners of houses are put on [m]."""

MERCATOR: Final = "EPSG:3857"
_SEVEN: Final = 7
_MORE: Final = 0x80


@dataclass(frozen=True)
class Grid:
    """Fine grid on the web map on which every corner lies.

    Parameters
    ----------
    west, north
        Its corner, as a share of the web map's square from 0 to 1.
    step
        Side of a cell, as a share of the square.
    """

    west: float
    north: float
    step: float


def grid(bounds: Sequence[float], metres: float = STEP) -> Grid:
    """Lay the grid over an area.

    Parameters
    ----------
    bounds
        West, south, east, north [degrees].
    metres
        Side of a cell on the ground, in the middle of the area [m].
    """
    west, south, _, north = bounds
    middle = math.radians((south + north) / 2.0)
    lifted = math.asinh(math.tan(math.radians(north)))
    return Grid(
        west=(west + 180.0) / 360.0,
        north=0.5 - lifted / (2.0 * math.pi),
        step=metres / (EARTH * math.cos(middle)),
    )


def varint(values: Whole) -> bytes:
    """Write whole numbers of at least 0, small ones in one byte, as LEB128 has it.

    Parameters
    ----------
    values : (n,)
        Less than 2**49.

    Raises
    ------
    ValueError
        If a number is negative or too large.
    """
    left = np.asarray(values, dtype=np.int64)
    if left.size and (left.min() < 0 or left.max() >= 1 << 49):
        raise ValueError("numbers must be from 0 to 2**49 - 1")
    sizes = np.ones(len(left), dtype=np.int64)
    rest = left >> _SEVEN
    while rest.any():
        sizes += rest > 0
        rest >>= _SEVEN
    starts = np.concatenate([[0], np.cumsum(sizes)])
    out = np.zeros(int(starts[-1]), dtype=np.uint8)
    for place in range(int(sizes.max(initial=0))):
        there = sizes > place
        part = (left[there] >> (_SEVEN * place)) & (_MORE - 1)
        more = np.where(sizes[there] > place + 1, _MORE, 0)
        out[starts[:-1][there] + place] = part | more
    return out.tobytes()


def zigzag(values: Whole) -> Whole:
    """Turn whole numbers of either sign to numbers of at least 0: 0, -1, 1, -2 to 0, 1, 2, 3."""
    signed = np.asarray(values, dtype=np.int64)
    return (signed << 1) ^ (signed >> 63)


def block(content: bytes) -> str:
    """Gzip a block and write it as base64, the same for the same bytes."""
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def shapes(geometry: gpd.GeoSeries, on: Grid) -> str:
    """Pack points, lines or polygons.

    Parameters
    ----------
    geometry
        In any CRS; a missing one is drawn nowhere.
    on
        The grid.

    Returns
    -------
    str
        A block of varints: number of shapes; rings of each shape; corners of each ring; then
        zigzag steps to the right and down from corner to corner, of all in one row. The last
        corner of a closed ring is left out.
    """
    rings, of_shape = _rings(geometry.to_crs(MERCATOR))
    corners, of_ring = shapely.get_coordinates(rings, return_index=True)
    right = np.floor((corners[:, 0] / EARTH + 0.5 - on.west) / on.step).astype(np.int64)
    down = np.floor((0.5 - corners[:, 1] / EARTH - on.north) / on.step).astype(np.int64)
    closed = shapely.get_type_id(rings) == shapely.GeometryType.LINEARRING
    kept = _needed(right, down, of_ring, closed)
    right, down, of_ring = right[kept], down[kept], of_ring[kept]
    steps = np.column_stack([np.diff(right, prepend=0), np.diff(down, prepend=0)]).ravel()
    numbers = [
        np.array([len(geometry)]),
        np.bincount(of_shape, minlength=len(geometry)),
        np.bincount(of_ring, minlength=len(rings)),
        zigzag(steps),
    ]
    return block(varint(np.concatenate(numbers)))


def _rings(geometry: gpd.GeoSeries) -> tuple[NDArray[Any], Whole]:
    """Every ring, line or point of the shapes, and whose it is."""
    parts, whose = shapely.get_parts(geometry.to_numpy(), return_index=True)
    flat = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, of_part = shapely.get_rings(parts[flat], return_index=True)
    shape = np.concatenate([parts[~flat], rings])
    owner = np.concatenate([whose[~flat], whose[flat][of_part]])
    order = np.argsort(owner, kind="stable")
    return shape[order], owner[order]


def _needed(right: Whole, down: Whole, of_ring: Whole, closed: NDArray[np.bool_]) -> Any:
    """Corners to write: no two equal ones in a row, no last one of a closed ring."""
    first = np.diff(of_ring, prepend=-1) != 0
    last = np.diff(of_ring, append=-1) != 0
    moved = (np.diff(right, prepend=0) != 0) | (np.diff(down, prepend=0) != 0)
    return first | (moved & ~(last & closed[of_ring]))


def figures(values: NDArray[np.float64], decimals: int, base: Any = None) -> str:
    """Pack a column of figures.

    Parameters
    ----------
    values : (n,)
        Not finite: missing.
    decimals
        That are kept [1].
    base : (n,), optional
        A column packed before; only what differs from it costs bytes then.

    Returns
    -------
    str
        A block of varints: 0 for a missing figure, else 1 + zigzag of the figure (in units of the
        last decimal), less that of the base where the base has one.
    """
    whole, there = _whole(values, decimals)
    if base is not None:
        before, known = _whole(base, decimals)
        whole = whole - np.where(known, before, 0)
    return block(varint(np.where(there, zigzag(whole) + 1, 0)))


def _whole(values: NDArray[np.float64], decimals: int) -> tuple[Whole, NDArray[np.bool_]]:
    numbers = np.asarray(values, dtype=np.float64)
    there = np.isfinite(numbers)
    return np.rint(np.where(there, numbers, 0.0) * 10.0**decimals).astype(np.int64), there


def codes(values: NDArray[np.int64]) -> str:
    """Pack small numbers such as grades or places in a list, one byte each where they fit."""
    return block(varint(np.asarray(values, dtype=np.int64)))


def lines(texts_: Iterable[str]) -> str:
    """Pack texts that are all different, one a line."""
    return block("\n".join(text.replace("\n", " ") for text in texts_).encode())


def texts(values: pd.Series) -> dict[str, Any]:
    """Pack a column of text: each distinct text once, and which one each object has.

    Returns
    -------
    dict
        ``texts``: the distinct texts; ``codes``: block of 0 for none, else 1 + place in the list.
    """
    places, distinct = pd.factorize(values)
    return {"codes": codes(places + 1), "texts": [str(text) for text in distinct]}
