"""Commands of a consultation: `twin consult open | add | list | moderate | answer | report ...`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from layers.errors import InputError
from twin.terminal import city_argument, emit, file, json_option, language_option, out_option

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from twin.city import City

SHEET = ("text", "topic", "scenario", "street", "lon", "lat", "person", "said")
"""Columns of an empty hall sheet; questions follow as ?ID."""


@click.group()
def consult() -> None:
    """Hear people: open a consultation, collect what they say, answer, report."""


@consult.command("open")
@city_argument
@click.argument("path", metavar="FILE", type=file())
def open_(city_path: Path, path: Path) -> None:
    """Open a consultation from a YAML file: status, dates, controller, retention, questions."""
    from twin import consultation, folder, store

    store.open(city_path)
    found = consultation.read(path)
    folder.write(city_path / consultation.FILE, path.read_bytes())
    click.echo(f"{found.title}: {found.status}, {found.opens} to {found.closes}.")
    click.echo(f"Contributions are to be deleted on {found.retention} (twin consult forget).")


@consult.command()
@city_argument
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=file())
def add(city_path: Path, paths: tuple[Path, ...]) -> None:
    """Add contributions: the page's .json, mails (.eml, .mbox), hall sheets, survey exports."""
    from twin import contributions, statements, store

    city = store.open(city_path)
    bounds = _bounds(city)
    for path in paths:
        found, notes = statements.read(path, city, bounds)
        new, known = contributions.add(city_path, found, bounds=bounds)
        click.echo(f"{path.name}: {new} new, {known} known already.")
        for note in notes:
            click.echo(f"  {note}")


def _bounds(city: City) -> tuple[float, ...]:
    import geopandas as gpd

    area = gpd.GeoSeries([city.boundary.buffer(1000.0)], crs=city.crs).to_crs("EPSG:4326")
    return tuple(map(float, area.total_bounds))


@consult.command("list")
@city_argument
@click.option("--state", type=click.Choice(["new", "public", "hidden"]), help="Only these.")
@json_option
def list_(city_path: Path, state: str | None, as_json: bool) -> None:
    """List contributions with their ids, personal data left out."""
    rows = _rows(city_path)
    rows = rows[rows["state"] == state] if state else rows
    from twin.contributions import public

    said = [
        {"id": str(name), "state": row["state"], "kind": row["kind"], "topic": row["topic"],
         "text": public(row["text"])}
        for name, row in rows.iterrows()
    ]  # fmt: skip
    lines = [
        f"{one['id']}  {one['state']:<6}  {one['kind']:<8}  {one['text'][:80]!r}" for one in said
    ]
    emit(said, as_json, [*lines, f"{len(said)} contributions."])


def _rows(path: Path) -> pd.DataFrame:
    from twin import contributions, store

    store.open(path)
    return contributions.table(path)


@consult.command()
@city_argument
@click.argument("ids", nargs=-1)
@click.option("--all-new", is_flag=True, help="All that nobody has looked at.")
@click.option("--hide", is_flag=True, help="Hide instead of publish.")
def moderate(city_path: Path, ids: tuple[str, ...], all_new: bool, hide: bool) -> None:
    """Publish contributions by id, or hide them."""
    from twin import contributions

    rows = _rows(city_path)
    wanted = list(rows.index[rows["state"] == "new"]) if all_new else list(ids)
    if not wanted:
        advice = "Name ids (twin consult list) or use --all-new."
        raise InputError("ids", "", "no contribution is named.", advice)
    count = contributions.moderate(city_path, map(str, wanted), "hidden" if hide else "public")
    click.echo(f"{count} contributions are {'hidden' if hide else 'public'}.")


@consult.command()
@city_argument
@click.argument("path", metavar="FILE", type=file())
def answer(city_path: Path, path: Path) -> None:
    """Take in the response table: reply, changed (yes, partly, no) and why, for each id."""
    import pandas as pd

    from layers import files, sheets
    from twin import consult_report, contributions, sentences

    files.checked(path)
    cells = sheets.read(path)[0]
    head, *body = cells.rows
    head = [sentences.meant(str(name), consult_report.RESPONSE) for name in head]
    table = pd.DataFrame([row + [""] * (len(head) - len(row)) for row in body], columns=head)
    missing = [name for name in ("id", "reply", "changed", "why") if name not in table]
    if missing:
        advice = "Fill the table that twin consult report writes."
        raise InputError(path.name, "row 1", f"no column {', '.join(missing)}.", advice)
    rows = table[table["reply"].astype(str) != ""].astype(str).set_index("id")
    rows["changed"] = [sentences.meant(one, contributions.CHANGED) for one in rows["changed"]]
    click.echo(f"{contributions.answer(city_path, rows)} answers are kept.")


@consult.command()
@city_argument
@click.option("--final", is_flag=True, help="To publish: refused while an answer is missing.")
@language_option("Language of workbook and lines.")
@out_option
@json_option
def report(city_path: Path, final: bool, language: str, out: Path | None, as_json: bool) -> None:
    """Sum up by place, topic and scenario; write the response table and a map layer."""
    from twin import consult_report, contributions, folder, sentences, store, workbook

    city = store.open(city_path)
    rows = contributions.table(city_path)
    table = consult_report.response_table(rows, city, final=final)
    found = consult_report.summary(rows, city)
    target = (out or city_path.with_suffix(".consultation.xlsx")).with_suffix(".xlsx")
    sheets = {
        "responses": table,
        **{name: rows.reset_index() for name, rows in found["by"].items()},
        "answers": found["answers"],
    }
    folder.write(target, workbook.workbook(workbook.spoken(sheets, language)))
    folder.write(target.with_suffix(".csv"), workbook.csv(table))
    shapes = consult_report.shapes(rows, city)
    written = [target, target.with_suffix(".csv")]
    if len(shapes):
        layer = target.with_suffix(".gpkg")
        with folder.new(layer) as temporary:
            shapes.to_file(temporary, driver="GPKG")
        written.append(layer)
    data = {**found, "by": {k: v.reset_index().to_dict("records") for k, v in found["by"].items()},
            "answers": found["answers"].to_dict("records"), "files": [str(p) for p in written]}  # fmt: skip
    emit(data, as_json, [*sentences.told(_lines(found), language), *map(str, written)])


def _lines(found: dict[str, Any]) -> list[str]:
    unnamed = f"{found['unnamed']} without a name count as one person each"
    lines = [f"{found['contributions']} contributions of {found['people']} people ({unnamed})."]
    for name, table in found["by"].items():
        lines.append(f"By {name}:")
        lines += [f"  {key}: {r.people} people, {r.contributions} contributions"
                  for key, r in zip(table.index[:10], table.itertuples(), strict=False)]  # fmt: skip
    for one in found["answers"].itertuples():
        lines.append(f"{one.question} - {one.answer}: {one.people} people")
    lines += [f"Look at this: {text}" for text in found["bursts"]]
    if found["unanswered"]:
        lines.append(f"{found['unanswered']} public contributions have no answer yet.")
    return lines


@consult.command()
@city_argument
@out_option
def sheet(city_path: Path, out: Path | None) -> None:
    """Write an empty sheet for paper notes of a hall, with a column for each question."""
    import pandas as pd

    from twin import consultation, folder, workbook

    held = consultation.of_twin(city_path)
    questions = held.questions if held else ()
    names = [*SHEET, *(f"?{question.id}" for question in questions)]
    target = out or city_path.with_suffix(".hall.xlsx")
    folder.write(target, workbook.workbook({"hall": pd.DataFrame(columns=names)}))
    click.echo(target)


@consult.command()
@city_argument
@click.option("--yes", is_flag=True, help="Really.")
def forget(city_path: Path, yes: bool) -> None:
    """Delete all contributions, as at the end of their retention."""
    from twin import contributions, store

    store.open(city_path)
    if not yes:
        raise InputError("forget", "", "deletes every contribution.", "Add --yes if you mean it.")
    click.echo(f"{contributions.forget(city_path)} contributions are deleted.")
