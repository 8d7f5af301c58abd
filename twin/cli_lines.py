"""Command for what public transport runs: `twin lines`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from twin.terminal import city_argument, emit, file, json_option, language_option
from twin.terminal import progress as bar

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from twin.city import City

SHOWN = (
    ("line_trips", "{:,.0f} trips a day"),
    ("line_minutes", "{:.1f} min"),
    ("line_delay", "{:+.1f} min against the timetable"),
    ("line_delay_cars", "{:+.1f} of them by cars"),
    ("line_km", "{:.1f} km"),
    ("line_vehicles", "{:,.0f} vehicles"),
    ("line_vehicle_km", "{:,.0f} km a day"),
    ("line_vehicle_km_year", "{:,.0f} km a year"),
)
"""Columns that are printed, and how."""
DELAYS = ("line_delay", "line_delay_cars")
TABLE = "transit_lines"
LEAST = 0.05
"""Shortest delay that is printed [min]."""


@click.command()
@city_argument
@click.argument("scenario_path", metavar="[SCENARIO]", type=file(), required=False)
@click.option("--year", type=int, help="Year of the plan; default: when all of it is done.")
@click.option("--day", help="Service day, as 2026-01-31; default: the busiest ordinary weekday.")
@click.option(
    "--traffic",
    is_flag=True,
    help="Let buses drive in the traffic of cars, today's and the plan's; takes as long as a run.",
)
@click.option("--csv", "csv_path", type=file(), help="Write the table there, and a workbook.")
@language_option("Language of lines and workbook.")
@json_option
def lines(
    city_path: Path,
    scenario_path: Path | None,
    year: int | None,
    day: str | None,
    traffic: bool,
    csv_path: Path | None,
    language: str,
    as_json: bool,
) -> None:
    """Tell what each line of public transport runs: trips, minutes, kilometres, vehicles.

    With a plan, lines that it changes are told as they are and as they will be.
    """
    from twin import folder, scenario, sentences, store, transit, workbook

    city = store.open(city_path)
    plan = scenario.read(scenario_path, city) if scenario_path else None
    if traffic:
        if plan is None or day is not None:
            raise click.UsageError("--traffic compares a plan with today on the busiest ordinary "
                                   "weekday: give a plan and leave out --day.")  # fmt: skip
        with bar("Driving") as progress:
            before, after = transit.in_traffic(city, plan, year, progress=progress)
    else:
        before = after = transit.table(city, day=day)
    if plan is not None and not traffic:
        changed: City = plan.city(city, year or plan.last_year)
        after = transit.table(changed, day=day)
    files: list[str] = []
    if csv_path:
        folder.write(csv_path, workbook.csv(after.rename_axis("id").reset_index()))
        book = csv_path.with_suffix(".xlsx")
        folder.write(book, workbook.workbook(workbook.spoken({"lines": _headed(after)}, language)))
        files = [str(csv_path), str(book)]
    emit(_rows(after), as_json, [*sentences.told(_told(before, after), language), *files])


def _headed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with titles and units as heads."""
    from twin import columns

    known = {row.column: row for row in columns.catalogue().values() if row.table == TABLE}
    heads = {name: f"{known[name].title()} [{known[name].unit}]" for name in table if name in known}
    return table.rename_axis("id").reset_index().rename(columns=heads)


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for machines; what is not known is null."""
    whole = table.rename_axis("line").reset_index().astype(object)
    return list(whole.where(whole.notna(), None).to_dict("records"))


def _told(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """One sentence a line, and the sum."""
    sentences = []
    for name, row in after.iterrows():
        words = _words(row)
        if name not in before.index:
            words += "; new"
        elif _words(before.loc[name]) != words:
            words += f"; was {_words(before.loc[name])}"
        sentences.append(f"{row['mode']} {row['name']} ({name}): {words}")
    total = after[["line_trips", "line_vehicles", "line_vehicle_km", "line_vehicle_km_year"]].sum()
    return [*sentences, f"All {len(after)} lines: {_words(total)}"]


def _words(row: pd.Series) -> str:
    known = row.dropna()
    return ", ".join(
        text.format(known[key]) for key, text in SHOWN
        if key in known and not (key in DELAYS and abs(known[key]) < LEAST)
    )  # fmt: skip
