"""Load of a town in each hour of a year: a few sums of its houses, none of which tells of one house."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.energy import delivery_kernel as kernel
from twin.energy.delivery import ENDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.energy.delivery import Delivery

    Floats = NDArray[np.float64]

TABLE: Final = "hourly_load"
"""Name of the table."""
LEAST: Final = 5
"""Fewest houses behind a sum that is told [1]."""
GRID, MADE, SOLD, HEAT = "grid", "solar|made", "solar|sold", "heat"
"""Electricity from the grid (a bar and the end use follow), of own modules, back into the grid;
heat of rooms and water."""
REST: Final = "other"
HOUR: Final = np.timedelta64(1, "h")


def hours(found: Delivery, times: pd.DatetimeIndex) -> pd.DataFrame:
    """Load of all houses that count, by series.

    End uses of fewer than `LEAST` houses join the electricity of appliances, which is then called
    other; what else fewer houses have is not told.

    Parameters
    ----------
    found
        Of `delivery.year`, over hours.
    times
        Local time at the begin of each hour, without a time zone.

    Returns
    -------
    DataFrame
        Columns series, month (1 to 12), hour (from midnight of the first day on, local time, which
        skips and repeats one where clocks change), power [kW]; empty where too few houses count.
    """
    rows = _told(found)
    if not rows:
        return pd.DataFrame()
    hour = ((times - times[0].normalize()) / HOUR).to_numpy().astype(np.int32)
    steps = len(times)
    return pd.DataFrame(
        {
            "series": pd.Categorical(np.repeat(list(rows), steps), categories=list(rows)),
            "month": np.tile(times.month.to_numpy().astype(np.int8), len(rows)),
            "hour": np.tile(hour, len(rows)),
            "power": np.concatenate(list(rows.values())).astype(np.float32),
        }
    )


def _told(found: Delivery) -> dict[str, Floats]:
    """Series that enough houses are behind."""
    counted = found.figures[found.homes.numbers[:, kernel.COUNTED] > 0]
    heat = counted[:, [kernel.HEAT, kernel.WATER]].sum(axis=1)
    rows = _ends(found.load, counted[:, kernel.BOUGHT : kernel.BOUGHT + kernel.ENDS])
    if (counted[:, kernel.MADE] > 0.0).sum() >= LEAST:
        rows[MADE] = found.load[kernel.LOAD_MADE]
        if (counted[:, kernel.SOLD] > 0.0).sum() >= LEAST:
            rows[SOLD] = found.load[kernel.LOAD_SOLD]
    if (heat > 0.0).sum() >= LEAST:
        rows[HEAT] = found.load[kernel.LOAD_HEAT]
    return rows


def _ends(load: Floats, bought: Floats) -> dict[str, Floats]:
    """Electricity from the grid by end use, those of few houses together with appliances."""
    several = (bought > 0.0).sum(axis=0)
    if several[-1] < LEAST:
        return {}
    last = len(ENDS) - 1
    few = [n for n in range(last) if 0 < several[n] < LEAST]
    rows = {f"{GRID}|{ENDS[n]}": load[n] for n in range(last) if several[n] >= LEAST}
    rest = load[[*few, last]].sum(axis=0, dtype=np.float64)
    return {**rows, f"{GRID}|{REST if few else ENDS[last]}": rest}
