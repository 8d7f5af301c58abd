from __future__ import annotations

import gzip
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import fetch
from layers.errors import FetchError
from layers.fetch import Limits
from tests.layers import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def serving(answer: Callable[[str, int], Answer]) -> Iterator[tuple[str, list[str]]]:
    """A loopback server; yields its address and the list of requests it saw."""
    seen: list[str] = []

    class Handler(web.Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
            seen.append(self.path)
            status, headers, body = answer(self.path, len(seen))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

    with web.serving(Handler) as address:
        yield address, seen


LOOPBACK = ["127.0.0.1"]


def no_wait(_seconds: float) -> None:
    return


def test_a_named_host_may_be_loopback() -> None:
    with serving(lambda path, _n: (200, {}, path.encode())) as (url, seen):
        assert (
            fetch.get(f"{url}/a", hosts=(), named=LOOPBACK, params={"q": "ü&x"})
            == b"/a?q=%C3%BC%26x"
        )
        assert len(seen) == 1


def test_the_query_of_an_address_is_kept() -> None:
    with serving(lambda path, _n: (200, {}, path.encode())) as (url, _):
        assert fetch.get(f"{url}/a?skip=2", hosts=(), named=LOOPBACK) == b"/a?skip=2"


@pytest.mark.parametrize(
    ("url", "hosts", "named", "reason"),
    [
        ("http://example.org/a", ["example.org"], [], "not an https address"),
        ("https://example.com/a", ["example.org"], [], "not known here"),
        ("https://example.org.evil.com/", ["example.org"], [], "not known here"),
        ("https://example.org@evil.com/", ["example.org"], [], "not known here"),
        ("https://127.0.0.1/", ["127.0.0.1"], [], "private network"),
        ("https://[::1]/", ["::1"], [], "private network"),
        ("https://10.1.2.3/", ["10.1.2.3"], [], "private network"),
        ("https://169.254.169.254/latest", ["169.254.169.254"], [], "private network"),
        ("https://localhost/", ["localhost"], [], "private network"),
        ("file:///etc/hostname", ["", "localhost"], [""], "not an https address"),
        ("ftp://127.0.0.1/", ["127.0.0.1"], LOOPBACK, "not an https address"),
        ("/vsicurl/http://127.0.0.1/", ["127.0.0.1"], LOOPBACK, "not an https address"),
        ("https://example.org:port/", ["example.org"], [], "is no address"),
        ("", ["example.org"], [], "not an https address"),
    ],
)
def test_an_address_that_may_not_be_contacted_is_refused(
    url: str, hosts: list[str], named: list[str], reason: str
) -> None:
    with pytest.raises(FetchError, match=reason):
        fetch.get(url, hosts=hosts, named=named, sleep=no_wait)


def test_loopback_gets_no_connection_unless_named() -> None:
    with serving(lambda _p, _n: (200, {}, b"")) as (url, seen):
        for address in (url, url.replace("http:", "https:")):
            with pytest.raises(FetchError):
                fetch.get(address, hosts=LOOPBACK, sleep=no_wait)
        assert seen == []


def test_redirect_to_another_host_is_refused() -> None:
    with serving(lambda _p, _n: (200, {}, b"secret")) as (inner, inner_seen):
        moved = {"Location": f"{inner}/a"}
        with (
            serving(lambda _p, _n: (302, moved, b"")) as (outer, _),
            pytest.raises(FetchError, match="another host"),
        ):
            fetch.get(outer, hosts=(), named=LOOPBACK)
        assert inner_seen == []


def test_redirect_within_the_host_is_followed_a_few_times() -> None:
    def answer(path: str, _number: int) -> Answer:
        return (200, {}, b"here") if path == "/b" else (301, {"Location": "/b"}, b"")

    with serving(answer) as (url, _):
        assert fetch.get(f"{url}/a", hosts=(), named=LOOPBACK) == b"here"
    with (
        serving(lambda _p, n: (301, {"Location": f"/{n}"}, b"")) as (url, seen),
        pytest.raises(FetchError, match="without end"),
    ):
        fetch.get(url, hosts=(), named=LOOPBACK)
    assert len(seen) == Limits().redirects + 1


def test_server_that_is_busy_is_asked_again_after_growing_pauses() -> None:
    waits: list[float] = []
    with serving(lambda _p, n: (503, {}, b"") if n < 3 else (200, {}, b"ok")) as (url, seen):
        assert fetch.get(url, hosts=(), named=LOOPBACK, sleep=waits.append) == b"ok"
    assert (len(seen), waits) == (3, [1.0, 2.0])


def test_server_may_ask_for_a_longer_pause_but_not_for_ever() -> None:
    waits: list[float] = []
    with (
        serving(lambda _p, n: (429, {"Retry-After": "7" if n == 1 else "999999"}, b"")) as (
            url,
            seen,
        ),
        pytest.raises(FetchError, match="status 429"),
    ):
        fetch.get(url, hosts=(), named=LOOPBACK, sleep=waits.append)
    assert (len(seen), waits) == (4, [7.0, 60.0, 60.0])


def test_what_is_not_there_is_not_asked_again() -> None:
    with (
        serving(lambda _p, _n: (404, {}, b"")) as (url, seen),
        pytest.raises(FetchError, match="status 404"),
    ):
        fetch.get(url, hosts=(), named=LOOPBACK)
    assert len(seen) == 1


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip-bomb"])
def test_size_is_counted_after_decompression(packed: bool) -> None:
    body = gzip.compress(b"\0" * 3_000_000) if packed else b"\0" * 3_000_000
    headers = {"Content-Encoding": "gzip"} if packed else {}
    with (
        serving(lambda _p, _n: (200, headers, body)) as (url, _),
        pytest.raises(FetchError, match="more than 1,000,000 bytes"),
    ):
        fetch.get(url, hosts=(), named=LOOPBACK, limits=Limits(size=1_000_000))


def test_slow_server_is_given_up() -> None:
    def slow(_path: str, _number: int) -> Answer:
        time.sleep(0.5)
        return 200, {}, b""

    with serving(slow) as (url, _), pytest.raises(FetchError, match="Timeout"):
        fetch.get(
            url, hosts=(), named=LOOPBACK, limits=Limits(seconds=0.05, attempts=2), sleep=no_wait
        )


def test_query_with_a_key_is_not_shown() -> None:
    with serving(lambda _p, _n: (404, {}, b"")) as (url, _), pytest.raises(FetchError) as caught:
        fetch.get(f"{url}/a?key=secret", hosts=(), named=LOOPBACK)
    assert "secret" not in str(caught.value)


@given(url=st.text(max_size=50))
def test_any_text_is_refused_without_another_exception(url: str) -> None:
    with pytest.raises(FetchError):
        fetch.get(url, hosts=(), sleep=no_wait)
