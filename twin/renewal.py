"""Complete a City anew after something better is known of its buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.complete import buildings as completion
from twin.complete import defaults, traits, zones

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.city import City


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
    cells, done = zones.complete(done, city.streets, city.junctions, city.boundary, assumed)
    return city.replace(buildings=done, zones=cells)
