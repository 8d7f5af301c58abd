"""Relief: files on one grid, what follows from them in the City, and what was not believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
from rasterio.transform import Affine

from layers.errors import InputError
from tests.twin import gothenburg
from tests.twin.cities import SOUTH, WEST, tiny
from tests.twin.rasters import climate
from twin import ground as ground_room
from twin import relief, store
from twin.ground import frame_of
from twin.relief import Provenance

if TYPE_CHECKING:
    from pathlib import Path

LEFT, TOP, SIZE = WEST - 500, SOUTH + 1000, 2000


def tif(path: Path, values: np.ndarray[Any, Any], left: float = LEFT, cell: float = 1.0) -> Path:
    rows, columns = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", crs=tiny().crs, transform=Affine(cell, 0, left, 0, -cell, TOP),
        dtype="float32", count=1, height=rows, width=columns, nodata=-9999,
    ) as out:  # fmt: skip
        out.write(values.astype("float32"), 1)
    return path


def plane(size: int = SIZE) -> np.ndarray[Any, Any]:
    """Ground that rises 0.05 to the east and 0.02 to the north."""
    steps = np.arange(size) + 0.5
    return np.asarray(10 + 0.05 * steps[None, :] - 0.02 * steps[:, None] + 0.02 * size)


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    return tif(tmp_path / "dem.tif", plane())


@pytest.fixture
def roof(tmp_path: Path) -> Path:
    return tif(tmp_path / "dsm.tif", plane() + 9.0)


def test_the_city_gets_a_grid_slopes_and_heights(ground: Path, roof: Path) -> None:
    city = relief.add(tiny(), elevation=[ground], surface=[roof])
    assert set(city.grid.data_vars) == {"elevation", "surface"}
    assert pyproj.CRS.from_cf(city.grid["spatial_ref"].attrs).to_epsg() == 25832
    eastward = city.streets.index.str.startswith("w10")
    np.testing.assert_allclose(city.streets["grade"][eastward], 0.05, atol=1e-6)
    np.testing.assert_allclose(city.streets["grade"][~eastward], 0.02, atol=1e-6)
    np.testing.assert_allclose(city.buildings["height"], 9.0, atol=1e-4)
    assert set(city.buildings["height_source"]) == {"dsm"}
    assert set(city.buildings["levels_source"]) == {"osm"}
    assert tiny().grid.sizes == {}


def test_the_city_with_its_grid_survives_the_folder(ground: Path, tmp_path: Path) -> None:
    city = relief.add(tiny(), elevation=[ground], cell=5.0).replace(climate=climate())
    store.save(city, tmp_path / "x.twin")
    again = store.open(tmp_path / "x.twin")
    assert again == city
    assert again.grid.identical(city.grid)


def test_sources_and_parameters_say_where_the_grid_is_from(ground: Path, roof: Path) -> None:
    said = Provenance("CC-BY-4.0", "Town of Lilleby", "2023")
    city = relief.add(tiny(), elevation=[ground, roof], provenance=said)
    row = city.sources.loc["elevation"]
    assert (row["what"], row["origin"], row["licence"]) == ("terrain model", "dem.tif", "CC-BY-4.0")
    assert city.sources.loc["elevation.2", "origin"] == "dsm.tif"
    assert city.parameters.loc["grid.cell", "value"] == "1"
    assert "bilinear" in city.parameters.loc["grid.rule", "value"]
    assert "Town of Lilleby" in city.attributions
    again = relief.add(city, elevation=[ground])
    assert again.sources.index.tolist().count("elevation") == 1
    assert "elevation.2" not in again.sources.index


def test_a_later_file_lands_on_the_grid_that_is_there(ground: Path, tmp_path: Path) -> None:
    cover = tif(tmp_path / "cover.tif", np.full((70, 70), 5.0), cell=30.0)
    city = relief.add(relief.add(tiny(), elevation=[ground], cell=10.0), land_cover=[cover])
    assert frame_of(city.grid).cell == 10.0
    assert set(city.grid.data_vars) == {"elevation", "land_cover"}
    assert np.unique(city.grid["land_cover"]).tolist() == [5.0]


def test_tiles_fill_each_others_gaps(tmp_path: Path) -> None:
    whole = plane()
    west, east = whole[:, :600].copy(), whole[:, 600:]
    west[:50, :50] = -9999
    tiles = [tif(tmp_path / "w.tif", west), tif(tmp_path / "e.tif", east, LEFT + 600)]
    city = relief.add(tiny(), elevation=tiles, cell=1.0)
    expected = relief.add(tiny(), elevation=[tif(tmp_path / "all.tif", whole)], cell=1.0)
    np.testing.assert_allclose(city.grid["elevation"], expected.grid["elevation"], atol=1e-4)


def test_the_grid_stays_on_round_cells_whatever_the_file(tmp_path: Path) -> None:
    for cell, side in ((0.4, 0.5), (28.8, 30.0), (2.0, 2.0)):
        path = tif(tmp_path / f"{cell}.tif", plane(int(SIZE / cell)), cell=cell)
        frame = frame_of(relief.add(tiny(), elevation=[path]).grid)
        assert frame.cell == side
        assert frame.west / side == pytest.approx(round(frame.west / side))


@pytest.mark.parametrize(
    ("least", "side"),
    [(0.2, 0.2), (0.21, 0.3), (1, 1), (1.2, 2), (2.9, 3), (3.1, 5), (5.5, 10), (28, 30), (99, 100)],
)
def test_round_sides(least: float, side: float) -> None:
    assert relief.round_up(least) == pytest.approx(side)


def test_without_a_surface_heights_stay(ground: Path) -> None:
    city = relief.add(tiny(), elevation=[ground])
    pd.testing.assert_frame_equal(city.buildings, tiny().buildings)


def test_roofs_that_are_not_there_are_counted(ground: Path) -> None:
    city = relief.add(tiny(), elevation=[ground], surface=[ground])
    row = city.drops[city.drops["reason"] == ground_room.UNBELIEVED]
    assert row["count"].tolist() == [12]
    assert "dsm" not in set(city.buildings["height_source"])


def test_what_follows_from_the_grid_can_be_worked_out_anew(ground: Path, roof: Path) -> None:
    city = relief.add(tiny(), elevation=[ground], surface=[roof])
    bare = tiny().replace(grid=city.grid)
    again = ground_room.derived(bare)
    pd.testing.assert_frame_equal(again.streets, city.streets)
    pd.testing.assert_frame_equal(again.buildings, city.buildings)
    assert ground_room.derived(again) == again
    assert ground_room.derived(tiny()) is tiny()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda _: {}, "no file was named", id="nothing"),
        pytest.param(lambda p: {"elevation": [p / "x.tif"]}, "no such file", id="missing"),
        pytest.param(
            lambda p: {"elevation": [tif(p / "a.tif", plane(50), LEFT - 90_000)]}, "not cover", id="elsewhere"
        ),
        pytest.param(
            lambda p: {"elevation": [tif(p / "a.tif", plane())], "cell": 0.001}, "too many cells", id="fine"
        ),
        pytest.param(
            lambda p: {"elevation": [tif(p / "a.tif", plane())], "cell": float("nan")}, "too many cells", id="nan"
        ),
        pytest.param(
            lambda p: {"elevation": [tif(p / "a.tif", plane() * 1000)]}, "outside -500 to 9000", id="too high"
        ),
        pytest.param(
            lambda p: {"canopy": [tif(p / "a.tif", plane() - 1000)]}, "outside 0 to 150", id="below ground"
        ),
    ],
)  # fmt: skip
def test_bad_wishes_are_refused(tmp_path: Path, make: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        relief.add(tiny(), **make(tmp_path))


@pytest.mark.data
def test_hidden_heights_of_gothenburg_are_predicted_with_a_printed_error(data_dir: Path) -> None:
    """DSM - DEM is the reference; the figures stand in ``python -m tests.bench layers``."""
    guesses = gothenburg.hidden(data_dir / "dem")
    errors = guesses[["ours", "naive"]].sub(guesses["truth"], axis=0).abs().mean()
    print(f"Gothenburg, {len(guesses)} buildings: {errors.round(2).to_dict()} m")
    assert len(guesses) > 25
    assert errors["ours"] < 6.0


@pytest.mark.data
def test_measured_heights_of_gothenburg_are_those_of_the_city_it_is_given(data_dir: Path) -> None:
    houses, found = gothenburg.measured(data_dir / "dem")
    known = found["height"].dropna()
    assert len(known) > 25
    assert known.between(2, 60).mean() > 0.9
    assert (found["cells"] <= 1.1 * houses["footprint"] + 2).all()
