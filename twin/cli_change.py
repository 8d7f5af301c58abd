"""Commands that follow a place through time: `twin diff` and `twin update`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twin.terminal import (
    city_argument,
    emit,
    file,
    json_option,
    language_option,
    out_option,
    progress,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("old", type=file())
@click.argument("new", type=file())
@language_option("Language of the page.")
@out_option
@json_option
def diff(old: Path, new: Path, language: str, out: Path | None, as_json: bool) -> None:
    """Say what was built, closed, retagged or moved between two extracts.

    OLD, NEW: OpenStreetMap files or twin folders of one place. Writes an HTML page and, beside
    it, JSON and every object that changed as CSV and workbook.
    """
    from twin import change_report, comparison, section

    with progress("Comparing") as tell:
        found = comparison.compare(old, new, progress=tell)
        target = out or new.with_name(f"{new.name.split('.')[0]}.changes.html")
        pages = change_report.write(found, target, language=language)
    emit(
        change_report.to_dict(found) | {"files": [str(page) for page in pages]},
        as_json,
        [
            *section.spoken(change_report.sections(found)[:1], language)[0].lines(),
            *map(str, pages),
        ],
    )


@click.command()
@city_argument
@click.argument("new_file", metavar="NEWFILE", type=file())
@click.option("--year", type=int, help="Base year; default: the year of the new file.")
@click.option("--population", type=float, help="People who live inside the boundary.")
@click.option(
    "--plan",
    "plan_files",
    multiple=True,
    type=file(),
    help="Scenario file outside the twin that follows its objects; may be repeated.",
)
@language_option("Language of the page.")
@out_option
@json_option
def update(
    city_path: Path,
    new_file: Path,
    year: int | None,
    population: float | None,
    plan_files: tuple[Path, ...],
    language: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Bring a twin to a newer extract; what the town added and its scenarios come along.

    The twin as it was stays in its folder as the previous generation, scenario files whose ids
    changed as NAME.before.
    """
    from twin import change_report, document, section, store
    from twin import update as updating

    with progress("Updating") as tell:
        city = store.open(city_path)
        for one in plan_files:
            document.read(one)
        updated = updating.update(city, new_file, year=year, population=population, progress=tell)
        texts, plans = updating.scenarios(city_path, updated.difference)
        plans |= {str(one): updating.plan(one, updated.difference) for one in plan_files}
        store.save(updated.city, city_path, scenarios=texts)
        for one in plan_files:
            updating.exchange(one)
        target = out or city_path.with_suffix(".changes.html")
        pages = change_report.write(updated.difference, target, updated.carried, plans, language)
    made = change_report.sections(updated.difference, updated.carried, plans)
    told = section.spoken(made, language)
    emit(
        change_report.to_dict(updated.difference, updated.carried, plans)
        | {"files": [str(page) for page in pages]},
        as_json,
        [
            *(line for part in (told[0], *told[3:-1]) for line in part.lines()),
            *map(str, pages),
            str(city_path),
        ],
    )
