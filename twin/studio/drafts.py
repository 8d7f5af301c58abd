"""Plans that people draw: one SQLite file in the twin folder, every state of each plan kept.

A plan that was accepted is on the disk before anybody is told so. Undo and redo walk along the
states, so that they work after a restart and for everybody who works on the plan.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from layers.errors import InputError
from twin import catalog, document, folder, scenario
from twin.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from twin.city import City
    from twin.scenario import Scenario

FILE: Final = "studio.sqlite"
VERSION: Final = 1
MOST: Final = 200
"""Plans that one twin may hold here [1]."""
KEPT: Final = 200
"""States of one plan that can be gone back to [1]."""
LARGEST: Final = document.MAX_BYTES
"""Largest plan [bytes]."""
_SCHEMA: Final = (
    "CREATE TABLE plans (name TEXT PRIMARY KEY, current INTEGER NOT NULL) WITHOUT ROWID",
    (
        "CREATE TABLE states (number INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL, "
        "parent INTEGER, body TEXT NOT NULL, saved TEXT NOT NULL)"
    ),
    "CREATE INDEX of_plan ON states (plan, parent)",
)


class ConflictError(InputError):
    """A plan that somebody else has changed meanwhile, or that is there already."""


class UnknownError(InputError):
    """A plan that is not there."""


@dataclass(frozen=True)
class Draft:
    """A plan as it stands.

    Parameters
    ----------
    name
        Short name, unique in the twin.
    state
        Number of its state; whoever changes it says which one was seen.
    body
        Title, note and interventions, as a scenario file has them; may be without interventions.
    can_undo, can_redo
        Whether there is a state before, and one after.
    """

    name: str
    state: int
    body: Mapping[str, Any]
    can_undo: bool
    can_redo: bool

    def plan(self, city: City | None = None) -> Scenario:
        """The plan, read and checked as a scenario file is; see `text`.

        Raises
        ------
        ScenarioError
            With all faults, one of them that it is empty.
        """
        return scenario.parse(self.text(), city)

    def text(self) -> str:
        """The plan as a scenario file, which `twin run` takes."""
        return as_text(self.name, self.body)


def as_text(name: str, body: Mapping[str, Any]) -> str:
    """A plan as YAML of a scenario file."""
    return document.write({"schema": catalog.VERSION, "name": name, **body})


@contextmanager
def opened(root: Path) -> Iterator[sqlite3.Connection]:
    """Open the plans of a twin folder, and make the file where it is missing.

    Raises
    ------
    StoreError
        If it is damaged, newer than this toolkit, or cannot be written.
    """
    path = root / FILE
    try:
        with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as held:
            held.execute("PRAGMA journal_mode = WAL")
            held.execute("PRAGMA synchronous = FULL")
            _made(held)
            version = held.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                reason = f"has format {version}, this toolkit knows {VERSION}."
                raise StoreError(path, "", reason, "Install a newer netzero-twin.")
            yield held
    except sqlite3.Error as error:
        advice = f"Take {FILE} from a backup."
        raise StoreError(path, "", f"cannot be used: {error}.", advice) from None


def _made(held: sqlite3.Connection) -> None:
    if held.execute("PRAGMA user_version").fetchone()[0]:
        return
    with _written(held):
        if held.execute("PRAGMA user_version").fetchone()[0] == 0:
            for line in _SCHEMA:
                held.execute(line)
            held.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def _written(held: sqlite3.Connection) -> Iterator[None]:
    """One change: whole and on the disk, or not at all."""
    held.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        held.execute("ROLLBACK")
        raise
    held.execute("COMMIT")


def names(root: Path) -> list[str]:
    """Names of all plans, in alphabetical order."""
    with opened(root) as held:
        return [row[0] for row in held.execute("SELECT name FROM plans ORDER BY name")]


def get(root: Path, name: str) -> Draft:
    """One plan.

    Raises
    ------
    UnknownError
        If there is none of that name.
    """
    with opened(root) as held:
        return _draft(held, name)


def _draft(held: sqlite3.Connection, name: str) -> Draft:
    sql = "SELECT number, parent, body FROM states WHERE number = ?"
    number, parent, body = held.execute(sql, (_current(held, name),)).fetchone()
    after = held.execute("SELECT 1 FROM states WHERE plan = ? AND parent = ?", (name, number))
    return Draft(name, number, json.loads(body), parent is not None, after.fetchone() is not None)


def _current(held: sqlite3.Connection, name: str) -> int:
    row = held.execute("SELECT current FROM plans WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise UnknownError("plan", name[:64], "is not there.", "Look at the list of plans.")
    return int(row[0])


def create(root: Path, name: str, body: Mapping[str, Any]) -> Draft:
    """Begin a plan.

    Raises
    ------
    StoreError
        If the name is not usable.
    ConflictError
        If the name is taken, or there are `MOST` plans.
    InputError
        If it is too large.
    """
    folder.name(name, "scenario")
    text = _packed(body)
    with opened(root) as held, _written(held):
        taken = [row[0] for row in held.execute("SELECT name FROM plans")]
        if name in taken:
            raise ConflictError("plan", name, "is there already.", "Choose another name.")
        if len(taken) >= MOST:
            raise ConflictError("plan", name, f"there are {MOST} plans.", "Remove one first.")
        number = _kept(held, name, None, text)
        held.execute("INSERT INTO plans VALUES (?, ?)", (name, number))
        return _draft(held, name)


def _packed(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, allow_nan=False, ensure_ascii=False)
    if len(text.encode()) > LARGEST:
        reason = f"is larger than {LARGEST} bytes."
        raise InputError("plan", "", reason, "Select by an area or a condition, not by ids.")
    return text


def _kept(held: sqlite3.Connection, name: str, parent: int | None, text: str) -> int:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    sql = "INSERT INTO states (plan, parent, body, saved) VALUES (?, ?, ?, ?)"
    return int(held.execute(sql, (name, parent, text, now)).lastrowid or 0)


def change(root: Path, name: str, body: Mapping[str, Any], *, seen: int) -> Draft:
    """Give a plan a new state.

    Parameters
    ----------
    root
        Twin folder.
    name, body
        The plan and its new content.
    seen
        Number of the state that it was made from.

    Raises
    ------
    UnknownError
        If there is no such plan.
    ConflictError
        If somebody else has changed it since.
    InputError
        If it is too large.
    """
    text = _packed(body)
    with opened(root) as held, _written(held):
        _unchanged(held, name, seen)
        number = _kept(held, name, seen, text)
        held.execute("UPDATE plans SET current = ? WHERE name = ?", (number, name))
        _trim(held, name)
        return _draft(held, name)


def _unchanged(held: sqlite3.Connection, name: str, seen: int) -> None:
    if _current(held, name) != seen:
        advice = "Look at it as it is now, then change it again."
        raise ConflictError("plan", name, "was changed by somebody else.", advice)


def _trim(held: sqlite3.Connection, name: str) -> None:
    """Forget the oldest states beyond `KEPT`."""
    sql = "SELECT number FROM states WHERE plan = ? ORDER BY number DESC LIMIT 1 OFFSET ?"
    last = held.execute(sql, (name, KEPT)).fetchone()
    if last is not None:
        held.execute("DELETE FROM states WHERE plan = ? AND number <= ?", (name, last[0]))
        sql = "UPDATE states SET parent = NULL WHERE plan = ? AND parent <= ?"
        held.execute(sql, (name, last[0]))


def undo(root: Path, name: str, *, seen: int) -> Draft:
    """Go back to the state before; the same plan if there is none. Raises as `change`."""
    return _walk(root, name, seen, "SELECT parent FROM states WHERE number = ?")


def redo(root: Path, name: str, *, seen: int) -> Draft:
    """Go forth to the newest state made from this one. Raises as `change`."""
    return _walk(root, name, seen, "SELECT max(number) FROM states WHERE parent = ?")


def _walk(root: Path, name: str, seen: int, sql: str) -> Draft:
    with opened(root) as held, _written(held):
        _unchanged(held, name, seen)
        row = held.execute(sql, (seen,)).fetchone()
        if row is not None and row[0] is not None:
            held.execute("UPDATE plans SET current = ? WHERE name = ?", (row[0], name))
        return _draft(held, name)


def remove(root: Path, name: str, *, seen: int) -> None:
    """Remove a plan with all its states. Raises as `change`."""
    with opened(root) as held, _written(held):
        _unchanged(held, name, seen)
        held.execute("DELETE FROM plans WHERE name = ?", (name,))
        held.execute("DELETE FROM states WHERE plan = ?", (name,))
