"""Heights of buildings from a surface model less a terrain model.

The height is the median over the cells inside the footprint, of the surface less the ground there:
on a flat roof its height, on a pitched roof about the middle between eaves and ridge. The median
does not mind chimneys, masts and a tree over a corner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from rasterio.features import rasterize

from layers.tables import SOURCE_SUFFIX, SPREAD_SUFFIX
from twin.complete import cascade

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from rasterio.transform import Affine

GRADE: Final = "dsm"
NORMAL: Final = 1.349
"""Distance between the quartiles of a normal distribution over its standard deviation [1]."""


def measure(
    buildings: gpd.GeoDataFrame,
    above: NDArray[np.floating],
    transform: Affine,
    figures: Mapping[str, float],
) -> pd.DataFrame:
    """Measure every building whose footprint holds enough cells.

    Parameters
    ----------
    buildings
        Footprints; where two overlap, the later one has the cell.
    above : (rows, columns) [m]
        Surface less ground; NaN where either is not known.
    transform
        Column and row to coordinates.
    figures
        ``relief.csv``.

    Returns
    -------
    pandas.DataFrame
        Index of the buildings; height [m] and spread [m], missing where nothing can be said, and
        cells [1].
    """
    none = pd.DataFrame(np.nan, buildings.index, ["height", "spread"]).assign(cells=0)
    shapes = [(shape, number + 1) for number, shape in enumerate(buildings.geometry)]
    if not shapes:
        return none
    owner = rasterize(shapes, out_shape=above.shape, transform=transform, fill=0, dtype="int32")
    inside = owner > 0
    groups = pd.Series(above[inside].astype(float)).groupby(owner[inside] - 1)
    cells = groups.size()
    enough = cells.ge(figures["roof.cells_least"]) & groups.count().ge(
        figures["roof.known_share"] * cells
    )
    between = groups.quantile(0.75) - groups.quantile(0.25)
    rough = between / NORMAL / np.sqrt(groups.count().clip(lower=1))
    found = pd.DataFrame({
        "height": groups.quantile(figures["roof.quantile"]),
        "spread": np.hypot(rough, figures["roof.spread"]),
    }).where(enough)  # fmt: skip
    found = found.assign(cells=cells).reindex(range(len(buildings))).set_index(buildings.index)
    return found.fillna({"cells": 0}).astype({"cells": "int64"})


def applied(
    buildings: gpd.GeoDataFrame, measured: pd.DataFrame, figures: Mapping[str, float]
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Buildings with measured heights where no register and no tag says one.

    Parameters
    ----------
    buildings
        Completed table.
    measured
        As `measure` returns it.
    figures
        ``relief.csv``.

    Returns
    -------
    buildings, unbelieved
        The table, and for every building whether its measured height was not believed (bool).
    """
    height = measured["height"]
    believed = height.between(figures["roof.height_least"], figures["roof.height_most"])
    told = cascade.is_kept(buildings["height" + SOURCE_SUFFIX]) & buildings[
        "height" + SOURCE_SUFFIX
    ].ne(GRADE)
    if "height_top" in buildings:
        told |= buildings["height_top"].notna()
    use = believed & ~told
    done = buildings.assign(**{
        "height": buildings["height"].mask(use, height),
        "height" + SOURCE_SUFFIX: buildings["height" + SOURCE_SUFFIX].mask(use, GRADE).astype("str"),
        "height" + SPREAD_SUFFIX: buildings["height" + SPREAD_SUFFIX].mask(use, measured["spread"]),
    })  # fmt: skip
    return done, height.notna() & ~believed & ~told
