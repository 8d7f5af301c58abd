"""Exports: every layer opens typed and licensed, formulas stay text, graphs are osmnx's own."""

from __future__ import annotations

import csv
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pytest
from osmnx import convert, routing
from shapely import Point

from layers.errors import InputError
from tests.twin.cities import frame, place, tiny
from tests.twin.rasters import grid
from twin import build, columns, export, quality, store
from twin.city import TABLES, City, schema
from twin.complete import slope
from twin.ground import derived
from twin.ledger import Ledger
from twin.result import Result

if TYPE_CHECKING:
    from pathlib import Path

OSM = "© OpenStreetMap contributors, ODbL 1.0"


def run() -> Result:
    ids = tiny().buildings.index
    figures = pd.DataFrame({"co2": np.arange(12.0), "heat_need": 10.0}, index=ids)
    zones = pd.DataFrame({"people": [7.0, 70.0, 38.0]}, index=tiny().zones.index)
    return Result({"buildings": figures, "zones": zones}, Ledger.empty(), {"year": 2024})


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export.write(tiny(), tmp_path_factory.mktemp("gpkg") / "lilleby.gpkg", result=run())


def read(path: Path, layer: str) -> pd.DataFrame:
    return pyogrio.read_dataframe(path, layer=layer)


def test_the_geopackage_holds_every_table(package: Path) -> None:
    layers = {str(name) for name, _ in pyogrio.list_layers(package)}
    assert layers == {*TABLES, "totals", "columns", "licence"}
    assert pyogrio.read_info(package, layer="streets")["driver"] == "GPKG"


@pytest.mark.parametrize("name", TABLES)
def test_every_layer_opens_with_its_types_and_values(package: Path, name: str) -> None:
    expected, found = tiny().table(name).reset_index(), read(package, name)
    contract = schema(name)
    assert len(found) == len(expected)
    if contract.geometric:
        assert found.crs == tiny().crs
        assert found.geometry.geom_equals(expected.geometry).all()
    info = pyogrio.read_info(package, layer=name)
    written = dict(zip(info["fields"], map(str, info["dtypes"]), strict=True))
    names = {"str": "object", "bool": "bool", "int64": "int64", "float64": "float64"}
    for column in (contract.index, *contract.columns):
        if column.dtype == "geometry":
            continue
        assert written[column.name] == names[column.dtype], column.name
        missing = expected[column.name].isna()
        assert found[column.name].isna().equals(missing)
        there = [
            values[~missing].tolist() for values in (found[column.name], expected[column.name])
        ]
        assert there[0] == there[1]


@pytest.mark.parametrize("name", [name for name in TABLES if schema(name).geometric])
def test_layers_keep_their_kind_of_geometry_even_when_empty(name: str, tmp_path: Path) -> None:
    city = tiny().replace(**{name: schema(name).empty(tiny().crs)})
    path = export.write(city, tmp_path / "x.gpkg", tables=(name,))
    kind = pyogrio.read_info(path, layer=name)["geometry_type"]
    wanted = {"point": "Point", "line": "LineString", "polygon": "MultiPolygon", "any": "Unknown"}
    assert kind == wanted[schema(name)["geometry"].unit]


def test_figures_of_a_run_stand_beside_the_objects(package: Path) -> None:
    houses = read(package, "buildings").set_index("id")
    assert houses["co2"].tolist() == list(range(12))
    zones = read(package, "zones")
    assert zones["people"].tolist() == [4.0, 38.0, 38.0]
    assert zones["people_run"].tolist() == [7.0, 70.0, 38.0]


def test_licence_and_attribution_travel_with_the_package(package: Path) -> None:
    metadata = pyogrio.read_info(package, layer="buildings")["dataset_metadata"]
    assert OSM in metadata["ATTRIBUTION"]
    assert "ODbL-1.0" in metadata["LICENCE"]
    rows = read(package, "licence").set_index("source")
    assert rows.loc["osm", "attribution"] == OSM
    assert rows.loc["osm", "note"].startswith("Share alike")
    for name in TABLES:
        assert OSM in pyogrio.read_info(package, layer=name)["layer_metadata"]["ATTRIBUTION"]


def test_attribution_is_computed_from_the_sources() -> None:
    assert export.attribution(tiny()) == f"Weather: made up for tests; {OSM}"
    fewer = tiny().replace(sources=tiny().sources.loc[["osm"]])
    assert export.attribution(fewer) == OSM


def test_the_package_explains_its_columns(package: Path) -> None:
    rows = read(package, "columns").set_index(["table", "column"])
    assert rows.loc[("buildings", "height"), "unit"] == "m"
    co2 = columns.get("buildings", "co2")
    assert rows.loc[("buildings", "co2"), "unit"] == co2.unit
    assert rows.loc[("buildings", "co2"), "description"] == co2.description
    assert rows.loc[("zones", "people_run"), "unit"] == "people"


def test_the_package_is_a_sound_database(package: Path) -> None:
    with sqlite3.connect(package) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kinds = dict(database.execute("SELECT table_name, data_type FROM gpkg_contents"))
    database.close()
    assert {name for name, kind in kinds.items() if kind == "features"} == {
        name for name in TABLES if schema(name).geometric
    }


@pytest.mark.parametrize("form", export.FORMATS)
def test_nothing_else_is_left_beside_an_export(form: str, tmp_path: Path) -> None:
    path = export.write(tiny(), tmp_path / "x.gpkg", form=form)
    assert list(tmp_path.iterdir()) == [path]


def test_geojson_is_strict_geographic_and_licensed(tmp_path: Path) -> None:
    place_ = export.write(tiny(), tmp_path / "x", form="geojson")

    def refuse(text: str) -> None:
        raise AssertionError(text)

    raw = json.loads((place_ / "lamps.geojson").read_text(encoding="utf-8"), parse_constant=refuse)
    assert OSM in raw["description"]
    east, north = raw["features"][0]["geometry"]["coordinates"]
    assert (12.3 < east < 12.4, 55.6 < north < 55.7) == (True, True)
    assert raw["features"][1]["properties"]["height_spread"] is None
    files = {path.name for path in place_.iterdir()}
    assert {f"{name}.geojson" for name in TABLES if schema(name).geometric} <= files
    assert {"licence.csv", "turns.csv"} <= files


FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")']


@pytest.mark.parametrize("payload", FORMULAS)
def test_formulas_stay_text_in_csv(payload: str, tmp_path: Path) -> None:
    names = tiny().buildings["name"].copy()
    names.iloc[0] = payload
    odd = tiny().buildings.assign(name=names, **{payload: "x"})
    sources = tiny().sources.assign(attribution=payload)
    city = tiny().replace(buildings=odd, sources=sources)
    place_ = export.write(city, tmp_path / "x", form="csv", tables=("buildings",))
    for file in place_.iterdir():
        with file.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))] == []
    assert any(f"'{payload}" in cell for cell in cells_of(place_ / "buildings.csv"))


def cells_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [cell for row in csv.reader(stream) for cell in row]


def test_csv_reads_back_with_geometry(tmp_path: Path) -> None:
    place_ = export.write(tiny(), tmp_path / "x", form="csv")
    houses = pd.read_csv(place_ / "buildings.csv", encoding="utf-8-sig")
    shapes = gpd.GeoSeries.from_wkt(houses["geometry"], crs=houses["crs"][0])
    assert shapes.area.tolist() == tiny().buildings["footprint"].tolist()
    assert houses["floor_area"].sum() == 7400.0
    assert OSM in (place_ / "licence.csv").read_text(encoding="utf-8-sig")


def test_columns_that_differ_in_case_or_name_are_kept_apart(tmp_path: Path) -> None:
    odd = tiny().lamps.assign(FID=1.0, Height=2.0, HEIGHT=3.0, geom="x")
    city = tiny().replace(lamps=odd)
    path = export.write(city, tmp_path / "x.gpkg", tables=("lamps",), private=True)
    found = read(path, "lamps")
    assert found["FID_"].tolist() == [1.0, 1.0]
    assert found["Height_"].tolist() == [2.0, 2.0]
    assert found["HEIGHT__"].tolist() == [3.0, 3.0]
    assert found["geom_"].tolist() == ["x", "x"]


def with_meters() -> City:
    city = tiny()
    buildings = city.buildings.assign(certificate_class="E", owner="Ms Smith")
    meters = frame(
        "metered",
        ["m:1"],
        building=["w1001"],
        carrier=["natural_gas"],
        start=["2023-01-01"],
        end=["2024-01-01"],
        energy=[18_000.0],
        grade=["meter"],
    )
    return city.replace(buildings=buildings, metered=meters)


def test_what_tells_of_single_households_stays_out_unless_asked_for(tmp_path: Path) -> None:
    city = with_meters()
    assert export.left_out(city) == {
        "buildings": ["certificate_class", "owner"],
        "metered": ["*"],
    }
    public = export.write(city, tmp_path / "public.gpkg")
    layers = set(pyogrio.list_layers(public)[:, 0])
    assert "metered" not in layers
    assert not {"certificate_class", "owner"} & set(read(public, "buildings"))
    assert b"Ms Smith" not in public.read_bytes()
    whole = export.write(city, tmp_path / "whole.gpkg", private=True)
    assert read(whole, "buildings")["owner"].unique().tolist() == ["Ms Smith"]
    assert read(whole, "metered")["energy"].tolist() == [18_000.0]


# Bad input.


def without_licence() -> City:
    return tiny().replace(sources=tiny().sources.iloc[:0])


def strange_run() -> Result:
    figures = pd.DataFrame({"co2": [1.0]}, index=["w999"])
    return Result({"buildings": figures}, Ledger.empty(), {})


@pytest.mark.parametrize(
    ("options", "name", "words"),
    [
        pytest.param({}, "taken.gpkg", "is there already", id="taken"),
        pytest.param({}, "taken.gpkg/x.gpkg", "Not a directory|File exists", id="file as folder"),
        pytest.param({"form": "shp"}, "x.shp", "'shp' is not known", id="format"),
        pytest.param({"tables": ("houses",)}, "x.gpkg", "no such table", id="table"),
        pytest.param({"result": strange_run()}, "x.gpkg", "w999", id="another city's run"),
        pytest.param({"city": without_licence()}, "x.gpkg", "no licence", id="no licence"),
        pytest.param({"form": "csv"}, "taken", "is there already", id="taken folder"),
    ],
)
def test_bad_requests_are_refused_and_leave_nothing(
    options: dict[str, Any], name: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "taken.gpkg").write_text("mine", encoding="utf-8")
    (tmp_path / "taken").mkdir()
    city = options.pop("city", tiny())
    with pytest.raises(InputError, match=words) as caught:
        export.write(city, tmp_path / name, **options)
    assert all(fault.advice for fault in caught.value.faults)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken", "taken.gpkg"]
    assert (tmp_path / "taken.gpkg").read_text(encoding="utf-8") == "mine"


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        export.write(without_licence(), tmp_path, form="shp", tables=("houses",))
    assert len(caught.value.faults) == 4


def test_the_folder_round_an_export_is_made(tmp_path: Path) -> None:
    written = export.write(tiny(), tmp_path / "for" / "qgis" / "town.gpkg")
    assert written.is_file()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("form", ["gpkg", "geojson"])
def test_an_export_that_breaks_leaves_nothing(
    error: BaseException, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = pyogrio.write_dataframe, []

    def breaks(*args: Any, **options: Any) -> None:
        calls.append(1)
        if len(calls) > 3:
            raise error
        real(*args, **options)

    monkeypatch.setattr(pyogrio, "write_dataframe", breaks)
    with pytest.raises((InputError, KeyboardInterrupt)):
        export.write(tiny(), tmp_path / "x.gpkg", form=form)
    assert list(tmp_path.iterdir()) == []


def test_what_gdal_refuses_is_said_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise pyogrio.errors.FieldError("no such field")

    monkeypatch.setattr(pyogrio, "write_dataframe", refuse)
    with pytest.raises(InputError, match="table streets: cannot be written as gpkg"):
        export.write(tiny(), tmp_path / "x.gpkg")


# Street graphs.

# Of 17 streets 2 are paths without cars and 2 are one-way for cars and bicycles.
EDGES = {"drive": 2 * 13 + 2, "bicycle": 2 * 15 + 2, "walk": 2 * 17}


@pytest.mark.parametrize(("mode", "count"), EDGES.items())
def test_edges_of_a_mode_are_those_counted_by_hand(mode: str, count: int) -> None:
    graph = export.osmnx_graph(tiny(), mode)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (12, count)
    assert nx.is_strongly_connected(graph)


@pytest.mark.parametrize("mode", export.MODES)
def test_geometry_runs_in_the_direction_of_the_edge(mode: str) -> None:
    graph = export.osmnx_graph(tiny(), mode)
    for start, end, edge in graph.edges(data=True):
        ends = [Point(edge["geometry"].coords[at]) for at in (0, -1)]
        assert ends == [Point(graph.nodes[node]["x"], graph.nodes[node]["y"])
                        for node in (start, end)]  # fmt: skip
        assert edge["length"] == edge["geometry"].length == 100.0


@pytest.mark.parametrize("mode", export.MODES)
def test_the_graph_survives_a_round_trip_through_osmnx(mode: str) -> None:
    graph = export.osmnx_graph(tiny(), mode)
    nodes, edges = convert.graph_to_gdfs(graph)
    again = convert.graph_from_gdfs(nodes, edges, graph_attrs=graph.graph)
    assert nx.utils.graphs_equal(graph, again)
    assert edges.crs == tiny().crs
    expected = export.directed(tiny().streets, mode)
    pd.testing.assert_frame_equal(
        edges.sort_index()[expected.columns], expected.sort_index(), check_like=True
    )


def test_one_way_streets_are_driven_one_way_only() -> None:
    drive, walk = (export.osmnx_graph(tiny(), mode) for mode in ("drive", "walk"))
    assert not drive.has_edge(23, 13)
    assert drive.edges[13, 23, 0]["oneway"] is True
    assert drive.edges[12, 22, 0]["oneway"] is False
    assert drive.edges[22, 12, 0]["reversed"] is True
    assert walk.edges[23, 13, 0]["oneway"] is False
    route = routing.shortest_path(drive, 23, 13, weight="length")
    assert nx.path_weight(drive, route, "length") == 300.0
    assert nx.shortest_path_length(walk, 23, 13, weight="length") == 100.0


def test_removed_streets_and_what_only_they_reached_stay_out() -> None:
    streets = tiny().streets
    gone = streets["highway"].eq("cycleway") | streets.index.isin(["w101:13-14"])
    city = tiny().replace(streets=streets.assign(state=np.where(gone, "removed", "standing")))
    graph = export.osmnx_graph(city, "walk")
    assert 14 not in graph
    assert graph.number_of_edges() == EDGES["walk"] - 2 * 3


def test_two_streets_between_the_same_junctions_have_two_keys() -> None:
    arc = tiny().streets.loc[["w101:11-12"]].rename(index={"w101:11-12": "w900:11-12"})
    loop = tiny().streets.loc[["w101:11-12"]].rename(index={"w101:11-12": "w901:11-11"})
    loop = loop.assign(to_node=11)
    city = tiny().replace(streets=pd.concat([tiny().streets, arc, loop]))
    graph = export.osmnx_graph(city, "drive")
    assert set(graph[11][12]) == set(graph[12][11]) == {0, 1}
    assert set(graph[11][11]) == {0, 1}


@pytest.mark.parametrize(
    ("city", "mode", "words"),
    [
        pytest.param(tiny(), "fly", "'fly' is not known", id="mode"),
        pytest.param(
            tiny().replace(junctions=tiny().junctions.drop(index=[11, 12])), "drive",
            r"2 junctions are missing \(11, 12\)", id="no junction",
        ),
    ],
)  # fmt: skip
def test_bad_graphs_are_refused(city: City, mode: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        export.osmnx_graph(city, mode)


def test_a_mode_without_streets_is_refused() -> None:
    city = tiny().replace(streets=tiny().streets.iloc[:0], lamps=frame("lamps", ["n1"],
                          height=6.0, geometry=[place(0, 0)]))  # fmt: skip
    with pytest.raises(InputError, match="no streets"):
        export.osmnx_graph(city, "drive")


# A real city, clipped at its edge.


@pytest.fixture(scope="module")
def real(helsinki: Path) -> City:
    return build.from_osm(helsinki, name="Helsinki")


@pytest.mark.parametrize("mode", export.MODES)
def test_graphs_of_a_real_clipped_city_survive_a_round_trip(real: City, mode: str) -> None:
    graph = export.osmnx_graph(real, mode)
    nodes, edges = convert.graph_to_gdfs(graph)
    assert nx.utils.graphs_equal(
        graph, convert.graph_from_gdfs(nodes, edges, graph_attrs=graph.graph)
    )
    starts = edges.geometry.map(lambda line: Point(line.coords[0]))
    ends = nodes.geometry.loc[edges.index.get_level_values("u")]
    assert np.allclose(starts.x, ends.x) & np.allclose(starts.y, ends.y)


def test_the_graph_agrees_with_the_quality_report_on_what_hangs_together(real: City) -> None:
    graph = export.osmnx_graph(real, "drive")
    largest = max(nx.strongly_connected_components(graph), key=len)
    expected = len(largest) / graph.number_of_nodes()
    assert 0 < expected < 1
    assert quality.check(real).figures["drive_connected"] == pytest.approx(expected, rel=1e-12)


def test_a_real_city_is_kept_and_exported_whole(real: City, tmp_path: Path) -> None:
    store.save(real, tmp_path / "helsinki.twin")
    again = store.open(tmp_path / "helsinki.twin")
    assert again == real
    for name in TABLES:
        pd.testing.assert_frame_equal(again.table(name), real.table(name))
    path = export.write(again, tmp_path / "helsinki.gpkg")
    for name in TABLES:
        assert pyogrio.read_info(path, layer=name)["features"] == len(real.table(name))
    assert "OpenStreetMap" in export.attribution(real)


def test_columns_that_follow_from_terrain_are_told_with_their_units() -> None:
    ground = grid(tiny().crs, west=711_300.0, north=6_174_000.0, cell=300.0)
    city = derived(tiny().replace(grid=ground))
    frames = {name: city.table(name) for name in ("streets", "junctions")}
    told = export.dictionary(frames).set_index(["table", "column"])
    for column in slope.COLUMNS:
        assert told.loc[("streets", column), "unit"] in {"1", "m"}
    assert told.loc[("junctions", "elevation"), "unit"] == "m"
    assert told["description"].ne("").loc[[("streets", name) for name in slope.COLUMNS]].all()
