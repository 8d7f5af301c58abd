"""The studio in the language of its people: what is English says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.test_browser import chromium, click_middle, visited
from tests.twin.studio.test_people import opened
from twin import catalog, contributions
from twin.columns import LANGUAGES
from twin.contributions import Contribution
from twin.studio import kinds, spoken, state
from twin.studio.engine import Engine
from twin.words import words

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["chromium"]
OTHERS = [one for one in LANGUAGES if one != "en"]
NAMES = {
    "Hovedgaden",
    "Lilleby",
    "Leaflet",
    "BSD",
    "OpenStreetMap",
    "ODbL",
    "YAML",
    "CSV",
    "GeoPackage",
}
"""Words that are the same in all languages."""
TEXTS = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, at = node.parentElement;
    if (at.closest("script, style, code, .leaflet-control-attribution, #credit")) { continue; }
    if (at.closest("[lang]").lang !== document.documentElement.lang) { continue; }
    if (node.data.trim()) { found.push(node.data.trim()); }
  }
  for (const name of ["aria-label", "title", "placeholder", "aria-valuetext", "aria-roledescription", "label"]) {
    document.querySelectorAll(`[${name}]`).forEach((node) => { if (!node.closest(".leaflet-container .leaflet-control-container")) { found.push(node.getAttribute(name).trim()); } });
  }
  return found.filter(Boolean);
}"""


@pytest.mark.parametrize("language", OTHERS)
def test_every_form_is_said(language: str) -> None:
    for one in kinds.forms(language):
        told = [one["about"], *(field["about"] for field in one["fields"] if field["about"][0])]
        assert [text for text, spoken_ in told if spoken_ != language] == [], one["kind"]
        known = words(language)
        assert f"kind_{one['kind']}" in known
        for field in one["fields"]:
            assert f"field_{field['name']}" in known
            for value, text in field["enum"] or []:
                assert text == known[f"option_{str(value).replace(' ', '_')}"]


def test_a_form_keeps_what_the_file_wants() -> None:
    for english, danish in zip(kinds.forms("en"), kinds.forms("da"), strict=True):
        for one, other in zip(english["fields"], danish["fields"], strict=True):
            assert one["name"] == other["name"]
            assert [value for value, _ in one["enum"] or []] == [v for v, _ in other["enum"] or []]
            assert one["default"] == other["default"]
    assert len(kinds.forms("da")) == len(catalog.kinds())


def test_a_stage_is_said_by_its_parts_or_stays_english() -> None:
    assert spoken.stage("assigning cars to streets", "da")[1] == "da"
    assert spoken.stage("something new: assigning cars to streets", "da") == (
        "something new: assigning cars to streets", "en",
    )  # fmt: skip


def test_what_no_table_knows_stays_english_and_says_so() -> None:
    found = spoken.faults([{"place": "a", "reason": "is odd.", "advice": ""}], "fi")
    assert found[0]["said"] == [("is odd.", "en"), ("", "fi")]


def texts(chromium: Any, root: Path, language: str) -> set[str]:
    """Every text that the studio shows in a walk through all it does."""
    studio = state.opened(root, language)
    studio.engine = Engine(studio.city, (served.TRAFFIC,))
    found: set[str] = set()
    with served.running(studio, ready=False) as at, visited(chromium, at, refused=True) as page:

        def look() -> None:
            found.update(page.evaluate(TEXTS))

        look()
        page.wait_for_selector("body[data-opened][data-figures]")
        click_middle(page)
        look()
        page.click("#clear")
        for kind in catalog.kinds():
            page.select_option("#other", kind)
            page.wait_for_selector("#measure:visible")
            look()
            page.click("#measure-close")
        click_middle(page)
        page.locator("#quick button", has_text=words(language)["kind_close_street"]).click()
        page.wait_for_selector('body[data-run="done"][data-showing="full"]')
        page.evaluate(
            "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"
        )
        look()
        for one in ("compare", "people", "plan"):
            page.click(f"#tab-{one}")
            if one == "compare":
                page.wait_for_selector("body[data-shelf]")
            look()
        page.select_option("#other", "speed_limit")
        page.fill("#expression", "colour == 'red'")
        page.fill("[data-field=speed_kph]", "30")
        page.click("#measure-save")
        page.wait_for_selector("#faults p")
        look()
    return found


@pytest.mark.browser
def test_no_english_stands_unmarked_in_a_danish_studio(chromium: Any, tmp_path: Path) -> None:
    shown = {}
    for language in ("en", "da"):
        root = served.folder(tmp_path / language)
        opened(root)
        contributions.add(
            root, [Contribution(channel="hall", kind="comment", text="For meget trafik")]
        )
        shown[language] = texts(chromium, root, language)
    same = {text for text in shown["da"] & shown["en"] if re.search(r"[A-Za-z]{3}", text)}
    alike = {a for key, a in words("en").items() if words("da")[key] == a}
    own = {
        "For meget trafik",
        "plan-1",
        "plan-1 2027",
        "Leaflet 1.9.4, BSD-2-Clause",
        *alike,
        *tiny().streets["name"],
    }
    known = {
        text
        for text in same
        if text in own or not set(re.findall(r"[A-Za-zÆØÅæøå]{3,}", text)) - NAMES
    }
    assert not same - known, sorted(same - known)
    assert len(shown["da"]) > 300
