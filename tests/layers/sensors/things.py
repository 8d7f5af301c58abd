"""SensorThings services for tests: the real one as its own process, and one that misbehaves."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx

from tests.layers import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def real_service(folder: Path) -> Iterator[str]:
    """Start django-ogc-sensorthings on SQLite; yields the root of the service."""
    port = free_port()
    command = [sys.executable, "-m", "tests.layers.sensors.sensorthings_server", str(port),
               str(folder / "things.sqlite")]  # fmt: skip
    with (
        (folder / "things.log").open("w") as log,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", (folder / "things.log").read_text()
            yield f"http://127.0.0.1:{port}/sensorthings/v1.1"
        finally:
            process.kill()


def add_stream(root: str, station: str, measured: str, unit: str) -> str:
    """Add a thing with one place and one datastream; gives the id of the datastream."""
    stream = {
        "name": f"{measured} of {station}", "description": "d",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": unit, "symbol": unit, "definition": "none"},
        "ObservedProperty": {"name": measured, "definition": "http://x", "description": "d"},
        "Sensor": {"name": "s", "description": "d", "encodingType": "text/html", "metadata": "x"},
    }  # fmt: skip
    place = {
        "name": "place", "description": "d", "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [10.2, 56.1]},
    }  # fmt: skip
    thing = {"name": station, "description": "d", "Locations": [place], "Datastreams": [stream]}
    with httpx.Client(trust_env=False) as client:
        made = client.post(f"{root}/Things", json=thing).raise_for_status().headers["Location"]
        found = client.get(f"{made}/Datastreams").json()["value"]
    return str(found[0]["@iot.id"])


def load(root: str, stream: str, rows: list[list[Any]]) -> None:
    """Load phenomenon time, result time and result through the data arrays of the service."""
    body = [{
        "Datastream": {"@iot.id": stream},
        "components": ["phenomenonTime", "resultTime", "result"],
        "dataArray": rows,
    }]  # fmt: skip
    with httpx.Client(trust_env=False, timeout=60) as client:
        answer = client.post(f"{root}/CreateObservations", json=body).raise_for_status()
    assert "error" not in answer.json()


Reply = tuple[int, bytes, int]
"""Status, body, and by how many bytes the announced length is too large."""


def stream_entity(link: str, *, name: object = "roof", measured: object = "temperature") -> Any:
    """A datastream; its thing and property are what `linked` serves."""
    return {
        "@iot.id": 1,
        "unitOfMeasurement": {"symbol": "degC"},
        "Observations@iot.navigationLink": link,
        "Thing@iot.navigationLink": f"/named/{json.dumps(name)}",
        "ObservedProperty@iot.navigationLink": f"/named/{json.dumps(measured)}",
    }


def linked(path: str) -> Reply | None:
    """Entity with the name that its address says."""
    if not path.startswith("/named/"):
        return None
    return 200, b'{"name": ' + path.removeprefix("/named/").encode() + b"}", 0


@contextmanager
def odd_service(answer: Callable[[str, int], Reply | None]) -> Iterator[tuple[str, list[str]]]:
    """Serve what `answer` says to a path at its n-th request; None closes the connection."""
    seen: list[str] = []

    class Handler(web.Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
            path = unquote(self.path)
            seen.append(path)
            reply = linked(path) or answer(path, seen.count(path))
            if reply is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            status, body, missing = reply
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + missing))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

    with web.serving(Handler) as address:
        yield address, seen


def page(*entities: Any, following: object = None, **more: Any) -> Reply:
    data = {"value": list(entities)} | more
    if following is not None:
        data["@iot.nextLink"] = following
    return 200, json.dumps(data).encode(), 0
