"""Maps of sunlight: what they are made of, what they say, and that files are whole."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import rasterio
from click.testing import CliRunner

from layers import weather
from layers.schema import silent
from tests.twin import rasters
from tests.twin.cities import tiny
from twin import solar, store, sun
from twin.cli import cli
from twin.energy import sun_bins, zones
from twin.errors import NotComputedError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from twin.city import City


@cache
def sunny() -> City:
    return tiny().replace(climate=weather.hourly(weather.nearest(55.7, 12.4)).dataset)


@cache
def light() -> xr.DataArray:
    return solar.irradiation(sunny(), cell=4.0, level=True, progress=silent)


def test_open_ground_gets_what_a_level_plane_gets_and_shade_takes_some() -> None:
    year = sun_bins.of_sky(zones.weather(sunny().climate).sun, 36)
    free = sun_bins.irradiation(year, 0.0, 0.0, 0.2).sum()
    values = light()
    assert float(values.max()) == pytest.approx(free, rel=2e-3)
    corner = values.isel(x=0, y=0)
    assert float(corner) == pytest.approx(free, rel=0.01)
    house = sunny().buildings.loc["w1009"].geometry.bounds
    north = values.sel(x=(house[0] + house[2]) / 2, y=house[3] + 3, method="nearest")
    assert float(north) < 0.75 * free
    assert values.attrs["units"] == "kWh m-2"
    assert "level ground" in values.attrs["surface"]
    assert "OpenStreetMap" in values.attrs["attribution"]


def test_surface_is_the_measured_one_or_the_ground_with_buildings() -> None:
    city = sunny()
    assert solar.surface(city, 4.0).heights.max() == city.buildings["height"].max()
    level = rasters.grid(city.crs, cell=100.0)
    on_ground = solar.surface(city.replace(grid=level), 4.0)
    assert np.nanmax(on_ground.heights) == pytest.approx(20.0 + city.buildings["height"].max())
    measured = level.assign(surface=level["elevation"] + 5.0)
    measured["surface"].attrs["units"] = "m"
    found = solar.surface(city.replace(grid=measured))
    assert found.frame.cell == 100.0
    assert (found.heights == 25.0).all()


def test_a_city_without_sunlight_and_too_many_cells_are_refused() -> None:
    with pytest.raises(NotComputedError, match="--weather"):
        solar.irradiation(tiny(), progress=silent)
    with pytest.raises(NotComputedError, match="at least"):
        solar.surface(sunny(), 0.01)


def test_file_is_cloud_optimised_and_says_where_it_is_from(tmp_path: Path) -> None:
    path = tmp_path / "sun.tif"
    solar.write_cog(path, light())
    solar.write_cog(path, light())  # replaced
    with rasterio.open(path) as opened:
        assert opened.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert opened.crs.to_epsg() == 25832
        assert opened.units == ("kWh m-2",)
        assert "OpenStreetMap" in opened.tags()["attribution"]
        assert opened.res == (4.0, 4.0)
        np.testing.assert_array_equal(opened.read(1), light().to_numpy())
        x, y = opened.xy(0, 0)
    assert (x, y) == pytest.approx((float(light()["x"][0]), float(light()["y"][0])))
    assert [each.name for each in tmp_path.iterdir()] == ["sun.tif"]


def test_a_place_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a file")
    with pytest.raises(StoreError):
        solar.write_cog(tmp_path / "x" / "sun.tif", light())


def test_table_of_roofs_adds_up_to_the_figures_of_buildings() -> None:
    outcome = sun.run(sunny(), silent)
    planes = solar.roofs(sunny(), outcome.made)
    frame = outcome.frames["buildings"]
    sums = planes.groupby("building")[["power", "yield"]].sum()
    assert sums["power"].reindex(frame.index).to_numpy() == pytest.approx(frame["pv_potential"])
    assert sums["yield"].reindex(frame.index).to_numpy() == pytest.approx(frame["pv_yield"])
    assert set(planes["source"]) == {"typology"}
    dark = solar.roofs(tiny(), sun.run(tiny(), silent).made)
    assert dark["power"].isna().all()


def test_command_writes_map_and_table(tmp_path: Path) -> None:
    store.save(sunny(), tmp_path / "lilleby.twin")
    words = ["solar", str(tmp_path / "lilleby.twin"), "--cell", "10", "--json"]
    done = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    table = pd.read_csv(tmp_path / "lilleby.sun.csv")
    assert told["planes"] == len(table)
    assert told["power_kw"] == pytest.approx(table["power"].sum(), abs=0.1)
    assert (tmp_path / "lilleby.sun.tif").exists()
    assert any("blocks" in line for line in told["limits"])
    spoken = CliRunner().invoke(cli, [*words[:2], "--no-map"], catch_exceptions=False)
    assert "12 roofs" in spoken.stdout
    assert "OpenStreetMap" in spoken.stdout


def test_command_says_what_is_missing(tmp_path: Path) -> None:
    store.save(tiny(), tmp_path / "lilleby.twin")
    done = CliRunner().invoke(cli, ["solar", str(tmp_path / "lilleby.twin")])
    assert done.exit_code != 0
    assert "hourly weather" in str(done.exception) + done.output
    table = CliRunner().invoke(cli, ["solar", str(tmp_path / "lilleby.twin"), "--no-map"])
    assert table.exit_code == 0
    assert "no sunlight" in table.stdout
