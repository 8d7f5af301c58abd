"""Command for fitting a twin to counts: `twin calibrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twin.terminal import city_argument, emit, json_option, language_option, progress

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@city_argument
@click.option("--dry-run", is_flag=True, help="Only tell how well a fit would do.")
@language_option("Language of the lines.")
@json_option
def calibrate(city_path: Path, dry_run: bool, language: str, as_json: bool) -> None:
    """Fit people's trips to traffic counts, and tell how well counters left out are foretold."""
    from twin import calibrate as fitting
    from twin import sentences, store

    city = store.open(city_path)
    with progress("fitting trips") as tell:
        found = fitting.run(city, tell)
    if not dry_run:
        store.save(found.city, city_path)
    data = {
        "summary": found.summary,
        "counters": found.counters.reset_index().to_dict("records"),
        "hours": found.hours.to_dict("records"),
        "limits": list(found.limits),
    }
    emit(data, as_json, sentences.told(_lines(found.summary, found.limits), language))


def _lines(summary: dict[str, float], limits: tuple[str, ...]) -> list[str]:
    trips = (
        ("Counters", "counters", "{:.0f}"),
        ("Growth of traffic a year up to the base year", "growth", "{:.1%}"),
        ("Difference to counts before, in standard errors", "error_before", "{:.2f}"),
        ("Difference to counts after", "error_after", "{:.2f}"),
        ("Difference at counters left out of the fit", "error_held_out", "{:.2f}"),
        ("Trips a day before", "trips_before", "{:,.0f}"),
        ("Trips a day after", "trips_after", "{:,.0f}"),
        ("Mean straight length of a trip before [km]", "length_before", "{:.2f}"),
        ("Mean straight length of a trip after [km]", "length_after", "{:.2f}"),
    )
    hourly = (
        ("Hours compared", "hours", "{:.0f}"),
        ("Hours with a GEH below 5 before", "geh_before", "{:.0%}"),
        ("Hours with a GEH below 5 after", "geh_after", "{:.0%}"),
        ("Hours with a GEH below 5 at counters left out", "geh_held_out", "{:.0%}"),
    )
    shown = (*trips, *(hourly if summary["hours"] else ()))
    return [*(f"{title}: {form.format(summary[key])}" for title, key, form in shown), *limits]
