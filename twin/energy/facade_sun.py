"""Sunlight on walls, roofs and windows for every hour of a year.

Sky by R. Perez et al., Solar Energy 44 (1990) 271-289, through pvlib; the sun stands at several
moments of each hour, as one position is off by half an hour's turn where it rises, sets or comes
round a corner. Overhangs and fins cast exact shadows on a grid of points of the window; the same
rays to the whole sky and ground give what they take of the diffuse light. Light around the sun is
shaded and refracted as the sun's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from pvlib import irradiance, solarposition
from pvlib.atmosphere import get_relative_airmass

from twin.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.energy.glazing import Glazing

    Floats = NDArray[np.float64]

MOMENTS: Final = (5.0, 15.0, 25.0, 35.0, 45.0, 55.0)
"""Minutes after the begin of an hour at which the sun is looked at [min]."""

HALF_HOUR: Final = 30.0
"""Middle of an hour after its begin [min]."""

DEGREES_PER_HOUR: Final = 15.0
"""Turn of the sky as the mean sun goes with it [deg/h]."""

COLUMNS: Final = 3
"""Columns of a plane: light on its outer side, on its inner side, and through it."""

POINTS: Final = 16
"""Points along each edge of a window at which its shade is taken."""

RINGS: Final = 24
"""Rings and sectors of the hemisphere in front of a window."""

LOWEST: Final = 0.0871557
"""Cosine of 85 degrees: least height of the sun in the ratio of the light around it (Perez)."""


@dataclass(frozen=True)
class Shade:
    """Overhang and side fins of an upright window.

    Parameters
    ----------
    width, height
        Of the window [m].
    overhang_depth, overhang_gap, overhang_left, overhang_right
        How far it stands out; its height above the window; how far it reaches beyond the window to
        the left and right, seen from outside [m]. Depth 0: none.
    fin_depth, fin_gap, fin_above, fin_below
        How far both fins stand out; their distance from the window; how far they reach above and
        below it [m]. Depth 0: none.
    """

    width: float
    height: float
    overhang_depth: float = 0.0
    overhang_gap: float = 0.0
    overhang_left: float = 0.0
    overhang_right: float = 0.0
    fin_depth: float = 0.0
    fin_gap: float = 0.0
    fin_above: float = 0.0
    fin_below: float = 0.0

    def numbers(self) -> Floats:
        """All lengths, in the order above [m]."""
        return np.array(list(vars(self).values()), dtype=np.float64)


@dataclass(frozen=True)
class Plane:
    """A plane that light falls on.

    Parameters
    ----------
    tilt, azimuth
        0 lies flat and faces up, 90 is a wall; direction that it faces, clockwise from north [deg].
    glazing
        Number of its glazing, -1 for an opaque plane.
    shade
        Overhang and fins; None for none. Only upright planes have them.
    """

    tilt: float
    azimuth: float
    glazing: int = -1
    shade: Shade | None = None


@dataclass(frozen=True)
class Sky:
    """The sun at the moments of a year, and the light that comes with it.

    Parameters
    ----------
    height, across, azimuth : (moments, hours)
        Cosine and sine of the zenith angle [1]; azimuth [rad].
    up : (moments, hours)
        Weight of the moment in its hour: 1 by the number of those with the sun up; 0 in the night.
    dni, dhi, ghi : (hours,)
        [W m-2]
    around, brightening : (moments, hours)
        Perez: share of the diffuse light around the sun, and of the bright horizon [1].
    glow
        Share of the light around the sun that counts, 0 to look at the even light alone [1].
    """

    height: Floats
    across: Floats
    azimuth: Floats
    up: Floats
    dni: Floats
    dhi: Floats
    ghi: Floats
    around: Floats
    brightening: Floats
    glow: float = 1.0


def sky(
    times: pd.DatetimeIndex,
    position: tuple[float, float, float],
    light: tuple[Floats, Floats, Floats],
    middle: float = 30.0,
) -> Sky:
    """Where the sun stands and how the diffuse light is spread over the sky.

    Parameters
    ----------
    times : (hours,)
        Begin of the hours in UTC, without a zone.
    position
        Latitude, longitude [deg], altitude [m].
    light
        Direct normal, diffuse horizontal and global horizontal irradiance [W m-2].
    middle
        Minutes after the begin at which the middle of the measured hour lies [min].
    """
    latitude, longitude, altitude = position
    dni, dhi, ghi = (np.asarray(part, dtype=np.float64) for part in light)
    shape = len(MOMENTS), len(times)
    height, across, azimuth, around, brightening = (np.zeros(shape) for _ in range(5))
    outside = np.asarray(irradiance.get_extra_radiation(times.day_of_year.to_numpy()))
    found = solarposition.get_solarposition(
        times.tz_localize("UTC") + pd.Timedelta(minutes=middle), latitude, longitude,
        altitude=altitude,
    )  # fmt: skip
    zenith, turn = np.radians(found["zenith"].to_numpy()), np.radians(found["azimuth"].to_numpy())
    for row, minutes in enumerate(MOMENTS):
        height[row], across[row], azimuth[row] = later(zenith, turn, latitude, minutes - HALF_HOUR)
        around[row], brightening[row] = brightness(
            np.arctan2(across[row], height[row]), dni, dhi, outside
        )
    count = (height > 0.0).sum(axis=0)
    up = np.where(height > 0.0, 1.0 / np.maximum(count, 1), 0.0)
    return Sky(height, across, azimuth, up, dni, dhi, ghi, around, brightening)


def later(
    zenith: Floats, azimuth: Floats, latitude: float, minutes: float
) -> tuple[Floats, Floats, Floats]:
    """Where the sun stands some minutes after it was seen.

    The sky turns around its pole; within half an hour the sun itself moves by less than 0.01 degrees
    on it, a fiftieth of its own width.

    Parameters
    ----------
    zenith, azimuth
        Where it was seen [rad].
    latitude
        Of the place [deg].
    minutes
        Later, or earlier if below 0 [min].

    Returns
    -------
    tuple of arrays
        Cosine and sine of the zenith angle [1], azimuth from 0 [rad].
    """
    turn = -np.radians(DEGREES_PER_HOUR * minutes / 60.0)
    north, up = np.cos(np.radians(latitude)), np.sin(np.radians(latitude))
    seen = np.stack(
        [np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth), np.cos(zenith)]
    )
    along = (north * seen[1] + up * seen[2]) * (1.0 - np.cos(turn))
    aside = np.stack([north * seen[2] - up * seen[1], up * seen[0], -north * seen[0]])
    found = seen * np.cos(turn) + aside * np.sin(turn)
    found[1] += along * north
    found[2] += along * up
    angle = np.arctan2(found[0], found[1]) % (2.0 * np.pi)
    return found[2], np.hypot(found[0], found[1]), angle


def brightness(zenith: Floats, dni: Floats, dhi: Floats, outside: Floats) -> tuple[Floats, Floats]:
    """Brightness of the light around the sun and of the horizon by Perez et al. (1990).

    Parameters
    ----------
    zenith
        Of the sun [rad].
    dni, dhi, outside
        Direct normal, diffuse horizontal, and normal irradiance outside the atmosphere [W m-2].

    Returns
    -------
    tuple of arrays
        F1 and F2 [1]; 0 without diffuse light.
    """
    degrees = np.degrees(np.minimum(zenith, np.pi / 2.0))
    mass = get_relative_airmass(degrees)
    # On an upright plane that faces the sun the even light is (1 - F1) / 2, that of the horizon F2.
    parts = irradiance.perez(
        90.0, 0.0, dhi, dni, outside, degrees, np.zeros_like(dhi), mass, return_components=True
    )
    lit_sky = (dhi > 0.0) & (zenith < np.pi / 2.0)
    safe = np.where(lit_sky, dhi, 1.0)
    around = np.where(lit_sky, 1.0 - 2.0 * parts["poa_isotropic"] / safe, 0.0)
    return around, np.where(lit_sky, parts["poa_horizon"] / safe, 0.0)


def table(planes: Sequence[Plane], glazings: Sequence[Glazing], of: Sky, albedo: float) -> Floats:
    """Light on, in and through planes.

    Parameters
    ----------
    planes, glazings
        What to look at; planes name their glazing by number.
    of
        Sun and light.
    albedo
        Share of light that the ground reflects [1].

    Returns
    -------
    (hours, planes x `COLUMNS`) [W m-2]
        For each plane: absorbed by the outer part of the glass (all light that falls on an opaque
        plane), absorbed by its inner part, passed through.
    """
    found = np.zeros((len(of.dni), COLUMNS * len(planes)))
    for number, plane in enumerate(planes):
        glazing = glazings[plane.glazing] if plane.glazing >= 0 else None
        found[:, COLUMNS * number : COLUMNS * (number + 1)] = light(plane, glazing, of, albedo).T
    return found


def diffuse_table(
    planes: Sequence[Plane], glazings: Sequence[Glazing], of: Sky, albedo: float
) -> Floats:
    """The light of `table` that is not the sun's own: of the sky and the ground."""
    dark = replace(of, dni=np.zeros_like(of.dni), glow=0.0)
    return table(planes, glazings, dark, albedo)


def light(plane: Plane, glazing: Glazing | None, of: Sky, albedo: float) -> Floats:
    """The three columns of one plane, see `table`.

    Returns
    -------
    (3, hours) [W m-2]
    """
    incidence, behind = _incidence(plane, of)
    direct = incidence * of.up * _lit(plane, of, behind)
    spread = of.glow * of.dhi * of.around / np.maximum(of.height, LOWEST)
    beam = direct * (of.dni + spread)
    tilt = np.radians(plane.tilt)
    seen = (1.0 + np.cos(tilt)) / 2.0
    sky_open, ground_open = _open(plane)
    even = (of.dhi * (1.0 - of.around) * seen * of.up).sum(axis=0)
    # Where no moment has the sun up, a little twilight may be left: it is even.
    even += np.where(of.up.sum(axis=0) > 0.0, 0.0, of.dhi * seen)
    horizon = (of.dhi * of.brightening * np.sin(tilt) * of.up).sum(axis=0)
    diffuse = np.maximum(even + horizon, 0.0) * sky_open
    diffuse += of.ghi * albedo * (1.0 - seen) * ground_open
    if glazing is None:
        return np.array(
            [beam.sum(axis=0) + diffuse, np.zeros_like(diffuse), np.zeros_like(diffuse)]
        )
    grid = np.linspace(0.0, 1.0, len(glazing.through))
    parts = (glazing.outer, glazing.inner, glazing.through)
    shares = (glazing.diffuse[1], glazing.diffuse[2], glazing.diffuse[0])
    return np.array(
        [
            (beam * np.interp(incidence, grid, part)).sum(axis=0) + diffuse * share
            for part, share in zip(parts, shares, strict=True)
        ]
    )


def _incidence(plane: Plane, of: Sky) -> tuple[Floats, Floats]:
    """Cosine of the angle of incidence, never below 0, and the azimuth from the plane's own."""
    tilt, turn = np.radians(plane.tilt), of.azimuth - np.radians(plane.azimuth)
    cosine = np.cos(tilt) * of.height + np.sin(tilt) * of.across * np.cos(turn)
    return np.clip(cosine, 0.0, 1.0), turn


def _lit(plane: Plane, of: Sky, turn: Floats) -> Floats:
    """Share of the plane that the sun reaches past overhang and fins."""
    if plane.shade is None:
        return np.ones_like(turn)
    # Right as seen from outside: a sun to the east of south shines on a south wall from the right.
    right, ahead = -of.across * np.sin(turn), of.across * np.cos(turn)
    seen = (ahead > 0.0) & (of.height > 0.0)
    found = np.ones_like(turn)
    found[seen] = lit(plane.shade.numbers(), right[seen], of.height[seen], ahead[seen])
    return found


def _open(plane: Plane) -> tuple[float, float]:
    """Share of the sky's and of the ground's even light that overhang and fins let by."""
    if plane.shade is None:
        return 1.0, 1.0
    # Even steps of the squared sine of the angle from the normal weigh by its cosine.
    sine = np.sqrt((np.arange(RINGS) + 0.5) / RINGS)
    around = 2.0 * np.pi * (np.arange(2 * RINGS) + 0.5) / (2 * RINGS)
    right = np.outer(sine, np.cos(around)).ravel()
    up = np.outer(sine, np.sin(around)).ravel()
    ahead = np.sqrt(1.0 - right**2 - up**2)
    share = lit(plane.shade.numbers(), right, up, ahead)
    return float(share[up > 0.0].mean()), float(share[up < 0.0].mean())


@compiled
def lit(shade: Floats, right: Floats, up: Floats, ahead: Floats) -> Floats:
    """Share of the points of a window from which rays reach the outside.

    Parameters
    ----------
    shade : (10,)
        Lengths as `Shade.numbers` gives them [m].
    right, up, ahead : (rays,)
        Direction of each ray as seen from outside; ahead is away from the wall and above 0.

    Returns
    -------
    (rays,) [1]
    """
    width, height, depth, gap, left_reach, right_reach = shade[:6]
    fin, aside, above, below = shade[6:]
    found = np.empty(len(right))
    for ray in range(len(right)):
        free = 0
        for row in range(POINTS):
            y = (row + 0.5) * height / POINTS
            for column in range(POINTS):
                x = (column + 0.5) * width / POINTS
                hit = False
                if depth > 0.0 and up[ray] > 0.0:
                    far = (height + gap - y) / up[ray]
                    at = x + far * right[ray]
                    hit = far * ahead[ray] <= depth and -left_reach <= at <= width + right_reach
                if fin > 0.0 and not hit and right[ray] != 0.0:
                    side = width + aside if right[ray] > 0.0 else -aside
                    far = (side - x) / right[ray]
                    at = y + far * up[ray]
                    hit = far * ahead[ray] <= fin and -below <= at <= height + above
                if not hit:
                    free += 1
        found[ray] = free / (POINTS * POINTS)
    return found
