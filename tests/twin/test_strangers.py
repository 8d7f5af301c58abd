"""What can go wrong with pages for everybody, each threat with the test that shows that it does not.

Whatever strangers wrote - names, tags, comments, titles - goes through every way out of the twin:
pages, reports, tables, files. Nothing of it may run, ask a host or begin a formula.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from tests import browser
from tests.payloads import PAYLOADS, TYPESET, hostile
from tests.twin.cities import tiny
from tests.twin.maps.test_page import ASKED, PLAN, runs
from twin import (
    change_report,
    comparison,
    consult_report,
    contributions,
    export,
    quality,
    quality_report,
    section,
    store,
    workbook,
)
from twin.consultation import Consultation
from twin.contributions import Contribution
from twin.maps import explore, page
from twin.maps.heard import Heard
from twin.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twin.result import Result

HERE, PAGE, NOTEBOOK, BRIEF, STUDIO = (
    f"tests.twin.{name}"
    for name in ("test_strangers", "maps.test_page", "maps.test_notebook", "test_brief", "studio")
)

THREATS: Final = {
    1: ("script in a tag, a name, a comment, a title", True, (
        f"{PAGE}:test_hostile_names_stay_text",
        f"{NOTEBOOK}:test_hostile_texts_stay_text",
        f"{BRIEF}:test_hostile_names_stay_text_everywhere",
        f"{STUDIO}.test_browser:test_what_strangers_wrote_stays_text",
        f"{HERE}:test_every_page_prints_what_strangers_wrote_and_obeys_none_of_it",
        f"{HERE}:test_without_a_script_and_on_paper_nothing_runs_either",
        "tests.twin.maps.test_heard:test_what_was_said_stands_on_the_page_as_text",
        "tests.twin.maps.test_page_places:test_the_page_forbids_nobody_to_frame_it_and_everything_to_load",
    )),
    2: ("javascript: or data: in a link", True, (
        "tests.twin.test_consult:test_what_is_wrong_is_said",
        f"{HERE}:test_no_page_links_to_a_script",
    )),
    3: ("a local file read in disguise", False, ("tests.layers.test_vectors:",)),
    4: ("a request to a host that a file names", True, (
        f"{NOTEBOOK}:test_a_plugin_that_would_load_from_elsewhere_is_refused",
        f"{PAGE}:test_a_page_that_loads_something_is_not_written",
        f"{HERE}:test_every_page_prints_what_strangers_wrote_and_obeys_none_of_it",
    )),
    5: ("archives that burst", False, ("tests.layers.test_archive:",)),
    6: ("a path in a name", True, (
        f"{STUDIO}.test_drafts:test_a_name_that_no_file_could_have_is_refused",
        f"{STUDIO}.test_guard:test_no_path_of_a_request_reaches_the_disk",
    )),
    7: ("YAML that bursts or means something else", True, (
        "tests.twin.test_document:", "tests.twin.test_consult:test_what_is_wrong_is_said",
    )),
    8: ("a formula in a table", True, (
        f"{PAGE}:test_formulas_in_names_are_quoted",
        f"{BRIEF}:test_hostile_names_are_no_formulas",
        "tests.twin.test_export:test_formulas_stay_text_in_csv",
        f"{HERE}:test_no_cell_of_what_people_said_begins_a_formula",
    )),
    9: ("figures and places that are none", True, (
        f"{STUDIO}.test_people:test_a_place_elsewhere_is_refused",
    )),
    10: ("shapes that are broken", False, ("tests.layers.test_vectors:",)),
    11: ("swapped axes", True, (f"{PAGE}:test_shapes_that_go_home_lie_where_they_are",)),
    12: ("the antimeridian", False, ("tests.twin.test_build:",)),
    13: ("clock changes", False, ("tests.layers.sensors.test_clock:",)),
    14: ("duplicates", True, (
        f"{STUDIO}.test_people:test_what_is_sent_is_kept_once_and_waits_for_a_moderator",
    )),
    15: ("mixed units", False, ("tests.layers.sensors.test_csv:",)),
    16: ("NaN in JSON", True, (
        f"{HERE}:test_json_of_every_page_and_file_is_strict",
        f"{NOTEBOOK}:test_data_in_a_script_element_stay_data",
    )),
    17: ("XML that bursts", False, ("tests.layers.test_osm:",)),
    18: ("pickles", False, ("tests.twin.test_arrayfiles:",)),
    19: ("brackets without end", True, (
        "tests.twin.test_consult:test_what_is_no_contribution_is_refused",
        f"{STUDIO}.test_guard:test_what_is_no_message_is_refused_without_a_trace",
    )),
    20: ("SQL in a name", True, (
        "tests.twin.test_export:test_the_package_is_a_sound_database",
        f"{HERE}:test_packages_hold_hostile_names_as_text",
    )),
    21: ("what tells of one household", True, (
        f"{PAGE}:test_figures_of_households_are_shown_by_block_only",
        "tests.twin.maps.test_blocks:test_what_is_held_back_cannot_be_read_from_the_rest",
        "tests.twin.maps.test_blocks:test_no_set_of_figures_rests_on_fewer_than_five_houses",
        "tests.twin.maps.test_blocks:test_quartiles_are_told_where_five_houses_lie_on_each_side",
    )),
    22: ("an expression that computes something else", True, (
        "tests.twin.test_expression:", f"{STUDIO}.test_browser:test_a_fault_is_told_in_plain_words",
    )),
    23: ("the studio from outside", True, (
        f"{STUDIO}.test_guard:test_a_name_that_is_not_ours_is_refused",
        f"{STUDIO}.test_guard:test_the_cookie_cannot_be_read_or_sent_by_others",
        f"{STUDIO}.test_guard:test_a_change_needs_our_origin_our_token_and_json",
        f"{STUDIO}.test_guard:test_every_answer_carries_the_headers",
        f"{STUDIO}.test_guard:test_two_hundred_uploads_at_once_are_taken_or_told_to_wait",
        f"{STUDIO}.test_fuzz:test_no_operation_breaks_whatever_is_sent",
    )),
    24: ("a file torn while it is written", True, (
        f"{STUDIO}.test_killed:test_no_saved_plan_and_no_accepted_contribution_is_lost",
        "tests.twin.test_consult:test_an_accepted_contribution_survives_a_kill",
        "tests.twin.test_export:test_an_export_that_breaks_leaves_nothing",
    )),
}  # fmt: skip
"""Number of a threat to what it is, whether it concerns pages, exports or the studio, and the tests
that show that it is met: ``module:function``, or ``module:`` where a whole module does."""


@pytest.mark.parametrize("number", THREATS)
def test_every_threat_to_pages_has_its_tests(number: int) -> None:
    _, pages, tests = THREATS[number]
    assert tests
    for place in tests:
        module, _, function = place.partition(":")
        made = importlib.import_module(module)
        assert not function or callable(getattr(made, function))
        assert function or not pages or any(name.startswith("test_") for name in vars(made))
    assert not pages or any(place.partition(":")[2] for place in tests)


# ---------------------------------------------------------------- every way out


def evil(result: Result) -> Result:
    """A run with a payload in all that its record holds of names and sentences."""
    record = {**result.record, "limits": list(PAYLOADS), "title": PAYLOADS[0], "name": PAYLOADS[2],
              "substitutes": list(PAYLOADS[:3]), "citations": {"a": list(PAYLOADS)}}  # fmt: skip
    return replace(result, record=record)


def consultation() -> Consultation:
    """A consultation whose every free text is a payload."""
    texts = [text[:200] for text in PAYLOADS]
    questions = [{"id": "a", "text": texts[2], "options": texts[:12]}]
    return Consultation.model_validate(
        {**ASKED, "title": texts[1], "controller": texts[4], "topics": texts[:20],
         "questions": questions}
    )  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every kind of page that the toolkit writes, of a hostile town."""
    room = tmp_path_factory.mktemp("strangers")
    city, made = hostile(), [evil(run) for run in runs()]
    said = Heard(1, 1, {"topic": [(text, 1, 1) for text in PAYLOADS]},
                 [(text, text, text) for text in PAYLOADS])  # fmt: skip
    plan = replace(PLAN, title=PAYLOADS[1], note=PAYLOADS[3])
    rows = [[text] * 2 for text in (*PAYLOADS, *TYPESET)]
    table = Section(PAYLOADS[0], PAYLOADS[2], tuple(PAYLOADS[:2]), tuple(tuple(r) for r in rows))
    store.save(tiny(), room / "old.twin")
    store.save(city, room / "new.twin")
    found = comparison.compare(room / "old.twin", room / "new.twin")
    return {
        "page": page.publish(
            city, made, room / "page.html", title=PAYLOADS[0], summary=PAYLOADS[2],
            consultation=consultation(), heard=said, plans={"quiet": plan},
        ),
        "explore": explore(city, made[0], "heat_need").save_page(room / "explore.html"),
        "difference": explore(city, made[2] - made[1], "vehicles").save_page(room / "diff.html"),
        "quality": quality_report.write_report(city, quality.check(city), room / "quality.html")[0],
        "sections": section.write([table], room / "sections.html", PAYLOADS[0], PAYLOADS[2]),
        "changes": change_report.write(found, room / "changes.html")[0],
    }  # fmt: skip


@contextmanager
def visitor(**how: Any) -> Iterator[tuple[Any, browser.Seen]]:
    """One browser for many pages, all that they do recorded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=browser.chromium(), args=list(browser.FLAGS))
        tab: Any = started.new_context(offline=True, **how).new_page()
        seen = browser.Seen(tab)
        browser._record(tab, seen)
        yield tab, seen
        started.close()


def harmless(tab: Any, seen: browser.Seen) -> None:
    assert tab.evaluate("window.hit") is None
    assert seen.dialogs == []
    assert [url for url in seen.requests if not url.startswith(("file:", "blob:", "data:"))] == []


@pytest.mark.browser
def test_every_page_prints_what_strangers_wrote_and_obeys_none_of_it(
    written: dict[str, Path],
) -> None:
    with visitor() as (tab, seen):
        for name, path in written.items():
            tab.goto(path.resolve().as_uri())
            ready = {"page": "body[data-ready]", "explore": ".twin-legend strong",
                     "difference": ".twin-legend strong"}.get(name, "main, body")  # fmt: skip
            tab.wait_for_selector(ready)
            tab.wait_for_timeout(100)
            harmless(tab, seen)
            assert [said for said in seen.errors if "Content Security" not in said] == []
            assert "window.hit" in tab.evaluate("document.documentElement.textContent")
            assert "Content-Security-Policy" in path.read_text(encoding="utf-8")


@pytest.mark.browser
def test_without_a_script_and_on_paper_nothing_runs_either(written: dict[str, Path]) -> None:
    with visitor(java_script_enabled=False) as (tab, seen):
        for path in written.values():
            tab.goto(path.resolve().as_uri())
            assert tab.pdf().startswith(b"%PDF")
        assert seen.dialogs == []
        assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []


@pytest.mark.browser
def test_no_page_links_to_a_script(written: dict[str, Path]) -> None:
    with visitor(java_script_enabled=False) as (tab, _):
        for path in written.values():
            tab.goto(path.resolve().as_uri())
            links = tab.locator("[href], [src], [action], [formaction], [srcdoc]")
            for n in range(links.count()):
                one = links.nth(n)
                for name in ("href", "src", "action", "formaction"):
                    there = (one.get_attribute(name) or "").strip().lower()
                    allowed = ("", "#", "https://", "mailto:", "data:image/", "data:,")
                    assert there.startswith(allowed), (path.name, there[:80])
                assert one.get_attribute("srcdoc") is None


def test_json_of_every_page_and_file_is_strict(written: dict[str, Path], tmp_path: Path) -> None:
    def refuse(text: str) -> None:
        raise AssertionError(text)

    text = written["page"].read_text(encoding="utf-8")
    inside = text.split('id="twin">', 1)[1].split("</script>", 1)[0]
    assert json.loads(inside, parse_constant=refuse)["words"]
    target = export.write(hostile(), tmp_path / "out", form="geojson", result=runs()[0])
    for path in target.glob("*.geojson"):
        held = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
        assert held["type"] == "FeatureCollection"


def test_packages_hold_hostile_names_as_text(tmp_path: Path) -> None:
    target = export.write(hostile(), tmp_path / "out.gpkg", form="gpkg", result=runs()[0])
    with sqlite3.connect(target) as held:
        held.execute("PRAGMA trusted_schema = OFF")
        assert held.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        names = {row[0] for row in held.execute("SELECT name FROM buildings")}
    assert names >= set(PAYLOADS[:5])


def test_no_cell_of_what_people_said_begins_a_formula(tmp_path: Path) -> None:
    said = [
        Contribution("comment", "page", text=text, topic=text, scenario=text, person=f"p{n}")
        for n, text in enumerate(
            dict.fromkeys(t.replace("\x00", "") for t in (*PAYLOADS, *TYPESET))
        )
    ]
    contributions.add(tmp_path, said)
    rows = contributions.table(tmp_path)
    contributions.moderate(tmp_path, rows.index, "public")
    table = consult_report.response_table(contributions.table(tmp_path), tiny())
    assert len(table) == len(said)
    text = workbook.csv(table).decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    book = tmp_path / "book.xlsx"
    book.write_bytes(workbook.workbook({"said": table}))
    read = CalamineWorkbook.from_path(book).get_sheet_by_name("said").to_python()
    assert len(read) == len(said) + 1
    made = pd.read_excel(book, engine="calamine", dtype=str)
    assert set(made["text"]) >= {"=cmd|'/C calc'!A0"}
