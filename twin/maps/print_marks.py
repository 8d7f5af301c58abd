"""Marks of a plan on maps for paper: what is new, what is closed, and where each measure is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Frame = tuple[float, float, float, float]

INK, WHITE = "#1c2321", "#ffffff"
NEW_WIDTH: Final = 8.0
"""Width of the rim of a new street [pt]."""
EDGE: Final = 0.035
"""Least distance of a number from the edge of the map, of its size [1]."""
APART: Final = 0.04
"""Least distance of two numbers, of the width of the map [1]."""
TURNS: Final = 24
"""Places that are tried around one that is taken [1]."""


@dataclass(frozen=True)
class Marks:
    """What a plan does, in the CRS of the map.

    Parameters
    ----------
    new
        Streets and houses that it adds.
    closed
        Streets that it closes to cars, and houses that it takes away.
    measures
        Shapes of the objects of each measure, in the order of their numbers from one on.
    """

    new: Sequence[shapely.Geometry] = ()
    closed: Sequence[shapely.Geometry] = ()
    measures: Sequence[Sequence[shapely.Geometry]] = ()


def ground(axes: Axes, marks: Marks) -> None:
    """Draw the rims of what is new below the colours of the map.

    Parameters
    ----------
    axes
        Of the map.
    marks
        What is new.
    """
    _lines(axes, marks.new, colors=INK, linewidths=NEW_WIDTH, zorder=4.5)
    _lines(axes, marks.new, colors=WHITE, linewidths=NEW_WIDTH - 2.0, zorder=4.6)
    _areas(axes, marks.new, facecolor=WHITE, edgecolor=INK, linewidth=1.4, zorder=4.6)


def draw(axes: Axes, marks: Marks, frame: Frame) -> None:
    """Draw what is closed, and the number of each measure, above the colours of the map.

    Parameters
    ----------
    axes
        Of the map.
    marks
        What the plan does.
    frame
        West, south, east and north of the map [m].
    """
    _lines(axes, marks.closed, colors=WHITE, linewidths=4.0, zorder=6.5)
    _lines(axes, marks.closed, colors=INK, linewidths=2.4, linestyles=(0, (0.9, 1.1)), zorder=6.6)
    _areas(axes, marks.closed, facecolor="none", edgecolor=INK, linewidth=1.2, linestyle="--",
           hatch="xxx", zorder=6.6)  # fmt: skip
    for number, (x, y) in enumerate(places(marks.measures, frame), 1):
        axes.text(x, y, str(number), fontsize=8.0, fontweight="bold", color=WHITE, ha="center",
                  va="center", zorder=10,
                  bbox={"boxstyle": "circle,pad=0.25", "facecolor": INK, "edgecolor": WHITE,
                        "linewidth": 1.0})  # fmt: skip


def places(
    measures: Sequence[Sequence[shapely.Geometry]], frame: Frame
) -> list[tuple[float, float]]:
    """Where the number of each measure stands: on one of its objects, apart from the others.

    Parameters
    ----------
    measures
        Shapes of the objects of each.
    frame
        West, south, east and north of the map [m].

    Returns
    -------
    list of (float, float)
        Inside the frame; at its edge where no object of a measure is on the map.
    """
    found: list[tuple[float, float]] = []
    for shapes in measures:
        x, y = _free(_middle(shapes, frame), found, frame)
        found.append((x, y))
    return found


def _middle(shapes: Sequence[shapely.Geometry], frame: Frame) -> tuple[float, float]:
    """The point on an object that is nearest to the middle of those on the map."""
    west, south, east, north = frame
    if not len(shapes):
        return (west + east) / 2.0, (south + north) / 2.0
    points = np.array([_on(one) for one in shapes])
    there = ((points >= (west, south)) & (points <= (east, north))).all(axis=1)
    seen = points[there] if there.any() else points
    nearest = seen[np.square(seen - np.median(seen, axis=0)).sum(axis=1).argmin()]
    return float(nearest[0]), float(nearest[1])


def _on(shape: shapely.Geometry) -> tuple[float, float]:
    """A point on a shape: the middle of a line, some inner point of an area."""
    lines = shape.geom_type == "LineString"
    point = shape.interpolate(0.5, normalized=True) if lines else shape.representative_point()
    return point.x, point.y


def _free(
    at: tuple[float, float], taken: Sequence[tuple[float, float]], frame: Frame
) -> tuple[float, float]:
    """The nearest place around one that is inside the frame and apart from those taken."""
    west, south, east, north = frame
    least = APART * (east - west)
    room = EDGE * max(east - west, north - south)
    spot = at
    for turn in range(TURNS):
        angle, away = 2.4 * turn, least * np.sqrt(turn) * 0.7
        spot = (
            float(np.clip(at[0] + away * np.cos(angle), west + room, east - room)),
            float(np.clip(at[1] + away * np.sin(angle), south + room, north - room)),
        )
        if all(np.hypot(spot[0] - x, spot[1] - y) >= least for x, y in taken):
            return spot
    return spot


def _lines(axes: Axes, shapes: Sequence[shapely.Geometry], **look: Any) -> None:
    from matplotlib.collections import LineCollection

    lines = [shapely.get_coordinates(one) for one in _parts(shapes, "LineString")]
    if lines:
        axes.add_collection(LineCollection(lines, capstyle="butt", **look), autolim=False)


def _areas(axes: Axes, shapes: Sequence[shapely.Geometry], **look: Any) -> None:
    import geopandas as gpd

    areas = _parts(shapes, "Polygon")
    if len(areas):
        gpd.GeoSeries(areas).plot(ax=axes, aspect=None, **look)


def _parts(shapes: Sequence[shapely.Geometry], kind: str) -> NDArray[np.object_]:
    parts = shapely.get_parts(np.asarray(shapes, dtype=object))
    kept = [one.geom_type == kind for one in parts]
    return np.asarray(parts[np.asarray(kept, dtype=bool)], dtype=object)
