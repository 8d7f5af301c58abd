from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import osmnx
import pytest
import shapely

from layers import osm, place
from layers.errors import FetchError, InputError
from tests.layers import services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layers.schema import Found

AREA = shapely.box(24.92, 60.15, 24.97, 60.19)
"""Holds the whole Helsinki extract."""


@pytest.fixture(scope="module")
def extract(helsinki: Path) -> services.Extract:
    return services.Extract(helsinki)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nominatim's policy of one request per second need not hold on loopback."""
    monkeypatch.setattr("osmnx._nominatim.time.sleep", lambda _seconds: None)


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Settings of osmnx and the name lookup are after each test what they were before."""
    before = {k: v for k, v in vars(osmnx.settings).items() if not k.startswith("_")}
    lookup = socket.getaddrinfo
    yield
    assert {k: v for k, v in vars(osmnx.settings).items() if not k.startswith("_")} == before
    assert socket.getaddrinfo is lookup


def ask(url: str, cache: Path, query: Any = "Helsinki, Finland") -> Found:
    return place.read(query, nominatim_url=url, overpass_url=url, cache=cache)


@pytest.fixture(scope="module")
def both(
    extract: services.Extract, helsinki: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Found, Found]:
    answers = {"/search": [services.place(AREA, "Helsinki")], "/interpreter": extract.answer}
    with services.serving(answers) as (url, _):
        online = ask(url, tmp_path_factory.mktemp("cache"))
    return online, osm.read(helsinki, AREA)


TABLES = [
    "streets",
    "junctions",
    "turns",
    "buildings",
    "addresses",
    "places",
    "land",
    "lamps",
    "stops",
    "trees",
    "power",
]


@pytest.mark.parametrize("name", TABLES)
def test_online_and_file_give_the_same_table(name: str, both: tuple[Found, Found]) -> None:
    online, file = both
    assert len(file.tables[name]) > 0
    assert online.tables[name].equals(file.tables[name])


def test_online_and_file_lose_the_same(both: tuple[Found, Found]) -> None:
    online, file = (
        found.drops[found.drops["table"] != "boundaries"].reset_index(drop=True) for found in both
    )
    assert online.equals(file)


def test_source_names_the_service_and_its_date(both: tuple[Found, Found]) -> None:
    source = both[0].source
    assert (source.origin, source.what) == ("Overpass API", "OpenStreetMap, Helsinki, Finland")
    assert source.reference_date == "2019-04-21"
    assert source.rows_in == source.rows_kept + source.rows_refused


def test_boundaries_hold_the_place(both: tuple[Found, Found]) -> None:
    table = both[0].tables["boundaries"]
    assert list(table["name"]) == ["Helsinki"]
    assert list(table.index) == ["r34914"]
    assert table.geometry.iloc[0].equals(AREA)


def test_second_time_nothing_is_asked(extract: services.Extract, tmp_path: Path) -> None:
    answers = {"/search": [services.place(AREA, "Helsinki")], "/interpreter": extract.answer}
    with services.serving(answers) as (url, seen):
        first = ask(url, tmp_path)
        asked = len(seen)
        second = ask(url, tmp_path)
        assert len(seen) == asked == 2
    assert first.source == second.source


def test_a_box_needs_no_geocoder(extract: services.Extract, tmp_path: Path) -> None:
    with services.serving({"/interpreter": extract.answer}) as (url, seen):
        found = ask(url, tmp_path, AREA.bounds)
    assert seen == ["/interpreter"]
    assert len(found.tables["boundaries"]) == 0


def nothing(_query: str) -> dict[str, Any]:
    return {"elements": []}


POINT = services.place(AREA, "x") | {"geojson": {"type": "Point", "coordinates": [24.9, 60.1]}}
COUNTRY = services.place(shapely.box(20, 60, 30, 69), "Suomi")
GOOD = [services.place(AREA, "Helsinki")]
REFUSED: dict[str, tuple[dict[str, Any], type[InputError], str]] = {
    "unknown-place": ({"/search": []}, FetchError, "could not be fetched"),
    "no-outline": ({"/search": [POINT]}, InputError, "has no outline"),
    "too-large": ({"/search": [COUNTRY]}, InputError, "km2"),
    "geocoder-down": ({"/search": 500}, FetchError, "could not be fetched"),
    "geocoder-talks-nonsense": ({"/search": {"a": 1}}, FetchError, "could not be fetched"),
    "map-service-down": (
        {"/search": GOOD, "/interpreter": 500},
        FetchError,
        "could not be fetched",
    ),
    "map-service-talks-nonsense": (
        {"/search": GOOD, "/interpreter": [1]},
        FetchError,
        "could not be fetched",
    ),
    "map-service-ran-out-of-time": (
        {"/search": GOOD, "/interpreter": {"elements": [], "remark": "runtime error: timed out"}},
        FetchError,
        "stopped before",
    ),
    "nothing-there": (
        {"/search": GOOD, "/interpreter": {"elements": []}},
        InputError,
        "holds no street",
    ),
    "element-without-place": (
        {"/search": GOOD, "/interpreter": {"elements": [{"type": "node", "id": 1}]}},
        FetchError,
        "KeyError",
    ),
    "element-of-wrong-type": (
        {
            "/search": GOOD,
            "/interpreter": {"elements": [{"type": "node", "id": "x", "lat": 1, "lon": 1}]},
        },
        FetchError,
        "ValueError",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_answer_is_told_in_plain_words(case: str, tmp_path: Path) -> None:
    answers, kind, reason = REFUSED[case]
    with services.serving(answers) as (url, _), pytest.raises(kind, match=reason) as caught:
        ask(url, tmp_path)
    assert caught.value.faults[0].advice


def test_service_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(FetchError, match="could not be fetched"):
            ask(url, tmp_path)


@pytest.mark.parametrize(
    "query", [shapely.Point(1, 1), (500_000.0, 6e6, 5.1e5, 6.1e6)], ids=["point", "metres"]
)
def test_area_must_be_an_area_in_degrees(query: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        ask("http://127.0.0.1:9", tmp_path, query)
