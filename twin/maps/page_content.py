"""What a consultation page knows: shapes once, figures of every run, names, ground and search."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from twin import districts, folder
from twin.maps import ground, load_tables, marks, pack, panel_tables, panels
from twin.maps import layers as map_layers
from twin.speech import Speech
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import geopandas as gpd

    from twin.city import City
    from twin.consultation import Consultation
    from twin.maps.heard import Heard
    from twin.maps.indicators import Shown
    from twin.result import Result
    from twin.scenario import Scenario

BASELINE: Final = "baseline"
LICENCE: Final = "Open Database License (ODbL) 1.0"
HIDDEN: Final = ("people", "renovation", "heating")
"""Facts of a house that concern who lives there; the public is not told them."""

TALL: Final = 500.0
"""Height above which a house is drawn no taller [m]."""

ROUGH: Final = 4
"""Widths of streets by traffic [1]."""


@dataclass(frozen=True)
class Subject:
    """What a page is about.

    Parameters
    ----------
    city
        With every object that a run holds.
    runs
        Name to result; the one that changes are counted from is `reference`.
    reference
        Name of a run.
    shown, objects
        Of `indicators.collect`.
    language
        One of `twin.columns.LANGUAGES`.
    public
        Whether everybody may read it.
    consultation
        What people are asked, or None.
    tables
        More tables for charts.
    heard
        What people said so far, or None.
    plans
        Scenario to the plan behind it, where known.
    made
        Day that stands on the page, or None.
    """

    city: City
    runs: Mapping[str, Result]
    reference: str
    shown: Sequence[Shown]
    objects: Mapping[str, gpd.GeoDataFrame]
    language: str
    public: bool
    consultation: Consultation | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    heard: Heard | None = None
    plans: Mapping[str, Scenario] = field(default_factory=dict)
    made: date | None = None


def content(of: Subject, column: str) -> dict[str, Any]:
    """Everything that the script of the page reads.

    Parameters
    ----------
    of
        What the page is about.
    column
        Figure shown first; the first one if empty.
    """
    runs, language = of.runs, of.language
    said = words(language)
    return {
        **layout(of),
        "runs": [
            {"id": name, "scenario": r.record["scenario"], "year": r.record["year"],
             "title": called(of, r, said)}
            for name, r in runs.items()
        ],
        "reference": runs[of.reference].record["scenario"],
**figures(of, column),
        "consultation": None if of.consultation is None
        else of.consultation.model_dump(mode="json", exclude={"schema_", "controller"}),
        "totals": _totals(runs, said),
        "panels": _panels(of, said),
        "marks": marks.plain(),
        "version": _version(runs),
    }  # fmt: skip


def layout(of: Subject) -> dict[str, Any]:
    """The part of `content` that the City alone tells: shapes, ground, names, search.

    Parameters
    ----------
    of
        What the page is about; its runs are not asked. Where no figure is shown, all layers are
        laid out.
    """
    city, objects, language = of.city, of.objects, of.language
    bounds = map_layers.bounds(city)
    (south, west), (north, east) = bounds
    on = pack.grid((west, south, east, north))
    used = {one.table for one in of.shown} | ({"streets", "buildings"} & set(objects))
    return {
        "words": words(language),
        "language": language,
        "grid": asdict(on),
        "metres": pack.STEP,
        "bounds": bounds,
        "layers": {
            name: _layer(city, name, objects[name], on, language, public=of.public)
            for name in sorted(used if of.shown else objects)
        },
        "ground": ground.ground(city, objects, on),
        "names": ground.names(city, on),
        "search": _search(city, on),
        "grades": map_layers.sources(language),
        "still": "#d9d9d9",
        "credit": " | ".join(city.attributions),
        "licence": LICENCE,
        "stem": folder.digest(city.name.encode())[:8] if not city.name.isascii() else city.name,
    }


def figures(of: Subject, column: str) -> dict[str, Any]:
    """The part of `content` that colours the map: figures with their legends.

    Parameters
    ----------
    of
        What the page is about; at least one figure is shown.
    column
        As in `content`.
    """
    said = words(of.language)
    return {
        "indicators": [_indicator(one, of.language, said) for one in of.shown],
        "start": _start(of.shown, column),
        "width": _width(of.shown, of.language),
    }


def called(of: Subject, result: Result, said: Mapping[str, str]) -> str:
    """What people call the plan of a run.

    Parameters
    ----------
    of, result, said
        What the page is about, a run, and the words of the language.
    """
    name = str(result.record["scenario"])
    if name == BASELINE:
        return said["page_nothing"]
    plan = of.plans.get(name)
    return (plan.title if plan else "") or str(result.record.get("title") or name)


def _version(runs: Mapping[str, Result]) -> str:
    return ", ".join(
        f"{name} {str(result.record.get('digest', ''))[:8]}".strip()
        for name, result in runs.items()
    )


def _layer(
    city: City, table: str, frame: gpd.GeoDataFrame, on: pack.Grid, language: str, *, public: bool
) -> dict[str, Any]:
    """Shapes, names, grades and facts of one layer."""
    city_table = table in map_layers.FACTS
    area = not frame.geom_type.iloc[0].endswith("LineString")
    geometry = frame.geometry if area else frame.geometry.simplify(ground.SMOOTH["streets"])
    told = frame.drop(columns=list(HIDDEN), errors="ignore") if public else frame
    facts = map_layers.facts(table, told, language) if city_table else []
    return {
        "kind": "area" if area else "line",
        "count": len(frame),
        "shapes": pack.shapes(geometry, on),
        "labels": pack.texts(_labels(city, table, frame, words(language))),
        "grades": pack.codes(np.array(map_layers.grades(table, frame)))
        if city_table and area
        else None,
        "facts": [map_layers.packed_fact(one) for one in facts],
        "heights": _heights(frame) if table == "buildings" else None,
    }


def _heights(frame: gpd.GeoDataFrame) -> str | None:
    """Heights of houses in whole metres, 0 where unknown; None where none is known."""
    if "height" not in frame or not frame["height"].notna().any():
        return None
    return pack.codes(np.rint(frame["height"].fillna(0.0).clip(0.0, TALL)).astype(np.int64))


def _labels(city: City, table: str, frame: gpd.GeoDataFrame, said: Mapping[str, str]) -> pd.Series:
    if table == "streets":
        return ground.street_names(city).reindex(frame.index).reset_index(drop=True).astype("str")
    if table in map_layers.FACTS:
        text = pd.Series(map_layers.labels(table, frame), dtype="str")
        return text.where(text != "")
    return pd.Series([f"{said[f'page_{table}']} {n + 1}" for n in range(len(frame))], dtype="str")


def _indicator(one: Shown, language: str, said: Mapping[str, str]) -> dict[str, Any]:
    column = one.column
    kept = column.decimals + 1
    packed: dict[str, str] = {}
    base = None
    for name, values in one.figures.items():
        packed[name] = pack.figures(values, kept, base)
        base = values if base is None else base
    return {
        "table": one.table,
        "column": column.column,
        "title": column.title(language),
        "unit": Speech(language).unit(column.unit),
        "code": "" if column.unit == "1" else column.unit,
        "decimals": column.decimals,
        "kept": kept,
        "description": column.described(language)[0],
        "spoken": column.described(language)[1],
        "good": column.good_direction,
        "topic": said.get(f"topic_{one.topic}", one.topic),
        "values": packed,
        "classes": {"breaks": list(one.classes.breaks), "colours": list(one.classes.colours)},
        "change": {"breaks": list(one.change.breaks), "colours": list(one.change.colours)},
        "note": said["page_mean"] if one.mean else "",
        "doubt": {
            name: pack.codes(((low <= 0.0) & (high >= 0.0)).astype(np.int64))
            for name, (low, high) in one.bands.items()
        },
        "bands": _ends(one.bands, kept),
        "ranges": _ends(one.ranges, kept),
        "halves": _ends(one.halves, kept),
        "houses": None if one.houses is None else pack.codes(one.houses),
    }


def _ends(given: Mapping[str, Any], kept: int) -> dict[str, list[str]]:
    """Low and high ends of each run, packed."""
    return {name: [pack.figures(end, kept) for end in ends] for name, ends in given.items()}


def _start(shown: Sequence[Shown], column: str) -> str:
    """The figure asked for where it is shown, else the first."""
    table, _, name = column.rpartition(".")
    for one in shown:
        if name == one.column.column and table in {"", one.table, one.column.table}:
            return f"{one.table}.{one.column.column}"
    return f"{shown[0].table}.{shown[0].column.column}"


def _width(shown: Sequence[Shown], language: str) -> dict[str, Any] | None:
    """What the width of a street tells: its traffic, in `ROUGH` classes."""
    for one in shown:
        if one.table == "streets" and one.column.column == "vehicles":
            pooled = np.concatenate(list(one.figures.values()))
            flow = pooled[pooled > 0.0]
            breaks = np.unique(np.quantile(flow, [0.5, 0.8, 0.95])) if flow.size else np.array([])
            return {"table": "streets", "column": "vehicles", "breaks": breaks.tolist(),
                    "title": one.column.title(language)}  # fmt: skip
    return None


def _search(city: City, on: pack.Grid) -> dict[str, Any]:
    """Streets and addresses that people look for, each where it stands."""
    import geopandas as gpd

    streets, houses = city.streets, city.buildings
    street = streets[streets["inside"].astype(bool) & streets["name"].notna()]
    called_ = ground.street_names(city).reindex(street.index)
    several = set(street.loc[called_ != street["name"], "name"])
    called_ = called_.drop_duplicates()
    street = street.loc[called_.index]
    house = houses[houses["inside"].astype(bool) & houses["street"].notna()]
    number = house["housenumber"].fillna("")
    door = (house["street"] + " " + number).str.strip()
    where = districts.named(city).reindex(house.index)
    door = door.where(~(house["street"].isin(several) & where.notna()), door + " (" + where + ")")
    texts = [*called_, *door]
    places = [
        *shapely.line_interpolate_point(street.geometry.to_numpy(), 0.5, normalized=True),
        *shapely.point_on_surface(house.geometry.to_numpy()),
    ]
    series = gpd.GeoSeries(places, crs=city.crs)
    return {"shapes": pack.shapes(series, on), **pack.texts(pd.Series(texts, dtype="str"))}


def _panels(of: Subject, said: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Charts of all runs together, under no name, and of each run."""
    titles = {name: called(of, run, said) for name, run in of.runs.items()}
    rows = panels.kinds()
    once = {row["table"] for row in rows.values() if row["by_run"] == "no"}
    shared = {name: frame for name, frame in of.tables.items() if name in once}
    given = panel_tables.together(of.runs, titles, of.city) | shared
    found = {"": _plain(given, of.language)}
    for name, run in of.runs.items():
        brought = {**run.frames, **run.tables}
        own = {table: frame for table, frame in brought.items() if table not in once}
        more = {t: _of_run(frame, run) for t, frame in of.tables.items() if t not in once}
        made = panel_tables.alone(of.city, run, idle(of, run))
        made["avoided"] = panel_tables.avoided(of.runs, name, _nothing(of))
        found[name] = _plain(load_tables.with_loads(made | own | more), of.language)
    return found


def _plain(given: Mapping[str, pd.DataFrame], language: str) -> list[dict[str, Any]]:
    return [
        {**one.plain, "head": one.head(language), "rows": one.rows()}
        for one in panels.collect(given, language)
    ]


def _of_run(frame: pd.DataFrame, run: Result) -> pd.DataFrame:
    return frame[frame["run"] == run.record["scenario"]] if "run" in frame else frame


def idle(of: Subject, run: Result) -> Result | None:
    """What doing nothing brings in the year of a run; None for doing nothing itself.

    Parameters
    ----------
    of
        What the page is about.
    run
        One of its runs.
    """
    nothing = _nothing(of)
    same = [
        other
        for other in of.runs.values()
        if other.record["scenario"] == nothing and other.record["year"] == run.record["year"]
    ]
    return same[0] if same and run.record["scenario"] != nothing else None


def _nothing(of: Subject) -> str:
    """Scenario that changes are counted from."""
    return str(of.runs[of.reference].record["scenario"])


def _totals(runs: Mapping[str, Result], said: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tonnes of each sector in each run, summed from the ledger."""
    sums = [result.ledger.by("sector") for result in runs.values()]
    sectors = sorted({sector for found in sums for sector in found.index})
    return [
        {"name": said.get(f"sector_{sector}", str(sector)),
         "values": [float(found.get(sector, 0.0)) for found in sums]}
        for sector in sectors
    ]  # fmt: skip
