"""What a map shows, as plain data: geometry once, one column per view, facts with their grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import tables
from twin import columns
from twin.city import schema
from twin.ledger import EVIDENCE
from twin.maps import pack, style
from twin.speech import Speech
from twin.words import words

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.city import City
    from twin.columns import ResultColumn
    from twin.result import Result

FACTS: Mapping[str, tuple[str, ...]] = {
    "buildings": ("use", "year", "levels", "floor_area", "people", "renovation", "heating"),
    "streets": ("highway", "speed_kph", "lanes"),
    "addresses": (),
}
"""Columns of the City that a popup tells, by table."""

COUNTED: Final = frozenset({"1", "a", "people"})
"""Units that the title of a fact says already."""

GRADED_BY: Mapping[str, tuple[str, ...]] = {
    "buildings": ("year", "levels"),
    "streets": (),
    "addresses": (),
}
"""Columns whose sources decide the outline; none means that every figure is modelled."""

UNKNOWN: Final = "protection_unknown"
"""Column of houses, 1 where a work needs a permission that nobody told of: they are hatched."""

Views = Mapping[str, "Result"]
"""View name (before, after, change) to the Result that it shows."""


@dataclass(frozen=True)
class Indicator:
    """One column in all views, with one set of classes for all but the change.

    Parameters
    ----------
    column
        Words and colours.
    figures
        View name to values in the order of the layer's objects.
    classes
        View name to its legend.
    """

    column: ResultColumn
    figures: Mapping[str, np.ndarray]
    classes: Mapping[str, style.Classes]


def indicator(column: ResultColumn, index: pd.Index, views: Views) -> Indicator:
    """Collect one result column over all views, aligned to the objects drawn."""
    values = {name: _values(result, column, index) for name, result in views.items()}
    states = [found for name, found in values.items() if name != "change"]
    pooled = np.concatenate(states) if states else np.array([])
    classes = {
        name: style.sequential(pooled, column.palette, column.breaks or None, reverse=True)
        for name in values
    }
    if "change" in values:
        classes["change"] = style.diverging(
            values["change"],
            column.decimals,
            reverse=column.good_direction == "high",
            least=style.noticeable(column.table, column.column, column.decimals),
        )
    return Indicator(column, values, classes)


def _values(result: Result, column: ResultColumn, index: pd.Index) -> np.ndarray:
    frame = result.frames.get(column.table)
    if frame is None or column.column not in frame:
        return np.full(len(index), np.nan)
    return np.asarray(frame[column.column].reindex(index), dtype="float64")


def indicators(table: str, index: pd.Index, views: Views) -> list[Indicator]:
    """Every described column of one table that at least one view holds."""
    names = dict.fromkeys(
        str(name) for result in views.values() for name in result.frames.get(table, ())
    )
    known = columns.catalogue()
    rows = [known[table, name] for name in names if (table, name) in known and name != UNKNOWN]
    return [indicator(row, index, views) for row in rows]


def labels(table: str, frame: gpd.GeoDataFrame) -> list[str]:
    """What people call an object: its name, else its address, else nothing."""
    if table in {"buildings", "addresses"}:
        number = frame["housenumber"].fillna("")
        named = (frame["street"].fillna("") + " " + number).str.strip()
        if "name" in frame:
            named = frame["name"].where(frame["name"].notna(), named)
    else:
        named = frame["name"].where(frame["name"].notna(), frame["ref"])
    return [str(text) for text in named.fillna("")]


def grades(table: str, frame: pd.DataFrame) -> list[int]:
    """Weakest grade of the columns that a figure rests on: 0 observed, 1 estimated, 2 assumed."""
    ranks = tables.grades()["class"].map(EVIDENCE.index)
    graded = [frame[name + tables.SOURCE_SUFFIX].map(ranks) for name in GRADED_BY[table]]
    if not graded:
        return [EVIDENCE.index("assumed")] * len(frame)
    worst = pd.concat(graded, axis=1).max(axis=1).fillna(EVIDENCE.index("assumed"))
    return [int(rank) for rank in worst]


def facts(table: str, frame: pd.DataFrame, language: str = "en") -> list[dict[str, Any]]:
    """The columns a popup tells, each with unit, source and spread, in a language."""
    contract = schema(table)
    return [
        _fact(frame, contract[name].unit, name, language) for name in FACTS[table] if name in frame
    ]


def sources(language: str) -> dict[str, list[str]]:
    """How good a source is, and what it is, in a language."""
    said = words(language)
    classes = tables.grades()["class"]
    return {str(key): [str(kind), said[f"grade_{key}"]] for key, kind in classes.items()}


def _fact(frame: pd.DataFrame, unit: str, name: str, language: str) -> dict[str, Any]:
    source, spread = name + tables.SOURCE_SUFFIX, name + tables.SPREAD_SUFFIX
    number = pd.api.types.is_numeric_dtype(frame[name])
    return {
        "title": words(language)[f"fact_{name}"],
        "unit": "" if unit in COUNTED else Speech(language).unit(unit),
        "number": bool(number),
        "year": unit == "a",
        "values": _plain(frame[name], 1) if number else _said(frame[name], language),
        "source": _texts(frame[source]) if source in frame else [],
        "spread": _plain(frame[spread], 2) if spread in frame else [],
    }


def _said(values: pd.Series, language: str) -> dict[str, Any]:
    """A column of kinds as codes, and the kinds in a language."""
    found, said = _texts(values), words(language)
    told = [
        said.get(f"value_{values.name}_{text}")
        or said.get(f"term_{text}")
        or text.replace("_", " ")
        for text in found["texts"]
    ]
    return found | {"texts": told}


def _texts(values: pd.Series) -> dict[str, Any]:
    """A text column as codes and the list of distinct texts (most repeat)."""
    codes, distinct = pd.factorize(values)
    return {"codes": [int(code) for code in codes], "texts": [str(text) for text in distinct]}


def _plain(values: pd.Series | np.ndarray, decimals: int) -> list[float | None]:
    numbers = np.round(np.asarray(values, dtype="float64"), decimals)
    return [None if not np.isfinite(value) else float(value) for value in numbers]


def layer(
    city: City, table: str, views: Views, language: str, on: pack.Grid
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """One coloured layer as plain data: the objects inside the boundary that still stand."""
    frame = city.table(table)
    frame = frame[frame["inside"].astype(bool)]
    return frame, {
        "table": table,
        "ids": pack.lines(str(name) for name in frame.index),
        "count": len(frame),
        "shapes": pack.shapes(frame.geometry, on),
        "labels": pack.texts(pd.Series(labels(table, frame), dtype="str").replace("", None)),
        "grades": pack.codes(np.array(grades(table, frame), dtype=np.int64)),
        "facts": [packed_fact(one) for one in facts(table, frame, language)],
        "indicators": [_shown(one, language) for one in indicators(table, frame.index, views)],
        "unknown": _unknown(table, frame.index, views),
    }


def _unknown(table: str, index: pd.Index, views: Views) -> str | None:
    """Which objects are hatched because something about them is not known; None if no view tells."""
    for result in views.values():
        frame = result.frames.get(table)
        if frame is not None and UNKNOWN in frame:
            flag = frame[UNKNOWN].reindex(index).fillna(0.0).to_numpy(dtype="float64")
            return pack.codes((flag > 0.0).astype(np.int64))
    return None


def packed_fact(one: dict[str, Any]) -> dict[str, Any]:
    """A fact of `facts` with its columns packed."""
    kept = {name: one[name] for name in ("title", "unit", "number", "year")}
    numbers = _packed_numbers(one["values"], 1) if one["number"] else _packed_texts(one["values"])
    return {
        **kept,
        "values": numbers,
        "source": _packed_texts(one["source"]) if one["source"] else None,
        "spread": _packed_numbers(one["spread"], 2) if one["spread"] else None,
    }


def _packed_numbers(values: list[float | None], decimals: int) -> str:
    return pack.figures(np.array([np.nan if v is None else v for v in values]), decimals)


def _packed_texts(column: dict[str, Any]) -> dict[str, Any]:
    return {"codes": pack.codes(np.array(column["codes"]) + 1), "texts": column["texts"]}


def _shown(one: Indicator, language: str) -> dict[str, Any]:
    column, kept = one.column, one.column.decimals + 1
    return {
        "column": column.column,
        "title": column.title(language),
        "unit": Speech(language).unit(column.unit),
        "decimals": column.decimals,
        "kept": kept,
        "description": column.described(language)[0],
        "good": column.good_direction,
        "values": {name: pack.figures(v, kept) for name, v in one.figures.items()},
        "classes": {
            name: {
                "breaks": list(c.breaks),
                "colours": list(c.colours),
                "counts": c.counts(one.figures[name]),
            }
            for name, c in one.classes.items()
        },
    }


def bounds(city: City) -> list[list[float]]:
    """South-west and north-east corner of the boundary [degrees]."""
    import geopandas as gpd

    west, south, east, north = (
        gpd.GeoSeries([city.boundary], crs=city.crs).to_crs("EPSG:4326").total_bounds
    )
    return [[float(south), float(west)], [float(north), float(east)]]
