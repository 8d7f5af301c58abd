"""One zone described in full, as an auditor or a test case gives it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.energy.facade_sun import Shade


@dataclass(frozen=True)
class Surface:
    """An opaque part of the envelope, windows taken out.

    Parameters
    ----------
    name
        For messages.
    area
        Without windows [m2].
    tilt, azimuth
        0 faces up, 90 is a wall, 180 faces down; clockwise from north [deg].
    layers
        From outside: thickness [m], conductivity [W m-1 K-1], specific heat [J kg-1 K-1],
        density [kg m-3].
    outside
        ``air``, ``sheltered`` (no wind, sun or sky), ``ground`` or ``neighbour`` (as warm inside).
    absorptance_outside, absorptance_inside
        Of sunlight [1].
    emissivity_outside, emissivity_inside
        Of heat radiation [1].
    sunlit
        Share of the year's light that the surroundings leave [1].
    perimeter
        Of a floor on the ground, where it meets outside air [m]; None for that of a square.
    """

    name: str
    area: float
    tilt: float
    azimuth: float
    layers: tuple[tuple[float, float, float, float], ...]
    outside: str = "air"
    absorptance_outside: float = 0.6
    absorptance_inside: float = 0.6
    emissivity_outside: float = 0.9
    emissivity_inside: float = 0.9
    sunlit: float = 1.0
    perimeter: float | None = None


@dataclass(frozen=True)
class Panes:
    """Equal clear panes.

    Parameters
    ----------
    count
        1 or 2.
    transmittance, reflectance
        Of sunlight by one pane at normal incidence [1].
    thickness, conductivity
        Of a pane [m], [W m-1 K-1].
    gap
        Between two panes [m].
    emissivity
        Of their surfaces [1].
    """

    count: int
    transmittance: float
    reflectance: float
    thickness: float
    conductivity: float
    gap: float
    emissivity: float


@dataclass(frozen=True)
class Values:
    """Glass known by U-value [W m-2 K-1] and total solar energy transmittance [1]."""

    u_value: float
    g_value: float
    emissivity: float = 0.84


@dataclass(frozen=True)
class Window:
    """A window without frame.

    Parameters
    ----------
    name
        For messages.
    area, tilt, azimuth
        As of `Surface`.
    glass
        `Panes` or `Values`.
    shade
        Overhang and fins; only of an upright window.
    sunlit
        Share of the light that the surroundings leave [1].
    """

    name: str
    area: float
    tilt: float
    azimuth: float
    glass: Panes | Values
    shade: Shade | None = None
    sunlit: float = 1.0


@dataclass(frozen=True)
class Schedule:
    """What people do in a zone: values of each hour of a day, a week or the whole year.

    Days and weeks begin with the first hour of the weather, and go on from there.

    Parameters
    ----------
    heating, cooling
        Set-points; None for off, a whole None for never [degC].
    ramp
        Hours in which the heating set-point rises evenly from the value before to its own.
    ventilation, gains, infiltration
        Share of the full value [1].
    """

    heating: Sequence[float | None] | None = None
    cooling: Sequence[float | None] | None = None
    ramp: Sequence[int] = ()
    ventilation: Sequence[float] = (0.0,)
    gains: Sequence[float] = (1.0,)
    infiltration: Sequence[float] = (1.0,)


@dataclass(frozen=True)
class Zone:
    """One heated room or building.

    Parameters
    ----------
    name
        Name in results.
    volume, floor_area
        Of the air [m3]; of the floors [m2].
    surfaces, windows
        All that surrounds it.
    altitude
        Above the sea [m].
    infiltration
        Air changes at the density of the place [1/h].
    infiltration_sea_level
        The same at the density of air at the sea, instead of the former [1/h].
    ventilation, ventilation_sea_level
        Full flow besides, at either density [m3/h].
    gains_convective, gains_radiative
        Full gains [W].
    schedule
        When.
    """

    name: str
    volume: float
    floor_area: float
    surfaces: tuple[Surface, ...]
    windows: tuple[Window, ...] = ()
    altitude: float = 0.0
    infiltration: float = 0.0
    infiltration_sea_level: float | None = None
    ventilation: float = 0.0
    ventilation_sea_level: float | None = None
    gains_convective: float = 0.0
    gains_radiative: float = 0.0
    schedule: Schedule = field(default_factory=Schedule)
