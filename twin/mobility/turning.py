"""Turns that may not be made, as links between the streets that meet at a junction.

Only junctions with a forbidden turn are split. There, every street that cars may not leave in all
directions gets a node of its own at its end, every street that cannot be entered from everywhere
one at its beginning, and turn links of no length, no cost and no limit join what may be joined.
Flows on streets stay one figure per direction, as in the line graph, at a fraction of its size.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, product
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

TURN: Final = "turn"
REST: Final = "rest"
"""Name in a turn link's id for all streets that no restriction concerns."""

CAR_KEYS: Final = frozenset({"motorcar", "motor_vehicle", "vehicle", "motorcars"})
"""Words in a restriction's list of exempt modes that let cars pass."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Ends:
    """Links of streets by the junctions where they end and begin.

    Parameters
    ----------
    into, out
        Links by (street, junction): those that end there, and those that begin there.
    arriving, leaving
        The same by junction alone, as (link, street).
    """

    into: dict[tuple[str, int], list[str]]
    out: dict[tuple[str, int], list[str]]
    arriving: dict[int, list[Pair]]
    leaving: dict[int, list[Pair]]

    @classmethod
    def of(cls, links: pd.DataFrame) -> Ends:
        """Gather links (index id; columns street, tail, head)."""
        ends = cls({}, {}, {}, {})
        for name, street, tail, head in zip(
            links.index, links["street"], links["tail"], links["head"], strict=True
        ):
            ends.into.setdefault((street, int(head)), []).append(name)
            ends.out.setdefault((street, int(tail)), []).append(name)
            ends.arriving.setdefault(int(head), []).append((name, street))
            ends.leaving.setdefault(int(tail), []).append((name, street))
        return ends


@dataclass(frozen=True)
class Bans:
    """Turns that cars may not make.

    Parameters
    ----------
    pairs
        Junction to the pairs of links, one into it and one out of it, that do not connect.
    report
        What became of each row of the table of turns: columns outcome and count [1].
    """

    pairs: dict[int, set[Pair]]
    report: pd.DataFrame


def bans(links: pd.DataFrame, turns: pd.DataFrame | None, barriers: Iterable[int]) -> Bans:
    """Find the pairs of links that restrictions and barriers keep apart.

    Parameters
    ----------
    links
        Links of streets: index id; columns street, tail, head (junctions).
    turns
        City table; None means that none is known.
    barriers
        Junctions that cars may reach from every side and not pass.

    Notes
    -----
    ``no_*`` forbids one turn; ``only_*`` forbids all others from the same street, and several of
    them allow what any of them allows. Restrictions that except cars, or whose streets cars cannot
    use, hold nothing up; they are counted. A turn back into the same street is a turn like others.
    """
    rows = [] if turns is None else _rows(turns)
    barriers = [int(via) for via in barriers]
    meets = np.array([*(row.via for row in rows), *barriers], dtype=np.int64)
    ends = Ends.of(links[np.isin(links["tail"], meets) | np.isin(links["head"], meets)])
    outcomes = [_outcome(row, ends) for row in rows]
    held = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome == APPLIED]
    pairs: dict[int, set[Pair]] = {}
    for via, found in (*_forbidden(held, ends), *_ordered(held, ends), *_apart(barriers, ends)):
        pairs.setdefault(via, set()).update(found)
    counted = pd.Series(outcomes, dtype="str").value_counts().sort_index()
    report = pd.DataFrame({"outcome": counted.index.astype("str"), "count": counted.to_numpy()})
    return Bans({via: found for via, found in pairs.items() if found}, report)


@dataclass(frozen=True)
class _Row:
    kind: str
    leaves: str
    via: int
    enters: str
    exempt: frozenset[str]


def _rows(turns: pd.DataFrame) -> list[_Row]:
    exempt = turns["exempt"].fillna("")
    return [
        _Row(str(kind), str(leaves), int(via), str(enters), _modes(str(text)))
        for kind, leaves, via, enters, text in zip(
            turns["kind"],
            turns["from_street"],
            turns["via_node"],
            turns["to_street"],
            exempt,
            strict=True,
        )
    ]


def _modes(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.replace(",", ";").split(";") if part.strip())


APPLIED: Final = "applied"


def _outcome(row: _Row, ends: Ends) -> str:
    """``applied``, or the reason why a restriction holds nothing up."""
    if not row.kind.startswith(("no_", "only_")):
        return f"kind {row.kind[:40]} is not known"
    if row.exempt & CAR_KEYS:
        return "does not hold for cars"
    if (row.leaves, row.via) not in ends.into:
        return "no car reaches the junction by the street that the turn leaves"
    if (row.enters, row.via) not in ends.out:
        return "no car may enter the street that the turn leads to"
    return APPLIED


def _forbidden(rows: list[_Row], ends: Ends) -> list[tuple[int, set[Pair]]]:
    """Turns that a ``no_*`` restriction names."""
    return [
        (row.via, set(product(ends.into[row.leaves, row.via], ends.out[row.enters, row.via])))
        for row in rows
        if row.kind.startswith("no_")
    ]


def _ordered(rows: list[_Row], ends: Ends) -> list[tuple[int, set[Pair]]]:
    """All turns but those that an ``only_*`` restriction names."""
    allowed: dict[tuple[str, int], set[str]] = {}
    for row in rows:
        if row.kind.startswith("only_"):
            mine = allowed.setdefault((row.leaves, row.via), set())
            mine.update(ends.out[row.enters, row.via])
    return [
        (via, {(a, b) for a in ends.into[street, via] for b, _ in ends.leaving[via]
               if b not in mine})
        for (street, via), mine in allowed.items()
    ]  # fmt: skip


def _apart(barriers: Iterable[int], ends: Ends) -> list[tuple[int, set[Pair]]]:
    """All turns at barriers from one street to another."""
    return [
        (via, {(a, b) for a, one in ends.arriving.get(via, ())
               for b, other in ends.leaving.get(via, ()) if one != other})
        for via in barriers
    ]  # fmt: skip


def split(table: pd.DataFrame, pairs: dict[int, set[Pair]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the junctions that have forbidden turns.

    Parameters
    ----------
    table
        All links, connectors too: index id; columns tail and head (junctions).
    pairs
        Junction to its forbidden pairs of links.

    Returns
    -------
    links
        The same rows with their new ends; new nodes are numbered upward from the last one. What
        may be reached from everywhere still begins at the junction's own number.
    turns
        Turn links: index id; columns via (junction), tail, head.
    """
    place = {name: row for row, name in enumerate(table.index.to_numpy(dtype=object))}
    tail, head = table["tail"].to_numpy().copy(), table["head"].to_numpy().copy()
    new = count(int(max(tail.max(initial=0), head.max(initial=0))) + 1)
    into, out = _meeting(table, "head", pairs), _meeting(table, "tail", pairs)
    rows: list[tuple[str, int, int, int]] = []
    for via, banned in sorted(pairs.items()):
        guarded = {name: next(new) for name in sorted({b for _, b in banned})}
        held = {name: next(new) for name in sorted({a for a, _ in banned})}
        free = next(new)
        for name in into[via]:
            head[place[name]] = held.get(name, free)
        for name, node in guarded.items():
            tail[place[name]] = node
        goals = guarded if len(guarded) == len(out[via]) else {**guarded, REST: via}
        sides = held if len(held) == len(into[via]) else {**held, REST: free}
        rows += [
            (f"{TURN} {via} {one} > {other}", via, begin, end)
            for (one, begin), (other, end) in product(sides.items(), goals.items())
            if (one, other) not in banned
        ]
    turns = pd.DataFrame(rows, columns=["id", "via", "tail", "head"]).set_index("id")
    return table.assign(tail=tail, head=head), turns.astype("int64")


def _meeting(table: pd.DataFrame, end: str, pairs: dict[int, set[Pair]]) -> dict[int, list[str]]:
    """Links that have an end at a split junction, by junction."""
    there = table[end][table[end].isin(pairs)]
    found: dict[int, list[str]] = {via: [] for via in pairs}
    for name, via in there.items():
        found[int(via)].append(str(name))
    return found
