"""When a turn restriction holds, from its condition as tagged in OpenStreetMap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
WORKING: Final = frozenset(range(5))
"""Numbers of the days that an ordinary day stands for."""

MINUTES: Final = 60
DAY: Final = 24 * MINUTES
NOT: Final = "not "
CLOCK: Final = r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}"
WEEK: Final = "|".join(DAYS)
CLAUSE: Final = re.compile(
    rf"(?P<days>(?:{WEEK})(?:\s*[-,]\s*(?:{WEEK}))*)?\s*(?P<times>{CLOCK}(?:\s*,\s*{CLOCK})*)?"
)
HOLIDAY: Final = re.compile(r"(?:PH|SH)\s+off")
"""Clause on holidays, which an ordinary day is not."""


def share(text: str, hours: NDArray[np.int64]) -> float | None:
    """Part of some hours of an ordinary working day in which a condition is met [1].

    Parameters
    ----------
    text
        Condition: days of the week and times of the day, clauses parted by semicolons, as in
        ``Mo-Fr 07:00-09:00,16:00-18:00``; after ``not``, when it is not met.
    hours : (hours,) int64
        Hours of the day, 0..23.

    Returns
    -------
    float
        0 where it is about other days; None where it speaks of anything else.
    """
    there = np.zeros(DAY, np.bool_)
    for clause in text.removeprefix(NOT).split(";"):
        words = clause.strip()
        if not words or HOLIDAY.fullmatch(words):
            continue
        found = CLAUSE.fullmatch(words)
        if found is None:
            return None
        if found["days"] is None or _working(found["days"]):
            there |= _times(found["times"])
    own = there.reshape(-1, MINUTES)[hours]
    met = float(own.mean()) if own.size else 0.0
    return 1.0 - met if text.startswith(NOT) else met


def _working(text: str) -> bool:
    """Whether most working days are among the days."""
    days: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, *rest = (DAYS.index(name) for name in part.split("-"))
        last = rest[0] if rest else first
        days |= {(first + step) % len(DAYS) for step in range((last - first) % len(DAYS) + 1)}
    return 2 * len(days & WORKING) > len(WORKING)


def _times(text: str | None) -> NDArray[np.bool_]:
    """Minutes of the day that lie in the spans of time; all if none is named."""
    there = np.full(DAY, text is None)
    for span in (text or "").split(",") if text else ():
        start, end = (_minute(clock) for clock in span.split("-"))
        inside = np.arange(DAY)
        there |= (
            (inside >= start) & (inside < end)
            if start < end
            else (inside >= start) | (inside < end)
        )
    return there


def _minute(clock: str) -> int:
    hour, minute = clock.strip().split(":")
    return int(hour) * MINUTES + int(minute)
