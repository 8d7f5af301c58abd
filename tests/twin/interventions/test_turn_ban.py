from __future__ import annotations

from typing import Any

import pytest

from tests.twin import cities
from twin.errors import ScenarioError
from twin.interventions.turn_ban import TurnBan

CITY = cities.tiny()


def ban(*to: str, **changes: Any) -> TurnBan:
    return TurnBan.model_validate(
        {"id": "t", "where": {"ids": ["w102:21-22"]}, "start": 2025, "to": list(to), **changes}
    )


def test_the_turn_at_the_junction_they_share_is_forbidden() -> None:
    turns = ban("w202:12-22", "w202:22-32").apply(CITY).turns
    assert list(turns.index[:1]) == ["r1"]
    new = turns.iloc[1:]
    assert new["via_node"].tolist() == [22, 22]
    assert new["to_street"].tolist() == ["w202:12-22", "w202:22-32"]
    assert set(new["kind"]) == {"no_turn"}


def test_two_turns_cost_twice() -> None:
    assert ban("w202:12-22", "w202:22-32").cost(CITY).amount == 3_000.0


@pytest.mark.parametrize(
    ("to", "said"), [("w999:1-2", "no street 'w999:1-2'"), ("w103:33-34", "shares no junction")]
)
def test_what_cannot_be_is_said(to: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        ban(to).apply(CITY)
