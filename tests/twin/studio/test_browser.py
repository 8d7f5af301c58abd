"""The studio in a real browser: draw, undo, two people at once, taking part, keys, phone."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests import browser
from tests.payloads import PAYLOADS, hostile
from tests.twin.studio import served
from tests.twin.studio.test_people import opened
from twin import contributions, travel
from twin.studio import guard
from twin.studio.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.twin.studio.served import Served

pytestmark = pytest.mark.browser
READY = "body[data-ready]"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = served.folder(tmp_path_factory.mktemp("browser"))
    opened(root)
    with served.running(served.made(root)) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    program = browser.chromium()
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=list(browser.FLAGS))
        yield started
        started.close()


@contextmanager
def visited(
    chromium: Any,
    at: Served,
    width: int = 1280,
    height: int = 860,
    path: str = "",
    refused: bool = False,
    before: str = "",
) -> Iterator[Any]:
    """A page of somebody who came in by the start address; nothing goes wrong on it.

    What stands in `before` is run before the scripts of the page are.
    """
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.add_init_script(before)
    seen = browser.Seen(page)
    browser._record(page, seen)
    # The start address lets in only so many a minute; who is in already has a cookie.
    cookie = {"name": guard.COOKIE, "value": at.client.cookies[guard.COOKIE], "url": at.address}
    context.add_cookies([cookie])
    page.goto(at.address + (path or "/"))
    page.wait_for_selector(READY)
    yield page
    context.close()
    assert all(refused and "422" in text for text in seen.errors), seen.errors
    assert seen.dialogs == []
    strange = [u for u in seen.requests if not u.startswith((at.address, "data:", "blob:"))]
    assert strange == []


def empty(at: Served) -> None:
    """Remove every plan."""
    for name in at.get("/api/plans").json():
        seen = at.get(f"/api/plans/{name}").json()["state"]
        at.post(f"/api/plans/{name}/remove", {"seen": seen})


def click_middle(page: Any) -> None:
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def closed_middle(page: Any) -> None:
    """Choose the street in the middle of the town and close it."""
    click_middle(page)
    page.locator("#quick button", has_text="Close to cars").click()
    page.wait_for_selector('body[data-run="done"][data-showing="full"]')


def legend(page: Any) -> str:
    return str(page.inner_text("#legend"))


def test_a_filter_is_drawn_simulated_undone_and_done_again(chromium: Any, at: Served) -> None:
    empty(at)
    with visited(chromium, at) as page:
        before = legend(page)
        closed_middle(page)
        assert "Hovedgaden" in page.inner_text("#measures")
        assert page.locator(".closed-bar").count() == 1
        assert "No noticeable change" in legend(page)
        assert "after" in page.inner_text("#took")
        assert float(page.evaluate("document.body.dataset.painted")) < 80
        page.click("#undo")
        page.wait_for_selector('body[data-showing="base"]')
        assert page.locator(".closed-bar").count() == 0
        assert legend(page) == before
        page.click("#redo")
        page.wait_for_selector('body[data-showing="full"]')
        page.wait_for_selector(".closed-bar")
        with page.expect_download() as taken:
            page.click("#yaml")
        assert "close_street" in taken.value.path().read_text(encoding="utf-8")


def test_people_work_while_the_town_is_simulated(chromium: Any, tmp_path: Path) -> None:
    go_on = threading.Event()
    studio = served.made(served.folder(tmp_path), served.gated(go_on))
    with served.running(studio, ready=False) as at, visited(chromium, at) as page:
        assert "usually takes about" in page.inner_text("#opening")
        page.wait_for_function(
            "() => document.getElementById('opening-stage').textContent.includes('ways of cars')"
        )
        assert "as it is mapped" in legend(page)
        assert not page.is_visible("#choices")
        click_middle(page)
        assert "Hovedgaden" in page.inner_text("#chosen")
        page.locator("#quick button", has_text="Close to cars").click()
        page.wait_for_selector(".closed-bar")
        page.wait_for_function(
            "() => document.getElementById('stage').textContent.includes('aiting for the town')"
        )
        page.click("#redo", force=True)  # it can be pressed, and says why nothing happens
        assert "no later step" in page.inner_text("#note")
        go_on.set()
        page.wait_for_selector('body[data-run="done"][data-showing="full"][data-opened]')
        assert not page.is_visible("#opening")
        assert page.is_visible("#choices")
        assert "No noticeable change" in legend(page)


def test_a_town_that_cannot_be_simulated_is_drawn_and_says_why(
    chromium: Any, tmp_path: Path
) -> None:
    studio = served.made(served.folder(tmp_path), served.BROKEN)
    with served.running(studio, ready=False) as at, visited(chromium, at) as page:
        page.wait_for_selector("#faults p")
        assert "is broken" in page.inner_text("#faults")
        assert "can be drawn and saved" in page.inner_text("#note")
        click_middle(page)
        page.locator("#quick button", has_text="Close to cars").click()
        page.wait_for_selector(".closed-bar")


def test_a_preview_shows_its_figures_before_the_whole(chromium: Any, tmp_path: Path) -> None:
    traffic = [one for one in travel.DOMAINS if one.name == "traffic"]
    studio = served.made(served.folder(tmp_path), *traffic)
    with served.running(studio) as at, visited(chromium, at) as page:
        closed_middle(page)
        data = page.evaluate("() => ({ ...document.body.dataset })")
        assert 0 < float(data["quick"]) <= float(data["whole"])
        assert "No noticeable change" in legend(page)


def test_the_start_address_lets_a_browser_in_and_leaves_no_token(chromium: Any, at: Served) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{at.address}/?token={at.keys.token}")
    page.wait_for_selector(READY)
    assert page.url == f"{at.address}/"
    assert page.evaluate("() => document.cookie") == ""
    context.close()


def test_two_people_see_what_the_other_draws(chromium: Any, at: Served) -> None:
    empty(at)
    with visited(chromium, at) as first:
        closed_middle(first)
        with visited(chromium, at) as second:
            second.wait_for_selector(".closed-bar")
            second.click("#undo")
            first.wait_for_selector(".closed-bar", state="detached")
            assert "Somebody else" in first.inner_text("#note")


def test_a_wish_is_sent_moderated_simulated_and_exported(chromium: Any, at: Served) -> None:
    empty(at)
    at.post("/api/plans", {"name": "quiet"})
    seen = at.get("/api/plans/quiet").json()["state"]
    body = {"interventions": [served.filter_on("w102:22-23")]}
    at.put("/api/plans/quiet", {"seen": seen, "body": body})
    run = at.end(at.post("/api/runs", {"plan": "quiet"}).json()["job"])["run"]
    at.end(at.post("/api/publish", {"runs": [run["id"]]}).json()["job"])
    with visited(chromium, at, path="/page") as page:
        page.select_option("#part-kind", "wish")
        page.fill("#part-text", "Close this street <b>too</b>")
        page.click("#part-pin")
        page.click("#part-form button[type=submit]")
        page.click("#part-send")
        page.wait_for_function(
            "() => document.getElementById('part-sent').textContent.includes('arrived')"
        )
    assert list(contributions.table(at.studio.root)["text"]) == ["Close this street <b>too</b>"]
    with visited(chromium, at) as page:
        assert page.inner_text("#waiting") == "(1)"
        page.click("#tab-people")
        assert "<b>too</b>" in page.inner_text("#people")
        page.locator("#people button", has_text="Publish").click()
        page.wait_for_selector("#people .public")
        page.locator("#people button", has_text="Make a plan of it").click()
        page.wait_for_function("() => document.body.dataset.plan.startsWith('wish-')")
        page.wait_for_selector('body[data-run="done"]')
        with page.expect_download() as taken:
            page.click("#tab-people")
            page.locator("#room-people a", has_text="CSV").click()
        assert "too" in taken.value.path().read_text(encoding="utf-8")


def test_everything_by_keys(chromium: Any, at: Served) -> None:
    empty(at)
    with visited(chromium, at) as page:
        page.focus("#map")
        page.keyboard.press("Enter")
        page.wait_for_selector("#quick button")
        page.locator("#quick button", has_text="Speed limit").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.dataset.field") == "speed_kph"
        page.keyboard.type("20")
        page.keyboard.press("Enter")
        page.wait_for_selector("body[data-run]")
        assert "Speed limit" in page.inner_text("#measures")
        page.focus("#tab-plan")
        page.keyboard.press("ArrowRight")
        assert page.is_visible("#room-compare")
        page.focus("#map")
        page.keyboard.press("Control+z")
        page.wait_for_function("() => document.querySelectorAll('#measures strong').length === 0")


def test_a_fault_is_told_in_plain_words(chromium: Any, at: Served) -> None:
    empty(at)
    at.post("/api/plans", {"name": "quiet"})
    with visited(chromium, at, refused=True) as page:
        page.select_option("#other", "speed_limit")
        page.fill("#expression", "colour == 'red'")
        page.fill("[data-field=speed_kph]", "30")
        page.click("#measure-save")
        page.wait_for_selector("#faults p")
        assert "colour" in page.inner_text("#faults")
        assert page.is_visible("#measure")  # what was typed is still there


def test_what_strangers_wrote_stays_text(
    chromium: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = served.folder(tmp_path_factory.mktemp("hostile"))
    opened(root)
    studio = served.made(root)
    studio.city = hostile()
    studio.engine = Engine(studio.city, (served.TRAFFIC,))
    with served.running(studio) as at:
        given = [{"kind": "comment", "text": one, "topic": one[:200]} for one in PAYLOADS]
        body = {"schema": "contributions/1", "consultation": "quiet", "contributions": given}
        at.client.post("/public/contributions", json=body, headers={"Origin": at.address})
        for number, payload in enumerate(PAYLOADS[:5]):
            at.post("/api/plans", {"name": f"p{number}", "title": payload})
        seen = at.get("/api/plans/p0").json()
        body = {
            **seen["body"],
            "note": PAYLOADS[1],
            "interventions": [served.filter_on("w102:22-23")],
        }
        assert at.put("/api/plans/p0", {"seen": seen["state"], "body": body}).status_code == 200
        run = at.end(at.post("/api/runs", {"plan": "p0"}).json()["job"])["run"]
        published = at.post("/api/publish", {"runs": [run["id"]], "title": PAYLOADS[0]}).json()
        assert at.end(published["job"])["event"] == "done"
        with visited(chromium, at) as page:
            page.wait_for_selector('body[data-run="done"]')
            click_middle(page)
            for tab in ("compare", "people", "plan"):
                page.click(f"#tab-{tab}")
            assert len(page.locator("#people li").all()) == len(set(PAYLOADS))
            assert page.evaluate("() => typeof window.hit") == "undefined"
            assert page.locator("main img, main iframe, main object, main svg").count() == 0
        with visited(chromium, at, path="/page") as page:
            assert page.evaluate("() => typeof window.hit") == "undefined"


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (390, 844), (320, 640)])
def test_nothing_hinders_anybody(chromium: Any, at: Served, width: int, height: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    empty(at)
    with visited(chromium, at, width, height) as page:
        closed_middle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for tab in ("plan", "compare", "people"):
            page.click(f"#tab-{tab}")
            if width != 320:
                found = Axe().run(page).response["violations"]
                assert [(v["id"], [n["html"][:100] for n in v["nodes"]]) for v in found] == []
