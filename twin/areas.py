"""Buildings of an area: inside its outline, or carrying its id from outlines attached before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from layers import headers
from twin import states
from twin.matching import MATCHED, SHOWN, UNMATCHED

if TYPE_CHECKING:
    import geopandas as gpd


def outlined(frame: pd.DataFrame, kind: str) -> pd.Series:
    """Rows that mean all buildings of an area and not one building.

    Parameters
    ----------
    frame
        Register in the CRS of the City.
    kind
        Kind of register; see `layers.headers.Kind`.
    """
    rule = headers.kind(kind).match
    if rule not in {"area", "either"}:
        return pd.Series(data=False, index=frame.index)
    if rule == "area":
        return pd.Series(data=True, index=frame.index)
    keys = [name for name, field in headers.fields(kind).items() if field.role == "key"]
    named = frame[[name for name in keys if name in frame]].notna().any(axis=1)
    return ~named & _has_outline(frame)


def _has_outline(frame: pd.DataFrame) -> pd.Series:
    if "geometry" not in frame:
        return pd.Series(data=False, index=frame.index)
    return pd.Series(shapely.area(frame["geometry"].to_numpy()) > 0, frame.index)


def owners(frame: pd.DataFrame, kind: str, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Buildings of each row: row number to building, as often as there are pairs.

    A building belongs to the outline that holds a point inside its footprint; a row without
    outline means the buildings that carry its id.

    Parameters
    ----------
    frame
        Rows that mean areas, in the CRS of the buildings.
    kind
        Kind of register.
    buildings
        Buildings of the City; removed ones are left out.
    """
    standing = buildings[states.standing(buildings)]
    drawn = _has_outline(frame)
    names = standing.index.to_numpy()
    found = [_named(frame[~drawn], kind, standing)]
    if drawn.any():
        tree = shapely.STRtree(standing.geometry.representative_point().to_numpy())
        areas, spots = tree.query(frame.loc[drawn, "geometry"].to_numpy(), predicate="intersects")
        rows = frame.index[drawn].to_numpy()
        found.append(pd.Series(names[spots], rows[areas], dtype="str"))
    return pd.concat(found).sort_index(kind="stable")


def _named(frame: pd.DataFrame, kind: str, buildings: gpd.GeoDataFrame) -> pd.Series:
    keys = {
        name: field.target for name, field in headers.fields(kind).items() if field.role == "key"
    }
    found = [pd.Series([], pd.Index([], dtype="int64"), dtype="str")]
    for name, column in keys.items():
        if name not in frame or column not in buildings:
            continue
        groups = buildings.index.to_series().groupby(buildings[column]).agg(list)
        lists = frame[name].map(groups).dropna().explode()
        found.append(lists.astype("str"))
    return pd.concat(found)


def told(matches: pd.DataFrame, rows: pd.Index, found: pd.Series) -> pd.DataFrame:
    """Matches in which the rows of areas say how many buildings they hold.

    Parameters
    ----------
    matches
        Columns status, object_id, candidates, reason; index row.
    rows
        Rows that mean areas.
    found
        As `owners` gives it.
    """
    counts = found.groupby(level=0).size().reindex(rows, fill_value=0)
    first = found.groupby(level=0).agg(lambda names: " ".join(names[:SHOWN]))
    done = matches.copy()
    done.loc[rows, "status"] = np.where(counts > 0, MATCHED, UNMATCHED)
    done.loc[rows, "candidates"] = first.reindex(rows).fillna("")
    done.loc[rows, "object_id"] = ""
    done.loc[rows, "reason"] = [f"{count} buildings inside" for count in counts]
    return done
