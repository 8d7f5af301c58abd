"""Electricity of the sun: hourly yield by direction, and what each roof could carry and make.

Power by the PVWatts model (A. P. Dobos 2014) through pvlib: light less what the glass reflects
(Fresnel, pvlib's physical model), temperature of the cells by the Sandia model with pvlib's
figures, system losses of PVWatts without its share for shade, which comes from the horizon of each
roof instead, as a factor on the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from pvlib import iam, inverter, pvsystem, temperature

from twin.energy import facade_sun, sun_bins
from twin.energy.citations import PVLIB
from twin.energy.glazing import STEPS, Glazing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from twin.energy.roofs import Planes
    from twin.energy.zones import Weather

    Floats = NDArray[np.float64]

WATTS: Final = 1000.0

NONE: Final = -1
"""Bin of a building that has no plane for modules."""

CITATIONS: Final = (
    "Dobos, A. P. (2014). PVWatts Version 5 Manual. NREL/TP-6A20-62641.",
    (
        "King, D. L., Boyson, W. E., Kratochvil, J. A. (2004). Photovoltaic array performance "
        "model. SAND2004-3535, Sandia National Laboratories (temperature of the cells)."
    ),
    (
        "De Soto, W., Klein, S. A., Beckman, W. A. (2006). Improvement and validation of a model "
        "for photovoltaic array performance. Solar Energy 80, 78-88 (reflection of the glass)."
    ),
    (
        "Marion, B. (2017). Numerical method for angle-of-incidence correction factors for diffuse "
        "radiation incident photovoltaic modules. Solar Energy 147, 344-348."
    ),
    PVLIB,
)


@dataclass(frozen=True)
class Yields:
    """Yield of unshaded modules by direction.

    Parameters
    ----------
    tilt, azimuth : (bins,) [deg]
        Directions.
    hourly : (bins, hours) float32 [kW/kW]
        Electricity after the inverter by peak power, mean of each hour of the City's climate.
    """

    tilt: Floats
    azimuth: Floats
    hourly: NDArray[np.float32]

    @property
    def annual(self) -> Floats:
        """Yield of the year, (bins,) [kWh/kW]."""
        return np.asarray(self.hourly.sum(axis=1, dtype=np.float64))


@dataclass(frozen=True)
class Photovoltaics:
    """What the roofs of n buildings could carry and make.

    Parameters
    ----------
    index : (n,)
        Buildings.
    yields
        Hourly yield by bin.
    bin : (n,) int64
        Bin of the best plane of each building, on which modules are put first; `NONE` without one.
    factor : (n,) [1]
        Share of that plane's yearly yield that shade leaves.
    potential : (n,) [kW]
        Peak power that all suitable planes carry.
    annual : (n,) [kWh/a]
        What that makes in a year, shade included.
    light : (planes,) [kWh/m2/a]
        On each plane of the roofs, shade included.
    power : (planes,) [kW]
        Peak power that each plane carries, of those that are worth it.
    made : (planes,) [kWh/a]
        What that makes in a year.
    """

    index: pd.Index
    yields: Yields
    bin: NDArray[np.int64]
    factor: Floats
    potential: Floats
    annual: Floats
    light: Floats
    power: Floats
    made: Floats


def yields(weather: Weather, tilt: Floats, azimuth: Floats, figures: Mapping[str, float]) -> Yields:
    """Hourly yield of unshaded modules that face some directions.

    Parameters
    ----------
    weather
        Of `zones.weather`.
    tilt, azimuth : (bins,) [deg]
        0 lies flat; clockwise from north.
    figures
        ``sun.csv``.
    """
    rows = [power(weather, lean, face, figures) for lean, face in zip(tilt, azimuth, strict=True)]
    hourly = np.array(rows, dtype=np.float32).reshape(len(rows), len(weather.temperature))
    return Yields(np.asarray(tilt, np.float64), np.asarray(azimuth, np.float64), hourly)


def power(weather: Weather, tilt: float, azimuth: float, figures: Mapping[str, float]) -> Floats:
    """Electricity of unshaded modules by their peak power, (hours,) [kW/kW].

    Parameters
    ----------
    weather, figures
        As in `yields`.
    tilt, azimuth
        [deg]. Modules that lie flatter than a roof stand free and are cooler.
    """
    light = facade_sun.light(
        facade_sun.Plane(tilt, azimuth), _cover(tilt), weather.sun, figures["roof.albedo"]
    )
    mounting = (
        "open_rack_glass_polymer" if tilt <= figures["pv.rack_tilt"] else "close_mount_glass_glass"
    )
    figures_of_cell = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"][mounting]
    cell = temperature.sapm_cell(light[0], weather.temperature, weather.wind, **figures_of_cell)
    made = pvsystem.pvwatts_dc(light[2], cell, 1.0, figures["pv.gamma"])
    kept = 1.0 - pvsystem.pvwatts_losses(shading=0.0) / 100.0
    most = 1.0 / figures["pv.oversize"] / figures["pv.inverter"]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = inverter.pvwatts(np.maximum(made * kept, 0.0), most, figures["pv.inverter"])
    return np.asarray(np.maximum(np.nan_to_num(found), 0.0), dtype=np.float64)


def _cover(tilt: float) -> Glazing:
    """Glass of a module: all light counts outside, what is not reflected goes through."""
    angle = np.degrees(np.arccos(np.linspace(0.0, 1.0, STEPS)))
    passed = np.nan_to_num(np.asarray(iam.physical(angle), dtype=np.float64))
    sky = float(iam.marion_diffuse("physical", tilt)["sky"])
    whole, nothing = np.ones(STEPS), np.zeros(STEPS)
    return Glazing(0.0, passed, whole, nothing, np.array([sky, 1.0, 0.0]), 0.0)


def of_roofs(
    planes: Planes,
    index: pd.Index,
    weather: Weather,
    horizon: NDArray[np.floating],
    figures: Mapping[str, float],
) -> Photovoltaics:
    """Potential and yield of every roof.

    Parameters
    ----------
    planes
        Of `twin.energy.roofs`.
    index : (n,)
        Buildings that the planes number.
    weather
        Of `zones.weather`.
    horizon : (n, sectors) [deg]
        Of each roof, `shading.Shading.horizon`.
    figures
        ``sun.csv``.
    """
    year = sun_bins.of_sky(weather.sun, horizon.shape[1])
    around, albedo = horizon[planes.building], figures["roof.albedo"]
    light = sun_bins.irradiation(year, planes.tilt, planes.azimuth, albedo, around).sum(axis=1)
    stand = planes.module_tilt, planes.module_azimuth
    shaded = sun_bins.irradiation(year, *stand, albedo, around).sum(axis=1)
    free = sun_bins.irradiation(year, *stand, albedo).sum(axis=1)
    factor = np.divide(shaded, free, out=np.zeros(len(planes)), where=free > 0.0)
    cell, lean, face = directions(*stand, figures)
    table = yields(weather, lean, face, figures)
    annual = table.annual[cell] * factor
    suits = shaded >= figures["pv.least_share"] * _best(year, albedo)
    peak = np.where(suits, planes.usable * figures["pv.density"], 0.0)
    worth = np.bincount(planes.building, peak, len(index)) >= figures["pv.least_power"]
    peak = np.where(worth[planes.building], peak, 0.0)
    top, has = _best_planes(planes.building, annual, len(index))
    return Photovoltaics(
        index=index,
        yields=table,
        bin=np.where(has, cell[top], NONE).astype(np.int64),
        factor=np.where(has, factor[top], 0.0),
        potential=np.bincount(planes.building, peak, len(index)).astype(np.float64),
        annual=np.bincount(planes.building, peak * annual, len(index)).astype(np.float64),
        light=light,
        power=peak,
        made=peak * annual,
    )


def directions(
    tilt: Floats, azimuth: Floats, figures: Mapping[str, float]
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Sort directions into bins.

    Parameters
    ----------
    tilt, azimuth : (p,) [deg]
        Directions.
    figures
        ``sun.csv``: steps of the bins.

    Returns
    -------
    tuple of arrays
        Bin of each direction; tilt and azimuth of the bins that are used [deg].
    """
    lean = np.rint(tilt / figures["pv.tilt_step"]) * figures["pv.tilt_step"]
    face = np.rint(azimuth / figures["pv.azimuth_step"]) * figures["pv.azimuth_step"] % 360.0
    face = np.where(lean == 0.0, 0.0, face)
    pairs, cell = np.unique(np.stack([lean, face], axis=-1), axis=0, return_inverse=True)
    return cell.ravel().astype(np.int64), pairs[:, 0], pairs[:, 1]


def _best(year: sun_bins.SunYear, albedo: float) -> float:
    """Light of a year on the best free plane that faces the sun [kWh/m2]."""
    tilt = np.tile(np.arange(0.0, 90.0, 5.0), 2)
    azimuth = np.repeat([0.0, 180.0], len(tilt) // 2)
    return float(sun_bins.irradiation(year, tilt, azimuth, albedo).sum(axis=1).max())


def _best_planes(
    building: NDArray[np.int64], annual: Floats, count: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Plane of each building that yields most, the first of equals, and whether it has one."""
    order = np.lexsort((np.arange(len(building)), -annual, building))
    first = np.searchsorted(building[order], np.arange(count))
    has = np.bincount(building, minlength=count) > 0
    top = np.zeros(count, dtype=np.int64)
    top[has] = order[first[has]]
    return top, has
