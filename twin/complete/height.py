"""Storeys above ground and height to the eaves.

Storeys: tag > from a known height > from the buildings nearest in place and most alike > median of
neighbours of the same use and size > typical of the use. Height: register or surface model > tag less the roof > storeys x storey height.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.complete import cascade, kin, neighbours, traits, use

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.complete.defaults import Defaults

FLAT: Final = "flat"
TOO_MANY: Final = "more storeys than the tagged height can hold: the height was believed"
TOO_FEW: Final = "fewer storeys than the tagged height needs: the storeys were believed"


def set_tops_aside(buildings: pd.DataFrame) -> pd.DataFrame:
    """Move heights as tagged (to the top) into ``height_top`` [m], once.

    A City's height is that to the eaves; the tag is kept beside it so that heights can be worked
    out again when better evidence on the roof arrives.
    """
    if "height_top" in buildings:
        return buildings
    if "height_source" in buildings:
        return buildings.assign(height_top=np.nan)
    return buildings.assign(height_top=buildings["height"].astype(float), height=np.nan)


def believable(
    buildings: pd.DataFrame, defaults: Defaults
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Resolve tagged storeys and heights that contradict each other; say how many.

    Where a storey would be lower than people can stand in, the storeys are wrong (63 for 6.3, a
    house number) and are emptied. Where a storey would be higher than the use builds, the height
    is wrong (feet, a mast on the roof) and is emptied.

    Parameters
    ----------
    buildings
        Table with completed use, levels [1] and height_top [m] as tagged.
    defaults
        Completion tables.

    Returns
    -------
    buildings, notes
        Table with the loser of each contradiction emptied, and rows for the drops table.
    """
    storey = buildings["height_top"] / buildings["levels"].astype(float)
    many = storey < of_use(buildings, defaults.values, "storey_lower")
    few = storey > of_use(buildings, defaults.values, "storey_upper")
    cleaned = buildings.assign(
        levels=buildings["levels"].astype(float).mask(many),
        height_top=buildings["height_top"].mask(few),
    )
    losses = {TOO_MANY: buildings.index[many], TOO_FEW: buildings.index[few]}
    return cleaned, cascade.notes("buildings", losses)


def complete(
    buildings: gpd.GeoDataFrame, defaults: Defaults, seen: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """Complete levels [1] and height [m] with source and spread.

    Parameters
    ----------
    buildings
        Table with completed use, footprint [m2] and geometry; levels and heights as known.
    defaults
        Completion tables.
    seen
        Traits of the buildings (`traits.measure`); None measures what the outlines alone tell.
    """
    buildings = set_tops_aside(buildings)
    known = _known_height(buildings, defaults)
    seen = traits.measure(buildings, None, defaults) if seen is None else seen
    storeys = _levels(buildings, known, defaults, seen)
    return cascade.settle(
        cascade.settle(buildings, "levels", storeys),
        "height",
        _height(buildings, known, storeys, defaults, seen),
    )


def _known_height(buildings: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Draft of heights to the eaves from measurements and tags.

    A roof tagged flat, or a use that has flat roofs, leaves the tag as it is; otherwise the
    use's typical roof height is taken off, at most a share of the whole.
    """
    top = buildings["height_top"].astype(float)
    roof = of_use(buildings, defaults.values, "roof_height")
    roof = roof.where(buildings["roof_shape"].ne(FLAT).fillna(value=True), 0.0)
    roof = np.minimum(roof, defaults.settings["roof.share_max"] * top)
    rounding = defaults.settings["spread.height.tag"]
    spread = np.hypot(rounding, of_use(buildings, defaults.spreads, "roof_height"))
    begun = cascade.draft(buildings, "height", rounding)
    source = np.where(roof.eq(0), "osm", "calculated")
    return cascade.fill(
        begun,
        (top - roof).clip(lower=defaults.settings["height.lower"]),
        source,
        spread.where(roof.gt(0), rounding),
    )


def _levels(
    buildings: gpd.GeoDataFrame, height: pd.DataFrame, defaults: Defaults, seen: pd.DataFrame
) -> pd.DataFrame:
    """Draft of storeys; the spread of what comes from a height is propagated."""
    constants = defaults.settings
    begun = cascade.draft(buildings, "levels", constants["spread.levels.tag"])
    storey = of_use(buildings, defaults.values, "storey_height")
    relative = np.hypot(
        height["spread"] / height["value"],
        of_use(buildings, defaults.spreads, "storey_height") / storey,
    )
    counted = (height["value"] / storey).round().clip(1, constants["levels.upper"])
    begun = cascade.fill(begun, counted, "calculated", counted * relative)
    ordinary = of_use(buildings, defaults.values, "storey_height").le(
        constants["neighbours.storey_most"]
    ) & buildings["use"].map(defaults.uses["heated"]).astype(bool)
    least = constants["spread.neighbours.levels"]
    begun = borrow(begun, buildings, seen, defaults, least, among=ordinary, ratio=True)
    begun = lend(begun, buildings, defaults, least, ordinary)
    return cascade.fill(
        begun,
        of_use(buildings, defaults.values, "levels"),
        "default",
        of_use(buildings, defaults.spreads, "levels"),
    )


def _height(
    buildings: gpd.GeoDataFrame,
    known: pd.DataFrame,
    storeys: pd.DataFrame,
    defaults: Defaults,
    seen: pd.DataFrame,
) -> pd.DataFrame:
    """Draft of heights; those without evidence are storeys times the storey height of the use.

    Where many heights are known, as from a surface model of a part of the town, buildings whose
    storeys nobody counted borrow a height itself, not one rounded to storeys.
    """
    storey = of_use(buildings, defaults.values, "storey_height")
    spread = np.hypot(
        storeys["spread"] * storey,
        storeys["value"] * of_use(buildings, defaults.spreads, "storey_height"),
    )
    source = storeys["source"].mask(cascade.is_kept(storeys["source"]), "calculated")
    value = (storeys["value"] * storey).clip(
        defaults.settings["height.lower"], defaults.settings["height.upper"]
    )
    counted = cascade.is_kept(storeys["source"])
    begun = cascade.fill(known, value.where(counted), source, spread)
    least = defaults.settings["spread.height.tag"]
    lent = borrow(known, buildings, seen, defaults, least, among=~counted, ratio=True)
    begun = cascade.fill(begun, lent["value"].where(~counted), lent["source"], lent["spread"])
    return cascade.fill(begun, value, source, spread)


def borrow(
    begun: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    seen: pd.DataFrame,
    defaults: Defaults,
    least_spread: float,
    *,
    among: pd.Series,
    ratio: bool,
) -> pd.DataFrame:
    """Fill what is open from the buildings nearest in place and most alike (`kin.numbers`).

    Parameters
    ----------
    begun
        Draft of a number; its known values are what is borrowed.
    buildings
        Table with completed use and geometry.
    seen
        Traits of the buildings; what their use tells is added here.
    defaults
        Completion tables.
    least_spread
        Spread that remains although all agree, in the column's unit.
    among : (buildings,) bool
        Buildings that borrow from each other.
    ratio
        Whether errors are shares of the value.
    """
    own = seen.assign(
        typical=np.log(of_use(buildings, defaults.values, "levels")),
        heated=buildings["use"].map(defaults.uses["heated"]).astype(float),
        residential=buildings["use"].map(defaults.uses["residential"]).astype(float),
    )
    told = own.columns.difference(seen.columns)
    own[told] = traits.standardise(own[told], defaults.settings["traits.most"])
    rows = among.to_numpy(bool)
    found = pd.DataFrame(np.nan, buildings.index, ["value", "spread"])
    found[rows] = kin.numbers(
        kin.Known(neighbours.xy(buildings.geometry.centroid)[rows], own.to_numpy(float)[rows]),
        begun["value"].to_numpy(float)[rows],
        defaults.settings,
        ratio=ratio,
    ).to_numpy()
    spread = np.hypot(found["spread"], least_spread)
    return cascade.fill(begun, found["value"], "neighbours", spread)


def lend(
    begun: pd.DataFrame,
    buildings: pd.DataFrame,
    defaults: Defaults,
    least_spread: float,
    across: pd.Series,
) -> pd.DataFrame:
    """Fill what is open with the median of neighbours: of the same use and size, then of the size.

    Parameters
    ----------
    begun
        Draft of a number; its known values are what the neighbours lend.
    buildings
        Table with completed use, footprint [m2] and geometry.
    defaults
        Completion tables.
    least_spread
        Spread that remains although all neighbours agree, in the column's unit.
    across : (buildings,) bool
        Buildings that may borrow from any other such building of their size.
    """
    constants, values = defaults.settings, begun["value"].to_numpy(float)
    size = use.size_class(buildings, defaults).astype(str)
    alike = buildings["use"].astype(str) + " " + size
    for keys in (alike, size.where(across.astype(bool), alike)):
        near = neighbours.nearby_median(
            neighbours.xy(buildings.geometry.centroid),
            values,
            pd.factorize(keys)[0].astype(np.int64),
            count=int(constants["neighbours.count"]),
            least=int(constants["neighbours.least"]),
            radius=constants["neighbours.radius"],
        ).set_index(buildings.index)
        spread = np.hypot(near["spread"], least_spread)
        begun = cascade.fill(begun, near["value"], "neighbours", spread)
    return begun


def of_use(buildings: pd.DataFrame, table: pd.DataFrame, name: str) -> pd.Series:
    """A figure of each building's use."""
    return buildings["use"].map(table[name]).astype(float)
