"""What stands in the holes of limits, in the language of the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from twin.columns import LANGUAGES
from twin.energy.limits import BY_HOURS_ONLY
from twin.limit_parts import spoken
from twin.mobility.assumptions import PARTS
from twin.mobility.choice import MODES
from twin.mobility.demand_parameters import PURPOSES
from twin.mobility.emissions import END_USES
from twin.sentences import say

OTHERS = [language for language in LANGUAGES if language != "en"]
SAID = {
    "a name": ("district_heating", "Fernwärme"),
    "a list": ("work, leisure", "Arbeit, Freizeit"),
    "shares": ("trip rates 100%, places 3%", "Wegehäufigkeit 100%, Ziele 3%"),
    "remarks": ("electricity (CH) covers 2022", "Strom (Schweiz) gilt für 2022"),
    "years": (
        "natural_gas (DE) covers 2020 to 2030",
        "Erdgas (Deutschland) gilt für 2020 bis 2030",
    ),
    "lengths": (
        "work 5.3 km instead of 14 km; not home based 4 km instead of 11 km",
        "Arbeit 5.3 km statt 14 km; nicht von zu Hause 4 km statt 11 km",
    ),
    "and": ("vans, lorries and buses", "Lieferwagen, Lkw und Busse"),
    "works": ("insulation 1,204, heat_pump 3", "Dämmung 1,204, Wärmepumpen 3"),
    "a country": ("LI", "Liechtenstein"),
    "a number": ("1,204.5", "1,204.5"),
}


@pytest.mark.parametrize(("text", "told"), SAID.values(), ids=SAID.keys())
def test_what_is_known_is_said(text: str, told: str) -> None:
    assert spoken(text, "de") == told


@pytest.mark.parametrize(
    "text",
    ["Rock and Roll Lane", "work, Elm Street", "Zürich (old town)", "XQ", "", "feed 2 to go"],
)
def test_a_name_that_is_not_known_stays_whole(text: str) -> None:
    assert spoken(text, "de") == text


def test_all_that_models_name_is_known() -> None:
    carriers = tables.load("carriers")["carrier"]
    reasons = tables.load("country_substitutes").query("subject == 'archetypes'")["reason"]
    purposes = [one.replace("_", " ") for one in PURPOSES]
    named = {*PARTS, *purposes, *MODES, *BY_HOURS_ONLY.values(), *END_USES.values(),
             *carriers, *reasons, *tables.load("needs")["need"]}  # fmt: skip
    same = {"leisure", "bus", "park", "diesel", "transit"}
    for language in OTHERS:
        assert not {text for text in named if spoken(text, language) == text} - same, language


def test_the_sentence_puts_the_marks_of_the_language() -> None:
    text = "12% of the demand for travel rests on assumed figures (trip rates 100%, places 3%)."
    assert say(text, "de")[0] == (
        "12\u00a0% der Nachfrage nach Wegen beruht auf angenommenen Zahlen "
        "(Wegehäufigkeit 100\u00a0%, Ziele 3\u00a0%)."
    )


@given(st.text(max_size=600), st.sampled_from(OTHERS))
def test_any_text_comes_back(text: str, language: str) -> None:
    assert isinstance(spoken(text, language), str)
