"""`twin build` with terrain, surface and a census, from the command line to the saved folder."""

from __future__ import annotations

import json
from math import fsum
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner, Result
from rasterio.transform import Affine

from layers import demo
from twin import cli, store
from twin.cli_ground import taken

if TYPE_CHECKING:
    from pathlib import Path

PLACE = (26.92, 60.50, 26.98, 60.55)
"""Where the test town of the pyrosm wheel lies: west, south, east, north [deg]."""


def tif(path: Path, values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Path:
    rows, columns = values.shape
    west, south, east, north = PLACE
    corner = Affine((east - west) / columns, 0, west, 0, (south - north) / rows, north)
    with rasterio.open(
        path, "w", driver="GTiff", crs=4326, transform=corner,
        dtype="float32", count=1, height=rows, width=columns,
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path


def build(folder: Path, *words: object) -> Result:
    source = str(demo.path("test"))
    given = ["build", source, "-o", str(folder / "x.twin"), *map(str, words)]
    return CliRunner().invoke(cli.cli, given)


def test_terrain_surface_and_census_reach_the_saved_twin(tmp_path: Path) -> None:
    ground = np.add.outer(np.linspace(40, 10, 500), np.linspace(0, 30, 500)).astype("float32")
    zones = tmp_path / "zones.csv"
    west, south, east, north = PLACE
    outline = (
        f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"
    )
    zones.write_text(f'id,wkt,people\na,"{outline}",1234.5\n', encoding="utf-8")
    shown = build(
        tmp_path, "--terrain", tif(tmp_path / "dem.tif", ground),
        "--surface", tif(tmp_path / "dsm.tif", ground + 7), "--population", zones,
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    assert "Slopes of " in shown.output
    assert "1,234 of 1,234 people in buildings" in shown.output
    city = store.open(tmp_path / "x.twin")
    assert set(city.grid.data_vars) == {"elevation", "surface"}
    assert city.streets["grade"].notna().any()
    assert city.buildings["height_source"].eq("dsm").any()
    assert abs(fsum(city.buildings["people"]) - 1234.5) < 1e-6
    assert {"elevation", "surface", "population"} <= set(city.sources.index)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--terrain", "nowhere.tif"], "no such file", id="missing"),
        pytest.param(["--terrain", "http://127.0.0.1:9/a.tif"], "Only files", id="address"),
        pytest.param(["--population", "zones.csv"], "no such file", id="no zones"),
        pytest.param(["--population", "-5"], "no number of residents", id="negative"),
    ],
)
def test_what_cannot_be_used_ends_in_plain_words_and_saves_nothing(
    tmp_path: Path, words: list[str], said: str
) -> None:
    shown = build(tmp_path, *words)
    assert shown.exit_code == cli.UNUSABLE, shown.output
    assert said in shown.output
    assert "Traceback" not in shown.output
    assert not (tmp_path / "x.twin").exists()


def test_a_number_of_people_stays_with_the_command() -> None:
    options = {"population": "5000", "terrain": (), "surface": (), "canopy": (), "land_cover": ()}
    assert taken(options) == {}
    assert json.dumps(options) == '{"population": 5000.0}'
