"""Hand-made tables as a reader would give them, in a metric CRS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
from shapely import LineString, Point, box

from layers import tables
from twin.complete import floors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

CRS = "EPSG:25832"
X, Y = 711_500.0, 6_173_500.0


def square(x: float, y: float, area: float) -> BaseGeometry:
    side = area**0.5
    return box(X + x, Y + y, X + x + side, Y + y + side)


def point(x: float, y: float) -> Point:
    return Point(X + x, Y + y)


def found(name: str, rows: Sequence[Mapping[str, Any]], index: Sequence[Any]) -> gpd.GeoDataFrame:
    """A table as found whose rows give only what matters; text and numbers may be missing."""
    table = tables.schema(name)
    empty = table.empty(CRS)
    frame = pd.DataFrame(list(rows), index=pd.Index(index, name=table.index.name))
    frame = frame.reindex(columns=table.names)
    for column in table.columns:
        if column.dtype == "bool":
            frame[column.name] = frame[column.name].eq(True)  # noqa: FBT003 - missing means no
    types = {c.name: c.dtype for c in table.columns if c.dtype != "geometry"}
    whole = gpd.GeoDataFrame(frame.astype(types), geometry="geometry", crs=CRS)
    return whole if len(whole) else empty


def buildings(*rows: Mapping[str, Any], spacing: float = 50.0) -> gpd.GeoDataFrame:
    """Buildings 50 m apart in a row; `area` [m2] gives a square footprint."""
    whole = []
    for number, row in enumerate(rows):
        facts = {"building": "yes", **row}
        area = facts.pop("area", 120.0)
        whole.append({"geometry": square(spacing * number, 0.0, area), **facts})
    frame = found("buildings", whole, [f"w{number}" for number in range(len(whole))])
    return floors.footprints(frame).assign(inside=True)


def places(*rows: Mapping[str, Any]) -> gpd.GeoDataFrame:
    return found("places", rows, [f"n{number}" for number in range(len(rows))])


def land(*rows: Mapping[str, Any]) -> gpd.GeoDataFrame:
    return found(
        "land",
        [{"kind": "use", **row} for row in rows],
        [f"w9{number}" for number in range(len(rows))],
    )


def streets(*links: tuple[int, int], **facts: Any) -> gpd.GeoDataFrame:
    """Two-way streets for cars and people between nodes that stand 100 m apart in a row."""
    both = {
        f"{mode}_{way}": True
        for mode in ("drive", "bicycle", "walk")
        for way in ("forward", "backward")
    }
    rows = [
        {
            "geometry": LineString([point(100.0 * tail, 0), point(100.0 * head, 0)]),
            "way_id": number,
            "from_node": tail,
            "to_node": head,
            "highway": "residential",
            "level": 0.0,
            **both,
            **facts,
        }
        for number, (tail, head) in enumerate(links)
    ]
    return found("streets", rows, [f"w{n}:{a}-{b}" for n, (a, b) in enumerate(links)])


def junctions(*nodes: int) -> gpd.GeoDataFrame:
    return found(
        "junctions",
        [{"geometry": point(100.0 * node, 0), "street_count": 2} for node in nodes],
        list(nodes),
    )
