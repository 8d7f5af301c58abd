"""Missing hours: short gaps are filled by a stated rule and flagged, long ones are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def longest(missing: NDArray[np.bool_], *, cyclic: bool) -> tuple[int, int]:
    """Length of the longest run of missing hours and where it begins.

    Parameters
    ----------
    missing : (hours,)
        Which hours have no value.
    cyclic
        Whether the last hour is followed by the first, as in a typical year.

    Returns
    -------
    length, begin
        [h], position [1]; 0, 0 if nothing is missing.
    """
    if missing.all():
        return len(missing), 0
    shift = int(np.argmin(missing)) if cyclic else 0
    edges = np.diff(np.roll(missing, -shift).astype(np.int8), prepend=0, append=0)
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(begins):
        return 0, 0
    widest = int(np.argmax(ends - begins))
    begin = (int(begins[widest]) + shift) % len(missing)
    return int((ends - begins)[widest]), begin


def linear(values: Floats, *, cyclic: bool) -> Floats:
    """Fill missing hours on the straight line between their neighbours.

    At the ends of a year that is no cycle the nearest value is held.

    Parameters
    ----------
    values : (hours,)
        Not a number where missing.
    cyclic
        As in `longest`.
    """
    hours, known = np.arange(len(values), dtype=np.float64), np.isfinite(values)
    period = float(len(values)) if cyclic else None
    return np.where(known, values, np.interp(hours, hours[known], values[known], period=period))


def by_sun(values: Floats, outside: Floats, *, cyclic: bool) -> Floats:
    """Fill missing irradiance by the share of what falls in outside the atmosphere.

    The share is known where there is sun, and runs on a straight line through the night.

    Parameters
    ----------
    values, outside : (hours,) [W m-2]
        Irradiance, and the same without an atmosphere; 0 at night.
    cyclic
        As in `longest`.
    """
    missing, lit = ~np.isfinite(values), outside > 0
    if not (lit & ~missing).any():
        return np.where(missing, 0.0, values)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(lit & ~missing, values / outside, np.nan)
    return np.where(missing, linear(share, cyclic=cyclic) * outside, values)
