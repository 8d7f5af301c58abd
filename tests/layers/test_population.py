"""Population: zones of every kind arrive with their counts; what is left out is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine
from shapely import box

from layers import population
from layers.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_centres_of_a_grid_stand_for_what_is_nearest(tmp_path: Path) -> None:
    rows = "".join(f"c{n},{12 + 0.01 * n:.2f},55.6,{n},{10 * n}\n" for n in range(4))
    found = population.read(write(tmp_path / "p.csv", "id,lon,lat,population,jobs\n" + rows))
    assert found.frame["people"].tolist() == [0, 1, 2, 3]
    assert found.frame["jobs"].tolist() == [0, 10, 20, 30]
    assert found.frame.index.tolist() == ["c0", "c1", "c2", "c3"]
    spacing = 0.01 * 111_320 * np.cos(np.radians(55.6))
    assert found.reach == pytest.approx(population.REACH * spacing, rel=0.01)
    assert found.source.rows_in == found.source.rows_kept == 4


@pytest.mark.parametrize(
    ("code", "corner", "side"),
    [
        ("1kmN3126E4321", (4_321_000, 3_126_000), 1000),
        ("CRS3035RES1000mN3126000E4321000", (4_321_000, 3_126_000), 1000),
        ("CRS3035RES200mN3126200E4321400", (4_321_400, 3_126_200), 200),
        ("10kmN312E432", (4_320_000, 3_120_000), 10_000),
    ],
)
def test_codes_of_the_european_grid_are_its_cells(
    tmp_path: Path, code: str, corner: tuple[float, float], side: float
) -> None:
    found = population.read(write(tmp_path / "p.csv", f"GRD_ID,TOT_P_2021\n{code},17\n"))
    shape = found.frame.to_crs(3035).geometry.iloc[0]
    expected = box(*corner, corner[0] + side, corner[1] + side)
    assert shape.symmetric_difference(expected).area < 1e-3 * expected.area
    assert np.isnan(found.reach)


def test_wkt_and_decimal_commas_are_read(tmp_path: Path) -> None:
    text = "wkt;Befolkning\nPOLYGON((12 55, 12.1 55, 12.1 55.1, 12 55));1,5\n"
    found = population.read(write(tmp_path / "p.csv", text))
    assert found.frame["people"].tolist() == [1.5]
    assert found.frame["jobs"].isna().all()


def test_zones_of_a_geopackage_are_brought_to_degrees(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"zone": ["a", "b"], "Einwohner": [5, 6], "other": ["x", "y"]},
        geometry=[box(700_000, 6_170_000, 701_000, 6_171_000)] * 2,
        crs=25832,
    )
    frame.to_file(tmp_path / "z.gpkg")
    found = population.read(tmp_path / "z.gpkg")
    assert found.frame.crs == "EPSG:4326"
    assert found.frame["people"].tolist() == [5, 6]
    assert found.frame.index.tolist() == ["a", "b"]


def test_a_raster_gives_its_cells_that_count_anything(tmp_path: Path) -> None:
    values = np.array([[1.5, 0, -9999], [4, np.nan, 6]], "float32")
    with rasterio.open(
        tmp_path / "p.tif", "w", driver="GTiff", crs=25832, count=1, width=3, height=2,
        transform=Affine(100, 0, 700_000, 0, -100, 6_170_000), dtype="float32", nodata=-9999,
    ) as out:  # fmt: skip
        out.write(values, 1)
    found = population.read(tmp_path / "p.tif", counts="jobs").frame.to_crs(25832)
    assert found["jobs"].tolist() == [1.5, 4, 6]
    assert found["people"].isna().all()
    centres = [(round(p.x), round(p.y)) for p in found.geometry.centroid]
    assert centres == [(700_050, 6_169_950), (700_050, 6_169_850), (700_250, 6_169_850)]


def test_the_users_names_go_first(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", "lon,lat,Antal\n12,55,3\n12.1,55,4\n")
    found = population.read(path, columns={"antal": "people"})
    assert found.frame["people"].tolist() == [3, 4]


def test_rows_that_are_left_out_are_counted(tmp_path: Path) -> None:
    text = "id,lon,lat,people\na,12,55,3\nb,,,4\nc,12.1,55,\nd,12.2,55,0\n"
    found = population.read(write(tmp_path / "p.csv", text))
    assert found.frame.index.tolist() == ["a", "d"]
    reasons = dict(zip(found.drops["reason"], found.drops["examples"], strict=True))
    assert reasons == {"has no place": "b", "counts nothing": "c"}
    assert (found.source.rows_in, found.source.rows_refused) == (4, 2)


BAD = [
    pytest.param("p.csv", "", "empty", id="empty"),
    pytest.param("p.csv", "id,lon,lat,people\n", "header|rows|no", id="header only"),
    pytest.param("p.csv", "lon,lat,dogs\n12,55,3\n", "No column counts", id="no count"),
    pytest.param("p.csv", "id,people\na,3\n", "where the rows lie", id="no place"),
    pytest.param("p.csv", "lon,lat,people\n12,55,many\n", "row 2, people", id="text for number"),
    pytest.param("p.csv", "lon,lat,people\n12,55,3 km\n", "unit", id="a unit"),
    pytest.param("p.csv", "lon,lat,people\n12,55,-5\n", "less than nothing", id="negative"),
    pytest.param("p.csv", "lon,lat,people\n700000,6170000,5\n", "not degrees", id="metres"),
    pytest.param("p.csv", "lon,lat,people,pop\n12,55,5,6\n", "Two columns say people", id="twice"),
    pytest.param("p.csv", "lon,lat,people\n12,55,\n", "both a place and a count", id="no row left"),
    pytest.param("p.csv", "cell_id,people\nN1E1,5\n", "both a place and a count", id="odd cells"),
    pytest.param("p.geojson", "<VRTDataset/>", "is XML", id="disguised"),
    pytest.param("p.tif", "<VRTDataset/>", "something else", id="disguised raster"),
    pytest.param("p.xyz", "1 2 3", "not read", id="unknown ending"),
]


@pytest.mark.parametrize(("name", "text", "words"), BAD)
def test_bad_files_are_refused_in_plain_words(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        population.read(write(tmp_path / name, text))
    assert all(fault.advice for fault in caught.value.faults)


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    text = "lon,lat,people,jobs\nx,55,many,1\n12,55,2,few\n"
    with pytest.raises(InputError) as caught:
        population.read(write(tmp_path / "p.csv", text))
    places = {fault.place for fault in caught.value.faults}
    assert places == {"row 2, longitude", "row 2, people", "row 3, jobs"}


def test_points_and_areas_are_not_mixed(tmp_path: Path) -> None:
    text = 'wkt,people\n"POINT(12 55)",1\n"POLYGON((12 55, 12.1 55, 12.1 55.1, 12 55))",2\n'
    with pytest.raises(InputError, match="mixes points and areas"):
        population.read(write(tmp_path / "p.csv", text))


CELL: Any = st.one_of(
    st.sampled_from(["12", "55.6", "-1", "1e308", "NaN", "", "1.234", "=cmd", "POINT(1 2)", "ø"]),
    st.text(max_size=6),
)


@given(
    header=st.lists(
        st.sampled_from(["lon", "lat", "people", "jobs", "id", "wkt", "grd_id", "zz"]), max_size=6
    ),
    rows=st.lists(st.lists(CELL, max_size=7), max_size=5),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_table_gives_zones_or_an_input_error(
    header: list[str], rows: list[list[str]], tmp_path: Path
) -> None:
    lines = [",".join(header), *(",".join(row) for row in rows)]
    path = tmp_path / "p.csv"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    try:
        found = population.read(path)
    except InputError:
        return
    counts = found.frame[["people", "jobs"]]
    assert (counts.fillna(0) >= 0).all(axis=None)
    assert np.isfinite(counts.fillna(0)).all(axis=None)
    assert found.frame.geometry.notna().all()


@pytest.mark.data
def test_the_hexagons_of_porto_alegre(data_dir: Path) -> None:
    found = population.read(data_dir / "pop/poa_hexgrid.csv")
    assert len(found.frame) == 1227
    assert found.frame["people"].sum() == 812_935
    assert 200 < found.reach < 260
