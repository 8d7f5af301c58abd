"""Tables of charts that a load in each hour of a year makes: typical days, durations, own sun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.energy.town_load import GRID, HEAT, MADE, SOLD, TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURS: Final = 24
"""Hours of a day [h]."""
POINTS: Final = 100
"""Points of a duration curve [1]."""
BAND: Final = (10, 90)
"""Shares of days that stay below the ends of a band [%]."""
QUARTERS: Final = ("months_12_2", "months_3_5", "months_6_8", "months_9_11")
"""Seasons by their months, which hold on either side of the equator."""
MEGA: Final = 1e3
"""Kilowatt-hours of a megawatt-hour [1]."""
FINE: Final = 3
"""Significant digits that a published sum keeps: a single house cannot be read from it [1]."""


def rounded(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Sums to a thousandth of the largest, so that no single house can be read from them.

    Parameters
    ----------
    frame
        Table.
    columns
        Of it, in one unit.
    """
    largest = max((float(frame[name].abs().max()) for name in columns if len(frame)), default=0.0)
    if not largest > 0.0:
        return frame
    decimals = FINE - 1 - int(np.floor(np.log10(largest)))
    return frame.assign(**{name: frame[name].round(decimals) for name in columns})


def with_loads(given: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables, with those that a table ``hourly_load`` makes; what is given itself stays.

    Parameters
    ----------
    given
        Name to table.
    """
    return {**loads_of(given), **given}


def loads_of(given: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What a table ``hourly_load`` makes, if it is among the tables given.

    Parameters
    ----------
    given
        Name to table.
    """
    return loads(given[TABLE]) if TABLE in given else {}


def coldest(found: Mapping[str, pd.DataFrame]) -> str:
    """The season in which most heat is needed, one of `QUARTERS`.

    Parameters
    ----------
    found
        Of `loads`; the first season counts where no heat is told by season.
    """
    heat = found.get("heat_day", pd.DataFrame({"series": [], "power": []}))
    mean = heat.groupby(heat["series"].astype(str).str.split("|").str[-1])["power"].mean()
    known = mean.reindex(QUARTERS).dropna()
    return str(known.idxmax()) if len(known) else QUARTERS[0]


def beside(
    runs: Mapping[str, Mapping[str, pd.DataFrame]], table: str, *series: str
) -> pd.DataFrame:
    """Some series of a table in several runs, each under its own name and that of the run.

    Parameters
    ----------
    runs
        Name to the tables of a run.
    table
        Name of the table.
    series
        Names that it holds; what a run lacks is left out.
    """
    parts = [
        made[table][made[table]["series"] == one].assign(series=f"{one}|{name}")
        for one in series
        for name, made in runs.items()
        if table in made
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def loads(hourly: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Typical days, durations and own sun of a load told for each hour of a year.

    Parameters
    ----------
    hourly
        Columns series, hour (from 0 on, local time), power [kW], and month where seasons are told
        apart. Series ``grid|...`` add up to electricity from the grid, by end use; ``solar|made``
        and ``solar|sold`` are own modules, ``heat`` is heat; any other is shown as it is.

    Returns
    -------
    dict
        ``typical_day`` and ``heat_day``: series, hour, power, p10, p90 over the days;
        ``day_uses``: series, hour, power; ``load_duration``: series, hours (in which the load is
        at least so large), power, in `POINTS` points; ``solar_months``: month, series, energy
        [MWh]. What the load does not tell is left out.
    """
    wide = _wide(hourly)
    ends = [name for name in wide if name.startswith(f"{GRID}|")]
    sums = {GRID: wide[ends].sum(axis=1)} if ends else {}
    plain = {name: wide[name] for name in wide if name not in {*ends, MADE}}
    power = {name: one for name, one in {**sums, **plain}.items() if name not in {HEAT, SOLD}}
    found = {
        "typical_day": _days(power, GRID),
        "heat_day": _days({HEAT: wide[HEAT]}, HEAT) if HEAT in wide else pd.DataFrame(),
        "day_uses": _uses(wide[ends]) if len(ends) > 1 else pd.DataFrame(),
        "load_duration": _durations({**sums, **plain}),
        "solar_months": _solar(wide),
    }
    return {name: frame for name, frame in found.items() if len(frame)}


def _wide(hourly: pd.DataFrame) -> pd.DataFrame:
    """Series side by side; index number of the hour in the table, month (0 unknown), hour of day."""
    month = hourly["month"] if "month" in hourly else pd.Series(0, index=hourly.index)
    at = hourly.groupby("series", sort=False, observed=True).cumcount()
    table = pd.DataFrame(
        {"at": at, "month": month, "hour": hourly["hour"] % HOURS,
         "series": hourly["series"].astype(str), "power": hourly["power"].astype("float64")}
    )  # fmt: skip
    order = list(dict.fromkeys(table["series"]))
    wide = table.pivot_table(
        index=["at", "month", "hour"], columns="series", values="power", sort=False
    )
    return wide[order]


def _days(power: Mapping[str, pd.Series], by_season: str) -> pd.DataFrame:
    """Mean and band of each hour of the day; of the series named, by season where months are known."""
    parts: list[pd.DataFrame] = []
    for name, one in power.items():
        months = one.index.get_level_values("month")
        if name == by_season and (months > 0).all():
            season = np.array(months % 12 // 3)
            parts += [_day(one[season == n], f"{name}|{QUARTERS[n]}") for n in sorted(set(season))]
        else:
            parts.append(_day(one, name))
    return rounded(pd.concat(parts), "power", "p10", "p90") if parts else pd.DataFrame()


def _day(power: pd.Series, name: str) -> pd.DataFrame:
    by_hour = power.dropna().groupby(level="hour")
    ends = {f"p{share}": by_hour.quantile(share / 100.0) for share in BAND}
    day = pd.DataFrame({"power": by_hour.mean(), **ends}).rename_axis("hour").reset_index()
    return day.assign(series=name)


def _uses(power: pd.DataFrame) -> pd.DataFrame:
    """Electricity from the grid by end use, in the mean of all days."""
    named = power.rename(columns=lambda name: name.removeprefix(f"{GRID}|"))
    mean = named.groupby(level="hour").mean()
    long = mean.reset_index().melt("hour", var_name="series", value_name="power")
    return rounded(long, "power")


def _durations(power: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Hours in which each load is at least so large."""
    parts = []
    for name, one in power.items():
        falling = np.sort(one.dropna().to_numpy())[::-1]
        at = np.unique(np.linspace(0, len(falling) - 1, POINTS).astype(int))
        parts.append(pd.DataFrame({"series": name, "hours": at + 1, "power": falling[at]}))
    return rounded(pd.concat(parts), "power") if parts else pd.DataFrame()


def _solar(wide: pd.DataFrame) -> pd.DataFrame:
    """What own modules give in each month: used on the spot or stored, and sold."""
    months = wide.index.get_level_values("month")
    if MADE not in wide or not (months > 0).all():
        return pd.DataFrame()
    parts = {"solar_made": wide[MADE]}
    if SOLD in wide:
        parts = {"solar_own": (wide[MADE] - wide[SOLD]).clip(lower=0.0), "solar_sold": wide[SOLD]}
    by_month = pd.DataFrame(parts).groupby(level="month").sum() / MEGA
    long = by_month.reset_index().melt("month", var_name="series", value_name="energy")
    return rounded(long, "energy")
