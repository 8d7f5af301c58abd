"""Answers of Nominatim and Overpass made from an extract, served on loopback."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import osmium
import shapely

from tests.layers import web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Key = tuple[str, int]
LETTERS = {"n": "node", "w": "way", "r": "relation"}


class Extract:
    """All elements of a file, with the questions that Overpass answers about them."""

    def __init__(self, path: Path) -> None:
        self.items: dict[Key, dict[str, Any]] = {}
        self._met: dict[Key, bool] = {}
        for item in osmium.FileProcessor(str(path)):
            kind = LETTERS[item.type_str()]
            self.items[kind, item.id] = _as_json(kind, item)

    def answer(self, query: str) -> dict[str, Any]:
        """Elements with one of the asked keys that meet the asked polygon, and all they are made of."""
        keys = set(re.findall(r"\(node\['([^']+)'\]", query))
        numbers = [float(x) for x in re.findall(r"poly:'([^']+)'", query)[0].split()]
        area = shapely.Polygon([(x, y) for y, x in zip(numbers[::2], numbers[1::2], strict=True)])
        shapely.prepare(area)
        self._met = {}
        hits = {
            key
            for key, item in self.items.items()
            if keys & set(item.get("tags", {})) and self._meets(key, area)
        }
        everything = sorted(hits | {part for key in hits for part in self._below(key)})
        return {
            "version": 0.6,
            "osm3s": {"timestamp_osm_base": "2019-04-21T00:00:00Z"},
            "elements": [self.items[key] for key in everything],
        }

    def _below(self, key: Key) -> Iterator[Key]:
        for part in self._parts(key):
            if part in self.items:
                yield part
                if part[0] != "relation":
                    yield from self._below(part)

    def _parts(self, key: Key) -> list[Key]:
        item = self.items[key]
        nodes = [("node", ref) for ref in item.get("nodes", [])]
        return nodes + [(m["type"], m["ref"]) for m in item.get("members", [])]

    def _meets(self, key: Key, area: shapely.Polygon) -> bool:
        if key not in self._met:
            item = self.items[key]
            self._met[key] = (
                bool(shapely.contains_xy(area, item["lon"], item["lat"]))
                if key[0] == "node"
                else any(
                    self._meets(part, area)
                    for part in self._parts(key)
                    if part in self.items and part[0] != "relation"
                )
            )
        return self._met[key]


def _as_json(kind: str, item: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, "id": item.id}
    if kind == "node":
        found |= {"lat": item.location.lat, "lon": item.location.lon}
    elif kind == "way":
        found["nodes"] = [node.ref for node in item.nodes]
    else:
        found["members"] = [
            {"type": LETTERS[m.type], "ref": m.ref, "role": m.role} for m in item.members
        ]
    if len(item.tags):
        found["tags"] = dict(item.tags)
    return found


def place(area: shapely.Polygon, name: str) -> dict[str, Any]:
    """What Nominatim says of a place."""
    west, south, east, north = area.bounds
    return {
        "place_id": 1,
        "osm_type": "relation",
        "osm_id": 34914,
        "lat": "60.17",
        "lon": "24.94",
        "class": "boundary",
        "type": "administrative",
        "importance": 0.8,
        "name": name,
        "display_name": f"{name}, Suomi",
        "boundingbox": [str(south), str(north), str(west), str(east)],
        "geojson": json.loads(shapely.to_geojson(area)),
    }


@contextmanager
def serving(answers: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Serve fixed or computed answers; yields the address and the requests seen.

    A value is what the path ``/search`` or ``/interpreter`` answers: JSON data, a number as status,
    or a function of the query.
    """
    seen: list[str] = []

    class Handler(web.Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
            parts = urlsplit(self.path)
            self._reply(parts.path, parse_qs(parts.query).get("q", [""])[0])

        def do_POST(self) -> None:  # noqa: N802 - http.server calls it so
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._reply(urlsplit(self.path).path, parse_qs(body)["data"][0])

        def _reply(self, path: str, query: str) -> None:
            seen.append(path)
            found = answers.get(path, 404)
            found = found(query) if callable(found) else found
            status = found if isinstance(found, int) else 200
            body = b"" if isinstance(found, int) else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with web.serving(Handler) as address:
        yield address, seen
