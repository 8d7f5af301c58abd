"""What a building is like, seen from outside: its shape, its neighbours, its streets.

Every trait is known of every mapped building, whether it carries tags or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy import ndimage
from scipy.spatial import cKDTree

from layers import tables
from twin.complete import neighbours
from twin.energy import walls

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.complete.defaults import Defaults

    Columns = dict[str, NDArray[np.float64]]

YARD: Final = "service"
CORNERS: Final = 5
QUARTER_TURNS: Final = 4.0


@dataclass(frozen=True)
class Around:
    """What stands round the buildings, in the same metric CRS.

    Parameters
    ----------
    streets, addresses, places
        Tables as found or of a City.
    """

    streets: gpd.GeoDataFrame
    addresses: gpd.GeoDataFrame
    places: gpd.GeoDataFrame


def measure(buildings: gpd.GeoDataFrame, around: Around | None, defaults: Defaults) -> pd.DataFrame:
    """Traits of every building, each with mean 0 and standard deviation 1 over all buildings.

    Parameters
    ----------
    buildings
        Table with geometry [m], footprint [m2], housenumber, name, roof_levels and roof_shape.
    around
        What stands round them; None leaves these traits out.
    defaults
        Completion tables.

    Returns
    -------
    pandas.DataFrame
        Index of the buildings; float64 columns, cut off at ``traits.most`` standard deviations.
    """
    settings = defaults.settings
    place = neighbours.xy(buildings.geometry.centroid)
    found = shape(buildings) | tags(buildings)
    found |= surroundings(buildings, place, settings)
    if around is not None and len(buildings):
        found |= reach(buildings, around.streets)
        found |= visited(buildings, around, place, settings)
    raw = pd.DataFrame(found, index=buildings.index, dtype=np.float64)
    return standardise(raw, settings["traits.most"])


def standardise(raw: pd.DataFrame, most: float) -> pd.DataFrame:
    """Bring columns to mean 0 and standard deviation 1, cut off at `most`; constant ones to 0."""
    spread = raw.std(ddof=0)
    return ((raw - raw.mean()) / spread.where(spread > 0, 1.0)).clip(-most, most)


def shape(buildings: gpd.GeoDataFrame) -> Columns:
    """Size, compactness, elongation, corners and orientation of each footprint.

    Compactness is 4 pi area / perimeter squared (Polsby and Popper 1991); orientation is that of
    the smallest rectangle round the footprint, alike for quarter turns.
    """
    outlines = buildings.geometry.to_numpy()
    area, length = buildings["footprint"].to_numpy(float), shapely.length(outlines)
    longer, shorter, angle = _rectangle(outlines)
    return {
        "size": np.log(area),
        "compactness": 4 * np.pi * area / length**2,
        "elongation": np.log(longer / shorter),
        "width": np.log(shorter),
        "filled": area / (longer * shorter),
        "corners": np.log(shapely.get_num_coordinates(outlines)),
        "facing_east": np.cos(QUARTER_TURNS * angle),
        "facing_between": np.sin(QUARTER_TURNS * angle),
    }


def _rectangle(outlines: NDArray[np.object_]) -> tuple[NDArray[np.float64], ...]:
    """Longer and shorter side [m] and direction [rad] of the smallest rectangle round outlines."""
    around = shapely.oriented_envelope(outlines)
    corners = np.zeros((len(outlines), CORNERS, 2))
    whole = shapely.get_num_coordinates(around) == CORNERS
    corners[whole] = shapely.get_coordinates(around[whole]).reshape(-1, CORNERS, 2)
    sides = corners[:, 1:3] - corners[:, :2]
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    row = np.arange(len(outlines))
    long = sides[row, lengths.argmax(axis=1)]
    least = np.finfo(float).eps ** 0.5
    return (
        np.maximum(lengths.max(axis=1), least),
        np.maximum(lengths.min(axis=1), least),
        np.arctan2(long[:, 1], long[:, 0]),
    )


def tags(buildings: gpd.GeoDataFrame) -> Columns:
    """Whether a building has a name, a house number and tags of its roof."""
    given = {"named": "name", "numbered": "housenumber", "roof": "roof_levels"}
    flat = buildings["roof_shape"].eq("flat").fillna(value=False)
    return {trait: buildings[column].notna().to_numpy(float) for trait, column in given.items()} | {
        "flat": flat.to_numpy(float)
    }


def surroundings(
    buildings: gpd.GeoDataFrame, place: NDArray[np.float64], settings: Mapping[str, float]
) -> Columns:
    """Density near and far, size beside the largest neighbour, party walls."""
    area, count = buildings["footprint"].to_numpy(float), len(buildings)
    if not count:
        return {}
    near, far, cell = (settings[f"traits.{name}"] for name in ("near", "far", "cell"))
    distance, other = cKDTree(place).query(
        place,
        k=np.arange(2, 2 + int(settings["traits.neighbours"])),
        distance_upper_bound=settings["traits.beside"],
    )
    beside = np.where(np.isfinite(distance), np.append(area, 0.0)[other], 0.0).max(axis=1)
    alone = settings["traits.alone"]
    outlines = buildings.geometry.to_numpy()
    touching = walls.neighbours(outlines, np.ones(count, dtype=bool), settings["traits.touching"])
    houses = around_each(place, np.ones(count), place, near, cell)
    ground = around_each(place, area, place, near, cell)
    return {
        "ground_near": np.sqrt(ground / near**2),
        "ground_far": np.sqrt(around_each(place, area, place, far, cell) / far**2),
        "houses_near": np.log1p(houses),
        "size_near": np.log(ground / np.maximum(houses, 1.0) + 1.0),
        "beside": np.log(area / np.maximum(beside, alone * area)).clip(np.log(alone)),
        "apart": np.log1p(np.minimum(distance[:, 0], settings["traits.beside"])),
        "touching": np.sqrt(np.bincount(touching[0], minlength=count)),
    }


def around_each(
    place: NDArray[np.float64],
    amount: NDArray[np.float64],
    asked: NDArray[np.float64],
    side: float,
    cell: float,
) -> NDArray[np.float64]:
    """Sum of amounts in the square round the cell of each asked place, (asked,).

    Parameters
    ----------
    place : (n, 2) [m]
    amount : (n,)
        What stands there.
    asked : (a, 2) [m]
    side, cell
        Side of the square and of the cells of which it is made [m].
    """
    low = asked.min(axis=0)
    shape = tuple(np.floor((asked.max(axis=0) - low) / cell).astype(np.int64) + 1)
    at = np.floor((place - low) / cell).astype(np.int64)
    on = ((at >= 0) & (at < shape)).all(axis=1)
    grid = np.zeros(shape)
    np.add.at(grid, tuple(at[on].T), amount[on])
    wide = int(side // cell) | 1
    sums = ndimage.uniform_filter(grid, wide, mode="constant") * wide**2
    mine = np.floor((asked - low) / cell).astype(np.int64)
    # The running filter leaves rounding dust where nothing stands.
    return np.asarray(np.maximum(sums[tuple(mine.T)], 0.0))


def reach(buildings: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> Columns:
    """Distance to the next street and the next yard way [m, log], and the class of that street."""
    driven = streets[streets["drive_forward"] | streets["drive_backward"]]
    classes = tables.load("osm_highways")
    rank = {name: place for place, name in enumerate(classes["highway"])}
    outlines = buildings.geometry.to_numpy()
    yard = driven["highway"].eq(YARD)
    found: Columns = {}
    for trait, kind in (("street", driven[~yard]), ("yard", driven[yard])):
        if kind.empty:
            continue
        (_, line), distance = shapely.STRtree(kind.geometry.to_numpy()).query_nearest(
            outlines, return_distance=True, all_matches=False
        )
        found[trait] = np.log1p(distance)
        if trait == "street":
            found["street_class"] = (
                kind["highway"].map(rank).fillna(len(rank)).to_numpy(float)[line]
            )
    return found


def visited(
    buildings: gpd.GeoDataFrame,
    around: Around,
    place: NDArray[np.float64],
    settings: Mapping[str, float],
) -> Columns:
    """Addresses and places in each building, and their density round it.

    A place that is the building itself does not count: it is a tag, not a trait.
    """
    near, cell = settings["traits.near"], settings["traits.cell"]
    tree = shapely.STRtree(buildings.geometry.to_numpy())
    doors = around.addresses[~around.addresses.index.isin(buildings.index)]
    shops = around.places[~around.places.index.isin(buildings.index)]
    inside = {name: _inside(tree, points) for name, points in (("d", doors), ("s", shops))}
    numbered = ((inside["d"] > 0) | buildings["housenumber"].notna().to_numpy()).astype(float)
    houses = around_each(place, np.ones(len(place)), place, near, cell)
    spots = neighbours.xy(shops.geometry)
    return {
        "addresses": np.log1p(inside["d"]),
        "addressed": numbered,
        "addressed_near": around_each(place, numbered, place, near, cell) / np.maximum(houses, 1),
        "places": np.log1p(inside["s"]),
        "places_near": np.log1p(around_each(spots, np.ones(len(spots)), place, near, cell)),
    }


def _inside(tree: shapely.STRtree, points: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Points within each outline of the tree, (n,)."""
    _, hit = tree.query(points.geometry.to_numpy(), predicate="within")
    return np.bincount(hit, minlength=len(tree.geometries)).astype(np.float64)
