"""Small OpenStreetMap files for tests, written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="test">\n'
TAIL = "</osm>\n"


def tags(values: Mapping[str, str]) -> str:
    """Tag elements."""
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in values.items())


def node(number: int, lon: object, lat: object, **values: str) -> str:
    """A node; a double underscore in a key stands for a colon."""
    return f'<node id="{number}" version="1" lat="{lat}" lon="{lon}">{tags(_keys(values))}</node>\n'


def way(number: int, nodes: Iterable[int], **values: str) -> str:
    """A way."""
    refs = "".join(f'<nd ref="{n}"/>' for n in nodes)
    return f'<way id="{number}" version="1">{refs}{tags(_keys(values))}</way>\n'


def relation(number: int, members: Iterable[tuple[str, int, str]], **values: str) -> str:
    """A relation; members are (type, id, role)."""
    refs = "".join(f'<member type="{t}" ref="{n}" role="{r}"/>' for t, n, r in members)
    return f'<relation id="{number}" version="1">{refs}{tags(_keys(values))}</relation>\n'


def grid(columns: int, rows: int, first: int = 1, west: float = 10.0, south: float = 55.0) -> str:
    """Nodes of a grid with steps of 0.001 degrees, numbered row by row."""
    return "".join(
        node(
            first + column + row * columns,
            f"{west + column / 1000:.7f}",
            f"{south + row / 1000:.7f}",
        )
        for row in range(rows)
        for column in range(columns)
    )


def write(path: Path, *parts: str) -> Path:
    """Write a file of the given elements."""
    path.write_text(HEAD + "".join(parts) + TAIL, encoding="utf-8")
    return path


def _keys(values: Mapping[str, str]) -> dict[str, str]:
    return {key.replace("__", ":"): value for key, value in values.items()}
