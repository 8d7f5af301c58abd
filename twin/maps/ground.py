"""Quiet ground of a map, from the town itself: green, water, houses, streets and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from twin.maps import pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from twin.city import City

GROUND: Final = {"green": "#e3ecd9", "water": "#c9dcea"}
SMOOTH: Final = {"green": 2.0, "water": 1.0, "streets": 0.3}
"""How far a drawn line may leave the mapped one [m]."""

MAIN: Final = 8
"""Classes of streets, from the motorway down, that are named from far away [1]."""


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
    return [*parts, {"line": "#555555", "dash": [8, 4], "shapes": pack.shapes(edge, on)}]


def names(city: City, on: pack.Grid) -> dict[str, Any] | None:
    """A name for each street, in the middle of its longest segment, the busiest classes first."""
    import geopandas as gpd

    from layers import tables

    streets = city.streets
    named = streets[streets["inside"].astype(bool) & streets["name"].notna()]
    if named.empty:
        return None
    longest = named.sort_values("length", ascending=False, kind="stable").drop_duplicates("name")
    ranks = {
        kind: n for n, kind in enumerate(dict.fromkeys(tables.load("osm_highways")["highway"]))
    }
    rank = longest["highway"].map(ranks).fillna(len(ranks)).to_numpy()
    longest = longest.iloc[np.argsort(rank, kind="stable")]
    rank = np.sort(rank, kind="stable")
    lines = longest.geometry.to_numpy()
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    ends = [shapely.line_interpolate_point(lines, at, normalized=True) for at in (0.4, 0.6)]
    run, rise = (shapely.get_coordinates(ends[1]) - shapely.get_coordinates(ends[0])).T
    turn = -np.degrees(np.arctan2(rise, run))
    turn = (turn + 90.0) % 180.0 - 90.0
    places = gpd.GeoSeries(middle, crs=city.crs)
    return {
        "shapes": pack.shapes(places, on),
        "texts": [str(text) for text in longest["name"]],
        "turns": np.rint(turn).astype(int).tolist(),
        "from": np.where(rank < MAIN, 14, 16).astype(int).tolist(),
    }
