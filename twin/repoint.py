"""Let a scenario file point at the objects of a newer extract; what it loses is told with its line.

Only the ids under ``where`` are exchanged; comments and everything else stay as they are written.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from layers.errors import Fault, InputError
from twin import catalog, document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from twin.document import Document, Place

WIDTH: Final = 100
"""Line width when writing [characters]."""
LISTS: Final = ("interventions", "measures")
KINDS: Final = ("kind", "use")
"""Names of the list of measures and of their kind, in this and in older versions."""


@dataclass(frozen=True)
class Repointed:
    """A scenario text that fits a newer extract, as far as it can.

    Parameters
    ----------
    text
        The text, changed only where ids changed.
    followed
        Ids that were found again, under the same name or another [1].
    orphans
        Ids that nothing follows, and directions to look at; each with its line.
    """

    text: str
    followed: int
    orphans: tuple[Fault, ...]


@dataclass(frozen=True)
class _Ids:
    """The ids of one measure: where they stand, and what is there now."""

    path: Place
    table: str
    given: tuple[str, ...]
    directed: bool


def repointed(text: str, heirs: Mapping[str, pd.DataFrame], file: str = "scenario") -> Repointed:
    """Exchange the ids of a scenario for those of the objects that follow.

    Parameters
    ----------
    text
        Scenario as YAML.
    heirs
        Table name to columns old_id, new_id, turned; an object may be followed by several.
    file
        Name for messages.

    Raises
    ------
    InputError
        If the text is no YAML of ours, or names a key twice.
    """
    found = document.parse(text, file)
    if found.faults:
        raise InputError.of(file, found.faults)
    changed: dict[Place, list[str]] = {}
    faults: list[Fault] = []
    followed = 0
    for ids in _listed(found):
        follow = _followers(heirs.get(ids.table), ids.given)
        lost = [one for one in ids.given if one not in follow]
        faults += _orphaned(found, ids, lost)
        faults += _turned(found, ids, heirs.get(ids.table))
        followed += len(ids.given) - len(lost)
        new = list(dict.fromkeys(one for old in ids.given for one in follow.get(old, ())))
        if new and new != list(ids.given):
            changed[ids.path] = new
    return Repointed(_written(text, changed) if changed else text, followed, tuple(faults))


def _listed(found: Document) -> Iterator[_Ids]:
    """Every list of ids in a scenario, however broken the rest of it is."""
    data = found.data if isinstance(found.data, dict) else {}
    kinds = catalog.kinds()
    for name in LISTS:
        entries = data.get(name)
        for number, entry in enumerate(entries if isinstance(entries, list) else []):
            kind = kinds.get(str(_first(entry, KINDS)))
            ids = _first(_first(entry, ("where",)), ("ids",))
            if kind is not None and isinstance(ids, list) and ids:
                given = tuple(str(one) for one in ids)
                directed = _first(entry, ("direction",)) in {"forward", "backward"}
                yield _Ids((name, number, "where", "ids"), kind.table, given, directed)


def _first(entry: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(entry, dict):
        return None
    return next((entry[name] for name in names if name in entry), None)


def _followers(heirs: pd.DataFrame | None, given: tuple[str, ...]) -> dict[str, list[str]]:
    if heirs is None:
        return {one: [one] for one in given}
    rows = heirs[heirs["old_id"].isin(given)]
    return {str(old): list(part) for old, part in rows.groupby("old_id")["new_id"]}


def _orphaned(found: Document, ids: _Ids, lost: list[str]) -> Iterator[Fault]:
    for one in lost:
        path = (*ids.path, ids.given.index(one))
        yield Fault(
            found.place(path),
            f"{one[: document.SHOWN]!r}: nothing in the new extract follows it.",
            "Look at the place on a map, then name another id or remove it.",
        )


def _turned(found: Document, ids: _Ids, heirs: pd.DataFrame | None) -> Iterator[Fault]:
    """Measures of one direction whose street is now drawn the other way round."""
    if heirs is None or not ids.directed:
        return
    for one in heirs.loc[heirs["turned"] & heirs["old_id"].isin(ids.given), "old_id"].unique():
        path = (*ids.path, ids.given.index(one))
        reason = f"{one!r} is drawn the other way round now."
        yield Fault(found.place(path), reason, "Check forward and backward of this measure.")


def _written(text: str, changed: Mapping[Place, list[str]]) -> str:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    data = yaml.load(text)
    for path, new in changed.items():
        holder: Any = data
        for part in path[:-1]:
            holder = holder[part]
        ids = CommentedSeq([DoubleQuotedScalarString(one) for one in new])
        if holder[path[-1]].fa.flow_style():
            ids.fa.set_flow_style()
        holder[path[-1]] = ids
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()
