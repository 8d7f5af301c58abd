"""The studio behind a reverse proxy with TLS and a path of its own."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner

from tests.twin.studio import proxied, served
from tests.twin.studio.test_people import opened
from twin import cli, cli_studio
from twin.studio import guard, proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.twin.studio.served import Served

PASSWORD = "a long password"
ROOT = "/plan"


@pytest.fixture(scope="module", params=[ROOT, ""], ids=["path taken off", "path left on"])
def behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, str, Path]]:
    """A studio, its address before the proxy, and the authority behind its certificate."""
    folder = tmp_path_factory.mktemp("behind")
    root = served.folder(folder)
    opened(root)
    front = proxied.free()
    outside = f"https://127.0.0.1:{front.getsockname()[1]}{ROOT}"
    with served.running(served.made(root), PASSWORD, outside=outside) as at:
        made = proxied.forwarding(at.address, request.param)
        with front, proxied.running(made, front, folder) as authority:
            yield at, outside, authority


def client(address: str, authority: Path, **headers: str) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(authority))
    return httpx.Client(base_url=address, headers=headers, trust_env=False, verify=context)


def test_people_come_in_plan_and_say_something_through_the_proxy(behind: Any) -> None:
    at, outside, authority = behind
    origin = outside.removesuffix(ROOT)
    with client(outside, authority, Origin=origin) as one:
        assert one.post("/login", json={"password": "wrong"}).status_code == 403
        came = one.post("/login", json={"password": PASSWORD})
        assert came.status_code == 200
        for part in ("Secure", "HttpOnly", "SameSite=Strict", f"Path={ROOT}"):
            assert part in came.headers["set-cookie"].split("; ")
        page = one.get("/").text
        assert f'src="{ROOT}/static/studio.js"' in page
        assert one.get("/static/studio.js").status_code == 200
        token = page.split('"token":"')[1].split('"')[0]
        made = one.post("/api/plans", json={"name": "calm"}, headers={"X-Studio-Token": token})
        assert made.status_code == 201
        with one.stream("GET", "/api/changes") as stream:
            assert stream.headers["x-accel-buffering"] == "no"
            assert next(stream.iter_lines()).startswith("event: changed")
        given = {"schema": "contributions/1", "consultation": "quiet",
                 "contributions": [{"kind": "comment", "text": "hello"}]}  # fmt: skip
        assert one.post("/public/contributions", json=given).status_code == 201
        forged = one.post(
            "/api/plans", json={"name": "x"}, headers={"Origin": "https://evil.example"}
        )
        assert forged.status_code == 403
    drafts = at.studio.root / "studio.sqlite"
    drafts.unlink()


@pytest.mark.browser
def test_a_street_is_closed_in_a_browser_through_the_proxy(behind: Any) -> None:
    from playwright.sync_api import sync_playwright

    from tests import browser
    from tests.twin.studio.test_browser import closed_middle

    _, outside, _ = behind
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=browser.chromium(), args=list(browser.FLAGS))
        page = started.new_page(ignore_https_errors=True)
        seen = browser.Seen(page)
        browser._record(page, seen)
        page.goto(f"{outside}/")
        page.fill("input[type=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_selector("body[data-opened]")
        closed_middle(page)
        assert page.evaluate("() => document.cookie") == ""
        started.close()
    assert seen.errors == []
    strange = [u for u in seen.requests if not u.startswith((f"{outside}/", "data:", "blob:"))]
    assert strange == []


def scope(client_: str, *headers: tuple[str, str], path: str = "/") -> dict[str, Any]:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return {"type": "http", "client": (client_, 1), "headers": raw, "path": path}


NEAR = proxy.networks(["127.0.0.1", "10.0.0.0/8"])


@pytest.mark.parametrize(
    ("peer", "chain", "who"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the first one is hearsay
        ("127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"),  # through two proxies
        ("127.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        ("127.0.0.1", "somebody", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # not from a proxy
    ],
)
def test_who_asks_is_told_by_named_proxies_only(peer: str, chain: str, who: str) -> None:
    given = scope(peer, ("host", "a"), ("x-forwarded-for", chain))
    assert proxy.seen(given, NEAR, "")["client"][0] == who


def test_the_name_that_was_asked_for_counts_from_named_proxies_only() -> None:
    headers = (("host", "127.0.0.1:8710"), ("x-forwarded-host", "www.town.example"))
    from_proxy = proxy.seen(scope("10.0.0.1", *headers), NEAR, "")
    assert from_proxy["headers"] == [
        (b"x-forwarded-host", b"www.town.example"), (b"host", b"www.town.example"),
    ]  # fmt: skip
    from_others = proxy.seen(scope("198.51.100.7", *headers), NEAR, "")
    assert from_others["headers"][0] == (b"host", b"127.0.0.1:8710")


@pytest.mark.parametrize(
    ("path", "kept"),
    [("/plan/api/state", "/api/state"), ("/plan", "/"), ("/plan/", "/"), ("/planet", "/planet"),
     ("/api/state", "/api/state")],
)  # fmt: skip
def test_the_path_of_the_studio_is_taken_off_once(path: str, kept: str) -> None:
    assert proxy.seen(scope("1.2.3.4", path=path), (), ROOT)["path"] == kept


def test_more_names_and_a_path_are_given_by_options() -> None:
    keys = guard.public("https://www.town.example/plan/", PASSWORD, hosts=["Studio.Lan:8710"])
    assert keys.hosts == {"www.town.example", "studio.lan:8710"}
    assert keys.origins == {"https://www.town.example"}
    assert keys.root == ROOT
    assert keys.cookie("x").endswith("Path=/plan; HttpOnly; SameSite=Strict; Secure")


@pytest.mark.parametrize(
    "options",
    [["--proxy", "10.0.0.1"], ["--public", "https://a.example", "--proxy", "nginx"],
     ["--public", "https://a.example", "--host", "a b"], ["--public", "https://a.example/?x=1"],
     ["--public", "https://a.example/../x"]],
)  # fmt: skip
def test_wrong_options_are_told(tmp_path: Path, options: list[str]) -> None:
    root = served.folder(tmp_path)
    found = CliRunner().invoke(cli.cli, ["studio", str(root), "--password", PASSWORD, *options])
    assert found.exit_code != 0
    assert not isinstance(found.exception, (ValueError, TypeError))


def test_beside_a_proxy_on_this_machine_nobody_else_reaches_the_studio() -> None:
    near = cli_studio._listening("https://a.example", ["127.0.0.1"])
    assert near == cli_studio._listening("", []) == cli_studio.LOOPBACK
    assert cli_studio._listening("https://a.example", ["10.0.0.1"]) == cli_studio.EVERYWHERE
    assert cli_studio._listening("https://a.example", []) == cli_studio.EVERYWHERE
