"""Buildings and the addresses that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from layers import objects as ob
from layers import tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from layers.drops import Drops
    from layers.objects import Objects

TEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "building": ("building",),
    "name": ("name",),
    "roof_shape": ("roof:shape",),
    "amenity": ("amenity",),
    "shop": ("shop",),
    "office": ("office",),
    "tourism": ("tourism",),
    "leisure": ("leisure",),
    "healthcare": ("healthcare",),
    "craft": ("craft",),
}
ADDRESS: Final[Mapping[str, tuple[str, ...]]] = {
    "street": ("addr:street", "addr:place"),
    "housenumber": ("addr:housenumber",),
    "postcode": ("addr:postcode",),
    "city": ("addr:city",),
}
YEAR_KEYS: Final = (
    "start_date",
    "building:year_built",
    "year_of_construction",
    "construction_date",
)


def buildings(objects: Objects, drops: Drops) -> gpd.GeoDataFrame:
    """Buildings with their own tags; address columns hold only their own address."""
    objects = _once(objects, drops)
    columns: dict[str, Any] = {
        name: ob.text(objects, *keys) for name, keys in {**TEXT, **ADDRESS}.items()
    }
    columns["year"] = _years(objects, drops)
    columns["roof_levels"] = ob.number(
        objects, "buildings", "roof:levels", tags.most("buildings", "roof_levels"), drops
    )
    columns["dwellings"] = ob.number(
        objects, "buildings", "building:flats", tags.most("buildings", "dwellings"), drops
    )
    columns |= _sizes(objects, drops)
    return ob.frame("buildings", objects.ids, objects.shapes, columns)


def _once(objects: Objects, drops: Drops) -> Objects:
    """Leave out ways that are the outer ring of a multipolygon that is a building itself."""
    relation = np.char.startswith(objects.ids.astype(str), "r")
    if not relation.any():
        return objects
    filled = shapely.polygons(
        shapely.get_exterior_ring(shapely.get_parts(objects.shapes[relation]))
    )
    ways = np.flatnonzero(~relation)
    outer, way = shapely.STRtree(objects.shapes[ways]).query(filled, predicate="covers")
    same = shapely.equals(filled[outer], objects.shapes[ways[way]])
    keep = np.ones(len(objects.ids), dtype=bool)
    keep[ways[way[same]]] = False
    drops.lose(
        "buildings",
        "the outer ring of a multipolygon that is the same building",
        objects.ids[~keep],
    )
    return objects.where(keep)


def _years(objects: Objects, drops: Drops) -> pd.Series:
    written = ob.text(objects, *YEAR_KEYS)
    years = tags.column(written, tags.year)
    drops.note(
        "buildings",
        "the year of construction cannot be read or is out of bounds",
        written.index[written.notna() & years.isna()],
    )
    return years


def _sizes(objects: Objects, drops: Drops) -> dict[str, pd.Series]:
    """Height and storeys that can be believed together."""
    levels = ob.number(
        objects, "buildings", "building:levels", tags.most("buildings", "levels"), drops
    )
    height = ob.number(objects, "buildings", "height", tags.length("buildings", "height"), drops)
    levels_good, height_good = tags.plausible_levels(
        levels.to_numpy(), height.to_numpy(), ob.metric_area(objects.shapes)
    )
    drops.note(
        "buildings",
        "building:levels do not fit the height or the footprint",
        objects.ids[~levels_good],
    )
    drops.note("buildings", "height repeats the number of storeys", objects.ids[~height_good])
    return {"levels": levels.where(levels_good), "height": height.where(height_good)}


def addresses(objects: Objects, houses: gpd.GeoDataFrame, drops: Drops) -> gpd.GeoDataFrame:
    """Addresses of their own and those that buildings carry, each with its building.

    Parameters
    ----------
    objects
        Nodes and areas that bear a house number and are no buildings.
    houses
        Table of buildings.
    drops
        Where losses are counted.
    """
    objects = ob.areas(objects, "addresses", drops)
    places = ob.points(objects.shapes)
    holder = _holders(places, houses)
    alone = {name: ob.text(objects, *keys) for name, keys in ADDRESS.items()}
    alone |= {"country": ob.text(objects, "addr:country"), "building_id": holder}
    own = houses[houses["housenumber"].notna()]
    carried = {name: own[name] for name in ADDRESS}
    carried |= {
        "country": pd.Series(np.nan, index=own.index, dtype="str"),
        "building_id": own.index.to_series(),
    }
    columns = {
        name: np.concatenate(
            [np.asarray(alone[name], dtype=object), np.asarray(carried[name], dtype=object)]
        )
        for name in alone
    }
    shapes = np.concatenate([places, shapely.point_on_surface(np.asarray(own.geometry.array))])
    return ob.frame("addresses", [*objects.ids, *own.index], shapes, columns)


def _holders(places: Any, houses: gpd.GeoDataFrame) -> pd.Series:
    """Building whose footprint holds each point, else whose wall is nearest within reach."""
    held = pd.Series(np.nan, index=range(len(places)), dtype="str")
    if len(places) == 0 or houses.empty:
        return held
    outlines = np.asarray(houses.geometry.array)
    tree = shapely.STRtree(outlines)
    point, house = tree.query(places, predicate="intersects")
    first = pd.Series(house, index=point).groupby(level=0).first()
    held.iloc[first.index] = houses.index[first.to_numpy()]
    missing = np.flatnonzero(held.isna())
    point, house = _near(places[missing], outlines, tree)
    held.iloc[missing[point]] = houses.index[house]
    return held


def _near(
    places: Any, outlines: Any, tree: shapely.STRtree
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a point and the nearest outline within the entrance distance."""
    reach = ob.limit("entrance_distance")
    latitude = np.radians(np.clip(shapely.get_y(places), -85, 85))
    half = reach / ob.DEGREE / np.cos(latitude)
    x, y = shapely.get_x(places), shapely.get_y(places)
    point, house = tree.query(shapely.box(x - half, y - half, x + half, y + half))
    if len(point) == 0:
        return point, house
    scale = np.cos(latitude[point])
    origin = np.column_stack([x[point], y[point]])
    coordinates, index = shapely.get_coordinates(outlines[house], return_index=True)
    local = shapely.set_coordinates(
        outlines[house].copy(),
        (coordinates - origin[index])
        * ob.DEGREE
        * np.column_stack([scale[index], np.ones(len(index))]),
    )
    distance = shapely.distance(local, shapely.points(0.0, 0.0))
    pairs = pd.DataFrame({"point": point, "house": house, "distance": distance})
    pairs = pairs[pairs["distance"] <= reach].sort_values(["point", "distance", "house"])
    best = pairs.drop_duplicates("point")
    return best["point"].to_numpy(), best["house"].to_numpy()


def addressed(houses: gpd.GeoDataFrame, entries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give buildings without an address that of the node on them, the first in natural order."""
    bare = houses.index[houses["housenumber"].isna()]
    joined = entries[entries["building_id"].isin(bare)]
    if joined.empty:
        return houses
    keys = [
        (street, ob.natural(label), name)
        for street, label, name in zip(
            joined["street"].fillna(""), joined["housenumber"], joined.index, strict=True
        )
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    chosen = joined.iloc[order].drop_duplicates("building_id").set_index("building_id")
    found = houses.copy()
    for name in ADDRESS:
        found.loc[chosen.index, name] = chosen[name]
    return found
