"""Add to what a City says of itself: its sources, its parameters and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from twin.complete import cascade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city import City


def with_sources(old: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Table of sources with more rows; rows of the same name give way."""
    new = pd.DataFrame.from_dict(dict(rows), orient="index").rename_axis("id")
    new.index = new.index.astype("str")
    kept = old[~old.index.isin(new.index)]
    return pd.concat([kept, new.astype(old.dtypes[new.columns].to_dict())])


def with_parameters(old: pd.DataFrame, rows: Mapping[str, tuple[str, str, str]]) -> pd.DataFrame:
    """Table of parameters with more rows (value, unit, source); rows of the same name give way."""
    new = pd.DataFrame.from_dict(dict(rows), orient="index", columns=["value", "unit", "source"])
    new.index = new.index.astype("str").rename("name")
    return pd.concat([old[~old.index.isin(new.index)], new.astype("str")])


def with_drops(city: City, table: str, losses: Mapping[str, pd.Index]) -> City:
    """City whose drops say what was not kept or believed, and why; the same reasons give way."""
    old = city.drops
    old = old[~(old["table"].eq(table) & old["reason"].isin(list(losses)))]
    notes = cascade.notes(table, losses)
    if not notes and len(old) == len(city.drops):
        return city
    new = pd.DataFrame(notes, columns=list(old.columns)).astype(old.dtypes.to_dict())
    both = pd.concat([old, new], ignore_index=True)
    both.index = pd.RangeIndex(len(both), name="id").astype("int64")
    return city.replace(drops=both)
