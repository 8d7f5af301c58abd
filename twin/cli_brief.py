"""The command that writes the brief of a decision: `twin brief`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from twin.terminal import city_argument, emit, file, json_option, language_option, progress

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@city_argument
@click.argument("names", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("--year", type=int, help="Year of the comparison; default: when the plans are done.")
@language_option("Language of the brief.")
@click.option("--ask", default="", help="The decision asked, in your own words.")
@click.option("--contact", default="", help="Whom readers may write to.")
@click.option("--column", default="", help="Figure of the map, as streets.vehicles.")
@click.option(
    "--draws", type=int, help="Compute so many possible worlds of the traffic, 50 or more."
)
@click.option("-o", "--out", type=file(), help="Folder to write to; default: beside the twin.")
@json_option
def brief(
    city_path: Path,
    names: tuple[str, ...],
    year: int | None,
    language: str,
    ask: str,
    contact: str,
    column: str,
    draws: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write two pages for those who decide: PDF, HTML, slides as PNG, and a workbook.

    SCENARIO: a scenario file, or the name of a scenario or run that the twin keeps; one to four.
    Kept runs that still hold are used, others are simulated and kept.
    """
    from concurrent.futures import ThreadPoolExecutor
    from dataclasses import replace

    from twin import brief as room
    from twin import brief_choice, consultation, store
    from twin.mobility.paths import threads_available

    city = store.open(city_path)
    with progress("Simulating") as told, ThreadPoolExecutor(threads_available()) as threads:
        choice = brief_choice.choose(
            city_path, city, names, year=year, draws=draws, executor=threads, progress=told
        )
    choice = replace(choice, ask=ask, contact=contact, consultation=consultation.of_twin(city_path))
    today = datetime.now(UTC).date()
    target = out or city_path.with_suffix(".brief")
    paths = room.write(choice, target, language=language, made=today, column=column)
    emit({"files": [str(path) for path in paths]}, as_json, [str(path) for path in paths])
