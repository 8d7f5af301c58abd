"""A year of each meter, whatever periods it was read in: hours, days, months, bills, years.

Periods told twice count once and overlapping ones are left out, since a kilowatt-hour that counts
twice is worse than one that is missing. A year with small gaps is scaled up by the days it covers;
where there are larger ones, the energy signature of the months that are known makes the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from twin.energy import signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ELECTRICITY: Final = "electricity"
WHOLE_YEAR: Final = (350.0, 380.0)
"""Days that count as a year [d]."""
HOUR: Final = 1.0 / 24.0
MONTHS: Final = 12
SIGNATURE_LEAST: Final = 4
"""Fewest periods that tell a signature [1]."""


class Periods(NamedTuple):
    """Energy of periods of one meter, in order: begin and end [d since 1970, UTC], energy [kWh]."""

    start: Floats
    end: Floats
    energy: Floats

    @property
    def days(self) -> Floats:
        """Length of each period [d]."""
        return self.end - self.start

    def where(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Periods:
        """Some of the periods."""
        return Periods(self.start[kept], self.end[kept], self.energy[kept])


@dataclass
class _Counts:
    """What was left out or made up [1]."""

    impossible: int = 0
    twice: int = 0
    short: int = 0
    gaps: int = 0
    by_signature: int = 0
    empty: int = 0

    def said(self) -> list[str]:
        """Sentences about what is not zero."""
        words = (
            (self.impossible, "Metered values that are missing or below zero, left out: {:,}."),
            (self.twice, "Metered periods that are told twice or overlap others, left out: {:,}."),
            (self.short, "Meters with too short a time to tell a year: {:,}."),
            (self.empty, "Meters that read nothing all year, left out: {:,}."),
            (self.gaps, "Meters with gaps of a few days, scaled up to a year: {:,}."),
            (self.by_signature,
             "Meters of some months that an energy signature makes a year: {:,}."),
        )  # fmt: skip
        return [text.format(count) for count, text in words if count]


def annual(
    rows: pd.DataFrame, warmth: pd.Series | None, figures: Mapping[str, float]
) -> tuple[pd.DataFrame, list[str]]:
    """One yearly value for each building and carrier of heat.

    Parameters
    ----------
    rows
        Table of metered energy: building, carrier, start, end, energy [kWh].
    warmth
        Mean temperature outside by month from 1 [degC]; None if not known.
    figures
        Of energy_fit.csv.

    Returns
    -------
    table
        Columns building, carrier, energy [kWh/a].
    limits
        What was left out or made up, in sentences.
    """
    counts = _Counts()
    rows = rows[rows["carrier"] != ELECTRICITY]
    possible = (rows["energy"] >= 0.0) & np.isfinite(rows["energy"])
    counts.impossible = int((~possible).sum())
    told = rows.loc[possible, ["building", "carrier", "energy"]].assign(
        start=_days(rows.loc[possible, "start"]), end=_days(rows.loc[possible, "end"])
    )
    found = []
    for (building, carrier), part in told.groupby(["building", "carrier"], observed=True):
        value = _of_one(_periods(part), warmth, figures, counts)
        if value is not None:
            found.append((str(building), str(carrier), value))
    table = pd.DataFrame(found, columns=["building", "carrier", "energy"])
    return table.astype({"energy": "float64"}), counts.said()


def _days(times: pd.Series) -> Floats:
    parsed = pd.to_datetime(times, utc=True, format="ISO8601")
    return np.asarray((parsed - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / 86_400.0)


def _periods(part: pd.DataFrame) -> Periods:
    columns = (part[name].to_numpy(dtype=np.float64) for name in ("start", "end", "energy"))
    return Periods(*columns)


def _of_one(
    given: Periods, warmth: pd.Series | None, figures: Mapping[str, float], counts: _Counts
) -> float | None:
    """Yearly energy of one meter [kWh/a]; None if it cannot be told."""
    years = given.where((given.days >= WHOLE_YEAR[0]) & (given.days <= WHOLE_YEAR[1]))
    if len(years.energy):
        last = int(years.end.argmax())
        value = float(years.energy[last] * figures["year.days"] / years.days[last])
    else:
        apart, twice = disjoint(given.where(given.days < WHOLE_YEAR[0]))
        counts.twice += twice
        made = _last_year(apart, figures, counts)
        if made is None:
            made = _by_signature(apart, warmth, figures)
            counts.by_signature += made is not None
        if made is None:
            counts.short += 1
            return None
        value = made
    if not value > 0.0:
        counts.empty += 1
        return None
    return value


def disjoint(given: Periods) -> tuple[Periods, int]:
    """Periods in order without those that overlap others, and how many were left out.

    Of periods that begin together the shortest stays, and of equal ones the last told.
    """
    order = np.lexsort((-np.arange(len(given.start)), given.end, given.start))
    ordered = given.where(order)
    if (ordered.start[1:] >= ordered.end[:-1] - HOUR / 2.0).all():
        return ordered, 0
    kept = np.zeros(len(order), dtype=bool)
    until = -np.inf
    for place in range(len(order)):
        if ordered.start[place] >= until - HOUR / 2.0:
            kept[place], until = True, ordered.end[place]
    return ordered.where(kept), int((~kept).sum())


def _last_year(given: Periods, figures: Mapping[str, float], counts: _Counts) -> float | None:
    """Energy of the last year that periods cover but for small gaps [kWh/a]."""
    if not len(given.energy):
        return None
    length = figures["year.days"]
    # Periods of a year begin a year before its end, give or take half of the first of them.
    inside = given.where(given.start + given.days / 2.0 >= given.end[-1] - length)
    covered, span = float(inside.days.sum()), float(inside.end[-1] - inside.start[0])
    least = figures["year.covered"] * length
    if not (covered >= least and WHOLE_YEAR[0] <= max(span, least) and span <= WHOLE_YEAR[1]):
        return None
    counts.gaps += covered < span - 1.0
    if abs(span - length) < 1.0 and covered >= span - 1.0:
        # Twelve months are a year, be it a leap year or not.
        return float(inside.energy.sum())
    return float(inside.energy.sum() * length / covered)


def _by_signature(
    given: Periods, warmth: pd.Series | None, figures: Mapping[str, float]
) -> float | None:
    """Energy of a usual year by the signature of whole months and longer periods [kWh/a]."""
    if warmth is None or len(warmth) != MONTHS:
        return None
    air = warmth.sort_index().to_numpy(dtype=np.float64)
    whole = _whole_months(given, figures)
    least = max(SIGNATURE_LEAST, int(np.ceil(figures["signature.months"] * 30.0 / _usual(whole))))
    if len(whole.energy) < least:
        return None
    outside = _outside(whole, air)
    own = signature.signature(whole.energy, outside, whole.days)
    return own.energy(air, np.full(MONTHS, figures["year.days"] / MONTHS))


def _usual(given: Periods) -> float:
    """Usual length of periods, a month at least [d]."""
    return max(float(np.median(given.days)), 28.0) if len(given.days) else 28.0


def _whole_months(given: Periods, figures: Mapping[str, float]) -> Periods:
    """Periods from some three weeks on, and calendar months that shorter ones nearly cover."""
    long = given.days >= figures["month.least"]
    short = given.where(~long)
    if not len(short.energy):
        return given.where(long)
    month = _calendar((short.start + short.end) / 2.0).to_period("M")
    table = pd.DataFrame({"energy": short.energy, "days": short.days}).groupby(month).sum()
    first = _day_number(table.index.to_timestamp())
    length = table.index.days_in_month.to_numpy(dtype=np.float64)
    full = (table["days"] / length).to_numpy() >= figures["year.covered"]
    energy = (table["energy"] * length / table["days"]).to_numpy()
    parts = zip(given.where(long), (first[full], (first + length)[full], energy[full]), strict=True)
    joined = Periods(*(np.concatenate(both) for both in parts))
    return joined.where(np.argsort(joined.start, kind="stable"))


def _calendar(days: Floats) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.to_datetime(days, unit="D", origin="unix"))


def _day_number(times: pd.DatetimeIndex) -> Floats:
    return np.asarray((times - pd.Timestamp(0)).total_seconds() / 86_400.0, dtype=np.float64)


def _outside(given: Periods, air: Floats) -> Floats:
    """Mean temperature outside in each period, by the usual temperatures of the months it spans."""
    found = np.empty(len(given.energy))
    for place, (start, end) in enumerate(zip(given.start, given.end, strict=True)):
        days = _calendar(np.arange(start + 0.5, max(end, start + 1.0), 1.0))
        found[place] = air[days.month.to_numpy() - 1].mean()
    return found
