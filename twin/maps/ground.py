"""Quiet ground of a map, from the town itself: green, water, houses, streets and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from twin import districts
from twin.maps import pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from twin.city import City

GROUND: Final = {"green": "#e9efe2", "water": "#c9dcea"}
SMOOTH: Final = {"green": 2.0, "water": 1.0, "streets": 0.3}
"""How far a drawn line may leave the mapped one [m]."""

MAIN: Final = 8
"""Classes of streets, from the motorway down, that are named from far away [1]."""
NEAR, CLOSE = 13, 15
"""Zoom from which main streets and all others are named [1]."""


def ground(
    city: City, objects: Mapping[str, gpd.GeoDataFrame], on: pack.Grid
) -> list[dict[str, Any]]:
    """Quiet ground of the city's own: green, water, houses, streets, the boundary."""
    import geopandas as gpd

    land = city.land[city.land["inside"].astype(bool)]
    parts: list[dict[str, Any]] = []
    for kind, colour in GROUND.items():
        drawn = land.geometry[(land["kind"] == kind).to_numpy()].simplify(SMOOTH[kind])
        drawn = drawn[drawn.geom_type.str.endswith("Polygon")]
        if len(drawn):
            parts.append({"fill": colour, "shapes": pack.shapes(drawn, on)})
    if "buildings" in objects:
        parts.append({"fill": "#e0dcd3", "edge": "#8f8b82", "table": "buildings"})
    if "streets" in objects:
        parts.append({"line": "#c9c5bc", "table": "streets"})
    edge = gpd.GeoSeries([city.boundary.boundary], crs=city.crs).simplify(SMOOTH["water"])
    return [*parts, {"line": "#8c8c8c", "dash": [6, 4], "shapes": pack.shapes(edge, on)}]


def names(city: City, on: pack.Grid) -> dict[str, Any] | None:
    """Names that a map shows: districts where their houses are, then streets by importance.

    Parameters
    ----------
    city
        The City.
    on
        Grid of the map.

    Returns
    -------
    dict
        ``shapes``, ``texts``, ``turns`` [deg], zoom that each is shown ``from``, and how many of
        the first are ``towns``; None if nothing has a name.
    """
    import geopandas as gpd

    towns, streets = _towns(city), _streets(city)
    if not len(towns) and not len(streets):
        return None
    both = [*towns.geometry, *streets.geometry]
    return {
        "shapes": pack.shapes(gpd.GeoSeries(both, crs=city.crs), on),
        "texts": [*towns["name"], *streets["name"]],
        "turns": [*([0] * len(towns)), *(int(turn) for turn in streets["turn"])],
        "from": [*([0] * len(towns)), *(int(zoom) for zoom in streets["from"])],
        "towns": len(towns),
    }


def street_names(city: City) -> pd.Series:
    """Name of each street, else its number; with its district where several have one of that name.

    Parameters
    ----------
    city
        The City.

    Returns
    -------
    Series
        Name by street, missing where it has none.
    """
    streets = city.streets
    name = streets["name"].where(streets["name"].notna(), streets["ref"])
    district = districts.of_streets(city)
    inside = streets["inside"].astype(bool)
    pairs = pd.DataFrame({"name": name, "district": district})[inside].dropna().drop_duplicates()
    several = set(pairs.loc[pairs["name"].duplicated(), "name"])
    told = name.isin(several) & district.notna()
    return name.where(~told, name + " (" + district + ")")


def _towns(city: City) -> gpd.GeoDataFrame:
    """Names of districts, each in the middle of its houses, the largest first."""
    import geopandas as gpd

    houses = city.buildings[city.buildings["inside"].astype(bool)]
    district = districts.named(city).reindex(houses.index)
    points = houses.geometry.representative_point()
    found = pd.DataFrame({"name": district, "x": points.x, "y": points.y}).dropna()
    size = found.groupby("name")["x"].agg(["size", "median"])
    size["y"] = found.groupby("name")["y"].median()
    size = size.sort_values("size", ascending=False, kind="stable")
    places = gpd.points_from_xy(size["median"], size["y"], crs=city.crs)
    return gpd.GeoDataFrame({"name": size.index.astype(str)}, geometry=places)


def _streets(city: City) -> gpd.GeoDataFrame:
    """A name for each street, in the middle of its longest segment, the busiest classes first."""
    import geopandas as gpd

    from layers import tables

    streets = city.streets
    named = streets[streets["inside"].astype(bool) & streets["name"].notna()]
    longest = named.sort_values("length", ascending=False, kind="stable").drop_duplicates("name")
    kinds = dict.fromkeys(tables.load("osm_highways")["highway"])
    ranks = {kind: n for n, kind in enumerate(kinds)}
    rank = longest["highway"].map(ranks).fillna(len(ranks)).to_numpy()
    order = np.argsort(rank, kind="stable")
    longest, rank = longest.iloc[order], rank[order]
    lines = longest.geometry.to_numpy()
    ends = [shapely.line_interpolate_point(lines, at, normalized=True) for at in (0.4, 0.6)]
    run, rise = (shapely.get_coordinates(ends[1]) - shapely.get_coordinates(ends[0])).T
    turn = (90.0 - np.degrees(np.arctan2(rise, run))) % 180.0 - 90.0
    shown = {
        "name": longest["name"].astype(str).to_numpy(),
        "turn": np.rint(turn),
        "from": np.where(rank < MAIN, NEAR, CLOSE),
    }
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    return gpd.GeoDataFrame(shown, geometry=middle, crs=city.crs)
