"""The consultation page in a real browser, from its file, without any network."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from layers.errors import InputError, TwinError
from tests import browser
from tests.payloads import hostile
from tests.twin.cities import tiny
from tests.twin.maps.results import result
from tests.twin.maps.test_panels import TABLES
from twin import contributions, scenario, statements
from twin.cli_consult import _bounds
from twin.consultation import Consultation
from twin.maps import page
from twin.maps.leaflet import closed
from twin.maps.panels import kinds
from twin.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser import Seen


READY = "body[data-ready]"


def opened(path: Path, width: int = 1280, height: int = 800) -> Any:
    return browser.opened(path, width, height, READY)


def until(seen: Seen, said: str) -> None:
    """Wait until a sentence about the page is true; asked from outside, as the page forbids eval."""
    for _ in range(400):
        if seen.page.evaluate(said):
            return
        seen.page.wait_for_timeout(25)
    pytest.fail(f"never true: {said}")


def plan(name: str, year: int, factor: float) -> Result:
    made = result(name, factor)
    return Result(made.frames, made.ledger, {**made.record, "scenario": name, "year": year})


def runs() -> list[Result]:
    return [
        plan("baseline", 2024, 1.0),
        plan("baseline", 2030, 1.0),
        plan("quiet", 2030, 0.5),
        plan("busy", 2030, 2.0),
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    return page.publish(tiny(), runs(), path, column="streets.vehicles")


@pytest.fixture
def seen(written: Path) -> Iterator[Seen]:
    with opened(written) as found:
        yield found
        assert found.errors == []
        assert found.dialogs == []
        assert [url for url in found.requests if not url.startswith(("file:", "blob:"))] == []


def rows(seen: Seen) -> list[list[str]]:
    """The table as people read it."""
    found: list[list[str]] = seen.page.eval_on_selector_all(
        "#table tbody tr", "lines => lines.map(l => [...l.children].map(c => c.textContent))"
    )
    return found


def legend(seen: Seen) -> str:
    return str(seen.page.inner_text("#legend"))


def test_first_it_shows_the_change_that_the_first_plan_brings(seen: Seen) -> None:
    assert seen.page.inner_text("#status") == "quiet 2030 compared with: Nothing is done"
    assert "No noticeable change" in legend(seen)
    assert f"{len(streets())} rows" in seen.page.inner_text("#page")
    # the change of a street that carries v cars is -v / 2; the least loss stands first
    changes = [figure(row[3]) for row in rows(seen)]
    assert changes == sorted(changes, reverse=True)


def streets() -> dict[str, list[float]]:
    """Cars of the stretches of each street inside when nothing is done; unnamed ones stand alone."""
    frame = tiny().streets
    found: dict[str, list[float]] = {}
    names = frame["name"].where(frame["name"].notna(), frame["ref"])
    for n, (name, inside) in enumerate(zip(names, frame["inside"], strict=True)):
        if inside:
            key = f"{n}" if pd.isna(name) else str(name)
            found.setdefault(key, []).append(10.0 * (n + 1))
    return found


def test_a_street_is_one_row_and_opens_its_stretches(seen: Seen) -> None:
    known = streets()
    longest = max(known, key=lambda name: len(known[name]))
    assert len(known[longest]) > 1
    seen.page.fill("#filter input", longest)
    until(seen, "document.querySelectorAll('#table tbody tr').length === 1")
    row = rows(seen)[0]
    # half of the cars go: the stretch that loses fewest stands for the street, and the range is told
    least, most = min(known[longest]), max(known[longest])
    assert [figure(cell) for cell in row[1:4]] == [least, least / 2.0, -least / 2.0]
    count, _, span = row[4].partition(": ")
    assert int(count) == len(known[longest])
    assert [figure(end) for end in span.split(" to ")] == [-most / 2.0, -least / 2.0]
    seen.page.click("#table tbody tr td:last-child button")
    below = rows(seen)[1:]
    assert sorted(figure(one[1]) for one in below) == sorted(known[longest])
    assert seen.page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    seen.page.select_option("#order select", "-1")
    until(seen, "document.querySelectorAll('#table tbody tr').length === 1")
    assert figure(rows(seen)[0][3]) == -most / 2.0
    assert "stretch" in seen.page.inner_text("#table-note")


def figure(text: str) -> float:
    """A figure as the English page prints it."""
    return float(text.replace(",", "").replace("\u2212", "-"))


def test_scenario_year_and_view_change_what_the_table_says(seen: Seen) -> None:
    seen.page.check("input[value=busy]")
    seen.page.check("input[value=one]")
    until(seen, "document.querySelector('#status').textContent === 'busy 2030'")
    values = {float(row[1].replace(",", "")) for row in rows(seen)}
    # twice the cars; each street shows the stretch with most of them
    wanted = {2.0 * max(cars) for cars in streets().values()}
    assert values <= wanted
    assert max(values) == max(wanted)
    seen.page.check("input[value=baseline]")
    seen.page.focus("#years input")
    seen.page.keyboard.press("ArrowLeft")
    until(seen, "document.querySelector('#status').textContent === 'Nothing is done 2024'")


def test_figures_of_households_are_shown_by_block_only(written: Path, seen: Seen) -> None:
    options = seen.page.eval_on_selector_all("#indicator option", "all => all.map(o => o.value)")
    assert "blocks.heat_need" in options
    assert not any(option.startswith("buildings.heat") for option in options)
    content = json.loads(
        re.search(r'id="twin">(.*?)</script>', written.read_text(encoding="utf-8"), re.DOTALL)[1]  # type: ignore[index]
    )
    facts = [fact["title"] for fact in content["layers"]["buildings"]["facts"]]
    assert facts
    assert not [title for title in facts if "people" in title.lower() or "heating" in title.lower()]


def test_a_page_that_is_not_public_tells_each_house(tmp_path: Path) -> None:
    path = page.publish(tiny(), runs()[:1], tmp_path / "own.html", public=False)
    with opened(path) as found:
        options = found.page.eval_on_selector_all("#indicator option", "a => a.map(o => o.value)")
        assert "buildings.heat_need" in options
        assert found.page.is_hidden("input[name=scenario]")
        assert found.page.is_hidden("#modes")
        assert found.page.is_hidden("#years")


def test_the_browser_reads_the_figures_that_were_written(seen: Seen) -> None:
    read: list[list[float]] = seen.page.evaluate(
        """async () => {
          const twin = JSON.parse(document.getElementById("twin").textContent);
          const one = twin.indicators.find((i) => i.column === "vehicles");
          const first = await twinPack.figures(one.values["baseline-2024"], one.kept);
          const busy = await twinPack.figures(one.values["busy-2030"], one.kept, first);
          return [[...first], [...busy]];
        }"""
    )
    assert read[0]
    assert np.array(read[1]) == pytest.approx(2.0 * np.array(read[0]))
    inside = tiny().streets["inside"].to_numpy(dtype=bool)
    assert sorted(read[0]) == (10.0 * np.arange(1, len(inside) + 1)[inside]).tolist()


def test_the_swipe_moves_by_key_and_by_finger(seen: Seen) -> None:
    seen.page.check("input[value=swipe]")
    handle = seen.page.locator("#swipe")
    handle.focus()
    seen.page.keyboard.press("ArrowRight")
    assert handle.get_attribute("aria-valuenow") == "55"
    assert "quiet 2030" in handle.get_attribute("aria-valuetext")
    seen.page.keyboard.press("Home")
    assert handle.get_attribute("aria-valuenow") == "0"
    box = seen.page.locator("#map").bounding_box()
    grip = handle.bounding_box()
    seen.page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    seen.page.mouse.down()
    seen.page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 200)
    seen.page.mouse.up()
    assert handle.get_attribute("aria-valuenow") == "75"
    sides = [seen.page.inner_text(f".side.{name}") for name in ("left", "right")]
    assert sides == ["Nothing is done 2030", "quiet 2030"]


def test_a_click_and_the_enter_key_tell_the_story_of_a_street(seen: Seen) -> None:
    name = rows(seen)[0][0]
    seen.page.click("#table tbody tr:first-child button")
    seen.page.wait_for_selector(".story h3")
    assert seen.page.inner_text(".story h3 >> nth=0") == name
    story = seen.page.inner_text(".story")
    for part in ("2030", "Nothing is done", "quiet", "busy"):
        assert part in story
    # beside each plan stands what it changes
    assert re.search(r"quiet\s+[\d,]+ vehicles/day \(\u2212[\d,]+\)", story)
    assert re.search(r"busy\s+[\d,]+ vehicles/day \(\+[\d,]+\)", story)
    seen.page.keyboard.press("Escape")
    seen.page.focus("#map")
    seen.page.keyboard.press("Enter")
    assert seen.page.inner_text("#status") or seen.page.locator(".story").count()


def test_an_address_is_found(seen: Seen) -> None:
    name = tiny().streets["name"].dropna().iloc[0]
    seen.page.fill("#search input", str(name)[:6])
    seen.page.wait_for_selector("#search li button")
    seen.page.keyboard.press("Enter")
    assert seen.page.inner_text("#status") == name
    seen.page.wait_for_selector(".story h3")
    assert seen.page.inner_text(".story h3 >> nth=0") == name
    seen.page.fill("#search input", "zzzz")
    until(seen, "document.querySelector('#search ul').textContent.length > 0")
    assert seen.page.locator("#search li button").count() == 0


def test_a_link_leads_back_to_the_same_view(seen: Seen, written: Path) -> None:
    seen.page.check("input[value=busy]")
    seen.page.check("input[value=one]")
    until(seen, "document.querySelector('#status').textContent === 'busy 2030'")
    link = seen.page.evaluate("location.hash")
    seen.page.goto("about:blank")
    seen.page.goto(written.resolve().as_uri() + link)
    seen.page.wait_for_selector(READY)
    assert seen.page.inner_text("#status") == "busy 2030"
    assert seen.page.is_checked("input[value=one]")


@pytest.mark.parametrize("link", ["#i=nope&s=%00&y=x&m=y&p=1/2", "#p=a/b/c", "#%", "#i=__proto__"])
def test_a_broken_link_shows_the_first_view(written: Path, link: str) -> None:
    with opened(written) as found:
        found.page.goto("about:blank")
        found.page.goto(written.resolve().as_uri() + link)
        found.page.wait_for_selector(READY)
        assert found.page.inner_text("#status").startswith("quiet 2030 compared")
        assert found.errors == []


def taken(seen: Seen, button: str) -> bytes:
    with seen.page.expect_download() as waiting:
        seen.page.click(button)
    return Path(waiting.value.path()).read_bytes()


def test_figures_go_home_with_source_and_licence(seen: Seen) -> None:
    lines = list(csv.reader(io.StringIO(taken(seen, "#csv").decode("utf-8-sig"))))
    assert lines[0][2] == "Cars per day, Nothing is done 2024 [veh/d]"
    assert len(lines[1]) == 2 + len(runs())
    assert any("OpenStreetMap" in line[0] for line in lines if line)
    assert any("ODbL" in line[0] for line in lines if line)
    shapes = json.loads(taken(seen, "#geojson"))
    assert "ODbL" in shapes["licence"]
    assert len(shapes["features"]) == int(tiny().streets["inside"].sum())
    assert shapes["features"][0]["properties"]["vehicles@quiet-2030"] > 0
    assert taken(seen, "#png").startswith(b"\x89PNG\r\n\x1a\n")


def test_shapes_that_go_home_lie_where_they_are(seen: Seen, tmp_path: Path) -> None:
    import geopandas as gpd
    import shapely

    read = gpd.GeoDataFrame.from_features(json.loads(taken(seen, "#geojson")))
    city = tiny()
    streets = city.streets[city.streets["inside"].astype(bool)].geometry.to_crs("EPSG:4326")
    there = shapely.union_all(streets.to_numpy())
    far = shapely.hausdorff_distance(there, shapely.union_all(read.geometry.to_numpy()))
    assert far < 1e-5  # degrees, about 1 m


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    path = page.publish(hostile(), runs(), tmp_path / "hostile.html", language="es")
    with opened(path) as found:
        for index in range(found.page.locator("#indicator option").count()):
            before = int(found.page.evaluate("document.body.dataset.told"))
            found.page.select_option("#indicator", index=index)
            until(found, f"document.body.dataset.told > {before}")
            for row in range(min(10, found.page.locator("#table tbody tr").count())):
                found.page.click(f"#table tbody tr:nth-child({row + 1}) button")
                found.page.wait_for_selector(".story")
        found.page.fill("#search input", "script")
        found.page.wait_for_selector("#search li")
        assert found.page.evaluate("window.hit") is None
        assert found.errors == []
        assert found.dialogs == []
        assert [url for url in found.requests if not url.startswith("file:")] == []


def test_formulas_in_names_are_quoted(tmp_path: Path) -> None:
    city = tiny()
    streets = city.streets
    streets["name"] = "=cmd|'/C calc'!A0"
    path = page.publish(city.replace(streets=streets), runs(), tmp_path / "f.html")
    with opened(path) as found:
        lines = csv.reader(io.StringIO(taken(found, "#csv").decode("utf-8-sig")))
        cells = [cell for line in lines for cell in line]
    assert [cell for cell in cells if "cmd" in cell]
    assert not [cell for cell in cells if cell.startswith("=")]


@pytest.mark.parametrize("size", [(1280, 800), (390, 844), (320, 640)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    written: Path, size: tuple[int, int]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with opened(written, *size) as found:
        for mode in ("change", "swipe"):
            found.page.check(f"input[value={mode}]")
            report: dict[str, Any] = Axe().run(found.page).response
            said = [(v["id"], v["nodes"][0]["target"]) for v in report["violations"]]
            assert said == []
        assert found.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_every_choice_is_reached_by_tabbing(seen: Seen) -> None:
    reached = set()
    for _ in range(120):
        seen.page.keyboard.press("Tab")
        reached.add(
            seen.page.evaluate(
                "document.activeElement.id || document.activeElement.name || document.activeElement.tagName"
            )
        )
    assert {"map", "indicator", "scenario", "mode", "link", "csv", "print"} <= reached


def test_without_script_the_totals_stand(written: Path) -> None:
    from playwright.sync_api import sync_playwright

    from tests.browser import FLAGS, chromium

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        tab: Any = browser.new_context(java_script_enabled=False, offline=True).new_page()
        tab.goto(written.resolve().as_uri())
        assert "needs JavaScript" in tab.inner_text("main")
        assert tab.locator("noscript img").count() == 1
        browser.close()


def test_print_shows_map_and_table_but_no_buttons(seen: Seen) -> None:
    seen.page.emulate_media(media="print")
    assert seen.page.is_hidden("#csv")
    assert seen.page.is_visible("#legend")
    assert seen.page.is_visible("#table")
    assert seen.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("language", ["da", "de", "es", "fi"])
def test_the_page_speaks(tmp_path: Path, language: str) -> None:
    path = page.publish(tiny(), runs(), tmp_path / "l.html", language=language)
    with opened(path) as found:
        assert found.page.get_attribute("html", "lang") == language
        text = found.page.inner_text("body")
        assert "Nothing is done" not in text
        assert "{" not in found.page.inner_text(".panel")


def test_what_cannot_be_shown_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no result"):
        page.publish(tiny(), [], tmp_path / "p.html")
    first, second = runs()[:2]
    with pytest.raises(InputError, match="difference"):
        page.publish(tiny(), [second - first], tmp_path / "p.html")
    bare = replace(first, frames={})
    with pytest.raises(InputError, match="no figure"):
        page.publish(tiny(), [bare], tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()


def test_new_objects_that_the_city_does_not_hold_are_counted(tmp_path: Path) -> None:
    first = runs()[0]
    traffic = first.frames["streets"].rename(index={first.frames["streets"].index[0]: "new:a:b:1"})
    path = page.publish(
        tiny(), [replace(first, frames={**first.frames, "streets": traffic})], tmp_path / "n.html"
    )
    assert "1 new objects" in path.read_text(encoding="utf-8")


def test_a_page_that_loads_something_is_not_written() -> None:
    with pytest.raises(TwinError, match="elsewhere"):
        closed('<html><head></head><script src="http://x/y.js"></script></html>')


def test_the_same_runs_make_the_same_page(written: Path, tmp_path: Path) -> None:
    again = page.publish(tiny(), runs(), tmp_path / "again.html", column="streets.vehicles")
    assert again.read_bytes() == written.read_bytes()


ASKED = {
    "schema": "consultation/1",
    "name": "quiet",
    "title": "Shall cars leave? <script>window.hit=1</script>",
    "status": "formal",
    "channel": "https://hearing.example.org/42",
    "opens": "2026-12-01",
    "closes": "2026-12-31",
    "controller": "Lilleby <b>Municipality</b>",
    "mail": "plan@lilleby.example",
    "retention": "2027-12-31",
    "topics": ["traffic", "</script><script>window.hit=1</script>"],
    "questions": [
        {"id": "support", "text": "What do you think?", "options": ["for it", "against it"]},
        {"id": "more", "text": "What is missing?", "kind": "text"},
    ],
}


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "hearing.html"
    asked = Consultation.model_validate(ASKED)
    return page.publish(tiny(), runs(), path, column="vehicles", consultation=asked)


def test_people_take_part_and_take_a_file_home(hearing: Path, tmp_path: Path) -> None:
    with opened(hearing) as found:
        tab = found.page
        assert "official channel" in tab.inner_text("#part-status").lower()
        assert tab.is_disabled("#part-save")
        tab.click("#part-form button[type=submit]")
        assert tab.get_attribute("#part-text", "aria-invalid") == "true"
        tab.fill("#part-text", "Slow down <img src=x onerror=window.hit=1>")
        tab.click("#part-pin")
        tab.click("#part-form button[type=submit]")
        tab.click("#part-draw")
        box = tab.locator("#map").bounding_box()
        for step in (0.4, 0.5, 0.6):
            tab.mouse.click(box["x"] + box["width"] * step, box["y"] + box["height"] * 0.5)
        tab.fill("#part-text", "A path here")
        tab.click("#part-form button[type=submit]")
        tab.click("#part-reaction button >> nth=1")
        tab.click("#part-reaction button >> nth=0")  # changed my mind: counts once
        tab.check("input[name=q-support][value='for it']")
        tab.fill("textarea[name=more]", "Trees")
        tab.click("#part-questions button[type=submit]")
        content = taken(found, "#part-save")
        assert tab.evaluate("window.hit") is None
        assert (
            tab.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length")
            == 0
        )
        assert tab.evaluate("document.cookie") == ""
        assert found.errors == []
        assert [url for url in found.requests if not url.startswith(("file:", "blob:"))] == []
    saved = tmp_path / "saved.json"
    saved.write_bytes(content)
    given, _ = statements.read(saved, tiny())
    assert [one.kind for one in given] == ["comment", "wish", "reaction", "answers"]
    assert given[0].place is not None
    assert given[1].place is not None
    assert len(given[1].place["coordinates"]) == 3
    assert given[2].answers == {"reaction": "for"}
    assert given[3].answers == {"support": "for it", "more": "Trees"}
    assert contributions.add(tmp_path, given, bounds=_bounds(tiny())) == (4, 0)


def test_axe_finds_nothing_where_people_take_part(hearing: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with opened(hearing, 390, 844) as found:
        report: dict[str, Any] = Axe().run(found.page).response
        assert [(v["id"], v["nodes"][0]["target"]) for v in report["violations"]] == []
        assert found.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_page_without_a_consultation_asks_nothing(seen: Seen) -> None:
    assert seen.page.locator("#part").count() == 0


def test_without_tables_there_is_no_chart(seen: Seen) -> None:
    titles = seen.page.eval_on_selector_all("#panels h2", "all => all.map(h => h.textContent)")
    assert titles == []  # no ledger and no parts of the day: nothing is filled with examples


def test_a_table_that_is_given_switches_its_chart_on(tmp_path: Path) -> None:
    tables = {
        **TABLES,
        "cash_flow": pd.concat(
            [TABLES["cash_flow"].assign(run=name, cost=cost) for name, cost in COSTS.items()]
        ),
    }
    path = page.publish(tiny(), runs(), tmp_path / "c.html", tables=tables)
    with opened(path, 390, 844) as found:
        drawn = found.page.eval_on_selector_all("#panels section", SECTIONS)
        assert [one["title"] for one in drawn if one["marks"] == 0] == []
        assert len(drawn) == len(kinds())
        assert "quiet 2030" in drawn[0]["title"]
        money = next(one for one in drawn if one["title"].startswith("What it costs"))
        assert money["cells"][:2] == ["2026", "500"]
        found.page.check("input[value=busy]")
        until(found, "document.querySelector('#panel-cash_flow').textContent.includes('busy')")
        again = found.page.eval_on_selector_all("#panels section", SECTIONS)
        money = next(one for one in again if one["title"].startswith("What it costs"))
        assert money["cells"][:2] == ["2026", "900"]
        assert found.errors == []
        assert found.page.evaluate("document.documentElement.scrollWidth") <= 390


COSTS = {"quiet": 500.0, "busy": 900.0}
SECTIONS = """all => all.map(s => ({
  title: s.querySelector("h2").textContent,
  marks: s.querySelectorAll("svg rect, svg polyline, svg polygon, svg path").length,
  cells: [...s.querySelectorAll("tbody th, tbody td")].map(c => c.textContent),
}))"""


def bands(width: float) -> pd.DataFrame:
    """Changes of `quiet`, each known to so many cars."""
    change = runs()[2].frames["streets"]["vehicles"] - runs()[1].frames["streets"]["vehicles"]
    ends = {"vehicles_change_p10": change - width, "vehicles_change_p90": change + width}
    return pd.DataFrame({"vehicles_change": change, **ends})


def test_changes_that_may_be_none_are_hatched_and_told_in_runs_of_ten(tmp_path: Path) -> None:
    path = page.publish(
        tiny(), runs(), tmp_path / "b.html", column="streets.vehicles", bands={"quiet": bands(70.0)}
    )
    change = bands(70.0)["vehicles_change"][tiny().streets["inside"].astype(bool)]
    with opened(path) as found:
        hatched = int(((change <= -50.0) & (change > -70.0)).sum())
        line = found.page.locator("#legend .row", has=found.page.locator(".doubt"))
        assert line.count() == (1 if hatched else 0)
        if hatched:
            assert line.locator(".count").inner_text() == str(hatched)
        assert "8 of 10" in found.page.inner_text("#table thead")
        assert found.page.inner_text("#table tbody tr td:nth-child(5) >> nth=0").count("to") == 1
        found.page.click("#table tbody tr:first-child button")
        found.page.wait_for_selector(".story h3")
        assert "in 8 of 10 runs of the model between" in found.page.inner_text(".story")
        assert "may as well be none" in found.page.inner_text(".story")
        found.page.check("input[value=busy]")
        until(found, "!document.querySelector('#table thead').textContent.includes('8 of 10')")


def test_bands_of_a_run_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="noisy"):
        page.publish(tiny(), runs(), tmp_path / "b.html", bands={"noisy": bands(1.0)})


def test_spread_of_a_figure_is_told_as_eight_of_ten_cases(tmp_path: Path) -> None:
    made = runs()[0]
    houses = made.frames["buildings"].assign(heat_need_spread=10.0)
    run = replace(made, frames={**made.frames, "buildings": houses})
    path = page.publish(
        tiny(), [run], tmp_path / "s.html", public=False, column="buildings.heat_need"
    )
    with opened(path) as found:
        value = float(rows(found)[0][1].replace(",", ""))
        found.page.click("#table tbody tr:first-child button")
        found.page.wait_for_selector(".story h3")
        low, high = (f"{value + sign * 12.8155:,.0f}" for sign in (-1, 1))
        assert f"In 8 of 10 cases between {low} and {high}" in found.page.inner_text(".story")


def test_the_first_screen_tells_what_each_plan_comes_to(seen: Seen) -> None:
    said = seen.page.eval_on_selector_all(".card", "all => all.map(c => c.textContent)")
    assert [re.split(r"\s{2,}", one.strip())[0] for one in said] == [
        "Nothing is done",
        "quiet",
        "busy",
    ]
    assert "Most fewer cars a day" in said[1]
    assert "Most more cars a day" in said[2]
    worst = max(streets(), key=lambda name: max(streets()[name]) * (not name.isdigit()))
    assert worst in said[1].split("Most fewer")[1]


def test_the_page_names_what_a_plan_does(tmp_path: Path) -> None:
    asked = Consultation.model_validate({**ASKED, "status": "informal", "channel": ""})
    path = page.publish(
        tiny(), runs()[1:3], tmp_path / "p.html", plans={"quiet": PLAN}, consultation=asked,
        made=date(2026, 11, 22),
    )  # fmt: skip
    with opened(path) as found:
        card = found.page.inner_text(".card >> nth=1")
        assert "Quiet nights <b>" in card
        assert "Speed limit, from 2027" in card
        assert "For those who sleep." in card
        assert "Quiet nights <b>" in found.page.inner_text("h1")
        header = found.page.inner_text("header")
        assert "Take part until December 31, 2026" in header
        assert "plan@lilleby.example" in header
        assert "take small changes there for none" in header
        assert "Page of November 22, 2026" in found.page.inner_text("#figures")


PLAN = scenario.parse(
    """\
schema: scenario/1
name: quiet
title: Quiet nights <b>
note: For those who sleep.
interventions:
- {kind: speed_limit, id: slow, where: {expression: "speed_kph > 30"}, start: 2027, speed_kph: 30}
"""
)
