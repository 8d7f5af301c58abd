"""A studio behind a reverse proxy: whose word counts, who asks, below which path.

Headers ``X-Forwarded-For`` and ``X-Forwarded-Host`` are read only in requests that come from a named
proxy; anybody else could write them.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.types import Scope

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(named: Iterable[str]) -> tuple[Network, ...]:
    """Addresses of proxies, as ``127.0.0.1``, ``10.0.0.0/8`` or ``::1``.

    Raises
    ------
    ValueError
        If one is no address of a host or network.
    """
    return tuple(ipaddress.ip_network(one.strip(), strict=False) for one in named)


def named(host: str, proxies: Sequence[Network]) -> bool:
    """Whether an address is one of the proxies."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(found.version == one.version and found in one for one in proxies)


def seen(scope: Scope, proxies: Sequence[Network], root: str) -> Scope:
    """A request as it was before the proxies: who sent it, to which name, path below the root.

    Parameters
    ----------
    scope
        Of the request as it arrived.
    proxies
        Whose word counts.
    root
        Path below which browsers reach the studio, as ``/plan``, or empty. A proxy may take it off
        or leave it on.
    """
    found = dict(scope)
    path = found["path"]
    if root and (path == root or path.startswith(f"{root}/")):
        found["path"] = path[len(root) :] or "/"
        found["raw_path"] = found["path"].encode()
    host, port = scope.get("client") or ("", 0)
    if not named(host, proxies):
        return found
    headers = list(found["headers"])
    last = _last(headers, b"x-forwarded-for", proxies)
    if last:
        found["client"] = (last, port)
    name = [value for key, value in headers if key.lower() == b"x-forwarded-host"]
    if len(name) == 1:
        kept = [(key, value) for key, value in headers if key.lower() != b"host"]
        found["headers"] = [*kept, (b"host", name[0].split(b",")[-1].strip())]
    return found


def _last(headers: Sequence[tuple[bytes, bytes]], wanted: bytes, proxies: Sequence[Network]) -> str:
    """The last address of a chain that no named proxy has: what stands before it is hearsay."""
    told = b",".join(value for key, value in headers if key.lower() == wanted).decode("latin-1")
    for one in reversed([part.strip() for part in told.split(",")]):
        address = one.strip("[]") if one.startswith("[") else one
        try:
            ipaddress.ip_address(address)
        except ValueError:
            return ""
        if not named(address, proxies):
            return address
    return ""
