"""Who may use a way in which direction, from its class, access and one-way tags.

Rules: OpenStreetMap wiki, Key:access, Key:oneway, Key:cycleway and OSM tags for routing/Access
restrictions; the tables ``osm_highways.csv`` and ``osm_access.csv`` hold them.
"""

from __future__ import annotations

from functools import cache
from math import isnan
from typing import TYPE_CHECKING, Final

from layers import tables
from layers.tags import clearance, lanes, weight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODES: Final = ("drive", "bicycle", "walk")
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "drive": ("motorcar", "motor_vehicle", "vehicle", "access"),
    "bicycle": ("bicycle", "vehicle", "access"),
    "walk": ("foot", "access"),
}
"""Access tags of a mode, the most specific first."""

OWN_ONEWAY: Final[Mapping[str, tuple[str, ...]]] = {
    "drive": ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle"),
    "bicycle": ("oneway:bicycle", "oneway:vehicle"),
    "walk": ("oneway:foot",),
}
"""Direction tags that hold for one mode and go before ``oneway``."""

FORWARD: Final = frozenset({"yes", "true", "1"})
BACKWARD: Final = frozenset({"-1", "reverse"})
CIRCLES: Final = frozenset({"roundabout", "circular"})
CONTRAFLOW: Final = frozenset(
    {"opposite", "opposite_lane", "opposite_track", "opposite_share_busway"}
)
CYCLEWAYS: Final = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")

BOLLARD: Final = "bollard"
"""Barrier whose kind tells who passes."""

Permission = tuple[bool, bool, bool, bool, bool, bool]


@cache
def classes() -> dict[str, dict[str, str]]:
    """Rules of each class of way that carries traffic, by OSM highway value."""
    rows = tables.load("osm_highways").set_index("highway")
    return {str(name): dict(row) for name, row in rows.iterrows()}


@cache
def _access() -> dict[str, dict[str, str]]:
    rows = tables.load("osm_access").fillna("").set_index("value")
    return {str(name): dict(row) for name, row in rows.iterrows()}


def permissions(tags: Mapping[str, str]) -> Permission:
    """Who may use a way in which direction.

    Parameters
    ----------
    tags
        Tags of a way whose ``highway`` is one of `classes`.

    Returns
    -------
    drive_forward, drive_backward, bicycle_forward, bicycle_backward, walk_forward, walk_backward
    """
    found: list[bool] = []
    for mode in MODES:
        forward, backward = _directions(tags, mode)
        found += [
            forward and _allowed(tags, mode, "forward"),
            backward and _allowed(tags, mode, "backward"),
        ]
    return found[0], found[1], found[2], found[3], found[4], found[5]


def stops_cars(tags: Mapping[str, str]) -> str | None:
    """Barrier on a node that cars cannot pass (OSM barrier=*), or None.

    A bollard comes with its kind where that is tagged, as in ``bollard=removable``. Access tags of the node go before what is usual of the barrier (``osm_barriers.csv``).

    Parameters
    ----------
    tags
        Tags of a node.
    """
    barrier = tags.get("barrier", "")
    if not barrier:
        return None
    for key in KEYS["drive"]:
        meaning = _meaning(tags.get(key, ""), "drive")
        if meaning:
            return _named(barrier, tags) if meaning == "no" else None
    return _named(barrier, tags) if barrier in _barriers() else None


def _named(barrier: str, tags: Mapping[str, str]) -> str:
    """Barrier with its kind (OSM bollard=*), where it has one."""
    kind = tags.get(barrier, "") if barrier == BOLLARD else ""
    return f"{barrier}={kind}" if kind else barrier


@cache
def _barriers() -> frozenset[str]:
    return frozenset(tables.load("osm_barriers")["value"].astype(str))


def lorries(tags: Mapping[str, str]) -> bool:
    """Whether lorries that may drive like cars are let in (OSM hgv=*, goods=*, maxheight=* ...).

    A lorry has the size of ``lorry_sizes.csv``. A limit of weight does not hold for those that a
    tag lets in, as ``hgv=destination`` does; a low or narrow way stays so.

    Parameters
    ----------
    tags
        Tags of a way.
    """
    said = [_meaning(tags.get(key, ""), "drive") for key in ("hgv", "goods")]
    if "no" in said or _too_small(tags, clearance, "m"):
        return False
    return "yes" in said or not _too_small(tags, weight, "t")


def _too_small(tags: Mapping[str, str], parse: Callable[[str], float], unit: str) -> bool:
    """Whether a sign keeps a lorry out by what it measures in a unit."""
    return any(parse(tags[tag]) < least for tag, least in _lorry()[unit].items() if tag in tags)


@cache
def _lorry() -> dict[str, dict[str, float]]:
    """Measures of a lorry by unit and the tag that limits them."""
    found = tables.load("lorry_sizes").groupby("unit")
    return {str(unit): dict(zip(rows["tag"], rows["value"], strict=True)) for unit, rows in found}


def bus_lanes(tags: Mapping[str, str]) -> tuple[float, float]:
    """Lanes that only buses may use, with and against the drawing direction [1].

    Counts go before lists of lanes, and these before ``busway`` (OpenStreetMap wiki, Bus lanes);
    traffic is taken to keep right where only a side is named.

    Parameters
    ----------
    tags
        Tags of a way.
    """
    forward, backward = _oneway(_general_oneway(tags))
    ways = {"forward": forward, "backward": backward}
    found = {way: _counted_lanes(tags, way, alone=sum(ways.values()) == 1 and ways[way])
             for way in ways}  # fmt: skip
    if not any(found.values()):
        against = "backward" if forward else "forward"
        sides = {tags.get("busway:right", ""), tags.get("busway", "")}
        left = {tags.get("busway:left", ""), tags.get("busway", "")}
        two = forward and backward
        found["forward" if forward else "backward"] += float("lane" in sides)
        found[against] += float("opposite_lane" in left | sides or (two and "lane" in left))
    return found["forward"], found["backward"]


def _counted_lanes(tags: Mapping[str, str], way: str, *, alone: bool) -> float:
    """Lanes of buses in a direction by ``lanes:bus`` or ``bus:lanes``; ``alone`` on one-ways."""
    ends = (f":{way}", "") if alone else (f":{way}",)
    for key in (f"lanes:{mode}{end}" for end in ends for mode in ("bus", "psv")):
        count = lanes(tags.get(key, ""))
        if not isnan(count):
            return count
    lists = (tags.get(f"{mode}:lanes{end}", "") for end in ends for mode in ("bus", "psv"))
    listed = max((text.split("|").count("designated") for text in lists), default=0)
    return 0.0 if isnan(lanes(str(listed))) else float(listed)


def _allowed(tags: Mapping[str, str], mode: str, direction: str) -> bool:
    """Whether the access tags, else the class, let a mode in."""
    for key in KEYS[mode]:
        for tag in (f"{key}:{direction}", key):
            meaning = _meaning(tags.get(tag, ""), mode)
            if meaning:
                return meaning == "yes"
    if mode != "drive" and tags.get("motorroad") == "yes":
        return False
    return classes()[tags["highway"]][mode] == "yes"


def _meaning(value: str, mode: str) -> str:
    """``yes``, ``no`` or nothing; of a list of values one ``yes`` is enough."""
    if not value:
        return ""
    rules = _access()
    if value in rules:
        return rules[value][mode]
    meanings = {rules.get(part.strip(), {}).get(mode, "") for part in value.split(";")}
    return next((m for m in ("yes", "no") if m in meanings), "")


def _directions(tags: Mapping[str, str], mode: str) -> tuple[bool, bool]:
    """Whether a mode may go with and against the drawing direction."""
    for key in OWN_ONEWAY[mode]:
        if key in tags:
            return _oneway(tags[key])
    if mode == "walk":
        return True, True
    forward, backward = _oneway(_general_oneway(tags))
    if mode == "bicycle" and forward != backward and _contraflow(tags):
        return True, True
    return forward, backward


def _general_oneway(tags: Mapping[str, str]) -> str:
    if "oneway" in tags:
        return tags["oneway"]
    implied = tags.get("junction") in CIRCLES or classes()[tags["highway"]]["oneway"] == "yes"
    return "yes" if implied else "no"


def _oneway(value: str) -> tuple[bool, bool]:
    return value not in BACKWARD, value not in FORWARD


def _contraflow(tags: Mapping[str, str]) -> bool:
    """Whether a cycle lane or track runs against a one-way street."""
    for key in CYCLEWAYS:
        if tags.get(key) in CONTRAFLOW:
            return True
        own = tags.get(f"{key}:oneway")
        if own == "no" or (own in BACKWARD and tags.get(key) not in {None, "no", "none"}):
            return True
    return False
