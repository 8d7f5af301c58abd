"""Footprint, what is too small or too large to be a building, and gross floor area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.complete import cascade

if TYPE_CHECKING:
    import pandas as pd

    from twin.complete.defaults import Defaults


def footprints(buildings: pd.DataFrame) -> pd.DataFrame:
    """Add the area of the footprint [m2]; geometry is in a metric CRS."""
    return buildings.assign(footprint=buildings.geometry.area.astype(float))


def believable(
    buildings: pd.DataFrame, defaults: Defaults
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Refuse outlines that are too small or too large for one building; say how many.

    Parameters
    ----------
    buildings
        Table with footprint [m2].
    defaults
        Completion tables.

    Returns
    -------
    buildings, notes
        What is kept, and rows for the drops table.
    """
    lower = defaults.settings["footprint.refused_below"]
    upper = defaults.settings["footprint.refused_above"]
    small, large = buildings["footprint"] < lower, buildings["footprint"] > upper
    losses = {
        f"outline smaller than {lower:g} m2": buildings.index[small],
        f"outline larger than {upper:g} m2": buildings.index[large],
    }
    return buildings[~(small | large)], cascade.notes("buildings", losses)


def heated(buildings: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Say which buildings have heated floor area: by use, and only if large enough."""
    by_use = buildings["use"].map(defaults.uses["heated"]).astype(bool)
    large = buildings["footprint"] >= defaults.settings["footprint.unheated_below"]
    return buildings.assign(heated=by_use & large)


def complete(buildings: pd.DataFrame) -> pd.DataFrame:
    """Gross floor area above ground [m2] = footprint x storeys.

    The grade is that of the storeys, if these are assumed. The spread is that of the storeys times
    the footprint; the outline's own error is small beside it.

    Parameters
    ----------
    buildings
        Table with footprint [m2] and completed levels [1].
    """
    begun = cascade.draft(buildings, "floor_area", 0.0)
    area = buildings["footprint"] * buildings["levels"]
    spread = buildings["footprint"] * buildings["levels_spread"]
    return cascade.settle(
        buildings,
        "floor_area",
        cascade.fill(begun, area, cascade.inherit(buildings["levels_source"]), spread),
    )
