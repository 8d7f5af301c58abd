"""Tables of places, land, stops, lamps, trees, power and boundaries, as found, in EPSG:4326."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from layers import objects as ob
from layers import tables, tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from layers.drops import Drops
    from layers.objects import Objects

PLACE_KEYS: Final = ("amenity", "shop", "leisure", "tourism", "healthcare", "office", "craft")
LAND_KEYS: Final = ("natural", "waterway", "leisure", "landuse", "amenity")
LIGHTING_CABINET: Final = "street_lighting_cabinet"
"""Kind of a power object that bears no tag power, only street_cabinet=street_lighting."""

CLOSED_TO_PUBLIC: Final = frozenset({"private", "no"})


def lamps(objects: Objects, drops: Drops) -> gpd.GeoDataFrame:
    """Street lamps."""
    return ob.frame(
        "lamps",
        objects.ids,
        objects.shapes,
        {
            "lamp_type": ob.text(
                objects, "lamp_type", "light:lamp", "light:method", "light_source"
            ),
            "support": ob.text(objects, "support", "lamp_mount", "light:mount"),
            "height": ob.number(objects, "lamps", "height", tags.length("lamps", "height"), drops),
            "ref": ob.text(objects, "ref", "lamp_ref"),
        },
    )


def trees(objects: Objects, drops: Drops) -> gpd.GeoDataFrame:
    """Trees that stand alone."""
    return ob.frame(
        "trees",
        objects.ids,
        objects.shapes,
        {
            "height": ob.number(objects, "trees", "height", tags.length("trees", "height"), drops),
            "species": ob.text(objects, "species", "genus", "taxon"),
        },
    )


def power(objects: Objects, drops: Drops) -> gpd.GeoDataFrame:
    """Power lines, substations, generators, cabinets of street lamps."""
    objects = ob.areas(objects, "power", drops)
    return ob.frame(
        "power",
        objects.ids,
        objects.shapes,
        {
            "kind": ob.text(objects, "power").fillna(LIGHTING_CABINET),
            "voltage": ob.number(objects, "power", "voltage", tags.voltage, drops),
            "name": ob.text(objects, "name", "ref"),
        },
    )


def boundaries(objects: Objects, drops: Drops) -> gpd.GeoDataFrame:
    """Administrative areas."""
    objects = ob.areas(objects, "boundaries", drops)
    return ob.frame(
        "boundaries",
        objects.ids,
        objects.shapes,
        {
            "name": ob.text(objects, "name"),
            "admin_level": ob.number(objects, "boundaries", "admin_level", tags.admin_level, drops),
            "country": ob.text(objects, "ISO3166-1:alpha2", "ISO3166-1", "country_code"),
            "population": ob.number(objects, "boundaries", "population", tags.population, drops),
        },
    )


def places(objects: Objects, drops: Drops) -> gpd.GeoDataFrame:
    """Shops, schools, offices and the like, with the daily need that each serves."""
    objects = ob.areas(objects, "places", drops)
    needs = {
        (str(row.key), str(row.value)): str(row.need)
        for row in tables.load("needs").itertuples(index=False)
    }
    rows = [_place(tag, needs) for tag in objects.tags]
    key, value, need = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    )
    return ob.frame(
        "places",
        objects.ids,
        ob.points(objects.shapes),
        {
            "key": key,
            "value": value,
            "need": need,
            "name": ob.text(objects, "name", "brand"),
        },
    )


def _place(
    tag: dict[str, str], needs: Mapping[tuple[str, str], str]
) -> tuple[str, str, str | None]:
    """Key, value and need of one place: the key that serves a need goes first."""
    present = [key for key in PLACE_KEYS if tag.get(key, "no") not in {"no", "none"}]
    if tag.get("access") not in CLOSED_TO_PUBLIC:
        for key in present:
            for value in tag[key].split(";"):
                if (key, value.strip()) in needs:
                    return key, tag[key], needs[key, value.strip()]
    return present[0], tag[present[0]], None


def land(objects: Objects, drops: Drops) -> gpd.GeoDataFrame:
    """What the ground is used for, water, and green."""
    objects = ob.areas(objects, "land", drops)
    kinds = {
        (str(row.key), str(row.value)): str(row.kind)
        for row in tables.load("osm_land").itertuples(index=False)
    }
    rows = [_land(tag, kinds) for tag in objects.tags]
    kind, value = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [])
    return ob.frame(
        "land",
        objects.ids,
        objects.shapes,
        {
            "kind": kind,
            "value": value,
            "name": ob.text(objects, "name"),
        },
    )


def _land(tag: dict[str, str], kinds: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    key = next(key for key in LAND_KEYS if (key, tag.get(key, "")) in kinds)
    kind = kinds[key, tag[key]]
    return kind, tag.get("water", tag[key]) if kind == "water" else tag[key]


def stops(objects: Objects, drops: Drops) -> gpd.GeoDataFrame:
    """Stops of public transport, each once per mode."""
    objects = ob.areas(objects, "stops", drops)
    modes = np.array([_mode(tag) for tag in objects.tags], dtype=object)
    known = modes != ""
    drops.lose("stops", "no mode of transport is tagged", objects.ids[~known])
    objects, modes = objects.where(known), modes[known]
    names = ob.text(objects, "name").fillna("").to_numpy(dtype=object)
    places = ob.points(objects.shapes)
    rank = np.array([_rank(tag) for tag in objects.tags], dtype=np.int64)
    keep = _first_of_cluster(ob.metres(places), modes, names, rank)
    drops.lose("stops", "the same stop mapped once more", objects.ids[~keep])
    objects = objects.where(keep)
    return ob.frame(
        "stops",
        objects.ids,
        places[keep],
        {
            "name": ob.text(objects, "name"),
            "mode": modes[keep],
        },
    )


def _mode(tag: dict[str, str]) -> str:
    """Mode of a stop, or nothing."""
    rows = tables.load("osm_stops")
    for row in rows.itertuples(index=False):
        if tag.get(str(row.key)) == row.value:
            return str(row.mode)
    return ""


def _rank(tag: dict[str, str]) -> int:
    """The sign that passengers see goes before the platform, the stopping point comes last."""
    order = {"platform": 1, "stop_position": 2}
    named = "highway" in tag or "railway" in tag or "amenity" in tag
    return 0 if named else order.get(tag.get("public_transport", ""), 1)


def _first_of_cluster(
    places: NDArray[np.float64], modes: NDArray[Any], names: NDArray[Any], rank: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """One stop of each group that stands together, has one mode and no two names."""
    keep = np.ones(len(places), dtype=bool)
    if len(places) == 0:
        return keep
    pairs = cKDTree(places).query_pairs(ob.limit("stop_distance"), output_type="ndarray")
    a, b = pairs[:, 0], pairs[:, 1]
    same = (modes[a] == modes[b]) & ((names[a] == names[b]) | (names[a] == "") | (names[b] == ""))
    a, b = a[same], b[same]
    links = coo_array((np.ones(len(a)), (a, b)), shape=(len(places), len(places)))
    _, group = connected_components(links, directed=False)
    order = np.lexsort((np.arange(len(places)), names == "", rank, group))
    first = np.ones(len(places), dtype=bool)
    first[1:] = group[order][1:] != group[order][:-1]
    keep[order] = first
    return keep
