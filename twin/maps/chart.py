"""Charts for paper and reports: the panels of the page, drawn with the same words and colours."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.maps.panels import COLOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from twin.maps.panels import Panel, Series

    Floats = NDArray[np.float64]

WIDE: Final = 6.4
TALL: Final = 3.6
DOTS: Final = 150
"""Size of a chart [inch, inch], and its dots per inch."""
INK: Final = "#333333"
LOST, WON = "#a4501e", "#125a8f"
"""Colours of those who lose and of those who gain."""
STRONG: Final = {"#fdb4b6": "#c4525b", "#faccfa": "#a85fa8", "#f29d6d": "#b35c26"}
"""Pale colours as lines on white."""
DASHES: Final = ("-", "--", ":", "-.")
"""So that lines are told apart without colour."""
FEW: Final = 8
"""Points that are marked, so that one alone is seen [1]."""
BAND: Final = 0.25
"""How much of the colour of a line its band has [1]."""


def png(panel: Panel) -> bytes:
    """Draw a panel as PNG.

    Parameters
    ----------
    panel
        Of `twin.maps.panels.collect`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDE, TALL), dpi=DOTS, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    draw(panel, figure.add_subplot())
    held = io.BytesIO()
    canvas.print_figure(held, format="png", metadata={"Software": "netzero-twin"})
    return held.getvalue()


def draw(panel: Panel, axes: Axes) -> None:
    """Draw a panel on axes of matplotlib.

    Parameters
    ----------
    panel
        Of `twin.maps.panels.collect`.
    axes
        Empty ones.
    """
    _DRAWN[panel.chart](panel, axes)
    axes.set_title(panel.title, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    if panel.chart in {"lines", "areas", "bars"}:
        axes.set_xlabel(panel.across)
        axes.set_ylabel(panel.unit)
        axes.legend(fontsize=8, frameon=False)


def _numbers(values: tuple[float | None, ...]) -> Floats:
    return np.array([np.nan if value is None else value for value in values])


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _lines(panel: Panel, axes: Axes) -> None:
    x = np.array(panel.x, dtype=float)
    for n, one in enumerate(panel.series):
        colour = STRONG.get(_colour(n), _colour(n))
        axes.plot(
            x, _numbers(one.figures), color=colour, ls=DASHES[n % len(DASHES)], label=one.name
        )
        if one.low:
            low, high = _numbers(one.low), _numbers(one.high)
            axes.fill_between(x, low, high, color=_colour(n), alpha=BAND, linewidth=0.0)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.locator_params(axis="x", integer=True)


def _areas(panel: Panel, axes: Axes) -> None:
    rows = [np.nan_to_num(_numbers(one.figures)) for one in panel.series]
    colours = [_colour(n) for n in range(len(rows))]
    axes.stackplot(
        np.array(panel.x, dtype=float), rows, colors=colours, edgecolor=INK, linewidth=0.5,
        labels=[one.name for one in panel.series],
    )  # fmt: skip
    axes.locator_params(axis="x", integer=True)


def _bars(panel: Panel, axes: Axes) -> None:
    places = np.arange(len(panel.x))
    up, down = np.zeros(len(places)), np.zeros(len(places))
    for n, one in enumerate(panel.series):
        values = np.nan_to_num(_numbers(one.figures))
        under = np.where(values > 0.0, up, down)
        axes.bar(places, values, 0.7, under, color=_colour(n), edgecolor=INK, linewidth=0.5,
                 label=one.name)  # fmt: skip
        up, down = up + np.maximum(values, 0.0), down + np.minimum(values, 0.0)
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_xticks(places, [_place(one) for one in panel.x])


def _place(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else value


def _steps(panel: Panel, axes: Axes) -> None:
    one, wide = panel.series[0], np.array(panel.widths)
    left, values = np.concatenate([[0.0], np.cumsum(wide)[:-1]]), _numbers(one.figures)
    colours = [_colour(4) if value > 0.0 else _colour(3) for value in values]
    band = _band(one, values)
    axes.bar(
        left, values, wide, align="edge", color=colours, edgecolor=INK, linewidth=0.5, yerr=band
    )
    for n, (x, value) in enumerate(zip(left + wide / 2.0, values, strict=True)):
        axes.text(x, max(value, 0.0), str(n + 1), ha="center", va="bottom", fontsize=8)
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_xlabel(panel.wide)
    axes.set_ylabel(panel.unit)


def _band(one: Series, values: Floats) -> Floats | None:
    if not one.low:
        return None
    ends = np.stack([values - _numbers(one.low), _numbers(one.high) - values])
    return np.nan_to_num(np.maximum(ends, 0.0))


def _flows(panel: Panel, axes: Axes) -> None:
    """Flows as bands between two columns of bars."""
    amounts = np.nan_to_num(np.array([_numbers(one.figures) for one in panel.series]))
    gap = 0.04 * amounts.sum()
    left, right = _stack(amounts.sum(axis=1), gap), _stack(amounts.sum(axis=0), gap)
    leaving, coming = left.copy(), right.copy()
    for n, i in np.argwhere(amounts > 0.0):
        size = amounts[n, i]
        _flow(axes, (leaving[n], coming[i]), size, _colour(int(n)))
        leaving[n] += size
        coming[i] += size
    names = [one.name for one in panel.series]
    _nodes(axes, 0.0, left, amounts.sum(axis=1), names, "right")
    _nodes(axes, 1.0, right, amounts.sum(axis=0), [_place(one) for one in panel.x], "left")
    axes.set_xlim(-0.6, 1.6)
    axes.invert_yaxis()
    axes.set_axis_off()
    axes.text(-0.6, 0.0, f"[{panel.unit}]", fontsize=8, va="bottom")


def _stack(amounts: Floats, gap: float) -> Floats:
    """Where each of several bars begins, one below the other."""
    return np.concatenate([[0.0], np.cumsum(amounts + gap)[:-1]])


def _flow(axes: Axes, ends: tuple[float, float], size: float, colour: str) -> None:
    along = np.linspace(0.0, 1.0, 40)
    middle = ends[0] + (ends[1] - ends[0]) * along**2 * (3.0 - 2.0 * along)
    axes.fill_between(along, middle, middle + size, color=colour, alpha=0.55, linewidth=0.3)


def _nodes(
    axes: Axes, x: float, starts: Floats, sizes: Floats, names: list[str], side: str
) -> None:
    away = -0.03 if side == "right" else 0.03
    for start, size, name in zip(starts, sizes, names, strict=True):
        axes.plot([x, x], [start, start + size], color=INK, linewidth=4.0, solid_capstyle="butt")
        said = f"{name} {size:,.0f}"
        axes.text(x + away, start + size / 2.0, said, ha=side, va="center", fontsize=7)


def _sides(panel: Panel, axes: Axes) -> None:
    places = np.arange(len(panel.x))
    for one, sign, colour in zip(panel.series, (-1.0, 1.0), (LOST, WON), strict=False):
        values = _numbers(one.figures)
        axes.barh(places, sign * np.nan_to_num(values), 0.6, color=colour, edgecolor=INK,
                  linewidth=0.5, label=one.name)  # fmt: skip
        for y, value in enumerate(values.tolist()):
            said = "< 5" if np.isnan(value) else f"{value:,.0f}"
            ha = "right" if sign < 0.0 else "left"
            axes.text(sign * np.nan_to_num(value), y, f" {said} ", ha=ha, va="center", fontsize=8)
    axes.axvline(0.0, color=INK, linewidth=0.8)
    axes.set_yticks(places, [_place(one) for one in panel.x])
    axes.set_xticks([])
    axes.set_xlabel(panel.unit)
    axes.margins(x=0.25)
    axes.invert_yaxis()
    axes.legend(fontsize=8, frameon=False)


_DRAWN: Final[Mapping[str, Callable[[Panel, Axes], Any]]] = {
    "lines": _lines, "areas": _areas, "bars": _bars, "steps": _steps, "flows": _flows,
    "sides": _sides,
}  # fmt: skip
