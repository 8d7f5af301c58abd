"""The sun on every building: what shades it, what falls on its roof, what modules there would make.

The outcome is taken up by the energy of buildings. It depends on the shape of buildings, the ground
and the weather alone, so that most changes of a City leave it as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from rasterio.transform import Affine

from layers import tables
from layers.climate import sun as sunlight
from twin.complete import site
from twin.domain import Domain, Outcome
from twin.energy import photovoltaics, roofs, roofs_measured, shading, zones
from twin.energy.citations import PEREZ
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from layers.schema import Progress
    from twin.city import City
    from twin.energy.photovoltaics import Photovoltaics
    from twin.energy.roofs import Planes
    from twin.energy.shading import Shading

COLUMNS: Final = ("geometry", "height", "state", "inside", "use", "footprint", "roof_shape")
"""Columns of buildings that the outcome depends on."""

NO_HOURS: Final = (
    "Sunlight on roofs is not computed: the City has no hourly weather with sunlight. What shades "
    "its buildings is."
)
ROOFS: Final = (
    "Roofs that no fine surface model shows have the form of their tag, else the usual one of their "
    "use and an assumed tilt; the share that can carry modules is assumed. Protected buildings, statics and the age of roofs are not looked at."
)


@dataclass(frozen=True)
class Sun:
    """What later domains take up.

    Parameters
    ----------
    shading
        Horizon and sky view of every standing building.
    photovoltaics
        Yield of modules; None without hourly weather.
    planes
        Planes of the roofs, which number the buildings of the shading.
    """

    shading: Shading
    photovoltaics: Photovoltaics | None
    planes: Planes


def run(city: City, progress: Progress) -> Outcome:
    """Shade, sunlight and possible electricity of every standing building inside the boundary.

    Parameters
    ----------
    city
        With buildings; with ``climate`` for sunlight, with ``grid`` for hills.
    progress
        Called with the stage and the share done.
    """
    figures = tables.figures("sun")
    progress("shade on buildings", 0.0)
    shade = shading.of_buildings(city.buildings, city.grid, figures)
    houses = city.buildings.loc[shade.index]
    _, latitude = site.centre(city.boundary, city.crs)
    planes = _roofs(city, houses, latitude, figures)
    frame = pd.DataFrame({"sky_view": shade.facades}, index=shade.index)
    found, limits = None, [*shade.limits, NO_HOURS]
    if all(name in city.climate for name in sunlight.NEEDED):
        progress("sunlight on roofs", 0.6)
        weather = zones.weather(city.climate)
        horizon = shade.horizon[:, shading.ROOF]
        found = photovoltaics.of_roofs(planes, shade.index, weather, horizon, figures)
        frame = frame.assign(
            roof_irradiation=_mean(planes, found.light, len(frame)),
            pv_potential=found.potential,
            pv_yield=found.annual,
        )
        limits = [*shade.limits, ROOFS]
    progress("sunlight on roofs", 1.0)
    return Outcome(
        frames={"buildings": frame[houses["inside"].to_numpy(dtype=bool)]},
        limits=tuple(limits),
        citations=(PEREZ, *photovoltaics.CITATIONS) if found else (),
        made=Sun(shade, found, planes),
    )


def _roofs(
    city: City, houses: gpd.GeoDataFrame, latitude: float, figures: Mapping[str, float]
) -> Planes:
    """Planes of roofs: as measured where the City has a fine surface, else as usual."""
    usual = roofs.by_typology(houses, latitude, roofs.roof_parameters())
    surface = shading.Terrain.of(city.grid, "surface")
    if surface is None or surface.cell > figures["surface.cell_most"]:
        return usual
    half = surface.cell / 2.0
    transform = Affine(
        surface.cell, 0.0, surface.west - half, 0.0, -surface.cell, surface.north + half
    )
    return roofs_measured.of_surface(houses, surface.heights, transform, usual, figures)


def _mean(planes: Planes, light: Any, count: int) -> Any:
    """Light on the roofs of each building, the mean over their area [kWh/m2/a]."""
    area = np.bincount(planes.building, planes.area, count)
    sums = np.bincount(planes.building, planes.area * light, count)
    return np.divide(sums, area, out=np.full(count, np.nan), where=area > 0.0)


def _missing(city: City) -> str:
    if not standing(city.buildings).any():
        return "Sun on buildings is not computed: the area has no buildings."
    return ""


def _run(city: City, _warm: Any, progress: Progress) -> Outcome:
    return run(city, progress)


DOMAIN: Final = Domain(
    "sun", "Sun on buildings", ("grid", "climate"), _missing, _run, columns={"buildings": COLUMNS}
)
"""The domain, which runs before the energy of buildings."""
