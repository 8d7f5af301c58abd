"""Deaths prevented by more walking and cycling, in the form of WHO HEAT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODES: Final = ("walk", "bicycle", "ebike")
"""Modes whose minutes count; e-bikes count as bicycles of less effort."""
DAYS_PER_WEEK = 7.0
PER_PEOPLE = 1e5
"""Mortality is given for so many people [people]."""
ANYWHERE: Final = "*"
UPPER = 0.9
"""Percentile of the upper end of every range here; the lower end mirrors it [1]."""

CITATIONS: Final = (
    (
        "Kelly and others 2014, Systematic review and meta-analysis of reduction in all-cause "
        "mortality from walking and cycling and shape of dose response relationship, International "
        "Journal of Behavioral Nutrition and Physical Activity 11:132."
    ),
    (
        "Kahlmeier and others 2017, Health economic assessment tool (HEAT) for walking and for "
        "cycling: methods and user guide, WHO Regional Office for Europe."
    ),
)
LIMITS: Final = (
    (
        "Health counts deaths of adults only, from walking and cycling alone: no illness, no air "
        "that people breathe on the way, no crashes."
    ),
    (
        "The risk falls in proportion to the minutes up to a bound, as in WHO HEAT, at once and "
        "not over years."
    ),
    "Minutes are taken to be spread evenly over the residents of a zone.",
    "Mortality of adults and the shares of adults are assumed figures of the country.",
)


@dataclass(frozen=True)
class Figure:
    """A figure with its 10th and 90th percentile.

    Parameters
    ----------
    value, low, high
        In the unit of the table.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class HealthRun:
    """What a change of walking and cycling does.

    Parameters
    ----------
    frame
        Index of the zones. deaths_prevented [1/a] and health_value [EUR/a]; negative where people
        walk and cycle less.
    totals
        Index deaths_prevented, health_value. value, low and high (10th and 90th percentile).
    counts
        capped: zones where the greatest reduction is reached [1].
    limits, citations
        What the model cannot see, and its sources.
    """

    frame: pd.DataFrame
    totals: pd.DataFrame
    counts: dict[str, float]
    limits: tuple[str, ...]
    citations: tuple[str, ...]


def parameters(country: str) -> dict[str, Figure]:
    """Figures of health by key, each with its 10th and 90th percentile.

    Published 95 % intervals are brought to the 10th and 90th percentile as those of a normal
    distribution, each side by itself.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code; rows for everywhere where it has none.
    """
    rows = tables.load("health")
    own = rows[rows["country"].isin([country, ANYWHERE])]
    own = own.sort_values("country", key=lambda c: c.eq(country)).drop_duplicates(
        "key", keep="last"
    )
    return {str(row.key): _figure(row.value, row.low, row.high, row.interval)
            for row in own.itertuples()}  # fmt: skip


def _figure(value: float, low: float, high: float, interval: float) -> Figure:
    if np.isnan(interval):
        return Figure(value, value, value)
    shrink = float(norm.ppf(UPPER) / norm.ppf(0.5 + 0.5 * interval))
    return Figure(value, value - shrink * (value - low), value + shrink * (high - value))


def reduction(volume: Floats, mode: str, figures: Mapping[str, Figure]) -> Floats:
    """Lower risk of death at a weekly volume [1]: in proportion to it, up to a bound.

    Parameters
    ----------
    volume
        Time that a person walks or cycles [min/week].
    mode
        walk or bicycle.
    figures
        Of `parameters`.
    """
    gain = figures[f"{mode}.reduction"].value * volume / figures[f"{mode}.volume"].value
    return np.minimum(gain, figures[f"{mode}.most"].value)


def prevented(
    minutes: Mapping[str, Floats], people: Floats, figures: Mapping[str, Figure]
) -> dict[str, Floats]:
    """Deaths a year that the walking and cycling of a population prevents, against none [1/a].

    Parameters
    ----------
    minutes
        By mode (walk, bicycle, ebike): time of all residents of a zone together (zones,) [min/d].
    people : (zones,)
        Residents.
    figures
        Of `parameters`.

    Returns
    -------
    deaths
        By walk and bicycle, each (zones,).
    """
    none = np.zeros_like(people)
    ridden = minutes.get("bicycle", none) + figures["ebike.effort"].value * minutes.get(
        "ebike", none
    )
    found = {}
    for mode, total in (("walk", minutes.get("walk", none)), ("bicycle", ridden)):
        each = np.divide(total, people, out=np.zeros_like(people), where=people > 0.0)
        adults = people * figures[f"{mode}.adults"].value
        deaths = adults * figures[f"{mode}.mortality"].value / PER_PEOPLE
        found[mode] = deaths * reduction(each * DAYS_PER_WEEK, mode, figures)
    return found


def run(
    before: Mapping[str, Floats],
    after: Mapping[str, Floats],
    people: pd.Series,
    figures: Mapping[str, Figure],
) -> HealthRun:
    """Deaths prevented by a modelled change of walking and cycling, and their value.

    Parameters
    ----------
    before, after
        By mode (walk, bicycle, ebike): time of all residents of a zone together (zones,) [min/d].
    people
        Residents by zone.
    figures
        Of `parameters`.

    Raises
    ------
    ValueError
        If minutes are negative or not finite, or a mode is unknown.
    """
    residents = people.to_numpy(np.float64)
    for given in (before, after):
        _refuse(given, residents)
    first, then = (prevented(given, residents, figures) for given in (before, after))
    gained = {mode: then[mode] - first[mode] for mode in then}
    deaths = np.asarray(sum(gained.values(), np.zeros_like(residents)))
    value = deaths * figures["death.value"].value
    frame = pd.DataFrame({"deaths_prevented": deaths, "health_value": value}, index=people.index)
    return HealthRun(
        frame=frame,
        totals=totals({mode: float(part.sum()) for mode, part in gained.items()}, figures),
        counts={"capped": float(_capped(after, residents, figures))},
        limits=LIMITS,
        citations=CITATIONS,
    )


def _refuse(minutes: Mapping[str, Floats], people: Floats) -> None:
    unknown = sorted(set(minutes) - set(MODES))
    if unknown:
        raise ValueError(f"unknown modes: {', '.join(unknown)}")
    for mode, values in minutes.items():
        if values.shape != people.shape or not np.isfinite(values).all() or (values < 0.0).any():
            raise ValueError(f"minutes of {mode} are negative, not finite, or not one per zone")


def _capped(minutes: Mapping[str, Floats], people: Floats, figures: Mapping[str, Figure]) -> int:
    found = prevented(minutes, people, figures)
    at_most = {
        mode: people * figures[f"{mode}.adults"].value * figures[f"{mode}.mortality"].value
        / PER_PEOPLE * figures[f"{mode}.most"].value
        for mode in found
    }  # fmt: skip
    full = [(found[mode] >= at_most[mode]) & (people > 0.0) for mode in found]
    return int(np.any(full, axis=0).sum())


def totals(gained: Mapping[str, float], figures: Mapping[str, Figure]) -> pd.DataFrame:
    """Sums with the range that independent errors of the figures give to the first order.

    Parameters
    ----------
    gained
        Deaths prevented by walk and bicycle, or by one of them [1/a].
    figures
        Of `parameters`.

    Returns
    -------
    pandas.DataFrame
        Index deaths_prevented [1/a], health_value [EUR/a]; value, low and high.
    """
    deaths = sum(gained.values())
    value = deaths * figures["death.value"].value
    down, up = _range(gained, figures)
    price = figures["death.value"]
    cheap, dear = _relative(price)
    return pd.DataFrame.from_dict(
        {
            "deaths_prevented": {"value": deaths, "low": deaths - down, "high": deaths + up},
            "health_value": {
                "value": value,
                "low": value - price.value * float(np.hypot(down, deaths * cheap)),
                "high": value + price.value * float(np.hypot(up, deaths * dear)),
            },
        },
        orient="index",
    )


def _range(gained: Mapping[str, float], figures: Mapping[str, Figure]) -> tuple[float, float]:
    """Distance of the 10th and 90th percentile of the deaths [1/a]: walking and cycling err alone."""
    down = up = 0.0
    for mode, part in gained.items():
        for name in ("reduction", "mortality", "adults"):
            low, high = _relative(figures[f"{mode}.{name}"])
            down += (part * low) ** 2
            up += (part * high) ** 2
    return float(np.sqrt(down)), float(np.sqrt(up))


def _relative(figure: Figure) -> tuple[float, float]:
    return (figure.value - figure.low) / figure.value, (figure.high - figure.value) / figure.value
