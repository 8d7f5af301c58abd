"""Command for sunlight: `twin solar`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from twin.terminal import city_argument, emit, json_option, language_option, out_option, progress

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@click.command()
@city_argument
@click.option(
    "--cell", type=float, help="Side of a cell in metres; default: 2, or the surface's own."
)
@click.option("--level", is_flag=True, help="Light on level cells instead of cells that slope.")
@click.option("--no-map", is_flag=True, help="The table of roofs only.")
@language_option("Language of workbook and lines.")
@out_option
@json_option
def solar(
    city_path: Path,
    cell: float | None,
    level: bool,
    no_map: bool,
    language: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Map the sunlight of a year (a cloud-optimised GeoTIFF) and list every roof (CSV).

    The table has each plane of each roof: tilt, azimuth, area, light, and what solar modules there
    would make.
    """
    from twin import sentences, store, sun
    from twin import solar as room

    city = store.open(city_path)
    target = out or city_path.with_suffix(".sun.tif")
    target = target.with_suffix(".tif")
    with progress("Sunlight") as tell:
        outcome = sun.run(city, tell)
        values = None
        if not no_map:
            values = room.irradiation(city, cell=cell, level=level, progress=tell)
            room.write_cog(target, values)
    planes = room.roofs(city, outcome.made)
    table = target.with_suffix(".csv")
    room.write_table(table, planes, language)
    book = table.with_suffix(".xlsx")
    paths = [*([] if values is None else [str(target)]), str(table), str(book)]
    limits = list(outcome.limits)
    if values is not None:
        limits.append(f"The map was made of {values.attrs['surface']}.")
    data = {
        "planes": len(planes),
        "power_kw": float(planes["power"].sum()),
        "yield_kwh": float(planes["yield"].sum()),
        "limits": limits,
        "attribution": list(city.attributions),
        "citations": list(dict.fromkeys([*outcome.citations, *room.CITATIONS])),
        "files": paths,
    }
    emit(
        data,
        as_json,
        [*sentences.told([*_told(planes), *limits], language), *paths, *city.attributions],
    )


def _told(planes: pd.DataFrame) -> list[str]:
    """What the roofs hold, in a sentence."""
    roofs = planes["building"].nunique()
    if planes["power"].isna().all():
        return [f"{roofs:,} roofs with {len(planes):,} planes; no sunlight."]
    fit: Any = planes[planes["power"] > 0]
    said = (
        f"{roofs:,} roofs with {len(planes):,} planes; {fit['building'].nunique():,} of them can carry "
        f"{fit['power'].sum():,.0f} kW that would make {fit['yield'].sum() / 1000.0:,.0f} MWh a year."
    )
    return [said]
