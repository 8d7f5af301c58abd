"""Limits by topic: nothing is lost, the plan's own come first, the weightiest of each topic first."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from twin.columns import LANGUAGES
from twin.interventions.signal_timing import SignalTiming
from twin.limit_topics import first_of, grouped, ordered
from twin.speech import Speech

TOPICS = tables.load("limit_topics", "twin.data")
ROWS = tables.load("limit_words", "twin.data")
QUEUES = "Queues at junctions take time but no room: no spill-back modelled."
THROUGH = next(text for text in ROWS["en"] if text.startswith("Through traffic unknown: nothing"))
OLD = next(text for text in ROWS["en"] if text.startswith("Old houses"))


def test_the_own_limits_of_a_plan_come_first() -> None:
    own = SignalTiming.limits[0]
    found = grouped([OLD, QUEUES, own])
    assert [one.title for one in found] == ["This plan", "Car traffic", "Energy of buildings"]
    assert found[0].points == (own,)


def test_the_weightiest_sentence_of_a_topic_stands_first_and_each_once() -> None:
    (traffic,) = grouped([QUEUES, THROUGH, QUEUES])
    assert traffic.points == (THROUGH, QUEUES)


def test_what_a_plan_of_houses_leaves_out_is_not_led_by_traffic() -> None:
    assert ordered([QUEUES, THROUGH, OLD], {"buildings"})[0] == OLD
    assert ordered([QUEUES, OLD, THROUGH], {"streets"})[0] == THROUGH


def test_a_sentence_that_no_row_fits_is_not_lost() -> None:
    assert grouped(["Nobody wrote this."])[0] == ("Other data", ("Nobody wrote this.",))


def test_a_terminal_gets_the_whole_plan_and_one_sentence_of_each_topic() -> None:
    own = [
        *SignalTiming.limits,
        "Roofs whose shape the map does not tell are taken for flat enough.",
    ]
    found = first_of(grouped([*own, QUEUES, THROUGH, OLD]))
    assert [(one.title, len(one.points)) for one in found] == [
        ("This plan", 2), ("Car traffic (1 of 2)", 1), ("Energy of buildings", 1)
    ]  # fmt: skip


def test_every_topic_is_known_and_every_title_is_said_in_every_language() -> None:
    assert set(ROWS["topic"]) <= set(TOPICS["topic"])
    for language in set(LANGUAGES) - {"en"}:
        assert all(Speech(language).phrase(title)[1] == language for title in TOPICS["title"])


@given(st.lists(st.sampled_from([*ROWS["en"], "Strange.", "<b>", ""])))
def test_nothing_is_lost_or_told_twice(said: list[str]) -> None:
    told = list(chain.from_iterable(one.points for one in grouped(said)))
    assert sorted(told) == sorted(set(said))
