"""Hours that counters counted beside those that a model has, by the GEH statistic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from twin import counters, sensing
from twin.mobility import adjustment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city import City


def observed(city: City, growth: pd.Series) -> pd.DataFrame:
    """Vehicles of each hour of the average day of the base year at counters with readings.

    Parameters
    ----------
    city
        A City as `twin.store.open` gives it.
    growth
        By station, to the base year [1]; others are left out.

    Returns
    -------
    pandas.DataFrame
        Index: stations; columns: hours of the day [veh/h].
    """
    rows = {
        name: counters.by_hour(*series)[0] * growth[name]
        for name, series in sensing.sound_series(city).items()
        if name in growth.index
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=range(counters.HOURS))


def table(
    counted: pd.DataFrame,
    before: Mapping[str, tuple[int, pd.Series]],
    after: Mapping[str, tuple[int, pd.Series]],
    held_out: Mapping[str, tuple[int, pd.Series]],
) -> pd.DataFrame:
    """Counted and modelled hours side by side, with their GEH.

    Parameters
    ----------
    counted
        Of `observed`.
    before, after, held_out
        By period the hour of the day, and vehicles at each station in it [veh/h].
    """
    rows = [
        (station, period, hour, float(counted.loc[station, hour]),
         *(float(one[period][1][station]) for one in (before, after, held_out)))
        for period, (hour, _) in before.items()
        for station in counted.index[counted[hour].notna()]
    ]  # fmt: skip
    names = ["station", "period", "hour", "count", "before", "after", "held_out"]
    found = pd.DataFrame(rows, columns=names)
    count = found["count"].to_numpy(dtype="float64")
    return found.assign(**{
        f"geh_{name}": adjustment.geh(found[name].to_numpy(dtype="float64"), count)
        for name in names[-3:]
    })  # fmt: skip


def good(hours: pd.DataFrame, least: float) -> dict[str, float]:
    """Hours compared [1], and the share of them with a good GEH before, after and held out [1].

    Parameters
    ----------
    hours
        Of `table`.
    least
        GEH below which a model counts as near to a count [(veh/h)0.5].
    """
    found = {"hours": float(len(hours))}
    for name in ("before", "after", "held_out"):
        known = hours[f"geh_{name}"].dropna()
        found[f"geh_{name}"] = float((known < least).mean()) if len(known) else float("nan")
    return found
