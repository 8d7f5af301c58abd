"""Kernel of the hourly model after EN ISO 52016-1: a year of many zones.

Implicit in time. The inner nodes of an element do not depend on the hour, so they are eliminated
once; what is left per element and hour are its two surfaces, whose coefficients may change with
wind and temperature at the cost of two divisions. Air and mean radiant temperature of the zone
follow from a system of two equations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import bare, compiled, inlined
from twin.energy.thermal_figures import (
    AIR,
    GAINS,
    HOUR,
    OUTSIDE,
    RESIDUAL,
    STORED,
    SUMS,
    SUN,
    closed,
    digest,
)
from twin.energy.thermal_light import (
    AREA,
    CONVECTIVE,
    COOLER,
    DARK,
    FLOW,
    INNER,
    OPENS,
    OUTER,
    RADIATIVE,
    SEASON,
    SERIES,
    SHARE,
    SLOPE,
    THROUGH,
    drive,
    total,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.energy.surroundings import Around

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

BY_OUTER, BY_INNER = 9, 12
KEEP_OUTER, KEEP_INNER, AT_OUTER, AT_INNER, LINK, INTO_OUTER, INTO_INNER = range(15, 22)
REDUCED: Final = 22
"""Columns of `reduced`; 0 to 8 give each inner node by the former temperatures of all three."""

ROOM: Final = 5
"""Columns of a zone: capacity of the air [J K-1], infiltration, ventilation [W K-1], gains to the
air and by radiation [W]."""

START: Final = 20.0
NODES: Final = 5


@compiled
def reduced(conductance: Floats, capacity: Floats, step: float) -> Floats:
    """Eliminate the three inner nodes of elements.

    Parameters
    ----------
    conductance : (elements, 4) [W m-2 K-1]
    capacity : (elements, 5) [J m-2 K-1]
    step
        Length of a step [s].

    Returns
    -------
    (elements, `REDUCED`)
        Inner nodes by their former temperatures (9), by the outer (3) and the inner surface (3)
        [1]; storage of both surfaces, their diagonal terms, their coupling, and conductance from
        both to the nodes beside them [W m-2 K-1].
    """
    count = len(conductance)
    found = np.zeros((count, REDUCED))
    for e in range(count):
        matrix = np.zeros((3, 3))
        for k in range(3):
            matrix[k, k] = capacity[e, k + 1] / step + conductance[e, k] + conductance[e, k + 1]
        for k in range(2):
            matrix[k, k + 1] = matrix[k + 1, k] = -conductance[e, k + 1]
        inverse = np.linalg.inv(matrix)
        for k in range(3):
            for j in range(3):
                found[e, 3 * k + j] = inverse[k, j] * capacity[e, j + 1] / step
            found[e, BY_OUTER + k] = inverse[k, 0] * conductance[e, 0]
            found[e, BY_INNER + k] = inverse[k, 2] * conductance[e, 3]
        found[e, KEEP_OUTER] = capacity[e, 0] / step
        found[e, KEEP_INNER] = capacity[e, 4] / step
        found[e, AT_OUTER] = conductance[e, 0] * (1.0 - found[e, BY_OUTER])
        found[e, AT_INNER] = conductance[e, 3] * (1.0 - found[e, BY_INNER + 2])
        found[e, LINK] = conductance[e, 0] * found[e, BY_INNER]
        found[e, INTO_OUTER] = conductance[e, 0]
        found[e, INTO_INNER] = conductance[e, 3]
    return found


@inlined
def respond(
    e: int,
    part: int,
    hour: int,
    own: Floats,
    reduction: Floats,
    series: Floats,
    state: Floats,
    work: Floats,
    at_gap: float,
) -> None:
    """What one element answers to the air and the mean radiant temperature of its room.

    Writes to its row of `work`: extra conductance, inner nodes left alone (3), right side of the
    outer surface, one by its coefficient, one by that of the inner surface, and the temperature of
    the inner surface in a room of 0 degC.
    """
    t1, t2, t3 = state[e, 1], state[e, 2], state[e, 3]
    extra = own[e, SLOPE] * (0.5 * (state[e, 0] + state[e, 4]) - at_gap)
    first = reduction[part, e, 0] * t1 + reduction[part, e, 1] * t2 + reduction[part, e, 2] * t3
    work[e, 2] = (
        reduction[part, e, 3] * t1 + reduction[part, e, 4] * t2 + reduction[part, e, 5] * t3
    )
    third = reduction[part, e, 6] * t1 + reduction[part, e, 7] * t2 + reduction[part, e, 8] * t3
    outer = reduction[part, e, KEEP_OUTER] * state[e, 0] + reduction[part, e, INTO_OUTER] * first
    outer += series[e, 0, hour]
    inner = reduction[part, e, KEEP_INNER] * state[e, 4] + reduction[part, e, INTO_INNER] * third
    inner += series[e, 2, hour]
    share = 1.0 / (
        reduction[part, e, KEEP_OUTER] + reduction[part, e, AT_OUTER] + extra + series[e, 1, hour]
    )
    link = reduction[part, e, LINK] + extra
    stiff = reduction[part, e, KEEP_INNER] + reduction[part, e, AT_INNER] + extra
    stiff += own[e, CONVECTIVE] + own[e, RADIATIVE] - link * link * share
    work[e, 0], work[e, 1], work[e, 3], work[e, 4] = extra, first, third, outer
    soft = 1.0 / stiff
    work[e, 5], work[e, 6], work[e, 7] = share, soft, soft * (inner + link * share * outer)


@inlined
def settle(
    e: int,
    part: int,
    air: float,
    radiant: float,
    own: Floats,
    reduction: Floats,
    state: Floats,
    work: Floats,
) -> None:
    """Temperatures of one element, from those of its room."""
    t4 = work[e, 7] + work[e, 6] * (own[e, CONVECTIVE] * air + own[e, RADIATIVE] * radiant)
    t0 = work[e, 5] * (work[e, 4] + (reduction[part, e, LINK] + work[e, 0]) * t4)
    state[e, 0], state[e, 4] = t0, t4
    for k in range(3):
        by_outer, by_inner = reduction[part, e, BY_OUTER + k], reduction[part, e, BY_INNER + k]
        state[e, k + 1] = work[e, k + 1] + by_outer * t0 + by_inner * t4


@inlined
def step(
    part: int,
    hour: int,
    seconds: float,
    target: tuple[float, float],
    exchange: float,
    gain: float,
    room: Floats,
    own: Floats,
    reduction: Floats,
    series: Floats,
    outdoor: Floats,
    state: Floats,
    work: Floats,
    settings: Floats,
    former: float,
) -> tuple[float, float, float]:
    """One step of one zone.

    Returns
    -------
    tuple of float
        Heat (above 0) or cold (below) that keeps the set-points [W]; air and mean radiant
        temperature [degC].
    """
    by_air, by_radiation, mixed, plain = 0.0, 0.0, 0.0, 0.0
    base_air, base_radiation, all_air, all_radiation = 0.0, 0.0, 0.0, 0.0
    for e in range(len(own)):
        respond(e, part, hour, own, reduction, series, state, work, settings[2])
        to_air, to_radiant = own[e, CONVECTIVE], own[e, RADIATIVE]
        air_part, radiant_part = own[e, AREA] * to_air, own[e, AREA] * to_radiant
        plain = work[e, 6]
        all_air += air_part
        all_radiation += radiant_part
        base_air += air_part * work[e, 7]
        base_radiation += radiant_part * work[e, 7]
        by_air += air_part * to_air * plain
        mixed += air_part * to_radiant * plain
        by_radiation += radiant_part * to_radiant * plain
    free = 1.0 / (all_radiation - by_radiation)
    radiant_alone = (base_radiation + gain * room[4]) * free
    held = room[0] / seconds
    stiff = held + exchange + all_air - by_air - mixed * mixed * free
    heat = held * former + exchange * outdoor[hour] + gain * room[3]
    air = (heat + base_air + mixed * radiant_alone) / stiff
    power, wanted = 0.0, min(max(air, target[0]), target[1])
    if wanted != air:
        power, air = (wanted - air) * stiff, wanted
    radiant = radiant_alone + mixed * free * air
    for e in range(len(own)):
        settle(e, part, air, radiant, own, reduction, state, work)
    return power, air, radiant


@bare
def stored(own: Floats, capacity: Floats, room: Floats, state: Floats, air: float) -> float:
    """Heat in the air and the elements of one zone above 0 degC [J]."""
    found = float(room[0]) * air
    for e in range(len(own)):
        for k in range(NODES):
            found += own[e, AREA] * capacity[e, k] * state[e, k]
    return found


@bare
def year(
    room: Floats,
    own: Floats,
    capacity: Floats,
    reduction: Floats,
    schedule: Whole,
    profiles: Floats,
    ramps: Floats,
    series: Floats,
    outdoor: Floats,
    months: Whole,
    settings: Floats,
    windows: Floats,
    hours: Floats,
    state: Floats,
    work: Floats,
    row: Floats,
    told: Floats,
) -> None:
    """Work out the year of one zone and tell its hours, see `digest`; the rest are rows of `years`."""
    total, period, many = len(months), profiles.shape[1], int(settings[1])
    air, radiant, before = START, START, 0.0
    slot = (total - int(settings[0])) % period - 1
    for clock in range(-int(settings[0]), total):
        hour = clock if clock >= 0 else clock + total
        slot = 0 if slot + 1 == period or clock == 0 else slot + 1
        if clock == 0:
            before = stored(own, capacity, room, state, air)
        heat_from, heat_to = ramps[schedule[0], slot], profiles[schedule[0], slot]
        cool_to, gain = profiles[schedule[1], slot], profiles[schedule[3], slot]
        exchange = room[1] * profiles[schedule[4], slot] + room[2] * profiles[schedule[2], slot]
        night = 1 if hours[DARK, hour] > 0.0 else 0
        if air > windows[OPENS + night] and outdoor[hour] < air:
            exchange += windows[FLOW + night]
        steps = 1 if heat_from == heat_to else many
        each = 1.0 if steps == 1 else 1.0 / steps
        rise = (heat_to - heat_from) * each
        total_power, mean, warmth, lost, aired = 0.0, 0.0, 0.0, 0.0, 0.0
        for s in range(steps):
            power, air, radiant = step(
                0 if steps == 1 else 1, hour, HOUR * each, (heat_to - rise * (steps - 1 - s), cool_to),
                exchange, gain, room, own, reduction, series, outdoor, state, work, settings, air,
            )  # fmt: skip
            total_power += power * each
            mean += air * each
            warmth += 0.5 * (air + radiant) * each
            aired += exchange * (outdoor[hour] - air) * each
            for e in range(len(own)):
                flow = series[e, 0, hour] - series[e, 1, hour] * state[e, 0]
                lost += own[e, AREA] * flow * each
        told[0, hour], told[1, hour], told[2, hour] = total_power, mean, warmth
        if clock >= 0:
            row[GAINS] += gain * (room[3] + room[4])
            row[AIR] += aired
            row[OUTSIDE] += lost
    row[STORED] = stored(own, capacity, room, state, air) - before


@compiled
def years(
    first: int,
    last: int,
    starts: Whole,
    sun_starts: Whole,
    sun_plane: Whole,
    sun_weight: Floats,
    element: Floats,
    capacity: Floats,
    reduction: Floats,
    boundary: Whole,
    glass: NDArray[np.bool_],
    room: Floats,
    schedule: Whole,
    profiles: Floats,
    ramps: Floats,
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
    """Work out zones `first` to before `last`.

    Parameters
    ----------
    first, last
        Zones of this piece.
    starts, sun_starts, sun_plane, sun_weight, boundary, glass, schedule, profiles, ramps
        As in `zones.Zones`.
    element : (elements, `ELEMENT`)
    capacity : (elements, 5) [J m-2 K-1]
    reduction : (2, elements, `REDUCED`)
        `reduced` for the step of an hour and of a ramp.
    room : (zones, `ROOM`)
    outside, light, diffuse, useful, around
        See `thermal_light.drive`.
    months : (hours,)
        0 to 11.
    settings : (3,)
        Warm-up [h], steps of a ramp, temperature at which the conductance of windows holds [degC].
    figures : (zones, `thermal_figures.FIGURES`)
        Written.
    monthly : (zones, 2, 12)
        Written: heat and cold of each month [J].
    hourly : (zones, 3, hours or 0)
        Written if there is room: heat and cold [W], air temperature [degC].
    """
    most = (starts[first + 1 : last + 1] - starts[first:last]).max()
    series = np.empty((most, SERIES, light.shape[1]))
    rooms, told = np.empty((4, light.shape[1])), np.empty((3, light.shape[1]))
    outdoor = np.empty(light.shape[1])
    for z in range(first, last):
        begin, end = starts[z], starts[z + 1]
        drive(
            z, begin, end, sun_starts, sun_plane, sun_weight, element, boundary, glass, outside,
            light, diffuse, useful, around, series, rooms,
        )  # fmt: skip
        outdoor[:] = outside[0, 0] + around.zone[z, COOLER] * around.hour[SEASON]
        figures[z, :] = 0.0
        monthly[z, :, :] = 0.0
        state, work = np.full((end - begin, NODES), START), np.empty((end - begin, 8))
        # Copies, as what is known to lie in one piece is read much faster.
        own, parts = element[begin:end].copy(), reduction[:, begin:end].copy()
        year(
            room[z], own, capacity[begin:end].copy(), parts, schedule[z],
            profiles, ramps, series, outdoor, months, settings, around.zone[z], around.hour, state,
            work, figures[z], told,
        )  # fmt: skip
        digest(told, months, around.limits[around.kind[z]], figures[z], monthly[z], hourly[z])
        for column in SUMS:
            figures[z, column] *= HOUR
        outer, taken = total(rooms[OUTER]) * HOUR, 0.0
        for e in range(begin, end):
            taken += element[e, SHARE]
        within = total(rooms[INNER]) + taken * total(rooms[THROUGH])
        figures[z, OUTSIDE] -= outer
        figures[z, SUN] = outer + within * HOUR
        figures[z, RESIDUAL] = closed(figures[z])
