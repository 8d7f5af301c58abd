"""PVGIS over HTTP on loopback: the question, the answer, the cache, and a service that misbehaves."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pvlib.iotools.pvgis import URL

from layers import weather
from layers.climate import contract, pvgis
from layers.errors import FetchError, InputError
from tests.layers.climate import made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Service:
    """A made-up PVGIS that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.status, self.body = 200, b""
        self.url = ""

    def answer(self, path: str) -> tuple[int, bytes]:
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.asked.append((parts.path, query))
        if self.body or self.status != 200:
            return self.status, self.body
        if parts.path.endswith("/tmy"):
            return 200, json.dumps(made.pvgis_tmy(made.year(), 0.25)).encode()
        frame = made.year(label=int(query["startyear"]), minutes=10.0)
        return 200, json.dumps(made.pvgis_hourly(frame, 10)).encode()


@contextmanager
def serving() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = service.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}/api/"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def test_a_typical_year_is_asked_once_and_kept(tmp_path: Path) -> None:
    with serving() as service:
        first = weather.online(55.5, 10.5, url=service.url, cache=tmp_path / "cache")
        again = weather.online(55.5, 10.5, url=service.url, cache=tmp_path / "cache")
    assert service.asked == [
        ("/api/tmy", {"lat": "55.5000", "lon": "10.5000", "outputformat": "json"})
    ]
    assert first.dataset.identical(again.dataset)
    assert first.dataset.attrs["sun_minutes"] == 15
    assert first.dataset.attrs["kind"] == contract.TYPICAL
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_real_year_is_asked_on_the_horizontal(tmp_path: Path) -> None:
    with serving() as service:
        found = weather.online(55.5, 10.5, year=2019, url=service.url, cache=tmp_path)
    path, query = service.asked[0]
    assert path == "/api/seriescalc"
    assert (query["startyear"], query["endyear"]) == ("2019", "2019")
    assert (query["angle"], query["components"]) == ("0", "1")
    assert found.dataset.attrs["kind"] == contract.ACTUAL
    assert found.dataset.attrs["years"] == "2019"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(400, b'{"message": "Location over the sea.", "status": 400}', id="sea"),
        pytest.param(200, b"<html>maintenance</html>", id="html"),
        pytest.param(200, b'{"outputs": {}}', id="other-json"),
        pytest.param(200, b"[" * 100_000, id="deep"),
        pytest.param(302, b"", id="redirect"),
        pytest.param(200, b"null", id="nothing"),
        pytest.param(
            200, b'{"inputs": {}, "outputs": {"tmy_hourly": [{"G(h)": NaN}]}}', id="no-number"
        ),
        pytest.param(404, b"{}", id="not-there"),
        pytest.param(200, b" " * 25_000_000, id="endless"),
    ],
)
def test_bad_answers_are_refused_and_not_kept_as_weather(
    tmp_path: Path, status: int, body: bytes
) -> None:
    with serving() as service:
        service.status, service.body = status, body
        with pytest.raises(InputError):
            weather.online(55.5, 10.5, url=service.url, cache=tmp_path)


def test_an_unusable_answer_is_asked_again(tmp_path: Path) -> None:
    with serving() as service:
        service.body = b"<html>maintenance</html>"
        with pytest.raises(InputError):
            weather.online(55.5, 10.5, url=service.url, cache=tmp_path)
        service.body = b""
        assert weather.online(55.5, 10.5, url=service.url, cache=tmp_path).drops.empty


def test_a_busy_service_is_tried_again_and_then_given_up(tmp_path: Path) -> None:
    pauses: list[float] = []
    with serving() as service:
        service.status = 503
        with pytest.raises(FetchError, match="503"):
            pvgis.download(55.5, 10.5, url=service.url, cache=tmp_path, sleep=pauses.append)
    assert len(service.asked) == len(pauses) + 1 == 4


def test_the_built_in_service_is_that_of_pvlib_over_https() -> None:
    assert pvgis.SERVICE == URL
    assert httpx.URL(URL).scheme == "https"


@pytest.mark.parametrize("place", [(float("nan"), 0.0), (6.1e6, 6e5), (0.0, 181.0)])
def test_positions_that_are_none_are_not_asked(tmp_path: Path, place: tuple[float, float]) -> None:
    with serving() as service, pytest.raises(InputError, match="position"):
        weather.online(*place, url=service.url, cache=tmp_path)
    assert service.asked == []


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with serving() as service, pytest.raises(InputError, match="cache"):
        weather.online(55.5, 10.5, url=service.url, cache=tmp_path / "file" / "below")
