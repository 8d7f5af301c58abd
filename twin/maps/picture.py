"""A still picture of a map, for paper, for reports and for readers that run no script."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from twin.maps.style import Classes

WIDE: Final = 7.0
"""Width of the picture [inch]."""
DOTS: Final = 110
"""Dots per inch [1]."""
TALLEST: Final = 1.3
"""Greatest height of the picture [widths]."""
NONE: Final = "#ffffff"
EDGE: Final = "#4a4a4a"


def png(
    frame: gpd.GeoDataFrame,
    values: NDArray[np.float64],
    classes: Classes,
    boundary: BaseGeometry,
    title: str,
    attribution: str,
) -> bytes:
    """Draw figures of houses, blocks or streets with a legend, as PNG.

    Parameters
    ----------
    frame
        Objects, in a metric CRS.
    values : (objects,)
        Figure of each, not finite where missing.
    classes
        The legend.
    boundary
        Edge of the city, in the same CRS.
    title, attribution
        What stands above and below.
    """
    import geopandas as gpd
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    west, south, east, north = boundary.bounds
    shape = min(TALLEST, (north - south) / max(east - west, 1.0))
    figure = Figure(figsize=(WIDE, WIDE * shape + 1.0), dpi=DOTS, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    gpd.GeoSeries([boundary], crs=frame.crs).boundary.plot(ax=axes, color="#555555", linestyle="--")
    there = np.isfinite(values)
    place = np.searchsorted(np.asarray(classes.breaks), values[there], side="right")
    colour = np.full(len(frame), NONE, dtype=object)
    colour[there] = np.asarray(classes.colours, dtype=object)[place]
    area = frame.geom_type.str.endswith("Polygon").to_numpy()
    for part, look in ((area, {"edgecolor": EDGE, "linewidth": 0.15}), (~area, {"linewidth": 1.2})):
        if part.any():
            frame.geometry[part].plot(ax=axes, color=colour[part].tolist(), **look)
    axes.set_axis_off()
    axes.set_title(title, fontsize=10, wrap=True)
    counts = classes.counts(values)
    marks = [
        Patch(facecolor=c, edgecolor=EDGE, label=f"{text} ({n:,})")
        for c, text, n in zip(classes.colours, ranges(classes.breaks), counts, strict=True)
    ]
    axes.legend(handles=marks, loc="best", fontsize=8, framealpha=0.95)
    figure.supxlabel(attribution, fontsize=7)
    held = io.BytesIO()
    canvas.print_figure(held, format="png", metadata={"Software": "netzero-twin"})
    return held.getvalue()


def ranges(breaks: tuple[float, ...]) -> list[str]:
    """Text of each class: below the first break, between two, from the last on."""
    if not breaks:
        return [""]
    edges = [f"{value:g}" for value in breaks]
    inner = [f"{low} – {high}" for low, high in pairwise(edges)]  # noqa: RUF001 - a dash as printers set it
    return [f"< {edges[0]}", *inner, f"≥ {edges[-1]}"]
