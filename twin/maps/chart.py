"""Charts for paper and reports: the panels of the page, drawn with the same words and looks."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.maps import marks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from twin.maps.marks import Mark
    from twin.maps.panels import Panel, Series

    Floats = NDArray[np.float64]

WIDE: Final = 6.4
TALL: Final = 3.6
LINE: Final = 0.24
LOW: Final = 1.3
"""Size of a chart, of a line of its legend, and of what stands round its rows [inch]."""
DOTS: Final = 150
"""Dots per inch."""
PATTERNS: Final = {
    "none": "", "diagonal": "////", "back": "\\\\\\\\", "cross": "xxx", "vertical": "|||",
    "horizontal": "---", "grid": "++", "dots": "...",
}  # fmt: skip
"""Patterns of chart_marks.csv as matplotlib calls them."""
LOOKS: Final[Any] = {"hatch.linewidth": 0.5, "font.size": 9.0}
FEW: Final = 8
"""Places that are all told; so few points are marked, so that one alone is seen [1]."""
BAND: Final = 0.18
"""How much of the colour of a line its band has [1]."""
DAY: Final = 23.0
"""Last hour of a day."""
DARK: Final = 110.0
"""Luma of colours on which strokes are white [of 255]."""
DEPTH: Final = 0.12
"""How deep what saves money is drawn, by the largest cost of a tonne [1]."""
LONG: Final = 60
"""Letters of a name in a legend [1]."""


def png(panel: Panel, *, titled: bool = True) -> bytes:
    """Draw a panel as PNG.

    Parameters
    ----------
    panel
        Of `twin.maps.panels.collect`.
    titled
        Whether its title stands above; not where a heading does.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDE, _tall(panel)), dpi=DOTS, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    held = io.BytesIO()
    with rc_context(LOOKS):
        axes = figure.add_subplot()
        draw(panel, axes)
        if not titled:
            axes.set_title("", loc="left")
        canvas.print_figure(held, format="png", metadata={"Software": "netzero-twin"})
    return held.getvalue()


def _tall(panel: Panel) -> float:
    """Height that a chart needs with its legend or its rows [inch]."""
    if panel.chart in {"sides", "pairs"}:
        return LINE * len(panel.x) * (len(panel.series) + 0.5) + LOW
    if panel.chart == "flows":
        return max(TALL, LINE * max(len(panel.x), len(panel.series)))
    named = (
        list(map(str, panel.x)) if panel.chart == "steps" else [one.name for one in panel.series]
    )
    return TALL + LINE * (len(panel.keys) + len(named) / _columns(named))


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
        _axis(panel, axes)
        _legend(axes, _columns([one.name for one in panel.series]))


def _columns(names: Sequence[str]) -> int:
    """Columns of a legend whose names fit beside each other."""
    return 2 if len(names) > 1 and max(map(len, names)) <= LONG * 0.6 else 1


def _legend(axes: Axes, columns: int, handles: Sequence[Any] | None = None) -> None:
    """Names below the chart, where they hide nothing."""
    given = {} if handles is None else {"handles": handles}
    axes.legend(
        fontsize=8, frameon=False, ncols=columns, loc="upper left", bbox_to_anchor=(-0.02, -0.2),
        handlelength=3.0, **given,
    )  # fmt: skip


def _axis(panel: Panel, axes: Axes) -> None:
    """Numbers with marks of thousands; few places all told, a day every third hour."""
    from matplotlib.ticker import FuncFormatter

    top = max((abs(value) for value in axes.get_ylim()), default=0.0)
    if top >= 10.0:  # noqa: PLR2004 - ticks of smaller axes have decimals
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: panel.figure(value)))
    if panel.chart == "bars":
        return
    places = [float(one) for one in panel.x]
    if len(places) <= FEW:
        axes.set_xticks(places, [_place(one) for one in places])
    elif (places[0], places[-1]) == (0.0, DAY):
        axes.set_xticks([hour for hour in places if hour % 3 == 0])


def _numbers(values: tuple[float | None, ...]) -> Floats:
    return np.array([np.nan if value is None else value for value in values])


def _look(number: int) -> Mark:
    known = marks.series()
    return known[number % len(known)]


def _filled(mark: Mark) -> dict[str, Any]:
    """Fill of a series, for functions of matplotlib."""
    hatch = PATTERNS[mark.pattern]
    edge = "white" if hatch and _dark(mark.colour) else _ink()
    return {"facecolor": mark.colour, "hatch": hatch, "edgecolor": edge, "linewidth": 0.5}


def _dark(colour: str) -> bool:
    """Whether strokes on a colour must be white to be seen."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.3 * red + 0.59 * green + 0.11 * blue < DARK


def _ink() -> str:
    return marks.known()["ink"].line


def _style(mark: Mark) -> Any:
    """Style of the line of a series."""
    return (0.0, mark.dash) if mark.dash else "-"


def _lines(panel: Panel, axes: Axes) -> None:
    x = np.array(panel.x, dtype=float)
    marker = "o" if len(x) <= FEW else None
    for n, one in enumerate(panel.series):
        mark = _look(n)
        axes.plot(x, _numbers(one.figures), color=mark.line, linestyle=_style(mark), linewidth=1.6,
                  marker=marker, markersize=4, label=_short(one.name))  # fmt: skip
        if one.low:
            low, high = _numbers(one.low), _numbers(one.high)
            axes.fill_between(x, low, high, color=mark.line, alpha=BAND, linewidth=0.0)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.locator_params(axis="x", integer=True)


def _areas(panel: Panel, axes: Axes) -> None:
    """Areas on each other; what is below zero is left to the table."""
    x, under = np.array(panel.x, dtype=float), np.zeros(len(panel.x))
    for n, one in enumerate(panel.series):
        over = under + np.maximum(np.nan_to_num(_numbers(one.figures)), 0.0)
        axes.fill_between(x, under, over, label=_short(one.name), **_filled(_look(n)))
        under = over
    axes.set_ylim(bottom=0.0)
    axes.margins(x=0.0)
    axes.locator_params(axis="x", integer=True)


def _bars(panel: Panel, axes: Axes) -> None:
    places = np.arange(len(panel.x))
    up, down = np.zeros(len(places)), np.zeros(len(places))
    for n, one in enumerate(panel.series):
        values = np.nan_to_num(_numbers(one.figures))
        under = np.where(values > 0.0, up, down)
        axes.bar(places, values, 0.7, under, label=_short(one.name), **_filled(_look(n)))
        up, down = up + np.maximum(values, 0.0), down + np.minimum(values, 0.0)
    axes.axhline(0.0, color=_ink(), linewidth=0.8)
    some = places[:: max(1, -(-len(places) // 12))]
    axes.set_xticks(some, [_place(panel.x[n]) for n in some])


def _place(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else value


def _short(name: str) -> str:
    return name if len(name) <= LONG else name[: LONG - 1] + "…"


def _steps(panel: Panel, axes: Axes) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    one, wide, known = panel.series[0], np.array(panel.widths), marks.known()
    left, values = np.concatenate([[0.0], np.cumsum(wide)[:-1]]), _numbers(one.figures)
    top = np.nanmax([*values, *_numbers(one.high), 0.0]) or 1.0
    drawn = np.where(np.isnan(values), -DEPTH * top, values)
    looks = [known["costs"], known["saves"]]
    for at, size, value in zip(left, wide, drawn, strict=True):
        axes.bar(at, value, size, align="edge", **_filled(looks[0 if value > 0.0 else 1]))
    if one.low:
        _ends(axes, left + wide / 2.0, one)
    near = 0.02 * wide.sum()
    for n, (x, value) in enumerate(zip(left + wide / 2.0, drawn, strict=True)):
        if wide[n] > near:
            axes.text(x + 0.2 * near, max(value, 0.0), str(n + 1), va="bottom", fontsize=8)
    axes.set_ylim(top=1.1 * top)
    axes.axhline(0.0, color=_ink(), linewidth=0.8)
    axes.set_xlabel(panel.wide)
    axes.set_ylabel(panel.unit)
    keys = [Patch(label=key, **_filled(look)) for key, look in zip(panel.keys, looks, strict=False)]
    names = [
        Line2D([], [], linestyle="none", marker=f"${n + 1}$", color=_ink(), label=_short(str(name)))
        for n, name in enumerate(panel.x)
    ]
    _axis(replace(panel, chart="bars"), axes)
    if np.isnan(values).any():  # the depth of what saves money has no scale
        axes.set_yticks([tick for tick in axes.get_yticks() if 0.0 <= tick <= axes.get_ylim()[1]])
    _legend(axes, _columns(list(map(str, panel.x))), [*keys, *names])


def _ends(axes: Axes, x: Floats, one: Series) -> None:
    """A line from low to high on each column that has a high end; below zero nothing is told."""
    low, high = np.nan_to_num(_numbers(one.low)), _numbers(one.high)
    for at, down, up in zip(x, low, high, strict=True):
        if np.isfinite(up):
            middle = (up + down) / 2.0
            axes.errorbar(at, middle, (up - down) / 2.0, color="black", linewidth=1.2, capsize=3)


def _flows(panel: Panel, axes: Axes) -> None:
    """Flows as bands between two columns of bars, or three where they go on."""
    amounts = np.nan_to_num(np.array([_numbers(one.figures) for one in panel.series]))
    gap = 0.05 * amounts.sum()
    uses = amounts.sum(axis=0)
    left, middle = _stack(amounts.sum(axis=1), gap), _stack(uses, gap)
    colours = [_look(n).colour for n in range(len(amounts))]
    _between(axes, (0.0, left), (1.0, middle), amounts, colours)
    names = [one.name for one in panel.series]
    _nodes(axes, 0.0, left, amounts.sum(axis=1), names, "right", panel.figure)
    ends = list(dict.fromkeys(panel.groups))
    if ends:
        on = np.array([[use * (group == end) for end in ends]
                       for use, group in zip(uses, panel.groups, strict=True)])  # fmt: skip
        right = _stack(on.sum(axis=0), gap)
        _between(axes, (1.0, middle), (2.0, right), on, ["#9a9a9a"] * len(on))
        _nodes(axes, 2.0, right, on.sum(axis=0), ends, "left", panel.figure)
    _nodes(axes, 1.0, middle, uses, [_place(one) for one in panel.x], "left", panel.figure,
           over=bool(ends))  # fmt: skip
    axes.set_xlim(-0.6, 2.5 if ends else 1.6)
    axes.invert_yaxis()
    axes.set_axis_off()
    axes.text(-0.6, -gap / 2.0, f"[{panel.unit}]", fontsize=8, va="bottom")


def _between(
    axes: Axes,
    here: tuple[float, Floats],
    there: tuple[float, Floats],
    amounts: Floats,
    colours: Sequence[str],
) -> None:
    """Bands of all flows from one column of bars to the next."""
    leaving, coming = here[1].copy(), there[1].copy()
    for n, i in np.argwhere(amounts > 0.0):
        size = amounts[n, i]
        _flow(axes, (here[0], there[0]), (leaving[n], coming[i]), size, colours[int(n)])
        leaving[n] += size
        coming[i] += size


def _stack(amounts: Floats, gap: float) -> Floats:
    """Where each of several bars begins, one below the other."""
    return np.concatenate([[0.0], np.cumsum(amounts + gap)[:-1]])


def _flow(
    axes: Axes, x: tuple[float, float], ends: tuple[float, float], size: float, colour: str
) -> None:
    along = np.linspace(0.0, 1.0, 40)
    middle = ends[0] + (ends[1] - ends[0]) * along**2 * (3.0 - 2.0 * along)
    axes.fill_between(
        x[0] + (x[1] - x[0]) * along, middle, middle + size, color=colour, alpha=0.55, linewidth=0.3
    )


def _nodes(
    axes: Axes,
    x: float,
    starts: Floats,
    sizes: Floats,
    names: Sequence[str],
    side: str,
    figure: Callable[[float], str],
    *,
    over: bool = False,
) -> None:
    """Bars of a column with their names, each at least a line below the one before."""
    from matplotlib.patheffects import withStroke

    away = -0.03 if side == "right" else 0.03
    effects = [withStroke(linewidth=2.0, foreground="white")] if over else []
    line, last = 0.045 * (sizes.sum() + 0.05 * sizes.sum() * len(sizes)), -np.inf
    for start, size, name in zip(starts, sizes, names, strict=True):
        axes.plot([x, x], [start, start + size], color=_ink(), linewidth=4.0, solid_capstyle="butt")
        last = max(start + size / 2.0, last + line)
        said = f"{name} {figure(size)}"
        axes.text(x + away, last, said, ha=side, va="center", fontsize=7, path_effects=effects)


def _sides(panel: Panel, axes: Axes) -> None:
    places, known = np.arange(len(panel.x)), marks.known()
    looks = [known["lost"], known["won"]]
    for one, sign, look in zip(panel.series, (-1.0, 1.0), looks, strict=False):
        values = _numbers(one.figures)
        axes.barh(places, sign * np.nan_to_num(values), 0.6, label=one.name, **_filled(look))
        for y, value in enumerate(values.tolist()):
            said = panel.missing if np.isnan(value) else panel.figure(value)
            ha = "right" if sign < 0.0 else "left"
            axes.text(sign * np.nan_to_num(value), y, f" {said} ", ha=ha, va="center", fontsize=8)
    axes.axvline(0.0, color=_ink(), linewidth=0.8)
    axes.set_yticks(places, [_place(one) for one in panel.x])
    axes.set_xticks([])
    axes.set_xlabel(panel.unit)
    most = max((value or 0.0 for one in panel.series for value in one.figures), default=0.0)
    axes.set_xlim(-1.3 * (most or 1.0), 1.3 * (most or 1.0))
    axes.invert_yaxis()
    _legend(axes, 2)


def _pairs(panel: Panel, axes: Axes) -> None:
    """Bars of all series in each place, the first above."""
    places, count = np.arange(len(panel.x)), len(panel.series)
    high = 0.8 / count
    for n, one in enumerate(panel.series):
        values, at = _numbers(one.figures), places - 0.4 + high * (n + 0.5)
        axes.barh(at, np.nan_to_num(values), 0.9 * high, label=one.name, **_filled(_look(n)))
        ends = _numbers(one.high) if one.low else values
        if one.low:
            axes.hlines(at, _numbers(one.low), ends, color="black", linewidth=1.2)
        for y, value, end in zip(at, values, np.nan_to_num(ends), strict=True):
            said = panel.missing if np.isnan(value) else panel.figure(value)
            axes.text(end, y, f" {said}", ha="left", va="center", fontsize=8)
    axes.set_yticks(places, [_place(one) for one in panel.x])
    axes.set_xticks([])
    axes.set_xlabel(panel.unit)
    axes.margins(x=0.15)
    axes.invert_yaxis()
    _legend(axes, count)


_DRAWN: Final[Mapping[str, Callable[[Panel, Axes], Any]]] = {
    "lines": _lines, "areas": _areas, "bars": _bars, "steps": _steps, "flows": _flows,
    "sides": _sides, "pairs": _pairs,
}  # fmt: skip
