"""Districts of a City: census sections, else the smallest named administrative areas, else none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

if TYPE_CHECKING:
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
    return _named(city)


def _named(city: City) -> pd.Series:
    buildings, areas = city.buildings, city.boundaries
    none = pd.Series(pd.NA, index=buildings.index, dtype="str", name="district")
    named = areas[areas["name"].notna() & areas["admin_level"].notna()]
    points = gpd.GeoDataFrame(
        index=buildings.index, geometry=buildings.geometry.representative_point(), crs=buildings.crs
    )
    for level in sorted(named["admin_level"].unique(), reverse=True):
        part = named.loc[named["admin_level"] == level, ["name", "geometry"]].sort_index()
        at = gpd.sjoin(points, part, predicate="within")["name"]
        at = at[~at.index.duplicated()].reindex(buildings.index)
        if at.notna().mean() >= COVERED and at.nunique() >= LEAST:
            return at.astype("str").rename("district")
    return none
