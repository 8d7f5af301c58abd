"""Command for what a town knows of its travel: `twin trips`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twin.terminal import city_argument, emit, file, json_option

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd


@click.command()
@city_argument
@click.argument("matrix_path", metavar="FILE", type=file())
@click.option("--purpose", required=True, help="work, education, shopping, leisure ...")
@click.option("--matrix", help="Name of the matrix in an OMX file with several.")
@click.option("--zones", "zones_path", type=file(), help="Outlines of the areas of FILE.")
@click.option("--id", "id_column", default="id", help="Column of --zones with their ids.")
@click.option("--crs", help="Coordinate system of --zones, if the file does not say.")
@click.option("--licence", default="not stated", help="Licence of the file.")
@json_option
def trips(
    city_path: Path,
    matrix_path: Path,
    purpose: str,
    matrix: str | None,
    zones_path: Path | None,
    id_column: str,
    crs: str | None,
    licence: str,
    as_json: bool,
) -> None:
    """Put a matrix of people's trips (OMX or a list of pairs) in place of the model's.

    Trips of an average day by one purpose, between zones of the City or areas with outlines.
    """
    from layers import matrices
    from twin import store, user_trips

    found = matrices.read(matrix_path, matrix=matrix, licence=licence)
    areas = _outlines(zones_path, id_column, crs) if zones_path else None
    city = store.open(city_path)
    changed, notes = user_trips.attach(
        city, found.zones, found.trips, found.source, purpose, areas=areas
    )
    store.save(changed, city_path)
    emit({"notes": list(notes)}, as_json, list(notes))


def _outlines(path: Path, column: str, crs: str | None) -> gpd.GeoSeries:
    """Outlines by id."""
    from layers import files, texts, vectors
    from layers.errors import InputError

    frame = vectors.read(files.checked(path), crs=crs)
    if column not in frame:
        listed = ", ".join(texts.clip(str(name)) for name in frame.columns[:20])
        raise InputError(path.name, f"column {texts.clip(column)}", f"It has {listed}.",
                         "Name the column of the ids with --id.")  # fmt: skip
    return frame.geometry.set_axis([texts.plain(cell) for cell in frame[column]])
