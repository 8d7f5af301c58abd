"""The brief of a decision on a small town: figures by hand, five languages, two pages, six slides."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pypdfium2
import pytest
import shapely
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from layers.errors import InputError
from tests import browser
from tests.payloads import TYPESET
from tests.twin.cities import tiny
from twin import (
    brief,
    brief_choice,
    brief_facts,
    brief_finding,
    brief_map,
    brief_marks,
    brief_money,
    brief_tables,
    brief_text,
    kept,
    scenario,
    simulate,
    store,
)
from twin.cli import cli
from twin.columns import LANGUAGES
from twin.ledger import Ledger
from twin.maps import print_map, print_marks
from twin.speech import Speech
from twin.uncertainty import Bands

if TYPE_CHECKING:
    from pathlib import Path

    from twin.brief_choice import Choice

MADE = date(2026, 11, 22)
COARSE = 40
CLOSE = """\
schema: scenario/1
name: filter
title: Filter on Hovedgaden
interventions:
  - kind: close_street
    id: filter
    where: {ids: ["w102:21-22"]}
    start: 2025
"""
WARM = """\
schema: scenario/1
name: warm
title: Warm homes
interventions:
  - kind: retrofit
    id: old
    where: {expression: "year < 1980"}
    start: 2025
    package: usual
"""
BUILT = """\
schema: scenario/1
name: built
interventions:
  - {kind: close_street, id: filter, where: {ids: ["w102:21-22"]}, start: 2025}
  - {kind: new_street, id: link, where: {ids: ["12", "34"]}, start: 2025, speed_kph: 50}
  - {kind: demolition, id: gone, where: {ids: ["w1005"]}, start: 2025}
"""


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("brief") / "tiny.twin"
    store.save(tiny(), path)
    for name, text in (("filter", CLOSE), ("warm", WARM)):
        store.save_scenario(path, name, text)
    return path


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw maps and slides in few dots: what is tested here does not need more."""
    monkeypatch.setattr(print_map, "DOTS", COARSE)
    monkeypatch.setattr(brief, "SLIDE_DOTS", float(COARSE))


@pytest.fixture(scope="module")
def choice(twin: Path) -> Choice:
    return brief_choice.choose(twin, store.open(twin), ["filter", "warm"])


Pictures = list[tuple[bytes, bytes]]


@pytest.fixture(scope="module")
def drawn(choice: Choice) -> Pictures:
    """The maps of the choice, drawn once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(print_map, "DOTS", COARSE)
        return brief._drawn(brief_map.choose(choice), choice)


@pytest.fixture(scope="module")
def written(choice: Choice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("written")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(print_map, "DOTS", COARSE)
        brief.write(choice, place, made=MADE)
    return place


def pages(pdf: bytes) -> list[str]:
    """Text of every page, as somebody would select it."""
    with pypdfium2.PdfDocument(pdf) as found:
        texts = []
        for page in found:
            part = page.get_textpage()
            texts.append(part.get_text_bounded())
            part.close()
            page.close()
        return texts


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00ad", "").replace("\ufffe", ""))


# ---------------------------------------------------------------- runs


def test_runs_that_are_kept_and_still_hold_are_used_and_others_made(
    twin: Path, choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = store.runs(twin)
    assert {one.rsplit("-", 1)[0] for one in names} == {
        "baseline-2025", "filter-2025", "warm-2025",
    }  # fmt: skip

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("simulated again")

    monkeypatch.setattr(simulate, "run", never)
    again = brief_choice.choose(twin, store.open(twin), ["warm", names[1]])
    assert [one.plan.name for one in again.options] == ["warm", "filter"]
    digests = {one.plan.name: one.result.record["digest"] for one in choice.options}
    assert {one.plan.name: one.result.record["digest"] for one in again.options} == digests


def test_a_kept_run_of_another_city_or_plan_does_not_hold(twin: Path, choice: Choice) -> None:
    city = store.open(twin)
    plan = choice.options[0].plan
    assert kept.agreeing(twin, city, plan, 2025) is not None
    streets = city.streets
    streets["speed_kph"] = 20.0
    assert kept.agreeing(twin, city.replace(streets=streets), plan, 2025) is None
    other = replace(plan, interventions=(plan.interventions[0].model_copy(update={"note": "x"}),))
    assert kept.agreeing(twin, city, other, 2025) is None
    assert kept.agreeing(twin, city, plan, 2026) is None


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["nobody"], "is no plan"),
        (["filter", "filter"], "two plans"),
        (["filter"] * 5, "do not fit"),
        ([], "no plan is named"),
        (["baseline"], "without a plan"),
    ],
)
def test_what_cannot_be_briefed_is_said(
    twin: Path, choice: Choice, names: list[str], said: str
) -> None:
    assert choice
    with pytest.raises(InputError, match=said):
        brief_choice.choose(twin, store.open(twin), names)


# ---------------------------------------------------------------- figures


def test_figures_equal_ledger_and_records_by_a_second_route(choice: Choice) -> None:
    found = {one.key: one for one in brief_facts.figures(choice, most=None)}

    def tonnes(result: Any, **where: str) -> float:
        rows = result.ledger.rows
        rows = rows[rows["kind"] == "activity"]
        for name, value in where.items():
            rows = rows[rows[name] == value]
        return float(rows["tco2e"].sum())

    for key, where in (("ghg", {}), ("ghg_buildings", {"sector": "stationary"})):
        assert found[key].nothing == pytest.approx(tonnes(choice.nothing, **where))
        for change, option in zip(found[key].changes, choice.options, strict=True):
            wanted = tonnes(option.result, **where) - tonnes(choice.nothing, **where)
            assert change.change == pytest.approx(wanted, abs=1e-9)
    people = [one.record["people"] for one in (choice.nothing, choice.options[0].result)]
    told = found["minutes"]
    assert told.nothing == people[0]["travel_minutes"]["value"]
    assert told.changes[0].change == pytest.approx(
        people[1]["travel_minutes"]["value"] - people[0]["travel_minutes"]["value"]
    )


def test_a_page_shows_ten_figures_and_first_those_that_change(choice: Choice) -> None:
    shown = brief_facts.figures(choice)
    whole = brief_facts.figures(choice, most=None)
    assert len(shown) == 10
    left = [one for one in whole if one not in shown]
    moved = [any(part.noticeable for part in one.changes) for one in shown]
    assert all(moved) or not any(part.noticeable for one in left for part in one.changes)


def test_the_printed_figures_are_those_of_the_ledger(choice: Choice) -> None:
    held = brief_text.content(choice, Speech("en"), MADE)
    row = next(one for one in held["figures"] if one["title"] == "Greenhouse gases of buildings")
    value = choice.nothing.ledger.total("tco2e", kind="activity", sector="stationary")
    assert float(row["nothing"].replace(",", "")) == pytest.approx(value, rel=5e-3)
    assert row["cells"][0]["change"] == "0"
    assert row["cells"][1]["change"].startswith("\u2212")


def test_every_figure_and_every_amount_has_a_range_that_holds_it(choice: Choice) -> None:
    for one in brief_facts.figures(choice, most=None):
        for change in one.changes:
            assert change.change is not None
            assert change.low is not None
            assert change.high is not None
            assert change.low <= change.change <= change.high
        if one.nothing is not None:
            assert one.low is not None
            assert one.high is not None
            assert one.low < one.nothing < one.high or one.nothing == 0.0
    for each in choice.paid:
        for paid in each:
            assert paid.low < paid.amount < paid.high
    held = brief_text.content(choice, Speech("en"), MADE)
    assert all(cell["range"] for row in held["figures"] for cell in row["cells"])
    assert "in 8 of 10 possible worlds greenhouse gases change by" in " ".join(held["summary"])


def test_an_amount_that_may_be_more_or_less_has_signs_in_its_range() -> None:
    paid = brief_money.Money(
        "owner", "yearly", -1280.0, "EUR", "2024, VAT unknown", -4000.0, 1400.0
    )
    assert brief_finding.money_range(paid, Speech("en")) == "\u22124,000 € to +1,400 €"
    less = paid._replace(high=-300.0)
    assert brief_finding.money_range(less, Speech("en")) == "300 € to 4,000 €"


def test_what_may_save_or_add_is_told_as_such(choice: Choice) -> None:
    option = choice.options[1]
    row = choice.compared[1]["summary", simulate.EMITTED]
    unsure = replace(choice, options=(option,))
    unsure.__dict__["compared"] = [
        {("summary", simulate.EMITTED): row | {"low": -90.0, "high": 5.0}}
    ]
    assert brief_finding.finding(unsure, option, Speech("en")) == (
        "Warm homes may save or add greenhouse gases"
    )


def test_money_is_that_of_the_ledger_by_payer(choice: Choice) -> None:
    for option in choice.options:
        rows = option.result.ledger.rows
        paid = brief_money.money(choice.nothing.ledger, option.result.ledger)
        once = [one for one in paid if one.kind == "capex"]
        assert sum(one.amount for one in once) == pytest.approx(
            rows.loc[rows["kind"] == "capex", "cost"].sum()
        )
        assert {one.payer for one in once} == set(rows.loc[rows["kind"] == "capex", "payer"])


def test_streets_that_lose_and_gain_are_those_whose_traffic_moves(choice: Choice) -> None:
    option = choice.options[0]
    before, after = (
        one.frames["streets"]["vehicles"].fillna(0.0) for one in (choice.nothing, option.result)
    )
    rise = (after - before).loc[lambda change: change.abs() >= 50.0]
    names = choice.city.streets["name"]
    closed = "w102:21-22"
    found = [one for one in brief_facts.sides(option) if one.what == brief_facts.TRAFFIC]
    lost = {one.street for one in found if one.loses}
    won = {one.street for one in found if not one.loses}
    assert lost == set(names[rise.index[(rise > 0.0) & (rise.index != closed)]])
    assert won == set(names[rise.index[rise < 0.0]])
    weights = [one.addresses * abs(one.amount) / 50.0 for one in found]
    assert weights == sorted(weights, reverse=True)


def test_consents_stand_once_with_their_kinds(choice: Choice) -> None:
    found = brief_facts.consents(choice)
    assert {kind for one in found for kind in one.kinds} == {"close_street", "retrofit"}
    assert "police" in found[0].consent


def test_limits_that_weigh_most_for_the_plans_come_first(choice: Choice) -> None:
    both = brief_facts.limits(choice)
    assert both[0].startswith("Through traffic unknown")
    homes = brief_facts.limits(replace(choice, options=choice.options[1:]))
    assert not homes[0].startswith("Through traffic unknown")
    assert sorted(set(both)) == sorted(both)
    known = [str(line) for line in choice.options[0].result.record["limits"]]
    assert set(known) <= set(both)


def test_the_finding_names_the_street_that_loses_and_draws_are_told_in_frequencies(
    choice: Choice,
) -> None:
    """120 vehicles more past three doors; in 8 of 10 worlds 90 to 150."""
    option = choice.options[0]
    more = pd.DataFrame({
        "part": ["boundary"], "street": ["Sydgade"], "length [m]": [100.0],
        "change [veh/d]": [120.0], "addresses [1]": [3],
    })  # fmt: skip
    tables = {**option.affected.tables, "displaced": more}
    pieces = choice.city.streets.index[choice.city.streets["name"].eq("Sydgade").to_numpy()]
    bands = Bands(
        pd.DataFrame(
            {"vehicles_change": 120.0, "vehicles_change_p10": 90.0, "vehicles_change_p90": 150.0},
            index=pieces,
        ),
        {"draws": 50.0}, "morning", ("Bands have limits.",), (),
    )  # fmt: skip
    moved = replace(option, affected=replace(option.affected, tables=tables), bands=bands)
    held = brief_text.content(replace(choice, options=(moved,)), Speech("en"), MADE)
    assert "puts 120 more vehicles a day on Sydgade" in held["title"]
    sure = [line for line in held["summary"] if "in 8 of 10 possible worlds" in line]
    assert "greenhouse gases change by" in sure[0]
    told = [line for line in sure if "Sydgade" in line]
    assert len(told) == 1
    assert "+90 to +150 vehicles a day (50 worlds" in told[0]
    assert held["sides"][0]["losers"][0] == ["Sydgade", "3", "+120 vehicles/day"]


def test_without_counts_the_brief_says_so_and_with_them_how_near_it_is(choice: Choice) -> None:
    assert brief_facts.fit(choice) is None
    assert "No traffic was counted" in brief_text.content(choice, Speech("en"), MADE)["fit"]
    modelled = choice.nothing.frames["streets"]["vehicles"]
    streets = ["w102:22-23", "w102:23-24"]
    stations = pd.DataFrame(
        {
            "street": streets,
            "direction": ["both", "both"],
            "count": [modelled[streets[0]] / 1.1, modelled[streets[1]] / 1.5],
            "count_spread": [10.0, 10.0],
            "year": [float(choice.city.year)] * 2,
        },
        index=["a", "b"],
    )

    class Counted:
        """The City with two counters."""

        def __getattr__(self, name: str) -> Any:
            return stations if name == "stations" else getattr(choice.city, name)

    city: Any = Counted()
    found = brief_facts.fit(replace(choice, city=city))
    assert found is not None
    assert (found.counters, found.near) == (2, 1)
    assert found.deviation == pytest.approx(0.3)


def test_streets_to_count_are_those_whose_traffic_moves_most_and_is_not_counted(
    choice: Choice,
) -> None:
    """Sydgade: 120 vehicles more on 100 m; Nordgade: 70 fewer on 300 m; Hovedgaden is counted."""
    option = choice.options[0]
    head = ["part", "street", "length [m]", "change [veh/d]", "addresses [1]"]
    more = pd.DataFrame([("boundary", "Sydgade", 100.0, 120.0, 3)], columns=head)
    fewer = pd.DataFrame([("inside", "Nordgade", 300.0, -70.0, 3)], columns=head)
    tables = {**option.affected.tables, "displaced": more, "relieved": fewer}
    moved = replace(
        choice, options=(replace(option, affected=replace(option.affected, tables=tables)),)
    )
    assert brief_facts.uncounted(moved, 4) == ["Nordgade", "Sydgade"]
    assert brief_facts.uncounted(moved, 1) == ["Nordgade"]
    assert (
        "help most here: Nordgade, Sydgade." in brief_text.content(moved, Speech("en"), MADE)["fit"]
    )
    named = choice.city.streets["name"]
    pieces = named.index[named.eq("Sydgade").to_numpy()]
    bands = Bands(
        pd.DataFrame({"vehicles_change": 0.0, "vehicles_change_p10": -9.0,
                      "vehicles_change_p90": 9.0}, index=pieces),
        {"draws": 50.0}, "morning", (), (),
    )  # fmt: skip
    drawn = replace(moved, options=(replace(moved.options[0], bands=bands),))
    assert brief_facts.uncounted(drawn, 4) == ["Sydgade"]


# ---------------------------------------------------------------- words and numbers


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_whole_and_fits_on_two_pages(
    choice: Choice, written: Path, drawn: Pictures, language: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if language == "en":
        tmp_path = written
    else:
        monkeypatch.setattr(brief, "_drawn", lambda *_: drawn)  # maps have no language
        brief.write(choice, tmp_path, language=language, made=MADE)
    found = pages((tmp_path / "brief.pdf").read_bytes())
    assert len(found) == 2
    assert "{" not in "".join(found)
    pdf = (tmp_path / "brief.pdf").read_bytes()
    assert b"StructTreeRoot" in pdf
    page = (tmp_path / "brief.html").read_text("utf-8")
    assert f'lang="{language}"' in page
    held = brief_text.content(choice, Speech(language), MADE)
    texts = [row["language"] for row in [*held["figures"], *held["consents"]]]
    assert set(texts) == {language}
    if language != "en":
        english = brief_text.content(choice, Speech("en"), MADE)
        for key in ("ask", "fit", "figures_title", "figures_note", "date"):
            assert held[key] != english[key]
        assert held["words"].items() - english["words"].items()


def test_numbers_are_written_as_each_language_writes_them() -> None:
    said = {one: Speech(one).number(1234567.0) for one in LANGUAGES}
    assert said == {"en": "1,230,000", "da": "1.230.000", "de": "1.230.000", "es": "1.230.000",
                    "fi": "1\u00a0230\u00a0000"}  # fmt: skip
    assert Speech("fi").signed(0.2164) == "+0,216"
    assert Speech("en").signed(-52.84) == "\u221252.8"
    assert Speech("en").number(99.96) == "100"
    assert Speech("en").number(float("nan")) == Speech("en").number(None) == "\u2013"
    assert Speech("da").currency("DKK") == "kr."


def test_money_is_told_in_millions_with_its_currency_and_tax() -> None:
    assert Speech("en").money(1_130_000_000.0, "EUR") == "1,130 million €"
    assert Speech("da").money(2_540_000.0, "DKK") == "2,54 mio. kr."
    assert Speech("fi").money(730_400.0, "EUR") == "730\u00a0000 €"
    assert (
        brief_text._basis("2024, VAT 0.255", Speech("de")) == "Preise von 2024, inkl. 25,5 % MwSt."
    )
    assert brief_text._basis("2017, VAT unknown", Speech("en")) == "prices of 2017, VAT unknown"


def test_a_long_limit_ends_with_a_sentence() -> None:
    text = "One sentence. " * 30
    assert brief_text._cut(text.strip(), 100).endswith("sentence.")
    assert len(brief_text._cut("word " * 80, 100)) <= 100


def test_a_language_that_is_not_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="xx"):
        Speech("xx")


def test_titles_units_kinds_and_consents_of_the_models_have_phrases() -> None:
    from layers import tables
    from twin import catalog

    wanted = set(tables.load("consents", "twin.data")["consent"])
    wanted |= set(tables.load("impact", "twin.data")["title"])
    rows = tables.load("brief_figures", "twin.data")
    people = tables.load("people", "twin.data").set_index("key")
    wanted |= set(rows.loc[rows["source"] == "summary", "name"])
    wanted |= set(people.loc[rows.loc[rows["source"] == "people", "name"], "title"])
    wanted |= set(rows["unit"]) - {"1"}
    for language in LANGUAGES:
        missing = [one for one in wanted if Speech(language).phrase(one)[1] != language]
        assert missing == []
        assert all(Speech(language).word(f"kind_{name}") for name in catalog.kinds())


def test_the_units_of_figures_are_those_that_the_file_says(choice: Choice) -> None:
    from layers import tables

    units = tables.load("brief_figures", "twin.data").set_index("key")["unit"]
    for one in brief_facts.figures(choice, most=None):
        assert one.unit == units[one.key]


# ---------------------------------------------------------------- pages, slides, workbook


def test_the_pdf_has_title_language_and_readable_text(written: Path, choice: Choice) -> None:
    pdf = (written / "brief.pdf").read_bytes()
    with pypdfium2.PdfDocument(pdf) as found:
        assert len(found) == 2
        assert found.get_metadata_dict()["Title"] == brief_finding.title(choice, Speech("en"))
        width, height = found.get_page_size(0)
        assert (round(width), round(height)) == (595, 842)
    text = flat(" ".join(pages(pdf)))
    for said in (
        "Who loses and who gains", "What it costs and who pays",
        "the municipality as road authority", "Open Database License", "OpenStreetMap contributors",
        choice.options[0].result.record["digest"][:12],
    ):  # fmt: skip
        assert said in text


def test_slides_are_full_hd_and_the_first_tells_the_finding(written: Path, choice: Choice) -> None:
    slides = sorted(written.glob("slide-*.png"))
    assert len(slides) == 6
    for one in slides:
        content = one.read_bytes()
        assert struct.unpack(">II", content[16:24]) == (1920, 1080)
        assert len(content) > 20_000
    texts = pages((written / "slides.pdf").read_bytes())
    assert len(texts) == 6
    assert flat(brief_finding.title(choice, Speech("en")))[:40] in flat(texts[0])


def test_the_workbook_holds_every_row_unrounded(written: Path, choice: Choice) -> None:
    book = CalamineWorkbook.from_path(written / "brief.xlsx")
    rows = book.get_sheet_by_name("figures").to_python()
    first = next(row for row in rows if row[0] == "Greenhouse gases of buildings" and row[3])
    value = choice.nothing.ledger.total("tco2e", kind="activity", sector="stationary")
    assert first[3] == pytest.approx(value, rel=1e-12)
    limits = book.get_sheet_by_name("notes").to_python()
    assert len(limits) - 2 == len(brief_facts.limits(choice))
    measures = book.get_sheet_by_name("measures").to_python()
    assert [row[1] for row in measures[1:]] == ["filter", "old"]
    assert (written / "brief-figures.csv").exists()


def test_sheets_hold_the_rows_in_which_something_changes() -> None:
    table = pd.DataFrame({"id": ["a", "b", "c"], "walk change [min]": [0.0, 2.0, np.nan],
                          "walk needs lost [1]": [0, 0, 1], "walk before [min]": 5.0})  # fmt: skip
    assert list(brief_tables.changed(table)["id"]) == ["b", "c"]
    plain = table[["id", "walk before [min]"]]
    assert brief_tables.changed(plain) is plain


def test_the_same_brief_is_written_byte_for_byte(
    written: Path, choice: Choice, tmp_path: Path
) -> None:
    brief.write(choice, tmp_path, made=MADE)
    for name in ("brief.html", "brief.xlsx", "brief.pdf", "slides.pdf"):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_the_change_on_the_map_is_that_of_the_runs(choice: Choice) -> None:
    assert (found := brief_map.choose(choice)) is not None
    assert found.shown.table == "blocks"  # no street changes by as many vehicles as people notice
    maps = brief_map.choose(choice, "streets.vehicles")
    assert maps is not None
    assert (maps.shown.table, maps.shown.column.column) == ("streets", "vehicles")
    one = maps.drawn[0]
    before, after = (
        result.frames["streets"]["vehicles"].reindex(one.frame.index).to_numpy()
        for result in (choice.nothing, choice.options[0].result)
    )
    np.testing.assert_array_equal(one.change, after - before)
    counted = [row["count"] for row in brief_map.content(maps, choice, Speech("en"))["legend"]]
    known = sum(int(text.split(" · ")[0]) for text in counted)
    assert known == len(one.frame)


def test_what_a_plan_closes_adds_and_takes_away_is_marked_with_its_number(choice: Choice) -> None:
    plan = scenario.parse(BUILT, choice.city)
    after = plan.city(choice.city, 2025)
    option = replace(choice.options[0], plan=plan, after=after)
    built = replace(choice, options=(option,))
    marks = brief_marks.of(built, option)
    streets, houses = choice.city.streets, choice.city.buildings
    closed = [streets.geometry["w102:21-22"], houses.geometry["w1005"]]
    assert [one.equals(other) for one, other in zip(marks.closed, closed, strict=True)] == [
        True
    ] * 2
    (link,) = marks.new
    ends = choice.city.junctions.geometry.loc[[12, 34]]
    assert link.length == pytest.approx(ends.iloc[0].distance(ends.iloc[1]))
    assert [len(one) for one in marks.measures] == [1, 1, 1]
    assert marks.measures[1][0].equals(link)
    told = brief_marks.told(built, option, Speech("en"))
    assert told == [
        {"number": "1", "text": "Close to cars: Hovedgaden (2025)"},
        {"number": "2", "text": "New street or bridge: 2 places (2025)"},
        {"number": "3", "text": "Demolition (2025)"},
    ]
    held = brief_text.content(built, Speech("en"), MADE)
    assert "Close to cars [1], New street or bridge [2], Demolition [3]" in held["summary"][0]


def test_a_new_street_is_drawn_with_its_traffic_by_the_plan_that_adds_it_only(
    choice: Choice,
) -> None:
    plan = scenario.parse(BUILT, choice.city)
    after = plan.city(choice.city, 2025)
    first, second = choice.options
    frame = first.result.frames["streets"].copy()
    frame.loc["new:link:1", "vehicles"] = 77.0
    result = replace(first.result, frames={**first.result.frames, "streets": frame})
    built = replace(choice, options=(replace(first, plan=plan, after=after, result=result), second))
    maps = brief_map.choose(built, "streets.vehicles")
    assert maps is not None
    one, other = maps.drawn
    assert one.change[one.frame.index.get_loc("new:link:1")] == 77.0
    assert "new:link:1" not in other.frame.index
    note = brief_map.content(maps, built, Speech("en"))["map_note"]
    assert "White with a dark rim: new." in note
    assert "closed or removed" in note


def test_numbers_stand_on_their_objects_inside_the_map_and_apart() -> None:
    frame = (0.0, 0.0, 1000.0, 600.0)
    line = shapely.LineString([(100.0, 100.0), (300.0, 100.0)])
    far = shapely.Point(5000.0, 300.0)
    assert print_marks.places([[line]], frame) == [(200.0, 100.0)]
    (edge,) = print_marks.places([[far]], frame)
    assert edge == pytest.approx((965.0, 300.0))
    many = print_marks.places([[line]] * 9, frame)
    gaps = [np.hypot(a[0] - b[0], a[1] - b[1]) for n, a in enumerate(many) for b in many[:n]]
    assert min(gaps) >= 40.0
    assert all(0.0 < x < 1000.0 and 0.0 < y < 600.0 for x, y in many)


def test_figures_of_homes_are_drawn_by_block_only(choice: Choice) -> None:
    only = replace(choice, options=choice.options[1:])
    maps = brief_map.choose(only, "buildings.heat_need")
    assert maps is None or maps.shown.table == "blocks"


# ---------------------------------------------------------------- thin data


def bare(choice: Choice, **frames: Any) -> Choice:
    """The same choice whose runs know less."""

    def less(result: Any) -> Any:
        kept_ = {name: one for name, one in result.frames.items() if name in frames}
        return replace(result, frames=kept_, ledger=Ledger.empty(),
                       record={**result.record, "people": {}, "figures": {}})  # fmt: skip

    empty = {name: table.iloc[:0] for name, table in choice.options[0].affected.tables.items()}
    options = tuple(
        replace(one, result=less(one.result), affected=replace(one.affected, tables=empty))
        for one in choice.options
    )
    return replace(choice, nothing=less(choice.nothing), options=options)


def test_without_figures_people_money_and_map_the_brief_says_what_is_missing(
    choice: Choice, tmp_path: Path
) -> None:
    for name in ("slide-9.png", "brief-old.csv", "mine.csv"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    brief.write(bare(choice), tmp_path, made=MADE)
    text = flat(" ".join(pages((tmp_path / "brief.pdf").read_bytes())))
    for said in (
        "No figure can be computed", "No cost of this plan is known", "Traffic is not computed",
        "can be drawn as a map", "no street that is known", "what is known and what is not",
    ):  # fmt: skip
        assert said in text
    # Slides and tables of an earlier brief are gone, other people's files are not.
    assert len(sorted(tmp_path.glob("slide-*.png"))) == 5
    assert not (tmp_path / "brief-old.csv").exists()
    assert (tmp_path / "mine.csv").exists()


def test_a_city_without_buildings_has_a_brief_of_its_streets(tmp_path: Path) -> None:
    city = tiny()
    store.save(city.replace(buildings=city.buildings.iloc[:0]), tmp_path / "bare.twin")
    plan = tmp_path / "plan.yaml"
    plan.write_text(CLOSE, encoding="utf-8")
    found = brief_choice.choose(
        tmp_path / "bare.twin", store.open(tmp_path / "bare.twin"), [str(plan)]
    )
    brief.write(found, tmp_path / "out", made=MADE)
    text = flat(" ".join(pages((tmp_path / "out" / "brief.pdf").read_bytes())))
    assert "Close to cars [1]" in text
    assert "Greenhouse gases of buildings" not in text


def crowded(choice: Choice) -> Choice:
    """Four plans of forty measures with long names."""
    one = choice.options[0]
    many = tuple(
        one.plan.interventions[0].model_copy(update={"id": f"filter-{number}"})
        for number in range(40)
    )
    options = tuple(
        replace(one, plan=replace(one.plan, name=f"plan-{number}", interventions=many,
                                  title=f"{number} Donaudampfschifffahrtsgesellschaft " * 6))
        for number in range(4)
    )  # fmt: skip
    return replace(choice, options=options, contact="x" * 900, ask="Why? " * 200)


@pytest.mark.parametrize("language", ["fi"])
def test_four_plans_of_forty_measures_with_long_names_fit(
    choice: Choice, language: str, tmp_path: Path
) -> None:
    brief.write(crowded(choice), tmp_path, language=language, made=MADE)
    found = pages((tmp_path / "brief.pdf").read_bytes())
    assert len(found) == 2
    assert "Open Database License" in flat(found[1])
    assert "…" in found[0]
    # What stands below the maps is not cut off.
    assert Speech(language).word("brief_sign_number") in flat(found[0])
    assert len(sorted(tmp_path.glob("slide-*.png"))) == 6
    measures = CalamineWorkbook.from_path(tmp_path / "brief.xlsx").get_sheet_by_name("measures")
    assert len(measures.to_python()) == 161


# ---------------------------------------------------------------- hostile names


def hostile(choice: Choice, text: str) -> Choice:
    """Payloads in every place that a stranger's file can fill."""
    city = choice.city
    streets = city.streets
    streets["name"] = [f"{text} {number}" for number in range(len(streets))]
    evil = city.replace(streets=streets)
    options = []
    for one in choice.options:
        tables = {}
        for name, table in one.affected.tables.items():
            tables[name] = table.assign(street=text) if "street" in table else table
        record = {**one.result.record, "limits": [text], "digest": text}
        record["consents"] = [{"kind": "close_street", "consent": text, "basis": text,
                               "evidence": "assumed"}]  # fmt: skip
        options.append(replace(
            one, plan=replace(one.plan, title=text),
            affected=replace(one.affected, tables=tables, limits=(text,)),
            result=replace(one.result, record=record),
        ))  # fmt: skip
    return replace(choice, city=evil, options=tuple(options), ask=text, contact=text)


@pytest.mark.browser
@pytest.mark.parametrize("start", range(0, len(TYPESET), 7))
def test_hostile_names_stay_text_everywhere(choice: Choice, start: int, tmp_path: Path) -> None:
    text = " ".join(TYPESET[start : start + 7])
    brief.write(hostile(choice, text), tmp_path, made=MADE)
    assert len(pages((tmp_path / "brief.pdf").read_bytes())) == 2
    with browser.opened(tmp_path / "brief.html", ready="main") as seen:
        assert seen.page.evaluate("window.hit") is None
        assert seen.dialogs == []
        assert seen.errors == []
        assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []
        assert seen.page.locator("script").count() == 0
    whole = "".join(pages((tmp_path / "brief.pdf").read_bytes()))
    assert "root:x:" not in whole


@pytest.mark.parametrize("text", TYPESET)
def test_hostile_names_are_no_formulas(choice: Choice, text: str, tmp_path: Path) -> None:
    from twin import workbook

    evil, say = hostile(choice, text), Speech("en")
    streets = brief_tables._streets(evil, say)
    found = [streets, brief_tables._consents(evil, say), brief_tables._measures(evil, say)]
    for table in found:
        lines = workbook.csv(table).decode("utf-8-sig")
        for row in pd.read_csv(io.StringIO(lines), dtype=str, keep_default_na=False).to_numpy():
            cells = [cell for cell in row.tolist() if not re.fullmatch(r"-?[\d.e+-]+", cell)]
            assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    book = tmp_path / "book.xlsx"
    book.write_bytes(workbook.workbook({"streets": streets}))
    cells = CalamineWorkbook.from_path(book).get_sheet_by_name("streets").to_python()
    assert cells[0][0] == "Plan"


# ---------------------------------------------------------------- the page in a browser


@pytest.mark.browser
def test_the_page_asks_nobody_reads_well_and_prints_on_two_sheets(written: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with browser.opened(written / "brief.html", ready="main") as seen:
        assert seen.errors == []
        assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []
        printed = seen.page.pdf(prefer_css_page_size=True)
        assert len(pages(printed)) == 2
        # The policy forbids scripts; the checker is let in by the browser's own hand.
        found = Axe().run(seen.page)
        assert found.response["violations"] == []
        seen.page.set_viewport_size({"width": 320, "height": 700})
        wide = seen.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320


def test_the_command_writes_all_and_prints_where(twin: Path, choice: Choice) -> None:
    assert choice
    done = CliRunner().invoke(cli, ["brief", str(twin), "filter", "--lang", "da", "--json"])
    assert done.exit_code == 0, done.output
    place = twin.with_suffix(".brief")
    assert {"brief.pdf", "brief.html", "brief.xlsx", "slide-1.png"} <= {
        one.name for one in place.iterdir()
    }
    wrong = CliRunner().invoke(cli, ["brief", str(twin), "nothing-like-it"])
    assert wrong.exit_code == 3
    assert "filter" in wrong.output


def test_plans_of_a_file_are_read_too(twin: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(CLOSE, encoding="utf-8")
    found = kept.named(twin, str(path), store.open(twin))
    assert found.plan == scenario.read(path, store.open(twin))
    assert found.year is None
