"""EnergyPlus weather files (EPW): hour 1 to 24, each ending then, in local standard time.

Shape: EnergyPlus Auxiliary Programs, EPW data dictionary. pvlib reads the rows and moves each to
the begin of its hour; codes for missing values are taken out here (``weather_missing.csv``).
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from pvlib.iotools import read_epw

from layers import tables
from layers.climate import text
from layers.climate.contract import Station
from layers.climate.hours import Rows
from layers.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def rows(path: Path) -> Rows:
    """Read an EPW file.

    Parameters
    ----------
    path
        A file that `text.opened` gave.

    Raises
    ------
    InputError
        If it is no EPW file, or has more than one row per hour.
    """
    content = text.decoded(path)
    _check_period(path, content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # columns of mixed types are refused below in words
            frame, about = read_epw(io.StringIO(content))
        found = text.converted(_without_codes(frame), "epw")
        return _rows(path, found, about)
    except text.FAULTS as error:
        raise text.unreadable(path, "EPW", error) from error


def _rows(path: Path, frame: pd.DataFrame, about: dict[str, Any]) -> Rows:
    name = " ".join(str(about[key]).strip() for key in ("city", "country"))
    frame.index = frame.index.tz_localize(None)
    return Rows(
        frame=frame,
        station=Station(
            name=name[:80],
            latitude=float(about["latitude"]),
            longitude=float(about["longitude"]),
            elevation=float(about["altitude"]),
            utc_offset=float(about["TZ"]),
        ),
        typical=True,
        grade="calculated",
        source=text.source(path, f"hourly weather of {name[:80]} (EPW)", len(frame)),
    )


def _check_period(path: Path, content: str) -> None:
    """Rows per hour, from the eighth line: DATA PERIODS,1,1,..."""
    lines = content.splitlines()[:8]
    if not lines or not lines[0].upper().startswith("LOCATION"):
        raise InputError(path.name, "line 1", "does not begin with LOCATION.",
                         "Give an EPW file as EnergyPlus reads it.")  # fmt: skip
    period = lines[-1].split(",")
    if period[0].strip().upper() == "DATA PERIODS" and period[2:3] and period[2].strip() != "1":
        raise InputError(path.name, "line 8", "has more than one row per hour.",
                         "Give an hourly EPW file.")  # fmt: skip


def _without_codes(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells with a code for a missing value emptied."""
    codes = tables.load("weather_missing")
    found = frame.copy()
    for row in codes[codes["shape"] == "epw"].itertuples():
        values = text.numbers(found[row.column])
        bad = values <= row.value if row.side == "below" else values >= row.value
        found[row.column] = np.where(bad, np.nan, values)
    return found
