"""What drives the elements of a zone in each hour: air, wind and sky outside, and light.

Light that is shaded: the sun's own where it stands below the horizon in that hour, the even light of
sky and ground by the share of the sky that is seen. Blinds are down in the warm season where much
light would come in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.compiled import bare
from twin.energy.zones import SHELTERED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from twin.energy.surroundings import Around

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

AREA, CONVECTIVE, RADIATIVE, EMISSIVITY, SKY, FILM, SHARE, SLOPE = range(8)
ELEMENT: Final = 8
"""Columns of an element: area [m2], coefficients to air and mean radiant temperature of the room
[W m-2 K-1], emissivity outside, the same by the share of the sky [1], constant coefficient outside
(below 0: that of the hour) [W m-2 K-1], share of the light in the room [1], change of the
conductance with temperature [W m-2 K-2]."""

SERIES: Final = 3
"""Series of an element: heat that drives its outer surface, coefficient there, light inside."""

OUTER, INNER, THROUGH = range(3)
"""Columns of a plane (`facade_sun.table`), and rows of the light of a zone."""

SHUT, FLOW, OPENS, COOLER = 0, 1, 3, 5
"""Columns of `surroundings.Around.zone`; air and temperature by day stand before those by night."""

HEIGHT, SEASON, DARK = range(3)
"""Rows of `surroundings.Around.hour`."""


@bare
def shine(
    column: int,
    row: int,
    shut: float,
    light: Floats,
    diffuse: Floats,
    around: Around,
    found: Floats,
) -> None:
    """Light of one column that reaches a part of a zone.

    Parameters
    ----------
    column, row
        Of `light`; of the horizon, below 0 for an open one.
    shut
        Light that blinds let through, 1 without [1].
    light, diffuse : (3 x planes, hours)
        All light of a plane, and that of it which is not the sun's own [W m-2].
    around
        Horizon and sun.
    found : (hours,)
        Written [W m-2].
    """
    hours = light.shape[1]
    if row < 0:
        for t in range(hours):
            found[t] = light[column, t]
    else:
        seen = around.seen[row]
        for t in range(hours):
            even = diffuse[column, t]
            lit = around.hour[HEIGHT, t] > around.horizon[row, around.sector[t]]
            found[t] = seen * even + (light[column, t] - even if lit else 0.0)
    if shut < 1.0:
        for t in range(hours):
            if around.hour[SEASON, t] > 0.0 and found[t] > around.bright[0]:
                found[t] *= shut


@bare
def bring(
    size: float, column: int, row: int, shut: float, light: Floats, diffuse: Floats,
    around: Around, shone: Floats, found: Floats,
) -> None:  # fmt: skip
    """Add light times `size` to `found`; `shone` is scratch, the rest as of `shine`."""
    if row < 0 and shut >= 1.0:
        for t in range(light.shape[1]):
            found[t] += size * light[column, t]
        return
    shine(column, row, shut, light, diffuse, around, shone)
    for t in range(light.shape[1]):
        found[t] += size * shone[t]


@bare
def total(values: Floats) -> float:
    """Sum in four strands, whose order is fixed."""
    count, one, two, three, four = len(values), 0.0, 0.0, 0.0, 0.0
    whole = count - count % 4
    for t in range(0, whole, 4):
        one += values[t]
        two += values[t + 1]
        three += values[t + 2]
        four += values[t + 3]
    for t in range(whole, count):
        one += values[t]
    return (one + two) + (three + four)


@bare
def drive(
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
    series: Floats,
    rooms: Floats,
) -> None:
    """Work out what drives the elements of one zone in each hour.

    Parameters
    ----------
    zone, begin, end
        Number of the zone, and its elements.
    sun_starts, sun_plane, sun_weight, boundary, glass
        As in `zones.Zones`.
    element : (elements, `ELEMENT`)
    outside : (boundaries, 4, hours)
        Temperature [degC], coefficients of convection and of black radiation [W m-2 K-1], sky
        radiation less that of the air [W m-2].
    light, diffuse, around
        See `shine`.
    useful : (3 x planes,)
        Whether there is any light in a column.
    series : (elements of the zone or more, `SERIES`, hours)
        Written.
    rooms : (4, hours)
        Written: light that outer surfaces absorb, that the inner parts of glass absorb, and that
        comes in [W]; the last is scratch.
    """
    hours = light.shape[1]
    for k in range(THROUGH + 1):
        for t in range(hours):
            rooms[k, t] = 0.0
    for e in range(begin, end):
        row, where = e - begin, boundary[e]
        cooler = around.zone[zone, COOLER] if where <= SHELTERED else 0.0
        surface(row, element[e], outside[where], cooler, around, series)
        shut = around.zone[zone, SHUT] if glass[e] else 1.0
        for j in range(sun_starts[e], sun_starts[e + 1]):
            for k in range(THROUGH + 1 if glass[e] else INNER):
                column = 3 * sun_plane[j] + k
                if useful[column]:
                    shine(column, around.row[j], shut, light, diffuse, around, rooms[3])
                    taken(row, k, sun_weight[j], element[e, AREA], series, rooms)
    for e in range(begin, end):
        row, share = e - begin, element[e, SHARE] / element[e, AREA]
        for t in range(hours):
            series[row, 2, t] += share * rooms[THROUGH, t]


@bare
def surface(
    row: int, element: Floats, outside: Floats, cooler: float, around: Around, series: Floats
) -> None:
    """Film and temperature outside one element, see `drive`; `cooler` is in the warm season [K]."""
    constant, emissivity, sky = element[FILM], element[EMISSIVITY], element[SKY]
    by_wind = 0.0 if constant >= 0.0 else 1.0
    constant = max(constant, 0.0)
    for t in range(series.shape[2]):
        film = constant + by_wind * outside[1, t] + emissivity * outside[2, t]
        air = outside[0, t] + cooler * around.hour[SEASON, t]
        series[row, 0, t] = film * air + sky * outside[3, t]
        series[row, 1, t] = film
        series[row, 2, t] = 0.0


@bare
def taken(row: int, column: int, weight: float, area: float, series: Floats, rooms: Floats) -> None:
    """Give the light of the last row of `rooms` to its zone and, if it stays there, its element."""
    size = weight * area
    for t in range(rooms.shape[1]):
        rooms[column, t] += size * rooms[3, t]
    if column < THROUGH:
        side = 0 if column == OUTER else 2
        for t in range(rooms.shape[1]):
            series[row, side, t] += weight * rooms[3, t]
