from __future__ import annotations

import json
import socket
import sqlite3
import threading
import zipfile
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from layers import files, vectors
from layers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SPOTS = gpd.GeoDataFrame(
    {"name": ["a", "b"]},
    geometry=[Point(711500, 6173500), Point(711600, 6173600)],
    crs="EPSG:25832",
)
VRT = "<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
GML = """<?xml version="1.0" encoding="UTF-8"?>{before}
<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://ogr.maptools.org/ {schema}">
<gml:featureMember><ogr:a fid="a.0"><ogr:geometryProperty><gml:Point srsName="EPSG:25832">
<gml:coordinates>711500,6173500</gml:coordinates></gml:Point></ogr:geometryProperty><ogr:name>{name}</ogr:name></ogr:a>
</gml:featureMember></ogr:FeatureCollection>"""


def collection(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | more)


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


def written(tmp_path: Path, name: str, text: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path, **options: Any) -> gpd.GeoDataFrame:
    return vectors.read(files.checked(path), **options)


def shapefile(tmp_path: Path, *, prj: bool = True) -> Path:
    SPOTS.to_file(tmp_path / "spots.shp", encoding="utf-8")
    if not prj:
        (tmp_path / "spots.prj").unlink()
    with zipfile.ZipFile(tmp_path / "spots.zip", "w") as packed:
        for part in tmp_path.glob("spots.*"):
            if part.suffix != ".zip":
                packed.write(part, f"folder/{part.name}")
    return tmp_path / "spots.zip"


def parquet(tmp_path: Path) -> Path:
    SPOTS.to_parquet(tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


def gpkg(tmp_path: Path) -> Path:
    SPOTS.to_file(tmp_path / "a.gpkg", layer="spots", driver="GPKG")
    return tmp_path / "a.gpkg"


def old_geojson(tmp_path: Path) -> Path:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    spots = [feature(point(p.x, p.y), name=n) for n, p in zip("ab", SPOTS.geometry, strict=True)]
    return written(tmp_path, "a.geojson", "\ufeff" + collection(*spots, crs=crs))


@pytest.mark.parametrize("write", [shapefile, parquet, gpkg, old_geojson])
def test_every_format_brings_the_same(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    found = read(write(tmp_path))
    assert found.crs.to_epsg() == 25832
    assert list(found.index) == [1, 2]
    assert list(found["name"]) == ["a", "b"]
    assert found.geometry.geom_equals_exact(SPOTS.geometry.set_axis([1, 2]), 1e-6).all()


def test_gml(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.gml", GML.format(before="", schema="a.xsd", name="Ø")))
    assert found.crs.to_epsg() == 25832
    assert found["name"][1] == "Ø"
    assert (found.geometry.x[1], found.geometry.y[1]) == (711500, 6173500)
    assert [part.name for part in tmp_path.iterdir()] == ["a.gml"]


def test_geojson_without_crs_is_wgs_84_only_if_it_is_degrees(tmp_path: Path) -> None:
    path = written(tmp_path, "a.geojson", collection(feature(point(12.4, 55.7))))
    assert read(path).crs.to_string() == "OGC:CRS84"
    metres = written(tmp_path, "b.geojson", collection(feature(point(711500, 6173500))))
    with pytest.raises(InputError, match="--crs EPSG:number"):
        read(metres)
    assert read(metres, crs="EPSG:25832").crs.to_epsg() == 25832


def test_a_missing_prj_is_asked_for(tmp_path: Path) -> None:
    path = shapefile(tmp_path, prj=False)
    with pytest.raises(InputError, match=r"missing \.prj"):
        read(path)
    assert read(path, crs="EPSG:25832").crs.to_epsg() == 25832


def test_axes_are_exchanged_on_request(tmp_path: Path) -> None:
    found = read(gpkg(tmp_path), swap=True)
    assert (found.geometry.x[1], found.geometry.y[1]) == (6173500, 711500)


def test_broken_geometry_is_missing_and_the_row_stays(tmp_path: Path) -> None:
    shapes = [None, {"type": "Point"}, {"type": "Rhomb", "coordinates": []}, "x", 5,
              {"type": "Point", "coordinates": ["a", "b"]}]  # fmt: skip
    text = collection(*(feature(shape, n=n) for n, shape in enumerate(shapes)))
    found = read(written(tmp_path, "a.geojson", text))
    assert found.geometry.isna().all()
    assert list(found["n"]) == list(range(6))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.geojson", "[" * 100_000),
        ("a.geojson", '{"a":' * 100_000),
        ("a.geojson", '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":'
         '{"type":"Polygon","coordinates":' + "[" * 500 + "]" * 500 + "}}]"),
        ("a.geojson", "{}"), ("a.geojson", "[]"), ("a.geojson", "null"), ("a.geojson", "5"),
        ("a.geojson", '{"type":"FeatureCollection","features":5}'),
        ("a.geojson", '{"type":"FeatureCollection","features":[5]}'),
        ("a.geojson", '{"type":"FeatureCollection","features":[]}'),
        ("a.geojson", '{"type":"Topology","objects":{}}'),
        ("a.geojson", b"\xff\xfe\x00"),
        ("a.geojson", "9" * 10_000),
        ("a.geojson", collection(feature(point(1, 2)), crs={"properties": {"name": "+init=/etc/passwd"}})),
        ("a.gpkg", b"SQLite format 3\x00" + b"\0" * 2000),
        ("a.parquet", b"PAR1" + b"\0" * 200 + b"PAR1"),
        ("a.zip", b"PK\x03\x04" + b"\0" * 200),
        ("a.shp", b"\x00\x00\x27\x0a" + b"\0" * 200),
        ("a.gml", "<a>"),
        ("a.gml", "<a/>"),
        ("a.gml", "<a>" * 100_000),
    ],
)  # fmt: skip
def test_damaged_files(tmp_path: Path, name: str, text: str | bytes) -> None:
    with pytest.raises(InputError) as caught:
        read(written(tmp_path, name, text))
    assert str(caught.value).startswith(name)
    assert caught.value.faults[0].advice


@pytest.mark.parametrize(
    "name", ["a.geojson", "a.csv", "a.gpkg", "a.gml", "a.shp", "a.json", "a.parquet"]
)
def test_a_disguised_vrt_reads_no_other_file(tmp_path: Path, name: str) -> None:
    gpkg(tmp_path).rename(tmp_path / "secret.gpkg")
    with pytest.raises(InputError):
        read(written(tmp_path, name, VRT.format(tmp_path / "secret.gpkg")))


@pytest.mark.parametrize(
    "before",
    ['<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>',
     '<!DOCTYPE x SYSTEM "http://127.0.0.1:{port}/x.dtd">',
     '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY e "&a;&a;&a;&a;&a;&a;">]>'],
    ids=["external entity", "external document type", "bomb"],
)  # fmt: skip
def test_gml_with_entities(tmp_path: Path, before: str) -> None:
    secret = written(tmp_path, "secret", "secret")
    with listening() as (port, calls):
        text = before.format(secret=secret, port=port)
        path = written(tmp_path, "a.gml", GML.format(before=text, schema="a.xsd", name="&e;"))
        with pytest.raises(InputError, match="document type or entities"):
            read(path)
        assert not calls


def test_gml_calls_no_schema_server(tmp_path: Path) -> None:
    with listening() as (port, calls):
        text = GML.format(before="", schema=f"http://127.0.0.1:{port}/a.xsd", name="x")
        assert len(read(written(tmp_path, "a.gml", text))) == 1
        assert not calls


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """A server on loopback that counts who calls."""
    calls: list[object] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            while True:
                try:
                    caller, address = server.accept()
                except OSError:
                    return
                calls.append(address)
                caller.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], calls


@pytest.mark.parametrize(
    "statement",
    ["CREATE VIEW spy AS SELECT * FROM spots",
     'CREATE VIRTUAL TABLE "x USING rtree(" USING fts4(a)',
     "CREATE VIRTUAL TABLE spy USING fts4(a)"],
)  # fmt: skip
def test_a_gpkg_with_virtual_tables_is_refused(tmp_path: Path, statement: str) -> None:
    path = gpkg(tmp_path)
    with closing(sqlite3.connect(path)) as base:
        base.execute(statement)
        base.commit()
    with pytest.raises(InputError, match="Virtual tables and views"):
        read(path)


def test_several_layers_are_asked_for(tmp_path: Path) -> None:
    path = gpkg(tmp_path)
    SPOTS.iloc[:1].to_file(path, layer="other", driver="GPKG")
    with pytest.raises(InputError, match=r'"other".*--sheet'):
        read(path)
    assert len(read(path, layer="other")) == 1


def test_a_zip_of_two_shapefiles_is_asked_for(tmp_path: Path) -> None:
    shapefile(tmp_path)
    with zipfile.ZipFile(tmp_path / "spots.zip", "a") as packed:
        for part in tmp_path.glob("spots.*"):
            if part.suffix != ".zip":
                packed.write(part, part.name.replace("spots", "more"))
    with pytest.raises(InputError, match="2 layers"):
        read(tmp_path / "spots.zip")
    assert len(read(tmp_path / "spots.zip", layer="more")) == 2


def test_a_zip_with_nothing_to_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("readme.txt", "hello")
    with pytest.raises(InputError, match="no layer"):
        read(tmp_path / "a.zip")


def test_parquet_without_geometry_is_a_table(tmp_path: Path) -> None:
    SPOTS.drop(columns="geometry").to_parquet(tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert list(found["name"]) == ["a", "b"]
    assert found.geometry.isna().all()


def test_heights_are_left_out(tmp_path: Path) -> None:
    high = SPOTS.set_geometry(shapely.force_3d(SPOTS.geometry, 5.0))
    high.to_parquet(tmp_path / "a.parquet")
    assert not read(tmp_path / "a.parquet").has_z.any()


@pytest.mark.parametrize("crs", ["EPSG:99999", "nonsense", ""])
def test_an_unknown_crs_says_how_to_write_it(crs: str) -> None:
    with pytest.raises(InputError, match="EPSG:25832"):
        vectors.named_crs(crs)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["type", "features", "geometry", "coordinates", "properties", "crs"])
                      | st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.one_of(JSON, JSON.map(lambda g: {"type": "FeatureCollection", "features": [feature(g)]})))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_json_is_features_or_an_input_error(tmp_path: Path, data: Any) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(data), encoding="utf-8")
    try:
        found = read(path, crs="EPSG:25832")
    except InputError:
        return
    assert len(found)


@given(flip=st.integers(0, 200_000), byte=st.integers(0, 255), cut=st.integers(0, 3000),
       write=st.sampled_from([gpkg, parquet, shapefile]))  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_file_is_features_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, flip: int, byte: int, cut: int,
    write: Callable[[Path], Path],
) -> None:  # fmt: skip
    path = write(tmp_path_factory.mktemp("fuzz"))
    data = bytearray(path.read_bytes())
    data[flip % len(data)] = byte
    path.write_bytes(bytes(data[: max(8, len(data) - cut)]))
    try:
        read(path, crs="EPSG:25832")
    except InputError:
        return
