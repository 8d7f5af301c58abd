"""The consultation page where people meet it: in a frame, large, small, on paper, by key, without motion.

Pictures of what was looked at stay in the folder that ``TWIN_TEST_PICTURES`` names, else in a
temporary one; each test prints where.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import FLAGS, chromium
from tests.twin.cities import tiny
from tests.twin.maps.test_page import READY, bands, opened, plan, runs, until
from tests.twin.maps.test_panels import TABLES
from twin.maps import page

if TYPE_CHECKING:
    from twin.city import City

PICTURES = Path(os.environ.get("TWIN_TEST_PICTURES") or Path(tempfile.gettempdir(), "twin-pages"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("places") / "page.html"
    return page.publish(
        tiny(), runs(), path, column="streets.vehicles", tables=TABLES, bands={"quiet": bands(70.0)}
    )


def kept(tab: Any, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    print(PICTURES / f"{name}.png")


def test_the_page_stands_in_the_frame_of_another_site(written: Path, tmp_path: Path) -> None:
    host = tmp_path / "site.html"
    address = written.resolve().as_uri() + "#e=1"
    host.write_text(
        '<!doctype html><html lang="en"><title>Town</title><body><h1>Our town</h1>'
        f'<iframe title="Map" src="{address}" width="640" height="420"></iframe>',
        encoding="utf-8",
    )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        tab: Any = browser.new_context(
            viewport={"width": 800, "height": 600}, offline=True
        ).new_page()
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(host.resolve().as_uri())
        frame = tab.frame_locator("iframe")
        frame.locator(READY).wait_for(state="attached")
        assert frame.locator("#map").is_visible()
        assert frame.locator("#legend").is_visible()
        assert frame.locator("header").is_hidden()
        assert frame.locator(".panel").is_hidden()
        inside = tab.frames[1]
        # the map fills the frame and nothing in it has to be scrolled
        assert inside.evaluate("document.documentElement.scrollWidth") <= 640
        assert 300 <= inside.evaluate("document.querySelector('#map').clientHeight") <= 420
        assert [url for url in asked if not url.startswith("file:")] == []
        kept(tab, "frame")
        browser.close()


def test_the_page_forbids_nobody_to_frame_it_and_everything_to_load(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    policy = text.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    assert "default-src 'none'" in policy
    assert "frame-ancestors" not in policy


@pytest.mark.parametrize(
    ("name", "width", "height"),
    [("desk", 1280, 800), ("phone", 390, 844), ("narrow", 320, 640), ("zoom-200", 640, 400)],
)
def test_nothing_is_cut_off_on_any_screen(
    written: Path, name: str, width: int, height: int
) -> None:
    with opened(written, width, height) as seen:
        kept(seen.page, name)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        # text of 200 percent in the window of 1280 x 800 is laid out as in one of 640 x 400
        small = seen.page.eval_on_selector_all(
            "button, select, input[type=range], summary",
            """all => all.filter(n => n.offsetParent).map(n => n.getBoundingClientRect())
              .filter(b => b.height < 24).length""",
        )
        assert small == 0
        cut = seen.page.eval_on_selector_all(
            "svg text",
            """all => all.filter(t => { const b = t.getBoundingClientRect(), s = t.ownerSVGElement.getBoundingClientRect();
              return b.left < s.left - 2 || b.right > s.right + 2 || b.bottom > s.bottom + 2; }).map(t => t.textContent)""",
        )
        assert cut == []


def test_the_keyboard_alone_leads_through_the_page(written: Path) -> None:
    with opened(written) as seen:
        keys = seen.page.keyboard
        seen.page.focus(".skip")
        keys.press("Enter")
        assert seen.page.evaluate("document.activeElement.id") == "figures"
        seen.page.focus("#map")
        middle = seen.page.evaluate("location.hash")
        keys.press("ArrowRight")
        until(seen, f"location.hash !== {middle!r}")
        keys.press("+")
        seen.page.focus("input[name=scenario]:checked")
        keys.press("ArrowDown")
        until(seen, "document.querySelector('#status').textContent.includes('busy')")
        seen.page.focus("input[name=mode]:checked")
        keys.press("ArrowDown")
        until(seen, "!document.querySelector('#swipe').hidden")
        seen.page.focus("#panels summary")
        keys.press("Enter")
        until(seen, "document.querySelector('#panels details').open")
        outline = seen.page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert float(outline.removesuffix("px")) >= 2.0


def test_nothing_moves_for_those_who_want_no_motion(written: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        tab: Any = browser.new_context(offline=True, reduced_motion="reduce").new_page()
        tab.goto(written.resolve().as_uri())
        tab.wait_for_selector(READY)
        assert tab.locator(".leaflet-zoom-anim").count() == 0
        lasting = tab.evaluate(
            "[...document.querySelectorAll('*')].filter(n => parseFloat(getComputedStyle(n).transitionDuration) > 0).length"
        )
        assert lasting == 0
        browser.close()


@pytest.mark.parametrize("size", ["A3", "A4"])
def test_paper_holds_map_charts_and_table(written: Path, size: str) -> None:
    with opened(written) as seen:
        paper = seen.page.pdf(format=size, landscape=True)
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"print-{size}.pdf").write_bytes(paper)
        assert paper.startswith(b"%PDF")
        seen.page.emulate_media(media="print")
        assert seen.page.is_visible("#panels svg")
        assert seen.page.is_visible("#table")
        assert seen.page.is_visible(".card >> nth=0")
        assert seen.page.is_hidden("#modes")


def few(city: City) -> City:
    """Five streets, none with a name, and no buildings."""
    streets = city.streets[city.streets["inside"].astype(bool)].iloc[:5].assign(name=None, ref=None)
    streets = streets.astype({"name": "str", "ref": "str"})
    return city.replace(streets=streets, buildings=city.buildings.iloc[:0])


def test_a_hamlet_without_names_and_houses_has_a_page(tmp_path: Path) -> None:
    city = few(tiny())
    made = []
    for one in runs():
        frames = {"streets": one.frames["streets"].reindex(city.streets.index)}
        made.append(replace(one, frames=frames))
    path = page.publish(city, made, tmp_path / "few.html")
    with opened(path, 390, 844) as seen:
        kept(seen.page, "hamlet")
        assert "5 rows" in seen.page.inner_text("#page")
        assert seen.page.is_hidden("#deep")
        assert "Without name" in seen.page.inner_text("#table tbody")
        assert seen.errors == []


def test_one_run_alone_makes_a_page(tmp_path: Path) -> None:
    path = page.publish(tiny(), [plan("baseline", 2024, 1.0)], tmp_path / "one.html")
    with opened(path) as seen:
        assert "Nothing is done 2024" in seen.page.inner_text("#status")
        assert seen.errors == []


def test_houses_rise_where_people_ask_for_it(tmp_path: Path) -> None:
    city = tiny()
    houses = city.buildings.assign(height=12.0)
    path = page.publish(city.replace(buildings=houses), runs(), tmp_path / "deep.html")
    with opened(path) as seen:
        flat = pixels(seen.page)
        seen.page.check("#deep input")
        until(seen, f"({PIXELS}) !== {flat}")
        assert "d=1" in seen.page.evaluate("location.hash")
        kept(seen.page, "heights")
        seen.page.uncheck("#deep input")
        until(seen, "!location.hash.includes('d=1')")
        assert seen.errors == []


PIXELS = """[...document.querySelectorAll('.leaflet-ground-pane canvas')].reduce((sum, tile) => {
  const { data } = tile.getContext('2d').getImageData(0, 0, tile.width, tile.height);
  return sum + data.reduce((all, value, n) => all + (n % 4 === 3 && value ? 1 : 0), 0);
}, 0)"""
"""Pixels of the ground on which something is drawn."""


def pixels(tab: Any) -> int:
    return int(tab.evaluate(PIXELS))
