"""All building columns in the order in which each builds on the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.schema import silent
from twin.complete import age, floors, height, people, systems, traits, use

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from layers.schema import Progress
    from twin.complete.defaults import Defaults

Notes = list[dict[str, object]]


def prepare(buildings: gpd.GeoDataFrame, figures: Defaults) -> tuple[gpd.GeoDataFrame, Notes]:
    """Measure footprints and refuse outlines that are no building.

    Parameters
    ----------
    buildings
        Table as found, in a metric CRS.
    figures
        Completion tables.

    Returns
    -------
    buildings, notes
        Table with footprint [m2] and state, and rows for the drops table.
    """
    kept, notes = floors.believable(floors.footprints(buildings), figures)
    return kept.assign(state="standing").astype({"state": "str"}), notes


def complete(
    buildings: gpd.GeoDataFrame,
    places: pd.DataFrame,
    land: pd.DataFrame,
    figures: Defaults,
    base_year: int,
    population: float | None = None,
    progress: Progress | None = None,
    around: traits.Around | None = None,
) -> tuple[gpd.GeoDataFrame, Notes]:
    """Complete use, storeys, height, year, floor area, dwellings, people, jobs and systems.

    Parameters
    ----------
    buildings
        Prepared table with inside [bool], all in the CRS of places and land.
    places, land
        Tables as found.
    figures
        Completion tables.
    base_year
        Base year [a].
    population
        Known residents inside the boundary [people], or None.
    progress
        Called with a stage in plain words and the share done.
    around
        Streets, addresses and places round the buildings; None leaves these traits out.

    Returns
    -------
    buildings, notes
        Completed table, and rows for the drops table: tags that were not believed.
    """
    tell = progress or silent
    tell("use of buildings", 0.0)
    seen = traits.measure(buildings, around, figures)
    done = use.complete(buildings, places, land, figures, seen)
    done, notes = height.believable(height.set_tops_aside(done), figures)
    tell("storeys and heights", 0.3)
    done = height.complete(done, figures, seen)
    tell("years of construction", 0.6)
    done = age.complete(done, figures, base_year, seen)
    tell("floor area, people and jobs", 0.8)
    done = floors.heated(floors.complete(done), figures)
    done = people.residents(people.dwellings(done, figures), figures, population)
    return systems.complete(people.jobs(done, figures), figures), notes
