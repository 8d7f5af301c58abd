"""Heights of buildings in Gothenburg: what a surface model measures, hidden and predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from layers import tables, terrain
from tests.twin.complete import frames
from twin.complete import buildings as completion
from twin.complete import defaults, roofs

if TYPE_CHECKING:
    from pathlib import Path

COVERED = 0.6
"""Share of a footprint that the tile must cover [1]."""


def measured(folder: Path) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Buildings that the surface model covers, completed without it, and what it measures."""
    surface = terrain.read(folder / "goteborg_DSM_KRbig.tif")
    ground = terrain.read(folder / "goteborg_DEM_KRbig.tif")
    outlines = gpd.read_file(folder / "goteborg_buildings.shp")
    covered = outlines.intersection(box(*surface.bounds)).area / outlines.area
    outlines = outlines[(covered > COVERED) & (outlines.area > 20)]
    rows = [{"building": "yes", "geometry": shape} for shape in outlines.geometry]
    houses = frames.found("buildings", rows, [f"w{number}" for number in range(len(rows))])
    houses = houses.set_crs("EPSG:3007", allow_override=True).assign(inside=True)
    houses, _ = completion.prepare(houses, defaults.load("SE"))
    houses = completed(houses)
    above = np.subtract(surface.values, ground.values)
    return houses, roofs.measure(houses, above, surface.transform, figures())


def figures() -> dict[str, float]:
    return dict(tables.figures("relief", "twin.data"))


def completed(houses: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    done, _ = completion.complete(houses, frames.places(), frames.land(), defaults.load("SE"), 2020)
    return done


def hidden(folder: Path, folds: int = 5) -> pd.DataFrame:
    """Truth, our guess and the median of the heights that were shown [m], each hidden once."""
    houses, found = measured(folder)
    lower, upper = figures()["roof.height_least"], figures()["roof.height_most"]
    known = found["height"].between(lower, upper)
    pieces = []
    for fold in range(folds):
        away = known & (np.arange(len(houses)) % folds == fold)
        told, _ = roofs.applied(houses, found.mask(away | ~known), figures())
        guess = completed(told)["height"][away]
        median = found["height"][known & ~away].median()
        pieces.append(
            pd.DataFrame({"truth": found["height"][away], "ours": guess, "naive": median})
        )
    return pd.concat(pieces)
