"""Hourly shapes of electricity and hot water in a year of local clock time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from layers import tables

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

VDEW: Final = (
    "Meier, H., Fünfgeld, C., Adam, T., Schieferdecker, B. (1999). Repräsentative "
    "VDEW-Lastprofile. VDEW, Frankfurt am Main."
)
JORDAN: Final = (
    "Jordan, U., Vajen, K. (2001). Realistic domestic hot-water profiles in different time scales. "
    "IEA Solar Heating and Cooling Task 26, Universität Marburg."
)
CITATIONS: Final = (VDEW, JORDAN)

CLOCK: Final = [f"h{hour:02d}" for hour in range(24)]
SEASON_STARTS: Final = ((321, "transition"), (515, "summer"), (915, "transition"), (1101, "winter"))
"""Month and day, as one number, on which a season of the VDEW begins."""
SATURDAY, SUNDAY = 5, 6
ALWAYS: Final = "all"
PER_KILO: Final = 1000.0


@dataclass(frozen=True)
class Shapes:
    """Shapes of a year.

    Parameters
    ----------
    power : (kinds, steps)
        Power by yearly energy [W / (kWh/a)].
    names
        Of the kinds.
    """

    power: Floats
    names: tuple[str, ...]

    def number(self, uses: pd.Series, column: str) -> NDArray[np.int64]:
        """Number of the shape of each use.

        Parameters
        ----------
        uses
            Uses of energy_use_hours.csv.
        column
            electricity or hot_water.
        """
        rows = tables.load("energy_use_hours").set_index("use")[column]
        place = {name: number for number, name in enumerate(self.names)}
        found: NDArray[np.int64] = uses.map(rows).map(place).to_numpy().astype(np.int64)
        return found


def of_times(local: pd.DatetimeIndex) -> Shapes:
    """Shapes of hours, each with a sum of one kilowatt-hour.

    Parameters
    ----------
    local
        Begin of each hour by the local clock.
    """
    rows = tables.load("energy_hours").set_index(["profile", "season", "day"])[CLOCK]
    names = tuple(dict.fromkeys(rows.index.get_level_values("profile")))
    season, day = _seasons(local), _days(local)
    found = np.empty((len(names), len(local)))
    for number, name in enumerate(names):
        own = rows.loc[name]
        table = {key: values.to_numpy(dtype=np.float64) for key, values in own.iterrows()}
        alone = all(key[0] == ALWAYS for key in table)
        for key in set(zip(season, day, strict=True)):
            hit = (season == key[0]) & (day == key[1])
            found[number, hit] = table[(ALWAYS, key[1]) if alone else key][local.hour[hit]]
    return Shapes(PER_KILO * found / found.sum(axis=1, keepdims=True), names)


def steady(hours: Floats) -> Shapes:
    """Shapes of steps without a day: power is the same all year.

    Parameters
    ----------
    hours
        Length of each step [h].
    """
    names = tuple(dict.fromkeys(tables.load("energy_hours")["profile"]))
    return Shapes(np.full((len(names), len(hours)), PER_KILO / hours.sum()), names)


def _seasons(local: pd.DatetimeIndex) -> NDArray[np.object_]:
    dates = (local.month * 100 + local.day).to_numpy()
    found = np.full(len(local), "winter", dtype=object)
    for start, name in SEASON_STARTS:
        found[dates >= start] = name
    return found


def _days(local: pd.DatetimeIndex) -> NDArray[np.object_]:
    day = local.day_of_week.to_numpy()
    found = np.full(len(local), "workday", dtype=object)
    found[day == SATURDAY] = "saturday"
    found[day == SUNDAY] = "sunday"
    return found
