"""Spanish reference years (.met) of the building code's climate zones: local solar time.

Shape, as read by OpenSimula (jfcoronel/OpenSimula, File_met.py): line 1 the name; line 2
latitude, longitude, altitude and reference longitude of the time zone; then 8,760 rows of month,
day, hour, air temperature [degC], sky temperature [degC], direct and diffuse irradiance on the
horizontal [W/m2], absolute humidity [kg/kg], relative humidity [%], wind speed [m/s], wind
direction, azimuth and zenith of the sun [deg]. Row n of a day stands for solar time n - 0.5 h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.climate import text
from layers.climate.contract import Station, limit
from layers.climate.hours import Rows
from layers.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS: Final = (
    "month", "day", "hour", "temperature", "sky_temperature", "beam_horizontal", "dhi",
    "absolute_humidity", "relative_humidity", "wind_speed",
)  # fmt: skip
DEGREES_PER_HOUR: Final = 15.0
STEFAN_BOLTZMANN: Final = 5.670374419e-8
"""CODATA 2018 [W m-2 K-4]."""

KELVIN: Final = 273.15


def rows(path: Path) -> Rows:
    """Read a .met file.

    Parameters
    ----------
    path
        A file that `text.opened` gave.

    Raises
    ------
    InputError
        If it is no such file.
    """
    lines = [line for line in text.decoded(path).splitlines() if line.strip()]
    if len(lines) < 3:  # noqa: PLR2004 - name, position and at least one row
        raise InputError(path.name, "", "has no rows of weather.", "Download it again.")
    try:
        place = [float(word) for word in lines[1].split()]
        station = Station(
            name=lines[0].strip()[:80],
            latitude=place[0],
            longitude=place[1],
            elevation=place[2],
            utc_offset=round(place[1] / DEGREES_PER_HOUR * 60.0) / 60.0,
        )
        frame = _frame(lines[2:])
    except text.FAULTS as error:
        raise text.unreadable(path, "MET", error) from error
    return Rows(
        frame=frame,
        station=station,
        typical=True,
        grade="calculated",
        source=text.source(path, f"reference year of {station.name} (MET)", len(frame)),
        notes=("Time is mean solar time; the file's apparent solar time differs by up to 16 min.",),
    )


def _frame(lines: list[str]) -> pd.DataFrame:
    """Rows under our names; global is direct plus diffuse on the horizontal."""
    cells = np.array([[float(word) for word in line.split()[: len(COLUMNS)]] for line in lines])
    found = pd.DataFrame(cells, columns=list(COLUMNS))
    parts = found[["month", "day"]].assign(year=int(limit("typical.year")))
    begins = pd.to_datetime(parts) + pd.to_timedelta(found["hour"] - 1.0, "h")
    sky = STEFAN_BOLTZMANN * (found["sky_temperature"] + KELVIN) ** 4
    made = found[["temperature", "relative_humidity", "dhi", "wind_speed"]]
    made = made.assign(ghi=found["beam_horizontal"] + found["dhi"], sky_infrared=sky)
    return made.set_index(pd.DatetimeIndex(begins))
