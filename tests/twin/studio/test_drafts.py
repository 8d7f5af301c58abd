"""Plans in their file: laws of undo and redo, names, sizes, damage."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from twin.errors import StoreError
from twin.studio import drafts

if TYPE_CHECKING:
    from pathlib import Path


def body(number: int) -> dict[str, Any]:
    return {"title": str(number), "interventions": []}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["change", "undo", "redo"]), max_size=14))
def test_undo_and_redo_are_those_of_a_list_with_a_cursor(tmp_path: Path, steps: list[str]) -> None:
    name = f"p{len(drafts.names(tmp_path))}"
    held = drafts.create(tmp_path, name, body(0))
    states, cursor = [0], 0  # the oracle
    for number, step in enumerate(steps, 1):
        if step == "change":
            held = drafts.change(tmp_path, name, body(number), seen=held.state)
            states, cursor = [*states[: cursor + 1], number], cursor + 1
        else:
            walk = drafts.undo if step == "undo" else drafts.redo
            held = walk(tmp_path, name, seen=held.state)
            cursor = max(0, cursor - 1) if step == "undo" else min(len(states) - 1, cursor + 1)
        assert held.body == body(states[cursor])
        assert held.can_undo == (cursor > 0)
        assert held.can_redo == (cursor < len(states) - 1)
        assert drafts.get(tmp_path, name) == held
    drafts.remove(tmp_path, name, seen=held.state)
    drafts.create(tmp_path, name, body(0))


@pytest.mark.parametrize("name", ["", "../x", "A", "con", "a" * 65, "a/b", "a\x00b", "é", "a."])
def test_a_name_that_no_file_could_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError):
        drafts.create(tmp_path, name, body(0))
    assert drafts.names(tmp_path) == []


def test_a_plan_that_is_too_large_is_refused(tmp_path: Path) -> None:
    large = {"title": "x" * drafts.LARGEST, "interventions": []}
    with pytest.raises(InputError, match="larger than"):
        drafts.create(tmp_path, "large", large)


def test_only_the_newest_states_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "KEPT", 3)
    held = drafts.create(tmp_path, "long", body(0))
    for number in range(1, 8):
        held = drafts.change(tmp_path, "long", body(number), seen=held.state)
    back = [held := drafts.undo(tmp_path, "long", seen=held.state) for _ in range(5)]
    assert [one.body["title"] for one in back] == ["6", "5", "5", "5", "5"]
    assert not back[-1].can_undo


def test_no_more_plans_than_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST", 2)
    drafts.create(tmp_path, "one", body(0))
    drafts.create(tmp_path, "two", body(0))
    with pytest.raises(drafts.ConflictError, match="2 plans"):
        drafts.create(tmp_path, "three", body(0))


def test_a_file_of_another_kind_or_a_newer_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / drafts.FILE).write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="backup"):
        drafts.names(tmp_path)
    (tmp_path / drafts.FILE).unlink()
    drafts.names(tmp_path)
    held = sqlite3.connect(tmp_path / drafts.FILE)
    held.execute("PRAGMA user_version = 99")
    held.close()
    with pytest.raises(StoreError, match="newer"):
        drafts.names(tmp_path)
