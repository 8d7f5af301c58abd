"""Light source, mounting height and power of street lamps.

Source: tag > most frequent of the lamps nearby that light the like > assumed by base year. Height:
tag > median of such lamps > usual of what is lit. Power: as known, else usual of source and what is
lit. What is lit (main road, local street, path) is told by the class of the street nearby.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers import tables
from layers.texts import fold
from twin.complete import cascade, neighbours
from twin.complete.defaults import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from twin.complete.defaults import Defaults

PATH: Final = "path"
STRANGE: Final = "light source is not understood"


def complete(
    lamps: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, figures: Defaults, base_year: int
) -> tuple[gpd.GeoDataFrame, list[dict[str, object]]]:
    """Complete lamp_type, height [m] and power [W] of lamps.

    Parameters
    ----------
    lamps
        Table as found or completed, in a metric CRS.
    streets
        Table with highway and geometry, in the same CRS.
    figures
        Completion tables.
    base_year
        Base year [a].

    Returns
    -------
    lamps, notes
        Completed table, with the street that each lamp lights (missing if none is near); and rows
        for the drops table.
    """
    street = _lit(lamps, streets, figures.settings)
    lights = _lights(street, streets)
    known, strange = _understood(lamps)
    done = known.assign(street=street)
    done = cascade.settle(done, "lamp_type", _types(done, lights, figures.settings, base_year))
    done = cascade.settle(done, "height", _heights(done, lights, figures.settings))
    done = cascade.settle(done, "power", _powers(done, lights))
    return done, cascade.notes("lamps", {STRANGE: strange})


def nearest_street(points: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, reach: float) -> pd.Series:
    """Id of the street nearest to each point, missing where none is within reach; first by id.

    Parameters
    ----------
    points, streets
        Tables in one metric CRS.
    reach
        How far a street may lie [m].
    """
    found = pd.Series(None, points.index, dtype="str")
    if points.empty or streets.empty:
        return found
    shapes = points.geometry.representative_point().to_numpy()
    order = streets.sort_index()
    tree = shapely.STRtree(order.geometry.to_numpy())
    mine, theirs = tree.query_nearest(shapes, max_distance=reach, all_matches=True)
    pairs = pd.Series(theirs).groupby(mine).min()
    found.iloc[pairs.index] = order.index.to_numpy()[pairs.to_numpy()]
    return found


def _lit(
    lamps: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, constants: Mapping[str, float]
) -> pd.Series:
    """Street that each lamp lights: a road goes before the sidewalk on which the lamp stands."""
    lights = _kinds(streets["highway"])
    road = nearest_street(lamps, streets[lights != PATH], constants["lamps.road"])
    return road.fillna(nearest_street(lamps, streets, constants["lamps.street"]))


def _lights(street: pd.Series, streets: pd.DataFrame) -> pd.Series:
    """What each lamp lights: main, local or path."""
    return _kinds(street.map(streets["highway"], na_action="ignore"))


def _kinds(highway: pd.Series) -> pd.Series:
    rows = tables.load("lamp_streets").set_index("highway")["lights"]
    return highway.map(rows, na_action="ignore").fillna(rows[ANY]).astype("str")


def _understood(lamps: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.Index]:
    """Lamps with our words for their light sources, and ids of those with a word that is strange."""
    rows = tables.load("lamp_words")
    words = {fold(str(row.word)): str(row.lamp_type) for row in rows.itertuples()}
    words |= {fold(kind): kind for kind in rows["lamp_type"].unique()}
    said = lamps["lamp_type"]
    ours = said.map(lambda text: words.get(fold(text)), na_action="ignore").astype("str")
    return lamps.assign(lamp_type=ours), lamps.index[said.notna() & ours.isna()]


def _types(
    lamps: gpd.GeoDataFrame, lights: pd.Series, constants: Mapping[str, float], base_year: int
) -> pd.DataFrame:
    begun = cascade.draft(lamps, "lamp_type", constants["lamps.type.wrong"], "str")
    kinds = sorted(tables.load("lamp_words")["lamp_type"].unique())
    votes = neighbours.nearby_vote(
        neighbours.xy(lamps.geometry),
        pd.Categorical(begun["value"], kinds).codes.astype(np.int64),
        pd.factorize(lights)[0],
        count=int(constants["neighbours.count"]),
        least=int(constants["neighbours.least"]),
        radius=constants["neighbours.radius"],
        least_share=constants["neighbours.known_share"],
    )
    won = votes["kind"].map(dict(enumerate(kinds)), na_action="ignore").astype("str").to_numpy()
    begun = cascade.fill(begun, won, "neighbours", 1.0 - votes["share"].to_numpy())
    rows = tables.load("lamp_types").sort_values("from_year")
    usual = rows[rows["from_year"] <= base_year].iloc[-1]
    return cascade.fill(begun, str(usual["lamp_type"]), "default", float(usual["value"]))


def _heights(
    lamps: gpd.GeoDataFrame, lights: pd.Series, constants: Mapping[str, float]
) -> pd.DataFrame:
    begun = cascade.draft(lamps, "height", constants["spread.lamp_height.tag"])
    near = neighbours.nearby_median(
        neighbours.xy(lamps.geometry),
        begun["value"].to_numpy(float),
        pd.factorize(lights)[0],
        count=int(constants["neighbours.count"]),
        least=int(constants["neighbours.least"]),
        radius=constants["neighbours.radius"],
    )
    least = constants["spread.neighbours.lamp_height"]
    spread = near["spread"].clip(lower=least).to_numpy()
    begun = cascade.fill(begun, near["value"].to_numpy(), "neighbours", spread)
    rows = tables.load("lamps")
    usual = rows[rows["name"] == "height"].set_index("lights").loc[lights]
    return cascade.fill(begun, usual["value"].to_numpy(), "default", usual["spread"].to_numpy())


def _powers(lamps: gpd.GeoDataFrame, lights: pd.Series) -> pd.DataFrame:
    begun = cascade.draft(lamps, "power", 0.0)
    rows = tables.load("lamps")
    rows = rows[rows["name"] == "power"].set_index(["lights", "lamp_type"])[["value", "spread"]]
    keys = pd.MultiIndex.from_arrays([lights, lamps["lamp_type"]])
    general = pd.MultiIndex.from_product([[ANY], lamps["lamp_type"]])
    usual = rows.reindex(keys).to_numpy()
    usual = np.where(np.isnan(usual), rows.reindex(general).to_numpy(), usual)
    return cascade.fill(begun, usual[:, 0], "default", usual[:, 1])
