"""A hand-made town for tests of travel demand: zones in a row, skims of plain speeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.mobility.choice import MODES, Skims

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

SPEED = dict(zip(MODES, (5.0, 15.0, 20.0, 20.0, 30.0, 30.0), strict=True))
"""Speed of each mode [km/h]."""
START = dict(zip(MODES, (0.0, 1.0, 1.0, 8.0, 3.0, 3.0), strict=True))
"""Minutes before a trip gets going."""


def lengths(count: int, gap: float = 1.0) -> NDArray[np.float64]:
    """Zones in a row, so many kilometres apart; a trip inside one is half a kilometre [km]."""
    place = np.arange(count) * gap
    return np.abs(place[:, None] - place[None, :]) + 0.5


def skims(length: NDArray[np.float64], modes: tuple[str, ...] = MODES) -> Skims:
    """Times of plain speeds; a ticket costs 1.5 EUR, a kilometre by car 0.14 EUR."""
    time = {mode: START[mode] + length / SPEED[mode] * 60.0 for mode in modes}
    cost = {"transit": np.full_like(length, 1.5), "car_driver": 0.14 * length}
    return Skims(time, dict.fromkeys(modes, length), {m: c for m, c in cost.items() if m in modes})


def zones(count: int) -> pd.DataFrame:
    """Zones whose people and jobs all differ."""
    order = np.arange(count, dtype=np.float64)
    rows = {"people": 100.0 + 10.0 * order, "jobs": 80.0 - 5.0 * order}
    return pd.DataFrame(rows, index=pd.Index([f"z{n}" for n in range(count)], dtype="str"))


def as_crow_flies(zones: gpd.GeoDataFrame, modes: tuple[str, ...]) -> Skims:
    """Skims on plain speeds over the straight line and a detour of 1.3."""
    centre = zones.geometry.centroid
    x, y = centre.x.to_numpy(), centre.y.to_numpy()
    far = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    np.fill_diagonal(far, 0.5 * np.sqrt(zones.geometry.area.to_numpy()))
    return skims(far / 1000.0 * 1.3, modes)


def slopes(
    shares: NDArray[np.float64],
    weight: NDArray[np.float64],
    nests: NDArray[np.int64],
    scales: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How summed trips by mode change with the constants (alternatives, alternatives) [1/d].

    Parameters
    ----------
    shares : (alternatives, pairs) [1]
        Of a nested logit.
    weight : (pairs,) [1/d]
        Trips.
    nests, scales
        As in `nest_logsums`.
    """
    carried = shares * weight
    slope = np.diag(carried.sum(axis=1)) - carried @ shares.T
    for nest, scale in enumerate(scales):
        own = np.flatnonzero(nests == nest)
        total = shares[own].sum(axis=0)
        within = np.divide(shares[own], total, out=np.zeros_like(shares[own]), where=total > 0.0)
        extra = np.diag(carried[own].sum(axis=1)) - carried[own] @ within.T
        slope[np.ix_(own, own)] += (1.0 / scale - 1.0) * extra
    return slope
