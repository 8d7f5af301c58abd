"""The structure that every hourly model of buildings works on: many zones as arrays.

An audited building (`thermal_zone`) and a hundred thousand archetypes fill the same arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.climate import contract, sun
from layers.errors import Fault, InputError
from twin.energy import facade_sun, surface_heat, surroundings

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from twin.energy.facade_sun import Plane
    from twin.energy.glazing import Glazing
    from twin.energy.surroundings import Surroundings

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

ROUGH, SMOOTH, SHELTERED, GROUND, NEIGHBOUR = range(5)
"""What is outside an element: air and wind on a rough or a smooth (glass) surface, still air
without sky, the ground, or a room as warm as this one (no exchange)."""

BOUNDARIES: Final = 5
OFF: Final = 1e9
"""Set-point that is never reached [degC]."""


@dataclass(frozen=True)
class Weather:
    """A year of weather as the hourly models need it.

    Parameters
    ----------
    times : (hours,)
        Begin of the hours in UTC, without a zone.
    temperature, wind, sky, ground : (hours,)
        Air [degC]; wind speed [m s-1]; long-wave radiation of the sky [W m-2]; ground [degC].
    sun
        Where the sun stands, and its light.
    months : (hours,)
        Month of the local hour, 0 to 11.
    altitude
        Height above the sea [m].
    notes
        What was not in the data and what stands in for it.
    begins
        Hour of the local week, from Monday's midnight, at which it begins [h].
    """

    times: pd.DatetimeIndex
    temperature: Floats
    wind: Floats
    sky: Floats
    ground: Floats
    sun: facade_sun.Sky
    months: Whole
    altitude: float
    notes: tuple[str, ...] = ()
    begins: int = 0


@dataclass(frozen=True)
class Zones:
    """Many zones, each with its elements, windows among them.

    Parameters
    ----------
    names
        Name of each zone.
    starts : (zones + 1,)
        First element of each zone.
    area : (elements,)
        [m2]
    conductance : (elements, 4)
        Between the five nodes, from outside [W m-2 K-1].
    capacity : (elements, 5)
        Of the nodes [J m-2 K-1].
    inside : (elements, 2)
        Coefficients of convection and radiation to the room [W m-2 K-1].
    boundary : (elements,)
        One of `ROUGH` ... `NEIGHBOUR`.
    glass : (elements,)
        Whether light goes through.
    long_wave : (elements, 2)
        Emissivity outside; the same times the share of the sky [1].
    slope : (elements,)
        Change of a window's conductance with its mean temperature [W m-2 K-2].
    film : (elements,)
        Constant coefficient outside; below 0 for that of the hour [W m-2 K-1].
    absorbs : (elements,)
        Share of the light that came into the room which this element takes [1].
    active : (elements,)
        Heat capacity that the simple model counts [J m-2 K-1].
    sun_starts, sun_plane, sun_weight
        First part of light of each element; plane of each part; its weight, absorptance and
        constant shade included [1].
    planes, glazings
        What light falls on.
    air_capacity, infiltration, ventilation : (zones,)
        [J K-1]; heat of infiltration and of ventilation at full flow [W K-1].
    gains : (zones, 2)
        To the air and by radiation, at full use [W].
    schedule : (zones, 5)
        Rows of `profiles` of heating and cooling set-point [degC], ventilation, gains and
        infiltration [1].
    profiles, ramps : (profiles, period)
        Value of each hour of the period (24, 168 or the whole year), and at its begin; equal where
        nothing ramps.
    floor_area : (zones,)
        [m2]
    around
        Horizons, blinds, opened windows and limits of comfort; None for none.
    """

    names: tuple[str, ...]
    starts: Whole
    area: Floats
    conductance: Floats
    capacity: Floats
    inside: Floats
    boundary: Whole
    glass: NDArray[np.bool_]
    long_wave: Floats
    slope: Floats
    film: Floats
    absorbs: Floats
    active: Floats
    sun_starts: Whole
    sun_plane: Whole
    sun_weight: Floats
    planes: tuple[Plane, ...]
    glazings: tuple[Glazing, ...]
    air_capacity: Floats
    infiltration: Floats
    ventilation: Floats
    gains: Floats
    schedule: Whole
    profiles: Floats
    ramps: Floats
    floor_area: Floats
    around: Surroundings | None = None

    def __len__(self) -> int:
        return len(self.names)


def wrong(of: Zones) -> list[str]:
    """What kernels must not be given: they do not look, and would read or write elsewhere.

    Parameters
    ----------
    of
        Zones as some program filled them.

    Returns
    -------
    list of str
        Names of arrays of the wrong length, with places that are not there or figures that no
        room has; empty if all is well.
    """
    zones, elements, parts = len(of.names), len(of.area), len(of.sun_plane)
    shapes = {
        "starts": (zones + 1,), "area": (elements,), "conductance": (elements, 4),
        "capacity": (elements, 5), "inside": (elements, 2), "boundary": (elements,),
        "glass": (elements,), "long_wave": (elements, 2), "slope": (elements,),
        "film": (elements,), "absorbs": (elements,), "active": (elements,),
        "sun_starts": (elements + 1,), "sun_plane": (parts,), "sun_weight": (parts,),
        "air_capacity": (zones,), "infiltration": (zones,), "ventilation": (zones,),
        "gains": (zones, 2), "schedule": (zones, 5), "ramps": of.profiles.shape,
        "floor_area": (zones,),
    }  # fmt: skip
    found = [name for name, shape in shapes.items() if getattr(of, name).shape != shape]
    numbers = [name for name in shapes if getattr(of, name).dtype == np.float64]
    found += [name for name in (*numbers, "profiles") if not np.isfinite(getattr(of, name)).all()]
    above = [name for name in ("area", "conductance", "inside", "floor_area") if name not in found]
    found += [name for name in above if not (getattr(of, name) > 0.0).all()]
    least = ("capacity", "air_capacity", "infiltration", "ventilation", "active", "absorbs")
    found += [name for name in least if (getattr(of, name) < 0.0).any()]
    for name, end in (("starts", elements), ("sun_starts", parts)):
        row = getattr(of, name)
        if len(row) == 0 or row[0] != 0 or row[-1] != end or (np.diff(row) < 0).any():
            found.append(name)
    if (np.diff(of.starts) < 1).any():
        found.append("starts")
    within = {"boundary": BOUNDARIES, "sun_plane": len(of.planes), "schedule": len(of.profiles)}
    found += [
        name
        for name, end in within.items()
        if ((getattr(of, name) < 0) | (getattr(of, name) >= end)).any()
    ]
    if of.around is not None:
        found += surroundings.wrong(of.around, zones, parts)
    return sorted(set(found))


def weather(of: xr.Dataset) -> Weather:
    """Take what the hourly models need from a year of weather.

    Parameters
    ----------
    of
        Satisfies `layers.climate.contract`, with ghi, dni and dhi.

    Raises
    ------
    InputError
        If the year has no sunlight.
    """
    missing = [name for name in sun.NEEDED if name not in of]
    if missing:
        advice = "Give a weather file with irradiance, or add a synthetic sun and say so."
        faults = [Fault(name, "is not there.", advice) for name in missing]
        raise InputError.of(str(of.attrs.get("place", "weather")), faults)
    figure = surface_heat.figures()
    station, notes = contract.station(of), []
    times, local = pd.DatetimeIndex(of["time"].to_numpy()), contract.local(of)
    temperature = of["temperature"].to_numpy().astype(np.float64)
    if "sky_infrared" in of:
        sky = of["sky_infrared"].to_numpy().astype(np.float64)
    else:
        kelvin = temperature + surface_heat.KELVIN - figure["sky.depression"]
        sky = surface_heat.STEFAN_BOLTZMANN * kelvin**4
        notes.append(f"The sky is {figure['sky.depression']:g} K colder than the air (assumed).")
    if "wind_speed" in of:
        wind = of["wind_speed"].to_numpy().astype(np.float64)
    else:
        wind = np.full(len(times), figure["wind.unknown"])
        notes.append(f"The wind is {figure['wind.unknown']:g} m/s (assumed).")
    altitude = station.elevation if np.isfinite(station.elevation) else 0.0
    light = tuple(of[name].to_numpy().astype(np.float64) for name in sun.NEEDED)
    place = (station.latitude, station.longitude, altitude)
    ghi, dni, dhi = light
    return Weather(
        times=times,
        temperature=temperature,
        wind=wind,
        sky=sky,
        ground=surface_heat.ground_temperature(temperature, figure),
        sun=facade_sun.sky(times, place, (dni, dhi, ghi), station.sun_minutes),
        months=local.month.to_numpy().astype(np.int64) - 1,
        altitude=altitude,
        notes=tuple(notes),
        begins=int(24 * local[0].day_of_week + local[0].hour),
    )


def outside(of: Weather, roughness: float) -> Floats:
    """What the boundaries are like in each hour.

    Parameters
    ----------
    of
        The weather.
    roughness
        Multiplier of forced convection on rough surfaces [1].

    Returns
    -------
    (hours, `BOUNDARIES`, 4)
        Temperature [degC]; coefficients of convection and of black radiation [W m-2 K-1]; sky
        radiation less that of the air [W m-2].
    """
    figure = surface_heat.figures()
    found = np.zeros((len(of.temperature), BOUNDARIES, 4))
    kelvin = of.temperature + surface_heat.KELVIN
    found[:, :, 0] = of.temperature[:, None]
    found[:, GROUND, 0] = of.ground
    found[:, ROUGH, 1] = surface_heat.outside_convection(of.wind, roughness, figure)
    found[:, SMOOTH, 1] = surface_heat.outside_convection(of.wind, 1.0, figure)
    found[:, SHELTERED, 1] = figure["outside.sheltered"]
    for boundary in (ROUGH, SMOOTH, SHELTERED):
        found[:, boundary, 2] = 4.0 * surface_heat.STEFAN_BOLTZMANN * kelvin**3
    for boundary in (ROUGH, SMOOTH):
        found[:, boundary, 3] = of.sky - surface_heat.STEFAN_BOLTZMANN * kelvin**4
    return found
