"""Future years by morphing: shift and stretch of an hourly year by monthly changes.

S. Belcher, J. Hacker and D. Powell, Constructing design weather data for future climates, Building
Services Engineering Research and Technology 26 (2005) 49-61. The changes come from the user, with
their own source (a national climate atlas); what each column does stands in
``weather_changes.csv``.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables
from layers.climate import contract, text
from layers.climate.contract import CHANGED, MORPHED
from layers.errors import Fault, InputError

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MONTHS: Final = tuple(range(1, 13))
SUN: Final = ("ghi", "dni", "dhi")
PERCENT: Final = 100.0


def changes(path: Path | str) -> pd.DataFrame:
    """Read monthly changes from a CSV with a column month and columns of ``weather_changes.csv``.

    Raises
    ------
    InputError
        If months or columns are missing, unknown or beyond bounds; all faults at once.
    """
    with text.opened(path) as found:
        content = text.decoded(found)
        delimiter = max(";,", key=content.count)
        try:
            with text.strict():
                frame = pd.read_csv(
                    io.StringIO(content), sep=delimiter, comment="#", index_col=False
                )
                frame = frame.set_index("month").astype("float64")
        except text.FAULTS as error:
            raise text.unreadable(found, "monthly changes", error) from error
        faults = change_faults(frame)
        if faults:
            raise InputError.of(found.name, faults)
    return frame


def change_faults(frame: pd.DataFrame) -> list[Fault]:
    """Everything that is wrong with a table of monthly changes."""
    rules = tables.load("weather_changes").set_index("column")
    found = []
    if sorted(frame.index) != list(MONTHS):
        found.append(Fault("column month", "is not 1 to 12, each once.", "Give all twelve months."))
    unknown = sorted(set(map(str, frame.columns)) - set(rules.index))
    if unknown or frame.columns.empty:
        found.append(
            Fault(f"columns {', '.join(unknown)[:80]}", "are no changes that can be applied.",
                  f"Use {', '.join(rules.index)}.")
        )  # fmt: skip
    for name in [str(name) for name in frame.columns if name in rules.index]:
        row, values = rules.loc[name], frame[name].to_numpy(np.float64)
        if not ((values >= row["lower"]) & (values <= row["upper"])).all():
            found.append(
                Fault(f"column {name}",
                      f"has values outside {row['lower']:g} to {row['upper']:g} [{row['unit']}].",
                      "Check the unit; give a number for every month.")
            )  # fmt: skip
    extremes = {"temperature_max", "temperature_min"} & set(frame.columns)
    if extremes and not {"temperature", "temperature_max", "temperature_min"} <= set(frame.columns):
        found.append(
            Fault("temperature", "stretching needs the mean, the maximum and the minimum.",
                  "Give all three columns, or the mean alone.")
        )  # fmt: skip
    return found


def morphed(weather: xr.Dataset, table: pd.DataFrame, period: str) -> xr.Dataset:
    """Change a year for a future climate.

    temperature: x0 + dT + a (x0 - mean), a = (dTmax - dTmin) / (mean daily max - mean daily min)
    of the month; shift: x0 + dx; stretch: x0 (1 + dx/100). Humidity is kept within 0 to 100 %,
    wind and sunlight above 0. Monthly means are those of local standard time.

    Parameters
    ----------
    weather
        A year that satisfies the contract; the present.
    table : (12, columns)
        Index month; columns of ``weather_changes.csv``, as `changes` reads them.
    period
        What the changes describe, such as ``2041-2070, RCP 4.5``.

    Raises
    ------
    InputError
        If the changes are wrong, or change what the weather does not have.
    """
    found = change_faults(table)
    rules = tables.load("weather_changes").set_index("column")
    absent = [str(name) for name in table.columns
              if name in rules.index and rules.loc[name, "variable"] not in weather]  # fmt: skip
    found += [Fault(f"column {name}", "changes what this weather does not have.", "Drop it.")
              for name in absent]  # fmt: skip
    if found:
        raise InputError.of("monthly changes", found)
    hours = contract.local(weather)
    by_hour = table.loc[hours.month].to_numpy(np.float64)
    delta = pd.DataFrame(by_hour, columns=table.columns)
    made = {
        name: _clipped(name, values) for name, values in _changed(weather, delta, hours).items()
    }
    told = {name: weather[name].copy(data=values) for name, values in made.items()}
    flags = {
        name + contract.FLAG: weather[name + contract.FLAG].copy(
            data=np.full(len(hours), CHANGED, np.int8)
        )
        for name in made
    }
    about = {
        "kind": MORPHED, "grade": "scenario", "years": f"{weather.attrs['years']}, {period}",
        "notes": [*weather.attrs["notes"], f"Changed for {period} by shift and stretch."],
    }  # fmt: skip
    return contract.validate(weather.assign(told | flags).assign_attrs(weather.attrs | about))


def _changed(
    weather: xr.Dataset, delta: pd.DataFrame, hours: pd.DatetimeIndex
) -> dict[str, Floats]:
    """New values of each variable that a column changes."""
    rules = tables.load("weather_changes").set_index("column")
    made: dict[str, Floats] = {}
    for name in [str(name) for name in delta.columns if rules.loc[name, "rule"] != "range"]:
        rule, change = rules.loc[name, "rule"], delta[name].to_numpy()
        for variable in [each for each in SUN if each in weather] if name == "ghi" else [name]:
            old = weather[variable].to_numpy()
            made[variable] = old + change if rule == "shift" else old * (1 + change / PERCENT)
    if "temperature_max" in delta:
        wider = (delta["temperature_max"] - delta["temperature_min"]).to_numpy()
        made["temperature"] = made["temperature"] + _stretch(
            weather["temperature"].to_numpy(), wider, hours
        )
    return made


def _stretch(old: Floats, wider: Floats, hours: pd.DatetimeIndex) -> Floats:
    """Temperature that the change of the daily range adds; its monthly mean is zero [K]."""
    values = pd.Series(old)
    days = values.groupby(hours.floor("D"))
    spread = (days.transform("max") - days.transform("min")).groupby(hours.month).transform("mean")
    mean = values.groupby(hours.month).transform("mean")
    alpha = np.divide(wider, spread, out=np.zeros(len(old)), where=spread.to_numpy() > 0)
    if alpha.min() < -1.0:
        raise InputError("monthly changes", f"month {hours.month[int(alpha.argmin())]}",
                         "the nights would be warmer than the days.",
                         "Check temperature_max and temperature_min.")  # fmt: skip
    return np.asarray(alpha * (values - mean))


def _clipped(name: str, values: Floats) -> Floats:
    """Values within what can be."""
    upper = (
        PERCENT if name == "relative_humidity" else float(contract.variables().loc[name, "upper"])
    )
    return np.clip(values, contract.variables().loc[name, "lower"], upper)
