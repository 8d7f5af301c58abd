"""Scenario files of older versions, brought to the present one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from twin.document import Document
from twin.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.document import Place

_VERSION: Final = re.compile(r"scenario/(\d{1,4})")


def upgraded(found: Document, file: str) -> Document:
    """Bring a scenario of an older version to the present one; lines stay those of the file.

    Parameters
    ----------
    found
        A mapping with the version under ``schema``.
    file
        Name for messages.

    Raises
    ------
    ScenarioError
        If it is of a newer release than this one.
    """
    match = _VERSION.fullmatch(str(found.data.get("schema")))
    newest = len(_UPGRADES)
    number = int(match[1]) if match else newest
    if number > newest:
        raise ScenarioError(file, found.place(("schema",)), "is of a newer release.",
                            "Update netzero-twin: pip install -U netzero-twin.")  # fmt: skip
    for upgrade in _UPGRADES[number:]:
        found = upgrade(found)
    return found


def _from_0(found: Document) -> Document:
    """Version 0 listed ``measures``, each with ``use`` for its kind."""
    data = {**_renamed(found.data, "measures", "interventions"), "schema": "scenario/1"}
    entries = data.get("interventions")
    if isinstance(entries, list):
        data["interventions"] = [
            _renamed(entry, "use", "kind") if isinstance(entry, dict) else entry
            for entry in entries
        ]
    names: dict[tuple[int, str | int], str] = {(0, "measures"): "interventions", (2, "use"): "kind"}
    lines: dict[Place, int] = {}
    for path, line in found.lines.items():
        lines[tuple(names.get((depth, part), part) for depth, part in enumerate(path))] = line
    return Document(data, lines, found.faults)


def _renamed(data: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    if new in data:
        return data
    return {new if key == old else key: value for key, value in data.items()}


_UPGRADES: Final[tuple[Callable[[Document], Document], ...]] = (_from_0,)
"""Upgrade from each version to the next, beginning with version 0."""
