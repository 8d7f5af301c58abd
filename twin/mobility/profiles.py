"""When people travel: periods of the day, their busiest hour, and what they hold of a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS: Final = 24


@dataclass(frozen=True)
class Period:
    """One period of the day, solved for its busiest hour.

    Parameters
    ----------
    name
        morning, midday, evening or night.
    hours : (hours,) int64
        Hours of the day that belong to it.
    busiest
        The hour with most car trips.
    expansion
        Car trips of the period over those of its busiest hour [1]: what one hour's flow is
        multiplied with.
    """

    name: str
    hours: NDArray[np.int64]
    busiest: int
    expansion: float


def names() -> tuple[str, ...]:
    """Periods in the order of the day."""
    return tuple(tables.load("day_periods")["period"])


def hours_of(name: str) -> NDArray[np.int64]:
    """Hours of a period in order of time; a period may run past midnight.

    Parameters
    ----------
    name
        One of `names`.
    """
    row = tables.load("day_periods").set_index("period").loc[name]
    start, end = int(row["start_hour"]), int(row["end_hour"])
    count = (end - start) % HOURS or HOURS
    return (start + np.arange(count, dtype=np.int64)) % HOURS


def by_hour(trips: NDArray[np.float64], hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Trips of a day by the hour in which they begin (24,) [1/h].

    Parameters
    ----------
    trips : (purposes,) [1/d]
        One-way trips, as many out as back.
    hours : (purposes, 2, 24) [1]
        Share of the ways out and of the ways back by hour.
    """
    return np.asarray(0.5 * np.einsum("p,pdh->h", trips, hours))


def periods(trips: NDArray[np.float64], hours: NDArray[np.float64]) -> tuple[Period, ...]:
    """Periods of the day with their busiest hour.

    Parameters
    ----------
    trips : (purposes,) [1/d]
        Car trips.
    hours : (purposes, 2, 24) [1]
        As in `by_hour`.
    """
    made = by_hour(trips, hours)
    return tuple(_period(name, made) for name in names())


def _period(name: str, made: NDArray[np.float64]) -> Period:
    own = hours_of(name)
    busiest = int(own[made[own].argmax()])
    most = float(made[busiest])
    return Period(name, own, busiest, float(made[own].sum()) / most if most > 0.0 else 0.0)
