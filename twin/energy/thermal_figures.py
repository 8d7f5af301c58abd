"""Figures of a zone's year, whatever model worked out its hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import bare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

HOUR: Final = 3600.0

HEAT, COOL, COLDEST, MEAN, WARMEST, PEAK_HEAT, PEAK_COOL, WARM_HOURS = range(8)
SUN, GAINS, AIR, OUTSIDE, STORED, RESIDUAL = range(8, 14)
FIGURES: Final = 14
"""Columns of the result: energies [J], temperatures [degC], peaks [W], hours, parts of the balance
[J]: sunlight absorbed, gains, exchange of air, at outside surfaces, stored; what does not close."""

SUMS: Final = (HEAT, COOL, GAINS, AIR, OUTSIDE)
"""Columns that are summed as powers over the hours [W h] and then turned into energy."""


@bare
def digest(
    told: Floats, months: Whole, limit: Floats, row: Floats, by_month: Floats, kept: Floats
) -> None:
    """Figures of a zone from its hours.

    Parameters
    ----------
    told : (3, hours)
        Heat (above 0) or cold [W], air and operative temperature [degC].
    months : (hours,)
        0 to 11.
    limit : (hours,)
        Operative temperature above which an hour is too warm [degC].
    row : (`FIGURES`,)
        Written: all but the parts of the balance; energies still as powers summed over hours.
    by_month : (2, 12)
        Added to: heat and cold of each month [J].
    kept : (3, hours or 0)
        Written if there is room: heat and cold [W], air temperature [degC].
    """
    hours = told.shape[1]
    heats, colds, mean, warm = 0.0, 0.0, 0.0, 0.0
    most_heat, most_cold, coldest, warmest = 0.0, 0.0, np.inf, -np.inf
    for t in range(hours):
        heat, cold, air = max(told[0, t], 0.0), max(-told[0, t], 0.0), told[1, t]
        heats += heat
        colds += cold
        mean += air
        most_heat, most_cold = max(most_heat, heat), max(most_cold, cold)
        coldest, warmest = min(coldest, air), max(warmest, air)
        warm += 1.0 if told[2, t] > limit[t] else 0.0
        by_month[0, months[t]] += heat * HOUR
        by_month[1, months[t]] += cold * HOUR
    row[HEAT], row[COOL], row[MEAN], row[WARM_HOURS] = heats, colds, mean / hours, warm
    row[PEAK_HEAT], row[PEAK_COOL] = most_heat, most_cold
    row[COLDEST], row[WARMEST] = coldest, warmest
    for t in range(kept.shape[1]):
        kept[0, t], kept[1, t] = max(told[0, t], 0.0), max(-told[0, t], 0.0)
        kept[2, t] = told[1, t]


@bare
def closed(row: Floats) -> float:
    """What does not close in the balance of a year [J]: sources less cold and what is stored."""
    found = row[HEAT] + row[SUN] + row[GAINS] + row[AIR] + row[OUTSIDE]
    return float(found - row[COOL] - row[STORED])
