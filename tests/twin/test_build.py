from __future__ import annotations

import dataclasses
import json
import time
from math import fsum
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers import demo, osm, place
from layers.errors import InputError
from twin import build
from twin.city import TABLES, City, schema

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import Found

HEADER = "<?xml version='1.0'?><osm version='0.6' generator='hand'>"


def osm_file(folder: Path, body: str, date: str = "2020-05-01T00:00:00Z") -> Path:
    path = folder / "hand.osm"
    path.write_text(HEADER + body.replace("DATE", date) + "</osm>", encoding="utf-8")
    return path


def hamlet(population: str = "", longitude: float = 9.52, latitude: float = 47.14) -> str:
    """Two streets, two houses and one named boundary round them, by hand."""
    spots = {1: (0, 0), 2: (10, 0), 3: (10, 10), 4: (1, 1), 5: (2, 1), 6: (2, 2), 7: (1, 2),
             8: (4, 1), 9: (5, 1), 10: (5, 2), 11: (4, 2), 12: (-5, -5), 13: (15, -5),
             14: (15, 15), 15: (-5, 15)}  # fmt: skip
    nodes = "".join(
        f"<node id='{n}' version='1' timestamp='DATE' lat='{latitude + 1e-4 * y}' "
        f"lon='{longitude + 1e-4 * x}'/>" for n, (x, y) in spots.items())  # fmt: skip
    count = {"population": population} if population else {}
    ways: dict[int, tuple[list[int], dict[str, str]]] = {
        1: ([1, 2], {"highway": "residential"}), 2: ([2, 3], {"highway": "residential"}),
        3: ([4, 5, 6, 7, 4], {"building": "house", "building:levels": "2"}),
        4: ([8, 9, 10, 11, 8], {"building": "house"}),
        5: ([12, 13, 14, 15, 12], {"boundary": "administrative", "admin_level": "8",
                                   "name": "Weiler", **count}),
    }  # fmt: skip
    return nodes + "".join(
        f"<way id='{n}' version='1' timestamp='DATE'>"
        + "".join(f"<nd ref='{ref}'/>" for ref in refs)
        + "".join(f"<tag k='{key}' v='{value}'/>" for key, value in tags.items()) + "</way>"
        for n, (refs, tags) in ways.items())  # fmt: skip


@pytest.fixture(scope="module")
def helsinki_city() -> City:
    return build.from_osm(demo.path("helsinki"))


def test_a_clipped_centre_builds_whole(helsinki_city: City) -> None:
    city = helsinki_city
    assert (city.crs, city.country, city.timezone) == ("EPSG:25835", "FI", "Europe/Helsinki")
    for name in TABLES:
        assert schema(name).faults(city.table(name)) == [], name
    assert len(city.buildings) > 400
    assert len(city.zones) > 10
    assert len(city.weather) == 12


def test_zones_hold_the_people_and_jobs_of_the_buildings(helsinki_city: City) -> None:
    for column in ("people", "jobs"):
        whole = fsum(helsinki_city.buildings[column])
        assert fsum(helsinki_city.zones[column]) == pytest.approx(whole, rel=1e-12)
    assert helsinki_city.zones["node"].isin(helsinki_city.junctions.index).all()


def test_every_row_read_is_kept_or_refused(helsinki_city: City) -> None:
    sources = helsinki_city.sources
    assert (sources["rows_in"] == sources["rows_kept"] + sources["rows_refused"]).all()
    assert (sources[["rows_in", "rows_kept", "rows_refused"]] >= 0).all(axis=None)


def test_two_builds_are_one_city(helsinki_city: City) -> None:
    assert build.from_osm(demo.path("helsinki")).digest == helsinki_city.digest


def test_what_was_chosen_is_written_down(helsinki_city: City) -> None:
    chosen = helsinki_city.parameters["value"]
    assert chosen["boundary"] == "convex hull of the data"
    assert chosen["year"].startswith("2019: reference date")
    assert helsinki_city.year == 2019
    assert helsinki_city.parameters.loc["boundary", "source"] == "default"


def test_a_hamlet_by_name_keeps_its_tagged_population_exactly(tmp_path: Path) -> None:
    city = build.from_osm(osm_file(tmp_path, hamlet("7")), boundary="weiler")
    assert (city.name, city.year, city.country, city.crs) == ("weiler", 2020, "LI", "EPSG:25832")
    houses = city.buildings
    assert fsum(houses.loc[houses["inside"], "people"]) == pytest.approx(7.0, rel=1e-9)
    assert houses.loc["w3", "levels"] == 2
    assert houses.loc["w3", "levels_source"] == "osm"
    assert city.parameters.loc["people.total", "source"] == "osm"


def test_a_given_population_counts_before_the_tagged_one(tmp_path: Path) -> None:
    city = build.from_osm(osm_file(tmp_path, hamlet("7")), boundary="Weiler", population=9)
    assert fsum(city.buildings["people"]) == pytest.approx(9.0, rel=1e-9)


def test_the_ring_is_simulated_but_not_counted(tmp_path: Path) -> None:
    path = osm_file(tmp_path, hamlet())
    half = shapely.box(9.5195, 47.1395, 9.52035, 47.1412)
    wide = build.from_osm(path, boundary=half)
    assert wide.buildings["inside"].tolist() == [True, False]
    assert wide.model_area.area > wide.boundary.area
    assert wide.model_area.buffer(0.01).covers(wide.boundary)
    assert wide.parameters.loc["model_area.buffer"].tolist() == ["10000", "m", "default"]
    narrow = build.from_osm(path, boundary=half, buffer=0.0)
    assert narrow.parameters.loc["model_area.buffer"].tolist() == ["0", "m", "survey"]
    assert narrow.buildings.index.tolist() == ["w3"]


def test_a_boundary_may_come_from_a_file(tmp_path: Path) -> None:
    path = osm_file(tmp_path, hamlet())
    half = shapely.box(9.5195, 47.1395, 9.52035, 47.1412)
    frame = gpd.GeoDataFrame({"name": ["half"]}, geometry=[half], crs="EPSG:4326")
    frame.to_crs("EPSG:25832").to_file(tmp_path / "half.gpkg")
    frame.to_file(tmp_path / "half.geojson")
    for suffix in ("gpkg", "geojson"):
        city = build.from_osm(path, boundary=tmp_path / f"half.{suffix}")
        assert city.buildings["inside"].tolist() == [True, False], suffix


def test_a_place_without_buildings_is_a_city_without_people(tmp_path: Path) -> None:
    body = hamlet(longitude=-51.2, latitude=-30.0).replace("building", "not_building")
    city = build.from_osm(osm_file(tmp_path, body))
    assert (city.country, city.crs) == ("BR", "EPSG:32722")
    assert city.buildings.empty
    assert city.zones.empty
    assert city.weather.empty
    assert len(city.streets) == 2


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    build.from_osm(osm_file(tmp_path, hamlet()), progress=lambda *step: told.append(step))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert 0.9 < shares[-1] <= 1.0


SQUARE = shapely.box(9.5195, 47.1395, 9.5212, 47.1412)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"boundary": shapely.box(20.0, 60.0, 20.1, 60.1)}, "do not meet"),
        ({"boundary": shapely.box(47.1395, 9.5195, 47.1412, 9.5212)}, "axes exchanged"),
        ({"boundary": shapely.box(760_000, 220_000, 770_000, 230_000)}, "not on Earth"),
        ({"boundary": shapely.Point(9.52, 47.14)}, "not an area"),
        ({"boundary": "Atlantis"}, "Weiler (id w5, level 8)"),
        ({"boundary": "missing.geojson"}, "missing.geojson"),
        ({"country": "XX"}, "country=XX"),
        ({"country": "li"}, "country=li"),
        ({"crs": "EPSG:4326"}, "not in metres"),
        ({"crs": "EPSG:32722"}, "not made for this place"),
        ({"crs": "here"}, "not a known"),
        ({"year": 20211}, "year=20211"),
        ({"year": -5}, "year=-5"),
        ({"buffer": -1.0}, "buffer=-1.0"),
        ({"buffer": float("nan")}, "buffer=nan"),
        ({"buffer": 1e9}, "buffer=1000000000"),
        ({"population": 0.0}, "population=0.0"),
        ({"year": 1, "country": "XX", "crs": "here"}, "3 faults"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_bad_wishes(tmp_path: Path, wish: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        build.from_osm(osm_file(tmp_path, hamlet()), **wish)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"type": "FeatureCollection", "features": []}, "no features"),
        ({"type": "Point", "coordinates": [9.52, 47.14]}, ""),
        (
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {},
                        "geometry": {"type": "Point", "coordinates": [9.52, 47.14]},
                    }
                ],
            },
            "not an area",
        ),
        ("<OGRVRTDataSource/>", ""),
        ("", "empty"),
    ],
    ids=["no features", "bare point", "point", "disguise", "empty"],
)
def test_bad_boundary_files(tmp_path: Path, content: object, words: str) -> None:
    path = tmp_path / "area.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as error:
        build.from_osm(osm_file(tmp_path, hamlet()), boundary=path)
    assert words in str(error.value)


def test_a_boundary_file_without_crs_is_asked_for_one(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[SQUARE])
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(tmp_path / "area.gpkg")
    with pytest.raises(InputError, match="no coordinate system"):
        build.from_osm(osm_file(tmp_path, hamlet()), boundary=tmp_path / "area.gpkg")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "holds no street"),
        (hamlet(longitude=-40.0, latitude=45.0), "Give country="),
    ],
    ids=["nothing in it", "open sea"],
)
def test_bad_files(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        build.from_osm(osm_file(tmp_path, body))


def test_a_file_without_date_asks_for_the_year(tmp_path: Path) -> None:
    body = hamlet().replace(" timestamp='DATE'", "")
    with pytest.raises(InputError, match="Give year="):
        build.from_osm(osm_file(tmp_path, body))
    assert build.from_osm(osm_file(tmp_path, body), year=2018).year == 2018


def test_an_ambiguous_name_lists_the_candidates(tmp_path: Path) -> None:
    one = hamlet()
    start = one.index("<way id='5'")
    twice = one + one[start:].replace("id='5'", "id='6'")
    with pytest.raises(InputError, match=r"names 2 boundaries.*w5.*w6"):
        build.from_osm(osm_file(tmp_path, twice), boundary="Weiler")


@pytest.mark.parametrize("buffer", [0.0, 300.0])
def test_a_place_counts_within_its_outline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buffer: float
) -> None:
    asked: list[Any] = []

    def read(query: Any, **_services: Any) -> Found:
        asked.append(query)
        found = osm.read(osm_file(tmp_path, hamlet()))
        if isinstance(query, str):
            return found
        return dataclasses.replace(
            found, tables={**found.tables, "boundaries": found.tables["boundaries"].iloc[:0]}
        )

    monkeypatch.setattr(place, "read", read)
    city = build.from_place("Weiler, Liechtenstein", buffer=buffer)
    assert city.name == "Weiler, Liechtenstein"
    assert city.parameters.loc["boundary", "value"] == "outline of Weiler, Liechtenstein"
    assert len(asked) == (2 if buffer else 1)
    if buffer:
        reach = gpd.GeoSeries([asked[1]], crs="EPSG:4326").to_crs(city.crs).iloc[0]
        assert reach.buffer(1.0).covers(city.boundary.buffer(buffer))
        assert not reach.covers(city.boundary.buffer(buffer + 10.0))


@pytest.mark.data
def test_a_whole_country(data_dir: Path) -> None:
    started = time.process_time()
    city = build.from_osm(
        data_dir / "osm" / "liechtenstein-2021-05-05.osm.pbf",
        boundary="Liechtenstein",
        population=39_055,
    )
    assert time.process_time() - started < 30
    houses = city.buildings
    assert 14_000 <= len(houses) <= 14_037
    inside = houses[houses["inside"]]
    assert fsum(inside["people"]) == pytest.approx(39_055, rel=1e-9)
    assert fsum(city.zones["people"]) == pytest.approx(fsum(houses["people"]), rel=1e-12)
    assert len(city.zones) <= 400
    assert city.boundary.area == pytest.approx(160.5e6, rel=0.01)  # m2, as the state says
    assert pd.Series(houses["levels_source"]).eq("osm").mean() < 0.05


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "country"), [("poa.osm.pbf", "BR"), ("dk-roedovre-2015-04.osm", "DK")]
)
def test_other_places(data_dir: Path, name: str, country: str) -> None:
    assert build.from_osm(data_dir / "osm" / name).country == country
