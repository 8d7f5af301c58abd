"""Stocks of buildings for the tests of the hourly model of a town."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.twin import cities
from tests.twin.energy import rooms
from twin.energy import hourly, stock
from twin.energy.parameters import energy_parameters

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.energy.hourly import StockYear
    from twin.energy.stock import Stock
    from twin.energy.zones import Weather

DANISH = energy_parameters("DK")
BUILDINGS = cities._buildings()
YEAR = rooms.year("2024-01-01")
FORTNIGHT = rooms.climate(
    4.0 + 8.0 * np.sin(np.arange(336) / 24.0 * 2.0 * np.pi), sun=0.6, day="2024-03-04"
)


def changed(**columns: Any) -> gpd.GeoDataFrame:
    """The buildings of the small City with other columns."""
    return BUILDINGS.assign(**columns)


def assembled(buildings: gpd.GeoDataFrame = BUILDINGS) -> Stock:
    return stock.assemble(buildings, DANISH)


def year(buildings: gpd.GeoDataFrame = BUILDINGS, weather: Weather = FORTNIGHT) -> StockYear:
    """Two weeks, or another time, of the small City."""
    return hourly.run(assembled(buildings), weather, DANISH)
