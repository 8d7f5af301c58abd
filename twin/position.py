"""Tell whether located data lie where they should: against streets and footprints of the City.

A wrong coordinate system is never mended in silence: the one that fits is named, and the user says
so. ED50 read as ETRS89 lies about 200 m off; a neighbouring UTM zone hundreds of kilometres;
swapped axes on another continent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError, ProjError

from layers.errors import InputError
from twin.complete import site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

GEOGRAPHIC: Final = ("EPSG:4326", "EPSG:4230")
UTM_FAMILIES: Final = (25800, 23000, 32600)
"""EPSG numbers before the zone: ETRS89, ED50, WGS 84."""

KILOMETRE: Final = 1000.0
EQUAL: Final = 1e-6
"""Gain that is rounding only: of systems that are the same, the usual one, tried first, is named."""


@dataclass(frozen=True)
class Ground:
    """What places are compared with.

    Parameters
    ----------
    crs
        Metric CRS of the City.
    objects
        Footprints and street centre lines [m].
    area
        Model area [m].
    """

    crs: str
    objects: NDArray[np.object_]
    area: BaseGeometry


@dataclass(frozen=True)
class Reading:
    """One way to read coordinates: a coordinate system, and whether the axes are exchanged."""

    crs: str
    swap: bool

    @property
    def options(self) -> str:
        """What the user has to pass."""
        crs = f"--crs {self.crs}" if self.crs.startswith("EPSG:") else ""
        return f"{crs}{' --swap' if self.swap else ''}".strip()

    @property
    def label(self) -> str:
        """Name for messages."""
        name = pyproj.CRS.from_user_input(self.crs).name
        return f"{self.crs} ({name})" if self.crs.startswith("EPSG:") else name


def check(
    file: str, frame: gpd.GeoDataFrame, ground: Ground, settings: Mapping[str, float]
) -> tuple[str, ...]:
    """Refuse places that fit the City better when read otherwise, or that lie elsewhere.

    Parameters
    ----------
    file
        Name for messages.
    frame
        Located rows in their own coordinate system.
    ground
        The City's streets and footprints.
    settings
        ``check.*`` of ``attach.csv``.

    Returns
    -------
    tuple of str
        Notes for the report.

    Raises
    ------
    InputError
        Naming the coordinate system that fits, or how far away the places lie.
    """
    places = _sample(frame, int(settings["check.sample"]))
    if not len(places):
        return ()
    stated = Reading(_name(frame.crs), swap=False)
    own = _moved(places, stated, ground.crs)
    score, inside = _score(own, ground, settings), _inside(own, ground.area)
    if score >= settings["check.good"]:
        return ()
    if len(places) >= settings["check.fewest"]:
        far = inside < settings["check.inside"]
        best, gain = _best(places, stated, ground, settings, far=far)
        if gain - score >= settings["check.gain"]:
            reason = f"Read as {stated.label} they miss the City; {_why(best, stated)}."
            advice = f"If that is right, read it again with {best.options}."
            raise InputError(file, "coordinates", reason, advice)
    if inside < settings["check.inside"]:
        raise InputError(file, "coordinates", f"They lie {_away(own, ground.area)} from the City.",
                         "Check the coordinate system (--crs) or take the City that holds them.")  # fmt: skip
    note = f"{inside:.0%} of the places lie in the model area; fit to streets and footprints"
    return (f"{note}: {score:.2f} of 1.",)


def _name(crs: pyproj.CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.to_string())


def _why(best: Reading, stated: Reading) -> str:
    if best.crs == stated.crs:
        return "with the axes exchanged they fit"
    return f"read as {best.label}{' with the axes exchanged' if best.swap else ''} they fit"


def _sample(frame: gpd.GeoDataFrame, size: int) -> NDArray[np.float64]:
    """Coordinates of at most `size` places, spread evenly over the rows; (n, 2)."""
    shapes = frame.geometry.dropna().array
    step = max(1, -(-len(shapes) // size))
    spots = shapely.point_on_surface(np.asarray(shapes[::step]))
    found = np.column_stack([shapely.get_x(spots), shapely.get_y(spots)])
    return np.asarray(found[np.isfinite(found).all(axis=1)], dtype=float)


def _moved(places: NDArray[np.float64], reading: Reading, crs: str) -> NDArray[np.float64]:
    """Places in the CRS of the City [m]; infinite where they cannot be."""
    x, y = places.T[::-1] if reading.swap else places.T
    try:
        transformer = pyproj.Transformer.from_crs(reading.crs, crs, always_xy=True)
    except ProjError:  # a few systems of the registry have no way to any other
        return np.full_like(places, np.inf)
    return np.column_stack(transformer.transform(x, y))


def _inside(places: NDArray[np.float64], area: BaseGeometry) -> float:
    """Share of places inside the model area [1]."""
    finite = np.isfinite(places).all(axis=1)
    shapely.prepare(area)
    return float(shapely.contains_xy(area, *places[finite].T).sum() / len(places))


def _score(places: NDArray[np.float64], ground: Ground, settings: Mapping[str, float]) -> float:
    """Mean of exp(-distance / reach) to the nearest footprint or street [1]: 1 is on all of them."""
    reach = settings["check.distance"]
    finite = places[np.isfinite(places).all(axis=1)]
    west, south, east, north = ground.area.bounds
    near = finite[
        (finite[:, 0] >= west) & (finite[:, 0] <= east)
        & (finite[:, 1] >= south) & (finite[:, 1] <= north)
    ]  # fmt: skip
    if not len(near) or not len(ground.objects):
        return 0.0
    points = shapely.points(near)
    tree = shapely.STRtree(ground.objects)
    distance = shapely.distance(points, ground.objects[tree.nearest(points)])
    return float(np.exp(-distance / reach).sum() / len(places))


def _best(
    places: NDArray[np.float64],
    stated: Reading,
    ground: Ground,
    settings: Mapping[str, float],
    *,
    far: bool,
) -> tuple[Reading, float]:
    """Find the other reading that fits best, and its score.

    National systems are tried only for places far from the City that nothing usual brings there.
    """
    best, score = stated, 0.0
    for group in (_usual(stated, ground), _national(ground) if far else ()):
        for reading in group:
            found = _score(_moved(places, reading, ground.crs), ground, settings)
            if found > score + EQUAL:
                best, score = reading, found
        if score >= settings["check.good"]:
            break
    return best, score


def _usual(stated: Reading, ground: Ground) -> Iterator[Reading]:
    """Swapped axes, ED50 and neighbouring zones: what usually goes wrong."""
    yield Reading(stated.crs, swap=True)
    zone = site.utm_zone(site.centre(ground.area, ground.crs)[0])
    names = [f"EPSG:{family + z}" for z in (zone, zone - 1, zone + 1) for family in UTM_FAMILIES]
    known = [name for name in (*names, *GEOGRAPHIC) if _exists(name)]
    yield from (Reading(name, swap=False) for name in known if name != stated.crs)
    yield from (Reading(name, swap=True) for name in known if name != stated.crs)


def _exists(name: str) -> bool:
    try:
        pyproj.CRS.from_user_input(name)
    except CRSError:
        return False
    return True


def _national(ground: Ground) -> Iterator[Reading]:
    """Projected systems of the EPSG registry whose area of use holds the City."""
    x, y = site.centre(ground.area, ground.crs)
    found = query_crs_info(
        auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS],
        area_of_interest=AreaOfInterest(x, y, x, y), contains=True,
    )  # fmt: skip
    for info in found:
        yield Reading(f"EPSG:{info.code}", swap=False)


def _away(places: NDArray[np.float64], area: BaseGeometry) -> str:
    """Distance of the nearest place from the model area, in words."""
    finite = places[np.isfinite(places).all(axis=1)]
    if not len(finite):
        return "nowhere on Earth, far"
    return f"{shapely.distance(shapely.points(finite), area).min() / KILOMETRE:,.0f} km"
