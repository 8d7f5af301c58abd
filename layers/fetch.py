"""The one function that touches the network.

https only, known hosts only, every byte and second counted. A host that the user named (command
line, configuration) may be anything, loopback included; a host found in data or in a redirect never.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from layers import tables
from layers.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

AGENT: Final = "netzero-twin (https://pypi.org/project/netzero-twin)"
AGAIN: Final = frozenset({429, 500, 502, 503, 504})
"""Status codes after which the same request may succeed later (RFC 9110, RFC 6585)."""

MOVED: Final = frozenset({301, 302, 303, 307, 308})
PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Limits:
    """How much a request may cost; what is not given stands in ``fetch_limits.csv``.

    Parameters
    ----------
    size
        Bytes of the answer after decompression [B].
    seconds
        Time of one attempt, from connecting to the last byte [s].
    attempts
        Attempts before giving up [1].
    pause
        Pause before the second attempt, doubled before each further one [s].
    longest_pause
        No pause is longer, whatever the server asks for [s].
    redirects
        Redirects that are followed within the same host [1].
    """

    size: int = field(default_factory=lambda: int(_rule("size")))
    seconds: float = field(default_factory=lambda: _rule("seconds"))
    attempts: int = field(default_factory=lambda: int(_rule("attempts")))
    pause: float = field(default_factory=lambda: _rule("pause"))
    longest_pause: float = field(default_factory=lambda: _rule("longest_pause"))
    redirects: int = field(default_factory=lambda: int(_rule("redirects")))


def _rule(name: str) -> float:
    return tables.figures("fetch_limits")[name]


def cache_folder(kind: str) -> Path:
    """Where answers of one kind are kept: a folder in the user's cache folder."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "netzero-twin" / kind


def get(
    url: str,
    *,
    hosts: Collection[str],
    named: Collection[str] = (),
    params: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> bytes:
    """Fetch what an address holds.

    Parameters
    ----------
    url
        Address.
    hosts
        Hosts that the caller knows; only over https and only outside private networks.
    named
        Hosts that the user named; http, loopback and private addresses are allowed for them.
    params
        Query parameters.
    limits
        How much the request may cost.
    sleep
        How to wait between attempts.

    Raises
    ------
    FetchError
        If the address may not be contacted, or gives no usable answer.
    """
    bounds = limits or Limits()
    # Empty params would take the query of the address away.
    address = httpx.URL(_readable(url), params=params) if params else _readable(url)
    _check(address, hosts, named)
    fault = FetchError(_shown(address), "", "gave no answer.", "Check the connection.")
    for attempt in range(bounds.attempts):
        try:
            with httpx.Client(trust_env=False, headers={"User-Agent": AGENT}) as client:
                return _follow(client, address, named, bounds)
        except _TryAgainError as again:
            fault = FetchError(
                _shown(address), "", f"gave no usable answer ({again}).", "Try again later."
            )
            wait = min(max(bounds.pause * 2**attempt, again.wait), bounds.longest_pause)
        if attempt + 1 < bounds.attempts:
            sleep(wait)
    raise fault


class _TryAgainError(Exception):
    """A fault that may pass; `wait` is what the server asked for [s]."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


def _readable(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise FetchError(str(url)[:200], "", "is no address.", "Check it.") from error


def _shown(address: httpx.URL) -> str:
    """Address without query and password, which may hold a key."""
    return f"{address.scheme}://{address.host}{address.path}"[:200]


def _check(address: httpx.URL, hosts: Collection[str], named: Collection[str]) -> None:
    shown = _shown(address)
    if address.host in named and address.scheme in PORTS:
        return
    if address.scheme != "https":
        raise FetchError(
            shown, "", "is not an https address.", "Use https, or name the host yourself."
        )
    if address.host not in hosts:
        raise FetchError(
            shown,
            "",
            f"the host {address.host!r} is not known here.",
            "Name the host yourself if you trust it.",
        )


def _follow(
    client: httpx.Client, address: httpx.URL, named: Collection[str], limits: Limits
) -> bytes:
    """Answer after redirects, all within one host and never back to http."""
    deadline = time.monotonic() + limits.seconds
    for _ in range(limits.redirects + 1):
        answer = _once(client, address, named, limits, deadline)
        if isinstance(answer, bytes):
            return answer
        target = address.join(answer)
        if (target.scheme, target.host, target.port) != (
            address.scheme,
            address.host,
            address.port,
        ):
            raise FetchError(
                _shown(address),
                "",
                f"points to another host ({target.host}).",
                "Give the address there yourself if you trust it.",
            )
        address = target
    raise FetchError(_shown(address), "", "redirects without end.", "Check the address.")


def _once(
    client: httpx.Client,
    address: httpx.URL,
    named: Collection[str],
    limits: Limits,
    deadline: float,
) -> bytes | str:
    """One request: the body, or where it points to."""
    place = _resolved(address, private=address.host in named)
    request = client.build_request(
        "GET",
        address.copy_with(host=place),
        headers={"Host": address.netloc.decode("ascii")},
        timeout=limits.seconds,
        extensions={"sni_hostname": address.host},
    )
    try:
        response = client.send(request, stream=True)
        try:
            return _body(response, address, limits, deadline)
        finally:
            response.close()
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise _TryAgainError(type(error).__name__) from error


def _body(
    response: httpx.Response, address: httpx.URL, limits: Limits, deadline: float
) -> bytes | str:
    status = response.status_code
    if status in AGAIN:
        asked = response.headers.get("Retry-After", "")
        raise _TryAgainError(f"status {status}", float(asked) if asked.isdecimal() else 0.0)
    if status in MOVED:
        return str(response.headers.get("Location", ""))
    if status != httpx.codes.OK:
        raise FetchError(
            _shown(address), "", f"answered with status {status}.", "Check the address."
        )
    blocks, size = [], 0
    for block in response.iter_bytes():
        size += len(block)
        if size > limits.size:
            raise FetchError(
                _shown(address),
                "",
                f"sends more than {limits.size:,} bytes.",
                "Ask for less, or raise the limit.",
            )
        if time.monotonic() > deadline:
            raise _TryAgainError(f"took more than {limits.seconds:g} s")
        blocks.append(block)
    return b"".join(blocks)


def _resolved(address: httpx.URL, *, private: bool) -> str:
    """IP address to connect to; looked up once, so that it cannot change after the check."""
    try:
        port = address.port or PORTS[address.scheme]
        answers = socket.getaddrinfo(address.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _TryAgainError("the host is not found") from error
    places = [str(answer[4][0]) for answer in answers]
    if not private and not all(ipaddress.ip_address(p.split("%")[0]).is_global for p in places):
        raise FetchError(
            _shown(address),
            "",
            "points into a private network.",
            "Name the host yourself if you mean it.",
        )
    return places[0]
