"""Commands for what a plan does to whom, and how sure that is: `twin affected`, `twin uncertainty`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

    from twin.uncertainty import Bands

SHOWN = {
    "addresses": "addresses compared",
    "addresses_worse": "addresses with ways that are much longer",
    "addresses_without_cars": "addresses on streets that cars can no longer reach and leave",
    "emergency": "addresses and buildings with minutes of help",
    "lorries": "streets where a lorry's access changes",
    "displaced": "streets with more vehicles",
    "schools": "schools compared",
    "parking": "streets whose parking spaces change",
    "crashes": "changed streets with injury crashes",
    "streets_changed": "streets changed by the plan",
}
LISTED = 10
"""Streets that are printed at most [1]."""
scenario_argument = click.argument("scenario_path", metavar="SCENARIO", type=file())
year_option = click.option("--year", type=int, help="Year of the plan; default: when it is done.")


@click.command()
@city_argument
@scenario_argument
@year_option
@language_option("Language of workbook, map and lines.")
@out_option
@json_option
def affected(
    city_path: Path,
    scenario_path: Path,
    year: int | None,
    language: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Tell who is affected by a plan: a workbook, a CSV of each of its tables, and a map.

    Addresses, help on its way, lorries, schools, ways without barriers, parking, crashes and
    displaced traffic, those who lose first.
    """
    from twin import affected as room
    from twin import maps, scenario, sentences, simulate, store, travel

    city = store.open(city_path)
    plan = scenario.read(scenario_path, city)
    counted = year or plan.last_year
    engines = [one for one in travel.DOMAINS if one.name in room.NEEDED]
    with progress("Simulating") as tell:
        before = simulate.run(city, year=counted, domains=engines, progress=tell)
        after = simulate.run(city, plan, year=counted, warm=before, domains=engines, progress=tell)
    found = room.of_plan((city, before), (plan.city(city, counted), after))
    target = (out or city_path.with_suffix(f".{plan.name}.xlsx")).with_suffix(".xlsx")
    paths = [str(path) for path in room.write(found, target, language)]
    if found.change is not None and found.counts["addresses"]:
        page = maps.explore(
            plan.city(city, counted), found.change, "addresses.change_worst", tables=room.DRAWN,
            language=language,
        )  # fmt: skip
        paths.insert(1, str(page.save_page(target.with_suffix(".html"))))
    lines = [f"{found.counts[name]:,} {said}" for name, said in SHOWN.items()]
    data = {
        "counts": found.counts,
        "limits": list(found.limits),
        "citations": list(found.citations),
        "files": paths,
    }
    emit(data, as_json, [*sentences.told([*lines, *found.limits], language), *paths[:2]])


@click.command()
@city_argument
@scenario_argument
@year_option
@click.option("--draws", type=int, help="How many possible worlds are solved; 50 at least.")
@click.option("--seed", type=int, default=0, help="Of the random numbers.")
@language_option("Language of workbook, map and lines.")
@out_option
@json_option
def uncertainty(
    city_path: Path,
    scenario_path: Path,
    year: int | None,
    draws: int | None,
    seed: int,
    language: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Tell how sure the change of traffic on every street is: CSV and map with bands, P10 to P90.

    Two answers: people only take other ways, or they take other ways and other modes.
    """
    from concurrent.futures import ThreadPoolExecutor

    from twin import folder, maps, scenario, sentences, store, workbook
    from twin import uncertainty as room
    from twin.mobility.paths import threads_available

    city = store.open(city_path)
    plan = scenario.read(scenario_path, city)
    with progress("Simulating") as tell, ThreadPoolExecutor(threads_available()) as threads:
        found = room.run(
            city, plan, year=year, draws=draws, seed=seed, executor=threads, progress=tell
        )
    target = out or city_path.with_suffix(f".{plan.name}.uncertainty.csv")
    folder.write(target, room.csv(found, city))
    book = target.with_suffix(".xlsx")
    folder.write(book, workbook.workbook(room.sheets(found, city, language)))
    files = [str(target), str(book)]
    if found.change is not None:
        planned = plan.city(city, year or plan.last_year)
        page = maps.explore(planned, found.change, "streets.noticeable_change", language=language)
        files.append(str(page.save_page(target.with_suffix(".html"))))
    data = {
        "counts": found.counts,
        "limits": list(found.limits),
        "citations": list(found.citations),
        "files": files,
    }
    emit(data, as_json, [*sentences.told([*_lines(found), *found.limits], language), *files])


def _lines(found: Bands) -> list[str]:
    """The largest changes that are sure."""
    streets = found.streets
    seen = streets[streets["noticeable"] != "no noticeable change"]
    order = seen["vehicles_change"].abs().sort_values(ascending=False, kind="stable").index
    rows: list[dict[str, Any]] = seen.loc[order].reset_index().head(LISTED).to_dict("records")
    said = [
        f"{row['id']}: {row['vehicles_change']:+,.0f} veh/d "
        f"({row['vehicles_change_p10']:+,.0f} to {row['vehicles_change_p90']:+,.0f})"
        for row in rows
    ]
    return [f"{len(seen):,} of {len(streets):,} streets change noticeably.", *said]


@click.command()
@city_argument
@scenario_argument
@json_option
def layouts(city_path: Path, scenario_path: Path, as_json: bool) -> None:
    """List the ways to place the filters of each superblock of a plan, fewest filters first."""
    from twin import scenario, store
    from twin.interventions.superblock import Superblock

    city = store.open(city_path)
    plan = scenario.read(scenario_path, city)
    blocks = [one for one in plan.interventions if isinstance(one, Superblock)]
    if not blocks:
        raise click.UsageError(f"{scenario_path.name} has no superblock.")
    found = {one.id: one.layouts(plan.city(city, one.start - 1)) for one in blocks}
    data = {
        name: [
            {"name": one.name, "filters": list(one.filters), "opened": list(one.opened),
             "longest_m": one.longest}
            for one in ways
        ]
        for name, ways in found.items()
    }  # fmt: skip
    lines = [
        f"{name}: {one.name}: {len(one.filters)} filters, {len(one.opened)} one-way streets opened, "
        f"longest way to a gate {one.longest:,.0f} m: {', '.join(one.filters) or 'nothing to do'}"
        for name, ways in found.items()
        for one in ways
    ]
    emit(data, as_json, lines)
