"""Maps for paper and slides: the change of one figure on a quiet ground of the twin's own."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from twin.maps import print_marks
from twin.maps.ground import GROUND
from twin.maps.print_marks import Marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from twin.city import City
    from twin.maps.style import Classes

    Floats = NDArray[np.float64]

DOTS: Final = 180
"""Dots per inch [1]."""
PAPER: Final = "#fbfaf7"
STREET, HOUSE, EDGE, INK = "#d2cdc2", "#e6e1d8", "#8a857a", "#222222"
FOCUS: Final = 0.04
"""Share of the change, by length or area, that may lie outside the frame on each side [1]."""
ROOM: Final = 0.12
"""Room around what is shown, of its size [1]."""
LEAST: Final = 900.0
"""Smallest width of a map [m]."""
HOUSES_TO: Final = 6_000.0
"""Widest map on which single houses of the ground can be seen [m]."""
NAMED: Final = 9
"""Street names on a map at most [1]."""
APART: Final = (0.17, 0.045)
"""Least distance of two names, of the width and the height of the map [1]."""
THIN, THICK = 0.9, 5.0
"""Width of the lines with least and most traffic [pt]."""
LONGEST_NAME: Final = 28
"""Characters of a street name on the map [1]."""


@dataclass(frozen=True)
class Drawn:
    """What a map colours.

    Parameters
    ----------
    frame
        Objects in a metric CRS, lines or polygons.
    change : (objects,)
        Change of each, not finite where it is not known.
    classes
        The legend.
    width : (objects,)
        What the width of a line tells, or None.
    names
        Name of each object, empty where it has none.
    marks
        What the plan does.
    """

    frame: gpd.GeoDataFrame
    change: Floats
    classes: Classes
    width: Floats | None = None
    names: Sequence[str] = ()
    marks: Marks = field(default_factory=Marks)

    @property
    def middle(self) -> int:
        """Place of the class that holds no change."""
        return int(np.searchsorted(np.asarray(self.classes.breaks), 0.0, side="right"))

    @property
    def places(self) -> NDArray[np.int64]:
        """Class of each object; -1 where nothing is known."""
        found = np.searchsorted(np.asarray(self.classes.breaks), self.change, side="right")
        return np.where(np.isfinite(self.change), found, -1).astype(np.int64)


def reach(shown: Sequence[Drawn], city: City) -> tuple[float, float, float, float]:
    """West, south, east and north of where nearly all of the change is [m].

    Parameters
    ----------
    shown
        What is coloured, of every plan.
    city
        The City; its boundary where nothing changes.
    """
    boxes, weights = [], []
    for one in shown:
        moved = (one.places >= 0) & (one.places != one.middle)
        part = one.frame.geometry[moved]
        size = part.area if _is_area(one.frame) else part.length
        boxes.append(part.bounds.to_numpy())
        weights.append(np.abs(one.change[moved]) * size.to_numpy())
    whole, weight = np.concatenate(boxes).reshape(-1, 4), np.concatenate(weights)
    if not len(whole):
        west, south, east, north = city.boundary.bounds
        return west, south, east, north
    sides = (FOCUS, FOCUS, 1.0 - FOCUS, 1.0 - FOCUS)
    west, south, east, north = (
        _weighted(whole[:, number], weight, share) for number, share in enumerate(sides)
    )
    return west, south, max(east, west + 1.0), max(north, south + 1.0)


def _weighted(values: Floats, weight: Floats, share: float) -> float:
    """Value below which so much of the weight lies."""
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weight[order])
    place = min(int(np.searchsorted(sums, share * sums[-1])), len(values) - 1)
    return float(values[order][place])


def extent(shown: Sequence[Drawn], city: City, aspect: float) -> tuple[float, float, float, float]:
    """West, south, east and north of a map on which what changes can be seen [m].

    Parameters
    ----------
    shown
        What is coloured, of every plan: all get the same frame.
    city
        The City; its boundary is shown where nothing changes.
    aspect
        Width of the map by its height [1].
    """
    west, south, east, north = reach(shown, city)
    width = max((east - west) * (1.0 + 2.0 * ROOM), LEAST)
    height = max((north - south) * (1.0 + 2.0 * ROOM), LEAST / aspect)
    width, height = max(width, height * aspect), max(height, width / aspect)
    x, y = (west + east) / 2.0, (south + north) / 2.0
    return x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0


def png(
    shown: Drawn,
    city: City,
    frame: tuple[float, float, float, float],
    inches: tuple[float, float],
    credit: str,
) -> bytes:
    """Draw a map with scale bar, names and credit; the legend stands beside it as text.

    Parameters
    ----------
    shown
        What is coloured.
    city
        Gives the ground.
    frame
        Of `extent` [m].
    inches
        Width and height of the picture [inch].
    credit
        Attribution, written into the corner.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    west, south, east, north = frame
    figure = Figure(figsize=inches, dpi=DOTS, facecolor=PAPER)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_axis_off()
    _ground(axes, city, frame)
    print_marks.ground(axes, shown.marks)
    (_areas if _is_area(shown.frame) else _lines)(axes, shown, frame)
    print_marks.draw(axes, shown.marks, frame)
    _names(axes, shown, frame)
    _scale_bar(axes, frame)
    axes.text(0.995, 0.006, credit, transform=axes.transAxes, ha="right", va="bottom",
              fontsize=5.5, color="#444444", zorder=9, parse_math=False,
              bbox={"facecolor": PAPER, "alpha": 0.8, "pad": 1.0, "linewidth": 0})  # fmt: skip
    held = io.BytesIO()
    canvas.print_figure(held, format="png", metadata={"Software": "netzero-twin"})
    return held.getvalue()


def _is_area(frame: gpd.GeoDataFrame) -> bool:
    return bool(frame.geom_type.str.endswith("Polygon").any())


def _seen(shapes: gpd.GeoSeries, frame: tuple[float, float, float, float]) -> gpd.GeoSeries:
    """The shapes that reach into the frame."""
    return shapes.iloc[np.sort(shapes.sindex.query(shapely.box(*frame)))]


def _ground(axes: Axes, city: City, frame: tuple[float, float, float, float]) -> None:
    """Green, water, houses, streets and the boundary, pale."""
    import geopandas as gpd

    land = city.land
    for kind, colour in GROUND.items():
        part = _seen(land.geometry[(land["kind"] == kind).to_numpy()], frame)
        part = part[part.geom_type.str.endswith("Polygon")]
        _fill(axes, part, facecolor=colour, linewidth=0.0, zorder=1)
    if frame[2] - frame[0] <= HOUSES_TO:
        _fill(axes, _seen(city.buildings.geometry, frame), facecolor=HOUSE, edgecolor="#d5cfc3",
              linewidth=0.2, zorder=2)  # fmt: skip
    streets = _seen(city.streets.geometry, frame)
    _stroke(axes, streets, colors=STREET, linewidths=0.6, zorder=3)
    edge = gpd.GeoSeries([city.boundary.boundary], crs=city.crs)
    _stroke(axes, edge, colors="#777777", linewidths=0.8, linestyles="dashed", zorder=4)


def _fill(axes: Axes, shapes: gpd.GeoSeries, **look: Any) -> None:
    if len(shapes):
        shapes.plot(ax=axes, aspect=None, **look)


def _stroke(axes: Axes, shapes: gpd.GeoSeries, **look: Any) -> None:
    from matplotlib.collections import LineCollection

    parts = shapely.get_parts(shapes.to_numpy(), return_index=True)
    lines = [shapely.get_coordinates(part) for part in parts[0]]
    spread = {
        name: np.asarray(value)[parts[1]]
        if isinstance(value, np.ndarray) or (isinstance(value, list) and len(value) == len(shapes))
        else value
        for name, value in look.items()
    }
    axes.add_collection(LineCollection(lines, capstyle="round", joinstyle="round", **spread),
                        autolim=False)  # fmt: skip


def _lines(axes: Axes, shown: Drawn, frame: tuple[float, float, float, float]) -> None:
    """Streets: colour tells the change, width the traffic; the largest change lies on top."""
    rows = np.sort(shown.frame.sindex.query(shapely.box(*frame)))
    places = shown.places[rows]
    thick = _thick(shown)[rows]
    unknown, still = rows[places < 0], rows[places == shown.middle]
    geometry = shown.frame.geometry
    _stroke(
        axes, geometry.iloc[unknown], colors=EDGE, linewidths=0.7, linestyles="dotted", zorder=4
    )
    _stroke(axes, geometry.iloc[still], colors=shown.classes.colours[shown.middle],
            linewidths=np.minimum(thick[places == shown.middle], 1.6), zorder=4)  # fmt: skip
    moved = (places >= 0) & (places != shown.middle)
    order = np.argsort(np.abs(shown.change[rows[moved]]), kind="stable")
    top, wide = rows[moved][order], thick[moved][order]
    if not len(top):
        return
    _stroke(axes, geometry.iloc[top], colors="#3c3c3c", linewidths=wide + 0.9, zorder=5)
    colours = np.asarray(shown.classes.colours, dtype=object)[places[moved][order]]
    _stroke(axes, geometry.iloc[top], colors=colours, linewidths=wide, zorder=6)


def _thick(shown: Drawn) -> Floats:
    """Width of each line [pt], its square root rising with the traffic."""
    if shown.width is None:
        return np.full(len(shown.frame), 1.6)
    size = np.sqrt(np.nan_to_num(np.clip(shown.width, 0.0, None)))
    most = float(size.max(initial=0.0)) or 1.0
    return np.asarray(THIN + (THICK - THIN) * size / most)


def _areas(axes: Axes, shown: Drawn, frame: tuple[float, float, float, float]) -> None:
    """Blocks or zones: filled by class, each outlined, hatched where nothing is known."""
    rows = np.sort(shown.frame.sindex.query(shapely.box(*frame)))
    places = shown.places[rows]
    geometry = shown.frame.geometry
    look = {"edgecolor": EDGE, "linewidth": 0.35, "zorder": 3.5}
    for place in np.unique(places):
        part = geometry.iloc[rows[places == place]]
        if place < 0:
            _fill(axes, part, facecolor="#ffffff", hatch="////", **look)
        else:
            _fill(axes, part, facecolor=shown.classes.colours[place], **look)


def _names(axes: Axes, shown: Drawn, frame: tuple[float, float, float, float]) -> None:
    """Names of the streets that change most, with a halo, apart from each other."""
    from matplotlib.patheffects import withStroke

    if not len(shown.names):
        return
    west, south, east, north = frame
    names = np.asarray(shown.names, dtype=object)
    there = (shown.places >= 0) & (shown.places != shown.middle) & (names != "")
    rows = np.flatnonzero(there)
    rows = rows[np.argsort(-np.abs(shown.change[rows]), kind="stable")]
    placed: list[tuple[float, float]] = []
    said: set[str] = set()
    for row in rows:
        line = shown.frame.geometry.iloc[row]
        spot = line.interpolate(0.5, normalized=True)
        x, y = (spot.x - west) / (east - west), (spot.y - south) / (north - south)
        close = any(abs(x - a) < APART[0] and abs(y - b) < APART[1] for a, b in placed)
        if names[row] in said or close or not (0.08 < x < 0.92 and 0.06 < y < 0.94):  # noqa: PLR2004 - margins of the frame
            continue
        said.add(names[row])
        placed.append((x, y))
        axes.annotate(
            _short(str(names[row])), (spot.x, spot.y), xytext=(0, 5), textcoords="offset points",
            ha="center", va="bottom", fontsize=7.0, color=INK, zorder=8, parse_math=False,
            path_effects=[withStroke(linewidth=2.2, foreground="#ffffff")],
        )  # fmt: skip
        if len(said) == NAMED:
            return


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"


def _scale_bar(axes: Axes, frame: tuple[float, float, float, float]) -> None:
    """A bar of a round length in the lower left corner."""
    west, south, east, north = frame
    length = round_length((east - west) / 5.0)
    x, y = west + 0.02 * (east - west), south + 0.025 * (north - south)
    axes.plot(
        [x, x + length], [y, y], color="#ffffff", linewidth=4.5, zorder=8, solid_capstyle="butt"
    )
    axes.plot([x, x + length], [y, y], color=INK, linewidth=2.0, zorder=9, solid_capstyle="butt")
    text = f"{length / 1e3:g} km" if length >= 1e3 else f"{length:g} m"  # noqa: PLR2004 - a kilometre
    axes.text(x, y + 0.012 * (north - south), text, fontsize=7.0, color=INK, zorder=9, va="bottom")


def round_length(most: float) -> float:
    """The longest of 1, 2, 5 times a power of ten that is not above a length [m]."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most)


def legend(shown: Drawn) -> list[tuple[str, float | None, float | None, int]]:
    """Colour, lower and upper end and number of objects of each class.

    Parameters
    ----------
    shown
        What the map colours.
    """
    edges = [None, *shown.classes.breaks, None]
    counts = shown.classes.counts(shown.change)
    return [
        (colour, low, high, count)
        for colour, low, high, count in zip(
            shown.classes.colours, edges[:-1], edges[1:], counts, strict=True
        )
    ]
