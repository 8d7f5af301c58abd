"""Classes and colours of a map: the same breaks in every view, readable by the colour-blind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLASSES = 6
"""Classes of a sequential legend [1]; five to seven can be told apart."""
CHANGE_CLASSES = 7
"""Classes of a diverging legend, the middle one being 'no noticeable change' [1]."""


@dataclass(frozen=True)
class Classes:
    """A legend: ascending inner breaks and one colour more than breaks.

    Parameters
    ----------
    breaks
        Ascending inner class limits, in the unit of the column; a value equal to a limit
        belongs to the upper class.
    colours
        ``#rrggbb`` per class, one more than `breaks`.
    """

    breaks: tuple[float, ...]
    colours: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.colours) != len(self.breaks) + 1:
            raise ValueError(f"{len(self.breaks)} breaks need {len(self.breaks) + 1} colours")

    def counts(self, values: NDArray[np.float64]) -> list[int]:
        """Finite values per class."""
        present = values[np.isfinite(values)]
        numbers = np.searchsorted(np.asarray(self.breaks), present, side="right")
        return [int(n) for n in np.bincount(numbers, minlength=len(self.colours))]


def colours(palette: str, count: int, *, reverse: bool = False) -> tuple[str, ...]:
    """Evenly spaced colours of a palette of ``palettes.csv``, as ``#rrggbb``."""
    rows = tables.load("palettes", "twin.data")
    rows = rows[rows["palette"] == palette]
    anchors = np.array([_rgb(text) for text in rows["colour"]])
    places = np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.5])
    mixed = [np.interp(places, rows["position"], anchors[:, band]) for band in range(3)]
    found = ["#" + "".join(f"{round(v):02x}" for v in rgb) for rgb in zip(*mixed, strict=True)]
    return tuple(found[::-1] if reverse else found)


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def round_nice(value: float, digits: int = 2) -> float:
    """Round to significant digits, so that a legend can be read aloud."""
    if value == 0 or not np.isfinite(value):
        return float(value)
    return float(f"{value:.{digits}g}")


def sequential(
    values: NDArray[np.float64],
    palette: str,
    breaks: tuple[float, ...] | None = None,
    *,
    reverse: bool = False,
) -> Classes:
    """Classes of a quantity, by given breaks or by quantiles of the pooled views.

    Parameters
    ----------
    values : (n,)
        Values of all views together; NaN allowed.
    palette
        Name in ``palettes.csv``.
    breaks
        Fixed inner limits; None takes quantiles rounded to two digits.
    reverse
        Begin with the palette's end.
    """
    if breaks is None:
        breaks = _quantile_breaks(values[np.isfinite(values)])
    return Classes(breaks, colours(palette, len(breaks) + 1, reverse=reverse))


def _quantile_breaks(present: NDArray[np.float64]) -> tuple[float, ...]:
    if not present.size:
        return ()
    inner = np.quantile(present, np.linspace(0, 1, CLASSES + 1)[1:-1])
    nice = sorted({round_nice(float(value)) for value in inner})
    return tuple(value for value in nice if present.min() < value <= present.max())


def noticeable(table: str, column: str, decimals: int) -> float:
    """Smallest change of a figure that people notice, of noticeable.csv, in the unit of the column.

    Parameters
    ----------
    table, column
        Whose figure it is; the row that fits the longest beginning of the column counts.
    decimals
        Half of the last decimal printed counts where no row does [1].
    """
    rows = tables.load("noticeable", "twin.data")
    fits = rows[(rows["table"] == table) & rows["column"].map(column.startswith)]
    if fits.empty:
        return float(0.5 * 10.0**-decimals)
    return float(fits.loc[fits["column"].str.len().idxmax(), "least"])


def diverging(
    change: NDArray[np.float64],
    decimals: int,
    *,
    reverse: bool = False,
    least: float | None = None,
) -> Classes:
    """Classes of a change, symmetric about 'no noticeable change'.

    The middle class holds what nobody notices; the outer limits are terciles of the absolute
    changes beyond it.

    Parameters
    ----------
    change : (n,)
        After minus before; NaN allowed.
    decimals
        Decimals with which the column is printed [1].
    reverse
        Blue for more instead of blue for less: for columns where more is better.
    least
        Smallest change that is noticed, in the unit of the column; what does not round to zero at
        the printed decimals if None.
    """
    edge = 0.5 * 10.0**-decimals if least is None else least
    size = np.abs(change[np.isfinite(change)])
    size = size[size >= edge]
    outer = np.quantile(size, [1 / 3, 2 / 3]) if size.size else np.array([])
    limits = sorted({edge, *(round_nice(float(v)) for v in outer if round_nice(float(v)) > edge)})
    breaks = tuple([-value for value in reversed(limits)] + limits)
    palette = colours("vik", CHANGE_CLASSES, reverse=reverse)
    middle, half = CHANGE_CLASSES // 2, len(limits)
    chosen = [*palette[:half], "#d9d9d9", *palette[CHANGE_CLASSES - half :]]
    assert middle >= half
    return Classes(breaks, tuple(chosen))
