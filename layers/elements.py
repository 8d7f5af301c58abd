"""Stream OpenStreetMap objects into plain columns: the form from which `features` makes tables.

Two passes at most: libosmium reads the relations first to know which ways it must keep for
multipolygons, then the whole file once (Jochen Topf, libosmium manual, multipolygon areas).
Node locations are looked up in a sorted list of 16 bytes per node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import osmium
from osmium.filter import KeyFilter
from shapely import LineString

from layers import restrictions
from layers.access import classes, stops_cars
from layers.classification import AREA, LINE, NODE, concerned, keys, table_names
from layers.devices import Devices
from layers.drops import Drops
from layers.restrictions import Restriction
from layers.streets import Pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

AREA_TYPES: Final = frozenset({"multipolygon", "boundary"})
CONTROLS: Final = frozenset({"traffic_signals", "stop", "give_way", "mini_roundabout", "crossing"})
FACING: Final = ("traffic_signals:direction", "direction")
"""Tags that say which direction of the way a signal or sign is for, the more specific first."""

WAYS: Final = frozenset({"forward", "backward"})
SMALLEST_RING: Final = 4
"""Points of a closed ring: a triangle and its first point again [1]."""

NEGATIVE: Final = "its nodes have negative ids: edits that were not uploaded"
Tags = dict[str, str]


@dataclass
class Rows:
    """Objects of one table, as columns.

    Parameters
    ----------
    ids
        n<node>, w<way> or r<relation>.
    tags
        All tags of each object.
    shapes
        Hexadecimal WKB in degrees (point, line, or area).
    kinds
        Shape of each: n node, l open way, a area (a closed way is still a line string).
    """

    ids: list[str] = field(default_factory=list)
    tags: list[Tags] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def add(self, name: str, tags: Tags, shape: str, kind: str) -> None:
        """Append one object."""
        self.ids.append(name)
        self.tags.append(tags)
        self.shapes.append(shape)
        self.kinds.append(kind)


@dataclass
class Elements:
    """Everything of a file that concerns a table.

    Parameters
    ----------
    rows
        Table name to its objects.
    pieces
        Ways that carry traffic.
    restrictions
        Turn restrictions.
    devices
        What stands on nodes of streets.
    drops
        What could not be read.
    newest
        Newest time stamp of an object that was read, ISO 8601, or empty.
    seen
        Table to the number of objects that bear a tag of it [1].
    """

    rows: dict[str, Rows] = field(default_factory=dict)
    pieces: Pieces = field(default_factory=Pieces)
    restrictions: list[Restriction] = field(default_factory=list)
    devices: Devices = field(default_factory=Devices)
    drops: Drops = field(default_factory=Drops)
    newest: str = ""
    seen: dict[str, int] = field(default_factory=dict)

    def see(self, table: str) -> None:
        """Count an object that concerns a table."""
        self.seen[table] = self.seen.get(table, 0) + 1


def gather(file: osmium.io.File, progress: Callable[[str, float], None] | None = None) -> Elements:
    """Read a sorted OSM file (nodes, ways, relations).

    Parameters
    ----------
    file
        What to read; its format is set.
    progress
        Called with a stage in plain words and the share done.

    Raises
    ------
    RuntimeError
        If libosmium cannot read the file, or it is not sorted.
    """
    tell = progress or (lambda _stage, _share: None)
    found = Elements(rows={name: Rows() for name in table_names()})
    reader = _Reader(found)
    processor = (
        osmium.FileProcessor(file)
        .with_locations("sparse_mem_array")
        .with_areas(KeyFilter(*keys()))
        .with_filter(KeyFilter(*keys(), "barrier"))
    )
    take = {"n": reader.node, "w": reader.way, "r": reader.relation, "a": reader.area}
    stages = {"w": ("reading ways", 0.3), "r": ("reading relations", 0.8)}
    tell("reading nodes", 0.0)
    stage = "n"
    for item in processor:
        kind = item.type_str()
        if kind != stage and kind in stages:
            tell(*stages[kind])
            stage = kind
        take[kind](item)
    reader.finish()
    tell("reading", 1.0)
    return found


class _Reader:
    """Sorts the objects of one file into `Elements`."""

    def __init__(self, found: Elements) -> None:
        self.found = found
        self.wkb = osmium.geom.WKBFactory()
        self.awaited: dict[int, tuple[str, ...]] = {}
        self.arrived: set[int] = set()
        self.invalid: set[int] = set()
        self.last: tuple[str, int] = ("", 0)
        self.words: dict[str, str] = {}

    def _again(self, kind: str, number: int, tables_of: Iterable[str]) -> bool:
        """Whether the object came before; the later one of the same id is counted and left out."""
        before, last = self.last
        if before == kind and _order(number) < _order(last):
            raise RuntimeError(f"{kind}{number} out of order")
        if self.last == (kind, number):
            for table in tables_of:
                self.found.see(table)
                self.found.drops.lose(table, "the id occurs twice", [f"{kind}{number}"])
            return True
        self.last = (kind, number)
        return False

    def _tags(self, item: Any) -> Tags:
        """Tags of an object; equal texts of a file share their memory."""
        share = self.words.setdefault
        return {share(key, key): share(value, value) for key, value in item.tags}

    def _date(self, item: Any) -> None:
        stamp = item.timestamp
        if stamp.year > 1970:  # noqa: PLR2004 - the epoch stands for "no time stamp"
            self.found.newest = max(self.found.newest, stamp.date().isoformat())

    def node(self, item: Any) -> None:
        tags = self._tags(item)
        self._device(item.id, tags)
        concern = concerned(tags, NODE)
        if not concern or self._again("n", item.id, concern):
            return
        self._date(item)
        try:
            shape = self.wkb.create_point(item)
        except (RuntimeError, osmium.InvalidLocationError):
            shape = ""
        for table in concern:
            self.found.see(table)
            if shape:
                self.found.rows[table].add(f"n{item.id}", tags, shape, NODE)
            else:
                self.found.drops.lose(table, "the node has no valid place", [f"n{item.id}"])

    def _device(self, number: int, tags: Tags) -> None:
        """Keep what tells traffic to wait, or stops it, on a node."""
        devices, control, barrier = self.found.devices, tags.get("highway"), stops_cars(tags)
        if control in CONTROLS:
            devices.controls[number] = control
            facing = next((tags[key] for key in FACING if key in tags), "")
            if facing in WAYS:
                devices.facing[number] = facing
        if barrier:
            devices.barriers[number] = barrier
        if "kerb" in tags:
            devices.kerbs[number] = tags["kerb"]

    def way(self, item: Any) -> None:
        tags = self._tags(item)
        concern = self._way_tables(tags)
        street = "highway" in tags and tags["highway"] not in {"street_lamp", "bus_stop"}
        names = [*concern, "streets"] if street else list(concern)
        if not names or self._again("w", item.id, names):
            return
        self._date(item)
        if street:
            self._street(item, tags)
        if not concern:
            return
        shape, why = self._line(item)
        closed = item.is_closed() and len(item.nodes) >= SMALLEST_RING
        for table, shapes in concern.items():
            self.found.see(table)
            self._place_way(f"w{item.id}", tags, table, shapes, shape, why, closed=closed)

    @staticmethod
    def _way_tables(tags: Tags) -> dict[str, str]:
        concern = concerned(tags, LINE + AREA)
        if tags.get("area") == "no" and "buildings" not in concern:
            concern = {t: s for t, s in concern.items() if LINE in s}
        return concern

    def _line(self, item: Any) -> tuple[str, str]:
        """Line of a way, or nothing and the reason."""
        try:
            return self.wkb.create_linestring(item), ""
        except (RuntimeError, osmium.InvalidLocationError):
            if all(node.location.valid() for node in item.nodes):
                return "", "the way has no length"
            if any(node.ref < 0 for node in item.nodes):
                return "", NEGATIVE
            return "", "nodes of the way are missing (clipped at the edge)"

    def _place_way(
        self, name: str, tags: Tags, table: str, shapes: str, shape: str, why: str, *, closed: bool
    ) -> None:
        drops = self.found.drops
        if not shape:
            drops.lose(table, why, [name])
        elif closed and AREA in shapes:
            self.found.rows[table].add(name, tags, shape, AREA)
        elif LINE in shapes:
            self.found.rows[table].add(name, tags, shape, LINE)
        else:
            drops.lose(table, "the way is not closed, so it is no area", [name])

    def _street(self, item: Any, tags: Tags) -> None:
        found, name = self.found, f"w{item.id}"
        found.see("streets")
        if tags["highway"] not in classes():
            reason = f"highway={tags['highway'][:40]} carries no traffic"
            found.drops.lose("streets", reason, [name])
            return
        if tags.get("area") == "yes":
            found.drops.lose("streets", "an area, not a line", [name])
            return
        try:
            shape = self.wkb.create_linestring(item, osmium.geom.use_nodes.ALL)
        except (RuntimeError, osmium.InvalidLocationError):
            self._broken_street(item, tags)
            return
        nodes = [node.ref for node in item.nodes]
        self._piece(item.id, tags, nodes, shape)

    def _piece(self, way: int, tags: Tags, nodes: list[int], shape: str) -> None:
        pieces = self.found.pieces
        pieces.ways.append(way)
        pieces.tags.append(tags)
        pieces.nodes.append(nodes)
        pieces.shapes.append(shape)

    def _broken_street(self, item: Any, tags: Tags) -> None:
        """Keep the runs of a clipped way whose nodes are there; count what is lost."""
        name = f"w{item.id}"
        runs = _runs([(node.ref, node.location) for node in item.nodes])
        for run in runs:
            line = LineString([(place.lon, place.lat) for _, place in run])
            self._piece(item.id, tags, [number for number, _ in run], line.wkb_hex)
        if runs:
            reason = "a part of the way is missing (clipped at the edge), the rest is kept"
            self.found.drops.note("streets", reason, [name])
        else:
            reason = "fewer than two nodes of the way are there (clipped at the edge)"
            if any(node.ref < 0 for node in item.nodes):
                reason = NEGATIVE
            self.found.drops.lose("streets", reason, [name])

    def relation(self, item: Any) -> None:
        tags = self._tags(item)
        if tags.get("type", "").startswith("restriction"):
            self._restriction(item, tags)
            return
        concern = list(concerned(tags, AREA))
        if not concern or self._again("r", item.id, concern):
            return
        self._date(item)
        for table in concern:
            self.found.see(table)
        if tags.get("type") in AREA_TYPES:
            self.awaited[item.id] = tuple(concern)
            return
        for table in concern:
            reason = "the relation is no area (its type is not multipolygon or boundary)"
            self.found.drops.lose(table, reason, [f"r{item.id}"])

    def area(self, item: Any) -> None:
        if item.from_way():
            return
        number = item.orig_id()
        if number in self.arrived:
            return
        tags = self._tags(item)
        concern = list(concerned(tags, AREA))
        if not concern:
            return
        self.arrived.add(number)
        try:
            shape = self.wkb.create_multipolygon(item)
        except (RuntimeError, osmium.InvalidLocationError):
            self.invalid.add(number)
            return
        for table in concern:
            self.found.rows[table].add(f"r{number}", tags, shape, AREA)

    def finish(self) -> None:
        """Count the areas that never came together."""
        for number, concern in self.awaited.items():
            if number in self.arrived and number not in self.invalid:
                continue
            broken = number in self.invalid
            reason = (
                "the rings of the multipolygon do not close or cross each other"
                if broken
                else "members of the multipolygon are missing (clipped at the edge)"
            )
            for table in concern:
                self.found.drops.lose(table, reason, [f"r{number}"])

    def _restriction(self, item: Any, tags: Tags) -> None:
        self.found.see("turns")
        name = f"r{item.id}"
        found = restrictions.kinds(tags)
        if not found:
            reason = "holds only for some vehicles, or says nothing that is known"
            self.found.drops.lose("turns", reason, [name])
            return
        members = [(member.type, member.role, member.ref) for member in item.members]
        self.found.restrictions += [
            Restriction(
                relation=item.id,
                kind=kind,
                exempt=tags.get("except"),
                from_ways=_members(members, "w", "from"),
                via_nodes=_members(members, "n", "via"),
                via_ways=_members(members, "w", "via"),
                to_ways=_members(members, "w", "to"),
                conditional=when,
            )
            for kind, when in found
        ]


def _order(number: int) -> tuple[bool, int]:
    """Order of ids in a sorted file: zero, negative by size, positive."""
    return number > 0, abs(number)


def _members(members: list[tuple[str, str, int]], kind: str, role: str) -> tuple[int, ...]:
    return tuple(number for k, r, number in members if k == kind and r == role)


def _runs(nodes: list[tuple[int, Any]]) -> list[list[tuple[int, Any]]]:
    """Unbroken runs of at least two nodes whose place is known."""
    runs: list[list[tuple[int, Any]]] = [[]]
    for number, place in nodes:
        if place.valid():
            runs[-1].append((number, place))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]
