"""Districts of a City: census sections, else the smallest named administrative areas, else none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd

if TYPE_CHECKING:
    import pandas as pd

    from twin.city import City

LEAST: Final = 2
"""Districts that a comparison of districts needs [1]."""
COVERED: Final = 0.5
"""Share of the buildings that districts must hold to stand for the place [1]."""


def of_buildings(city: City) -> pd.Series:
    """District of each building; missing where none is known.

    Parameters
    ----------
    city
        Its buildings carry the column section where a census was attached; otherwise named areas of
        the table boundaries count, of the lowest level that holds most buildings.
    """
    buildings = city.buildings
    if "section" in buildings and buildings["section"].notna().any():
        return buildings["section"].astype("str")
    return named(city)


def named(city: City) -> pd.Series:
    """Named area around each building, of the lowest level that holds most; missing where none is.

    Parameters
    ----------
    city
        Its named areas are in the table boundaries.
    """
    points = city.buildings.geometry.representative_point()
    return _within(points, _areas(city, points)).rename("district")


def of_streets(city: City) -> pd.Series:
    """Named area around the middle of each street, of the level that `named` takes.

    Parameters
    ----------
    city
        Its named areas are in the table boundaries.
    """
    areas = _areas(city, city.buildings.geometry.representative_point())
    middle = city.streets.geometry.interpolate(0.5, normalized=True)
    return _within(middle, areas).rename("district")


def _areas(city: City, points: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Named areas of the lowest level that holds most buildings; none where no level does."""
    areas = city.boundaries
    known = areas[areas["name"].notna() & areas["admin_level"].notna()]
    for level in sorted(known["admin_level"].unique(), reverse=True):
        part = known.loc[known["admin_level"] == level, ["name", "geometry"]].sort_index()
        at = _within(points, part)
        if at.notna().mean() >= COVERED and at.nunique() >= LEAST:
            return part
    return known.loc[[], ["name", "geometry"]]


def _within(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series:
    """Name of the area around each point, of several the first; missing outside all."""
    frame = gpd.GeoDataFrame(index=points.index, geometry=points, crs=points.crs)
    at = gpd.sjoin(frame, areas, predicate="within")["name"]
    return at[~at.index.duplicated()].reindex(points.index).astype("str")
