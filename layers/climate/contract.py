"""The contract of hourly weather: what every year must hold, whatever file it came from.

`time` is the begin of each hour in UTC; a value is the mean of that hour, or the state that stands
for it. A year is a year of local standard time, so in UTC it begins at ``-utc_offset`` hours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from layers import tables
from layers.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layers.schema import Source

TABLE: Final = "weather"
"""Name of the table in counts of what was not kept."""

FLAG: Final = "_flag"
READ, FILLED, DERIVED, CHANGED = 0, 1, 2, 3
FLAGS: Final = "read filled derived changed"
"""Meanings of the flags 0 to 3 that stand beside each variable."""

ACTUAL: Final = "actual"
TYPICAL: Final = "typical"
SYNTHETIC: Final = "synthetic"
MORPHED: Final = "morphed"
KINDS: Final = (ACTUAL, TYPICAL, SYNTHETIC, MORPHED)
"""Measured or modelled weather of one real year; months of several years put together; made from
monthly figures; changed for a future climate."""

HOUR: Final = np.timedelta64(1, "h")
YEAR_HOURS: Final = (8760, 8784)
HALF_HOUR: Final = 30.0
"""Minutes after the begin at which the sun stands for the mean of an hour [min]."""


@dataclass(frozen=True)
class Station:
    """Where and how the weather was taken.

    Parameters
    ----------
    name
        Name of the place or number of the station.
    latitude, longitude
        Position, WGS84 [deg].
    elevation
        Height above the sea [m]; not a number if unknown.
    utc_offset
        Local standard time minus UTC [h].
    sun_minutes
        Minutes after the begin of an hour at which the sun stands for its irradiance [min].
    """

    name: str
    latitude: float
    longitude: float
    elevation: float
    utc_offset: float
    sun_minutes: float = HALF_HOUR

    def faults(self) -> list[Fault]:
        """Everything that is wrong with the position."""
        found = []
        if not (abs(self.latitude) <= 90.0 and abs(self.longitude) <= 180.0):  # noqa: PLR2004 - bounds of a globe
            found.append(
                Fault(
                    "position",
                    f"latitude {self.latitude}, longitude {self.longitude} is no position in degrees.",
                    "Check the header, or give the position.",
                )
            )
        if not abs(self.utc_offset) <= 14.0:  # noqa: PLR2004 - UTC+14 is the widest zone there is
            found.append(
                Fault(
                    "time zone", f"UTC{self.utc_offset:+g} h is no time zone.", "Check the header."
                )
            )
        return found


@dataclass(frozen=True)
class Weather:
    """One year of hourly weather as read, with what was lost and where it is from.

    Parameters
    ----------
    dataset
        Satisfies `faults`; attributes as `dataset` writes them.
    drops
        What was not kept, not believed or filled: columns table, reason, count [1], examples.
    source
        Provenance.
    """

    dataset: xr.Dataset
    drops: pd.DataFrame
    source: Source

    def __str__(self) -> str:
        about = self.dataset.attrs
        return f"{about['kind']} weather of {about['place']}, {about['years']}"


@dataclass(frozen=True)
class Story:
    """What the attributes of a year say about its making.

    Parameters
    ----------
    kind
        One of `KINDS`.
    years
        Years that the weather was taken from, as text.
    grade
        Row of ``grades.csv``.
    notes
        Plain sentences: rules applied, limits.
    """

    kind: str
    years: str
    grade: str
    notes: tuple[str, ...] = field(default=())


@cache
def variables() -> pd.DataFrame:
    """Contract of the variables: index variable; unit, bounds, needed, fill, description."""
    return tables.load("weather_variables").set_index("variable")


def limit(key: str) -> float:
    """Figure of ``weather_limits.csv`` [unit of its row]."""
    return tables.figures("weather_limits")[key]


def dataset(frame: pd.DataFrame, flags: pd.DataFrame, station: Station, story: Story) -> xr.Dataset:
    """Bundle columns into a dataset with units, flags and attributes.

    Parameters
    ----------
    frame : (hours, variables)
        Index: begin of each hour in UTC, without a zone; columns as in `variables`.
    flags : (hours, variables)
        Flag of each value, see `FLAGS`.
    station, story
        Where it was taken, how it was made.
    """
    made = {}
    for name in [name for name in variables().index if name in frame.columns]:
        row = variables().loc[name]
        about = {"units": row["unit"], "standard_name": row["standard_name"],
                 "long_name": row["description"], "cell_methods": "time: mean"}  # fmt: skip
        made[name] = ("time", frame[name].to_numpy(np.float64), about)
        codes = {"units": "1", "flag_values": [READ, FILLED, DERIVED, CHANGED],
                 "flag_meanings": FLAGS, "long_name": f"Flag of {name}"}  # fmt: skip
        made[name + FLAG] = ("time", flags[name].to_numpy(np.int8), codes)
    times = frame.index.to_numpy().astype("datetime64[ns]")
    axis = ("time", times, {"long_name": "Begin of the hour in UTC"})
    return xr.Dataset(made, {"time": axis}, _attributes(station, story))


def _attributes(station: Station, story: Story) -> dict[str, Any]:
    """Plain attributes; an unknown elevation is left out, as JSON knows no such number."""
    found: dict[str, Any] = {
        "Conventions": "CF-1.11",
        "place": station.name,
        "latitude": float(station.latitude),
        "longitude": float(station.longitude),
        "utc_offset": float(station.utc_offset),
        "sun_minutes": float(station.sun_minutes),
        "kind": story.kind,
        "years": story.years,
        "grade": story.grade,
        "notes": list(story.notes),
    }
    if np.isfinite(station.elevation):
        found["elevation"] = float(station.elevation)
    return found


def station(weather: xr.Dataset) -> Station:
    """Where a year was taken, from its attributes."""
    about = weather.attrs
    return Station(
        name=str(about["place"]),
        latitude=float(about["latitude"]),
        longitude=float(about["longitude"]),
        elevation=float(about.get("elevation", np.nan)),
        utc_offset=float(about["utc_offset"]),
        sun_minutes=float(about["sun_minutes"]),
    )


def local(weather: xr.Dataset) -> pd.DatetimeIndex:
    """Begin of each hour in local standard time."""
    shift = pd.Timedelta(hours=float(weather.attrs["utc_offset"]))
    return pd.DatetimeIndex(weather["time"].to_numpy()) + shift


def names(weather: xr.Dataset) -> list[str]:
    """Variables of the contract that a dataset has, in standard order."""
    return [name for name in variables().index if name in weather]


def faults(weather: xr.Dataset) -> list[Fault]:
    """Every way in which a dataset breaks the contract."""
    found = list(_axis_faults(weather))
    for name, row in variables().iterrows():
        if name in weather:
            found += _value_faults(str(name), weather[name], row)
        elif row["needed"] == "yes":
            found.append(Fault(str(name), "is missing.", "Give a file that has it."))
    if weather.attrs.get("kind") not in KINDS:
        found.append(Fault("kind", "is not said.", f"It is one of {', '.join(KINDS)}."))
    return found


def _axis_faults(weather: xr.Dataset) -> Iterable[Fault]:
    if "time" not in weather.coords or weather["time"].dtype.kind != "M":
        yield Fault("time", "is missing.", "Give the begin of each hour in UTC.")
        return
    steps = np.diff(weather["time"].to_numpy())
    if not (steps == HOUR).all():
        yield Fault("time", "does not go hour by hour.", "Sort it; fill or refuse its gaps.")
    if weather.sizes["time"] not in YEAR_HOURS:
        yield Fault("time", f"has {weather.sizes['time']} hours.", "A year has 8,760 or 8,784.")


def _value_faults(name: str, values: xr.DataArray, row: pd.Series) -> list[Fault]:
    found = []
    if values.attrs.get("units") != row["unit"]:
        found.append(Fault(name, f"has no unit {row['unit']}.", "Convert it and say so."))
    numbers = values.to_numpy()
    if not np.isfinite(numbers).all():
        found.append(Fault(name, "has missing values.", "Fill short gaps, refuse long ones."))
    elif numbers.min() < row["lower"] or numbers.max() > row["upper"]:
        bounds = f"{row['lower']:g} to {row['upper']:g} [{row['unit']}]"
        found.append(
            Fault(
                name,
                f"reaches from {numbers.min():g} to {numbers.max():g}, outside {bounds}.",
                "Check the unit and the source.",
            )
        )
    return found


def validate(weather: xr.Dataset, file: str = "weather") -> xr.Dataset:
    """Return the dataset, or raise with all faults at once.

    Raises
    ------
    InputError
        If it breaks the contract.
    """
    found = faults(weather)
    if found:
        raise InputError.of(file, found)
    return weather


def rolled(weather: xr.Dataset, utc_offset: float) -> xr.Dataset:
    """Typical year in UTC that begins at local midnight instead: the last hours go to the front.

    A typical year has no neighbours, so the hours that local time has before 1 January are taken
    from its own end (as `pvlib.iotools.get_pvgis_tmy` does with roll_utc_offset).

    Parameters
    ----------
    weather
        A typical, synthetic or morphed year.
    utc_offset
        New local standard time minus UTC, whole hours more or less than the old one [h].

    Raises
    ------
    InputError
        If it is a real year, or the shift is not of whole hours.
    """
    shift = utc_offset - float(weather.attrs["utc_offset"])
    if weather.attrs["kind"] == ACTUAL or shift % 1:
        raise InputError(str(weather.attrs["place"]), "time zone", "cannot be changed.",
                         "A real year keeps its hours; others move by whole hours.")  # fmt: skip
    times = weather["time"] - pd.Timedelta(hours=shift).to_numpy()
    moved = weather.roll(time=int(shift), roll_coords=False)
    return moved.assign_coords(time=times).assign_attrs(
        weather.attrs | {"utc_offset": float(utc_offset)}
    )
