"""The consultation page: one HTML file that opens anywhere and asks nobody for anything.

`publish` packs the town once and each run as its changes; the page draws its own ground from the
twin's streets, water and green. Nothing is loaded from another host and nothing is stored.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from layers.errors import InputError
from twin import folder, limit_topics, sentences
from twin.maps import indicators, leaflet, page_content, page_story, picture
from twin.maps.page_content import BASELINE, Subject
from twin.speech import Speech
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd

    from twin.city import City
    from twin.consultation import Consultation
    from twin.maps.heard import Heard
    from twin.result import Result
    from twin.scenario import Scenario

SCRIPTS: Final = (
    "pack.js", "tiles.js", "names.js", "charts.js", "panels.js", "view.js", "story.js", "swipe.js", "table.js",
    "search.js", "take.js", "part.js", "page.js",
)  # fmt: skip
"""In the order in which they build on each other."""


def publish(
    city: City,
    results: Sequence[Result],
    path: Path | str,
    *,
    column: str = "",
    language: str = "en",
    title: str = "",
    summary: str = "",
    public: bool = True,
    consultation: Consultation | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    bands: Mapping[str, pd.DataFrame] | None = None,
    heard: Heard | None = None,
    plans: Mapping[str, Scenario] | None = None,
    made: date | None = None,
) -> Path:
    """Write the consultation page.

    Parameters
    ----------
    city
        City that the results belong to, with every object that one of them holds.
    results
        What was simulated: today or doing nothing first, then the alternatives, of one or more
        years.
    path
        File to write; replaced whole or not at all.
    column
        Figure shown first, ``vehicles`` or ``streets.vehicles``; the first one if empty.
    language
        One of `twin.columns.LANGUAGES`.
    title, summary
        Headline, best the finding itself, and what it is about; made from the names if empty.
    public
        Whether everybody may read it: figures of households are then shown by block only.
    consultation
        Lets people take part: pins, wishes, for or against, questions; saved as a file or mailed.
    tables
        More tables for charts, by the names and with the columns of map_panels.csv, as other rooms
        make them. In a table of a panel that shows one run at a time, a column ``run`` (name of a
        scenario) says whose a row is; without it the table stands for all.
    bands
        Scenario, or scenario and year (``calm-2030``), to the streets of `twin.uncertainty.run`:
        changes that may as well be none are hatched, and stories tell the band. A scenario alone
        means its last year.
    heard
        What people said so far.
    plans
        Scenario to the plan behind it: its title, note and measures are told.
    made
        Day that stands on the page.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If there is no result, no figure that may be shown, or bands are of a run that is not
        shown.
    """
    runs = _runs(results)
    reference = _reference(runs)
    sure = _bands(runs, bands or {})
    shown, objects = indicators.collect(city, runs, reference, public=public, bands=sure)
    if not shown:
        advice = "Simulate first (twin run), or write a page that is not for the public."
        raise InputError("page", "", "has no figure that may be shown.", advice)
    of = Subject(
        city, runs, reference, shown, objects, language, public, consultation, tables or {}, heard,
        plans or {}, made,
    )  # fmt: skip
    folder.write(Path(path), _html(of, column, title, summary).encode())
    return Path(path)


def _runs(results: Sequence[Result]) -> dict[str, Result]:
    """Results by a name for each: scenario and year, and a number where both are taken."""
    if not results:
        advice = "Give at least one: twin run makes them."
        raise InputError("page", "", "there is no result to show.", advice)
    found: dict[str, Result] = {}
    for result in results:
        if result.is_change:
            advice = "Give the two results; the page shows their change itself."
            raise InputError("page", "", "one result is a difference.", advice)
        name = f"{result.record['scenario']}-{result.record['year']}"
        again = sum(other == name or other.startswith(f"{name}-") for other in found)
        found[f"{name}-{again + 1}" if again else name] = result
    return found


def _reference(runs: Mapping[str, Result]) -> str:
    """The run without a plan that comes first, else the first."""
    idle = [name for name, result in runs.items() if result.record["scenario"] == BASELINE]
    return (idle or list(runs))[0]


def _bands(
    runs: Mapping[str, Result], given: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Bands by the name of the run that they tell of."""
    last: dict[str, str] = {}
    for name, run in sorted(runs.items(), key=lambda pair: int(pair[1].record["year"])):
        last[str(run.record["scenario"])] = name
    unknown = [key for key in given if key not in runs and key not in last]
    if unknown:
        advice = f"The page shows {', '.join(runs)}."
        raise InputError("page", ", ".join(unknown), "has bands but no run here.", advice)
    return {key if key in runs else last[key]: frame for key, frame in given.items()}


def _html(of: Subject, column: str, title: str, summary: str) -> str:
    """The page around its content, with a policy that allows exactly what stands in it."""
    said, say = words(of.language), Speech(of.language)
    held = page_content.content(of, column)
    text, still = _picture(of, held)
    page = leaflet.environment().get_template("page.html.j2")
    return leaflet.closed(
        page.render(
            language=of.language,
            title=title or page_story.headline(of),
            summary=summary or said["page_summary"],
            sure=said["page_sure_bands" if any(o.bands for o in of.shown) else "page_sure_none"],
            words=said,
            runs=[f"{run['title']} {run['year']}" for run in held["runs"]],
            totals=_tonnes(held["totals"], of.language),
            cards=page_story.cards(of),
            consultation=of.consultation,
            closes=say.day(of.consultation.closes) if of.consultation else "",
            heard=of.heard,
            limits=_limits(of),
            undrawn=_undrawn(of),
            about=_about(of, held, said),
            sources=[_source(row, of.language) for row in of.city.sources.itertuples()],
            attribution=held["credit"],
            picture=base64.b64encode(still).decode(),
            picture_text=text,
            data=leaflet.embed(held),
            leaflet_css=leaflet.markup(leaflet.asset("leaflet.css")),
            own_css=leaflet.markup(leaflet.own("page.css")),
            scripts=[leaflet.markup(text) for text in _scripts()],
        )
    )


def _scripts() -> list[str]:
    return [leaflet.asset("leaflet.js"), *(leaflet.own(name) for name in SCRIPTS)]


def _picture(of: Subject, held: Mapping[str, Any]) -> tuple[str, bytes]:
    """Words and PNG of the figure shown first, in the last run, for pages without a script."""
    one = next(o for o in of.shown if f"{o.table}.{o.column.column}" == held["start"])
    run = held["runs"][-1]
    unit = Speech(of.language).unit(one.column.unit)
    title = one.column.title(of.language) + (f" [{unit}]" if unit else "")
    text = f"{of.city.name}: {title}, {run['title']} {run['year']}"
    figures = one.figures[run["id"]]
    frame, edge = of.objects[one.table], of.city.boundary
    return text, picture.png(frame, figures, one.classes, edge, text, held["credit"])


def _limits(of: Subject) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the runs cannot see, by topic, and the language that each sentence is in."""
    said = [str(text) for result in of.runs.values() for text in result.record.get("limits", ())]
    say = Speech(of.language).sentence
    return [
        (say(topic.title)[0], [say(text) for text in topic.points])
        for topic in limit_topics.grouped(said)
    ]


def _undrawn(of: Subject) -> str:
    """What this page cannot draw, if anything."""
    new = {
        name
        for result in of.runs.values()
        for table, frame in result.frames.items()
        if table in indicators.DRAWN
        for name in frame.index.difference(of.city.table(table).index)
    }
    return words(of.language)["page_new"].format(n=len(new)) if new else ""


def _about(of: Subject, held: Mapping[str, Any], said: Mapping[str, str]) -> list[str]:
    day = "" if of.made is None else Speech(of.language).day(of.made)
    return [
        *([f"{said['page_made'].format(date=day)}."] if day else []),
        said["page_simulated"],
        f"{said['page_version']}: {held['version']}",
        f"{said['page_licence']}: {held['licence']}",
        "Leaflet 1.9.4, BSD-2-Clause",
    ]


def _source(row: Any, language: str) -> str:
    dated = f" ({row.reference_date})" if row.reference_date else ""
    what, licence = (sentences.say(str(text), language)[0] for text in (row.what, row.licence))
    return f"{what}{dated}, {licence}"


def _tonnes(rows: Sequence[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Totals as the language prints them."""
    return [
        {"name": row["name"],
         "values": [sentences.numbers(f"{value:,.0f}", language) for value in row["values"]]}
        for row in rows
    ]  # fmt: skip
