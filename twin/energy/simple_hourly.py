"""The simple hourly model of EN ISO 13790 (5R1C): one mass, one surface and one air node per zone.

Written as a system of three equations, of which only the one of the air changes with the hour. It
is many times faster than the network of nodes and close to it in yearly sums; peaks and swings of
heavy zones are rougher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import bare, compiled
from twin.energy import surface_heat
from twin.energy.thermal_figures import (
    AIR,
    COOL,
    FIGURES,
    GAINS,
    HEAT,
    HOUR,
    OUTSIDE,
    RESIDUAL,
    STORED,
    SUN,
    digest,
)
from twin.energy.thermal_kernel import START
from twin.energy.threads import spread
from twin.energy.zones import NEIGHBOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.energy.zones import Weather, Zones

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

LEAST: Final = 1e-12
MARGIN: Final = 1.01
"""Keeps the resistance between mass and outside above 0 [1]."""


def run(
    of: Zones,
    weather: Weather,
    outside: Floats,
    light: Floats,
    hourly: bool,
    threads: int | None,
) -> tuple[Floats, Floats, Floats]:
    """Work out a year of many zones; parameters and result as those of the network of nodes.

    Parameters
    ----------
    of, weather
        Zones and weather.
    outside : (hours, boundaries, 4)
        See `zones.outside`.
    light : (hours, 3 x planes)
        See `facade_sun.table` [W m-2].
    hourly
        Whether every hour is kept.
    threads
        How many at most.

    Returns
    -------
    tuple of arrays
        Figures (zones, `FIGURES`), months (zones, 2, 12) [J], hours [W, W, degC].
    """
    figure = surface_heat.figures()
    raw = np.zeros((len(of), FIGURES))
    monthly = np.zeros((len(of), 2, 12))
    kept = np.zeros((len(of), 3, len(light) if hourly else 0))
    zone, by_element = constants(of, outside)
    series = np.ascontiguousarray(light.T)
    beyond = np.ascontiguousarray(outside[:, :, [0, 3]].transpose(1, 2, 0))
    warm = min(24.0 * figure["run.warm_days"], len(light))
    settings = np.array([warm, figure["run.overheating"]])

    def work(first: int, last: int) -> None:
        years(
            first, last, of.starts, of.sun_starts, of.sun_plane, of.sun_weight, by_element,
            of.boundary, of.glass, of.area, zone, of.schedule, of.profiles, beyond, series, weather.months,
            settings, raw, monthly, kept,
        )  # fmt: skip

    spread(work, len(of), threads)
    return raw, monthly, kept


def constants(of: Zones, outside: Floats) -> tuple[Floats, Floats]:
    """Coefficients of the five resistances and the mass.

    Parameters
    ----------
    of
        The zones.
    outside
        See `zones.outside`; the yearly mean of its coefficients counts.

    Returns
    -------
    zone : (zones, 10)
        Couplings of air and surface, surface and outside through glass, surface and mass, mass and
        outside [W K-1]; capacity of the mass [J K-1]; share of radiation that reaches the mass [1];
        heat of infiltration and ventilation [W K-1]; gains [W, W].
    element : (elements, 4)
        Heat loss with surfaces [W K-1]; resistance outside [m2 K W-1]; share of what glass absorbs
        inside that comes in [1]; emissivity by share of the sky [1].
    """
    figure = surface_heat.figures()
    mean = outside.mean(axis=0)
    coefficient = np.where(of.film >= 0.0, of.film, mean[of.boundary, 1])
    coefficient = coefficient + of.long_wave[:, 0] * mean[of.boundary, 2]
    apart = coefficient <= 0.0
    films = np.where(apart, 0.0, 1.0 / np.where(apart, 1.0, coefficient))
    core = (1.0 / of.conductance).sum(axis=1)
    total = films + core + 1.0 / of.inside.sum(axis=1)
    loss = np.where(apart | (of.boundary == NEIGHBOUR), 0.0, of.area / total)
    share = np.where(apart, 0.0, (films + core) / total)

    def summed(values: Floats) -> Floats:
        return np.add.reduceat(values, of.starts[:-1])

    glass = of.glass.astype(np.float64)
    mass = summed(of.area * of.active)
    squares = summed(of.area * of.active**2)
    effective = np.divide(mass**2, squares, out=np.zeros(len(of)), where=squares > 0.0)
    every = summed(of.area)
    through, solid = summed(loss * glass), summed(loss * (1.0 - glass))
    # The mass lies inside all solid loss, so it is coupled better than that.
    least = np.maximum(figure["simple.least_area"] * of.floor_area, solid / figure["simple.mass"])
    effective = np.maximum(effective, MARGIN * least)
    to_mass = figure["simple.mass"] * effective
    reach = np.minimum(effective / every, 1.0)
    zone = np.column_stack(
        [
            figure["simple.inside"] * every, through, to_mass, solid * to_mass / (to_mass - solid),
            mass, reach, of.infiltration, of.ventilation, of.gains,
        ]
    )  # fmt: skip
    element = np.column_stack([loss, films, share, of.long_wave[:, 1]])
    return np.ascontiguousarray(zone), np.ascontiguousarray(element)


@bare
def forcing(
    begin: int,
    end: int,
    sun_starts: Whole,
    sun_plane: Whole,
    sun_weight: Floats,
    element: Floats,
    boundary: Whole,
    glass: NDArray[np.bool_],
    outside: Floats,
    light: Floats,
    areas: Floats,
    series: Floats,
) -> None:
    """Heat from outside of one zone: light that comes in, and what drives mass and glass.

    Parameters
    ----------
    begin, end
        Elements of the zone.
    sun_starts, sun_plane, sun_weight, boundary, glass
        As in `zones.Zones`.
    element
        See `constants`.
    outside : (boundaries, 2, hours)
        Temperature [degC] and sky radiation less that of the air [W m-2].
    light : (3 x planes, hours) [W m-2]
    areas : (elements,) [m2]
    series : (3, hours)
        Written: light inside [W]; temperature outside times loss, of the solid parts and of glass,
        light and sky on them included [W].
    """
    hours = light.shape[1]
    for k in range(3):
        for t in range(hours):
            series[k, t] = 0.0
    for e in range(begin, end):
        loss, film, share, sky = element[e, 0], element[e, 1], element[e, 2], element[e, 3]
        row, where = 2 if glass[e] else 1, boundary[e]
        for t in range(hours):
            series[row, t] += loss * (outside[where, 0, t] + film * sky * outside[where, 1, t])
        for j in range(sun_starts[e], sun_starts[e + 1]):
            column, weight = 3 * sun_plane[j], sun_weight[j]
            by_light = loss * film * weight
            for t in range(hours):
                series[row, t] += by_light * light[column, t]
            if glass[e]:
                size = areas[e] * weight
                for t in range(hours):
                    inner = share * light[column + 1, t]
                    series[0, t] += size * (light[column + 2, t] + inner)


@compiled
def years(
    first: int,
    last: int,
    starts: Whole,
    sun_starts: Whole,
    sun_plane: Whole,
    sun_weight: Floats,
    element: Floats,
    boundary: Whole,
    glass: NDArray[np.bool_],
    areas: Floats,
    zone: Floats,
    schedule: Whole,
    profiles: Floats,
    outside: Floats,
    light: Floats,
    months: Whole,
    settings: Floats,
    figures: Floats,
    monthly: Floats,
    hourly: Floats,
) -> None:
    """Work out zones `first` to before `last`; see `run` and `forcing`."""
    series, told = np.empty((3, light.shape[1])), np.empty((3, light.shape[1]))
    for z in range(first, last):
        forcing(
            starts[z], starts[z + 1], sun_starts, sun_plane, sun_weight, element, boundary, glass,
            outside, light, areas, series,
        )  # fmt: skip
        figures[z, :] = 0.0
        monthly[z, :, :] = 0.0
        loss = solid_loss(element, glass, starts[z], starts[z + 1])
        year(
            zone[z], loss, schedule[z], profiles, series, outside[0, 0], months, settings,
            figures[z], told,
        )  # fmt: skip
        digest(told, months, settings[1], figures[z], monthly[z], hourly[z])
        for column in (HEAT, COOL, SUN, GAINS, AIR, OUTSIDE):
            figures[z, column] *= HOUR
        row = figures[z]
        row[RESIDUAL] = row[HEAT] - row[COOL] + row[SUN] + row[GAINS] + row[AIR] + row[OUTSIDE]
        row[RESIDUAL] -= row[STORED]


@bare
def year(
    room: Floats,
    loss: float,
    schedule: Whole,
    profiles: Floats,
    series: Floats,
    outdoor: Floats,
    months: Whole,
    settings: Floats,
    row: Floats,
    told: Floats,
) -> None:
    """Work out one zone and tell its hours, see `thermal_figures.digest`.

    `loss` is that of its solid parts [W K-1]; the rest are rows of `years`.
    """
    total, period = len(months), profiles.shape[1]
    to_air, to_glass, to_mass, to_solid, reach = room[0], room[1], room[2], room[3], room[5]
    inertia, scale = 2.0 * room[4] / HOUR, to_solid / max(loss, LEAST)
    of_mass = 1.0 / (inertia + to_mass + to_solid)
    of_surface = 1.0 / (to_air + to_glass + to_mass - to_mass * to_mass * of_mass)
    steady = to_air - to_air * to_air * of_surface
    # What follows is solved for the air, so that each hour waits for little of the one before.
    of_both, upward = to_mass * of_mass, to_mass * of_surface
    by_mass = to_air * of_surface * of_both * inertia
    keeps = 2.0 * of_mass * inertia * (1.0 + upward * of_both) - 1.0
    by_air, by_drive = 2.0 * of_mass * upward * to_air, 2.0 * of_mass * upward
    mass, begin_mass = START, START
    lit, gains, aired, lost = 0.0, 0.0, 0.0, 0.0
    slot = (total - int(settings[0])) % period - 1
    for clock in range(-int(settings[0]), total):
        hour = clock if clock >= 0 else clock + total
        slot = 0 if slot + 1 == period or clock == 0 else slot + 1
        if clock == 0:
            begin_mass = mass
            lit, gains, aired, lost = 0.0, 0.0, 0.0, 0.0
        gain = profiles[schedule[3], slot]
        exchange = room[6] * profiles[schedule[4], slot] + room[7] * profiles[schedule[2], slot]
        radiation = series[0, hour] + gain * room[9]
        at_mass = scale * series[1, hour] + reach * radiation
        at_surface = series[2, hour] + (1.0 - reach) * radiation + of_both * at_mass
        stiff = steady + exchange
        soft = 1.0 / stiff
        drive = exchange * outdoor[hour] + gain * room[8] + to_air * of_surface * at_surface
        free = soft * drive + soft * by_mass * mass
        air = min(max(free, profiles[schedule[0], slot]), profiles[schedule[1], slot])
        power = (air - free) * stiff
        surface = of_surface * (at_surface + of_both * inertia * mass + to_air * air)
        former, news = mass, 2.0 * of_mass * at_mass + by_drive * at_surface
        mass = keeps * mass + news + by_air * air
        middle = 0.5 * (former + mass)
        told[0, hour], told[1, hour], told[2, hour] = power, air, 0.5 * (air + surface)
        lit += series[0, hour]
        gains += gain
        aired += exchange * (outdoor[hour] - air)
        lost += scale * series[1, hour] - to_solid * middle
        lost += series[2, hour] - to_glass * surface
    row[SUN], row[GAINS], row[AIR] = lit, gains * (room[8] + room[9]), aired
    row[OUTSIDE] = lost
    row[STORED] = room[4] * (mass - begin_mass)


@bare
def solid_loss(element: Floats, glass: NDArray[np.bool_], begin: int, end: int) -> float:
    """Heat loss of the parts of a zone that are not glass [W K-1]."""
    found = 0.0
    for e in range(begin, end):
        if not glass[e]:
            found += element[e, 0]
    return found
