"""Length, legal speed and lanes of streets.

Speed: sign (tag) > other parts of the same street > law of the country for the kind of road, inside
or outside built-up areas, in some countries also by lanes and by year. Lanes: tag > other parts of the same street > usual of the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers import tables
from twin.complete import cascade, defaults
from twin.complete.defaults import ANY
from twin.complete.neighbours import within, xy

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.complete.defaults import Defaults


def complete(
    streets: gpd.GeoDataFrame, built_up: pd.Series, figures: Defaults, year: int | None = None
) -> pd.DataFrame:
    """Complete length [m], speed_kph [km/h] and lanes [1].

    Parameters
    ----------
    streets
        Table as found or completed, in a metric CRS.
    built_up : (streets,) bool
        Whether the street lies in a built-up area; see `built_up`.
    figures
        Completion tables.
    year
        Year whose law holds where no sign stands [a]; None means the law of today.
    """
    measured = streets.assign(length=streets.geometry.length.astype(float))
    lanes = _lanes(measured, figures)
    speeds = _speeds(measured, lanes["value"].astype(float), built_up, figures, year)
    return cascade.settle(cascade.settle(measured, "speed_kph", speeds), "lanes", lanes)


def built_up(
    streets: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, figures: Defaults
) -> pd.Series:
    """Whether enough buildings or ends of streets for cars lie near a street's middle.

    Where few buildings are mapped, the density of the network tells the town from the country.

    Parameters
    ----------
    streets, buildings
        Tables in one metric CRS.
    figures
        Completion tables.
    """
    middle = xy(streets.geometry.interpolate(0.5, normalized=True))
    drive = streets[streets["drive_forward"] | streets["drive_backward"]].geometry
    ends = [xy(drive.interpolate(share, normalized=True)) for share in (0.0, 1.0)]
    junctions = np.unique(np.concatenate(ends).round(1), axis=0)
    town = np.zeros(len(streets), dtype=bool)
    for name, spots in (("buildings", xy(buildings.geometry.centroid)), ("junctions", junctions)):
        near = within(middle, spots, figures.settings[f"built_up.{name}.radius"])
        town |= near >= figures.settings[f"built_up.{name}"]
    return pd.Series(town, streets.index)


def _speeds(
    streets: pd.DataFrame, lanes: pd.Series, town: pd.Series, figures: Defaults, year: int | None
) -> pd.DataFrame:
    constants = figures.settings
    begun = cascade.draft(streets, "speed_kph", constants["spread.speed.tag"])
    begun = cascade.fill(begun, *_same_street(streets, begun, constants["spread.speed.default"]))
    kinds = tables.load("street_kinds").set_index("highway")
    known = streets["highway"].where(streets["highway"].isin(kinds.index), ANY)
    kind = known.map(kinds["built_up"]).where(town, known.map(kinds["open"]))
    rows = tables.load("speeds")
    limits, grade = defaults.rows_of(rows, figures.country, "speeds")
    general = rows[rows["country"] == ANY]
    own = kind.map(limits.set_index("kind")["value"]).astype(float)
    both = streets["drive_forward"] & streets["drive_backward"]
    own = _by_rules(own, kind, lanes / np.where(both, 2.0, 1.0), limits["country"], year)
    begun = cascade.fill(begun, own, grade, constants["spread.speed.default"])
    usual = kind.map(general.set_index("kind")["value"]).astype(float)
    return cascade.fill(begun, usual, "default", constants["spread.speed.default"])


def _by_rules(
    usual: pd.Series, kind: pd.Series, lanes: pd.Series, countries: pd.Series, year: int | None
) -> pd.Series:
    """Legal speeds [km/h] with those that hold by lanes per direction or year instead."""
    rules = tables.load("speed_rules")
    rules = rules[rules["country"].isin(countries)]
    since, until = rules["since"].fillna(-np.inf), rules["until"].fillna(np.inf)
    holds = until.eq(np.inf) if year is None else (since <= year) & (year <= until)
    for rule in rules[holds].sort_values("lanes").itertuples():
        usual = usual.mask((kind == rule.kind) & (lanes >= rule.lanes), rule.value)
    return usual


def _lanes(streets: pd.DataFrame, figures: Defaults) -> pd.DataFrame:
    begun = cascade.draft(streets, "lanes", figures.settings["spread.lanes.tag"])
    both = streets["drive_forward"] & streets["drive_backward"]
    direction = pd.Series(np.where(both, "two_way", "one_way"), streets.index)
    known = streets["highway"].isin(figures.lanes.index.get_level_values("highway"))
    keys = pd.MultiIndex.from_arrays([streets["highway"].where(known, ANY), direction])
    usual = figures.lanes.reindex(keys)
    spread = usual["spread"].to_numpy()
    begun = cascade.fill(begun, *_same_street(streets, begun, spread, [both]))
    return cascade.fill(begun, usual["value"].to_numpy(), "default", spread)


def _same_street(
    streets: pd.DataFrame,
    begun: pd.DataFrame,
    spread: float | NDArray[np.float64],
    also: list[pd.Series] | None = None,
) -> tuple[pd.Series, str, float | NDArray[np.float64]]:
    """Median of the known values on streets of the same name and class, as a rule to fill."""
    keys = [streets["name"], streets["highway"], *(also or [])]
    median = begun["value"].astype(float).groupby(keys).transform("median")
    return median.round(), "neighbours", spread
