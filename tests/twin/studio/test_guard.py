"""Who may ask the studio for what: tried as strangers, forged pages and floods would."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.twin.studio import served
from twin.studio import guard
from twin.studio.guard import BODY, Buckets, Rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.twin.studio.served import Served

PASSWORD = "a long password"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = served.folder(tmp_path_factory.mktemp("studio"))
    with served.running(served.made(root)) as found:
        yield found


def stranger(at: Served, **headers: str) -> httpx.Client:
    """A client without a cookie."""
    return httpx.Client(base_url=at.address, headers=headers, trust_env=False)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:80", "", "[::1]"]
)
def test_a_name_that_is_not_ours_is_refused(at: Served, host: str) -> None:
    with stranger(at, Host=host) as client:
        for path in ("/", "/api/state", "/static/studio.js", "/page"):
            assert client.get(path).status_code in {400, 421}


def test_nothing_is_told_without_the_cookie(at: Served) -> None:
    with stranger(at) as client:
        assert client.get("/").status_code == 401
        for path in ("/api/state", "/api/town", "/api/plans", "/api/contributions", "/api/nothing",
                     "/api/openapi.json", "/docs", "/api/contributions/csv"):  # fmt: skip
            assert client.get(path).status_code == 401, path
        assert client.get("/?token=guess").status_code == 403


def test_the_cookie_cannot_be_read_or_sent_by_others(at: Served) -> None:
    with stranger(at) as client:
        cookie = client.get(f"/?token={at.keys.token}").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Domain" not in cookie


def test_a_change_needs_our_origin_our_token_and_json(at: Served) -> None:
    good = at.headers()
    body = json.dumps({"name": "forged"})
    kind = {"Content-Type": "application/json"}
    forged: list[dict[str, str]] = [
        {**kind, "X-Studio-Token": at.token},
        {**good, **kind, "Origin": "https://evil.example"},
        {**good, **kind, "Origin": "null"},
        {**good, **kind, "X-Studio-Token": ""},
        {**good, **kind, "X-Studio-Token": "x" * len(at.token)},
        {**good, **kind, "Sec-Fetch-Site": "cross-site"},
    ]
    for headers in forged:
        assert at.client.post("/api/plans", content=body, headers=headers).status_code == 403
    for wrong in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        headers = {**good, "Content-Type": wrong}
        assert at.client.post("/api/plans", content=body, headers=headers).status_code == 415
    assert "forged" not in at.get("/api/plans").json()


def test_every_answer_carries_the_headers(at: Served) -> None:
    with stranger(at) as client:
        answers = [client.get("/"), client.get("/static/studio.js"), client.get("/nothing"),
                   client.post("/api/plans"), at.get("/"), at.get("/api/state"),
                   at.get("/api/plans/none"), at.get("/page")]  # fmt: skip
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "server" not in answer.headers
    page = at.get("/").text
    assert "<script>" not in page
    assert "onclick" not in page


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e%2f%2e%2e%2fcli.py", "/static/x.js",
     "/static//etc/passwd", "/api/plans/..%2f..%2ftwin/yaml", "/api/plans/%2e%2e/yaml",
     "/page/../../etc/passwd", "/api/points/streets", "/api/points/..%2fbuildings"],
)  # fmt: skip
def test_no_path_of_a_request_reaches_the_disk(at: Served, path: str) -> None:
    answer = at.get(path)
    assert answer.status_code in {401, 404, 422}
    assert "root:" not in answer.text


def test_a_body_that_is_too_large_is_refused_while_it_comes(at: Served) -> None:
    headers = at.headers(**{"Content-Type": "application/json"})
    large = b'{"name": "' + b"a" * BODY + b'"}'
    assert at.client.post("/api/plans", content=large, headers=headers).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(4 * BODY // 65_536):
            yield b" " * 65_536

    assert at.client.post("/api/plans", content=endless(), headers=headers).status_code == 413
    assert at.get("/api/state").status_code == 200


@pytest.mark.parametrize(
    "content",
    [b"{", b"[" * 50_000, b'{"name": NaN}', b"\xff\xfe", b'{"name": "a", "x": 1}', b"null", b"1e999",
     b'{"name": "A B"}', b'{"name": "con"}', b'{"name": "a", "text": "a: &b [*b]"}'],
)  # fmt: skip
def test_what_is_no_message_is_refused_without_a_trace(at: Served, content: bytes) -> None:
    headers = at.headers(**{"Content-Type": "application/json"})
    answer = at.client.post("/api/plans", content=content, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.json()["faults"]
    for word in ("Traceback", ".py", "site-packages", str(at.studio.root)):
        assert word not in answer.text


def test_a_fault_of_ours_tells_no_trace(at: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_root: Any) -> None:
        raise RuntimeError("a secret of /srv/twins")

    monkeypatch.setattr("twin.studio.drafts.names", broken)
    answer = at.get("/api/plans")
    assert answer.status_code == 500
    assert answer.json() == {
        "faults": [
            {
                "place": "",
                "reason": "The studio failed.",
                "advice": "",
                "said": [["The studio failed.", "en"], ["", "en"]],
            }
        ]
    }


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    now = [0.0]
    bucket = Buckets(Rate(5.0, 2.0), lambda: now[0])
    assert [bucket.take("a") for _ in range(7)] == [True] * 5 + [False] * 2
    assert bucket.take("b")
    now[0] = 1.0
    assert [bucket.take("a") for _ in range(3)] == [True, True, False]
    now[0] = 100.0
    assert [bucket.take("a") for _ in range(6)] == [True] * 5 + [False]


def test_addresses_of_one_network_share_a_bucket() -> None:
    first, second = ({"client": (f"2001:db8::{n}", 1)} for n in (1, 2))
    assert guard._address(first) == guard._address(second)
    assert guard._address({"client": ("192.0.2.1", 1)}) == "192.0.2.1"


@pytest.mark.parametrize(
    "address",
    [
        "studio.example",
        "ftp://studio.example",
        "https://",
        "https://a.example/?x",
        "https://u@a.example",
        "",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        guard.public(address, PASSWORD)


def test_a_public_studio_wants_its_password() -> None:
    keys = guard.public("https://Studio.town.example/", PASSWORD)
    assert keys.hosts == {"studio.town.example"}
    assert keys.origins == {"https://studio.town.example"}
    assert "; Secure" in keys.cookie("x")
    assert not keys.fits("", "")
    assert not keys.fits("", PASSWORD)


def test_two_hundred_uploads_at_once_are_taken_or_told_to_wait(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = served.folder(tmp_path_factory.mktemp("flood"))
    text = "schema: scenario/1\nname: a\ninterventions: []\n" + "#" * 20_000
    with served.running(served.made(root)) as at:

        def send(number: int) -> httpx.Response:
            body = {"name": f"plan-{number}", "title": "x", "text": text if number % 2 else ""}
            return at.post("/api/plans", body)

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(send, range(200)))
        status = [one.status_code for one in answers]
        assert set(status) <= {201, 422, 429}
        assert status.count(201) > 0
        assert all(code != 201 for number, code in enumerate(status) if number % 2)
        kept = at.get("/api/plans").json()
        assert len(kept) == status.count(201)


def test_a_password_is_not_guessed_in_a_hurry(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = served.folder(tmp_path_factory.mktemp("login"))
    with served.running(served.made(root), PASSWORD) as at, stranger(at) as client:
        assert 'type="password"' in client.get("/").text
        origin = {"Origin": at.address}
        tries = [
            client.post("/login", json={"password": str(n)}, headers=origin).status_code
            for n in range(10)
        ]
        assert tries == [403] * 5 + [429] * 5  # one of the six went to the start address
        assert client.get("/api/plans").status_code == 401
