"""A hand-made town for tests of travel demand: zones in a row, skims of plain speeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.mobility.choice import MODES, Skims

if TYPE_CHECKING:
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
