"""Monthly irradiation on facades from monthly irradiation on the horizontal.

Method: the average day of each month after Klein (1977), Solar Energy 19, 325-329; beam ratio as
extraterrestrial radiation on the tilted and on the horizontal plane after Liu and Jordan (1963),
integrated over the day; isotropic diffuse light; reflection of the ground. Duffie and Beckman,
Solar Engineering of Thermal Processes, ch. 2.19.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from pvlib import irradiance, solarposition

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEAN_DAYS: Final = np.array([17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344])
"""Day of the year that stands for each month (Klein 1977)."""

SECTORS: Final = np.arange(8) * 45.0
"""Facade azimuths, clockwise from north [deg]."""

VERTICAL: Final = 90.0
HOUR_ANGLES: Final = np.arange(-179.95, 180.0, 0.1)
"""Hour angles of the integration, steps of 24 seconds [deg]."""


def beam_ratio(latitude: float, tilt: float, azimuth: float) -> NDArray[np.float64]:
    """Beam on a tilted plane by beam on the horizontal, for the twelve mean days.

    Parameters
    ----------
    latitude
        Latitude [deg].
    tilt, azimuth
        Slope of the plane and the direction it faces, clockwise from north [deg].

    Returns
    -------
    (12,) [1]
        0 where the sun does not rise.
    """
    phi, hour = np.radians(latitude), np.radians(HOUR_ANGLES)[None, :]
    declination = solarposition.declination_cooper69(MEAN_DAYS)[:, None]
    zenith = solarposition.solar_zenith_analytical(phi, hour, declination)
    bearing = solarposition.solar_azimuth_analytical(phi, hour, declination, zenith)
    incidence = irradiance.aoi_projection(tilt, azimuth, np.degrees(zenith), np.degrees(bearing))
    height = np.maximum(np.cos(zenith), 0.0)
    tilted = np.where(height > 0.0, np.maximum(incidence, 0.0), 0.0).sum(axis=1)
    flat = height.sum(axis=1)
    return np.asarray(np.divide(tilted, flat, out=np.zeros(len(MEAN_DAYS)), where=flat > 0.0))


def tilted_irradiation(
    ghi: NDArray[np.float64],
    dhi: NDArray[np.float64],
    latitude: float,
    tilt: float,
    azimuth: float,
    albedo: float,
) -> NDArray[np.float64]:
    """Irradiation of a tilted plane by month.

    Parameters
    ----------
    ghi, dhi : (12,) [kWh/m2]
        Global and diffuse irradiation of the horizontal in each month.
    latitude, tilt, azimuth
        [deg]; see `beam_ratio`.
    albedo
        Reflectance of the ground [1].

    Returns
    -------
    (12,) [kWh/m2]
    """
    view = np.cos(np.radians(tilt))
    beam = (ghi - dhi) * beam_ratio(latitude, tilt, azimuth)
    return np.asarray(beam + dhi * (1.0 + view) / 2.0 + ghi * albedo * (1.0 - view) / 2.0)


def facade_irradiation(
    ghi: NDArray[np.float64], dhi: NDArray[np.float64], latitude: float, albedo: float
) -> NDArray[np.float64]:
    """Irradiation of vertical facades in the eight `SECTORS`, by month.

    Parameters
    ----------
    ghi, dhi, latitude, albedo
        As in `tilted_irradiation`.

    Returns
    -------
    (8, 12) [kWh/m2]
    """
    rows = [tilted_irradiation(ghi, dhi, latitude, VERTICAL, facing, albedo) for facing in SECTORS]
    return np.array(rows)
