"""Any English text of a model or report in the language of the reader."""

from __future__ import annotations

import csv
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from layers.errors import InputError
from twin import columns, languages, sentences, words
from twin.sentences import holes, numbers, say

if TYPE_CHECKING:
    from pathlib import Path

OTHERS = [language for language in languages.LANGUAGES if language != "en"]
ROWS = tables.load("phrases", "twin.data").fillna("").to_dict("records")

# Figures: marks of CLDR 46 for thousands, decimals and per cent.
FIGURES = {
    "whole": ("1,234,568", "de", "1.234.568"),
    "finnish": ("11,759", "fi", "11\u00a0759"),
    "below": ("-0.5", "da", "\u22120,5"),
    "share": ("45.2%", "es", "45,2\u00a0%"),
    "small": ("5.002e-12", "de", "5,002e-12"),
    "unit": ("1,234.5 kWh/a", "da", "1.234,5\u00a0kWh/år"),
    "span": ("2,607 to 8,041", "da", "2.607 til 8.041"),
    "draws": ("0.823 (0.451 to 1.22)", "de", "0,823 (0,451 bis 1,22)"),
    "day": ("2021-03-01", "de", "2021-03-01"),
    "version": ("1.2.3", "de", "1.2.3"),
}


@pytest.mark.parametrize(("text", "language", "said"), FIGURES.values(), ids=FIGURES.keys())
def test_figures_stand_as_a_language_writes_them(text: str, language: str, said: str) -> None:
    assert say(text, language) == (said, language)


def test_a_sentence_ends_after_its_figure() -> None:
    assert numbers("It is 4.8. Then 1,000.", "de") == "It is 4,8. Then 1.000."


SAID = {
    "exact": ("hot water", "Warmwasser"),
    "indented": ("  of which a grant pays", "  davon zahlt eine Förderung"),
    "prefix": ("buildings: floor area", "Gebäude: Geschossfläche"),
    "list": ("hot water, cooking", "Warmwasser, Kochen"),
    "head": ("Cost of travel [EUR/a]", "Mobilitätskosten [€/Jahr]"),
    "holes": ("Weather of Vaduz, 2 km away.", "Wetter von Vaduz, 2 km entfernt."),
    "joined": ("insulated envelope + air heat pump", "gedämmte Hülle + Luftwärmepumpe"),
    "country": (
        "Buildings whose heating is not known, 3 of them, each take the shares of LI (assumed).",
        (
            "Gebäude mit unbekannter Heizung, 3 an der Zahl, nehmen je die Anteile "
            "des Landes Liechtenstein (angenommen)."
        ),
    ),
}


@pytest.mark.parametrize(("text", "said"), SAID.values(), ids=SAID.keys())
def test_texts_are_said_part_by_part(text: str, said: str) -> None:
    assert say(text, "de") == (said, "de")


@pytest.mark.parametrize("language", OTHERS)
def test_every_phrase_is_there_with_its_holes(language: str) -> None:
    for row in ROWS:
        assert row[language], row["phrase"]
        found = sentences.HOLE.findall(row[language])
        assert sorted(found) == sorted(sentences.HOLE.findall(row["phrase"])), row["phrase"]
        assert found.count("0") <= 1, row["phrase"]


def test_names_of_a_town_are_no_sentences() -> None:
    for name in ("Marktgasse to Rathaus", "A of B", "Bahnhofstraße (Nord)", "12 of them"):
        assert say(name, "de") == (name, "en")


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_what_stands_in_holes_is_found_again(first: str, second: str, third: str) -> None:
    parts = (first, second, third)
    held = holes(f"{first}A{second}B{third}", parts)
    assert held is not None
    one, other = held
    assert f"{first}{one}{second}{other}{third}" == f"{first}A{second}B{third}"


@given(st.text(alphabet="ab (),:;to", max_size=200), st.sampled_from(OTHERS))
def test_any_text_comes_back(text: str, language: str) -> None:
    said, tongue = say(text, language)
    assert tongue == language or said == text


def test_a_hostile_name_costs_no_time() -> None:
    name = "a of b, c to d; e: f (g) and h " * 3000
    start = time.process_time()
    assert say(name, "de") == (name, "en")
    assert time.process_time() - start < 5.0


def test_what_somebody_wrote_is_known_in_any_language() -> None:
    choices = ("yes", "partly", "no")
    assert [sentences.meant(one, choices) for one in ("ja", "delvis", "nein", "osittain")] == [
        "yes", "partly", "no", "partly",
    ]  # fmt: skip
    assert sentences.meant("perhaps", choices) == "perhaps"


# ---------------------------------------------------------------- a sixth language


@pytest.fixture
def swedish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a language of one's own: four texts of it."""
    rows = ["en,sv", "Show,Visa", "Heat need,Värmebehov", '"Weather of {0}, {1} km away.",']
    rows += ["hot water,varmvatten", '"Traffic, all of it",', "Change,Förändring"]
    path = tmp_path / "sv.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.setenv(languages.FOLDER, str(tmp_path))
    for cached in (sentences.book, sentences._said, sentences._templates, words.words):
        cached.cache_clear()
    languages._read.cache_clear()
    return path


def test_one_file_is_a_language(swedish: Path) -> None:
    assert languages.known() == (*languages.LANGUAGES, "sv")
    assert say("hot water", "sv") == ("varmvatten", "sv")
    assert say("1,234.5", "sv") == ("1\u00a0234,5", "sv")
    assert say("cooking", "sv") == ("cooking", "en")
    assert words.words("sv")["show"] == "Visa"
    assert words.words("sv")["before"] == "Before"
    assert columns.get("buildings", "heat_need").title("sv") == "Värmebehov"
    assert swedish.stem == "sv"


def test_the_file_to_fill_in_holds_every_text(swedish: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from twin import cli

    out = tmp_path / "new" / "sv.csv"
    assert CliRunner().invoke(cli.cli, ["language", "sv", "-o", str(out)]).exit_code == 0
    rows = dict(csv.reader(out.read_text("utf-8-sig").splitlines()[1:]))
    assert rows["hot water"] == "varmvatten"
    assert rows["By sector"] == ""
    assert {"Weather of {0}, {1} km away.", "Show", "Heat need"} <= rows.keys()
    assert {row["phrase"] for row in ROWS} <= rows.keys()
    swedish.write_bytes(out.read_bytes())
    assert languages.added("sv")["hot water"] == "varmvatten"
    assert CliRunner().invoke(cli.cli, ["language", "../x"]).exit_code == 2


def test_a_file_that_lost_a_hole_is_refused_with_its_row(swedish: Path) -> None:
    swedish.write_text('en,sv\n"Weather of {0}, {1} km away.",Vädret {0}\n', encoding="utf-8")
    with pytest.raises(InputError, match="Weather of"):
        say("hot water", "sv")
    swedish.write_text("english,swedish\na,b\n", encoding="utf-8")
    with pytest.raises(InputError, match="twin language sv"):
        languages.added("sv")
