"""Hourly weather of a City: a file or PVGIS in the place of the borrowed monthly table."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pyproj import Geod

from layers import weather
from layers.climate import contract, morph, pvgis, summary, synthetic
from layers.climate.contract import Station, Weather
from layers.errors import InputError
from twin.complete import site

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import xarray as xr

    from layers.weather import MonthlyWeather
    from twin.city import City

NAME: Final = "weather"
METRES_PER_KM: Final = 1000.0
SOLSTICES: Final = (1, 7)
"""Months of which one has no summer time, north or south of the equator."""

Row = tuple[str, str, str, str]


def add(city: City, path: Path | str, *, year: int | None = None) -> City:
    """Give a City the weather of a file; hours become `city.climate`, months `city.weather`.

    A file without sunlight (AEMET) gets that of the monthly table of the nearest shipped place;
    the parameters say so.

    Parameters
    ----------
    city
        Whose borrowed weather is replaced.
    path
        What `layers.weather.read` reads; a table that does not say where it was taken is taken
        for the City's own.
    year
        The real year to take, if the file holds several or does not tell.

    Raises
    ------
    InputError
        If the file cannot be used, or is of a place beyond the limit of
        ``weather_limits.csv``.
    """
    return use(city, weather.read(path, year=year, station=station(city)))


def online(
    city: City, *, year: int | None = None, url: str = pvgis.SERVICE, cache: Path | None = None
) -> City:
    """Give a City the weather of PVGIS at its centre: a typical year, or a real one.

    Parameters
    ----------
    city, year
        As in `add`; None asks for the typical year.
    url, cache
        As in `layers.weather.online`.

    Raises
    ------
    InputError
        If the service gives no usable answer.
    """
    own = station(city)
    return use(city, weather.online(own.latitude, own.longitude, year=year, url=url, cache=cache))


def made(city: City) -> City:
    """Give a City hours made of the nearest shipped monthly table, marked synthetic.

    Raises
    ------
    InputError
        If no shipped place is near enough.
    """
    own = station(city)
    near = weather.nearest(own.latitude, own.longitude)
    done = use(city, weather.hourly(near, own.utc_offset))
    return done.replace(parameters=_parameters([*_without(done, []), *_doubted(near)]))


def morphed(city: City, changes: pd.DataFrame, period: str) -> City:
    """Give a City the climate of a future period; see `layers.climate.morph.morphed`.

    Raises
    ------
    InputError
        If it has no hourly weather, or the changes are wrong.
    """
    if "time" not in city.climate:
        raise InputError(city.name, "climate", "the City has no hourly weather to change.",
                         "Give a file with --weather, or make a synthetic year first.")  # fmt: skip
    future = morph.morphed(city.climate, changes, period)
    story = _story(future)
    rows = _without(city, {row[0] for row in story})
    return city.replace(
        climate=future,
        weather=summary.monthly(future),
        parameters=_parameters([*rows, *story]),
    )


def later(city: City, path: Path | str) -> City:
    """Give a City the climate of a future period, whose monthly changes stand in a CSV.

    Parameters
    ----------
    city
        With hourly weather of today.
    path
        What `layers.climate.morph.changes` reads; its name without ending names the period.

    Raises
    ------
    InputError
        If the City has no hourly weather, or the changes are wrong.
    """
    return morphed(city, morph.changes(path), PurePath(path).stem)


def station(city: City) -> Station:
    """Centre of a City as a station in its local standard time; its height is not known."""
    longitude, latitude = site.centre(city.boundary, city.crs)
    zone = ZoneInfo(city.timezone)
    offsets = [
        datetime(city.year, month, 1, tzinfo=UTC).astimezone(zone).utcoffset()
        for month in SOLSTICES
    ]
    least = min(offset.total_seconds() for offset in offsets if offset is not None)
    return Station(city.name, latitude, longitude, float("nan"), least / 3600.0)


def use(city: City, found: Weather) -> City:
    """Put a year of hours and its months in the place of the weather of a City.

    Parameters
    ----------
    city
        Where it goes.
    found
        A year as read or made.

    Raises
    ------
    InputError
        If it was taken too far away.
    """
    own, where = station(city), contract.station(found.dataset)
    far = _distance(own, where)
    if far > weather.distance_limit_km():
        raise InputError(
            found.source.origin, "position",
            f"was taken {far:,.0f} km from {city.name}; the limit is "
            f"{weather.distance_limit_km():,.0f} km.",
            "Give the weather of the place.",
        )  # fmt: skip
    hours, lender = _lit(_local(found.dataset, own.utc_offset))
    rows: list[Row] = [("weather", where.name, "", str(hours.attrs["grade"])), *_story(hours)]
    if (own.latitude, own.longitude) != (where.latitude, where.longitude):
        rows.append(("weather.distance", f"{far:.9g}", "km", "geometry"))
    if lender:
        rows += [("weather.sunlight", lender.place, "", "substitute"), *_doubted(lender)]
    return city.replace(
        climate=hours,
        weather=summary.monthly(hours),
        sources=_sources(city, found),
        drops=_drops(city, found),
        parameters=_parameters([*_without(city, _own(city)), *rows]),
    )


def lines(city: City) -> list[str]:
    """What weather a City has, in words; nothing if it has no hours."""
    if "time" not in city.climate:
        return []
    value = city.parameters["value"]
    text = f"Weather of {value['weather']}: {value['weather.kind']}, {value['weather.years']}"
    if "weather.distance" in value.index:
        text += f", {float(value['weather.distance']):.0f} km away"
    lost = city.drops[city.drops["table"] == NAME]
    counts = zip(lost["count"], lost["reason"], strict=True)
    told = [f"{text}.", *(f"Weather: {count:,} x {reason}." for count, reason in counts)]
    if "weather.sunlight" in value.index:
        told.append(f"Weather: sunlight made from monthly sums of {value['weather.sunlight']}.")
    return told


def _story(hours: xr.Dataset) -> list[Row]:
    """Parameters that say what kind of year it is."""
    about = hours.attrs
    return [
        ("weather.kind", str(about["kind"]), "", str(about["grade"])),
        ("weather.years", str(about["years"]), "a", str(about["grade"])),
    ]


def _local(hours: xr.Dataset, utc_offset: float) -> xr.Dataset:
    """A year that is no real one begins at midnight of the City, if whole hours lead there."""
    shift = utc_offset - float(hours.attrs["utc_offset"])
    if hours.attrs["kind"] == contract.ACTUAL or shift % 1:
        return hours
    return contract.rolled(hours, utc_offset)


def _lit(hours: xr.Dataset) -> tuple[xr.Dataset, MonthlyWeather | None]:
    """The year with sunlight, and the months that it was borrowed from."""
    if "ghi" in hours:
        return hours, None
    where = contract.station(hours)
    near = weather.nearest(where.latitude, where.longitude)
    return synthetic.with_sunlight(hours, near.frame, near.place), near


def _doubted(near: MonthlyWeather) -> list[Row]:
    """Parameter that says what is weak about borrowed irradiance."""
    return [("weather.irradiance", near.doubt, "", "default")] if near.doubt else []


def _distance(one: Station, other: Station) -> float:
    """Geodesic distance [km]."""
    *_, metres = Geod(ellps="WGS84").inv(
        one.longitude, one.latitude, other.longitude, other.latitude
    )
    return float(metres) / METRES_PER_KM


def _own(city: City) -> list[str]:
    """Names of the parameters that tell of the weather."""
    names = city.parameters.index
    return list(names[(names == NAME) | names.str.startswith(f"{NAME}.")])


def _without(city: City, names: Collection[str]) -> list[Row]:
    """Parameters of the City but for some."""
    rows = city.parameters
    return [
        (str(row.Index), _text(row.value), _text(row.unit), _text(row.source))
        for row in rows[~rows.index.isin(list(names))].itertuples()
    ]


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else str(cell)


def _parameters(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["name", "value", "unit", "source"]).set_index("name")
    return frame.astype("str")


def _sources(city: City, found: Weather) -> pd.DataFrame:
    """Sources with the weather's own row in the place of the borrowed one."""
    rows = city.sources.drop(index=NAME, errors="ignore")
    new = pd.DataFrame([{"id": NAME, **vars(found.source)}]).set_index("id")
    return pd.concat([rows, new[rows.columns]]).astype(rows.dtypes.to_dict())


def _drops(city: City, found: Weather) -> pd.DataFrame:
    """Losses of the City with those of the weather."""
    rows = city.drops
    new = found.drops.set_index(found.drops.index + len(rows[rows["table"] != NAME]))
    frame = pd.concat([rows[rows["table"] != NAME], new[rows.columns]])
    frame.index = pd.Index(np.arange(len(frame), dtype=np.int64), name="id")
    return frame.astype(rows.dtypes.to_dict())
