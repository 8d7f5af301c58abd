"""Trips that a town knows, from file to zones. All files are made up here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
from click.testing import CliRunner
from shapely import box

from layers import matrices as reading
from layers.errors import InputError
from layers.schema import Source
from tests.twin import cities
from twin import cli, store, user_trips
from twin.mobility import matrices

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = "origin,destination,trips\nwest,east,30\neast,west,30\nwest,far,40\n"


@pytest.fixture
def outlines(tmp_path: Path) -> Path:
    west, south = cities.WEST, cities.SOUTH
    shapes = [box(west - 50, south - 50, west + 130, south + 300),
              box(west + 130, south - 50, west + 500, south + 300),
              box(west + 5000, south, west + 6000, south + 900)]  # fmt: skip
    frame = gpd.GeoDataFrame({"name": ["west", "east", "far"]}, geometry=shapes, crs=cities.CRS)
    path = tmp_path / "areas.gpkg"
    frame.to_file(path)
    return path


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "od.csv"
    path.write_text(PAIRS, encoding="utf-8")
    return path


def test_trips_of_areas_become_trips_of_zones(tmp_path: Path, pairs: Path, outlines: Path) -> None:
    folder = tmp_path / "a.twin"
    store.save(cities.tiny(), folder)
    arguments = ["trips", str(folder), str(pairs), "--purpose", "work", "--zones", str(outlines),
                 "--id", "name"]  # fmt: skip
    done = CliRunner().invoke(cli.cli, arguments)
    assert done.exit_code == 0, done.output
    assert "60 trips a day" in done.output
    assert "40.0% of the trips have an end outside" in done.output
    city = store.open(folder)
    assert city.trips["trips"].sum() == pytest.approx(60.0)
    assert city.sources.loc["trips-work", "origin"] == "od.csv"
    found = matrices.by_purpose(city.trips, city.zones.index)
    assert found["work"].sum() == pytest.approx(60.0)
    np.testing.assert_allclose(found["work"], found["work"].T, rtol=1e-12)


def test_a_purpose_attached_again_is_replaced_and_others_stay() -> None:
    city = cities.tiny()
    ids = city.zones.index
    source = _source()
    one, _ = user_trips.attach(city, ids, np.ones((3, 3)), source, "work")
    two, _ = user_trips.attach(one, ids, np.full((3, 3), 2.0), source, "leisure")
    three, _ = user_trips.attach(two, ids, np.full((3, 3), 5.0), source, "work")
    sums = three.trips.groupby("purpose")["trips"].sum()
    assert sums.to_dict() == {"work": 45.0, "leisure": 18.0}
    assert len(city.trips) == 0


def _source() -> Source:
    return Source("trips between zones", "od.csv", "", "not stated", "", "x", 9, 9, 0)


def test_what_cannot_be_placed_is_refused(pairs: Path, outlines: Path) -> None:
    city, found = cities.tiny(), reading.read(pairs)
    areas = gpd.read_file(outlines).set_index("name").geometry
    with pytest.raises(InputError, match="no such purpose"):
        user_trips.attach(city, found.zones, found.trips, found.source, "holiday", areas=areas)
    with pytest.raises(InputError, match="None of its trips"):
        user_trips.attach(city, found.zones, found.trips, found.source, "work")
    with pytest.raises(InputError, match="1 areas have no outline"):
        user_trips.attach(city, found.zones, found.trips, found.source, "work", areas=areas[:2])
    twice = areas.set_axis(["west", "east", "far"]).iloc[[0, 1, 2, 0]]
    with pytest.raises(InputError, match="one id"):
        user_trips.attach(city, found.zones, found.trips, found.source, "work", areas=twice)


def test_a_column_that_the_outlines_lack_is_named(
    tmp_path: Path, pairs: Path, outlines: Path
) -> None:
    folder = tmp_path / "a.twin"
    store.save(cities.tiny(), folder)
    arguments = ["trips", str(folder), str(pairs), "--purpose", "work", "--zones", str(outlines)]
    done = CliRunner().invoke(cli.cli, arguments)
    assert done.exit_code != 0
    assert "--id" in str(done.output) + str(done.exception)
