"""Give the buildings of a City the people and jobs that a census counts in their zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from layers import population
from layers.errors import InputError
from twin import counted as sharing
from twin.area import middles
from twin.counted import SOURCE, Shared
from twin.records import with_drops, with_sources

if TYPE_CHECKING:
    from pathlib import Path

    from layers.population import Population
    from twin.city import City

OUTSIDE: Final = "middle of the zone outside the model area"


def read(city: City, path: Path | str, **options: Any) -> Shared:
    """Read a file of people and jobs by zone where the City lies, and share it out (`add`).

    Parameters
    ----------
    city
        The City.
    path, **options
        As of `layers.population.read`.
    """
    area = gpd.GeoSeries([box(*city.model_area.bounds)], crs=city.crs).to_crs(4326)
    west, south, east, north = area.total_bounds
    return add(city, population.read(path, bounds=(west, south, east, north), **options))


def add(city: City, counted: Population) -> Shared:
    """Keep the counts of zones in the City and share them out to buildings (`counted.share`).

    Parameters
    ----------
    city
        The City; counts that it had before give way.
    counted
        Zones with people and jobs, as `layers.population.read` gives them.

    Raises
    ------
    InputError
        If no zone has its middle in the model area.
    """
    zones = counted.frame.to_crs(city.crs)
    within = middles(zones.geometry.to_numpy())
    inside = pd.Series(gpd.GeoSeries(within).within(city.model_area).to_numpy(), zones.index)
    if not inside.any():
        raise InputError(counted.source.origin, "", "No zone lies in the model area.",
                         "Check the place and the coordinate system.")  # fmt: skip
    known = with_drops(city, SOURCE, {OUTSIDE: zones.index[~inside]})
    sources = with_sources(known.sources, {SOURCE: vars(counted.source)})
    return sharing.share(
        known.replace(sources=sources, census=_table(zones[inside], counted.reach))
    )


def _table(zones: gpd.GeoDataFrame, reach: float) -> gpd.GeoDataFrame:
    """Zones as the City keeps them."""
    index = pd.Index(zones.index.astype("str"), dtype="str", name="id")
    counts = {name: zones[name].astype(float).to_numpy() for name in population.COUNTS}
    far = reach if np.isfinite(reach) else np.nan
    return gpd.GeoDataFrame(
        {**counts, "reach": far, "source": pd.Series(SOURCE, index, dtype="str")},
        geometry=zones.geometry.to_numpy(), crs=zones.crs, index=index,
    )  # fmt: skip
