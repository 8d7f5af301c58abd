"""Which tables the tags of an OpenStreetMap object concern (``osm_tables.csv``, ``osm_land.csv``)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

NODE, LINE, AREA = "n", "l", "a"
"""Shapes of an object, as ``osm_tables.csv`` names them."""

RESTRICTIONS: Final = ("restriction", "restriction:conditional")
NOT_VALUES: Final = frozenset({"no", "none", ""})


@cache
def _rules() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Key to value to (table, shapes)."""
    rules: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for row in tables.load("osm_tables").itertuples(index=False):
        values = rules.setdefault(str(row.key), {})
        values.setdefault(str(row.value), []).append((str(row.table), str(row.shapes)))
    for row in tables.load("osm_land").itertuples(index=False):
        values = rules.setdefault(str(row.key), {})
        values.setdefault(str(row.value), []).append(("land", AREA))
    return rules


def concerned(tags: Mapping[str, str], shapes: str) -> dict[str, str]:
    """Tables that an object's tags concern, each with the shapes that it takes.

    Parameters
    ----------
    tags
        Tags of the object.
    shapes
        Shapes that the object may have: n node, l open way, a area.
    """
    found: dict[str, str] = {}
    rules = _rules()
    for key, value in tags.items():
        values = rules.get(key)
        if values is None or value in NOT_VALUES:
            continue
        own = dict(values.get(value, ()))
        for table, taken in ({**dict(values.get("*", ())), **own}).items():
            found[table] = found.get(table, "") + taken
    found = {table: taken for table, taken in found.items() if set(taken) & set(shapes)}
    if "buildings" in found:
        found.pop("addresses", None)  # the building carries it
    return found


def keys() -> list[str]:
    """Tag keys that make an object worth looking at."""
    return sorted({*_rules(), "highway", "type", *RESTRICTIONS})


@cache
def table_names() -> tuple[str, ...]:
    """Tables that objects can concern."""
    return (*dict.fromkeys(tables.load("osm_tables")["table"].astype(str)), "land")
