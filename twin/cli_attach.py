"""Commands for what a town hall has: `twin attach` and `twin template`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twin.terminal import city_argument, emit, file, json_option, out_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.registers import Register


@click.command()
@city_argument
@click.argument("register_path", metavar="FILE", type=file())
@click.option("--kind", help="Kind of register; see `twin template`.")
@click.option("--map", "column_map", type=file(), help="CSV: your column, our column.")
@click.option("--sheet", help="Sheet of a workbook.")
@click.option("--header", type=int, help="Row of the headers, 1 = first.")
@click.option("--crs", help="Coordinate system of the file, if it does not say.")
@click.option("--encoding", help="Text encoding, if it is not UTF-8 or Windows-1252.")
@click.option(
    "--decimal",
    type=click.Choice([",", "."]),
    default=None,
    help="Decimal mark, where 1.234 may be read in two ways.",
)
@click.option("--swap", is_flag=True, help="The file writes northing before easting.")
@click.option("--lenient", is_flag=True, help="Leave out cells that cannot be used; count them.")
@click.option("--licence", help="Licence of the file.")
@click.option("--attribution", help="Line that maps must carry for the file.")
@click.option("--date", "reference_date", help="Date or year that the file describes.")
@click.option("--column", help="Building column that receives the values of points.")
@click.option("--corrections", type=file(), help="The matches table, corrected by you.")
@out_option
@json_option
def attach(
    city_path: Path, register_path: Path, out: Path | None, as_json: bool, **options: Any
) -> None:
    """Add what the town hall has: a register, points with values."""
    from layers import registers
    from twin import attach as attaching
    from twin import store

    corrections, column = options.pop("corrections"), options.pop("column")
    city = store.open(city_path)
    register = registers.read(register_path, **_register_options(options))
    attached = attaching.attach(city, register, column=column, corrections=corrections)
    table = out or register_path.with_name(f"{register_path.stem}.matches.csv")
    attaching.write_matches(attached, table)
    store.save(attached.city, city_path)
    counts = attached.matches["status"].value_counts().to_dict()
    notes = [*_understood(register), *attached.notes]
    emit(
        {"matches": str(table), "counts": counts, "notes": notes},
        as_json,
        [*(f"{count:,} {status}" for status, count in counts.items()), *notes, str(table)],
    )


def _understood(register: Register) -> list[str]:
    """What was taken from a file, what was left out, and what was understood or repaired."""
    lost = zip(register.drops["count"], register.drops["reason"], strict=True)
    return [
        f"Columns taken: {', '.join(map(str, register.frame.columns))}.",
        *([f"Columns not used: {', '.join(register.unused)}."] if register.unused else []),
        *(f"Left out: {count:,} times {reason}." for count, reason in lost),
        *register.notes,
    ]


def _register_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of `registers.read`, the column map read from its CSV."""
    from layers import registers

    chosen = {key: value for key, value in options.items() if value is not None}
    chosen.pop("column_map", None)
    path = options["column_map"]
    return chosen | {"columns": registers.read_map(path) if path else None}


@click.command()
@click.argument("kind")
@out_option
def template(kind: str, out: Path | None) -> None:
    """Write an empty sheet of a kind of register, to type into."""
    from twin import attach as attaching

    click.echo(attaching.template(kind, out or Path(f"{kind}.csv")))
