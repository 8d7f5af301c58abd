"""Where the sun stands and what falls on a plane: pvlib on the weather contract.

K. S. Anderson et al., pvlib python: 2023 project update, JOSS 8(92), 2023. Solar position by the
NREL algorithm (I. Reda and A. Andreas, NREL/TP-560-34302, 2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from pvlib import irradiance, solarposition

from layers.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

NEEDED: Final = ("ghi", "dni", "dhi")
DEGREES_PER_HOUR: Final = 15.0
HOUR_MINUTES: Final = 60.0
DAY: Final = 24.0


def position(
    times: pd.DatetimeIndex, latitude: float, longitude: float, minutes: float
) -> pd.DataFrame:
    """Position of the sun for each hour.

    Parameters
    ----------
    times : (hours,)
        Begin of the hours in UTC, without a zone.
    latitude, longitude
        Position, WGS84 [deg].
    minutes
        Minutes after the begin at which the sun is taken [min].

    Returns
    -------
    pd.DataFrame
        Index `times`; columns apparent_zenith, zenith, azimuth [deg].
    """
    moments = times.tz_localize("UTC") + pd.Timedelta(minutes=minutes)
    found = solarposition.get_solarposition(moments, latitude, longitude)
    return found[["apparent_zenith", "zenith", "azimuth"]].set_index(times)


def of_weather(weather: xr.Dataset) -> pd.DataFrame:
    """Position of the sun that stands for the irradiance of each hour of a year; see `position`."""
    times, about = pd.DatetimeIndex(weather["time"].to_numpy()), weather.attrs
    return position(times, about["latitude"], about["longitude"], about["sun_minutes"])


def extraterrestrial(times: pd.DatetimeIndex) -> Floats:
    """Irradiance on a plane normal to the sun outside the atmosphere [W m-2] (Spencer 1971)."""
    found = irradiance.get_extra_radiation(times.day_of_year.to_numpy())
    return np.asarray(found, dtype=np.float64)


def plane_irradiance(
    weather: xr.Dataset, tilt: ArrayLike, azimuth: ArrayLike, albedo: float
) -> Floats:
    """Irradiance on planes of any direction.

    Sky diffuse by J. Hay and J. Davies (1980), as in `pvlib.irradiance.haydavies`; the ground
    reflects evenly. No shading by other objects.

    Parameters
    ----------
    weather
        A year with ghi, dni and dhi.
    tilt : (planes,)
        0 lies flat, 90 is a wall [deg].
    azimuth : (planes,)
        Direction that the plane faces, from north over east [deg].
    albedo
        Share of light that the ground reflects [1].

    Returns
    -------
    (planes, hours) [W m-2]

    Raises
    ------
    InputError
        If the weather has no irradiance, or a direction is none.
    """
    lean, face = np.broadcast_arrays(*np.atleast_1d(tilt, azimuth))
    _check(weather, lean, face, albedo)
    sun = of_weather(weather)
    zenith, bearing = sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy()
    found = irradiance.get_total_irradiance(
        lean[:, None].astype(np.float64),
        face[:, None].astype(np.float64),
        zenith[None, :],
        bearing[None, :],
        weather["dni"].to_numpy()[None, :],
        weather["ghi"].to_numpy()[None, :],
        weather["dhi"].to_numpy()[None, :],
        dni_extra=extraterrestrial(sun.index)[None, :],
        albedo=albedo,
        model="haydavies",
    )
    return np.asarray(found["poa_global"], dtype=np.float64)


def _check(weather: xr.Dataset, tilt: Floats, azimuth: Floats, albedo: float) -> None:
    missing = [name for name in NEEDED if name not in weather]
    if missing:
        raise InputError(
            "weather",
            ", ".join(missing),
            "is not there.",
            "Give a weather file with irradiance, or add a synthetic sun and say so.",
        )
    if not ((tilt >= 0) & (tilt <= 180) & np.isfinite(azimuth)).all():  # noqa: PLR2004 - face down
        raise InputError("planes", "tilt", "is outside 0 to 180 degrees.", "Check the roofs.")
    if not 0 <= albedo <= 1:
        raise InputError("planes", "albedo", f"{albedo} is no share.", "Give 0 to 1.")


def mistimed(
    times: pd.DatetimeIndex, ghi: Floats, outside: Floats, longitude: float
) -> tuple[float, float]:
    """How far the sunlight of a file is from the sun of its place.

    Parameters
    ----------
    times : (hours,)
        Begin of the hours in UTC.
    ghi, outside : (hours,) [W m-2]
        Global irradiance of the file; the same without an atmosphere.
    longitude
        Of the place [deg].

    Returns
    -------
    shift, night
        Mean time of day of the irradiance less that of the sun [h]; share of the irradiation that
        comes while the sun is down [1]. Both 0 if there is no irradiation.
    """
    if ghi.sum() <= 0 or outside.sum() <= 0:
        return 0.0, 0.0
    solar = (times.hour + times.minute / HOUR_MINUTES + longitude / DEGREES_PER_HOUR) % DAY
    shift = np.average(solar, weights=ghi) - np.average(solar, weights=outside)
    return float(shift), float(ghi[outside <= 0].sum() / ghi.sum())


def complete(frame: pd.DataFrame, zenith: Floats, extra: Floats) -> tuple[pd.DataFrame, list[str]]:
    """Work out the parts of the sunlight that a file does not give.

    Two of three give the third by closure, ghi = dhi + dni cos(zenith); global alone is split by
    D. Erbs, S. Klein and J. Duffie, Solar Energy 28 (1982) 293-302.

    Parameters
    ----------
    frame : (hours, variables)
        Some of ghi, dni, dhi [W m-2]; index: begin of the hours.
    zenith, extra : (hours,)
        Zenith of the sun [deg]; irradiance outside the atmosphere [W m-2].

    Returns
    -------
    pd.DataFrame, list of str
        The frame with all three, and which of them were derived; unchanged where nothing can be.
    """
    known = [name for name in NEEDED if name in frame]
    cosine = np.maximum(np.cos(np.radians(zenith)), 0.0)
    if known == ["ghi"]:
        split = irradiance.erbs(frame["ghi"].to_numpy(), zenith, frame.index.day_of_year.to_numpy())
        dhi = np.minimum(np.nan_to_num(split["dhi"]), frame["ghi"])
        return frame.assign(dhi=dhi, dni=_beam(frame["ghi"], dhi, cosine, extra)), ["dni", "dhi"]
    if known == ["ghi", "dhi"]:
        return frame.assign(dni=_beam(frame["ghi"], frame["dhi"], cosine, extra)), ["dni"]
    if known == ["ghi", "dni"]:
        return frame.assign(dhi=(frame["ghi"] - frame["dni"] * cosine).clip(lower=0.0)), ["dhi"]
    if known == ["dni", "dhi"]:
        return frame.assign(ghi=frame["dhi"] + frame["dni"] * cosine), ["ghi"]
    return frame, []


def _beam(ghi: pd.Series, dhi: pd.Series, cosine: Floats, extra: Floats) -> Floats:
    """Direct normal irradiance, never more than outside the atmosphere [W m-2]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        beam = np.where(cosine > 0.0, (ghi - dhi).to_numpy() / cosine, 0.0)
    return np.clip(beam, 0.0, extra)
