"""Typical years of NREL (TMY3): each row ends at its time, 01:00 to 24:00, in local standard time.

Shape: S. Wilcox and W. Marion, Users Manual for TMY3 Data Sets, NREL/TP-581-43156, 2008. pvlib
reads the rows; the begin of each hour is taken from the columns of date and time, because moving
24:00 of 28 February in a leap year would land on the 29th.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from pvlib.iotools import read_tmy3

from layers import tables
from layers.climate import text
from layers.climate.contract import Station
from layers.climate.hours import Rows

if TYPE_CHECKING:
    from pathlib import Path

DATE: Final = "Date (MM/DD/YYYY)"
CLOCK: Final = "Time (HH:MM)"


def is_tmy3(content: str) -> bool:
    """Whether the second line of a text names the columns of a TMY3 file."""
    lines = content.split("\n", 2)
    return len(lines) > 1 and lines[1].startswith(DATE)


def rows(path: Path) -> Rows:
    """Read a TMY3 file.

    Parameters
    ----------
    path
        A file that `text.opened` gave.

    Raises
    ------
    InputError
        If it is no TMY3 file.
    """
    content = text.decoded(path)
    try:
        with text.strict():
            frame, about = read_tmy3(io.StringIO(content))
            begins = _begins(frame)
            found = text.converted(_without_codes(frame), "tmy3").set_index(begins)
            station = Station(
                name=str(about["Name"]).strip('" ')[:80],
                latitude=float(about["latitude"]),
                longitude=float(about["longitude"]),
                elevation=float(about["altitude"]),
                utc_offset=float(about["TZ"]),
            )
    except text.FAULTS as error:
        raise text.unreadable(path, "TMY3", error) from error
    return Rows(
        frame=found,
        station=station,
        typical=True,
        grade="calculated",
        source=text.source(path, f"typical year of {station.name} (TMY3)", len(found)),
    )


def _begins(frame: pd.DataFrame) -> pd.DatetimeIndex:
    """Begin of each hour in local standard time."""
    days = pd.to_datetime(frame[DATE], format="%m/%d/%Y")
    clock = frame[CLOCK].str.split(":", expand=True).astype(int)
    return pd.DatetimeIndex(
        days + pd.to_timedelta(clock[0] - 1, "h") + pd.to_timedelta(clock[1], "min")
    )


def _without_codes(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells with the code for a missing value emptied."""
    codes = tables.load("weather_missing")
    found = frame.copy()
    for row in codes[codes["shape"] == "tmy3"].itertuples():
        if row.column in found:
            values = text.numbers(found[row.column])
            found[row.column] = np.where(values <= row.value, np.nan, values)
    return found
