"""A small reverse proxy with TLS, as towns put one before the studio: Starlette and httpx.

It names itself to the studio as nginx does by default: its Host is that of the studio, what the
browser asked for stands in X-Forwarded-Host, and it adds the browser's address to X-Forwarded-For.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from starlette.requests import Request

HOP = {b"host", b"connection", b"keep-alive", b"transfer-encoding"}
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"]


def forwarding(upstream: str, taken_off: str) -> Starlette:
    """A proxy before a server, which takes the path off that the server stands below."""
    client = httpx.AsyncClient(base_url=upstream, timeout=60.0, trust_env=False)

    async def forward(request: Request) -> StreamingResponse:
        path = request.url.path.removeprefix(taken_off) if taken_off else request.url.path
        headers = [(k, v) for k, v in request.headers.raw if k.lower() not in HOP]
        assert request.client is not None
        headers += [(b"x-forwarded-for", request.client.host.encode()),
                    (b"x-forwarded-host", request.headers["host"].encode()),
                    (b"x-forwarded-proto", b"https")]  # fmt: skip
        target = httpx.URL(path or "/", query=request.url.query.encode())
        asked = client.build_request(
            request.method, target, headers=headers, content=await request.body()
        )
        answer = await client.send(asked, stream=True)
        found = StreamingResponse(
            answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose)
        )
        found.raw_headers = [(k, v) for k, v in answer.headers.raw if k.lower() not in HOP]
        return found

    @asynccontextmanager
    async def closing(_app: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    routes = [Route("/{path:path}", forward, methods=METHODS)]
    return Starlette(routes=routes, lifespan=closing)


def free() -> socket.socket:
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held


@contextmanager
def running(app: Any, held: socket.socket, folder: Path) -> Iterator[Path]:
    """Serve an application over TLS; the file of the authority that signed its certificate."""
    authority = trustme.CA()
    pair = authority.issue_cert("127.0.0.1")
    key, signed = folder / "proxy.pem", folder / "authority.pem"
    pair.private_key_and_cert_chain_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(signed))
    config = uvicorn.Config(
        app, log_level="error", ssl_certfile=str(key), timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [held]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield signed
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
