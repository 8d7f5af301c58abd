"""What a user asks of a City, and where and when it therefore is; every choice is recorded."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from shapely.geometry.base import BaseGeometry

from layers.errors import Fault, InputError
from twin.complete import defaults, site

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Point

    from layers.schema import Found, Source

Boundary: TypeAlias = BaseGeometry | str | Path | None
Row: TypeAlias = tuple[str, object, str, str]
"""Row of the parameters table: name, value, unit, source."""

HECTARE: Final = 1e4
"""Square metres."""

FILE_SUFFIXES: Final = (".geojson", ".json", ".gpkg", ".shp", ".zip", ".gml", ".parquet")


@dataclass(frozen=True)
class Wish:
    """What a user asks of a City; None is chosen from the data and the choice is recorded.

    Parameters
    ----------
    origin
        File or place as the user gave it, for messages.
    name, boundary, year, country, crs, population
        As in `from_osm`.
    buffer
        Width of the ring simulated round the boundary [m]; None takes `ring`.
    place
        Place name that was read online; its outline is the default boundary.
    """

    origin: str
    name: str | None
    boundary: Boundary
    buffer: float | None
    year: int | None
    country: str | None
    crs: str | None
    population: float | None
    place: str | None = None

    @property
    def ring(self) -> float:
        """Width of the ring [m]: as given, else none round a place that is read online."""
        if self.buffer is not None:
            return self.buffer
        return defaults.settings()["ring.width"] if self.place is None else 0.0

    def faults(self) -> list[Fault]:
        """Everything that is wrong with the wish itself, before anything is read."""
        found = [] if self.crs is None else site.crs_faults(self.crs)
        if self.country is not None and self.country not in site.countries():
            advice = "Give the two capital letters of ISO 3166-1, such as DK."
            found.append(Fault(f"country={self.country}", "is not a country.", advice))
        if self.year is not None and not year_in_bounds(self.year):
            lower, upper = year_bounds()
            advice = f"Give a year from {lower} to {upper}."
            found.append(Fault(f"year={self.year}", "is no base year.", advice))
        widest = defaults.settings()["extent.most"]
        if not 0 <= self.ring <= widest:
            advice = f"Give metres, from 0 to {widest:g}."
            found.append(Fault(f"buffer={self.buffer}", "is no width of a ring.", advice))
        if self.population is not None and not 0 < self.population < math.inf:
            advice = "Give a number above 0, or leave it out."
            place = f"population={self.population}"
            found.append(Fault(place, "is no number of residents.", advice))
        if isinstance(self.boundary, BaseGeometry):
            found += site.area_faults(self.boundary, None)
        return found

    def refuse(self, faults: list[Fault]) -> None:
        """Raise all faults at once, if there are any."""
        if faults:
            raise InputError.of(self.origin, faults)


def year_bounds() -> tuple[int, int]:
    """Earliest and latest base year [a]."""
    return int(defaults.settings()["year.lower"]), int(defaults.settings()["year.upper"])


def year_in_bounds(year: int) -> bool:
    """Whether a year can be a base year."""
    lower, upper = year_bounds()
    return lower <= year <= upper


@dataclass(frozen=True)
class Place:
    """Where and when a City is: the facts that `City` carries, and how each was chosen.

    Parameters
    ----------
    name, crs, year, country, timezone
        Facts of the City.
    boundary, model_area
        Areas [m, in `crs`].
    population
        Residents inside the boundary [people] and their grade, or None.
    rows
        Rows of the parameters table: name, value, unit, source.
    """

    name: str
    crs: str
    year: int
    country: str
    timezone: str
    boundary: BaseGeometry
    model_area: BaseGeometry
    population: tuple[float, str] | None
    rows: list[Row]


def is_file(boundary: str | Path) -> bool:
    """Whether a boundary names a vector file and not an administrative area."""
    return isinstance(boundary, Path) or Path(boundary).suffix.lower() in FILE_SUFFIXES


def locate(wish: Wish, found: Found, area: BaseGeometry | None, data: BaseGeometry) -> Place:
    """Choose boundary, country, time zone, CRS and base year, and record how.

    Parameters
    ----------
    wish
        What the user asks for.
    found
        Tables as found, EPSG:4326, and their source.
    area
        Boundary that was drawn or read from a file, EPSG:4326; None for a name and for none.
    data
        Hull of the data, EPSG:4326.

    Raises
    ------
    InputError
        With all faults at once, if a fact is unknown or does not fit the place.
    """
    boundaries = found.tables["boundaries"]
    area, how, faults = _boundary(wish, boundaries, area, data)
    centre = (area or data).centroid
    country, origin = _country(wish, found, centre)
    year, dated = _base_year(wish, found.source)
    faults += _unknown(country, year, centre) + site.extent_faults(area or data)
    if wish.crs is not None and not site.holds(wish.crs, centre.x, centre.y):
        faults.append(Fault(f"crs={wish.crs}", "is not made for this place.", "Leave crs out."))
    wish.refuse(faults)
    assert area is not None
    assert year is not None
    crs = wish.crs or site.crs_of(centre.x, centre.y, country)
    timezone = site.timezone_of(centre.x, centre.y)
    reach = site.project(data, crs).buffer(defaults.settings()["hull.margin"])
    boundary = reach if area is data else site.project(area, crs)
    people = _population(wish, boundaries.to_crs(crs), boundary)
    rows: list[Row] = [
        ("boundary", *how),
        ("boundary.area", boundary.area / HECTARE, "ha", "geometry"),
        ("boundary.covered", boundary.intersection(reach).area / boundary.area, "1", "geometry"),
        ("model_area.buffer", wish.ring, "m", "default" if wish.buffer is None else "survey"),
        ("country", f"{country}: {origin}", "", "survey" if wish.country else "calculated"),
        ("timezone", timezone, "", "geometry"),
        ("crs", crs, "", "survey" if wish.crs else "calculated"),
        ("year", f"{year}: {dated}", "a", "survey" if wish.year else "osm"),
    ]
    rows += [("people.total", people[0], "people", people[1])] if people else []
    model_area = boundary.union(boundary.buffer(wish.ring).intersection(reach))
    return Place(_name(wish), crs, year, country, timezone, boundary, model_area, people, rows)


def _boundary(
    wish: Wish, boundaries: gpd.GeoDataFrame, area: BaseGeometry | None, data: BaseGeometry
) -> tuple[BaseGeometry | None, tuple[str, str, str], list[Fault]]:
    """Boundary in EPSG:4326, what it is (value, unit, source), and what is wrong with it."""
    if area is not None:
        return area, ("given", "", "survey"), site.area_faults(area, data)
    if wish.boundary is None and wish.place is not None and len(boundaries) == 1:
        return boundaries.geometry.iloc[0], (f"outline of {wish.place}", "", "osm"), []
    if wish.boundary is None:
        return data, ("convex hull of the data", "", "default"), []
    named, faults = site.named_boundary(boundaries, str(wish.boundary))
    return named, (f"administrative boundary {wish.boundary}", "", "osm"), faults


def _country(wish: Wish, found: Found, centre: Point) -> tuple[str, str]:
    """Country and how it was found; both empty if it is unknown."""
    if wish.country is not None:
        return wish.country, "given"
    return site.country_of(
        found.tables["boundaries"], found.tables["addresses"], centre.x, centre.y
    )


def _unknown(country: str, year: int | None, centre: Point) -> list[Fault]:
    """Say which facts nobody knows, and how to give them."""
    faults = []
    if not country:
        where = f"{centre.y:.2f} N {centre.x:.2f} E"
        faults.append(
            Fault("country", f"is unknown at {where}.", "Give country=, two capital letters.")
        )
    if year is None:
        faults.append(Fault("year", "is unknown: the file carries no date.", "Give year=."))
    elif not year_in_bounds(year):
        faults.append(Fault("year", f"{year} in the file is no base year.", "Give year=."))
    return faults


def _population(
    wish: Wish, boundaries: gpd.GeoDataFrame, boundary: BaseGeometry
) -> tuple[float, str] | None:
    """Residents inside the boundary [people] and their grade, if anybody says them."""
    if wish.population is not None:
        return wish.population, "survey"
    overlap = defaults.settings()["population.overlap"]
    known = site.population_of(boundaries, boundary, overlap)
    return None if known is None else (known[0], "osm")


def _base_year(wish: Wish, source: Source) -> tuple[int | None, str]:
    """Base year [a] and how it was chosen."""
    if wish.year is not None:
        return wish.year, "given"
    date = re.match(r"\d{4}", source.reference_date)
    return (int(date[0]) if date else None), f"reference date of {source.what}"


def _name(wish: Wish) -> str:
    """Name of the City: given, of the boundary, or of the file."""
    if wish.name:
        return wish.name
    if isinstance(wish.boundary, str) and not is_file(wish.boundary):
        return wish.boundary
    return Path(wish.origin).name.split(".osm")[0]
