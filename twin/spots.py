"""Rows of a register as points of the City: meters, chargers, crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from layers import headers
from twin.matching import MATCHED

if TYPE_CHECKING:
    from twin.city import City

OWN: Final = {"date": "date", "ref": "id"}
"""Optional columns of the points table, and what they are called in a register."""


def with_points(
    city: City, kind: str, frame: pd.DataFrame, matches: pd.DataFrame, name: str
) -> City:
    """City with the matched rows of a register in its points table.

    Parameters
    ----------
    city
        The City.
    kind
        Kind of register.
    frame
        The register in the CRS of the City.
    matches
        Columns status, object_id (of the new point), candidates (building it stands in).
    name
        Row of the sources table; its earlier points are replaced.
    """
    rows = matches[matches["status"] == MATCHED]
    places = _places(city, frame, rows)
    told = _point_facts(frame.loc[rows.index], kind)
    texts = {c: told[c].fillna("") if c in told else "" for c in ("kind", "quantity")}
    new = gpd.GeoDataFrame(
        {
            "inside": places.within(city.boundary),
            **{c: pd.Series(text, rows.index, dtype="str") for c, text in texts.items()},
            "value": told["value"].astype(float),
            "unit": told["unit"].fillna("1").astype("str"),
            "source": pd.Series(name, rows.index, dtype="str"),
            **{c: told[theirs].astype("str") for c, theirs in OWN.items() if theirs in told},
        },
        geometry=places,
        crs=city.crs,
    )
    new = new.set_axis(pd.Index(rows["object_id"], dtype="str", name="id"))
    old = city.points
    both = pd.concat([old[old["source"] != name], new]) if len(old) else new
    return city.replace(points=gpd.GeoDataFrame(both, geometry="geometry", crs=city.crs))


def _point_facts(told: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Columns of the points table from those of a kind of register."""
    fields = headers.fields(kind)
    named = {name: fields[name].target for name in told if name in fields and fields[name].target}
    done = pd.DataFrame(told).rename(columns=named)
    column, _, value = headers.kind(kind).sets.partition("=")
    done = done.assign(**{column: value}) if column else done
    done = done if "value" in done else done.assign(value=np.nan)
    unit = next((f.unit for f in fields.values() if f.target == "value"), "1")
    return done if "unit" in done else done.assign(unit=pd.Series(unit, done.index, dtype="str"))


def _places(city: City, frame: pd.DataFrame, rows: pd.DataFrame) -> gpd.GeoSeries:
    """Place of each row: its own, else a point inside its building."""
    inside = city.buildings.geometry.representative_point()
    places = gpd.GeoSeries(
        [inside.get(name) for name in rows["candidates"]], index=rows.index, crs=city.crs
    )
    if not isinstance(frame, gpd.GeoDataFrame):
        return places
    own = frame.geometry.loc[rows.index]
    return own.representative_point().where(own.notna(), places)
