from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layers import restrictions
from tests.layers import osm_xml as xml
from tests.layers.test_streets import CROSS, turn
from tests.layers.test_streets import read as found_in

if TYPE_CHECKING:
    from pathlib import Path


def over(kind: str, start: int, via: tuple[int, ...], end: int, **more: str) -> str:
    members = [("way", start, "from"), *(("way", one, "via") for one in via), ("way", end, "to")]
    return xml.relation(1, members, type="restriction", restriction=kind, **more)


WAYS: dict[str, tuple[str, list[tuple[str, int, str, str]]]] = {
    "one-way-of-two-segments": (
        over("no_u_turn", 53, (52,), 51),
        [("w53:6-7", 6, "w52:2-6", "w51:2-3")],
    ),
    "over-two-ways": (
        over("no_left_turn", 53, (52, 50), 54),
        [("w53:6-7", 6, "w52:2-6 w50:1-2", "w54:1-5")],
    ),
    "in-any-order": (
        over("no_left_turn", 53, (50, 52), 54),
        [("w53:6-7", 6, "w52:2-6 w50:1-2", "w54:1-5")],
    ),
    "that-do-not-meet": (over("no_left_turn", 53, (54,), 51), []),
    "that-are-missing": (over("no_left_turn", 53, (99,), 51), []),
}


@pytest.mark.parametrize("case", WAYS)
def test_turns_over_streets_name_each_of_them_or_are_counted(case: str, tmp_path: Path) -> None:
    relation, expected = WAYS[case]
    found = found_in(tmp_path, *CROSS, xml.way(54, (1, 5), highway="service"), relation)
    turns = found.tables["turns"]
    names = ["from_street", "via_node", "via_streets", "to_street"]
    assert list(turns[names].itertuples(index=False, name=None)) == expected
    counted = found.drops[found.drops["table"] == "turns"]["count"].sum()
    assert counted == (0 if expected else 1)


def test_a_condition_is_kept_beside_what_always_holds(tmp_path: Path) -> None:
    timed = {"restriction:conditional": "no_right_turn @ (Mo-Fr 07:00-09:00); none @ (22:00-05:00)"}
    found = found_in(tmp_path, *CROSS, turn("no_left_turn", 50, 2, 52, **timed))
    turns = found.tables["turns"]
    assert turns["kind"].tolist() == ["no_left_turn", "no_right_turn"]
    assert turns["conditional"].tolist() == ["not 22:00-05:00", "Mo-Fr 07:00-09:00"]
    assert turns.index.tolist() == ["r1", "r1:2"]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"restriction": "no_u_turn"}, [("no_u_turn", None)]),
        ({"restriction:motorcar": "no_u_turn"}, [("no_u_turn", None)]),
        ({"restriction:hgv": "no_u_turn"}, []),
        ({"type": "restriction:hgv", "restriction": "no_u_turn"}, []),
        (
            {"restriction:conditional": "no_left_turn @ Mo-Fr 07:00-09:00"},
            [("no_left_turn", "Mo-Fr 07:00-09:00")],
        ),
        ({"restriction:hgv:conditional": "no_left_turn @ (07:00-09:00)"}, []),
    ],
)
def test_what_holds_for_cars(tags: dict[str, str], expected: list[tuple[str, str | None]]) -> None:
    assert restrictions.kinds(tags) == expected
