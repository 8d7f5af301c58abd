"""The page for everybody with all that a twin knows to put on it: one way for every caller."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pandas as pd

from layers.errors import InputError
from twin import consultation, districts, kept, maps, scenario, store
from twin.maps import heard, panel_tables, panels
from twin.simulate import BASELINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from twin.city import City
    from twin.result import Result
    from twin.scenario import Scenario

FIRST: Final = "vehicles"
"""Figure that is shown first."""


def publish(
    root: Path,
    city: City,
    results: Sequence[Result],
    path: Path,
    *,
    column: str = FIRST,
    language: str = "en",
    title: str = "",
    summary: str = "",
    bands: Mapping[str, pd.DataFrame] | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    plans: Mapping[str, Scenario] | None = None,
) -> Path:
    """Write the consultation page of runs, with what people are asked, what they said, and charts.

    Parameters
    ----------
    root
        Twin folder, for its consultation.
    city, results, path, column, language, title, summary, bands
        As in `twin.maps.publish`.
    tables
        More tables for charts, of `table`.
    plans
        Scenario to its plan; those of kept runs are known without.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        As `twin.maps.publish`.
    """
    return maps.publish(
        city,
        results,
        path,
        column=column,
        language=language,
        title=title,
        summary=summary,
        consultation=consultation.of_twin(root),
        bands=bands,
        heard=heard.of_twin(root, city),
        tables={**by_district(city, results), **(tables or {})},
        plans=_plans(root, results) | dict(plans or {}),
        made=datetime.now(UTC).date(),
    )


def _plans(root: Path, results: Sequence[Result]) -> dict[str, Scenario]:
    """Scenario to the plan that a kept run was made from."""
    there = set(store.runs(root)) if root.is_dir() else set()
    found = {}
    for result in results:
        name = kept.run_id(result)
        text = store.run_inputs(root, name).get(kept.PLAN) if name in there else None
        if text is not None:
            found[str(result.record["scenario"])] = scenario.parse(text)
    return found


def table(name: str, path: Path) -> pd.DataFrame:
    """Read a table that switches a chart on.

    Parameters
    ----------
    name
        Of the table, one of map_panels.csv.
    path
        CSV with the columns that the row names, and ``run`` where it differs by scenario.

    Raises
    ------
    InputError
        If the file cannot be read, the table is unknown, or a column lacks or holds no numbers.
    """
    rows = [row for row in panels.kinds().values() if row["table"] == name]
    if not rows:
        known = sorted({row["table"] for row in panels.kinds().values()})
        raise InputError(
            str(path), name, "is no table of a chart.", f"Name one of {', '.join(known)}."
        )
    try:
        found = pd.read_csv(path)
    except (OSError, ValueError) as error:
        advice = "Give a CSV in UTF-8 with commas and one row of column titles."
        raise InputError(str(path), "", f"cannot be read ({error}).", advice) from error
    for row in rows:
        for column in (row[key] for key in ("value", "low", "high", "width") if row[key]):
            if column in found and not pd.api.types.is_numeric_dtype(found[column]):
                raise InputError(
                    str(path), column, "holds no numbers.", "Write 1234.5, or nothing."
                )
    panels.collect(
        {name: found}
    )  # a column that is missing is named now, not when the page is written
    return found


def by_district(city: City, results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """Who loses and who gains by district under each plan, in its last year.

    Parameters
    ----------
    city
        The City.
    results
        Doing nothing and plans.
    """
    idle = {run.record["year"]: run for run in results if run.record["scenario"] == BASELINE}
    last = {
        run.record["scenario"]: run
        for run in sorted(results, key=lambda run: int(run.record["year"]))
        if run.record["scenario"] != BASELINE and run.record["year"] in idle
    }
    district = districts.of_buildings(city)
    made = [
        panel_tables.equity(city, idle[run.record["year"]], run, district).assign(run=name)
        for name, run in last.items()
    ]
    return {"equity": pd.concat(made)} if any(map(len, made)) else {}
