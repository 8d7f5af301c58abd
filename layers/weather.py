"""Weather of a place: the nearest row of the shipped monthly table.

The table (``data/climate_monthly.csv``) holds monthly means of a few European places. A city that
has no weather file of its own borrows the nearest one; that is graded assumed, whatever the
quality of the figures themselves, and the distance is printed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np
from pyproj import Geod

from layers import tables
from layers.errors import InputError
from layers.schema import Source

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

TABLE: Final = "climate_monthly"
LIMITS: Final = "weather_limits"
EVIDENCE: Final = "assumed"
COLUMNS: Final = ["temperature", "ghi", "dhi", "wind"]
METRES_PER_KM: Final = 1000.0


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
    """

    frame: pd.DataFrame
    source: Source
    place: str
    latitude: float
    longitude: float
    elevation: float
    distance_km: float
    evidence: str

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
            "Give a weather table of your own (CSV with month, temperature, ghi, dhi, wind); "
            "until then energy is not computed.",
        )
    return _weather(rows[rows["place"] == name], distance)


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
    return MonthlyWeather(
        frame=frame,
        source=_source(first, len(frame)),
        place=str(first["place"]),
        latitude=float(first["latitude"]),
        longitude=float(first["longitude"]),
        elevation=float(first["elevation"]),
        distance_km=distance_km,
        evidence=EVIDENCE,
    )


def _source(first: pd.Series, count: int) -> Source:
    from_nsrdb = first["source"] == "NSRDB"
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
