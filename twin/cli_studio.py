"""The command of the planning studio: `twin studio CITY`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from layers.errors import InputError, MissingExtraError, TwinError
from twin.terminal import city_argument

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from pathlib import Path

    import uvicorn
    from starlette.types import ASGIApp

    from twin.studio.guard import Keys

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only with --public and a password
LEAST = 10
"""Shortest password [characters]."""


@click.command()
@city_argument
@click.option("--port", default=8710, show_default=True, type=click.IntRange(0, 65535),
              help="Port; 0 takes a free one.")  # fmt: skip
@click.option(
    "--language",
    "--lang",
    type=click.Choice(["en", "da", "de", "es", "fi"]),
    default="en",
    show_default=True,
    help="Language of the studio.",
)
@click.option("--public", metavar="ADDRESS", default="",
              help="Let others in: how browsers reach it, as https://www.town.example/plan.")  # fmt: skip
@click.option("--proxy", "proxies", metavar="ADDRESS", multiple=True,
              help="With --public: reverse proxy whose X-Forwarded-For and X-Forwarded-Host count, "
              "as 127.0.0.1 or 10.0.0.0/8.")  # fmt: skip
@click.option("--host", "hosts", metavar="NAME", multiple=True,
              help="With --public: one more name that requests may carry.")  # fmt: skip
@click.option("--password", envvar="TWIN_STUDIO_PASSWORD", default="",
              help="With --public; better by TWIN_STUDIO_PASSWORD, asked for if missing.")  # fmt: skip
def studio(
    city_path: Path,
    port: int,
    language: str,
    public: str,
    proxies: tuple[str, ...],
    hosts: tuple[str, ...],
    password: str,
) -> None:
    """Plan on a map in the browser: draw, see the result, compare, publish, hear people.

    Only this machine reaches it, unless --public is given.
    """
    try:
        import uvicorn
    except ImportError:
        advice = "Install it with: pip install 'netzero-twin[studio]'"
        raise MissingExtraError(f"The studio needs FastAPI and uvicorn. {advice}") from None
    from twin.studio import app, guard, state

    if (proxies or hosts) and not public:
        raise TwinError("--proxy and --host are for a studio that others reach: add --public.")
    if public and not password:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    made = state.opened(city_path, language)
    keys = _keys(public, password, hosts, proxies) if public else None
    held = _socket(_listening(public, proxies), port)
    keys = keys or guard.local(held.getsockname()[1])
    address = public.rstrip("/") if public else f"http://{LOOPBACK}:{held.getsockname()[1]}"
    click.echo("Open this address in a browser; keep it to yourself, it lets people in:")
    click.echo(f"{address}/?token={keys.token}")
    with held:
        uvicorn.Server(config(app.make(made, keys))).run(sockets=[held])


def config(app: ASGIApp) -> uvicorn.Config:
    """How the studio is served.

    Parameters
    ----------
    app
        Of `twin.studio.app.make`.
    """
    import uvicorn

    return uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, proxy_headers=False,
        ws="none", timeout_graceful_shutdown=1, limit_concurrency=400,
    )  # fmt: skip


def _listening(public: str, proxies: Sequence[str]) -> str:
    """Where the studio listens: beside a proxy on this machine nobody else reaches it."""
    near = bool(proxies) and all(one in {LOOPBACK, "::1"} for one in proxies)
    return EVERYWHERE if public and not near else LOOPBACK


def _keys(public: str, password: str, hosts: Sequence[str], proxies: Sequence[str]) -> Keys:
    from twin.studio import guard

    if len(password) < LEAST:
        raise InputError("password", "", "is too short.", f"Use {LEAST} characters or more.")
    try:
        return guard.public(public, password, hosts=hosts, proxies=proxies)
    except ValueError:
        given = " ".join((public, *hosts, *proxies))[:80]
        advice = (
            "Give --public as https://www.town.example/plan, --host as a name and --proxy as an "
            "address or network."
        )
        raise InputError("--public", given, "is no address.", advice) from None


def _socket(host: str, port: int) -> socket.socket:
    import socket

    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port))
    except OSError as error:
        held.close()
        advice = "Choose another with --port, or 0 for a free one."
        raise InputError("port", str(port), f"cannot be used: {error.strerror}.", advice) from None
    return held
