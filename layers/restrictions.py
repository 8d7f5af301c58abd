"""Turn restrictions resolved to segments: over one junction, or over one or several streets.

A restriction may hold at times only (``restriction:conditional``); its condition is kept as tagged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from layers.drops import Drops

TYPE: Final = "restriction"
CARS: Final = ("", ":motor_vehicle", ":motorcar")
"""Endings of the key ``restriction`` that concern cars."""

CONDITION: Final = re.compile(r"([a-z_]+)\s*@\s*(?:\(([^()]*)\)|([^();]+))")
NONE: Final = "none"
NOT: Final = "not "
"""Before a condition at which the restriction does not hold."""

MISSING: Final = "a member of the restriction is missing"
NO_STREET: Final = "a member is not a street that meets the junction (clipped or not for traffic)"
BOTH_SIDES: Final = "the street passes through the junction on both sides"
NO_WAY: Final = "the via ways do not lead from the first street to the last"
SEVERAL: Final = "the via ways lead from the first street to the last in several manners"
COLUMNS: Final = {
    "id": "str", "kind": "str", "from_street": "str", "via_node": "int64", "to_street": "str",
    "exempt": "str", "via_streets": "str", "conditional": "str",
}  # fmt: skip


@dataclass(frozen=True)
class Restriction:
    """A turn restriction as mapped.

    Parameters
    ----------
    relation
        OSM id of the relation.
    kind
        ``no_left_turn``, ``only_straight_on`` ...
    exempt
        Modes that it excepts, or None.
    from_ways, via_nodes, via_ways, to_ways
        OSM ids of the members by role.
    conditional
        When it holds, as tagged, or None if always; ``not ...``: when it does not.
    """

    relation: int
    kind: str
    exempt: str | None
    from_ways: tuple[int, ...]
    via_nodes: tuple[int, ...]
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]
    conditional: str | None = None


def kinds(tags: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """What the tags of a relation forbid or order cars, each with its condition.

    Parameters
    ----------
    tags
        Tags of a relation of type restriction.

    Returns
    -------
    list
        Kind and condition (None: always); empty where it holds for other vehicles only.
    """
    if tags.get("type", TYPE).removeprefix(TYPE) not in CARS:
        return []
    plain = next((tags[TYPE + end] for end in CARS if tags.get(TYPE + end)), None)
    timed = next((tags[key] for end in CARS if tags.get(key := f"{TYPE}{end}:conditional")), "")
    found = [(kind, (one or other).strip()) for kind, one, other in CONDITION.findall(timed)]
    lifted = [f"{NOT}{when}" for kind, when in found if kind == NONE]
    at_times: list[tuple[str, str | None]] = [
        (kind, when) for kind, when in found if kind not in {NONE, plain}
    ]
    always: list[tuple[str, str | None]] = [(plain, lifted[0] if lifted else None)] if plain else []
    return always + at_times


def turns(restrictions: Sequence[Restriction], found: pd.DataFrame, drops: Drops) -> pd.DataFrame:
    """Resolve restrictions to segments.

    Parameters
    ----------
    restrictions
        As mapped.
    found
        Table of segments.
    drops
        Where restrictions that cannot be resolved are counted.
    """
    ends = _ends(found)
    numbers: dict[int, int] = {}
    lost: list[tuple[int, str]] = []
    rows: list[tuple[str, str, str, int, str, str | None, str | None, str | None]] = []
    for item in restrictions:
        ways = _over_streets(item, ends) if item.via_ways else _over_node(item, ends)
        if isinstance(ways, str):
            lost.append((item.relation, ways))
            continue
        for way in ways:
            number = numbers[item.relation] = numbers.get(item.relation, 0) + 1
            name = f"r{item.relation}" + (f":{number}" if number > 1 else "")
            via = " ".join(way.via) or None
            rows.append((name, item.kind, way.leaves, way.node, way.enters, item.exempt, via,
                         item.conditional))  # fmt: skip
    for relation, reason in dict(reversed(lost)).items():
        count = drops.note if relation in numbers else drops.lose
        count("turns", reason, [f"r{relation}"])
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS).set_index("id")


@dataclass(frozen=True)
class _Way:
    """Segments of a turn, and the junction where it leaves the first one."""

    leaves: str
    node: int
    enters: str
    via: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ends:
    """Segments that traffic may leave through, and enter at, a junction, by way and junction."""

    leaving: dict[tuple[int, int], list[str]]
    entering: dict[tuple[int, int], list[str]]
    steps: dict[tuple[int, int], list[tuple[str, int]]]
    nodes: dict[int, list[int]]

    def over(self, way: int, node: int) -> tuple[list[str], list[str]]:
        """Segments of a way that lead to a junction, and those that lead away from it."""
        return self.leaving.get((way, node), []), self.entering.get((way, node), [])


def _ends(found: pd.DataFrame) -> _Ends:
    ends = _Ends({}, {}, {}, {})
    columns = ["way_id", "from_node", "to_node", "drive_forward", "drive_backward"]
    bicycle = ["bicycle_forward", "bicycle_backward"]
    for row in found[columns + bicycle].itertuples():
        name, way, start, end, forward, backward, *rides = row
        for may, tail, head in (
            (forward or rides[0], start, end), (backward or rides[1], end, start)
        ):  # fmt: skip
            if may:
                ends.leaving.setdefault((way, head), []).append(str(name))
                ends.entering.setdefault((way, tail), []).append(str(name))
                ends.steps.setdefault((way, tail), []).append((str(name), int(head)))
                ends.nodes.setdefault(way, []).append(int(tail))
    return ends


def _over_node(item: Restriction, ends: _Ends) -> list[_Way] | str:
    """Pairs of segments, or the reason why there are none."""
    if len(item.via_nodes) != 1 or not item.from_ways or not item.to_ways:
        return MISSING
    via = item.via_nodes[0]
    leaves = [ends.over(way, via)[0] for way in item.from_ways]
    enters = [ends.over(way, via)[1] for way in item.to_ways]
    if not all(leaves) or not all(enters):
        return NO_STREET
    u_turn = item.from_ways == item.to_ways
    if not u_turn and any(len(set(names)) > 1 for names in leaves + enters):
        return BOTH_SIDES
    pairs = [_Way(a, via, b) for a in _flat(leaves) for b in _flat(enters) if not u_turn or a == b]
    return pairs or NO_STREET


def _over_streets(item: Restriction, ends: _Ends) -> list[_Way] | str:
    """Segments from the first street over all via ways to the last, or the reason for none."""
    if not item.from_ways or not item.to_ways or item.via_nodes:
        return MISSING
    if not all(way in ends.nodes for way in (*item.from_ways, *item.via_ways, *item.to_ways)):
        return NO_STREET
    found = []
    for leaves in item.from_ways:
        for enters in item.to_ways:
            ways = list(dict.fromkeys(_sequences(leaves, item.via_ways, enters, ends)))
            if len(ways) != 1:
                return SEVERAL if ways else NO_WAY
            found += ways
    return found


def _sequences(leaves: int, via: tuple[int, ...], enters: int, ends: _Ends) -> Iterator[_Way]:
    """All ways from a street over every one of the via ways, none twice, to another."""
    starts = {node for way in via for node in ends.nodes[way]} | _heads(via, ends)
    for node in sorted(starts):
        for first in ends.over(leaves, node)[0]:
            for path, last in _paths(node, via, ends):
                for goal in ends.over(enters, last)[1]:
                    if goal != path[-1] and first != path[0]:
                        yield _Way(first, node, goal, path)


def _heads(via: tuple[int, ...], ends: _Ends) -> set[int]:
    return {head for (way, _), steps in ends.steps.items() if way in via for _, head in steps}


def _paths(start: int, via: tuple[int, ...], ends: _Ends) -> Iterator[tuple[tuple[str, ...], int]]:
    """Segments from a junction over all via ways, no junction met twice, and where they end."""
    open_: list[tuple[tuple[str, ...], int, frozenset[int], frozenset[int]]] = [
        ((), start, frozenset({start}), frozenset())
    ]
    while open_:
        path, node, seen, used = open_.pop()
        if path and used == frozenset(via):
            yield path, node
        for way in via:
            for name, head in ends.steps.get((way, node), ()):
                if head not in seen:
                    open_.append(((*path, name), head, seen | {head}, used | {way}))


def _flat(lists: list[list[str]]) -> list[str]:
    return [name for names in lists for name in names]
