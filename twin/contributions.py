"""What people send in: one SQLite file in the twin folder, each contribution once, none lost.

A contribution that was accepted is on the disk before anybody is told so. What names a person is
kept apart from what is published: `public` gives text without addresses of mail and telephone.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import shapely

from layers.errors import Fault, InputError
from twin import folder
from twin.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

FILE: Final = "consultation.sqlite"
VERSION: Final = 1
KINDS: Final = ("comment", "idea", "wish", "reaction", "answers")
"""A remark at a place, a proposal, a drawn wish, for or against a scenario, a questionnaire."""
CHANNELS: Final = ("page", "mail", "hall", "survey", "studio")
STATES: Final = ("new", "public", "hidden")
CHANGED: Final = ("yes", "partly", "no")
LONGEST: Final = 4000
"""Longest text of a contribution that comes in by itself [characters]."""
LONGEST_LETTER: Final = 100_000
"""Longest text of a mail or sheet that the town enters [characters]."""
ENTERED: Final = ("mail", "hall", "survey")
"""Channels that the town enters itself."""
CORNERS: Final = 500
"""Most corners of a drawn wish [1]."""
_MAIL: Final = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.\w+")
_PHONE: Final = re.compile(r"(?<!\w)\+?\d(?:[\s./()-]{0,2}\d){6,14}(?!\w)")
_SCHEMA: Final = """
CREATE TABLE contributions (
    id TEXT PRIMARY KEY, received TEXT NOT NULL, said TEXT NOT NULL, person TEXT NOT NULL,
    channel TEXT NOT NULL, kind TEXT NOT NULL, scenario TEXT NOT NULL, topic TEXT NOT NULL,
    text TEXT NOT NULL, place TEXT NOT NULL, answers TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'new', reply TEXT NOT NULL DEFAULT '',
    changed TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID
"""


@dataclass(frozen=True)
class Contribution:
    """One thing that one person said.

    Parameters
    ----------
    kind, channel
        One of `KINDS` and of `CHANNELS`.
    said
        When, as ISO 8601 text; empty if nobody wrote it down.
    person
        What tells people apart (an address of mail, a number on a sheet); only its hash is kept.
    scenario, topic
        What it is about; may be empty.
    text
        What was said.
    place
        GeoJSON geometry in longitude and latitude, or None.
    answers
        Question to answer.
    """

    kind: str
    channel: str
    said: str = ""
    person: str = ""
    scenario: str = ""
    topic: str = ""
    text: str = ""
    place: Mapping[str, Any] | None = None
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The same for the same content: who sends twice is counted once [16 hex digits]."""
        return _digest(json.dumps(self.__dict__, sort_keys=True, ensure_ascii=False))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def faults(of: Contribution, at: str, bounds: Sequence[float] | None = None) -> Iterator[Fault]:
    """Everything that is wrong with a contribution.

    Parameters
    ----------
    of
        The contribution.
    at
        Where it stands, for the message.
    bounds
        West, south, east, north of the city [degrees]; a place must touch them.
    """
    choices = {"kind": (of.kind, KINDS), "channel": (of.channel, CHANNELS)}
    for name, (value, allowed) in choices.items():
        if value not in allowed:
            yield Fault(f"{at}.{name}", "is not known.", f"Use one of {', '.join(allowed)}.")
    for name in ("text", "topic", "scenario", "person", "said"):
        value = getattr(of, name)
        most = LONGEST_LETTER if name == "text" and of.channel in ENTERED else LONGEST
        if len(value) > most or "\x00" in value:
            yield Fault(f"{at}.{name}", "is too long.", f"Keep to {most} characters.")
    if any(len(k) > LONGEST or len(v) > LONGEST for k, v in of.answers.items()):
        yield Fault(f"{at}.answers", "are too long.", f"Keep to {LONGEST} characters.")
    if not (of.text.strip() or of.answers or of.kind == "reaction"):
        yield Fault(at, "says nothing.", "Give a text or answers.")
    if of.place is not None:
        yield from place_faults(of.place, at, bounds)


def place_faults(
    place: Mapping[str, Any], at: str, bounds: Sequence[float] | None
) -> Iterator[Fault]:
    """What is wrong with a GeoJSON geometry; see `faults`."""
    try:
        drawn = shapely.from_geojson(json.dumps(place, allow_nan=False))
        count = shapely.get_num_coordinates(drawn)
        sound = not drawn.is_empty and count <= CORNERS and drawn.is_valid
    except (shapely.errors.GEOSException, ValueError, TypeError):
        sound = False
    if not sound:
        advice = f"Give a GeoJSON point, line or area of at most {CORNERS} corners."
        yield Fault(f"{at}.place", "is no place that can be drawn.", advice)
    elif bounds is not None and not drawn.intersects(shapely.box(*bounds)):
        advice = "Places are longitude and latitude inside the town."
        yield Fault(f"{at}.place", "is not in this town.", advice)


@contextmanager
def opened(root: Path) -> Iterator[sqlite3.Connection]:
    """Open the contributions of a twin folder; the file is made if it is not there.

    Raises
    ------
    StoreError
        If it is damaged, newer than this toolkit, or cannot be written.
    """
    path = root / FILE
    advice = f"Take {FILE} from a backup."
    try:
        with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as held:
            held.execute("PRAGMA journal_mode = WAL")
            held.execute("PRAGMA synchronous = FULL")
            version = held.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                held.execute("BEGIN IMMEDIATE")
                if held.execute("PRAGMA user_version").fetchone()[0] == 0:
                    held.execute(_SCHEMA)
                    held.execute(f"PRAGMA user_version = {VERSION}")
                held.execute("COMMIT")
            if version > VERSION:
                reason = f"has format {version}, this toolkit knows {VERSION}."
                raise StoreError(path, "", reason, "Install a newer netzero-twin.")
            yield held
    except sqlite3.Error as error:
        raise StoreError(path, "", f"cannot be used: {error}.", advice) from None


def add(
    root: Path, found: Iterable[Contribution], *, bounds: Sequence[float] | None = None
) -> tuple[int, int]:
    """Keep contributions; those that are there already are left alone.

    Parameters
    ----------
    root
        Twin folder.
    found
        Contributions.
    bounds
        See `faults`.

    Returns
    -------
    tuple
        How many are new, and how many were there.

    Raises
    ------
    InputError
        With every fault; nothing is kept then.
    """
    rows = list(found)
    wrong = [f for n, one in enumerate(rows) for f in faults(one, f"contribution {n + 1}", bounds)]
    if wrong:
        raise InputError.of("contributions", wrong)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    values = [
        (
            one.id, now, one.said, _digest(f"person {one.person}") if one.person else "",
            one.channel, one.kind, one.scenario, one.topic, one.text.strip(),
            "" if one.place is None else json.dumps(one.place, allow_nan=False),
            json.dumps(dict(one.answers), ensure_ascii=False) if one.answers else "",
        )
        for one in rows
    ]  # fmt: skip
    with opened(root) as held:
        held.execute("BEGIN IMMEDIATE")
        before = held.total_changes
        held.executemany(
            "INSERT OR IGNORE INTO contributions (id, received, said, person, channel, kind, "
            "scenario, topic, text, place, answers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        new = held.total_changes - before
        held.execute("COMMIT")
    return new, len(rows) - new


def table(root: Path) -> pd.DataFrame:
    """All contributions, the oldest first; index id, columns as in the file."""
    if not (root / FILE).exists():
        return pd.DataFrame(columns=list(COLUMNS), index=pd.Index([], dtype="str"), dtype="str")
    with opened(root) as held:
        rows = held.execute("SELECT * FROM contributions ORDER BY received, id").fetchall()
    return pd.DataFrame(rows, columns=["id", *COLUMNS], dtype="str").set_index("id")


COLUMNS: Final = (
    "received", "said", "person", "channel", "kind", "scenario", "topic", "text", "place",
    "answers", "state", "reply", "changed", "why",
)  # fmt: skip
"""Columns of `table`."""


def moderate(root: Path, ids: Iterable[str], state: str) -> int:
    """Publish or hide contributions.

    Raises
    ------
    InputError
        If the state or an id is not known; nothing is changed then.
    """
    if state not in STATES:
        raise InputError("state", state[:40], "is not known.", f"Use one of {', '.join(STATES)}.")
    return _update(root, [({"state": state}, one) for one in ids])


def answer(root: Path, rows: pd.DataFrame) -> int:
    """Keep what the town answers: the response table.

    Parameters
    ----------
    root
        Twin folder.
    rows
        Index id; reply (text), changed (yes, partly, no), why (needed unless yes).

    Raises
    ------
    InputError
        With every row that is not whole; nothing is kept then.
    """
    wrong = [
        Fault(str(name), reason, advice)
        for name, row in rows.iterrows()
        for reason, advice in _incomplete(row)
    ]
    if wrong:
        raise InputError.of("answers", wrong)
    return _update(
        root,
        [
            ({n: str(row[n]) for n in ("reply", "changed", "why")}, str(k))
            for k, row in rows.iterrows()
        ],
    )


def _incomplete(row: pd.Series) -> Iterator[tuple[str, str]]:
    if not str(row["reply"]).strip():
        yield "has no answer.", "Every published contribution gets an answer."
    if row["changed"] not in CHANGED:
        yield "does not say what changed.", f"Write {', '.join(CHANGED)} under changed."
    elif row["changed"] != "yes" and not str(row["why"]).strip():
        yield "does not say why not.", "Write the reason under why."


def _update(root: Path, changes: Sequence[tuple[Mapping[str, str], str]]) -> int:
    with opened(root) as held:
        held.execute("BEGIN IMMEDIATE")
        known = {row[0] for row in held.execute("SELECT id FROM contributions")}
        lost = [Fault(name[:40], "is no contribution.", "Look at the list of ids.")
                for _, name in changes if name not in known]  # fmt: skip
        if lost:
            held.execute("ROLLBACK")
            raise InputError.of("contributions", lost)
        for values, name in changes:
            sets = ", ".join(f"{column} = ?" for column in values)  # names of this room
            held.execute(f"UPDATE contributions SET {sets} WHERE id = ?", [*values.values(), name])  # noqa: S608
        held.execute("COMMIT")
    return len(changes)


def forget(root: Path) -> int:
    """Delete all contributions, as at the end of their retention; say how many."""
    with opened(root) as held:
        count = int(held.execute("SELECT count(*) FROM contributions").fetchone()[0])
        held.execute("DELETE FROM contributions")
        held.execute("VACUUM")
    return count


def public(text: str) -> str:
    """A text without addresses of mail and numbers of telephones."""
    return _PHONE.sub("[…]", _MAIL.sub("[…]", text))


def digest(root: Path) -> str:
    """Digest of the file, or empty."""
    path = root / FILE
    return folder.digest(path.read_bytes()) if path.exists() else ""
