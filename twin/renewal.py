"""Complete a City anew after something better is known of its buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd

from twin.area import middles
from twin.complete import buildings as completion
from twin.complete import defaults, traits, zones

if TYPE_CHECKING:
    from twin.city import City

LEFT: Final = {"people": "people_left", "jobs": "jobs_left"}
"""Columns of the census that say what no building could take."""


def completed_anew(city: City, houses: gpd.GeoDataFrame) -> City:
    """City in which everything estimated follows from what is known; observed values stay.

    Parameters
    ----------
    city
        The City so far.
    houses
        Its buildings with what is newly known, graded as such.
    """
    assumed = defaults.load(city.country)
    total = city.parameters["value"].get("people.total")
    done, _ = completion.complete(
        houses,
        city.places,
        city.land,
        assumed,
        city.year,
        None if total is None else float(total),
        around=traits.Around(city.streets, city.addresses, city.places),
    )
    others = _without_buildings(city)
    cells, done = zones.complete(done, city.streets, city.junctions, city.boundary, assumed, others)
    return city.replace(buildings=done, zones=cells)


def _without_buildings(city: City) -> gpd.GeoDataFrame | None:
    """People and jobs that a census counts where no building is mapped, in the middle of its zones.

    None if every one has a building.
    """
    counted = city.census
    if LEFT["people"] not in counted:
        return None
    found = counted[list(LEFT.values())].set_axis(list(LEFT), axis=1)
    left = found.sum(axis=1) > 0
    middle = gpd.GeoSeries(middles(counted.geometry.to_numpy()), counted.index, crs=city.crs)
    return gpd.GeoDataFrame(found, geometry=middle)[left] if left.any() else None
