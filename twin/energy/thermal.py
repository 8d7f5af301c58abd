"""Heat of buildings hour by hour: heating, cooling and temperatures of many zones over a year.

Two models behind one door. ``iso52016``: five nodes per opaque element and two surfaces per window
after EN ISO 52016-1, but not with all its defaults. Of 60 values of ASHRAE 140-2020 (loads, peaks,
temperatures) 57 lie inside the range of six programs and all 22 annual loads are accepted; with the
standard's constant 20 W/m2K outside it is 40 and 20; with 10 kJ/m2K of furniture in the air 55; with
a sky 11 K below the air 21 loads are accepted; with a window gap of one temperature 56 values are
inside. The radiation of rooms after Carroll is kept as it is right, though without it it is 58.
``5r1c``: the simple hourly model of EN ISO 13790, faster, for draws and calibration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.energy import (
    facade_sun,
    simple_hourly,
    surface_heat,
    thermal_figures,
    thermal_kernel,
    zone_arrays,
    zones,
)
from twin.energy.citations import HOURLY
from twin.energy.surroundings import kernel_arrays
from twin.energy.thermal_figures import HOUR
from twin.energy.threads import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.energy.thermal_zone import Zone
    from twin.energy.zones import Weather, Zones

    Floats = NDArray[np.float64]

ISO_52016: Final = "iso52016"
SIMPLE: Final = "5r1c"
MODELS: Final = (ISO_52016, SIMPLE)
CITATIONS: Final = HOURLY
PERIODS: Final = (1, 24, 168)
"""Hours of profiles that come again and again; others must be as long as the weather [h]."""

ALBEDO: Final = 0.2
JOULE_PER_KWH: Final = 3.6e6
HOURS_OF_DAY: Final = 24.0


@dataclass(frozen=True)
class ThermalRun:
    """What became of each zone in a year.

    Parameters
    ----------
    annual
        Index name of the zone; heating, cooling [kWh]; heating_peak, cooling_peak [kW];
        coldest, mean, warmest [degC]; warm_hours [h]; sunlight, gains, air, outside, stored
        [kWh]; residual: what does not close, by the heat that moved [1].
    monthly : (zones, 2, 12)
        Heating and cooling of each month [kWh].
    hourly : (zones, 3, hours) or None
        Heating and cooling [W], air temperature [degC].
    model
        One of `MODELS`.
    """

    annual: pd.DataFrame
    monthly: Floats
    hourly: Floats | None
    model: str


def simulate(
    of: Zones | Sequence[Zone],
    weather: Weather,
    *,
    model: str = ISO_52016,
    hourly: bool = False,
    threads: int | None = None,
    albedo: float = ALBEDO,
    sun: Floats | None = None,
    diffuse: Floats | None = None,
) -> ThermalRun:
    """Work out a year of many zones.

    Parameters
    ----------
    of
        The zones, as arrays or each described in full (`twin.energy.thermal_zone`).
    weather
        See `zones.weather`.
    model
        One of `MODELS`.
    hourly
        Whether the result keeps every hour.
    threads
        How many at most; the result does not depend on it, bit for bit.
    albedo
        Share of light that the ground reflects [1].
    sun : (hours, 3 x planes)
        Light on the planes if it is known already; see `facade_sun.table` [W m-2].
    diffuse : (hours, 3 x planes)
        That of it which is not the sun's own; see `facade_sun.diffuse_table` [W m-2].

    Raises
    ------
    InputError
        If a described zone makes no sense; every fault at once.
    ValueError
        If there is no such model, light or profiles do not fit planes and hours, or the zones
        have arrays that do not fit each other.
    """
    if model not in MODELS:
        raise ValueError(f"no model {model!r}; there are {', '.join(MODELS)}")
    if not isinstance(of, zones.Zones):
        of = zone_arrays.arrays(of)
    wrong = zones.wrong(of)
    if wrong:
        raise ValueError(f"zones cannot be worked out; look at {', '.join(wrong)}")
    light = sun_table(of, weather, albedo) if sun is None else sun
    even = _diffuse(of, weather, albedo, diffuse)
    needed = len(weather.temperature), facade_sun.COLUMNS * len(of.planes)
    for table in (light, even):
        if table.shape not in (needed, (0, 0)) or len(light) == 0:
            raise ValueError(f"light on the planes has shape {table.shape}, needs {needed}")
    if of.profiles.shape[1] not in (*PERIODS, needed[0]):
        raise ValueError(f"profiles of {of.profiles.shape[1]} hours meet weather of {needed[0]}")
    figure = surface_heat.figures()
    rough = figure["wind.roughness"]
    run = simple_hourly.run if model == SIMPLE else _run
    lights = light, even
    raw, monthly, kept = run(of, weather, zones.outside(weather, rough), lights, hourly, threads)
    return ThermalRun(_annual(of, raw), monthly / JOULE_PER_KWH, kept if hourly else None, model)


def side_by_side(of: Zones, weather: Weather, *, albedo: float = ALBEDO) -> pd.DataFrame:
    """What both models say of the same zones.

    Parameters
    ----------
    of, weather, albedo
        As in `simulate`.

    Returns
    -------
    pd.DataFrame
        Index: zone; columns: figure of `ThermalRun.annual`, then model.
    """
    light = sun_table(of, weather, albedo)
    runs = {model: simulate(of, weather, model=model, sun=light).annual for model in MODELS}
    both = pd.concat(runs, axis=1).swaplevel(axis=1)
    return both[list(COMPARED)]


COMPARED: Final = ("heating", "cooling", "heating_peak", "cooling_peak", "coldest", "warmest")
"""Figures in which the models are compared."""


def sun_table(of: Zones, weather: Weather, albedo: float = ALBEDO) -> Floats:
    """Light on all planes of the zones, see `facade_sun.table`."""
    return facade_sun.table(of.planes, of.glazings, weather.sun, albedo)


def _diffuse(of: Zones, weather: Weather, albedo: float, given: Floats | None) -> Floats:
    """Light that is not the sun's own, if a horizon asks for it."""
    if of.around is None or not (of.around.row >= 0).any():
        return np.zeros((0, 0))
    if given is not None:
        return given
    return facade_sun.diffuse_table(of.planes, of.glazings, weather.sun, albedo)


def _run(
    of: Zones,
    weather: Weather,
    outside: Floats,
    lights: tuple[Floats, Floats],
    hourly: bool,
    threads: int | None,
) -> tuple[Floats, Floats, Floats]:
    figure, light = surface_heat.figures(), lights[0]
    raw = np.zeros((len(of), thermal_figures.FIGURES))
    monthly = np.zeros((len(of), 2, 12))
    kept = np.zeros((len(of), 3, len(light) if hourly else 0))
    element, room = columns(of)
    steps = figure["run.ramp_steps"]
    settings = np.array(
        [
            min(HOURS_OF_DAY * figure["run.warm_days"], len(light)),
            steps,
            figure["glass.gap_temperature"],
        ]
    )
    reduction = np.array(
        [thermal_kernel.reduced(of.conductance, of.capacity, HOUR / n) for n in (1.0, steps)]
    )
    series, even = (np.ascontiguousarray(table.T) for table in lights)
    useful = (series != 0.0).any(axis=1)
    around = kernel_arrays(
        of.around, len(of), len(of.sun_plane), weather.sun, figure["run.overheating"]
    )
    beyond = np.ascontiguousarray(outside.transpose(1, 2, 0))

    def work(first: int, last: int) -> None:
        thermal_kernel.years(
            first, last, of.starts, of.sun_starts, of.sun_plane, of.sun_weight, element,
            of.capacity, reduction, of.boundary, of.glass, room, of.schedule, of.profiles, of.ramps,
            beyond, series, even, useful, around, weather.months, settings, raw, monthly, kept,
        )  # fmt: skip

    spread(work, len(of), threads)
    return raw, monthly, kept


def columns(of: Zones) -> tuple[Floats, Floats]:
    """Elements and rooms as the kernel takes them: see `thermal_kernel.ELEMENT` and `ROOM`."""
    element = np.column_stack([of.area, of.inside, of.long_wave, of.film, of.absorbs, of.slope])
    room = np.column_stack([of.air_capacity, of.infiltration, of.ventilation, of.gains])
    return np.ascontiguousarray(element), np.ascontiguousarray(room)


def _annual(of: Zones, raw: Floats) -> pd.DataFrame:
    """Figures under names, in kWh and kW."""
    column_of = thermal_figures
    energies = {"heating": column_of.HEAT, "cooling": column_of.COOL, "sunlight": column_of.SUN,
                "gains": column_of.GAINS, "air": column_of.AIR, "outside": column_of.OUTSIDE,
                "stored": column_of.STORED}  # fmt: skip
    found = {name: raw[:, column] / JOULE_PER_KWH for name, column in energies.items()}
    moved = np.abs(raw[:, list(energies.values())]).sum(axis=1)
    return pd.DataFrame(
        {
            **found,
            "heating_peak": raw[:, column_of.PEAK_HEAT] / 1000.0,
            "cooling_peak": raw[:, column_of.PEAK_COOL] / 1000.0,
            "coldest": raw[:, column_of.COLDEST],
            "mean": raw[:, column_of.MEAN],
            "warmest": raw[:, column_of.WARMEST],
            "warm_hours": raw[:, column_of.WARM_HOURS],
            "residual": raw[:, column_of.RESIDUAL] / np.maximum(moved, 1.0),
        },
        index=pd.Index(of.names, name="zone"),
    )
