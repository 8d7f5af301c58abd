"""Limits of models in the language of the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from twin import limit_words
from twin.columns import LANGUAGES
from twin.limit_words import HOLE, say

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
    assert "von LI" in text
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
    assert limit_words.ENGLISH == "en"
