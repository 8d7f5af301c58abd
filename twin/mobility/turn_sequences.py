"""Turns over several streets that may not be made: streets are copied to remember how one came.

A street inside a forbidden sequence is laid a second time for those who came by the sequence's
first streets; from the copy all may be done but the forbidden. In the words of automata: the
states are the beginnings of forbidden sequences, and a step leads to the longest of them that the
way driven ends with (Aho and Corasick 1975). Sequences that overlap are so all respected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

Sequence = tuple[str, ...]
Pair = tuple[str, str]
AFTER: Final = "after"
"""Word in a copy's id before the links by which it is reached."""

SHORT: Final = 2
CITATIONS: Final = (
    (
        "Aho, Corasick 1975, Efficient string matching: an aid to bibliographic search, "
        "Communications of the ACM 18(6), 333-340."
    ),
    (
        "Villeneuve, Desaulniers 2005, The shortest path problem with forbidden paths, European "
        "Journal of Operational Research 165(1), 97-107."
    ),
)


@dataclass(frozen=True)
class Copies:
    """Links laid again, and what may follow what.

    Parameters
    ----------
    of
        Copy to the link that it is of.
    pairs
        Junction to the pairs of links, copies among them, that do not connect.
    """

    of: dict[str, str]
    pairs: dict[int, set[Pair]]


def copies(
    links: pd.DataFrame, sequences: Iterable[Sequence], pairs: Mapping[int, set[Pair]]
) -> Copies:
    """Lay links again so that no forbidden sequence can be driven.

    Parameters
    ----------
    links
        All links, connectors too: index id; columns tail and head (junctions).
    sequences
        Forbidden: three or more links, each beginning where the one before ends.
    pairs
        Junction to its forbidden pairs of links.
    """
    forbidden = set(sequences)
    begun = {one[:size] for one in forbidden for size in range(SHORT, len(one))}
    ends = links.loc[sorted({one[-1] for one in begun}), ["tail", "head"]]
    meets = {int(node) for node in ends.to_numpy().ravel()}
    states: dict[str, list[Sequence]] = {}
    for one in sorted(begun):
        states.setdefault(one[-1], []).append(one)
    near = links[links["tail"].isin(meets) | links["head"].isin(meets)]
    found = {int(node): set(kept) for node, kept in pairs.items()}
    for node in sorted(meets):
        own = found.setdefault(node, set())
        known = frozenset(own)
        into = [str(name) for name in near.index[near["head"] == node]]
        out = [str(name) for name in near.index[near["tail"] == node]]
        arriving = [state for name in into for state in ((name,), *states.get(name, ()))]
        for state in arriving:
            for name in out:
                banned = (state[-1], name) in known or _ends_with(forbidden, (*state, name))
                goal = None if banned else _state(begun, (*state, name))
                for copy in ((name,), *states.get(name, ())):
                    if copy != goal:
                        own.add((_id(state), _id(copy)))
    return Copies({_id(one): one[-1] for one in sorted(begun)}, found)


def _ends_with(forbidden: set[Sequence], way: Sequence) -> bool:
    """Whether a way ends with a forbidden sequence."""
    return any(way[start:] in forbidden for start in range(len(way) - SHORT))


def _state(begun: set[Sequence], way: Sequence) -> Sequence:
    """The longest beginning of a forbidden sequence that a way ends with, else its last link."""
    for start in range(len(way) - 1):
        if way[start:] in begun:
            return way[start:]
    return way[-1:]


def _id(state: Sequence) -> str:
    """Name of a link or of its copy."""
    *before, last = state
    return f"{last} {AFTER} {' '.join(before)}" if before else last
