"""Year of construction.

Tag > from the buildings nearest in place and most alike > median of neighbours of the same use and
size > median of the country's construction periods.
Where a town has no years at all, every building gets the same median year with a wide spread: a
drawn year would look like knowledge on a map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.complete import cascade, height, traits

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from twin.complete.defaults import Defaults


def complete(
    buildings: gpd.GeoDataFrame,
    defaults: Defaults,
    base_year: int,
    seen: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Complete the year of construction [a].

    Parameters
    ----------
    buildings
        Table with completed use, footprint [m2] and geometry; year as known.
    defaults
        Completion tables.
    base_year
        Base year of the City [a]; periods end there.
    seen
        Traits of the buildings (`traits.measure`); None measures what the outlines alone tell.
    """
    constants = defaults.settings
    begun = cascade.draft(buildings, "year", constants["spread.year.tag"])
    seen = traits.measure(buildings, None, defaults) if seen is None else seen
    every, least = buildings["use"].notna(), constants["spread.neighbours.year"]
    begun = height.borrow(begun, buildings, seen, defaults, least, among=every, ratio=False)
    begun = height.lend(begun, buildings, defaults, least, every)
    begun = begun.assign(value=begun["value"].round())
    year, wide = distribution(defaults.periods, base_year)
    return cascade.settle(
        buildings, "year", cascade.fill(begun, year, defaults.periods_grade, wide)
    )


def distribution(periods: pd.DataFrame, base_year: int) -> tuple[float, float]:
    """Median and standard deviation of the year of construction [a].

    Within a period, years are taken as uniform: the variance is that between the middles of the
    periods plus a twelfth of the squared length of each.

    Parameters
    ----------
    periods
        Columns lower, upper [a] (both included), value (share in any unit).
    base_year
        Periods after it do not count [a].
    """
    part = periods[periods["lower"] <= base_year].sort_values("lower")
    lower, upper = part["lower"].to_numpy(float), np.minimum(part["upper"], base_year) + 1.0
    share = part["value"].to_numpy(float) / part["value"].sum()
    edges, cumulated = np.append(lower, upper.iloc[-1]), np.append(0.0, np.cumsum(share))
    median = np.floor(np.interp(0.5, cumulated, edges))
    middle, length = (lower + upper) / 2, upper - lower
    mean = (share * middle).sum()
    variance = (share * ((middle - mean) ** 2 + length**2 / 12)).sum()
    return float(median), float(np.sqrt(variance))
