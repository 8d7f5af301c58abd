"""A studio on a free port of this machine, with a town so small that every figure is known.

The engine is pretended: every street that cars may use has 100 vehicles a day, and those of a
closed street are shared by the others.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import uvicorn

from tests.twin.cities import tiny
from twin import cli_studio, store
from twin.domain import Domain, Outcome
from twin.errors import BlockedError
from twin.studio import app, guard, state
from twin.studio.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twin.city import City
    from twin.studio.guard import Keys
    from twin.studio.state import Studio

VEHICLES = 100.0
PATIENCE = 500.0
"""How long a job may take [s]."""
STREETS = 15
"""Streets of the tiny city that cars may use."""


def _traffic(city: City, _warm: Any, progress: Any) -> Outcome:
    progress("ways of cars", 0.5)
    streets = city.streets
    open_ = streets["drive_forward"] | streets["drive_backward"]
    each = VEHICLES * STREETS / max(int(open_.sum()), 1)
    frame = pd.DataFrame({"vehicles": open_.map({True: each, False: float("nan")})})
    return Outcome({"streets": frame})


TRAFFIC = Domain("traffic", "Traffic", ("streets",), lambda _city: "", _traffic)


def _breaks(_city: City, _warm: Any, _progress: Any) -> Outcome:
    raise BlockedError("town", "", "is broken.", "Mend it.")


BROKEN = Domain("traffic", "Traffic", ("streets",), lambda _city: "", _breaks)


@dataclass
class Served:
    """A running studio and a browserless client that has come in."""

    studio: Studio
    keys: Keys
    address: str
    client: httpx.Client
    token: str = ""
    _closing: list[Any] = field(default_factory=list)

    def headers(self, **more: str) -> dict[str, str]:
        return {"Origin": self.address, "X-Studio-Token": self.token, **more}

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.client.post(path, json=body or {}, headers=self.headers(**headers))

    def put(self, path: str, body: Any) -> httpx.Response:
        return self.client.put(path, json=body, headers=self.headers())

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def end(self, job: str, patience: float = PATIENCE) -> dict[str, Any]:
        """What a job ended with, if it does so in time [s]."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            found: dict[str, Any] = self.get(f"/api/jobs/{job}").json()
            if found["event"] in {"done", "failed", "cancelled"}:
                return found
            time.sleep(0.02)
        raise AssertionError("the job did not end")


def folder(path: Path) -> Path:
    """A twin folder of the tiny city."""
    root = path / "lilleby.twin"
    store.save(tiny(), root)
    return root


def made(root: Path, *domains: Domain) -> Studio:
    found = state.opened(root, "en")
    found.engine = Engine(found.city, domains or (TRAFFIC,))
    return found


@contextmanager
def running(
    studio: Studio, password: str = "", *, ready: bool = True, outside: str = ""
) -> Iterator[Served]:
    """Serve a studio until the block ends; from when it is ready, or from the beginning.

    ``outside`` is how browsers reach it through a proxy on this machine.
    """
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        keys = guard.public(address, password) if password else guard.local(port)
        if outside:
            keys = guard.public(
                outside, password, hosts=[f"127.0.0.1:{port}"], proxies=["127.0.0.1"]
            )
        server = uvicorn.Server(cli_studio.config(app.make(studio, keys)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [held]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            with httpx.Client(base_url=address, timeout=30.0, trust_env=False) as client:
                yield entered(Served(studio, keys, address, client), ready=ready)
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


def entered(found: Served, *, ready: bool = True) -> Served:
    """Come in by the start address, and wait until the town is simulated."""
    came = found.client.get(f"/?token={found.keys.token}")
    assert came.status_code == 303
    if found.keys.secure:  # httpx sends such a cookie over TLS only
        found.client.headers["Cookie"] = came.headers["set-cookie"].split(";")[0]
    page = found.get("/").text
    found.token = page.split('"token":"')[1].split('"')[0]
    assert found.studio.opening is not None
    if ready:
        assert found.end(found.studio.opening.id)["event"] == "done"
    return found


def gated(go_on: threading.Event) -> Domain:
    """The pretended engine, which waits in the middle until it may go on."""

    def wait(city: City, warm: Any, progress: Any) -> Outcome:
        progress("ways of cars", 0.5)
        assert go_on.wait(60)
        return _traffic(city, warm, progress)

    return Domain("traffic", "Traffic", ("streets",), lambda _city: "", wait)


def filter_on(street: str, start: int = 2027) -> dict[str, Any]:
    """A modal filter, as an entry of a plan."""
    return {
        "kind": "close_street", "id": "filter", "where": {"ids": [street]}, "start": start,
    }  # fmt: skip
