"""Command that ranks houses for renovation: `twin retrofit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twin.terminal import city_argument, emit, json_option, language_option, out_option, progress

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@city_argument
@click.option(
    "--parts",
    default="envelope,heat_pump,pv",
    show_default=True,
    help="What packages are made of: envelope, deep_envelope, heat_pump, ground_heat_pump, "
    "district_heating, pv; four at most.",
)
@click.option(
    "--grant",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of investments that a grant pays.",
)
@click.option(
    "--budget",
    type=click.FloatRange(0),
    help="EUR a year: grants where a grant is paid, else investments.",
)
@click.option(
    "--budget-years",
    type=click.IntRange(1, 40),
    default=1,
    show_default=True,
    help="Years with that budget.",
)
@click.option(
    "--quota",
    "quotas",
    multiple=True,
    metavar="AREA=SHARE",
    help="Least share of the budget for an area by name; may be repeated.",
)
@click.option(
    "--years", type=click.IntRange(1, 80), help="Years over which money and tonnes count."
)
@click.option(
    "--price-growth",
    type=click.FloatRange(-0.2, 0.2),
    help="Real growth of energy prices a year, as 0.02.",
)
@click.option("--draws", type=click.IntRange(10, 5000), help="How often inputs are drawn.")
@click.option("--seed", type=int, default=0, help="Of the random numbers.")
@language_option("Language of page, map and workbook.")
@out_option
@json_option
def retrofit(
    city_path: Path,
    parts: str,
    grant: float,
    budget: float | None,
    budget_years: int,
    quotas: tuple[str, ...],
    years: int | None,
    price_growth: float | None,
    draws: int | None,
    seed: int,
    language: str,
    out: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Say which houses to renovate first, with what, for whose money, and how sure that is.

    Writes a workbook, a CSV of each of its tables, a page and a map.
    """
    from twin import maps, report_charts, retrofit_report, retrofit_study, section, store

    if quotas and budget is None:
        raise click.UsageError("--quota needs --budget.")
    city = store.open(city_path)
    given = None
    if budget is not None:
        given = retrofit_study.Budget(budget, budget_years, dict(map(_quota, quotas)))
    with progress("Renovations") as told:
        study = retrofit_study.run(
            city, [name.strip() for name in parts.split(",") if name.strip()], granted=grant,
            budget=given, years=years, growth=price_growth, draws=draws, seed=seed, progress=told,
        )  # fmt: skip
    target = (out or city_path.with_suffix(".retrofit.xlsx")).with_suffix(".xlsx")
    paths = retrofit_report.write(study, target, retrofit_study.CITATIONS, language)
    paths += report_charts.write_tables(study, target)
    told_sections = retrofit_report.sections(study)
    credit = " | ".join(city.attributions)
    title = f"{city.name}: which houses first"
    page = target.with_suffix(".html")
    page_sections = [*told_sections, *report_charts.of_study(study, language)]
    paths.append(section.write(page_sections, page, title, credit, language))
    shown = retrofit_study.shown(study)
    drawn = maps.explore(city, shown, "buildings.retrofit_co2", language=language)
    paths.append(drawn.save_page(target.with_name(f"{target.stem}-map.html")))
    files = [str(path) for path in paths]
    lines = [line for part in section.spoken(told_sections, language) for line in part.lines()]
    emit(retrofit_report.to_dict(study) | {"files": files}, as_json, [*lines, "", *files])


def _quota(text: str) -> tuple[str, float]:
    name, _, share = text.rpartition("=")
    try:
        part = float(share)
    except ValueError:
        part = -1.0
    if not name or not 0.0 <= part <= 1.0:
        raise click.BadParameter(f"{text!r}: write AREA=SHARE, as Vaduz=0.1.", param_hint="--quota")
    return name, part
