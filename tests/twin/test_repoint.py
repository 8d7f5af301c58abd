from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from tests.twin.cities import tiny
from twin import repoint, scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = """schema: scenario/1
name: calm
interventions:
  # the school street, asked for by the parents
  - kind: close_street
    id: school
    where: {ids: ["w102:21-22", w102:22-23, gone]}
    start: 2027
    direction: forward
  - kind: retrofit
    id: houses
    where:
      ids:
        - w1001   # the old dairy
        - w1002
    start: 2028
    package: usual
  - kind: retrofit
    id: rest
    where: {expression: "year < 1960"}
    start: 2029
    package: usual
"""


def heirs(*rows: tuple[str, str, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["old_id", "new_id", "turned"])


def same() -> Mapping[str, pd.DataFrame]:
    city = tiny()
    return {
        name: heirs(*((one, one, False) for one in city.table(name).index))
        for name in ("streets", "buildings")
    }


def test_a_text_whose_ids_are_still_there_is_not_touched() -> None:
    text = TEXT.replace(", gone", "")
    found = repoint.repointed(text, same())
    assert found.text == text
    assert (found.followed, found.orphans) == (4, ())


def test_ids_follow_their_objects_and_comments_stay() -> None:
    streets = heirs(("w102:21-22", "w7:1-2", False), ("w102:21-22", "w7:2-3", False),
                    ("w102:22-23", "w102:22-23", False))  # fmt: skip
    found = repoint.repointed(TEXT, {**same(), "streets": streets})
    assert '["w7:1-2", "w7:2-3", "w102:22-23"]' in found.text
    assert "# the school street, asked for by the parents" in found.text
    assert "# the old dairy" in found.text
    assert 'where: {expression: "year < 1960"}' in found.text
    plan = scenario.parse(found.text)
    assert plan.interventions[0].where.ids == ("w7:1-2", "w7:2-3", "w102:22-23")
    assert plan.interventions[1].where.ids == ("w1001", "w1002")


def test_orphans_are_told_with_their_line() -> None:
    found = repoint.repointed(TEXT, same())
    assert found.followed == 4
    (orphan,) = found.orphans
    assert orphan.place == "interventions[0].where.ids[2], line 7"
    assert "'gone': nothing in the new extract follows it" in str(orphan)
    lost = {**same(), "buildings": heirs(("w1002", "w1", False))}
    places = [fault.place for fault in repoint.repointed(TEXT, lost).orphans]
    assert places == [
        "interventions[0].where.ids[2], line 7",
        "interventions[1].where.ids[0], line 14",
    ]


def test_a_measure_that_lost_all_stays_as_it_is_and_is_told() -> None:
    found = repoint.repointed(TEXT, {"streets": heirs(), "buildings": heirs()})
    assert found.text == TEXT
    assert len(found.orphans) == 5


def test_a_street_drawn_the_other_way_round_is_told() -> None:
    streets = heirs(("w102:21-22", "w102:22-21", True), ("w102:22-23", "w102:22-23", False))
    found = repoint.repointed(TEXT, {**same(), "streets": streets})
    assert [fault.reason for fault in found.orphans] == [
        "'gone': nothing in the new extract follows it.",
        "'w102:21-22' is drawn the other way round now.",
    ]
    both = TEXT.replace("direction: forward", "direction: both")
    assert len(repoint.repointed(both, {**same(), "streets": streets}).orphans) == 1


def test_scenarios_of_the_first_format_follow_too() -> None:
    old = TEXT.replace("scenario/1", "scenario/0").replace("interventions:", "measures:")
    old = old.replace("kind: close_street", "use: close_street").replace("kind: ret", "use: ret")
    found = repoint.repointed(old, {**same(), "buildings": heirs(("w1001", "w5", False))})
    assert '"w5"' in found.text
    assert scenario.parse(found.text).interventions[1].where.ids == ("w5",)


BAD = {
    "no-yaml": "a: [",
    "alias": "a: &x 1\nb: *x",
    "tag": "a: !!python/object:os.system 1",
    "empty-name": "{}: []: {",
    "two-documents": "a: 1\n---\nb: 2\n",
    "control": "a: \x00",
    "deep": "[" * 200,
    "tab": "a:\n\t- b",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_what_is_no_yaml_of_ours_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        repoint.repointed(text, same())


ODD = {
    "no-mapping": "- 1\n",
    "no-list": "interventions: 3\n",
    "entry-a-number": "interventions: [1, null]\n",
    "no-where": "interventions:\n  - kind: retrofit\n",
    "where-all": "interventions:\n  - {kind: retrofit, where: all}\n",
    "ids-a-text": "interventions:\n  - {kind: retrofit, where: {ids: w1001}}\n",
    "ids-empty": "interventions:\n  - {kind: retrofit, where: {ids: []}}\n",
    "unknown-kind": "interventions:\n  - {kind: unicorn, where: {ids: [w1001]}}\n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_what_lists_no_ids_stays_as_it_is(text: str) -> None:
    assert repoint.repointed(text, {"buildings": heirs()}) == repoint.Repointed(text, 0, ())


@settings(max_examples=60, deadline=None)
@given(
    at=st.integers(0, len(TEXT)),
    length=st.integers(0, 20),
    put=st.text("ab:{}[]-#'\"&*!\n 12", max_size=6),
)
def test_whatever_is_changed_gives_a_text_or_an_error(at: int, length: int, put: str) -> None:
    text = TEXT[:at] + put + TEXT[at + length :]
    moved = {**same(), "buildings": heirs(("w1001", "w5", False))}
    try:
        found = repoint.repointed(text, moved)
    except InputError:
        return
    again = repoint.repointed(found.text, {**same(), "buildings": heirs(("w5", "w5", False))})
    assert len(again.orphans) <= len(found.orphans)


def test_a_key_that_stands_twice_is_refused_not_lost() -> None:
    text = "schema: scenario/1\nname: a\nname: b\ninterventions: []\n"
    with pytest.raises(InputError, match="name"):
        repoint.repointed(text, {})
