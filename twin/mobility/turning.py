"""Turns that may not be made, as links between the streets that meet at a junction.

Only junctions with a forbidden turn are split. There, every street that cars may not leave in all
directions gets a node of its own at its end, every street that cannot be entered from everywhere
one at its beginning, and turn links of no length, no cost and no limit join what may be joined.
Flows on streets stay one figure per direction, as in the line graph, at a fraction of its size.
Turns that lead over several streets are kept apart by copies of these (`turn_sequences`).

Cars do not turn round where another street leads on: at junctions with a forbidden turn and around
them, where a way round the prohibition would begin so. Elsewhere no cheapest way turns round, for
it would come to the same junction twice. They may at dead ends, and where nothing else is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, product
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from twin.mobility import turn_hours
from twin.mobility.sparse import cheapest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

TURN: Final = "turn"
REST: Final = "rest"
"""Name in a turn link's id for all streets that no restriction concerns."""

CAR_KEYS: Final = frozenset({"motorcar", "motor_vehicle", "vehicle", "motorcars"})
"""Words in a restriction's list of exempt modes that let cars pass."""

ALL_DAY: Final = np.arange(24, dtype=np.int64)
"""Hours of a day."""

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
    head
        Where each link ends.
    """

    into: dict[tuple[str, int], list[str]]
    out: dict[tuple[str, int], list[str]]
    arriving: dict[int, list[Pair]]
    leaving: dict[int, list[Pair]]
    head: dict[str, int]

    @classmethod
    def of(cls, links: pd.DataFrame) -> Ends:
        """Gather links (index id; columns street, tail, head)."""
        ends = cls({}, {}, {}, {}, {})
        for name, street, tail, head in zip(
            links.index, links["street"], links["tail"], links["head"], strict=True
        ):
            ends.head[name] = int(head)
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
    sequences
        Three links or more that may not be driven one after the other.
    report
        What became of each row of the table of turns: columns outcome and count [1].
    """

    pairs: dict[int, set[Pair]]
    sequences: frozenset[tuple[str, ...]]
    report: pd.DataFrame


def bans(
    links: pd.DataFrame,
    turns: pd.DataFrame | None,
    barriers: Iterable[int],
    *,
    hours: NDArray[np.int64] | None = None,
    least: float = 1.0,
    reach: float = 0.0,
) -> Bans:
    """Find the links that restrictions, barriers and custom keep apart.

    Parameters
    ----------
    links
        Links of streets: index id; columns street, tail, head (junctions), length [km].
    turns
        City table; None means that none is known.
    barriers
        Junctions that cars may reach from every side and not pass.
    hours : (hours,) int64
        Hours of the day that the network is of; None: restrictions with a condition do not hold.
    least
        Part of these hours in which a condition must be met for the restriction to hold [1].
    reach
        How far from a forbidden turn cars do not turn round [km].

    Notes
    -----
    ``no_*`` forbids one turn; ``only_*`` forbids all others from the same street, and several of
    them allow what any of them allows; over streets it orders these and the last one. Restrictions
    that except cars, or whose streets cars cannot use, hold nothing up; they are counted.
    """
    rows = [] if turns is None else _rows(turns)
    barriers = [int(via) for via in barriers]
    ends = _ends(links, rows, barriers, reach)
    outcomes = [_outcome(row, ends, hours, least) for row in rows]
    held = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome == APPLIED]
    over = [row for row in held if row.over]
    plain = [row for row in held if not row.over]
    pairs: dict[int, set[Pair]] = {}
    sequences, first = _sequences(over, ends)
    for via, found in (*_forbidden(plain, ends), *_ordered(plain, ends), *first,
                       *_apart(barriers, ends)):  # fmt: skip
        pairs.setdefault(via, set()).update(found)
    pairs = {via: found for via, found in pairs.items() if found}
    meets = {row.via for row in held if not _back(row)}
    meets |= {ends.head[name] for sequence in sequences for name in sequence[:-1]}
    for via in _around(links, meets, reach) - set(barriers):
        if back := _turned(via, ends, pairs.get(via, set())):
            pairs.setdefault(via, set()).update(back)
    counted = pd.Series(outcomes, dtype="str").value_counts().sort_index()
    report = pd.DataFrame({"outcome": counted.index.astype("str"), "count": counted.to_numpy()})
    return Bans(pairs, sequences, report)


def _ends(links: pd.DataFrame, rows: list[_Row], barriers: list[int], reach: float) -> Ends:
    """Ends of the links that a restriction, barrier or custom can concern; all others are left."""
    over = links[links["street"].isin({street for row in rows for street in row.over})]
    meets = {row.via for row in rows} | set(barriers) | {*over["tail"], *over["head"]}
    near = np.fromiter(_around(links, meets, reach) | meets, dtype=np.int64)
    return Ends.of(links[np.isin(links["tail"], near) | np.isin(links["head"], near)])


@dataclass(frozen=True)
class _Row:
    kind: str
    leaves: str
    via: int
    enters: str
    exempt: frozenset[str]
    over: tuple[str, ...] = ()
    when: str = ""


def _rows(turns: pd.DataFrame) -> list[_Row]:
    def text(name: str) -> pd.Series:
        own = turns[name] if name in turns.columns else pd.Series(None, turns.index, dtype="str")
        return own.fillna("").astype("str")

    return [
        _Row(kind, leaves, int(via), enters, _modes(exempt), tuple(over.split()), when)
        for kind, leaves, via, enters, exempt, over, when in zip(
            text("kind"),
            text("from_street"),
            turns["via_node"],
            text("to_street"),
            text("exempt"),
            text("via_streets"),
            text("conditional"),
            strict=True,
        )
    ]


def _modes(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.replace(",", ";").split(";") if part.strip())


APPLIED: Final = "applied"


def _outcome(row: _Row, ends: Ends, hours: NDArray[np.int64] | None, least: float) -> str:
    """``applied``, or the reason why a restriction holds nothing up."""
    if not row.kind.startswith(("no_", "only_")):
        return f"kind {row.kind[:40]} is not known"
    if row.exempt & CAR_KEYS:
        return "does not hold for cars"
    return _timed(row, hours, least) or _driven(row, ends) or APPLIED


def _timed(row: _Row, hours: NDArray[np.int64] | None, least: float) -> str:
    """Why a restriction does not hold at these hours; nothing if it does."""
    if not row.when:
        return ""
    met = turn_hours.share(row.when, ALL_DAY if hours is None else hours)
    if met is None:
        return "its condition is not about days and hours"
    return "" if hours is not None and met >= least else "does not hold at this time of the day"


def _driven(row: _Row, ends: Ends) -> str:
    """Why no car could make the turn anyway; nothing if it could."""
    if (row.leaves, row.via) not in ends.into:
        return "no car reaches the junction by the street that the turn leaves"
    if row.over:
        return "" if _links(row, ends) else "no car may drive the streets of the turn"
    if (row.enters, row.via) not in ends.out:
        return "no car may enter the street that the turn leads to"
    return ""


def _back(row: _Row) -> bool:
    """Whether a restriction only forbids to turn round: no cheapest way does without another."""
    return row.kind.startswith("no_") and not row.over and row.leaves == row.enters


def _links(row: _Row, ends: Ends) -> list[tuple[str, ...]]:
    """Links of a turn over streets one after the other, in every manner that its streets allow."""
    ways: list[tuple[tuple[str, ...], int]] = [
        ((name,), row.via) for name in ends.into[row.leaves, row.via]
    ]
    for street in (*row.over, row.enters):
        ways = [
            ((*way, name), ends.head[name])
            for way, node in ways
            for name in ends.out.get((street, node), ())
        ]
    return [way for way, _ in ways]


def _sequences(
    rows: list[_Row], ends: Ends
) -> tuple[frozenset[tuple[str, ...]], list[tuple[int, set[Pair]]]]:
    """Forbidden sequences of turns over streets; and pairs that those ordered forbid at once."""
    found: set[tuple[str, ...]] = set()
    first: list[tuple[int, set[Pair]]] = []
    for row in rows:
        ways = _links(row, ends)
        if row.kind.startswith("no_"):
            found.update(ways)
            continue
        for way in ways:
            leaving = [name for name, _ in ends.leaving[row.via]]
            first.append((row.via, {(way[0], name) for name in leaving if name != way[1]}))
            for size in range(2, len(way)):
                onward = ends.leaving[ends.head[way[size - 1]]]
                found.update((*way[:size], name) for name, _ in onward if name != way[size])
    return frozenset(found), first


def _around(links: pd.DataFrame, meets: set[int], reach: float) -> set[int]:
    """Junctions within a way from those where a turn is forbidden."""
    tail, head = (links[end].to_numpy(dtype=np.int64) for end in ("tail", "head"))
    nodes = np.unique(np.concatenate([tail, head]))
    roots = np.flatnonzero(np.isin(nodes, list(meets)))
    if not len(roots):
        return set()
    graph = cheapest(
        np.searchsorted(nodes, np.concatenate([tail, head])),
        np.searchsorted(nodes, np.concatenate([head, tail])),
        np.tile(links["length"].to_numpy(dtype=np.float64), 2), len(nodes),
    )  # fmt: skip
    away = dijkstra(graph, indices=roots, min_only=True, limit=reach)
    return {int(node) for node in nodes[np.isfinite(away)]}


def _turned(via: int, ends: Ends, banned: set[Pair]) -> set[Pair]:
    """Turns back into the same street at a junction where another street leads on."""
    leaving = ends.leaving.get(via, [])
    return {
        (name, back)
        for name, street in ends.arriving.get(via, ())
        for back, other in leaving
        if other == street and _goes_on(name, street, leaving, banned)
    }


def _goes_on(name: str, street: str, leaving: list[Pair], banned: set[Pair]) -> bool:
    return any(other != street and (name, onward) not in banned for onward, other in leaving)


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
