from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from layers.demo import path as extract
from tests.browser import chromium
from twin import build, quality, quality_report, reports, simulate
from twin.ledger import Ledger
from twin.section import Section, number, scaled, write

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City
    from twin.result import Result


@pytest.fixture(scope="module")
def city() -> City:
    return build.from_osm(extract("helsinki"), name="Helsinki <b>")


@pytest.fixture(scope="module")
def before(city: City) -> Result:
    return simulate.run(city)


PRINTED = {
    "nothing": (None, "", "not computed"),
    "not-a-number": (float("nan"), "", "not computed"),
    "zero": (0.0, "kWh", "0 kWh"),
    "whole": (7.0, "1", "7"),
    "small": (0.004731, "", "0.00473"),
    "middle": (-12.345, "ha", "-12.3 ha"),
    "great": (1234567.8, "kWh", "1,234,568 kWh"),
}


@pytest.mark.parametrize(("value", "unit", "text"), PRINTED.values(), ids=PRINTED.keys())
def test_a_figure_is_printed_as_people_read_it(value: float | None, unit: str, text: str) -> None:
    assert number(value, unit) == text


def test_large_figures_take_a_larger_step_of_their_unit() -> None:
    assert scaled([2.5e8, None, -1e6], "kWh/a") == ([250.0, None, -1.0], "GWh/a")
    assert scaled([2.5e3], "kWh/a") == ([2.5], "MWh/a")
    assert scaled([0.5], "kWh/a") == ([0.5], "kWh/a")
    assert scaled([], "m") == ([], "m")


def test_the_style_of_a_page_is_the_one_its_policy_allows(tmp_path: Path) -> None:
    page = write([Section("One", text="<i>")], tmp_path / "a.html", "T", "c").read_text()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page
    assert "<p>&lt;i&gt;</p>" in page


def test_a_browser_shows_the_page_in_its_style(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    path = write([Section("One", text="x")], tmp_path / "a.html", "T", "c")
    said: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.goto(path.as_uri())
        size = page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize")
        browser.close()
    assert said == []
    assert size == "25.6px"


def test_a_comparison_warns_of_trips_that_found_no_way(before: Result) -> None:
    traffic = before.record["certificates"]["traffic"]
    cut = traffic | {"trips_cut_off": traffic["trips_cut_off"] + 500.0}
    certificates = before.record["certificates"] | {"traffic": cut}
    after = replace(before, record={**before.record, "certificates": certificates})
    assert reports.comparison_section(before, before).points == ()
    (warning,) = reports.comparison_section(before, after).points
    assert "500 after" in warning


def test_the_quality_page_shows_objects_not_tables_of_our_own(city: City, tmp_path: Path) -> None:
    found = quality.check(city)
    sections = {section.title: section for section in quality_report.sections(found)}
    named = {row[0] for row in sections["Objects"].rows}
    assert {"buildings", "streets", "turns", "boundaries"} <= named
    assert not {"weather", "sources", "drops", "parameters"} & named
    page, data = quality_report.write_report(city, found, tmp_path / "q.html")
    assert "Helsinki &lt;b&gt;" in page.read_text(encoding="utf-8")
    assert data.exists()


def test_a_run_without_figures_says_so(before: Result) -> None:
    empty = replace(
        before,
        frames={},
        ledger=Ledger(before.ledger.rows.head(0)),
        record={**before.record, "figures": {}},
    )
    lines = reports.summary_lines(empty)
    assert any("No figure can be computed" in line for line in lines)


def test_every_check_of_a_run_is_told_in_words_with_a_unit(before: Result) -> None:
    sections = {section.title: section for section in reports.run_sections(before)}
    rows = {row[0]: row[1] for row in sections["Checks"].rows}
    assert rows["Ledger: rows that the models handed over"].endswith(" rows")
    own = [title for title in rows if title.startswith(("certificate: traffic", "balance: ledger"))]
    assert own == []


def test_shares_are_printed_as_per_cent() -> None:
    assert quality.printed("built_share", 0.00473) == "0.473%"
    assert quality.printed("people", 12345.0) == "12,345 people"
    assert quality.printed("dwellings", 3.0) == "3"
    assert quality.printed("people_per_hectare", float("nan")) == "not computed"
