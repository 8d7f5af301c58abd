"""Limits of models in the language of the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from tests.twin import limit_sources
from tests.twin.cities import tiny
from twin import simulate
from twin.columns import LANGUAGES
from twin.sentences import HOLE, say

ROWS = tables.load("limit_words", "twin.data").fillna("").to_dict("records")
OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_there_with_the_same_holes(language: str) -> None:
    for row in ROWS:
        assert sorted(HOLE.findall(row[language])) == sorted(HOLE.findall(row["en"])), row["en"]
        numbers = [f"X{n}Y" for n in range(len(HOLE.findall(row["en"])))]
        text, said = say(row["en"].format(*numbers), language)
        assert said == language
        assert text == row[language].format(*numbers)


def test_what_changes_from_run_to_run_is_carried_over_with_its_marks() -> None:
    text, said = say(
        "Buildings whose heating is not known, 11,759 of them, each take the shares of LI (assumed).",
        "de",
    )
    assert said == "de"
    assert "11.759" in text
    assert "Liechtenstein" in text
    assert (
        "4,8 km/t"
        in say(
            "Everybody walks at 4.8 km/h on the flat and waits at signals and for gaps in the traffic "
            "of busy roads.",
            "da",
        )[0]
    )


def test_what_is_not_known_stays_english_and_says_so() -> None:
    assert say("A limit that nobody wrote.", "fi") == ("A limit that nobody wrote.", "en")
    assert say(ROWS[0]["en"], "en") == (ROWS[0]["en"], "en")


@given(st.text(max_size=200), st.sampled_from(OTHERS))
def test_any_text_comes_back_as_text(text: str, language: str) -> None:
    said, _ = say(text, language)
    assert isinstance(said, str)


def test_limits_of_models_are_those_of_the_table() -> None:
    from twin import uncertainty

    told = [say(text, "da")[1] for text in uncertainty.APPROXIMATIONS]
    assert told.count("da") >= 2


def test_every_sentence_that_models_write_has_its_row() -> None:
    known = {row["en"] for row in ROWS}
    lacking = [
        f'add to twin/data/limit_words.csv: <topic>,"{text}",<da>,<de>,<es>,<fi>  (of {where})'
        for text, where in limit_sources.sentences().items()
        if text not in known
    ]
    assert not lacking, "\n".join(lacking)


def test_no_row_is_of_a_sentence_that_nobody_writes_any_more() -> None:
    written = limit_sources.sentences()
    assert not [row["en"] for row in ROWS if row["en"] not in written]


def test_sentences_are_found_wherever_models_write_them() -> None:
    found = limit_sources.sentences()
    assert found["Signals are fixed-time and isolated in the model; green waves are not."] == (
        "twin.interventions.signal_timing"
    )
    by_hand = {
        "twin.mobility.access": "Minutes by car hold no walk to it and no search for parking.",
        "twin.mobility.road_limits": "{0} turn restrictions hold nothing up, for reasons that are "
        "counted.",
        "twin.houses": "Energy of buildings is not computed: the City has no weather.",
        "twin.energy.zones": "The wind is {0} m/s (assumed).",
        "twin.mobility.parameters": "{0}: figures of {1} stand in for {2} (assumed).",
        "layers.weather": "Irradiance of {0} is weak: {1}.",
    }
    assert {where: found[text] for where, text in by_hand.items()} == {key: key for key in by_hand}


@pytest.mark.parametrize("lacks", ["nothing", "timetable and zones", "tables of the country"])
def test_what_a_run_says_is_known_in_every_language(lacks: str) -> None:
    city = tiny()
    if lacks == "timetable and zones":
        city = city.replace(zones=city.zones.iloc[:0])
    if lacks == "tables of the country":
        city = city.replace(country="BR")
    record = simulate.run(city).record
    said = [*record["limits"], *record["substitutes"]]
    assert said
    assert not [text for text in said for one in OTHERS if say(text, one)[1] != one]


def test_every_part_of_a_list_in_a_hole_is_said() -> None:
    text = (
        "Mean trips of the survey do not fit into the model area: work 5.3 km instead of 14 km; "
        "leisure 4.7 km instead of 13 km. Trips of residents to places outside are turned to places "
        "inside."
    )
    assert "Arbeit 5,3 km statt 14 km; Freizeit 4,7 km statt 13 km." in say(text, "de")[0]
