"""The commands that take files of sensors: `twin sense` and `twin count`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from twin.terminal import city_argument, emit, file, json_option, progress


@click.command()
@city_argument
@click.argument("readings_file", metavar="FILE", type=file())
@click.option(
    "--map", "map_name", required=True, help="CSV that says what the columns are, or a shipped map."
)
@json_option
def sense(city_path: Path, readings_file: Path, map_name: str, as_json: bool) -> None:
    """Take a file of readings into the twin: CSV or Parquet, each reading once.

    The map has the columns ours, theirs, fixed, quantity, unit; see sensor_fields.csv.
    """
    from layers.sensors import columns
    from twin import sensing

    known = Path(map_name).suffix != ""
    mapping = columns.read_map(map_name) if known else columns.shipped(map_name)
    with progress("Reading") as tell:
        taken = sensing.take(city_path, readings_file, mapping, progress=tell)
    told = vars(taken.counts) | {"refused": taken.source.rows_refused}
    lines = [
        ", ".join(f"{count:,} {name}" for name, count in told.items() if count),
        *_losses(taken.drops.to_dict("records")),
    ]
    data = {"counts": told, "drops": taken.drops.to_dict("records")}
    emit(data, as_json, lines)


@click.command()
@city_argument
@click.argument("counts_file", metavar="FILE", type=file())
@click.option("--source", required=True, help="Short name of the source.")
@click.option("--licence", required=True, help="Licence of the table.")
@click.option("--attribution", default="", help="Line that every map must carry.")
@click.option("--owner", default="", help="Who counted.")
@click.option(
    "--name", "names", multiple=True, metavar="OURS=THEIRS", help="A column's name there."
)
@json_option
def count(
    city_path: Path, counts_file: Path, names: tuple[str, ...], as_json: bool, **facts: str
) -> None:
    """Take traffic counts that are means: of a year, of July, of a week.

    FILE has the columns station, count, kind, year, and if known lon, lat, month, weekday, ways (1,
    or 2 where both directions are counted together), bearing, vehicle_class, error; kinds stand in
    count_kinds.csv.
    """
    from layers.sensors import counts
    from twin import sensing, store

    odd = [name for name in names if "=" not in name]
    if odd:
        raise click.UsageError(f"--name {odd[0]}: write it as ours=theirs.")
    theirs = dict(name.split("=", 1) for name in names)
    found = counts.read(counts_file, counts.Facts(names=theirs, **facts))
    city = sensing.add_counts(store.open(city_path), found)
    store.save(city, city_path)
    mine = city.stations.loc[found.counts.index]
    attached = int((mine["attachment"] == "attached").sum())
    lost: list[dict[str, Any]] = found.drops.to_dict("records")
    data = {"counts": len(mine), "attached": attached, "drops": lost,
            "attachment": mine["attachment"].to_dict()}  # fmt: skip
    open_ = mine.loc[mine["attachment"] != "attached", "attachment"]
    lines = [f"{len(mine)} counts, {attached} on a street", *_losses(lost)]
    if open_.str.startswith("ambiguous: direction").any():
        lines.append(
            "Say ways (2: both directions together) or bearing where the direction is ambiguous."
        )
    emit(data, as_json, [*lines, *(f"  {name}: {why}" for name, why in open_.items())])


def _losses(drops: list[dict[str, Any]]) -> list[str]:
    return [f"  {row['count']:,} {row['reason']} ({row['examples']})" for row in drops]
