"""Quick maps: one line in a notebook, one file for a mail, with or without a plan beside today."""

from __future__ import annotations

import html
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from twin import columns, limit_topics, sentences
from twin.maps import ground, pack
from twin.maps import layers as map_layers
from twin.maps.leaflet import OfflineMap, TwinView
from twin.speech import Speech
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.city import City
    from twin.result import Result

DRAWN = ("buildings", "streets")
"""Tables that a map colours, in the order of the indicator list."""


def explore(
    city: City,
    result: Result,
    column: str = "co2",
    *,
    language: str = "en",
    tables: Sequence[str] = DRAWN,
) -> OfflineMap:
    """Map one result; in a notebook the last line of a cell shows it.

    Parameters
    ----------
    city
        City that the result belongs to.
    result
        Result of `twin.simulate.run`, or a difference of two.
    column
        Column shown first, ``co2`` or ``streets.co2``; the others can be chosen on the map.
    language
        Language of titles and words.
    tables
        Tables of the City that are coloured: buildings, streets or addresses.

    Returns
    -------
    OfflineMap
        A folium map that makes no request.

    Raises
    ------
    InputError
        If no such column is described.
    """
    view = "change" if result.is_change else "before"
    return _map(city, {view: result}, column, language, tables)


def compare(
    city: City, before: Result, after: Result, column: str = "co2", *, language: str = "en"
) -> OfflineMap:
    """Map a plan: before, after and change with one legend.

    Parameters
    ----------
    city
        City after the plan, so that new objects are drawn.
    before, after
        Results of the same city without and with the plan.
    column
        Column shown first.
    language
        Language of titles and words.
    """
    views = {"before": before, "after": after, "change": after - before}
    return _map(city, views, column, language)


def _map(
    city: City,
    views: dict[str, Result],
    column: str,
    language: str,
    tables: Sequence[str] = DRAWN,
) -> OfflineMap:
    chosen = columns.find(column)
    said = words(language)
    bounds = map_layers.bounds(city)
    (south, west), (north, east) = bounds
    on = pack.grid((west, south, east, north))
    layers = {
        table: map_layers.layer(city, table, views, language, on)
        for table in dict.fromkeys((*tables, *DRAWN))
    }
    objects = {table: frame for table, (frame, _) in layers.items() if len(frame)}
    drawn = [
        one if name in tables else {**one, "indicators": []} for name, (_, one) in layers.items()
    ]
    page = OfflineMap(bounds)
    title = f"{city.name}: {_story(views)}"
    page.figure.title = html.escape(title)  # branca puts it into the page as it is
    content: dict[str, Any] = {
        "words": said,
        "language": language,
        "bounds": bounds,
        "grid": asdict(on),
        "ground": ground.ground(city, objects, on),
        "names": ground.names(city, on),
        "layers": drawn,
        "views": list(views),
        "start": _start(chosen, drawn),
        "grades": map_layers.sources(language),
        "credit": html.escape(" | ".join(city.attributions)),
        "panel": panel(city, views, title, language),
    }
    page.add_child(TwinView(content))
    return page


def _story(views: dict[str, Result]) -> str:
    """Scenario and year of each state that the map can show."""
    states = [result for name, result in views.items() if name != "change"]
    return ", ".join(_name(result) for result in states or views.values())


def _name(result: Result) -> str:
    """Scenario and year of a result; of a change, of both its sides."""
    if result.is_change:
        sides = (result.record["before"], result.record["after"])
        return " - ".join(f"{side['scenario']} {side['year']}" for side in sides)
    return f"{result.record['scenario']} {result.record['year']}"


def _start(chosen: list[columns.ResultColumn], drawn: list[dict[str, Any]]) -> dict[str, str]:
    """Table and column shown first: the one asked for where it was computed, else the first."""
    there = [(one["table"], shown["column"]) for one in drawn for shown in one["indicators"]]
    wanted = [spot for spot in ((one.table, one.column) for one in chosen) if spot in there]
    table, column = next(iter(wanted or there), ("", ""))
    return {"table": table, "column": column}


def panel(city: City, views: dict[str, Result], title: str, language: str) -> dict[str, Any]:
    """What the panel beside the map says, as values for its template."""
    states = {name: result for name, result in views.items() if name != "change"} or views
    said = [str(text) for result in states.values() for text in result.record.get("limits", ())]
    say = Speech(language).sentence
    return {
        "title": title,
        "language": language,
        "words": words(language),
        "totals": [
            {**row, "tonnes": [sentences.numbers(f"{t:,.0f}", language) for t in row["tonnes"]]}
            for row in totals(states, language)
        ],
        "states": [_name(result) for result in states.values()],
        "limits": [
            (say(topic.title)[0], [say(text) for text in topic.points])
            for topic in limit_topics.grouped(said)
        ],
        "attribution": city.attributions,
        "sources": [
            {
                "what": say(str(row.what))[0],
                "date": row.reference_date,
                "licence": say(str(row.licence))[0],
            }
            for row in city.sources.itertuples()
        ],
    }


def totals(states: dict[str, Result], language: str) -> list[dict[str, Any]]:
    """Tonnes of each sector in each state, summed from the ledger."""
    said = words(language)
    sums = {name: result.ledger.by("sector") for name, result in states.items()}
    sectors = sorted({sector for found in sums.values() for sector in found.index})
    return [
        {
            "sector": said.get(f"sector_{sector}", str(sector)),
            "tonnes": [float(found.get(sector, 0.0)) for found in sums.values()],
        }
        for sector in sectors
    ]
