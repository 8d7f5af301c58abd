"""An hourly year made from twelve months, offline: their means and sums come back exactly.

Global: clear sky of B. Haurwitz (1945, 1946; `pvlib.clearsky.haurwitz`) times one factor per
month. Diffuse: the split of Erbs, Klein and Duffie (1982) by hour, then moved towards all or
nothing by one factor per month. Beam: by closure. Temperature: a periodic spline that keeps the
monthly means, plus the daily cycle of ``weather_cycle.csv``. Humidity: dew point at the day's
minimum (FAO Irrigation and Drainage Paper 56, 1998). There are no cloudy and clear days, no cold
spells and no gusts: good for sums of months, not for peaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from pvlib import atmosphere, clearsky, irradiance
from scipy.interpolate import CubicSpline

from layers import tables
from layers.climate import contract, sun
from layers.climate.contract import DERIVED, SYNTHETIC, Station, Story
from layers.errors import Fault, InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WATTS_PER_KILOWATT: Final = 1000.0
DAY: Final = 24
MONTHS: Final = tuple(range(1, 13))
SUN: Final = ("ghi", "dni", "dhi")
NOTE: Final = (
    "Made from monthly figures: no cloudy and clear days, no cold spells; peaks are too low.",
)


def year(months: pd.DataFrame, station: Station, period: str) -> xr.Dataset:
    """Make an hourly year of monthly figures.

    Parameters
    ----------
    months : (12, columns)
        Index month; temperature [degC], ghi and dhi [kWh/m2], and where known wind [m/s] and
        temperature_range, the mean daily range [K].
    station
        Place; its `sun_minutes` must be half an hour.
    period
        Years that the months describe, as text.

    Returns
    -------
    xr.Dataset
        Satisfies the contract; kind synthetic.

    Raises
    ------
    InputError
        If a month is missing or no sky gives so much irradiation; all faults at once.
    """
    _check(months)
    times = _local_year()
    sky = _sky(times, station)
    light = _light(times, months, sky)
    clearness = _clearness(times, light["ghi"].to_numpy(), sky[0])
    spread = _range(months, clearness)
    temperature = _temperature(times, months["temperature"].to_numpy(np.float64), spread)
    least = pd.Series(temperature).groupby(np.arange(len(times)) // DAY).transform("min")
    frame = light.assign(
        temperature=temperature,
        relative_humidity=atmosphere.rh_from_tdew(temperature, least.to_numpy()),
    )
    if np.isfinite(station.elevation):
        frame["pressure"] = float(atmosphere.alt2pres(station.elevation))
    wind = months["wind"] if "wind" in months else pd.Series(np.nan, MONTHS)
    if wind.notna().all():
        frame["wind_speed"] = wind.to_numpy(np.float64)[times.month - 1]
    frame.index = times - pd.Timedelta(hours=station.utc_offset)
    flags = pd.DataFrame(DERIVED, frame.index, frame.columns)
    story = Story(SYNTHETIC, period, "synthetic", NOTE)
    return contract.validate(contract.dataset(frame, flags, station, story))


def _check(months: pd.DataFrame) -> None:
    found = []
    if list(months.index) != list(MONTHS):
        found.append(Fault("months", "are not 1 to 12 in order.", "Give all twelve."))
    for name in ("temperature", "ghi", "dhi"):
        values = months[name] if name in months else pd.Series([np.nan])
        if not np.isfinite(values).all():
            found.append(Fault(name, "has missing months.", "Give all twelve."))
    if not found and not ((months["dhi"] >= 0) & (months["dhi"] <= months["ghi"])).all():
        found.append(Fault("dhi", "is not between 0 and ghi.", "Check the columns."))
    if found:
        raise InputError.of("monthly weather", found)


def _local_year() -> pd.DatetimeIndex:
    """Begin of the hours of a typical year in local standard time."""
    begin = pd.Timestamp(int(contract.limit("typical.year")), 1, 1)
    return pd.date_range(begin, begin + pd.DateOffset(years=1), freq="h", inclusive="left")


def sunlight(times: pd.DatetimeIndex, months: pd.DataFrame, station: Station) -> pd.DataFrame:
    """Global, beam and diffuse irradiance whose monthly sums are those given.

    Parameters
    ----------
    times : (hours,)
        Begin of the hours of a whole year in local standard time.
    months : (12, columns)
        Index month; ghi, dhi [kWh/m2].
    station
        Place.

    Returns
    -------
    pd.DataFrame
        Index `times`; ghi, dni, dhi [W m-2]; ghi = dhi + dni times the hour's mean cosine of the
        zenith.

    Raises
    ------
    InputError
        If a month has more irradiation than reaches the outside of the atmosphere.
    """
    return _light(times, months, _sky(times, station))


def _light(
    times: pd.DatetimeIndex, months: pd.DataFrame, sky: tuple[Floats, Floats]
) -> pd.DataFrame:
    """Work out `sunlight` under a clear sky that is known."""
    cosine, clear = sky
    extra = sun.extraterrestrial(times)
    month = times.month.to_numpy() - 1
    ghi = clear * _factors(clear, month, months["ghi"])[month]
    _refuse_too_much(ghi, extra * cosine, month)
    dhi = ghi * _diffuse_share(times, ghi, cosine, months["dhi"])
    with np.errstate(divide="ignore", invalid="ignore"):
        dni = np.where(cosine > 0, (ghi - dhi) / cosine, 0.0)
    return pd.DataFrame({"ghi": ghi, "dni": dni, "dhi": dhi}, index=times)


def _sky(times: pd.DatetimeIndex, station: Station) -> tuple[Floats, Floats]:
    """Mean cosine of the zenith above the horizon, and clear-sky global irradiance, by hour."""
    steps = int(contract.limit("sun.steps"))
    minutes = pd.to_timedelta((np.arange(steps) + 0.5) * 60.0 / steps, "min").to_numpy()
    utc = times.to_numpy() - pd.Timedelta(hours=station.utc_offset).to_numpy()
    moments = pd.DatetimeIndex((utc[:, None] + minutes[None, :]).ravel())
    zenith = sun.position(moments, station.latitude, station.longitude, 0.0)["apparent_zenith"]
    cosine = np.maximum(np.cos(np.radians(zenith.to_numpy())), 0.0)
    clear = clearsky.haurwitz(zenith)["ghi"].to_numpy()
    shape = (len(times), steps)
    return cosine.reshape(shape).mean(axis=1), clear.reshape(shape).mean(axis=1)


def _factors(values: Floats, month: NDArray[np.int64], wanted: pd.Series) -> Floats:
    """Factor per month that brings sums of hours [W m-2] to the wanted sums [kWh/m2]."""
    sums = np.bincount(month, values, minlength=len(MONTHS)) / WATTS_PER_KILOWATT
    aims = wanted.to_numpy(np.float64)
    dark = (sums <= 0) & (aims > 0)
    if dark.any():
        raise InputError("monthly weather", f"month {int(np.argmax(dark)) + 1}",
                         "has irradiation although the sun does not rise.",
                         "Check the latitude.")  # fmt: skip
    return np.asarray(np.divide(aims, sums, out=np.zeros_like(sums), where=sums > 0))


def _refuse_too_much(ghi: Floats, outside: Floats, month: NDArray[np.int64]) -> None:
    got = np.bincount(month, ghi, minlength=len(MONTHS))
    most = np.bincount(month, outside, minlength=len(MONTHS))
    wrong = np.flatnonzero(got > most)
    if len(wrong):
        raise InputError.of("monthly weather", [
            Fault(f"ghi, month {each + 1}",
                  f"{got[each] / WATTS_PER_KILOWATT:.0f} kWh/m2 is more than reaches the "
                  f"atmosphere ({most[each] / WATTS_PER_KILOWATT:.0f}).",
                  "Check the unit and the latitude.")
            for each in wrong
        ])  # fmt: skip


def _diffuse_share(
    times: pd.DatetimeIndex, ghi: Floats, cosine: Floats, wanted: pd.Series
) -> Floats:
    """Diffuse share of each hour [1]: Erbs, then moved so that the monthly sums agree."""
    month = times.month.to_numpy() - 1
    zenith = np.degrees(np.arccos(cosine))
    split = irradiance.erbs(ghi, zenith, times.day_of_year.to_numpy())["dhi"]
    share = np.clip(np.divide(split, ghi, out=np.ones_like(ghi), where=ghi > 0), 0.0, 1.0)
    aims = wanted.to_numpy(np.float64) * WATTS_PER_KILOWATT
    sums = np.bincount(month, ghi * share, minlength=len(MONTHS))
    rest = np.bincount(month, ghi * (1.0 - share), minlength=len(MONTHS))
    less = np.divide(aims, sums, out=np.zeros_like(sums), where=sums > 0)[month]
    more = np.divide(aims - sums, rest, out=np.zeros_like(rest), where=rest > 0)[month]
    return np.asarray(np.where(less <= 1.0, share * less, share + (1.0 - share) * more))


def _clearness(times: pd.DatetimeIndex, ghi: Floats, cosine: Floats) -> Floats:
    """Monthly clearness index: global irradiation over that outside the atmosphere [1]."""
    month = times.month.to_numpy() - 1
    most = np.bincount(month, sun.extraterrestrial(times) * cosine, minlength=len(MONTHS))
    got = np.bincount(month, ghi, minlength=len(MONTHS))
    return np.asarray(np.divide(got, most, out=np.zeros_like(most), where=most > 0))


def _range(months: pd.DataFrame, clearness: Floats) -> Floats:
    """Mean daily range of the temperature by month [K]: measured, else from the clearness."""
    law = tables.figures("weather_range")
    guess = law["range.slope"] * clearness + law["range.offset"]
    guess = np.maximum(guess, law["range.least"])
    if "temperature_range" not in months:
        return guess
    known = months["temperature_range"].to_numpy(np.float64)
    return np.where(np.isfinite(known), known, guess)


def _temperature(times: pd.DatetimeIndex, means: Floats, spread: Floats) -> Floats:
    """Hourly temperature with the given monthly means and mean daily ranges [degC]."""
    lengths = np.bincount(times.month.to_numpy() - 1, minlength=len(MONTHS)).astype(np.float64)
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    mean = float(np.average(means, weights=lengths))
    sums = np.concatenate([[0.0], np.cumsum((means - mean) * lengths)])
    sums[-1] = 0.0
    slow = np.diff(CubicSpline(edges, sums, bc_type="periodic")(np.arange(len(times) + 1.0)))
    below = tables.load("weather_cycle")["value"].to_numpy(np.float64)
    cycle = np.tile(below.mean() - below, len(times) // DAY)
    return np.asarray(mean + slow + cycle * spread[times.month.to_numpy() - 1])


def with_sunlight(weather: xr.Dataset, months: pd.DataFrame, place: str) -> xr.Dataset:
    """Add sunlight made from monthly sums to a year that has none, and say so.

    Parameters
    ----------
    weather
        A year without irradiance.
    months
        As in `sunlight`.
    place
        Name of the place that the monthly sums describe.
    """
    station = contract.station(weather)
    light = sunlight(contract.local(weather), months, station)
    notes = [*weather.attrs["notes"], f"Sunlight is made from monthly sums of {place}."]
    made = {}
    for name in SUN:
        row = contract.variables().loc[name]
        about = {"units": row["unit"], "standard_name": row["standard_name"],
                 "long_name": row["description"], "cell_methods": "time: mean"}  # fmt: skip
        made[name] = ("time", light[name].to_numpy(), about)
        made[name + contract.FLAG] = ("time", np.full(len(light), DERIVED, np.int8),
                                      dict(weather["temperature_flag"].attrs))  # fmt: skip
    attrs = weather.attrs | {"notes": notes, "borrowed": " ".join(SUN)}
    return contract.validate(weather.assign(made).assign_attrs(attrs))
