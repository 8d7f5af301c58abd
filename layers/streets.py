"""Ways that carry traffic turned into segments between true junctions, with who may use them.

A node is a junction when a way ends there, or when two ways, or one way twice, pass through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from layers import access, tags
from layers import objects as ob
from layers.devices import Devices, between, kerbs
from layers.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from layers.drops import Drops

PERMISSIONS: Final = tuple(
    f"{mode}_{way}" for mode in access.MODES for way in ("forward", "backward")
)
TEXT: Final = ("highway", "name", "ref", "surface", "lit", "service")
SPEED_KEYS: Final = (
    "maxspeed",
    "maxspeed:type",
    "source:maxspeed",
    "zone:maxspeed",
    "zone:traffic",
)
SPEED_BY_DIRECTION: Final = ("maxspeed:forward", "maxspeed:backward")
SIDEWALK_KEYS: Final = ("sidewalk", "sidewalk:both")
NOT_THERE: Final = frozenset({"no", "none", "false", "0"})


@dataclass
class Pieces:
    """Unbroken pieces of ways that carry traffic.

    Parameters
    ----------
    ways
        OSM id of the way of each piece.
    tags
        Its tags.
    nodes
        Node ids along each piece.
    shapes
        Hexadecimal WKB line of each piece, one point per node.
    """

    ways: list[int] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    nodes: list[list[int]] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Segments:
    """Pieces of ways from one junction to the next.

    Parameters
    ----------
    way : (segments,) int64
        Position of the way among the input ways.
    first, last : (segments,) int64
        Positions of the end nodes in the node array.
    """

    way: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def node(nodes: NDArray[np.int64], way: NDArray[np.int64]) -> Segments:
    """Split ways at true junctions.

    Parameters
    ----------
    nodes : (n,) int64
        Node ids of all ways one after the other, no two neighbours of a way equal.
    way : (n,) int64
        Way (or unbroken piece of one) to which each entry belongs, ascending.

    Returns
    -------
    Segments
        In the order of the ways, along each.
    """
    if len(nodes) == 0:
        none = np.zeros(0, np.int64)
        return Segments(none, none, none)
    _, inverse, counts = np.unique(nodes, return_inverse=True, return_counts=True)
    starts = np.flatnonzero(np.diff(way, prepend=way[0] - 1))
    ends = np.append(starts[1:], len(way)) - 1
    cut = counts[inverse] > 1
    cut[starts] = True
    cut[ends] = True
    # A node that ends one way and lies inside another is shared, so `counts` has it already.
    places = np.flatnonzero(cut)
    same = way[places[:-1]] == way[places[1:]]
    first, last = places[:-1][same], places[1:][same]
    return Segments(way[first], first, last)


def streets(
    pieces: Pieces, boundary: BaseGeometry | None, drops: Drops, devices: Devices | None = None
) -> gpd.GeoDataFrame:
    """Table of segments.

    Parameters
    ----------
    pieces
        Unbroken pieces of ways that carry traffic.
    boundary
        Only segments that meet it are kept [degrees]; None keeps all.
    drops
        Where losses are counted.
    devices
        Signals, signs and barriers on nodes.
    """
    nodes, places, way = _flat_pieces(pieces)
    cuts = node(nodes, way)
    shapes = _lines(places, cuts)
    numbers = np.asarray(pieces.ways, dtype=np.int64)
    keep = shapely.length(shapes) > 0
    if boundary is not None:
        keep &= shapely.intersects(boundary, shapes)
    _count_losses(numbers, cuts.way, shapes, keep, drops)
    cuts = Segments(cuts.way[keep], cuts.first[keep], cuts.last[keep])
    first, last = nodes[cuts.first], nodes[cuts.last]
    columns = {name: values[cuts.way] for name, values in _columns(pieces, drops).items()}
    columns |= {"way_id": numbers[cuts.way], "from_node": first, "to_node": last}
    ids = identifiers(numbers[cuts.way], first, last)
    made = ob.frame("streets", ids, shapes[keep], columns)
    stand = devices or Devices()
    beside = between(nodes, places, cuts.first, cuts.last, made.index, stand)
    beside["kerb"] = kerbs(nodes, cuts.first, cuts.last, made.index, stand)
    return made.assign(**_heavy(pieces, cuts.way), **_wheels(pieces, cuts.way), **beside)


def _wheels(pieces: Pieces, way: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """What wheelchairs meet: gradient [1] and whether they may pass; missing where untagged."""
    slope = np.array([tags.incline(tag.get("incline", "")) for tag in pieces.tags], dtype=float)
    chairs = np.array([tag.get("wheelchair") for tag in pieces.tags], dtype=object)
    return {"incline": slope[way], "wheelchair": pd.array(chairs[way], dtype="str")}


def _heavy(pieces: Pieces, way: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """What lorries may do, and lanes of buses by direction; missing where none is tagged."""
    buses = np.array([access.bus_lanes(tag) for tag in pieces.tags], dtype=float).reshape(-1, 2)
    buses[buses == 0.0] = np.nan
    lorries = np.array([access.lorries(tag) for tag in pieces.tags], dtype=bool)
    return {
        "lorries": lorries[way],
        "bus_lanes_forward": buses[way, 0],
        "bus_lanes_backward": buses[way, 1],
    }


def _flat_pieces(
    pieces: Pieces,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Node ids, coordinates [degrees] and piece of every node, repeated neighbours left out."""
    sizes = np.array([len(names) for names in pieces.nodes], dtype=np.int64)
    nodes = np.array([name for names in pieces.nodes for name in names], dtype=np.int64)
    places = shapely.get_coordinates(shapely.from_wkb(np.array(pieces.shapes, dtype=object)))
    way = np.repeat(np.arange(len(sizes)), sizes)
    new = np.ones(len(nodes), dtype=bool)
    new[1:] = (nodes[1:] != nodes[:-1]) | (way[1:] != way[:-1])
    return nodes[new], places[new], way[new]


def _lines(places: NDArray[np.float64], cuts: Segments) -> Any:
    sizes = cuts.last - cuts.first + 1
    owner = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return shapely.linestrings(places[cuts.first[owner] + within], indices=owner)


def _count_losses(
    numbers: NDArray[np.int64],
    way: NDArray[np.int64],
    shapes: Any,
    keep: NDArray[np.bool_],
    drops: Drops,
) -> None:
    """Tell ways that vanish whole from those that lose a part."""
    flat = shapely.length(shapes) == 0
    kept = set(numbers[way[keep]].tolist())
    cut = set(numbers[way[~keep & ~flat]].tolist())
    short = set(numbers[way[flat]].tolist())
    gone = sorted(set(numbers.tolist()) - kept)
    drops.lose("streets", "outside the boundary", [f"w{w}" for w in gone if w in cut])
    drops.lose("streets", "the way has no length", [f"w{w}" for w in gone if w not in cut])
    reason = "a part of the way has no length, the rest is kept"
    drops.note("streets", reason, [f"w{w}" for w in sorted(short & kept)])
    reason = "a part of the way is outside the boundary, the rest is kept"
    drops.note("streets", reason, [f"w{w}" for w in sorted(cut & kept)])


def _columns(pieces: Pieces, drops: Drops) -> dict[str, NDArray[Any]]:
    """What the tags of each piece say, by column."""
    ids = np.array([f"w{way}" for way in pieces.ways], dtype=object)
    ways = Objects(
        ids, pieces.tags, np.empty(len(ids), dtype=object), np.zeros(len(ids), dtype=bool)
    )
    columns: dict[str, Any] = {name: ob.text(ways, name) for name in TEXT}
    columns["speed_kph"] = _speeds(ways, drops)
    columns["lanes"] = ob.number(ways, "streets", "lanes", tags.lanes, drops)
    columns["width"] = ob.number(ways, "streets", "width", tags.length("streets", "width"), drops)
    columns["level"] = ob.text(ways, "layer").fillna("0").map(tags.layer)
    columns["sidewalk"] = ob.text(ways, *SIDEWALK_KEYS)
    columns["cycleway"] = [_facility(tag) for tag in pieces.tags]
    columns["roundabout"] = [tag.get("junction") in access.CIRCLES for tag in pieces.tags]
    for name in ("bridge", "tunnel"):
        columns[name] = [tag.get(name, "no") not in NOT_THERE for tag in pieces.tags]
    rights = np.array([access.permissions(tag) for tag in pieces.tags], dtype=bool)
    rights = rights.reshape(len(pieces.tags), len(PERMISSIONS))
    columns |= {name: rights[:, place] for place, name in enumerate(PERMISSIONS)}
    return {name: np.asarray(values, dtype=object) for name, values in columns.items()}


def _speeds(ways: Objects, drops: Drops) -> pd.Series:
    """Legal speed [km/h]: the sign, else the slower direction, else the zone."""
    written = ob.text(ways, "maxspeed", *SPEED_BY_DIRECTION)
    speed = tags.column(written, tags.speed)
    unread = written.notna() & speed.isna()
    drops.note("streets", "maxspeed cannot be read or is out of bounds", written.index[unread])
    for key in SPEED_KEYS[1:]:
        speed = speed.fillna(tags.column(ob.text(ways, key), tags.speed))
    return speed


def _facility(tag: Mapping[str, str]) -> str | None:
    """Cycle facilities of all sides, joined: ``left=lane right=track``."""
    sides = {
        key.removeprefix("cycleway").lstrip(":") or "both": tag[key]
        for key in access.CYCLEWAYS
        if key in tag
    }
    return " ".join(f"{side}={kind}" for side, kind in sides.items()) or None


def junctions(found: gpd.GeoDataFrame, devices: Devices) -> gpd.GeoDataFrame:
    """Table of the nodes where segments end.

    Parameters
    ----------
    found
        Table of segments.
    devices
        Signals, signs and barriers on nodes.
    """
    lines = np.asarray(found.geometry.array)
    ends = np.concatenate([found["from_node"].to_numpy(), found["to_node"].to_numpy()])
    places = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    nodes, first, counts = np.unique(ends, return_index=True, return_counts=True)
    names = nodes.tolist()
    made = ob.frame(
        "junctions",
        nodes,
        places[first],
        {"street_count": counts, "control": [devices.controls.get(name) for name in names]},
    )
    barriers = [devices.barriers.get(name) for name in names]
    return made.assign(barrier=pd.Series(barriers, index=made.index, dtype="str"))


def identifiers(
    ways: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> pd.Index:
    """Segment ids ``w<way>:<from>-<to>``; the second of the same name gets ``:2``, and so on.

    Parameters
    ----------
    ways, first, last : (segments,) int64
        OSM ids of the way and of the two end nodes.
    """
    plain = [
        f"w{w}:{a}-{b}"
        for w, a, b in zip(ways.tolist(), first.tolist(), last.tolist(), strict=True)
    ]
    names = pd.Series(plain, dtype="str")
    rank = names.groupby(names).cumcount() + 1
    suffix = (":" + rank.astype("str")).where(rank > 1, "")
    return pd.Index(names + suffix, name="id", dtype="str")
