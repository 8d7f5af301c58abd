"""Who may ask the studio for what: host, origin, session, rate, size; before any route is reached.

A page of a stranger can make a browser send requests to a studio on the same machine. So a request
must name a host that the studio has, come from its own page, carry a cookie that no script can
read and, where it changes something, a token that only its own page knows.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re
import secrets
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from twin.studio import proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "twin_studio"
TOKEN_HEADER: Final = b"x-studio-token"
BODY: Final = 1_000_000
"""Largest body of a request [bytes]."""
PATIENCE: Final = 20.0
"""Longest time that a body may take [s]."""
LINGER: Final = 2.0
"""Longest time that more of a body that is too large is read, and thrown away [s]."""
THROWN: Final = 8 * BODY
"""Most of it that is thrown away [bytes]: who closes on unread bytes resets the connection, and
the sender never reads why."""
TOO_LARGE: Final = 413
"""Status of the answer to such a body [1]."""
SESSIONS: Final = 1_000
"""Browsers that are remembered [1]."""
CLIENTS: Final = 10_000
"""Addresses whose requests are counted [1]."""
SAFE: Final = ("GET", "HEAD", "OPTIONS")
OPEN: Final = ("/public/", "/page", "/static/")
"""What anybody may ask for who reaches the studio."""
ENTRY: Final = ("/", "/login")
"""Where people come in."""

ROOT: Final = re.compile(r"(/(?!\.+(/|$))[A-Za-z0-9._~-]+)*")
"""Path below which a studio may stand."""
NAME: Final = re.compile(r"[A-Za-z0-9.\[\]:-]{1,255}")
"""Name of a host, with a port or without."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}


@dataclass(frozen=True)
class Rate:
    """A token bucket: so many requests at once, then so many a second."""

    burst: float
    per_second: float


USUAL: Final = Rate(240.0, 40.0)
"""Requests of one address, whatever they ask for."""
PUBLIC: Final = Rate(30.0, 0.5)
"""Contributions of one address."""
LOGIN: Final = Rate(6.0, 0.1)
"""Attempts of one address to come in."""


class Buckets:
    """Token buckets by address, in bounded memory.

    Parameters
    ----------
    rate
        How fast they fill.
    clock
        Tells the time [s].
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> bool:
        """Whether one more request is allowed now."""
        now = self._clock()
        left, then = self._left.get(who, (self._rate.burst, now))
        left = min(self._rate.burst, left + (now - then) * self._rate.per_second)
        allowed = left >= 1.0
        self._left[who] = (left - allowed, now)
        self._left.move_to_end(who)
        while len(self._left) > CLIENTS:
            self._left.popitem(last=False)
        return allowed


@dataclass
class Keys:
    """What lets people in.

    Parameters
    ----------
    hosts
        Values of the Host header that are ours, in small letters.
    origins
        Values of the Origin header that are ours.
    password
        What people type in; empty if only the start address lets them in.
    secure
        Whether the cookie goes over TLS only.
    token
        Part of the start address.
    root
        Path below which browsers reach the studio, as ``/plan``; empty for none.
    proxies
        Whose word on who asks counts.
    """

    hosts: frozenset[str]
    origins: frozenset[str]
    password: str = ""
    secure: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    root: str = ""
    proxies: tuple[proxy.Network, ...] = ()
    _sessions: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def enter(self) -> str:
        """Remember one more browser; returns the value of its cookie."""
        name = secrets.token_urlsafe(24)
        self._sessions[name] = secrets.token_urlsafe(24)
        while len(self._sessions) > SESSIONS:
            self._sessions.popitem(last=False)
        return name

    def page_token(self, session: str) -> str:
        """The token that the page of a session sends with every change; empty if unknown."""
        return self._sessions.get(session, "")

    def cookie(self, session: str) -> str:
        """The Set-Cookie header of a session."""
        secure = "; Secure" if self.secure else ""
        return f"{COOKIE}={session}; Path={self.root or '/'}; HttpOnly; SameSite=Strict{secure}"

    def fits(self, given: str, wanted: str) -> bool:
        """Whether a secret is the one that is wanted; an empty one never is."""
        return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def local(port: int) -> Keys:
    """Keys of a studio that only this machine reaches."""
    hosts = [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
    return Keys(frozenset(hosts), frozenset(f"http://{host}" for host in hosts))


def public(
    address: str, password: str, *, hosts: Sequence[str] = (), proxies: Sequence[str] = ()
) -> Keys:
    """Keys of a studio that others reach.

    Parameters
    ----------
    address
        How browsers reach it, as ``https://studio.town.example`` or
        ``https://www.town.example/plan``.
    password
        What people type in.
    hosts
        More names that requests may carry, as a proxy writes them.
    proxies
        Addresses or networks of reverse proxies, whose X-Forwarded-For and X-Forwarded-Host count.

    Raises
    ------
    ValueError
        If the address, a name or a proxy is none.
    """
    parts = urlsplit(address)
    strange = parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in {"http", "https"} or not parts.hostname or strange:
        raise ValueError("not an address such as https://studio.town.example")
    root = parts.path.rstrip("/")
    if not ROOT.fullmatch(root) or not all(NAME.fullmatch(one) for one in hosts):
        raise ValueError("not an address such as https://www.town.example/plan")
    host = parts.netloc.lower()
    return Keys(
        frozenset([host, *map(str.lower, hosts)]),
        frozenset([f"{parts.scheme}://{host}"]),
        password,
        secure=parts.scheme == "https",
        root=root,
        proxies=proxy.networks(proxies),
    )


class _Refused(Exception):  # noqa: N818 - an answer, not a fault
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Guard:
    """Middleware that lets through what `Keys` allow.

    Parameters
    ----------
    app
        What it guards.
    keys
        Who may come in.
    """

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app, self._keys = app, keys
        self._usual, self._public, self._login = Buckets(USUAL), Buckets(PUBLIC), Buckets(LOGIN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no other kind of connection is offered
        scope = proxy.seen(scope, self._keys.proxies, self._keys.root)
        try:
            self._check(scope)
            replay = await _bounded(scope, receive)
        except _Refused as refused:
            if refused.status == TOO_LARGE:
                await _throw_away(receive)
            await _refuse(scope, receive, send, refused)
            return
        await self._app(scope, replay, _with_headers(send))

    def _check(self, scope: Scope) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path, method = scope["path"], scope["method"]
        hosts = [v for n, v in scope["headers"] if n.lower() == b"host"]
        if len(hosts) != 1 or headers[b"host"].lower() not in self._keys.hosts:
            raise _Refused(421, "This name is not that of the studio.")
        self._rates(scope, path, method)
        session = self._session(headers)
        scope.setdefault("state", {})["session"] = session
        if method not in SAFE:
            self._own(headers)
        if path in ENTRY or path.startswith(OPEN):
            return
        if not session:
            raise _Refused(401, "Open the studio by the address that it printed.")
        token = headers.get(TOKEN_HEADER, "")
        if method not in SAFE and not self._keys.fits(token, self._keys.page_token(session)):
            raise _Refused(403, "The page is out of date. Load it again.")

    def _rates(self, scope: Scope, path: str, method: str) -> None:
        who = _address(scope)
        buckets = [self._usual]
        if path.startswith("/public/") and method not in SAFE:
            buckets.append(self._public)
        if path == "/login" or (path == "/" and b"token=" in scope["query_string"]):
            buckets.append(self._login)
        if not all(one.take(who) for one in buckets):
            raise _Refused(429, "Too many requests. Wait some seconds.")

    def _session(self, headers: Mapping[bytes, str]) -> str:
        jar = SimpleCookie()
        try:
            jar.load(headers.get(b"cookie", ""))
        except CookieError:
            return ""
        found = jar[COOKIE].value if COOKIE in jar else ""
        return found if self._keys.page_token(found) else ""

    def _own(self, headers: Mapping[bytes, str]) -> None:
        """Only our own page may ask for a change, and only with JSON, which no form can send."""
        if headers.get(b"origin", "") not in self._keys.origins:
            raise _Refused(403, "Only the page of the studio may do this.")
        if headers.get(b"sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise _Refused(403, "Only the page of the studio may do this.")
        kind = headers.get(b"content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise _Refused(415, "Send application/json.")


def _address(scope: Scope) -> str:
    """The address that asks; all of one IPv6 network count as one."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if found.version == 6:  # noqa: PLR2004 - the version of the protocol
        return str(ipaddress.ip_network((found, 64), strict=False))
    return host


async def _bounded(scope: Scope, receive: Receive) -> Receive:
    """The body of a request, if it is not too large and comes in time; to be read again."""
    told = next((v for n, v in scope["headers"] if n.lower() == b"content-length"), b"0")
    if not told.isdigit() or int(told[:20]) > BODY:
        raise _Refused(TOO_LARGE, f"More than {BODY} bytes.")
    try:
        body = await asyncio.wait_for(_read(receive), PATIENCE)
    except TimeoutError:
        raise _Refused(408, "The request took too long.") from None
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay


async def _read(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Refused(400, "The request ended early.")
        part = message.get("body", b"")
        size += len(part)
        if size > BODY:
            raise _Refused(TOO_LARGE, f"More than {BODY} bytes.")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _throw_away(receive: Receive) -> None:
    """Read on for a moment, so that the answer reaches the sender."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            while size <= THROWN:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            wanted = {"content-security-policy": POLICY, **HEADERS}
            message["headers"] = [
                *message["headers"],
                *((n.encode(), v.encode()) for n, v in wanted.items() if n.encode() not in given),
            ]
        await send(message)

    return sent


async def _refuse(scope: Scope, receive: Receive, send: Send, refused: _Refused) -> None:
    from starlette.responses import JSONResponse

    content: dict[str, Any] = {"faults": [{"place": "", "reason": refused.reason, "advice": ""}]}
    headers = {"retry-after": "5"} if refused.status == 429 else {}  # noqa: PLR2004 - HTTP
    if refused.status in {408, TOO_LARGE}:
        headers["connection"] = "close"
    response = JSONResponse(content, refused.status, headers)
    await response(scope, receive, _with_headers(send))
