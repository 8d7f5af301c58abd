"""Trips that a town knows, between its own areas, in place of those that the model makes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.errors import InputError
from twin.mobility import matrices
from twin.mobility.demand_parameters import PURPOSES
from twin.records import with_sources

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from layers.schema import Source
    from twin.city import City

TABLE = "trips"


def attach(
    city: City,
    names: pd.Index,
    trips: NDArray[np.float64],
    source: Source,
    purpose: str,
    *,
    areas: gpd.GeoSeries | None = None,
) -> tuple[City, tuple[str, ...]]:
    """Put the trips of a purpose into a City; those of this purpose before are replaced.

    Parameters
    ----------
    city
        The City; it stays as it is.
    names
        Names of the areas of the file.
    trips : (areas, areas) [1/d]
        People's trips on an average day, both directions.
    source
        Provenance.
    purpose
        One of `PURPOSES`.
    areas
        Outlines of the areas by name; without it the names must be those of zones.

    Returns
    -------
    city, notes

    Raises
    ------
    InputError
        If there is no such purpose, areas lack an outline, or no trip lies inside.
    """
    if purpose not in PURPOSES:
        raise InputError(source.origin, f"purpose {purpose[:40]}", "There is no such purpose.",
                         f"Use {', '.join(PURPOSES)}.")  # fmt: skip
    zones = city.zones
    shares = _shares(city, names, source.origin, areas)
    found, lost = matrices.converted(trips, shares)
    if not found.sum() > 0.0:
        raise InputError(source.origin, "zones", "None of its trips begins and ends in the City.",
                         "Give the outlines of its areas (--zones).")  # fmt: skip
    row, column = np.nonzero(found)
    new = pd.DataFrame({
        "origin": zones.index[row].astype("str"),
        "destination": zones.index[column].astype("str"),
        "purpose": pd.Series(purpose, range(len(row)), dtype="str"),
        "trips": found[row, column],
        "source": pd.Series(f"trips-{purpose}", range(len(row)), dtype="str"),
    })  # fmt: skip
    old = city.table(TABLE)
    kept = old[old["purpose"] != purpose]
    both = pd.concat([kept, new]) if len(kept) else new
    both = both.set_axis(pd.RangeIndex(len(both), name="id").astype("int64"))
    kept_rows = int((trips > 0.0).sum())
    facts = vars(replace(source, rows_in=kept_rows, rows_kept=kept_rows, rows_refused=0))
    changed = city.replace(
        trips=both, sources=with_sources(city.sources, {f"trips-{purpose}": facts})
    )
    share = lost / trips.sum()
    said = f"{found.sum():,.0f} trips a day of purpose {purpose} taken."
    if share <= np.finfo(np.float32).eps:
        return changed, (said,)
    return changed, (said, f"{share:.1%} of the trips have an end outside all zones: left out.")


def _shares(
    city: City, names: pd.Index, origin: str, areas: gpd.GeoSeries | None
) -> NDArray[np.float64]:
    if areas is None:
        return matrices.named_shares(names, city.zones.index)
    missing = names[~names.isin(areas.index)]
    if len(missing):
        listed = ", ".join(map(str, missing[:5]))
        raise InputError(origin, "zones", f"{len(missing)} areas have no outline: {listed}.",
                         "Name the column of their ids with --id.")  # fmt: skip
    if not areas.index.is_unique:
        raise InputError(origin, "zones", "Two outlines have one id.",
                         "Name the column of their ids with --id.")  # fmt: skip
    return matrices.area_shares(areas.loc[names].to_crs(city.crs), city.zones)
