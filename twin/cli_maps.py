"""Commands that draw: `twin map`, for the office and, with --public, for everybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from layers.errors import TwinError
from twin.terminal import city_argument, language_option, out_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from twin.city import City
    from twin.result import Result

BASE = "baseline-"


@click.command("map")
@city_argument
@click.argument("runs", nargs=-1)
@click.option("--column", default="", help="Figure shown first; default: co2, for all: vehicles.")
@language_option("Language of the map.")
@click.option(
    "--public",
    is_flag=True,
    help="Write the consultation page: all plans beside doing nothing, years, swipe, table, "
    "downloads; what concerns households by block only.",
)
@click.option("--title", default="", help="With --public: headline, best the finding itself.")
@click.option("--summary", default="", help="With --public: what it is about, without jargon.")
@click.option(
    "--bands",
    multiple=True,
    metavar="SCENARIO=FILE",
    help="With --public: CSV of `twin uncertainty`; changes that may be none are hatched.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="TABLE=FILE",
    help="With --public: CSV that switches a chart on, as those that `twin retrofit` writes.",
)
@out_option
def map_(
    city_path: Path,
    runs: tuple[str, ...],
    column: str,
    language: str,
    public: bool,
    title: str,
    summary: str,
    bands: tuple[str, ...],
    tables: tuple[str, ...],
    out: Path | None,
) -> None:
    """Draw runs as one HTML file that needs no server and asks nobody.

    RUNS: run ids (see `twin run`); default: the newest baseline and the newest plan, with --public
    the newest run of each plan and year.
    """
    from twin import store

    if (title or summary or bands or tables) and not public:
        raise TwinError("--title, --summary, --bands and --table are for the page: add --public.")
    city = store.open(city_path)
    kept = store.runs(city_path)
    if not kept and not runs:
        raise TwinError(f"{city_path} holds no run yet. Make one: twin run {city_path} [SCENARIO].")
    chosen = runs or (_latest(kept) if public else _newest(kept))
    results = [store.open_run(city_path, name) for name in chosen]
    if not public:
        if len(results) > 2:  # noqa: PLR2004 - today and a plan
            raise TwinError("A map shows one or two runs; --public shows as many as you like.")
        click.echo(
            draw(city, results, column or "co2", language, out or city_path.with_suffix(".html"))
        )
        return
    from twin import publication

    target = out or city_path.with_suffix(".public.html")
    click.echo(
        publication.publish(
            city_path,
            city,
            results,
            target,
            column=column or publication.FIRST,
            language=language,
            title=title,
            summary=summary,
            bands=dict(map(_bands, bands)),
            tables=dict(map(_table, tables)),
        )
    )


def _table(given: str) -> tuple[str, pd.DataFrame]:
    """Name of a table of a chart, and the table."""
    from twin import publication

    name, _, path = given.partition("=")
    if not name or not path:
        raise TwinError(f"--table {given}: write the table, = and the file, bills=bills.csv.")
    return name, publication.table(name, Path(path))


def _bands(given: str) -> tuple[str, pd.DataFrame]:
    """Scenario and its bands, of a file that `twin uncertainty` wrote."""
    from twin import uncertainty

    name, _, path = given.partition("=")
    if not name or not path:
        raise TwinError(f"--bands {given}: write the scenario, = and the file, calm=calm.csv.")
    return name, uncertainty.read(Path(path))


def _newest(names: Sequence[str]) -> list[str]:
    """The plan simulated last and the baseline of its year, or the last baseline alone."""
    base = [name for name in names if name.startswith(BASE)]
    plans = [name for name in names if name not in base][-1:]
    if plans:
        year = plans[0].rsplit("-", 2)[1]
        base = [name for name in base if name.startswith(f"{BASE}{year}-")]
    return base[-1:] + plans


def _latest(names: Sequence[str]) -> list[str]:
    """The newest run of each plan and year, doing nothing first; its years only where plans are."""
    newest = {name.rsplit("-", 1)[0]: name for name in names}
    years = {stem.rsplit("-", 1)[1] for stem in newest if not stem.startswith(BASE)}
    base = [
        name
        for stem, name in newest.items()
        if stem.startswith(BASE) and (not years or stem.rsplit("-", 1)[1] in years)
    ]
    return base + [name for stem, name in newest.items() if not stem.startswith(BASE)]


def draw(city: City, results: Sequence[Result], column: str, language: str, out: Path) -> Path:
    """One map of one result, or of two beside each other."""
    from twin import maps

    if len(results) == 1:
        page = maps.explore(city, results[0], column, language=language)
    else:
        page = maps.compare(city, results[0], results[1], column, language=language)
    return page.save_page(out)
