"""The hour that stands for public transport: when its own timetable runs most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SECONDS_PER_HOUR: Final = 3600
HOURS: Final = 24
TWICE: Final = 2


class ServiceHour(NamedTuple):
    """An hour of a service day.

    Parameters
    ----------
    start
        Its beginning, after noon minus 12 hours of the day [h].
    departures
        From all stops in it [1].
    morning
        Whether it lies in the morning.
    """

    start: int
    departures: int
    morning: bool

    @property
    def window(self) -> tuple[int, int]:
        """First and last departure [s]."""
        return self.start * SECONDS_PER_HOUR, (self.start + 1) * SECONDS_PER_HOUR

    @property
    def sentence(self) -> str:
        """What a reader must know."""
        when = f"{self.start}:00 to {self.start + 1}:00"
        if self.morning:
            return (
                f"Journeys by public transport begin from {when}, the busiest hour of its morning."
            )
        return (
            f"Journeys by public transport begin from {when}, the busiest hour of the timetable: in "
            "the morning it runs far less, so that people's choice in the morning rests on another "
            "hour."
        )


def departures_by_hour(calls: pd.DataFrame) -> NDArray[np.int64]:
    """Departures from stops in each hour of a service day, two days long (hours,) [1].

    The last call of a trip is an arrival and does not count.

    Parameters
    ----------
    calls
        Rows of the City table transit_times, of the trips that run on the day.
    """
    order = calls.sort_values(["trip", "sequence"], kind="stable")
    leaves = (order["trip"] == order["trip"].shift(-1)).to_numpy()
    hour = order["departure"].to_numpy()[leaves] // SECONDS_PER_HOUR
    return np.bincount(np.clip(hour, 0, TWICE * HOURS - 1), minlength=TWICE * HOURS)


def busiest(
    departures: NDArray[np.int64], morning: NDArray[np.int64], *, share: float
) -> ServiceHour:
    """The busiest hour of the morning if enough runs in it, else the busiest of the day.

    Parameters
    ----------
    departures : (hours,)
        Of `departures_by_hour`.
    morning
        Hours of the morning.
    share
        Departures over those of the busiest hour from which on enough runs [1].
    """
    most = int(np.argmax(departures))
    early = int(morning[np.argmax(departures[morning])])
    enough = departures[early] > 0 and departures[early] >= share * departures[most]
    chosen = early if enough else most
    return ServiceHour(chosen, int(departures[chosen]), bool(np.isin(chosen, morning)))
