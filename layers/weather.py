"""Weather of a place: hourly from a file or PVGIS, or the nearest row of the shipped monthly table.

The table (``data/climate_monthly.csv``) holds monthly means of a few European places. A city that
has no weather file of its own borrows the nearest one; that is graded assumed, whatever the
quality of the figures themselves, and the distance is printed. Temperatures are good; irradiance
is weak north of 50 degrees, where it is scaled to a published annual sum if there is one
(``climate_annual.csv``). Hourly years of all kinds satisfy one contract
(`layers.climate.contract`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np
from pyproj import Geod

from layers import tables
from layers.climate import epw, hours, met, pvgis, stations, synthetic, text, tmy3
from layers.climate.contract import Station, Weather
from layers.drops import Drops
from layers.errors import InputError
from layers.schema import Source

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from layers.climate.hours import Rows

TABLE: Final = "climate_monthly"
ANNUAL: Final = "climate_annual"
NSRDB: Final = "NSRDB"
LIMITS: Final = "weather_limits"
EVIDENCE: Final = "assumed"
COLUMNS: Final = ["temperature", "ghi", "dhi", "wind"]
SUNLIGHT: Final = ["ghi", "dhi"]
METRES_PER_KM: Final = 1000.0
DEGREES_PER_HOUR: Final = 15.0


@dataclass(frozen=True)
class MonthlyWeather:
    """Twelve months of weather and where they were taken.

    Parameters
    ----------
    frame
        Index month 1..12; columns temperature [degC], ghi and dhi [kWh/m2 of the month] on the
        horizontal, wind [m/s] (may be missing).
    source
        Provenance.
    place
        Name of the place that the figures describe.
    latitude, longitude
        Its position [deg].
    elevation
        Its height above the sea [m].
    distance_km
        Great-circle distance from the place that was asked for [km].
    evidence
        Grade of the figures for the place that was asked for.
    doubt
        What is weak about its irradiance, in words; empty if nothing is.
    """

    frame: pd.DataFrame
    source: Source
    place: str
    latitude: float
    longitude: float
    elevation: float
    distance_km: float
    evidence: str
    doubt: str = ""

    def __str__(self) -> str:
        return f"weather of {self.place}, {self.distance_km:.0f} km away ({self.evidence})"


def nearest(latitude: float, longitude: float) -> MonthlyWeather:
    """Monthly weather of the nearest shipped place.

    Parameters
    ----------
    latitude, longitude
        Position of the city, WGS84 [deg].

    Raises
    ------
    InputError
        If the position is no position on Earth, or no place lies within the limit of
        ``data/weather_limits.csv``.
    """
    _check_position(latitude, longitude)
    rows = tables.load(TABLE)
    places = rows.drop_duplicates("place")
    distances = _distances_km(places, latitude, longitude)
    closest = int(np.argmin(distances))
    name, distance = str(places["place"].iloc[closest]), float(distances[closest])
    if distance > distance_limit_km():
        raise InputError(
            TABLE,
            f"latitude {latitude:.2f}, longitude {longitude:.2f}",
            f"the nearest place with shipped weather is {name}, {distance:,.0f} km away; "
            f"the limit is {distance_limit_km():,.0f} km.",
            "Give a weather file of your own with --weather (EPW, PVGIS, CSV); "
            "until then energy is not computed.",
        )
    return _weather(rows[rows["place"] == name], distance)


def read(path: Path | str, *, year: int | None = None, station: Station | None = None) -> Weather:
    """Read one year of hourly weather from a file.

    EPW, TMY3, JSON and CSV of PVGIS, Spanish reference years (.met), CSV of DMI or AEMET stations,
    and plain CSV (time, or month, day and hour 1 to 24; temperature, ghi ...); also one of them in
    a zip.

    Parameters
    ----------
    path
        The file.
    year
        The real year to take, if the file holds several. Of an EPW or TMY3 file it says that the
        rows were measured in the year that stands in them; otherwise they count as typical.
    station
        Where it was taken, for CSV files that do not say.

    Raises
    ------
    InputError
        If the file cannot be understood, or no whole year can be made of it.
    """
    with text.opened(path) as found:
        return hours.weather(_rows(found, station), found.name, year)


def _rows(path: Path, station: Station | None) -> Rows:
    """Rows by the reader for the ending, and for texts by their first lines."""
    readers = {".epw": epw.rows, ".met": met.rows, ".json": pvgis.rows}
    if path.suffix.lower() in readers:
        return readers[path.suffix.lower()](path)
    content = text.decoded(path)
    if tmy3.is_tmy3(content):
        return tmy3.rows(path)
    return pvgis.rows(path) if pvgis.is_pvgis(content) else stations.rows(path, station)


def online(
    latitude: float,
    longitude: float,
    *,
    year: int | None = None,
    url: str = pvgis.SERVICE,
    cache: Path | None = None,
) -> Weather:
    """Ask PVGIS for a typical year, or for a real one.

    Parameters
    ----------
    latitude, longitude
        Position, WGS84 [deg].
    year
        A real year; None asks for the typical year.
    url, cache
        As in `layers.climate.pvgis.download`.

    Raises
    ------
    FetchError
        If the service cannot be reached or gives no usable answer.
    InputError
        If the answer is not a whole year of weather.
    """
    path = pvgis.download(latitude, longitude, year=year, url=url, cache=cache)
    return hours.weather(pvgis.rows(path), path.name, year)


def hourly(near: MonthlyWeather, utc_offset: float | None = None) -> Weather:
    """Make an hourly year of the shipped monthly table, without any file; marked synthetic.

    Parameters
    ----------
    near
        What `nearest` found.
    utc_offset
        Local standard time minus UTC [h]; default: the hour nearest to solar time.

    Raises
    ------
    InputError
        If no sky gives the monthly sums.
    """
    offset = round(near.longitude / DEGREES_PER_HOUR) if utc_offset is None else utc_offset
    station = Station(near.place, near.latitude, near.longitude, near.elevation, float(offset))
    rows = tables.load(TABLE)
    ranges = rows[rows["place"] == near.place].set_index("month")["temperature_range"]
    months = near.frame.assign(temperature_range=ranges)
    return Weather(
        dataset=synthetic.year(months, station, near.source.reference_date),
        drops=Drops().frame(),
        source=near.source,
    )


def distance_limit_km() -> float:
    """Distance beyond which no shipped place stands in for another [km]."""
    return tables.figures(LIMITS)["distance.limit"]


def _check_position(latitude: float, longitude: float) -> None:
    """Refuse what is no position: not a number, or outside the globe."""
    if not (abs(latitude) <= 90.0 and abs(longitude) <= 180.0):  # noqa: PLR2004 - bounds of a globe
        raise InputError(
            TABLE,
            "position",
            f"latitude {latitude}, longitude {longitude} is no position in degrees.",
            "Check the CRS and the order of the axes.",
        )


def _distances_km(places: pd.DataFrame, latitude: float, longitude: float) -> NDArray[np.float64]:
    """Geodesic distance from every place to a position [km]."""
    count = len(places)
    *_, metres = Geod(ellps="WGS84").inv(
        places["longitude"].to_numpy(),
        places["latitude"].to_numpy(),
        np.full(count, float(longitude)),
        np.full(count, float(latitude)),
    )
    return np.asarray(metres) / METRES_PER_KM


def _weather(rows: pd.DataFrame, distance_km: float) -> MonthlyWeather:
    first = rows.iloc[0]
    frame = rows.set_index("month")[COLUMNS].astype("float64").sort_index()
    annual = tables.load(ANNUAL).set_index("place").reindex([first["place"]]).iloc[0]
    if np.isfinite(annual["value"]):
        frame[SUNLIGHT] *= annual["value"] / frame["ghi"].sum()
    return MonthlyWeather(
        frame=frame,
        source=_source(first, len(frame)),
        place=str(first["place"]),
        latitude=float(first["latitude"]),
        longitude=float(first["longitude"]),
        elevation=float(first["elevation"]),
        distance_km=distance_km,
        evidence=EVIDENCE,
        doubt=_doubt(first, annual),
    )


def _doubt(first: pd.Series, annual: pd.Series) -> str:
    """What is weak about the irradiance of a place."""
    if first["irradiance_evidence"] != EVIDENCE:
        return ""
    months = (
        "months of one satellite year, which looks 15 to 25 % low north of 50 degrees"
        if first["source"] == NSRDB
        else "months that nobody verified"
    )
    if annual.notna().all():
        return (
            f"Irradiance of {first['place']} is weak: {months}, scaled to {annual['value']:g} "
            f"{annual['unit']} a year ({annual['source']})."
        )
    return f"Irradiance of {first['place']} is weak: {months}."


def _source(first: pd.Series, count: int) -> Source:
    from_nsrdb = first["source"] == NSRDB
    return Source(
        what=f"monthly weather of {first['place']}",
        origin="NSRDB (NREL), summed by month" if from_nsrdb else "climate normals, unverified",
        reference_date=str(first["period"]),
        licence="not stated where it was read" if from_nsrdb else "facts without licence",
        attribution="Weather: NSRDB, NREL" if from_nsrdb else "",
        digest=_digest(),
        rows_in=count,
        rows_kept=count,
        rows_refused=0,
    )


def _digest() -> str:
    """SHA-256 of the shipped table."""
    path = resources.files("layers.data").joinpath(f"{TABLE}.csv")
    return hashlib.sha256(path.read_bytes()).hexdigest()
