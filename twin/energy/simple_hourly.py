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
from twin.energy.surroundings import kernel_arrays
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
    closed,
    digest,
)
from twin.energy.thermal_kernel import START
from twin.energy.thermal_light import (
    COOLER,
    DARK,
    FLOW,
    INNER,
    OPENS,
    OUTER,
    SEASON,
    SHUT,
    THROUGH,
    bring,
)
from twin.energy.threads import spread
from twin.energy.zones import NEIGHBOUR, SHELTERED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.energy.surroundings import Around
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
    lights: tuple[Floats, Floats],
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
    lights : (hours, 3 x planes)
        See `facade_sun.table` and `facade_sun.diffuse_table` [W m-2].
    hourly
        Whether every hour is kept.
    threads
        How many at most.

    Returns
    -------
    tuple of arrays
        Figures (zones, `FIGURES`), months (zones, 2, 12) [J], hours [W, W, degC].
    """
    figure, light = surface_heat.figures(), lights[0]
    raw = np.zeros((len(of), FIGURES))
    monthly = np.zeros((len(of), 2, 12))
    kept = np.zeros((len(of), 3, len(light) if hourly else 0))
    zone, by_element = constants(of, outside)
    series, even = (np.ascontiguousarray(table.T) for table in lights)
    useful = (series != 0.0).any(axis=1)
    around = kernel_arrays(
        of.around, len(of), len(of.sun_plane), weather.sun, figure["run.overheating"]
    )
    beyond = np.ascontiguousarray(outside[:, :, [0, 3]].transpose(1, 2, 0))
    warm = min(24.0 * figure["run.warm_days"], len(light))
    settings = np.array([warm])

    def work(first: int, last: int) -> None:
        years(
            first, last, of.starts, of.sun_starts, of.sun_plane, of.sun_weight, by_element,
            of.boundary, of.glass, of.area, zone, of.schedule, of.profiles, beyond, series, even,
            useful, around, weather.months, settings, raw, monthly, kept,
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
    zone: int,
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
    diffuse: Floats,
    useful: NDArray[np.bool_],
    around: Around,
    areas: Floats,
    series: Floats,
    shone: Floats,
) -> None:
    """Heat from outside of one zone: light that comes in, and what drives mass and glass.

    Parameters
    ----------
    zone, begin, end
        Number of the zone, and its elements.
    sun_starts, sun_plane, sun_weight, boundary, glass
        As in `zones.Zones`.
    element
        See `constants`.
    outside : (boundaries, 2, hours)
        Temperature [degC] and sky radiation less that of the air [W m-2].
    light, diffuse, useful, around
        See `thermal_light.drive`.
    areas : (elements,) [m2]
    series : (3, hours)
        Written: light inside [W]; temperature outside times loss, of the solid parts and of glass,
        light and sky on them included [W].
    shone : (hours,)
        Scratch.
    """
    hours = light.shape[1]
    for k in range(3):
        for t in range(hours):
            series[k, t] = 0.0
    for e in range(begin, end):
        loss, film, share, sky = element[e, 0], element[e, 1], element[e, 2], element[e, 3]
        row, where = 2 if glass[e] else 1, boundary[e]
        cooler = around.zone[zone, COOLER] if where <= SHELTERED else 0.0
        for t in range(hours):
            air = outside[where, 0, t] + cooler * around.hour[SEASON, t]
            series[row, t] += loss * (air + film * sky * outside[where, 1, t])
        shut = around.zone[zone, SHUT] if glass[e] else 1.0
        for j in range(sun_starts[e], sun_starts[e + 1]):
            for k in range(THROUGH + 1 if glass[e] else INNER):
                column, weight = 3 * sun_plane[j] + k, sun_weight[j]
                if not useful[column]:
                    continue
                size = weight * (loss * film if k == OUTER else areas[e])
                if k == INNER:
                    size *= share
                into = series[row if k == OUTER else 0]
                bring(size, column, around.row[j], shut, light, diffuse, around, shone, into)


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
    diffuse: Floats,
    useful: NDArray[np.bool_],
    around: Around,
    months: Whole,
    settings: Floats,
    figures: Floats,
    monthly: Floats,
    hourly: Floats,
) -> None:
    """Work out zones `first` to before `last`; see `run` and `forcing`."""
    series, told = np.empty((3, light.shape[1])), np.empty((3, light.shape[1]))
    outdoor, shone = np.empty(light.shape[1]), np.empty(light.shape[1])
    for z in range(first, last):
        forcing(
            z, starts[z], starts[z + 1], sun_starts, sun_plane, sun_weight, element, boundary,
            glass, outside, light, diffuse, useful, around, areas, series, shone,
        )  # fmt: skip
        outdoor[:] = outside[0, 0] + around.zone[z, COOLER] * around.hour[SEASON]
        figures[z, :] = 0.0
        monthly[z, :, :] = 0.0
        loss = solid_loss(element, glass, starts[z], starts[z + 1])
        year(
            zone[z], loss, schedule[z], profiles, series, outdoor, months, settings,
            around.zone[z], around.hour, figures[z], told,
        )  # fmt: skip
        digest(told, months, around.limits[around.kind[z]], figures[z], monthly[z], hourly[z])
        for column in (HEAT, COOL, SUN, GAINS, AIR, OUTSIDE):
            figures[z, column] *= HOUR
        figures[z, RESIDUAL] = closed(figures[z])


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
    windows: Floats,
    hours: Floats,
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
    mass, begin_mass, air = START, START, START
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
        night = 1 if hours[DARK, hour] > 0.0 else 0
        if air > windows[OPENS + night] and outdoor[hour] < air:
            exchange += windows[FLOW + night]
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
