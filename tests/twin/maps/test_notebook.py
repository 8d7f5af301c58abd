from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import folium
import numpy as np
import pytest

from layers.errors import InputError, TwinError
from tests.browser import opened
from tests.payloads import PAYLOADS, hostile
from tests.twin.cities import tiny
from tests.twin.maps.results import result
from twin import maps
from twin.maps.leaflet import embed
from twin.result import Result

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_shows_before_after_and_change_with_one_legend(tmp_path: Path) -> None:
    page = maps.compare(tiny(), result("today"), result("plan", 0.5), "heat_need")
    path = page.save_page(tmp_path / "map.html")
    with opened(path) as seen:
        choices = seen.page.eval_on_selector_all(
            "input[name=twin-view]", "nodes => nodes.map(n => n.value)"
        )
        assert choices == ["before", "after", "change"]
        shown = {}
        for view in choices:
            seen.page.check(f"input[value={view}]")
            shown[view] = seen.page.inner_text(f".twin-legend[data-view={view}]")
        limits = {v: re.findall(r"(?:<|≥|to) ([\d,]+)", shown[v]) for v in ("before", "after")}
        assert limits["before"] == limits["after"]
        assert "No noticeable change" in shown["change"]
        assert "Not computed" in shown["before"]
    assert not seen.errors
    assert seen.requests == [path.resolve().as_uri()]


def test_a_click_tells_what_is_known_and_what_is_guessed(tmp_path: Path) -> None:
    path = maps.explore(tiny(), result("today"), "heat_need").save_page(tmp_path / "map.html")
    with opened(path) as seen:
        box = seen.page.locator(".folium-map").bounding_box()
        story = ""
        for x in range(60, 900, 12):
            seen.page.mouse.click(box["x"] + x, box["y"] + 540)
            seen.page.wait_for_timeout(20)  # the story is unpacked first
            if seen.page.locator(".twin-story").count():
                story = seen.page.inner_text(".twin-story")
                if "estimated:" in story:
                    break
    assert "Heat need" in story
    assert "not measured" in story
    assert "estimated:" in story
    assert not seen.errors


def test_on_a_phone_nothing_hides_the_credit_or_the_controls(tmp_path: Path) -> None:
    path = maps.explore(tiny(), result("today"), "heat_need").save_page(tmp_path / "map.html")
    with opened(path, 390, 844) as seen:
        panel = seen.page.locator(".twin-panel").bounding_box()
        for name in (".leaflet-control-attribution", ".leaflet-control-scale"):
            box = seen.page.locator(name).bounding_box()
            assert box["y"] + box["height"] <= panel["y"]
        assert panel["y"] + panel["height"] <= 844
    assert not seen.errors


CLEAR = """() => {
  const at = (name) => document.querySelector(name).getBoundingClientRect();
  return at(".leaflet-popup-content-wrapper").left >= at(".leaflet-control-zoom").right;
}"""


def test_a_popup_keeps_clear_of_the_zoom_buttons(tmp_path: Path) -> None:
    path = maps.explore(tiny(), result("today"), "heat_need").save_page(tmp_path / "map.html")
    with opened(path, 390, 844) as seen:
        spots = ((x, y) for y in range(20, 480, 12) for x in range(60, 380, 12))
        for x, y in spots:
            seen.page.mouse.click(x, y)
            if seen.page.locator(".leaflet-popup").count():
                break
        # The map moves until the popup is clear; it fails here where that never comes.
        seen.page.wait_for_function(CLEAR)


def test_a_result_without_figures_says_so(tmp_path: Path) -> None:
    empty = replace(result("today"), frames={})
    path = maps.explore(tiny(), empty, "heat_need").save_page(tmp_path / "map.html")
    with opened(path) as seen:
        assert "No figure can be computed" in seen.page.inner_text(".twin-legend")
        assert not seen.page.locator(".twin-indicator").is_visible()
    assert not seen.errors


def test_what_was_not_computed_of_one_table_is_shown_of_the_other(tmp_path: Path) -> None:
    whole = result("today")
    heat, cars = whole.frames["buildings"], whole.frames["streets"]
    needs = heat.set_axis(["needs_met"], axis="columns")
    cases = (
        ({"buildings": needs, "streets": cars.assign(co2=1.0)}, "co2", "streets.co2"),
        ({"buildings": needs, "streets": cars}, "heat_need", "buildings.needs_met"),
    )
    for frames, column, shown in cases:
        page = maps.explore(tiny(), replace(whole, frames=frames), column)
        with opened(page.save_page(tmp_path / "map.html")) as seen:
            assert seen.page.input_value(".twin-indicator") == shown
        assert not seen.errors


def test_hostile_texts_stay_text(tmp_path: Path) -> None:
    page = maps.compare(hostile(), result("<script>x", 1.0), result("plan", 0.5), "heat_need")
    path = page.save_page(tmp_path / "map.html")
    with opened(path) as seen:
        for choice in ("buildings.heat_need", "streets.vehicles"):
            seen.page.select_option(".twin-indicator", choice)
            for x in range(60, 900, 24):
                for y in (540, 395):
                    seen.page.mouse.click(x, y)
        assert seen.page.evaluate("window.hit") is None
    assert not seen.dialogs
    assert seen.requests == [path.resolve().as_uri()]
    assert not [error for error in seen.errors if "Content Security" not in error]


def test_data_in_a_script_element_stay_data() -> None:
    for text in PAYLOADS:
        safe = str(embed({"name": text}))
        assert not set("<>&") & set(safe)
        assert json.loads(safe) == {"name": text}


def test_a_plugin_that_would_load_from_elsewhere_is_refused() -> None:
    page = maps.explore(tiny(), result("today"), "heat_need")
    page.add_child(folium.TileLayer("OpenStreetMap"))
    page.figure.header.add_child(folium.JavascriptLink("https://example.org/x.js"), name="x")
    with pytest.raises(TwinError, match="from elsewhere"):
        page.page()


def test_an_unknown_column_names_those_that_come_near() -> None:
    with pytest.raises(InputError, match="heat_need"):
        maps.explore(tiny(), result("today"), "heat_ned")


def test_a_frozen_policy_names_every_script_of_the_page() -> None:
    html = maps.explore(tiny(), result("today"), "heat_need").page()
    assert "script-src 'sha256-" in html
    assert "unsafe-inline" not in html


def test_the_shipped_leaflet_is_the_one_the_page_names() -> None:
    html = maps.explore(tiny(), result("today"), "heat_need").page()
    assert "Leaflet 1.9.4" in html
    assert "BSD-2-Clause" in html


def test_houses_of_which_nobody_told_the_protection_are_hatched(tmp_path: Path) -> None:
    made = result("baseline")
    flag = [float(n % 3 == 0) for n in range(len(made.frames["buildings"]))]
    houses = made.frames["buildings"].assign(protection_unknown=flag)
    run = Result({**made.frames, "buildings": houses}, made.ledger, made.record)
    path = maps.explore(tiny(), run, "heat_need").save_page(tmp_path / "u.html")
    with opened(path) as seen:
        line = seen.page.locator(".twin-row", has=seen.page.locator(".twin-unknown"))
        inside = tiny().buildings["inside"].to_numpy(dtype=bool)
        assert line.locator(".twin-count").inner_text() == str(int(np.array(flag)[inside].sum()))
        assert "protected" in line.inner_text()
        assert seen.errors == []
