"""The page for everybody with all that a twin knows to put on it: one way for every caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from twin import consultation, districts, maps
from twin.maps import heard, panel_tables
from twin.simulate import BASELINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from twin.city import City
    from twin.result import Result

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
) -> Path:
    """Write the consultation page of runs, with what people are asked, what they said, and charts.

    Parameters
    ----------
    root
        Twin folder, for its consultation.
    city, results, path, column, language, title, summary, bands
        As in `twin.maps.publish`.

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
        tables=by_district(city, results),
    )


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
