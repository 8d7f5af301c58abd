"""The year's sun sorted by where it stands, so that a year on a plane costs one pass over the sky.

Light that comes from the sun and from around it is added up in bins of azimuth and of two degrees
of height, as vectors: what falls on a plane is a dot product, exact for every hour in which the
whole bin lies before the plane. The rest of the sky is even and has a bright band at the horizon,
after R. Perez et al., Solar Energy 44 (1990) 271-289, with pvlib's coefficients. A horizon hides
the bins below it, its share of the even sky, and the band up to the height that
R. Perez et al., Solar Energy 39 (1987) 221-231, gave it. What hides the sky reflects like ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.energy.facade_sun import LOWEST

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from twin.energy.facade_sun import Sky

    Floats = NDArray[np.float64]

STEPS: Final = 45
"""Bins of height, 2 degrees each."""

STEP: Final = np.pi / 2.0 / STEPS
"""Height of a bin [rad]."""

BAND: Final = np.radians(6.5)
"""Height of the bright band at the horizon (Perez et al. 1987) [rad]."""

WATTS: Final = 1000.0
"""Wh in a kWh."""

PIECE: Final = 2_000
"""Planes that are worked out at a time."""


@dataclass(frozen=True)
class SunYear:
    """Sunlight of a year.

    Parameters
    ----------
    beam : (sectors, `STEPS`, 3) [kWh/m2]
        Light from the sun and around it on a plane that faces it, as vectors to the east, the
        north and up; by azimuth sector, clockwise from north, and by height.
    even, bright, level : float [kWh/m2]
        On a level plane: light of the even sky; light of the band at the horizon on an upright
        plane; global irradiation.
    """

    beam: Floats
    even: float
    bright: float
    level: float

    @property
    def sectors(self) -> int:
        """Sectors of azimuth [1]."""
        return len(self.beam)


def of_sky(sky: Sky, sectors: int) -> SunYear:
    """Sort the sun of a year.

    Parameters
    ----------
    sky
        Sun and light by the hour, of `facade_sun.sky`.
    sectors
        Sectors of azimuth.
    """
    beam = sky.up * (sky.dni + sky.dhi * sky.around / np.maximum(sky.height, LOWEST)) / WATTS
    lit = beam > 0.0
    turn = sky.azimuth[lit] / (2.0 * np.pi) * sectors
    step = np.arcsin(np.clip(sky.height[lit], 0.0, 1.0)) / STEP
    cell = (np.floor(turn).astype(np.int64) % sectors) * STEPS
    cell += np.minimum(np.floor(step).astype(np.int64), STEPS - 1)
    ways = (
        sky.across[lit] * np.sin(sky.azimuth[lit]),
        sky.across[lit] * np.cos(sky.azimuth[lit]),
        sky.height[lit],
    )
    sums = [np.bincount(cell, beam[lit] * way, sectors * STEPS) for way in ways]
    dark = sky.up.sum(axis=0) <= 0.0
    even = (sky.dhi * (1.0 - sky.around) * sky.up).sum() + sky.dhi[dark].sum()
    return SunYear(
        beam=np.stack(sums, axis=-1).reshape(sectors, STEPS, 3).astype(np.float64),
        even=float(even) / WATTS,
        bright=float((sky.dhi * sky.brightening * sky.up).sum()) / WATTS,
        level=float(sky.ghi.sum()) / WATTS,
    )


def normals(tilt: ArrayLike, azimuth: ArrayLike) -> Floats:
    """Directions that planes face, (p, 3): to the east, the north and up [1].

    Parameters
    ----------
    tilt, azimuth : (p,) [deg]
        0 lies flat; clockwise from north.
    """
    lean, turn = (np.radians(np.asarray(one, np.float64)) for one in (tilt, azimuth))
    return np.stack([np.sin(lean) * np.sin(turn), np.sin(lean) * np.cos(turn), np.cos(lean)], -1)


def irradiation(
    year: SunYear,
    tilt: ArrayLike,
    azimuth: ArrayLike,
    albedo: float,
    horizon: NDArray[np.floating] | None = None,
) -> Floats:
    """Light of a year on planes, by where it comes from.

    Parameters
    ----------
    year
        Of `of_sky`.
    tilt, azimuth : (p,) [deg]
        0 lies flat; clockwise from north.
    albedo
        Share of light that the ground, and what hides the sky, reflect [1].
    horizon : (p, sectors) [deg]
        Height up to which the sky is hidden; None where nothing is.

    Returns
    -------
    (p, 3) [kWh/m2]
        From the sun and around it, from the rest of the sky, reflected.
    """
    facing = np.atleast_2d(normals(tilt, azimuth))
    found = np.zeros((len(facing), 3))
    for first in range(0, len(facing), PIECE):
        part = slice(first, first + PIECE)
        hidden = np.zeros((len(facing[part]), year.sectors))
        if horizon is not None:
            hidden = np.radians(np.asarray(horizon[part], np.float64))
        found[part] = _parts(year, facing[part], hidden, albedo)
    return found


def _parts(year: SunYear, facing: Floats, hidden: Floats, albedo: float) -> Floats:
    """The three columns of `irradiation` for some planes."""
    sector, step = np.nonzero((year.beam != 0.0).any(axis=2))
    incident = np.maximum(facing @ year.beam[sector, step].T, 0.0)
    if hidden.any():
        incident *= np.clip(step + 1.0 - hidden[:, sector] / STEP, 0.0, 1.0)
    share = sky_share(facing, hidden)
    sky = year.even * share + year.bright * band_share(facing, hidden)
    return np.stack(
        [incident.sum(axis=1), np.maximum(sky, 0.0), year.level * albedo * (1.0 - share)], axis=-1
    )


def sky_share(facing: Floats, hidden: Floats) -> Floats:
    """Light of an even sky on planes by that on a free level one.

    Parameters
    ----------
    facing : (p, 3) [1]
        Of `normals`.
    hidden : (p, sectors) [rad]
        Height of the horizon.

    Returns
    -------
    (p,) [1]
        (1 + cos tilt) / 2 without a horizon.
    """
    ahead, up = _ahead(facing, hidden.shape[1]), np.maximum(facing[:, 2:], 0.0)
    low = np.maximum(hidden, np.arctan2(np.maximum(-ahead, 0.0), up))
    side = np.pi / 4.0 - low / 2.0 - np.sin(2.0 * low) / 4.0
    sums = (ahead * side + up * np.cos(low) ** 2 / 2.0).sum(axis=1)
    return np.asarray(sums * 2.0 / hidden.shape[1])


def band_share(facing: Floats, hidden: Floats) -> Floats:
    """Light of the bright band on planes by that on an upright one, (p,) [1].

    Parameters
    ----------
    facing, hidden
        As in `sky_share`.
    """
    ahead = np.maximum(_ahead(facing, hidden.shape[1]), 0.0)
    left = np.maximum(1.0 - hidden / BAND, 0.0)
    return np.asarray((ahead * left).sum(axis=1) * np.pi / hidden.shape[1])


def _ahead(facing: Floats, sectors: int) -> Floats:
    """Level part of the planes' directions towards the middle of each sector, (p, sectors)."""
    middle = 2.0 * np.pi * (np.arange(sectors) + 0.5) / sectors
    return np.asarray(facing[:, :2] @ np.stack([np.sin(middle), np.cos(middle)]))
