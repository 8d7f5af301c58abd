"""Charts in reports: the panels of the page on paper, each with its words and its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from twin import folder
from twin.energy.town_load import GRID, HEAT
from twin.maps import chart, load_tables, panel_tables, panels, works_tables
from twin.section import Picture, Section
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twin.city import City
    from twin.maps.panels import Panel
    from twin.result import Result
    from twin.retrofit_study import Study

STATES: Final = ("today", "after_works")
"""What a study compares, as words.csv calls it."""


def of_run(
    city: City, result: Result, before: Result | None = None, language: str = "en"
) -> list[Section]:
    """Charts of a run, with those that compare it with a run without the plan.

    Parameters
    ----------
    city
        That was run.
    result
        The run.
    before
        Doing nothing in the same year; None leaves out who loses and who gains.
    language
        One of `twin.columns.LANGUAGES`.
    """
    runs = {name: one for name, one in (("before", before), ("after", result)) if one is not None}
    titles = {name: str(one.record["scenario"]) for name, one in runs.items()}
    given = {
        **panel_tables.together(runs, titles, city),
        **panel_tables.alone(city, result, before),
        **result.tables,
    }
    return sections(load_tables.with_loads(given), language)


def of_study(study: Study, language: str = "en") -> list[Section]:
    """Charts of a study of renovations: what a tonne costs, loads and bills today and after.

    Parameters
    ----------
    study
        Of `twin.retrofit_study.run`.
    language
        One of `twin.columns.LANGUAGES`.
    """
    runs = dict(zip(STATES, (study.packages.base, study.after), strict=True))
    made = {name: load_tables.loads_of(run.tables) for name, run in runs.items()}
    season = load_tables.coldest(made[STATES[0]])
    given = {
        "typical_day": load_tables.beside(made, "typical_day", f"{GRID}|{season}"),
        "heat_day": load_tables.beside(made, "heat_day", f"{HEAT}|{season}"),
        "load_duration": load_tables.beside(made, "load_duration", GRID, HEAT),
        "solar_months": made[STATES[1]].get("solar_months", pd.DataFrame()),
        **of_works(study),
    }
    return sections(given, language)


def of_works(study: Study) -> dict[str, pd.DataFrame]:
    """Tables of the charts of a study that a page for everybody may show; empty ones are left out.

    Parameters
    ----------
    study
        Of `twin.retrofit_study.run`.
    """
    made = {
        "abatement": works_tables.abatement(study.curve),
        "bills": works_tables.bills(study.bills),
    }
    return {name: table for name, table in made.items() if len(table)}


def write_tables(study: Study, target: Path) -> list[Path]:
    """Write `of_works` as CSV files that `twin map --public --table` takes.

    Parameters
    ----------
    study
        Of `twin.retrofit_study.run`.
    target
        File beside which they go.
    """
    paths = []
    for name, table in of_works(study).items():
        paths.append(target.with_name(f"{target.stem}.chart-{name}.csv"))
        folder.write(paths[-1], table.to_csv(index=False).encode())
    return paths


def sections(given: Mapping[str, pd.DataFrame], language: str = "en") -> list[Section]:
    """One section for each panel whose table is there, in the order of map_panels.csv.

    Parameters
    ----------
    given
        Name of a table to the table.
    language
        One of `twin.columns.LANGUAGES`.
    """
    return [section(one, language) for one in panels.collect(given, language)]


def section(panel: Panel, language: str = "en") -> Section:
    """A chart with its words and its table.

    Parameters
    ----------
    panel
        Of `twin.maps.panels.collect`.
    language
        One of `twin.columns.LANGUAGES`.
    """
    unit = f" [{panel.unit}]" if panel.unit else ""
    names = ", ".join(one.name for one in panel.series)
    return Section(
        panel.title,
        text=panel.note,
        head=tuple(panel.head(language)),
        rows=tuple(panel.printed()),
        pictures=(Picture(chart.png(panel, titled=False), f"{panel.title}{unit}: {names}"),),
        folded=words(language)["panel_table"],
        language=language,
    )
